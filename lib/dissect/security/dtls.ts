// DTLS 1.0 and 1.2 (RFC 6347), with connection IDs (RFC 9146): TLS over datagrams, opened with a key log; of DTLS 1.3
// (RFC 9147) what is in clear. Pure.
import { concat } from "../../base/bytes.ts";
import { explain } from "../explain.ts";
import type { DissectContext, InnerConversation, Message, Protocol, Side, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { handshakeBody } from "./tls_handshake.ts";
import { RecordKeys } from "./tls_keys.ts";
import { ALERTS, CONTENT_TYPES, HANDSHAKE_TYPES, nameOr, TLS_VERSIONS, type TlsState } from "./tls_names.ts";
import { counted, octetCount } from "../coding/words.ts";

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

/** Octets of the connection ID in records of a side: what the other side asked for, once both spoke of it (RFC 9146 3). */
function idOctets({ state }: Session, side: Side): number | undefined {
  const { client, server } = state.connectionIds ?? {};
  if (client === undefined || server === undefined) return undefined;
  return side === "client" ? server : client;
}

/** A record of DTLS 1.3 under encryption: its header is short, and its number is encrypted too (RFC 9147 4). */
function unified(tree: Tree, session: Session, side: Side): string {
  const ref = "RFC 9147 4";
  const first = tree.flags("Unified header", 1, [
    ["Fixed bits", 0, 3],
    ["Connection ID", 3, 1],
    ["Sequence number of 16 bits", 4, 1],
    ["Length", 5, 1],
    ["Epoch, low bits", 6, 2, ["of application data", "early data", "handshake", "of application data"]],
  ], ref);
  const withId = (first & 0x10) !== 0, octets = withId ? idOctets(session, side) : 0;
  // How long the ID is was said in the hellos; without them the rest cannot be told apart.
  if (octets === undefined) {
    tree.rest("Connection ID, number and encrypted record", ref);
    return "encrypted record of DTLS 1.3 with a connection ID";
  }
  if (octets > 0) tree.bytes("Connection ID", octets, ref, () => "names the connection whatever the address");
  if ((first & 8) !== 0) tree.u16("Encrypted sequence number", ref);
  else tree.u8("Encrypted sequence number", ref);
  const length = (first & 4) !== 0 ? tree.u16("Length", ref) : tree.remaining;
  tree.bytes("Encrypted record", length, ref);
  return `encrypted record of DTLS 1.3, ${counted(length, "octet")}`;
}

/** How long the connection ID of a record at `at` is: the length that makes the records fill the datagram. */
function guessedId(bytes: Uint8Array, at: number, end: number): number {
  for (let octets = 1; octets <= 20 && at + 13 + octets <= end; octets++) {
    if (at + 13 + octets + bytes[at + 11 + octets]! * 256 + bytes[at + 12 + octets]! === end) return octets;
  }
  return 0;
}

function record(tree: Tree, session: Session, context: DissectContext, inner: Message[]): string {
  const { side } = context;
  const first = tree.reader.peek() ?? 0;
  if (first >= 0x20 && first < 0x40) return unified(tree, session, side);
  const start = tree.offset;
  const type = tree.u8("Content type", REF, {
    ...CONTENT_TYPES,
    25: "encrypted, with a connection ID",
    26: "acknowledgement",
  });
  const version = tree.code16("Version", REF, nameOr(TLS_VERSIONS));
  const epoch = tree.u16("Epoch", REF, (count) => count === 0 ? "in clear" : "counts the changes of keys");
  const number = tree.field("Sequence number", (r) => r.u48(), { ref: REF });
  if (type === 25) {
    const octets = idOctets(session, side) ?? guessedId(tree.reader.bytes, start, tree.reader.end);
    if (octets > 0) {
      tree.bytes("Connection ID", octets, "RFC 9146 4", () => "names the connection whatever the address");
    }
    const length = tree.u16("Length", REF, octetCount);
    tree.bytes("Encrypted record", length, "RFC 9146 4");
    return `${counted(length, "octet")} encrypted, with a connection ID`;
  }
  const length = tree.u16("Length", REF, octetCount);
  const name = type === 26 ? "acknowledgement" : CONTENT_TYPES[type] ?? `record type ${type}`;
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
  if (type === 26) return acknowledged(tree);
  const octets = tree.remaining;
  tree.rest("Data", REF);
  return `${CONTENT_TYPES[type] ?? `record type ${type}`}, ${counted(octets, "octet")}`;
}

/** Records that came (RFC 9147 7). */
function acknowledged(tree: Tree): string {
  const ref = "RFC 9147 7", said: string[] = [];
  tree.u16("Length", ref);
  while (tree.remaining >= 16) {
    tree.group("Record that came", (group) => {
      const epoch = tree.u64("Epoch", ref), number = tree.u64("Sequence number", ref);
      said.push(group.meaning = `${epoch}.${number}`);
    }, { ref });
  }
  tree.rest("Data", ref);
  return `acknowledgement of ${said.join(", ") || "nothing"}`;
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

/** Records of a known type and version that fill the datagram; those of DTLS 1.3 have neither version nor, some, a length. */
function fits(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length;) {
    const type = bytes[at]!;
    if (type >= 0x20 && type < 0x40) return true;
    const version = bytes[at + 1]! * 256 + bytes[at + 2]!;
    if (bytes.length < at + 13 || type < 20 || type > 26) return false;
    if (version < 0xfefc && version !== BEFORE || version > 0xfeff) return false;
    if (type === 25 && guessedId(bytes, at, bytes.length) > 0) return true;
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
  detectDatagram: (bytes) => bytes[0]! < 0x20 && fits(bytes),
  sideOf: (bytes) => bytes[13] === 2 || bytes[13] === 3 ? "server" : "client",
  datagram: dissect,
  session() {
    const session = new Session();
    return (tree, context) => dissect(tree, context, session);
  },
};
