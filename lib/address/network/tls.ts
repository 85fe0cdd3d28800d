// TLS: connect and listen, also half way (`starttls`), over proxies, with certificates of both sides.
import { UsageError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { connectError } from "../../dial/errors.ts";
import { STARTTLS_PROTOCOLS } from "../../dial/starttls/talk.ts";
import type { DialOptions } from "../../dial/tcp.ts";
import type { TlsClient } from "../../dial/tls/client.ts";
import {
  checkKeylog,
  HANDSHAKE_LIMIT_MS,
  KEYLOG_BESIDE,
  parseAlpn,
  parsePin,
  TLS_VERSIONS,
  type TlsClientOptions,
  type TlsOptions,
  versionRange,
} from "../../dial/tls/options.ts";
import type { TlsServer } from "../../dial/tls/server.ts";
import { choice, FILE, list, one, TEXT, toggle, triState, type Values, type ValueType } from "../../options/schema.ts";
import { hostPortOf } from "../../stream/conn.ts";
import { prepareListener, sendAtOnce } from "../../stream/libc/listener.ts";
import type { Stream } from "../../stream/stream.ts";
import { CONNECT_OPTIONS, familyOf, LISTEN_OPTIONS } from "../common.ts";
import { accepted, checkPlace, hostFrom, listenError, listenPlace, portFrom } from "./listen.ts";
import { defineAddress, once, type OpenContext } from "../model.ts";
import { shaken, streamHandshake, talkWithin } from "../handshakes.ts";
import {
  acceptedWithTruePeer,
  dialRoute,
  hopsTo,
  prepareRoute,
  ROUTE_NEEDS,
  ROUTE_OPTIONS,
  TRUE_PEER_OPTION,
} from "../route.ts";
import { checkOwnCertificate, ownCertificate, SELF_SIGNED_OPTION, withoutAsking } from "./own_certificate.ts";
import { socketSettings } from "./socket_options.ts";
import { dialOptions, TCP_OPTIONS, tcpNeeds, withinTimeout } from "./tcp.ts";
import { listenTcpStreams } from "./tcp_listen.ts";
import { notObeyed, TLS_WITHOUT_EFFECT } from "./tls_without_effect.ts";

const group = "TLS";

const VERSION = choice(TLS_VERSIONS);

export const PIN: ValueType<string> = {
  placeholder: "sha256:HEX",
  parse(text) {
    parsePin(text);
    return text;
  },
};

/** Options of both sides of TLS. */
export const TLS_OPTIONS = {
  verify: triState({
    group,
    help: "Check the peer's certificate (default on; a listener asks clients for one). verify=0: take anybody",
    aliases: ["openssl-verify"],
  }),
  cafile: one(FILE, {
    group,
    help: "PEM file of the authorities to trust, or of the peer's own certificate",
    aliases: ["openssl-cafile"],
  }),
  capath: one(FILE, {
    group,
    help: "Directory of PEM files of authorities to trust",
    placeholder: "DIRECTORY",
    aliases: ["openssl-capath"],
  }),
  cert: one(FILE, {
    group,
    help: "Own certificate (PEM, with its chain; the key may stand in the same file)",
    aliases: ["certificate", "openssl-certificate"],
  }),
  key: one(FILE, { group, help: "Own private key (PEM)", aliases: ["openssl-key"] }),
  commonname: one(TEXT, {
    group,
    help: "Name that the peer's certificate must have (default the host); empty: any",
    placeholder: "NAME",
    aliases: ["cn", "openssl-commonname"],
  }),
  pin: list(PIN, {
    group,
    help: "Take the peer whose certificate or public key has this SHA-256, whoever signed it (again: one of them)",
  }),
  alpn: one(TEXT, { group, help: "Protocols to offer or take: h2,http/1.1", placeholder: "NAMES" }),
  "min-proto-version": one(VERSION, {
    group,
    help: "Oldest version",
    aliases: ["openssl-min-proto-version", "min-version"],
  }),
  "max-proto-version": one(VERSION, {
    group,
    help: "Newest version",
    aliases: ["openssl-max-proto-version", "max-version"],
  }),
  method: one(TEXT, {
    group,
    help: "Only this version: TLS1.2, TLS1.3",
    aliases: ["openssl-method"],
    placeholder: "VERSION",
  }),
  ...TLS_WITHOUT_EFFECT,
  keylog: one(FILE, {
    group,
    help: "Append the session keys for Wireshark to this file (what SSLKEYLOGFILE does elsewhere)",
  }),
  starttls: one(choice(STARTTLS_PROTOCOLS), { group, help: "Turn to TLS half way, as this protocol does" }),
};

/** Options of the client's side. */
export const TLS_CLIENT_OPTIONS = {
  ...TLS_OPTIONS,
  snihost: one(TEXT, {
    group,
    help: "Name to ask the server for (default commonname, else the host)",
    placeholder: "NAME",
    aliases: ["sni", "openssl-snihost"],
  }),
  "no-sni": toggle({ group, help: "Ask the server for no name", aliases: ["nosni", "openssl-no-sni"] }),
};

type Options = Values<typeof TLS_OPTIONS> & Partial<Values<typeof TLS_CLIENT_OPTIONS>>;

/** The one version that `method` names; `undefined`: any. */
function onlyVersion(method: string | undefined): TlsOptions["minVersion"] {
  if (method === undefined || /^SSL23$|^TLS$|^ANY$/i.test(method)) return undefined;
  const only = TLS_VERSIONS.find((version) => version.toLowerCase() === method.replace(/v/i, "").toLowerCase());
  if (only === undefined) throw new UsageError(`"${method}" is no TLS version`, "write method=TLS1.2 or method=TLS1.3");
  return only;
}

/** What `lib/dial` knows under other names, without the files. */
function plainWords(options: Options): TlsClientOptions {
  const only = onlyVersion(options.method);
  return {
    verify: options.verify,
    cert: options.cert,
    pins: options.pin,
    minVersion: only ?? options["min-proto-version"],
    maxVersion: only ?? options["max-proto-version"],
    noSni: options["no-sni"],
    keylog: options.keylog !== undefined,
  };
}

/** Refuses what cannot be before anything opens. `others`: options by name that only the second TLS stack can serve. */
export function checkTls(options: Options, side: "client" | "server", others: readonly string[] = []): void {
  const words = plainWords(options);
  versionRange(words);
  checkKeylog(words, side, others);
}

/** The options in the words of `lib/dial`. A `UsageError` for what cannot be. */
export function tlsOptions(options: Options, context: Pick<OpenContext, "log">): TlsClientOptions {
  for (const line of notObeyed(options)) context.log.warning(line);
  if (options.keylog !== undefined && Deno.env.get("SSLKEYLOGFILE") !== options.keylog) {
    context.log.warning(`keylog=${options.keylog} needs SSLKEYLOGFILE=${options.keylog} in the environment here`);
  }
  return {
    ...plainWords(options),
    cafile: options.cafile,
    capath: options.capath,
    key: options.key,
    commonname: options.commonname,
    ...(options.alpn === undefined ? {} : { alpn: parseAlpn(options.alpn) }),
    snihost: options.snihost,
    warn: (message) => context.log.warning(message),
  };
}

/** What of the options is weaker than it looks, or without effect. */
export function tlsWarnings(options: Options): string[] {
  return [
    ...(options.commonname === "" ? ["commonname= is empty: the peer's name is not checked"] : []),
    ...notObeyed(options),
  ];
}

/** The same of a client's. */
export function tlsClientWarnings(options: Options): string[] {
  const beside = options.keylog !== undefined && (options.cafile ?? options.capath) !== undefined;
  return [...tlsWarnings(options), ...(beside ? [KEYLOG_BESIDE] : [])];
}

const clients = new WeakMap<Options, Promise<TlsClient>>();

/** The TLS client of an address: its files are read once, however many connections it makes. */
function tlsClient(options: Options, context: Pick<OpenContext, "log">): Promise<TlsClient> {
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
export async function prepareTlsRoute(options: Options & Values<typeof ROUTE_OPTIONS>, log: Log): Promise<void> {
  if (options.starttls !== undefined) await import("../../dial/starttls/starttls.ts");
  await Promise.all([prepareRoute(options, log), tlsClient(options, { log })]);
}

/** What `AddressType.prepare` does for a listener: looks at its certificates. */
export async function prepareTlsServer(options: Options, log: Log): Promise<void> {
  const { loadAuthorities, loadIdentity } = await import("../../dial/tls/files.ts");
  const words = tlsOptions(options, { log });
  await Promise.all([loadIdentity(words), loadAuthorities(words)]);
}

/** Connects to `target` by all that the options say: proxies, PROXY header, the dialogue before TLS, TLS. */
export async function dialTlsRoute(
  target: HostPort,
  options: Options & Values<typeof ROUTE_OPTIONS>,
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
    { target: formatHostPort(target), signal: context.signal },
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
    checkPlace(host!, port!);
    checkTls(options, "client");
  },
  prepare: (options, log) => prepareTlsRoute(options, log),
  warnings: (_, options) => tlsClientWarnings(options),
  open({ name, params: [host, port], options, context, text }) {
    const target = { host: hostFrom(host!), port: portFrom(port!, text) };
    hopsTo(target, options.via, context);
    return once(() => {
      const limited = withinTimeout(context, options);
      return dialTlsRoute(target, options, dialOptions(name, options, limited), limited);
    });
  },
});

/**
 * What the listening side of TLS does with an accepted connection, which it takes over: the dialogue before it, the
 * handshake, the judgement. `undefined`: the client took leave. All that it needs is loaded before the first peers come: a
 * crowd of them may leave no descriptor to load it by.
 */
export async function securing(
  server: TlsServer,
  options: Options,
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
    const said = await talkWithin(stream, limit, () => startTlsServer(stream, starttls));
    if (said === undefined) {
      await stream.closeWrite();
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
  async *open({ name, params: [port], options, context, text }): AsyncGenerator<Stream> {
    const place = listenPlace(
      portFrom(port!, text),
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
