// Totals of a capture: packets and octets by protocol and by conversation. Pure. Bounded: see `CONVERSATIONS`.
import { formatIp } from "../base/ip.ts";
import { protocolOfPort } from "../dissect/choose.ts";
import { type Facts, protocolName } from "./facts.ts";
import type { Packet } from "./packet.ts";
import { ETHERTYPES } from "./line/core/names.ts";

/** Conversations that are told apart; later ones count together. */
const CONVERSATIONS = 100_000;
/** Conversations that are shown. */
const SHOWN = 30;

interface Count {
  packets: number;
  octets: number;
}

interface Talk {
  readonly a: string;
  readonly b: string;
  readonly proto: string;
  /** Packets and octets from a to b, and back. */
  readonly to: Count;
  readonly from: Count;
  first: number;
  last: number;
}

/** Counts packets. */
export class Statistics {
  readonly #protocols = new Map<string, Count>();
  readonly #talks = new Map<string, Talk>();
  readonly #total: Count = { packets: 0, octets: 0 };
  #others = 0;
  #first = Infinity;
  #last = -Infinity;

  add(packet: Packet, facts: Facts): void {
    const time = packet.seconds + packet.nanos / 1e9;
    this.#first = Math.min(this.#first, time);
    this.#last = Math.max(this.#last, time);
    const add = (count: Count) => {
      count.packets++;
      count.octets += packet.length;
    };
    add(this.#total);
    const proto = protocolName(facts);
    for (const name of this.#names(facts, proto)) {
      let count = this.#protocols.get(name);
      if (count === undefined) this.#protocols.set(name, count = { packets: 0, octets: 0 });
      add(count);
    }
    if (facts.family !== 4 && facts.family !== 6) return;
    const size = facts.family === 4 ? 4 : 16;
    const end = (at: number, port: number) => {
      const ip = formatIp(packet.bytes.subarray(at, at + size));
      return port === -1 ? ip : size === 16 ? `[${ip}]:${port}` : `${ip}:${port}`;
    };
    const src = end(facts.src, facts.sport), dst = end(facts.dst, facts.dport);
    const key = src < dst ? `${proto} ${src} ${dst}` : `${proto} ${dst} ${src}`;
    let talk = this.#talks.get(key);
    if (talk === undefined) {
      if (this.#talks.size >= CONVERSATIONS) {
        this.#others++;
        return;
      }
      talk = {
        a: src,
        b: dst,
        proto: proto ?? "",
        to: { packets: 0, octets: 0 },
        from: { packets: 0, octets: 0 },
        first: time,
        last: time,
      };
      this.#talks.set(key, talk);
    }
    add(talk.a === src ? talk.to : talk.from);
    talk.last = time;
  }

  /** Protocols of a packet from the outside in, each as a path. */
  #names(facts: Facts, proto: string | undefined): string[] {
    const names: string[] = [];
    let path: string;
    if (facts.etherType === undefined) path = "other";
    else path = (ETHERTYPES.get(facts.etherType) ?? `0x${facts.etherType.toString(16).padStart(4, "0")}`).toLowerCase();
    names.push(path);
    if (proto === undefined || facts.arp) return names;
    path += `/${proto}`;
    names.push(path);
    if (facts.sport === -1 || (proto !== "tcp" && proto !== "udp")) return names;
    const known = protocolOfPort(proto, facts.dport) ?? protocolOfPort(proto, facts.sport);
    if (known !== undefined) names.push(`${path}/${known.name}`);
    return names;
  }

  /** The totals as lines. */
  lines(): string[] {
    const { packets, octets } = this.#total;
    const span = packets === 0 ? 0 : this.#last - this.#first;
    const out = [`${packets} packets, ${octets} octets in ${span.toFixed(3)}s`];
    if (packets === 0) return out;
    out.push("", "protocol                          packets        octets");
    const row = (name: string, count: Count) =>
      `${name.padEnd(30)} ${String(count.packets).padStart(10)} ${String(count.octets).padStart(13)}`;
    for (const [name, count] of [...this.#protocols].sort((a, b) => a[0] < b[0] ? -1 : 1)) {
      const depth = name.split("/").length - 1;
      out.push(row("  ".repeat(depth) + name.slice(name.lastIndexOf("/") + 1), count));
    }
    const talks = [...this.#talks.values()].sort((a, b) => b.to.octets + b.from.octets - a.to.octets - a.from.octets);
    if (talks.length === 0) return out;
    out.push(
      "",
      "conversation                                                packets >    octets >   packets <    octets <      time",
    );
    for (const talk of talks.slice(0, SHOWN)) {
      out.push(
        `${`${talk.proto} ${talk.a} > ${talk.b}`.padEnd(58)} ${String(talk.to.packets).padStart(10)} ${
          String(talk.to.octets).padStart(11)
        } ${String(talk.from.packets).padStart(11)} ${String(talk.from.octets).padStart(11)} ${
          `${(talk.last - talk.first).toFixed(3)}s`.padStart(9)
        }`,
      );
    }
    if (talks.length > SHOWN) out.push(`… and ${talks.length - SHOWN} more`);
    if (this.#others > 0) out.push(`… and ${this.#others} packets of conversations that were too many to tell apart`);
    return out;
  }

  /** The totals as a value for `JSON.stringify`. */
  json(): Record<string, unknown> {
    return {
      packets: this.#total.packets,
      octets: this.#total.octets,
      protocols: Object.fromEntries([...this.#protocols].map(([name, count]) => [name, count])),
      conversations: [...this.#talks.values()],
    };
  }
}
