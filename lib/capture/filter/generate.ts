// Filter trees to conditions for one link type, with libpcap's meaning of every word and its messages. Pure.
// Order matters: `vlan`, `mpls` and `pppoes` move what comes after them, whatever `not` or `or` stands around.
import { FormatError } from "../../base/errors.ts";
import { parseIp } from "../../base/ip.ts";
import { and, cmp, type Cond, constant, load, not, type Num, op, or, YES } from "./ir.ts";
import { numberOf, type Token } from "./lexer.ts";
import { ETHERTYPE, linkIs, type LinkLayout, linkOf } from "./link.ts";
import { ETHER_PROTOCOLS, type FilterNames, UnknownHost } from "./names.ts";
import type { ArithNode, FilterNode, Qualifiers } from "./parser.ts";

const fail = (message: string): never => {
  throw new FormatError(message);
};
const is = (num: Num, value: number): Cond => cmp("=", num, constant(value));
/** `num` under a mask; under an empty one nothing is looked at. */
const masked = (num: Num, mask: number, value: number): Cond =>
  mask === 0 ? YES : is((mask >>> 0) === 0xffff_ffff ? num : op("&", num, constant(mask)), value);

/** Words that stand for an IP protocol: its number and over which families it is looked for. */
const TRANSPORTS: ReadonlyMap<string, readonly [protocol: number, families: "both" | 4 | 6]> = new Map([
  ["tcp", [6, "both"]],
  ["udp", [17, "both"]],
  ["sctp", [132, "both"]],
  ["icmp", [1, 4]],
  ["igmp", [2, 4]],
  ["igrp", [9, 4]],
  ["pim", [103, "both"]],
  ["vrrp", [112, 4]],
  ["carp", [112, 4]],
  ["icmp6", [58, 6]],
  ["ah", [51, "both"]],
  ["esp", [50, "both"]],
]);

/** Words that stand for an EtherType or an LLC service access point. */
const NETWORKS: ReadonlyMap<string, number> = new Map([
  ["ip", ETHERTYPE.IP],
  ["ip6", ETHERTYPE.IPV6],
  ["arp", ETHERTYPE.ARP],
  ["rarp", ETHERTYPE.RARP],
  ["atalk", 0x809b],
  ["aarp", 0x80f3],
  ["decnet", 0x6003],
  ["sca", 0x6007],
  ["lat", 0x6004],
  ["mopdl", 0x6001],
  ["moprc", 0x6002],
  ["iso", 0xfe],
  ["stp", 0x42],
  ["ipx", 0xe0],
  ["netbeui", 0xf0],
]);

const ISO_PROTOCOLS: ReadonlyMap<string, number> = new Map([["clnp", 0x81], ["esis", 0x82], ["isis", 0x83]]);

const FULL = 0xffff_ffff;

class Generator {
  readonly #layout: LinkLayout;
  readonly #names: FilterNames;
  readonly #live: boolean;
  #mplsDepth = 0;

  constructor(layout: LinkLayout, names: FilterNames, live: boolean) {
    this.#layout = layout;
    this.#names = names;
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
        return this.#abbreviation(node.name);
      case "id":
        return this.#id(node.q, node.id, node.prefix, node.mask);
      case "relation":
        return this.#relation(node.op, node.a, node.b);
      case "other":
        return this.#other(node);
    }
  }

  // Loads.

  #net(size: 1 | 2 | 4, offset: number): Num {
    const { payload, network } = this.#layout;
    return load(size, payload.at + network + offset, payload.plus);
  }

  #headerLength(): Num {
    return op("*", op("&", this.#net(1, 0), constant(15)), constant(4));
  }

  /** In the IPv4 payload, after options. */
  #transport(size: 1 | 2 | 4, offset: number): Num {
    const { payload, network } = this.#layout;
    const length = this.#headerLength();
    const plus = payload.plus === undefined ? length : op("+", payload.plus, length);
    return load(size, payload.at + network + offset, plus);
  }

  #link(size: 1 | 2 | 4, offset: number): Num {
    return load(size, this.#layout.header.at + offset, this.#layout.header.plus);
  }

  // Protocols.

  #type(protocol: number): Cond {
    if (this.#mplsDepth > 0) {
      const bottom = is(op("&", this.#net(1, -2), constant(1)), 1);
      const version = op("&", this.#net(1, 0), constant(0xf0));
      if (protocol === ETHERTYPE.IP) return and(bottom, is(version, 0x40));
      if (protocol === ETHERTYPE.IPV6) return and(bottom, is(version, 0x60));
      return fail("unsupported protocol over mpls");
    }
    return linkIs(this.#layout, protocol);
  }

  #protocol(protocol: number, families: "both" | 4 | 6): Cond {
    const four = () => and(this.#type(ETHERTYPE.IP), is(this.#net(1, 9), protocol));
    // A fragment header may stand between; other extension headers are not passed over.
    const six = () =>
      and(
        this.#type(ETHERTYPE.IPV6),
        or(
          is(this.#net(1, 6), protocol),
          and(is(this.#net(1, 6), 44), is(this.#net(1, 40), protocol)),
        ),
      );
    if (families === 4) return four();
    return families === 6 ? six() : or(four(), six());
  }

  #abbreviation(name: string): Cond {
    const transport = TRANSPORTS.get(name);
    if (transport !== undefined) return this.#protocol(...transport);
    const network = NETWORKS.get(name);
    if (network !== undefined) return this.#type(network);
    const iso = ISO_PROTOCOLS.get(name);
    if (iso !== undefined) return this.#iso(iso);
    if (name === "link") return fail("link layer applied in wrong context");
    if (name === "radio") return fail("'radio' is not a valid protocol type");
    return fail(`'${name}' is not supported`);
  }

  #iso(protocol: number): Cond {
    const { payload, iso } = this.#layout;
    return and(this.#type(0xfe), is(load(1, payload.at + iso, payload.plus), protocol));
  }

  #notFragment(): Cond {
    return is(op("&", this.#net(2, 6), constant(0x1fff)), 0);
  }

  // Addresses.

  #id(q: Qualifiers, id: Token, prefix: number | undefined, mask: Token | undefined): Cond {
    const { proto, kind } = q;
    if (prefix !== undefined || mask !== undefined) {
      const what = mask === undefined ? "prefix length" : "netmask";
      if (kind !== undefined && kind !== "host" && kind !== "net") {
        return fail(`'${kind}' modifier applied to IP address and ${what}`);
      }
    } else if ((id.kind === "ipv4" || id.kind === "ipv6") && kind !== undefined && kind !== "host" && kind !== "net") {
      return fail(`'${kind}' modifier applied to IP address`);
    }
    switch (id.kind) {
      case "mac":
        if ((kind !== undefined && kind !== "host") || proto !== "link") {
          return fail("ethernet address used in non-ether expression");
        }
        return this.#etherHost(macOf(id.text), q.dir);
      case "arcnet":
        return fail("aid supported only on ARCnet");
      case "ipv6": {
        const bytes = parseIp(id.text)!.bytes;
        if ((prefix ?? 128) > 128) return fail("mask length must be <= 128");
        if (kind !== "net" && (prefix ?? 128) !== 128) return fail("Mask syntax for networks only");
        return this.#host6(bytes, prefix ?? 128, proto, q.dir, `${id.text}/${prefix}`, kind);
      }
      case "ipv4":
        if (prefix !== undefined || mask !== undefined) return this.#masked(q, id, prefix, mask);
        return this.#number(q, ...dottedOf(id.text), false);
      case "number":
        return this.#number(q, id.value, 32, true);
      default:
        return this.#named(q, id.text);
    }
  }

  #masked(q: Qualifiers, id: Token, prefix: number | undefined, mask: Token | undefined): Cond {
    const [value, bits] = dottedOf(id.text);
    const address = shift(value, 32 - bits);
    let ones: number;
    if (mask !== undefined) {
      const [maskValue, maskBits] = dottedOf(mask.text);
      ones = shift(maskValue, 32 - maskBits);
      if ((address & ~ones) !== 0) return fail(`non-network bits set in "${id.text} mask ${mask.text}"`);
    } else {
      if (prefix! > 32) return fail("mask length must be <= 32");
      ones = prefix === 0 ? 0 : shift(FULL, 32 - prefix!);
      if ((address & ~ones) !== 0) return fail(`non-network bits set in "${id.text}/${prefix}"`);
    }
    if (q.kind !== "net") return fail("Mask syntax for networks only");
    return this.#host(address, ones, q.proto, q.dir, "net");
  }

  /** A number, or dotted parts that make the upper `bits` of one. `bare`: written without dots. */
  #number(q: Qualifiers, value: number, bits: number, bare: boolean): Cond {
    switch (q.kind) {
      case undefined:
      case "host":
      case "net": {
        if (q.proto === "link") return fail("illegal link layer address");
        let address = value, mask = FULL;
        if (bare && q.kind === "net") {
          // `net 10` means 10.0.0.0/8.
          while (address !== 0 && (address & 0xff00_0000) === 0) {
            address = shift(address, 8);
            mask = shift(mask, 8);
          }
        } else {
          address = shift(address, 32 - bits);
          mask = shift(mask, 32 - bits);
        }
        return this.#host(address, mask, q.proto, q.dir, q.kind ?? "host");
      }
      case "port":
      case "portrange":
        if (value > 65535) return fail(`illegal port number ${value} > 65535`);
        return this.#port(value, value, this.#portProtocols(q), q.dir);
      case "proto":
        return this.#proto(value, q.proto, q.dir);
      case "protochain":
        return this.#protochain(value, q.proto);
    }
    return fail("syntax error");
  }

  #named(q: Qualifiers, name: string): Cond {
    const { proto, kind } = q;
    switch (kind) {
      case undefined:
      case "host": {
        if (proto === "link") return fail(`unknown ether host '${name}'`);
        const addresses = this.#names.host(name);
        if (addresses === undefined) throw new UnknownHost(name);
        const fitting = addresses.filter((ip) =>
          proto === "ip6" ? ip.family === 6 : proto === undefined ? true : ip.family === 4
        );
        if (fitting.length === 0) {
          return fail(`unknown host '${name}'${proto === "ip6" ? " for specified address family" : ""}`);
        }
        return or(
          ...fitting.map((ip) =>
            ip.family === 6
              ? this.#host6(ip.bytes, 128, proto, q.dir, "", kind)
              : this.#host(word(ip.bytes, 0), FULL, proto, q.dir, "host")
          ),
        );
      }
      case "net": {
        const network = this.#names.network(name);
        if (network === undefined) return fail(`unknown network '${name}'`);
        return this.#number(q, network.value, network.bits, false);
      }
      case "port": {
        const found = /^\d+$/.test(name) ? undefined : this.#names.port(name);
        if (found === undefined) return fail(`unknown port '${name}'`);
        return this.#port(found.port, found.port, this.#portProtocols(q, found.transport, name), q.dir);
      }
      case "portrange": {
        const dash = name.indexOf("-");
        const ends = dash === -1 ? [name] : [name.slice(0, dash), name.slice(dash + 1)];
        let transport: "tcp" | "udp" | "both" = "both";
        const ports = ends.map((end) => {
          if (/^\d+$/.test(end)) return Number(end);
          const found = this.#names.port(end);
          if (found === undefined) {
            return fail(dash === -1 ? `unknown port '${name}'` : `unknown port in range '${name}'`);
          }
          transport = found.transport;
          return found.port;
        });
        for (const port of ports) if (port > 65535) return fail(`illegal port number ${port} > 65535`);
        return this.#port(Math.min(...ports), Math.max(...ports), this.#portProtocols(q, transport, name), q.dir);
      }
      case "proto":
      case "protochain": {
        const number = proto === "link"
          ? ETHER_PROTOCOLS.get(name)
          : proto === "iso"
          ? ISO_PROTOCOLS.get(name)
          : this.#names.protocol(name);
        if (number === undefined) {
          return fail(`unknown ${proto === "link" ? "ether" : proto === "iso" ? "osi" : "ip"} protocol '${name}'`);
        }
        return kind === "proto" ? this.#proto(number, proto, q.dir) : this.#protochain(number, proto);
      }
    }
    return fail("syntax error");
  }

  #byDirection(dir: string | undefined, at: (which: "src" | "dst") => Cond, what: string): Cond {
    switch (dir) {
      case "src":
      case "dst":
        return at(dir);
      case "and":
        return and(at("src"), at("dst"));
      case undefined:
      case "or":
        return or(at("src"), at("dst"));
    }
    return fail(`'${dir}' is not a valid qualifier for addresses other than 802.11 MAC ${what}addresses`);
  }

  #host(address: number, mask: number, proto: string | undefined, dir: string | undefined, kind: string): Cond {
    const over = (type: number, src: number, dst: number) => () =>
      and(
        this.#type(type),
        this.#byDirection(dir, (which) => masked(this.#net(4, which === "src" ? src : dst), mask, address), ""),
      );
    const ip = over(ETHERTYPE.IP, 12, 16), arp = over(ETHERTYPE.ARP, 14, 24), rarp = over(ETHERTYPE.RARP, 14, 24);
    switch (proto) {
      case undefined:
        return this.#mplsDepth > 0 ? ip() : or(ip(), arp(), rarp());
      case "ip":
        return ip();
      case "arp":
        return arp();
      case "rarp":
        return rarp();
      case "link":
        return fail(`link-layer modifier applied to ${kind}`);
      case "ip6":
        return fail("'ip6' modifier applied to ip host");
      default:
        return fail(`'${proto}' modifier applied to ${kind}`);
    }
  }

  #host6(
    bytes: Uint8Array,
    prefix: number,
    proto: string | undefined,
    dir: string | undefined,
    written: string,
    kind: string | undefined,
  ): Cond {
    const masks = [0, 1, 2, 3].map((i) => {
      const bits = Math.min(32, Math.max(0, prefix - i * 32));
      return bits === 0 ? 0 : shift(FULL, 32 - bits);
    });
    for (let i = 0; i < 4; i++) {
      if ((word(bytes, i * 4) & ~masks[i]!) !== 0) return fail(`non-network bits set in "${written}"`);
    }
    if (proto !== undefined && proto !== "ip6") {
      const name = proto === "link" ? "link-layer" : `'${proto}'`;
      return fail(
        proto === "link" ? `${name} modifier applied to ip6 ${kind ?? "host"}` : `${name} modifier applied to ip6 host`,
      );
    }
    const at = (which: "src" | "dst") => {
      const offset = which === "src" ? 8 : 24;
      const parts: Cond[] = [];
      for (let i = 0; i < 4; i++) {
        if (masks[i] !== 0) parts.push(masked(this.#net(4, offset + i * 4), masks[i]!, word(bytes, i * 4)));
      }
      return and(YES, ...parts);
    };
    return and(this.#type(ETHERTYPE.IPV6), this.#byDirection(dir, at, ""));
  }

  #etherHost(mac: readonly number[], dir: string | undefined): Cond {
    const { kind, name } = this.#layout;
    if (kind === "wifi") return fail(`ethernet addresses over ${name} are not supported`);
    if (kind !== "ether") {
      return fail("ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel");
    }
    const at = (which: "src" | "dst") => {
      const offset = which === "src" ? 6 : 0;
      return and(
        is(this.#link(4, offset + 2), (mac[2]! << 24 | mac[3]! << 16 | mac[4]! << 8 | mac[5]!) >>> 0),
        is(this.#link(2, offset), mac[0]! << 8 | mac[1]!),
      );
    };
    return this.#byDirection(dir, at, "");
  }

  // Ports.

  #portProtocols(q: Qualifiers, found: "tcp" | "udp" | "both" = "both", name = ""): number[] {
    switch (q.proto) {
      case "tcp":
      case "udp":
        if (found !== "both" && found !== q.proto) return fail(`port '${name}' is ${found}`);
        return [TRANSPORTS.get(q.proto)![0]];
      case "sctp":
        if (found !== "both") return fail(`port '${name}' is ${found}`);
        return [132];
      case undefined:
        return found === "tcp" ? [6] : found === "udp" ? [17] : [6, 17, 132];
    }
    return fail(`illegal qualifier of '${q.kind}'`);
  }

  #port(low: number, high: number, protocols: readonly number[], dir: string | undefined): Cond {
    const fits = (num: Num) =>
      low === high ? is(num, low) : and(cmp(">=", num, constant(low)), not(cmp(">", num, constant(high))));
    if (dir !== undefined && !["src", "dst", "and", "or"].includes(dir)) {
      return fail(`'${dir}' is not a valid qualifier for ports`);
    }
    const six = and(
      this.#type(ETHERTYPE.IPV6),
      or(...protocols.map((protocol) => is(this.#net(1, 6), protocol))),
      this.#byDirection(dir, (which) => fits(this.#net(2, which === "src" ? 40 : 42)), ""),
    );
    const four = and(
      this.#type(ETHERTYPE.IP),
      or(...protocols.map((protocol) => is(this.#net(1, 9), protocol))),
      this.#notFragment(),
      this.#byDirection(dir, (which) => fits(this.#transport(2, which === "src" ? 0 : 2)), ""),
    );
    return or(six, four);
  }

  #proto(number: number, proto: string | undefined, dir: string | undefined): Cond {
    if (dir !== undefined) return fail("direction applied to 'proto'");
    switch (proto) {
      case undefined:
        return this.#protocol(number, "both");
      case "link":
        return this.#type(number);
      case "ip":
        return this.#protocol(number, 4);
      case "ip6":
        return this.#protocol(number, 6);
      case "iso":
        return this.#iso(number);
      case "arp":
      case "rarp":
      case "atalk":
      case "decnet":
      case "lat":
      case "sca":
      case "moprc":
      case "mopdl":
        return fail(`${proto} does not encapsulate another protocol`);
    }
    return fail(`'${proto} proto' is bogus`);
  }

  #protochain(number: number, proto: string | undefined): Cond {
    const { payload, network } = this.#layout;
    const chain = (family: 4 | 6): Cond =>
      and(this.#type(family === 4 ? ETHERTYPE.IP : ETHERTYPE.IPV6), {
        k: "chain",
        family,
        at: payload.at + network,
        plus: payload.plus,
        protocol: number,
      });
    switch (proto) {
      case undefined:
        return or(chain(4), chain(6));
      case "ip":
        return chain(4);
      case "ip6":
        return chain(6);
    }
    return fail("bad protocol applied for 'protochain'");
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
          return fail(`${node.op === "<<" ? "left" : "right"} shift by more than 31 bits`);
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
    if (proto === "link") return shifted(this.#link(1, 0));
    if (proto === "icmp6") {
      checks.push(this.#type(ETHERTYPE.IPV6), is(this.#net(1, 6), 58));
      return shifted(this.#net(1, 40));
    }
    if (NETWORKS.has(proto) && proto !== "iso" && proto !== "stp" && proto !== "ipx" && proto !== "netbeui") {
      checks.push(this.#abbreviation(proto));
      return shifted(this.#net(1, 0));
    }
    if (["tcp", "udp", "icmp", "igmp", "igrp", "pim", "vrrp", "carp", "sctp"].includes(proto)) {
      checks.push(this.#protocol(TRANSPORTS.get(proto)![0], 4), this.#notFragment());
      return shifted(this.#transport(1, 0));
    }
    return fail("unsupported index operation");
  }

  #other(node: Extract<FilterNode, { t: "other" }>): Cond {
    const { number } = node;
    const { payload, network, kind, name } = this.#layout;
    const len: Num = { k: "len" };
    switch (node.name) {
      case "less":
        return not(cmp(">", len, constant(number!)));
      case "greater":
        return cmp(">=", len, constant(number!));
      case "byte": {
        const value = constant(Number(node.text));
        const octet = this.#link(1, number!);
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
        return this.#direction(node.name);
      case "ifindex":
        if (kind !== "sll2") return fail(`ifindex not supported on ${name} when reading savefiles`);
        return is(load(4, 4), number!);
      case "vlan": {
        if (this.#mplsDepth > 0) return fail("no VLAN match after MPLS");
        if (kind !== "ether" && kind !== "wifi") return fail(`no VLAN support for ${name}`);
        if (number !== undefined && number > 0xfff) return fail(`VLAN tag ${number} greater than maximum 4095`);
        let found = or(this.#type(0x8100), this.#type(0x88a8), this.#type(0x9100));
        if (number !== undefined) found = and(found, masked(this.#net(2, 0), 0x0fff, number));
        const { type } = this.#layout;
        this.#layout.payload = { at: payload.at + 4, plus: payload.plus };
        this.#layout.type = { at: type.at + 4, plus: type.plus };
        return found;
      }
      case "mpls": {
        if (number !== undefined && number > 0xfffff) return fail(`MPLS label ${number} greater than maximum 1048575`);
        let found: Cond;
        if (this.#mplsDepth > 0) found = is(op("&", this.#net(1, -2), constant(1)), 0);
        else if (kind === "ether" || kind === "hdlc" || kind === "ppp") found = this.#type(ETHERTYPE.MPLS);
        else return fail(`no MPLS support for ${name}`);
        if (number !== undefined) found = and(found, masked(this.#net(4, 0), 0xffff_f000, number << 12));
        this.#layout.network = network + 4;
        this.#layout.iso += 4;
        this.#mplsDepth++;
        return found;
      }
      case "pppoed":
        return this.#type(0x8863);
      case "pppoes": {
        if (number !== undefined && number > 0xffff) {
          return fail(`PPPoE session number ${number} greater than maximum 65535`);
        }
        let found = this.#type(0x8864);
        if (number !== undefined) found = and(found, masked(this.#net(4, 0), 0xffff, number));
        const at = payload.at + network + 6;
        Object.assign(this.#layout, {
          kind: "ppp",
          header: { at, plus: payload.plus },
          type: { at, plus: payload.plus },
          payload: { at: at + 2, plus: payload.plus },
          network: 0,
          iso: 0,
        });
        return found;
      }
      case "llc":
        return this.#llc(node.text);
      case "geneve":
        return fail("'geneve' is not supported");
    }
    return fail(`'${node.name}' is not supported`);
  }

  #llc(kind: string | undefined): Cond {
    if (this.#layout.kind !== "ether") return fail(`'llc' over ${this.#layout.name} is not supported`);
    const { type, payload } = this.#layout;
    const any = and(
      not(cmp(">", load(2, type.at, type.plus), constant(1500))),
      not(is(load(2, payload.at, payload.plus), 0xffff)),
    );
    const control = load(1, payload.at + 2, payload.plus);
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

  #cast(which: string, proto: string | undefined): Cond {
    const { kind } = this.#layout;
    if (proto === undefined || proto === "link") {
      if (kind !== "ether") return fail(`not a ${which} link`);
      return which === "broadcast"
        ? this.#etherHost([255, 255, 255, 255, 255, 255], "dst")
        : not(is(op("&", this.#link(1, 0), constant(1)), 0));
    }
    if (proto === "ip") {
      const destination = this.#net(4, 16);
      // With no netmask known only the two general forms are broadcasts.
      return which === "broadcast"
        ? and(this.#type(ETHERTYPE.IP), or(is(destination, 0), is(destination, FULL)))
        : and(this.#type(ETHERTYPE.IP), cmp(">=", this.#net(1, 16), constant(224)));
    }
    if (proto === "ip6" && which === "multicast") return and(this.#type(ETHERTYPE.IPV6), is(this.#net(1, 24), 255));
    return fail(
      which === "broadcast"
        ? "only link-layer/IP broadcast filters supported"
        : "link-layer multicast filters supported only on ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel",
    );
  }

  #direction(name: "inbound" | "outbound"): Cond {
    const { kind } = this.#layout;
    if (kind === "sll" || kind === "sll2") {
      const outgoing = is(kind === "sll" ? load(2, 0) : load(1, 10), 4);
      return name === "outbound" ? outgoing : not(outgoing);
    }
    if (!this.#live) return fail(`inbound/outbound not supported on ${this.#layout.name} when reading savefiles`);
    const outgoing = is({ k: "direction" }, 2);
    return name === "outbound" ? outgoing : not(outgoing);
  }
}

/** Arithmetic on constants is done now. */
function fold(num: Num): Num {
  if (num.k !== "op" || num.a.k !== "const" || num.b.k !== "const") return num;
  const a = num.a.value, b = num.b.value;
  switch (num.op) {
    case "+":
      return constant(a + b);
    case "-":
      return constant(a - b);
    case "*":
      return constant(Math.imul(a, b));
    case "/":
      return constant(Math.floor(a / b));
    case "%":
      return constant(a % b);
    case "&":
      return constant(a & b);
    case "|":
      return constant(a | b);
    case "^":
      return constant(a ^ b);
    case "<<":
      return constant(a << b);
    case ">>":
      return constant(a >>> b);
  }
}

const shift = (value: number, bits: number): number => bits >= 32 ? 0 : (value << bits) >>> 0;

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;

/** `10.1` as 0x0a01 and 16 bits. */
function dottedOf(text: string): [value: number, bits: number] {
  let value = 0, bits = 0;
  for (const part of text.split(".")) {
    const number = numberOf(part);
    if (number > 255) fail(`invalid IPv4 address '${text}'`);
    value = (value << 8 | number) >>> 0;
    bits += 8;
  }
  return [value, bits];
}

/** Six octets of an Ethernet address in any of its spellings. */
function macOf(text: string): number[] {
  const parts = text.split(/[:.-]/);
  if (parts.length === 6) return parts.map((part) => parseInt(part, 16));
  const digits = parts.length === 3 ? parts.map((part) => part.padStart(4, "0")).join("") : text;
  return Array.from({ length: 6 }, (_, i) => parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}

/** The condition of a parsed filter for packets of a link type. What cannot be is a `FormatError`. */
export function conditionOf(node: FilterNode, link: number, names: FilterNames, live = false): Cond {
  return new Generator(linkOf(link), names, live).cond(node);
}
