// Which servers a lookup asks, and how it speaks to them. Pure.
import type { Lookup, Server, Settings } from "../dig/settings.ts";
import type { Surroundings, Target } from "./surroundings.ts";

/** The system's servers that may be asked; this machine when there are none. */
export function systemServers({ settings, system }: Surroundings): Server[] {
  const usable = system.servers.filter(({ address }) => address.includes(":") ? settings.ipv6 : settings.ipv4);
  if (usable.length > 0) return usable;
  const fallback: Server[] = [];
  if (settings.ipv6) fallback.push({ address: "::1", given: "::1" });
  if (settings.ipv4) fallback.push({ address: "127.0.0.1", given: "127.0.0.1" });
  return fallback;
}

/** How a server is spoken to: a URL decides for its server, the options for the others. */
export function targetOf(lookup: Lookup, server: Server, settings: Settings): Target {
  const own = lookup.tls || (lookup.tlsCaSet && !lookup.https)
    ? "tls"
    : lookup.https
    ? (lookup.httpPlain ? "http" : "https")
    : "tcp";
  const byUrl = server.transport;
  const transport = byUrl !== undefined && !(byUrl === "udp" && lookup.tcp) ? byUrl : lookup.tcp ? own : "udp";
  const port = server.port ?? settings.port ?? { udp: 53, tcp: 53, tls: 853, https: 443, http: 80 }[transport];
  return { server, port, transport, lookup, timeoutMs: settings.timeout * 1000 };
}
