// DTLS 1.0 and 1.2 (RFC 6347): TLS over datagrams. Records and the handshake in clear; of DTLS 1.3 what is in clear. Pure.
import { concat } from "../../base/bytes.ts";
import { explain } from "../explain.ts";
import type { DissectContext, Protocol, Side, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { handshakeBody } from "./tls_handshake.ts";
import { ALERTS, CONTENT_TYPES, HANDSHAKE_TYPES, nameOr, TLS_VERSIONS, type TlsState } from "./tls_names.ts";

const REF = "RFC 6347 4.1";
/** Octets of a handshake message in fragments that are kept. */
const HANDSHAKE_LIMIT = 64 * 1024;

/** A handshake message of which fragments came, in order. */
interface Partial {
  readonly number: number;
  bytes: Uint8Array;
}

/** What is remembered of one conversation. */
class Session {
  readonly state: TlsState = { version: 0xfefd, datagrams: true };
  readonly encrypted: Record<Side, boolean> = { client: false, server: false };
  readonly partial: Record<Side, Partial | undefined> = { client: undefined, server: undefined };
}

function record(tree: Tree, session: Session, side: Side): string {
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
  tree.u16("Version", REF, nameOr(TLS_VERSIONS));
  const epoch = tree.u16("Epoch", REF, (count) => count === 0 ? "in clear" : "counts the changes of keys");
  tree.field("Sequence number", (r) => r.u48(), { ref: REF });
  const length = tree.u16("Length", REF, (octets) => `${octets} octets`);
  const name = CONTENT_TYPES[type] ?? `record type ${type}`;
  return tree.within(name, length, (part) => {
    if (epoch > 0 || session.encrypted[side]) {
      part.rest("Encrypted record", REF);
      return type === 23 ? `application data, ${length} octets encrypted` : `${name}, encrypted`;
    }
    switch (type) {
      case 20:
        part.u8("Change cipher spec", "RFC 5246 7.1");
        session.encrypted[side] = true;
        return "ChangeCipherSpec";
      case 21: {
        const level = part.u8("Level", "RFC 5246 7.2", { 1: "warning", 2: "fatal" });
        return `alert ${level === 2 ? "fatal" : "warning"}: ${
          ALERTS[part.u8("Description", "RFC 5246 7.2", ALERTS)] ?? "unknown"
        }`;
      }
      case 22: {
        const lines: string[] = [];
        while (part.remaining > 0) lines.push(handshake(part, session, side));
        return lines.join("; ");
      }
    }
    part.rest("Data", REF);
    return `${name}, ${length} octets`;
  }) ?? name;
}

/** A handshake message, or a fragment of one (RFC 6347 4.2.2). */
function handshake(tree: Tree, session: Session, side: Side): string {
  const ref = "RFC 6347 4.2.2";
  const type = tree.reader.peek() ?? 0;
  const name = HANDSHAKE_TYPES[type] ?? "Handshake message";
  let line = name;
  tree.group(name, () => {
    tree.u8("Message type", ref, HANDSHAKE_TYPES);
    const length = tree.u24("Length", ref, (octets) => `${octets} octets of the whole message`);
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

function dissect(tree: Tree, { side }: DissectContext, session = new Session()): Words {
  const lines: string[] = [];
  while (tree.remaining > 0) {
    tree.group("Record", (group) => {
      group.meaning = record(tree, session, side);
      lines.push(group.meaning);
    }, { ref: REF });
    tree.said = { summary: lines.join("; ") };
  }
  const summary = lines.length === 0 ? "empty datagram" : lines.join("; ");
  return {
    summary,
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
    if (
      bytes.length < at + 13 || bytes[at]! < 20 || bytes[at]! > 26 || bytes[at + 1] !== 0xfe || bytes[at + 2]! < 0xfc
    ) return false;
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
