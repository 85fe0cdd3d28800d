// The record types that most answers are made of. All others are loaded when they are met: `list.ts`. Pure.
// To add one: a line in `COMMON_RECORDS`, whose kinds stand in `kinds.ts`.
import { secondsText } from "../../base/text.ts";
import type { DnsName } from "../name.ts";
import { charStrings, compressedName, ipv4, ipv6, seconds, u16, u32 } from "./kinds.ts";
import { lineBreak } from "./layout.ts";
import { options } from "./options.ts";
import type { Kind, RdataField, RecordType } from "./shape.ts";

/** What a record type is called, where it is defined, and what it is for. */
export type RecordHead = readonly [type: number, mnemonic: string, ref: string, summary: string];

/** The same as members of a `RecordType`. */
export function headed([type, mnemonic, ref, summary]: RecordHead): Omit<RecordType, "fields"> {
  return { type, mnemonic, ref, summary };
}

/** A record of one name. */
export function oneName(head: RecordHead, field: string, label: string, kind: Kind<DnsName>): RecordType {
  return {
    ...headed(head),
    compressible: kind === compressedName,
    fields: [{ name: field, label, kind }],
  };
}

/** A record of a preference and a name. */
export function preferred(
  head: RecordHead,
  fields: readonly [number: string, label: string, name: string, label: string],
  kind: Kind<DnsName>,
  rest: Partial<RecordType> = {},
): RecordType {
  const list: RdataField[] = [
    { name: fields[0], label: fields[1], kind: u16 },
    { name: fields[2], label: fields[3], kind },
  ];
  return { ...headed(head), fields: list, ...rest };
}

/** A record of one or more strings. */
export function strings(head: RecordHead): RecordType {
  return { ...headed(head), fields: [{ name: "txtdata", label: "Text", kind: charStrings }] };
}

const RFC1035 = "RFC 1035 3.3";

const SOA_TIMES = ["refresh", "retry", "expire", "minimum"] as const;

/** Start of authority. Multi-line text gives each number its own line and comment. */
const SOA: RecordType = {
  type: 6,
  mnemonic: "SOA",
  ref: `${RFC1035}.13`,
  summary: "start of authority",
  compressible: true,
  fields: [
    { name: "mname", label: "Primary server", kind: compressedName },
    { name: "rname", label: "Mailbox of the person responsible", kind: compressedName },
    { name: "serial", label: "Serial", kind: u32 },
    { name: "refresh", label: "Refresh", kind: seconds, meaning: (value: number) => secondsText(value) },
    { name: "retry", label: "Retry", kind: seconds, meaning: (value: number) => secondsText(value) },
    { name: "expire", label: "Expire", kind: seconds, meaning: (value: number) => secondsText(value) },
    {
      name: "minimum",
      label: "Minimum",
      kind: seconds,
      meaning: (value: number) => secondsText(value),
      ref: "RFC 2308 4",
    },
  ],
  print: (values, style) => {
    const head = `${values.mname} ${values.rname}`;
    if (style.multiline !== true) {
      return `${head} ${values.serial} ${SOA_TIMES.map((time) => String(values[time])).join(" ")}`;
    }
    const gap = lineBreak(style);
    const comments = style.comments === true;
    const line = (value: number, comment: string) =>
      comments ? String(value).padEnd(10) + ` ; ${comment}` : String(value);
    let out = `${head} (${gap}${line(values.serial as number, "serial")}`;
    for (const time of SOA_TIMES) {
      const value = values[time] as number;
      out += gap + line(value, `${time} (${secondsText(value)})`);
    }
    return out + (comments ? `${gap})` : ")");
  },
};

export const COMMON_RECORDS: readonly RecordType[] = [
  {
    type: 1,
    mnemonic: "A",
    ref: "RFC 1035 3.4.1",
    summary: "IPv4 address",
    rdclass: 1,
    fields: [{ name: "address", label: "Address", kind: ipv4 }],
  },
  oneName([2, "NS", `${RFC1035}.11`, "name server"], "nsdname", "Name server", compressedName),
  oneName([5, "CNAME", `${RFC1035}.1`, "canonical name of an alias"], "cname", "Canonical name", compressedName),
  SOA,
  oneName([12, "PTR", `${RFC1035}.12`, "pointer to a name"], "ptrdname", "Name", compressedName),
  preferred(
    [15, "MX", `${RFC1035}.9`, "mail exchange"],
    [
      "preference",
      "Preference",
      "exchange",
      "Mail exchange",
    ],
    compressedName,
    { compressible: true },
  ),
  strings([16, "TXT", "RFC 1035 3.3.14", "text"]),
  {
    type: 28,
    mnemonic: "AAAA",
    ref: "RFC 3596 2.2",
    summary: "IPv6 address",
    rdclass: 1,
    fields: [{ name: "address", label: "Address", kind: ipv6 }],
  },
  {
    type: 41,
    mnemonic: "OPT",
    ref: "RFC 6891 6.1.2",
    summary: "extension mechanisms",
    fields: [{ name: "options", label: "Option", kind: options }],
  },
];
