// EDNS options as named ranges (RFC 6891 6.1.2 and the option's own source). Pure.
// To explain the inside of an option: a line in `PARTS`.
import type { FieldBuilder } from "../base/field.ts";
import { optionSource, optionText } from "./edns_options.ts";
import { edeName, type Option } from "./records/options.ts";

const FAMILIES: Record<number, string> = { 0: "none", 1: "IPv4", 2: "IPv6" };

/** The parts of an option's data, for data that has all of them; `length` is that of the whole. */
const PARTS: Record<number, { least: number; explain: (builder: FieldBuilder, length: number) => void }> = {
  8: {
    least: 4,
    explain: (builder, length) => {
      builder.field("Address family", (r) => r.u16(), (family) => FAMILIES[family]);
      builder.field("Source prefix length", (r) => r.u8());
      builder.field("Scope prefix length", (r) => r.u8());
      if (length > 4) builder.field("Address", (r) => r.take(length - 4));
    },
  },
  9: {
    least: 4,
    explain: (builder) => void builder.field("Expire", (r) => r.u32(), (seconds) => `${seconds} seconds`),
  },
  10: {
    least: 8,
    explain: (builder, length) => {
      builder.field("Client cookie", (r) => r.take(8));
      if (length > 8) builder.field("Server cookie", (r) => r.take(length - 8), { ref: "RFC 9018 4" });
    },
  },
  11: {
    least: 2,
    explain: (builder) => void builder.field("Timeout", (r) => r.u16(), (tenths) => `${tenths / 10} seconds`),
  },
  15: {
    least: 2,
    explain: (builder, length) => {
      builder.field("Info code", (r) => r.u16(), (code) => edeName(code));
      if (length > 2) builder.field("Extra text", (r) => r.take(length - 2));
    },
  },
};

/** Records one option: code, length, data in its parts; the meaning says all of it. */
function explainOption(builder: FieldBuilder): Option {
  return builder.group("Option", (group) => {
    const code = builder.field("Option code", (r) => r.u16(), (value) => ({
      meaning: optionSource(value)?.name ?? "unassigned here",
      ref: "RFC 6891 6.1.2",
    }));
    const length = builder.field("Option length", (r) => r.u16(), { ref: "RFC 6891 6.1.2" });
    const source = optionSource(code), parts = PARTS[code];
    if (source !== undefined) group.ref = source.ref;
    const { reader } = builder;
    const start = reader.offset;
    if (parts !== undefined && length >= parts.least && (code !== 9 && code !== 11 || length === parts.least)) {
      reader.need(length, "option");
      parts.explain(builder, length);
    } else if (length > 0) builder.field("Option data", (r) => r.take(length, "option"), { ref: source?.ref });
    const data = reader.bytes.subarray(start, reader.offset);
    group.meaning = optionText({ code, data });
    return { code, data };
  });
}

/** Records all options of an OPT record. */
export function explainOptions(builder: FieldBuilder): Option[] {
  const list: Option[] = [];
  while (builder.reader.remaining > 0) list.push(explainOption(builder));
  return list;
}
