// MySQL's client/server protocol (MySQL Source Code Documentation, "Client/Server Protocol"): handshake, login, query.
// Pure.
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";
import { clip } from "../words.ts";

const REF = "MySQL protocol";
const COMMANDS: Readonly<Record<number, string>> = {
  0: "sleep",
  1: "quit",
  2: "use database",
  3: "query",
  4: "list fields",
  8: "shut down",
  9: "statistics",
  12: "kill",
  14: "ping",
  17: "change user",
  18: "binlog dump",
  22: "prepare",
  23: "execute",
  24: "send long data",
  25: "close statement",
  26: "reset statement",
  27: "set option",
  28: "fetch",
  31: "reset connection",
};
const CAPABILITIES = [
  "long password",
  "found rows",
  "long flag",
  "connect with database",
  "no schema",
  "compress",
  "ODBC",
  "local files",
  "ignore space",
  "protocol 4.1",
  "interactive",
  "TLS",
  "ignore SIGPIPE",
  "transactions",
  "reserved",
  "secure connection",
  "multiple statements",
  "multiple results",
  "multiple prepared results",
  "plugin login",
  "connect attributes",
  "long login data",
  "expired passwords",
  "session track",
  "deprecate EOF",
  "optional metadata",
  "zstd",
  "query attributes",
  "multi-factor login",
  "capability extension",
  "verify certificate",
  "remember options",
];
const STATUS = [
  "in a transaction",
  "autocommit",
  "",
  "more results",
  "no good index",
  "no index",
  "cursor",
  "last row sent",
  "database dropped",
  "no backslash escapes",
  "metadata changed",
  "slow query",
  "out parameters",
  "read-only transaction",
  "session state changed",
  "",
];

/** The bits of a word in little-endian order, drawn from the first octet on. */
function bitRows(names: readonly string[], octets: number): BitRow[] {
  const rows: BitRow[] = [];
  for (let octet = 0; octet < octets; octet++) {
    for (let bit = 7; bit >= 0; bit--) {
      const name = names[octet * 8 + bit];
      rows.push([name === undefined || name === "" ? "Reserved" : name, octet * 8 + (7 - bit), 1]);
    }
  }
  return rows;
}

/** A word of flags in little-endian order. */
function wordLe(tree: Tree, name: string, octets: 2 | 4, names: readonly string[]): number {
  tree.flags(name, octets, bitRows(names, octets), REF);
  const { bytes, offset } = tree.reader;
  let word = 0;
  for (let i = 1; i <= octets; i++) word = word * 256 + bytes[offset - i]!;
  tree.last.value = word;
  return word;
}

class Mysql implements StreamDissector {
  #phase: "greeting" | "login" | "commands" = "greeting";
  #plugin = "";
  #command = 0;
  /** Packets of a result: 0 none expected, 1 the first, 2 columns and rows. */
  #result = 0;
  #columns = 0;

  measure(bytes: Uint8Array): number {
    return bytes.length < 4 ? 0 : 4 + (bytes[0]! | bytes[1]! << 8 | bytes[2]! << 16);
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const length = tree.field("Length", (r) => r.u16Le() + r.u8() * 65536, () => ({ ref: REF }));
    const sequence = tree.u8("Sequence", REF);
    if (length === 0) return { summary: "empty packet" };
    tree.said = { summary: `packet ${sequence}` };
    if (side === "server") {
      if (this.#phase === "greeting") return this.#greeting(tree);
      return this.#answer(tree);
    }
    if (this.#phase !== "commands" && sequence > 0) return this.#login(tree, length);
    this.#phase = "commands";
    return this.#request(tree);
  }

  #greeting(tree: Tree): Words {
    this.#phase = "login";
    if (tree.reader.peek() === 0xff) return this.#error(tree);
    const version = tree.u8("Protocol version", REF);
    const server = tree.zeroText("Server version", REF);
    tree.u32Le("Connection", REF);
    tree.bytes("Challenge, part 1", 8, REF);
    tree.u8("Filler", REF);
    wordLe(tree, "Capabilities, low half", 2, CAPABILITIES);
    if (tree.remaining > 0) {
      tree.u8("Character set", REF);
      wordLe(tree, "Status", 2, STATUS);
      wordLe(tree, "Capabilities, high half", 2, CAPABILITIES.slice(16));
      const size = tree.u8("Challenge length", REF);
      tree.bytes("Reserved", 10, REF);
      const rest = Math.max(13, size - 8);
      tree.bytes("Challenge, part 2", Math.min(rest, tree.remaining), REF);
      if (tree.remaining > 0) this.#plugin = tree.zeroText("Login plugin", REF);
    }
    return { summary: `greeting, protocol ${version}, ${clip(server, 60)}` };
  }

  #login(tree: Tree, length: number): Words {
    if (this.#phase === "login" && this.#command === 0) {
      const capabilities = (tree.reader.peek(0) ?? 0) | (tree.reader.peek(1) ?? 0) << 8 |
        (tree.reader.peek(2) ?? 0) << 16;
      wordLe(tree, "Capabilities", 4, CAPABILITIES);
      tree.u32Le("Packet size at most", REF);
      tree.u8("Character set", REF);
      tree.bytes("Reserved", 23, REF);
      if (length <= 32) return { summary: "asks for TLS (TLS from here on)", become: { protocol: "tls" } };
      this.#command = -1;
      const user = tree.zeroText("User", REF);
      const size = tree.u8("Response length", REF);
      if (size > 0) tree.bytes("Response", size, REF);
      let database = "";
      if ((capabilities & 8) !== 0 && tree.remaining > 0) database = tree.zeroText("Database", REF);
      if ((capabilities & 0x80000) !== 0 && tree.remaining > 0) this.#plugin = tree.zeroText("Login plugin", REF);
      if (tree.remaining > 0) this.#attributes(tree);
      return { summary: `login of ${clip(user)}${database === "" ? "" : ` to ${clip(database)}`}`, asks: "login" };
    }
    // More of the login: clear passwords end in a zero octet.
    if (this.#plugin === "mysql_clear_password") {
      tree.zeroText("Password", REF);
      tree.last.secret = true;
      return { summary: "password in clear" };
    }
    tree.rest("Response", REF);
    return { summary: "login response" };
  }

  #attributes(tree: Tree): void {
    const size = this.#integer(tree, "Attributes length");
    tree.part("Connection attributes", Math.min(size, tree.remaining), (part) => {
      while (part.remaining > 0) {
        part.group("Attribute", (group) => {
          const name = this.#string(part, "Name"), value = this.#string(part, "Value");
          group.meaning = clip(`${name}=${value}`, 100);
        });
      }
    }, REF);
  }

  /** A length-encoded integer. */
  #integer(tree: Tree, name: string): number {
    return tree.field(name, (r) => {
      const first = r.u8();
      if (first < 251) return first;
      if (first === 252) return r.u16Le();
      if (first === 253) return r.u16Le() + r.u8() * 65536;
      return first === 254 ? Number(r.u64Le()) : 0;
    }, () => ({ ref: REF }));
  }

  #string(tree: Tree, name: string): string {
    if (tree.reader.peek() === 0xfb) {
      tree.u8(name, REF, () => "NULL");
      return "NULL";
    }
    const length = this.#integer(tree, `${name} length`);
    return length === 0 ? "" : tree.text(name, length, REF);
  }

  #request(tree: Tree): Words {
    const command = tree.u8("Command", REF, COMMANDS);
    this.#command = command;
    this.#result = 1;
    const name = COMMANDS[command] ?? `command ${command}`;
    if ((command === 3 || command === 22 || command === 2) && tree.remaining > 0) {
      // Query attributes may come first: a count of none and of one set.
      if (tree.reader.peek() === 0 && tree.reader.peek(1) === 1) {
        tree.u8("Query attributes", REF);
        tree.u8("Attribute sets", REF);
      }
      const text = tree.text(command === 2 ? "Database" : "Query", tree.remaining, REF);
      return { summary: `${name} ${clip(text, 140)}`, asks: "mysql", text };
    }
    tree.rest("Data", REF);
    return { summary: name, ...(command === 1 ? {} : { asks: "mysql" }) };
  }

  #error(tree: Tree): Words {
    tree.u8("Header", REF, () => "error");
    const code = tree.u16Le("Error code", REF);
    if (tree.reader.peek() === 0x23) {
      tree.text("Marker", 1, REF);
      tree.text("SQLSTATE", 5, REF);
    }
    const text = tree.text("Message", tree.remaining, REF);
    this.#result = 0;
    return { summary: `error ${code}: ${clip(text, 140)}`, answers: this.#key() };
  }

  #key(): string {
    return this.#phase === "commands" ? "mysql" : "login";
  }

  #status(tree: Tree, name: string): Words {
    tree.u8("Header", REF, () => name);
    if (name === "ok") {
      this.#integer(tree, "Rows affected");
      this.#integer(tree, "Last insert id");
    }
    const answers = this.#key();
    if (name === "end" && tree.remaining >= 2) tree.u16Le("Warnings", REF);
    if (tree.remaining >= 2) wordLe(tree, "Status", 2, STATUS);
    if (name === "ok" && tree.remaining >= 2) tree.u16Le("Warnings", REF);
    tree.rest("Info", REF);
    if (this.#phase === "login") this.#phase = "commands";
    return { summary: name, ...(name === "ok" || this.#result === 0 ? { answers } : {}) };
  }

  #answer(tree: Tree): Words {
    const first = tree.reader.peek();
    if (first === 0xff) return this.#error(tree);
    if (this.#phase === "login") {
      if (first === 0xfe) {
        tree.u8("Header", REF, () => "switch the login plugin");
        if (tree.remaining > 0) this.#plugin = tree.zeroText("Login plugin", REF);
        tree.rest("Challenge", REF);
        return { summary: `switch to login plugin ${clip(this.#plugin)}` };
      }
      if (first === 1) {
        tree.u8("Header", REF, () => "more for the login plugin");
        tree.rest("Data", REF);
        return { summary: "more for the login" };
      }
      return this.#status(tree, "ok");
    }
    if (first === 0xfe && tree.remaining < 9) {
      if (this.#result === 3) this.#result = 0;
      else this.#result = 3;
      return this.#status(tree, "end");
    }
    if (first === 0 && this.#result === 1 && this.#command !== 22) {
      this.#result = 0;
      return this.#status(tree, "ok");
    }
    if (this.#result === 1 && this.#command === 3) {
      this.#result = 2;
      this.#columns = this.#integer(tree, "Columns");
      if (tree.remaining === 1) tree.u8("Column definitions follow", REF, { 0: "no, as before", 1: "yes" });
      return { summary: `result of ${this.#columns} columns`, answers: "mysql" };
    }
    if (this.#result === 2 && this.#columns > 0) {
      this.#columns--;
      const names = ["Catalog", "Schema", "Table", "Original table", "Name", "Original name"].map((name) =>
        this.#string(tree, name)
      );
      // MariaDB may say more of the type, as a string, before the fixed part of 12 octets.
      if (tree.reader.peek() !== 12) this.#string(tree, "Extended metadata");
      this.#integer(tree, "Length of what follows");
      tree.u16Le("Character set", REF);
      tree.u32Le("Width", REF);
      tree.u8("Type", REF);
      tree.u16Le("Flags", REF);
      tree.u8("Decimals", REF);
      tree.rest("Filler", REF);
      return { summary: `column ${clip(names[4]!)}` };
    }
    if (this.#result >= 2 && first === 0xfe) {
      this.#result = 0;
      return this.#status(tree, "ok");
    }
    if (this.#result >= 2) {
      const values: string[] = [];
      while (tree.remaining > 0) values.push(this.#string(tree, "Value"));
      return { summary: `row ${clip(values.join(", "), 140)}`, text: values.join("\t") };
    }
    tree.rest("Data", REF);
    return { summary: "data", answers: "mysql" };
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
  stream: () => new Mysql(),
};
