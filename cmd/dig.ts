// `netlab dig`: dig's words and text, and what dig does not have. Reads the command line and its files, opens what is needed,
// gives up all permissions that are not needed, runs the lookups and writes.
import { latin1, latin1Text, utf8 } from "../lib/base/bytes.ts";
import type { LocalTime } from "../lib/base/time_zone.ts";
import { DigArgs, type FindAddresses } from "../lib/dns/dig/args.ts";
import { TextPresenter } from "../lib/dns/dig/presenter.ts";
import { parseResolvConf } from "../lib/dns/dig/resolv_conf.ts";
import { DigExit, type DigOutput, fatal, type Lookup, type OctetText } from "../lib/dns/dig/settings.ts";
import type { Settings, SystemDefaults } from "../lib/dns/dig/settings.ts";
import { LookupRun, type Outcome, type Presenter, type Surroundings } from "../lib/dns/exchange/lookup.ts";
import type { TsigKey } from "../lib/dns/tsig.ts";
import { Network } from "./dig_network.ts";
import type { UdpPool } from "./dig_batch.ts";
import { PortTable, type RefusalCheck } from "./dig_udp.ts";

/** What a run of dig takes from and gives to its surroundings; tests bring their own. */
export interface DigWorld {
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
  /** Standard output is a terminal. */
  readonly terminal: boolean;
  env(name: string): string | undefined;
  /** Permissions that are not needed are given up for good. */
  readonly giveUpPermissions: boolean;
}

/** The process's own world. */
const PROCESS: DigWorld = {
  stdout: (bytes) => writeAll(Deno.stdout, bytes),
  stderr: (bytes) => writeAll(Deno.stderr, bytes),
  get terminal() {
    return Deno.stdout.isTerminal();
  },
  env: (name) => Deno.env.get(name),
  giveUpPermissions: true,
};

function writeAll(target: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length;) at += target.writeSync(bytes.subarray(at));
  } catch (error) {
    // Nobody reads on (`| head`): what dig does then is to go away.
    if (error instanceof Deno.errors.BrokenPipe) throw new DigExit(141);
    throw error;
  }
}

/** Text kept for later, in order: what a line of a batch file prints before it is its turn. */
export class RecordedOutput implements DigOutput {
  readonly #parts: { readonly error: boolean; text: OctetText }[] = [];

  #add(error: boolean, text: OctetText): void {
    const last = this.#parts.at(-1);
    if (last?.error === error) last.text += text;
    else this.#parts.push({ error, text });
  }

  out(text: OctetText): void {
    this.#add(false, text);
  }

  err(text: OctetText): void {
    this.#add(true, text);
  }

  /** Hands everything on. */
  replay(output: DigOutput): void {
    for (const { error, text } of this.#parts.splice(0)) {
      if (error) output.err(text);
      else output.out(text);
    }
  }
}

/** Text on its way to standard output and standard error, in this order, written out in large pieces. */
export class BufferedOutput implements DigOutput {
  readonly #world: DigWorld;
  #pending = "";

  constructor(world: DigWorld) {
    this.#world = world;
  }

  out(text: OctetText): void {
    this.#pending += text;
    if (this.#pending.length > 65536) this.flush();
  }

  err(text: OctetText): void {
    this.flush();
    this.#world.stderr(latin1(text));
  }

  flush(): void {
    if (this.#pending === "") return;
    const text = this.#pending;
    this.#pending = "";
    this.#world.stdout(latin1(text));
  }
}

/** The contents of a file as octets in text; `undefined` when there is none to be read. */
export function readOctets(path: string): OctetText | undefined {
  try {
    return latin1Text(Deno.readFileSync(path));
  } catch {
    return undefined;
  }
}

const UTC: LocalTime = { offset: 0, abbreviation: "UTC" };

/** The table of the local time zone, named by `TZ` or the system's own; undefined for UTC. */
function zoneTable(tz: string | undefined): Uint8Array | undefined {
  const name = tz?.replace(/^:/, "");
  if (name !== undefined && /^(?:|UTC0?|Etc\/UTC|UCT|GMT0)$/.test(name)) return undefined;
  const path = name === undefined ? "/etc/localtime" : name.startsWith("/") ? name : `/usr/share/zoneinfo/${name}`;
  try {
    const table = Deno.readFileSync(path);
    // The table of UTC has no changes: its rule, in the last line, says it all.
    return /\nUTC0\n$/.test(latin1Text(table.subarray(-8))) ? undefined : table;
  } catch {
    return undefined;
  }
}

function systemDefaults(world: DigWorld, output: DigOutput): SystemDefaults {
  const path = "/etc/resolv.conf";
  const conf = parseResolvConf(readOctets(path) ?? "");
  if (conf === undefined) fatal(output, `parse of ${path} failed`);
  const { servers, search, ndots, timeout, attempts } = conf!;
  return {
    servers,
    search,
    ndots,
    timeout: timeout || 5,
    tries: attempts || 3,
    idn: world.terminal && world.env("IDN_DISABLE") === undefined,
  };
}

const findAddresses: FindAddresses = async (name, { ipv4, ipv6 }) => {
  const { resolveHost } = await import("../lib/dial/tcp.ts");
  try {
    return await resolveHost(name, ipv4 && ipv6 ? undefined : ipv6 ? 6 : 4);
  } catch {
    return "not found";
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

/** Asks the system why datagrams are not delivered: only for servers on other machines, see `dig_refusal.ts`. */
async function refusalChecks(
  lookups: readonly Lookup[],
  system: SystemDefaults,
): Promise<((localPort: number) => RefusalCheck | undefined) | undefined> {
  const remote = (servers: Lookup["servers"]) => servers.some(({ address }) => !/^127\.|^::1$/.test(address));
  const needed = lookups.some(({ servers, tcp, trace, nsSearch }) =>
    (!tcp && remote(servers.length === 0 ? system.servers.slice() : servers)) || trace || nsSearch
  );
  if (!needed) return undefined;
  const { loadRefusalChecks } = await import("./dig_refusal.ts");
  return loadRefusalChecks();
}

/** Exit statuses of `+status`, documented in the README: response codes from 20 on, then what is worse. */
const STATUS = { malformed: 40, signature: 41, tls: 42, "transfer-failed": 43, "no-reply": 9 } as const;

/** The exit status that `+status` gives an outcome. */
export function outcomeStatus(outcome: Outcome): number {
  if (outcome.kind !== "answer") return STATUS[outcome.kind];
  return outcome.rcode === 0 ? 0 : Math.min(20 + outcome.rcode, 39);
}

/** What came of some lookups. */
export interface RunResult {
  /** A channel was opened, so failures of earlier lookups are forgotten, as dig does. */
  readonly opened: boolean;
  readonly status: number;
  /** The highest status of `+status`, and whether that was asked for. */
  readonly worst: number;
  readonly asked: boolean;
}

/** One run of dig: everything that its lookups share. */
export class DigSession {
  readonly args: DigArgs;
  readonly output: BufferedOutput;
  /** Where the reading of arguments says what is wrong with them: `output`, or what a line of a batch file prints. */
  argsOutput: DigOutput;
  /** Lines of the batch file, opened before permissions are given up. */
  batch: ReadableStream<Uint8Array> | undefined;
  /** Lookups side by side: sockets are shared. */
  #pool: UdpPool | undefined;
  readonly #world: DigWorld;
  readonly #clientCookie = crypto.getRandomValues(new Uint8Array(8));
  #ports: PortTable | undefined;
  #refusals: ((localPort: number) => RefusalCheck | undefined) | undefined;
  #key: TsigKey | undefined;
  /** Milliseconds that the monotonic clock is behind the real one. */
  readonly #epoch = performance.timeOrigin;
  readonly #colour: boolean;
  /** The environment's locale writes UTF-8. */
  readonly #utf8: boolean;
  /** The table of the local time zone; undefined where it is UTC. */
  readonly #zone: Uint8Array | undefined;
  #localTimeAt: ((file: Uint8Array, seconds: number) => LocalTime | undefined) | undefined;
  /** The exit status so far. */
  status = 0;
  #validated = true;

  constructor(world: DigWorld) {
    this.#world = world;
    this.#colour = world.terminal && !world.env("NO_COLOR");
    this.#zone = zoneTable(world.env("TZ"));
    this.#utf8 = /utf-?8/i.test(world.env("LC_ALL") || world.env("LC_CTYPE") || world.env("LANG") || "");
    this.output = this.argsOutput = new BufferedOutput(world);
    const output: DigOutput = {
      out: (text) => this.argsOutput.out(text),
      err: (text) => this.argsOutput.err(text),
    };
    this.args = new DigArgs(systemDefaults(world, this.output), output, findAddresses, async (output) => {
      output.out((await import("../lib/dns/dig/help.ts")).HELP);
    });
  }

  /** Reads the command line and what it names, and makes ready to run. */
  async prepare(args: readonly OctetText[]): Promise<void> {
    const { digrc } = this.args.prepare(args);
    const home = digrc ? this.#world.env("HOME") : undefined;
    const config = home === undefined ? undefined : readOctets(`${home}/.digrc`);
    if (config !== undefined) await this.args.readConfig(config);
    await this.args.readCommandLine(args);
    const { settings, lookups, system } = this.args;
    if (settings.batch !== undefined) {
      const { openBatch, UdpPool } = await import("./dig_batch.ts");
      this.batch = openBatch(settings.batch, this.output);
      if (settings.parallel > 1) this.#pool = new UdpPool();
    }
    if (settings.domain !== "") settings.useSearch = true;
    if (this.#zone !== undefined) ({ localTimeAt: this.#localTimeAt } = await import("../lib/base/time_zone.ts"));
    if (settings.keyFile !== "" || settings.keySecret !== "") {
      const { loadKey } = await import("./dig_key.ts");
      this.#key = loadKey(settings, this.output);
    }
    if (lookups.some(({ tcp }) => !tcp) || settings.batch !== undefined) this.#ports = PortTable.open();
    if (lookups.length > 0) this.#refusals = await refusalChecks(lookups, system);
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
    const idn = lookups.some(({ idnIn, idnOut }) => idnIn || idnOut) ? await import("./dig_idn.ts") : undefined;
    let worst = 0;
    const context = {
      settings,
      output,
      now: () => Date.now(),
      localTime: (milliseconds: number) => this.#localTime(milliseconds),
      keyState: () =>
        this.#key === undefined
          ? (settings.keySecret !== "" ? "unused" : "none") as "unused" | "none"
          : (this.#validated && run.validated ? "good" : "bad") as "good" | "bad",
      outcome: (_lookup: Lookup, outcome: Outcome) => worst = Math.max(worst, outcomeStatus(outcome)),
      ...(idn === undefined ? {} : { toUnicode: idn.unicodeNames(output, this.#utf8) }),
    };
    const presenter: Presenter = settings.json || settings.explain
      ? (await import("./dig_beyond.ts")).beyondPresenter(context, this.#colour)
      : new TextPresenter(context);
    const hops = settings.via.length === 0 ? [] : (await import("./dig_via.ts")).readHops(settings, output);
    const network = new Network(settings, this.#ports, this.#refusals, this.#pool, hops);
    const surroundings: Surroundings = {
      settings,
      system: this.args.system,
      output,
      presenter,
      key: this.#key,
      clientCookie: this.#clientCookie,
      open: (target) => network.open(target),
      findAddresses,
      now: () => this.#epoch + performance.now(),
      random: (below) => Math.floor(Math.random() * below),
      ...(idn === undefined ? {} : { toAscii: idn.asciiNames(output, this.#utf8) }),
    };
    const run = new LookupRun(surroundings, lookups);
    await run.run();
    this.#validated &&= run.validated;
    return { ...run.status, worst, asked: settings.status };
  }

  /** Local time by the system's table, in the end by the runtime's. */
  #localTime(milliseconds: number): LocalTime {
    if (this.#zone === undefined) return UTC;
    const local = this.#localTimeAt?.(this.#zone, Math.floor(milliseconds / 1000));
    if (local !== undefined) return local;
    const date = new Date(milliseconds);
    const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(date);
    return {
      offset: -60 * date.getTimezoneOffset(),
      abbreviation: parts.find(({ type }) => type === "timeZoneName")?.value ?? "UTC",
    };
  }

  /** Counts a result in. */
  count({ opened, status, worst, asked }: RunResult): void {
    if (asked) this.status = Math.max(this.status, worst, status);
    else this.status = opened ? status : Math.max(this.status, status);
  }

  close(): void {
    this.#pool?.close();
    this.#ports?.[Symbol.dispose]();
  }
}

/** Runs `netlab dig` with these arguments in a world; the exit status. */
export async function runIn(world: DigWorld, args: readonly string[]): Promise<number> {
  const words = args.map((arg) => /[\u0080-\uffff]/.test(arg) ? latin1Text(utf8(arg)) : arg);
  let session: DigSession | undefined;
  try {
    session = new DigSession(world);
    await session.prepare(words);
    const { settings } = session.args;
    const lookups = session.args.lookups.splice(0);
    if (lookups.length > 0) session.count(await session.run(lookups));
    if (session.batch !== undefined) {
      const { runBatch } = await import("./dig_batch.ts");
      await runBatch(session, session.batch, settings.parallel);
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
    session?.close();
  }
}

/** Runs `netlab dig` with these arguments; the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length === 1 && args[0] === "--help") {
    const { HELP, OWN_HELP } = await import("../lib/dns/dig/help.ts");
    PROCESS.stdout(utf8(HELP + OWN_HELP));
    return 0;
  }
  return await runIn(PROCESS, args);
}
