// A packet as a capture holds it, and the names of link types. Pure.
// Link types: https://www.tcpdump.org/linktypes.html. To add a link type: one line in `LINK_TYPES`.

/**
 * One captured packet. Readers hand out the same object again and again: `bytes` and every field are good until the
 * next packet is asked for. Whoever keeps a packet copies it (`copyPacket`).
 */
export interface Packet {
  /** Counted from 1 over the whole capture. */
  number: number;
  /** Whole seconds since 1970 (may be negative with a negative offset of the interface). */
  seconds: number;
  /** Fraction of the second in nanoseconds, 0 to 999,999,999. */
  nanos: number;
  /** Seconds among them that the file had in the fraction, where that was more than a second. */
  carried: number;
  /** Digits after the ninth, for captures finer than nanoseconds; otherwise empty. */
  finer: string;
  /** The buffer that holds the packet's octets, at `start`, `caplen` of them. */
  bytes: Uint8Array;
  start: number;
  caplen: number;
  /** Octets that were on the wire. */
  length: number;
  /** LINKTYPE_ value of its interface. */
  link: number;
  /** Interface of the capture file, counted from 0 over the whole capture. */
  interfaceId: number;
  /** "in" and "out" where the capture says so. */
  direction: "in" | "out" | undefined;
  /** Comments, where the capture has any: one a line. */
  comment: string | undefined;
  /** The whole pcapng block in `bytes` that the packet came in; length 0 for others. */
  blockStart: number;
  blockLength: number;
  /** Octets before `start` in `bytes` that nobody needs any more, its header in the file: a writer may put its own there. */
  headroom: number;
  /** Nanoseconds that the record counts which stands there as in a little-endian pcap file; 0: none does. */
  recordUnit: number;
}

/** A packet with nothing in it, for a reader to fill. */
export function emptyPacket(): Packet {
  return {
    number: 0,
    seconds: 0,
    nanos: 0,
    carried: 0,
    finer: "",
    bytes: new Uint8Array(0),
    start: 0,
    caplen: 0,
    length: 0,
    link: 1,
    interfaceId: 0,
    direction: undefined,
    comment: undefined,
    blockStart: 0,
    blockLength: 0,
    headroom: 0,
    recordUnit: 0,
  };
}

/** The octets of a packet as a view, good as long as the packet is. */
export function packetBytes(packet: Packet): Uint8Array {
  return packet.bytes.subarray(packet.start, packet.start + packet.caplen);
}

/** A packet with octets of its own, to keep. */
export function copyPacket(packet: Packet): Packet {
  return {
    ...packet,
    bytes: packetBytes(packet).slice(),
    start: 0,
    blockStart: 0,
    blockLength: 0,
    headroom: 0,
    recordUnit: 0,
  };
}

/** `1700000000.123456789`: seconds with nine digits, more where the capture is finer. */
export function timestampText(packet: Packet): string {
  if (packet.seconds >= 0) {
    return `${packet.seconds}.${String(packet.nanos).padStart(9, "0")}${packet.finer}`;
  }
  const nanos = packet.nanos === 0 ? 0 : 1_000_000_000 - packet.nanos;
  const seconds = packet.nanos === 0 ? -packet.seconds : -packet.seconds - 1;
  return `-${seconds}.${String(nanos).padStart(9, "0")}`;
}

/** LINKTYPE_ values that netlab knows by name: what is read, and the words for it. */
export const LINK = {
  NULL: 0,
  ETHERNET: 1,
  IEEE802_5: 6,
  SLIP: 8,
  PPP: 9,
  FDDI: 10,
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  PPP_HDLC: 50,
  PPP_ETHER: 51,
  ATM_RFC1483: 100,
  RAW: 101,
  C_HDLC: 104,
  IEEE802_11: 105,
  FRELAY: 107,
  LOOP: 108,
  LINUX_SLL: 113,
  IEEE802_11_PRISM: 119,
  IEEE802_11_RADIOTAP: 127,
  IEEE802_11_AVS: 163,
  PPI: 192,
  PPP_WITH_DIR: 204,
  IPNET: 226,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

/** Names as tcpdump gives them, by LINKTYPE_ value. */
export const LINK_TYPES: ReadonlyMap<number, readonly [name: string, words: string]> = new Map([
  [0, ["NULL", "BSD loopback"]],
  [1, ["EN10MB", "Ethernet"]],
  [6, ["IEEE802", "Token ring"]],
  [7, ["ARCNET", "BSD ARCNET"]],
  [8, ["SLIP", "SLIP"]],
  [9, ["PPP", "PPP"]],
  [10, ["FDDI", "FDDI"]],
  [11, ["ATM_RFC1483", "RFC 1483 LLC-encapsulated ATM"]],
  [12, ["RAW", "Raw IP"]],
  [14, ["RAW", "Raw IP"]],
  [19, ["ATM_CLIP", "Linux Classical IP over ATM"]],
  [50, ["PPP_SERIAL", "PPP over serial"]],
  [51, ["PPP_ETHER", "PPPoE"]],
  [99, ["SYMANTEC_FIREWALL", "Symantec Firewall"]],
  [100, ["ATM_RFC1483", "RFC 1483 LLC-encapsulated ATM"]],
  [101, ["RAW", "Raw IP"]],
  [104, ["C_HDLC", "Cisco HDLC"]],
  [105, ["IEEE802_11", "802.11"]],
  [106, ["ATM_CLIP", "Linux Classical IP over ATM"]],
  [107, ["FRELAY", "Frame Relay"]],
  [108, ["LOOP", "OpenBSD loopback"]],
  [109, ["ENC", "OpenBSD encapsulated IP"]],
  [113, ["LINUX_SLL", "Linux cooked v1"]],
  [114, ["LTALK", "Localtalk"]],
  [117, ["PFLOG", "OpenBSD pflog file"]],
  [119, ["PRISM_HEADER", "802.11 plus Prism header"]],
  [122, ["IP_OVER_FC", "RFC 2625 IP-over-Fibre Channel"]],
  [123, ["SUNATM", "Sun raw ATM"]],
  [127, ["IEEE802_11_RADIO", "802.11 plus radiotap header"]],
  [129, ["ARCNET_LINUX", "Linux ARCNET"]],
  [130, ["JUNIPER_MLPPP", "Juniper Multi-Link PPP"]],
  [131, ["JUNIPER_MLFR", "Juniper Multi-Link Frame Relay"]],
  [132, ["JUNIPER_ES", "Juniper Encryption Services PIC"]],
  [133, ["JUNIPER_GGSN", "Juniper GGSN PIC"]],
  [134, ["JUNIPER_MFR", "Juniper FRF.16 Frame Relay"]],
  [135, ["JUNIPER_ATM2", "Juniper ATM2 PIC"]],
  [136, ["JUNIPER_SERVICES", "Juniper Advanced Services PIC"]],
  [137, ["JUNIPER_ATM1", "Juniper ATM1 PIC"]],
  [138, ["APPLE_IP_OVER_IEEE1394", "Apple IP-over-IEEE 1394"]],
  [139, ["MTP2_WITH_PHDR", "SS7 MTP2 with Pseudo-header"]],
  [140, ["MTP2", "SS7 MTP2"]],
  [141, ["MTP3", "SS7 MTP3"]],
  [142, ["SCCP", "SS7 SCCP"]],
  [143, ["DOCSIS", "DOCSIS"]],
  [144, ["LINUX_IRDA", "Linux IrDA"]],
  [163, ["IEEE802_11_RADIO_AVS", "802.11 plus AVS radio information header"]],
  [164, ["JUNIPER_MONITOR", "Juniper Passive Monitor PIC"]],
  [165, ["BACNET_MS_TP", "BACnet MS/TP"]],
  [166, ["PPP_PPPD", "PPP for pppd, with direction flag"]],
  [167, ["JUNIPER_PPPOE", "Juniper PPPoE"]],
  [168, ["JUNIPER_PPPOE_ATM", "Juniper PPPoE/ATM"]],
  [169, ["GPRS_LLC", "GPRS LLC"]],
  [174, ["JUNIPER_PIC_PEER", "Juniper PIC Peer"]],
  [177, ["LINUX_LAPD", "Linux vISDN LAPD"]],
  [178, ["JUNIPER_ETHER", "Juniper Ethernet"]],
  [179, ["JUNIPER_PPP", "Juniper PPP"]],
  [180, ["JUNIPER_FRELAY", "Juniper Frame Relay"]],
  [181, ["JUNIPER_CHDLC", "Juniper C-HDLC"]],
  [182, ["MFR", "FRF.16 Frame Relay"]],
  [183, ["JUNIPER_VP", "Juniper Voice PIC"]],
  [186, ["USB_FREEBSD", "USB with FreeBSD header"]],
  [187, ["BLUETOOTH_HCI_H4", "Bluetooth HCI UART transport layer"]],
  [189, ["USB_LINUX", "USB with Linux header"]],
  [190, ["CAN20B", "Controller Area Network (CAN) v. 2.0B"]],
  [191, ["IEEE802_15_4_LINUX", "IEEE 802.15.4 with Linux padding"]],
  [192, ["PPI", "Per-Packet Information"]],
  [194, ["JUNIPER_ISM", "Juniper Integrated Service Module"]],
  [195, ["IEEE802_15_4", "IEEE 802.15.4 with FCS"]],
  [197, ["ERF", "Endace ERF header"]],
  [200, ["JUNIPER_ST", "Juniper Secure Tunnel"]],
  [201, ["BLUETOOTH_HCI_H4_WITH_PHDR", "Bluetooth HCI UART transport layer plus pseudo-header"]],
  [202, ["AX25_KISS", "AX.25 with KISS header"]],
  [204, ["PPP_WITH_DIR", "PPP with direction"]],
  [215, ["IEEE802_15_4_NONASK_PHY", "IEEE 802.15.4 with non-ASK PHY data"]],
  [219, ["MPLS", "MPLS with label as link-layer header"]],
  [220, ["USB_LINUX_MMAPPED", "USB with padded Linux header"]],
  [221, ["DECT", "DECT"]],
  [223, ["WIHART", "Wireless HART"]],
  [224, ["FC_2", "Fibre Channel FC-2"]],
  [225, ["FC_2_WITH_FRAME_DELIMS", "Fibre Channel FC-2 with frame delimiters"]],
  [226, ["IPNET", "Solaris ipnet"]],
  [227, ["CAN_SOCKETCAN", "CAN-bus with SocketCAN headers"]],
  [228, ["IPV4", "Raw IPv4"]],
  [229, ["IPV6", "Raw IPv6"]],
  [230, ["IEEE802_15_4_NOFCS", "IEEE 802.15.4 without FCS"]],
  [231, ["DBUS", "D-Bus"]],
  [232, ["JUNIPER_VS", "Juniper Virtual Server"]],
  [233, ["JUNIPER_SRX_E2E", "Juniper SRX E2E"]],
  [234, ["JUNIPER_FIBRECHANNEL", "Juniper Fibre Channel"]],
  [238, ["JUNIPER_ATM_CEMIC", "Juniper ATM CEMIC"]],
  [239, ["NFLOG", "Linux netfilter log messages"]],
  [240, ["NETANALYZER", "Ethernet with Hilscher netANALYZER pseudo-header"]],
  [241, ["NETANALYZER_TRANSPARENT", "Ethernet with Hilscher netANALYZER pseudo-header and with preamble and SFD"]],
  [242, ["IPOIB", "RFC 4391 IP-over-Infiniband"]],
  [243, ["MPEG_2_TS", "MPEG-2 transport stream"]],
  [245, ["NFC_LLCP", "NFC LLCP PDUs with pseudo-header"]],
  [246, ["PFSYNC", "Packet filter state syncing"]],
  [247, ["INFINIBAND", "InfiniBand"]],
  [248, ["SCTP", "SCTP"]],
  [249, ["USBPCAP", "USB with USBPcap header"]],
  [250, ["RTAC_SERIAL", "Schweitzer Engineering Laboratories RTAC packets"]],
  [251, ["BLUETOOTH_LE_LL", "Bluetooth Low Energy air interface"]],
  [252, ["WIRESHARK_UPPER_PDU", "Upper-layer protocols"]],
  [253, ["NETLINK", "Linux netlink"]],
  [254, ["BLUETOOTH_LINUX_MONITOR", "Bluetooth Linux Monitor"]],
  [256, ["BLUETOOTH_LE_LL_WITH_PHDR", "Bluetooth Low Energy air interface with pseudo-header"]],
  [257, ["PROFIBUS_DL", "PROFIBUS data link layer"]],
  [258, ["PKTAP", "Apple DLT_PKTAP"]],
  [259, ["EPON", "Ethernet with 802.3 Clause 65 EPON preamble"]],
  [261, ["ZWAVE_R1_R2", "Z-Wave RF profile R1 and R2 packets"]],
  [262, ["ZWAVE_R3", "Z-Wave RF profile R3 packets"]],
  [264, ["ISO_14443", "ISO 14443 messages"]],
  [266, ["USB_DARWIN", "USB with Darwin header"]],
  [267, ["OPENFLOW", "OpenBSD DLT_OPENFLOW"]],
  [268, ["SDLC", "IBM SDLC frames"]],
  [271, ["VSOCK", "Linux vsock"]],
  [272, ["NORDIC_BLE", "Nordic Semiconductor Bluetooth LE sniffer frames"]],
  [274, ["ETHERNET_MPACKET", "802.3br mPackets"]],
  [276, ["LINUX_SLL2", "Linux cooked v2"]],
  [280, ["VPP_DISPATCH", "VPP graph dispatch tracer"]],
  [281, ["DSA_TAG_BRCM", "Broadcom tag"]],
  [282, ["DSA_TAG_BRCM_PREPEND", "Broadcom tag (prepended)"]],
  [283, ["IEEE802_15_4_TAP", "IEEE 802.15.4 with pseudo-header"]],
  [284, ["DSA_TAG_DSA", "Marvell DSA"]],
  [285, ["DSA_TAG_EDSA", "Marvell EDSA"]],
  [287, ["Z_WAVE_SERIAL", "Z-Wave serial frames between host and chip"]],
  [288, ["USB_2_0", "USB 2.0/1.1/1.0 as transmitted over the cable"]],
]);

/** Numbers that some systems gave link types in their files, and those that mean the same everywhere. */
const STANDARD: ReadonlyMap<number, number> = new Map([[11, 100], [12, 101], [15, 102], [16, 103], [19, 106]]);

/** The LINKTYPE_ value to write for packets whose file said `link`. */
export function standardLink(link: number): number {
  return STANDARD.get(link) ?? link;
}

/** `EN10MB (Ethernet)`, or the number. */
export function linkTypeText(link: number): string {
  const known = LINK_TYPES.get(link);
  return known === undefined ? String(link) : `${known[0]} (${known[1]})`;
}
