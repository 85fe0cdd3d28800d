// What an address will do, said layer by layer: for `--plan`. Pure.
// A type's own `plan` comes first; to say more about a kind of address, add to the functions below.
import type { Judged } from "../words/judge.ts";
import { formatHostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import { type Hop, hopsFromEnv } from "../../dial/via_url.ts";
import { hostFrom } from "../network/listen.ts";
import { listening } from "./listen.ts";
import { tlsClient } from "./tls.ts";
import { socketSettings } from "../network/socket_options.ts";
import { hopCertificate, hopFrom, Options, place, type PlanContext, seconds, TLS, WEB_SOCKET } from "./words.ts";

const STREAM_PORT = /^(?:TCP|OPENSSL|SSL|TLS|WSS?|QUIC|VSOCK)/;

/** What the address will do, one layer a line, in the order in which it happens. */
export function planOf(address: Judged, context: PlanContext): string[] {
  const { type, params, options } = address;
  const own = type.plan?.(params, options as never);
  const o = new Options(options);
  return [
    ...(own ?? layers(address, o, context)),
    ...socketAndProcess(o, !("su" in type.options)),
    ...aroundTheStream(o, type.listens === true),
  ];
}

/** What is set on the socket by its number, and what becomes of netlab itself. */
function socketAndProcess(o: Options, ours: boolean): string[] {
  const set = [...new Set(socketSettings(o.values).map(({ option }) => option))].filter((name) => name !== "netns");
  const lines = set.length === 0 ? [] : [`Set on the socket: ${set.join(", ")}`];
  const space = o.text("netns");
  if (space !== undefined) lines.push(`All this in the network namespace ${space}; names are resolved in netlab's own`);
  const [user, group, root] = [o.text("su"), o.text("setgid"), o.text("chroot")];
  if (!ours) return lines;
  if (o.on("setsid")) lines.push("Lead a session of its own");
  if (root !== undefined) lines.push(`Once it is open, have ${root} for root directory`);
  if (group !== undefined) lines.push(`Once it is open, have the group ${group}`);
  if (user !== undefined) lines.push(`Once it is open, become the user ${user}`);
  return lines;
}

function layers(address: Judged, o: Options, context: PlanContext): string[] {
  const { name } = address;
  if (address.type.listens && !/^SOCKS/.test(name)) return listening(address, o, context);
  if (/^(?:PROXY|SOCKS)/.test(name)) return throughProxy(address, o, context);
  if (/^UDP/.test(name)) return datagrams(address, o, context);
  if (STREAM_PORT.test(name)) return connecting(address, o, context);
  const path = address.params.join(":");
  return [`${address.type.summary}${path === "" ? "" : `: ${path}`}`];
}

function targetOf({ name, params }: Judged): { host: string; port: string } {
  const [host = "", port = ""] = params;
  if (!WEB_SOCKET.test(name)) return { host: hostFrom(host), port };
  const tls = name.startsWith("WSS");
  const authority = /^(\[[^\]]*\]|[^:/]*)(?::(\d+))?/.exec(params.join(":").replace(/^(?:wss?:)?\/\//i, ""));
  return { host: hostFrom(authority?.[1] ?? host), port: authority?.[2] ?? (tls ? "443" : "80") };
}

function connecting(address: Judged, o: Options, context: PlanContext): string[] {
  const { name } = address;
  const target = targetOf(address);
  const tls = TLS.test(name) || name.startsWith("WSS");
  const transport = name.startsWith("QUIC") ? "QUIC (UDP)" : name.startsWith("VSOCK") ? "VSOCK" : "TCP";
  const lines = reaching(o, target, context, transport);
  const header = o.text("proxy-protocol");
  if (header !== undefined) lines.push(`Send a PROXY protocol ${header} header that names the client`);
  const dialogue = o.text("starttls");
  if (dialogue !== undefined) {
    lines.push(`Speak ${dialogue.toUpperCase()} as a client until the server agrees to start TLS`);
  }
  if (tls || dialogue !== undefined) lines.push(tlsClient(o, target.host));
  if (WEB_SOCKET.test(name)) {
    const words = address.params.join(":").replace(/^(?:wss?:)?\/\//i, "");
    const path = words.includes("/") ? words.slice(words.indexOf("/")) : (address.params[2] ?? o.text("path") ?? "/");
    const protocol = o.text("subprotocol", "protocol");
    lines.push(
      `Open a WebSocket at ${path}${protocol === undefined ? "" : `, subprotocol ${protocol}`}: data goes as ${
        o.on("text") ? "text" : "binary"
      } messages`,
    );
  }
  return lines;
}

/** The hops to a target: those of the address, else those of the environment where it is asked. */
function hopsOf(o: Options, target: { host: string; port: string }, context: PlanContext): Hop[] {
  const via = o.list("via").map(hopFrom);
  if (via.length > 0 || context.environment === undefined) return via;
  return hopsFromEnv(context.environment, { host: target.host, port: Number(target.port) || 0 });
}

/** Connecting to `target` directly or hop by hop. */
function reaching(
  o: Options,
  target: { host: string; port: string },
  context: PlanContext,
  transport = "TCP",
): string[] {
  const datagrams = transport === "UDP" || transport.startsWith("QUIC");
  const hops = transport === "TCP" || datagrams ? hopsOf(o, target, context) : [];
  const first = hops[0];
  const source = [
    o.text("bind") === undefined ? "" : `from ${o.text("bind")}`,
    o.text("sourceport") === undefined ? "" : `from port ${o.text("sourceport")}`,
    o.number("connect-timeout") === undefined ? "" : `within ${seconds(o.number("connect-timeout")!)}`,
  ].filter(Boolean).join(", ");
  const how = source === "" ? "" : `, ${source}`;
  if (first === undefined) {
    const named = parseIp(target.host) === undefined && target.host !== "" ? " (name resolved here)" : "";
    return [`Connect over ${transport} to ${place(target)}${named}${how}`];
  }
  const lines = [`Connect over TCP to ${formatHostPort(first.address)}${how}`];
  hops.forEach((hop, i) => {
    if (hop.tls) lines.push(`Start TLS with ${hop.address.host}, ${hopCertificate(hop)}`);
    const next = hops[i + 1];
    lines.push(ask(hop, next === undefined ? place(target) : formatHostPort(next.address), datagrams));
  });
  return lines;
}

const KINDS: Record<Hop["kind"], readonly [kind: string, names: string]> = {
  http: ["HTTP proxy (CONNECT)", "names resolved by the proxy"],
  socks4: ["SOCKS4 proxy", "names resolved here"],
  socks4a: ["SOCKS4a proxy", "names resolved by the proxy"],
  socks5: ["SOCKS5 proxy", "names resolved here"],
  socks5h: ["SOCKS5 proxy", "names resolved by the proxy"],
};

function ask(hop: Hop, next: string, datagrams = false): string {
  const [kind, names] = KINDS[hop.kind];
  const login = hop.user === undefined ? "" : `, as user "${hop.user}"`;
  const isAddress = parseIp(next.replace(/:\d+$/, "").replace(/^\[|\]$/g, "")) !== undefined;
  const what = datagrams ? `UDP with ${next}` : next;
  return `Ask the ${kind} at ${formatHostPort(hop.address)} for ${what}${login}${isAddress ? "" : `; ${names}`}`;
}

function throughProxy({ name, params, options }: Judged, o: Options, context: PlanContext): string[] {
  const [server = "", host = "", port = ""] = params.length === 4 ? [params[0], params[2], params[3]] : params;
  const http = name.startsWith("PROXY");
  const bind = /-L/.test(name);
  const at = {
    host: hostFrom(server),
    port: (http ? o.text("proxyport") : params.length === 4 ? params[1] : o.text("socksport", "socks5port")) ??
      (http ? "8080" : "1080"),
  };
  const kind: Hop["kind"] = http
    ? "http"
    : name.startsWith("SOCKS5")
    ? "socks5h"
    : name.startsWith("SOCKS4A")
    ? "socks4a"
    : "socks4";
  const login = http ? o.text("proxyauth")?.split(":")[0] : o.text("socksuser");
  const own = options.resolve === true ? "; name resolved here" : `; ${KINDS[kind][1]}`;
  return [
    ...reaching(o, at, { ...context, environment: undefined }),
    `Ask the ${KINDS[kind][0]} there ${bind ? "to listen (BIND) for" : "for"} ${
      place({ host: hostFrom(host), port })
    }` +
    `${login === undefined ? "" : `, as user "${login}"`}${own}`,
    ...(bind ? ["Wait until the proxy says that somebody connected"] : []),
  ];
}

function datagrams(address: Judged, o: Options, context: PlanContext): string[] {
  const target = targetOf(address);
  if (o.list("via").length > 0) return reaching(o, target, context, "UDP");
  const only = /DATAGRAM|DGRAM/.test(address.name)
    ? "take those of everybody in range"
    : "take those of this peer only";
  return [`Send datagrams over UDP to ${place(target)}; ${only}`];
}

/** What the common options put on top. */
function aroundTheStream(o: Options, listens: boolean): string[] {
  const lines: string[] = [];
  if (o.on("crnl")) lines.push("Lines end in CR LF here, in LF on the other side");
  else if (o.on("cr")) lines.push("Lines end in CR here, in LF on the other side");
  if (o.number("readbytes") !== undefined) lines.push(`End after ${o.number("readbytes")} octets have been read`);
  if (o.number("escape") !== undefined) {
    lines.push(`End at the octet 0x${o.number("escape")!.toString(16).padStart(2, "0")}`);
  }
  if (o.on("ignoreeof")) lines.push("Read on after end-of-file");
  if (o.on("null-eof")) lines.push("Take an empty datagram for end-of-file");
  if (o.on("shut-none", "end-close")) lines.push("Send no end-of-file");
  if (o.on("shut-null")) lines.push("Send an empty datagram as end-of-file");
  if (o.on("shut-close")) lines.push("Close both halves as end-of-file");
  const every = seconds(o.number("interval") ?? 1000);
  if (!listens && o.on("fork")) {
    const most = o.number("max-children");
    lines.push(
      `Connect again every ${every}, each connection by itself (fork)${
        most === undefined ? "" : `, at most ${most} at once`
      }`,
    );
  }
  if (o.on("forever")) lines.push(`Where it cannot be opened: try again every ${every}, for ever`);
  else if ((o.number("retry") ?? 0) > 0) {
    lines.push(`Where it cannot be opened: try again ${o.number("retry")} times, every ${every}`);
  }
  return lines;
}
