// Cassandra's native protocol, versions 3 to 5 ("CQL Binary Protocol v3/v4/v5"): frames, login, queries, results. Pure.
// Version 5's outer segments (checksums, LZ4) begin after the login: those are shown as octets.
import { viewOf } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import { saslResponse } from "../coding/sasl.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText, octetCount } from "../coding/words.ts";
import { CONSISTENCIES, ERRORS, FLAG_ROWS, OPCODES, QUERY_FLAGS, RESULTS, TYPES } from "./cassandra_names.ts";

const REF = "CQL protocol 4";
const LENGTH_LIMIT = 256 * 1024 * 1024;
const LIST_LIMIT = 4096;

const string = (tree: Tree, name: string): string => {
  const length = tree.u16(`${name} length`, REF);
  return length === 0 ? "" : tree.text(name, length, REF);
};
const longString = (tree: Tree, name: string): string => {
  const length = tree.u32(`${name} length`, REF);
  return length === 0 ? "" : tree.text(name, length, REF);
};

/** A value with its length before it; gives it as text. */
function value(tree: Tree, name: string, secret = false, type?: number): string {
  const length = tree.u32(`${name} length`, REF, (octets) => ({ 0xffffffff: "null", 0xfffffffe: "not set" })[octets]);
  if (length >= 0xfffffffe) return "null";
  if (length === 0) return "";
  const bytes = tree.bytes(name, length, REF, () => type === undefined ? undefined : TYPES[type]);
  if (secret) tree.last.secret = true;
  const said = type === undefined ? undefined : typed(bytes, type);
  if (said !== undefined) tree.last.value = said;
  else if (looksLikeText(bytes) && (type === undefined || [1, 10, 13].includes(type))) {
    tree.last.value = decodeText(bytes);
  } else return counted(length, "octet");
  return secret ? "" : String(tree.last.value);
}

/** A value of a simple type as text. */
function typed(bytes: Uint8Array, type: number): string | undefined {
  const view = viewOf(bytes), { length } = bytes;
  switch (type) {
    case 2:
    case 5:
      return length === 8 ? String(view.getBigInt64(0)) : undefined;
    case 4:
      return length === 1 ? (bytes[0] === 1 ? "true" : "false") : undefined;
    case 7:
      return length === 8 ? String(view.getFloat64(0)) : undefined;
    case 8:
      return length === 4 ? String(view.getFloat32(0)) : undefined;
    case 9:
      return length === 4 ? String(view.getInt32(0)) : undefined;
    case 11: {
      const date = new Date(length === 8 ? Number(view.getBigInt64(0)) : NaN);
      return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
    }
    case 12:
    case 15: {
      const hex = Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
      return length === 16 ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") : undefined;
    }
    case 16:
      return length === 4 ? bytes.join(".") : undefined;
    case 19:
      return length === 2 ? String(view.getInt16(0)) : undefined;
    case 20:
      return length === 1 ? String(view.getInt8(0)) : undefined;
  }
  return undefined;
}

/** Pairs of names and values. */
function map(tree: Tree, name: string): string[] {
  const said: string[] = [];
  for (let left = tree.u16(`${name}: pairs`, REF); left > 0; left--) {
    tree.group(name, (group) => {
      group.meaning = clip(`${string(tree, "Name")}=${string(tree, "Value")}`, 120);
      said.push(group.meaning);
    }, { ref: REF });
  }
  return said;
}

/** The type of a column; gives its number. */
function type(tree: Tree): number {
  const id = tree.u16("Type", REF, (number) => TYPES[number]);
  if (id === 0) string(tree, "Class");
  else if (id === 0x20 || id === 0x22) type(tree);
  else if (id === 0x21) [type(tree), type(tree)];
  else if (id === 0x30) {
    string(tree, "Keyspace");
    string(tree, "Name");
    for (let left = tree.u16("Fields", REF); left > 0; left--) [string(tree, "Field"), type(tree)];
  } else if (id === 0x31) { for (let left = tree.u16("Types", REF); left > 0; left--) type(tree); }
  return id;
}

/** The columns of a result, and whether there are more rows. */
function metadata(tree: Tree, parameters: boolean): { names: string[]; types: number[] } {
  const flags = tree.flags("Flags", 4, [
    ["Reserved", 0, 28],
    ["Metadata changed", 28, 1],
    ["No metadata", 29, 1],
    ["More pages", 30, 1],
    ["One table for all", 31, 1],
  ], REF);
  const count = tree.u32("Columns", REF);
  if (parameters) { for (let left = tree.u32("Partition keys", REF); left > 0; left--) tree.u16("Partition key", REF); }
  if ((flags & 2) !== 0) value(tree, "Paging state");
  if ((flags & 8) !== 0) string(tree, "Result metadata");
  const names: string[] = [], types: number[] = [];
  if ((flags & 4) !== 0) return { names, types };
  if ((flags & 1) !== 0) {
    string(tree, "Keyspace");
    string(tree, "Table");
  }
  for (let i = 0; i < Math.min(count, LIST_LIMIT); i++) {
    tree.group("Column", (group) => {
      if ((flags & 1) === 0) {
        string(tree, "Keyspace");
        string(tree, "Table");
      }
      const name = string(tree, "Name");
      const id = type(tree);
      group.meaning = `${clip(name)} ${TYPES[id] ?? id}`;
      names.push(clip(name));
      types.push(id);
    }, { ref: REF });
  }
  return { names, types };
}

class Cassandra implements StreamDissector {
  /** Statements that were prepared: the columns of their results may be left out later. */
  readonly #prepared = new Map<string, number[]>();
  readonly #asked = new Map<number, string>();
  #mechanism = "PLAIN";
  #login = 0;
  /** Version 5 wraps what follows the login in segments. */
  #wrapped = false;

  measure(bytes: Uint8Array): number {
    if (this.#wrapped) return bytes.length;
    if (bytes.length < 9) return 0;
    const length = bytes[5]! * 0x1000000 + (bytes[6]! << 16 | bytes[7]! << 8 | bytes[8]!);
    const version = bytes[0]! & 0x7f;
    if (version < 3 || version > 6) throw new FormatError(`Version ${version}: 3 to 5 are known`, 0);
    if (length > LENGTH_LIMIT) throw new FormatError(`A body of ${counted(length, "octet")}`, 5);
    return 9 + length;
  }

  dissect(tree: Tree, _context: DissectContext): Words {
    if (this.#wrapped) {
      const { length } = tree.rest("Segments", "CQL protocol 5", "with checksums, maybe compressed");
      return { summary: `segments of version 5, ${counted(length, "octet")}` };
    }
    const first = tree.flags("Version", 1, [["Answer", 0, 1], ["Version", 1, 7]], REF);
    const answer = first >= 128, version = first & 0x7f;
    tree.last.meaning = `${answer ? "answer" : "request"}, version ${version}`;
    const flags = tree.flags("Flags", 1, FLAG_ROWS, REF);
    const stream = tree.u16("Stream", REF, (id) => id >= 0x8000 ? "an event" : "the answer repeats it");
    const opcode = tree.u8("Opcode", REF, OPCODES);
    tree.u32("Length", REF, octetCount);
    const name = OPCODES[opcode] ?? `opcode ${opcode}`;
    const pair = stream >= 0x8000 ? {} : answer ? { answers: `stream ${stream}` } : { asks: `stream ${stream}` };
    tree.said = { summary: name, ...pair };
    if (version >= 5 && answer && (opcode === 2 || opcode === 3)) this.#wrapped = true;
    if ((flags & 1) !== 0) {
      tree.rest("Body", REF, "compressed");
      return { summary: `${name}, compressed`, ...pair };
    }
    if (answer && (flags & 2) !== 0) tree.bytes("Trace", 16, REF);
    if (answer && (flags & 8) !== 0) {
      for (let left = tree.u16("Warnings", REF); left > 0; left--) string(tree, "Warning");
    }
    if ((flags & 4) !== 0) {
      for (let left = tree.u16("Payload pairs", REF); left > 0; left--) [string(tree, "Name"), value(tree, "Value")];
    }
    const said = answer ? this.#answer(tree, opcode, version, stream) : this.#request(tree, opcode, version, stream);
    return { summary: clip(`${name} ${said}`.trim(), 180), ...pair };
  }

  #request(tree: Tree, opcode: number, version: number, stream: number): string {
    switch (opcode) {
      case 1:
        return map(tree, "Option").join(", ");
      case 7: {
        const query = longString(tree, "Query");
        this.#parameters(tree, version);
        return query;
      }
      case 9: {
        const query = longString(tree, "Query");
        if (version >= 5) tree.u32("Flags", REF);
        return query;
      }
      case 10: {
        const id = this.#identifier(tree);
        if (version >= 5) string(tree, "Result metadata");
        if (this.#asked.size < LIST_LIMIT) this.#asked.set(stream, id);
        return this.#parameters(tree, version);
      }
      case 11:
        return list(tree, "Event").join(", ");
      case 13: {
        tree.u8("Type", REF, { 0: "logged", 1: "not logged", 2: "counter" });
        const count = tree.u16("Queries", REF);
        for (let i = 0; i < count; i++) {
          tree.group("Query", (group) => {
            const prepared = tree.u8("Kind", REF, { 0: "text", 1: "prepared" }) === 1;
            group.meaning = prepared ? "prepared" : "";
            if (prepared) this.#identifier(tree);
            else group.meaning = clip(longString(tree, "Query"), 100);
            for (let left = tree.u16("Values", REF); left > 0; left--) value(tree, "Value");
          }, { ref: REF });
        }
        tree.u16("Consistency", REF, CONSISTENCIES);
        tree.rest("Flags and options", REF);
        return `${count} queries`;
      }
      case 15: {
        const length = tree.u32("Token length", REF);
        if (length > 0 && length < 0x80000000) {
          const bytes = tree.bytes("Token", length, REF);
          const { meaning, secret } = saslResponse(this.#mechanism, this.#login++, bytes);
          if (meaning !== undefined) tree.last.meaning = meaning;
          if (secret) tree.last.secret = true;
          return secret ? "password in clear" : meaning ?? "";
        }
        return "";
      }
    }
    if (tree.remaining > 0) tree.rest("Body", REF);
    return "";
  }

  #identifier(tree: Tree): string {
    const bytes = tree.bytes("Statement", tree.u16("Statement length", REF), REF);
    return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
  }

  /** What a query is to be run with; gives the values. */
  #parameters(tree: Tree, version: number): string {
    tree.u16("Consistency", REF, CONSISTENCIES);
    const flags = tree.flags("Query flags", version >= 5 ? 4 : 1, QUERY_FLAGS(version >= 5 ? 24 : 0), REF);
    const values: string[] = [];
    if ((flags & 1) !== 0) {
      for (let left = tree.u16("Values", REF); left > 0; left--) {
        if ((flags & 0x40) !== 0) string(tree, "Name");
        values.push(value(tree, "Value"));
      }
    }
    if ((flags & 4) !== 0) tree.u32("Page size", REF, (rows) => counted(rows, "row"));
    if ((flags & 8) !== 0) value(tree, "Paging state");
    if ((flags & 16) !== 0) tree.u16("Serial consistency", REF, CONSISTENCIES);
    if ((flags & 32) !== 0) tree.u64("Timestamp", REF, (micros) => `${micros} microseconds since 1970`);
    if ((flags & 128) !== 0) string(tree, "Keyspace");
    return values.length === 0 ? "" : `with ${values.join(", ")}`;
  }

  #answer(tree: Tree, opcode: number, version: number, stream: number): string {
    switch (opcode) {
      case 0: {
        const code = tree.u32("Error code", REF, ERRORS);
        const said = `${ERRORS[code] ?? `0x${code.toString(16)}`}: ${string(tree, "Message")}`;
        if (tree.remaining > 0) tree.rest("Details", REF);
        return said;
      }
      case 3: {
        const name = string(tree, "Authenticator");
        this.#login = 0;
        this.#mechanism = "PLAIN";
        return name.replace(/^.*\./, "");
      }
      case 6: {
        const said: string[] = [];
        for (let left = tree.u16("Options", REF); left > 0; left--) {
          tree.group("Option", (group) => {
            const name = string(tree, "Name");
            group.meaning = clip(`${name}: ${list(tree, "Value").join(", ")}`, 120);
            said.push(group.meaning);
          }, { ref: REF });
        }
        return said.join("; ");
      }
      case 8:
        return this.#result(tree, version, stream);
      case 12: {
        const kind = string(tree, "Event"), change = string(tree, "Change");
        if (kind === "SCHEMA_CHANGE") return `${kind} ${change} ${schemaChange(tree)}`;
        tree.rest("Address", REF);
        return `${kind} ${change}`;
      }
      case 14:
      case 16:
        if (tree.remaining > 0) value(tree, "Token");
        return "";
    }
    if (tree.remaining > 0) tree.rest("Body", REF);
    return "";
  }

  #result(tree: Tree, version: number, stream: number): string {
    const statement = this.#asked.get(stream);
    this.#asked.delete(stream);
    const kind = tree.u32("Kind", REF, RESULTS);
    switch (kind) {
      case 2: {
        const { names, types } = metadata(tree, false);
        const known = types.length > 0 ? types : this.#prepared.get(statement ?? "") ?? [];
        const rows = tree.u32("Rows", REF);
        const first: string[] = [];
        for (let row = 0; row < rows && known.length > 0; row++) {
          tree.group("Row", (group) => {
            const values = known.map((id) => value(tree, "Value", false, id));
            group.meaning = clip(values.join(", "), 120);
            if (row === 0) first.push(group.meaning);
          }, { ref: REF });
        }
        if (tree.remaining > 0) tree.rest("Values", REF);
        return `${counted(rows, "row")}${names.length === 0 ? "" : ` of ${names.join(", ")}`}${
          first.length === 0 ? "" : `: ${first[0]}`
        }`;
      }
      case 3:
        return `keyspace ${string(tree, "Keyspace")}`;
      case 4: {
        const id = this.#identifier(tree);
        if (version >= 5) string(tree, "Result metadata");
        metadata(tree, version >= 4);
        const { types } = metadata(tree, false);
        if (this.#prepared.size < LIST_LIMIT) this.#prepared.set(id, types);
        return "prepared";
      }
      case 5:
        return `${string(tree, "Change")} ${schemaChange(tree)}`;
    }
    if (tree.remaining > 0) tree.rest("Body", REF);
    return RESULTS[kind] ?? "";
  }
}

function list(tree: Tree, name: string): string[] {
  const out: string[] = [];
  for (let left = tree.u16(`${name}s`, REF); left > 0; left--) out.push(string(tree, name));
  return out;
}

function schemaChange(tree: Tree): string {
  const target = string(tree, "Target"), keyspace = string(tree, "Keyspace");
  const name = target === "KEYSPACE" ? "" : `.${string(tree, "Name")}`;
  if (target === "FUNCTION" || target === "AGGREGATE") list(tree, "Argument");
  return `${target} ${keyspace}${name}`;
}

/** A version, known flags, an opcode of that side, and in a request OPTIONS or STARTUP with its map. */
function detect(bytes: Uint8Array, side: Side): Guess {
  const version = bytes[0]! & 0x7f;
  if (version < 3 || version > 5 || (bytes[0]! >= 128) !== (side === "server")) return "no";
  if (bytes.length < 9) return bytes.length > 4 && OPCODES[bytes[4]!] === undefined ? "no" : "maybe";
  if (bytes[1]! > 31 || OPCODES[bytes[4]!] === undefined || bytes[5] !== 0) return "no";
  if (side === "server") return "possible";
  if (bytes[4] === 5) return bytes[6] === 0 && bytes[7] === 0 && bytes[8] === 0 ? "yes" : "no";
  return bytes[4] === 1 && decodeText(bytes.subarray(9, 64)).includes("CQL_VERSION") ? "yes" : "possible";
}

export const CASSANDRA: Protocol = {
  name: "cassandra",
  title: "Cassandra (CQL)",
  ref: REF,
  tcp: [9042],
  detect,
  sideOf: (bytes) => bytes[0]! >= 128 ? "server" : "client",
  stream: () => new Cassandra(),
};
