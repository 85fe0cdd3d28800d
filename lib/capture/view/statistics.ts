// Totals of a capture: packets and octets by protocol and by conversation. Pure. Bounded: see `CONVERSATIONS`.
import { formatIp } from "../../base/ip.ts";
import { protocolOfPort } from "../../dissect/follow/choose.ts";
import { type Facts, protocolName } from "./facts.ts";
import type { CaptureBlock } from "../file/pcapng.ts";
import { type InterfaceCounts, interfaceCounts } from "../file/pcapng_blocks.ts";
import type { Packet } from "../packet.ts";
import { Trouble } from "./trouble.ts";
import { ETHERTYPES } from "../line/core/names.ts";

/** Conversations that are told apart; later ones count together. */
const CONVERSATIONS = 100_000;
/** Interfaces whose own counts are told. */
const COUNTED = 1024;
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
  /** Of TCP. */
  readonly trouble?: Trouble;
}

/** What is counted with a conversation: looked up once. */
interface Tally {
  /** Its protocols, from the outside in. */
  readonly protocols: readonly Count[];
  /** `undefined` when there are too many to tell apart. */
  readonly talk: Talk | undefined;
  /** The ends of `talk.a` come first in the key. */
  readonly inOrder: boolean;
}

function add(count: Count, octets: number): void {
  count.packets++;
  count.octets += octets;
}

/** Counts packets. */
export class Statistics {
  readonly #protocols = new Map<string, Count>();
  readonly #tallies = new Map<string, Tally>();
  readonly #talks: Talk[] = [];
  readonly #total: Count = { packets: 0, octets: 0 };
  #others = 0;
  readonly #counted: InterfaceCounts[] = [];
  #first = Infinity;
  #last = -Infinity;

  /** What a capture says that it counted itself. */
  block(block: CaptureBlock): void {
    const counts = interfaceCounts(block);
    if (counts !== undefined && this.#counted.length < COUNTED) this.#counted.push(counts);
  }

  add(packet: Packet, facts: Facts): void {
    const time = packet.seconds + packet.nanos / 1e9;
    this.#first = Math.min(this.#first, time);
    this.#last = Math.max(this.#last, time);
    add(this.#total, packet.length);
    if (facts.family !== 4 && facts.family !== 6) {
      for (const count of this.#countsOf(facts)) add(count, packet.length);
      return;
    }
    const { bytes } = packet, size = facts.family === 4 ? 4 : 16;
    const source = endKey(bytes, facts.src, size, facts.sport), target = endKey(bytes, facts.dst, size, facts.dport);
    const forward = source < target;
    const head = String.fromCharCode(facts.etherType ?? 0, facts.protocol + 1);
    const key = head + (forward ? source + target : target + source);
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      tally = this.#tally(packet, facts, size, time, forward);
      if (tally.talk !== undefined) this.#tallies.set(key, tally);
      else this.#others++;
    }
    for (const count of tally.protocols) add(count, packet.length);
    if (tally.talk === undefined) return;
    const { talk } = tally, way = tally.inOrder === forward ? "to" : "from";
    add(talk[way], packet.length);
    talk.last = time;
    talk.trouble?.add(packet, facts, way);
  }

  /** A tally for a conversation that begins. */
  #tally({ bytes }: Packet, facts: Facts, size: number, time: number, inOrder: boolean): Tally {
    const protocols = this.#countsOf(facts);
    if (this.#talks.length >= CONVERSATIONS) return { protocols, talk: undefined, inOrder };
    const end = (at: number, port: number) => {
      const ip = formatIp(bytes.subarray(at, at + size));
      return port === -1 ? ip : size === 16 ? `[${ip}]:${port}` : `${ip}:${port}`;
    };
    const talk: Talk = {
      a: end(facts.src, facts.sport),
      b: end(facts.dst, facts.dport),
      proto: protocolName(facts) ?? "",
      to: { packets: 0, octets: 0 },
      from: { packets: 0, octets: 0 },
      first: time,
      last: time,
      ...(facts.protocol === 6 ? { trouble: new Trouble() } : {}),
    };
    this.#talks.push(talk);
    return { protocols, talk, inOrder };
  }

  /** The counts of a packet's protocols from the outside in, each under its path. */
  #countsOf(facts: Facts): Count[] {
    const { etherType } = facts, proto = protocolName(facts);
    let path = etherType === undefined
      ? "other"
      : (ETHERTYPES[etherType] ?? `0x${etherType.toString(16).padStart(4, "0")}`).toLowerCase();
    const counts = [this.#protocol(path)];
    if (proto === undefined || facts.arp) return counts;
    counts.push(this.#protocol(path += `/${proto}`));
    if (facts.sport === -1 || (proto !== "tcp" && proto !== "udp")) return counts;
    const known = protocolOfPort(proto, facts.dport) ?? protocolOfPort(proto, facts.sport);
    return known === undefined ? counts : [...counts, this.#protocol(`${path}/${known.name}`)];
  }

  #protocol(name: string): Count {
    let count = this.#protocols.get(name);
    if (count === undefined) this.#protocols.set(name, count = { packets: 0, octets: 0 });
    return count;
  }

  /** The totals as lines. */
  lines(): string[] {
    const { packets, octets } = this.#total;
    const span = packets === 0 ? 0 : this.#last - this.#first;
    const out = [`${packets} packets, ${octets} octets in ${span.toFixed(3)}s`];
    for (const { id, received, dropped, systemDropped } of this.#counted) {
      const words = [
        received === undefined ? "" : `${received} packets received`,
        dropped === undefined ? "" : `${dropped} dropped`,
        systemDropped === undefined ? "" : `${systemDropped} dropped by the system`,
      ];
      out.push(`interface ${id}, as the capture says: ${words.filter((word) => word !== "").join(", ")}`);
    }
    if (packets === 0) return out;
    out.push("", "protocol                          packets        octets");
    const row = (name: string, count: Count) =>
      `${name.padEnd(30)} ${String(count.packets).padStart(10)} ${String(count.octets).padStart(13)}`;
    for (const [name, count] of [...this.#protocols].sort((a, b) => a[0] < b[0] ? -1 : 1)) {
      const depth = name.split("/").length - 1;
      out.push(row("  ".repeat(depth) + name.slice(name.lastIndexOf("/") + 1), count));
    }
    const talks = this.#talks.toSorted((a, b) => b.to.octets + b.from.octets - a.to.octets - a.from.octets);
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
        }  ${talk.trouble?.text() ?? ""}`.trimEnd(),
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
      ...(this.#counted.length === 0 ? {} : { interfaces: this.#counted }),
      protocols: Object.fromEntries([...this.#protocols].map(([name, count]) => [name, count])),
      conversations: this.#talks,
    };
  }
}

/** Address and port as characters: cheaper than their text, and as good to tell them apart. */
function endKey(bytes: Uint8Array, at: number, size: number, port: number): string {
  const pair = (i: number) => bytes[at + i]! << 8 | bytes[at + i + 1]!;
  if (size === 4) return String.fromCharCode(pair(0), pair(2), port + 1 >> 8, port + 1 & 255);
  return String.fromCharCode(
    pair(0),
    pair(2),
    pair(4),
    pair(6),
    pair(8),
    pair(10),
    pair(12),
    pair(14),
    port + 1 >> 8,
    port + 1 & 255,
  );
}
