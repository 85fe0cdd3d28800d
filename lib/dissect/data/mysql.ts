// MySQL's and MariaDB's client/server protocol (MySQL Source Code Documentation, "Client/Server Protocol"): handshake,
// login, queries, prepared statements with binary rows. Pure.
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import {
  CAPABILITIES,
  CAPABILITY,
  CHARSETS,
  COMMANDS,
  EXECUTE,
  FETCH,
  PREPARE,
  QUERY,
  REF,
  SHA2,
  SILENT,
  STATUS,
  TYPES,
} from "./mysql_names.ts";
import { Answers, type Column } from "./mysql_answers.ts";
import { binaryValue, connectionAttributes, integer, lengthText, nullBitmap } from "./mysql_values.ts";

class Mysql implements StreamDissector {
  readonly #answers = new Answers();
  #phase: "greeting" | "login" | "commands" = "greeting";
  #serverCapabilities = 0xffffffff;
  #compressed = false;
  #loggedIn = false;
  #plugin = "";

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
        meaning: octets === 0 ? "not compressed" : counted(octets, "octet"),
      }));
      tree.rest(size === 0 ? "Packets" : "Compressed packets", `${REF} compression`);
      return { summary: `${counted(length, "octet")} of ${size === 0 ? "" : "compressed "}packets` };
    }
    if (length === 0) return { summary: "empty packet" };
    tree.said = { summary: `packet ${sequence}` };
    if (side === "server") {
      if (this.#phase === "greeting" && sequence === 0) return this.#greeting(tree);
      if (this.#phase === "greeting") this.#phase = "commands";
      this.#answers.loggedIn = this.#phase === "commands";
      return this.#phase === "login" ? this.#loginAnswer(tree, length) : this.#answers.answer(tree, length);
    }
    if (this.#phase !== "commands" && sequence > 0) return this.#login(tree, length);
    this.#phase = "commands";
    if (sequence === 0) return this.#request(tree);
    tree.rest("File contents", `${REF} LOCAL INFILE`);
    return { summary: `contents of a file, ${counted(length, "octet")}` };
  }

  #greeting(tree: Tree): Words {
    this.#phase = "login";
    if (tree.reader.peek() === 0xff) return this.#answers.error(tree);
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
      this.#answers.capabilities = tree.flagsLe("Capabilities", 4, CAPABILITIES, REF) & this.#serverCapabilities;
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
      if (this.#answers.has(CAPABILITY.database) && tree.remaining > 0) database = tree.zeroText("Database", REF);
      if (this.#answers.has(CAPABILITY.plugin) && tree.remaining > 0) this.#plugin = tree.zeroText("Login plugin", REF);
      if (this.#answers.has(CAPABILITY.attributes) && tree.remaining > 0) connectionAttributes(tree);
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

  #loginAnswer(tree: Tree, length: number): Words {
    const first = tree.reader.peek();
    if (first === 0xff) return this.#answers.error(tree);
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
    const words = this.#answers.ok(tree);
    this.#phase = "commands";
    this.#compressed = this.#answers.has(CAPABILITY.compress) || this.#answers.has(CAPABILITY.zstd);
    return words;
  }

  #request(tree: Tree): Words {
    const command = tree.u8("Command", REF, COMMANDS);
    this.#answers.command = command;
    this.#answers.expected = command === FETCH
      ? "rows"
      : command === 4
      ? "columns"
      : SILENT.includes(command)
      ? "nothing"
      : "first";
    this.#answers.left = command === 4 ? Infinity : 0;
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
        if (command === 25) this.#answers.statements.delete(id);
        if (command === 24) tree.u16Le("Parameter", REF, () => "which one, counted from 0");
        if (command === 28) {
          this.#answers.statement = this.#answers.statements.get(id);
          this.#answers.columns = this.#answers.statement?.columns ?? [];
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
    if (this.#answers.has(CAPABILITY.plugin) && tree.remaining > 0) this.#plugin = tree.zeroText("Login plugin", REF);
    if (this.#answers.has(CAPABILITY.attributes) && tree.remaining > 0) connectionAttributes(tree);
    return user;
  }

  /** Attributes of a query stand before its text; without the login, a count of none and of one set is taken for them. */
  #queryAttributes(tree: Tree, command: number): void {
    const seen = this.#answers.capabilities === undefined
      ? tree.reader.peek() === 0 && tree.reader.peek(1) === 1
      : this.#answers.has(CAPABILITY.queryAttributes);
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
    const statement = this.#answers.statements.get(id);
    this.#answers.statement = statement;
    const flags = tree.u8(
      "Cursor",
      ref,
      (flag) => (flag & 7) === 0 ? "none: all rows at once" : "rows are fetched later",
    );
    tree.u32Le("Iterations", ref);
    let count = statement?.parameters ?? 0;
    const named = this.#answers.has(CAPABILITY.queryAttributes);
    if (named && (count > 0 || (flags & 8) !== 0)) count = integer(tree, "Parameters");
    if (statement === undefined || count === 0) {
      tree.rest("Parameters", ref, statement === undefined ? "the statement was prepared before" : undefined);
      return `execute ${id}`;
    }
    const values = this.#values(tree, count, statement.types, named, "Parameter");
    return clip(`execute ${id} with ${values.join(", ")}`, 160);
  }
}

function detect(bytes: Uint8Array, side: Side): Guess {
  // The client's packets begin with a small number, 0 or that after the greeting.
  if (side === "client") return (bytes[3] ?? 0) <= 3 ? "possible" : "no";
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
