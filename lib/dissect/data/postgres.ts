// PostgreSQL's protocol 3.0 (PostgreSQL documentation, "Frontend/Backend Protocol"): start-up, login, simple and
// extended query. Pure.
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../words.ts";

const REF = "PostgreSQL 55.7";
const CLIENT: Readonly<Record<string, string>> = {
  B: "Bind",
  C: "Close",
  d: "CopyData",
  c: "CopyDone",
  f: "CopyFail",
  D: "Describe",
  E: "Execute",
  H: "Flush",
  F: "FunctionCall",
  P: "Parse",
  p: "Password",
  Q: "Query",
  S: "Sync",
  X: "Terminate",
};
const SERVER: Readonly<Record<string, string>> = {
  R: "Authentication",
  K: "BackendKeyData",
  "2": "BindComplete",
  "3": "CloseComplete",
  C: "CommandComplete",
  d: "CopyData",
  c: "CopyDone",
  G: "CopyInResponse",
  H: "CopyOutResponse",
  W: "CopyBothResponse",
  D: "DataRow",
  I: "EmptyQueryResponse",
  E: "ErrorResponse",
  V: "FunctionCallResponse",
  v: "NegotiateProtocolVersion",
  n: "NoData",
  N: "NoticeResponse",
  A: "NotificationResponse",
  t: "ParameterDescription",
  S: "ParameterStatus",
  "1": "ParseComplete",
  s: "PortalSuspended",
  Z: "ReadyForQuery",
  T: "RowDescription",
};
const AUTHENTICATION: Readonly<Record<number, string>> = {
  0: "ok",
  2: "Kerberos V5",
  3: "password in clear wanted",
  5: "MD5 password wanted",
  7: "GSSAPI wanted",
  8: "GSSAPI continues",
  9: "SSPI wanted",
  10: "SASL wanted",
  11: "SASL continues",
  12: "SASL ends",
};
const SPECIAL: Readonly<Record<number, string>> = {
  80877102: "cancel request",
  80877103: "TLS wanted",
  80877104: "GSSAPI encryption wanted",
  196608: "protocol 3.0",
  196610: "protocol 3.2",
};
const ERROR_FIELDS: Readonly<Record<string, string>> = {
  S: "severity",
  V: "severity",
  C: "SQLSTATE",
  M: "message",
  D: "detail",
  H: "hint",
  P: "position",
  W: "where",
  s: "schema",
  t: "table",
  c: "column",
  n: "constraint",
  F: "file",
  L: "line",
  R: "routine",
};
const LENGTH_LIMIT = 0x40000000;

class Postgres implements StreamDissector {
  /** The first message of the client has no type octet; nor has what follows a refused request for TLS. */
  #starting = true;
  /** The server answers a request for encryption with one octet. */
  #oneOctet = "";
  #login = 0;

  measure(bytes: Uint8Array, side: Side): number {
    if (side === "server" && this.#oneOctet !== "") return 1;
    const untyped = side === "client" && this.#starting;
    const at = untyped ? 0 : 1;
    if (bytes.length < at + 4) return 0;
    const length = bytes[at]! * 0x1000000 + (bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!);
    if (length < 4 || length > LENGTH_LIMIT || (untyped && length > 10_000)) {
      throw new FormatError(`A message of ${length} octets`, at);
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
      case "Q": {
        const query = tree.zeroText("Query", REF);
        return { summary: `Query ${clip(query, 140)}`, asks: "query", text: query };
      }
      case "P": {
        const statement = tree.zeroText("Statement", REF, (text) => text === "" ? "unnamed" : undefined);
        const query = tree.zeroText("Query", REF);
        const count = tree.u16("Parameter types", REF);
        for (let i = 0; i < count; i++) tree.u32("Type", REF);
        return { summary: `Parse ${clip(`${statement} ${query}`.trim(), 140)}`, text: query };
      }
      case "p":
        return this.#password(tree);
      case "B": {
        tree.zeroText("Portal", REF, (text) => text === "" ? "unnamed" : undefined);
        tree.zeroText("Statement", REF, (text) => text === "" ? "unnamed" : undefined);
        this.#formats(tree, "Parameter formats");
        const count = tree.u16("Parameters", REF);
        for (let i = 0; i < count; i++) this.#value(tree, "Parameter");
        this.#formats(tree, "Result formats");
        return { summary: `Bind ${count} parameters` };
      }
      case "D":
      case "C":
        tree.text("Kind", 1, REF, (letter) => letter === "S" ? "statement" : "portal");
        tree.zeroText("Name", REF, (text) => text === "" ? "unnamed" : undefined);
        return { summary: name };
      case "E":
        tree.zeroText("Portal", REF, (text) => text === "" ? "unnamed" : undefined);
        tree.u32("Rows at most", REF, (rows) => rows === 0 ? "all" : undefined);
        return { summary: name };
      case "S":
        return { summary: name, asks: "query" };
      case "f":
        return { summary: `${name} ${clip(tree.zeroText("Reason", REF))}` };
    }
    tree.rest("Data", REF);
    return { summary: name };
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
        const mechanism = tree.zeroText("Mechanism", REF);
        const length = tree.u32("Response length", REF);
        if (length !== 0xffffffff && length > 0) tree.text("Response", length, "RFC 5802 7");
        return { summary: `SASL ${clip(mechanism, 40)}` };
      }
    }
    tree.rest("Response", this.#login === 11 ? "RFC 5802 7" : REF);
    return { summary: this.#login === 11 ? "SASL response" : "login response" };
  }

  #formats(tree: Tree, name: string): void {
    const count = tree.u16(name, REF);
    for (let i = 0; i < count; i++) tree.u16("Format", REF, { 0: "text", 1: "binary" });
  }

  #value(tree: Tree, name: string): string {
    const length = tree.u32(`${name} length`, REF, (octets) => octets === 0xffffffff ? "NULL" : undefined);
    if (length === 0xffffffff) return "NULL";
    return length === 0 ? "" : tree.text(name, length, REF);
  }

  #server(tree: Tree): Words {
    if (this.#oneOctet !== "") {
      const answer = tree.text("Answer", 1, REF, (letter) => letter === "S" || letter === "G" ? "yes" : "no");
      const tls = answer === "S" && this.#oneOctet === "tls";
      this.#oneOctet = "";
      return {
        summary: tls ? "TLS from here on" : answer === "G" ? "GSSAPI encryption from here on" : "not encrypted",
        answers: "encryption",
        ...(tls ? { become: { protocol: "tls", note: "postgresql" } } : {}),
      };
    }
    const type = tree.text("Type", 1, REF, (letter) => SERVER[letter]);
    tree.u32("Length", REF);
    const name = SERVER[type] ?? `message "${clip(type)}"`;
    this.#starting = false;
    switch (type) {
      case "R": {
        const kind = tree.u32("Authentication", REF, AUTHENTICATION);
        this.#login = kind;
        if (kind === 5) tree.bytes("Salt", 4, REF);
        while (kind === 10 && tree.remaining > 1) tree.zeroText("Mechanism", REF);
        if (kind === 10) tree.u8("End of the mechanisms", REF);
        tree.rest("Data", "RFC 5802 7");
        return { summary: `${name}: ${AUTHENTICATION[kind] ?? kind}`, ...(kind === 0 ? { answers: "login" } : {}) };
      }
      case "S": {
        const key = tree.zeroText("Name", REF);
        return { summary: clip(`${name} ${key}=${tree.zeroText("Value", REF)}`, 120) };
      }
      case "K":
        tree.u32("Process", REF);
        tree.rest("Key", REF);
        return { summary: name };
      case "Z": {
        const state = tree.text(
          "Status",
          1,
          REF,
          (letter) => ({ I: "idle", T: "in a transaction", E: "failed transaction" })[letter],
        );
        return {
          summary: `${name} ${state === "I" ? "idle" : state === "T" ? "in a transaction" : "failed transaction"}`,
          answers: "query",
        };
      }
      case "T": {
        const count = tree.u16("Columns", REF);
        const names: string[] = [];
        for (let i = 0; i < count; i++) {
          tree.group("Column", (group) => {
            group.meaning = clip(tree.zeroText("Name", REF));
            names.push(group.meaning);
            tree.u32("Table", REF);
            tree.u16("Attribute", REF);
            tree.u32("Type", REF);
            tree.u16("Type size", REF);
            tree.u32("Type modifier", REF);
            tree.u16("Format", REF, { 0: "text", 1: "binary" });
          }, { ref: REF });
        }
        return { summary: clip(`${name} ${names.join(", ")}`, 140), text: names.join("\t") };
      }
      case "D": {
        const count = tree.u16("Columns", REF);
        const values: string[] = [];
        for (let i = 0; i < count; i++) values.push(this.#value(tree, "Value"));
        return { summary: clip(`${name} ${values.join(", ")}`, 140), text: values.join("\t") };
      }
      case "C":
        return { summary: `${name} ${clip(tree.zeroText("Command", REF))}` };
      case "E":
      case "N": {
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
    }
    tree.rest("Data", REF);
    return { summary: name };
  }
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
