// PostgreSQL's queries: what the client asks, and the rows that come, whose types Parse, Describe and Bind tell. Pure.
import { clip, counted } from "../coding/words.ts";
import type { Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { FORMATS, REF } from "./postgres_names.ts";
import { TYPES, value } from "./postgres_values.ts";

/** What ReadyForQuery says of the session. */
const TRANSACTION: Readonly<Record<string, string>> = { I: "idle", T: "in a transaction", E: "failed transaction" };

/** What an empty name of a statement or portal says. */
export const unnamed = (text: string) => text === "" ? "unnamed" : undefined;

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

/** The statements and rows of one connection. */
export class PostgresQueries {
  /** Types of parameters by statement, from Parse and ParameterDescription. */
  readonly #parameters = new Map<string, number[]>();
  /** The columns of the rows at hand. */
  #columns: Column[] = [];
  /** Columns of the results of statements, by name. */
  readonly #results = new Map<string, Column[]>();
  /** What Describe and Bind asked, in order, until it is answered; "sync" ends what an error throws away. */
  readonly #asked: Asked[] = [];

  query(tree: Tree): Words {
    const query = tree.zeroText("Query", REF);
    this.#ask({ kind: "sync" });
    return { summary: `Query ${clip(query, 140)}`, asks: "query", text: query };
  }

  parse(tree: Tree): Words {
    const statement = tree.zeroText("Statement", REF, unnamed);
    const query = tree.zeroText("Query", REF);
    const count = tree.u16("Parameter types", REF, (number) => number === 0 ? "left to the server" : undefined);
    const types: number[] = [];
    for (let i = 0; i < count; i++) types.push(tree.u32("Type", REF, TYPES));
    if (this.#parameters.size >= 1024) this.#parameters.clear();
    this.#parameters.set(statement, types);
    return { summary: `Parse ${clip(`${statement} ${query}`.trim(), 140)}`, text: query };
  }

  bind(tree: Tree): Words {
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

  describeOrClose(tree: Tree, type: "C" | "D", name: string): Words {
    const kind = tree.text("Kind", 1, REF, (letter) => letter === "S" ? "statement" : "portal");
    const what = tree.zeroText("Name", REF, unnamed);
    if (type === "D") this.#ask(kind === "S" ? { kind: "describe", statement: what } : { kind: "describe" });
    return { summary: `${name} ${kind === "S" ? "statement" : "portal"} ${clip(what)}`.trim() };
  }

  functionCall(tree: Tree, name: string): Words {
    this.#ask({ kind: "sync" });
    tree.u32("Function", REF, () => "its number in the catalog");
    this.#formats(tree, "Argument formats");
    const count = tree.u16("Arguments", REF);
    for (let i = 0; i < count; i++) value(tree, "Argument", REF, undefined, false);
    tree.u16("Result format", REF, FORMATS);
    return { summary: name, asks: "query" };
  }

  sync(name: string): Words {
    this.#ask({ kind: "sync" });
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

  /** Format codes: none is text for all, one is for all. */
  #formats(tree: Tree, name: string): number[] {
    const count = tree.u16(
      name,
      REF,
      (number) => number === 0 ? "all as text" : number === 1 ? "one for all" : undefined,
    );
    return Array.from({ length: Math.min(count, tree.remaining + 1) }, () => tree.u16("Format", REF, FORMATS));
  }

  ready(tree: Tree, name: string): Words {
    this.#answer("sync");
    const state = tree.text("Status", 1, REF, (letter) => TRANSACTION[letter]);
    return { summary: `${name} ${TRANSACTION[state] ?? "failed transaction"}`, answers: "query" };
  }

  /** NoData: what Describe asked for gives no rows. */
  noData(name: string): Words {
    this.#answer("describe");
    this.#columns = [];
    return { summary: name };
  }

  rowDescription(tree: Tree, name: string): Words {
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
  bound(name: string): Words {
    const { statement = "", formats = [] } = this.#answer("bind") ?? {};
    this.#columns = (this.#results.get(statement) ?? [])
      .map(({ type }, i) => ({ type, binary: (formats[i] ?? formats[0]) === 1 }));
    return { summary: name };
  }

  row(tree: Tree, name: string): Words {
    const count = tree.u16("Columns", REF);
    const values: string[] = [];
    for (let i = 0; i < count; i++) {
      const column = this.#columns[i];
      values.push(value(tree, "Value", REF, column?.type, column?.binary === true));
    }
    return { summary: clip(`${name} ${values.join(", ")}`, 140), text: values.join("\t") };
  }

  parameterTypes(tree: Tree, name: string): Words {
    const count = tree.u16("Parameters", REF);
    const types = Array.from({ length: Math.min(count, tree.remaining) }, () => tree.u32("Type", REF, TYPES));
    const statement = this.#asked.find((asked) => asked.kind === "describe")?.statement;
    if (statement !== undefined && this.#parameters.size < 1024) this.#parameters.set(statement, types);
    return { summary: clip(`${name} ${types.map((type) => TYPES[type] ?? type).join(", ")}`, 140) };
  }
}
