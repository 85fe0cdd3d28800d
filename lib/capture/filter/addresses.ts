// Hosts, networks, ports and protocols in capture filters, with libpcap's meaning of every qualifier. Pure.
import { parseIp } from "../../base/ip.ts";
import { and, type Cond, is, masked, or, YES } from "./ir.ts";
import type { Token } from "./lexer.ts";
import { ETHERTYPE } from "./link.ts";
import { ISO_PROTOCOLS, type Loads } from "./loads.ts";
import { ETHER_PROTOCOLS, type FilterNames } from "./names.ts";
import { byDirection, Ports } from "./ports.ts";
import type { Qualifiers } from "./tree.ts";
import { Frames } from "./wlan.ts";
import { dottedOf, fail, macOf, shift, word } from "./values.ts";

const FULL = 0xffff_ffff;
/** Protocols of hosts that libpcap knows, and does not look for. */
const NO_HOSTS: ReadonlySet<string> = new Set(["aarp", "atalk", "ipx", "iso", "lat", "mopdl", "moprc"]);

/** Whether an address may stand behind a word. */
const isOfHosts = (kind: string | undefined) => kind === undefined || kind === "host" || kind === "net";

/** Conditions on addresses. */
export class Addresses {
  readonly #loads: Loads;
  readonly #ports: Ports;
  readonly #names: FilterNames;

  constructor(loads: Loads, names: FilterNames) {
    this.#loads = loads;
    this.#ports = new Ports(loads);
    this.#names = names;
  }

  /** An address, a port, a protocol or a name with its qualifiers. */
  id(q: Qualifiers, id: Token, prefix: number | undefined, mask: Token | undefined): Cond {
    const { proto, kind } = q;
    const plain = prefix === undefined && mask === undefined && (id.kind === "ipv4" || id.kind === "number");
    if (proto === "decnet" && plain && isOfHosts(kind)) return this.#decnet(id, q.dir);
    switch (id.kind) {
      case "mac":
        if ((kind !== undefined && kind !== "host") || proto !== "link") {
          return fail("ethernet address used in non-ether expression");
        }
        return this.etherHost(macOf(id.text), q.dir);
      case "arcnet":
        return fail("aid supported only on ARCnet");
      case "ipv6": {
        const bytes = parseIp(id.text)!.bytes;
        if ((prefix ?? 128) > 128) return fail("mask length must be <= 128");
        return this.#host6(bytes, prefix ?? 128, proto, q.dir, `${id.text}/${prefix}`, kind);
      }
      case "ipv4":
        if (prefix !== undefined || mask !== undefined) return this.#masked(q, id, prefix, mask);
        if (!isOfHosts(kind)) return fail(`'${kind}' modifier applied to ip host`);
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
        return this.#ports.match(value, value, this.#ports.protocols(q), q.dir);
      case "proto":
        return this.#proto(value, q.proto, q.dir);
      case "protochain":
        return this.#protochain(value, q.proto);
    }
    return fail("syntax error");
  }

  #named(q: Qualifiers, name: string): Cond {
    switch (q.kind) {
      case undefined:
      case "host":
        return this.#namedHost(q, name);
      case "net": {
        const network = this.#names.network(name);
        if (network === undefined) return fail(`unknown network '${name}'`);
        return this.#number(q, network.value, network.bits, false);
      }
      case "port": {
        const found = /^\d+$/.test(name) ? undefined : this.#names.port(name);
        if (found === undefined) return fail(`unknown port '${name}'`);
        return this.#ports.match(found.port, found.port, this.#ports.protocols(q, found.transport, name), q.dir);
      }
      case "portrange":
        return this.#namedRange(q, name);
      case "proto":
        return this.#proto(this.#protocolNumber(q.proto, name), q.proto, q.dir);
      case "protochain":
        return this.#protochain(this.#protocolNumber(q.proto, name), q.proto);
    }
    return fail("syntax error");
  }

  #namedHost({ proto, dir, kind }: Qualifiers, name: string): Cond {
    if (proto === "link") return fail(`unknown ether host '${name}'`);
    const addresses = this.#names.host(name) ?? [];
    const fitting = addresses.filter((ip) => proto === undefined || ip.family === (proto === "ip6" ? 6 : 4));
    if (fitting.length === 0) {
      return fail(`unknown host '${name}'${proto === "ip6" ? " for specified address family" : ""}`);
    }
    return or(
      ...fitting.map((ip) =>
        ip.family === 6
          ? this.#host6(ip.bytes, 128, proto, dir, "", kind)
          : this.#host(word(ip.bytes, 0), FULL, proto, dir, "host")
      ),
    );
  }

  #namedRange(q: Qualifiers, name: string): Cond {
    const dash = name.indexOf("-");
    const ends = dash === -1 ? [name] : [name.slice(0, dash), name.slice(dash + 1)];
    let transport: "tcp" | "udp" | "both" = "both";
    const ports = ends.map((end) => {
      if (/^\d+$/.test(end)) return Number(end);
      const found = this.#names.port(end);
      if (found === undefined) return fail(`unknown port ${dash === -1 ? "" : "in range "}'${name}'`);
      transport = found.transport;
      return found.port;
    });
    for (const port of ports) if (port > 65535) return fail(`illegal port number ${port} > 65535`);
    return this.#ports.match(Math.min(...ports), Math.max(...ports), this.#ports.protocols(q, transport, name), q.dir);
  }

  #protocolNumber(proto: string | undefined, name: string): number {
    const number = proto === "link"
      ? ETHER_PROTOCOLS.get(name)
      : proto === "iso"
      ? ISO_PROTOCOLS.get(name)
      : this.#names.protocol(name);
    return number ?? fail(`unknown ${proto === "link" ? "ether" : proto === "iso" ? "osi" : "ip"} proto '${name}'`);
  }

  #host(address: number, mask: number, proto: string | undefined, dir: string | undefined, kind: string): Cond {
    const over = (type: number, src: number, dst: number) => () =>
      and(
        this.#loads.type(type),
        byDirection(dir, (which) => masked(this.#loads.net(4, which === "src" ? src : dst), mask, address)),
      );
    const ip = over(ETHERTYPE.IP, 12, 16), arp = over(ETHERTYPE.ARP, 14, 24), rarp = over(ETHERTYPE.RARP, 14, 24);
    switch (proto) {
      case undefined:
        return this.#loads.mplsDepth > 0 ? ip() : or(ip(), arp(), rarp());
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
        return fail(
          NO_HOSTS.has(proto)
            ? `${proto === "atalk" ? "AppleTalk" : proto.toUpperCase()} host filtering not implemented`
            : `'${proto}' modifier applied to ${kind}`,
        );
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
    if (!isOfHosts(kind)) return fail("invalid qualifier against IPv6 address");
    if (kind !== "net" && prefix !== 128) return fail("Mask syntax for networks only");
    if (proto !== undefined && proto !== "ip6") {
      const name = proto === "link" ? "link-layer" : proto === "atalk" ? "AppleTalk" : `'${proto}'`;
      return fail(`${name} modifier applied to ip6 ${kind ?? "host"}`);
    }
    const at = (which: "src" | "dst") => {
      const offset = which === "src" ? 8 : 24;
      const parts: Cond[] = [];
      for (let i = 0; i < 4; i++) {
        if (masks[i] !== 0) parts.push(masked(this.#loads.net(4, offset + i * 4), masks[i]!, word(bytes, i * 4)));
      }
      return and(YES, ...parts);
    };
    return and(this.#loads.type(ETHERTYPE.IPV6), byDirection(dir, at));
  }

  /** A node of DECnet, as area and number: behind a length, perhaps an octet that fills up, in a long or a short header. */
  #decnet(id: Token, dir: string | undefined): Cond {
    const [area, node] = id.kind === "number" ? [0, id.value] : id.text.split(".").map(Number);
    const address = id.kind === "number" ? id.value : (area! & 0x3f) << 10 | node! & 0x3ff;
    const swapped = (address & 0xff) << 8 | address >> 8 & 0xff;
    const at = (which: "src" | "dst") => {
      const short = which === "src" ? 3 : 1, long = which === "src" ? 15 : 7;
      const bare = (kind: number, offset: number) =>
        and(masked(this.#loads.net(1, 2), 7, kind), is(this.#loads.net(2, 2 + offset), swapped));
      const filled = (kind: number, offset: number) =>
        and(masked(this.#loads.net(2, 2), 0xff07, 0x8100 | kind), is(this.#loads.net(2, 3 + offset), swapped));
      return or(bare(2, short), filled(2, short), bare(6, long), filled(6, long));
    };
    return and(this.#loads.type(0x6003), byDirection(dir, at));
  }

  /** An Ethernet address. */
  etherHost(mac: readonly number[], dir: string | undefined): Cond {
    const { kind, addresses } = this.#loads.layout;
    if (kind === "wifi") return new Frames(this.#loads).host(mac, dir);
    if (addresses === undefined) {
      return fail("ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel");
    }
    const at = (which: "src" | "dst") => {
      const offset = addresses + (which === "src" ? 6 : 0);
      return and(
        is(this.#loads.link(4, offset + 2), (mac[2]! << 24 | mac[3]! << 16 | mac[4]! << 8 | mac[5]!) >>> 0),
        is(this.#loads.link(2, offset), mac[0]! << 8 | mac[1]!),
      );
    };
    const found = byDirection(dir, at);
    return this.#loads.layout.geneve === true ? and(this.#loads.hasLinkHeader(), found) : found;
  }

  #proto(number: number, proto: string | undefined, dir: string | undefined): Cond {
    if (dir !== undefined) return fail("direction applied to 'proto'");
    switch (proto) {
      case undefined:
        return this.#loads.protocol(number, "both");
      case "link":
        return this.#loads.type(number);
      case "ip":
        return this.#loads.protocol(number, 4);
      case "ip6":
        return this.#loads.protocol(number, 6);
      case "iso":
        return this.#loads.iso(number);
      case "isis":
        return this.#loads.isis(number);
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
    const { payload, network } = this.#loads.layout;
    const chain = (family: 4 | 6): Cond =>
      and(this.#loads.type(family === 4 ? ETHERTYPE.IP : ETHERTYPE.IPV6), {
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
}
