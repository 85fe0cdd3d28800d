// TLS records (RFC 8446 5, RFC 5246 6.2): what can be read without keys, and what those of a key log open. Pure.
// Handshake messages may share a record or span several; they are explained in the record where they end.
import { byWord } from "../../base/text.ts";
import { FormatError } from "../../base/errors.ts";
import { concat } from "../../base/bytes.ts";
import type { DissectContext, Guess, InnerConversation, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import { handshakeMessage } from "./tls_handshake.ts";
import { ALERTS, CONTENT_TYPES, HANDSHAKE_TYPES, nameOr, TLS_VERSIONS, type TlsState } from "./tls_names.ts";
import { explain, shift } from "../explain.ts";
import type { KeyLog } from "./key_log.ts";
import { RecordKeys } from "./tls_keys.ts";
import type { Tree } from "../tree.ts";
import { counted, octetCount } from "../coding/words.ts";

const REF = "RFC 8446 5.1";
/** 2^14 octets of content, and what encryption of TLS 1.2 may add. */
const RECORD_LIMIT = 16384 + 2048;
/** Handshake octets that are kept for a message that spans records. */
const HANDSHAKE_LIMIT = 64 * 1024;
/** Handshake messages up to the client's key: more than any handshake has. */
const TRANSCRIPT_LIMIT = 16;

/** Ports of protocols under TLS, and those that they have in clear. */
const PLAIN_PORTS: Readonly<Record<number, number>> = {
  465: 25,
  636: 389,
  853: 53,
  990: 21,
  993: 143,
  995: 110,
  3269: 389,
  5061: 5060,
  5223: 5222,
  5671: 5672,
  6514: 601,
  6697: 6667,
  8883: 1883,
};
/** Names that ALPN agrees on (IANA "TLS ALPN Protocol IDs"), and the protocols that they are. */
const AGREED: Readonly<Record<string, string>> = byWord({
  "http/1.0": "http",
  "http/1.1": "http",
  h2: "http2",
  dot: "dns",
  ftp: "ftp",
  imap: "imap",
  pop3: "pop3",
  mqtt: "mqtt",
  "ntske/1": "nts-ke",
  irc: "irc",
  postgresql: "postgresql",
  "xmpp-client": "xmpp",
  "xmpp-server": "xmpp",
});

class Tls implements StreamDissector {
  readonly #state: TlsState = { version: 0x0303 };
  /** After ChangeCipherSpec of TLS 1.2 the handshake goes on encrypted. */
  readonly #encrypted: Record<Side, boolean> = { client: false, server: false };
  /** The beginning of a handshake message that goes on in the next record. */
  readonly #partial: Record<Side, Uint8Array> = { client: new Uint8Array(0), server: new Uint8Array(0) };
  #keys: RecordKeys | undefined;
  /** Messages of the handshake at hand, where there are secrets. */
  #transcript: Uint8Array[] = [];
  /** What the records carry. */
  #inner: InnerConversation | undefined;
  /** The protocol inside, where it is known: what asked for TLS goes on under it. */
  #protocol: string | undefined;

  constructor(note: string) {
    if (note !== "") this.#protocol = note;
  }

  measure(bytes: Uint8Array): number {
    const type = bytes[0]!;
    if (type < 20 || type > 24) throw new FormatError(`${type} is not the type of a TLS record`, 0);
    if (bytes.length >= 2 && bytes[1] !== 3) throw new FormatError(`Version ${bytes[1]} is not that of TLS`, 1);
    if (bytes.length < 5) return 0;
    const length = bytes[3]! * 256 + bytes[4]!;
    if (length > RECORD_LIMIT) {
      throw new FormatError(`A record of ${counted(length, "octet")}: ${RECORD_LIMIT} at most`, 3);
    }
    return 5 + length;
  }

  dissect(tree: Tree, context: DissectContext): Words {
    const { side } = context;
    const type = tree.u8("Content type", REF, CONTENT_TYPES);
    tree.code16("Version", REF, nameOr(TLS_VERSIONS));
    const length = tree.u16("Length", REF, octetCount);
    if (length > RECORD_LIMIT) tree.flaw(`A record of ${counted(length, "octet")}: ${RECORD_LIMIT} at most`);
    if (length > tree.remaining) {
      tree.flaw(`Length of ${counted(length, "octet")} does not fit: ${tree.remaining} left`);
    }
    if (length === 0) return { summary: `empty ${CONTENT_TYPES[type] ?? "record"}` };
    if (type === 23 || this.#encrypted[side]) {
      const opened = this.#open(tree, type, length, context);
      if (opened !== undefined) return opened;
    }
    switch (type) {
      case 20:
        if (!this.#encrypted[side]) return this.#change(tree, side);
        tree.rest("Encrypted change cipher spec", "RFC 5246 7.1");
        return { summary: "ChangeCipherSpec, encrypted" };
      case 21:
        return this.#alert(tree, this.#encrypted[side]);
      case 22:
        if (this.#encrypted[side]) {
          tree.rest("Encrypted handshake message", "RFC 5246 7.4");
          return { summary: "handshake, encrypted" };
        }
        return this.#handshake(tree, context);
      case 23:
        tree.rest("Encrypted data", this.#sealing);
        return { summary: `application data, ${counted(length, "octet")} encrypted` };
    }
    if (type === 24 && !this.#encrypted[side] && tree.remaining >= 3) return heartbeat(tree);
    tree.rest("Data", REF);
    return { summary: `${CONTENT_TYPES[type] ?? `record type ${type}`}, ${counted(length, "octet")}` };
  }

  /** Where it is written how records are sealed: by the version, once it was agreed on. */
  get #sealing(): string {
    const { suite, version } = this.#state;
    return suite === undefined || version === 0x0304 ? "RFC 8446 5.2" : "RFC 5246 6.2.3";
  }

  /** A record that keys open, as a tree of its own. */
  #open(tree: Tree, type: number, length: number, context: DissectContext): Words | undefined {
    const { reader } = tree;
    if (this.#keys === undefined || length !== tree.remaining) return undefined;
    const start = reader.offset;
    const version = reader.bytes[start - 4]! << 8 | reader.bytes[start - 3]!;
    const opened = this.#keys.open(context.side, type, version, reader.bytes.subarray(start, reader.end));
    if (opened === undefined) return undefined;
    tree.rest("Encrypted record", this.#sealing);
    const name = CONTENT_TYPES[opened.type] ?? `record type ${opened.type}`;
    const { root, value } = explain(
      `Opened: ${name}`,
      opened.content,
      (part) => this.#content(part, opened.type, context),
    );
    tree.add({
      ...root,
      offset: tree.offset,
      length: 0,
      meaning: "by the secrets that were given",
      buffer: opened.content,
    });
    return value;
  }

  /** A side goes on with the keys that were agreed on; in TLS 1.3 it says nothing (RFC 8446 5), as with early data. */
  #change(tree: Tree, side: Side): Words {
    tree.u8("Change cipher spec", "RFC 5246 7.1");
    if (this.#state.version !== 0x0304 && !(this.#state.earlyData === true && this.#state.suite === undefined)) {
      this.#encrypted[side] = true;
      this.#keys?.changed(side, this.#state, this.#transcript);
    }
    return { summary: "ChangeCipherSpec" };
  }

  /** What stood in an encrypted record. */
  #content(tree: Tree, type: number, context: DissectContext): Words {
    switch (type) {
      case 20:
        return this.#change(tree, context.side);
      case 21:
        return this.#alert(tree, false);
      case 22:
        return this.#handshake(tree, context);
      case 23:
        return this.#application(tree, context);
    }
    tree.rest("Data", REF);
    return { summary: CONTENT_TYPES[type] ?? `record type ${type}` };
  }

  /** Application data: the messages of the protocol inside that end here. */
  #application(tree: Tree, { side, ports, timeMs, conversation }: DissectContext): Words {
    const { reader } = tree;
    const bytes = reader.bytes.subarray(reader.offset, reader.end);
    const server = ports.server === undefined ? undefined : PLAIN_PORTS[ports.server];
    const protocol = this.#protocol ?? AGREED[this.#state.protocol ?? ""];
    this.#inner ??= conversation?.(server === undefined ? {} : { ...ports, server }, protocol, "tls");
    const messages = this.#inner?.data(side, bytes, timeMs) ?? [];
    const joined = concat(messages.map((message) => message.bytes));
    if (joined.length === bytes.length && joined.every((octet, i) => octet === bytes[i])) {
      for (const message of messages) {
        tree.add(shift(message.root, tree.offset));
        reader.skip(message.bytes.length);
      }
    } else {
      tree.rest("Application data", "RFC 8446 5.2");
      if (side === "client") tree.last.piece = true;
      for (const { root, bytes } of messages) tree.add({ ...root, offset: tree.offset, length: 0, buffer: bytes });
    }
    const said = messages.map((message) => `${message.protocol}: ${message.summary}`).join("; ");
    return {
      summary: `application data, opened: ${
        said !== ""
          ? said
          : bytes.length === 0
          ? "nothing"
          : `${counted(bytes.length, "octet")} of a message that goes on`
      }`,
      inner: messages,
    };
  }

  #alert(tree: Tree, encrypted: boolean): Words {
    if (encrypted || tree.remaining !== 2) {
      tree.rest("Encrypted alert", "RFC 5246 7.2");
      return { summary: "alert, encrypted" };
    }
    const level = tree.u8("Level", "RFC 8446 6", { 1: "warning", 2: "fatal" });
    const alert = tree.u8("Description", "RFC 8446 6", ALERTS);
    return { summary: `alert ${level === 2 ? "fatal" : "warning"}: ${ALERTS[alert] ?? alert}` };
  }

  #handshake(tree: Tree, { side, keys }: DissectContext): Words {
    const lines: string[] = [];
    const before = this.#partial[side];
    if (before.length > 0) this.#agreed(this.#continue(tree, side, before, lines), keys);
    while (tree.remaining > 0) {
      const { reader } = tree;
      const length = tree.remaining >= 4 ? (reader.peek(1)! << 16) | (reader.peek(2)! << 8) | reader.peek(3)! : 0;
      // What is no message of a handshake is one that went on encrypted, of a connection whose beginning is not here.
      const type = reader.peek()!;
      const long = length > HANDSHAKE_LIMIT && type !== 1 && type !== 2 && type !== 11;
      if (tree.remaining >= 4 && (long || HANDSHAKE_TYPES[type] === undefined)) {
        tree.rest("Encrypted handshake message", "RFC 5246 7.4");
        lines.push("handshake, encrypted");
        break;
      }
      if (tree.remaining < 4 || length + 4 > tree.remaining) {
        const whole = tree.remaining >= 4 && length + 4 <= HANDSHAKE_LIMIT;
        if (tree.remaining >= 4 && !whole) lines.push(handshakeMessage(tree, this.#state));
        this.#partial[side] = reader.bytes.slice(reader.offset, reader.end);
        tree.rest("Handshake fragment", "RFC 8446 5.1", "goes on in the next record");
        lines.push("fragment of a handshake message");
        break;
      }
      const start = reader.offset;
      lines.push(handshakeMessage(tree, this.#state));
      this.#agreed(reader.bytes.subarray(start, reader.offset), keys);
    }
    const summary = lines.join("; ");
    return {
      summary,
      ...(summary.startsWith("ClientHello")
        ? { asks: "hello" }
        : /^(ServerHello|HelloRetry)/.test(summary)
        ? { answers: "hello" }
        : {}),
    };
  }

  /** A whole handshake message may bring other keys. */
  #agreed(message: Uint8Array | undefined, log: KeyLog | undefined): void {
    if (log === undefined || message === undefined) return;
    const [type] = message, { version, clientRandom = "" } = this.#state;
    if (type === 1) {
      (this.#keys ??= new RecordKeys(log)).greeted(clientRandom);
      this.#transcript = [];
    } else if (type === 2 && version === 0x0304) this.#keys?.agreed(this.#state);
    // What the master secret may be made of: up to the client's key.
    if (type !== 0 && this.#transcript.length < TRANSCRIPT_LIMIT && this.#transcript.at(-1)?.[0] !== 16) {
      this.#transcript.push(message.slice());
    }
  }

  /** The end of a message that began in an earlier record, or more of it; gives one that is whole now. */
  #continue(tree: Tree, side: Side, before: Uint8Array, lines: string[]): Uint8Array | undefined {
    const { reader } = tree;
    const head = concat([before, reader.bytes.subarray(reader.offset, Math.min(reader.end, reader.offset + 4))]);
    const whole = head.length < 4 ? Infinity : 4 + ((head[1]! << 16) | (head[2]! << 8) | head[3]!);
    const wanted = Math.min(whole - before.length, tree.remaining);
    const start = tree.offset;
    const bytes = concat([
      before,
      tree.bytes("Handshake fragment", Math.max(0, wanted), "RFC 8446 5.1", () => "continued"),
    ]);
    if (bytes.length < whole) {
      // More than that is not kept: the message is lost, the records are not.
      this.#partial[side] = bytes.length > HANDSHAKE_LIMIT ? new Uint8Array(0) : bytes;
      lines.push("fragment of a handshake message");
      return undefined;
    }
    this.#partial[side] = new Uint8Array(0);
    const inner = explain("Reassembled handshake message", bytes, (part) => handshakeMessage(part, this.#state));
    tree.add({ ...inner.root, offset: start, length: 0, buffer: bytes });
    lines.push(inner.value ?? "handshake message");
    return bytes;
  }
}

/** RFC 6520 4. A length that lies is what Heartbleed sent. */
function heartbeat(tree: Tree): Words {
  const ref = "RFC 6520 4";
  const kind = tree.u8("Heartbeat type", ref, { 1: "request", 2: "response" });
  const length = tree.u16("Payload length", ref, (octets) => `${counted(octets, "octet")}, to be sent back`);
  if (length > tree.remaining) {
    tree.flaw(`${length} octets are claimed, ${tree.remaining} are here: whoever answers that gives its memory away`);
  }
  tree.bytes("Payload", Math.min(length, tree.remaining), ref);
  tree.rest("Padding", ref);
  return { summary: `heartbeat ${kind === 1 ? "request" : "response"} of ${counted(length, "octet")}` };
}

function detect(bytes: Uint8Array): Guess {
  const type = bytes[0]!;
  if (type !== 22 && type !== 21) return "no";
  if (bytes.length < 2) return "maybe";
  if (bytes[1] !== 3) return "no";
  if (bytes.length < 3) return "maybe";
  if (bytes[2]! > 4) return "no";
  if (bytes.length < 6) return "maybe";
  const length = bytes[3]! * 256 + bytes[4]!;
  if (length === 0 || length > RECORD_LIMIT) return "no";
  return type === 21 ? (length === 2 ? "yes" : "no") : bytes[5] === 1 || bytes[5] === 2 ? "yes" : "no";
}

/** A record's header in the middle of a stream: encrypted data, mostly. */
function resumes(bytes: Uint8Array): boolean {
  if (bytes.length < 5 || bytes[0]! < 20 || bytes[0]! > 23 || bytes[1] !== 3 || bytes[2]! > 4) return false;
  const length = bytes[3]! * 256 + bytes[4]!;
  return length > 0 && length <= RECORD_LIMIT && (bytes[0] === 23 ? length >= 16 : bytes[0] !== 20 || length === 1);
}

export const TLS: Protocol = {
  name: "tls",
  title: "TLS",
  ref: "RFC 8446",
  tcp: [443, 465, 563, 636, 853, 989, 990, 993, 995, 5061, 5223, 5671, 6514, 8443, 8883],
  detect,
  resumes,
  sideOf: (bytes) => bytes[0] === 22 && bytes[5] === 2 ? "server" : "client",
  stream: (_ports, note) => new Tls(note),
};
