// One run of dig: reads the command line and its files, opens what is needed, gives up all permissions that are not needed,
// runs the lookups.
import { once } from "../../lib/base/late.ts";
import type { LocalTime } from "../../lib/base/time_rule.ts";
import { DigArgs, type FirstLook } from "../../lib/dns/dig/args.ts";
import type { BatchLines } from "../../lib/dns/dig/batch.ts";
import { outcomeStatus, type RunResult, textPresenter } from "../../lib/dns/dig/presenter.ts";
import type { DigOutput, Lookup, OctetText, Settings, SystemDefaults } from "../../lib/dns/dig/settings.ts";
import type { KeptChannels } from "../../lib/dns/exchange/kept.ts";
import { LookupRun } from "../../lib/dns/exchange/lookup.ts";
import type { Outcome, Presenter, Surroundings } from "../../lib/dns/exchange/surroundings.ts";
import type { MessageSigner } from "../../lib/dns/signer.ts";
import { localTimes, UTC } from "./local_time.ts";
import { Network } from "./network.ts";
import type { UdpPool } from "./pool.ts";
import { configuredFamily, findAddresses } from "./system.ts";
import { PortTable, type RefusalCheck } from "./udp.ts";
import { type BufferedOutput, type DigWorld, openBatch, readOctets } from "./world.ts";

/** What a plain lookup does not need is loaded when it is asked for. */
const load = {
  batch: once<typeof import("../../lib/dns/dig/batch.ts")>(() =>
    import(import.meta.resolve("../../lib/dns/dig/batch.ts"))
  ),
  beyond: once<typeof import("./beyond.ts")>(() => import(import.meta.resolve("./beyond.ts"))),
  help: once<typeof import("../../lib/dns/dig/help.ts")>(() =>
    import(import.meta.resolve("../../lib/dns/dig/help.ts"))
  ),
  idn: once<typeof import("./idn.ts")>(() => import(import.meta.resolve("./idn.ts"))),
  key: once<typeof import("./key.ts")>(() => import(import.meta.resolve("./key.ts"))),
  pool: once<typeof import("./pool.ts")>(() => import(import.meta.resolve("./pool.ts"))),
  refusal: once<typeof import("./refusal.ts")>(() => import(import.meta.resolve("./refusal.ts"))),
  via: once<typeof import("./via.ts")>(() => import(import.meta.resolve("./via.ts"))),
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

/** Asks the system why datagrams are not delivered: only for servers on other machines, see `refusal.ts`. */
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
export class DigSession {
  readonly args: DigArgs;
  readonly output: BufferedOutput;
  /** Where the reading of arguments says what is wrong with them: `output`, or what a line of a batch file prints. */
  argsOutput: DigOutput;
  /** Lines of the batch file behind the first, opened before permissions are given up. */
  batch: BatchLines | undefined;
  /** What the machine says; a domain that was named at the start is its whole search list. */
  #system: SystemDefaults;
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
    this.#system = system;
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
    const home = this.#digrc ? this.#world.env(Deno.build.os === "windows" ? "USERPROFILE" : "HOME") : undefined;
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
    if (settings.domain !== "") {
      settings.useSearch = true;
      this.#system = { ...system, search: [settings.domain] };
    }
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
        this.#key === undefined ? (settings.keySecret !== "" ? "unused" : "none") : (run.validated ? "good" : "bad"),
      outcome: (_lookup: Lookup, outcome: Outcome) => worst = Math.max(worst, outcomeStatus(outcome)),
      ...(idn === undefined ? {} : { toUnicode: idn.unicodeNames(output, this.#utf8) }),
    };
    const presenter: Presenter = settings.json || settings.explain
      ? (await load.beyond()).beyondPresenter(context, { colour: this.#colour, width: this.#world.columns })
      : await textPresenter(context, lookups);
    const network = new Network(settings, {
      ports: this.#ports,
      refusals: this.#refusals,
      pool: this.#pool,
      kept: this.#kept,
      hops: settings.via.length === 0 ? [] : (await load.via()).readHops(settings, output),
    });
    if (!settings.short && !settings.yaml) this.#localTimeAt ??= await localTimes(this.#tz);
    const surroundings: Surroundings = {
      settings,
      system: this.#system,
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
