// SCTP (RFC 9260): its chunks with their parameters and causes. To add a chunk: its name in sctp_names.ts and its line in
// `VALUES`. Pure.
import { readPorts } from "../coding/ports.ts";
import type { Layer } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText, octetCount } from "../coding/words.ts";
import { CAUSES, CHUNKS, PARAMETERS, PAYLOADS } from "./sctp_names.ts";

const HEADER = "RFC 9260 3.1";
const PARAMETER = "RFC 9260 3.2.1";

const TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let word = i;
  for (let bit = 0; bit < 8; bit++) word = (word & 1) !== 0 ? (word >>> 1) ^ 0x82f63b78 : word >>> 1;
  return word;
});

/** CRC32c of a packet whose own checksum counts as zero, in the order of the wire (RFC 9260 A). */
function checksumOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = (crc >>> 8) ^ TABLE[(crc ^ (i >= 8 && i < 12 ? 0 : bytes[i]!)) & 255]!;
  }
  const word = ~crc;
  return (word << 24 | (word & 0xff00) << 8 | word >>> 8 & 0xff00 | word >>> 24) >>> 0;
}

/** How a request to change the streams ends (RFC 6525 4.4). */
const RESULTS: readonly string[] = [
  "nothing to do",
  "done",
  "denied",
  "wrong SSN",
  "request already in progress",
  "bad sequence number",
  "in progress",
];

/** Parts of a type, a length and a value, each filled up to four octets. */
function parts(tree: Tree, name: string, names: Readonly<Record<number, string>>, ref: string): string[] {
  const said: string[] = [];
  while (tree.remaining >= 4) {
    const length = tree.reader.peek(2)! * 256 + tree.reader.peek(3)!;
    const padding = Math.min(-length & 3, Math.max(0, tree.remaining - length));
    tree.part(name, Math.max(4, length), (part, group) => {
      const type = part.u16("Type", ref, names);
      part.u16("Length", ref);
      if (length < 4) part.flaw("A length of 4 octets at least");
      group.meaning = names[type] ?? `type ${type}`;
      const value = names === CAUSES ? causeValue(part, type, ref) : partValue(part, type, ref);
      if (value !== "") group.meaning += ` ${value}`;
      said.push(group.meaning);
    }, ref);
    if (padding > 0) tree.bytes("Padding", padding, PARAMETER);
  }
  return said;
}

/** The value of a parameter; gives it in words. */
function partValue(tree: Tree, type: number, ref: string): string {
  const list = (name: string, read: () => number, names: Readonly<Record<number, string>>) => {
    const words: string[] = [];
    while (tree.remaining > 0) {
      const number = read();
      words.push(names[number] ?? `${name} ${number}`);
    }
    return words.join(", ");
  };
  switch (type) {
    case 5:
      return tree.ip("Address", 4, "RFC 9260 3.3.2.1");
    case 6:
      return tree.ip("Address", 16, "RFC 9260 3.3.2.1");
    case 9:
      return `${tree.u32("Milliseconds", ref)} ms`;
    case 12:
      return list("type", () => tree.u16("Address type", "RFC 9260 3.3.2.1", PARAMETERS), PARAMETERS);
    case 13:
    case 14:
    case 15: {
      const where = `RFC 6525 4.${type - 12}`;
      tree.u32("Request number", where);
      if (type === 13) {
        tree.u32("Response number", where);
        tree.u32("Last TSN", where);
      }
      while (tree.remaining >= 2) tree.u16("Stream", where);
      return "";
    }
    case 16: {
      tree.u32("Response number", "RFC 6525 4.4");
      const result = tree.u32("Result", "RFC 6525 4.4", RESULTS);
      if (tree.remaining >= 8) {
        tree.u32("Sender's next TSN", "RFC 6525 4.4");
        tree.u32("Receiver's next TSN", "RFC 6525 4.4");
      }
      return RESULTS[result] ?? String(result);
    }
    case 17:
    case 18: {
      const where = `RFC 6525 4.${type - 12}`;
      tree.u32("Request number", where);
      const streams = tree.u16("New streams", where);
      tree.u16("Reserved", where);
      return counted(streams, "stream");
    }
    case 0x8003:
    case 0x8008: {
      const names = Object.fromEntries(Object.entries(CHUNKS).map(([number, [name]]) => [number, name]));
      return list("chunk", () => tree.u8("Chunk", type === 0x8003 ? "RFC 4895 3.2" : "RFC 5061 4.2.7", names), names);
    }
    case 0x8004:
      return list("code", () => tree.u16("Code", "RFC 4895 3.3", { 1: "SHA-1", 3: "SHA-256" }), {
        1: "SHA-1",
        3: "SHA-256",
      });
    case 0xc001:
    case 0xc002:
    case 0xc004:
      tree.u32("Correlation", `RFC 5061 4.2.${type & 7}`, () => "the answer repeats it");
      return parts(tree, "Address", PARAMETERS, PARAMETER).join(", ");
    case 0xc006:
      return `0x${tree.u32("Indication", "RFC 5061 4.2.6").toString(16)}`;
  }
  return plainValue(tree, ref);
}

/** The value of an error's cause; gives it in words. */
function causeValue(tree: Tree, type: number, ref: string): string {
  if (type !== 1 || tree.remaining < 4) return plainValue(tree, ref);
  const stream = tree.u16("Stream", ref);
  tree.u16("Reserved", ref);
  return String(stream);
}

/** Octets without a meaning of their own; text is given back. */
function plainValue(tree: Tree, ref: string): string {
  const value = tree.rest("Value", ref);
  if (value.length === 0 || !looksLikeText(value)) return "";
  tree.last.value = decodeText(value);
  return `"${clip(decodeText(value), 60)}"`;
}

const DATA_FLAGS: readonly BitRow[] = [
  ["Reserved", 0, 4],
  ["Answer at once", 4, 1],
  ["Unordered", 5, 1],
  ["Beginning", 6, 1],
  ["End", 7, 1],
];
const REFLECTED: readonly BitRow[] = [["Reserved", 0, 7], ["Tag reflected", 7, 1]];
const FLAGS: Readonly<Record<number, readonly BitRow[]>> = {
  0: DATA_FLAGS,
  64: DATA_FLAGS,
  6: REFLECTED,
  14: REFLECTED,
};

type Read = (tree: Tree, ref: string, flags: number) => string;

const data = (interleaved: boolean): Read => (tree, ref, flags) => {
  const tsn = tree.u32("TSN", ref, () => "number of the chunk");
  const stream = tree.u16("Stream", ref);
  if (interleaved) tree.u16("Reserved", ref);
  const number = interleaved ? tree.u32("Message", ref) : tree.u16("Stream sequence number", ref);
  // Of a later piece of a message I-DATA has the piece's number here.
  const first = !interleaved || (flags & 2) !== 0;
  const payload = tree.u32(first ? "Payload protocol" : "Piece of the message", ref, first ? PAYLOADS : undefined);
  const count = tree.remaining;
  const octets = tree.rest("User data", ref);
  if (count > 0 && looksLikeText(octets)) tree.last.value = decodeText(octets);
  const piece = ["middle piece, ", "last piece, ", "first piece, ", ""][flags & 3];
  const what = first && payload !== 0 ? ` ${PAYLOADS[payload] ?? `protocol ${payload}`}` : "";
  return `${tsn} stream ${stream} number ${number}${what}, ${piece}${counted(count, "octet")}`;
};

const parameters = (tree: Tree) => parts(tree, "Parameter", PARAMETERS, PARAMETER);

const init: Read = (tree, ref) => {
  const tag = tree.u32("Initiate tag", ref, () => "stands in the header of what is sent to its owner");
  tree.u32("Receiver window", ref, octetCount);
  const out = tree.u16("Outbound streams", ref), inbound = tree.u16("Inbound streams at most", ref);
  tree.u32("Initial TSN", ref);
  parameters(tree);
  return `tag 0x${tag.toString(16).padStart(8, "0")}, ${counted(out, "stream")} out, ${inbound} in`;
};

const selectiveAcknowledgement: Read = (tree, ref) => {
  const until = tree.u32("Cumulative TSN", ref, () => "all up to this one have come");
  tree.u32("Receiver window", ref, octetCount);
  const gaps = tree.u16("Gap blocks", ref), twice = tree.u16("Duplicate TSNs", ref);
  for (let i = 0; i < gaps; i++) {
    tree.group("Gap block", (group) => {
      const start = tree.u16("Start", ref), end = tree.u16("End", ref);
      group.meaning = `${(until + start) >>> 0} to ${(until + end) >>> 0} have come`;
    }, { ref });
  }
  for (let i = 0; i < twice; i++) tree.u32("Duplicate TSN", ref);
  const beyond = gaps === 0 ? "" : `, ${counted(gaps, "block")} beyond`;
  return `${until}${beyond}${twice === 0 ? "" : `, ${twice} came twice`}`;
};

const heartbeat: Read = (tree) => parameters(tree).join(", ").replace(/^heartbeat information$/, "");
const causes: Read = (tree) => parts(tree, "Cause", CAUSES, "RFC 9260 3.3.10").join(", ");
const lowestTsn: Read = (tree, ref) => String(tree.u32("Lowest TSN", ref));

const authentication: Read = (tree, ref) => {
  tree.u16("Shared key", ref);
  tree.u16("Code", ref, { 1: "SHA-1", 3: "SHA-256" });
  tree.rest("Authentication code", ref);
  return "";
};

const addressChange: Read = (tree, ref) => `${tree.u32("Serial number", ref)} ${parameters(tree).join(", ")}`.trim();

const forwardTsn = (interleaved: boolean): Read => (tree, ref) => {
  const until = tree.u32("New cumulative TSN", ref, () => "what came before is given up");
  while (tree.remaining > 0) {
    tree.u16("Stream", ref);
    tree.u16(interleaved ? "Unordered" : "Stream sequence number", ref);
    if (interleaved) tree.u32("Message", ref);
  }
  return String(until);
};

const opaque = (name: string, meaning?: string): Read => (tree, ref) => {
  tree.rest(name, ref, meaning);
  return "";
};
const value = opaque("Value");

/** What reads the values of chunks, by the types of `CHUNKS`; it gives them in words. */
const VALUES: Readonly<Record<number, Read>> = {
  0: data(false),
  1: init,
  2: init,
  3: selectiveAcknowledgement,
  4: heartbeat,
  5: heartbeat,
  6: causes,
  7: (tree, ref) => String(tree.u32("Cumulative TSN", ref)),
  9: causes,
  10: opaque("Cookie", "as the other side sent it"),
  12: lowestTsn,
  13: lowestTsn,
  15: authentication,
  64: data(true),
  128: addressChange,
  130: heartbeat,
  192: forwardTsn(false),
  193: addressChange,
  194: forwardTsn(true),
};

export const SCTP: Layer = {
  name: "sctp",
  title: "SCTP",
  ref: "RFC 9260",
  dissect(tree, packet) {
    const { reader } = tree;
    const start = reader.offset, whole = reader.bytes.subarray(start, reader.end);
    readPorts(tree, packet, HEADER);
    const tag = tree.u32("Verification tag", HEADER, (word) => word === 0 ? "none: an INIT" : undefined);
    const kept = reader.bytes.length < packet.originalLength || packet.quoted === true || packet.partial === true;
    const stored = tree.u32("Checksum", HEADER);
    if (!kept) {
      const right = checksumOf(whole);
      tree.last.meaning = stored === right
        ? "correct"
        : stored === 0
        ? "none: the network card fills it in later, or DTLS makes it needless (RFC 9653)"
        : `wrong: 0x${right.toString(16).padStart(8, "0")} would be right`;
    }
    packet.summary += `, tag 0x${tag.toString(16).padStart(8, "0")}`;
    const said: string[] = [];
    while (tree.remaining >= 4) {
      const type = reader.peek()!, length = reader.peek(2)! * 256 + reader.peek(3)!;
      const [name, ref] = CHUNKS[type] ?? [`chunk type ${type}`, "RFC 9260 3.2"];
      const padding = -length & 3;
      tree.part(name, Math.max(4, length), (part, group) => {
        part.u8("Type", "RFC 9260 3.2", (number) => CHUNKS[number]?.[0] ?? "unknown");
        const flags = part.flags("Flags", 1, FLAGS[type] ?? [["Reserved", 0, 8]], ref);
        part.u16("Length", "RFC 9260 3.2");
        if (length < 4) part.flaw("A length of 4 octets at least");
        said.push(name);
        const words = (VALUES[type] ?? value)(part, ref, flags);
        if (words === "") return;
        group.meaning = words;
        said[said.length - 1] = `${name} ${words}`;
      }, ref);
      if (padding > 0 && tree.remaining > 0) tree.bytes("Padding", Math.min(padding, tree.remaining), "RFC 9260 3.2");
    }
    packet.summary += `: ${said.slice(0, 4).join("; ")}${said.length > 4 ? `; and ${said.length - 4} more` : ""}`;
    return undefined;
  },
};
