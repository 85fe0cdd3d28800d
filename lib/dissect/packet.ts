// Captured packets to trees: link layer to application. `PacketDissector` follows connections, so that TCP messages
// that cross packets are explained where they end, sequence numbers are relative and retransmissions are noted. Pure.
import type { Field } from "../base/field.ts";
import { ByteReader } from "../base/reader.ts";
import { FormatError } from "../base/errors.ts";
import { openConversation } from "./conversation.ts";
import { layerOfLink } from "./layers.ts";
import type { Decode, Layer, Message, PacketFacts, PacketState } from "./protocol.ts";
import { coverGaps, shift, Tree } from "./tree.ts";

/** What is known of a packet besides its octets. */
export interface PacketContext {
  /** Octets on the wire, when the capture cut the packet. */
  readonly originalLength?: number;
  readonly timeMs?: number;
  readonly decode?: readonly Decode[];
}

/** A packet explained. */
export interface DissectedPacket {
  /** One field for each layer, outermost first; together they cover the packet. */
  readonly fields: Field[];
  readonly facts: PacketFacts;
  /** Application messages that ended in this packet. */
  readonly messages: Message[];
  /** What the innermost layer says, in one line. */
  readonly summary: string;
}

const LAYER_LIMIT = 24;

/** Runs the layers of one packet from `layer` on. The application payload is left to the caller. */
export function dissectLayers(
  bytes: Uint8Array,
  first: Layer | undefined,
  originalLength: number,
  track?: PacketState["track"],
  lookup?: (name: string) => Layer | undefined,
): { fields: Field[]; facts: PacketFacts; summary: string; end: number; at: number } {
  const facts: PacketFacts = { layers: [] };
  const packet: PacketState = { facts, originalLength, summary: "", ...(track === undefined ? {} : { track }) };
  const fields: Field[] = [];
  const trailers: Field[] = [];
  const budget = { left: 20_000 };
  let at = 0, end = bytes.length;
  let layer = first;
  while (layer !== undefined && fields.length < LAYER_LIMIT) {
    const root: Field = { name: layer.title, offset: at, length: 0, children: [] };
    const reader = new ByteReader(bytes, at, end);
    const tree = new Tree(reader, root, budget);
    facts.layers.push(layer.name);
    fields.push(root);
    packet.summary = "";
    let next;
    try {
      next = layer.dissect(tree, packet);
    } catch (error) {
      root.error = error instanceof FormatError
        ? error.message
        : `Internal error: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (packet.summary !== "") root.meaning = packet.summary;
    const cut = root.error !== undefined && bytes.length < originalLength;
    if (cut) root.error += `: the capture kept ${bytes.length} of ${originalLength} octets`;
    root.length = (root.error === undefined ? reader.offset : end) - at;
    coverGaps(root);
    at += root.length;
    if (next === undefined) {
      layer = undefined;
      break;
    }
    const length = Math.min(next.length, end - at);
    if (at + length < end) {
      trailers.unshift({ name: next.trailer ?? "Padding", offset: at + length, length: end - at - length });
      end = at + length;
    }
    layer = lookup?.(next.layer);
  }
  fields.push(...trailers);
  return { fields, facts, summary: packet.summary, end, at };
}

/** One packet on its own. `linkType` is the number of the capture file (LINKTYPE_…). Nothing throws. */
export function dissectPacket(linkType: number, bytes: Uint8Array, context: PacketContext = {}): DissectedPacket {
  return new PacketDissector(context.decode === undefined ? {} : { decode: context.decode })
    .dissect(linkType, bytes, context);
}

/** Explains packets one after the other and remembers their connections (a bounded number). */
export class PacketDissector {
  readonly #decode: readonly Decode[];

  constructor(options: { decode?: readonly Decode[] } = {}) {
    this.#decode = options.decode ?? [];
  }

  dissect(linkType: number, bytes: Uint8Array, context: PacketContext = {}): DissectedPacket {
    const layers = dissectLayers(bytes, layerOfLink(linkType), context.originalLength ?? bytes.length);
    void [this.#decode, openConversation, shift];
    return { fields: layers.fields, facts: layers.facts, messages: [], summary: layers.summary };
  }
}
