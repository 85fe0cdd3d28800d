// `@server`: addresses, names, and URLs that say the transport too. Pure.
import type { OctetText, Server, Settings } from "./settings.ts";
import { strictIp } from "./values.ts";

/** The addresses of a server's name, or why there are none ("not found"). */
export type FindAddresses = (name: string, families: { ipv4: boolean; ipv6: boolean }) => Promise<string[] | string>;

/**
 * The addresses behind `@given`: of an address, a name, or a URL with transport, port and path; or why there are none, in
 * dig's words.
 */
export async function resolveServer(
  given: OctetText,
  settings: Settings,
  findAddresses: FindAddresses,
): Promise<Server[] | string> {
  const { netIpv4, netIpv6 } = settings;
  const url = /^(udp|tcp|tls|https|http):\/\/(\[[^\]]*\]|[^:/?#]*)(?::(\d{1,5}))?([/?][^#]*)?$/i.exec(given);
  const host = url === null ? given : url[2]!.replace(/^\[|\]$/g, "");
  const percent = host.indexOf("%");
  const ip = strictIp(percent === -1 ? host : host.slice(0, percent));
  let addresses: string[] | string;
  if (ip?.family === 4 && percent === -1) addresses = [netIpv4 ? host : `::ffff:${host}`];
  else if (ip?.family === 6) addresses = netIpv6 ? [host] : "address family not supported";
  else addresses = await findAddresses(host, { ipv4: netIpv4, ipv6: netIpv6 });
  if (typeof addresses === "string") return addresses;
  const base = { given: host };
  if (url === null) return addresses.map((address) => ({ ...base, address }));
  const transport = url[1]!.toLowerCase() as "udp" | "tcp" | "tls" | "https" | "http";
  const port = url[3] === undefined
    ? (settings.port ?? { udp: 53, tcp: 53, tls: 853, https: 443, http: 80 }[transport])
    : Number(url[3]);
  const path = transport.startsWith("http")
    ? { path: url[4] === undefined || url[4] === "/" ? "/dns-query" : url[4] }
    : {};
  return addresses.map((address) => ({ ...base, address, transport, port, ...path }));
}
