// MySQL's and MariaDB's client/server protocol (MySQL Source Code Documentation, "Client/Server Protocol"): handshake,
// login, queries, prepared statements with binary rows. Pure.
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../words.ts";
import {
  binaryValue,
  CAPABILITIES,
  CAPABILITY,
  CHARSETS,
  COLUMN_FLAGS,
  integer,
  lengthText,
  nullBitmap,
  REF,
  STATUS,
  TYPES,
} from "./mysql_values.ts";

const COMMANDS: Readonly<Record<number, string>> = {
  0: "sleep",
  1: "quit",
  2: "use database",
  3: "query",
  4: "list fields",
  5: "create database",
  6: "drop database",
  7: "refresh",
  8: "shut down",
  9: "statistics",
  10: "list processes",
  12: "kill",
  13: "debug",
  14: "ping",
  17: "change user",
  18: "binlog dump",
  21: "register replica",
  22: "prepare",
  23: "execute",
  24: "send long data",
  25: "close statement",
  26: "reset statement",
  27: "set option",
  28: "fetch",
  30: "binlog dump by GTID",
  31: "reset connection",
  250: "execute many",
};
const QUERY = 3, PREPARE = 22, EXECUTE = 23, FETCH = 28;
/** Commands that no answer follows. */
const SILENT = [1, 24, 25];
/** Steps of caching_sha2_password. */
const SHA2: Readonly<Record<number, string>> = {
  2: "public key wanted",
  3: "known from before, no more is needed",
  4: "the password itself is wanted, over TLS or under the public key",
};

interface Column {
  readonly type: number;
  readonly unsigned: boolean;
}

/** A prepared statement: what its parameters and its result's columns are. */
interface Statement {
  parameters: number;
  types: Column[];
  columns: Column[];
}

/** What the server's next packets are. */
type Expected = "first" | "parameters" | "columns" | "rows" | "nothing";

class Mysql implements StreamDissector {
  #phase: "greeting" | "login" | "commands" = "greeting";
  #serverCapabilities = 0xffffffff;
  /** Capabilities that both have; `undefined` when the login was not seen. */
  #capabilities: number | undefined;
  #compressed = false;
  #loggedIn = false;
  #plugin = "";
  #command = 0;
  #expected: Expected = "nothing";
  /** Definitions that are to come: of parameters, of columns. */
  #parameters = 0;
  #left = 0;
  /** Columns of the result at hand, and whether an end packet follows their definitions. */
  #columns: Column[] = [];
  readonly #statements = new Map<number, Statement>();
  #statement: Statement | undefined;

  constructor(note: string) {
    if (note === "tls") this.#phase = "login";
  }

  measure(bytes: Uint8Array): number {
    const head = this.#compressed ? 7 : 4;
    return bytes.length < head ? 0 : head + (bytes[0]! | bytes[1]! << 8 | bytes[2]! << 16);
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const length = tree.field("Length", (r) => r.u16Le() + r.u8() * 65536, () => ({ ref: REF }));
    const sequence = tree.u8("Sequence", REF);
    if (this.#compressed) {
      const size = tree.field("Length before compression", (r) => r.u16Le() + r.u8() * 65536, (octets) => ({
        ref: `${REF} compression`,
        meaning: octets === 0 ? "not compressed" : `${octets} octets`,
      }));
      tree.rest(size === 0 ? "Packets" : "Compressed packets", `${REF} compression`);
      return { summary: `${length} octets of ${size === 0 ? "" : "compressed "}packets` };
    }
    if (length === 0) return { summary: "empty packet" };
    tree.said = { summary: `packet ${sequence}` };
    if (side === "server") {
      if (this.#phase === "greeting" && sequence === 0) return this.#greeting(tree);
      if (this.#phase === "greeting") this.#phase = "commands";
      return this.#phase === "login" ? this.#loginAnswer(tree, length) : this.#answer(tree, length);
    }
    if (this.#phase !== "commands" && sequence > 0) return this.#login(tree, length);
    this.#phase = "commands";
    if (sequence === 0) return this.#request(tree);
    tree.rest("File contents", `${REF} LOCAL INFILE`);
    return { summary: `contents of a file, ${length} octets` };
  }

  #has(capability: number): boolean {
    return this.#capabilities !== undefined && (this.#capabilities & capability) !== 0;
  }

  #greeting(tree: Tree): Words {
    this.#phase = "login";
    if (tree.reader.peek() === 0xff) return this.#error(tree);
    const version = tree.u8("Protocol version", REF);
    const server = tree.zeroText("Server version", REF);
    tree.u32Le("Connection", REF, () => "the number that KILL takes");
    tree.bytes("Challenge, part 1", 8, REF, () => "the password is mixed with it");
    tree.u8("Filler", REF);
    const low = tree.flagsLe("Capabilities, low half", 2, CAPABILITIES, REF);
    if (tree.remaining > 0) {
      tree.u8("Character set", REF, CHARSETS);
      tree.flagsLe("Status", 2, STATUS, REF);
      const high = tree.flagsLe("Capabilities, high half", 2, CAPABILITIES.slice(16), REF);
      this.#serverCapabilities = high << 16 | low;
      const size = tree.u8("Challenge length", REF);
      tree.bytes("Reserved", 10, REF);
      const rest = Math.max(13, size - 8);
      tree.bytes("Challenge, part 2", Math.min(rest, tree.remaining), REF);
      if (tree.remaining > 0) this.#plugin = tree.zeroText("Login plugin", REF, () => "how the password is proved");
    }
    return { summary: `greeting, protocol ${version}, ${clip(server, 60)}` };
  }

  #login(tree: Tree, length: number): Words {
    if (!this.#loggedIn) {
      this.#capabilities = tree.flagsLe("Capabilities", 4, CAPABILITIES, REF) & this.#serverCapabilities;
      tree.u32Le("Packet size at most", REF);
      tree.u8("Character set", REF, CHARSETS);
      tree.bytes("Reserved", 23, REF);
      if (length <= 32) {
        return { summary: "asks for TLS (TLS from here on)", become: { protocol: "tls", note: "mysql" } };
      }
      this.#loggedIn = true;
      const user = tree.zeroText("User", REF);
      const size = tree.u8("Response length", REF);
      if (size > 0) tree.bytes("Response", size, REF, () => "proof of the password");
      let database = "";
      if (this.#has(CAPABILITY.database) && tree.remaining > 0) database = tree.zeroText("Database", REF);
      if (this.#has(CAPABILITY.plugin) && tree.remaining > 0) this.#plugin = tree.zeroText("Login plugin", REF);
      if (this.#has(CAPABILITY.attributes) && tree.remaining > 0) this.#attributes(tree);
      tree.rest("Compression level", REF);
      return { summary: `login of ${clip(user)}${database === "" ? "" : ` to ${clip(database)}`}`, asks: "login" };
    }
    // More of the login: clear passwords end in a zero octet.
    if (this.#plugin === "mysql_clear_password") {
      tree.zeroText("Password", REF);
      tree.last.secret = true;
      return { summary: "password in clear" };
    }
    if (length === 1) {
      tree.u8("Response", REF, SHA2);
      return { summary: "login response: public key wanted" };
    }
    tree.rest("Response", REF);
    return { summary: "login response" };
  }

  #attributes(tree: Tree): void {
    const size = integer(tree, "Attributes length");
    tree.part("Connection attributes", Math.min(size, tree.remaining), (part) => {
      while (part.remaining > 0) {
        part.group("Attribute", (group) => {
          const name = lengthText(part, "Name"), value = lengthText(part, "Value");
          group.meaning = clip(`${name}=${value}`, 100);
        });
      }
    }, REF);
  }

  #loginAnswer(tree: Tree, length: number): Words {
    const first = tree.reader.peek();
    if (first === 0xff) return this.#error(tree);
    if (first === 0xfe) {
      tree.u8("Header", REF, () => "switch the login plugin");
      if (tree.remaining > 0) this.#plugin = tree.zeroText("Login plugin", REF);
      tree.rest("Challenge", REF);
      return { summary: `switch to login plugin ${clip(this.#plugin)}` };
    }
    if (first === 1) {
      tree.u8("Header", REF, () => "more for the login plugin");
      const step = length === 2 ? tree.u8("Data", REF, SHA2) : 0;
      tree.rest("Data", REF);
      return { summary: `more for the login${SHA2[step] === undefined ? "" : `: ${SHA2[step]}`}` };
    }
    const words = this.#ok(tree);
    this.#phase = "commands";
    this.#compressed = this.#has(CAPABILITY.compress) || this.#has(CAPABILITY.zstd);
    return words;
  }

  #request(tree: Tree): Words {
    const command = tree.u8("Command", REF, COMMANDS);
    this.#command = command;
    this.#expected = command === FETCH
      ? "rows"
      : command === 4
      ? "columns"
      : SILENT.includes(command)
      ? "nothing"
      : "first";
    this.#left = command === 4 ? Infinity : 0;
    const name = COMMANDS[command] ?? `command ${command}`;
    const asks = SILENT.includes(command) ? {} : { asks: "mysql" };
    tree.said = { summary: name, ...asks };
    switch (command) {
      case QUERY:
      case PREPARE: {
        this.#queryAttributes(tree, command);
        const text = tree.remaining === 0 ? "" : tree.text("Query", tree.remaining, REF);
        return { summary: `${name} ${clip(text, 140)}`, ...asks, text };
      }
      case 2:
      case 5:
      case 6:
        return { summary: `${name} ${clip(tree.text("Database", tree.remaining, REF))}`, ...asks };
      case EXECUTE:
        return { summary: this.#execute(tree), ...asks };
      case 17:
        this.#phase = "login";
        return { summary: `${name} to ${clip(this.#changeUser(tree))}`, asks: "login" };
      case 24:
      case 25:
      case 26:
      case 28: {
        const id = tree.u32Le("Statement", REF);
        if (command === 25) this.#statements.delete(id);
        if (command === 24) tree.u16Le("Parameter", REF, () => "which one, counted from 0");
        if (command === 28) {
          this.#statement = this.#statements.get(id);
          this.#columns = this.#statement?.columns ?? [];
          tree.u32Le("Rows at most", REF);
        }
        tree.rest("Data", REF);
        return { summary: `${name} ${id}`, ...asks };
      }
    }
    tree.rest("Data", REF);
    return { summary: name, ...asks };
  }

  #changeUser(tree: Tree): string {
    const user = tree.zeroText("User", REF);
    const size = tree.u8("Response length", REF);
    if (size > 0) tree.bytes("Response", size, REF, () => "proof of the password");
    tree.zeroText("Database", REF);
    if (tree.remaining >= 2) tree.u16Le("Character set", REF, CHARSETS);
    if (this.#has(CAPABILITY.plugin) && tree.remaining > 0) this.#plugin = tree.zeroText("Login plugin", REF);
    if (this.#has(CAPABILITY.attributes) && tree.remaining > 0) this.#attributes(tree);
    return user;
  }

  /** Attributes of a query stand before its text; without the login, a count of none and of one set is taken for them. */
  #queryAttributes(tree: Tree, command: number): void {
    const seen = this.#capabilities === undefined
      ? tree.reader.peek() === 0 && tree.reader.peek(1) === 1
      : this.#has(CAPABILITY.queryAttributes);
    if (!seen || command !== QUERY) return;
    const count = integer(tree, "Query attributes");
    integer(tree, "Attribute sets");
    if (count > 0) this.#values(tree, count, [], true, "Attribute");
  }

  /** Types (where they are sent) and values of parameters; the types are put into `types`. */
  #values(tree: Tree, count: number, types: Column[], named: boolean, what: string): string[] {
    const ref = `${REF} COM_STMT_EXECUTE`;
    const isNull = nullBitmap(tree, count, 0);
    const sent = tree.u8("Types follow", ref, { 0: "no, as before", 1: "yes" });
    if (sent === 1) {
      types.length = 0;
      for (let i = 0; i < count; i++) {
        const type = tree.u8("Type", ref, TYPES);
        const unsigned = tree.u8("Sign", ref, (flag) => flag >= 128 ? "unsigned" : "signed") >= 128;
        types.push({ type, unsigned });
        if (named) lengthText(tree, `${what} name`);
      }
    }
    return Array.from({ length: count }, (_, i) => {
      const column = types[i];
      if (isNull(i)) return "NULL";
      return column === undefined ? "" : binaryValue(tree, what, column.type, column.unsigned);
    });
  }

  #execute(tree: Tree): string {
    const ref = `${REF} COM_STMT_EXECUTE`;
    const id = tree.u32Le("Statement", ref, (number) => number === 0xffffffff ? "the last one prepared" : undefined);
    const statement = this.#statements.get(id);
    this.#statement = statement;
    const flags = tree.u8(
      "Cursor",
      ref,
      (flag) => (flag & 7) === 0 ? "none: all rows at once" : "rows are fetched later",
    );
    tree.u32Le("Iterations", ref);
    let count = statement?.parameters ?? 0;
    const named = this.#has(CAPABILITY.queryAttributes);
    if (named && (count > 0 || (flags & 8) !== 0)) count = integer(tree, "Parameters");
    if (statement === undefined || count === 0) {
      tree.rest("Parameters", ref, statement === undefined ? "the statement was prepared before" : undefined);
      return `execute ${id}`;
    }
    const values = this.#values(tree, count, statement.types, named, "Parameter");
    return clip(`execute ${id} with ${values.join(", ")}`, 160);
  }

  #error(tree: Tree): Words {
    tree.u8("Header", REF, () => "error");
    const code = tree.u16Le("Error code", REF);
    if (tree.reader.peek() === 0x23) {
      tree.text("Marker", 1, REF);
      tree.text("SQLSTATE", 5, REF);
    }
    const text = tree.remaining === 0 ? "" : tree.text("Message", tree.remaining, REF);
    this.#expected = "nothing";
    return { summary: `error ${code}: ${clip(text, 140)}`, answers: this.#key() };
  }

  #key(): string {
    return this.#phase === "commands" ? "mysql" : "login";
  }

  /** An OK packet: also the end of a result without EOF packets. */
  #ok(tree: Tree): Words {
    const answers = this.#key();
    tree.u8("Header", REF, (octet) => octet === 0 ? "ok" : "ok, the end of the result");
    const changed = integer(tree, "Rows affected");
    integer(tree, "Last insert id");
    const status = tree.remaining >= 2 ? tree.flagsLe("Status", 2, STATUS, REF) : 0;
    if (tree.remaining >= 2) tree.u16Le("Warnings", REF);
    if (this.#has(CAPABILITY.sessionTrack) && tree.remaining > 0) {
      lengthText(tree, "Info");
      if ((status & 0x4000) !== 0 && tree.remaining > 0) this.#sessionState(tree);
    }
    tree.rest("Info", REF);
    this.#expected = (status & 8) !== 0 ? "first" : "nothing";
    return { summary: changed > 0 ? `ok, ${changed} rows affected` : "ok", answers };
  }

  #sessionState(tree: Tree): void {
    const kinds: Readonly<Record<number, string>> = {
      0: "variable",
      1: "database",
      2: "something changed",
      3: "GTIDs",
      4: "characteristics of the transaction",
      5: "state of the transaction",
    };
    tree.part("Session changes", Math.min(integer(tree, "Session changes length"), tree.remaining), (part) => {
      while (part.remaining > 0) {
        part.group("Change", (group) => {
          const kind = part.u8("Kind", REF, kinds);
          const words: string[] = [];
          part.part("Change data", integer(part, "Length"), (data) => {
            if (kind <= 1) {
              while (data.remaining > 0) words.push(lengthText(data, words.length === 0 ? "Name" : "Value"));
            } else data.rest("Data", REF);
          }, REF);
          group.meaning = clip(words.join("="), 100);
        });
      }
    }, REF);
  }

  /** The end of definitions or rows, before OK packets took its place. */
  #eof(tree: Tree): Words {
    tree.u8("Header", REF, () => "end");
    tree.u16Le("Warnings", REF);
    const status = tree.remaining >= 2 ? tree.flagsLe("Status", 2, STATUS, REF) : 0;
    if (this.#expected === "rows" || (status & 64) !== 0) {
      this.#expected = (status & 8) !== 0 ? "first" : "nothing";
      return { summary: "end of the rows", answers: "mysql" };
    }
    const what = this.#expected;
    this.#next();
    return { summary: what === "parameters" ? "end of the parameters" : "end of the columns" };
  }

  /** What follows definitions. */
  #next(): void {
    if (this.#expected === "parameters" && this.#left > 0) this.#expected = "columns";
    else this.#expected = this.#command === PREPARE || this.#command === 4 ? "nothing" : "rows";
  }

  #answer(tree: Tree, length: number): Words {
    const first = tree.reader.peek();
    if (first === 0xff) return this.#error(tree);
    const eof = first === 0xfe && length <= 5 && !this.#has(CAPABILITY.deprecateEof);
    if (eof) return this.#eof(tree);
    switch (this.#expected) {
      case "first":
        return this.#first(tree, first);
      case "parameters":
      case "columns":
        if (first === 0xfe && length < 0xffffff) return this.#ok(tree);
        return this.#definition(tree);
      case "rows":
        if (first === 0xfe && length < 0xffffff) return this.#ok(tree);
        return this.#row(tree);
    }
    if (first === 0 && length >= 7) return this.#ok(tree);
    tree.rest("Data", REF);
    return { summary: "data", answers: "mysql" };
  }

  /** The first packet of an answer. */
  #first(tree: Tree, first: number | undefined): Words {
    if (this.#command === PREPARE && first === 0) return this.#prepared(tree);
    if (this.#command === 9) {
      this.#expected = "nothing";
      return { summary: `statistics ${clip(tree.text("Text", tree.remaining, REF), 140)}`, answers: "mysql" };
    }
    if (first === 0 && this.#command === 18) {
      tree.u8("Header", REF, () => "ok");
      tree.rest("Event", REF);
      return { summary: "binlog event" };
    }
    if (first === 0 || first === 0xfe) return this.#ok(tree);
    if (first === 0xfb) {
      tree.u8("Header", REF, () => "the client's file is wanted");
      const file = tree.text("File name", tree.remaining, `${REF} LOCAL INFILE`);
      return { summary: `wants the client's file ${clip(file)}`, answers: "mysql" };
    }
    const columns = integer(tree, "Columns");
    const follow = tree.remaining !== 1 ||
      tree.u8("Column definitions follow", REF, { 0: "no, as before", 1: "yes" }) === 1;
    this.#left = follow ? columns : 0;
    this.#expected = follow ? "columns" : "rows";
    this.#columns = follow ? [] : this.#statement?.columns ?? [];
    return { summary: `result of ${columns} columns`, answers: "mysql" };
  }

  #prepared(tree: Tree): Words {
    const ref = `${REF} COM_STMT_PREPARE`;
    tree.u8("Header", ref, () => "ok");
    const id = tree.u32Le("Statement", ref, () => "the number to execute it by");
    const columns = tree.u16Le("Columns", ref), parameters = tree.u16Le("Parameters", ref);
    if (tree.remaining > 0) tree.u8("Filler", ref);
    if (tree.remaining >= 2) tree.u16Le("Warnings", ref);
    const follow = tree.remaining === 0 || tree.u8("Definitions follow", ref, { 0: "no", 1: "yes" }) === 1;
    this.#statement = { parameters, types: [], columns: [] };
    if (this.#statements.size >= 1024) this.#statements.clear();
    this.#statements.set(id, this.#statement);
    this.#parameters = follow ? parameters : 0;
    this.#left = follow ? columns : 0;
    this.#columns = this.#statement.columns;
    this.#expected = this.#parameters > 0 ? "parameters" : this.#left > 0 ? "columns" : "nothing";
    return { summary: `prepared as ${id}: ${parameters} parameters, ${columns} columns`, answers: "mysql" };
  }

  /** What a column or a parameter is. */
  #definition(tree: Tree): Words {
    const names = ["Catalog", "Schema", "Table", "Original table", "Name", "Original name"].map((name) =>
      lengthText(tree, name)
    );
    // MariaDB may say more of the type, as a string, before the fixed part of 12 octets.
    if (tree.reader.peek() !== 12) lengthText(tree, "Extended metadata");
    integer(tree, "Length of what follows");
    tree.u16Le("Character set", REF, CHARSETS);
    tree.u32Le("Width", REF, () => "characters at most");
    const type = tree.u8("Type", REF, TYPES);
    const flags = tree.flagsLe("Flags", 2, COLUMN_FLAGS, REF);
    tree.u8("Decimals", REF, (count) => count === 31 ? "as many as there are" : count === 39 ? "text" : undefined);
    tree.rest("Filler", REF);
    const parameter = this.#expected === "parameters";
    const column = { type, unsigned: (flags & 32) !== 0 };
    const separate = !this.#has(CAPABILITY.deprecateEof);
    if (parameter) {
      if (--this.#parameters === 0 && !separate) this.#next();
    } else {
      if (this.#columns.length < 4096) this.#columns.push(column);
      if (this.#command === EXECUTE && this.#statement !== undefined) this.#statement.columns = this.#columns;
      if (--this.#left === 0 && !separate) this.#next();
    }
    return { summary: `${parameter ? "parameter" : "column"} ${clip(names[4]!)} ${TYPES[type] ?? type}` };
  }

  #row(tree: Tree): Words {
    const values: string[] = [];
    if (this.#command === EXECUTE || this.#command === FETCH) {
      tree.u8("Header", `${REF} binary row`);
      if (this.#columns.length === 0) {
        tree.rest("Values", `${REF} binary row`, "the columns are not known");
        return { summary: "row" };
      }
      const isNull = nullBitmap(tree, this.#columns.length, 2);
      for (const [i, { type, unsigned }] of this.#columns.entries()) {
        values.push(isNull(i) ? "NULL" : binaryValue(tree, "Value", type, unsigned));
      }
    } else {
      for (let i = 0; tree.remaining > 0; i++) {
        const type = this.#columns[i]?.type;
        values.push(lengthText(tree, "Value", type === undefined ? undefined : TYPES[type]));
      }
    }
    return { summary: `row ${clip(values.join(", "), 140)}`, text: values.join("\t") };
  }
}

function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "client") return "possible";
  if (bytes.length < 6) return bytes.length >= 4 && bytes[3] !== 0 ? "no" : "maybe";
  if (bytes[3] !== 0 || bytes[2] !== 0) return "no";
  return bytes[4] === 10 && bytes[5]! >= 0x33 && bytes[5]! <= 0x39 ? "yes" : bytes[4] === 0xff ? "possible" : "no";
}

export const MYSQL: Protocol = {
  name: "mysql",
  title: "MySQL",
  ref: REF,
  tcp: [3306],
  detect,
  sideOf: (bytes) => bytes[3] === 0 && bytes[4] === 10 ? "server" : "client",
  stream: (_ports, note) => new Mysql(note),
};
