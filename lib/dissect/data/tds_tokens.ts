// What SQL Server answers: a stream of tokens (MS-TDS 2.2.7). Columns are remembered for the rows after them. Pure.
// To add a token: its name in `NAMES` and its case in `read`.
import { names } from "../coding/names.ts";
import { utf16Text } from "../coding/rows.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import { typedValue, type TypeInfo, typeInfo } from "./tds_types.ts";

const NAMES = names(`
  0x79 RETURNSTATUS; 0x81 COLMETADATA; 0xa9 ORDER; 0xaa ERROR; 0xab INFO; 0xac RETURNVALUE; 0xad LOGINACK;
  0xae FEATUREEXTACK; 0xd1 ROW; 0xd2 NBCROW; 0xe3 ENVCHANGE; 0xe4 SESSIONSTATE; 0xed SSPI; 0xfd DONE; 0xfe DONEPROC;
  0xff DONEINPROC
`);
const DONE = [
  "more follows",
  "error",
  "in a transaction",
  "",
  "the count holds",
  "attention confirmed",
  "",
  "",
  "server error",
];
const COLUMN = [
  "can be NULL",
  "case matters",
  "can be updated, perhaps",
  "can be updated",
  "counts up by itself",
  "computed",
];
const CHANGES = names(`
  1 database; 2 language; 3 character set; 4 packet size; 5 sort order; 7 collation; 8 begins a transaction;
  9 commits a transaction; 10 rolls a transaction back; 13 mirror partner; 17 transaction ended; 18 connection reset;
  20 routing
`);

/** The tokens of one connection. */
export class Tokens {
  #columns: TypeInfo[] = [];

  /** All tokens of the tree; gives a line for each that says something. */
  read(tree: Tree): string[] {
    const lines: string[] = [];
    while (tree.remaining > 0) {
      let whole = true;
      tree.group("Token", (group) => {
        const token = tree.u8("Token", "MS-TDS 2.2.7", NAMES);
        const line = this.#token(tree, token);
        if (line === undefined) {
          whole = false;
          return;
        }
        group.meaning = line === "" ? NAMES[token] ?? "" : clip(line, 160);
        if (line !== "" && lines.length < 200) lines.push(line);
      }, { ref: "MS-TDS 2.2.7" });
      // The length of what is not known is not known either.
      if (!whole) {
        tree.rest("More tokens", "MS-TDS 2.2.7");
        break;
      }
    }
    return lines;
  }

  #token(tree: Tree, token: number): string | undefined {
    switch (token) {
      case 0xfd:
      case 0xfe:
      case 0xff: {
        const ref = "MS-TDS 2.2.7.6";
        const status = tree.flagsLe("Status", 2, DONE, ref);
        tree.u16Le("Command", ref, { 0xc1: "SELECT", 0xc3: "INSERT", 0xc4: "DELETE", 0xc5: "UPDATE" });
        const holds = () => (status & 16) === 0 ? "does not hold" : undefined;
        // Before TDS 7.2 the count had four octets.
        const count = tree.remaining < 8 ? tree.u32Le("Rows", ref, holds) : tree.u64Le("Rows", ref, holds);
        return (status & 16) === 0 ? "" : counted(count, "row");
      }
      case 0xaa:
      case 0xab:
        return this.#notice(tree, token);
      case 0xe3:
        return this.#change(tree);
      case 0xad: {
        const ref = "MS-TDS 2.2.7.14";
        let program = "";
        tree.within("LOGINACK", tree.u16Le("Length", ref), (part) => {
          part.u8("Interface", ref, { 0: "default", 1: "Transact-SQL" });
          part.u32("TDS version", ref);
          program = utf16Text(part, "Program", part.u8("Program length", ref) * 2, ref);
          part.rest("Program version", ref);
        });
        return `login accepted by ${program}`;
      }
      case 0x79:
        return `return status ${tree.field("Status", (r) => r.u32Le() | 0, { ref: "MS-TDS 2.2.7.18" })}`;
      case 0x81:
        return this.#metadata(tree);
      case 0xd1:
        return `row ${this.#columns.map((column) => typedValue(tree, "Value", column).trimEnd()).join(", ")}`;
      case 0xd2: {
        const count = this.#columns.length;
        const bits = tree.bytes(
          "NULL bitmap",
          (count + 7) >> 3,
          "MS-TDS 2.2.7.13",
          () => "a bit set: that value is NULL and is left out",
        );
        const values = this.#columns.map((column, i) =>
          (bits[i >> 3]! >> (i & 7) & 1) === 1 ? "NULL" : typedValue(tree, "Value", column)
        );
        return `row ${values.join(", ")}`;
      }
      case 0xac: {
        const ref = "MS-TDS 2.2.7.19";
        tree.u16Le("Ordinal", ref);
        const name = utf16Text(tree, "Name", tree.u8("Name length", ref) * 2, ref);
        tree.u8("Status", ref, { 1: "output parameter", 2: "function's value" });
        tree.u32Le("User type", ref);
        tree.flagsLe("Flags", 2, COLUMN, ref);
        const info = typeInfo(tree);
        return info === undefined ? undefined : `${name === "" ? "value" : name} = ${typedValue(tree, "Value", info)}`;
      }
      case 0xa9:
      case 0xed:
        tree.bytes("Data", tree.u16Le("Length", "MS-TDS 2.2.7"), "MS-TDS 2.2.7");
        return "";
      case 0xe4:
        tree.bytes("Data", tree.u32Le("Length", "MS-TDS 2.2.7.21"), "MS-TDS 2.2.7.21");
        return "";
      case 0xae:
        for (;;) {
          if (tree.u8("Feature", "MS-TDS 2.2.7.11", (id) => id === 255 ? "the end" : undefined) === 255) return "";
          tree.bytes("Data", tree.u32Le("Length", "MS-TDS 2.2.7.11"), "MS-TDS 2.2.7.11");
        }
    }
    return undefined;
  }

  #notice(tree: Tree, token: number): string {
    const ref = "MS-TDS 2.2.7.10";
    let line = NAMES[token]!;
    tree.within(line, tree.u16Le("Length", ref), (part) => {
      const number = part.u32Le("Number", ref);
      part.u8("State", ref);
      part.u8("Severity", ref, (level) => level > 10 ? "an error" : "a notice");
      const text = utf16Text(part, "Text", part.u16Le("Text length", ref) * 2, ref);
      utf16Text(part, "Server", part.u8("Server length", ref) * 2, ref);
      utf16Text(part, "Procedure", part.u8("Procedure length", ref) * 2, ref);
      if (part.remaining >= 4) part.u32Le("Line", ref);
      line = `${token === 0xaa ? "error" : "notice"} ${number}: ${text}`;
    });
    return line;
  }

  #change(tree: Tree): string {
    const ref = "MS-TDS 2.2.7.9";
    let line = "";
    tree.within("ENVCHANGE", tree.u16Le("Length", ref), (part) => {
      const type = part.u8("Type", ref, CHANGES);
      if (type >= 1 && type <= 4) {
        const now = utf16Text(part, "New value", part.u8("New length", ref) * 2, ref);
        utf16Text(part, "Old value", part.u8("Old length", ref) * 2, ref);
        line = `${CHANGES[type]} ${now}`;
      } else {
        const size = part.u8("New length", ref);
        if (size > 0) part.bytes("New value", Math.min(size, part.remaining), ref);
        part.rest("Old value", ref);
        line = CHANGES[type] ?? "";
      }
    });
    return line;
  }

  #metadata(tree: Tree): string | undefined {
    const ref = "MS-TDS 2.2.7.4";
    const count = tree.u16Le("Columns", ref, (number) => number === 0xffff ? "none" : undefined);
    this.#columns = [];
    const names: string[] = [];
    for (let i = 0; i < count && count !== 0xffff; i++) {
      const known = tree.group("Column", (group) => {
        tree.u32Le("User type", ref);
        tree.flagsLe("Flags", 2, COLUMN, ref);
        const info = typeInfo(tree);
        if (info === undefined) return false;
        if (info.type === 0x22 || info.type === 0x23 || info.type === 0x63) {
          for (let parts = tree.u8("Parts of the table's name", ref); parts > 0; parts--) {
            utf16Text(tree, "Table", tree.u16Le("Table length", ref) * 2, ref);
          }
        }
        const name = utf16Text(tree, "Name", tree.u8("Name length", ref) * 2, ref);
        group.meaning = clip(`${name} ${info.name}`.trim());
        names.push(group.meaning);
        this.#columns.push(info);
        return true;
      }, { ref });
      if (!known) return undefined;
    }
    return `columns ${names.join(", ")}`;
  }
}
