// "host:port" text. Pure.
import { FormatError } from "./errors.ts";
import { parseIp } from "./ip.ts";

/** A host (a name, or an IP address without brackets) and a port from 0 to 65535. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A port from 0 to 65535 in decimal digits, or `undefined`. */
export function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65535 ? port : undefined;
}

/**
 * `host:port`, `[ip]:port`, `:port` (host is empty), or with `defaultPort` also a bare host or bare IPv6 address.
 * Anything else is a `FormatError`.
 */
export function parseHostPort(text: string, defaultPort?: number): HostPort {
  if (/^\w+:\/\//.test(text)) throw new FormatError(`"${text}" is a URL: write HOST:PORT`);
  const bracket = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  let host: string, portText: string | undefined;
  if (bracket !== null) {
    [host, portText] = bracket.slice(1) as [string, string | undefined];
    if (parseIp(host) === undefined) throw new FormatError(`"${host}" is not an IP address`);
  } else if (defaultPort !== undefined && parseIp(text)?.family === 6) {
    return { host: text, port: defaultPort };
  } else {
    if (text.startsWith("[")) throw new FormatError(`"${text}" lacks the bracket that ends its IP address`);
    const colon = text.lastIndexOf(":");
    host = colon === -1 ? text : text.slice(0, colon);
    portText = colon === -1 ? undefined : text.slice(colon + 1);
    if (host.includes(":")) {
      throw new FormatError(`"${text}" needs brackets around its IPv6 address: [${host}]:${portText}`);
    }
  }
  if (portText === undefined) {
    if (defaultPort === undefined) throw new FormatError(`"${text}" has no port: write HOST:PORT`);
    return { host, port: defaultPort };
  }
  const port = parsePort(portText);
  if (port === undefined) throw new FormatError(`"${portText}" is not a port number from 0 to 65535`);
  return { host, port };
}
