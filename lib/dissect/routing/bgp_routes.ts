// Routes as BGP carries them, by address family (RFC 4271 4.3, RFC 4760): prefixes, with labels (RFC 8277) and route
// distinguishers (RFC 4364), Ethernet VPN (RFC 7432), flow specifications (RFC 8955), VPLS (RFC 4761). Pure.
// To add a family: a line in `READERS`.
import { names } from "../coding/names.ts";
import { hex } from "../../base/hex.ts";
import { flowRoute } from "./bgp_flows.ts";
import { evpnRoute } from "./bgp_evpn.ts";
import { readPrefix } from "../coding/prefix.ts";
import { routeDistinguisher } from "./bgp_parts.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

/** IANA "Address Family Numbers". */
export const AFIS: Readonly<Record<number, string>> = {
  1: "IPv4",
  2: "IPv6",
  25: "L2VPN",
  16388: "BGP-LS",
  16389: "BGP-LS",
};
/** IANA "SAFI Values". */
export const SAFIS = names(`
  1 unicast; 2 multicast; 4 labeled unicast; 5 multicast VPN; 65 VPLS; 66 MDT; 70 EVPN; 71 link state;
  72 link state VPN; 73 SR policy; 128 VPN; 129 multicast in VPN; 132 route target constraints; 133 flow specification;
  134 flow specification VPN
`);

/** "IPv4 unicast". */
export const familyName = (afi: number, safi: number) => `${AFIS[afi] ?? `family ${afi}`} ${SAFIS[safi] ?? safi}`;

/** Whether routes of a family have path identifiers (RFC 7911); `undefined` when nobody knows. */
export type PathIds = (afi: number, safi: number) => boolean | undefined;

const REF = "RFC 4271 4.3";

const prefixOctets = (tree: Tree, bits: number, afi: number, ref: string) =>
  readPrefix(tree, "Prefix", bits, Math.ceil(bits / 8), afi === 2 ? 16 : 4, ref);

function plainRoute(tree: Tree, afi: number): string {
  const bits = tree.u8("Prefix length", REF);
  if (bits > (afi === 2 ? 128 : 32)) tree.flaw(`A prefix of ${counted(bits, "bit")} is longer than an address`);
  return prefixOctets(tree, bits, afi, REF);
}

/** Labels up to the one at the bottom, or one that withdraws; gives their octets and words (RFC 8277 2.2). */
function labels(tree: Tree, bits: number): [used: number, words: string] {
  const found: number[] = [];
  let used = 0;
  while (used + 24 <= bits) {
    const word = tree.flags(
      "Label",
      3,
      [["Label", 0, 20], ["Traffic class", 20, 3], ["Bottom of stack", 23, 1]],
      "RFC 8277 2.2",
      "",
    );
    used += 24;
    const withdrawn = word === 0x800000 || word === 0;
    tree.last.meaning = withdrawn ? "for withdrawing" : `label ${word >> 4}`;
    if (!withdrawn) found.push(word >> 4);
    if (withdrawn || (word & 1) === 1) break;
  }
  return [used, found.length === 0 ? "" : ` label ${found.join(", ")}`];
}

function labeledRoute(tree: Tree, afi: number): string {
  const bits = tree.u8("Length", "RFC 8277 2.2", () => "bits of labels and prefix");
  const [used, words] = labels(tree, bits);
  return `${prefixOctets(tree, bits - used, afi, "RFC 8277 2.2")}${words}`;
}

function vpnRoute(tree: Tree, afi: number): string {
  const ref = "RFC 4364 4.3.4";
  const bits = tree.u8("Length", ref, () => "bits of labels, route distinguisher and prefix");
  const [used, words] = labels(tree, bits);
  const distinguisher = routeDistinguisher(tree);
  return `${distinguisher} ${prefixOctets(tree, Math.max(0, bits - used - 64), afi, ref)}${words}`;
}

function vpls(tree: Tree): string {
  const ref = "RFC 4761 3.2.2";
  const length = tree.u16("Length", ref);
  return tree.within("VPLS route", length, (part) => {
    const distinguisher = routeDistinguisher(part);
    // BGP auto-discovery only has the address of the edge (RFC 6074 3.2.2.1).
    if (length === 12) return `${distinguisher} ${part.ip("Edge address", 4, "RFC 6074 3.2.2.1")}`;
    const edge = part.u16("VPLS edge ID", ref);
    part.u16("Block offset", ref);
    part.u16("Block size", ref);
    part.flags("Label base", 3, [["Label", 0, 20], ["Reserved", 20, 4]], ref, "");
    part.rest("Octets", ref);
    return `${distinguisher} edge ${edge}`;
  }) ?? "VPLS";
}

function constraint(tree: Tree): string {
  const ref = "RFC 4684 4";
  const bits = tree.u8("Prefix length", ref);
  if (bits < 32) return "every route target";
  const as = tree.u32("Origin AS", ref);
  const octets = Math.min(8, Math.ceil((bits - 32) / 8));
  return `AS ${as} ${octets === 0 ? "any" : hex(tree.bytes("Route target", octets, ref))}`;
}

function mvpn(tree: Tree): string {
  const ref = "RFC 6514 4";
  const names: Readonly<Record<number, string>> = {
    1: "intra-AS I-PMSI A-D",
    2: "inter-AS I-PMSI A-D",
    3: "S-PMSI A-D",
    4: "leaf A-D",
    5: "source active A-D",
    6: "shared tree join",
    7: "source tree join",
  };
  const type = tree.u8("Route type", ref, names);
  const length = tree.u8("Length", ref);
  tree.within("MVPN route", length, (part) => {
    if (type !== 4 && part.remaining >= 8) routeDistinguisher(part);
    if (type === 1 && part.remaining === 4) part.ip("Originating router", 4, ref);
    part.rest("Octets", ref);
  });
  return names[type] ?? `type ${type}`;
}

function segmentPolicy(tree: Tree, afi: number): string {
  const ref = "RFC 9830 2.1";
  tree.u8("Length", ref, () => "bits");
  const distinguisher = tree.u32("Distinguisher", ref);
  const color = tree.u32("Color", ref);
  return `policy ${distinguisher}, color ${color}, to ${tree.ip("Endpoint", afi === 2 ? 16 : 4, ref)}`;
}

function linkState(tree: Tree): string {
  const ref = "RFC 9552 5.2";
  const names: Readonly<Record<number, string>> = {
    1: "node",
    2: "link",
    3: "IPv4 prefix",
    4: "IPv6 prefix",
    6: "SRv6 SID",
  };
  const protocols: Readonly<Record<number, string>> = {
    1: "IS-IS level 1",
    2: "IS-IS level 2",
    3: "OSPFv2",
    4: "direct",
    5: "static",
    6: "OSPFv3",
    7: "BGP",
  };
  const type = tree.u16("NLRI type", ref, names);
  const length = tree.u16("NLRI length", ref);
  tree.within("Link state route", length, (part) => {
    part.u8("Protocol", ref, protocols);
    part.u64("Identifier", ref);
    while (part.remaining >= 4) {
      part.group("Descriptor", (group) => {
        const kind = part.u16("Type", ref, {
          256: "local node",
          257: "remote node",
          258: "link identifiers",
          259: "IPv4 interface",
          260: "IPv4 neighbor",
          261: "IPv6 interface",
          262: "IPv6 neighbor",
          265: "IP reachability",
        });
        const size = part.u16("Length", ref);
        if (size > 0) part.bytes("Value", size, ref);
        group.meaning = `type ${kind}`;
      }, { ref });
    }
    part.rest("Octets", ref);
  });
  return `${names[type] ?? `type ${type}`}`;
}

type Reader = (tree: Tree, afi: number) => string;
/** By subsequent address family. */
const READERS: Readonly<Record<number, readonly [name: string, read: Reader, ref: string]>> = {
  1: ["Route", plainRoute, REF],
  2: ["Route", plainRoute, REF],
  4: ["Route", labeledRoute, "RFC 8277 2.2"],
  5: ["Route", mvpn, "RFC 6514 4"],
  65: ["Route", vpls, "RFC 4761 3.2.2"],
  70: ["Route", evpnRoute, "RFC 7432 7"],
  71: ["Route", linkState, "RFC 9552 5.2"],
  73: ["Route", segmentPolicy, "RFC 9830 2.1"],
  128: ["Route", vpnRoute, "RFC 4364 4.3.4"],
  129: ["Route", vpnRoute, "RFC 6514 10"],
  132: ["Route", constraint, "RFC 4684 4"],
  133: ["Flow", (tree, afi) => flowRoute(tree, afi, false), "RFC 8955 4"],
  134: ["Flow", (tree, afi) => flowRoute(tree, afi, true), "RFC 8955 8"],
};

/**
 * Whether prefixes with path identifiers before them fit the octets and such without do not: a capture may begin after
 * the OPENs that would tell.
 */
function looksLikePaths(bytes: Uint8Array, afi: number): boolean {
  const limit = afi === 2 ? 128 : 32;
  const fits = (extra: number) => {
    let at = 0;
    while (at < bytes.length) {
      const bits = bytes[at + extra];
      if (bits === undefined || bits > limit) return false;
      at += extra + 1 + Math.ceil(bits / 8);
    }
    return at === bytes.length;
  };
  return !fits(0) && fits(4);
}

/** Routes up to the end of `tree`; gives each in words. */
export function routesOf(tree: Tree, afi: number, safi: number, paths: PathIds): string[] {
  const [name, read, ref] = READERS[safi] ?? [];
  if (read === undefined || name === undefined || (afi !== 1 && afi !== 2 && safi < 64)) {
    if (tree.remaining > 0) tree.rest("Routes", "RFC 4760 3");
    return [];
  }
  const { bytes, offset, end } = tree.reader;
  const identified = paths(afi, safi) ?? (safi === 1 && looksLikePaths(bytes.subarray(offset, end), afi));
  const words: string[] = [];
  while (tree.remaining > 0) {
    tree.group(name, (group) => {
      const path = identified ? tree.u32("Path identifier", "RFC 7911 3") : undefined;
      group.meaning = read(tree, afi) + (path === undefined ? "" : ` (path ID ${path})`);
      words.push(group.meaning);
    }, ref === undefined ? {} : { ref });
  }
  return words;
}

/** The next hop of `MP_REACH_NLRI`: an address, perhaps behind a route distinguisher, and its link-local one. */
export function nextHop(tree: Tree, length: number): string {
  const ref = "RFC 4760 3";
  const words: string[] = [];
  tree.within("Next hop", length, (part) => {
    const distinguished = length === 12 || length === 24 || length === 48;
    while (part.remaining > 0) {
      if (distinguished && part.remaining >= 8) routeDistinguisher(part);
      const size = length === 4 || length === 12 ? 4 : 16;
      if (part.remaining < size) break;
      words.push(part.ip(words.length === 0 ? "Next hop" : "Link-local next hop", size, ref));
    }
    part.rest("Next hop", ref);
  });
  return words.join(", ");
}
