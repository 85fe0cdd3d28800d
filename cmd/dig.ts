// `netlab dig`: dig's words and text, and what dig does not have. Reads the command line and its files, opens what is needed,
// gives up all permissions that are not needed, runs the lookups.
import { once } from "../lib/base/late.ts";
import { Network } from "./dig/network.ts";
import type { UdpPool } from "./dig/pool.ts";
import { PortTable, type RefusalCheck } from "./dig/udp.ts";
import {
  BufferedOutput,
  type DigWorld,
  linkNumbered,
  localZone,
  openBatch,
  PROCESS,
  processOctets,
  readOctets,
} from "./dig/world.ts";
import { utf8 } from "../lib/base/bytes.ts";
import { errorCode } from "../lib/base/errors.ts";
import type { LocalTime } from "../lib/base/time_rule.ts";
import { DigArgs, type FindAddresses, type FirstLook, lookOver } from "../lib/dns/dig/args.ts";
import type { BatchLines } from "../lib/dns/dig/batch.ts";
import { outcomeStatus, type RunResult, textPresenter } from "../lib/dns/dig/presenter.ts";
import { parseResolvConf } from "../lib/dns/dig/resolv_conf.ts";
import { DigExit, fatal } from "../lib/dns/dig/defaults.ts";
import type { DigOutput, Lookup, OctetText, Settings, SystemDefaults } from "../lib/dns/dig/settings.ts";
import type { KeptChannels } from "../lib/dns/exchange/kept.ts";
import { LookupRun } from "../lib/dns/exchange/lookup.ts";
import type { Outcome, Presenter, Surroundings } from "../lib/dns/exchange/surroundings.ts";
import type { MessageSigner } from "../lib/dns/signer.ts";

/** What a plain lookup does not need is loaded when it is asked for. */
const load = {
  batch: once<typeof import("../lib/dns/dig/batch.ts")>(() => import(import.meta.resolve("../lib/dns/dig/batch.ts"))),
  beyond: once<typeof import("./dig/beyond.ts")>(() => import(import.meta.resolve("./dig/beyond.ts"))),
  help: once<typeof import("../lib/dns/dig/help.ts")>(() => import(import.meta.resolve("../lib/dns/dig/help.ts"))),
  idn: once<typeof import("./dig/idn.ts")>(() => import(import.meta.resolve("./dig/idn.ts"))),
  key: once<typeof import("./dig/key.ts")>(() => import(import.meta.resolve("./dig/key.ts"))),
  pool: once<typeof import("./dig/pool.ts")>(() => import(import.meta.resolve("./dig/pool.ts"))),
  refusal: once<typeof import("./dig/refusal.ts")>(() => import(import.meta.resolve("./dig/refusal.ts"))),
  tcp: once<typeof import("../lib/dial/tcp.ts")>(() => import(import.meta.resolve("../lib/dial/tcp.ts"))),
  timeRule: once<typeof import("../lib/base/time_rule.ts")>(() =>
    import(import.meta.resolve("../lib/base/time_rule.ts"))
  ),
  timeZone: once<typeof import("../lib/base/time_zone.ts")>(() =>
    import(import.meta.resolve("../lib/base/time_zone.ts"))
  ),
  via: once<typeof import("./dig/via.ts")>(() => import(import.meta.resolve("./dig/via.ts"))),
  windows: once<typeof import("./dig/windows.ts")>(() => import(import.meta.resolve("./dig/windows.ts"))),
};

const UTC: LocalTime = { offset: 0, abbreviation: "UTC" };

const WINDOWS = Deno.build.os === "windows";

async function systemDefaults(world: DigWorld, output: DigOutput): Promise<SystemDefaults> {
  const path = "/etc/resolv.conf";
  const text = WINDOWS ? (await load.windows()).windowsResolvConf() : readOctets(path);
  const conf = parseResolvConf(text ?? "");
  const servers = conf?.servers.flatMap(({ address }) => linkNumbered(address) ?? []);
  if (conf === undefined || servers!.length < conf.servers.length) fatal(output, `parse of ${path} failed`);
  const { search, ndots, timeout, attempts } = conf!;
  return {
    servers: servers!.map((address) => ({ address, given: address })),
    search,
    ndots,
    timeout: timeout || 5,
    tries: attempts || 3,
    idn: world.terminal && world.env("IDN_DISABLE") === undefined,
  };
}

/** Local time by the runtime's own tables. */
function runtimeLocalTime(seconds: number): LocalTime {
  const date = new Date(seconds * 1000);
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(date);
  return {
    offset: -60 * date.getTimezoneOffset(),
    abbreviation: parts.find(({ type }) => type === "timeZoneName")?.value ?? "UTC",
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

/** The one family of this machine. */
function configuredFamily(): 4 | 6 | undefined {
  return (configured ??= { only: onlyFamilyOf(Deno.networkInterfaces()) }).only;
}

const findAddresses: FindAddresses = async (name, { ipv4, ipv6 }) => {
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

/** Whether lookups need TLS, HTTP or proxies, and with them more permissions. */
function isPlain(lookups: readonly Lookup[], settings: Settings): boolean {
  return settings.via.length === 0 && settings.batch === undefined && settings.keyFile === "" &&
    lookups.every((lookup) =>
      !lookup.tls && !lookup.https && !lookup.tlsCaSet &&
      lookup.servers.every(({ transport }) => transport === undefined)
    );
}

function revoke(names: readonly Deno.PermissionName[]): void {
  for (const name of names) Deno.permissions.revokeSync({ name });
}

/** Asks the system why datagrams are not delivered: only for servers on other machines, see `dig/refusal.ts`. */
async function refusalChecks(
  lookups: readonly Lookup[],
  system: SystemDefaults,
): Promise<((localPort: number) => RefusalCheck | undefined) | undefined> {
  const remote = (servers: readonly { address: string }[]) =>
    servers.some(({ address }) => !/^127\.|^::1$/.test(address));
  const needed = lookups.some(({ servers, tcp, trace, nsSearch }) =>
    (!tcp && remote(servers.length === 0 ? system.servers : servers)) || trace || nsSearch
  );
  if (!needed) return undefined;
  return (await load.refusal()).loadRefusalChecks();
}

/** One run of dig: everything that its lookups share. */
class DigSession {
  readonly args: DigArgs;
  readonly output: BufferedOutput;
  /** Where the reading of arguments says what is wrong with them: `output`, or what a line of a batch file prints. */
  argsOutput: DigOutput;
  /** Lines of the batch file behind the first, opened before permissions are given up. */
  batch: BatchLines | undefined;
  /** Lookups side by side: sockets are shared. */
  #pool: UdpPool | undefined;
  /** Connections that outlive a question (`+keepopen`). */
  readonly #kept: { channels?: KeptChannels } = {};
  readonly #world: DigWorld;
  readonly #clientCookie = crypto.getRandomValues(new Uint8Array(8));
  #ports: PortTable | undefined;
  #refusals: ((localPort: number) => RefusalCheck | undefined) | undefined;
  #key: MessageSigner | undefined;
  /** Milliseconds that the monotonic clock is behind the real one. */
  readonly #epoch = performance.timeOrigin;
  readonly #colour: boolean;
  /** The environment's locale writes UTF-8. */
  readonly #utf8: boolean;
  readonly #tz: string | undefined;
  /** Local time by seconds since 1970; undefined before anybody asked. */
  #localTimeAt: ((seconds: number) => LocalTime) | undefined;
  /** The exit status so far. */
  status = 0;

  /** Without `-r`: `~/.digrc` counts. */
  readonly #digrc: boolean;

  constructor(world: DigWorld, first: FirstLook, system: SystemDefaults, output: BufferedOutput) {
    this.#world = world;
    this.#colour = world.terminal && !world.env("NO_COLOR");
    this.#tz = world.env("TZ");
    this.#utf8 = /utf-?8/i.test(world.env("LC_ALL") || world.env("LC_CTYPE") || world.env("LANG") || "");
    this.output = this.argsOutput = output;
    const words: DigOutput = {
      out: (text) => this.argsOutput.out(text),
      err: (text) => this.argsOutput.err(text),
    };
    this.#digrc = first.digrc;
    this.args = new DigArgs(first, system, words, findAddresses, async (output) => {
      output.out((await load.help()).HELP);
    });
  }

  /** Reads the command line and what it names, and makes ready to run. */
  async prepare(args: readonly OctetText[]): Promise<void> {
    const home = this.#digrc ? this.#world.env(WINDOWS ? "USERPROFILE" : "HOME") : undefined;
    const config = home === undefined ? undefined : readOctets(`${home}/.digrc`);
    if (config !== undefined) await this.args.readConfig(config);
    await this.args.readCommandLine(args);
    const { settings, lookups, system } = this.args;
    if (settings.batch !== undefined) {
      const { BatchLines } = await load.batch();
      this.batch = new BatchLines(openBatch(settings.batch, this.output));
      // As in the reference the first line belongs to the command line: a key in it signs all questions.
      const first = await this.batch.next();
      if (first !== undefined) await this.args.readBatchLine(first);
      if (settings.parallel > 1) this.#pool = new (await load.pool()).UdpPool();
    }
    if (settings.domain !== "") settings.useSearch = true;
    if (settings.keyFile !== "" || settings.keySecret !== "") {
      this.#key = await (await load.key()).loadKey(settings, this.output);
    }
    if (lookups.some(({ tcp }) => !tcp) || settings.batch !== undefined) this.#ports = PortTable.open();
    if (lookups.length > 0) this.#refusals = await refusalChecks(lookups, system);
    // Names of servers will be looked up, when this can no longer be asked.
    if (lookups.some(({ trace, nsSearch }) => trace || nsSearch)) configuredFamily();
    if (!this.#world.giveUpPermissions) return;
    revoke(isPlain(lookups, settings) ? ["run", "write", "ffi", "env", "sys"] : ["run", "ffi"]);
  }

  /**
   * Runs lookups with these settings; the text goes to `output`. Gives the function that counts the result in: to be
   * called in the order of the lookups.
   */
  async run(
    lookups: readonly Lookup[],
    settings: Settings = this.args.settings,
    output: DigOutput = this.output,
  ): Promise<RunResult> {
    const idn = lookups.some(({ idnIn, idnOut }) => idnIn || idnOut) ? await load.idn() : undefined;
    let worst = 0;
    const context = {
      settings,
      output,
      now: () => Date.now(),
      localTime: (milliseconds: number) => this.#localTimeAt?.(Math.floor(milliseconds / 1000)) ?? UTC,
      keyState: () =>
        this.#key === undefined
          ? (settings.keySecret !== "" ? "unused" : "none") as "unused" | "none"
          : (run.validated ? "good" : "bad") as "good" | "bad",
      outcome: (_lookup: Lookup, outcome: Outcome) => worst = Math.max(worst, outcomeStatus(outcome)),
      ...(idn === undefined ? {} : { toUnicode: idn.unicodeNames(output, this.#utf8) }),
    };
    const presenter: Presenter = settings.json || settings.explain
      ? (await load.beyond()).beyondPresenter(context, this.#colour)
      : await textPresenter(context, lookups);
    const network = new Network(settings, {
      ports: this.#ports,
      refusals: this.#refusals,
      pool: this.#pool,
      kept: this.#kept,
      hops: settings.via.length === 0 ? [] : (await load.via()).readHops(settings, output),
    });
    if (!settings.short && !settings.yaml) await this.#loadZone();
    const surroundings: Surroundings = {
      settings,
      system: this.args.system,
      output,
      presenter,
      key: this.#key,
      clientCookie: this.#clientCookie,
      open: (target) => network.open(target),
      findAddresses,
      debug: settings.debug ? (text) => output.err(`${text}\n`) : undefined,
      now: () => this.#epoch + performance.now(),
      random: (below) => Math.floor(Math.random() * below),
      ...(idn === undefined ? {} : { toAscii: idn.asciiNames(output, this.#utf8) }),
    };
    const run = new LookupRun(surroundings, lookups);
    await run.run();
    return { ...run.status, worst, asked: settings.status };
  }

  async #loadZone(): Promise<void> {
    if (this.#localTimeAt !== undefined) return;
    // Windows has no such tables.
    const zone = WINDOWS ? undefined : localZone(this.#tz);
    if (WINDOWS) this.#localTimeAt = runtimeLocalTime;
    else if (zone === undefined) this.#localTimeAt = () => UTC;
    else if (typeof zone === "string") {
      const { localTimeByRule } = await load.timeRule();
      this.#localTimeAt = (seconds) => localTimeByRule(zone, seconds);
    } else {
      const { localTimeAt } = await load.timeZone();
      this.#localTimeAt = (seconds) => localTimeAt(zone, seconds) ?? UTC;
    }
  }

  /** Counts a result in. */
  count({ opened, status, worst, asked }: RunResult): void {
    if (asked) this.status = Math.max(this.status, worst, status);
    else this.status = opened ? status : Math.max(this.status, status);
  }

  async close(): Promise<void> {
    this.#pool?.close();
    await this.#kept.channels?.close();
    this.#ports?.[Symbol.dispose]();
  }
}

/** Runs `netlab dig` with these arguments in a world; the exit status. */
export async function runIn(world: DigWorld, words: readonly OctetText[]): Promise<number> {
  let session: DigSession | undefined;
  try {
    const output = new BufferedOutput(world);
    const first = lookOver(words, output);
    session = new DigSession(world, first, await systemDefaults(world, output), output);
    await session.prepare(words);
    const { settings } = session.args;
    if (session.batch === undefined) {
      const lookups = session.args.lookups.splice(0);
      if (lookups.length > 0) session.count(await session.run(lookups));
    } else {
      const { runBatch } = await load.batch();
      const interrupt = new AbortController(), stop = () => interrupt.abort();
      Deno.addSignalListener("SIGINT", stop);
      try {
        const { parallel } = settings, { signal: interrupted } = interrupt;
        await runBatch(session, session.batch, { parallel, progress: world.progress, interrupted });
      } finally {
        Deno.removeSignalListener("SIGINT", stop);
      }
      if (interrupt.signal.aborted) throw new DigExit(130);
    }
    session.output.flush();
    return session.status;
  } catch (error) {
    if (!(error instanceof DigExit)) throw error;
    try {
      session?.output.flush();
    } catch (nested) {
      if (!(nested instanceof DigExit)) throw nested;
    }
    return error.status;
  } finally {
    await session?.close();
  }
}

/** Runs `netlab dig` with these arguments; the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length === 1 && args[0] === "--help") {
    const { HELP, OWN_HELP } = await load.help();
    PROCESS.stdout(utf8(HELP + OWN_HELP));
    return 0;
  }
  return await runIn(PROCESS, processOctets(args));
}
