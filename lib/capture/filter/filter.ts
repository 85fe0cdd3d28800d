// Capture filters: the text that everybody types for tcpdump, compiled once to a function over packet octets. Pure.
// https://www.tcpdump.org/manpages/pcap-filter.7.html
import { FormatError } from "../../base/errors.ts";
import { LINK, type Packet } from "../packet.ts";
import { type Predicate, predicateOf } from "./code.ts";
import { conditionOf } from "./generate.ts";
import { and, type Cond, is, load, YES } from "./ir.ts";
import { BUILT_IN_NAMES, type FilterNames } from "./names.ts";
import { parseFilter } from "./parser.ts";
import { satisfiable } from "./satisfiable.ts";

const MANY_WAYS = new Set<number>([
  LINK.NULL,
  LINK.LOOP,
  LINK.IEEE802_11,
  LINK.IEEE802_11_RADIOTAP,
  LINK.IEEE802_11_PRISM,
  LINK.IEEE802_11_AVS,
  LINK.PPI,
]);

export type { Predicate } from "./code.ts";

export interface FilterOptions {
  /** What names of hosts, ports and protocols mean; default a short list of well-known ones. */
  readonly names?: FilterNames;
  /** Packets come from an interface: `inbound` and `outbound` mean something on every link type. */
  readonly live?: boolean;
}

/**
 * A predicate for packets of `link` (a LINKTYPE_ value). A filter that is wrong, or that no packet can pass, is a
 * `FormatError` in tcpdump's words.
 */
export function compileFilter(text: string, link: number, options: FilterOptions = {}): Predicate {
  const cond = filterCondition(text, link, options);
  return cond.k === "yes" ? () => true : predicateOf(cond);
}

/** The hosts that a filter names, for whoever looks them up before it is compiled. */
export function hostsIn(text: string): Set<string> {
  const hosts = new Set<string>(), nodes = [parseFilter(text)];
  for (const node of nodes) {
    if (node?.t === "and" || node?.t === "or") nodes.push(node.a, node.b);
    else if (node?.t === "not") nodes.push(node.a);
    else if (node?.t === "id" && node.id.kind === "name" && (node.q.kind ?? "host") === "host") hosts.add(node.id.text);
  }
  return hosts;
}

/** What `compileFilter` makes a function of. */
export function filterCondition(text: string, link: number, options: FilterOptions = {}): Cond {
  const node = parseFilter(text);
  if (node === undefined) return YES;
  let cond = conditionOf(node, link, options.names ?? BUILT_IN_NAMES, options.live);
  // Behind PPI there may be anything; filters know 802.11 there.
  if (link === LINK.PPI) cond = and(is(load(4, 4), LINK.IEEE802_11 << 24), cond);
  // libpcap sees no contradictions where the link header says the protocol in several ways.
  if (!satisfiable(cond, !MANY_WAYS.has(link))) throw new FormatError("expression rejects all packets");
  return cond;
}

/** A filter over captures whose packets may have different link types: compiled for each when it is first met. */
export class CaptureFilter {
  readonly #text: string;
  readonly #options: FilterOptions;
  readonly #byLink = new Map<number, Predicate>();
  #link = -1;
  #predicate: Predicate = () => true;

  constructor(text: string, options: FilterOptions = {}) {
    this.#text = text;
    this.#options = options;
  }

  /** Compiles for a link type now, so that mistakes show before the first packet. */
  prepare(link: number): void {
    let predicate = this.#byLink.get(link);
    if (predicate === undefined) {
      predicate = compileFilter(this.#text, link, this.#options);
      this.#byLink.set(link, predicate);
    }
    this.#link = link;
    this.#predicate = predicate;
  }

  /** The condition for packets of `link`. */
  condition(link: number): Cond {
    return filterCondition(this.#text, link, this.#options);
  }

  matches(packet: Packet): boolean {
    if (packet.link !== this.#link) this.prepare(packet.link);
    const direction = packet.direction === undefined ? 0 : packet.direction === "in" ? 1 : 2;
    return this.#predicate(packet.bytes, packet.start, packet.caplen, packet.length, direction);
  }
}
