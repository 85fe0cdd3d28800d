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
  /** First comment, where the capture has one. */
  comment: string | undefined;
  /** The whole pcapng block in `bytes` that the packet came in; length 0 for others. */
  blockStart: number;
  blockLength: number;
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
  };
}

/** The octets of a packet as a view, good as long as the packet is. */
export function packetBytes(packet: Packet): Uint8Array {
  return packet.bytes.subarray(packet.start, packet.start + packet.caplen);
}

/** A packet with octets of its own, to keep. */
export function copyPacket(packet: Packet): Packet {
  return { ...packet, bytes: packetBytes(packet).slice(), start: 0, blockStart: 0, blockLength: 0 };
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
  [12, ["RAW", "Raw IP"]],
  [14, ["RAW", "Raw IP"]],
  [50, ["PPP_SERIAL", "PPP over serial"]],
  [51, ["PPP_ETHER", "PPPoE"]],
  [100, ["ATM_RFC1483", "RFC 1483 LLC-encapsulated ATM"]],
  [101, ["RAW", "Raw IP"]],
  [104, ["C_HDLC", "Cisco HDLC"]],
  [105, ["IEEE802_11", "802.11"]],
  [107, ["FRELAY", "Frame Relay"]],
  [108, ["LOOP", "OpenBSD loopback"]],
  [113, ["LINUX_SLL", "Linux cooked v1"]],
  [117, ["PFLOG", "OpenBSD pflog file"]],
  [119, ["PRISM_HEADER", "802.11 plus Prism header"]],
  [127, ["IEEE802_11_RADIO", "802.11 plus radiotap header"]],
  [163, ["IEEE802_11_RADIO_AVS", "802.11 plus AVS radio information header"]],
  [189, ["USB_LINUX", "USB with Linux header"]],
  [192, ["PPI", "Per-Packet Information"]],
  [195, ["IEEE802_15_4", "IEEE 802.15.4 with FCS"]],
  [201, ["BLUETOOTH_HCI_H4_WITH_PHDR", "Bluetooth HCI UART transport layer plus pseudo-header"]],
  [204, ["PPP_WITH_DIR", "PPP with direction"]],
  [220, ["USB_LINUX_MMAPPED", "USB with padded Linux header"]],
  [228, ["IPV4", "Raw IPv4"]],
  [229, ["IPV6", "Raw IPv6"]],
  [239, ["NFLOG", "Linux netfilter log messages"]],
  [252, ["WIRESHARK_UPPER_PDU", "Upper-layer protocols"]],
  [276, ["LINUX_SLL2", "Linux cooked v2"]],
]);

/** `EN10MB (Ethernet)`, or the number. */
export function linkTypeText(link: number): string {
  const known = LINK_TYPES.get(link);
  return known === undefined ? String(link) : `${known[0]} (${known[1]})`;
}
