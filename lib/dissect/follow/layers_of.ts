// The layers of one packet, from any of them on: what packets, tunnels in messages and bare octets are explained by. Pure.
import { FormatError } from "../../base/errors.ts";
import type { Field } from "../../base/field.ts";
import { ByteReader } from "../../base/reader.ts";
import { coverGaps, explain } from "../explain.ts";
import { layerNamed } from "../layers.ts";
import type { Layer, PacketFacts, PacketState, Ports } from "../protocol.ts";
import { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

/** Layers that one packet may have: tunnels in tunnels end here. */
const LAYER_LIMIT = 24;
const FIELD_LIMIT = 20_000;

/** The layers of a packet; `trailers` stand behind the innermost payload, `payload` is what TCP or UDP carries. */
export interface DissectedLayers {
  readonly fields: Field[];
  readonly trailers: Field[];
  readonly facts: PacketFacts;
  readonly summary: string;
  readonly payload: { offset: number; length: number } | undefined;
  /** See `PacketState.pair`. */
  readonly pair: PacketState["pair"];
  /** What a quoted datagram carries, which is the last of `fields` too, and its ports. */
  readonly quote?: { readonly offset: number; readonly length: number; readonly ports: Ports } | undefined;
}

/** Runs the layers of one packet from `first` on, down to TCP and UDP; what they carry is left to the caller. */
export function dissectLayers(
  bytes: Uint8Array,
  first: Layer,
  originalLength: number,
  track?: PacketState["track"],
  known: Partial<PacketFacts> = {},
): DissectedLayers {
  const facts: PacketFacts = { layers: [], ...known };
  const packet: PacketState = { facts, originalLength, summary: "", ...(track === undefined ? {} : { track }) };
  const fields: Field[] = [];
  const trailers: Field[] = [];
  const budget = { left: FIELD_LIMIT };
  let at = 0, end = bytes.length;
  let layer: Layer | undefined = first;
  let summary = "";
  let quote: DissectedLayers["quote"];
  while (layer !== undefined) {
    const root: Field = { name: layer.title, offset: at, length: 0, children: [] };
    if (layer.ref !== "") root.ref = layer.ref;
    const tree: Tree = new Tree(new ByteReader(bytes, at, end), root, budget);
    const quoted = packet.quoted === true;
    if (!quoted) facts.layers.push(layer.name);
    fields.push(root);
    packet.summary = "";
    let next;
    try {
      next = layer.dissect(tree, packet);
    } catch (error) {
      if (!(error instanceof FormatError)) {
        root.error = `Internal error: ${error instanceof Error ? error.message : String(error)}`;
      } else if (packet.quoted === true) packet.summary += " (the quotation ends here)";
      else if (bytes.length < originalLength) {
        root.error = `The capture kept ${bytes.length} of ${counted(originalLength, "octet")}`;
      } else root.error = error.message;
      next = undefined;
      tree.reader.offset = end;
    }
    if (packet.summary !== "") root.meaning = packet.summary.trim();
    root.length = tree.reader.offset - at;
    coverGaps(root);
    at += root.length;
    const length = next === undefined ? 0 : Math.min(next.length, end - at);
    if (at + length < end) {
      const short = packet.originalLength <= 60 || facts.layers[0] === "ethernet";
      const name = next?.trailer ?? (short ? "Padding" : "Octets after the packet");
      const { tail } = next ?? {};
      trailers.unshift(
        tail === undefined
          ? { name, offset: at + length, length: end - at - length }
          : explain(name, bytes, tail, at + length, end).root,
      );
      end = at + length;
    }
    // What an error message quotes, and octets that nobody knows, do not say what the packet is.
    if (!quoted && layer.name !== "data") summary = packet.summary;
    if (next === undefined || length === 0) {
      return { fields, trailers, facts, summary, payload: undefined, pair: packet.pair, quote };
    }
    const { quotedPorts: ports } = packet;
    if (next.layer === "payload" && ports !== undefined) quote = { offset: at, length, ports };
    if (next.layer === "payload" && packet.quoted !== true && packet.inner !== true) {
      return { fields, trailers, facts, summary, payload: { offset: at, length }, pair: packet.pair };
    }
    layer = fields.length >= LAYER_LIMIT ? layerNamed("data") : layerNamed(next.layer) ?? layerNamed("data");
  }
  return { fields, trailers, facts, summary, payload: undefined, pair: packet.pair, quote };
}
