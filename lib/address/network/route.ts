// How connecting addresses get to their target: through proxies (`via=`), announced by a PROXY header; and how listening
// ones learn from such a header who really connects. What is not needed by plain TCP is loaded when it is needed.
import { errorText, FormatError } from "../../base/errors.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import type { Log } from "../../base/log.ts";
import { type DialOptions, dialTcp } from "../../dial/tcp.ts";
import type { ViaOptions } from "../../dial/via.ts";
import { type Hop, hopsFromEnv, parseProxyUrl } from "../../dial/via_url.ts";
import { choice, list, one, type Values, type ValueType } from "../../options/schema.ts";
import { ConnStream, hostPortOf } from "../../stream/conn.ts";
import { type About, type Stream, WrappedStream } from "../../stream/stream.ts";
import { FORK_CONNECT_OPTIONS } from "../common.ts";
import { admission } from "./admission.ts";
import { type Acceptable, accepted, type AcceptOptions } from "./listen.ts";
import { nameOfStream, shaken, talkWithin } from "../opening/handshakes.ts";
import type { OpenContext, Permission } from "../model.ts";
import type { TcpListening } from "./tcp_listen.ts";

const group = "Connecting addresses";

/** A secret as written, or from where `env:NAME` or `file:PATH` says. A `FormatError` when there is nothing. */
export function secretText(text: string): string {
  const [, where, name] = /^(env|file):(?!\/\/)(.+)$/.exec(text) ?? [];
  if (where === "env") {
    const value = Deno.env.get(name!);
    if (value === undefined) throw new FormatError(`The environment has no "${name}"`);
    return value;
  }
  if (where === undefined) return text;
  try {
    return Deno.readTextFileSync(name!).replace(/[\r\n]+$/, "");
  } catch (error) {
    throw new FormatError(`Cannot read "${name}": ${errorText(error)}`, 0, { cause: error });
  }
}

/** A text that may stand elsewhere, so that it is on no command line. */
export const SECRET: ValueType<string> = { placeholder: "TEXT", parse: secretText };

/** A proxy's URL. */
const PROXY_URL: ValueType<Hop> = { placeholder: "URL", parse: (text) => parseProxyUrl(secretText(text)) };

/** `via`: of addresses that connect. */
export const VIA_OPTION = {
  via: list(PROXY_URL, {
    group,
    help:
      "Through this proxy (http, https, socks4, socks4a, socks5, socks5h; tls+ in front of any); several in the order of travel",
  }),
};

/** Options of addresses that connect over TCP. */
export const ROUTE_OPTIONS = {
  ...VIA_OPTION,
  "proxy-protocol": one(choice(["v1", "v2"]), {
    group,
    help: "Say first who the connection comes from, as the PROXY protocol does",
    aliases: ["send-proxy"],
  }),
  ...FORK_CONNECT_OPTIONS,
};

/** The option of listening addresses. */
export const TRUE_PEER_OPTION = {
  "proxy-protocol": one(choice(["v1", "v2", "any"]), {
    group: "Listening addresses",
    help: "Connections begin with a header of the PROXY protocol: its peer is the one in logs, range and dump",
    aliases: ["accept-proxy"],
  }),
};

/** Permissions for TLS and proxies: the files that they name, and the known authorities (`sys`). */
export const ROUTE_NEEDS: readonly Permission[] = ["net", "read", "env", "sys"];

const environmentHops = new Map<string, Hop[]>();

/** The proxies to go through: those of `via`, else with `--proxy-from-env` those of the environment. */
export function hopsTo(target: HostPort, via: readonly Hop[], context: OpenContext): readonly Hop[] {
  if (via.length > 0 || !context.proxyFromEnv) return via;
  const key = formatHostPort(target);
  let hops = environmentHops.get(key);
  if (hops === undefined) {
    try {
      hops = hopsFromEnv(Deno.env.toObject(), target);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new FormatError(`The proxy in the environment cannot be used: ${error.message}`, 0, { cause: error });
    }
    if (environmentHops.size < 1000) environmentHops.set(key, hops);
  }
  return hops;
}

/** What `dialVia` is told. */
export function viaOptions(dial: DialOptions, context: OpenContext): ViaOptions {
  return { ...dial, warn: (message) => context.log.warning(message) };
}

/** What `AddressType.prepare` does for the way to a target. */
export async function prepareRoute(
  options: Pick<Values<typeof ROUTE_OPTIONS>, "via" | "proxy-protocol">,
  log: Log,
): Promise<void> {
  if (options["proxy-protocol"] !== undefined) await import("../../dial/proxy_protocol.ts");
  if (options.via.length === 0) return;
  await (await import("../../dial/via.ts")).prepareHops(options.via, (message) => log.warning(message));
}

/** Connects to `target` over TCP, directly or through proxies, and sends the PROXY header. Throws a `ConnectError`. */
export async function dialRoute(
  target: HostPort,
  options: Pick<Values<typeof ROUTE_OPTIONS>, "via" | "proxy-protocol">,
  dial: DialOptions,
  context: OpenContext,
): Promise<Stream> {
  const hops = hopsTo(target, options.via, context);
  const stream = hops.length === 0
    ? await dialTcp(target, dial)
    : await (await import("../../dial/via.ts")).dialVia(target, hops, viaOptions(dial, context));
  const version = options["proxy-protocol"];
  if (version === undefined) return stream;
  const { other } = context;
  // Version 1 has no LOCAL: a connection of our own is said to be from here, as Postfix takes no "UNKNOWN". Through a proxy the
  // target would be told what it cannot know.
  const [source, destination] = version === "v1" && other?.remote === undefined && hops.length === 0
    ? [stream.about.local, stream.about.remote]
    : [other?.remote, other?.local];
  try {
    const { encodeProxyHeader } = await import("../../dial/proxy_protocol.ts");
    await stream.write(encodeProxyHeader({
      version: version === "v1" ? 1 : 2,
      transport: "stream",
      source,
      destination,
    }));
    return stream;
  } catch (error) {
    await stream.close(error);
    throw error;
  }
}

/** A header that does not come within this time will not come. */
const HEADER_LIMIT_MS = 10_000;

class RenamedStream extends WrappedStream {}

/** The same connection under another description; keeps plain sockets plain, so that TLS can take them. */
function renamed(stream: Stream, about: About): Stream {
  return stream instanceof ConnStream && !stream.hasReturned
    ? new ConnStream(stream.conn, about)
    : new RenamedStream(stream, about);
}

/** Reads the PROXY header of an accepted connection. The stream that is given owns `stream`. */
async function withTruePeer(
  stream: Stream,
  version: "v1" | "v2" | "any",
  readProxyHeader: typeof import("../../dial/proxy_protocol.ts").readProxyHeader,
  signal: AbortSignal,
): Promise<Stream> {
  const limit = { signal, timeoutMs: HEADER_LIMIT_MS, late: "No PROXY header came in time" };
  const { source, destination } = await talkWithin(
    stream,
    limit,
    () => readProxyHeader(stream, version === "any" ? undefined : version === "v1" ? 1 : 2),
  );
  if (source === undefined) return stream;
  const proxy = stream.about.remote;
  const facts = { ...stream.about.facts, ...(proxy === undefined ? {} : { proxy: formatHostPort(proxy) }) };
  return renamed(stream, { ...stream.about, remote: source, local: destination, facts });
}

/** Closes what may be closed already. */
function closeQuietly(conn: { close(): void }): void {
  try {
    conn.close();
  } catch {
    // It is.
  }
}

/** Accepted connections of a listener whose peers are those of their PROXY headers, where the option asks for it. */
export function acceptedWithTruePeer(
  listening: TcpListening,
  options: AcceptOptions & Values<typeof TRUE_PEER_OPTION>,
  context: OpenContext,
): AsyncGenerator<Stream> {
  const { listener, where, adapt } = listening;
  const version = options["proxy-protocol"];
  return version === undefined
    ? accepted(listener, where, options, context, adapt)
    : acceptedWithHeader(listening, version, options, context);
}

async function* acceptedWithHeader(
  { listener, where, adapt }: TcpListening,
  version: "v1" | "v2" | "any",
  options: AcceptOptions,
  context: OpenContext,
): AsyncGenerator<Stream> {
  // Before the first peers come: a crowd of them may leave no descriptor to load it by.
  const { readProxyHeader } = await import("../../dial/proxy_protocol.ts");
  // Whom to admit is decided when it is known who connects.
  const admits = await admission(options);
  const anybody: AcceptOptions = {
    fork: options.fork,
    "accept-timeout": options["accept-timeout"],
    range: [],
    deny: [],
    lowport: false,
  };
  const named = async (conn: Acceptable) => {
    const stream = await withTruePeer(adapt(conn), version, readProxyHeader, context.signal);
    const refusal = admits(stream.about.remote);
    if (refusal === undefined) return stream;
    context.log.warning(`Refusing connection from ${nameOfStream(stream)} ${refusal}`);
    await stream.close();
    return undefined;
  };
  const connections = accepted(listener, where, anybody, context);
  yield* shaken(connections, options.fork, context, {
    shake: named,
    nameOf: (conn) => formatHostPort(hostPortOf(conn.remoteAddr)!),
    giveUp: (conn) => closeQuietly(conn),
  });
}
