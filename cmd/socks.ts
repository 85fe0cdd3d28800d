// `netlab socks`: flags to a proxy server, its log, its watchers.
import { setColorEnabled } from "@std/fmt/colors";
import { ConnectError, errorText, UsageError } from "../lib/base/errors.ts";
import { formatHostPort } from "../lib/base/host_port.ts";
import { parseIp, parsePrefix } from "../lib/base/ip.ts";
import { Log, LOG_LEVELS, type LogLevel } from "../lib/base/log.ts";
import { printable } from "../lib/base/text.ts";
import { SystemNetwork } from "../lib/dial/proxy_network.ts";
import { readProxyHeader } from "../lib/dial/proxy_protocol.ts";
import { TlsServer } from "../lib/dial/tls_server.ts";
import { Dump, type DumpMode } from "../lib/observe/dump.ts";
import { parseCommand } from "../lib/options/command.ts";
import type { Values } from "../lib/options/schema.ts";
import { Access, type Decision } from "../lib/socks/access.ts";
import type { ProxyNetwork } from "../lib/socks/network.ts";
import { recordFacts, recordText, withoutPassword } from "../lib/socks/record.ts";
import { admits, parseClients, type Rule } from "../lib/socks/rules.ts";
import { ProxyServer } from "../lib/socks/server.ts";
import type { ProxyConfig } from "../lib/socks/session.ts";
import { type User, UserChecker } from "../lib/socks/users.ts";
import { returnMemoryAfterPeaks } from "../lib/stream/memory.ts";
import { keepPermissions, onStatisticsSignal, onStopSignals } from "../lib/stream/process.ts";
import { Sink, stderrSink } from "../lib/stream/sink.ts";
import type { FlowObserver } from "../lib/stream/tap.ts";
import { SOCKS } from "./socks_flags.ts";
import {
  addUser,
  inheritedListeners,
  isOpen,
  type Listening,
  listenOn,
  plainUsers,
  readRules,
  readUsers,
  serveMetrics,
  usage,
  usersOfEnvironment,
} from "./socks_parts.ts";

type Flags = Values<typeof SOCKS.flags>;

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
      throw new UsageError('"--add-user" needs "--users FILE"', "see: netlab socks --help");
    }
    return await addUser(flags["add-user"], flags.users);
  }
  const output = new LogOutput(flags.lf === undefined ? stderrSink() : new Sink(openForAppending(flags.lf)));
  const log = openLog(flags, output);
  const plain = await readPlainUsers(flags, log);
  const settings = readSettings(flags, plain, log);
  const network = openNetwork(flags, await openTls(flags), log);
  checkChains(settings, network);
  const access = new Access(network, settings.access);
  if (flags.why !== undefined) return await tellWhy(flags, access, settings);

  const watchers = await openWatchers(flags);
  output.prompt = watchers !== undefined;
  const server = new ProxyServer({
    policy: policyOf(flags, settings.users !== undefined),
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
    return await serve(flags, server, settings, plain, log, output);
  } finally {
    watchers?.close();
  }
}

/** Listens, serves, and stops with grace. */
async function serve(
  flags: Flags,
  server: ProxyServer,
  settings: Settings,
  plain: ReadonlyMap<string, User>,
  log: Log,
  output: LogOutput,
): Promise<number> {
  const listeners = await openListeners(flags);
  try {
    refuseOpenProxy(flags, listeners, settings);
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  const metrics = flags.metrics === undefined ? undefined : serveMetrics(flags.metrics, server);
  const stopReturning = await returnMemoryAfterPeaks(() => server.active);
  keepPermissions(["net", "read", "write", "sys", "libc"]);
  for (const { where } of listeners) log.notice(`listening on ${where}`, { event: "listening", where });
  if (metrics !== undefined) {
    log.notice(`metrics on http://${metrics.where}/metrics`, { event: "metrics", where: metrics.where });
  }
  const stopped = Promise.withResolvers<void>();
  let status = 0, stopping = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (code: number) => {
    status = code;
    if (stopping) return stopped.resolve();
    stopping = true;
    for (const listener of listeners) listener.close();
    if (server.active === 0 || flags.grace === 0) return stopped.resolve();
    log.notice(
      `Stopping: ${server.active} connection${server.active === 1 ? "" : "s"} may finish within ` +
        `${flags.grace / 1000} s; a second signal ends at once`,
    );
    timer = setTimeout(() => stopped.resolve(), flags.grace);
    server.onIdle = () => stopped.resolve();
  };
  const undo = [
    onStopSignals(stop, () => reload(flags, plain, server, log)),
    onStatisticsSignal(() => {
      const { sent, received } = server.moving;
      log.tell(
        `STATISTICS: ${server.total} connections, ${server.active} open, ${server.metrics.sent + sent} octets sent, ` +
          `${server.metrics.received + received} received`,
      );
    }),
  ];
  try {
    await Promise.race([Promise.all(listeners.map((listener) => listener.serve(server, log))), stopped.promise]);
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

/** Users whose passwords stand in flags and in the environment; looked at once. */
async function readPlainUsers(flags: Flags, log: Log): Promise<ReadonlyMap<string, User>> {
  const fromFlags = flags.why === undefined ? flags.user : flags.user.filter((text) => text.includes(":"));
  if (fromFlags.length > 0) log.warning("The passwords of --user are visible in the process list: use --users FILE");
  return new Map([
    ...await plainUsers(usersOfEnvironment(), "NETLAB_SOCKS_USERS"),
    ...await plainUsers(fromFlags, "--user"),
  ]);
}

/** What files and flags say; read again on SIGHUP. */
interface Settings {
  readonly access: { rules: readonly Rule[]; via: readonly string[]; allowPrivate: boolean };
  readonly clients: ReturnType<typeof parseClients>;
  /** `undefined`: nobody has to log in. */
  readonly users: Map<string, User> | undefined;
}

function readSettings(flags: Flags, plain: ReadonlyMap<string, User>, log: Log): Settings {
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

/** SIGHUP: files are read again; what is wrong with them leaves everything as it was. */
function reload(flags: Flags, plain: ReadonlyMap<string, User>, server: ProxyServer, log: Log): void {
  try {
    const settings = readSettings(flags, plain, log);
    const { config } = server;
    checkChains(settings, config.network as SystemNetwork);
    config.access.current = settings.access;
    config.clients = settings.clients;
    config.users = settings.users === undefined ? undefined : new UserChecker(settings.users);
    log.notice(`Read again: ${settings.access.rules.length} rules, ${settings.users?.size ?? 0} users`, {
      event: "reload",
    });
  } catch (error) {
    log.error(`Nothing changed: ${errorText(error)}`);
  }
}

/** Every proxy's URL is looked at before the first connection needs it. */
function checkChains({ access: { via, rules } }: Settings, network: SystemNetwork): void {
  usage("--via", () => network.hops(via));
  for (const { upstream, where } of rules) if (upstream !== undefined) usage(where, () => network.hops(upstream));
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

async function openTls(flags: Flags): Promise<TlsServer | undefined> {
  if (flags.cert === undefined) {
    if (flags.key !== undefined) throw new UsageError('"--key" needs "--cert FILE"', "see: netlab socks --help");
    return undefined;
  }
  return await TlsServer.load({
    cert: flags.cert,
    ...(flags.key === undefined ? {} : { key: flags.key }),
    verify: false,
  });
}

function openNetwork(flags: Flags, tls: TlsServer | undefined, log: Log): SystemNetwork {
  const network: SystemNetwork & ProxyNetwork = new SystemNetwork((message) => log.warning(message));
  if (tls !== undefined) network.serveTls = (stream) => tls.over(stream);
  if (flags["proxy-protocol"]) network.proxyHeader = async (stream) => (await readProxyHeader(stream)).source;
  return network;
}

async function openListeners(flags: Flags): Promise<Listening[]> {
  const inherited = await inheritedListeners();
  const places = [...flags.listen];
  if (flags.port !== undefined || (places.length === 0 && inherited.length === 0)) {
    places.unshift({ host: "127.0.0.1", port: flags.port ?? 1080 });
  }
  const listeners = [...inherited];
  try {
    for (const place of places) listeners.push(listenOn(place));
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  // The other loopback too, where the host has it: "localhost" means either.
  if (flags.port !== undefined && flags.port !== 0) {
    try {
      listeners.splice(inherited.length + 1, 0, listenOn({ host: "::1", port: flags.port }));
    } catch {
      // No IPv6 here.
    }
  }
  return listeners;
}

function refuseOpenProxy(flags: Flags, listeners: readonly Listening[], settings: Settings): void {
  const open = listeners.find(isOpen);
  if (open === undefined || flags["open-proxy"] || settings.users !== undefined || settings.clients.length > 0) return;
  throw new UsageError(
    `Listening on ${open.where} without users or a list of clients makes an open proxy: ` +
      "everybody who reaches it can use it, and what they do bears your address",
    "add --users FILE or --clients PREFIX, or --open-proxy if that is what you want",
  );
}

/** -d0 to -d4 as `relay` counts them. */
function levelOf(flags: Flags): LogLevel {
  if (flags.d === undefined) return "notice";
  return flags.d === 0 ? "none" : LOG_LEVELS[Math.min(3 + flags.d, LOG_LEVELS.length - 1)]!;
}

/** Lines of the log, gathered for a moment: thousands of connections a second must not cost a write each. */
class LogOutput {
  readonly #sink: Sink;
  #lines = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Write each line at once: it stands among what is shown of the data. */
  prompt = false;

  line(line: string): void {
    this.#lines += line;
    if (this.prompt || this.#lines.length > 32_768) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), 20);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines !== "") this.#sink.line(this.#lines);
    this.#lines = "";
  }
}

function openLog(flags: Flags, output: LogOutput): Log {
  return new Log({
    level: levelOf(flags),
    format: flags.log,
    program: flags.lp,
    pid: Deno.pid,
    write: (line) => output.line(line),
  });
}

function openForAppending(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { append: true, create: true });
  } catch (error) {
    throw new Error(`Cannot write "${path}": ${errorText(error)}`, { cause: error });
  }
}

/** What watches each connection, and what ends that; `undefined` when no flag asks for it. */
async function openWatchers(flags: Flags): Promise<{ observe: ProxyConfig["observe"]; close(): void } | undefined> {
  const mode: DumpMode | undefined = flags.v && flags.x ? "both" : flags.x ? "hex" : flags.v ? "text" : undefined;
  const more = flags.explain !== undefined || flags.pcap !== undefined;
  if (mode === undefined && !more) return undefined;
  const colour = Deno.stderr.isTerminal() && !Deno.noColor;
  setColorEnabled(colour);
  const watch = !more ? undefined : await (await import("../lib/observe/watch.ts")).openWatch(flags, {
    terminal: stderrSink(),
    colour,
    open: (path) => new Sink(openForAppending(path)),
  });
  return {
    observe: ({ record, client, target, transport }) => {
      const asked = record.command === "udp" ? record.reached! : record.target!;
      const name = printable(formatHostPort(asked));
      const mark = `#${record.number} ${name}`;
      const observers: FlowObserver[] = mode === undefined
        ? []
        : [new Dump({ mode, sink: stderrSink(), mark, colour })];
      observers.push(
        ...watch?.observers({ number: record.number, mark, left: client, right: target, transport, target: name }) ??
          [],
      );
      return observers;
    },
    close: () => watch?.close(),
  };
}

/** `--why`: what would happen, without connecting. Status 0: allowed, 1: not. */
async function tellWhy(flags: Flags, access: Access, settings: Settings): Promise<number> {
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
