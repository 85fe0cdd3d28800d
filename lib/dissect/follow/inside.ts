// A packet inside a message, as samples and controllers of switches have it: layers, and what a datagram carries. Pure.
import { shift } from "../explain.ts";
import { layerNamed } from "../layers.ts";
import type { DissectContext, Ports, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { dissectLayers } from "./layers_of.ts";

/** Explains the next `count` octets of the tree as a packet that begins with a layer; `whole` octets were on the wire. */
export function packetInside(tree: Tree, context: DissectContext, name: string, count: number, whole = count): string {
  const layer = layerNamed(name) ?? layerNamed("data")!;
  const bytes = tree.reader.bytes.slice(tree.offset, tree.offset + count);
  const { fields, trailers, facts, summary, payload } = dissectLayers(bytes, layer, Math.max(whole, count));
  const start = tree.offset;
  for (const field of fields) tree.add(shift(field, start));
  let words: Words | undefined;
  if (payload !== undefined) {
    tree.reader.skip(payload.offset);
    const ports: Ports = { client: facts.sport, server: facts.dport };
    if (facts.proto === "udp") words = context.inner(tree, payload.length, "", ports);
    else tree.bytes("Data", payload.length);
  }
  for (const field of trailers) tree.add(shift(field, start));
  tree.reader.offset = start + count;
  return words?.summary ?? summary;
}
