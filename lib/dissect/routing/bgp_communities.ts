// Communities of BGP routes: of 32 bits (RFC 1997), extended (RFC 4360, RFC 7153), large (RFC 8092). Pure.
import { floatOf } from "../../base/bytes.ts";
import { ip4Of } from "./bgp_parts.ts";
import type { Tree } from "../tree.ts";

const KNOWN: Readonly<Record<number, string>> = {
  0xffff0000: "graceful shutdown",
  0xffff0001: "accept own",
  0xffff0006: "long-lived graceful restart stale",
  0xffff0007: "no long-lived graceful restart",
  0xffff029a: "blackhole",
  0xffffff01: "no export",
  0xffffff02: "no advertise",
  0xffffff03: "no export out of the confederation",
  0xffffff04: "no peer",
};

/** Two numbers each, `64512:7`, or a well-known name (RFC 1997). Gives them in words. */
export function communities(tree: Tree): string {
  const words: string[] = [];
  while (tree.remaining >= 4) {
    const text = tree.field("Community", (r) => `${r.u16()}:${r.u16()}`, (value) => {
      const [as, number] = value.split(":").map(Number);
      return { ref: "RFC 1997", meaning: KNOWN[as! * 0x10000 + number!] };
    });
    words.push(tree.last.meaning ?? text);
  }
  return words.join(", ");
}

/** Three numbers each: who says it, and what (RFC 8092 3). Gives them in words. */
export function largeCommunities(tree: Tree): string {
  const words: string[] = [];
  while (tree.remaining >= 12) {
    tree.group("Large community", (group) => {
      const ref = "RFC 8092 3";
      const parts = [
        tree.u32("Global administrator", ref),
        tree.u32("Local data 1", ref),
        tree.u32("Local data 2", ref),
      ];
      words.push(group.meaning = parts.join(":"));
    }, { ref: "RFC 8092 3" });
  }
  return words.join(", ");
}

/** Names of subtypes of the three kinds that have an administrator: AS, address, AS of four octets. */
const ADMINISTERED: Readonly<Record<number, string>> = {
  0x02: "route target",
  0x03: "route origin",
  0x05: "OSPF domain identifier",
  0x07: "OSPF router identifier",
  0x08: "BGP data collection",
  0x09: "source AS",
  0x0a: "L2VPN identifier",
  0x0b: "VRF route import",
  0x10: "Cisco VPN distinguisher",
};
const BY_AS = { ...ADMINISTERED, 0x04: "link bandwidth" };
/** Names of subtypes by their types. */
const SUBTYPES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  0x00: BY_AS,
  0x01: ADMINISTERED,
  0x02: ADMINISTERED,
  0x03: {
    0x01: "cost",
    0x06: "OSPF route type",
    0x0b: "color",
    0x0c: "encapsulation",
    0x0d: "default gateway",
  },
  0x06: {
    0x00: "MAC mobility",
    0x01: "ESI label",
    0x02: "ES import route target",
    0x03: "router's MAC",
    0x04: "layer 2 attributes",
    0x08: "ARP/ND",
  },
  0x40: BY_AS,
  0x41: ADMINISTERED,
  0x42: ADMINISTERED,
  0x43: { 0x00: "origin validation state", 0x01: "cost" },
  0x80: {
    0x00: "OSPF route type",
    0x01: "OSPF router identifier",
    0x05: "OSPF domain identifier",
    0x06: "traffic rate in octets",
    0x07: "traffic action",
    0x08: "redirect",
    0x09: "traffic marking",
    0x0a: "layer 2 information",
    0x0c: "traffic rate in packets",
  },
  0x81: { 0x08: "redirect" },
  0x82: { 0x08: "redirect" },
};
const TUNNELS: Readonly<Record<number, string>> = {
  1: "L2TPv3",
  2: "GRE",
  7: "IP in IP",
  8: "VXLAN",
  9: "NVGRE",
  10: "MPLS",
  11: "MPLS in GRE",
  12: "VXLAN GPE",
  13: "MPLS in UDP",
  15: "SR policy",
  19: "Geneve",
};
const VALIDATION: Readonly<Record<number, string>> = { 0: "valid", 1: "not found", 2: "invalid" };

/** Reads the six octets behind type and subtype; gives them in words. */
type ReadValue = (tree: Tree) => string;

const EXTENDED = "RFC 4360 3";

const byAs: ReadValue = (tree) =>
  `${tree.u16("Global administrator", EXTENDED)}:${tree.u32("Local administrator", EXTENDED)}`;
const byAddress: ReadValue = (tree) =>
  `${ip4Of(tree.u32("Global administrator", EXTENDED, ip4Of))}:${tree.u16("Local administrator", EXTENDED)}`;
const byLongAs: ReadValue = (tree) =>
  `${tree.u32("Global administrator", "RFC 5668 2")}:${tree.u16("Local administrator", "RFC 5668 2")}`;

const trafficRate = (ref: string): ReadValue => (tree) => {
  tree.u16("Autonomous system", ref);
  const rate = tree.field("Rate", (r) => floatOf(r.take(4)), (v) => v === 0 ? "discard" : undefined);
  return rate === 0 ? "discard" : String(rate);
};

function bandwidth(tree: Tree): string {
  tree.u16("Autonomous system", "draft-ietf-idr-link-bandwidth");
  return `${tree.field("Bandwidth", (r) => floatOf(r.take(4)), () => "octets a second")} octets a second`;
}

function routeType(tree: Tree): string {
  const area = tree.ip("Area", 4, "RFC 4577 4.2.6");
  const route = tree.u8("Route type", "RFC 4577 4.2.6");
  tree.u8("Options", "RFC 4577 4.2.6");
  return `area ${area}, type ${route}`;
}

/** Values by type and subtype in one number. To add one: a line here, and its name above. */
const VALUES: Readonly<Record<number, ReadValue>> = {
  0x0004: bandwidth,
  0x4004: bandwidth,
  0x0306: routeType,
  0x030b(tree) {
    tree.u16("Flags", "RFC 9012 4.3");
    return String(tree.u32("Color", "RFC 9012 4.3"));
  },
  0x030c(tree) {
    tree.bytes("Reserved", 4, "RFC 9012 4.1");
    const tunnel = tree.u16("Tunnel type", "RFC 9012 4.1", TUNNELS);
    return TUNNELS[tunnel] ?? String(tunnel);
  },
  0x0600(tree) {
    tree.flags("Flags", 1, [["Reserved", 0, 7], ["Sticky", 7, 1]], "RFC 7432 7.7");
    tree.u8("Reserved", "RFC 7432 7.7");
    return `sequence ${tree.u32("Sequence number", "RFC 7432 7.7")}`;
  },
  0x0602: (tree) => tree.mac("ES import", "RFC 7432 7.6"),
  0x0603: (tree) => tree.mac("Router's MAC", "RFC 9135 8.1"),
  0x4300(tree) {
    tree.bytes("Reserved", 5, "RFC 8097 2");
    const state = tree.u8("Validation state", "RFC 8097 2", VALIDATION);
    return VALIDATION[state] ?? String(state);
  },
  0x8000: routeType,
  0x8001: byAddress,
  0x8005: byAs,
  0x8006: trafficRate("RFC 8955 7.1"),
  0x8007(tree) {
    tree.bytes("Reserved", 5, "RFC 8955 7.3");
    tree.flags("Action", 1, [["Reserved", 0, 6], ["Sample", 6, 1], ["Terminal", 7, 1]], "RFC 8955 7.3");
    return tree.last.meaning ?? "";
  },
  0x8008: byAs,
  0x8009(tree) {
    tree.bytes("Reserved", 5, "RFC 8955 7.5");
    return `DSCP ${tree.flags("Marking", 1, [["Reserved", 0, 2], ["DSCP", 2, 6]], "RFC 8955 7.5") & 63}`;
  },
  0x800c: trafficRate("RFC 8955 7.2"),
  0x8108: byAddress,
  0x8208: byLongAs,
};

/** Values of the other subtypes by the type: who assigned them, and what. */
const ASSIGNED: Readonly<Record<number, ReadValue>> = {
  0x00: byAs,
  0x01: byAddress,
  0x02: byLongAs,
  0x40: byAs,
  0x41: byAddress,
  0x42: byLongAs,
};

function octets(tree: Tree): string {
  tree.bytes("Value", 6, EXTENDED);
  return "";
}

/** Type, subtype and six octets each. Gives them in words. */
export function extendedCommunities(tree: Tree): string {
  const words: string[] = [];
  while (tree.remaining >= 8) {
    tree.group("Extended community", (group) => {
      const ref = "RFC 4360 2";
      const type = tree.reader.peek()!, subtype = tree.reader.peek(1)!;
      tree.flags(
        "Type",
        1,
        [
          ["Assigned by", 0, 1, (v) => v === 0 ? "IANA, first come" : "experimental"],
          ["Transitive", 1, 1, (v) => v === 0 ? "across AS borders" : "within the AS"],
          ["Kind", 2, 6, {
            0: "AS of two octets",
            1: "IPv4 address",
            2: "AS of four octets",
            3: "opaque",
            6: "EVPN",
          }],
        ],
        ref,
        "",
      );
      const known = SUBTYPES[type]?.[subtype];
      tree.u8("Subtype", "RFC 7153 5", () => known ?? "unknown");
      const said = tree.within("Extended community", 6, (part) => {
        const text = (VALUES[type << 8 | subtype] ?? ASSIGNED[type] ?? octets)(part);
        part.rest("Reserved", ref);
        return text;
      }) ?? "";
      group.meaning = `${known ?? `type ${type}, subtype ${subtype}`}${said === "" ? "" : ` ${said}`}`;
      words.push(group.meaning);
    }, { ref: "RFC 4360 2" });
  }
  return words.join(", ");
}
