// TLS: connect and listen, also half way (`starttls`), over proxies, with certificates of both sides.
import { UsageError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { connectError, listenError } from "../../dial/errors.ts";
import type { DialOptions } from "../../dial/tcp.ts";
import type { TlsClient } from "../../dial/tls/client.ts";
import { HANDSHAKE_LIMIT_MS } from "../../dial/tls/options.ts";
import type { TlsServer } from "../../dial/tls/server.ts";
import type { Values } from "../../options/schema.ts";
import { hostPortOf } from "../../stream/conn.ts";
import { prepareListener, sendAtOnce } from "../../stream/libc/listener.ts";
import type { Stream } from "../../stream/stream.ts";
import { CONNECT_OPTIONS, familyOf, LISTEN_OPTIONS } from "../common.ts";
import { accepted, listenPlace, placeFrom, portFrom } from "./listen.ts";
import { defineAddress, once, type OpenContext } from "../model.ts";
import { shaken, streamHandshake, talkWithin } from "../opening/handshakes.ts";
import {
  acceptedWithTruePeer,
  dialRoute,
  hopsTo,
  prepareRoute,
  ROUTE_NEEDS,
  ROUTE_OPTIONS,
  TRUE_PEER_OPTION,
} from "./route.ts";
import { checkOwnCertificate, ownCertificate, SELF_SIGNED_OPTION, withoutAsking } from "./own_certificate.ts";
import { socketSettings } from "./socket_options.ts";
import { dialOptions, TCP_OPTIONS, tcpNeeds, withinTimeout } from "./tcp.ts";
import { listenTcpStreams } from "./tcp_listen.ts";
import {
  checkTls,
  TLS_CLIENT_OPTIONS,
  TLS_OPTIONS,
  type TlsAddressOptions,
  tlsClientWarnings,
  tlsOptions,
  tlsWarnings,
} from "./tls_options.ts";

const clients = new WeakMap<TlsAddressOptions, Promise<TlsClient>>();

/** The TLS client of an address: its files are read once, however many connections it makes. */
function tlsClient(options: TlsAddressOptions, context: Pick<OpenContext, "log">): Promise<TlsClient> {
  let client = clients.get(options);
  if (client === undefined) {
    const words = tlsOptions(options, context);
    client = import("../../dial/tls/client.ts").then(({ TlsClient }) => TlsClient.load(words));
    clients.set(options, client);
    client.catch(() => clients.delete(options));
  }
  return client;
}

/** What `AddressType.prepare` does for a client: the way, the dialogue before TLS, the certificates. */
export async function prepareTlsRoute(
  options: TlsAddressOptions & Values<typeof ROUTE_OPTIONS>,
  log: Log,
): Promise<void> {
  if (options.starttls !== undefined) await import("../../dial/starttls/starttls.ts");
  await Promise.all([prepareRoute(options, log), tlsClient(options, { log })]);
}

/** What `AddressType.prepare` does for a listener: looks at its certificates. */
export async function prepareTlsServer(options: TlsAddressOptions, log: Log): Promise<void> {
  const { loadAuthorities, loadIdentity } = await import("../../dial/tls/files.ts");
  const words = tlsOptions(options, { log });
  await Promise.all([loadIdentity(words), loadAuthorities(words)]);
}

/** How a peer that does not begin with TLS may be spoken to. */
const IN_CLEAR = "in clear it is tcp: (or ws:), and starttls= where it turns to TLS later";

/** Connects to `target` by all that the options say: proxies, PROXY header, the dialogue before TLS, TLS. */
export async function dialTlsRoute(
  target: HostPort,
  options: TlsAddressOptions & Values<typeof ROUTE_OPTIONS>,
  dial: DialOptions,
  context: OpenContext,
): Promise<Stream> {
  const client = await tlsClient(options, context);
  const { starttls } = options;
  const before = async (): Promise<Stream> => {
    const stream = await dialRoute(target, options, dial, context);
    if (starttls === undefined) return stream;
    const { startTlsClient } = await import("../../dial/starttls/starttls.ts");
    try {
      const talk = () => startTlsClient(stream, starttls, target.host);
      const limit = { signal: context.signal, timeoutMs: HANDSHAKE_LIMIT_MS };
      Object.assign(stream.about, { dialogue: await talkWithin(stream, limit, talk) });
      return stream;
    } catch (error) {
      throw connectError(formatHostPort(target), error);
    }
  };
  const first = await before();
  let { dialogue } = first.about;
  const again = async () => {
    const second = await before();
    ({ dialogue } = second.about);
    return second;
  };
  const secure = await client.over(
    first,
    target.host,
    {
      target: formatHostPort(target),
      signal: context.signal,
      ...(starttls === undefined ? { inClear: IN_CLEAR } : {}),
    },
    again,
  );
  if (starttls !== undefined && dialogue !== undefined) {
    Object.assign(secure.about, { dialogue });
    // Whoever talks through this connection waits for the greeting that was given in clear.
    const { greetingOf } = await import("../../dial/starttls/starttls.ts");
    secure.unread(greetingOf(dialogue, starttls));
  }
  return secure;
}

/** OPENSSL. */
export const TLS_CONNECT = defineAddress({
  names: ["OPENSSL", "SSL", "TLS", "OPENSSL-CONNECT", "SSL-CONNECT", "TLS-CONNECT"],
  syntax: "OPENSSL:<host>:<port>",
  summary: "Connects to a TLS server",
  params: { min: 2, max: 2 },
  options: { ...TLS_CLIENT_OPTIONS, ...ROUTE_OPTIONS, ...CONNECT_OPTIONS, ...TCP_OPTIONS },
  needs: (_, options) => tcpNeeds(ROUTE_NEEDS, options),
  check([host, port], options) {
    placeFrom(host!, port!);
    checkTls(options, "client");
  },
  prepare: (options, log) => prepareTlsRoute(options, log),
  warnings: (_, options) => tlsClientWarnings(options),
  open({ name, params: [host, port], options, context }) {
    const target = placeFrom(host!, port!);
    hopsTo(target, options.via, context);
    return once(() =>
      withinTimeout(
        context,
        options,
        (limited) => dialTlsRoute(target, options, dialOptions(name, options, limited), limited),
      )
    );
  },
});

/**
 * What the listening side of TLS does with an accepted connection, which it takes over: the dialogue before it, the
 * handshake, the judgement. `undefined`: the client took leave. All that it needs is loaded before the first peers come: a
 * crowd of them may leave no descriptor to load it by.
 */
export async function securing(
  server: TlsServer,
  options: TlsAddressOptions,
  context: OpenContext,
): Promise<(stream: Stream) => Promise<Stream | undefined>> {
  const { starttls } = options;
  if (starttls === undefined) return (stream) => server.over(stream, { signal: context.signal });
  const { GreetedStream, startTlsServer } = await import("../../dial/starttls/starttls.ts");
  const limit = {
    signal: context.signal,
    timeoutMs: HANDSHAKE_LIMIT_MS,
    late: "The client did not ask for TLS in time",
  };
  return async (stream) => {
    const said = await talkWithin(stream, limit, async () => {
      const said = await startTlsServer(stream, starttls);
      if (said === undefined) await stream.closeWrite();
      return said;
    });
    if (said === undefined) {
      await stream.close();
      return undefined;
    }
    const secure = new GreetedStream(await server.over(stream, { signal: context.signal }), starttls);
    Object.assign(secure.about, { dialogue: said });
    return secure;
  };
}

/** The runtime's own TLS listener, where it can serve these certificates. */
function listenNative(
  server: TlsServer,
  place: HostPort,
  options: { readonly reuseport: boolean; readonly backlog: number | undefined },
): Deno.Listener | undefined {
  try {
    return server.listen(place.host, place.port, { reusePort: options.reuseport, backlog: options.backlog });
  } catch (error) {
    throw listenError(formatHostPort(place), error);
  }
}

/** OPENSSL-LISTEN. */
export const TLS_LISTEN = defineAddress({
  names: ["OPENSSL-LISTEN", "SSL-LISTEN", "TLS-LISTEN", "OPENSSL-L", "SSL-L", "TLS-L"],
  syntax: "OPENSSL-LISTEN:<port>",
  summary: "Waits for TLS connections",
  params: { min: 1, max: 1 },
  options: { ...TLS_OPTIONS, ...SELF_SIGNED_OPTION, ...LISTEN_OPTIONS, ...TRUE_PEER_OPTION, ...TCP_OPTIONS },
  listens: true,
  needs: (_, options) => tcpNeeds(ROUTE_NEEDS, options),
  check([port], options) {
    portFrom(port!);
    prepareListener();
    checkOwnCertificate("TLS", options);
    const others = ["starttls", "proxy-protocol"] as const;
    checkTls(options, "server", [
      ...others.filter((name) => options[name] !== undefined).map((name) => `${name}=`),
      ...(socketSettings(options).length > 0 ? ["options of the socket"] : []),
    ]);
  },
  prepare: (options, log) => prepareTlsServer(options, log),
  warnings: (_, options) => tlsWarnings(options),
  async *open({ name, params: [port], options, context }): AsyncGenerator<Stream> {
    const place = listenPlace(
      portFrom(port!),
      options.bind,
      familyOf(name, options.pf, context.family),
      context.compat,
    );
    const { TlsServer } = await import("../../dial/tls/server.ts");
    const identity = await ownCertificate(options, context);
    const server = await TlsServer.load({ ...tlsOptions(withoutAsking(options), context), identity });
    const plain = !server.native || options.starttls !== undefined || options["proxy-protocol"] !== undefined ||
      socketSettings(options).length > 0;
    const native = plain ? undefined : listenNative(server, place, options);
    if (native !== undefined) {
      if (options.nodelay !== false) sendAtOnce((native.addr as Deno.NetAddr).port);
      const where = formatHostPort(hostPortOf(native.addr)!);
      const finish = (conn: Deno.Conn) => server.finish(conn as Deno.TlsConn, { signal: context.signal });
      yield* shaken(accepted(native, where, options, context), options.fork, context, {
        shake: finish,
        nameOf: (conn) => formatHostPort(hostPortOf(conn.remoteAddr)!),
        giveUp: (conn) => server.giveUp(conn as Deno.TlsConn),
      });
      return;
    }
    if (options.keylog !== undefined) {
      throw new UsageError(
        `Cannot log session keys (keylog=) with certificate "${options.cert}": the runtime's own TLS does not take it`,
      );
    }
    const secure = await securing(server, options, context);
    const connections = acceptedWithTruePeer(await listenTcpStreams(place, options), options, context);
    yield* shaken(connections, options.fork, context, streamHandshake(secure));
  },
});
