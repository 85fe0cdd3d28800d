// DTLS 1.0 and 1.2 (RFC 6347): TLS over datagrams, opened with a key log; of DTLS 1.3 what is in clear. Pure.
import { concat } from "../../base/bytes.ts";
import { explain } from "../explain.ts";
import type { DissectContext, InnerConversation, Message, Protocol, Side, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { handshakeBody } from "./tls_handshake.ts";
import { RecordKeys } from "./tls_keys.ts";
import { ALERTS, CONTENT_TYPES, HANDSHAKE_TYPES, nameOr, TLS_VERSIONS, type TlsState } from "./tls_names.ts";
import { counted } from "../coding/words.ts";

const REF = "RFC 6347 4.1";
/** Octets of a handshake message in fragments that are kept. */
const HANDSHAKE_LIMIT = 64 * 1024;

/** DTLS before it was a standard, as Cisco's AnyConnect speaks it. */
const BEFORE = 0x0100;

/** Ports of protocols under DTLS, and those that they have in clear. */
const PLAIN_PORTS: Readonly<Record<number, number>> = { 853: 53, 5349: 3478, 5684: 5683 };

/** A handshake message of which fragments came, in order. */
interface Partial {
  readonly number: number;
  bytes: Uint8Array;
}

/** What is remembered of one conversation. */
class Session {
  readonly state: TlsState = { version: 0xfefd, datagrams: true };
  readonly partial: Record<Side, Partial | undefined> = { client: undefined, server: undefined };
  /** Changes of keys that were seen: records say it by themselves. */
  readonly #epochs: Record<Side, number> = { client: 0, server: 0 };
  #keys: RecordKeys | undefined;
  #inner: InnerConversation | undefined;

  /** Whether a side's records are encrypted from here on. */
  encrypted(side: Side): boolean {
    return this.#epochs[side] > 0;
  }

  /** A side goes on with the keys that were agreed on: its records are of this epoch. */
  changed(side: Side, epoch: number, { keys }: DissectContext): void {
    if (epoch <= this.#epochs[side]) return;
    this.#epochs[side] = epoch;
    if (keys === undefined) return;
    this.#keys ??= new RecordKeys(keys);
    this.#keys.changed(side, this.state, []);
  }

  open(side: Side, type: number, version: number, sequence: bigint, sealed: Uint8Array): Uint8Array | undefined {
    return this.#keys?.open(side, type, version, sealed, sequence)?.content;
  }

  /** What application data are. */
  application(bytes: Uint8Array, { side, ports, timeMs, conversation }: DissectContext): Message[] {
    const server = PLAIN_PORTS[ports.server ?? 0];
    this.#inner ??= conversation?.(server === undefined ? {} : { ...ports, server });
    return this.#inner?.data(side, bytes, timeMs) ?? [];
  }
}

function record(tree: Tree, session: Session, context: DissectContext, inner: Message[]): string {
  const { side } = context;
  const first = tree.reader.peek() ?? 0;
  if (first >= 0x20 && first < 0x40) {
    tree.flags("Unified header", 1, [
      ["Fixed bits", 0, 3],
      ["Connection ID", 3, 1],
      ["Sequence number of 16 bits", 4, 1],
      ["Length", 5, 1],
      ["Epoch, low bits", 6, 2],
    ], "RFC 9147 4");
    tree.rest("Encrypted record", "RFC 9147 4");
    return "encrypted record of DTLS 1.3";
  }
  const type = tree.u8("Content type", REF, {
    ...CONTENT_TYPES,
    25: "encrypted, with a connection ID",
    26: "acknowledgement",
  });
  const version = tree.u16("Version", REF, nameOr(TLS_VERSIONS));
  const epoch = tree.u16("Epoch", REF, (count) => count === 0 ? "in clear" : "counts the changes of keys");
  const number = tree.field("Sequence number", (r) => r.u48(), { ref: REF });
  const length = tree.u16("Length", REF, (octets) => counted(octets, "octet"));
  const name = CONTENT_TYPES[type] ?? `record type ${type}`;
  return tree.within(name, length, (part) => {
    if (epoch === 0 && !session.encrypted(side)) return content(part, type, session, context, inner);
    session.changed(side, epoch, context);
    const { reader } = part;
    const sealed = reader.bytes.subarray(reader.offset, reader.end);
    const opened = sealed.length < length
      ? undefined
      : session.open(side, type, version, BigInt(epoch) << 48n | BigInt(number), sealed);
    part.rest("Encrypted record", REF);
    if (opened === undefined) {
      return type === 23 ? `application data, ${counted(length, "octet")} encrypted` : `${name}, encrypted`;
    }
    const { root, value } = explain(`Opened: ${name}`, opened, (body) => content(body, type, session, context, inner));
    const meaning = "by the secrets that were given";
    part.add({ ...root, offset: part.offset, length: 0, meaning, buffer: opened });
    return value ?? name;
  }) ?? name;
}

/** What a record holds, in clear; messages inside go to `inner`. */
function content(tree: Tree, type: number, session: Session, context: DissectContext, inner: Message[]): string {
  switch (type) {
    case 20:
      tree.u8("Change cipher spec", "RFC 5246 7.1");
      if (tree.remaining === 2) {
        tree.u16("Message number", undefined, () => "before the standard, it counted among messages");
      }
      session.changed(context.side, 1, context);
      return "ChangeCipherSpec";
    case 21: {
      const level = tree.u8("Level", "RFC 5246 7.2", { 1: "warning", 2: "fatal" });
      return `alert ${level === 2 ? "fatal" : "warning"}: ${
        ALERTS[tree.u8("Description", "RFC 5246 7.2", ALERTS)] ?? "unknown"
      }`;
    }
    case 22: {
      const lines: string[] = [];
      while (tree.remaining > 0) lines.push(handshake(tree, session, context.side));
      return lines.join("; ");
    }
    case 23: {
      const bytes = tree.rest("Application data", REF).slice();
      if (context.side === "client") tree.last.piece = true;
      const messages = session.application(bytes, context);
      for (const { root, bytes } of messages) tree.add({ ...root, offset: tree.offset, length: 0, buffer: bytes });
      inner.push(...messages);
      return `application data, opened: ${messages.map((m) => `${m.protocol}: ${m.summary}`).join("; ")}`;
    }
  }
  const octets = tree.remaining;
  tree.rest("Data", REF);
  return `${CONTENT_TYPES[type] ?? `record type ${type}`}, ${counted(octets, "octet")}`;
}

/** A handshake message, or a fragment of one (RFC 6347 4.2.2). */
function handshake(tree: Tree, session: Session, side: Side): string {
  const ref = "RFC 6347 4.2.2";
  const type = tree.reader.peek() ?? 0;
  const name = HANDSHAKE_TYPES[type] ?? "Handshake message";
  let line = name;
  tree.group(name, () => {
    tree.u8("Message type", ref, HANDSHAKE_TYPES);
    const length = tree.u24("Length", ref, (octets) => `${counted(octets, "octet")} of the whole message`);
    const number = tree.u16("Message number", ref);
    const offset = tree.u24("Fragment offset", ref), count = tree.u24("Fragment length", ref);
    if (offset === 0 && count === length) {
      line = tree.within(name, length, (body) => handshakeBody(body, type, session.state)) ?? name;
      return;
    }
    const start = tree.offset;
    const bytes = tree.bytes("Fragment", count, ref);
    const before = session.partial[side];
    const joined = before?.number === number && before.bytes.length === offset
      ? concat([before.bytes, bytes])
      : offset === 0
      ? bytes
      : undefined;
    line = `${name}, octets ${offset} to ${offset + count} of ${length}`;
    if (joined === undefined) return;
    session.partial[side] = joined.length < length && joined.length <= HANDSHAKE_LIMIT
      ? { number, bytes: joined }
      : undefined;
    if (joined.length !== length) return;
    const inner = explain("Reassembled handshake message", joined, (body) => handshakeBody(body, type, session.state));
    tree.add({ ...inner.root, offset: start, length: 0, buffer: joined });
    line = inner.value ?? name;
  }, { ref });
  return line;
}

function dissect(tree: Tree, context: DissectContext, session = new Session()): Words {
  const lines: string[] = [], inner: Message[] = [];
  while (tree.remaining > 0) {
    tree.group("Record", (group) => {
      group.meaning = record(tree, session, context, inner);
      lines.push(group.meaning);
    }, { ref: REF });
    tree.said = { summary: lines.join("; ") };
  }
  const summary = lines.length === 0 ? "empty datagram" : lines.join("; ");
  return {
    summary,
    inner,
    ...(summary.startsWith("ClientHello")
      ? { asks: "hello" }
      : /^(Server|HelloVerify)/.test(summary)
      ? { answers: "hello" }
      : {}),
  };
}

/** Records of a known type and version that fill the datagram. */
function fits(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length;) {
    const version = bytes[at + 1]! * 256 + bytes[at + 2]!;
    if (bytes.length < at + 13 || bytes[at]! < 20 || bytes[at]! > 26) return false;
    if (version < 0xfefc && version !== BEFORE || version > 0xfeff) return false;
    at += 13 + bytes[at + 11]! * 256 + bytes[at + 12]!;
    if (at > bytes.length) return false;
  }
  return bytes.length > 0;
}

export const DTLS: Protocol = {
  name: "dtls",
  title: "DTLS",
  ref: "RFC 6347",
  udp: [4433, 5349, 5684],
  fits,
  detectDatagram: fits,
  sideOf: (bytes) => bytes[13] === 2 || bytes[13] === 3 ? "server" : "client",
  datagram: dissect,
  session() {
    const session = new Session();
    return (tree, context) => dissect(tree, context, session);
  },
};
