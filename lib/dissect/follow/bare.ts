// Bare octets explained as a named protocol: `dump --bytes dns`. Pure.
import { openConversation } from "./conversation.ts";
import { protocolNamed, protocolNames, unknownProtocol } from "./choose.ts";
import { layerNamed } from "../layers.ts";
import { dissectLayers } from "./layers_of.ts";
import type { Message, Protocol, Side } from "../protocol.ts";

/** Whether octets are a stream, of a protocol that may come in datagrams too: framed, or surely no datagram. */
function isStream(protocol: Protocol, bytes: Uint8Array, side: Side): boolean {
  if (protocol.stream === undefined) return false;
  if (protocol.datagram === undefined) return true;
  if (bytes.length > 2 && bytes[0]! * 256 + bytes[1]! === bytes.length - 2) return true;
  if (protocol.detectDatagram?.(bytes) === true || bytes.length === 0) return false;
  const guess = protocol.detect?.(bytes, side);
  return guess === "yes" || guess === "possible";
}

/** Octets, and who sent them where that is known. */
export interface BareBlock {
  readonly bytes: Uint8Array;
  readonly side?: Side;
}

/**
 * Explains blocks as messages of the protocol called `name` (see `protocolNames()`). A stream may hold several
 * messages, and a message several blocks. An unknown name is a `UsageError`; no octets are.
 */
export function dissectBlocks(name: string, blocks: readonly BareBlock[]): Message[] {
  const protocol = protocolNamed(name);
  if (protocol === undefined) return blocks.map(({ bytes }, i) => ({ ...dissectLayer(name, bytes), number: i + 1 }));
  const sideOf = ({ bytes, side }: BareBlock) => side ?? protocol.sideOf?.(bytes) ?? "client";
  const [first = { bytes: new Uint8Array(0) }] = blocks;
  const transport = isStream(protocol, first.bytes, sideOf(first)) ? "tcp" : "udp";
  const conversation = openConversation({ transport, protocol: name });
  const messages = blocks.flatMap((block) => conversation.data(sideOf(block), block.bytes, 0));
  if (transport === "udp") return messages;
  const ends = new Set(blocks.map(sideOf));
  return [...messages, ...[...ends].flatMap((side) => conversation.end(side, 0))];
}

/** `dissectBlocks` of a single one. */
export function dissectBytes(name: string, bytes: Uint8Array, side?: Side): Message[] {
  return dissectBlocks(name, [side === undefined ? { bytes } : { bytes, side }]);
}

/** Explains `bytes` as a layer of packets and what is in it. */
function dissectLayer(name: string, bytes: Uint8Array): Message {
  const layer = layerNamed(name);
  if (layer === undefined) throw unknownProtocol(name, protocolNames());
  const { fields, trailers, summary, payload } = dissectLayers(bytes, layer, bytes.length);
  const all = payload === undefined ? fields : [...fields, { name: "Data", ...payload }];
  all.push(...trailers);
  const root = all.length === 1 ? all[0]! : { name: layer.title, offset: 0, length: bytes.length, children: all };
  return { number: 1, protocol: name, side: "client", timeMs: 0, offset: 0, bytes, root, summary, secrets: [] };
}
