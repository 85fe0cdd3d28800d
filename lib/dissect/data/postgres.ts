// PostgreSQL's protocol 3.0 (PostgreSQL documentation, "Frontend/Backend Protocol"): start-up, login, simple and
// extended query. Pure.
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { saslChallenge, saslResponse } from "../coding/sasl.ts";
import { clip, counted } from "../coding/words.ts";
import { AUTHENTICATION, CLIENT, ERROR_FIELDS, FORMATS, REF, SERVER, SPECIAL } from "./postgres_names.ts";
import { copyData, replicationData } from "./postgres_copy.ts";
import { TYPES, value } from "./postgres_values.ts";

const LENGTH_LIMIT = 0x40000000;
/** What ReadyForQuery says of the session. */
const TRANSACTION: Readonly<Record<string, string>> = { I: "idle", T: "in a transaction", E: "failed transaction" };

const unnamed = (text: string) => text === "" ? "unnamed" : undefined;

/** A column of a result. */
interface Column {
  readonly type: number;
  readonly binary: boolean;
}

/** A request in a row of requests. Of a portal `statement` is absent. */
interface Asked {
  readonly kind: "describe" | "bind" | "sync";
  readonly statement?: string;
  readonly formats?: readonly number[];
}
const ASKED_LIMIT = 4096;

class Postgres implements StreamDissector {
  /** The first message of the client has no type octet; nor has what follows a refused request for TLS. */
  #starting = true;
  /** The server answers a request for encryption with one octet. */
  #oneOctet = "";
  #login = 0;
  #mechanism = "";
  #steps = 0;
  /** Types of parameters by statement, from Parse and ParameterDescription. */
  readonly #parameters = new Map<string, number[]>();
  /** The columns of the rows at hand. */
  #columns: Column[] = [];
  /** Columns of the results of statements, by name. */
  readonly #results = new Map<string, Column[]>();
  /** What Describe and Bind asked, in order, until it is answered; "sync" ends what an error throws away. */
  readonly #asked: Asked[] = [];
  /** The stream of changes that replication sends: COPY in both directions. */
  #replicating = false;

  measure(bytes: Uint8Array, side: Side): number {
    if (side === "server" && this.#oneOctet !== "") return 1;
    const untyped = side === "client" && this.#starting;
    const at = untyped ? 0 : 1;
    if (bytes.length < at + 4) return 0;
    const length = bytes[at]! * 0x1000000 + (bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!);
    if (length < 4 || length > LENGTH_LIMIT || (untyped && length > 10_000)) {
      throw new FormatError(`A message of ${counted(length, "octet")}`, at);
    }
    return at + length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    if (side === "client") return this.#starting ? this.#startup(tree) : this.#client(tree);
    return this.#server(tree);
  }

  #startup(tree: Tree): Words {
    tree.u32("Length", REF);
    const code = tree.u32("Protocol version or request", REF, SPECIAL);
    if (code === 80877103 || code === 80877104) {
      this.#oneOctet = code === 80877103 ? "tls" : "gssapi";
      return { summary: SPECIAL[code]!, asks: "encryption" };
    }
    if (code === 80877102) {
      tree.u32("Process", REF);
      tree.rest("Key", REF);
      return { summary: SPECIAL[code]! };
    }
    this.#starting = false;
    const words: string[] = [];
    while (tree.remaining > 1 && tree.reader.peek() !== 0) {
      tree.group("Parameter", (group) => {
        const name = tree.zeroText("Name", REF), value = tree.zeroText("Value", REF);
        group.meaning = clip(`${name}=${value}`, 100);
        words.push(group.meaning);
      });
    }
    if (tree.remaining > 0) tree.u8("End of the parameters", REF);
    return { summary: `StartupMessage ${clip(words.join(", "), 140)}`, asks: "login" };
  }

  #client(tree: Tree): Words {
    const type = tree.text("Type", 1, REF, (letter) => CLIENT[letter]);
    tree.u32("Length", REF);
    const name = CLIENT[type] ?? `message "${clip(type)}"`;
    switch (type) {
      case "Q":
        return this.#query(tree);
      case "P":
        return this.#parse(tree);
      case "p":
        return this.#password(tree);
      case "B":
        return this.#bind(tree);
      case "D":
      case "C":
        return this.#describeOrClose(tree, type, name);
      case "E":
        tree.zeroText("Portal", REF, unnamed);
        tree.u32("Rows at most", REF, (rows) => rows === 0 ? "all" : undefined);
        return { summary: name };
      case "S":
        this.#ask({ kind: "sync" });
        return { summary: name, asks: "query" };
      case "d":
        return this.#replicating ? replicationData(tree, name) : copyData(tree, name);
      case "F":
        return this.#functionCall(tree, name);
      case "f":
        return { summary: `${name} ${clip(tree.zeroText("Reason", REF))}` };
    }
    tree.rest("Data", REF);
    return { summary: name };
  }

  #query(tree: Tree): Words {
    const query = tree.zeroText("Query", REF);
    this.#ask({ kind: "sync" });
    return { summary: `Query ${clip(query, 140)}`, asks: "query", text: query };
  }

  #parse(tree: Tree): Words {
    const statement = tree.zeroText("Statement", REF, unnamed);
    const query = tree.zeroText("Query", REF);
    const count = tree.u16("Parameter types", REF, (number) => number === 0 ? "left to the server" : undefined);
    const types: number[] = [];
    for (let i = 0; i < count; i++) types.push(tree.u32("Type", REF, TYPES));
    if (this.#parameters.size >= 1024) this.#parameters.clear();
    this.#parameters.set(statement, types);
    return { summary: `Parse ${clip(`${statement} ${query}`.trim(), 140)}`, text: query };
  }

  #bind(tree: Tree): Words {
    tree.zeroText("Portal", REF, unnamed);
    const statement = tree.zeroText("Statement", REF, unnamed);
    const formats = this.#formats(tree, "Parameter formats");
    const count = tree.u16("Parameters", REF);
    const types = this.#parameters.get(statement) ?? [];
    const values: string[] = [];
    for (let i = 0; i < count; i++) {
      values.push(value(tree, "Parameter", REF, types[i], (formats[i] ?? formats[0]) === 1));
    }
    this.#ask({ kind: "bind", statement, formats: this.#formats(tree, "Result formats") });
    return { summary: clip(`Bind ${statement} ${values.join(", ")}`.replace("  ", " ").trim(), 140) };
  }

  #describeOrClose(tree: Tree, type: "C" | "D", name: string): Words {
    const kind = tree.text("Kind", 1, REF, (letter) => letter === "S" ? "statement" : "portal");
    const what = tree.zeroText("Name", REF, unnamed);
    if (type === "D") this.#ask(kind === "S" ? { kind: "describe", statement: what } : { kind: "describe" });
    return { summary: `${name} ${kind === "S" ? "statement" : "portal"} ${clip(what)}`.trim() };
  }

  #functionCall(tree: Tree, name: string): Words {
    this.#ask({ kind: "sync" });
    tree.u32("Function", REF, () => "its number in the catalog");
    this.#formats(tree, "Argument formats");
    const count = tree.u16("Arguments", REF);
    for (let i = 0; i < count; i++) value(tree, "Argument", REF, undefined, false);
    tree.u16("Result format", REF, FORMATS);
    return { summary: name, asks: "query" };
  }

  #ask(asked: Asked): void {
    if (this.#asked.length >= ASKED_LIMIT) this.#asked.length = 0;
    this.#asked.push(asked);
  }

  /** The oldest request of a kind that no error threw away. */
  #answer(kind: Asked["kind"]): Asked | undefined {
    const end = this.#asked.findIndex((asked) => asked.kind === "sync");
    const at = this.#asked.findIndex((asked) => asked.kind === kind);
    if (at === -1 || (end !== -1 && at > end)) return undefined;
    return this.#asked.splice(0, at + 1).at(-1);
  }

  #password(tree: Tree): Words {
    switch (this.#login) {
      case 3:
        tree.zeroText("Password", REF);
        tree.last.secret = true;
        return { summary: "Password in clear" };
      case 5:
        tree.zeroText("MD5 of password, user and salt", REF);
        return { summary: "Password as MD5" };
      case 10: {
        this.#mechanism = tree.zeroText("Mechanism", REF);
        const length = tree.u32("Response length", REF, (octets) => octets === 0xffffffff ? "none" : undefined);
        if (length !== 0xffffffff && length > 0) this.#response(tree, length);
        return { summary: `SASL ${clip(this.#mechanism, 40)}` };
      }
      case 11:
        if (tree.remaining > 0) this.#response(tree, tree.remaining);
        return { summary: "SASL response" };
    }
    tree.rest("Response", REF);
    return { summary: "login response" };
  }

  /** A response of SASL, as its mechanism reads it. */
  #response(tree: Tree, length: number): void {
    const bytes = tree.bytes("Response", length, "RFC 5802 7");
    const { meaning, secret } = saslResponse(this.#mechanism, this.#steps++, bytes);
    if (meaning !== undefined) tree.last.meaning = meaning;
    if (secret) tree.last.secret = true;
  }

  /** Format codes: none is text for all, one is for all. */
  #formats(tree: Tree, name: string): number[] {
    const count = tree.u16(
      name,
      REF,
      (number) => number === 0 ? "all as text" : number === 1 ? "one for all" : undefined,
    );
    return Array.from({ length: Math.min(count, tree.remaining + 1) }, () => tree.u16("Format", REF, FORMATS));
  }

  /** What the server says with one octet to a request for encryption. */
  #encryption(tree: Tree): Words {
    const answer = tree.text("Answer", 1, REF, (letter) => letter === "S" || letter === "G" ? "yes" : "no");
    const tls = answer === "S" && this.#oneOctet === "tls";
    this.#oneOctet = "";
    return {
      summary: tls ? "TLS from here on" : answer === "G" ? "GSSAPI encryption from here on" : "not encrypted",
      answers: "encryption",
      ...(tls ? { become: { protocol: "tls", note: "postgresql" } } : {}),
    };
  }

  #server(tree: Tree): Words {
    if (this.#oneOctet !== "") return this.#encryption(tree);
    const type = tree.text("Type", 1, REF, (letter) => SERVER[letter]);
    tree.u32("Length", REF);
    const name = SERVER[type] ?? `message "${clip(type)}"`;
    this.#starting = false;
    switch (type) {
      case "R":
        return this.#authentication(tree, name);
      case "S": {
        const key = tree.zeroText("Name", REF);
        return { summary: clip(`${name} ${key}=${tree.zeroText("Value", REF)}`, 120) };
      }
      case "K":
        tree.u32("Process", REF);
        tree.rest("Key", REF);
        return { summary: name };
      case "Z":
        return this.#ready(tree, name);
      case "T":
        return this.#rowDescription(tree, name);
      case "2":
        return this.#bound(name);
      case "D":
        return this.#row(tree, name);
      case "t":
        return this.#parameterTypes(tree, name);
      case "G":
      case "H":
      case "W":
        this.#replicating = type === "W";
        tree.u8("Format", REF, FORMATS);
        for (let left = tree.u16("Columns", REF); left > 0; left--) tree.u16("Format", REF, FORMATS);
        return { summary: name, answers: "query" };
      case "n":
        this.#answer("describe");
        this.#columns = [];
        return { summary: name };
      case "d":
        return this.#replicating ? replicationData(tree, name) : copyData(tree, name);
      case "A":
        return notification(tree, name);
      case "v":
        return optionsNotKnown(tree, name);
      case "V":
        return { summary: `${name} ${clip(value(tree, "Result", REF, undefined, false))}` };
      case "C":
        return { summary: `${name} ${clip(tree.zeroText("Command", REF))}` };
      case "E":
      case "N":
        return notice(tree, name);
    }
    tree.rest("Data", REF);
    return { summary: name };
  }

  /** What login the server asks for, its challenges, and that it took the login. */
  #authentication(tree: Tree, name: string): Words {
    const kind = tree.u32("Authentication", REF, AUTHENTICATION);
    this.#login = kind;
    if (kind === 5) tree.bytes("Salt", 4, REF);
    while (kind === 10 && tree.remaining > 1) tree.zeroText("Mechanism", REF);
    if (kind === 10) {
      tree.u8("End of the mechanisms", REF);
      this.#steps = 0;
    }
    if (tree.remaining > 0) {
      const bytes = tree.rest("Challenge", kind >= 10 ? "RFC 5802 7" : REF);
      const said = kind >= 10 ? saslChallenge(this.#mechanism, bytes) : undefined;
      if (said !== undefined) tree.last.meaning = said;
    }
    return { summary: `${name}: ${AUTHENTICATION[kind] ?? kind}`, ...(kind === 0 ? { answers: "login" } : {}) };
  }

  #ready(tree: Tree, name: string): Words {
    this.#answer("sync");
    const state = tree.text("Status", 1, REF, (letter) => TRANSACTION[letter]);
    return { summary: `${name} ${TRANSACTION[state] ?? "failed transaction"}`, answers: "query" };
  }

  #rowDescription(tree: Tree, name: string): Words {
    const names: string[] = [], columns: Column[] = [];
    for (let left = tree.u16("Columns", REF); left > 0; left--) {
      tree.group("Column", (group) => {
        const column = tree.zeroText("Name", REF);
        names.push(clip(column));
        tree.u32("Table", REF, (oid) => oid === 0 ? "of none" : "its number in the catalog");
        tree.u16("Attribute", REF, () => "which column of the table");
        const type = tree.u32("Type", REF, TYPES);
        group.meaning = `${clip(column)} ${TYPES[type] ?? `type ${type}`}`;
        tree.u16("Type size", REF, (octets) => octets >= 0x8000 ? "varies" : counted(octets, "octet"));
        tree.u32("Type modifier", REF, (modifier) => modifier === 0xffffffff ? "none" : undefined);
        columns.push({ type, binary: tree.u16("Format", REF, FORMATS) === 1 });
      }, { ref: REF });
    }
    this.#columns = columns;
    const statement = this.#answer("describe")?.statement;
    if (statement !== undefined) {
      if (this.#results.size >= 1024) this.#results.clear();
      this.#results.set(statement, columns);
    }
    return { summary: clip(`${name} ${names.join(", ")}`, 140), text: names.join("\t") };
  }

  /** Rows have from here on the columns of the statement that was bound, in the formats that Bind asked for. */
  #bound(name: string): Words {
    const { statement = "", formats = [] } = this.#answer("bind") ?? {};
    this.#columns = (this.#results.get(statement) ?? [])
      .map(({ type }, i) => ({ type, binary: (formats[i] ?? formats[0]) === 1 }));
    return { summary: name };
  }

  #row(tree: Tree, name: string): Words {
    const count = tree.u16("Columns", REF);
    const values: string[] = [];
    for (let i = 0; i < count; i++) {
      const column = this.#columns[i];
      values.push(value(tree, "Value", REF, column?.type, column?.binary === true));
    }
    return { summary: clip(`${name} ${values.join(", ")}`, 140), text: values.join("\t") };
  }

  #parameterTypes(tree: Tree, name: string): Words {
    const count = tree.u16("Parameters", REF);
    const types = Array.from({ length: Math.min(count, tree.remaining) }, () => tree.u32("Type", REF, TYPES));
    const statement = this.#asked.find((asked) => asked.kind === "describe")?.statement;
    if (statement !== undefined && this.#parameters.size < 1024) this.#parameters.set(statement, types);
    return { summary: clip(`${name} ${types.map((type) => TYPES[type] ?? type).join(", ")}`, 140) };
  }
}

function notification(tree: Tree, name: string): Words {
  tree.u32("Process", REF, () => "whose session notified");
  const channel = tree.zeroText("Channel", REF);
  return { summary: clip(`${name} ${channel} ${tree.zeroText("Payload", REF)}`.trim(), 140) };
}

/** NegotiateProtocolVersion: what of the start-up the server does not know. */
function optionsNotKnown(tree: Tree, name: string): Words {
  tree.u32("Newest minor version", REF);
  for (let left = tree.u32("Options not known", REF); left > 0 && tree.remaining > 0; left--) {
    tree.zeroText("Option", REF);
  }
  return { summary: name };
}

/** An error or a notice: fields by their letters. */
function notice(tree: Tree, name: string): Words {
  const found: Record<string, string> = {};
  while (tree.remaining > 1) {
    tree.group("Field", (group) => {
      const kind = tree.text("Code", 1, REF, (letter) => ERROR_FIELDS[letter]);
      const value = tree.zeroText("Value", REF);
      group.meaning = clip(`${ERROR_FIELDS[kind] ?? kind}: ${value}`, 120);
      found[kind] = value;
    });
  }
  if (tree.remaining > 0) tree.u8("End of the fields", REF);
  return { summary: clip(`${name} ${found.S ?? ""} ${found.C ?? ""}: ${found.M ?? ""}`, 160) };
}

function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "server") return "possible";
  if (bytes.length < 8) return bytes[0] === 0 && (bytes[1] ?? 0) === 0 ? "maybe" : "no";
  const word = bytes[4]! * 0x1000000 + (bytes[5]! << 16 | bytes[6]! << 8 | bytes[7]!);
  return bytes[0] === 0 && bytes[1] === 0 && SPECIAL[word] !== undefined ? "yes" : "no";
}

export const POSTGRES: Protocol = {
  name: "postgresql",
  title: "PostgreSQL",
  ref: REF,
  tcp: [5432],
  detect,
  sideOf: (bytes) =>
    bytes[0] === 0 ||
      CLIENT[String.fromCharCode(bytes[0]!)] !== undefined && SERVER[String.fromCharCode(bytes[0]!)] === undefined
      ? "client"
      : "server",
  stream: () => new Postgres(),
};
