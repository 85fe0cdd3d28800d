// Proxies by URL: `http://user:password@host:port`, `socks5h://host`, `tls+socks5://host`, and those of the environment. Pure.
// To add a kind of proxy: a line in PROXY_KINDS, a case in via.ts.
import { FormatError, UsageError } from "../base/errors.ts";
import { formatHostPort, type HostPort, parseHostPort } from "../base/host_port.ts";
import { parseIp, parsePrefix, prefixContains } from "../base/ip.ts";
import { nearest } from "../base/text.ts";
import { parsePin } from "./tls/options.ts";

/** What a hop speaks, and its port when none is given. */
const PROXY_KINDS = {
  http: { port: 8080, tlsPort: 443 },
  socks4: { port: 1080, tlsPort: 1080 },
  socks4a: { port: 1080, tlsPort: 1080 },
  socks5: { port: 1080, tlsPort: 1080 },
  socks5h: { port: 1080, tlsPort: 1080 },
} as const;
/** What a proxy speaks. */
export type ProxyKind = keyof typeof PROXY_KINDS;

/** A proxy on the way. */
export interface Hop {
  readonly kind: ProxyKind;
  /** TLS to the proxy first. */
  readonly tls: boolean;
  readonly address: HostPort;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** What follows `?` in the URL: `verify`, `cafile`, `commonname`, `cert`, `key`, `pin`, `http-version`. */
  readonly options: Readonly<Record<string, string>>;
  /** The URL without password, for logs and errors. */
  readonly label: string;
}

const isSwitch = (text: string) => /^(0|1|no|yes|false|true|off|on)$/i.test(text) || "is neither 0 nor 1";
const isAny = () => true as const;

/** What may follow `?`, each with what is wrong with a value (`true`: nothing). */
const HOP_OPTIONS: Readonly<Record<string, (text: string) => true | string>> = {
  verify: isSwitch,
  cafile: isAny,
  capath: isAny,
  commonname: isAny,
  cert: isAny,
  key: isAny,
  pin(text) {
    parsePin(text);
    return true;
  },
  snihost: isAny,
  "no-sni": isSwitch,
  "http-version": (text) => /^1\.[01]$/.test(text) || "is neither 1.0 nor 1.1",
};

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new FormatError(`The ${what} of the proxy holds a broken "%": write % itself as %25`);
  }
}

/** `word`, refused for what it is not: with the nearest right one, or all of them. */
function unknown(word: string, isNo: string, known: readonly string[], end = ""): FormatError {
  const near = nearest(word, known);
  return new FormatError(
    `"${word}${end}" is no ${isNo}: ${
      near === undefined ? `there are ${known.join(", ")}` : `did you mean "${near}${end}"?`
    }`,
  );
}

/**
 * A proxy's URL: `[tls://|tls+]KIND://[USER[:PASSWORD]@]HOST[:PORT][/][?OPTION=VALUE&…]`. `https` is `tls+http`, `socks`
 * is `socks5h`. Without `KIND://` it is an HTTP proxy. User and password are percent-decoded. Else a `FormatError`.
 */
export function parseProxyUrl(text: string): Hop {
  const { kind, tls, bare, rest } = parseScheme(text.trim(), text);
  const [, place, query] = /^([^?]*)(?:\?(.*))?$/s.exec(rest)!;
  const at = place!.lastIndexOf("@");
  const login = at === -1 ? {} : parseLogin(place!.slice(0, at));
  const { port, tlsPort } = PROXY_KINDS[kind];
  const address = parseAddress(place!.slice(at + 1), tls ? tlsPort : port, text, bare);
  const scheme = tls ? (kind === "http" ? "https" : `tls+${kind}`) : kind;
  return {
    kind,
    tls,
    address,
    ...login,
    options: parseOptions(query ?? "", kind, tls),
    label: `${scheme}://${formatHostPort(address)}`,
  };
}

/** What a URL begins with, and the rest. `bare`: without `KIND://`. */
function parseScheme(url: string, text: string): { kind: ProxyKind; tls: boolean; bare: boolean; rest: string } {
  const over = /^(?:tls|ssl)(?:\+(?=[a-z0-9]+:\/\/)|:\/\/(?=[a-z0-9]+:\/\/))/i.exec(url)?.[0] ?? "";
  const inside = url.slice(over.length);
  const [start = "", given] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(inside) ?? [];
  const rest = inside.slice(start.length), said = given?.toLowerCase();
  if (said === "tls" || said === "ssl") {
    throw new FormatError(
      `"${text}" says TLS but not what the proxy speaks inside: write tls+http:// or tls+socks5://`,
    );
  }
  const kind = said === undefined || said === "https" ? "http" : said === "socks" ? "socks5h" : said;
  if (!isKind(kind)) throw unknown(kind, "kind of proxy", [...Object.keys(PROXY_KINDS), "https"], "://");
  return { kind, tls: over !== "" || said === "https", bare: said === undefined, rest };
}

function isKind(word: string): word is ProxyKind {
  return Object.hasOwn(PROXY_KINDS, word);
}

function parseLogin(text: string): Pick<Hop, "user" | "password"> {
  const colon = text.indexOf(":");
  if (colon === -1) return { user: decode(text, "user") };
  return { user: decode(text.slice(0, colon), "user"), password: decode(text.slice(colon + 1), "password") };
}

/** `bare`: the URL `text` has no `KIND://`, which may be a typing mistake. */
function parseAddress(place: string, port: number, text: string, bare: boolean): HostPort {
  const trimmed = place.replace(/\/+$/, "");
  const typo = bare ? /^([a-z0-9+]+)\/\/(.+)/i.exec(trimmed) : null;
  if (typo !== null) throw new FormatError(`"${text}" lacks a colon: write ${typo[1]}://${typo[2]}`);
  const slash = trimmed.indexOf("/");
  if (slash !== -1) throw new FormatError(`A proxy has no path: "${trimmed.slice(slash)}"`);
  // In a URL the zone of an address follows "%25" (RFC 6874).
  const address = parseHostPort(trimmed.replace(/^(\[[^\]%]+)%25(?=[^\]])/, "$1%"), port);
  if (address.host === "" || /\s/.test(address.host)) throw new FormatError(`"${text}" names no host`);
  return address;
}

/** What follows `?`. */
function parseOptions(query: string, kind: ProxyKind, tls: boolean): Hop["options"] {
  const options: Record<string, string> = {};
  for (const pair of query === "" ? [] : query.split("&")) {
    const equals = pair.indexOf("=");
    const name = (equals === -1 ? pair : pair.slice(0, equals)).toLowerCase();
    const judge = Object.hasOwn(HOP_OPTIONS, name) ? HOP_OPTIONS[name] : undefined;
    if (judge === undefined) throw unknown(name, "option of a proxy", Object.keys(HOP_OPTIONS));
    if (name === "http-version") {
      if (kind !== "http") throw new FormatError(`"${name}" is for HTTP proxies only`);
    } else if (!tls) {
      const secure = kind === "http" ? "https" : `tls+${kind}`;
      throw new FormatError(
        `"${name}" is about TLS, which "${kind}://" does not speak: write ${secure}://`,
      );
    }
    const value = equals === -1 ? "1" : decode(pair.slice(equals + 1), "option");
    const judged = judge(value);
    if (judged !== true) throw new FormatError(`The option "${name}" of the proxy: "${value}" ${judged}`);
    options[name] = value;
  }
  return options;
}

/** Whether the list of `NO_PROXY` (names, `.suffixes`, addresses, prefixes, `*`; `:port` after any) covers a target. */
export function noProxyCovers(list: string, target: HostPort): boolean {
  const host = target.host.toLowerCase().replace(/\.$/, "");
  const ip = parseIp(host);
  for (const word of list.toLowerCase().split(/[\s,]+/)) {
    if (word === "") continue;
    if (word === "*") return true;
    const port = /^(?:\[[^\]]*\]|[^:]*):(\d+)$/.exec(word)?.[1];
    if (port !== undefined && Number(port) !== target.port) continue;
    const entry = (port === undefined ? word : word.slice(0, -port.length - 1)).replace(/^\[|\]$/g, "");
    if (ip !== undefined) {
      const prefix = parsePrefix(entry);
      if (prefix !== undefined && prefixContains(prefix, ip)) return true;
      continue;
    }
    const name = entry.replace(/^\*?\./, "");
    if (name !== "" && (host === name || host.endsWith(`.${name}`))) return true;
  }
  return false;
}

/** Ports whose targets have a proxy of their own in the environment. */
const SCHEME_OF_PORT: Readonly<Record<number, string>> = { 80: "http", 443: "https" };

/**
 * The proxies that the environment names for `target`, as curl reads it: of port 443 `https_proxy`, of port 80 `http_proxy`,
 * else `all_proxy`; small letters before capitals, but never `HTTP_PROXY` in capitals (a request header could set it);
 * `no_proxy` excepts. None is an empty list.
 */
export function hopsFromEnv(env: Readonly<Record<string, string | undefined>>, target: HostPort): Hop[] {
  const get = (name: string) => env[name] || (name === "http_proxy" ? undefined : env[name.toUpperCase()]) || undefined;
  const except = get("no_proxy");
  if (except !== undefined && noProxyCovers(except, target)) return [];
  const scheme = SCHEME_OF_PORT[target.port];
  const text = (scheme === undefined ? undefined : get(`${scheme}_proxy`)) ?? get("all_proxy");
  return text === undefined ? [] : [parseProxyUrl(text)];
}

/** Whether a hop takes datagrams (UDP ASSOCIATE). */
export function takesDatagrams({ kind }: Hop): boolean {
  return kind === "socks5" || kind === "socks5h";
}

/**
 * Whether datagrams can pass `hops`: through each SOCKS5 one, to the next; the last must be one. The others carry
 * connections only, and datagrams go past them. A `UsageError` for a chain that they cannot pass.
 */
export function checkUdpHops(hops: readonly Hop[]): void {
  const last = hops.at(-1);
  if (last !== undefined && takesDatagrams(last)) return;
  throw new UsageError("Datagrams pass through SOCKS5 proxies only", "the last via= must be socks5h://HOST:PORT");
}
