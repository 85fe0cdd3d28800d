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

/**
 * A proxy's URL: `[tls://|tls+]KIND://[USER[:PASSWORD]@]HOST[:PORT][/][?OPTION=VALUE&…]`. `https` is `tls+http`, `socks`
 * is `socks5h`. Without `KIND://` it is an HTTP proxy. User and password are percent-decoded. Else a `FormatError`.
 */
export function parseProxyUrl(text: string): Hop {
  let rest = text.trim();
  let tls = false;
  const prefix = /^(?:tls|ssl)(?:\+(?=[a-z0-9]+:\/\/)|:\/\/(?=[a-z0-9]+:\/\/))/i.exec(rest);
  if (prefix !== null) {
    tls = true;
    rest = rest.slice(prefix[0].length);
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(rest);
  let word = scheme?.[1]?.toLowerCase() ?? "http";
  if (scheme !== null) rest = rest.slice(scheme[0].length);
  if (word === "tls" || word === "ssl") {
    throw new FormatError(
      `"${text}" says TLS but not what the proxy speaks inside: write tls+http:// or tls+socks5://`,
    );
  }
  if (word === "https") [word, tls] = ["http", true];
  if (word === "socks") word = "socks5h";
  if (!Object.hasOwn(PROXY_KINDS, word)) {
    const words = [...Object.keys(PROXY_KINDS), "https"];
    const near = nearest(word, words);
    throw new FormatError(
      `"${word}://" is no kind of proxy: ${
        near === undefined ? `there are ${words.join(", ")}` : `did you mean "${near}://"?`
      }`,
    );
  }
  const kind = word as ProxyKind;
  const question = rest.indexOf("?");
  const query = question === -1 ? "" : rest.slice(question + 1);
  if (question !== -1) rest = rest.slice(0, question);
  let user: string | undefined, password: string | undefined;
  const at = rest.lastIndexOf("@");
  if (at !== -1) {
    const login = rest.slice(0, at);
    const colon = login.indexOf(":");
    user = decode(colon === -1 ? login : login.slice(0, colon), "user");
    password = colon === -1 ? undefined : decode(login.slice(colon + 1), "password");
    rest = rest.slice(at + 1);
  }
  rest = rest.replace(/\/+$/, "");
  if (rest.includes("/")) {
    const typo = scheme === null ? /^([a-z0-9+]+)\/\/(.+)/i.exec(rest) : null;
    throw new FormatError(
      typo === null
        ? `A proxy has no path: "${rest.slice(rest.indexOf("/"))}"`
        : `"${text}" lacks a colon: write ${typo[1]}://${typo[2]}`,
    );
  }
  const { port, tlsPort } = PROXY_KINDS[kind];
  const address = parseHostPort(rest, tls ? tlsPort : port);
  if (address.host === "" || /\s/.test(address.host)) throw new FormatError(`"${text}" names no host`);
  const options: Record<string, string> = {};
  for (const pair of query === "" ? [] : query.split("&")) {
    const equals = pair.indexOf("=");
    const name = (equals === -1 ? pair : pair.slice(0, equals)).toLowerCase();
    if (!Object.hasOwn(HOP_OPTIONS, name)) {
      const names = Object.keys(HOP_OPTIONS);
      const near = nearest(name, names);
      throw new FormatError(
        `"${name}" is no option of a proxy${
          near === undefined ? `: there are ${names.join(", ")}` : `: did you mean "${near}"?`
        }`,
      );
    }
    if (name === "http-version" ? kind !== "http" : !tls) {
      throw new FormatError(
        name === "http-version"
          ? `"${name}" is for HTTP proxies only`
          : `"${name}" is about TLS, which "${word}://" does not speak: write ${
            kind === "http" ? "https" : `tls+${kind}`
          }://`,
      );
    }
    const value = equals === -1 ? "1" : decode(pair.slice(equals + 1), "option");
    const judged = HOP_OPTIONS[name]!(value);
    if (judged !== true) throw new FormatError(`The option "${name}" of the proxy: "${value}" ${judged}`);
    options[name] = value;
  }
  return {
    kind,
    tls,
    address,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    options,
    label: `${tls ? (kind === "http" ? "https" : `tls+${kind}`) : kind}://${formatHostPort(address)}`,
  };
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

/**
 * The proxies that the environment names for `target`, as curl reads it: `scheme_proxy`, then `all_proxy`, small letters
 * before capitals, but never `HTTP_PROXY` in capitals (a request header could set it); `no_proxy` excepts. Of `scheme`
 * `http` and `https` have variables. None is an empty list.
 */
export function hopsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
  target: HostPort,
  scheme?: "http" | "https",
): Hop[] {
  const get = (name: string, capitals = true) =>
    env[name] || (capitals ? env[name.toUpperCase()] : undefined) || undefined;
  const except = get("no_proxy");
  if (except !== undefined && noProxyCovers(except, target)) return [];
  const text = (scheme === undefined ? undefined : get(`${scheme}_proxy`, scheme !== "http")) ?? get("all_proxy");
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
