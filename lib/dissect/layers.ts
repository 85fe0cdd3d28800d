// Every layer of a packet, and which one a capture's link type begins with. To add one: write its file, import it,
// add it to LAYERS, and its number to numbers.ts (EtherType, IP protocol) or to LINKS (link type). Pure.
import { ARP } from "./layer/arp.ts";
import { LINUX_SLL, LINUX_SLL2 } from "./layer/cooked.ts";
import { EAPOL } from "./link/eapol.ts";
import { CDP, DTP, UDLD, VTP } from "./link/cdp.ts";
import { ETHERNET, VLAN } from "./layer/ethernet.ts";
import { MPLS, PSEUDOWIRE } from "./layer/mpls.ts";
import { L2TP, L2TP_IP } from "./layer/l2tp.ts";
import { LLC, SNAP } from "./layer/llc.ts";
import { MACSEC } from "./link/macsec.ts";
import { PTP } from "./link/ptp.ts";
import { LLDP } from "./link/lldp.ts";
import { LOOPBACK_TEST, MAC_CONTROL, SLOW, WAKE_ON_LAN } from "./link/slow.ts";
import { STP } from "./link/stp.ts";
import { ERSPAN, ERSPAN3, GRE } from "./layer/gre.ts";
import { ICMP } from "./layer/icmp.ts";
import { ICMP6 } from "./layer/icmp6.ts";
import { IGMP } from "./layer/igmp.ts";
import { AH, ESP, IPCOMP } from "./layer/ipsec.ts";
import { IPV4 } from "./layer/ipv4.ts";
import { IPV6 } from "./layer/ipv6.ts";
import { DATA, LOOP, NULL_LOOPBACK, RAW_IP } from "./layer/loopback.ts";
import { PPP, PPP_BARE, PPPOE } from "./layer/ppp.ts";
import type { Layer } from "./protocol.ts";
import { EIGRP } from "./routing/eigrp.ts";
import { ISIS } from "./routing/isis.ts";
import { CLNP, ES_IS } from "./routing/osi.ts";
import { OSPF } from "./routing/ospf.ts";
import { PIM } from "./routing/pim.ts";
import { VRRP } from "./routing/redundancy.ts";
import { CISCO_HDLC, FRAME_RELAY, SLARP } from "./layer/serial.ts";
import { SCTP } from "./layer/sctp.ts";
import { TCP } from "./layer/tcp.ts";
import { UDP } from "./layer/udp.ts";
import { GENEVE, GTP, TEREDO, VXLAN, VXLAN_GPE } from "./layer/tunnel.ts";
import { AVS, PPI, PRISM } from "./layer/wifi_headers.ts";
import { RADIOTAP, WIFI } from "./layer/wifi.ts";

export const LAYERS: readonly Layer[] = [
  ETHERNET,
  VLAN,
  LLC,
  SNAP,
  STP,
  LLDP,
  CDP,
  VTP,
  DTP,
  UDLD,
  SLOW,
  MAC_CONTROL,
  LOOPBACK_TEST,
  WAKE_ON_LAN,
  MACSEC,
  PTP,
  ISIS,
  ES_IS,
  CLNP,
  MPLS,
  PSEUDOWIRE,
  LINUX_SLL,
  LINUX_SLL2,
  NULL_LOOPBACK,
  LOOP,
  RAW_IP,
  PPP,
  PPP_BARE,
  PPPOE,
  CISCO_HDLC,
  SLARP,
  FRAME_RELAY,
  RADIOTAP,
  PRISM,
  AVS,
  PPI,
  WIFI,
  ARP,
  EAPOL,
  IPV4,
  IPV6,
  ICMP,
  ICMP6,
  IGMP,
  VRRP,
  EIGRP,
  OSPF,
  PIM,
  TCP,
  UDP,
  SCTP,
  GRE,
  ERSPAN,
  ERSPAN3,
  ESP,
  AH,
  IPCOMP,
  L2TP,
  L2TP_IP,
  VXLAN,
  VXLAN_GPE,
  GENEVE,
  GTP,
  TEREDO,
  DATA,
];

/** LINKTYPE_ number of a capture file (www.tcpdump.org/linktypes) to the first layer. */
const LINKS: Readonly<Record<number, Layer>> = {
  0: NULL_LOOPBACK,
  1: ETHERNET,
  9: PPP,
  12: RAW_IP,
  14: RAW_IP,
  50: PPP,
  51: PPPOE,
  101: RAW_IP,
  104: CISCO_HDLC,
  105: WIFI,
  107: FRAME_RELAY,
  108: LOOP,
  113: LINUX_SLL,
  119: PRISM,
  127: RADIOTAP,
  163: AVS,
  192: PPI,
  228: IPV4,
  229: IPV6,
  276: LINUX_SLL2,
};

const BY_NAME = new Map(LAYERS.map((layer) => [layer.name, layer]));

/** The layer that packets of a link type begin with; octets without meaning when nobody knows it. */
export function layerOfLink(linkType: number): Layer {
  return LINKS[linkType] ?? DATA;
}

/** A layer by name. "payload" is none: what TCP and UDP carry is the business of conversations. */
export function layerNamed(name: string): Layer | undefined {
  return BY_NAME.get(name);
}
