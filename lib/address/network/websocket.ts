// WebSocket: connect and listen, in clear and over TLS, through proxies.
import { FormatError } from "../../base/errors.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { printable } from "../../base/text.ts";
import { connectError } from "../../dial/errors.ts";
import { withinLimit } from "../../dial/limit.ts";
import { HANDSHAKE_LIMIT_MS } from "../../dial/tls/options.ts";
import { DURATION, list, one, TEXT, toggle, type Values, type ValueType } from "../../options/schema.ts";
import type { Stream } from "../../stream/stream.ts";
import { CONNECT_OPTIONS, familyOf, LISTEN_OPTIONS } from "../common.ts";
import { hostFrom, listenPlace, portFrom } from "./listen.ts";
import { defineAddress, once, type OpenArguments, type OpenContext } from "../model.ts";
import { shaken, streamHandshake } from "../opening/handshakes.ts";
import {
  acceptedWithTruePeer,
  dialRoute,
  prepareRoute,
  ROUTE_NEEDS,
  ROUTE_OPTIONS,
  TRUE_PEER_OPTION,
} from "./route.ts";
import { dialOptions, TCP_OPTIONS, tcpNeeds, withinTimeout } from "./tcp.ts";
import { listenTcpStreams } from "./tcp_listen.ts";
import { checkOwnCertificate, ownCertificate, SELF_SIGNED_OPTION } from "./own_certificate.ts";
import { dialTlsRoute, prepareTlsRoute, prepareTlsServer, securing } from "./tls.ts";
import {
  checkTls,
  TLS_CLIENT_OPTIONS,
  TLS_OPTIONS,
  tlsClientWarnings,
  tlsOptions,
  tlsWarnings,
} from "./tls_options.ts";

const group = "WebSocket";

const HEADER: ValueType<string> = {
  placeholder: "NAME: VALUE",
  parse(text) {
    if (/^[\w!#$%&'*+.^`|~-]+:[^\r\n\0]*$/.test(text)) return text;
    throw new FormatError(`"${text}" is not NAME: VALUE`);
  },
};

/** Options of both sides. */
const WEBSOCKET_OPTIONS = {
  path: one(TEXT, {
    group,
    help: "Path to ask for (default / or what stands in the address); a listener serves no other",
    placeholder: "PATH",
  }),
  header: list(HEADER, {
    group,
    help: "A header line of the handshake (again: one more)",
    aliases: ["headers"],
  }),
  subprotocol: list(TEXT, {
    group,
    help: "Subprotocol to offer or to speak (again: one more)",
    placeholder: "NAME",
    aliases: ["protocol"],
  }),
  text: toggle({ group, help: "Send text messages, in UTF-8" }),
  binary: toggle({ group, help: "Send binary messages (the default)" }),
  messages: toggle({
    group,
    help: "Each message is a datagram: boundaries are kept, up to 16 MiB",
    aliases: ["datagrams"],
  }),
  ping: one(DURATION, { group, help: "Send a ping so often", aliases: ["ping-interval"] }),
};

type Options = Values<typeof WEBSOCKET_OPTIONS>;

function common(options: Options, context: OpenContext) {
  return {
    text: options.text && !options.binary,
    messages: options.messages,
    pingMs: options.ping,
    protocols: options.subprotocol,
    headers: options.header,
    onRefusal(code: number, reason: string) {
      const why = reason === "" ? "" : `: "${printable(reason)}"`;
      context.log.warning(`The WebSocket peer ends with code ${code}${why}`);
    },
  };
}

/** Ports that need not be written. */
const WS_PORT = 80, WSS_PORT = 443;

/** What a client connects to, and asks for there. */
interface Place {
  readonly target: HostPort;
  /** The host as a browser writes it: without the scheme's own port. */
  readonly host: string;
  readonly path: string;
}

/** The place of `HOST:PORT`, `HOST:PORT/PATH`, `HOST:PORT:/PATH`, `//HOST[:PORT]/PATH`. */
function placeOf(params: readonly string[], options: Options, ownPort: number): Place {
  const words = params.join(":").replace(/^(?:wss?:)?\/\//i, "");
  const match = /^(\[[^\]]*\]|[^:/]*)(?::([^:/?]*))?:?([/?].*)?$/.exec(words);
  if (match === null || match[1] === "") throw new FormatError("write WS:HOST:PORT/PATH or WS://HOST:PORT/PATH");
  const port = match[2] === undefined || match[2] === "" ? ownPort : portFrom(match[2]);
  const target = { host: hostFrom(match[1]!), port }, text = formatHostPort(target);
  return {
    target,
    host: port === ownPort ? text.replace(/:\d+$/, "") : text,
    path: asRequested(match[3] ?? options.path ?? "/"),
  };
}

/** A path as it stands in a request: blanks and what is not ASCII by their percent signs, as browsers write it. */
function asRequested(path: string): string {
  return (path.startsWith("/") ? path : `/${path}`).replace(/[^\x21-\x7e]+/g, encodeURIComponent);
}

const shakeHands = ({ signal }: OpenContext, talk: (signal: AbortSignal | undefined) => Promise<Stream>) =>
  withinLimit({ signal, timeoutMs: HANDSHAKE_LIMIT_MS }, talk);

const handshakes = () => import("../../dial/websocket/handshake.ts");

async function upgrade(stream: Stream, { target, host, path }: Place, options: Options, context: OpenContext) {
  const { webSocketClient } = await handshakes();
  try {
    return await shakeHands(
      context,
      (signal) => webSocketClient(stream, { ...common(options, context), host, path, signal }),
    );
  } catch (error) {
    throw connectError(formatHostPort(target), error);
  }
}

const connectShape = {
  params: { min: 1, max: 3, rest: true },
  needs: (_: readonly string[], options: Readonly<Record<string, unknown>>) => tcpNeeds(ROUTE_NEEDS, options),
} as const;

/** WS. */
export const WS = defineAddress({
  names: ["WS", "WS-CONNECT", "WEBSOCKET"],
  syntax: "WS:<host>:<port>[/<path>]",
  summary: "Connects to a WebSocket (also written ws://host/path)",
  ...connectShape,
  options: { ...WEBSOCKET_OPTIONS, ...ROUTE_OPTIONS, ...CONNECT_OPTIONS, ...TCP_OPTIONS },
  check: (params, options) => void placeOf(params, options, WS_PORT),
  prepare: (options, log) => Promise.all([handshakes(), prepareRoute(options, log)]),
  open({ name, params, options, context }) {
    const place = placeOf(params, options, WS_PORT);
    return once(() =>
      withinTimeout(context, options, async (limited) => {
        const stream = await dialRoute(place.target, options, dialOptions(name, options, limited), limited);
        return await upgrade(stream, place, options, limited);
      })
    );
  },
});

/** WSS. */
export const WSS = defineAddress({
  names: ["WSS", "WSS-CONNECT"],
  syntax: "WSS:<host>:<port>[/<path>]",
  summary: "Connects to a WebSocket over TLS (also written wss://host/path)",
  ...connectShape,
  options: { ...WEBSOCKET_OPTIONS, ...TLS_CLIENT_OPTIONS, ...ROUTE_OPTIONS, ...CONNECT_OPTIONS, ...TCP_OPTIONS },
  check(params, options) {
    placeOf(params, options, WSS_PORT);
    checkTls(options, "client");
  },
  prepare: (options, log) => Promise.all([handshakes(), prepareTlsRoute(options, log)]),
  warnings: (_, options) => tlsClientWarnings(options),
  open({ name, params, options, context }) {
    const place = placeOf(params, options, WSS_PORT);
    return once(() =>
      withinTimeout(context, options, async (limited) => {
        const stream = await dialTlsRoute(place.target, options, dialOptions(name, options, limited), limited);
        return await upgrade(stream, place, options, limited);
      })
    );
  },
});

type ListenArguments = OpenArguments<
  Options & Values<typeof LISTEN_OPTIONS> & Values<typeof TCP_OPTIONS> & Values<typeof TRUE_PEER_OPTION>
>;

async function* served(
  { name, params, options, context }: ListenArguments,
  secure?: (stream: Stream) => Promise<Stream | undefined>,
): AsyncGenerator<Stream> {
  const { port, path } = listenWords(params, options);
  const place = listenPlace(port, options.bind, familyOf(name, options.pf, context.family), context.compat);
  // Before the first peers come: a crowd of them may leave no descriptor to load it by.
  const { webSocketServer } = await handshakes();
  const connections = acceptedWithTruePeer(await listenTcpStreams(place, options), options, context);
  const onUnspoken = (offered: readonly string[]) => {
    const words = printable(offered.join(", "));
    context.log.warning(`The client offers "${words}", of which subprotocol= names none: most clients leave then`);
  };
  const layer = async (stream: Stream) => {
    const inner = secure === undefined ? stream : await secure(stream);
    if (inner === undefined) return undefined;
    return await shakeHands(
      context,
      (signal) => webSocketServer(inner, { ...common(options, context), path, signal, onUnspoken }),
    );
  };
  yield* shaken(connections, options.fork, context, streamHandshake(layer));
}

/** `PORT`, `PORT/PATH`, `PORT:/PATH`. */
function listenWords(params: readonly string[], options: Options): { port: number; path: string | undefined } {
  const match = /^([^:/]+):?(\/.*)?$/.exec(params.join(":"));
  if (match === null) throw new FormatError("write WS-LISTEN:PORT or WS-LISTEN:PORT/PATH");
  const path = match[2] ?? options.path;
  return {
    port: portFrom(match[1]!),
    path: path === undefined ? undefined : asRequested(path),
  };
}

const listenShape = { ...connectShape, params: { min: 1, max: 2, rest: true }, listens: true } as const;

/** WS-LISTEN. */
export const WS_LISTEN = defineAddress({
  names: ["WS-LISTEN", "WS-L", "WEBSOCKET-LISTEN"],
  syntax: "WS-LISTEN:<port>[/<path>]",
  summary: "Waits for WebSocket connections",
  ...listenShape,
  options: { ...WEBSOCKET_OPTIONS, ...LISTEN_OPTIONS, ...TRUE_PEER_OPTION, ...TCP_OPTIONS },
  check: (params, options) => void listenWords(params, options),
  open: (args) => served(args),
});

/** WSS-LISTEN. */
export const WSS_LISTEN = defineAddress({
  names: ["WSS-LISTEN", "WSS-L"],
  syntax: "WSS-LISTEN:<port>[/<path>]",
  summary: "Waits for WebSocket connections over TLS",
  ...listenShape,
  options: {
    ...WEBSOCKET_OPTIONS,
    ...TLS_OPTIONS,
    ...SELF_SIGNED_OPTION,
    ...LISTEN_OPTIONS,
    ...TRUE_PEER_OPTION,
    ...TCP_OPTIONS,
  },
  check(params, options) {
    listenWords(params, options);
    checkOwnCertificate("TLS", options);
    checkTls({ ...options, verify: false }, "server", ["WSS-LISTEN"]);
  },
  prepare: (options, log) => prepareTlsServer(options, log),
  warnings: (_, options) => tlsWarnings(options),
  async *open(args) {
    const { options, context } = args;
    // Browsers have no client certificates as a rule: they are asked for one only when it is said so.
    const verify = options.verify ?? (options.cafile !== undefined || options.capath !== undefined);
    const { TlsServer } = await import("../../dial/tls/server.ts");
    const identity = await ownCertificate(options, context);
    const server = await TlsServer.load({ ...tlsOptions({ ...options, verify }, context), identity });
    yield* served(args, await securing(server, options, context));
  },
});
