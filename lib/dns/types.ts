// Mnemonics of record types, classes, response codes and operation codes (IANA "DNS Parameters"; RFC 1035 3.2, RFC 6895). Pure.
// To add one: a line in its list. The record types themselves stand in `records/list.ts`.

/** Record types by number, every one that BIND 9.18 has a name for. */
export const TYPES: readonly (readonly [number, string])[] = [
  [1, "A"],
  [2, "NS"],
  [3, "MD"],
  [4, "MF"],
  [5, "CNAME"],
  [6, "SOA"],
  [7, "MB"],
  [8, "MG"],
  [9, "MR"],
  [10, "NULL"],
  [11, "WKS"],
  [12, "PTR"],
  [13, "HINFO"],
  [14, "MINFO"],
  [15, "MX"],
  [16, "TXT"],
  [17, "RP"],
  [18, "AFSDB"],
  [19, "X25"],
  [20, "ISDN"],
  [21, "RT"],
  [22, "NSAP"],
  [23, "NSAP-PTR"],
  [24, "SIG"],
  [25, "KEY"],
  [26, "PX"],
  [27, "GPOS"],
  [28, "AAAA"],
  [29, "LOC"],
  [30, "NXT"],
  [31, "EID"],
  [32, "NIMLOC"],
  [33, "SRV"],
  [34, "ATMA"],
  [35, "NAPTR"],
  [36, "KX"],
  [37, "CERT"],
  [38, "A6"],
  [39, "DNAME"],
  [40, "SINK"],
  [41, "OPT"],
  [42, "APL"],
  [43, "DS"],
  [44, "SSHFP"],
  [45, "IPSECKEY"],
  [46, "RRSIG"],
  [47, "NSEC"],
  [48, "DNSKEY"],
  [49, "DHCID"],
  [50, "NSEC3"],
  [51, "NSEC3PARAM"],
  [52, "TLSA"],
  [53, "SMIMEA"],
  [55, "HIP"],
  [56, "NINFO"],
  [57, "RKEY"],
  [58, "TALINK"],
  [59, "CDS"],
  [60, "CDNSKEY"],
  [61, "OPENPGPKEY"],
  [62, "CSYNC"],
  [63, "ZONEMD"],
  [64, "SVCB"],
  [65, "HTTPS"],
  [66, "DSYNC"],
  [67, "HHIT"],
  [68, "BRID"],
  [99, "SPF"],
  [100, "UINFO"],
  [101, "UID"],
  [102, "GID"],
  [103, "UNSPEC"],
  [104, "NID"],
  [105, "L32"],
  [106, "L64"],
  [107, "LP"],
  [108, "EUI48"],
  [109, "EUI64"],
  [249, "TKEY"],
  [250, "TSIG"],
  [251, "IXFR"],
  [252, "AXFR"],
  [253, "MAILB"],
  [254, "MAILA"],
  [255, "ANY"],
  [256, "URI"],
  [257, "CAA"],
  [258, "AVC"],
  [259, "DOA"],
  [260, "AMTRELAY"],
  [261, "RESINFO"],
  [262, "WALLET"],
  [32768, "TA"],
  [32769, "DLV"],
];

/** Types that were registered later: dig prints their numbers. */
const LATER_TYPES = new Map([[128, "NXNAME"], [263, "CLA"], [264, "IPN"]]);

/** BIND's own record of trust anchors: its name is read, but not printed. */
const KEYDATA = 65533;

/** The numbers that code speaks of by name. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  NULL: 10,
  PTR: 12,
  MX: 15,
  TXT: 16,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  SVCB: 64,
  HTTPS: 65,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
} as const;

/** Classes (RFC 1035 3.2.4, RFC 2136 2.4): number and name. The first name of a number is printed, all are parsed. */
const CLASSES: readonly (readonly [number, string])[] = [
  [0, "RESERVED0"],
  [1, "IN"],
  [3, "CH"],
  [3, "CHAOS"],
  [4, "HS"],
  [4, "HESIOD"],
  [254, "NONE"],
  [255, "ANY"],
];

export const CLASS = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

/** Response codes: number, name (dig's), what it means, where it is defined. */
export const RCODES: readonly (readonly [number, string, string, string])[] = [
  [0, "NOERROR", "no error", "RFC 1035 4.1.1"],
  [1, "FORMERR", "the server could not read the query", "RFC 1035 4.1.1"],
  [2, "SERVFAIL", "the server failed", "RFC 1035 4.1.1"],
  [3, "NXDOMAIN", "the name does not exist", "RFC 1035 4.1.1"],
  [4, "NOTIMP", "the server does not do this kind of query", "RFC 1035 4.1.1"],
  [5, "REFUSED", "the server refuses", "RFC 1035 4.1.1"],
  [6, "YXDOMAIN", "the name exists when it should not", "RFC 2136 2.2"],
  [7, "YXRRSET", "the records exist when they should not", "RFC 2136 2.2"],
  [8, "NXRRSET", "the records that should exist do not", "RFC 2136 2.2"],
  [9, "NOTAUTH", "the server is not authoritative, or not authorized", "RFC 8945 3"],
  [10, "NOTZONE", "the name is not in the zone", "RFC 2136 2.2"],
  [11, "RESERVED11", "DSO type not implemented", "RFC 8490 10.2"],
  [12, "RESERVED12", "unassigned", "RFC 6895 2.3"],
  [13, "RESERVED13", "unassigned", "RFC 6895 2.3"],
  [14, "RESERVED14", "unassigned", "RFC 6895 2.3"],
  [15, "RESERVED15", "unassigned", "RFC 6895 2.3"],
  [16, "BADVERS", "bad EDNS version", "RFC 6891 6.1.3"],
  [17, "BADKEY", "key not recognized", "RFC 8945 3"],
  [18, "BADTIME", "signature out of the time window", "RFC 8945 3"],
  [19, "BADMODE", "bad TKEY mode", "RFC 2930 2.6"],
  [20, "BADNAME", "duplicate key name", "RFC 2930 2.6"],
  [21, "BADALG", "algorithm not supported", "RFC 2930 2.6"],
  [22, "BADTRUNC", "bad truncation", "RFC 8945 3"],
  [23, "BADCOOKIE", "bad or missing server cookie", "RFC 7873 5.2.3"],
];

/** Operation codes, indexed by number, as dig prints them. */
export const OPCODES: readonly string[] = [
  "QUERY",
  "IQUERY",
  "STATUS",
  "RESERVED3",
  "NOTIFY",
  "UPDATE",
  "RESERVED6",
  "RESERVED7",
  "RESERVED8",
  "RESERVED9",
  "RESERVED10",
  "RESERVED11",
  "RESERVED12",
  "RESERVED13",
  "RESERVED14",
  "RESERVED15",
];

const typeNames = new Map(TYPES);
const typeNumbers = new Map(TYPES.map(([number, name]) => [name, number]));
const classNumbers = new Map(CLASSES.map(([number, name]) => [name, number]));
const classNames = new Map([...CLASSES].reverse());
const rcodes = new Map(RCODES.map((entry) => [entry[0], entry]));

/** The number of `PREFIXnnn`, or `undefined`; as C reads numbers, a plus in front counts as a digit. */
function numbered(text: string, prefix: string): number | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const digits = text.slice(prefix.length);
  if (digits.length > 5 || !/^\+?\d+$/.test(digits)) return undefined;
  const number = Number(digits);
  return number <= 65535 ? number : undefined;
}

/** "MX"; "TYPE4711" for a number without a name (RFC 3597 5). */
export function typeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}

/** As `typeName`, with the types too that have a name since BIND 9.18: for what is not dig's own text. */
export function registeredTypeName(type: number): string {
  return LATER_TYPES.get(type) ?? typeName(type);
}

/** Whether a type has a mnemonic. */
export function isKnownType(type: number): boolean {
  return typeNames.has(type);
}

/** The number of a type's mnemonic or of `TYPEnnn`, in any case, or `undefined`. */
export function parseType(text: string): number | undefined {
  const upper = text.toUpperCase();
  return typeNumbers.get(upper) ?? (upper === "KEYDATA" ? KEYDATA : numbered(upper, "TYPE"));
}

/** "IN"; "CLASS4711" for a number without a name. */
export function className(rdclass: number): string {
  return classNames.get(rdclass) ?? `CLASS${rdclass}`;
}

/** The number of a class's mnemonic or of `CLASSnnn`, in any case, or `undefined`. */
export function parseClass(text: string): number | undefined {
  const upper = text.toUpperCase();
  return classNumbers.get(upper) ?? numbered(upper, "CLASS");
}

/** The name of a response code (12 bits with EDNS, 16 in TSIG), `undefined` when it has none. */
export function rcodeName(rcode: number): string | undefined {
  return rcodes.get(rcode)?.[1];
}

/** What a response code says, in words, and where that is written. */
export function rcodeMeaning(rcode: number): { meaning: string; ref: string } | undefined {
  const entry = rcodes.get(rcode);
  return entry === undefined ? undefined : { meaning: entry[2], ref: entry[3] };
}

/** The name of an operation code (0 to 15). */
export function opcodeName(opcode: number): string {
  return OPCODES[opcode] ?? `RESERVED${opcode}`;
}
