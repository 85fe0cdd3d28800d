// Every layer of a packet, and which one a capture's link type begins with. To add one: write its file, import it,
// add it to LAYERS, and its number to numbers.ts (EtherType, IP protocol) or to LINKS (link type). Pure.
import { ARP } from "./layer/arp.ts";
import { LINUX_SLL, LINUX_SLL2 } from "./layer/cooked.ts";
import { BLUETOOTH, BLUETOOTH_DIRECTED, BLUETOOTH_MONITOR } from "./bus/bluetooth.ts";
import { BLUETOOTH_AIR, BLUETOOTH_MEASURED } from "./bus/bluetooth_air.ts";
import { CAN, CAN_COOKED } from "./bus/can.ts";
import { LOWPAN } from "./bus/lowpan.ts";
import { NETLINK } from "./bus/netlink.ts";
import { USB_CABLE, USB_LINUX, USB_MAPPED, USB_PCAP } from "./bus/usb.ts";
import { WPAN, WPAN_BARE, WPAN_TAP, ZIGBEE } from "./bus/wpan.ts";
import { EAPOL } from "./link/eapol.ts";
import { CDP, DTP, UDLD, VTP } from "./link/cdp.ts";
import { ETHERNET, VLAN } from "./layer/ethernet.ts";
import { MPLS, PSEUDOWIRE } from "./layer/mpls.ts";
import { L2TP, L2TP_IP } from "./layer/l2tp.ts";
import { LLC, SNAP } from "./layer/llc.ts";
import { MACSEC } from "./link/macsec.ts";
import { PTP } from "./link/ptp.ts";
import { FRAME_LINKS } from "./link/frames.ts";
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
import { NHRP } from "./routing/nhrp.ts";
import { OSPF } from "./routing/ospf.ts";
import { PIM } from "./routing/pim.ts";
import { VRRP } from "./routing/redundancy.ts";
import { CISCO_HDLC, FRAME_RELAY, SLARP } from "./layer/serial.ts";
import { SCTP } from "./layer/sctp.ts";
import { DCCP, UDP_LITE } from "./layer/dccp.ts";
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
  NHRP,
  PIM,
  TCP,
  UDP,
  UDP_LITE,
  DCCP,
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
  ...FRAME_LINKS.values(),
  USB_LINUX,
  USB_MAPPED,
  USB_PCAP,
  USB_CABLE,
  BLUETOOTH,
  BLUETOOTH_DIRECTED,
  BLUETOOTH_MONITOR,
  BLUETOOTH_AIR,
  BLUETOOTH_MEASURED,
  CAN,
  CAN_COOKED,
  NETLINK,
  WPAN,
  WPAN_BARE,
  WPAN_TAP,
  ZIGBEE,
  LOWPAN,
  DATA,
];

/** LINKTYPE_ number of a capture file (www.tcpdump.org/linktypes) to the first layer. */
const LINKS: Readonly<Record<number, Layer>> = {
  0: NULL_LOOPBACK,
  1: ETHERNET,
  9: PPP,
  12: RAW_IP,
  11: FRAME_LINKS.get(100)!,
  14: RAW_IP,
  19: FRAME_LINKS.get(106)!,
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
  187: BLUETOOTH,
  189: USB_LINUX,
  192: PPI,
  195: WPAN,
  201: BLUETOOTH_DIRECTED,
  204: FRAME_LINKS.get(166)!,
  219: MPLS,
  220: USB_MAPPED,
  227: CAN,
  228: IPV4,
  229: IPV6,
  230: WPAN_BARE,
  249: USB_PCAP,
  251: BLUETOOTH_AIR,
  253: NETLINK,
  254: BLUETOOTH_MONITOR,
  256: BLUETOOTH_MEASURED,
  276: LINUX_SLL2,
  283: WPAN_TAP,
  288: USB_CABLE,
  293: USB_CABLE,
  294: USB_CABLE,
  295: USB_CABLE,
  ...Object.fromEntries(FRAME_LINKS),
};

const BY_NAME = new Map(LAYERS.map((layer) => [layer.name, layer]));

/** The layer that packets of a link type begin with; octets without meaning when nobody knows it. */
export function layerOfLink(linkType: number): Layer {
  return LINKS[linkType] ?? DATA;
}

/**
 * A layer by name, "link 1" by the number of its link type. "payload" is none: what TCP and UDP carry is the business of
 * conversations.
 */
export function layerNamed(name: string): Layer | undefined {
  return name.startsWith("link ") ? layerOfLink(Number(name.slice(5))) : BY_NAME.get(name);
}
