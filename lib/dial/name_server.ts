// A name asked for at one name server, instead of by the system's resolver.
import { ConnectError, errorText } from "../base/errors.ts";
import { formatHostPort, type HostPort } from "../base/host_port.ts";
import { parseIp } from "../base/ip.ts";
import { resolveHost } from "./tcp.ts";

/**
 * The addresses of a name in one family, or in both, IPv6 first, as `server` says (itself found by the system, IPv4 before IPv6).
 * A `ConnectError` when there are none, or nobody answers.
 */
export async function askNameServer(
  name: string,
  server: HostPort,
  family: 4 | 6 | undefined,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const literal = parseIp(server.host) !== undefined;
  const hosts = literal ? [server.host] : await resolveHost(server.host, 4).catch(() => resolveHost(server.host, 6));
  const nameServer = { ipAddr: hosts[0]!, port: server.port };
  const ask = async (type: "A" | "AAAA") => {
    try {
      return await Deno.resolveDns(name, type, { nameServer, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      if (signal?.aborted) {
        const words = `The name server ${formatHostPort(server)} did not answer in time`;
        throw new ConnectError(name, words, { reason: "timed-out", cause: error });
      }
      const words = `The name server ${formatHostPort(server)} does not say where "${name}" is: ${errorText(error)}`;
      throw new ConnectError(name, words, { reason: "name-not-found", cause: error });
    }
  };
  const types = family === 4 ? ["A"] as const : family === 6 ? ["AAAA"] as const : ["AAAA", "A"] as const;
  const found = (await Promise.all(types.map(ask))).flat();
  if (found.length > 0) return found;
  const words = `The name server ${formatHostPort(server)} knows no address of "${name}"`;
  throw new ConnectError(name, words, { reason: "name-not-found" });
}
