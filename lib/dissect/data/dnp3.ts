// DNP3 over TCP (IEEE 1815): link frames with their CRCs, transport segments, application messages and their objects. Pure.
import { concat } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { explain } from "../explain.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import { FUNCTIONS, GROUPS, INDICATIONS, LINK_FUNCTIONS, QUALITY, VARIATIONS } from "./dnp3_names.ts";

const LINK = "IEEE 1815 9.2";
const TRANSPORT = "IEEE 1815 8.2";
const APPLICATION = "IEEE 1815 4.2";
const OBJECT = "IEEE 1815 11";
const FRAGMENT_LIMIT = 64 * 1024;
const OBJECT_LIMIT = 2000;
const SHOWN = 4;

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

/** A header of objects, and the objects where the message has them. */
function objects(tree: Tree, withData: boolean): string {
  return tree.group("Objects", (group) => {
    const number = tree.u8("Group", OBJECT, GROUPS);
    const variation = tree.u8(
      "Variation",
      OBJECT,
      (value) => value === 0 ? "any" : VARIATIONS[`${number}.${value}`]?.[0],
    );
    const qualifier = tree.flags("Qualifier", 1, [
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
    ], "IEEE 1815 4.2.2.7");
    const range = qualifier & 15, prefix = qualifier >> 4 & 7;
    const word = (name: string, octets: number) =>
      octets === 1 ? tree.u8(name, OBJECT) : octets === 2 ? tree.u16Le(name, OBJECT) : tree.u32Le(name, OBJECT);
    let first = 0, count = 0, where = "";
    if (range <= 2) {
      const octets = [1, 2, 4][range]!;
      first = word("From", octets);
      const to = word("To", octets);
      count = Math.max(0, to - first + 1);
      where = ` ${first} to ${to}`;
    } else if (range >= 7 && range <= 9) {
      count = word("Count", [1, 2, 4][range - 7]!);
      where = ` (${count})`;
    }
    const title = `${GROUPS[number] ?? `group ${number}`} ${VARIATIONS[`${number}.${variation}`]?.[0] ?? variation}`;
    group.meaning = title + where;
    const shape = VARIATIONS[`${number}.${variation}`]?.[1];
    if (!withData || count === 0 || range === 6 || shape === undefined && prefix < 4 && prefix !== 0) {
      if (withData && shape === undefined && count > 0) tree.rest("Objects", OBJECT);
      return group.meaning;
    }
    if (shape === undefined && prefix < 4) {
      tree.rest("Objects", OBJECT);
      return group.meaning;
    }
    if (shape === "1" || shape === "2") {
      // Points without a quality: one or two bits each.
      tree.bytes("Points", Math.ceil(count * Number(shape) / 8), OBJECT, () => "the first in the lowest bits");
      return group.meaning;
    }
    const values: string[] = [];
    for (let i = 0; i < Math.min(count, OBJECT_LIMIT) && tree.remaining > 0; i++) {
      tree.group("Object", (object) => {
        let index = first + i, size = 0;
        if (prefix >= 1 && prefix <= 3) index = word("Index", [1, 2, 4][prefix - 1]!);
        else if (prefix >= 4) size = word("Size", prefix === 4 ? 1 : prefix === 5 ? 2 : 4);
        const text = shape === undefined ? `${tree.bytes("Data", size, OBJECT).length} octets` : elements(tree, shape);
        object.meaning = `${index}: ${text}`;
        if (values.length < 3) values.push(object.meaning);
      }, { ref: OBJECT });
    }
    if (values.length > 0) group.meaning = clip(`${title}${where} ${values.join(", ")}${count > 3 ? " …" : ""}`, 140);
    return group.meaning;
  }, { ref: OBJECT });
}

/** The elements of one object; gives its value. */
function elements(tree: Tree, shape: string): string {
  const said: string[] = [];
  const number = (name: string, octets: number, read: (view: DataView) => number) => {
    tree.field(name, (reader) => {
      const bytes = reader.take(octets, name);
      return String(read(new DataView(bytes.buffer, bytes.byteOffset, octets)));
    }, () => ({ ref: OBJECT }));
    said.push(String(tree.last.value));
  };
  for (const kind of shape) {
    switch (kind) {
      case "q":
        tree.flags("Quality", 1, QUALITY, OBJECT);
        if ((Number(tree.last.value) & 1) === 0) said.push("(not online)");
        break;
      case "b": {
        const word = tree.flags(
          "State and quality",
          1,
          [["State", 0, 1], ["Reserved", 1, 1], ...QUALITY.slice(2)],
          OBJECT,
        );
        said.push(word >= 128 ? "on" : "off");
        break;
      }
      case "d": {
        const word = tree.flags("State and quality", 1, [["State", 0, 2, {
          0: "between",
          1: "off",
          2: "on",
          3: "broken",
        }], ...QUALITY.slice(2)], OBJECT);
        said.push(["between", "off", "on", "broken"][word >> 6]!);
        break;
      }
      case "i":
        number("Value", 2, (view) => view.getInt16(0, true));
        break;
      case "I":
        number("Value", 4, (view) => view.getInt32(0, true));
        break;
      case "u":
        number("Value", 2, (view) => view.getUint16(0, true));
        break;
      case "U":
        number("Value", 4, (view) => view.getUint32(0, true));
        break;
      case "f":
        number("Value", 4, (view) => Number(view.getFloat32(0, true).toPrecision(7)));
        break;
      case "F":
        number("Value", 8, (view) => view.getFloat64(0, true));
        break;
      case "t": {
        const low = tree.offset;
        tree.field("Time", (reader) => {
          const bytes = reader.take(6, "Time");
          let ms = 0;
          for (let i = 5; i >= 0; i--) ms = ms * 256 + bytes[i]!;
          return ms;
        }, (ms) => ({ ref: OBJECT, meaning: new Date(ms).toISOString() }));
        if (tree.offset > low) said.push(`at ${tree.last.meaning}`);
        break;
      }
      case "r":
        tree.u16Le("Relative time", OBJECT, (ms) => `${ms} milliseconds`);
        break;
      case "c": {
        tree.flags("Operation", 1, [
          ["Trip or close", 0, 2, { 1: "close", 2: "trip" }],
          ["Clear", 2, 1],
          ["Queue", 3, 1],
          ["Operation", 4, 4, { 0: "none", 1: "pulse on", 2: "pulse off", 3: "latch on", 4: "latch off" }],
        ], OBJECT);
        said.push(String(tree.last.children?.at(-1)?.meaning ?? ""));
        tree.u8("Count", OBJECT);
        tree.u32Le("On time", OBJECT, (ms) => `${ms} milliseconds`);
        tree.u32Le("Off time", OBJECT, (ms) => `${ms} milliseconds`);
        break;
      }
      case "s":
        tree.u8(
          "Status",
          OBJECT,
          (status) =>
            [
              "success",
              "timeout",
              "not selected",
              "format error",
              "not supported",
              "already active",
              "hardware error",
              "local",
            ][status],
        );
        if (tree.last.value !== 0) said.push(`status ${tree.last.meaning}`);
        break;
      case "n":
        tree.u16Le("Milliseconds", OBJECT);
        break;
      case "8":
        said.push(String(tree.u8("Value", OBJECT)));
    }
  }
  return said.join(" ");
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
