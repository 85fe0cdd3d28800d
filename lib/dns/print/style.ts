// How dig lays out the text of records: columns, and what the display options leave out (its "master file style"). Pure.
import type { Lookup, OctetText, Settings } from "../dig/settings.ts";
import type { TextStyle } from "../records/shape.ts";

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
