// QUIC through a SOCKS5 proxy: the runtime's client sends to an address only, so a UDP port of this machine stands for the
// server, and what comes there goes through the proxy's UDP ASSOCIATE (RFC 1928 section 7). Not pure.
import type { HostPort } from "../base/host_port.ts";
import type { Stream } from "../stream/stream.ts";
import { UdpAddress } from "../stream/udp/address.ts";
import { LARGEST_DATAGRAM } from "../stream/rooms.ts";
import { UdpSocket } from "../stream/udp/socket.ts";
import { dialQuic, endpointFor, type QuicClientOptions } from "./quic.ts";
import { dialUdpVia, type ViaOptions } from "./via.ts";
import type { Hop } from "./via_url.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

/** Connects to `target` over QUIC through the proxy that `hops` consists of. Throws a `ConnectError` or `UsageError`. */
export async function dialQuicVia(
  target: HostPort,
  hops: readonly Hop[],
  via: ViaOptions,
  options: QuicClientOptions,
): Promise<Stream> {
  const association = await dialUdpVia(target, hops, via);
  const client = endpointFor(LOOPBACK).addr;
  const { port, close } = forward(association, { host: client.hostname, port: client.port });
  try {
    return await dialQuic(target, {
      ...options,
      local: LOOPBACK,
      through: { host: LOOPBACK.host, port },
      onClose: close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Carries datagrams between `client`, which sends to the port that is given, and `association`, which it owns. */
function forward(association: Stream, client: HostPort): { port: number; close: () => Promise<void> } {
  const socket = UdpSocket.bind(LOOPBACK);
  const to = UdpAddress.from(client);
  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    socket.close();
    await association.close();
  };
  const out = () =>
    socket.receiveAll((datagram) => {
      // Nobody else on this machine speaks for the client.
      if (socket.sender.equals(client)) return association.put(datagram);
    });
  const back = () => association.each((datagram) => socket.send(datagram, to), LARGEST_DATAGRAM);
  for (const way of [out, back]) way().catch(() => {}).finally(close);
  return { port: socket.local.port, close };
}
