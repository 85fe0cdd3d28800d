// `netlab socks`: flags to a proxy server, its log, its watchers.
import { errorText, UsageError } from "../lib/base/errors.ts";
import { parsePrefix } from "../lib/base/ip.ts";
import { once } from "../lib/base/late.ts";
import type { Log } from "../lib/base/log.ts";
import { SystemNetwork } from "../lib/dial/proxy_network.ts";
import { readProxyHeader } from "../lib/dial/proxy_protocol.ts";
import { parseCommand } from "../lib/options/command.ts";
import { Access } from "../lib/socks/policy/access.ts";
import type { ProxyNetwork } from "../lib/socks/network.ts";
import { recordFacts, recordText } from "../lib/socks/record.ts";
import { ProxyServer } from "../lib/socks/server.ts";
import type { ProxyConfig } from "../lib/socks/session.ts";
import { type User, UserChecker } from "../lib/socks/policy/users.ts";
import { memoryAfterPeaks } from "../lib/stream/memory.ts";
import { isSpecial, keepPermissions, onStatisticsSignal, onStopSignals } from "../lib/stream/process.ts";
import { Sink, stderrSink } from "../lib/stream/sink.ts";
import { type Flags, SOCKS } from "./socks/flags.ts";
import { openListeners, refuseOpenProxy } from "./socks/listen.ts";
import { LogOutput, openLog, openWatchers } from "./socks/log.ts";
import { serveMetrics } from "./socks/metrics.ts";
import { checkChains, readSettings, reload, type Settings } from "./socks/settings.ts";
import { readText } from "./socks/usage.ts";
import { addUser, readPlainUsers } from "./socks/users.ts";
import { tellWhy } from "./socks/why.ts";

const tlsServer = once<typeof import("../lib/dial/tls/server.ts")>(() =>
  import(import.meta.resolve("../lib/dial/tls/server.ts"))
);

/** Runs the command; the exit status. Throws what ends it before or instead of its work. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values, args } = parseCommand(SOCKS, argv);
  // `--clients PREFIX PREFIX`: what follows belongs to it.
  const clients = values.clients.length > 0 && args.every((arg) => parsePrefix(arg) !== undefined) ? args : [];
  const flags: Flags = { ...values, clients: [...values.clients, ...clients] };
  if (args.length > clients.length) {
    throw new UsageError(
      `"${args[0]}" is not a flag`,
      "for example: netlab socks --port 1080; see: netlab socks --help",
    );
  }
  if (flags["add-user"] !== undefined) {
    if (flags.users === undefined) {
      throw new UsageError('Flag "--add-user" needs "--users FILE"', "see: netlab socks --help");
    }
    return await addUser(flags["add-user"], flags.users);
  }
  const output = new LogOutput(flags.lf === undefined ? stderrSink() : Sink.appending(flags.lf));
  const log = openLog(flags, output);
  const plain = await readPlainUsers(flags, log);
  const settings = readSettings(flags, plain, log);
  const network = openNetwork(flags, await openTls(flags), log);
  checkChains(settings, network);
  const access = new Access(network, settings.access);
  const policy = policyOf(flags, settings.users !== undefined);
  if (flags.why === undefined && flags.client !== undefined) {
    throw new UsageError('Flag "--client" belongs to "--why HOST:PORT"', "who may connect is said by --clients PREFIX");
  }
  if (flags.why === undefined && flags.command !== undefined) {
    throw new UsageError(
      'Flag "--command" belongs to "--why HOST:PORT"',
      "a command is switched off by --no-bind, --no-udp",
    );
  }
  if (flags.why !== undefined) {
    return await tellWhy(flags, { policy, clients: settings.clients, access, network }, settings.users);
  }

  const watchers = await openWatchers(flags);
  const server = new ProxyServer({
    policy,
    clients: settings.clients,
    users: settings.users === undefined ? undefined : new UserChecker(settings.users),
    access,
    limits: {
      handshakeMs: flags["handshake-timeout"],
      connectMs: flags["connect-timeout"],
      idleMs: flags["idle-timeout"],
      bindMs: flags["bind-timeout"],
      connections: flags["max-connections"],
      perClient: flags["max-per-client"],
      rate: flags.rate,
      udpTargets: flags["max-udp-targets"],
    },
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
    return await serve(flags, server, settings, plain, log, output, watchers !== undefined);
  } finally {
    watchers?.close();
  }
}

/** Listens, serves, and stops with grace. `watched`: the log stands among what is shown of the data. */
async function serve(
  flags: Flags,
  server: ProxyServer,
  settings: Settings,
  plain: ReadonlyMap<string, User>,
  log: Log,
  output: LogOutput,
  watched: boolean,
): Promise<number> {
  const listeners = await openListeners(flags);
  try {
    refuseOpenProxy(flags, listeners, settings);
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  const metrics = flags.metrics === undefined ? undefined : serveMetrics(flags.metrics, server);
  const returnMemory = memoryAfterPeaks(() => server.active);
  // What is read again, opened again or begun anew while it runs.
  const later = [flags.lf, flags.rules, flags.users, flags.cert, flags.key, flags.pcap];
  const all = later.some((path) => path !== undefined && isSpecial(path));
  keepPermissions(["net", "read", "write", "sys", "libc", ...(all ? ["all"] : [])]);
  for (const { where } of listeners) log.notice(`listening on ${where}`, { event: "listening", where });
  if (metrics !== undefined) {
    log.notice(`metrics on http://${metrics.where}/metrics`, { event: "metrics", where: metrics.where });
  }
  output.prompt = watched;
  const stopped = Promise.withResolvers<void>();
  let status = 0, stopping = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (code: number) => {
    status = code;
    if (stopping) return stopped.resolve();
    stopping = true;
    for (const listener of listeners) listener.close();
    const resting = server.drain();
    if (server.active === 0 || flags.grace === 0) return stopped.resolve();
    const busy = server.active - resting;
    if (busy > 0) {
      log.notice(
        `Stopping: ${busy} connection${busy === 1 ? "" : "s"} may finish within ` +
          `${flags.grace / 1000} s; a second signal ends at once`,
      );
    }
    timer = setTimeout(() => stopped.resolve(), flags.grace);
    server.onIdle = () => stopped.resolve();
  };
  const undo = [
    onStopSignals(stop, () => {
      try {
        output.reopen();
      } catch (error) {
        log.error(errorText(error));
      }
      void reload(flags, plain, server, log, () => openTls(flags));
    }),
    onStatisticsSignal(() => {
      const { sent, received } = server.moving;
      log.tell(
        `STATISTICS: ${server.total} connections, ${server.active} open, ${server.metrics.sent + sent} octets sent, ` +
          `${server.metrics.received + received} received`,
      );
    }),
  ];
  let stopReturning = () => {};
  try {
    const serving = Promise.all(listeners.map((listener) => listener.serve(server, log)));
    // Not before: the runtime's first timer takes longer than all of this.
    stopReturning = returnMemory();
    await Promise.race([serving, stopped.promise]);
    await stopped.promise;
  } finally {
    clearTimeout(timer);
    stopReturning();
    undo.forEach((end) => end());
    for (const listener of listeners) listener.close();
    server.close();
    await server.idle();
    await metrics?.close();
    output.flush();
  }
  return status;
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
  if (flags.cert === undefined) {
    if (flags.key !== undefined) throw new UsageError('Flag "--key" needs "--cert FILE"', "see: netlab socks --help");
    return undefined;
  }
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
