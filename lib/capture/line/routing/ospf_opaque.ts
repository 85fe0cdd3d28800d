// What opaque advertisements of OSPF carry. Pure. RFC 3630, RFC 4203 (traffic engineering), RFC 3623 (graceful restart),
// RFC 7770 (router information). The form is tcpdump's. Each printer gives `false` when something is wrong.
import { BANDWIDTH_MODELS, ENCODINGS, megabits, PROTECTION, SWITCHING } from "./gmpls.ts";
import { unknownData } from "../core/hexdump.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

const GRACE = names("1 Grace Period|Graceful restart Reason|IPv4 interface address");
const REASONS = names("0 Unknown|Software Restart|Software Reload/Upgrade|Control Processor Switch");
const ENGINEERING = names("1 Router Address|Link");
const LINK_PARTS = names(
  "1 Link Type|Link ID|Local Interface IP address|Remote Interface IP address|Traffic Engineering Metric|" +
    "Maximum Bandwidth|Maximum Reservable Bandwidth|Unreserved Bandwidth|Administrative Group|" +
    "11 Link Local/Remote Identifier|14 Link Protection Type|Interface Switching Capability|Shared Risk Link Group|" +
    "Bandwidth Constraints",
);
const CAPABILITIES = bits(
  "0x1 Reserved|0x2 Reserved|0x4 Reserved|0x8 Reserved|0x10 graceful restart capable|0x20 graceful restart helper|" +
    "0x40 Stub router support|0x80 Traffic engineering|0x100 p2p over LAN|0x200 path computation server",
);

function refuse(l: Line, text: string): false {
  l.text(text);
  return false;
}

/** How the parts of an advertisement are told. */
interface Parts {
  /** Parts fill words of four octets; an empty one ends the list, and so does one that was not captured. */
  readonly words: boolean;
  /** A type whose octets tcpdump does not take off those of the list: it reads on behind the advertisement. */
  readonly uncounted?: number;
  head(type: number, size: number): string;
  /** A part with `left` octets from its first on; `false` when something is wrong. */
  value(l: Line, at: number, type: number, size: number, left: number): boolean | void;
}

function printParts(l: Line, at: number, left: number, { words, uncounted, head, value }: Parts): boolean {
  while (left > 0) {
    if (words && !l.has(at, 4)) return false;
    if (left < 4) return refuse(l, `\n\t    Remaining LS length ${left} < 4`);
    const type = l.u16(at), size = l.u16(at + 2);
    at += 4;
    left -= 4;
    l.text(`\n\t    ${head(type, size)}`);
    if (size > left) return refuse(l, `\n\t    Bogus length ${size} > ${words ? "" : "remaining LS length "}${left}`);
    if (words && (type === 0 || size === 0)) return false;
    if (value(l, at, type, size, left) === false) return false;
    const taken = words ? (size + 3) & ~3 : size;
    at += taken;
    if (type !== uncounted) left -= taken;
  }
  return true;
}

/** Octets that nobody knows, where -vv does not show all of them anyway. */
function unknown(l: Line, at: number, size: number): void {
  if (l.verbose <= 1) unknownData(l, at, "\n\t      ", size);
}

const GRACE_PARTS: Parts = {
  words: true,
  head: (type, size) => `${GRACE[type] ?? "unknown"} TLV (${type}), length ${size}, value: `,
  value(l, at, type, size) {
    if (!l.has(at, size)) return false;
    if (type > 3) return unknown(l, at, size);
    const wanted = type === 2 ? 1 : 4;
    if (size !== wanted) return refuse(l, `\n\t    Bogus length ${size} != ${wanted}`);
    if (type === 1) l.text(`${l.u32(at)}s`);
    else l.text(type === 2 ? `${REASONS[l.u8(at)] ?? "Unknown"} (${l.u8(at)})` : l.ip4Text(at));
  },
};

/** The parts of a grace advertisement (RFC 3623), from `at` to `left` octets behind; `false` where they are broken. */
export function printGrace(l: Line, at: number, left: number): boolean {
  return printParts(l, at, left, GRACE_PARTS);
}

const ROUTER_PARTS: Parts = {
  words: false,
  head: (type, size) => `${type === 1 ? "Router Capabilities" : "unknown"} TLV (${type}), length: ${size}, value: `,
  value(l, at, type, size) {
    l.need(at, size);
    if (type !== 1) return unknown(l, at, size);
    if (size !== 4) return refuse(l, `\n\t    Bogus length ${size} != 4`);
    l.text(`Capabilities: ${bitNames(CAPABILITIES, l.u32(at), "Unknown")}`);
  },
};

/** The parts of router information (RFC 7770); as `printGrace`. */
export function printRouterInformation(l: Line, at: number, left: number): boolean {
  return printParts(l, at, left, ROUTER_PARTS);
}

const ENGINEERING_PARTS: Parts = {
  words: true,
  uncounted: 2,
  head: (type, size) => `${ENGINEERING[type] ?? "unknown"} TLV (${type}), length: ${size}`,
  value(l, at, type, size, left) {
    if (type === 2) {
      if (!link(l, at, size)) return false;
    } else if (type === 1) {
      if (size < 4) return refuse(l, `\n\t    TLV length ${size} < 4`);
      l.text(`, ${l.ip4Text(at)}`);
    } else unknown(l, at, size);
    const padded = (size + 3) & ~3;
    return padded <= left || refuse(l, `\n\t    Bogus padded length ${padded} > ${left}`);
  },
};

/** The parts of traffic engineering (RFC 3630); as `printGrace`. */
export function printTrafficEngineering(l: Line, at: number, left: number): boolean {
  return printParts(l, at, left, ENGINEERING_PARTS);
}

/** The parts of a link. */
function link(l: Line, at: number, left: number): boolean {
  while (left > 0) {
    if (left < 4) return refuse(l, `\n\t    Remaining TLV length ${left} < 4`);
    const type = l.u16(at), size = l.u16(at + 2);
    at += 4;
    left -= 4;
    const invalid = (why = "") => {
      l.text(why);
      l.invalid();
      return false;
    };
    if (type === 0 || size === 0) return invalid();
    l.text(`\n\t      ${LINK_PARTS[type] ?? "unknown"} subTLV (${type}), length: ${size}`);
    const padded = (size + 3) & ~3;
    const short = (wanted: number) => refuse(l, `\n\t    Remaining TLV length ${left + 4} < ${wanted + 4}`);
    if (left < size) return short(size);
    if (!l.has(at, size)) return false;
    const wrong = linkPart(l, type, size, at);
    if (wrong !== undefined) return invalid(wrong);
    if (left < padded) return short(padded);
    at += padded;
    left -= padded;
  }
  return true;
}

/** What must hold of a length that is wrong; `undefined` when all is well. */
function linkPart(l: Line, type: number, size: number, at: number): string | undefined {
  switch (type) {
    case 1: {
      if (size !== 1) return " != 1";
      const kind = l.u8(at);
      l.text(`, ${["", "Point-to-point", "Multi-Access"][kind] || "unknown"} (${kind})`);
      return undefined;
    }
    case 2:
    case 11:
      if (size !== 4 && size !== 8) return " != 4 && != 8";
      for (let i = 0; i < size; i += 4) l.text(`, ${l.ip4Text(at + i)} (0x${hex(l.u32(at + i), 8)})`);
      return undefined;
    case 3:
    case 4:
      if (size !== 4) return " != 4";
      l.text(`, ${l.ip4Text(at)}`);
      return undefined;
    case 5:
      if (size !== 4) return " != 4";
      l.text(`, Metric ${l.u32(at)}`);
      return undefined;
    case 6:
    case 7:
      if (size !== 4) return " != 4";
      l.text(`, ${megabits(l, at)}`);
      return undefined;
    case 8:
      if (size !== 32) return " != 32";
      for (let i = 0; i < 8; i++) l.text(`\n\t\tTE-Class ${i}: ${megabits(l, at + i * 4)}`);
      return undefined;
    case 9:
      if (size !== 4) return " != 4";
      l.text(`, 0x${hex(l.u32(at), 8)}`);
      return undefined;
    case 14:
      if (size !== 4) return " != 4";
      l.text(`, ${bitNames(PROTECTION, l.u8(at), "none")}`);
      return undefined;
    case 15:
      if (size < 36) return " < 36";
      l.text(`\n\t\tInterface Switching Capability: ${SWITCHING[l.u8(at)] ?? "Unknown"}`);
      l.text(`\n\t\tLSP Encoding: ${ENCODINGS[l.u8(at + 1)] ?? "Unknown"}\n\t\tMax LSP Bandwidth:`);
      for (let i = 0; i < 8; i++) l.text(`\n\t\t  priority level ${i}: ${megabits(l, at + 4 + i * 4)}`);
      return undefined;
    case 16:
      if (size % 4 !== 0) return " != N x 4";
      l.text("\n\t\t  Shared risk group: ");
      for (let i = 0; i < size; i += 4) l.text(`${i > 0 ? ", " : ""}${l.u32(at + i)}`);
      return undefined;
    case 17:
      if (size < 4) return " < 4";
      l.text(`\n\t\tBandwidth Constraints Model ID: ${BANDWIDTH_MODELS[l.u8(at)] ?? "unknown"} (${l.u8(at)})`);
      if (size % 4 !== 0) return `\n\t\tlength ${size} != N x 4`;
      if (size > 36) return `\n\t\tlength ${size} > 36`;
      for (let i = 0; 4 + i * 4 < size; i++) {
        l.text(`\n\t\t  Bandwidth constraint CT${i}: ${megabits(l, at + 4 + i * 4)}`);
      }
      return undefined;
  }
  if (l.verbose <= 1) unknownData(l, at, "\n\t\t", size);
  return undefined;
}
