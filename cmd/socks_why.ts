// `netlab socks --why`: what would happen to a request, without connecting.
import { ConnectError, errorText, UsageError } from "../lib/base/errors.ts";
import { formatHostPort } from "../lib/base/host_port.ts";
import { parseIp } from "../lib/base/ip.ts";
import { printable } from "../lib/base/text.ts";
import { Access, type Decision } from "../lib/socks/access.ts";
import { withoutPassword } from "../lib/socks/record.ts";
import { admits } from "../lib/socks/rules.ts";
import type { Flags } from "./socks_flags.ts";
import type { Settings } from "./socks_settings.ts";

/** `--why`: what would happen, without connecting. Status 0: allowed, 1: not. */
export async function tellWhy(flags: Flags, access: Access, settings: Settings): Promise<number> {
  const target = flags.why!;
  const clientText = flags.client ?? "127.0.0.1";
  const client = parseIp(clientText);
  if (client === undefined) {
    throw new UsageError(`Cannot parse flag "--client": "${clientText}" is not an address`, "for example: 192.0.2.1");
  }
  const name = flags.user.find((text) => !text.includes(":"));
  const user = name === undefined ? undefined : settings.users?.get(name);
  const lines = [`request: ${flags.command} ${formatHostPort(target)} from ${clientText}${name ? ` as ${name}` : ""}`];
  let decision: Decision | undefined;
  let failure: string | undefined;
  const admitted = admits(settings.clients, client);
  if (!admitted) lines.push(`client: ${clientText} is not on the list of clients`);
  try {
    decision = await access.decide({ command: flags.command, target, user: name, userRules: user?.rules, client });
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    failure = errorText(error);
  }
  if (failure !== undefined) lines.push(`addresses: none: ${failure}`);
  else if (decision!.judged.length === 0 && decision!.allowed) {
    lines.push("addresses: the last proxy resolves the name");
  }
  for (const { host, allowed, why } of decision?.judged ?? []) {
    lines.push(`address: ${host}: ${allowed ? "allowed" : "refused"}: ${why}`);
  }
  if (decision !== undefined) {
    lines.push(`rule: ${decision.why}`);
    if (decision.allowed) {
      const route = decision.chain.length === 0 ? "direct" : decision.chain.map(withoutPassword).join(" ");
      const by = decision.route === undefined ? "" : ` (${decision.route.where})`;
      lines.push(
        `route: ${route}${by}`,
        `connects to: ${decision.hosts.map((host) => formatHostPort({ host, port: target.port })).join(", ")}`,
      );
    }
  }
  const allowed = admitted && decision?.allowed === true;
  lines.push(
    `result: ${
      allowed
        ? "allowed"
        : admitted && failure !== undefined
        ? "host unreachable (4)"
        : "connection not allowed by ruleset (2)"
    }`,
  );
  console.log(lines.map((line) => printable(line)).join("\n"));
  return allowed ? 0 : 1;
}
