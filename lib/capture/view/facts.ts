// What a packet is, in a few values: addresses, protocol, ports. Straight from the octets, without a tree. Pure.
// Of the outermost IP header, after VLAN tags, MPLS labels and PPPoE, and for IPv6 after its extension headers.
import { ipProtocolName } from "../../dissect/coding/numbers.ts";
import { u32 } from "../file/window.ts";
import { LINK, type Packet } from "../packet.ts";

/** Facts of a packet; offsets are -1 and values undefined where there is none. The same object is filled again. */
export interface Facts {
  /** EtherType of what the link layer carries, or `undefined`. */
  etherType: number | undefined;
  vlan: number | undefined;
  /** 4, 6, or 0 when addresses are ARP's; -1 without addresses. */
  family: 4 | 6 | 0 | -1;
  /** Where the addresses stand in the packet's buffer. */
  src: number;
  dst: number;
  /** IP protocol, or -1. */
  protocol: number;
  arp: boolean;
  sport: number;
  dport: number;
  /** Where the transport header stands, when it begins in this packet, and where its datagram ends. */
  transport: number;
  end: number;
  /** Octets of the IP payload by its own length, headers before the transport left out. */
  payload: number;
  /** TTL or hop limit. */
  hops: number;
  /** A piece of a larger datagram. */
  fragment: boolean;
}

/** An object for `factsOf` to fill. */
export function noFacts(): Facts {
  return {
    etherType: undefined,
    vlan: undefined,
    family: -1,
    src: -1,
    dst: -1,
    protocol: -1,
    arp: false,
    sport: -1,
    dport: -1,
    transport: -1,
    end: -1,
    payload: 0,
    hops: -1,
    fragment: false,
  };
}

/** `tcp`, `udp`, `icmp`, `arp` and so on, as the tree names it, or the number; `undefined` for what is neither IP nor ARP. */
export function protocolName(facts: Facts): string | undefined {
  if (facts.arp) return facts.etherType === 0x8035 ? "rarp" : "arp";
  return facts.protocol === -1 ? undefined : ipProtocolName(facts.protocol);
}

/** Fills `facts` from a packet. Never throws; what was not captured is not there. */
export function factsOf(packet: Packet, facts: Facts): Facts {
  const { bytes, start } = packet;
  const end = start + packet.caplen;
  facts.etherType = facts.vlan = undefined;
  facts.family = -1;
  facts.src =
    facts.dst =
    facts.protocol =
    facts.sport =
    facts.dport =
    facts.transport =
    facts.end =
    facts.hops =
      -1;
  facts.payload = 0;
  facts.arp = facts.fragment = false;
  switch (packet.link) {
    case LINK.ETHERNET:
      if (packet.caplen >= 14) ether(bytes, start, end, facts);
      break;
    case LINK.RAW:
    case LINK.RAW_BSD:
    case LINK.RAW_OPENBSD:
    case LINK.IPV4:
    case LINK.IPV6:
      byVersion(bytes, start, end, facts);
      break;
    case LINK.NULL:
    case LINK.LOOP:
      byVersion(bytes, start + 4, end, facts);
      break;
    case LINK.LINUX_SLL:
      if (packet.caplen >= 16) ofType(bytes, bytes[start + 14]! << 8 | bytes[start + 15]!, start + 16, end, facts);
      break;
    case LINK.LINUX_SLL2:
      if (packet.caplen >= 20) ofType(bytes, bytes[start]! << 8 | bytes[start + 1]!, start + 20, end, facts);
      break;
    case LINK.C_HDLC:
      if (packet.caplen >= 4) ofType(bytes, bytes[start + 2]! << 8 | bytes[start + 3]!, start + 4, end, facts);
      break;
    case LINK.PPP:
    case LINK.PPP_HDLC:
      ppp(bytes, start, end, facts);
      break;
    case LINK.PPP_WITH_DIR:
      ppp(bytes, start + 1, end, facts);
      break;
    case LINK.PPP_ETHER:
      ppp(bytes, start + 6, end, facts);
      break;
    case LINK.IEEE802_11:
    case LINK.IEEE802_11_RADIOTAP:
    case LINK.IEEE802_11_PRISM:
    case LINK.IEEE802_11_AVS:
    case LINK.PPI:
      wifi(bytes, start + beforeWifi(bytes, start, end, packet.link), end, facts);
      break;
    case LINK.FRELAY:
      frameRelay(bytes, start, end, facts);
      break;
    case LINK.ATM_RFC1483:
      snap(bytes, start, end, facts);
      break;
    case LINK.FDDI:
      snap(bytes, start + 13, end, facts);
      break;
    case LINK.IEEE802_5:
      // A source address with the uppermost bit has a route behind it.
      if (packet.caplen > 14) {
        snap(bytes, start + 14 + (bytes[start + 8]! >> 7) * (bytes[start + 14]! & 31), end, facts);
      }
      break;
  }
  return facts;
}

function ether(bytes: Uint8Array, start: number, end: number, facts: Facts): void {
  const type = bytes[start + 12]! << 8 | bytes[start + 13]!;
  if (type > 1500) return ofType(bytes, type, start + 14, end, facts);
  snap(bytes, start + 14, end, facts);
}

/** LLC with SNAP and an EtherType. */
function snap(bytes: Uint8Array, at: number, end: number, facts: Facts): void {
  if (at + 3 < end && bytes[at] === 0x06 && bytes[at + 1] === 0x06) return ofType(bytes, 0x800, at + 3, end, facts);
  if (at + 8 > end || bytes[at] !== 0xaa || bytes[at + 1] !== 0xaa || bytes[at + 2] !== 3) return;
  if (bytes[at + 3] !== 0 || bytes[at + 4] !== 0) return;
  ofType(bytes, bytes[at + 6]! << 8 | bytes[at + 7]!, at + 8, end, facts);
}

/** Octets that a link type has before the header of 802.11. */
function beforeWifi(bytes: Uint8Array, at: number, end: number, link: number): number {
  if (link === LINK.IEEE802_11 || at + 8 > end) return 0;
  if (link === LINK.IEEE802_11_RADIOTAP || link === LINK.PPI) return bytes[at + 2]! | bytes[at + 3]! << 8;
  // Some drivers put AVS where Prism is said to be.
  const avs = link === LINK.IEEE802_11_AVS || bytes[at] === 0x80 && bytes[at + 1] === 0x21;
  return avs ? u32(bytes, at + 4, false) : 144;
}

function wifi(bytes: Uint8Array, at: number, end: number, facts: Facts): void {
  if (at + 24 > end || (bytes[at]! & 0x0c) !== 0x08 || (bytes[at]! & 0x40) !== 0) return;
  if ((bytes[at + 1]! & 0x40) !== 0) return; // encrypted
  let header = (bytes[at + 1]! & 3) === 3 ? 30 : 24;
  if ((bytes[at]! & 0x80) !== 0) header += 2;
  snap(bytes, at + header, end, facts);
}

/** Address, then NLPID or, as Cisco does it, an EtherType. RFC 2427. */
function frameRelay(bytes: Uint8Array, at: number, end: number, facts: Facts): void {
  for (let octets = 0; at < end && octets < 4; octets++) if ((bytes[at++]! & 1) !== 0) break;
  if (at + 3 > end) return;
  if (bytes[at] !== 3) return ofType(bytes, bytes[at]! << 8 | bytes[at + 1]!, at + 2, end, facts);
  // A zero pads it.
  at += bytes[at + 1] === 0 ? 2 : 1;
  const nlpid = bytes[at++]!;
  if (nlpid === 0xcc) ofType(bytes, 0x800, at, end, facts);
  else if (nlpid === 0x8e) ofType(bytes, 0x86dd, at, end, facts);
  else if (nlpid === 0x80 && at + 5 <= end && bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 0) {
    ofType(bytes, bytes[at + 3]! << 8 | bytes[at + 4]!, at + 5, end, facts);
  }
}

function ppp(bytes: Uint8Array, at: number, end: number, facts: Facts): void {
  if (at + 4 <= end && (bytes[at] === 0x0f || bytes[at] === 0x8f)) {
    // Cisco's HDLC under the same link type.
    return ofType(bytes, bytes[at + 2]! << 8 | bytes[at + 3]!, at + 4, end, facts);
  }
  if (at + 2 <= end && bytes[at] === 0xff && bytes[at + 1] === 0x03) at += 2;
  if (at >= end) return;
  let protocol = bytes[at]!;
  if ((protocol & 1) !== 0) at++;
  else {
    if (at + 2 > end) return;
    protocol = protocol << 8 | bytes[at + 1]!;
    at += 2;
  }
  if (protocol === 0x21) ofType(bytes, 0x800, at, end, facts);
  else if (protocol === 0x57) ofType(bytes, 0x86dd, at, end, facts);
}

function byVersion(bytes: Uint8Array, at: number, end: number, facts: Facts): void {
  if (at >= end) return;
  const version = bytes[at]! >> 4;
  if (version === 4) ofType(bytes, 0x800, at, end, facts);
  else if (version === 6) ofType(bytes, 0x86dd, at, end, facts);
}

function ofType(bytes: Uint8Array, type: number, at: number, end: number, facts: Facts): void {
  for (let tags = 0; tags < 8; tags++) {
    if (type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200) {
      if (at + 4 > end) return;
      facts.vlan ??= (bytes[at]! << 8 | bytes[at + 1]!) & 0xfff;
      type = bytes[at + 2]! << 8 | bytes[at + 3]!;
      at += 4;
      if (type <= 1500) return snap(bytes, at, end, facts);
      continue;
    }
    break;
  }
  facts.etherType = type;
  switch (type) {
    case 0x0800:
      return ipv4(bytes, at, end, facts);
    case 0x86dd:
      return ipv6(bytes, at, end, facts);
    case 0x0806:
    case 0x8035:
      if (at + 28 > end || bytes[at + 2] !== 8 || bytes[at + 3] !== 0 || bytes[at + 5] !== 4) {
        facts.arp = at + 8 <= end;
        return;
      }
      {
        const size = bytes[at + 4]!;
        facts.arp = true;
        if (at + 8 + 2 * size + 8 > end) return;
        facts.family = 0;
        facts.src = at + 8 + size;
        facts.dst = at + 12 + 2 * size;
      }
      return;
    case 0x8847:
    case 0x8848:
      for (let labels = 0; labels < 16; labels++) {
        if (at + 4 > end) return;
        const bottom = (bytes[at + 2]! & 1) !== 0;
        at += 4;
        if (bottom) return byVersion(bytes, at, end, facts);
      }
      return;
    case 0x8903: // Cisco FabricPath: the frame stands behind a tag
      if (at + 16 <= end) ether(bytes, at + 2, end, facts);
      return;
    case 0x6558:
      if (at + 14 <= end) ether(bytes, at, end, facts);
      return;
    case 0x8864:
      if (at + 8 <= end) ppp(bytes, at + 6, end, facts);
  }
}

function ipv4(bytes: Uint8Array, at: number, end: number, facts: Facts): void {
  if (at + 20 > end || bytes[at]! >> 4 !== 4) return;
  const header = (bytes[at]! & 15) * 4;
  facts.family = 4;
  facts.src = at + 12;
  facts.dst = at + 16;
  facts.protocol = bytes[at + 9]!;
  facts.hops = bytes[at + 8]!;
  const total = bytes[at + 2]! << 8 | bytes[at + 3]!;
  const fragment = bytes[at + 6]! << 8 | bytes[at + 7]!;
  facts.fragment = (fragment & 0x3fff) !== 0;
  if (header < 20) return;
  facts.payload = Math.max(0, total - header);
  if ((fragment & 0x1fff) === 0) {
    // A length of 0 is a packet that the network card was to cut.
    ports(bytes, at + header, total === 0 ? end : Math.min(end, at + total), facts);
  }
}

function ipv6(bytes: Uint8Array, at: number, end: number, facts: Facts): void {
  if (at + 40 > end || bytes[at]! >> 4 !== 6) return;
  facts.family = 6;
  facts.src = at + 8;
  facts.dst = at + 24;
  facts.hops = bytes[at + 7]!;
  let next = bytes[at + 6]!;
  const size = bytes[at + 4]! << 8 | bytes[at + 5]!;
  const limit = size === 0 && next === 0 ? end : Math.min(end, at + 40 + size);
  let cursor = at + 40;
  facts.payload = size;
  for (let headers = 0; headers < 32; headers++) {
    facts.protocol = next;
    switch (next) {
      case 0:
      case 43:
      case 60:
      case 135:
      case 139:
      case 140: {
        if (cursor + 2 > limit) return;
        const length = (bytes[cursor + 1]! + 1) * 8;
        next = bytes[cursor]!;
        cursor += length;
        facts.payload -= length;
        continue;
      }
      case 51: {
        if (cursor + 2 > limit) return;
        const length = (bytes[cursor + 1]! + 2) * 4;
        next = bytes[cursor]!;
        cursor += length;
        facts.payload -= length;
        continue;
      }
      case 44: {
        if (cursor + 8 > limit) return;
        const offset = bytes[cursor + 2]! << 8 | bytes[cursor + 3]!;
        facts.fragment = (offset & 0xfff9) !== 0;
        next = bytes[cursor]!;
        cursor += 8;
        facts.payload -= 8;
        if ((offset & 0xfff8) !== 0) {
          facts.protocol = next;
          return;
        }
        continue;
      }
    }
    ports(bytes, cursor, limit, facts);
    return;
  }
}

function ports(bytes: Uint8Array, at: number, end: number, facts: Facts): void {
  facts.transport = at;
  facts.end = end;
  const { protocol } = facts;
  if (protocol !== 6 && protocol !== 17 && protocol !== 132 && protocol !== 33 && protocol !== 136) return;
  if (at + 4 > end) return;
  facts.sport = bytes[at]! << 8 | bytes[at + 1]!;
  facts.dport = bytes[at + 2]! << 8 | bytes[at + 3]!;
}
