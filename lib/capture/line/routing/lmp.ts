// The link management protocol in a line, with -v its objects. Pure. RFC 4204; the form is tcpdump's.
// To add an object: its name in `OBJECTS` and a line for each of its types in `VALUES`.
import { ENCODINGS, megabits, SWITCHING } from "./gmpls.ts";
import { unknownData } from "../core/hexdump.ts";
import { bitNames, hex, type Line, type Names } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

const MESSAGES = names(
  "1 Config|Config ACK|Config NACK|Hello|Begin Verify|Begin Verify ACK|Begin Verify NACK|End Verify|End Verify ACK|Test|" +
    "Test Status Success|Test Status Failure|Test Status ACK|Link Summary|Link Summary ACK|Link Summary NACK|" +
    "Channel Status|Channel Status ACK|Channel Status Request|Channel Status Response|50 Service Config|" +
    "Service Config ACK|Service Config NACK",
);
const FLAGS = bits("1 Control Channel Down|2 LMP restart");
const OBJECTS = names(
  "1 Control Channel ID|Node ID|Link ID|Interface ID|Message ID|Configuration|Hello|Verify Begin|Verify Begin ACK|" +
    "Verify ID|TE Link|Data Link|Channel Status|Channel Status Request|20 Error Code|51 Service Config",
);
const SIDES = names("1 Local|Remote"), ADDRESSES = names("1 IPv4|IPv6|Unnumbered"), NUMBERED = names("1 1|2|3|4");
const ENDS = names("1 IPv4 Local|IPv4 Remote|IPv6 Local|IPv6 Remote|Unnumbered Local|Unnumbered Remote");
/** Names of an object's types; of the other objects they are numbers. */
const TYPES: Readonly<Record<number, Names>> = {
  1: SIDES,
  2: SIDES,
  3: ENDS,
  4: ENDS,
  11: ADDRESSES,
  12: ADDRESSES,
  13: ADDRESSES,
  14: ADDRESSES,
};
const LINK_FLAGS = bits("1 Fault Management Supported|2 Link Verification Supported");
const DATA_FLAGS = bits("1 Data Link Port|2 Allocated for user traffic|4 Failed link");
const STATES = names("1 Signal Okay|Signal Degraded|Signal Fail");
const VERIFY_FLAGS = bits("1 Verify all links|2 Data link type");
const VERIFY_ERRORS = bits(
  "1 Link Verification Procedure Not supported|2 Unwilling to verify|4 Unsupported verification transport mechanism|" +
    "8 Link-Id configuration error|16 Unknown object c-type",
);
const SUMMARY_ERRORS = bits(
  "1 Unacceptable non-negotiable LINK-SUMMARY parameters|2 Renegotiate LINK-SUMMARY parameters|" +
    "4 Invalid TE-LINK Object|8 Invalid DATA-LINK Object|16 Unknown TE-LINK Object c-type|" +
    "32 Unknown DATA-LINK Object c-type",
);
const LINK_TYPES = names("5 SDH ITU-T G.707|SONET ANSI T1.105");
const SIGNALS: Readonly<Record<number, Names>> = {
  5: names("5 VC-3|VC-4|STM-0|STM-1|STM-4|STM-16|STM-64|STM-256"),
  6: names("5 STS-1 SPE|STS-3c SPE|STS-1|STM-3|STM-12|STM-48|STM-192|STM-768"),
};
const SIGNALLING = bits("1 RSVP Supported|2 LDP Supported");
const PORT_TRANSPARENCY = bits(
  "1 Path/VC Overhead Transparency Supported|2 Line/MS Overhead Transparency Supported|" +
    "4 Section/RS Overhead Transparency Supported",
);
const CONCATENATION = bits("1 Contiguous Concatenation Types Supported");
const TRANSPARENCY = bits("1 Standard SOH/RSOH Transparency Supported|2 Standard LOH/MSOH Transparency Supported");
const MONITORING = bits("1 Transparent Tandem Connection Monitoring Supported");
const DIVERSITY = bits("1 Node Diversity Supported|2 Link Diversity Supported|4 SRLG Diversity Supported");

/** How an identifier is written, and its octets. */
interface Identifier {
  readonly size: number;
  text(l: Line, at: number): string;
}
const withWord = (l: Line, at: number, text: string | number) => `${text} (0x${hex(l.u32(at), 8)})`;
const IP4: Identifier = { size: 4, text: (l, at) => withWord(l, at, l.ip4Text(at)) };
const IP6: Identifier = { size: 16, text: (l, at) => withWord(l, at, l.ip6Text(at)) };
const PLAIN: Identifier = { size: 4, text: (l, at) => withWord(l, at, l.u32(at)) };
/** By the type of the object, counted from 1. */
const KINDS = [IP4, IP6, PLAIN];

/** An object's value of so many octets, at least so many where `more` may follow; any number where `size` is 0. */
interface Value {
  readonly size: number;
  readonly more?: boolean;
  /** The lines below the object's; `false` when its octets are shown, too. */
  print(l: Line, at: number, size: number): string | false | void;
}

const identifier = (name: string, { size, text }: Identifier): Value => ({
  size,
  print: (l, at) => `\n\t    ${name}: ${text(l, at)}`,
});
const both = <T>(value: T): Readonly<Record<number, T>> => ({ 1: value, 2: value });
const byKind = (value: (kind: Identifier) => Value) => Object.fromEntries(KINDS.map((kind, i) => [i + 1, value(kind)]));
const LINK_IDS = [["IPv4 ", IP4], ["IPv6 ", IP6], ["", PLAIN]].flatMap(([name, kind]) => {
  const value = identifier(`${name}Link ID`, kind as Identifier);
  return [value, value];
});
const errors = (table: typeof VERIFY_ERRORS): Value => ({
  size: 4,
  print: (l, at) => `\n\t    Error Code: ${bitNames(table, l.u32(at), "none")}`,
});

/** What objects hold, by class and type. */
const VALUES: Readonly<Record<number, Readonly<Record<number, Value>>>> = {
  1: both(identifier("Control Channel ID", PLAIN)),
  2: both(identifier("Node ID", IP4)),
  3: { ...[undefined, ...LINK_IDS] } as Record<number, Value>,
  4: { ...[undefined, ...LINK_IDS] } as Record<number, Value>,
  5: { 1: identifier("Message ID", PLAIN), 2: identifier("Message ID Ack", PLAIN) },
  6: {
    1: {
      size: 4,
      print: (l, at) => `\n\t    Hello Interval: ${l.u16(at)}\n\t    Hello Dead Interval: ${l.u16(at + 2)}`,
    },
  },
  7: { 1: { size: 8, print: (l, at) => `\n\t    Tx Seq: ${l.u32(at)}, Rx Seq: ${l.u32(at + 4)}` } },
  8: { 1: { size: 20, print: verify } },
  9: {
    1: {
      size: 4,
      print: (l, at) => `\n\t    Verify Dead Interval: ${l.u16(at)}\n\t    Verify Transport Response: ${l.u16(at + 2)}`,
    },
  },
  10: { 1: { size: 4, print: (l, at) => `\n\t    Verify ID: ${l.u32(at)}` } },
  11: byKind((kind) => ({
    size: 4 + 2 * kind.size,
    print: (l, at) => flagged(l, at, LINK_FLAGS) + pair(l, at, "Link-ID", kind),
  })),
  12: byKind((kind) => ({
    size: 4 + 2 * kind.size,
    more: true,
    print(l, at, size) {
      l.text(flagged(l, at, DATA_FLAGS) + pair(l, at, "Interface ID", kind));
      return dataLink(l, at + 4 + 2 * kind.size, size - 4 - 2 * kind.size);
    },
  })),
  13: byKind((kind) => ({ size: 0, print: (l, at, size) => channels(l, at, size, kind, true) })),
  14: byKind((kind) => ({ size: 0, print: (l, at, size) => channels(l, at, size, kind, false) })),
  20: { 1: errors(VERIFY_ERRORS), 2: errors(SUMMARY_ERRORS) },
  51: {
    1: {
      size: 4,
      print: (l, at) => `\n\t Flags: ${bitNames(SIGNALLING, l.u8(at), "none")}\n\t  UNI Version: ${l.u8(at + 1)}`,
    },
    2: { size: 16, print: clientPort },
    3: {
      size: 8,
      print: (l, at) =>
        `\n\t Transparency Flags: ${bitNames(TRANSPARENCY, l.u32(at), "none")}` +
        `\n\t TCM Monitoring Flags: ${bitNames(MONITORING, l.u8(at + 7), "none")}`,
    },
    4: { size: 4, print: (l, at) => `\n\t Diversity: Flags: ${bitNames(DIVERSITY, l.u8(at + 3), "none")}` },
  },
};

const flagged = (l: Line, at: number, table: typeof LINK_FLAGS) =>
  `\n\t    Flags: [${bitNames(table, l.u8(at), "none")}]`;

const pair = (l: Line, at: number, name: string, { size, text }: Identifier) =>
  `\n\t    Local ${name}: ${text(l, at + 4)}\n\t    Remote ${name}: ${text(l, at + 4 + size)}`;

/** RFC 4204 13.8. */
function verify(l: Line, at: number): string {
  const transport = l.u16(at + 10);
  // tcpdump tests the bits of 8000 in decimal.
  const capable = (transport & 8000) !== 0 ? " (Payload test messages capable)" : "";
  return `\n\t    Flags: ${bitNames(VERIFY_FLAGS, l.u16(at), "none")}\n\t    Verify Interval: ${l.u16(at + 2)}` +
    `\n\t    Data links: ${l.u32(at + 4)}\n\t    Encoding type: ${ENCODINGS[l.u8(at + 8)] ?? "Unknown"}` +
    `\n\t    Verify Transport Mechanism: ${transport} (0x${hex(transport)})${capable}` +
    `\n\t    Transmission Rate: ${megabits(l, at + 12)}\n\t    Wavelength: ${l.u32(at + 16)}`;
}

/** The parts of a data link, RFC 4204 13.12.1; `false` behind one that nobody knows. */
function dataLink(l: Line, at: number, left: number): false | void {
  while (left > 0) {
    const type = l.u8(at), size = l.u8(at + 1);
    l.text(
      `\n\t    Subobject, Type: ${
        ["", "Interface Switching Type", "Wavelength"][type] || "Unknown"
      } (${type}), Length: ${size}`,
    );
    if (size < 4) return l.text(" (too short)");
    if (size % 4 !== 0) return l.text(" (not a multiple of 4)");
    if (left < size) return l.text(" (goes past the end of the object)");
    if (type === 1) {
      const switching = l.u8(at + 2), encoding = l.u8(at + 3);
      l.text(`\n\t      Switching Type: ${SWITCHING[switching] ?? "Unknown"} (${switching})`);
      l.text(`\n\t      Encoding Type: ${ENCODINGS[encoding] ?? "Unknown"} (${encoding})`);
      l.text(`\n\t      Min Reservable Bandwidth: ${megabits(l, at + 4)}`);
      l.text(`\n\t      Max Reservable Bandwidth: ${megabits(l, at + 8)}`);
    } else if (type === 2) l.text(`\n\t      Wavelength: ${l.u32(at + 4)}`);
    else return false;
    at += size;
    left -= size;
  }
}

/** Interfaces, with the state of each or alone. RFC 4204 13.13, 13.14. */
function channels(l: Line, at: number, size: number, { size: width, text }: Identifier, states: boolean): void {
  const step = width + (states ? 4 : 0);
  for (const end = at + size; at + step <= end; at += step) {
    l.text(`\n\t    Interface ID: ${text(l, at)}`);
    if (!states) continue;
    const word = l.u32(at + width), active = word >>> 31, direction = word >>> 30 & 1, state = word & 0x3ffffff;
    l.text(`\n\t\t    Active: ${active === 1 ? "Allocated" : "Non-allocated"} (${active})`);
    l.text(`\n\t\t    Direction: ${direction === 1 ? "Transmit" : "Receive"} (${direction})`);
    l.text(`\n\t\t    Channel Status: ${STATES[state] ?? "Unknown"} (${state})`);
  }
}

/** UNI 1.0 9.4.2. */
function clientPort(l: Line, at: number): string {
  const type = l.u8(at), signal = l.u8(at + 1), signals = SIGNALS[type];
  return `\n\t Link Type: ${LINK_TYPES[type] ?? "Unknown"} (${type})` +
    (signals === undefined ? "" : `\n\t Signal Type: ${signals[signal] ?? "Unknown"} (${signal})`) +
    `\n\t Transparency: ${bitNames(PORT_TRANSPARENCY, l.u8(at + 2), "none")}` +
    `\n\t Contiguous Concatenation Types: ${bitNames(CONCATENATION, l.u8(at + 3), "none")}` +
    `\n\t Minimum NCC: ${l.u16(at + 4)}\n\t Maximum NCC: ${l.u16(at + 6)}\n\t Minimum NVC:${l.u16(at + 8)}` +
    `\n\t Maximum NVC:${l.u16(at + 10)}\n\t    Local Interface ID: ${IP4.text(l, at + 12)}`;
}

/** A message of `length` octets at `at`. */
export function printLmp(l: Line, at: number, length: number): void {
  l.protocol = "lmp";
  l.must(at, 8);
  const version = l.u8(at) >> 4, type = l.u8(at + 3);
  if (version !== 1) return l.text(`LMP version ${version} packet not supported`);
  if (l.verbose < 1) return l.text(`LMPv1 ${MESSAGES[type] ?? `unknown (${type})`} Message, length: ${length}`);
  const said = l.u16(at + 4);
  l.text(`\n\tLMPv1, msg-type: ${MESSAGES[type] ?? `unknown, type: ${type}`}, `);
  l.text(`Flags: [${bitNames(FLAGS, l.u8(at + 2), "none")}], length: ${said}`);
  if (said < 8) return l.text(" (too short)");
  if (said > length) l.text(" (too long)");
  at += 8;
  for (let left = Math.min(said, length) - 8; left > 0;) {
    const kind = l.u8(at + 1), ctype = l.u8(at) & 0x7f, size = l.u16(at + 2);
    const typeName = OBJECTS[kind] === undefined ? undefined : (TYPES[kind] ?? NUMBERED)[ctype];
    l.text(`\n\t  ${OBJECTS[kind] ?? "Unknown"} Object (${kind}), `);
    l.text(`Class-Type: ${VALUES[kind]?.[ctype] === undefined ? "Unknown" : typeName} (${ctype}) `);
    l.text(`Flags: [${l.u8(at) > 0x7f ? "" : "non-"}negotiable], length: ${size}`);
    if (size < 4) return l.text(" (too short)");
    if (size % 4 !== 0) return l.text(" (not a multiple of 4)");
    l.must(at, size);
    if (!object(l, VALUES[kind]?.[ctype], at + 4, size - 4) || l.verbose > 1) {
      unknownData(l, at + 4, "\n\t    ", size - 4);
    }
    if (left < size) {
      l.text(` [remaining objects length ${left} < ${size}]`);
      return l.invalid();
    }
    at += size;
    left -= size;
  }
}

/** The value of an object; `false` when its octets are to be shown. */
function object(l: Line, value: Value | undefined, at: number, size: number): boolean {
  if (value === undefined) return false;
  if (value.more === true ? size < value.size : value.size !== 0 && size !== value.size) {
    l.text(" (not correct for object)");
    return true;
  }
  const shown = value.print(l, at, size);
  if (typeof shown === "string") l.text(shown);
  return shown !== false;
}
