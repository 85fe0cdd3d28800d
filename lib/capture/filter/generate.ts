// Filter trees to conditions for one link type, with libpcap's meaning of every word and its messages. Pure.
// Order matters: `vlan`, `mpls` and `pppoes` move what comes after them, whatever `not` or `or` stands around.
import { Addresses } from "./addresses.ts";
import { and, cmp, type Cond, constant, is, load, masked, not, type Num, op, or, YES } from "./ir.ts";
import { LINK } from "../packet.ts";
import { ETHERTYPE, linkOf } from "./link.ts";
import { directionIs, LOGGED, loggedIs } from "./logged.ts";
import { Loads, NETWORKS, TRANSPORTS } from "./loads.ts";
import type { FilterNames } from "./names.ts";
import type { ArithNode, FilterNode } from "./tree.ts";
import { Ports } from "./ports.ts";
import { fail, fold } from "./values.ts";
import { directionOf, frameOf, Frames } from "./wlan.ts";

const FULL = 0xffff_ffff;
/** Link types that keep what the radio said. */
const RADIO = new Set<number>([LINK.IEEE802_11_RADIOTAP, LINK.IEEE802_11_PRISM, LINK.IEEE802_11_AVS]);

class Generator {
  readonly #loads: Loads;
  readonly #addresses: Addresses;
  readonly #link: number;
  readonly #live: boolean;

  constructor(link: number, names: FilterNames, live: boolean) {
    this.#link = link;
    this.#loads = new Loads(linkOf(link));
    this.#addresses = new Addresses(this.#loads, names);
    this.#live = live;
  }

  cond(node: FilterNode): Cond {
    switch (node.t) {
      case "and":
      case "or": {
        const a = this.cond(node.a), b = this.cond(node.b);
        return node.t === "and" ? and(a, b) : or(a, b);
      }
      case "not":
        return not(this.cond(node.a));
      case "proto":
        return this.#loads.abbreviation(node.name);
      case "id":
        return this.#addresses.id(node.q, node.id, node.prefix, node.mask);
      case "relation":
        return this.#relation(node.op, node.a, node.b);
      case "other":
        return this.#other(node);
    }
  }

  // Expressions.

  #relation(relation: string, a: ArithNode, b: ArithNode): Cond {
    const checks: Cond[] = [];
    const left = this.#arith(a, checks), right = this.#arith(b, checks);
    const table: Record<string, () => Cond> = {
      "=": () => cmp("=", left, right),
      "!=": () => not(cmp("=", left, right)),
      ">": () => cmp(">", left, right),
      "<=": () => not(cmp(">", left, right)),
      ">=": () => cmp(">=", left, right),
      "<": () => not(cmp(">=", left, right)),
    };
    return and(...checks, table[relation]!());
  }

  #arith(node: ArithNode, checks: Cond[]): Num {
    switch (node.t) {
      case "number":
        return constant(node.value);
      case "len":
        return { k: "len" };
      case "arith": {
        const a = this.#arith(node.a, checks), b = this.#arith(node.b, checks);
        const zero = b.k === "const" && b.value === 0;
        if (node.op === "/" && zero) return fail("division by zero");
        if (node.op === "%" && zero) return fail("modulus by zero");
        if ((node.op === "<<" || node.op === ">>") && b.k === "const" && b.value > 31) {
          return fail("shift by more than 31 bits");
        }
        return fold(op(node.op, a, b));
      }
      case "load":
        return this.#load(node.proto, node.index, node.size, checks);
    }
  }

  #load(proto: string, indexNode: ArithNode, size: number, checks: Cond[]): Num {
    if (size !== 1 && size !== 2 && size !== 4) return fail("data size must be 1, 2, or 4");
    const index = this.#arith(indexNode, checks);
    const shifted = (num: Num): Num => {
      const base = num as Extract<Num, { k: "load" }>;
      if (index.k === "const" && index.value < 0x7fff_ffff) return load(size, base.at + index.value, base.plus);
      return load(size, base.at, base.plus === undefined ? index : op("+", base.plus, index));
    };
    if (proto === "link") {
      if (this.#loads.layout.geneve === true) checks.push(this.#loads.hasLinkHeader());
      return shifted(this.#loads.link(1, 0));
    }
    if (proto === "radio") {
      if (!RADIO.has(this.#link)) return fail("radio information not present in capture");
      return shifted(load(1, 0));
    }
    if (proto === "icmp6") {
      checks.push(this.#loads.type(ETHERTYPE.IPV6), is(this.#loads.net(1, 6), 58));
      return shifted(this.#loads.net(1, 40));
    }
    if (NETWORKS.has(proto) && proto !== "iso" && proto !== "stp" && proto !== "ipx" && proto !== "netbeui") {
      checks.push(this.#loads.abbreviation(proto));
      return shifted(this.#loads.net(1, 0));
    }
    if (["tcp", "udp", "icmp", "igmp", "igrp", "pim", "vrrp", "carp", "sctp"].includes(proto)) {
      checks.push(this.#loads.protocol(TRANSPORTS.get(proto)![0], 4), this.#loads.notFragment());
      return shifted(this.#loads.transport(1, 0));
    }
    return fail("unsupported index operation");
  }

  #other(node: Extract<FilterNode, { t: "other" }>): Cond {
    const { number } = node;
    const { kind, name } = this.#loads.layout;
    const len: Num = { k: "len" };
    if (LOGGED.has(node.name)) return loggedIs(node.name, node.text!, kind);
    switch (node.name) {
      case "less":
        return not(cmp(">", len, constant(number!)));
      case "greater":
        return cmp(">=", len, constant(number!));
      case "byte": {
        const value = constant(Number(node.text));
        const octet = this.#loads.link(1, number!);
        if (node.op === "=") return cmp("=", octet, value);
        if (node.op === ">") return cmp(">", octet, value);
        if (node.op === "<") return not(cmp(">=", octet, value));
        return not(is(op(node.op as "&", octet, value), 0));
      }
      case "broadcast":
      case "multicast":
        return this.#cast(node.name, node.proto);
      case "inbound":
      case "outbound":
        return directionIs(node.name, this.#loads.layout, this.#link, this.#live);
      case "ifindex":
        if (kind !== "sll2") return fail(`ifindex not supported on ${name} when reading savefiles`);
        return is(load(4, 4), number!);
      case "vlan":
        return this.#vlan(number);
      case "mpls":
        return this.#mpls(number);
      case "pppoed":
        return this.#loads.type(0x8863);
      case "pppoes":
        return this.#pppoes(number);
      case "llc":
        return this.#llc(node.text);
      case "geneve":
        return this.#geneve(number);
      case "frame":
        return new Frames(this.#loads).frame(...frameOf(node.type, node.subtype));
      case "dir":
        return new Frames(this.#loads).direction(directionOf(node.direction!));
    }
    return fail(`'${node.name}' is not supported`);
  }

  /** What comes after it in the filter is about what the tag stands before. */
  #vlan(number: number | undefined): Cond {
    const { layout } = this.#loads, { payload, type, kind, name } = layout;
    if (this.#loads.mplsDepth > 0) return fail("no VLAN match after MPLS");
    if (kind !== "ether" && kind !== "wifi") return fail(`no VLAN support for ${name}`);
    if (number !== undefined && number > 0xfff) return fail(`VLAN tag ${number} greater than maximum 4095`);
    let found = or(this.#loads.type(0x8100), this.#loads.type(0x88a8), this.#loads.type(0x9100));
    if (number !== undefined) found = and(found, masked(this.#loads.net(2, 0), 0x0fff, number));
    layout.payload = { at: payload.at + 4, plus: payload.plus };
    layout.type = { at: type.at + 4, plus: type.plus };
    return found;
  }

  /** What comes after it in the filter is about what the label stands before. */
  #mpls(number: number | undefined): Cond {
    const { layout } = this.#loads, { kind, name } = layout;
    if (number !== undefined && number > 0xfffff) return fail(`MPLS label ${number} greater than maximum 1048575`);
    let found: Cond;
    if (this.#loads.mplsDepth > 0) found = is(op("&", this.#loads.net(1, -2), constant(1)), 0);
    else if (kind === "ether" || kind === "hdlc" || kind === "ppp") found = this.#loads.type(ETHERTYPE.MPLS);
    else return fail(`no MPLS support for ${name}`);
    if (number !== undefined) found = and(found, masked(this.#loads.net(4, 0), 0xffff_f000, number << 12));
    layout.network += 4;
    layout.iso += 4;
    this.#loads.mplsDepth++;
    return found;
  }

  /** What comes after it in the filter is about what the session carries. */
  #pppoes(number: number | undefined): Cond {
    const { layout } = this.#loads, { payload, network } = layout;
    if (number !== undefined && number > 0xffff) {
      return fail(`PPPoE session number ${number} greater than maximum 65535`);
    }
    let found = this.#loads.type(0x8864);
    if (number !== undefined) found = and(found, masked(this.#loads.net(4, 0), 0xffff, number));
    const at = payload.at + network + 6;
    Object.assign(layout, {
      kind: "ppp",
      addresses: undefined,
      header: { at, plus: payload.plus },
      type: { at, plus: payload.plus },
      payload: { at: at + 2, plus: payload.plus },
      network: 0,
      iso: 0,
    });
    return found;
  }

  #llc(kind: string | undefined): Cond {
    const { kind: link, name, type, payload } = this.#loads.layout;
    const supported = link === "ether" || link === "wifi" || link === "llc" && ![19, 106, 122].includes(this.#link);
    if (!supported) return fail(`'llc' not supported for ${name}`);
    const any = link === "llc" ? YES : link === "wifi" ? new Frames(this.#loads).data() : and(
      not(cmp(">", load(2, type.at, type.plus), constant(1500))),
      not(is(load(2, payload.at, payload.plus), 0xffff)),
    );
    // Of 802.11 what comes behind LLC and SNAP is the payload.
    const control = load(1, payload.at + 2 - (link === "wifi" ? 8 : 0), payload.plus);
    switch (kind?.toLowerCase()) {
      case undefined:
        return any;
      case "i":
        return and(any, is(op("&", control, constant(1)), 0));
      case "s":
        return and(any, is(op("&", control, constant(3)), 1));
      case "u":
        return and(any, is(op("&", control, constant(3)), 3));
    }
    const supervisory = ["rr", "rnr", "rej"].indexOf(kind!.toLowerCase());
    if (supervisory !== -1) return and(any, is(op("&", control, constant(15)), supervisory * 4 + 1));
    const unnumbered =
      ({ ui: 3, ua: 0x63, disc: 0x43, dm: 0x0f, sabme: 0x6f, test: 0xe3, xid: 0xaf, frmr: 0x87 } as Record<
        string,
        number
      >)[kind!.toLowerCase()];
    if (unnumbered === undefined) return fail(`unknown LLC type name "${kind}"`);
    return and(any, is(op("&", control, constant(0xef)), unnumbered));
  }

  /** RFC 8926: what comes after is about the packet inside. */
  #geneve(vni: number | undefined): Cond {
    if (vni !== undefined && vni > 0xffffff) return fail(`Geneve VNI ${vni} greater than maximum 16777215`);
    const { payload, network } = this.#loads.layout;
    const checked = (port: Cond, at: (size: 1 | 2 | 4, offset: number) => Num) => {
      const version = masked(at(1, 8), 0xc0, 0);
      return vni === undefined
        ? and(port, version)
        : and(port, version, masked(at(4, 12), 0xffff_ff00, (vni << 8) >>> 0));
    };
    const { four, six } = new Ports(this.#loads).datagramsTo(6081);
    const found = or(
      checked(four, (size, offset) => this.#loads.transport(size, offset)),
      checked(six, (size, offset) => this.#loads.net(size, offset + 40)),
    );
    const place = (what: "type" | "header" | "payload") => ({
      at: 0,
      plus: { k: "geneve", what, at: payload.at + network, plus: payload.plus } as Num,
    });
    Object.assign(this.#loads.layout, {
      kind: "ether",
      addresses: 0,
      header: place("header"),
      type: place("type"),
      payload: place("payload"),
      network: 0,
      iso: 3,
      geneve: true,
    });
    this.#loads.mplsDepth = 0;
    return found;
  }

  #cast(which: string, proto: string | undefined): Cond {
    const { kind, addresses } = this.#loads.layout;
    if (proto === undefined || proto === "link") {
      if (addresses === undefined && kind !== "wifi") return fail(`not a ${which} link`);
      if (kind === "wifi" && which === "multicast") return new Frames(this.#loads).multicast();
      return which === "broadcast"
        ? this.#addresses.etherHost([255, 255, 255, 255, 255, 255], "dst")
        : not(is(op("&", this.#loads.link(1, addresses ?? 0), constant(1)), 0));
    }
    if (proto === "ip") {
      const destination = this.#loads.net(4, 16);
      // With no netmask known only the two general forms are broadcasts.
      return which === "broadcast"
        ? and(this.#loads.type(ETHERTYPE.IP), or(is(destination, 0), is(destination, FULL)))
        : and(this.#loads.type(ETHERTYPE.IP), cmp(">=", this.#loads.net(1, 16), constant(224)));
    }
    if (proto === "ip6" && which === "multicast") {
      return and(this.#loads.type(ETHERTYPE.IPV6), is(this.#loads.net(1, 24), 255));
    }
    return fail(
      which === "broadcast"
        ? "only link-layer/IP broadcast filters supported"
        : "link-layer multicast filters supported only on ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel",
    );
  }
}

/** The condition of a parsed filter for packets of a link type. What cannot be is a `FormatError`. */
export function conditionOf(node: FilterNode, link: number, names: FilterNames, live = false): Cond {
  return new Generator(link, names, live).cond(node);
}
