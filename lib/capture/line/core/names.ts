// Names of numbers as tcpdump writes them. Pure. To add one: an entry in its table.
// Many stand in lib/dissect too, in words of ours that may change; those of a line are tcpdump's to the letter, and what
// tcpdump has no name for it tells by number. So a line's tables, here and beside its printers, are its own.
import type { Names } from "./line.ts";
import { names } from "./table.ts";

/** EtherTypes in `-e` and where nothing explains them. */
export const ETHERTYPES = names(
  "0x00fe GRE-OSI|0x0200 PUP|0x0500 Sprite|0x0600 NS|0x0707 GeoNet (old)|0x0800 IPv4|0x0806 ARP|0x1000 Trail|" +
    "0x1111 CALM FAST|0x6001 MOP DL|MOP RC|DN|LAT|0x6007 SCA|0x6558 TEB|0x8035 Reverse ARP|0x8038 Lanbridge|" +
    "0x803c DEC DNS|0x803e DEC DTS|0x805b VEXP|VPROD|0x809b Appletalk|0x80f3 Appletalk ARP|0x8100 802.1Q|" +
    "0x8137 IPX|0x86dd IPv6|0x8808 MPCP|Slow Protocols|0x880b PPP|0x8847 MPLS unicast|MPLS multicast|" +
    "0x8863 PPPoE D|PPPoE S|0x886f MS NLB heartbeat|Jumbo|0x888e EAPOL|0x8899 Realtek protocols|0x88a2 AoE|" +
    "0x88a8 802.1Q-QinQ|0x88ca TIPC|0x88cc LLDP|0x88e5 802.1AE MACsec|0x88f7 PTP|0x8902 CFM|0x893a IEEE1905.1|" +
    "0x8947 GeoNet|0x894f NSH|0x9000 Loopback|0x9100 802.1Q-9100|0x9200 802.1Q-9200|0xabcd CFM (old)|" +
    "0xd28b Arista Vendor Specific Protocol|0xfefe OSI",
);

/** IP protocols in `-v`. */
export const IP_PROTOCOLS = names(
  "0 Options|ICMP|IGMP|4 IPIP|6 TCP|8 EGP|IGRP|17 UDP|33 DCCP|41 IPv6|43 Routing|Fragment|46 RSVP|GRE|50 ESP|AH|" +
    "55 Mobile IP|62 Mobile IP (old)|58 ICMPv6|88 EIGRP|OSPF|103 PIM|108 Compressed IP|112 VRRP|PGM|132 SCTP|" +
    "135 Mobility|143 Ethernet",
);

/** Record types of the Domain Name System. */
export const DNS_TYPES = names(
  "1 A|NS|MD|MF|CNAME|SOA|MB|MG|MR|NULL|WKS|PTR|HINFO|MINFO|MX|TXT|RP|AFSDB|X25|ISDN|RT|NSAP|NSAP_PTR|SIG|KEY|PX|" +
    "GPOS|AAAA|LOC|NXT|EID|NIMLOC|SRV|ATMA|NAPTR|KX|CERT|A6|DNAME|SINK|OPT|APL|DS|SSHFP|IPSECKEY|RRSIG|NSEC|DNSKEY|" +
    "DHCID|NSEC3|NSEC3PARAM|TLSA|SMIMEA|55 HIP|NINFO|RKEY|TALINK|CDS|CDNSKEY|OPENPGPKEY|CSYNC|ZONEMD|SVCB|HTTPS|" +
    "99 SPF|UINFO|UID|GID|UNSPEC|NID|L32|L64|LP|EUI48|EUI64|249 TKEY|TSIG|IXFR|AXFR|MAILB|MAILA|ANY|URI|CAA|AVC|" +
    "DOA|AMTRELAY|32768 TA|DLV",
);

/** Who gave out the upper half of a MAC address (OUI). */
export const OUIS = names(
  "0x000000 Ethernet|0x00000c Cisco|0x00005e IANA|0x000081 Nortel Networks SONMP|0x0000f8 Cisco bridged|" +
    "0x0080c2 Ethernet bridged|0x00a03e ATM Forum|0x00e02f DOCSIS Spanning Tree|0x080007 Appletalk|" +
    "0x009069 Juniper|0x080009 Hewlett-Packard|0x00120f IEEE 802.3 Private|0x0012bb ANSI/TIA|0x001b21 DCBX|" +
    "0x002320 Nicira Networks|0x5c16c7 Big Switch Networks|0xb0d2f5 Vello Systems|0x002481 HP|0x0004ea HP-Labs|" +
    "0x748771 Infoblox Inc|0xa42305 Open Networking Lab|0x00049f Freescale|0x0015ad Netronome|0x001018 Broadcom|" +
    "0x00e004 PMC-Sierra|0xd0f0db Ericsson",
);

/** Address families of routing protocols. IANA, address family numbers. */
export const ADDRESS_FAMILIES = names(
  "0 Reserved|IPv4|IPv6|NSAP|HDLC|BBN 1822|802|E.163|E.164|F.69|X.121|Novell IPX|Appletalk|Decnet IV|" +
    "Banyan Vines|E.164 with NSAP subaddress|25 VPLS|196 Layer-2 VPN",
);

/** Families of loopback headers of the BSDs. */
export const BSD_FAMILIES = names("2 IPv4|6 NS|ISO|16 Appletalk|23 IPX|IPv6|28 IPv6|30 IPv6");

/** Network layer protocol identifiers. ISO/IEC TR 9577. */
export const NLPIDS = names(
  "0x00 NULL|0x08 Q.933|LMI|0x80 SNAP|CLNP|ES-IS|IS-IS|CONS|IDRP|0x8a X25 ES-IS|0x8e IPv6|0xb1 FRF.15|" +
    "0xc1 ISIS_SPB|0xcc IPv4|0xcf PPP",
);

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
