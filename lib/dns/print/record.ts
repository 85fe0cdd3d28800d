// One record or question as a line of dig's answer. Pure.
import type { Question, ResourceRecord } from "../message.ts";
import type { DnsName } from "../name.ts";
import type { Rdata } from "../rdata.ts";
import { ttlUnits } from "../records/ttl_text.ts";
import { className, typeName } from "../types.ts";
import type { OctetText } from "../dig/settings.ts";
import { indentTo, type RecordStyle } from "./style.ts";
import type { TextStyle } from "../records/shape.ts";

/** A name as it is printed: absolute, escaped, in its international form where that is asked for. */
export function nameText(name: DnsName, style: Pick<RecordStyle, "idn">): OctetText {
  const text = name.toString();
  return style.idn === undefined ? text : style.idn(text);
}

/** Data as text; names inside in their international form where that is asked for (never inside quotes). */
export function rdataText(rdata: Rdata, style: TextStyle, idn?: (name: OctetText) => OctetText): OctetText {
  const text = rdata.text(style);
  if (idn === undefined || !/xn--/i.test(text)) return text;
  return text.replace(/"(?:[^"\\]|\\[^])*"|[^\s"]*xn--[^\s"]*/gi, (word) => word.startsWith('"') ? word : idn(word));
}

function typeText(type: number, style: RecordStyle): string {
  return style.unknownFormat ? `TYPE${type}` : typeName(type);
}

function classText(rdclass: number, style: RecordStyle): string {
  return style.unknownFormat ? `CLASS${rdclass}` : className(rdclass);
}

/** Quotes of YAML's single-quoted style: doubled inside. */
function yamlQuoted(text: OctetText): OctetText {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The words of a line at their columns. */
class Line {
  text: OctetText = "";
  #column = 0;
  readonly #yaml: boolean;

  constructor(yaml: boolean) {
    this.#yaml = yaml;
  }

  word(text: OctetText, column: number): void {
    if (column > 0) {
      this.text += this.#yaml ? " " : indentTo(this.#column, column);
      this.#column = Math.max(column, this.#column + 1);
    }
    this.text += text;
    this.#column += text.length;
  }
}

/** Types with IPv6 addresses in their text: A6, AAAA, APL, IPSECKEY, AMTRELAY. */
const WITH_IPV6: ReadonlySet<number> = new Set([28, 38, 42, 45, 260]);

/** A record's line, with its line feed. `yamlIndent` stands before a YAML line. */
export function recordLine(record: ResourceRecord, style: RecordStyle, yamlIndent = ""): OctetText {
  const { columns } = style;
  const line = new Line(style.yaml);
  line.word(nameText(record.name, style), 0);
  if (style.ttl !== "none") {
    line.word(style.ttl === "units" ? ttlUnits(record.ttl).toLowerCase() : String(record.ttl), columns.ttl);
  }
  if (style.rdclass) line.word(classText(record.rdclass, style), columns.rdclass);
  line.word(typeText(record.type, style), columns.type);
  let data = rdataText(record.rdata, style.text, style.idn);
  // An IPv6 address that ends in a colon would read as a key.
  if (style.yaml && WITH_IPV6.has(record.type)) data = data.replace(/::(?=\s|\/|$)/g, "::0");
  line.word(data, columns.rdata);
  return style.yaml ? `${yamlIndent}- ${yamlQuoted(line.text)}\n` : `${line.text}\n`;
}

/** A question's line, with its line feed. */
export function questionLine(question: Question, style: RecordStyle, yamlIndent = ""): OctetText {
  const { columns } = style;
  const line = new Line(style.yaml);
  line.word(nameText(question.name, style), 0);
  line.word(classText(question.rdclass, style), columns.rdclass);
  line.word(typeText(question.type, style), columns.type);
  return style.yaml ? `${yamlIndent}- ${yamlQuoted(line.text)}\n` : `;${line.text}\n`;
}
