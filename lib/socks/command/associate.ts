// UDP ASSOCIATE: the server's side, from the permitted request to the end of its control connection (RFC 1928, 4 and 6).
import { ConnectError } from "../../base/errors.ts";
import type { HostPort } from "../../base/host_port.ts";
import { canonicalIp, formatIp, isLoopback, isUnspecified, parseIp } from "../../base/ip.ts";
import { boundAddress } from "../codec/address.ts";
import { REPLY5 } from "../codec/codes.ts";
import { noWay } from "../policy/foresee.ts";
import type { UdpSocket } from "../network.ts";
import { encodeSuccess, Refusal } from "../handshake/reply.ts";
import type { Session } from "../session.ts";
import { UdpRelay } from "./udp_relay.ts";

/** Who may send: as RFC 1928 has it, the address in the request; all zeros mean the control connection's. Port 0: the first to come. */
function senderOf(session: Session): HostPort {
  const { request, record } = session;
  const own = record.clientIp ?? parseIp("127.0.0.1")!;
  const host = formatIp(own.bytes);
  const named = parseIp(request.address.host);
  // A client that names its port alone does not know how a translator before us spells it.
  if (named === undefined || isUnspecified(named)) return { host, port: isLoopback(own) ? request.address.port : 0 };
  const text = formatIp(canonicalIp(named).bytes);
  if (text === host) return { host, port: request.address.port };
  // From elsewhere, another address is what the client believes to have behind a translator: it cannot be ours to use.
  return isLoopback(own) && isLoopback(named) ? { host: text, port: request.address.port } : { host, port: 0 };
}

/** Carries a UDP ASSOCIATE out. Throws what is to be answered. */
export async function serveAssociate(session: Session): Promise<void> {
  const { server, stream, request, record } = session;
  const { network } = server.config;
  const { via } = server.config.access.current;
  const refusal = noWay(network, "udp", via);
  if (refusal !== undefined) throw refusal;
  const local = stream.about.local === undefined ? undefined : parseIp(stream.about.local.host);
  const client = senderOf(session);
  let host = local === undefined ? "127.0.0.1" : formatIp(canonicalIp(local).bytes);
  if (host.includes(":") !== client.host.includes(":")) host = client.host.includes(":") ? "::1" : "127.0.0.1";
  let socket: UdpSocket;
  try {
    socket = network.udp(host);
  } catch (error) {
    throw error instanceof ConnectError
      ? error
      : new Refusal(REPLY5.general, "no UDP socket", undefined, { cause: error });
  }
  const relay = new UdpRelay(session, socket, client);
  const place = server.enter(relay);
  try {
    if (via.length > 0) await relay.join(via);
  } catch (error) {
    relay.close();
    server.leave(place);
    throw error;
  }
  try {
    record.reply = 0;
    await stream.write(encodeSuccess(request.version, boundAddress(socket.local)));
    await relay.run();
  } catch {
    // The client left before the reply.
  } finally {
    relay.close();
    server.leave(place);
    record.sent = relay.sent;
    record.received = relay.received;
  }
}
