// TCP: connect and listen.
import { askNameServer } from "../../dial/name_server.ts";
import { withinLimit } from "../../dial/limit.ts";
import { type DialOptions, preferring } from "../../dial/tcp.ts";
import { FormatError } from "../../base/errors.ts";
import { type HostPort, parseHostPort } from "../../base/host_port.ts";
import { parseLooseIp } from "../../base/ip.ts";
import { one, toggle, triState, type Values, type ValueType } from "../../options/schema.ts";
import type { Stream } from "../../stream/stream.ts";
import { CONNECT_OPTIONS, familiesOf, familyOf, LISTEN_OPTIONS } from "../common.ts";
import { bindFrom, listenPlace, placeFrom, portFrom } from "./listen.ts";
import { defineAddress, once, type OpenContext, type Permission } from "../model.ts";
import {
  acceptedWithTruePeer,
  dialRoute,
  prepareRoute,
  ROUTE_NEEDS,
  ROUTE_OPTIONS,
  TRUE_PEER_OPTION,
} from "./route.ts";
import { socketSettings, TCP_SOCKET_OPTIONS } from "./socket_options.ts";
import { listenTcpStreams } from "./tcp_listen.ts";

const group = "TCP";

/** Options of a TCP socket. */
export const TCP_OPTIONS = {
  nodelay: triState({
    group,
    help: "Send small segments at once (default on; nodelay=0 waits)",
    aliases: ["tcp-nodelay"],
  }),
  keepalive: toggle({ group, help: "Probe a silent peer", aliases: ["so-keepalive"] }),
  ...TCP_SOCKET_OPTIONS,
};

/** The place of a name server, with the port where it is not 53. */
const NAME_SERVER: ValueType<HostPort> = {
  placeholder: "HOST[:PORT]",
  parse(text) {
    const server = parseHostPort(text, 53);
    if (server.host === "") throw new FormatError(`"${text}" is not the place of a name server`);
    return server;
  },
};
const NAME_SERVER_OPTION = {
  "res-nsaddr": one(NAME_SERVER, {
    group,
    help: "Ask this name server for the name, and not the system",
    aliases: ["nsaddr", "dns", "nameserver"],
  }),
};

/** Permissions of an address, with those for options that only the C library can set, or does better. */
export function tcpNeeds(
  needs: readonly Permission[],
  options: Readonly<Record<string, unknown>>,
): readonly Permission[] {
  if (socketSettings(options).length > 0) return [...needs, "ffi"];
  const { bind, sourceport, lowport } = options;
  return bind !== undefined || sourceport !== undefined || lowport === true ? [...needs, "libc"] : needs;
}

/** What `dialTcp` is told by the options of a connecting address. */
export function dialOptions(
  name: string,
  options: Values<typeof CONNECT_OPTIONS> & Partial<Values<typeof TCP_OPTIONS>>,
  context: OpenContext,
): DialOptions {
  const bound = bindFrom(options.bind, options.sourceport ?? 0);
  const local = bound ?? (options.sourceport === undefined ? undefined : { host: "", port: options.sourceport });
  return {
    ...familiesOf(name, options.pf, context.family),
    timeoutMs: options["connect-timeout"],
    signal: context.signal,
    local,
    noDelay: options.nodelay,
    keepAlive: options.keepalive,
    lowPort: options.lowport,
    reuseAddress: options.reuseaddr,
    settings: socketSettings(options),
  };
}

/** One opening, with all the layers on top of TCP, that has the `connect-timeout` as a whole. */
export function withinTimeout(
  context: OpenContext,
  options: { readonly "connect-timeout"?: number | undefined },
  opening: (limited: OpenContext) => Promise<Stream>,
): Promise<Stream> {
  const { signal } = context, timeoutMs = options["connect-timeout"];
  return withinLimit({ signal, timeoutMs }, (limited) => opening({ ...context, signal: limited ?? signal }));
}

/** TCP-CONNECT. */
export const TCP_CONNECT = defineAddress({
  names: ["TCP", "TCP-CONNECT", "TCP4", "TCP6", "TCP4-CONNECT", "TCP6-CONNECT"],
  syntax: "TCP:<host>:<port>",
  summary: "Connects to a TCP port",
  params: { min: 2, max: 2 },
  options: { ...ROUTE_OPTIONS, ...CONNECT_OPTIONS, ...TCP_OPTIONS, ...NAME_SERVER_OPTION },
  needs: (_, options) => tcpNeeds(options.via.length > 0 ? ROUTE_NEEDS : ["net"], options),
  check: ([host, port]) => placeFrom(host!, port!),
  prepare: (options, log) => prepareRoute(options, log),
  open({ name, params: [host, port], options, context }) {
    const target = placeFrom(host!, port!);
    const server = options["res-nsaddr"];
    if (server === undefined || parseLooseIp(target.host) !== undefined) {
      return once(() => dialRoute(target, options, dialOptions(name, options, context), context));
    }
    return once(() =>
      withinTimeout(context, options, async (limited) => {
        const dial = dialOptions(name, options, limited);
        let failure: unknown;
        const hosts = await askNameServer(target.host, server, dial.family, dial.signal);
        for (const host of preferring(hosts, dial.prefer)) {
          try {
            return await dialRoute({ ...target, host }, options, dial, context);
          } catch (error) {
            failure ??= error;
          }
        }
        throw failure;
      })
    );
  },
});

/** TCP-LISTEN. */
export const TCP_LISTEN = defineAddress({
  names: ["TCP-LISTEN", "TCP-L", "TCP4-LISTEN", "TCP6-LISTEN", "TCP4-L", "TCP6-L"],
  syntax: "TCP-LISTEN:<port>",
  summary: "Waits for TCP connections",
  params: { min: 1, max: 1 },
  options: { ...LISTEN_OPTIONS, ...TRUE_PEER_OPTION, ...TCP_OPTIONS },
  listens: true,
  needs: (_, options) => tcpNeeds(["net"], options),
  check: ([port]) => void portFrom(port!),
  async *open({ name, params: [port], options, context }): AsyncGenerator<Stream> {
    const place = listenPlace(
      portFrom(port!),
      options.bind,
      familyOf(name, options.pf, context.family),
      context.compat,
    );
    yield* acceptedWithTruePeer(await listenTcpStreams(place, options), options, context);
  },
});
