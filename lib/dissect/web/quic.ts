// QUIC: packets (RFC 9000 17, RFC 9369), version negotiation. Initial packets are opened, as their keys are no secret
// (RFC 9001 5.2), the others with a key log. Pure.
import { hex } from "../../base/hex.ts";
import { explain } from "../explain.ts";
import type { DissectContext, Message, Protocol, Side, Words } from "../protocol.ts";
import { Frames } from "./quic_frames.ts";
import { type Level, type Opened, PacketKeys } from "./quic_keys.ts";
import { versionName } from "./quic_parameters.ts";
import type { Tree } from "../tree.ts";
import { varint } from "../coding/varint.ts";
import { counted } from "../coding/words.ts";

const REF = "RFC 9000 17.2";
/** Sections about the packets. */
const PACKETS: Readonly<Record<string, string>> = {
  "Version negotiation": "RFC 9000 17.2.1",
  Initial: "RFC 9000 17.2.2",
  "0-RTT": "RFC 9000 17.2.3",
  Handshake: "RFC 9000 17.2.4",
  Retry: "RFC 9000 17.2.5",
};
const SHORT = "RFC 9000 17.3.1";
const TYPES_1 = ["Initial", "0-RTT", "Handshake", "Retry"];
const TYPES_2 = ["Retry", "Initial", "0-RTT", "Handshake"];

/** What is remembered of one conversation. */
class Session {
  readonly keys = new PacketKeys();
  readonly frames = new Frames();
  version = 1;
  /** Octets of the IDs that each side chose: what short headers that go to it begin with. */
  readonly idOctets: Partial<Record<Side, number>> = {};
}

/** One packet with a long header; several may share a datagram. */
function longHeader(tree: Tree, session: Session, context: DissectContext, inner: Message[]): string {
  const start = tree.offset, { side } = context;
  const first = tree.reader.peek()!;
  const version = tree.remaining >= 5
    ? ((tree.reader.peek(1)! << 24) | (tree.reader.peek(2)! << 16) | (tree.reader.peek(3)! << 8) |
      tree.reader.peek(4)!) >>> 0
    : 1;
  const type = (version === 0x6b3343cf ? TYPES_2 : TYPES_1)[(first >> 4) & 3]!;
  const negotiation = version === 0;
  const name = negotiation ? "Version negotiation" : type;
  tree.current.ref = PACKETS[name]!;
  tree.flags(
    "First octet",
    1,
    negotiation ? [["Header form", 0, 1, ["short", "long"]], ["Unused", 1, 7]] : [
      ["Header form", 0, 1, ["short", "long"]],
      ["Fixed bit", 1, 1],
      ["Packet type", 2, 2, () => type],
      ["Protected bits", 4, 4, () => "reserved bits and length of the packet number, under header protection"],
    ],
    REF,
    name,
  );
  tree.u32("Version", REF, versionName);
  const to = tree.bytes("Destination connection ID", tree.u8("Destination connection ID length", REF), REF);
  const from = tree.bytes("Source connection ID", tree.u8("Source connection ID length", REF), REF);
  const line = `${name}, ${versionName(version)}, to ${hex(to) || "(empty)"} from ${hex(from) || "(empty)"}`;
  if (negotiation) {
    while (tree.remaining >= 4) tree.u32("Supported version", "RFC 9000 17.2.1", versionName);
    return line;
  }
  if (type === "Retry") {
    if (tree.remaining > 16) tree.bytes("Retry token", tree.remaining - 16, "RFC 9000 17.2.5");
    tree.rest("Retry integrity tag", "RFC 9001 5.8");
    return line;
  }
  if (type === "Initial") {
    const length = varint(tree, "Token length");
    if (length > 0) tree.bytes("Token", length, "RFC 9000 17.2.2");
  }
  session.version = version;
  session.idOctets[side] = from.length;
  const length = varint(tree, "Length", REF);
  const head = tree.reader.bytes.slice(start, tree.offset);
  const sealed = tree.bytes("Protected packet number and payload", length, "RFC 9001 5.3");
  const { state } = session.frames;
  const opened = session.keys.open(type as Level, version, side, to, head, sealed, state, context.keys);
  return opened === undefined ? line : `${line}: ${payload(tree, opened, session, type as Level, context, inner)}`;
}

/** A packet with a short header: the rest of the datagram. */
function shortHeader(tree: Tree, session: Session, context: DissectContext, inner: Message[]): string {
  const start = tree.offset, { side } = context;
  tree.flags("First octet", 1, [["Header form", 0, 1, ["short", "long"]], ["Fixed bit", 1, 1], ["Spin bit", 2, 1], [
    "Protected bits",
    3,
    5,
  ]], SHORT);
  const octets = session.idOctets[side === "client" ? "server" : "client"];
  if (octets === undefined || octets > tree.remaining) {
    tree.rest("Connection ID and protected packet", SHORT);
    return "1-RTT packet";
  }
  const to = octets === 0 ? new Uint8Array(0) : tree.bytes("Destination connection ID", octets, SHORT);
  const head = tree.reader.bytes.slice(start, tree.offset);
  const sealed = tree.rest("Protected packet number and payload", "RFC 9001 5.3");
  const { state } = session.frames;
  const opened = session.keys.open("1-RTT", session.version, side, to, head, sealed, state, context.keys);
  return opened === undefined ? "1-RTT packet" : `1-RTT: ${payload(tree, opened, session, "1-RTT", context, inner)}`;
}

/** An opened packet as a tree of its own. */
function payload(
  tree: Tree,
  opened: Opened,
  session: Session,
  level: Level,
  context: DissectContext,
  inner: Message[],
): string {
  const { root, value } = explain(
    "Opened payload",
    opened.payload,
    (inside) => session.frames.explain(inside, level, context, inner),
  );
  const words = `packet number ${opened.number} in ${opened.size === 1 ? "1 octet" : counted(opened.size, "octet")}`;
  tree.add({
    ...root,
    offset: tree.offset,
    length: 0,
    meaning: level === "Initial"
      ? `${words}, authentic; anybody can make these keys`
      : `${words}, by the secrets that were given`,
    ref: level === "Initial" ? "RFC 9001 5.2" : "RFC 9001 5.3",
    buffer: opened.payload,
  });
  return value ?? "not explained";
}

function dissect(tree: Tree, context: DissectContext, session = new Session()): Words {
  const lines: string[] = [], inner: Message[] = [];
  while (tree.remaining > 0) {
    const short = tree.reader.peek()! < 0x80;
    if (short && lines.length > 0) {
      const rest = tree.reader.bytes.subarray(tree.offset, tree.reader.end);
      if (rest.every((octet) => octet === 0)) {
        tree.rest("Padding", "RFC 9000 14.1");
        break;
      }
    }
    tree.group("Packet", (group) => {
      group.meaning = (short ? shortHeader : longHeader)(tree, session, context, inner);
      lines.push(group.meaning);
    }, { ref: short ? SHORT : REF });
    tree.said = { summary: lines.join("; ") };
  }
  return { summary: lines.length === 0 ? "empty datagram" : lines.join("; "), inner };
}

/** A long header of a known version. */
function plausible(bytes: Uint8Array): boolean {
  if (bytes.length < 7 || bytes[0]! < 0xc0) return false;
  const version = (bytes[1]! << 24 | bytes[2]! << 16 | bytes[3]! << 8 | bytes[4]!) >>> 0;
  const draft = version >>> 8 === 0xff0000 && (version & 255) <= 34;
  // A version that nobody has asks for negotiation: then the whole Initial must be long enough to be one.
  const asks = (version & 0x0f0f0f0f) === 0x0a0a0a0a && bytes.length >= 1200 && bytes[5]! >= 8;
  return (version === 1 || version === 0x6b3343cf || draft || version >>> 4 === 0xfaceb00 || asks) && bytes[5]! <= 20;
}

/** The fixed bit of every packet but version negotiation; long headers of versions that may be. */
function fits(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  if (first < 0x80) return first >= 0x40;
  const version = bytes.subarray(1, 5);
  // Google's versions have this form of header from 50 on.
  const gQuic = (version[0] === 0x51 || version[0] === 0x54) && version[1] === 0x30 && version[2]! >= 0x35;
  return version.length === 4 && (gQuic || version[0] === 0xff || version[0] === 0xfa || plausible(bytes) ||
    version.every((octet) => octet === 0) || version.every((octet) => (octet & 15) === 10));
}

/** Sides that said grease_quic_bit to each other set the fixed bit at random (RFC 9287 3). 21 octets: RFC 9000 10.3. */
function goesOn(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  if (first < 0x80) return first >= 0x40 || bytes.length >= 21;
  const fixed = bytes.slice();
  fixed[0] = first | 0x40;
  return fits(fixed);
}

export const QUIC: Protocol = {
  name: "quic",
  title: "QUIC",
  ref: "RFC 9000",
  udp: [443, 784, 853, 8443],
  fits,
  goesOn,
  detectDatagram: plausible,
  datagram: dissect,
  session() {
    const session = new Session();
    return (tree, context) => dissect(tree, context, session);
  },
};
