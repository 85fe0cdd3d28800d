// `netlab socks`: flags to a proxy server, its log, its watchers.
import { UsageError } from "../lib/base/errors.ts";
import { parsePrefix } from "../lib/base/ip.ts";
import { once } from "../lib/base/late.ts";
import type { Log } from "../lib/base/log.ts";
import { SystemNetwork } from "../lib/dial/proxy_network.ts";
import { readProxyHeader } from "../lib/dial/proxy_protocol.ts";
import { parseCommand } from "../lib/options/command.ts";
import { Access } from "../lib/socks/policy/access.ts";
import type { ProxyNetwork } from "../lib/socks/network.ts";
import { recordFacts, recordText } from "../lib/socks/watching/record.ts";
import { ProxyServer } from "../lib/socks/server.ts";
import type { ProxyConfig, ProxyLimits } from "../lib/socks/session.ts";
import { UserChecker } from "../lib/socks/policy/users.ts";
import { Sink, stderrSink } from "../lib/stream/sink.ts";
import { addUser } from "./socks/add_user.ts";
import { type Flags, SOCKS } from "./socks/flags.ts";
import { LogOutput, openLog, openWatchers } from "./socks/log.ts";
import { serve } from "./socks/serve.ts";
import { checkChains, readSettings } from "./socks/settings.ts";
import { readText } from "./socks/usage.ts";
import { readPlainUsers } from "./socks/users.ts";
import { tellWhy } from "./socks/why.ts";

const tlsServer = once<typeof import("../lib/dial/tls/server.ts")>(() =>
  import(import.meta.resolve("../lib/dial/tls/server.ts"))
);

/** Runs the command; the exit status. Throws what ends it before or instead of its work. */
export async function run(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv);
  if (flags["add-user"] !== undefined) return await addUser(flags["add-user"], flags.users!);
  const output = new LogOutput(flags.lf === undefined ? stderrSink() : Sink.appending(flags.lf));
  const log = openLog(flags, output);
  const plain = await readPlainUsers(flags, log);
  const settings = readSettings(flags, plain, log);
  const network = openNetwork(flags, await openTls(flags), log);
  checkChains(settings, network);
  const access = new Access(network, settings.access);
  const policy = policyOf(flags, settings.users !== undefined);
  if (flags.why !== undefined) {
    return await tellWhy(flags, { policy, clients: settings.clients, access, network }, settings.users);
  }

  const watchers = await openWatchers(flags);
  const server = new ProxyServer({
    policy,
    clients: settings.clients,
    users: settings.users === undefined ? undefined : new UserChecker(settings.users),
    access,
    limits: limitsOf(flags),
    ident: flags.ident,
    network,
    log: (record) => {
      if (!log.shows("notice")) return;
      if (flags.log === "json") log.notice("connection", { event: "connection", ...recordFacts(record) });
      else log.notice(recordText(record));
    },
    observe: watchers?.observe,
  });
  try {
    const watched = watchers !== undefined;
    return await serve({ flags, server, settings, plain, log, output, watched, openTls: () => openTls(flags) });
  } finally {
    watchers?.close();
  }
}

/** The flags, with what they need of each other. */
function readFlags(argv: readonly string[]): Flags {
  const { values, args } = parseCommand(SOCKS, argv);
  // `--clients PREFIX PREFIX`: what follows belongs to it.
  const clients = values.clients.length > 0 && args.every((arg) => parsePrefix(arg) !== undefined) ? args : [];
  if (args.length > clients.length) {
    throw new UsageError(
      `"${args[0]}" is not a flag`,
      "for example: netlab socks --port 1080; see: netlab socks --help",
    );
  }
  if (values["add-user"] !== undefined && values.users === undefined) {
    throw new UsageError('Flag "--add-user" needs "--users FILE"', "see: netlab socks --help");
  }
  if (values.key !== undefined && values.cert === undefined) {
    throw new UsageError('Flag "--key" needs "--cert FILE"', "see: netlab socks --help");
  }
  if (values.why === undefined && values.client !== undefined) {
    throw new UsageError('Flag "--client" belongs to "--why HOST:PORT"', "who may connect is said by --clients PREFIX");
  }
  if (values.why === undefined && values.command !== undefined) {
    throw new UsageError(
      'Flag "--command" belongs to "--why HOST:PORT"',
      "a command is switched off by --no-bind, --no-udp",
    );
  }
  const { socks4, socks4a, socks5, http, forward } = values;
  if ([socks4, socks4a, socks5, http, forward].every((spoken) => spoken === false)) {
    throw new UsageError("All protocols are switched off", "leave out one of --no-socks5, --no-http and their like");
  }
  return { ...values, clients: [...values.clients, ...clients] };
}

function limitsOf(flags: Flags): ProxyLimits {
  return {
    handshakeMs: flags["handshake-timeout"],
    connectMs: flags["connect-timeout"],
    idleMs: flags["idle-timeout"],
    bindMs: flags["bind-timeout"],
    connections: flags["max-connections"],
    perClient: flags["max-per-client"],
    rate: flags.rate,
    udpTargets: flags["max-udp-targets"],
  };
}

function policyOf(flags: Flags, login: boolean): ProxyConfig["policy"] {
  const { socks4, socks4a, socks5, http, forward, bind, udp } = flags;
  return {
    socks4: socks4 !== false,
    socks4a: socks4a !== false,
    socks5: socks5 !== false,
    http: http !== false,
    forward: forward !== false,
    bind: bind !== false,
    udp: udp !== false,
    tls: flags.cert !== undefined,
    login,
  };
}

/** The server's side of TLS with the certificate of the flags, as it is now. */
async function openTls(flags: Flags): Promise<ProxyNetwork["serveTls"]> {
  if (flags.cert === undefined) return undefined;
  if (flags.key === undefined && !readText(flags.cert, "--cert").includes("PRIVATE KEY-----")) {
    throw new UsageError(`The file "${flags.cert}" holds no private key`, "add --key FILE, or append the key to it");
  }
  const tls = await (await tlsServer()).TlsServer.load({
    cert: flags.cert,
    ...(flags.key === undefined ? {} : { key: flags.key }),
    verify: false,
  });
  return (stream) => tls.over(stream);
}

function openNetwork(flags: Flags, serveTls: ProxyNetwork["serveTls"], log: Log): SystemNetwork {
  const network: SystemNetwork & ProxyNetwork = new SystemNetwork((message) => log.warning(message));
  network.serveTls = serveTls;
  if (flags["proxy-protocol"]) network.proxyHeader = async (stream) => (await readProxyHeader(stream)).source;
  return network;
}
