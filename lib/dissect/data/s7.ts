// Siemens' S7 protocol over ISO transport (RFC 1006, X.224 class 0): how programs and controllers set up, read, write, and
// manage blocks. Siemens publishes nothing: as Wireshark and open clients know it. Pure.
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import { type Item, readItems } from "../coding/shape.ts";
import { clip, counted } from "../coding/words.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const TPKT = "RFC 1006 6", X224 = "X.224 13", REF = "S7";
const KINDS: Readonly<Record<number, string>> = {
  0xe0: "connection request",
  0xd0: "connection confirm",
  0x80: "disconnect request",
  0xc0: "disconnect confirm",
  0xf0: "data",
};
const PARAMETERS: Readonly<Record<number, string>> = {
  0xc0: "TPDU size",
  0xc1: "Source TSAP",
  0xc2: "Destination TSAP",
};
const ROLES: Readonly<Record<number, string>> = { 1: "programming device", 2: "operator panel", 3: "S7 basic" };

const MESSAGES: Readonly<Record<number, string>> = { 1: "job", 2: "acknowledgement", 3: "answer", 7: "user data" };
const FUNCTIONS = names(`
  0x00 CPU services; 0x04 read; 0x05 write; 0x1a request download; 0x1b download block; 0x1c download ended;
  0x1d start upload; 0x1e upload; 0x1f end upload; 0x28 control (start, insert, compress); 0x29 stop the program;
  0xf0 set up communication
`);
const ERRORS: Readonly<Record<number, string>> = {
  0x00: "none",
  0x81: "application relationship",
  0x82: "object definition",
  0x83: "no resources",
  0x84: "service processing",
  0x85: "on supplies",
  0x87: "access",
};
const AREAS: Readonly<Record<number, string>> = {
  0x03: "system information",
  0x05: "system flags",
  0x1c: "counters",
  0x1d: "timers",
  0x80: "peripherals",
  0x81: "inputs",
  0x82: "outputs",
  0x83: "flags",
  0x84: "data block",
  0x85: "instance data block",
  0x86: "local data",
};
const LETTERS: Readonly<Record<number, string>> = {
  0x1c: "C",
  0x1d: "T",
  0x80: "P",
  0x81: "I",
  0x82: "Q",
  0x83: "M",
  0x84: "DB",
  0x85: "DI",
};
const SIZES: Readonly<Record<number, string>> = {
  1: "BIT",
  2: "BYTE",
  3: "CHAR",
  4: "WORD",
  5: "INT",
  6: "DWORD",
  7: "DINT",
  8: "REAL",
  9: "DATE",
  28: "COUNTER",
  29: "TIMER",
};
const RESULTS: Readonly<Record<number, string>> = {
  0x00: "reserved",
  0x01: "hardware error",
  0x03: "access not allowed",
  0x05: "invalid address",
  0x06: "data type not supported",
  0x07: "data type inconsistent",
  0x0a: "no such object",
  0xff: "success",
};
/** Transport sizes of data: name, and whether the length counts bits. */
const TRANSPORTS: Readonly<Record<number, readonly [name: string, bits: boolean]>> = {
  0: ["none", false],
  3: ["bits", true],
  4: ["octets, words", true],
  5: ["integers", true],
  6: ["double integers", false],
  7: ["real numbers", false],
  9: ["octets", false],
};
const GROUPS: Readonly<Record<number, string>> = {
  1: "programmer commands",
  2: "cyclic data",
  3: "block functions",
  4: "CPU functions",
  5: "security",
  6: "program's own blocks",
  7: "time",
};
const SUBFUNCTIONS: Readonly<Record<string, string>> = {
  "3.1": "list blocks",
  "3.2": "list blocks of a type",
  "3.3": "block information",
  "4.1": "read system status list",
  "4.2": "message service",
  "4.3": "diagnostic message",
  "5.1": "password",
  "7.1": "read clock",
  "7.2": "set clock",
};

const HEADER: readonly Item[] = [
  ["Protocol", "u8", { 0x32: "S7", 0x72: "S7 plus" }],
  ["Message type", "u8", MESSAGES],
  ["Redundancy", "u16"],
  ["Reference", "u16"],
  ["Parameter length", "u16"],
  ["Data length", "u16"],
];

/** What is read or written: `DB1.DBX 0.0 BYTE 4`. */
function item(tree: Tree): string {
  return tree.group("Item", (group) => {
    tree.u8("Specification", REF, { 0x12: "variable" });
    const length = tree.u8("Length", REF);
    const said = tree.within("Item", length, (part) => {
      const syntax = part.u8("Syntax", REF, { 0x10: "any pointer", 0xb2: "symbol", 0xb0: "DB read" });
      if (syntax !== 0x10) {
        part.rest("Address", REF);
        return `syntax ${syntax}`;
      }
      const [size, count, block, area, address] = readItems(part, [
        ["Size", "u8", SIZES],
        ["Count", "u16"],
        ["Data block", "u16"],
        ["Area", "u8", AREAS],
        ["Address", "u24", (bits) => `octet ${bits >> 3}, bit ${bits & 7}`],
      ], REF).map(Number) as [number, number, number, number, number];
      part.rest("Octets", REF);
      const where = `${LETTERS[area] ?? `area ${area}`}${area === 0x84 || area === 0x85 ? block : ""}`;
      return `${where}.${address >> 3}.${address & 7} ${SIZES[size] ?? size} ${count}`;
    }) ?? "";
    return group.meaning = said;
  }, { ref: REF });
}

/** Values, each with how it went; in words. */
function values(tree: Tree, count: number): string {
  const said: string[] = [];
  for (let i = 0; i < count && tree.remaining > 0; i++) {
    tree.group("Value", (group) => {
      const code = tree.u8("Result", REF, RESULTS);
      group.meaning = RESULTS[code] ?? String(code);
      if (tree.remaining >= 3) {
        const transport = tree.u8("Transport size", REF, (kind) => TRANSPORTS[kind]?.[0]);
        const length = tree.u16(
          "Length",
          REF,
          (number) => TRANSPORTS[transport]?.[1] ? counted(number, "bit") : counted(number, "octet"),
        );
        const octets = Math.min(TRANSPORTS[transport]?.[1] ? Math.ceil(length / 8) : length, tree.remaining);
        if (octets > 0) tree.bytes("Data", octets, REF);
        if (octets % 2 === 1 && i + 1 < count && tree.remaining > 0) tree.bytes("Padding", 1, REF);
        if (code === 0xff || code === 0) group.meaning = counted(octets, "octet");
      }
      said.push(group.meaning);
    }, { ref: REF });
  }
  return said.slice(0, 4).join(", ") + (said.length > 4 ? ` and ${said.length - 4} more` : "");
}

const BLOCKS: Readonly<Record<string, string>> = {
  "08": "OB",
  "0A": "DB",
  "0B": "SDB",
  "0C": "FC",
  "0D": "SFC",
  "0E": "FB",
  "0F": "SFB",
};

/** `DB1` of `_0A00001P`: its kind, its number, and which file system it is in. */
function blockName(file: string): string | undefined {
  const found = /(0[8A-F])(\d{5})/.exec(file);
  return found === null ? undefined : `${BLOCKS[found[1]!] ?? found[1]}${Number(found[2])}`;
}

const named = (file: string) => blockName(file) ?? clip(file);

/** The parameters of a job or its answer; in words, and how many items. */
function parameters(tree: Tree, kind: number): { said: string; code: number; items: number } {
  const code = tree.u8("Function", REF, FUNCTIONS);
  const name = FUNCTIONS[code] ?? `function ${code}`;
  let said = name, items = 0;
  if (code === 0xf0 && tree.remaining >= 7) {
    const [, , , size] = readItems(tree, [["Reserved", "u8"], ["Jobs at once, calling", "u16"], [
      "Jobs at once, called",
      "u16",
    ], ["PDU size", "u16"]], REF);
    said = `${name}, PDU size ${size}`;
  } else if (code === 4 || code === 5) {
    items = tree.u8("Items", REF);
    if (kind === 1) {
      const list: string[] = [];
      for (let i = 0; i < items && tree.remaining >= 2; i++) {
        list.push(item(tree));
      }
      said = `${name} ${list.slice(0, 4).join(", ")}${list.length > 4 ? ` and ${list.length - 4} more` : ""}`;
    }
  } else if (kind === 1 && (code === 0x28 || code === 0x29)) {
    tree.bytes("Unknown", code === 0x28 ? 7 : 5, REF);
    let argument = "";
    if (code === 0x28) {
      const length = tree.u16("Argument length", REF);
      if (length > 0) argument = ` of ${named(tree.text("Argument", length, REF, blockName))}`;
    }
    said = `${name} ${clip(tree.text("Service", tree.u8("Service length", REF), REF))}${argument}`;
  } else if (kind === 1 && code >= 0x1a && code <= 0x1d && tree.remaining >= 8) {
    tree.bytes("Status and identifiers", 7, REF);
    const file = tree.text("Block", tree.u8("Block length", REF), REF, blockName);
    said = `${name} ${named(file)}`;
  }
  tree.rest("Parameters", REF);
  return { said, code, items };
}

/** User data: a request or an answer of a group of functions. */
function userData(tree: Tree): string {
  tree.bytes("Head", 3, REF);
  const length = tree.u8("Length", REF);
  tree.u8("Method", REF, { 0x11: "request", 0x12: "answer" });
  const kind = tree.flags("Kind and group", 1, [["Kind", 0, 4, ["push", "", "", "", "request", "", "", "", "answer"]], [
    "Group",
    4,
    4,
    (group) => GROUPS[group],
  ]], REF);
  const group = kind & 15, sub = tree.u8("Function", REF, (code) => SUBFUNCTIONS[`${group}.${code}`]);
  tree.u8("Sequence number", REF);
  if (length > 4 && tree.remaining >= 4) {
    readItems(tree, [["Data unit", "u8"], ["Last", "u8", { 0: "yes", 1: "more follows" }], ["Error", "u16"]], REF);
  }
  tree.rest("Parameters", REF);
  const way = kind >> 4 === 4 ? "request" : kind >> 4 === 8 ? "answer" : "push";
  return `${SUBFUNCTIONS[`${group}.${sub}`] ?? `${GROUPS[group] ?? `group ${group}`}, function ${sub}`} ${way}`;
}

class S7 implements StreamDissector {
  measure(bytes: Uint8Array): number {
    if (bytes[0] !== 3) throw new FormatError("The version of a TPKT is 3", 0);
    if (bytes.length < 4) return 0;
    const length = bytes[2]! * 256 + bytes[3]!;
    if (length < 7) throw new FormatError(`A TPKT of ${counted(length, "octet")} is too short: 7 at least`, 2);
    return length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    tree.u8("Version", TPKT);
    tree.u8("Reserved", TPKT);
    tree.u16("Length", TPKT, () => "octets with this head");
    const indicator = tree.u8("Length indicator", X224, () => "octets of the X.224 head that follow");
    const code = tree.u8("Type", X224, (value) => KINDS[value & 0xf0]) & 0xf0;
    const name = KINDS[code] ?? `X.224 type ${code >> 4}`;
    tree.said = { summary: name };
    if (code !== 0xf0) {
      const said = tree.within("X.224 head", Math.max(0, indicator - 1), connection) ?? "";
      tree.rest("Data", X224);
      return {
        summary: `${name}${said === "" ? "" : `: ${said}`}`,
        ...(code === 0xe0 ? { asks: "iso" } : code === 0xd0 ? { answers: "iso" } : {}),
      };
    }
    tree.u8("End of the message", X224, (value) => (value & 0x80) !== 0 ? "yes" : "more follows");
    if (tree.remaining === 0) return { summary: "empty data" };
    if (tree.reader.peek() !== 0x32 || tree.remaining < 10) {
      const plus = tree.reader.peek() === 0x72;
      const count = tree.remaining;
      tree.rest(plus ? "S7 plus" : "Data", REF);
      return { summary: `${plus ? "S7 plus" : "data"}, ${counted(count, "octet")}` };
    }
    return message(tree, side);
  }
}

/** The head of a connection: references and what is wanted. */
function connection(tree: Tree): string {
  tree.u16("Destination reference", X224);
  tree.u16("Source reference", X224);
  tree.u8("Class", X224);
  const said: string[] = [];
  while (tree.remaining >= 2) {
    const type = tree.reader.peek() ?? 0, name = PARAMETERS[type] ?? `Parameter ${type}`;
    tree.group(name, () => {
      tree.u8("Code", X224, () => name);
      const length = tree.u8("Length", X224);
      tree.within(name, length, (part) => {
        if (type === 0xc0 && length === 1) part.u8("Size", X224, (power) => counted(2 ** (power & 31), "octet"));
        else if (type === 0xc2 && length === 2) {
          const role = part.u8("Role", REF, ROLES);
          const place = part.u8("Rack and slot", REF, (octet) => `rack ${octet >> 5}, slot ${octet & 31}`);
          said.push(`${ROLES[role] ?? `role ${role}`} to rack ${place >> 5}, slot ${place & 31}`);
        } else part.rest("Value", X224);
      });
    }, { ref: X224 });
  }
  return said.join(", ");
}

function message(tree: Tree, side: Side): Words {
  const [, kind, , reference, first, second] = readItems(tree, HEADER, REF).map(Number) as number[];
  let error = 0;
  if (kind === 2 || kind === 3) {
    error = tree.u8("Error class", REF, ERRORS);
    tree.u8("Error code", REF);
  }
  const name = MESSAGES[kind!] ?? `type ${kind}`;
  const pair = side === "client" ? { asks: `s7 ${reference}` } : { answers: `s7 ${reference}` };
  tree.said = { summary: `S7 ${name}`, ...pair };
  let said = "", code = -1, items = 0;
  if (first! > 0) {
    tree.part("Parameters", first!, (part) => {
      if (kind === 7 && part.remaining >= 8) said = userData(part);
      else ({ said, code, items } = parameters(part, kind!));
    }, REF);
  }
  if (second! > 0) {
    const words = tree.part("Data", second!, (part) => {
      if (code === 5 && kind === 3) {
        const results: string[] = [];
        while (part.remaining > 0) results.push(RESULTS[part.u8("Result", REF, RESULTS)] ?? "unknown");
        return results.join(", ");
      }
      const found = code === 4 || code === 5 ? values(part, items) : "";
      part.rest("Data", REF);
      return found;
    }, REF) ?? "";
    if (words !== "") said += `${kind === 1 ? " =" : ":"} ${words}`;
  }
  const wrong = error === 0 ? "" : `, error: ${ERRORS[error] ?? error}`;
  return { summary: clip(`S7 ${name}${said === "" ? "" : ` ${said}`}${wrong}`, 180), ...pair };
}

/** A connection request to a controller names both ends by two octets each. */
function detect(bytes: Uint8Array, side: Side): Guess {
  if (bytes[0] !== 3 || (bytes.length > 1 && bytes[1] !== 0)) return "no";
  if (bytes.length < 22) return "possible";
  const type = side === "client" ? 0xe0 : 0xd0;
  return bytes[3] === 22 && bytes[4] === 17 && bytes[5] === type &&
      bytes.subarray(11, 22).some((octet, at, all) => octet === 0xc2 && all[at + 1] === 2)
    ? "yes"
    : "possible";
}

export const S7COMM: Protocol = {
  name: "s7",
  title: "S7 (Siemens)",
  ref: REF,
  tcp: [102],
  detect,
  stream: () => new S7(),
};
