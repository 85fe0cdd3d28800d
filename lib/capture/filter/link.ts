// Where a link type keeps its protocol field and its payload, and how a protocol is told there. Pure.
// To add a link type to capture filters: a line in `LAYOUTS` and, when its protocol field is like no other, a kind.
import { FormatError } from "../../base/errors.ts";
import { LINK, LINK_TYPES } from "../packet.ts";
import { and, cmp, type Cond, constant, is, load, NO, not, type Num, op, or, YES } from "./ir.ts";

/** A place in the packet: octets from its start, plus what only the packet itself says. */
export interface Place {
  readonly at: number;
  readonly plus?: Num | undefined;
}

export type LinkKind =
  | "ether"
  | "sll"
  | "sll2"
  | "ppp"
  | "hdlc"
  | "null"
  | "loop"
  | "raw"
  | "ipv4"
  | "ipv6"
  | "wifi"
  | "frelay"
  | "arcnet"
  | "ipnet"
  /** IEEE 802.2 with SNAP behind whatever header there is. */
  | "llc"
  /** An EtherType wherever it is. */
  | "plain"
  /** OpenBSD's packet filter: a family of addresses. */
  | "pflog"
  /** Juniper's routers: their mark says nothing of what follows. */
  | "juniper"
  /** Nothing is known of it: only lengths and octets can be asked for. */
  | "opaque";

/** What the code generator knows of the link layer; VLAN tags, MPLS labels and PPPoE move it on. */
export interface LinkLayout {
  kind: LinkKind;
  readonly name: string;
  /** Where the link header begins: `ether[0]`. */
  header: Place;
  /** Where the protocol field is. */
  type: Place;
  /** Where the payload is. */
  payload: Place;
  /** Octets from there to the network layer. */
  network: number;
  /** The same for the ISO protocols behind an 802.2 header. */
  iso: number;
  /** Octets before the two MAC addresses, receiver first, where there are such. */
  readonly addresses?: number;
  /** Inside Geneve: what it carries need not have a link header. */
  geneve?: boolean;
}

export const ETHERTYPE = { IP: 0x800, ARP: 0x806, RARP: 0x8035, IPV6: 0x86dd, MPLS: 0x8847 } as const;
const SAP = { STP: 0x42, IPX: 0xe0, NETBEUI: 0xf0, ISO: 0xfe } as const;
const PPP_OF: ReadonlyMap<number, number> = new Map([
  [ETHERTYPE.IP, 0x21],
  [ETHERTYPE.IPV6, 0x57],
  [0x6003, 0x27],
  [0x809b, 0x29],
  [SAP.ISO, 0x23],
  [SAP.STP, 0x31],
  [SAP.IPX, 0x2b],
  [ETHERTYPE.MPLS, 0x281],
]);

/** Kinds of ARCNET packets; IPv4 and ARP have an older one each. */
const ARCNET_OF: ReadonlyMap<number, readonly number[]> = new Map([
  [ETHERTYPE.IP, [212, 240]],
  [ETHERTYPE.IPV6, [196]],
  [ETHERTYPE.ARP, [213, 241]],
  [ETHERTYPE.RARP, [214]],
  [0x809b, [221]],
]);

/**
 * Link types by number: kind, where the protocol field and the payload are, what stands before the network layer of the
 * ISO protocols, and what is not as with others.
 */
const LAYOUTS: readonly (readonly [
  links: readonly number[],
  kind: LinkKind,
  type: number,
  payload: number,
  iso?: number,
  more?: Partial<LinkLayout>,
])[] = [
  [[LINK.ETHERNET], "ether", 12, 14, 3, { addresses: 0 }],
  // The routes of token rings are taken to be empty, as libpcap does.
  [[LINK.IEEE802_5], "llc", 20, 14, 3, { network: 8, addresses: 2 }],
  [[LINK.FDDI], "llc", 19, 13, 3, { network: 8, addresses: 1 }],
  [[122], "llc", 22, 16, 3, { network: 8, addresses: 2 }],
  [[LINK.ATM_RFC1483, 11, 19, 106], "llc", 6, 0, 3, { network: 8 }],
  [[LINK.SLIP], "raw", 0, 16],
  [[LINK.RAW, LINK.RAW_BSD, LINK.RAW_OPENBSD], "raw", 0, 0],
  [[LINK.IPV4], "ipv4", 0, 0],
  [[LINK.IPV6], "ipv6", 0, 0],
  [[LINK.LINUX_SLL], "sll", 14, 16],
  [[LINK.LINUX_SLL2], "sll2", 0, 20],
  [[LINK.PPP, LINK.PPP_HDLC], "ppp", 2, 4],
  [[LINK.PPP_WITH_DIR], "ppp", 3, 5],
  [[LINK.PPP_ETHER], "ppp", 6, 8],
  [[LINK.C_HDLC], "hdlc", 2, 4],
  [[LINK.NULL], "null", 0, 4],
  [[LINK.LOOP], "loop", 0, 4],
  [[109], "loop", 0, 12],
  [[99], "plain", 6, 44],
  [[138], "plain", 16, 18],
  [[LINK.FRELAY], "frelay", 0, 0],
  [[LINK.IPNET], "ipnet", 1, 24],
  // Headers of Juniper's are taken to be of these sizes, as libpcap does, though most vary.
  [[130, 131, 134, 179, 180, 181], "juniper", 4, 4],
  [[135], "juniper", 8, 8, 10],
  [[137], "juniper", 4, 4, 10],
  [[133], "juniper", 6, 12],
  [[164], "juniper", 12, 12],
  [[167, 178], "juniper", 16, 14, 21, { network: 18 }],
  [[168], "juniper", 4, 6],
  [[117], "pflog", 1, 0, 0, {
    payload: { at: 0, plus: op("&", op("+", load(1, 0), constant(3)), constant(0xfffffffc)) },
  }],
  [[LINK.IEEE802_11], "wifi", 6, 8, -5, behindWifi()],
  [[LINK.IEEE802_11_RADIOTAP], "wifi", 6, 8, -5, behindWifi(little(2), true)],
  [[LINK.PPI], "wifi", 6, 8, -5, behindWifi(little(2))],
  [[LINK.IEEE802_11_PRISM], "wifi", 6, 8, -5, behindWifi({ k: "prism" })],
  [[LINK.IEEE802_11_AVS], "wifi", 6, 8, -5, behindWifi(load(4, 4))],
  [[7], "arcnet", 2, 6],
  [[129], "arcnet", 4, 8],
];

/** Two octets of which the first counts less. */
function little(at: number): Num {
  return op("|", load(1, at), op("<<", load(1, at + 1), constant(8)));
}

/** A frame of 802.11 behind a header of the radio, or none: its own header has no fixed length. */
function behindWifi(before?: Num, radiotap = false): Partial<LinkLayout> {
  const plus: Num = { k: "wifi", before, radiotap };
  return { header: { at: 0, plus: before }, type: { at: 6, plus }, payload: { at: 8, plus } };
}

/** The layout of packets of a link type. */
export function linkOf(link: number): LinkLayout {
  const [, kind, type, payload, iso = 0, more] = LAYOUTS.find(([links]) => links.includes(link)) ??
    [[], "opaque", 0, 0];
  return {
    kind,
    name: LINK_TYPES.get(link)?.[1] ?? `link type ${link}`,
    header: { at: 0 },
    type: { at: type },
    payload: { at: payload },
    network: 0,
    iso,
    ...more,
  };
}

const at = (place: Place, size: 1 | 2 | 4, plus = 0): Num => load(size, place.at + plus, place.plus);
/** What says that IPv4 follows, or IPv6; nothing else can. */
const ipOnly = (protocol: number, four: Cond, six: Cond): Cond =>
  protocol === ETHERTYPE.IP ? four : protocol === ETHERTYPE.IPV6 ? six : NO;

/** Whether the link layer says that `protocol` follows: an EtherType, or up to 1500 an LLC service access point. */
export function linkIs(layout: LinkLayout, protocol: number): Cond {
  const { type, payload, header } = layout;
  switch (layout.kind) {
    case "ether":
      return etherIs(type, payload, protocol);
    case "sll":
      return cookedIs(type, payload, protocol);
    case "sll2":
    case "plain":
      return is(at(type, 2), protocol);
    case "juniper":
      return is(op("&", at(header, 4), constant(0xffffff00)), 0x4d474300);
    case "pflog":
      return ipOnly(protocol, is(at(type, 1), 2), is(at(type, 1), 10));
    case "ppp":
      return is(at(type, 2), PPP_OF.get(protocol) ?? protocol);
    case "hdlc":
      return is(at(type, 2), protocol === SAP.ISO ? 0xfefe : protocol);
    case "null":
    case "loop": {
      const families = (...numbers: number[]) =>
        or(...numbers.flatMap((family) => [is(at(type, 4), family << 24), is(at(type, 4), family)]));
      // AF_INET6 of the BSDs and macOS, where such captures come from.
      return ipOnly(protocol, families(2), families(30, 24, 28));
    }
    case "raw": {
      const version = op("&", at(payload, 1), constant(0xf0));
      return ipOnly(protocol, is(version, 0x40), is(version, 0x60));
    }
    case "ipv4":
      return ipOnly(protocol, YES, NO);
    case "ipv6":
      return ipOnly(protocol, NO, YES);
    case "frelay": {
      const word = at(header, 2, 2);
      if (protocol === SAP.ISO) return or(...[0x81, 0x82, 0x83].map((nlpid) => is(word, 0x300 | nlpid)));
      return ipOnly(protocol, is(word, 0x3cc), is(word, 0x38e));
    }
    case "arcnet":
      return or(...(ARCNET_OF.get(protocol) ?? []).map((kind) => is(at(type, 1), kind)));
    case "ipnet":
      return ipOnly(protocol, is(at(type, 1), 2), is(at(type, 1), 26));
    case "llc":
      return logicalIs(type, payload, protocol);
    case "opaque":
      throw new FormatError(`link-layer type filtering not implemented for ${layout.name}`);
    case "wifi": {
      const control = at(header, 1);
      const data = and(is(op("&", control, constant(4)), 0), not(is(op("&", control, constant(8)), 0)));
      return and(data, protocol <= LARGEST_LENGTH ? is(at(type, 1, -6), protocol) : is(at(type, 2), protocol));
    }
  }
}

/** Types up to here are lengths, with LLC behind them. */
const LARGEST_LENGTH = 1500;
const APPLETALK = 0x809b, APPLETALK_ARP = 0x80f3, IPX = 0x8137;

function logicalIs(type: Place, payload: Place, protocol: number): Cond {
  if (protocol === SAP.ISO || protocol === SAP.NETBEUI) return is(at(payload, 2), protocol << 8 | protocol);
  if (protocol === APPLETALK) return snapIs(payload, 0x080007, protocol);
  return protocol <= LARGEST_LENGTH ? is(at(payload, 1), protocol) : is(at(type, 2), protocol);
}

/** SNAP with an organization code: the word at the LLC header and the one after it. */
function snapIs(payload: Place, organization: number, protocol: number): Cond {
  return and(
    is(at(payload, 4, 4), ((organization << 16) | protocol) >>> 0),
    is(at(payload, 4), (0xaaaa0300 | organization >>> 16) >>> 0),
  );
}

function etherIs(type: Place, payload: Place, protocol: number): Cond {
  const field = at(type, 2), framed = not(cmp(">", field, constant(LARGEST_LENGTH)));
  if (protocol !== SAP.IPX) return framedIs(field, framed, payload, protocol);
  const logical = or(snapIs(payload, 0, IPX), is(at(payload, 1), SAP.IPX), is(at(payload, 2), 0xffff));
  return or(is(field, IPX), and(framed, logical));
}

function cookedIs(type: Place, payload: Place, protocol: number): Cond {
  const field = at(type, 2), framed = is(field, 4);
  if (protocol !== SAP.IPX) return framedIs(field, framed, payload, protocol);
  return or(is(field, IPX), is(field, 1), and(framed, or(is(at(payload, 1), SAP.IPX), snapIs(payload, 0, IPX))));
}

/** A type, or what stands in LLC where the field is `framed`. */
function framedIs(field: Num, framed: Cond, payload: Place, protocol: number): Cond {
  switch (protocol) {
    case SAP.ISO:
    case SAP.NETBEUI:
      return and(framed, is(at(payload, 2), protocol << 8 | protocol));
    case APPLETALK:
      return or(is(field, protocol), and(framed, snapIs(payload, 0x080007, protocol)));
    case APPLETALK_ARP:
      return or(is(field, protocol), and(framed, snapIs(payload, 0, protocol)));
  }
  return protocol <= LARGEST_LENGTH ? and(framed, is(at(payload, 1), protocol)) : is(field, protocol);
}
