// What the parts of a plan share: the options of an address, the kinds of addresses. Pure.
import { type Hop, parseProxyUrl } from "../../dial/via_url.ts";

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
export class Options {
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

export const TLS = /^(?:OPENSSL|SSL|TLS|QUIC)/;
export const WEB_SOCKET = /^WSS?(?:-|$)/;

/** Host and port, brackets around IPv6. */
export const place = ({ host, port }: { host: string; port: string | number }) =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** A value of `via=`, parsed or not yet. */
export function hopFrom(value: unknown): Hop {
  return typeof value === "string" ? parseProxyUrl(value) : value as Hop;
}

/** What a proxy's certificate must be, in words. */
export function hopCertificate(hop: Hop): string {
  return /^(?:0|no|false|off)$/i.test(hop.options.verify ?? "")
    ? "any certificate is taken (verify=0)"
    : "whose certificate must be valid";
}
