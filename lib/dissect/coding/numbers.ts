// Numbers that say what follows: EtherTypes and IP protocols, with the layer that explains each. Pure.
// To add one: a line here, and its layer in layers.ts where there is one.

/** EtherType: name, and the layer. IANA "IEEE 802 Numbers". */
const ETHERTYPES: Readonly<Record<number, readonly [name: string, layer?: string]>> = {
  0x0800: ["IPv4", "ipv4"],
  0x0806: ["ARP", "arp"],
  0x0842: ["Wake-on-LAN"],
  0x22f3: ["TRILL"],
  0x6558: ["Transparent Ethernet bridging", "ethernet"],
  0x8035: ["Reverse ARP", "arp"],
  0x8100: ["VLAN (802.1Q)", "vlan"],
  0x86dd: ["IPv6", "ipv6"],
  0x8808: ["Ethernet flow control"],
  0x8809: ["Slow protocols (LACP)"],
  0x880b: ["PPP", "ppp-bare"],
  0x8847: ["MPLS", "mpls"],
  0x8848: ["MPLS multicast", "mpls"],
  0x8863: ["PPPoE discovery", "pppoe"],
  0x8864: ["PPPoE session", "pppoe"],
  0x888e: ["EAP over LAN (802.1X)", "eapol"],
  0x88a8: ["Service VLAN (802.1ad)", "vlan"],
  0x88cc: ["LLDP"],
  0x88e5: ["MACsec"],
  0x88f7: ["PTP"],
  0x9000: ["Loopback test"],
  0x9100: ["VLAN (stacked)", "vlan"],
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
  33: ["dccp"],
  41: ["ipv6", "ipv6"],
  43: ["routing header", "ipv6-options"],
  44: ["fragment header", "ipv6-options"],
  46: ["rsvp"],
  47: ["gre", "gre"],
  50: ["esp"],
  51: ["ah"],
  58: ["icmp6", "icmp6"],
  59: ["no next header"],
  60: ["destination options", "ipv6-options"],
  88: ["eigrp"],
  89: ["ospf"],
  103: ["pim"],
  108: ["ipcomp"],
  112: ["vrrp"],
  115: ["l2tp"],
  132: ["sctp"],
  135: ["mobility header"],
  136: ["udplite"],
};

/** The name of an EtherType. */
export function etherTypeName(type: number): string {
  return ETHERTYPES[type]?.[0] ?? (type < 0x0600 ? `length ${type}` : "unknown");
}

/** The layer after an EtherType; "data" when nobody knows it. */
export function etherTypeLayer(type: number): string {
  return ETHERTYPES[type]?.[1] ?? (type < 0x0600 ? "llc" : "data");
}

/** The name of an IP protocol, or its number as text. */
export function ipProtocolName(protocol: number): string {
  return IP_PROTOCOLS[protocol]?.[0] ?? String(protocol);
}

/** The layer of an IP protocol; "data" when nobody knows it. */
export function ipProtocolLayer(protocol: number): string {
  return IP_PROTOCOLS[protocol]?.[1] ?? "data";
}
