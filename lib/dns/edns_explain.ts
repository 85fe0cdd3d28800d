// EDNS options as named ranges (RFC 6891 6.1.2 and the option's own source). Pure.
// To explain the inside of an option: a line in `PARTS`.
import { secondsText } from "../base/text.ts";
import type { FieldBuilder } from "../base/field.ts";
import { ByteReader } from "../base/reader.ts";
import { optionSource, optionText } from "./edns_options.ts";
import { explainName } from "./explain_name.ts";
import { skipName } from "./name.ts";
import { algorithmMeaning } from "./records/key.ts";
import { DS_DIGESTS } from "./records/digest.ts";
import { type Option, registeredEdeName } from "./records/options.ts";

const FAMILIES: Record<number, string> = { 0: "none", 1: "IPv4", 2: "IPv6" };

const OPERATIONS: Record<number, string> = { 1: "setup", 2: "refresh", 3: "event" };

/** Numbers of `size` octets up to the end. */
function numbers(name: string, size: 1 | 2, meaning: (value: number) => string | undefined = () => undefined): Parts {
  return {
    least: size,
    step: size,
    explain: (builder, length) => {
      for (let left = length; left > 0; left -= size) {
        builder.field(name, (r) => size === 1 ? r.u8() : r.u16(), meaning);
      }
    },
  };
}

/** A server cookie: the form that servers of different makers share, where it is that (RFC 9018 4). */
function explainServerCookie(builder: FieldBuilder, length: number): void {
  const { bytes, offset } = builder.reader;
  if (length !== 16 || bytes[offset] !== 1 || bytes.subarray(offset + 1, offset + 4).some((octet) => octet !== 0)) {
    builder.field("Server cookie", (r) => r.take(length), { ref: "RFC 7873 4.2" });
    return;
  }
  builder.group("Server cookie", () => {
    builder.field("Version", (r) => r.u8(), { ref: "RFC 9018 4.1" });
    builder.field("Reserved", (r) => r.u24(), { meaning: "zero", ref: "RFC 9018 4.2" });
    builder.field("Timestamp", (r) => r.u32(), (seconds) => ({
      meaning: new Date(seconds * 1000).toISOString().replace(".000", ""),
      ref: "RFC 9018 4.3",
    }));
    builder.field("Hash", (r) => r.take(8), { ref: "RFC 9018 4.4" });
  }, { ref: "RFC 9018 4" });
}

/** One name and nothing behind it, never compressed. */
function name(label: string): Parts {
  return {
    least: 1,
    fits: (data) => {
      const reader = new ByteReader(data);
      try {
        skipName(reader, false);
      } catch {
        return false;
      }
      return reader.remaining === 0;
    },
    explain: (builder) => void explainName(builder, label),
  };
}

/** How an option's data is explained in parts. */
interface Parts {
  /** Octets that it has at the least. */
  readonly least: number;
  /** At the most; default any. */
  readonly most?: number;
  /** Its length is a multiple of this. */
  readonly step?: number;
  /** Whether data of such a length can be taken apart; default yes. */
  readonly fits?: (data: Uint8Array) => boolean;
  readonly explain: (builder: FieldBuilder, length: number) => void;
}

/** The parts of an option's data, for data that has all of them; `length` is that of the whole. */
const PARTS: Record<number, Parts> = {
  1: {
    least: 18,
    most: 18,
    explain: (builder) => {
      builder.field("Version", (r) => r.u16());
      builder.field("Operation", (r) => r.u16(), (value) => OPERATIONS[value]);
      builder.field("Error", (r) => r.u16());
      builder.field("Identifier", (r) => r.u64());
      builder.field("Lifetime", (r) => r.u32(), secondsText);
    },
  },
  2: {
    least: 4,
    most: 8,
    step: 4,
    explain: (builder, length) => {
      builder.field("Lease", (r) => r.u32(), secondsText);
      if (length > 4) builder.field("Key lease", (r) => r.u32(), secondsText);
    },
  },
  5: numbers("Algorithm", 1, algorithmMeaning),
  6: numbers("Digest type", 1, (value) => DS_DIGESTS[value]),
  7: numbers("Hash algorithm", 1, (value) => value === 1 ? "SHA-1" : undefined),
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
    most: 4,
    explain: (builder) =>
      void builder.field("Expire", (r) => r.u32(), (value) => ({
        meaning: secondsText(value),
        ref: "RFC 7314 3",
      })),
  },
  10: {
    least: 8,
    explain: (builder, length) => {
      builder.field("Client cookie", (r) => r.take(8), { ref: "RFC 7873 4.1" });
      if (length > 8) explainServerCookie(builder, length - 8);
    },
  },
  11: {
    least: 2,
    most: 2,
    explain: (builder) => void builder.field("Timeout", (r) => r.u16(), (tenths) => `${tenths / 10} seconds`),
  },
  12: { least: 1, explain: (builder, length) => void builder.field("Padding", (r) => r.take(length)) },
  13: name("Closest trust point"),
  14: numbers("Key tag", 2),
  15: {
    least: 2,
    explain: (builder, length) => {
      builder.field("Info code", (r) => r.u16(), (code) => registeredEdeName(code));
      if (length > 2) builder.field("Extra text", (r) => r.take(length - 2));
    },
  },
  16: { ...numbers("Client tag", 2), most: 2 },
  17: { ...numbers("Server tag", 2), most: 2 },
  18: name("Agent domain"),
  19: {
    least: 2,
    explain: (builder, length) => {
      builder.field("Label count", (r) => r.u8());
      const type = builder.field("Type", (r) => r.u8(), (value) => value === 0 ? "SOA-SERIAL" : undefined);
      if (type === 0 && length === 6) builder.field("Serial", (r) => r.u32());
      else if (length > 2) builder.field("Version", (r) => r.take(length - 2));
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
    const whole = parts !== undefined && length >= parts.least && length <= (parts.most ?? 0xffff) &&
      length % (parts.step ?? 1) === 0 && parts.fits?.(reader.bytes.subarray(start, start + length)) !== false;
    if (whole) {
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
