// BIND: the server's side (RFC 1928, 4 and 6; the SOCKS4 memo). No I/O of its own.
import { ConnectError } from "../../base/errors.ts";
import { formatHostPort } from "../../base/host_port.ts";
import { canonicalIp, formatIp, type IpAddress, isLoopback, parseIp, sameIp } from "../../base/ip.ts";
import type { Stream } from "../../stream/stream.ts";
import type { Decision } from "../policy/access.ts";
import { Ahead } from "../carrying/ahead.ts";
import { boundAddress, socksAddress } from "../codec/address.ts";
import { REPLY5 } from "../codec/codes.ts";
import { runTunnel } from "./connect.ts";
import { bindsForAnybody, noWay } from "../policy/foresee.ts";
import { encodeSuccess, Refusal } from "../handshake/reply.ts";
import { accessRequest, type Session } from "../session.ts";

const LOOPBACK4 = parseIp("127.0.0.1")!, ANY4 = parseIp("0.0.0.0")!;

/** The address that the client reached us at. */
function nearAddress({ stream }: Session): IpAddress {
  const local = stream.about.local;
  return canonicalIp(parseIp(local?.host ?? "") ?? LOOPBACK4);
}

/** Version 4 has no room for anything but IPv4. */
function onlyIpv4({ request: { version } }: Session): boolean {
  return version === "4" || version === "4a";
}

/** The addresses from which the peer may come, those of the client's own family first: that is where we listen. */
function expectedPeers(session: Session, hosts: readonly string[]): IpAddress[] {
  const family = onlyIpv4(session) ? 4 : nearAddress(session).family;
  const all = hosts.map((text) => canonicalIp(parseIp(text)!));
  const near = all.filter((ip) => ip.family === family);
  if (!onlyIpv4(session)) return [...near, ...all.filter((ip) => ip.family !== family)];
  if (near.length === 0) throw new Refusal(REPLY5.addressType, "SOCKS4 cannot name the IPv6 address of a listener");
  return near;
}

/** Where to listen so that `peer` can come: the address that the client reached us at, or the one towards the peer. */
function listenHost(session: Session, peer: IpAddress | undefined): string {
  const { network } = session.server.config;
  let near = nearAddress(session);
  if (near.family === 6 && onlyIpv4(session)) {
    near = isLoopback(near) ? LOOPBACK4 : parseIp(network.localFor(ANY4) ?? "") ?? LOOPBACK4;
  }
  return (peer === undefined ? undefined : network.localFor(peer)) ?? formatIp(near.bytes);
}

/** Carries a BIND out: one reply when listening, one when the peer has come. Throws what is to be answered. */
export async function serveBind(session: Session): Promise<void> {
  const { server, request, record, stream } = session;
  const { network, limits, access } = server.config;
  const { host, port } = request.address;
  const anybody = bindsForAnybody(host);
  const decision: Decision | undefined = anybody ? undefined : await server.permit(session);
  if (decision !== undefined && decision.chain.length > 0) return await bindVia(session, decision);
  if (anybody && access.current.via.length > 0) {
    return await bindVia(session, {
      allowed: true,
      why: "",
      hosts: [host],
      port,
      chain: access.current.via,
      route: undefined,
      judged: [],
    });
  }
  const expected = decision === undefined ? undefined : expectedPeers(session, decision.hosts);
  const listener = network.listen(listenHost(session, expected?.[0]));
  let open = true;
  const shut = () => {
    if (open) listener.close();
    open = false;
  };
  const client = server.watched(session);
  let why: unknown = new ConnectError(formatHostPort(request.address), "the client has left", { reason: "aborted" });
  const deadline = server.deadlines.add(limits.bindMs, () => {
    why = new ConnectError(formatHostPort(request.address), "nobody came in time", { reason: "timed-out" });
    shut();
  });
  let ahead: Ahead | undefined;
  let peer: Stream | undefined;
  try {
    record.reply = 0;
    network.hurry?.(stream);
    await stream.write(encodeSuccess(request.version, boundAddress(listener.local)));
    ahead = new Ahead(client, shut);
    peer = await acceptFrom(
      listener,
      (ip) =>
        expected !== undefined
          ? expected.some((one) => sameIp(one, ip))
          : access.judgeAddress(accessRequest(session), ip, undefined).allowed,
    );
    shut();
    if (peer === undefined) throw why;
    record.reached = peer.about.remote;
    server.observed(session, peer);
    await stream.write(encodeSuccess(request.version, boundAddress(peer.about.remote)));
  } catch (error) {
    await peer?.close();
    session.pending = ahead?.take().count;
    throw error;
  } finally {
    server.deadlines.clear(limits.bindMs, deadline);
    shut();
  }
  await runTunnel(session, client, peer, ahead.take());
}

/** The first connection from whom `welcome` takes; the others are closed. `undefined` when the listener is closed. */
async function acceptFrom(
  listener: { accept(): Promise<Stream> },
  welcome: (ip: IpAddress) => boolean,
): Promise<Stream | undefined> {
  for (;;) {
    let peer: Stream;
    try {
      peer = await listener.accept();
    } catch {
      return undefined;
    }
    const ip = parseIp(peer.about.remote?.host ?? "");
    if (ip !== undefined && welcome(canonicalIp(ip))) return peer;
    await peer.close();
  }
}

/** The last proxy listens; its replies are passed on. */
async function bindVia(session: Session, decision: Decision): Promise<void> {
  const { server, request, record, stream } = session;
  const { network, limits } = server.config;
  const abort = new AbortController();
  const text = formatHostPort(request.address);
  const client = server.watched(session);
  const refusal = noWay(network, "bind", decision.chain);
  if (refusal !== undefined) throw refusal;
  record.via = decision.chain;
  const ahead = new Ahead(
    client,
    () => abort.abort(new ConnectError(text, "the client has left", { reason: "aborted" })),
  );
  const deadline = server.deadlines.add(
    limits.bindMs,
    () => abort.abort(new ConnectError(text, "nobody came in time", { reason: "timed-out" })),
  );
  let upstream: Stream | undefined;
  try {
    const host = decision.hosts[0];
    if (host === undefined) throw new Refusal(REPLY5.hostUnreachable, `${text} has no address`);
    const binding = await network.bindVia(decision.chain, { host, port: decision.port }, abort.signal);
    upstream = binding.stream;
    abort.signal.addEventListener("abort", () => void binding.stream.close(), { once: true });
    record.reply = 0;
    await stream.write(encodeSuccess(request.version, binding.bound));
    const peer = await binding.accepted();
    record.reached = peer;
    server.observed(session, upstream);
    await stream.write(encodeSuccess(request.version, socksAddress(peer)));
  } catch (error) {
    await upstream?.close();
    session.pending = ahead.take().count;
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    server.deadlines.clear(limits.bindMs, deadline);
  }
  await runTunnel(session, client, upstream, ahead.take());
}
