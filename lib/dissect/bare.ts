// Bare octets explained as a named protocol: `dump --bytes dns`. Pure.
import { openConversation } from "./conversation.ts";
import { protocolNamed, protocolNames } from "./choose.ts";
import { UsageError } from "../base/errors.ts";
import { nearest } from "../base/text.ts";
import { layerNamed } from "./layers.ts";
import { dissectLayers } from "./packet.ts";
import type { Message, Side } from "./protocol.ts";

/**
 * Explains `bytes` as messages of the protocol called `name` (see `protocolNames()`). A stream may hold several
 * messages. An unknown name is a `UsageError`; no octets are.
 */
export function dissectBytes(name: string, bytes: Uint8Array, side?: Side): Message[] {
  const protocol = protocolNamed(name);
  const from = side ?? protocol?.sideOf?.(bytes) ?? "client";
  if (protocol !== undefined) {
    const framed = protocol.datagram !== undefined && protocol.stream !== undefined && bytes.length > 2 &&
      bytes[0]! * 256 + bytes[1]! === bytes.length - 2;
    const transport = protocol.datagram !== undefined && !framed ? "udp" : "tcp";
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
