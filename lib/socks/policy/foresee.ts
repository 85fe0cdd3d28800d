// What would happen to a request, without connecting: the checks of the server in the order in which it makes them. Pure.
import { ConnectError } from "../../base/errors.ts";
import { isUnspecified, parseIp } from "../../base/ip.ts";
import type { AccessRequest, Decision } from "./access.ts";
import { REPLY5 } from "../codec/codes.ts";
import type { ProxyNetwork } from "../network.ts";
import { Refusal, replyCode } from "../handshake/reply.ts";
import { admits, type RuleCommand } from "./rules.ts";
import type { ProxyConfig } from "../session.ts";

/** Why a command cannot go by a chain of proxies; `undefined` when it can. */
export function noWay(
  network: Pick<ProxyNetwork, "takesBind" | "takesDatagrams">,
  command: RuleCommand,
  chain: readonly string[],
): Refusal | undefined {
  if (chain.length === 0) return undefined;
  if (command === "udp" && !network.takesDatagrams(chain)) {
    return new Refusal(REPLY5.command, "the proxies in front cannot carry datagrams");
  }
  if (command === "bind" && !network.takesBind(chain)) {
    return new Refusal(REPLY5.command, "an HTTP proxy cannot wait for connections");
  }
  return undefined;
}

/** Whether a BIND names nobody ("any address"): then each who comes is judged. */
export function bindsForAnybody(host: string): boolean {
  const named = parseIp(host);
  return named !== undefined && isUnspecified(named);
}

/** What is foreseen. */
export interface Prospect {
  /** The reply of version 5; `undefined`: the login is refused. With `udp` what becomes of a datagram. */
  readonly reply: number | undefined;
  /** What stands against it, where that is not the decision; `undefined` when nothing does. */
  readonly why: string | undefined;
  /** What the rules say of the target, where it came to that. */
  readonly decision: Decision | undefined;
}

/** Foresees. `known`: a user of that name exists. */
export async function foresee(
  config: Pick<ProxyConfig, "policy" | "clients" | "access" | "network">,
  request: AccessRequest,
  known: boolean,
): Promise<Prospect> {
  const { policy, clients, access, network } = config;
  const { command, client, target, user } = request;
  const no = (reply: number | undefined, why: string | undefined, decision?: Decision): Prospect => {
    return { reply, why, decision };
  };
  const off = command !== "connect" && !policy[command];
  const switchedOff = () => no(REPLY5.command, `the command ${command} is switched off`);
  if (off && command === "forward") return switchedOff();
  if (policy.login && user === undefined) return no(undefined, "nobody gets past without a login");
  if (policy.login && !known) return no(undefined, `there is no user "${user}"`);
  if (off) return switchedOff();
  if (client !== undefined && !admits(clients, client)) {
    return no(REPLY5.denied, "the client is not on the list of clients");
  }
  const { via } = access.current;
  const anybody = command === "bind" && bindsForAnybody(target.host);
  const refusal = command === "udp" || anybody ? noWay(network, command, via) : undefined;
  if (refusal !== undefined) return no(refusal.code, refusal.message);
  if (anybody) return no(REPLY5.succeeded, undefined);
  try {
    const decision = await access.decide(request);
    if (!decision.allowed) return no(REPLY5.denied, undefined, decision);
    const refusal = noWay(network, command, decision.chain);
    return no(refusal?.code ?? REPLY5.succeeded, refusal?.message, decision);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return no(replyCode(error), error.message);
  }
}
