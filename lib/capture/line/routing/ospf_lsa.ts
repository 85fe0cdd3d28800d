// Link state advertisements of OSPF version 2. Pure. RFC 2328 appendix A.4, RFC 5250; the form is tcpdump's.
// What opaque ones carry stands in ospf_opaque.ts.
import { unknownData } from "../core/hexdump.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { printGrace, printRouterInformation, printTrafficEngineering } from "./ospf_opaque.ts";
import { bits, names } from "../core/table.ts";

export const LSA = names(
  "1 Router|Network|Summary|ASBR Summary|External|Multicast Group|NSSA|9 Link Local Opaque|Area Local Opaque|" +
    "Domain Wide Opaque",
);
export const OPAQUE = names("1 Traffic Engineering|3 Graceful restart|Router Information");
export const OPTIONS = bits(
  "0x1 MultiTopology|0x2 External|0x4 Multicast|0x8 NSSA|0x10 LLS|0x20 Demand Circuit|0x40 Opaque|0x80 Up/Down",
);
const ROUTER_FLAGS = bits("0x1 ABR|0x2 ASBR|0x4 Virtual|0x8 Wildcard|0x10 Nt|0x80 Host");
const TOPOLOGIES = names("0 default|multicast|management");
/** Octets of an advertisement's header. */
export const LSA_HEADER = 20;

const topology = (number: number) => `topology ${TOPOLOGIES[number] ?? "Unknown"} (${number})`;
const isOpaque = (type: number) => type >= 9 && type <= 11;

/** The header at `at`; gives the octets of the whole advertisement, -1 when it is too short. */
export function printAdvertisementHeader(l: Line, at: number): number {
  const length = l.u16(at + 18);
  if (length < LSA_HEADER) {
    l.text(`\n\t    Bogus length ${length} < header (${LSA_HEADER})`);
    return -1;
  }
  const type = l.u8(at + 3);
  l.text(`\n\t  Advertising Router ${l.ip4Text(at + 8)}, seq 0x${hex(l.u32(at + 12), 8)}, age ${l.u16(at)}s, `);
  l.text(`length ${length - LSA_HEADER}`);
  l.text(`\n\t    ${LSA[type] ?? "unknown"} LSA (${type}), `);
  if (isOpaque(type)) {
    const opaque = l.u8(at + 4);
    l.text(`Opaque-Type ${OPAQUE[opaque] ?? "unknown"} LSA (${opaque}), Opaque-ID ${l.u24(at + 5)}`);
  } else l.text(`LSA-ID: ${l.ip4Text(at + 4)}`);
  l.text(`\n\t    Options: [${bitNames(OPTIONS, l.u8(at + 2), "none")}]`);
  return length;
}

/** An advertisement at `at`; gives the offset behind it, -1 when it is too short. */
export function printAdvertisement(l: Line, at: number): number {
  const length = printAdvertisementHeader(l, at);
  if (length < 0) return -1;
  const end = at + length, type = l.u8(at + 3), body = at + LSA_HEADER;
  if (!content(l, type, at, body, end)) return end;
  if (l.verbose > 1) unknownData(l, body, "\n\t    ", length - LSA_HEADER);
  return end;
}

/** `false` when the advertisement is not looked at any further. */
function content(l: Line, type: number, at: number, body: number, end: number): boolean {
  switch (type) {
    case 1:
      return routerLinks(l, body);
    case 2:
      l.text(`\n\t    Mask ${l.ip4Text(body)}\n\t    Connected Routers:`);
      for (let one = body + 4; one < end; one += 4) l.text(`\n\t      ${l.ip4Text(one)}`);
      return true;
    case 3:
    case 4:
      if (type === 3) l.text(`\n\t    Mask ${l.ip4Text(body)}`);
      for (let one = body + 4; one < end; one += 4) {
        const word = l.u32(one);
        l.text(`\n\t\t${topology((word >>> 24) & 0x7f)} metric ${word & 0xffffff}`);
      }
      return true;
    case 5:
    case 7:
      l.text(`\n\t    Mask ${l.ip4Text(body)}`);
      for (let one = body + 4; one < end; one += 12) {
        const word = l.u32(one), metric = word & 0xffffff;
        l.text(`\n\t\t${topology((word >>> 24) & 0x7f)}, type ${word >>> 31 !== 0 ? 2 : 1}, `);
        l.text(`metric ${metric === 0xffffff ? "infinite" : metric}`);
        if (l.u32(one + 4) !== 0) l.text(`, forward ${l.ip4Text(one + 4)}`);
        if (l.u32(one + 8) !== 0) l.text(`, tag ${l.ip4Text(one + 8)}`);
      }
      return true;
    case 6:
      for (let one = body; one < end; one += 8) {
        const vertex = l.u32(one);
        if (vertex === 1) l.text(`\n\t    Router Router-ID ${l.ip4Text(one + 4)}`);
        else if (vertex === 2) l.text(`\n\t    Network Designated Router ${l.ip4Text(one + 4)}`);
        else {
          l.text(`\n\t    unknown VertexType (${vertex})`);
          return true;
        }
      }
      return true;
  }
  if (isOpaque(type)) {
    const opaque = l.u8(at + 4);
    if (opaque === 4) return printRouterInformation(l, body, end - body);
    if (opaque === 3) return printGrace(l, body, end - body);
    if (opaque === 1) return printTrafficEngineering(l, body, end - body);
    if (l.verbose <= 1) unknownData(l, body, "\n\t    ", end - body);
  }
  return true;
}

function routerLinks(l: Line, at: number): boolean {
  l.text(`\n\t    Router LSA Options: [${bitNames(ROUTER_FLAGS, l.u8(at), "none")}]`);
  let link = at + 4;
  const links = l.u16(at + 2);
  l.need(link, 12);
  for (let count = links; count > 0; count--) {
    const kind = l.u8(link + 8), more = l.u8(link + 9);
    const id = l.ip4Text(link), data = l.ip4Text(link + 4);
    if (kind === 4) l.text(`\n\t      Virtual Link: Neighbor Router-ID: ${id}, Interface Address: ${data}`);
    else if (kind === 1) l.text(`\n\t      Neighbor Router-ID: ${id}, Interface Address: ${data}`);
    else if (kind === 2) l.text(`\n\t      Neighbor Network-ID: ${id}, Interface Address: ${data}`);
    else if (kind === 3) l.text(`\n\t      Stub Network: ${id}, Mask: ${data}`);
    else {
      l.text(`\n\t      Unknown Router Link Type (${kind})`);
      return false;
    }
    for (let i = 0; i <= more; i++) {
      const one = link + 8 + i * 4;
      l.text(`\n\t\t${topology(i > 0 ? l.u8(one) : 0)}, metric ${l.u16(one + 2)}`);
    }
    link += 12 + more * 4;
  }
  return true;
}
