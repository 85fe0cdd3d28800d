// Frames of QUIC, and the handshake that they carry. Pure. RFC 9000 19, RFC 9001 4.
import { names } from "../coding/names.ts";
import { concat } from "../../base/bytes.ts";
import type { Field } from "../../base/field.ts";
import { explain } from "../explain.ts";
import type { DissectContext, Message } from "../protocol.ts";
import { handshakeMessage } from "../security/tls_handshake.ts";
import { ALERTS, type TlsState } from "../security/tls_names.ts";
import type { Tree } from "../tree.ts";
import { varint } from "../coding/varint.ts";
import type { Level } from "./quic_keys.ts";
import { Ordered, Streams } from "./quic_streams.ts";
import { counted } from "../coding/words.ts";

/** Octets of a handshake that are kept for a message in several packets. */
const HANDSHAKE_LIMIT = 64 * 1024;
/** RFC 9000 20.1. */
const ERRORS = names(`
  0 NO_ERROR; 1 INTERNAL_ERROR; 2 CONNECTION_REFUSED; 3 FLOW_CONTROL_ERROR; 4 STREAM_LIMIT_ERROR; 5 STREAM_STATE_ERROR;
  6 FINAL_SIZE_ERROR; 7 FRAME_ENCODING_ERROR; 8 TRANSPORT_PARAMETER_ERROR; 9 CONNECTION_ID_LIMIT_ERROR;
  10 PROTOCOL_VIOLATION; 11 INVALID_TOKEN; 12 APPLICATION_ERROR; 13 CRYPTO_BUFFER_EXCEEDED; 14 KEY_UPDATE_ERROR;
  15 AEAD_LIMIT_REACHED; 16 NO_VIABLE_PATH
`);

/** Frames that are numbers and nothing else: their name, section of RFC 9000, what the numbers are. */
const NUMBERS: Readonly<Record<number, readonly [name: string, section: string, ...numbers: string[]]>> = {
  0x04: ["RESET_STREAM", "19.4", "Stream ID", "Application protocol error code", "Final size"],
  0x05: ["STOP_SENDING", "19.5", "Stream ID", "Application protocol error code"],
  0x10: ["MAX_DATA", "19.9", "Maximum data"],
  0x11: ["MAX_STREAM_DATA", "19.10", "Stream ID", "Maximum stream data"],
  0x12: ["MAX_STREAMS", "19.11", "Maximum streams both ways"],
  0x13: ["MAX_STREAMS", "19.11", "Maximum streams one way"],
  0x14: ["DATA_BLOCKED", "19.12", "Maximum data"],
  0x15: ["STREAM_DATA_BLOCKED", "19.13", "Stream ID", "Maximum stream data"],
  0x16: ["STREAMS_BLOCKED", "19.14", "Maximum streams both ways"],
  0x17: ["STREAMS_BLOCKED", "19.14", "Maximum streams one way"],
  0x19: ["RETIRE_CONNECTION_ID", "19.16", "Sequence number"],
  0x1e: ["HANDSHAKE_DONE", "19.20"],
};
const KINDS = [
  "of the client, both ways",
  "of the server, both ways",
  "of the client, one way",
  "of the server, one way",
];

/** Which octets these are. */
const octets = (offset: number, length: number) =>
  length === 0 ? `no octets at ${offset}` : `octets ${offset} to ${offset + length - 1}`;

/** One side's handshake under one kind of keys: whole messages of pieces that come in any order. */
class Handshake {
  readonly #pieces = new Ordered();
  #bytes = new Uint8Array(0);

  add(offset: number, piece: Uint8Array): void {
    const bytes = concat([this.#bytes, ...this.#pieces.add(offset, piece)]);
    if (bytes.length <= HANDSHAKE_LIMIT) this.#bytes = bytes;
  }

  /** The next message that is whole. */
  next(): Uint8Array | undefined {
    const head = this.#bytes;
    if (head.length < 4) return undefined;
    const end = 4 + (head[1]! << 16 | head[2]! << 8 | head[3]!);
    if (end > head.length) return undefined;
    this.#bytes = head.slice(end);
    return head.slice(0, end);
  }
}

function padding(tree: Tree): string[] {
  let count = 0;
  while (tree.reader.peek(count) === 0) count++;
  tree.bytes("PADDING", count, "RFC 9000 19.1");
  return [];
}

/** A frame of nothing but numbers. */
function numbers(tree: Tree, name: string, section: string, ...words: string[]): string[] {
  const ref = `RFC 9000 ${section}`;
  return tree.group(name, () => {
    varint(tree, "Frame type");
    const values = words.map((word) => varint(tree, word, ref));
    return [[name, ...(words[0] === "Stream ID" ? [values[0]] : [])].join(" ")];
  }, { ref });
}

/** What stands in a frame behind its type; gives what the line says of it behind its name. */
type Read = (tree: Tree, ref: string, group: Field) => string;

const token: Read = (tree, ref) => {
  tree.bytes("Token", varint(tree, "Token length"), ref);
  return "";
};

const newConnectionId: Read = (tree, ref) => {
  varint(tree, "Sequence number", ref);
  varint(tree, "Retire prior to", ref);
  tree.bytes("Connection ID", tree.u8("Length", ref), ref);
  tree.bytes("Stateless reset token", 16, ref);
  return "";
};

const pathData: Read = (tree, ref) => {
  tree.bytes("Data", 8, ref);
  return "";
};

const datagram = (withLength: boolean): Read => (tree, ref) => {
  const length = withLength ? varint(tree, "Length", ref) : tree.remaining;
  if (length > 0) tree.bytes("Datagram data", length, ref);
  return ` of ${counted(length, "octet")}`;
};

const acknowledgement = (counts: readonly string[]): Read => (tree, _, group) => {
  const largest = varint(tree, "Largest acknowledged");
  varint(tree, "ACK delay");
  const ranges = varint(tree, "ACK range count");
  varint(tree, "First ACK range");
  for (let i = 0; i < ranges; i++) {
    varint(tree, "Gap", "RFC 9000 19.3.1");
    varint(tree, "ACK range length", "RFC 9000 19.3.1");
  }
  for (const name of counts) varint(tree, name, "RFC 9000 19.3.2");
  group.meaning = `up to ${largest}`;
  return "";
};

function errorName(code: number): string {
  const alert = code >= 0x100 && code <= 0x1ff ? `TLS alert: ${ALERTS[code & 255] ?? code & 255}` : "unknown";
  return ERRORS[code] ?? alert;
}

function reason(tree: Tree, ref: string): string {
  const size = varint(tree, "Reason phrase length");
  const text = size === 0 ? "" : tree.text("Reason phrase", size, ref);
  return text === "" ? "" : `: ${text}`;
}

const transportClose: Read = (tree, ref, group) => {
  const code = varint(tree, "Error code", "RFC 9000 20.1", errorName);
  varint(tree, "Type of the frame at fault");
  group.meaning = errorName(code) + reason(tree, ref);
  return ` ${group.meaning}`;
};

const applicationClose: Read = (tree, ref, group) => {
  const code = varint(tree, "Error code", "RFC 9000 20.2");
  group.meaning = `${code}${reason(tree, ref)}`;
  return ` ${group.meaning}`;
};

/** Frames by their types, but for those of `NUMBERS`, and what the conversation puts together. */
const FRAMES: Readonly<Record<number, readonly [name: string, ref: string, read: Read]>> = {
  0x02: ["ACK", "RFC 9000 19.3", acknowledgement([])],
  0x03: ["ACK", "RFC 9000 19.3", acknowledgement(["ECT0 count", "ECT1 count", "ECN-CE count"])],
  0x07: ["NEW_TOKEN", "RFC 9000 19.7", token],
  0x18: ["NEW_CONNECTION_ID", "RFC 9000 19.15", newConnectionId],
  0x1a: ["PATH_CHALLENGE", "RFC 9000 19.17", pathData],
  0x1b: ["PATH_RESPONSE", "RFC 9000 19.18", pathData],
  0x1c: ["CONNECTION_CLOSE", "RFC 9000 19.19", transportClose],
  0x1d: ["CONNECTION_CLOSE", "RFC 9000 19.19", applicationClose],
  0x30: ["DATAGRAM", "RFC 9221 4", datagram(false)],
  0x31: ["DATAGRAM", "RFC 9221 4", datagram(true)],
};

/** Explains the frames of one conversation's packets. */
export class Frames {
  /** What the handshake agreed on so far. */
  readonly state: TlsState = { version: 0x0304 };
  readonly #handshakes = new Map<string, Handshake>();
  readonly #streams = new Streams();

  /** All frames of a payload; gives what they say. */
  explain(tree: Tree, level: Level, context: DissectContext, inner: Message[]): string {
    const lines: string[] = [];
    while (tree.remaining > 0) lines.push(...this.#frame(tree, level, context, inner));
    return [...new Set(lines)].join(", ");
  }

  #frame(tree: Tree, level: Level, context: DissectContext, inner: Message[]): string[] {
    const type = tree.reader.peek()!;
    if (NUMBERS[type] !== undefined) return numbers(tree, ...NUMBERS[type]);
    if (type >= 8 && type <= 15) return this.#stream(tree, type, context, inner);
    if (type === 6) return this.#crypto(tree, `${level} ${context.side}`);
    if (type === 0) return padding(tree);
    if (type === 1) {
      tree.bytes("PING", 1, "RFC 9000 19.2");
      return ["PING"];
    }
    const frame = FRAMES[type];
    if (frame === undefined) {
      varint(tree, "Frame type", "RFC 9000 12.4");
      tree.rest("Frame of a kind that is not known", "RFC 9000 12.4");
      return [`frame of type ${type}`];
    }
    const [name, ref, read] = frame;
    return tree.group(name, (group) => {
      varint(tree, "Frame type");
      return [`${name}${read(tree, ref, group)}`];
    }, { ref });
  }

  /** A piece of the handshake, and the messages that it completes. `key` tells the handshakes of levels and sides apart. */
  #crypto(tree: Tree, key: string): string[] {
    return tree.group("CRYPTO", (group) => {
      varint(tree, "Frame type");
      const offset = varint(tree, "Offset");
      const length = varint(tree, "Length");
      const piece = tree.bytes("Data", length, "RFC 9000 19.6");
      group.meaning = `${octets(offset, length)} of the handshake`;
      const handshake = this.#handshakes.get(key) ?? new Handshake();
      this.#handshakes.set(key, handshake);
      handshake.add(offset, piece);
      return this.#messages(tree, handshake);
    }, { ref: "RFC 9000 19.6" });
  }

  /** A piece of a stream, and the messages that it completes. */
  #stream(tree: Tree, type: number, context: DissectContext, inner: Message[]): string[] {
    const ref = "RFC 9000 19.8";
    return tree.group("STREAM", (group) => {
      varint(tree, "Frame type", ref, () => (type & 1) === 1 ? "the last of the stream" : "more will follow");
      const id = varint(tree, "Stream ID", ref, (value) => KINDS[value & 3]!);
      const offset = (type & 4) === 0 ? 0 : varint(tree, "Offset", ref);
      const length = (type & 2) === 0 ? tree.remaining : varint(tree, "Length", ref);
      const bytes = length === 0 ? new Uint8Array(0) : tree.bytes("Stream data", length, ref);
      if (length > 0 && context.side === "client") tree.last.piece = true;
      group.meaning = `${octets(offset, length)} of stream ${id}${(type & 1) === 1 ? ", its last" : ""}`;
      const messages = this.#streams.data(id, offset, bytes, context, this.state.protocol);
      for (const { root, bytes } of messages) tree.add({ ...root, offset: tree.offset, length: 0, buffer: bytes });
      inner.push(...messages);
      const said = messages.map(({ protocol, summary }) => `${protocol}: ${summary}`).join("; ");
      return [`STREAM ${id} ${said === "" ? `with ${counted(length, "octet")}` : said}`];
    }, { ref });
  }

  /** Messages that are whole now, as trees of their own. */
  #messages(tree: Tree, handshake: Handshake): string[] {
    const lines: string[] = [];
    for (;;) {
      const bytes = handshake.next();
      if (bytes === undefined) return lines.length > 0 ? lines : ["part of a handshake message"];
      const { root, value } = explain("TLS handshake", bytes, (part) => handshakeMessage(part, this.state));
      tree.add({ ...root, offset: tree.offset, length: 0, buffer: bytes });
      lines.push(value ?? "handshake message");
    }
  }
}
