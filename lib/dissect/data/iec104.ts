// IEC 60870-5-104: telecontrol over TCP: frames with numbers, ASDUs with their objects. Pure.
import { viewOf } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";
import { clip, counted, octetCount } from "../coding/words.ts";
import { CAUSES, DOUBLE, FUNCTIONS, TYPES } from "./iec104_names.ts";

const APCI = "IEC 60870-5-104 5";
const ASDU = "IEC 60870-5-101 7.1";
const ELEMENT = "IEC 60870-5-101 7.2.6";
const SHOWN = 4;

const QUALITY: readonly BitRow[] = [["Invalid", 0, 1], ["Not topical", 1, 1], ["Substituted", 2, 1], ["Blocked", 3, 1]];
/** Bits of a command: which selects, how, what. */
const commandRows = (values: Readonly<Record<number, string>>, bits: 1 | 2): BitRow[] => [
  ["Select", 0, 1, { 0: "execute", 1: "select" }],
  ["Qualifier", 1, 5, { 0: "none", 1: "short pulse", 2: "long pulse", 3: "persistent" }],
  ...bits === 1
    ? [["Reserved", 6, 1] as BitRow, ["State", 7, 1, values] as BitRow]
    : [["State", 6, 2, values] as BitRow],
];

/** Seven octets of time (CP56Time2a), or the three that begin them. */
function time(tree: Tree, octets: 3 | 7): string {
  const ms = tree.u16Le("Milliseconds", "IEC 60870-5-101 7.2.6.18", (value) => counted(value / 1000, "second"));
  const minute =
    tree.flags("Minute", 1, [["Invalid", 0, 1], ["Substituted", 1, 1], ["Minute", 2, 6]], "IEC 60870-5-101 7.2.6.18") &
    63;
  const two = (value: number) => String(value).padStart(2, "0");
  const seconds = `${two(minute)}:${(ms / 1000).toFixed(3).padStart(6, "0")}`;
  if (octets === 3) return seconds;
  const hour =
    tree.flags("Hour", 1, [["Summer time", 0, 1], ["Reserved", 1, 2], ["Hour", 3, 5]], "IEC 60870-5-101 7.2.6.18") & 31;
  const day = tree.flags("Day", 1, [["Day of the week", 0, 3], ["Day", 3, 5]], "IEC 60870-5-101 7.2.6.18") & 31;
  const month = tree.u8("Month", "IEC 60870-5-101 7.2.6.18") & 15;
  const year = tree.u8("Year", "IEC 60870-5-101 7.2.6.18") & 127;
  return `20${two(year)}-${two(month)}-${two(day)} ${two(hour)}:${seconds}`;
}

/** A number of so many octets, the least significant first, as text. */
const number = (name: string, octets: number, read: (view: DataView) => number) => (tree: Tree): string =>
  tree.field(name, (reader) => String(read(viewOf(reader.take(octets, name)))), { ref: ELEMENT });

const normalized = number("Normalized value", 2, (view) => view.getInt16(0, true));
const counter = number("Counter", 4, (view) => view.getInt32(0, true));

/** A word of flags that are read and said by their own lines. */
const flags = (name: string, rows: readonly BitRow[]) => (tree: Tree): string => {
  tree.flags(name, 1, rows, ELEMENT);
  return "";
};

/** What is wrong with a point by the flags just read, in brackets. */
const bad = (tree: Tree, word: number) => (word & 0xf0) === 0 ? "" : ` (${tree.last.meaning})`;

const STEPS: Readonly<Record<number, string>> = { 0: "not allowed", 1: "lower", 2: "higher", 3: "not allowed" };

/** Elements of objects by their letters in the table of types: each gives what it says, "" for nothing. */
const ELEMENTS: Readonly<Record<string, (tree: Tree) => string>> = {
  s: (tree) => {
    const rows: BitRow[] = [...QUALITY, ["Reserved", 4, 3], ["State", 7, 1, { 0: "off", 1: "on" }]];
    const word = tree.flags("Single point", 1, rows, ELEMENT);
    return `${(word & 1) === 1 ? "on" : "off"}${bad(tree, word)}`;
  },
  d: (tree) => {
    const word = tree.flags("Double point", 1, [...QUALITY, ["Reserved", 4, 2], ["State", 6, 2, DOUBLE]], ELEMENT);
    return `${DOUBLE[word & 3]}${bad(tree, word)}`;
  },
  t: (tree) => {
    const word = tree.flags("Step position", 1, [["Moving", 0, 1], ["Position", 1, 7]], ELEMENT) & 127;
    return String(word >= 64 ? word - 128 : word);
  },
  w: (tree) => `0x${tree.u32Le("Bits", ELEMENT).toString(16).padStart(8, "0")}`,
  n: (tree) => String(Number((Number(normalized(tree)) / 32768).toFixed(5))),
  v: number("Scaled value", 2, (view) => view.getInt16(0, true)),
  f: number("Value", 4, (view) => Number(view.getFloat32(0, true).toPrecision(7))),
  c: (tree) => {
    const value = counter(tree);
    tree.flags("Sequence", 1, [["Invalid", 0, 1], ["Adjusted", 1, 1], ["Overflow", 2, 1], ["Number", 3, 5]], ELEMENT);
    return value;
  },
  q: (tree) => {
    const word = tree.flags("Quality", 1, [...QUALITY, ["Reserved", 4, 3], ["Overflow", 7, 1]], ELEMENT);
    return word === 0 ? "" : `(${tree.last.meaning})`;
  },
  S: (tree) =>
    (tree.flags("Single command", 1, commandRows({ 0: "off", 1: "on" }, 1), ELEMENT) & 1) === 1 ? "on" : "off",
  D: (tree) => DOUBLE[tree.flags("Double command", 1, commandRows(DOUBLE, 2), ELEMENT) & 3]!,
  R: (tree) => STEPS[tree.flags("Step command", 1, commandRows(STEPS, 2), ELEMENT) & 3]!,
  k: flags("Qualifier", [["Select", 0, 1, { 0: "execute", 1: "select" }], ["Qualifier", 1, 7]]),
  i: (tree) => {
    tree.u8(
      "Interrogation",
      ELEMENT,
      (group) => group === 20 ? "the station" : group > 20 ? `group ${group - 20}` : undefined,
    );
    return "";
  },
  j: flags("Counter request", [
    ["Freeze", 0, 2, { 0: "read", 1: "freeze", 2: "freeze and reset", 3: "reset" }],
    ["Request", 2, 6, { 5: "all counters" }],
  ]),
  p: (tree) => {
    tree.u8("Reset", ELEMENT, { 1: "of the process", 2: "of the time-tagged events" });
    return "";
  },
  o: (tree) => {
    tree.u8("Cause of initialization", ELEMENT, (cause) => ["power", "manual reset", "remote reset"][cause & 127]);
    return "";
  },
  a: (tree) => {
    tree.u8("Parameter qualifier", ELEMENT);
    return "";
  },
  u: (tree) => String(tree.u16Le("Test value", ELEMENT)),
  2: (tree) => `${tree.u16Le("Milliseconds", ELEMENT)} ms`,
  3: (tree) => `at ${time(tree, 3)}`,
  7: (tree) => `at ${time(tree, 7)}`,
};

/** One element of an object; gives it in words. */
function element(tree: Tree, kind: string): string {
  return ELEMENTS[kind]?.(tree) ?? counted(tree.rest("Data", ELEMENT).length, "octet");
}

function object(tree: Tree, address: number, elements: string): string {
  return tree.group("Object", (group) => {
    if (address < 0) {
      address = tree.field("Object address", (r) => r.u8() + 256 * r.u8() + 65536 * r.u8(), () => ({ ref: ASDU }));
    }
    const said = [...elements].map((kind) => element(tree, kind)).filter((word) => word !== "").join(" ");
    group.meaning = `${address}${said === "" ? "" : ` = ${said}`}`;
    return group.meaning;
  }, { ref: ASDU });
}

/** What the frame carries: a type, a cause, an address, objects. */
function asdu(tree: Tree): string {
  const type = tree.u8("Type", ASDU, (number) => TYPES[number]?.[1]);
  const count = tree.flags("Structure", 1, [
    ["Sequence", 0, 1, { 0: "each object has an address", 1: "the addresses follow each other" }],
    ["Objects", 1, 7],
  ], ASDU);
  const cause = tree.flags("Cause", 1, [
    ["Test", 0, 1],
    ["Refused", 1, 1],
    ["Cause", 2, 6, CAUSES],
  ], ASDU);
  tree.u8("Originator", ASDU);
  const station = tree.u16Le("Common address", ASDU, (address) => address === 0xffff ? "everybody" : "of the station");
  const [mnemonic, , elements] = TYPES[type] ?? [`type ${type}`, "", "x"];
  const refused = (cause & 0x40) !== 0 ? ", refused" : "";
  const said: string[] = [];
  const objects = count & 127;
  let base = -1;
  for (let i = 0; i < objects; i++) {
    const address = count >= 128 && i > 0 ? base + i : -1;
    const line = object(tree, address, elements);
    if (i === 0) base = Number(/^\d+/.exec(line)?.[0] ?? 0);
    if (i < SHOWN) said.push(line);
  }
  if (objects > SHOWN) said.push(`and ${objects - SHOWN} more`);
  return `${mnemonic} ${CAUSES[cause & 63] ?? cause & 63}${refused} station ${station}: ${said.join(", ")}`;
}

class Iec104 implements StreamDissector {
  measure(bytes: Uint8Array): number {
    if (bytes[0] !== 0x68) throw new FormatError("A frame begins with 0x68", 0);
    if (bytes.length < 2) return 0;
    if (bytes[1]! < 4 || bytes[1]! > 253) throw new FormatError(`A length of ${counted(bytes[1]!, "octet")}`, 1);
    return 2 + bytes[1]!;
  }

  dissect(tree: Tree, _context: DissectContext): Words {
    tree.u8("Start", APCI);
    tree.u8("Length", APCI, octetCount);
    const first = tree.reader.peek() ?? 0;
    if ((first & 3) === 3) {
      tree.u8("Function", APCI, FUNCTIONS);
      tree.bytes("Reserved", Math.min(3, tree.remaining), APCI);
      const name = FUNCTIONS[first]?.replace(/:.*/, "") ?? `function ${first}`;
      const pair = / act/.test(name) ? { asks: name.slice(0, 6) } : { answers: name.slice(0, 6) };
      return { summary: name, ...pair };
    }
    const number = (name: string) => tree.u16Le(name, APCI, (word) => String(word >> 1)) >> 1;
    if ((first & 1) === 1) {
      tree.u16Le("Kind", APCI, { 1: "acknowledgement" });
      return { summary: `S acknowledges up to ${number("Received")}` };
    }
    const sent = number("Sent"), received = number("Received");
    const head = `I ${sent}, has ${received}`;
    tree.said = { summary: head };
    return { summary: clip(`${head}: ${asdu(tree)}`, 220) };
  }
}

/** A frame that its length fits, of a function or a type that is known. */
function detect(bytes: Uint8Array): Guess {
  if (bytes[0] !== 0x68) return "no";
  if (bytes.length < 6) return "maybe";
  const length = bytes[1]!, kind = bytes[2]! & 3;
  if (kind === 3) {
    return length === 4 && FUNCTIONS[bytes[2]!] !== undefined && bytes[3] === 0 && bytes[4] === 0 && bytes[5] === 0
      ? "yes"
      : "no";
  }
  if (kind === 1) return length === 4 && bytes[2] === 1 && bytes[3] === 0 ? "possible" : "no";
  return length >= 12 && (bytes[4]! & 1) === 0 && TYPES[bytes[6] ?? 0] !== undefined ? "possible" : "no";
}

export const IEC104: Protocol = {
  name: "iec104",
  title: "IEC 60870-5-104",
  ref: APCI,
  tcp: [2404],
  detect,
  stream: () => new Iec104(),
};
