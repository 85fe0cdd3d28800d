// Captured packets to trees: link layer to application. `PacketDissector` follows connections, so that TCP messages
// that cross packets are explained where they end, sequence numbers are relative and retransmissions are noted. Pure.
import type { Field } from "../../base/field.ts";
import { type Carried, Follower } from "./follow.ts";
import { Fragments } from "./fragments.ts";
import { dissectDatagram } from "./conversation.ts";
import { shift } from "../explain.ts";
import { dissectLayers } from "./layers_of.ts";
import { layerNamed, layerOfLink } from "../layers.ts";
import { ipProtocolLayer } from "../coding/numbers.ts";
import type { Decode, Message, PacketFacts, Ports, Side } from "../protocol.ts";
import type { KeyLog } from "../security/key_log.ts";
import { counted } from "../coding/words.ts";

/** What is known of a packet besides its octets. */
export interface PacketContext {
  /** Octets on the wire, when the capture cut the packet. */
  readonly originalLength?: number;
  readonly timeMs?: number;
  /** The packet's number: what answers refer to. Default: counted from 1. */
  readonly number?: number;
}

/** A packet explained. */
export interface DissectedPacket {
  /** One field for each layer, outermost first, then trailers; together they cover the packet. */
  readonly fields: Field[];
  readonly facts: PacketFacts;
  /** Application messages that ended in this packet. Their `number` is the packet's. */
  readonly messages: Message[];
  /** What the innermost layer says, in one line. */
  readonly summary: string;
  /** Which end of its connection sent it, where there is one. */
  readonly side?: Side | undefined;
  /** The packet begins another connection between the ports of an earlier one. */
  readonly reopens?: boolean | undefined;
}

/** The protocol of a message, and those of what it carried. */
function pushLayers(layers: string[], message: Message): void {
  layers.push(message.protocol);
  for (const inner of message.inner ?? []) pushLayers(layers, inner);
}

/** Layers of which one packet answers another, as fields call them. */
const PAIRED = new Set(["ICMP", "ICMPv6", "ARP", "USB", "Bluetooth HCI", "Netlink", "NHRP"]);

/** Takes what is wrong out of a tree of octets that were cut; whether something was. */
function endsEarly(field: Field): boolean {
  const own = field.error !== undefined;
  delete field.error;
  return (field.children ?? []).reduce((early, child) => endsEarly(child) || early, own);
}

/** One packet on its own. `linkType` is the number of the capture file (LINKTYPE_…). Nothing throws. */
export function dissectPacket(
  linkType: number,
  bytes: Uint8Array,
  context: PacketContext & { readonly decode?: readonly Decode[] } = {},
): DissectedPacket {
  return new PacketDissector(context.decode === undefined ? {} : { decode: context.decode })
    .dissect(linkType, bytes, context);
}

/** Explains packets one after the other and remembers their connections (a bounded number). */
export class PacketDissector {
  readonly #follower: Follower;
  readonly #decode: readonly Decode[];
  readonly #fragments = new Fragments();
  #count = 0;

  /** `keys`: secrets of TLS, to open what they open. */
  constructor(options: { decode?: readonly Decode[]; keys?: KeyLog | undefined } = {}) {
    this.#decode = options.decode ?? [];
    this.#follower = new Follower(this.#decode, options.keys);
  }

  /** Explains the next packet. The octets must not change while the result is in use. */
  dissect(linkType: number, bytes: Uint8Array, context: PacketContext = {}): DissectedPacket {
    const number = context.number ?? ++this.#count;
    const originalLength = context.originalLength ?? bytes.length;
    const follower = this.#follower;
    const layers = dissectLayers(bytes, layerOfLink(linkType), originalLength, (facts) => follower.track(facts));
    const { facts } = layers;
    const carried = follower.carry(bytes, facts, layers.payload, context.timeMs ?? 0, number);
    if (layers.pair !== undefined) {
      const note = follower.pair(layers.pair, context.timeMs ?? 0, number);
      const layer = layers.fields.find((field) => PAIRED.has(field.name));
      if (note !== undefined && layer !== undefined) {
        layer.children!.push({ name: "Note", offset: layer.offset + layer.length, length: 0, value: note });
        layer.meaning += ` (${note})`;
      }
    }
    if (layers.quote !== undefined) {
      const octets = layers.fields.pop()!;
      layers.fields.push(this.#begun(bytes, layers.quote, layers.quote.ports, "quotation") ?? octets);
    }
    const whole = this.#whole(bytes, facts, context.timeMs ?? 0, number);
    if (facts.fragment !== undefined && facts.proto === "udp" && whole === undefined && layers.payload !== undefined) {
      const ports = { client: facts.sport, server: facts.dport };
      const first = this.#begun(bytes, layers.payload, ports, "fragment");
      // A secret may be cut, and is not known as one then.
      if (first !== undefined) carried.fields.splice(0, 1, { ...first, piece: true });
    }
    const { messages, side, reopens } = whole ?? carried;
    for (const message of messages) pushLayers(facts.layers, message);
    return {
      fields: [...layers.fields, ...carried.fields, ...(whole === undefined ? [] : [whole.field]), ...layers.trailers],
      // The last fragment to come is rarely the one with the ports.
      facts: { ...facts, ...whole?.transport },
      messages,
      summary: messages.at(-1)?.summary ?? whole?.summary ?? layers.summary,
      side,
      reopens,
    };
  }

  /** What a datagram of which only the beginning is there carries, as far as that goes; `undefined` when nobody knows it. */
  #begun(
    bytes: Uint8Array,
    { offset, length }: { offset: number; length: number },
    ports: Ports,
    part: string,
  ): Field | undefined {
    const payload = bytes.subarray(offset, offset + length);
    const { protocol, root } = dissectDatagram(payload, { ports, decode: this.#decode });
    if (protocol === "data") return undefined;
    if (endsEarly(root)) {
      root.meaning = `${root.meaning?.replace(/ \(malformed\)$/, "") ?? ""} (the ${part} ends here)`.trim();
    }
    return shift(root, offset);
  }

  /** The datagram of which this packet brings the last missing fragment, explained in octets of its own. */
  #whole(
    bytes: Uint8Array,
    facts: PacketFacts,
    timeMs: number,
    number: number,
  ): Carried & { field: Field; summary: string; transport: Partial<PacketFacts> } | undefined {
    const { fragment, src, dst, proto } = facts;
    if (fragment === undefined || src === undefined || dst === undefined || proto === undefined) return undefined;
    const piece = bytes.subarray(fragment.at, fragment.at + fragment.length);
    // A piece that the capture cut would leave a hole.
    if (piece.length < fragment.length) return undefined;
    const found = this.#fragments.add(src, dst, fragment, piece);
    const layer = layerNamed(ipProtocolLayer(fragment.protocol));
    if (found === undefined || layer === undefined) return undefined;
    const follower = this.#follower;
    const inner = dissectLayers(found.bytes, layer, found.bytes.length, (seen) => follower.track(seen), {
      src,
      dst,
      proto,
    });
    const carried = follower.carry(found.bytes, inner.facts, inner.payload, timeMs, number);
    const { sport, dport, tcp } = inner.facts;
    return {
      field: {
        name: "Reassembled datagram",
        offset: fragment.at + fragment.length,
        length: 0,
        meaning: `${counted(found.bytes.length, "octet")} of ${counted(found.pieces, "fragment")}`,
        buffer: found.bytes,
        children: [...inner.fields, ...carried.fields, ...inner.trailers],
      },
      summary: inner.summary,
      transport: sport === undefined || dport === undefined
        ? {}
        : { sport, dport, ...(tcp === undefined ? {} : { tcp }) },
      ...carried,
    };
  }

  /** At the end of the capture: messages that still waited for their end, by connection and direction. */
  finish(timeMs = 0): { facts: PacketFacts; messages: Message[] }[] {
    return this.#follower.finish(timeMs);
  }
}
