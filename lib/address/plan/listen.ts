// What a plan says of addresses that wait for peers, and where they listen. Pure.
import type { Judged } from "../words/judge.ts";
import { familyOf } from "../common.ts";
import { bindFrom, listenPlace } from "../network/listen.ts";
import { tlsServer } from "./tls.ts";
import { Options, place, type PlanContext, seconds, TLS, WEB_SOCKET } from "./words.ts";

const DATAGRAM_LISTENERS: readonly (readonly [RegExp, string, string])[] = [
  [/RECVFROM/, "Take one datagram, and give its answer", "Take each datagram by itself, with its answer (fork)"],
  [/RECV/, "Take the datagrams of everybody, answer nobody", "Take the datagrams of everybody, answer nobody"],
  [/./, "Talk with the first peer that sends a datagram", "Talk with every peer by itself (fork)"],
];

/** Listening, admitting, layer by layer. */
export function listening(address: Judged, o: Options, context: PlanContext): string[] {
  const { name, params, type } = address;
  const fork = o.on("fork");
  const datagrams = /^UDP|RECV/.test(name);
  const lines = [
    ip(name)
      ? `Listen on ${datagrams ? "UDP" : name.startsWith("QUIC") ? "QUIC (UDP)" : "TCP"} ${
        listenWords(address, o, context)
      }`
      : `${type.summary}: ${params.join(":")}`,
  ];
  const from = o.list("range"), not = o.list("deny");
  if (from.length > 0) lines.push(`Admit peers of ${from.join(", ")} only`);
  if (not.length > 0) lines.push(`Turn away peers of ${not.join(", ")}`);
  if (o.on("lowport")) lines.push("Admit peers with a source port below 1024 only");
  const most = o.number("max-children");
  const kind = datagrams ? DATAGRAM_LISTENERS.find(([names]) => names.test(name)) : undefined;
  lines.push(
    (kind === undefined
      ? fork ? "Serve many connections, each by itself (fork)" : "Take one connection, then listen no more"
      : kind[fork ? 2 : 1]) + (fork && most !== undefined ? `, at most ${most} at once` : ""),
  );
  const wait = o.number("accept-timeout");
  if (wait !== undefined) lines.push(`Give up when nobody comes within ${seconds(wait)}`);
  const header = o.text("proxy-protocol");
  if (header !== undefined) {
    lines.push(`Read a PROXY protocol ${header} header: the true peer goes to log, dump and range`);
  }
  const dialogue = o.text("starttls");
  if (dialogue !== undefined) {
    lines.push(`Speak ${dialogue.toUpperCase()} as a server until the client asks to start TLS`);
  }
  if (TLS.test(name) || name.startsWith("WSS") || dialogue !== undefined) lines.push(tlsServer(o));
  if (WEB_SOCKET.test(name)) lines.push("Answer the WebSocket handshake of each client");
  return lines;
}

/** Where a listener of sockets with ports listens: `TCP 127.0.0.1:80`. `undefined` for others, and for a free port. */
export function placeOf(address: Judged, context: PlanContext): string | undefined {
  const { name, type, options } = address;
  const o = new Options(options);
  if (type.listens !== true || /^SOCKS/.test(name) || !ip(name) || o.on("reuseport", "so-reuseport")) return undefined;
  const { host, port } = listenAt(address, o, context);
  return port === 0 ? undefined : `${/^UDP|^QUIC/.test(name) ? "UDP" : "TCP"} ${place({ host, port })}`;
}

/** Whether a listener of this name has a port. */
export const ip = (name: string) => /^(?:TCP|UDP|OPENSSL|SSL|TLS|WSS?-|QUIC|BROKER|MERGE)/.test(name);

/** Where it listens. */
export function listenAt({ name, params }: Judged, o: Options, context: PlanContext) {
  const family = familyOf(name, o.text("pf"), context.family);
  const port = Number(params[0]);
  return listenPlace(Number.isInteger(port) ? port : 0, o.text("bind"), family, context.compat);
}

function listenWords(address: Judged, o: Options, context: PlanContext): string {
  const { host } = listenAt(address, o, context);
  const port = bindFrom(o.text("bind"))?.port || address.params[0]!;
  return `${place({ host, port })}${
    isEverywhere(host) ? " (all interfaces of this machine)" : isLoopback(host) ? " (this machine only)" : ""
  }${port === "0" ? ", a free port" : ""}`;
}

export const isEverywhere = (host: string) => host === "0.0.0.0" || host === "::" || host === "*";
const isLoopback = (host: string) => host.startsWith("127.") || host === "::1" || host === "localhost";
