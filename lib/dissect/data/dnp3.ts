// DNP3 over TCP (IEEE 1815): link frames with their CRCs, transport segments, application messages and their objects. Pure.
import { concat, viewOf } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { explain } from "../explain.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import {
  FUNCTIONS,
  GROUPS,
  INDICATIONS,
  LINK_FUNCTIONS,
  POINT_STATES,
  QUALITY,
  STATUSES,
  VARIATIONS,
} from "./dnp3_names.ts";

const LINK = "IEEE 1815 9.2";
const TRANSPORT = "IEEE 1815 8.2";
const APPLICATION = "IEEE 1815 4.2";
const OBJECT = "IEEE 1815 11";
const FRAGMENT_LIMIT = 64 * 1024;
const OBJECT_LIMIT = 2000;
const SHOWN = 4;
/** Objects below one header whose values its line says. */
const SAID = 3;

/** The CRC of up to 16 octets, as it stands on the wire (low octet first). */
function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (const octet of bytes) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0xa6bc : crc >>> 1;
  }
  return ~crc & 0xffff;
}

function checksum(tree: Tree, over: Uint8Array): void {
  const right = crcOf(over);
  tree.u16Le(
    "CRC",
    LINK,
    (word) => word === right ? "correct" : `wrong: 0x${right.toString(16).padStart(4, "0")} would be right`,
  );
}

/** Octets of a link frame by the length in its header: a CRC stands behind each 16 of them. */
const frameOctets = (length: number) => 10 + (length - 5) + 2 * Math.ceil((length - 5) / 16);

class Dnp3 implements StreamDissector {
  /** Segments of the message that a side sends. */
  readonly #parts: Record<Side, Uint8Array[]> = { client: [], server: [] };

  measure(bytes: Uint8Array): number {
    if (bytes[0] !== 0x05 || (bytes.length > 1 && bytes[1] !== 0x64)) {
      throw new FormatError("A frame begins with 05 64", 0);
    }
    if (bytes.length < 3) return 0;
    if (bytes[2]! < 5) throw new FormatError(`A length of ${counted(bytes[2]!, "octet")}`, 2);
    return frameOctets(bytes[2]!);
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const { reader } = tree;
    const start = tree.offset;
    tree.u16("Start", LINK);
    const length = tree.u8("Length", LINK, (octets) => `${counted(octets, "octet")}, CRCs not counted`);
    const primary = ((reader.peek() ?? 0) & 0x40) !== 0;
    const control = tree.flags("Control", 1, [
      ["From the master", 0, 1],
      ["Primary", 1, 1],
      [primary ? "Frame count" : "Reserved", 2, 1],
      [primary ? "Frame count counts" : "Data flow control", 3, 1],
      ["Function", 4, 4, LINK_FUNCTIONS[primary ? 1 : 0]],
    ], LINK);
    const to = tree.u16Le("Destination", LINK), from = tree.u16Le("Source", LINK);
    checksum(tree, reader.bytes.subarray(start, start + 8));
    const name = LINK_FUNCTIONS[primary ? 1 : 0]![control & 15] ?? `function ${control & 15}`;
    const head = `${from} > ${to}`;
    tree.said = { summary: `${head} ${name}` };
    const data: Uint8Array[] = [];
    for (let left = length - 5; left > 0 && tree.remaining > 0; left -= 16) {
      const block = tree.bytes("Data block", Math.min(16, left), LINK);
      data.push(block);
      if (tree.remaining >= 2) checksum(tree, block);
    }
    if (data.length === 0) return { summary: `${head} ${name}` };
    const bytes = concat(data);
    const { root, value } = explain("User data", bytes, (part) => this.#segment(part, side));
    tree.add({ ...root, meaning: "without the CRCs", offset: tree.offset, length: 0, buffer: bytes });
    return { ...value, summary: clip(`${head} ${value?.summary ?? name}`, 200) };
  }

  #segment(tree: Tree, side: Side): Words {
    const transport = tree.flags("Transport", 1, [["Last", 0, 1], ["First", 1, 1], ["Sequence", 2, 6]], TRANSPORT);
    const first = (transport & 0x40) !== 0, last = (transport & 0x80) !== 0;
    const parts = this.#parts[side];
    if (first) parts.length = 0;
    if (first && last) return application(tree);
    const octets = tree.rest("Segment", TRANSPORT).slice();
    if (parts.reduce((sum, { length }) => sum + length, 0) + octets.length <= FRAGMENT_LIMIT) parts.push(octets);
    if (!last) return { summary: `segment ${transport & 63}, goes on` };
    const joined = concat(parts.splice(0));
    const { root, value } = explain("Application message", joined, (part) => application(part));
    tree.add({ ...root, offset: tree.offset, length: 0, buffer: joined });
    return value ?? { summary: "message of several segments" };
  }
}

function application(tree: Tree): Words {
  const control = tree.flags("Application control", 1, [
    ["First", 0, 1],
    ["Last", 1, 1],
    ["Confirmation wanted", 2, 1],
    ["Unsolicited", 3, 1],
    ["Sequence", 4, 4],
  ], APPLICATION);
  const code = tree.u8("Function", APPLICATION, FUNCTIONS);
  const name = FUNCTIONS[code] ?? `function ${code}`;
  const answer = code >= 129;
  const unsolicited = (control & 0x10) !== 0;
  const sequence = control & 15;
  const pair: Pick<Words, "asks" | "answers"> = answer
    ? unsolicited ? {} : { answers: `dnp3 ${sequence}` }
    : code === 0
    ? {}
    : { asks: `dnp3 ${sequence}` };
  if (answer) tree.flags("Internal indications", 2, INDICATIONS, "IEEE 1815 4.2.2");
  const indications = answer ? tree.last.meaning ?? "" : "";
  const said: string[] = [];
  tree.said = { summary: name, ...pair };
  while (tree.remaining >= 3) said.push(objects(tree, answer || code === 2 || (code >= 3 && code <= 6)));
  const words = [...indications === "" ? [] : [`(${indications})`], ...said.slice(0, SHOWN)];
  const more = said.length > SHOWN ? ` and ${said.length - SHOWN} more` : "";
  return { summary: clip(`${name} ${sequence} ${words.join(", ")}${more}`.trim(), 200), ...pair };
}

/** What stands before each object, and which objects they are. */
const QUALIFIER: readonly BitRow[] = [
  ["Reserved", 0, 1],
  ["Prefix", 1, 3, {
    0: "none",
    1: "index, 1 octet",
    2: "index, 2 octets",
    3: "index, 4 octets",
    4: "size, 1 octet",
    5: "size, 2 octets",
  }],
  ["Range", 4, 4, {
    0: "from and to, 1 octet",
    1: "from and to, 2 octets",
    2: "from and to, 4 octets",
    6: "all",
    7: "count, 1 octet",
    8: "count, 2 octets",
    9: "count, 4 octets",
    11: "free format",
  }],
];

/** A number of one, two or four octets by its code: 0, 1 or 2. */
function word(tree: Tree, name: string, code: number): number {
  return code === 0 ? tree.u8(name, OBJECT) : code === 1 ? tree.u16Le(name, OBJECT) : tree.u32Le(name, OBJECT);
}

/** The objects that a header is about. */
interface Range {
  readonly first: number;
  readonly count: number;
  readonly said: string;
}

function rangeOf(tree: Tree, code: number): Range {
  if (code <= 2) {
    const first = word(tree, "From", code), to = word(tree, "To", code);
    return { first, count: Math.max(0, to - first + 1), said: ` ${first} to ${to}` };
  }
  if (code < 7 || code > 9) return { first: 0, count: 0, said: "" };
  const count = word(tree, "Count", code - 7);
  return { first: 0, count, said: ` (${count})` };
}

/** A header of objects, and the objects where the message has them. */
function objects(tree: Tree, withData: boolean): string {
  return tree.group("Objects", (group) => {
    const number = tree.u8("Group", OBJECT, GROUPS);
    const variation = tree.u8(
      "Variation",
      OBJECT,
      (value) => value === 0 ? "any" : VARIATIONS[`${number}.${value}`]?.[0],
    );
    const qualifier = tree.flags("Qualifier", 1, QUALIFIER, "IEEE 1815 4.2.2.7");
    const range = rangeOf(tree, qualifier & 15);
    const [name = variation, shape] = VARIATIONS[`${number}.${variation}`] ?? [];
    const title = `${GROUPS[number] ?? `group ${number}`} ${name}${range.said}`;
    group.meaning = title;
    const values = withData && range.count > 0 ? objectValues(tree, range, qualifier >> 4 & 7, shape) : [];
    const more = range.count > SAID ? " …" : "";
    if (values.length > 0) group.meaning = clip(`${title} ${values.join(", ")}${more}`, 140);
    return group.meaning;
  }, { ref: OBJECT });
}

/** The objects; gives what the first of them say. Without a shape only those are told apart that have a size. */
function objectValues(tree: Tree, { first, count }: Range, prefix: number, shape: string | undefined): string[] {
  const values: string[] = [];
  if (shape === undefined && prefix < 4) tree.rest("Objects", OBJECT);
  else if (shape === "1" || shape === "2") {
    // Points without a quality: one or two bits each.
    tree.bytes("Points", Math.ceil(count * Number(shape) / 8), OBJECT, () => "the first in the lowest bits");
  } else {
    for (let i = 0; i < Math.min(count, OBJECT_LIMIT) && tree.remaining > 0; i++) {
      tree.group("Object", (object) => {
        const index = prefix >= 1 && prefix <= 3 ? word(tree, "Index", prefix - 1) : first + i;
        const size = prefix >= 4 ? word(tree, "Size", prefix - 4) : 0;
        const text = shape === undefined ? `${tree.bytes("Data", size, OBJECT).length} octets` : elements(tree, shape);
        object.meaning = `${index}: ${text}`;
        if (values.length < SAID) values.push(object.meaning);
      }, { ref: OBJECT });
    }
  }
  return values;
}

/** A number of so many octets, the least significant first. */
const number = (octets: number, read: (view: DataView) => number) => (tree: Tree): string =>
  tree.field("Value", (reader) => String(read(viewOf(reader.take(octets, "Value")))), { ref: OBJECT });

/** Elements of objects by their letters in the shapes of `VARIATIONS`: each gives what it says, "" for nothing. */
const ELEMENTS: Readonly<Record<string, (tree: Tree) => string>> = {
  q: (tree) => (tree.flags("Quality", 1, QUALITY, OBJECT) & 1) === 0 ? "(not online)" : "",
  b: (tree) => {
    const rows: BitRow[] = [["State", 0, 1], ["Reserved", 1, 1], ...QUALITY.slice(2)];
    return tree.flags("State and quality", 1, rows, OBJECT) >= 128 ? "on" : "off";
  },
  d: (tree) => {
    const rows: BitRow[] = [["State", 0, 2, POINT_STATES], ...QUALITY.slice(2)];
    return POINT_STATES[tree.flags("State and quality", 1, rows, OBJECT) >> 6]!;
  },
  i: number(2, (view) => view.getInt16(0, true)),
  I: number(4, (view) => view.getInt32(0, true)),
  u: number(2, (view) => view.getUint16(0, true)),
  U: number(4, (view) => view.getUint32(0, true)),
  f: number(4, (view) => Number(view.getFloat32(0, true).toPrecision(7))),
  F: number(8, (view) => view.getFloat64(0, true)),
  t: (tree) => {
    tree.field(
      "Time",
      (reader) => reader.take(6, "Time").reduceRight((ms, octet) => ms * 256 + octet, 0),
      (ms) => ({ ref: OBJECT, meaning: new Date(ms).toISOString() }),
    );
    return `at ${tree.last.meaning}`;
  },
  r: (tree) => {
    tree.u16Le("Relative time", OBJECT, (ms) => `${ms} milliseconds`);
    return "";
  },
  c: command,
  s: (tree) => {
    const status = tree.u8("Status", OBJECT, (code) => STATUSES[code]);
    return status === 0 ? "" : `status ${tree.last.meaning}`;
  },
  n: (tree) => {
    tree.u16Le("Milliseconds", OBJECT);
    return "";
  },
  8: (tree) => String(tree.u8("Value", OBJECT)),
};

/** A command to a relay: what it does, how often and how long. */
function command(tree: Tree): string {
  tree.flags("Operation", 1, [
    ["Trip or close", 0, 2, { 1: "close", 2: "trip" }],
    ["Clear", 2, 1],
    ["Queue", 3, 1],
    ["Operation", 4, 4, { 0: "none", 1: "pulse on", 2: "pulse off", 3: "latch on", 4: "latch off" }],
  ], OBJECT);
  const said = tree.last.children?.at(-1)?.meaning ?? "";
  tree.u8("Count", OBJECT);
  tree.u32Le("On time", OBJECT, (ms) => `${ms} milliseconds`);
  tree.u32Le("Off time", OBJECT, (ms) => `${ms} milliseconds`);
  return said;
}

/** The elements of one object; gives its value. */
function elements(tree: Tree, shape: string): string {
  return Array.from(shape, (letter) => ELEMENTS[letter]!(tree)).filter((said) => said !== "").join(" ");
}

/** The start, a length, and a CRC that is right. */
function detect(bytes: Uint8Array): Guess {
  if (bytes[0] !== 0x05 || (bytes.length > 1 && bytes[1] !== 0x64)) return "no";
  if (bytes.length < 10) return "maybe";
  return crcOf(bytes.subarray(0, 8)) === bytes[8]! + bytes[9]! * 256 ? "yes" : "no";
}

export const DNP3: Protocol = {
  name: "dnp3",
  title: "DNP3",
  ref: "IEEE 1815",
  tcp: [20000],
  udp: [20000],
  detect,
  fits: (bytes) => detect(bytes) === "yes",
  detectDatagram: (bytes) => bytes.length >= 10 && detect(bytes) === "yes",
  resumes: (bytes) => detect(bytes) === "yes",
  sideOf: (bytes) => (bytes[3]! & 0x80) !== 0 ? "client" : "server",
  stream: () => new Dnp3(),
  datagram: (tree, context) => new Dnp3().dissect(tree, context),
};
