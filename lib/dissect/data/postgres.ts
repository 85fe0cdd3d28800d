// PostgreSQL's protocol 3.0 (PostgreSQL documentation, "Frontend/Backend Protocol"): start-up, login, simple and
// extended query. Pure.
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import { CLIENT, ERROR_FIELDS, FORMATS, REF, SERVER, SPECIAL } from "./postgres_names.ts";
import { copyData, replicationData } from "./postgres_copy.ts";
import { PostgresLogin } from "./postgres_login.ts";
import { PostgresQueries, unnamed } from "./postgres_queries.ts";
import { value } from "./postgres_values.ts";

const LENGTH_LIMIT = 0x40000000;

class Postgres implements StreamDissector {
  /** The first message of the client has no type octet; nor has what follows a refused request for TLS. */
  #starting = true;
  /** The server answers a request for encryption with one octet. */
  #oneOctet = "";
  /** The stream of changes that replication sends: COPY in both directions. */
  #replicating = false;
  readonly #login = new PostgresLogin();
  readonly #queries = new PostgresQueries();

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
        return this.#queries.query(tree);
      case "P":
        return this.#queries.parse(tree);
      case "p":
        return this.#login.password(tree);
      case "B":
        return this.#queries.bind(tree);
      case "D":
      case "C":
        return this.#queries.describeOrClose(tree, type, name);
      case "E":
        tree.zeroText("Portal", REF, unnamed);
        tree.u32("Rows at most", REF, (rows) => rows === 0 ? "all" : undefined);
        return { summary: name };
      case "S":
        return this.#queries.sync(name);
      case "d":
        return this.#replicating ? replicationData(tree, name) : copyData(tree, name);
      case "F":
        return this.#queries.functionCall(tree, name);
      case "f":
        return { summary: `${name} ${clip(tree.zeroText("Reason", REF))}` };
    }
    tree.rest("Data", REF);
    return { summary: name };
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
        return this.#login.authentication(tree, name);
      case "S": {
        const key = tree.zeroText("Name", REF);
        return { summary: clip(`${name} ${key}=${tree.zeroText("Value", REF)}`, 120) };
      }
      case "K":
        tree.u32("Process", REF);
        tree.rest("Key", REF);
        return { summary: name };
      case "Z":
        return this.#queries.ready(tree, name);
      case "T":
        return this.#queries.rowDescription(tree, name);
      case "2":
        return this.#queries.bound(name);
      case "D":
        return this.#queries.row(tree, name);
      case "t":
        return this.#queries.parameterTypes(tree, name);
      case "G":
      case "H":
      case "W":
        this.#replicating = type === "W";
        tree.u8("Format", REF, FORMATS);
        for (let left = tree.u16("Columns", REF); left > 0; left--) tree.u16("Format", REF, FORMATS);
        return { summary: name, answers: "query" };
      case "n":
        return this.#queries.noData(name);
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
