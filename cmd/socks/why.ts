// `netlab socks --why`: what would happen to a request, without connecting.
import { UsageError } from "../../lib/base/errors.ts";
import { formatHostPort } from "../../lib/base/host_port.ts";
import { parseIp } from "../../lib/base/ip.ts";
import { printable } from "../../lib/base/text.ts";
import { REPLY5_NAMES } from "../../lib/socks/codec/codes.ts";
import { foresee } from "../../lib/socks/policy/foresee.ts";
import type { RuleCommand } from "../../lib/socks/policy/rules.ts";
import { withoutPassword } from "../../lib/socks/watching/record.ts";
import type { User } from "../../lib/socks/policy/users.ts";
import type { Flags } from "./flags.ts";

/** What is done with the addresses, by the command. */
const THEN: Readonly<Record<RuleCommand, string>> = {
  connect: "connects to",
  forward: "connects to",
  bind: "waits for a connection from",
  udp: "sends to",
};

/** `--why`: what would happen, without connecting. Status 0: allowed, 1: not. `users`: `undefined` where nobody logs in. */
export async function tellWhy(
  flags: Flags,
  config: Parameters<typeof foresee>[0],
  users: ReadonlyMap<string, User> | undefined,
): Promise<number> {
  const target = flags.why!;
  const { command = "connect" } = flags;
  const clientText = flags.client ?? "127.0.0.1";
  const client = parseIp(clientText);
  if (client === undefined) {
    throw new UsageError(`Cannot parse flag "--client": "${clientText}" is not an address`, "for example: 192.0.2.1");
  }
  const name = flags.user.find((text) => !text.includes(":"));
  const user = name === undefined ? undefined : users?.get(name);
  const { reply, why, decision } = await foresee(
    config,
    { command, target, user: name, userRules: user?.rules, client },
    user !== undefined,
  );
  const lines = [`request: ${command} ${formatHostPort(target)} from ${clientText}${name ? ` as ${name}` : ""}`];
  for (const { host, allowed, why } of decision?.judged ?? []) {
    lines.push(`address: ${host}: ${allowed ? "allowed" : "refused"}: ${why}`);
  }
  if (decision !== undefined) {
    if (decision.judged.length === 0 && decision.allowed) lines.push("addresses: the last proxy resolves the name");
    lines.push(`rule: ${decision.why}`);
    if (decision.allowed) {
      const route = decision.chain.length === 0 ? "direct" : decision.chain.map(withoutPassword).join(" ");
      const by = decision.route === undefined ? "" : ` (${decision.route.where})`;
      lines.push(`route: ${route}${by}`);
    }
  } else if (reply === 0) lines.push("address: whoever comes is judged by the address it comes from");
  if (why !== undefined) lines.push(`refused: ${why}`);
  if (reply === 0 && decision !== undefined) {
    // Of BIND only the peer's address counts (RFC 1928, 4).
    const port = command === "bind" ? 0 : target.port;
    const places = decision.hosts.map((host) => port === 0 ? host : formatHostPort({ host, port }));
    lines.push(`${THEN[command]}: ${places.join(", ")}`);
  }
  lines.push(
    `result: ${reply === 0 ? "allowed" : reply === undefined ? "login refused" : `${REPLY5_NAMES[reply]} (${reply})`}`,
  );
  console.log(lines.map((line) => printable(line)).join("\n"));
  return reply === 0 ? 0 : 1;
}
