// PROXY headers in front of questions (`+proxy`): who asks, said to a server that stands behind a proxy. Pure.
import { type Bytes, concat } from "../../lib/base/bytes.ts";
import { encodeProxyHeader } from "../../lib/dial/proxy_protocol.ts";
import type { ProxyHeaders } from "../../lib/dns/dig/settings.ts";
import type { Channel } from "../../lib/dns/exchange/channel.ts";

/** The octets of a header (version 2). */
export function proxyHeader({ addresses }: ProxyHeaders, transport: "stream" | "datagram"): Bytes {
  return encodeProxyHeader({ version: 2, transport, ...addresses });
}

/** A new channel of datagrams, each of which shall begin with the header. */
export function announcing(channel: Channel, proxy: ProxyHeaders): Channel {
  const header = proxyHeader(proxy, "datagram"), send = channel.send.bind(channel);
  channel.send = (message) => send(concat([header, message]));
  return channel;
}
