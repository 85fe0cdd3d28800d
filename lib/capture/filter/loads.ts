// Loads from a packet of one link type, and the questions that are built of them: which protocol it carries. Pure.
// To add a protocol word: a line in `TRANSPORTS` or `NETWORKS`, and in the lexer.
import { and, cmp, type Cond, constant, is, load, not, type Num, op, or } from "./ir.ts";
import { ETHERTYPE, linkIs, type LinkLayout } from "./link.ts";
import { fail } from "./values.ts";

/** Words that stand for an IP protocol: its number and over which families it is looked for. */
export const TRANSPORTS: ReadonlyMap<string, readonly [protocol: number, families: "both" | 4 | 6]> = new Map([
  ["tcp", [6, "both"]],
  ["udp", [17, "both"]],
  ["sctp", [132, "both"]],
  ["icmp", [1, 4]],
  ["igmp", [2, 4]],
  ["igrp", [9, 4]],
  ["pim", [103, "both"]],
  ["vrrp", [112, 4]],
  ["carp", [112, 4]],
  ["icmp6", [58, 6]],
  ["ah", [51, "both"]],
  ["esp", [50, "both"]],
]);

/** Words that stand for an EtherType or an LLC service access point. */
export const NETWORKS: ReadonlyMap<string, number> = new Map([
  ["ip", ETHERTYPE.IP],
  ["ip6", ETHERTYPE.IPV6],
  ["arp", ETHERTYPE.ARP],
  ["rarp", ETHERTYPE.RARP],
  ["atalk", 0x809b],
  ["aarp", 0x80f3],
  ["decnet", 0x6003],
  ["sca", 0x6007],
  ["lat", 0x6004],
  ["mopdl", 0x6001],
  ["moprc", 0x6002],
  ["iso", 0xfe],
  ["stp", 0x42],
  ["ipx", 0xe0],
  ["netbeui", 0xf0],
]);

export const ISO_PROTOCOLS: ReadonlyMap<string, number> = new Map([["clnp", 0x81], ["esis", 0x82], ["isis", 0x83]]);

/** Words that stand for IS-IS packets: their types. */
const ISIS_TYPES: ReadonlyMap<string, readonly number[]> = new Map([
  ["l1", [15, 17, 18, 24, 26]],
  ["l2", [16, 17, 20, 25, 27]],
  ["iih", [15, 16, 17]],
  ["lsp", [18, 20]],
  ["snp", [24, 25, 26, 27]],
  ["csnp", [24, 25]],
  ["psnp", [26, 27]],
]);

/** Reads from packets; VLAN tags, MPLS labels and PPPoE change `layout` on the way. */
export class Loads {
  readonly layout: LinkLayout;
  /** MPLS labels so far. */
  mplsDepth = 0;

  constructor(layout: LinkLayout) {
    this.layout = layout;
  }

  net(size: 1 | 2 | 4, offset: number): Num {
    const { payload, network } = this.layout;
    return load(size, payload.at + network + offset, payload.plus);
  }

  headerLength(): Num {
    return op("*", op("&", this.net(1, 0), constant(15)), constant(4));
  }

  /** In the IPv4 payload, after options. */
  transport(size: 1 | 2 | 4, offset: number): Num {
    const { payload, network } = this.layout;
    const length = this.headerLength();
    const plus = payload.plus === undefined ? length : op("+", payload.plus, length);
    return load(size, payload.at + network + offset, plus);
  }

  link(size: 1 | 2 | 4, offset: number): Num {
    return load(size, this.layout.header.at + offset, this.layout.header.plus);
  }

  /** Inside Geneve: whether a frame with a link header is carried. */
  hasLinkHeader(): Cond {
    const { header, payload } = this.layout;
    return not(cmp("=", header.plus ?? constant(0), payload.plus ?? constant(0)));
  }

  // Protocols.

  type(protocol: number): Cond {
    if (this.mplsDepth > 0) {
      const bottom = is(op("&", this.net(1, -2), constant(1)), 1);
      const version = op("&", this.net(1, 0), constant(0xf0));
      if (protocol === ETHERTYPE.IP) return and(bottom, is(version, 0x40));
      if (protocol === ETHERTYPE.IPV6) return and(bottom, is(version, 0x60));
      return fail("unsupported protocol over mpls");
    }
    return linkIs(this.layout, protocol);
  }

  protocol(protocol: number, families: "both" | 4 | 6): Cond {
    const four = () => and(this.type(ETHERTYPE.IP), is(this.net(1, 9), protocol));
    // A fragment header may stand between; other extension headers are not passed over.
    const six = () =>
      and(
        this.type(ETHERTYPE.IPV6),
        or(
          is(this.net(1, 6), protocol),
          and(is(this.net(1, 6), 44), is(this.net(1, 40), protocol)),
        ),
      );
    if (families === 4) return four();
    return families === 6 ? six() : or(four(), six());
  }

  abbreviation(name: string): Cond {
    const transport = TRANSPORTS.get(name);
    if (transport !== undefined) return this.protocol(...transport);
    const network = NETWORKS.get(name);
    if (network !== undefined) return this.type(network);
    const iso = ISO_PROTOCOLS.get(name);
    if (iso !== undefined) return this.iso(iso);
    const isis = ISIS_TYPES.get(name);
    if (isis !== undefined) return or(...isis.map((type) => this.isis(type)));
    if (name === "link") return fail("link layer applied in wrong context");
    if (name === "radio") return fail("'radio' is not a valid protocol type");
    return fail(`'${name}' is not supported`);
  }

  iso(protocol: number): Cond {
    const { payload, iso } = this.layout;
    return and(this.type(0xfe), is(load(1, payload.at + iso, payload.plus), protocol));
  }

  isis(type: number): Cond {
    const { payload, iso } = this.layout;
    return and(this.iso(0x83), is(load(1, payload.at + iso + 4, payload.plus), type));
  }

  notFragment(): Cond {
    return is(op("&", this.net(2, 6), constant(0x1fff)), 0);
  }
}
