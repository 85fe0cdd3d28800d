// Numbers that say what follows: EtherTypes, access points of LLC, protocols of SNAP and IP, with the layer that explains
// each. Pure. To add one: a line here, and its layer in layers.ts where there is one.

/** EtherType: name, and the layer. IANA "IEEE 802 Numbers". */
const ETHERTYPES: Readonly<Record<number, readonly [name: string, layer?: string]>> = {
  0x0800: ["IPv4", "ipv4"],
  0x0806: ["ARP", "arp"],
  0x0842: ["Wake-on-LAN", "wake-on-lan"],
  0x2001: ["NHRP", "nhrp"],
  0x22f3: ["TRILL"],
  0x6558: ["Transparent Ethernet bridging", "ethernet"],
  0x8035: ["Reverse ARP", "arp"],
  0x8100: ["VLAN (802.1Q)", "vlan"],
  0x8137: ["IPX"],
  0x86dd: ["IPv6", "ipv6"],
  0x8808: ["Ethernet flow control", "mac-control"],
  0x8809: ["Slow protocols (LACP)", "slow"],
  0x880b: ["PPP", "ppp-bare"],
  0x8847: ["MPLS", "mpls"],
  0x8848: ["MPLS multicast", "mpls"],
  0x8863: ["PPPoE discovery", "pppoe"],
  0x8864: ["PPPoE session", "pppoe"],
  0x888e: ["EAP over LAN (802.1X)", "eapol"],
  0x88a8: ["Service VLAN (802.1ad)", "vlan"],
  0x88cc: ["LLDP", "lldp"],
  0x88e5: ["MACsec", "macsec"],
  0x88f7: ["PTP", "ptp"],
  0x9000: ["Loopback test", "loopback-test"],
  0x9100: ["VLAN (stacked)", "vlan"],
  0xfefe: ["OSI"],
};

/** IP protocol: name, and the layer. IANA "Assigned Internet Protocol Numbers". */
const IP_PROTOCOLS: Readonly<Record<number, readonly [name: string, layer?: string]>> = {
  0: ["hop-by-hop options", "ipv6-options"],
  1: ["icmp", "icmp"],
  2: ["igmp", "igmp"],
  4: ["ipip", "ipv4"],
  6: ["tcp", "tcp"],
  8: ["egp"],
  17: ["udp", "udp"],
  33: ["dccp", "dccp"],
  41: ["ipv6", "ipv6"],
  43: ["routing header", "ipv6-options"],
  44: ["fragment header", "ipv6-options"],
  46: ["rsvp"],
  47: ["gre", "gre"],
  50: ["esp", "esp"],
  51: ["ah", "ah"],
  58: ["icmp6", "icmp6"],
  59: ["no next header"],
  60: ["destination options", "ipv6-options"],
  88: ["eigrp", "eigrp"],
  89: ["ospf", "ospf"],
  103: ["pim", "pim"],
  108: ["ipcomp", "ipcomp"],
  112: ["vrrp", "vrrp"],
  115: ["l2tp", "l2tp-ip"],
  132: ["sctp", "sctp"],
  135: ["mobility header"],
  136: ["udplite", "udplite"],
  137: ["mpls", "mpls"],
  143: ["ethernet", "ethernet"],
};

/** Access point of LLC, without its lowest bit: name, and the layer. IEEE 802.2 3.3, IANA "IEEE 802 Numbers". */
export const ACCESS_POINTS: Readonly<Record<number, readonly [name: string, layer?: string]>> = {
  0x00: ["null"],
  0x02: ["LLC management"],
  0x04: ["SNA"],
  0x06: ["IP", "ipv4"],
  0x42: ["spanning tree", "stp"],
  0x7e: ["ISO 8208"],
  0x98: ["ARP", "arp"],
  0xaa: ["SNAP", "snap"],
  0xe0: ["IPX"],
  0xf0: ["NetBIOS"],
  0xfe: ["OSI"],
};

/** The first octet of network layers of OSI (ISO 9577): name, and the layer. */
export const NLPIDS: Readonly<Record<number, readonly [name: string, layer?: string]>> = {
  0x81: ["CLNP", "clnp"],
  0x82: ["ES-IS", "es-is"],
  0x83: ["IS-IS", "isis"],
  0x8e: ["IPv6"],
  0xcc: ["IPv4"],
};

/** Protocols of SNAP by organization: name, and the layer. */
export const SNAP_PROTOCOLS: Readonly<
  Record<number, Readonly<Record<number, readonly [name: string, layer?: string]>>>
> = {
  0x00000c: {
    0x010b: ["PVST+", "stp"],
    0x0111: ["UDLD", "udld"],
    0x2000: ["CDP", "cdp"],
    0x2003: ["VTP", "vtp"],
    0x2004: ["DTP", "dtp"],
  },
  0x0080c2: {
    0x0001: ["Ethernet with its checksum", "ethernet"],
    0x0007: ["Ethernet", "ethernet"],
    0x000e: ["spanning tree", "stp"],
  },
};

/** The name of an EtherType. */
export function etherTypeName(type: number): string {
  return ETHERTYPES[type]?.[0] ?? (type < 0x0600 ? `length ${type}` : "unknown");
}

/** The layer after an EtherType; "data" when nobody knows it. */
export function etherTypeLayer(type: number): string {
  return ETHERTYPES[type]?.[1] ?? (type < 0x0600 ? "llc" : "data");
}

/** The layer of an OSI network protocol that begins with this octet. */
export function osiLayer(first: number | undefined): string {
  return NLPIDS[first ?? 0]?.[1] ?? "data";
}

/** The name of a protocol of the network layer by its identifier. */
export const networkProtocol = (nlpid: number): string => NLPIDS[nlpid]?.[0] ?? "unknown";

/** The name of an IP protocol, or its number as text. */
export function ipProtocolName(protocol: number): string {
  return IP_PROTOCOLS[protocol]?.[0] ?? String(protocol);
}

/** The layer of an IP protocol; "data" when nobody knows it. */
export function ipProtocolLayer(protocol: number): string {
  return IP_PROTOCOLS[protocol]?.[1] ?? "data";
}
