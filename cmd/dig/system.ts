// What the system says of name servers and addresses: resolv.conf, links by name, families that are configured.
import { errorCode } from "../../lib/base/errors.ts";
import { once } from "../../lib/base/late.ts";
import type { FindAddresses } from "../../lib/dns/dig/args.ts";
import { fatal } from "../../lib/dns/dig/defaults.ts";
import { parseResolvConf } from "../../lib/dns/dig/resolv_conf.ts";
import type { DigOutput, SystemDefaults } from "../../lib/dns/dig/settings.ts";
import { type DigWorld, readOctets } from "./world.ts";

const load = {
  tcp: once<typeof import("../../lib/dial/tcp.ts")>(() => import(import.meta.resolve("../../lib/dial/tcp.ts"))),
  windows: once<typeof import("./windows.ts")>(() => import(import.meta.resolve("./windows.ts"))),
};

/** An address whose link is told by number where it has a name: `fe80::1%eth0`; undefined where there is no such link. */
function linkNumbered(address: string): string | undefined {
  const [ip, name] = address.split("%", 2) as [string, string?];
  if (name === undefined || /^\d+$/.test(name)) return address;
  if (Deno.build.os !== "linux") {
    const link = Deno.networkInterfaces().find((link) => link.name === name);
    return link === undefined ? undefined : `${ip}%${"scopeid" in link && link.scopeid ? link.scopeid : name}`;
  }
  // "fe80…0001 02 40 20 80     eth0": an address, the number of its link, and its name.
  for (const line of (readOctets("/proc/net/if_inet6") ?? "").split("\n")) {
    const words = line.trim().split(/\s+/);
    if (words[5] === name) return `${ip}%${Number.parseInt(words[1]!, 16)}`;
  }
  return undefined;
}

/** What counts where the command line says nothing else. Ends the run where resolv.conf cannot be understood. */
export async function systemDefaults(world: DigWorld, output: DigOutput): Promise<SystemDefaults> {
  const path = "/etc/resolv.conf";
  const text = Deno.build.os === "windows" ? (await load.windows()).windowsResolvConf() : readOctets(path);
  const conf = parseResolvConf(text ?? "");
  const servers = conf?.servers.flatMap(({ address }) => linkNumbered(address) ?? []) ?? [];
  if (conf === undefined || servers.length < conf.servers.length) return fatal(output, `parse of ${path} failed`);
  const { search, ndots, timeout, attempts } = conf;
  return {
    servers: servers.map((address) => ({ address, given: address })),
    search,
    ndots,
    timeout: timeout || 5,
    tries: attempts || 3,
    idn: world.terminal && world.env("IDN_DISABLE") === undefined,
  };
}

/**
 * The one family that a machine with these addresses has, apart from its loopback; undefined when it has both or neither.
 * Servers of the other family could not be reached: their addresses are not even looked up, as by AI_ADDRCONFIG.
 */
export function onlyFamilyOf(interfaces: readonly { family: string; address: string }[]): 4 | 6 | undefined {
  const four = interfaces.some(({ family, address }) => family === "IPv4" && address !== "127.0.0.1");
  const six = interfaces.some(({ family, address }) => family === "IPv6" && address !== "::1");
  return four === six ? undefined : four ? 4 : 6;
}

let configured: { readonly only: 4 | 6 | undefined } | undefined;

/** The one family of this machine; looked up once. */
export function configuredFamily(): 4 | 6 | undefined {
  return (configured ??= { only: onlyFamilyOf(Deno.networkInterfaces()) }).only;
}

/** The addresses of a server that was named. */
export const findAddresses: FindAddresses = async (name, { ipv4, ipv6 }) => {
  if (/^fe[89ab].*%/i.test(name)) {
    const address = linkNumbered(name);
    return address === undefined ? "failure" : [address];
  }
  const { resolveHost } = await load.tcp();
  try {
    return await resolveHost(name, ipv4 && ipv6 ? configuredFamily() : ipv6 ? 6 : 4);
  } catch (error) {
    // Nobody could be asked, or who was asked would not say.
    return errorCode(error) === "EAI_AGAIN" ? "failure" : "not found";
  }
};
