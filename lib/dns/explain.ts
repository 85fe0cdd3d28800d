// The annotated view of a DNS message: every octet in a tree of named ranges (RFC 1035 4). Pure.
import { secondsText } from "../base/text.ts";
import { FormatError } from "../base/errors.ts";
import { type Field, FieldBuilder } from "../base/field.ts";
import { ByteReader } from "../base/reader.ts";
import { explainName } from "./explain_name.ts";
import { recordType } from "./rdata.ts";
import { explainRdata } from "./rdata_explain.ts";
import { CLASS, className, opcodeName, rcodeMeaning, rcodeName, registeredTypeName, TYPE } from "./types.ts";

const HEADER = "RFC 1035 4.1.1";
const QUESTION = "RFC 1035 4.1.2";
const RECORD = "RFC 1035 4.1.3";
const OPT = "RFC 6891 6.1.3";
const OPT_FLAGS = "RFC 6891 6.1.4";

/** The flags of the header's second word: name, first bit, meaning of 1, of 0, source. */
const FLAGS: readonly (readonly [string, number, string, string, string])[] = [
  ["AA", 5, "authoritative answer", "not authoritative", HEADER],
  ["TC", 6, "truncated", "not truncated", HEADER],
  ["RD", 7, "recursion desired", "recursion not desired", HEADER],
  ["RA", 8, "recursion available", "recursion not available", HEADER],
  ["Z", 9, "reserved bit set", "reserved, zero", HEADER],
  ["AD", 10, "authentic data", "not authenticated", "RFC 4035 3.2.3"],
  ["CD", 11, "checking disabled", "checking enabled", "RFC 4035 3.2.2"],
];

const COUNTS = ["Questions", "Answers", "Authorities", "Additionals"] as const;
const SECTIONS = ["Answer", "Authority", "Additional"] as const;

function explainHeader(builder: FieldBuilder): readonly number[] {
  return builder.group("Header", () => {
    builder.field("ID", (r) => r.u16(), { ref: HEADER });
    builder.group("Flags", (group) => {
      const word = builder.reader.u16();
      const bit = (name: string, at: number, count: number, meaning: string, ref: string) =>
        builder.bits(name, 2, at, count, { meaning, ref });
      const opcode = (word >> 11) & 15, rcode = word & 15;
      bit("QR", 0, 1, word >= 0x8000 ? "response" : "query", HEADER);
      bit("Opcode", 1, 4, opcodeName(opcode), HEADER);
      const set: string[] = [];
      for (const [name, at, one, zero, ref] of FLAGS) {
        const on = (word & (0x8000 >> at)) !== 0;
        // In a query the bit speaks of the one who asks.
        if (name === "AD" && word < 0x8000) {
          bit(name, at, 1, on ? "asks whether the data is authentic" : "does not ask", "RFC 6840 5.7");
        } else bit(name, at, 1, on ? one : zero, ref);
        if (on) set.push(name.toLowerCase());
      }
      const said = rcodeMeaning(rcode);
      const name = rcodeName(rcode) ?? `RCODE ${rcode}`;
      bit("RCODE", 12, 4, said === undefined ? name : `${name}: ${said.meaning}`, said?.ref ?? HEADER);
      group.meaning = [word >= 0x8000 ? "response" : "query", opcodeName(opcode), ...set, name].join(" ");
    }, { ref: HEADER });
    return COUNTS.map((name) => builder.field(name, (r) => r.u16(), { ref: HEADER }));
  }, { ref: HEADER });
}

/** The class without mDNS's bit, which stands above "IN" (RFC 6762 5.4, 10.2). */
function plainClass(rdclass: number): number {
  return rdclass === 0x8001 ? CLASS.IN : rdclass;
}

function explainQuestion(builder: FieldBuilder): void {
  builder.group("Question", (group) => {
    const name = explainName(builder, "Name", QUESTION);
    const type = builder.field(
      "Type",
      (r) => r.u16(),
      (value) => ({ meaning: registeredTypeName(value), ref: QUESTION }),
    );
    const rdclass = builder.field("Class", (r) => r.u16(), (value) => ({
      meaning: value === 0x8001 ? "IN, an answer to the asker alone is wanted (mDNS)" : className(value),
      ref: value === 0x8001 ? "RFC 6762 5.4" : QUESTION,
    }));
    group.meaning = `${name} ${className(plainClass(rdclass))} ${registeredTypeName(type)}`;
  }, { ref: QUESTION });
}

/** The words that an OPT record has for class and TTL. */
function explainOptWords(builder: FieldBuilder): void {
  builder.field("UDP payload size", (r) => r.u16(), { ref: "RFC 6891 6.1.2" });
  builder.group("Extended RCODE and flags", () => {
    builder.field("Extended RCODE", (r) => r.u8(), { meaning: "upper eight bits of the RCODE", ref: OPT });
    builder.field("Version", (r) => r.u8(), { ref: OPT });
    builder.group("EDNS flags", () => {
      const word = builder.reader.u16();
      const bit = (name: string, at: number, count: number, meaning: string, ref: string) =>
        builder.bits(name, 2, at, count, { meaning, ref });
      bit("DO", 0, 1, (word & 0x8000) !== 0 ? "DNSSEC records wanted" : "no DNSSEC records wanted", "RFC 3225 3");
      bit("CO", 1, 1, (word & 0x4000) !== 0 ? "compact answers wanted" : "no compact answers wanted", "RFC 9824 5.1");
      bit("Z", 2, 14, (word & 0x3fff) !== 0 ? "reserved bits set" : "reserved, zero", OPT_FLAGS);
    }, { ref: OPT_FLAGS });
  }, { ref: OPT });
}

/** Data and what is wrong with it: the rest of the message can still be explained. */
function explainData(builder: FieldBuilder, type: number, rdclass: number, length: number, zoneClass: number): string {
  const { reader } = builder;
  let text = "";
  const summary = recordType(type, rdclass)?.summary;
  builder.group("Data", (group) => {
    const data = reader.child(length, "record data");
    if (length === 0 && rdclass >= CLASS.NONE) {
      group.meaning = "none";
      return;
    }
    const inner = new FieldBuilder(data, group);
    try {
      text = explainRdata(inner, type, rdclass === CLASS.NONE ? zoneClass : rdclass).text();
      if (type === TYPE.OPT) text = group.children?.map((option) => option.meaning ?? "").join(", ") ?? "";
      if (text !== "") group.meaning = text;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      if (!hasError(group)) group.error = error.message;
      unread(inner);
    }
  }, { ref: recordType(type, rdclass)?.ref ?? "RFC 3597 5", meaning: summary });
  return text;
}

/** Whether an error is recorded inside. */
function hasError(field: Field): boolean {
  return field.children?.some((child) => child.error !== undefined || hasError(child)) ?? false;
}

/** What the reader has left, as one range. */
function unread(builder: FieldBuilder): void {
  const { reader } = builder;
  if (reader.remaining > 0) builder.field("Unread octets", (r) => r.rest());
}

function explainRecord(builder: FieldBuilder, section: string, zoneClass: number): void {
  builder.group(`${section} record`, (group) => {
    const name = explainName(builder, "Name", RECORD);
    const type = builder.field(
      "Type",
      (r) => r.u16(),
      (value) => ({ meaning: registeredTypeName(value), ref: RECORD }),
    );
    let rdclass: number = CLASS.IN, head = "";
    if (type === TYPE.OPT) explainOptWords(builder);
    else {
      rdclass = builder.field("Class", (r) => r.u16(), (value) => ({
        meaning: value === 0x8001 ? "IN, older answers are to be forgotten (mDNS)" : className(value),
        ref: value === 0x8001 ? "RFC 6762 10.2" : RECORD,
      }));
      rdclass = plainClass(rdclass);
      const ttl = builder.field("TTL", (r) => r.u32(), (value) => ({ meaning: secondsText(value), ref: RECORD }));
      head = `${ttl} ${className(rdclass)} `;
    }
    const length = builder.field("Data length", (r) => r.u16(), { ref: RECORD });
    const text = explainData(builder, type, rdclass, length, zoneClass);
    group.meaning = `${name} ${head}${registeredTypeName(type)}${text === "" ? "" : ` ${text}`}`;
  }, { ref: RECORD });
}

/** Leaves an error only with the innermost range that has it, and gives each range its parent's source where it has none. */
function tidy(field: Field): void {
  for (const child of field.children ?? []) {
    if (child.ref === undefined && field.ref !== undefined) child.ref = field.ref;
    tidy(child);
  }
  if (field.error !== undefined && hasError(field)) delete field.error;
}

/** Moves a tree from offsets in a part to offsets in the whole. */
function shift(field: Field, by: number): void {
  (field as { offset: number }).offset += by;
  for (const child of field.children ?? []) shift(child, by);
}

/**
 * The tree of the message in `bytes[start..end)`; offsets count from the start of `bytes`, compression pointers from
 * `start` as on the wire. Every octet lies in a leaf. Malformed octets: the tree up to where it breaks, the reason in
 * `error` of the innermost range, what is left as one range "Unread octets"; malformed data of one record does not keep
 * the next ones from being explained. Never throws for any octets.
 */
export function explainMessage(bytes: Uint8Array, start = 0, end: number = bytes.length): Field {
  const part = start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
  const reader = new ByteReader(part);
  const root: Field = { name: "DNS message", offset: 0, length: part.length, ref: "RFC 1035 4", children: [] };
  const builder = new FieldBuilder(reader, root);
  try {
    const counts = explainHeader(builder);
    const zoneClass = classOfQuestion(part, counts[0]!);
    for (let left = counts[0]!; left > 0; left--) explainQuestion(builder);
    SECTIONS.forEach((section, i) => {
      for (let left = counts[i + 1]!; left > 0; left--) explainRecord(builder, section, zoneClass);
    });
    if (reader.remaining > 0) {
      builder.field("Trailing octets", (r) => r.rest(), { meaning: "after the last record that the header counts" });
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (!hasError(root)) root.error = error.message;
    builder.current = root;
    unread(builder);
  }
  tidy(root);
  root.meaning = summary(root);
  if (start !== 0) shift(root, start);
  return root;
}

/** The class of the first question, which an update's deletions are read in; IN when there is none. */
function classOfQuestion(part: Uint8Array, questions: number): number {
  if (questions === 0) return CLASS.IN;
  let at = 12;
  while (at < part.length && part[at]! > 0 && part[at]! < 0x40) at += part[at]! + 1;
  const rdclass = at + 5 <= part.length ? (part[at + 3]! << 8) | part[at + 4]! : CLASS.IN;
  return plainClass(rdclass);
}

/** One line for the whole message: what its flags and first question say. */
function summary(root: Field): string {
  const words: string[] = [];
  for (const child of root.children ?? []) {
    if (child.name === "Header") words.push(child.children?.find((field) => field.name === "Flags")?.meaning ?? "");
    else if (child.name === "Question" && words.length < 2) words.push(child.meaning ?? "");
  }
  return words.filter((word) => word !== "").join(", ");
}
