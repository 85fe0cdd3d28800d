// Capabilities that BGP speakers offer in OPEN (RFC 5492). To add one: a line in the table. Pure.
import { AFIS, familyName, SAFIS } from "./bgp_routes.ts";
import { filterAbilities } from "./bgp_filters.ts";
import { readItems, type TlvForm, type TlvTable } from "../coding/shape.ts";
import { clip, seconds } from "../coding/words.ts";
import type { Tree } from "../tree.ts";

/** What one side offers, as far as it changes how messages are read. */
export interface Offer {
  as4: boolean;
  /** Its number: that of the capability where it has four octets. */
  as: number;
  /** "1 1" (family) to 1 receive, 2 send, 3 both. */
  readonly addPath: Map<string, number>;
}

export const FormOfCapabilities: TlvForm = { type: 1, length: 1, called: "Capability" };

function family(tree: Tree, ref: string): [afi: number, safi: number] {
  const afi = tree.u16("Address family", ref, AFIS);
  return [afi, tree.u8("Subsequent address family", ref, SAFIS)];
}

/** Families, each with what `more` reads behind it. */
function families(tree: Tree, ref: string, size: number, more: (afi: number, safi: number) => string): string {
  const words: string[] = [];
  while (tree.remaining >= size) {
    const [afi, safi] = family(tree, ref);
    words.push(`${familyName(afi, safi)}${more(afi, safi)}`);
  }
  return words.join(", ");
}

/** Families, each with the filters that can be asked for. */
const filterFamilies = (tree: Tree): string => {
  const words: string[] = [];
  while (tree.remaining >= 5) {
    const afi = tree.u16("Address family", "RFC 5291 5", AFIS);
    tree.u8("Reserved", "RFC 5291 5");
    const safi = tree.u8("Subsequent address family", "RFC 5291 5", SAFIS);
    words.push(`${familyName(afi, safi)}: ${filterAbilities(tree)}`);
  }
  return words.join("; ");
};

const SEND = ["neither", "receive", "send", "both"];

/** The table of capabilities; what they say is noted in `offer`. */
export function capabilityTable(offer: Offer): TlvTable {
  return {
    1: ["Multiprotocol extensions", (tree) => {
      const ref = "RFC 4760 8";
      const afi = tree.u16("Address family", ref, AFIS);
      tree.u8("Reserved", ref);
      return familyName(afi, tree.u8("Subsequent address family", ref, SAFIS));
    }, "RFC 4760 8"],
    2: ["Route refresh", [], "RFC 2918 2"],
    3: ["Outbound route filtering", filterFamilies, "RFC 5291 5"],
    4: ["Multiple routes to a destination", undefined, "RFC 3107 4"],
    5: ["Extended next hop encoding", (tree) => {
      const words: string[] = [];
      while (tree.remaining >= 6) {
        const [afi, safi, hop] = readItems(tree, [
          ["Address family", "u16", AFIS],
          ["Subsequent address family", "u16", SAFIS],
          ["Next hop family", "u16", AFIS],
        ], "RFC 8950 4");
        words.push(`${familyName(Number(afi), Number(safi))} by ${AFIS[Number(hop)] ?? hop}`);
      }
      return words.join(", ");
    }, "RFC 8950 4"],
    6: ["Extended message", [], "RFC 8654 3"],
    7: ["BGPsec", [["Version and direction", 1, [["Version", 0, 4], [
      "Direction",
      4,
      1,
      (v) => v === 1 ? "send" : "receive",
    ], ["Reserved", 5, 3]]], ["Address family", "u16", AFIS]], "RFC 8205 2.1"],
    8: [
      "Multiple labels",
      (tree) => families(tree, "RFC 8277 2.1", 4, () => ` ${tree.u8("Count", "RFC 8277 2.1")}`),
      "RFC 8277 2.1",
    ],
    9: ["Role", [["Role", "u8", {
      0: "provider",
      1: "route server",
      2: "route server client",
      3: "customer",
      4: "peer",
    }]], "RFC 9234 4.1"],
    64: ["Graceful restart", (tree) => {
      const ref = "RFC 4724 3";
      const word = tree.flags("Flags and restart time", 2, [
        ["Restart state", 0, 1],
        ["Notification", 1, 1],
        ["Reserved", 2, 2],
        ["Restart time", 4, 12, seconds],
      ], ref);
      const list = families(tree, ref, 4, () => {
        tree.flags("Flags", 1, [["Forwarding state kept", 0, 1], ["Reserved", 1, 7]], ref);
        return "";
      });
      return `restart time ${word & 0xfff} s${list === "" ? "" : `, ${list}`}`;
    }, "RFC 4724 3"],
    65: ["Four-octet AS numbers", (tree) => {
      offer.as4 = true;
      offer.as = tree.u32("Autonomous system", "RFC 6793 3");
      return String(offer.as);
    }, "RFC 6793 3"],
    66: ["Dynamic capability (deprecated)", undefined, "draft-ietf-idr-dynamic-cap"],
    67: ["Dynamic capability", undefined, "draft-ietf-idr-dynamic-cap"],
    68: ["Multisession", undefined, "draft-ietf-idr-bgp-multisession"],
    69: ["Additional paths", (tree) =>
      families(tree, "RFC 7911 4", 4, (afi, safi) => {
        const way = tree.u8("Send/receive", "RFC 7911 4", { 1: "receive", 2: "send", 3: "both" });
        offer.addPath.set(`${afi} ${safi}`, way);
        return ` ${SEND[way] ?? way}`;
      }), "RFC 7911 4"],
    70: ["Enhanced route refresh", [], "RFC 7313 3.1"],
    71: ["Long-lived graceful restart", (tree) =>
      families(tree, "RFC 9494 3", 7, () => {
        tree.flags("Flags", 1, [["Forwarding state kept", 0, 1], ["Reserved", 1, 7]], "RFC 9494 3");
        return ` ${tree.u24("Stale time", "RFC 9494 3", seconds)} s`;
      }), "RFC 9494 3"],
    73: ["Host name", (tree) => {
      const ref = "draft-walton-bgp-hostname-capability";
      const size = tree.u8("Host name length", ref);
      const host = size === 0 ? "" : tree.text("Host name", size, ref);
      const more = tree.remaining === 0 ? 0 : tree.u8("Domain name length", ref);
      const domain = more === 0 ? "" : tree.text("Domain name", more, ref);
      return clip(domain === "" ? host : `${host}.${domain}`);
    }, "draft-walton-bgp-hostname-capability"],
    74: ["BFD strict mode", [], "draft-ietf-idr-bgp-bfd-strict-mode"],
    75: ["Software version", (tree) => {
      const ref = "draft-abraitis-bgp-version-capability";
      const size = tree.u8("Version length", ref);
      return size === 0 ? "" : clip(tree.text("Version", size, ref));
    }, "draft-abraitis-bgp-version-capability"],
    128: ["Route refresh (before its number)", [], "RFC 8810 3"],
    129: ["Outbound route filtering (before its number)", undefined, "RFC 8810 3"],
    130: ["Outbound route filtering (before its number)", filterFamilies, "RFC 8810 3"],
    131: ["Multisession (before its number)", undefined, "RFC 8810 3"],
  };
}
