// Siemens' S7 protocol over ISO transport (RFC 1006, X.224 class 0): how programs and controllers set up, read, write, and
// manage blocks. Siemens publishes nothing: as Wireshark and open clients know it. Pure.
import { FormatError } from "../../base/errors.ts";
import { type Item, readItems, readTlvs, type TlvForm, type TlvTable, wordsOf } from "../coding/shape.ts";
import { clip, counted } from "../coding/words.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import {
  AREAS,
  BLOCKS,
  ERRORS,
  FUNCTIONS,
  GROUPS,
  KINDS,
  LETTERS,
  MESSAGES,
  RESULTS,
  ROLES,
  SIZES,
  SUBFUNCTIONS,
  TRANSPORTS,
} from "./s7_names.ts";
import type { Tree } from "../tree.ts";

const TPKT = "RFC 1006 6", X224 = "X.224 13", REF = "S7";
const HEADER: readonly Item[] = [
  ["Protocol ID", "u8", { 0x32: "S7", 0x72: "S7 plus" }],
  ["Message type (ROSCTR)", "u8", MESSAGES],
  ["Redundancy identification", "u16"],
  ["PDU reference", "u16"],
  ["Parameter length", "u16"],
  ["Data length", "u16"],
];

/** What is read or written: `DB1.DBX 0.0 BYTE 4`. */
function item(tree: Tree): string {
  return tree.group("Item", (group) => {
    tree.u8("Variable specification", REF, { 0x12: "variable" });
    const length = tree.u8("Length", REF);
    const said = tree.within("Item", length, (part) => {
      const syntax = part.u8("Syntax ID", REF, { 0x10: "any pointer", 0xb2: "symbol", 0xb0: "DB read" });
      if (syntax !== 0x10) {
        part.rest("Address", REF);
        return `syntax ${syntax}`;
      }
      const [size, count, block, area, address] = readItems(part, [
        ["Transport size", "u8", SIZES],
        ["Length", "u16"],
        ["DB number", "u16"],
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
      const code = tree.u8("Return code", REF, RESULTS);
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
    const [, , , size] = readItems(tree, [["Reserved", "u8"], ["Max AmQ calling", "u16"], [
      "Max AmQ called",
      "u16",
    ], ["PDU length", "u16"]], REF);
    said = `${name}, PDU size ${size}`;
  } else if (code === 4 || code === 5) {
    items = tree.u8("Item count", REF);
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

const FORM: TlvForm = { type: 1, length: 1, called: "Parameter" };
const PARAMETERS: TlvTable = {
  0xc0: ["TPDU size", [["Size", "u8", (power) => counted(2 ** (power & 31), "octet")]]],
  0xc1: ["Source TSAP"],
  0xc2: ["Destination TSAP", (tree) => {
    if (tree.remaining !== 2) return undefined;
    const role = tree.u8("Role", REF, ROLES);
    const place = tree.u8("Rack and slot", REF, (octet) => `rack ${octet >> 5}, slot ${octet & 31}`);
    return `${ROLES[role] ?? `role ${role}`} to rack ${place >> 5}, slot ${place & 31}`;
  }],
};

/** The head of a connection: references and what is wanted. */
function connection(tree: Tree): string {
  readItems(tree, [["Destination reference", "u16"], ["Source reference", "u16"], ["Class", "u8"]], X224);
  return wordsOf(readTlvs(tree, FORM, PARAMETERS, X224), 0xc2) ?? "";
}

function message(tree: Tree, side: Side): Words {
  const [, kind, , reference, first, second] = readItems(tree, HEADER, REF).map(Number);
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
        while (part.remaining > 0) results.push(RESULTS[part.u8("Return code", REF, RESULTS)] ?? "unknown");
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
