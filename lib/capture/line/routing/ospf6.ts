// OSPF version 3 in a line, with -v and -vv what it carries. Pure. RFC 5340; the form is tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { OSPF_TYPES } from "./ospf.ts";
import { printGrace, printTrafficEngineering } from "./ospf_opaque.ts";
import { bits, names } from "../core/table.ts";

const OPTIONS = bits(
  "0x1 V6|0x2 External|0x4 Deprecated|0x8 NSSA|0x10 Router|0x20 Demand Circuit|0x100 AFs Support|0x200 LLS|" +
    "0x400 Authentication Trailer",
);
const ROUTER_FLAGS = bits("0x1 ABR|0x2 External|0x4 Virtual-Link Endpoint|0x8 Deprecated|0x10 NSSA Translator");
const EXTERNAL_FLAGS = bits("0x4000000 External Type 2|0x2000000 Forwarding|0x1000000 Tag");
const LSA = names(
  "1 Router|Network|Inter-Area Prefix|Inter-Area Router|External|Deprecated|NSSA|Link|Intra-Area Prefix|" +
    "Intra-Area TE|Grace|Router Information|Inter-AS-TE|Layer 1 VPN",
);
const SCOPES = names("0 Link Local|0x2000 Area Local|0x4000 Domain Wide");
const DESCRIPTION = bits("0x4 Init|0x2 More|0x1 Master|0x10 IPv6 MTU");
const PREFIX_OPTIONS = bits("0x1 No Unicast|0x2 Local address|0x4 Deprecated|0x8 Propagate|0x10 Down|0x20 N-bit");
/** Octets of a packet's header, and of an advertisement's. */
const HEADER = 16, LSA_HEADER = 20;

/** A packet of `length` octets at `at`. */
export function printOspf6(l: Line, at: number, length: number): void {
  l.protocol = "ospf3";
  const version = l.u8(at), kind = l.u8(at + 1);
  const name = OSPF_TYPES[kind];
  l.text(`OSPFv${version}, ${name ?? `unknown packet type (${kind})`}, length ${length}`);
  if (name === undefined || l.verbose === 0) return;
  const stated = l.u16(at + 2);
  if (stated > length) return l.text(` [len ${stated}]`);
  const end = at + stated;
  l.text(`\n\tRouter-ID ${l.ip4Text(at + 4)}`);
  l.text(l.u32(at + 8) !== 0 ? `, Area ${l.ip4Text(at + 8)}` : ", Backbone Area");
  if (l.u8(at + 14) !== 0) l.text(`, Instance ${l.u8(at + 14)}`);
  if (version !== 3) return;
  body(l, kind, at + HEADER, end);
  trailer(l, kind, at, end, length - stated);
}

function body(l: Line, kind: number, at: number, end: number): void {
  const more = l.verbose > 1;
  switch (kind) {
    case 1:
      l.text(`\n\tOptions [${bitNames(OPTIONS, l.u24(at + 5), "none")}]`);
      l.text(`\n\t  Hello Timer ${l.u16(at + 8)}s, Dead Timer ${l.u16(at + 10)}s, Interface-ID ${l.ip4Text(at)}, `);
      l.text(`Priority ${l.u8(at + 4)}`);
      if (l.u32(at + 12) !== 0) l.text(`\n\t  Designated Router ${l.ip4Text(at + 12)}`);
      if (l.u32(at + 16) !== 0) l.text(`, Backup Designated Router ${l.ip4Text(at + 16)}`);
      if (!more) return;
      l.text("\n\t  Neighbor List:");
      for (let one = at + 20; one < end; one += 4) l.text(`\n\t    ${l.ip4Text(one)}`);
      return;
    case 2:
      l.text(`\n\tOptions [${bitNames(OPTIONS, l.u24(at + 1), "none")}]`);
      l.text(`, DD Flags [${bitNames(DESCRIPTION, l.u8(at + 7), "none")}]`);
      l.text(`, MTU ${l.u16(at + 4)}, DD-Sequence 0x${hex(l.u32(at + 8), 8)}`);
      if (!more) return;
      for (let one = at + 12; one < end; one += LSA_HEADER) header(l, one, end);
      return;
    case 3:
      if (!more) return;
      for (; at < end; at += 12) {
        l.need(at, 12);
        l.text(`\n\t  Advertising Router ${l.ip4Text(at + 8)}`);
        typeText(l, l.u16(at + 2), at + 4);
      }
      return;
    case 4: {
      if (!more) return;
      let count = l.u32(at);
      for (at += 4; at < end && count > 0; count--) {
        header(l, at, end);
        const length = l.u16(at + 18);
        if (length < LSA_HEADER || at + length > end) l.cut();
        if (!advertisement(l, l.u16(at + 2), at + LSA_HEADER, length - LSA_HEADER)) l.cut();
        at += length;
      }
      return;
    }
    case 5:
      if (!more) return;
      for (; at < end; at += LSA_HEADER) header(l, at, end);
  }
}

function typeText(l: Line, type: number, id: number): void {
  l.text(`\n\t    ${LSA[type & 0x1fff] ?? "Unknown"} LSA (${type & 0x1fff}), `);
  l.text(`${SCOPES[type & 0x6000] ?? "Unknown"} Scope${(type & 0x8000) !== 0 ? ", transitive" : ""}, `);
  l.text(`LSA-ID ${l.ip4Text(id)}`);
}

function header(l: Line, at: number, end: number): void {
  if (at + LSA_HEADER > end) l.cut();
  const octets = l.u16(at + 18) - LSA_HEADER;
  if (octets < 0) {
    l.text(`\n\t\t  Bogus length ${octets + LSA_HEADER} < header (${LSA_HEADER})`);
    l.cut();
  }
  l.text(`\n\t  Advertising Router ${l.ip4Text(at + 8)}, seq 0x${hex(l.u32(at + 12), 8)}, age ${l.u16(at)}s, `);
  l.text(`length ${octets}`);
  typeText(l, l.u16(at + 2), at + 4);
}

/** The body of an advertisement; `false` when it is too short. */
function advertisement(l: Line, type: number, at: number, left: number): boolean {
  const print = BODIES[type];
  if (print !== undefined) return print(l, at, left);
  unknownData(l, at, "\n\t      ", left);
  return true;
}

const BODIES: Readonly<Record<number, (l: Line, at: number, left: number) => boolean>> = {
  0x0008: linkLocal,
  0x000a: printTrafficEngineering,
  0x000b: printGrace,
  0x2001: router,
  0x2002: (l, at, left) => {
    if (left < 4) return false;
    l.text(`\n\t      Options [${bitNames(OPTIONS, l.u32(at), "none")}]\n\t      Connected Routers:`);
    let offset = 4;
    for (; left - offset >= 4; offset += 4) l.text(`\n\t\t${l.ip4Text(at + offset)}`);
    return offset === left;
  },
  0x2003: (l, at, left) => {
    if (left < 4) return false;
    l.text(`, metric ${l.u32(at) & 0xffffff}`);
    for (let cursor = at + 4; cursor < at + left;) cursor = prefix(l, cursor, at + left);
    return true;
  },
  0x2009: (l, at, left) => {
    if (left < 12) return false;
    typeText(l, l.u16(at + 2), at + 4);
    const count = l.u16(at);
    l.text(`\n\t      Prefixes ${count}:`);
    prefixes(l, at + 12, at + left, count);
    return true;
  },
  0x4005: external,
};

/** RFC 5340 A.4.3. */
function router(l: Line, at: number, left: number): boolean {
  if (left < 4) return false;
  const end = at + left;
  l.text(`\n\t      Options [${bitNames(OPTIONS, l.u32(at) & 0xffffff, "none")}]`);
  l.text(`, RLA-Flags [${bitNames(ROUTER_FLAGS, l.u8(at), "none")}]`);
  for (at += 4; at < end; at += 16) {
    if (end - at < 16) return false;
    const kind = l.u8(at);
    if (kind !== 1 && kind !== 2 && kind !== 4) {
      l.text(`\n\t      Unknown Router Links Type 0x${hex(kind, 2)}`);
      return true;
    }
    l.text(`\n\t      ${kind === 4 ? "Virtual Link: " : ""}Neighbor ${kind === 2 ? "Network" : "Router"}-ID `);
    l.text(`${l.ip4Text(at + 12)}\n\t      Neighbor Interface-ID ${l.ip4Text(at + 8)}, `);
    l.text(`Interface ${l.ip4Text(at + 4)}, metric ${l.u16(at + 2)}`);
  }
  return true;
}

/** RFC 5340 A.4.7. */
function external(l: Line, at: number, left: number): boolean {
  if (left < 4) return false;
  const end = at + left, flags = l.u32(at);
  l.text(`\n\t     Flags [${bitNames(EXTERNAL_FLAGS, flags, "none")}] metric ${flags & 0xffffff}`);
  if (left < 8) return false;
  const referenced = l.u16(at + 6) >> 8 !== 0;
  at = prefix(l, at + 4, end);
  if ((flags & 0x2000000) !== 0) {
    if (end - at < 16) return false;
    l.text(` forward ${l.ip6Text(at)}`);
    at += 16;
  }
  if ((flags & 0x1000000) !== 0) {
    if (end - at < 4) return false;
    l.text(` tag ${l.ip4Text(at)}`);
    at += 4;
  }
  if (!referenced) return true;
  if (end - at < 4) return false;
  l.text(` RefLSID: ${l.ip4Text(at)}`);
  return true;
}

/** RFC 5340 A.4.9. */
function linkLocal(l: Line, at: number, left: number): boolean {
  if (left < 4) return false;
  l.text(`\n\t      Options [${bitNames(OPTIONS, l.u32(at) & 0xffffff, "none")}]`);
  if (left < 24) return false;
  const count = l.u32(at + 20);
  l.text(`\n\t      Priority ${l.u8(at)}, Link-local address ${l.ip6Text(at + 4)}, Prefixes ${count}:`);
  prefixes(l, at + 24, at + left, count);
  return true;
}

function prefixes(l: Line, at: number, end: number, count: number): void {
  for (let i = 0; i < count; i++) at = prefix(l, at, end);
}

/** A prefix with options and metric; gives the offset behind it. */
function prefix(l: Line, at: number, end: number): number {
  if (end - at < 4) l.cut();
  const size = l.u8(at), options = l.u8(at + 1), metric = l.u16(at + 2);
  const octets = ((size + 31) >> 5) * 4;
  if (octets > 16) {
    l.text(` bogus prefixlen /${size}`);
    l.cut();
  }
  if (end - at - 4 < octets) l.cut();
  l.need(at + 4, octets);
  const address = new Uint8Array(16);
  address.set(l.bytes.subarray(at + 4, at + 4 + octets));
  l.text("\n\t\t");
  l.out.ip6(address, 0);
  l.text(`/${size}`);
  if (options !== 0) l.text(`, Options [${bitNames(PREFIX_OPTIONS, options, "none")}]`);
  l.text(`, metric ${metric}`);
  return at + 4 + octets;
}

/** Link-local signalling (RFC 5613) and authentication (RFC 7166) behind a packet. */
function trailer(l: Line, kind: number, at: number, from: number, left: number): void {
  if (left === 0) return;
  const options = kind === 1 ? l.u24(at + HEADER + 5) : kind === 2 ? l.u24(at + HEADER + 1) : 0;
  if ((options & 0x200) !== 0) {
    if (left < 4) l.cut();
    const size = l.u16(from + 2);
    l.text(`\n\tLLS Checksum 0x${hex(l.u16(from), 4)}, Data Length ${size}`);
    if (size < 4 || size > left) l.cut();
    l.need(from, size);
    from += size;
    left -= size;
  }
  if (left === 0) return;
  if (left < 16) l.cut();
  const type = l.u16(from), size = l.u16(from + 2);
  l.text(`\n\tAuthentication Type ${type === 1 ? "HMAC" : `unknown (0x${hex(type, 4)})`}, Length ${size}`);
  if (size < 16 || size > left) l.cut();
  l.text(`, SAID ${l.u16(from + 6)}, CSN 0x${hex(l.u32(from + 8), 8)}:${hex(l.u32(from + 12), 8)}`);
  if (l.verbose > 1) unknownData(l, from + 16, "\n\tAuthentication Data ", size - 16);
}
