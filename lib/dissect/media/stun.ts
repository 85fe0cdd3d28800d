// STUN (RFC 8489), TURN (RFC 8656) and the attributes of ICE (RFC 8445): messages and channel data. Pure.
import { secondsText } from "../../base/text.ts";
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import { formatIp } from "../../base/ip.ts";
import { hex } from "../../base/hex.ts";
import type { Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

const REF = "RFC 8489 5";
const COOKIE = 0x2112a442;
const METHODS: Readonly<Record<number, string>> = {
  1: "Binding",
  3: "Allocate",
  4: "Refresh",
  6: "Send",
  7: "Data",
  8: "CreatePermission",
  9: "ChannelBind",
  10: "Connect",
  11: "ConnectionBind",
  12: "ConnectionAttempt",
};
const CLASSES = ["request", "indication", "success response", "error response"];
/** An attribute of TURN before it was a standard, as Microsoft's servers speak it: attributes are not padded there. */
const OLD_COOKIE = 0x000f;
const FAMILIES: Readonly<Record<number, string>> = { 1: "IPv4", 2: "IPv6" };
const ERRORS = names(`
  300 try another server; 400 bad request; 401 login required; 403 forbidden; 420 unknown attribute;
  437 allocation mismatch; 438 stale nonce; 440 address family not supported; 441 wrong credentials;
  442 transport not supported; 443 address families do not match; 446 connection exists already;
  447 no connection to the peer; 486 allocation quota reached; 487 role conflict;
  500 server error; 508 insufficient capacity
`);

/** An address; with `key` it is what remains after the cookie and the transaction ID are taken out by XOR. */
function address(tree: Tree, ref: string, key?: Uint8Array): string {
  tree.u8("Reserved", ref);
  const family = tree.u8("Family", ref, FAMILIES);
  const port = tree.field("Port", (r) => r.u16() ^ (key === undefined ? 0 : key[0]! << 8 | key[1]!), (value) => ({
    ref,
    meaning: key === undefined ? undefined : `${value} once the cookie is taken out by XOR`,
  }));
  const octets = family === 2 ? 16 : 4;
  const text = tree.field("Address", (r) => {
    const bytes = r.take(octets, "Address").slice();
    for (let i = 0; key !== undefined && i < octets; i++) bytes[i]! ^= key[i]!;
    return formatIp({ family: family === 2 ? 6 : 4, bytes });
  }, () => ({ ref, meaning: key === undefined ? undefined : "once cookie and transaction ID are taken out by XOR" }));
  return `${family === 2 ? `[${text}]` : text}:${port}`;
}

/** An attribute whose value is read. */
interface Attribute {
  readonly name: string;
  readonly ref: string;
  /** Cookie and transaction ID, which hide addresses. */
  readonly key: Uint8Array;
}

/** Reads a value; gives what the line of its attribute says. */
type ReadValue = (tree: Tree, attribute: Attribute) => string | undefined;

const mapped: ReadValue = (tree, { ref }) => address(tree, ref);
const hidden: ReadValue = (tree, { ref, key }) => address(tree, ref, key);
const u16: ReadValue = (tree, { name, ref }) => String(tree.u16(name, ref));
const u32: ReadValue = (tree, { name, ref }) => String(tree.u32(name, ref));
const text: ReadValue = (tree, { name, ref }) =>
  tree.remaining === 0 ? "" : clip(tree.text(name, tree.remaining, ref), 80);

function octets(tree: Tree, { ref }: Attribute): undefined {
  if (tree.remaining > 0) tree.bytes("Value", tree.remaining, ref);
}

function failure(tree: Tree, { ref }: Attribute): string {
  tree.u16("Reserved", ref);
  return errorCode(tree, ref);
}

/** Why an address of one family is not given. */
function familyFailure(tree: Tree, { ref }: Attribute): string {
  const number = tree.u8("Family", ref, FAMILIES);
  tree.u8("Reserved", ref);
  return `${FAMILIES[number] ?? `family ${number}`} ${errorCode(tree, ref)}`;
}

function errorCode(tree: Tree, ref: string): string {
  const hundreds = tree.field("Class", (r) => r.u8() & 7, { ref, meaning: "hundreds" });
  const number = hundreds * 100 + tree.u8("Number", ref);
  tree.last.meaning = `${number}: ${ERRORS[number] ?? "unknown"}`;
  const reason = tree.remaining > 0 ? tree.text("Reason", tree.remaining, ref) : ERRORS[number] ?? "";
  return `${number} ${clip(reason)}`;
}

function types(tree: Tree, { ref }: Attribute): string {
  const names: string[] = [];
  while (tree.remaining >= 2) {
    const type = tree.u16("Attribute type", ref, attributeName);
    names.push(ATTRIBUTES[type]?.[0] ?? `0x${type.toString(16)}`);
  }
  return names.join(", ");
}

function channel(tree: Tree, { ref }: Attribute): string {
  const number = tree.u16("Channel", ref);
  tree.u16("Reserved", ref);
  return `0x${number.toString(16)}`;
}

function lifetime(tree: Tree, { ref }: Attribute): string | undefined {
  tree.u32("Lifetime", ref, (seconds) => seconds === 0 ? "ends now" : secondsText(seconds));
  return tree.last.meaning;
}

function family(tree: Tree, { ref }: Attribute): string {
  const number = tree.u8("Family", ref, FAMILIES);
  tree.u24("Reserved", ref);
  return FAMILIES[number] ?? String(number);
}

function evenPort(tree: Tree, { ref }: Attribute): undefined {
  tree.flags("Even port", 1, [["Reserve the next port too", 0, 1], ["Reserved", 1, 7]], ref);
}

const TRANSPORTS: Readonly<Record<number, string>> = { 6: "TCP", 17: "UDP" };

function transport(tree: Tree, { ref }: Attribute): string {
  const protocol = tree.u8("Protocol", ref, TRANSPORTS);
  tree.u24("Reserved", ref);
  return TRANSPORTS[protocol] ?? String(protocol);
}

function change(tree: Tree, { ref }: Attribute): undefined {
  tree.flags("Flags", 4, [
    ["Reserved", 0, 29],
    ["From another address", 29, 1],
    ["From another port", 30, 1],
    ["Reserved", 31, 1],
  ], ref);
}

function fingerprint(tree: Tree, { ref }: Attribute): undefined {
  tree.u32("CRC-32", ref, () => "of the message up to here, XOR 0x5354554e");
}

function data(tree: Tree, { ref }: Attribute): string {
  return counted(tree.bytes("Data", tree.remaining, ref).length, "octet");
}

/** Attribute: name, how its value is read, where it is defined. */
const ATTRIBUTES: Readonly<Record<number, readonly [name: string, read: ReadValue, ref: string]>> = {
  0x0001: ["MAPPED-ADDRESS", mapped, "RFC 8489 14.1"],
  0x0003: ["CHANGE-REQUEST", change, "RFC 5780 7.2"],
  0x0006: ["USERNAME", text, "RFC 8489 14.3"],
  0x0008: ["MESSAGE-INTEGRITY", octets, "RFC 8489 14.5"],
  0x0009: ["ERROR-CODE", failure, "RFC 8489 14.8"],
  0x000a: ["UNKNOWN-ATTRIBUTES", types, "RFC 8489 14.13"],
  0x000c: ["CHANNEL-NUMBER", channel, "RFC 8656 18.1"],
  0x000e: ["ALTERNATE-SERVER", mapped, "MS-TURN 2.2.2.8"],
  [OLD_COOKIE]: ["MAGIC-COOKIE", octets, "MS-TURN 2.2.2"],
  0x000d: ["LIFETIME", lifetime, "RFC 8656 18.2"],
  0x0012: ["XOR-PEER-ADDRESS", hidden, "RFC 8656 18.3"],
  0x0013: ["DATA", data, "RFC 8656 18.4"],
  0x0014: ["REALM", text, "RFC 8489 14.9"],
  0x0015: ["NONCE", text, "RFC 8489 14.10"],
  0x0016: ["XOR-RELAYED-ADDRESS", hidden, "RFC 8656 18.5"],
  0x0017: ["REQUESTED-ADDRESS-FAMILY", family, "RFC 8656 18.6"],
  0x0018: ["EVEN-PORT", evenPort, "RFC 8656 18.7"],
  0x0019: ["REQUESTED-TRANSPORT", transport, "RFC 8656 18.8"],
  0x001a: ["DONT-FRAGMENT", octets, "RFC 8656 18.9"],
  0x001c: ["MESSAGE-INTEGRITY-SHA256", octets, "RFC 8489 14.6"],
  0x001d: ["PASSWORD-ALGORITHM", octets, "RFC 8489 14.12"],
  0x001e: ["USERHASH", octets, "RFC 8489 14.4"],
  0x0020: ["XOR-MAPPED-ADDRESS", hidden, "RFC 8489 14.2"],
  0x0022: ["RESERVATION-TOKEN", octets, "RFC 8656 18.10"],
  0x0024: ["PRIORITY", u32, "RFC 8445 16.1"],
  0x0025: ["USE-CANDIDATE", octets, "RFC 8445 16.1"],
  0x0026: ["PADDING", octets, "RFC 5780 7.6"],
  0x0027: ["RESPONSE-PORT", u16, "RFC 5780 7.5"],
  0x002a: ["CONNECTION-ID", u32, "RFC 6062 6.2.1"],
  0x8000: ["ADDITIONAL-ADDRESS-FAMILY", family, "RFC 8656 18.11"],
  0x8001: ["ADDRESS-ERROR-CODE", familyFailure, "RFC 8656 18.12"],
  0x8002: ["PASSWORD-ALGORITHMS", octets, "RFC 8489 14.11"],
  0x8003: ["ALTERNATE-DOMAIN", text, "RFC 8489 14.16"],
  0x8004: ["ICMP", octets, "RFC 8656 18.13"],
  0x8008: ["MS-VERSION", u32, "MS-TURN 2.2.2"],
  0x8022: ["SOFTWARE", text, "RFC 8489 14.14"],
  0x8023: ["ALTERNATE-SERVER", mapped, "RFC 8489 14.15"],
  0x8028: ["FINGERPRINT", fingerprint, "RFC 8489 14.7"],
  0x8029: ["ICE-CONTROLLED", octets, "RFC 8445 16.1"],
  0x802a: ["ICE-CONTROLLING", octets, "RFC 8445 16.1"],
  0x802b: ["RESPONSE-ORIGIN", mapped, "RFC 5780 7.3"],
  0x802c: ["OTHER-ADDRESS", mapped, "RFC 5780 7.4"],
};
const attributeName = (type: number) => ATTRIBUTES[type]?.[0] ?? "unknown";

function channelData(tree: Tree): Words {
  const ref = "RFC 8656 12.4";
  const channel = tree.u16("Channel number", ref);
  const length = tree.u16("Length", ref, (octets) => `${counted(octets, "octet")} of data`);
  const count = Math.min(length, tree.remaining);
  if (count > 0) tree.bytes("Application data", count, ref);
  if (count < length) {
    throw new FormatError(`Data of ${counted(length, "octet")} does not fit: ${count} left`, tree.offset);
  }
  tree.rest("Padding", ref);
  return { summary: `channel 0x${channel.toString(16)}, ${counted(length, "octet")}` };
}

function message(tree: Tree): Words {
  const first = tree.reader.peek() ?? 0;
  if (first >= 0x40 && first < 0x80) return channelData(tree);
  const start = tree.offset;
  const type = tree.flags("Message type", 2, [
    ["Zero", 0, 2],
    ["Method, high bits", 2, 5],
    ["Class, high bit", 7, 1],
    ["Method, middle bits", 8, 3],
    ["Class, low bit", 11, 1],
    ["Method, low bits", 12, 4],
  ], REF);
  const method = (type & 0x3e00) >> 2 | (type & 0x00e0) >> 1 | (type & 0x000f);
  const kind = (type & 0x0100) >> 7 | (type & 0x0010) >> 4;
  const name = `${METHODS[method] ?? `method ${method}`} ${CLASSES[kind]}`;
  tree.last.meaning = name;
  tree.said = { summary: name };
  const length = tree.u16("Message length", REF, (octets) => `${counted(octets, "octet")} of attributes`);
  tree.u32("Magic cookie", REF, (word) => word === COOKIE ? "STUN" : "none: as RFC 3489 has it");
  const id = tree.bytes("Transaction ID", 12, REF);
  const key = tree.reader.bytes.slice(start + 4, start + 20);
  const words: string[] = [];
  let padded = true;
  tree.within("Attributes", length, (part) => {
    while (part.remaining > 0) {
      part.group("Attribute", (group) => {
        const code = part.u16("Type", "RFC 8489 14", attributeName);
        const [name, read, ref] = ATTRIBUTES[code] ?? [`attribute 0x${code.toString(16)}`, octets, "RFC 8489 14"];
        group.meaning = name;
        group.ref = ref;
        const size = part.u16("Length", "RFC 8489 14");
        const text = part.within(name, size, (inside) => {
          const said = read(inside, { name, ref, key });
          if (inside.remaining > 0) inside.rest("More octets", ref);
          return said;
        });
        if (text !== undefined && text !== "") {
          group.meaning = `${name}: ${text}`;
          if (/ADDRESS$|ERROR|USERNAME|LIFETIME|CHANNEL/.test(name)) words.push(`${name} ${text}`);
        }
        if (code === OLD_COOKIE) padded = false;
        const padding = padded ? Math.min((4 - size % 4) % 4, part.remaining) : 0;
        if (padding > 0) part.bytes("Padding", padding, "RFC 8489 14");
      });
    }
  });
  const summary = clip(`${name}${words.length === 0 ? "" : `: ${words.join(", ")}`}`, 160);
  const pair = `stun ${hex(id)}`;
  return { summary, ...(kind === 0 ? { asks: pair } : kind === 1 ? {} : { answers: pair }) };
}

const stream = (): StreamDissector => ({
  measure(bytes) {
    if (bytes.length < 4) return 0;
    const length = bytes[2]! * 256 + bytes[3]!;
    // On TCP channel data is padded to words.
    if (bytes[0]! >= 0x40 && bytes[0]! < 0x80) return 4 + Math.ceil(length / 4) * 4;
    if (bytes[0]! >= 0x80) throw new FormatError("Neither a STUN message (two zero bits) nor channel data (01)", 0);
    return 20 + length;
  },
  dissect: message,
});

/** Two zero bits, a length of whole words, the cookie. */
function detect(bytes: Uint8Array): Guess {
  const cookie = [0x21, 0x12, 0xa4, 0x42];
  if (bytes[0]! >= 0x40 || (bytes.length > 3 && (bytes[3]! & 3) !== 0)) return "no";
  for (let i = 0; i < 4 && 4 + i < bytes.length; i++) if (bytes[4 + i] !== cookie[i]) return "no";
  return bytes.length >= 8 ? "yes" : bytes[0]! <= 1 && bytes.length < 3 ? "maybe" : bytes.length < 3 ? "no" : "maybe";
}

/** A message whose length is right, or data of a channel. */
function fits(bytes: Uint8Array): boolean {
  const length = bytes.length < 4 ? -1 : bytes[2]! * 256 + bytes[3]!;
  if (bytes[0]! >= 0x40) return bytes[0]! < 0x80 && length >= 0 && length + 4 <= bytes.length;
  return length + 20 === bytes.length;
}

/** RFC 3489 had no cookie: a known type, and attributes that fill the message. */
function classic(bytes: Uint8Array): boolean {
  const word = (at: number) => bytes[at]! * 256 + bytes[at + 1]!;
  if (bytes.length < 20 || !fits(bytes) || ![1, 2, 0x101, 0x102, 0x111, 0x112].includes(word(0))) return false;
  let at = 20;
  while (at + 4 <= bytes.length) {
    const kind = word(at);
    if (kind === 0 || kind > 0x20 && kind < 0x8000) return false;
    at += 4 + word(at + 2);
  }
  return at === bytes.length;
}

export const STUN: Protocol = {
  name: "stun",
  title: "STUN",
  ref: "RFC 8489",
  tcp: [3478],
  udp: [3478],
  detect,
  fits,
  detectDatagram: (bytes) => bytes.length >= 20 && (detect(bytes) === "yes" || classic(bytes)),
  sideOf: (bytes) => (bytes[0]! & 1) === 1 ? "server" : "client",
  stream,
  datagram: message,
};
