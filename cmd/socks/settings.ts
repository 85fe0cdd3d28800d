// What files and flags tell `netlab socks` of rules, clients, users and proxies in front; read again on SIGHUP.
import { counted } from "../../lib/base/text.ts";
import { errorText } from "../../lib/base/errors.ts";
import type { Log } from "../../lib/base/log.ts";
import type { SystemNetwork } from "../../lib/dial/proxy_network.ts";
import { parseClients, parseRulesFile, type Rule, type RulesFile } from "../../lib/socks/policy/rules.ts";
import type { ProxyNetwork } from "../../lib/socks/network.ts";
import type { ProxyServer } from "../../lib/socks/server.ts";
import { type User, UserChecker } from "../../lib/socks/policy/users.ts";
import type { Flags } from "./flags.ts";
import { readText, usage } from "./usage.ts";
import { readUsers } from "./users.ts";

/** What files and flags say; read again on SIGHUP. */
export interface Settings {
  readonly access: { rules: readonly Rule[]; via: readonly string[]; allowPrivate: boolean };
  readonly clients: ReturnType<typeof parseClients>;
  /** `undefined`: nobody has to log in. */
  readonly users: Map<string, User> | undefined;
}

/** Rules, users and limits from the flags and their files. A `UsageError` names the file and what is wrong in it. */
export function readSettings(flags: Flags, plain: ReadonlyMap<string, User>, log: Log): Settings {
  const file = readRules(flags.rules);
  const ordered = [...flags.allow, ...flags.deny, ...flags.route].sort((a, b) => a.order - b.order);
  const named = flags.users !== undefined || plain.size > 0;
  return {
    access: {
      rules: [...ordered.map(({ rule }) => rule), ...file.rules],
      via: flags.via,
      allowPrivate: flags["allow-private"],
    },
    clients: [...parseClients(flags.clients.flatMap((text) => text.split(/[\s,]+/))), ...file.clients],
    users: !named ? undefined : new Map([
      ...(flags.users === undefined ? [] : readUsers(flags.users, log)),
      ...plain,
    ]),
  };
}

/** A rules file; without one, no rules. */
function readRules(path: string | undefined): RulesFile {
  if (path === undefined) return { rules: [], clients: [] };
  return usage("rules", () => parseRulesFile(readText(path, "--rules"), path));
}

/** A server, and where what it is told to be comes from. */
export interface Reloaded {
  readonly flags: Flags;
  /** Users that no file holds. */
  readonly plain: ReadonlyMap<string, User>;
  readonly server: ProxyServer;
  readonly log: Log;
  /** The server's side of TLS, as the files have it now. */
  openTls(): Promise<ProxyNetwork["serveTls"]>;
}

/** SIGHUP: files are read again; what is wrong with them leaves everything as it was. */
export async function reload({ flags, plain, server, log, openTls }: Reloaded): Promise<void> {
  try {
    const settings = readSettings(flags, plain, log);
    const { config } = server;
    checkChains(settings, config.network as SystemNetwork);
    config.network.serveTls = await openTls();
    config.access.current = settings.access;
    config.clients = settings.clients;
    config.users = settings.users === undefined ? undefined : new UserChecker(settings.users);
    const { access: { rules }, users } = settings;
    log.notice(`Reloaded: ${counted(rules.length, "rule")}, ${counted(users?.size ?? 0, "user")}`, { event: "reload" });
  } catch (error) {
    log.error(`Not reloaded: ${errorText(error)}`);
  }
}

/** Every proxy's URL is looked at before the first connection needs it. */
export function checkChains({ access: { via, rules } }: Settings, network: SystemNetwork): void {
  usage("--via", () => network.hops(via));
  for (const { upstream, where } of rules) if (upstream !== undefined) usage(where, () => network.hops(upstream));
}
