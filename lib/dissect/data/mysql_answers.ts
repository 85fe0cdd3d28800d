// What MySQL's server answers: OK, errors, results of columns and rows, prepared statements. Pure.
import type { Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import { CAPABILITY, EXECUTE, FETCH, PREPARE, REF, STATUS, TYPES } from "./mysql_names.ts";
import { binaryValue, columnDefinition, integer, lengthText, nullBitmap, sessionState } from "./mysql_values.ts";

/** What a value's form depends on. */
export interface Column {
  readonly type: number;
  readonly unsigned: boolean;
}

/** A prepared statement: what its parameters and its result's columns are. */
export interface Statement {
  parameters: number;
  types: Column[];
  columns: Column[];
}

/** What the server's next packets are. */
type Expected = "first" | "parameters" | "columns" | "rows" | "nothing";

/** The answers of one connection, as the request at hand makes them. */
export class Answers {
  /** Whether the login is over. */
  loggedIn = false;
  /** Capabilities that both have; `undefined` when the login was not seen. */
  capabilities: number | undefined;
  command = 0;
  expected: Expected = "nothing";
  /** Definitions that are to come: of parameters, of columns. */
  parameters = 0;
  left = 0;
  /** Columns of the result at hand. */
  columns: Column[] = [];
  readonly statements = new Map<number, Statement>();
  statement: Statement | undefined;

  has(capability: number): boolean {
    return this.capabilities !== undefined && (this.capabilities & capability) !== 0;
  }

  error(tree: Tree): Words {
    tree.u8("Header", REF, () => "error");
    const code = tree.u16Le("Error code", REF);
    if (tree.reader.peek() === 0x23) {
      tree.text("Marker", 1, REF);
      tree.text("SQLSTATE", 5, REF);
    }
    const text = tree.remaining === 0 ? "" : tree.text("Message", tree.remaining, REF);
    this.expected = "nothing";
    return { summary: `error ${code}: ${clip(text, 140)}`, answers: this.#key() };
  }

  #key(): string {
    return this.loggedIn ? "mysql" : "login";
  }

  /** An OK packet: also the end of a result without EOF packets. */
  ok(tree: Tree): Words {
    const answers = this.#key();
    tree.u8("Header", REF, (octet) => octet === 0 ? "ok" : "ok, the end of the result");
    const changed = integer(tree, "Rows affected");
    integer(tree, "Last insert id");
    const status = tree.remaining >= 2 ? tree.flagsLe("Status", 2, STATUS, REF) : 0;
    if (tree.remaining >= 2) tree.u16Le("Warnings", REF);
    if (this.has(CAPABILITY.sessionTrack) && tree.remaining > 0) {
      lengthText(tree, "Info");
      if ((status & 0x4000) !== 0 && tree.remaining > 0) sessionState(tree);
    }
    tree.rest("Info", REF);
    this.expected = (status & 8) !== 0 ? "first" : "nothing";
    return { summary: changed > 0 ? `ok, ${counted(changed, "row")} affected` : "ok", answers };
  }

  /** The end of definitions or rows, before OK packets took its place. */
  #eof(tree: Tree): Words {
    tree.u8("Header", REF, () => "end");
    tree.u16Le("Warnings", REF);
    const status = tree.remaining >= 2 ? tree.flagsLe("Status", 2, STATUS, REF) : 0;
    if (this.expected === "rows" || (status & 64) !== 0) {
      this.expected = (status & 8) !== 0 ? "first" : "nothing";
      return { summary: "end of the rows", answers: "mysql" };
    }
    const what = this.expected;
    this.#next();
    return { summary: what === "parameters" ? "end of the parameters" : "end of the columns" };
  }

  /** What follows definitions. */
  #next(): void {
    if (this.expected === "parameters" && this.left > 0) this.expected = "columns";
    else this.expected = this.command === PREPARE || this.command === 4 ? "nothing" : "rows";
  }

  answer(tree: Tree, length: number): Words {
    const first = tree.reader.peek();
    if (first === 0xff) return this.error(tree);
    const eof = first === 0xfe && length <= 5 && !this.has(CAPABILITY.deprecateEof);
    if (eof) return this.#eof(tree);
    switch (this.expected) {
      case "first":
        return this.#first(tree, first);
      case "parameters":
      case "columns":
        if (first === 0xfe && length < 0xffffff) return this.ok(tree);
        return this.#definition(tree);
      case "rows":
        if (first === 0xfe && length < 0xffffff) return this.ok(tree);
        return this.#row(tree);
    }
    if (first === 0 && length >= 7) return this.ok(tree);
    tree.rest("Data", REF);
    return { summary: "data", answers: "mysql" };
  }

  /** The first packet of an answer. */
  #first(tree: Tree, first: number | undefined): Words {
    if (this.command === PREPARE && first === 0) return this.#prepared(tree);
    if (this.command === 9) {
      this.expected = "nothing";
      return { summary: `statistics ${clip(tree.text("Text", tree.remaining, REF), 140)}`, answers: "mysql" };
    }
    if (first === 0 && this.command === 18) {
      tree.u8("Header", REF, () => "ok");
      tree.rest("Event", REF);
      return { summary: "binlog event" };
    }
    if (first === 0 || first === 0xfe) return this.ok(tree);
    if (first === 0xfb) {
      tree.u8("Header", REF, () => "the client's file is wanted");
      const file = tree.text("File name", tree.remaining, `${REF} LOCAL INFILE`);
      return { summary: `wants the client's file ${clip(file)}`, answers: "mysql" };
    }
    const columns = integer(tree, "Columns");
    const follow = tree.remaining !== 1 ||
      tree.u8("Column definitions follow", REF, { 0: "no, as before", 1: "yes" }) === 1;
    this.left = follow ? columns : 0;
    this.expected = follow ? "columns" : "rows";
    this.columns = follow ? [] : this.statement?.columns ?? [];
    return { summary: `result of ${counted(columns, "column")}`, answers: "mysql" };
  }

  #prepared(tree: Tree): Words {
    const ref = `${REF} COM_STMT_PREPARE`;
    tree.u8("Header", ref, () => "ok");
    const id = tree.u32Le("Statement", ref, () => "the number to execute it by");
    const columns = tree.u16Le("Columns", ref), parameters = tree.u16Le("Parameters", ref);
    if (tree.remaining > 0) tree.u8("Filler", ref);
    if (tree.remaining >= 2) tree.u16Le("Warnings", ref);
    const follow = tree.remaining === 0 || tree.u8("Definitions follow", ref, { 0: "no", 1: "yes" }) === 1;
    this.statement = { parameters, types: [], columns: [] };
    if (this.statements.size >= 1024) this.statements.clear();
    this.statements.set(id, this.statement);
    this.parameters = follow ? parameters : 0;
    this.left = follow ? columns : 0;
    this.columns = this.statement.columns;
    this.expected = this.parameters > 0 ? "parameters" : this.left > 0 ? "columns" : "nothing";
    return {
      summary: `prepared as ${id}: ${counted(parameters, "parameter")}, ${counted(columns, "column")}`,
      answers: "mysql",
    };
  }

  /** What a column or a parameter is. */
  #definition(tree: Tree): Words {
    const { name, type, unsigned } = columnDefinition(tree);
    const parameter = this.expected === "parameters";
    const column = { type, unsigned };
    const separate = !this.has(CAPABILITY.deprecateEof);
    if (parameter) {
      if (--this.parameters === 0 && !separate) this.#next();
    } else {
      if (this.columns.length < 4096) this.columns.push(column);
      if (this.command === EXECUTE && this.statement !== undefined) this.statement.columns = this.columns;
      if (--this.left === 0 && !separate) this.#next();
    }
    return { summary: `${parameter ? "parameter" : "column"} ${clip(name)} ${TYPES[type] ?? type}` };
  }

  #row(tree: Tree): Words {
    const values: string[] = [];
    if (this.command === EXECUTE || this.command === FETCH) {
      tree.u8("Header", `${REF} binary row`);
      if (this.columns.length === 0) {
        tree.rest("Values", `${REF} binary row`, "the columns are not known");
        return { summary: "row" };
      }
      const isNull = nullBitmap(tree, this.columns.length, 2);
      for (const [i, { type, unsigned }] of this.columns.entries()) {
        values.push(isNull(i) ? "NULL" : binaryValue(tree, "Value", type, unsigned));
      }
    } else {
      for (let i = 0; tree.remaining > 0; i++) {
        const type = this.columns[i]?.type;
        values.push(lengthText(tree, "Value", type === undefined ? undefined : TYPES[type]));
      }
    }
    return { summary: `row ${clip(values.join(", "), 140)}`, text: values.join("\t") };
  }
}
