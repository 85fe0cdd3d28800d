// TCP: connect and listen.
import { formatHostPort } from "../base/host_port.ts";
import type { DialOptions } from "../dial/tcp.ts";
import { toggle, triState, type Values } from "../options/schema.ts";
import { connStream, hostPortOf, listenTcp } from "../stream/conn.ts";
import type { Stream } from "../stream/stream.ts";
import { CONNECT_OPTIONS, familyOf, LISTEN_OPTIONS } from "./common.ts";
import { bindFrom, hostFrom, listenError, listenPlace, portFrom } from "./listen.ts";
import { defineAddress, once, type OpenContext } from "./model.ts";
import { acceptedWithTruePeer, dialRoute, ROUTE_NEEDS, ROUTE_OPTIONS, TRUE_PEER_OPTION } from "./route.ts";

const group = "TCP";

/** Options of a TCP socket. */
export const TCP_OPTIONS = {
  nodelay: triState({
    group,
    help: "Send small segments at once (default on; nodelay=0 waits)",
    aliases: ["tcp-nodelay"],
  }),
  keepalive: toggle({ group, help: "Probe a silent peer", aliases: ["so-keepalive"] }),
};

/** What `dialTcp` is told by the options of a connecting address. */
export function dialOptions(
  name: string,
  options: Values<typeof CONNECT_OPTIONS> & Partial<Values<typeof TCP_OPTIONS>>,
  context: OpenContext,
): DialOptions {
  const bound = bindFrom(options.bind, options.sourceport ?? 0);
  const local = bound ?? (options.sourceport === undefined ? undefined : { host: "", port: options.sourceport });
  return {
    family: familyOf(name, options.pf, context.family),
    timeoutMs: options["connect-timeout"],
    signal: context.signal,
    local,
    noDelay: options.nodelay,
    keepAlive: options.keepalive,
    lowPort: options.lowport,
  };
}

/** TCP-CONNECT. */
export const TCP_CONNECT = defineAddress({
  names: ["TCP", "TCP-CONNECT", "TCP4", "TCP6", "TCP4-CONNECT", "TCP6-CONNECT"],
  syntax: "TCP:<host>:<port>",
  summary: "Connects to a TCP port",
  params: { min: 2, max: 2 },
  options: { ...CONNECT_OPTIONS, ...TCP_OPTIONS, ...ROUTE_OPTIONS },
  needs: (_, options) => options.via.length > 0 ? ROUTE_NEEDS : ["net"],
  check: ([, port]) => void portFrom(port!, `tcp:${port}`),
  open({ name, params: [host, port], options, context, text }) {
    const target = { host: hostFrom(host!), port: portFrom(port!, text) };
    return once(() => dialRoute(target, options, dialOptions(name, options, context), context));
  },
});

/** TCP-LISTEN. */
export const TCP_LISTEN = defineAddress({
  names: ["TCP-LISTEN", "TCP-L", "TCP4-LISTEN", "TCP6-LISTEN", "TCP4-L", "TCP6-L"],
  syntax: "TCP-LISTEN:<port>",
  summary: "Waits for TCP connections",
  params: { min: 1, max: 1 },
  options: { ...LISTEN_OPTIONS, ...TCP_OPTIONS, ...TRUE_PEER_OPTION },
  listens: true,
  needs: ["net"],
  check: ([port]) => void portFrom(port!, `tcp-listen:${port}`),
  async *open({ name, params: [port], options, context, text }): AsyncGenerator<Stream> {
    const place = listenPlace(
      portFrom(port!, text),
      options.bind,
      familyOf(name, options.pf, context.family),
      context.compat,
    );
    let listener: Deno.TcpListener;
    try {
      listener = listenTcp(place, { reusePort: options.reuseport, backlog: options.backlog });
    } catch (error) {
      throw listenError(formatHostPort(place), error);
    }
    const adapt = (conn: Deno.Conn) => {
      try {
        if (options.keepalive) (conn as Deno.TcpConn).setKeepAlive(true);
      } catch {
        // Already gone: the first read will say so.
      }
      return connStream(conn, "tcp", options.nodelay !== false);
    };
    yield* acceptedWithTruePeer(listener, formatHostPort(hostPortOf(listener.addr)!), options, context, adapt);
  },
});
