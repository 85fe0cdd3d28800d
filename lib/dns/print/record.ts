// One record or question as a line of dig's answer, and how such lines are laid out: columns, and what the display options
// leave out (its "master file style"). Pure.
import type { Lookup, OctetText, Settings } from "../dig/settings.ts";
import type { Question, ResourceRecord } from "../model.ts";
import type { DnsName } from "../name.ts";
import type { Rdata } from "../rdata.ts";
import { ttlUnits } from "../records/layout.ts";
import type { TextStyle } from "../records/shape.ts";
import { className, typeName } from "../types.ts";

/** Text columns, counted from 0, reached by tabs of eight. */
export interface Columns {
  readonly ttl: number;
  readonly rdclass: number;
  readonly type: number;
  readonly rdata: number;
}

const WIDE: Columns = { ttl: 24, rdclass: 32, type: 40, rdata: 48 };
const MIDDLE: Columns = { ttl: 24, rdclass: 24, type: 32, rdata: 40 };
const NARROW: Columns = { ttl: 24, rdclass: 24, type: 24, rdata: 32 };
const LINE = 80;

/** How the records of a lookup are printed. */
export interface RecordStyle {
  readonly columns: Columns;
  /** One blank between words and quotes around each record, as YAML wants it. */
  readonly yaml: boolean;
  readonly ttl: "none" | "seconds" | "units";
  readonly rdclass: boolean;
  /** Types and classes by number: `TYPE1`, `CLASS1`. */
  readonly unknownFormat: boolean;
  readonly text: TextStyle;
  /** Names as people write them (`+idnout`): changes the text of a name. */
  readonly idn?: ((name: OctetText) => OctetText) | undefined;
}

/** Tabs and blanks from column `from` to column `to`, at least one blank. */
export function indentTo(from: number, to: number): string {
  const target = Math.max(to, from + 1);
  const tabs = Math.max(0, Math.floor(target / 8) - Math.floor(from / 8));
  const at = tabs > 0 ? Math.floor(target / 8) * 8 : from;
  return "\t".repeat(tabs) + " ".repeat(target - at);
}

/** The style that a lookup's display options ask for. */
export function recordStyle(
  lookup: Lookup,
  settings: Settings,
  idn?: ((name: OctetText) => OctetText) | undefined,
): RecordStyle {
  const { multiline, noTtl, noClass } = lookup;
  const columns = multiline || (noTtl && noClass) ? NARROW : noTtl || noClass ? MIDDLE : WIDE;
  if (settings.yaml) {
    return {
      columns,
      yaml: true,
      ttl: "seconds",
      rdclass: true,
      unknownFormat: false,
      text: { width: settings.split ?? 60 },
      idn,
    };
  }
  const text: TextStyle = {
    multiline,
    comments: lookup.rrComments > 0 || (multiline && lookup.rrComments >= 0),
    crypto: !lookup.noCrypto,
    expandAaaa: lookup.expandAaaa,
    unknownFormat: lookup.unknownFormat,
    width: settings.split ?? (multiline ? LINE - columns.rdata : 60),
    lineBreak: multiline ? `\n${indentTo(0, columns.rdata)}` : " ",
  };
  return {
    columns,
    yaml: false,
    ttl: noTtl ? "none" : lookup.ttlUnits ? "units" : "seconds",
    rdclass: !noClass,
    unknownFormat: lookup.unknownFormat,
    text,
    idn,
  };
}

/** The style of `+short`: data alone, on one line. */
export function shortStyle(lookup: Lookup, settings: Settings): TextStyle {
  return {
    comments: lookup.rrComments > 0,
    crypto: !lookup.noCrypto,
    expandAaaa: lookup.expandAaaa,
    unknownFormat: lookup.unknownFormat,
    width: settings.split ?? 60,
  };
}

/** A name as it is printed: absolute, escaped, in its international form where that is asked for. */
function nameText(name: DnsName, style: Pick<RecordStyle, "idn">): OctetText {
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
    line.word(style.ttl === "units" ? ttlUnits(record.ttl) : String(record.ttl), columns.ttl);
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
