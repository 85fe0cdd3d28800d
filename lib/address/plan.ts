// What an address will do, said layer by layer, and what deserves a warning: for `--plan`. Pure.
// A type's own `plan` or `warnings` come first; to say more about a kind of address, add to the functions below.
import { formatHostPort } from "../base/host_port.ts";
import { parseIp } from "../base/ip.ts";
import { type Hop, hopsFromEnv, parseProxyUrl } from "../dial/via_url.ts";
import type { Values } from "../options/schema.ts";
import type { COMMON_OPTIONS } from "./common.ts";
import { familyOf } from "./common.ts";
import { bindFrom, hostFrom, listenPlace } from "./listen.ts";
import type { AddressType } from "./model.ts";
import { holdsSecret } from "./secrets.ts";

/** An address whose words have been judged. */
export interface Judged {
  readonly text: string;
  readonly type: AddressType;
  /** The type's name as written, upper case. */
  readonly name: string;
  readonly params: readonly string[];
  readonly options: Values<typeof COMMON_OPTIONS> & Readonly<Record<string, unknown>>;
}

/** What of the command line changes how an address is opened. */
export interface PlanContext {
  readonly compat: boolean;
  readonly family: 4 | 6 | undefined;
  /** With `--proxy-from-env`: the environment. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** The addresses stand in a file, where others do not see them. */
  readonly inFile?: boolean;
}

/** `0.5 s`, `3 s`, `2 min`. */
export function seconds(ms: number): string {
  return ms >= 120_000 && ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}

/** Typed reading of options that not every type has. */
class Options {
  constructor(readonly values: Readonly<Record<string, unknown>>) {}
  text(...names: string[]): string | undefined {
    for (const name of names) {
      const value = this.values[name];
      if (typeof value === "string" || typeof value === "number") return String(value);
    }
    return undefined;
  }
  number(name: string): number | undefined {
    const value = this.values[name];
    return typeof value === "number" ? value : undefined;
  }
  on(...names: string[]): boolean {
    return names.some((name) => this.values[name] === true);
  }
  off(name: string): boolean {
    return this.values[name] === false;
  }
  list(name: string): unknown[] {
    const value = this.values[name];
    return Array.isArray(value) ? value : value === undefined || value === false ? [] : [value];
  }
}

const TLS = /^(?:OPENSSL|SSL|TLS|QUIC)/;
const WEB_SOCKET = /^WSS?(?:-|$)/;
const STREAM_PORT = /^(?:TCP|OPENSSL|SSL|TLS|WSS?|QUIC|VSOCK)/;

/** What the address will do, one layer a line, in the order in which it happens. */
export function planOf(address: Judged, context: PlanContext): string[] {
  const { type, params, options } = address;
  const own = type.plan?.(params, options as never);
  const o = new Options(options);
  return [...(own ?? layers(address, o, context)), ...aroundTheStream(o, type.listens === true)];
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

const place = ({ host, port }: { host: string; port: string | number }) =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

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
    o.text("interface", "so-bindtodevice") === undefined
      ? ""
      : `by the interface ${o.text("interface", "so-bindtodevice")}`,
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

function hopFrom(value: unknown): Hop {
  return typeof value === "string" ? parseProxyUrl(value) : value as Hop;
}

function hopCertificate(hop: Hop): string {
  return /^(?:0|no|false|off)$/i.test(hop.options.verify ?? "")
    ? "any certificate is taken (verify=0)"
    : "whose certificate must be valid";
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

const DATAGRAM_LISTENERS: readonly (readonly [RegExp, string, string])[] = [
  [/RECVFROM/, "Take one datagram, and give its answer", "Take each datagram by itself, with its answer (fork)"],
  [/RECV/, "Take the datagrams of everybody, answer nobody", "Take the datagrams of everybody, answer nobody"],
  [/./, "Talk with the first peer that sends a datagram", "Talk with every peer by itself (fork)"],
];

function listening(address: Judged, o: Options, context: PlanContext): string[] {
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

const ip = (name: string) => /^(?:TCP|UDP|OPENSSL|SSL|TLS|WSS?-|QUIC|BROKER|MERGE)/.test(name);

function listenAt({ name, params }: Judged, o: Options, context: PlanContext) {
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

const isEverywhere = (host: string) => host === "0.0.0.0" || host === "::" || host === "*";
const isLoopback = (host: string) => host.startsWith("127.") || host === "::1" || host === "localhost";

function versions(o: Options): string {
  const from = o.text("min-proto-version", "openssl-min-proto-version") ?? "TLS1.2";
  const to = o.text("max-proto-version", "openssl-max-proto-version");
  return to === undefined ? `${from} or newer` : from === to ? from : `${from} to ${to}`;
}

function tlsClient(o: Options, host: string): string {
  const name = o.text("commonname") ?? host;
  const pin = o.list("pin");
  const check = pin.length > 0
    ? "the certificate must be the one of the pin"
    : o.off("verify")
    ? "any certificate is taken (verify=0)"
    : `the certificate must be ${name === "" ? "valid" : `valid for ${name}`} by ${authorities(o)}`;
  const cert = o.text("cert", "certificate");
  const asked = o.on("no-sni", "nosni") ? "no name asked for" : undefined;
  const sni = o.text("snihost");
  return [
    `Start TLS as client (${versions(o)}): ${check}`,
    asked ?? (sni === undefined ? undefined : `asking for ${sni}`),
    o.text("alpn") === undefined && o.list("alpn").length === 0 ? undefined : `offering ${o.list("alpn").join(", ")}`,
    cert === undefined ? undefined : `showing the certificate of ${cert}`,
    o.text("keylog") === undefined ? undefined : `keys for Wireshark go to ${o.text("keylog")}`,
  ].filter(Boolean).join("; ");
}

const authorities = (o: Options) => o.text("cafile", "capath") ?? "the system's authorities";

function tlsServer(o: Options): string {
  const cert = o.text("cert", "certificate");
  const asks = o.off("verify")
    ? "clients need no certificate (verify=0)"
    : o.text("cafile", "capath") === undefined
    ? "clients need no certificate"
    : `clients need a certificate by ${authorities(o)}`;
  return `Start TLS as server (${versions(o)}) with ${
    cert === undefined ? "no certificate of its own" : `the certificate of ${cert}`
  }; ${asks}`;
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

/** What somebody who reads the plan should think about before the command runs. */
export function warningsOf(address: Judged, context: PlanContext): string[] {
  const { type, name, params, options, text } = address;
  const o = new Options(options);
  const list = [...(type.warnings?.(params, options as never) ?? [])];
  const listens = type.listens === true && !/^SOCKS/.test(name);
  const secured = TLS.test(name) || name.startsWith("WSS") || o.text("starttls") !== undefined;
  if (secured && !listens && o.off("verify") && o.list("pin").length === 0) {
    list.push(
      "verify=0: any certificate is taken, so whoever sits on the way can read and change everything; " +
        "use cafile=FILE or pin=sha256:FINGERPRINT",
    );
  }
  for (const hop of o.list("via").map(hopFrom)) {
    if (hop.tls && hopCertificate(hop).startsWith("any")) {
      list.push(`verify=0: any certificate of the proxy ${hop.label} is taken; name its authority with ?cafile=FILE`);
    }
  }
  if (listens && "fork" in type.options && !o.on("fork") && !/RECV$|^ACCEPT/.test(name)) {
    list.push(
      `without fork ${/RECVFROM/.test(name) ? "it takes one datagram" : "the listener serves one connection"} ` +
        "and the program ends; add ,fork to serve many",
    );
  }
  if (listens && ip(name) && isEverywhere(listenAt(address, o, context).host) && o.list("range").length === 0) {
    list.push(
      "it listens on all interfaces: everybody who reaches this machine can connect; " +
        "bind=127.0.0.1 or range=PREFIX keeps others out",
    );
  }
  if (holdsSecret(text) && !context.inFile) {
    list.push(
      "a password stands on the command line, where every user of this machine can read it: " +
        `keep it in a file (${referenceForm(text)}) or in the environment (${referenceForm(text, "env:NAME")})`,
    );
  }
  return list;
}

function referenceForm(text: string, reference = "file:PATH"): string {
  const option = /(?:^|,)\s*(via|proxyauth|proxy-authorization|sockspass)=/i.exec(text)?.[1]?.toLowerCase() ?? "via";
  return `${option}=${reference}`;
}
