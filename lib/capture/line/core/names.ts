// Names of numbers as tcpdump writes them. Pure. To add one: a line in its table.
// Many stand in lib/dissect too, in words of ours that may change; those of a line are tcpdump's to the letter, and what
// tcpdump has no name for it tells by number. So a line's tables, here and beside its printers, are its own.
import type { Names } from "./line.ts";
import { names } from "./table.ts";

/** EtherTypes in `-e` and where nothing explains them. */
export const ETHERTYPES: ReadonlyMap<number, string> = new Map([
  [0x00fe, "GRE-OSI"],
  [0x0200, "PUP"],
  [0x0500, "Sprite"],
  [0x0600, "NS"],
  [0x0707, "GeoNet (old)"],
  [0x0800, "IPv4"],
  [0x0806, "ARP"],
  [0x1000, "Trail"],
  [0x1111, "CALM FAST"],
  [0x6001, "MOP DL"],
  [0x6002, "MOP RC"],
  [0x6003, "DN"],
  [0x6004, "LAT"],
  [0x6007, "SCA"],
  [0x6558, "TEB"],
  [0x8035, "Reverse ARP"],
  [0x8038, "Lanbridge"],
  [0x803c, "DEC DNS"],
  [0x803e, "DEC DTS"],
  [0x805b, "VEXP"],
  [0x805c, "VPROD"],
  [0x809b, "Appletalk"],
  [0x80f3, "Appletalk ARP"],
  [0x8100, "802.1Q"],
  [0x8137, "IPX"],
  [0x86dd, "IPv6"],
  [0x8808, "MPCP"],
  [0x8809, "Slow Protocols"],
  [0x880b, "PPP"],
  [0x8847, "MPLS unicast"],
  [0x8848, "MPLS multicast"],
  [0x8863, "PPPoE D"],
  [0x8864, "PPPoE S"],
  [0x886f, "MS NLB heartbeat"],
  [0x8870, "Jumbo"],
  [0x888e, "EAPOL"],
  [0x8899, "Realtek protocols"],
  [0x88a2, "AoE"],
  [0x88a8, "802.1Q-QinQ"],
  [0x88ca, "TIPC"],
  [0x88cc, "LLDP"],
  [0x88e5, "802.1AE MACsec"],
  [0x88f7, "PTP"],
  [0x8902, "CFM"],
  [0x893a, "IEEE1905.1"],
  [0x8947, "GeoNet"],
  [0x894f, "NSH"],
  [0x9000, "Loopback"],
  [0x9100, "802.1Q-9100"],
  [0x9200, "802.1Q-9200"],
  [0xabcd, "CFM (old)"],
  [0xd28b, "Arista Vendor Specific Protocol"],
  [0xfefe, "OSI"],
]);

/** IP protocols in `-v`. */
export const IP_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0, "Options"],
  [1, "ICMP"],
  [2, "IGMP"],
  [4, "IPIP"],
  [6, "TCP"],
  [8, "EGP"],
  [9, "IGRP"],
  [17, "UDP"],
  [33, "DCCP"],
  [41, "IPv6"],
  [43, "Routing"],
  [44, "Fragment"],
  [46, "RSVP"],
  [47, "GRE"],
  [50, "ESP"],
  [51, "AH"],
  [55, "Mobile IP"],
  [62, "Mobile IP (old)"],
  [58, "ICMPv6"],
  [88, "EIGRP"],
  [89, "OSPF"],
  [103, "PIM"],
  [108, "Compressed IP"],
  [112, "VRRP"],
  [113, "PGM"],
  [132, "SCTP"],
  [135, "Mobility"],
  [143, "Ethernet"],
]);

/** Record types of the Domain Name System. */
export const DNS_TYPES: ReadonlyMap<number, string> = new Map(
  `1 A,2 NS,3 MD,4 MF,5 CNAME,6 SOA,7 MB,8 MG,9 MR,10 NULL,11 WKS,12 PTR,13 HINFO,14 MINFO,15 MX,16 TXT,17 RP,18 AFSDB,
  19 X25,20 ISDN,21 RT,22 NSAP,23 NSAP_PTR,24 SIG,25 KEY,26 PX,27 GPOS,28 AAAA,29 LOC,30 NXT,31 EID,32 NIMLOC,33 SRV,
  34 ATMA,35 NAPTR,36 KX,37 CERT,38 A6,39 DNAME,40 SINK,41 OPT,42 APL,43 DS,44 SSHFP,45 IPSECKEY,46 RRSIG,47 NSEC,
  48 DNSKEY,99 SPF,100 UINFO,101 UID,102 GID,103 UNSPEC,104 UNSPECA,105 NID,106 L32,107 L64,108 LP,249 TKEY,250 TSIG,251 IXFR,252 AXFR,
  253 MAILB,254 MAILA,255 ANY,256 URI`.split(",").map((line): [number, string] => {
    const [number, name] = line.trim().split(" ") as [string, string];
    return [Number(number), name];
  }),
);

/** Who gave out the upper half of a MAC address (OUI). */
export const OUIS: Readonly<Record<number, string>> = {
  0x000000: "Ethernet",
  0x00000c: "Cisco",
  0x00005e: "IANA",
  0x000081: "Nortel Networks SONMP",
  0x0000f8: "Cisco bridged",
  0x0080c2: "Ethernet bridged",
  0x00a03e: "ATM Forum",
  0x00e02f: "DOCSIS Spanning Tree",
  0x080007: "Appletalk",
  0x009069: "Juniper",
  0x080009: "Hewlett-Packard",
  0x00120f: "IEEE 802.3 Private",
  0x0012bb: "ANSI/TIA",
  0x001b21: "DCBX",
  0x002320: "Nicira Networks",
  0x5c16c7: "Big Switch Networks",
  0xb0d2f5: "Vello Systems",
  0x002481: "HP",
  0x0004ea: "HP-Labs",
  0x748771: "Infoblox Inc",
  0xa42305: "Open Networking Lab",
  0x00049f: "Freescale",
  0x0015ad: "Netronome",
  0x001018: "Broadcom",
  0x00e004: "PMC-Sierra",
  0xd0f0db: "Ericsson",
};

/** Address families of routing protocols. IANA, address family numbers. */
export const ADDRESS_FAMILIES: Readonly<Record<number, string>> = {
  0: "Reserved",
  1: "IPv4",
  2: "IPv6",
  3: "NSAP",
  4: "HDLC",
  5: "BBN 1822",
  6: "802",
  7: "E.163",
  8: "E.164",
  9: "F.69",
  10: "X.121",
  11: "Novell IPX",
  12: "Appletalk",
  13: "Decnet IV",
  14: "Banyan Vines",
  15: "E.164 with NSAP subaddress",
  25: "VPLS",
  196: "Layer-2 VPN",
};

/** Families of loopback headers of the BSDs. */
export const BSD_FAMILIES: Readonly<Record<number, string>> = {
  2: "IPv4",
  6: "NS",
  7: "ISO",
  16: "Appletalk",
  23: "IPX",
  24: "IPv6",
  28: "IPv6",
  30: "IPv6",
};

/** Network layer protocol identifiers. ISO/IEC TR 9577. */
export const NLPIDS: Readonly<Record<number, string>> = {
  0x00: "NULL",
  0x08: "Q.933",
  0x09: "LMI",
  0x80: "SNAP",
  0x81: "CLNP",
  0x82: "ES-IS",
  0x83: "IS-IS",
  0x84: "CONS",
  0x85: "IDRP",
  0x8a: "X25 ES-IS",
  0x8e: "IPv6",
  0xb1: "FRF.15",
  0xc1: "ISIS_SPB",
  0xcc: "IPv4",
  0xcf: "PPP",
};

/** Private enterprise numbers (IANA). */
export const ENTERPRISES: Names = names(
  "0 IETF (reserved)|5 ACC|9 Cisco|11 Hewlett Packard|42 Sun Microsystems|61 Merit|74 AT&T|161 Motorola|" +
    "166 Shiva|193 Ericsson AB|255 Cisco VPN 5000|307 Livingston|311 Microsoft|429 3Com|529 Ascend|" +
    "1584 Bay Networks|1991 Foundry|2180 Versanet|2352 Redback|2636 Juniper Networks|2637 Aptis|" +
    "2937 Deutsche Telekom AG|3054 Ixia Communications|3076 Cisco VPN 3000|3085 CoSine Communications|" +
    "3224 Netscreen|3199 Shasta|3309 Nomadix|3414 T-Mobile|3561 The Broadband Forum|3902 ZTE|4329 Siemens|" +
    "4491 CableLabs|4874 Unisphere Networks|5263 Cisco BBSM|5535 3rd Generation Partnership Project 2 (3GPP2)|" +
    "5806 SK Telecom|5925 ipUnplugged|5948 Issanni Communications|5951 Netscaler|6490 T-Mobile|6618 Quintum|" +
    "6728 Interlink|7951 CNCTC|8164 Starent Networks|8744 Colubris|10415 3GPP|10529 Gemtek-Systems|" +
    "10704 Barracuda Networks|10923 Ericsson AB - Packet Core Networks|11665 dacom|11862 Columbia University|" +
    "12356 Fortinet|12951 Verizon Wireless|13745 Plixer|14122 Wi-Fi Alliance|16787 T-Systems Nova|" +
    "20942 China Telecom - Guangzhou Research Institute|26866 Gigamon Systems|32622 CACE Technologies|" +
    "35632 ntop|46098 Ericsson Canada",
);

/** `vlan 5, p 0, DEI`. */
export function vlanText(tag: number): string {
  return `vlan ${tag & 0xfff}, p ${tag >> 13}${(tag & 0x1000) !== 0 ? ", DEI" : ""}`;
}
