// Through a chain of proxies, in the order of travel: each handshake makes the stream that the next one talks on. Not pure.
// Also datagrams, through the UDP association of a SOCKS5 proxy (RFC 1928, 7).
import { ConnectError, UsageError } from "../base/errors.ts";
import { formatHostPort, type HostPort } from "../base/host_port.ts";
import { ipFrom, isLinkLocal, parseIp } from "../base/ip.ts";
import { once } from "../base/late.ts";
import {
  relayAddress,
  socks4aConnect,
  socks4Bind,
  socks4Connect,
  socks5Associate,
  socks5Bind,
  socks5Connect,
  type SocksBinding,
  type SocksClientOptions,
} from "../socks/client.ts";
import { Association, AssociationStream } from "../socks/codec/udp.ts";
import type { Stream } from "../stream/stream.ts";
import { UdpStream } from "../stream/udp/streams.ts";
import { UdpAddress } from "../stream/udp/address.ts";
import { UdpSocket } from "../stream/udp/socket.ts";
import { connectError } from "./errors.ts";
import { httpConnect } from "./http_connect.ts";
import { withinLimit } from "./limit.ts";
import { type DialOptions, dialTcp, resolveHost } from "./tcp.ts";
import type { TlsClient } from "./tls/client.ts";
import { HANDSHAKE_LIMIT_MS, type TlsClientOptions } from "./tls/options.ts";
import { checkUdpHops, type Hop, takesDatagrams } from "./via_url.ts";

/** A name with more addresses than this is tried with the first ones only. */
const MOST_ADDRESSES = 4;

const tls = once<typeof import("./tls/client.ts")>(() => import(import.meta.resolve("./tls/client.ts")));

const clients = new WeakMap<Hop, Promise<TlsClient>>();

/** The TLS client that a hop's URL asks for. */
function tlsClientOf(hop: Hop, warn?: (message: string) => void): Promise<TlsClient> {
  let client = clients.get(hop);
  if (client === undefined) {
    const { verify, pin, "no-sni": noSni, "http-version": _, ...files } = hop.options;
    const on = (text: string | undefined) => text === undefined ? undefined : !/^(0|no|false|off)$/i.test(text);
    const options: TlsClientOptions = {
      ...files,
      verify: on(verify),
      noSni: on(noSni),
      ...(pin === undefined ? {} : { pins: [pin] }),
      ...(warn === undefined ? {} : { warn: (message) => warn(`${hop.label}: ${message}`) }),
    };
    client = tls().then(({ TlsClient }) => TlsClient.load(options));
    clients.set(hop, client);
    client.catch(() => clients.delete(hop));
  }
  return client;
}

/** Reads the files that the URLs of proxies name. A `UsageError` for one that cannot be used. */
export async function prepareHops(hops: readonly Hop[], warn?: (message: string) => void): Promise<void> {
  await Promise.all(hops.map((hop) => hop.tls ? tlsClientOf(hop, warn) : undefined));
}

/** What `dialVia` takes beside what `dialTcp` takes; `local` and the like are about the first connection. */
export interface ViaOptions extends DialOptions {
  warn?: ((message: string) => void) | undefined;
}

/** What a failure to connect says, without whom to and through whom. */
const detail = ({ message }: ConnectError) => message.replace(/^Cannot connect to "[^"]*"(?: through "[^"]*")?: /, "");

/** A failure at a hop as an error about the target. */
function hopError(target: string, hop: Hop, error: unknown, doing?: string): unknown {
  if (error instanceof UsageError) return error;
  if (error instanceof ConnectError && error.target === target && error.via === hop.label) return error;
  const known = connectError(target, error, hop.label);
  const words = detail(known);
  return new ConnectError(target, doing === undefined ? words : `${doing}: ${words}`, {
    via: hop.label,
    reason: known.reason === "other" ? "proxy" : known.reason,
    cause: error,
  });
}

/** TLS to a proxy over `stream`, which it takes over, where the proxy's URL says so. `again`: as for `TlsClient.over()`. */
async function tlsTo(
  stream: Stream,
  hop: Hop,
  target: string,
  options: ViaOptions,
  again?: () => Promise<Stream>,
): Promise<Stream> {
  if (!hop.tls) return stream;
  try {
    const client = await tlsClientOf(hop, options.warn);
    return await client.over(stream, hop.address.host, { signal: options.signal, target, via: hop.label }, again);
  } catch (error) {
    await stream.close(error);
    if (!(error instanceof ConnectError) || error.reason !== "tls") throw error;
    const words = detail(error);
    const where = /\b(cafile|commonname|pin|verify|cert|snihost)=/.test(words) ? ` (${OPTIONS_IN_URL})` : "";
    throw new ConnectError(target, `no TLS with the proxy: ${words}${where}`, {
      via: hop.label,
      reason: "tls",
      cause: error,
    });
  }
}

const OPTIONS_IN_URL = "options for the proxy stand in its URL, as in https://HOST:PORT?cafile=FILE";

/** Connects to the first proxy; TLS too, where its URL says so. */
async function dialFirst(target: string, hop: Hop, options: ViaOptions): Promise<Stream> {
  const { family: _, ...dial } = options;
  const again = () => dialTcp(hop.address, dial);
  try {
    return await tlsTo(await again(), hop, target, options, again);
  } catch (error) {
    throw hopError(target, hop, error, "no connection to the proxy");
  }
}

/** Lets the proxy at the end of `stream` connect to `next`, whose name is resolved already where that is our part. */
async function handshake(stream: Stream, hop: Hop, next: HostPort, signal: AbortSignal | undefined): Promise<void> {
  const { user, password, label: via } = hop;
  const login: SocksClientOptions = { user, password, via, signal };
  switch (hop.kind) {
    case "http":
      return await httpConnect(stream, next, { user, password, via, signal, version: hop.options["http-version"] });
    case "socks4":
      return void await socks4Connect(stream, next, login);
    case "socks4a":
      return void await socks4aConnect(stream, next, login);
    case "socks5":
    case "socks5h":
      return void await socks5Connect(stream, next, login);
  }
}

/** Which addresses of a name. */
type Families = Pick<DialOptions, "family" | "prefer">;

/** The addresses to ask a hop for: the name itself where the proxy resolves it. */
async function resolvedFor(hop: Hop, next: HostPort, { family, prefer }: Families): Promise<HostPort[]> {
  const here = hop.kind === "socks4" || hop.kind === "socks5";
  if (!here || parseIp(next.host) !== undefined) return [next];
  const hosts = await resolveHost(next.host, hop.kind === "socks4" ? 4 : family, prefer);
  return hosts.slice(0, MOST_ADDRESSES).map((host) => ({ host, port: next.port }));
}

/** A stream to the last proxy of the chain, whose handshake is still to come. */
async function dialChain(target: string, hops: readonly Hop[], options: ViaOptions): Promise<Stream> {
  const last = hops.at(-1)!, before = hops.slice(0, -1);
  if (before.length === 0) return await dialFirst(target, last, options);
  const doing = `no connection to the next proxy "${last.label}"`;
  return await tlsTo(await dialOn(target, before, last.address, {}, options, doing), last, target, options);
}

/** A stream through `hops` to `next`, whose addresses are tried one after the other, each on a way of its own. */
async function dialOn(
  target: string,
  hops: readonly Hop[],
  next: HostPort,
  families: Families,
  options: ViaOptions,
  doing?: string,
): Promise<Stream> {
  const last = hops.at(-1)!;
  let addresses: HostPort[];
  try {
    addresses = await resolvedFor(last, next, families);
  } catch (error) {
    throw hopError(target, last, error, doing);
  }
  let failure: unknown;
  for (const address of addresses) {
    const stream = await dialChain(target, hops, options);
    try {
      await handshake(stream, last, address, options.signal);
      return stream;
    } catch (error) {
      await stream.close(error);
      failure ??= hopError(target, last, error, doing);
      if (!worthAnother(error)) break;
    }
  }
  throw failure;
}

/** Goes the whole way within one limit. */
function limited<T>(options: ViaOptions, go: (within: ViaOptions) => Promise<T>): Promise<T> {
  const limit = { signal: options.signal, timeoutMs: options.timeoutMs ?? HANDSHAKE_LIMIT_MS };
  return withinLimit(limit, (signal) => go({ ...options, signal, timeoutMs: undefined }));
}

/** Whether another address of the same name may do better. */
function worthAnother(error: unknown): boolean {
  return error instanceof ConnectError &&
    ["refused", "host-unreachable", "network-unreachable", "proxy", "other"].includes(error.reason);
}

/**
 * Connects to `target` through `hops`, none of which means directly. The caller owns the stream. A `ConnectError` names
 * the hop that failed and the reason that it gave.
 */
export async function dialVia(target: HostPort, hops: readonly Hop[], options: ViaOptions = {}): Promise<Stream> {
  if (hops.length === 0) return await dialTcp(target, options);
  return await limited(options, (within) => dialOn(formatHostPort(target), hops, target, options, within));
}

/**
 * A port bound at the last proxy of `hops`, which must be SOCKS: the stream is the one connection that comes there from
 * `peer`, once `accepted()` is fulfilled. The caller owns the stream.
 */
export async function bindVia(
  peer: HostPort,
  hops: readonly Hop[],
  options: ViaOptions = {},
): Promise<{ stream: Stream; binding: SocksBinding }> {
  const last = hops.at(-1)!;
  const text = formatHostPort(peer);
  const stream = await limited(options, (within) => dialChain(text, hops, within));
  try {
    const [address] = await resolvedFor(last, peer, options);
    // The second reply may take for ever: only the caller's own signal ends the wait.
    const login: SocksClientOptions = {
      user: last.user,
      password: last.password,
      via: last.label,
      signal: options.signal,
    };
    if (last.kind === "http") throw new UsageError("An HTTP proxy cannot wait for connections: use a SOCKS proxy");
    const bind = last.kind === "socks4" || last.kind === "socks4a" ? socks4Bind : socks5Bind;
    const bound = await bind(stream, address!, login);
    const binding: SocksBinding = {
      bound: { ...bound.bound, ...relayAddress(bound.bound, stream.about.remote?.host ?? last.address.host) },
      async accepted() {
        try {
          return await bound.accepted();
        } catch (error) {
          await stream.close(error);
          throw hopError(text, last, error);
        }
      },
    };
    return { stream, binding };
  } catch (error) {
    await stream.close(error);
    throw hopError(text, last, error);
  }
}

/**
 * Datagrams to and from `target` through the SOCKS5 proxies of `hops`, wrapped once for each; the control connection of
 * each goes through all hops before it. The stream owns the associations; it is at end-of-file when a proxy ends one. A
 * `UsageError` for a chain that datagrams cannot pass.
 */
export async function dialUdpVia(target: HostPort, hops: readonly Hop[], options: ViaOptions = {}): Promise<Stream> {
  checkUdpHops(hops);
  return await limited(options, (within) => associateVia(target, hops, within));
}

async function associateVia(target: HostPort, hops: readonly Hop[], options: ViaOptions): Promise<Stream> {
  const text = formatHostPort(target);
  const [address] = await resolvedFor(hops.at(-1)!, target, options);
  let association: Association | undefined;
  try {
    let before: Hop | undefined;
    for (const [i, hop] of hops.entries()) {
      if (!takesDatagrams(hop)) {
        const next = hops.find((other, at) => at > i && takesDatagrams(other))!;
        options.warn?.(
          `Datagrams go past "${hop.label}", which carries the control connection of "${next.label}" only`,
        );
        continue;
      }
      const control = await dialChain(text, hops.slice(0, i + 1), options);
      try {
        association = await associate(control, hop, i === 0, association, before, options.signal);
      } catch (error) {
        await control.close(error);
        throw hopError(text, hop, error);
      }
      before = hop;
    }
    return new AssociationStream(association!, address!);
  } catch (error) {
    await association?.close();
    throw error;
  }
}

/**
 * Asks the proxy at the end of `control` for an association, whose datagrams go through `inner`, that of the hop `before`,
 * where there is one. Owns both then.
 */
async function associate(
  control: Stream,
  hop: Hop,
  isFirst: boolean,
  inner: Association | undefined,
  before: Hop | undefined,
  signal: AbortSignal | undefined,
): Promise<Association> {
  const { user, password, label: via } = hop;
  const bound = await socks5Associate(control, { user, password, via, signal });
  // Behind other hops the connection's own addresses are not this proxy's.
  const relay = relayAddress(bound, (isFirst ? control.about.remote?.host : undefined) ?? hop.address.host);
  if (inner !== undefined) {
    const [address] = await resolvedFor(before!, relay, {});
    return new Association(new AssociationStream(inner, address!), control);
  }
  const host = parseIp(relay.host) === undefined ? (await resolveHost(relay.host, undefined))[0]! : relay.host;
  const any = host.includes(":") ? "::" : "0.0.0.0";
  const local = (isFirst ? control.about.local?.host : undefined) ?? any;
  // Neither the proxy nor the runtime tells the zone of a link-local address.
  const zone = parseIp(hop.address.host)?.zone;
  const zoned = (text: string) => zone !== undefined && isLinkLocal(ipFrom(text)) ? `${text}%${zone}` : text;
  const sameFamily = local.includes(":") === host.includes(":");
  const socket = UdpSocket.bind({ host: sameFamily ? zoned(local) : any, port: 0 });
  const to = UdpAddress.from({ host: zoned(host), port: relay.port });
  return new Association(new UdpStream(socket, to), control);
}
