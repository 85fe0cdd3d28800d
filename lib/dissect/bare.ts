// Bare octets explained as a named protocol: `dump --bytes dns`. Pure.
import { openConversation } from "./conversation.ts";
import { protocolNamed, protocolNames } from "./choose.ts";
import { UsageError } from "../base/errors.ts";
import { nearest } from "../base/text.ts";
import { layerNamed } from "./layers.ts";
import { dissectLayers } from "./packet.ts";
import type { Message, Protocol, Side } from "./protocol.ts";

/** Whether octets are a stream, of a protocol that may come in datagrams too: framed, or surely no datagram. */
function isStream(protocol: Protocol, bytes: Uint8Array, side: Side): boolean {
  if (protocol.stream === undefined) return false;
  if (protocol.datagram === undefined) return true;
  if (bytes.length > 2 && bytes[0]! * 256 + bytes[1]! === bytes.length - 2) return true;
  if (protocol.detectDatagram?.(bytes) === true || bytes.length === 0) return false;
  const guess = protocol.detect?.(bytes, side);
  return guess === "yes" || guess === "possible";
}

/**
 * Explains `bytes` as messages of the protocol called `name` (see `protocolNames()`). A stream may hold several
 * messages. An unknown name is a `UsageError`; no octets are.
 */
export function dissectBytes(name: string, bytes: Uint8Array, side?: Side): Message[] {
  const protocol = protocolNamed(name);
  const from = side ?? protocol?.sideOf?.(bytes) ?? "client";
  if (protocol !== undefined) {
    const transport = isStream(protocol, bytes, from) ? "tcp" : "udp";
    const conversation = openConversation({ transport, protocol: name });
    const messages = conversation.data(from, bytes, 0);
    return transport === "udp" ? messages : [...messages, ...conversation.end(from, 0)];
  }
  const layer = layerNamed(name);
  if (layer === undefined) {
    const near = nearest(name, protocolNames());
    throw new UsageError(
      `Cannot explain as "${name}": no such protocol`,
      near === undefined ? `Known: ${protocolNames().join(" ")}` : `Did you mean "${near}"?`,
    );
  }
  const { fields, trailers, summary, payload } = dissectLayers(bytes, layer, bytes.length);
  const all = payload === undefined ? fields : [...fields, { name: "Data", ...payload }];
  all.push(...trailers);
  const root = all.length === 1 ? all[0]! : { name: layer.title, offset: 0, length: bytes.length, children: all };
  return [{ number: 1, protocol: name, side: from, timeMs: 0, offset: 0, bytes, root, summary, secrets: [] }];
}
