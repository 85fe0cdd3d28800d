// `netlab relay A B`: flags and addresses to a relay, its log and its dumps; or many of them from a file.
import { UsageError } from "../lib/base/errors.ts";
import { Log } from "../lib/base/log.ts";
import { undoAll } from "../lib/address/at_exit.ts";
import { type Endpoint, parseEndpoint, type ParseOptions } from "../lib/address/list.ts";
import { takeLockFile } from "../lib/address/lockfile.ts";
import { parseCommand } from "../lib/options/command.ts";
import { compatError, compatReporter, compatSignal } from "../lib/relay/compat.ts";
import { planText } from "../lib/relay/plan.ts";
import { relay } from "../lib/relay/relay.ts";
import { reporter } from "../lib/relay/report.ts";
import { Service, type Totals } from "../lib/relay/service.ts";
import { statisticsLines } from "../lib/relay/statistics.ts";
import { keepPermissions, onStatisticsSignal, onStopSignals } from "../lib/stream/process.ts";
import { RELAY } from "./relay_flags.ts";
import { type Dumps, type Flags, observers, openDumps, openLog, tellDescriptors } from "./relay_parts.ts";

/** Runs the command; the exit status. Throws what ends it before or instead of its work. */
export async function run(argv: readonly string[]): Promise<number> {
  const words = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : argv.length);
  if (!words.includes("--compat")) return await runParsed(argv);
  try {
    return await runParsed(argv);
  } catch (error) {
    // socat reports what ends it in its log, and a wrong command line ends it with 1 too.
    openLog({ ...NO_FLAGS, compat: true, lf: valueAfter(words, "-lf"), lp: valueAfter(words, "-lp") })
      .log.error(compatError(error));
    return 1;
  } finally {
    undoAll();
  }
}

const NO_FLAGS: Flags = parseCommand(RELAY, []).values;

function valueAfter(words: readonly string[], flag: string): string | undefined {
  const at = words.findIndex((word) => word.startsWith(flag));
  return at === -1 ? undefined : words[at] === flag ? words[at + 1] : words[at]!.slice(flag.length);
}

async function runParsed(argv: readonly string[]): Promise<number> {
  const { values: flags, args } = parseCommand(RELAY, argv);
  if (flags.u && flags.U) throw new UsageError('Flags "-u" and "-U" exclude each other', "see: netlab relay --help");
  if (flags.config !== undefined) {
    if (args.length > 0) {
      throw new UsageError(
        `With --config the addresses stand in the file: "${args.join('" "')}" is too much`,
        "see: netlab relay --help",
      );
    }
    return await (await import("./relay_config_parts.ts")).runConfig(flags.config, flags);
  }
  if (args.length !== 2) {
    throw new UsageError(
      `Two addresses are needed, not ${args.length}${args.length > 2 ? `: "${args.join('" "')}"` : ""}`,
      "for example: netlab relay -v tcp-listen:1234,fork tcp:localhost:8080; see: netlab relay --help",
    );
  }
  const skipped: string[] = [];
  const parsing: ParseOptions = { sloppy: flags.s, anyGroup: flags.g, skipped: (message) => skipped.push(message) };
  const left = parseEndpoint(args[0]!, parsing), right = parseEndpoint(args[1]!, parsing);
  if (flags.check) {
    console.log("OK");
    return 0;
  }
  if (flags.plan) {
    console.log(planText([{ left, right, flags }]));
    return 0;
  }
  return await runOne(left, right, flags, skipped);
}

async function runOne(left: Endpoint, right: Endpoint, flags: Flags, skipped: readonly string[]): Promise<number> {
  const { log, started } = openLog(flags);
  for (const message of skipped) log.warning(message);
  const dumps = openDumps(flags);
  const grace = flags.grace ?? (left.listens || right.listens ? 5000 : 0);
  const service = new Service(log, grace);
  let status = 0;
  const undo = [
    onStopSignals((code) => {
      status = code;
      if (flags.compat) compatSignal(log, code);
      service.stop();
      if (grace === 0) service.kill();
    }),
    onStatisticsSignal(() => tellStatistics(log, service.totals, service.active)),
  ];
  try {
    for (const [path, wait] of [[flags.L, false], [flags.W, true]] as const) {
      if (path !== undefined) await takeLockFile(path, wait, service.accepting);
    }
    keepPermissions(permissionsOf(flags, left, right));
    await serve(left, right, flags, { log, service, dumps, started });
  } catch (error) {
    if (status === 0) throw error;
  } finally {
    undo.forEach((end) => end());
    if (flags.statistics || flags.S === true) tellStatistics(log, service.totals, service.active);
    undoAll();
  }
  return status;
}

/** What is needed around one relay. */
export interface Serving {
  readonly log: Log;
  readonly service: Service;
  readonly dumps: Dumps;
  readonly name?: string | undefined;
  /** Called when it serves: a listener is bound, or both addresses are open. */
  started(): void;
}

/** Runs one relay by its flags. */
export async function serve(left: Endpoint, right: Endpoint, flags: Flags, around: Serving): Promise<void> {
  const { log, service, dumps, name, started } = around;
  const many = left.forks || right.forks || name !== undefined;
  let told = !flags.D;
  await relay(left, right, {
    log,
    reporter: flags.compat ? compatReporter(log) : reporter(log),
    service,
    name,
    compat: flags.compat,
    family: flags[4] ? 4 : flags[6] ? 6 : undefined,
    lingerMs: flags.t ?? (flags.compat ? 500 : undefined),
    idleMs: flags.T === 0 ? undefined : flags.T,
    blockSize: flags.b ?? (flags.v || flags.x || flags.compat ? 8192 : undefined),
    only: flags.u ? ">" : flags.U ? "<" : undefined,
    observe: (connection) => {
      if (!told) tellDescriptors(log);
      told = true;
      started();
      return observers(flags, dumps, connection, many);
    },
    onListening: started,
  });
}

/** What the addresses and flags call for while they run. */
export function permissionsOf(flags: Flags, ...endpoints: Endpoint[]): Set<string> {
  const needs = new Set<string>(endpoints.flatMap((endpoint) => endpoint.needs));
  if (flags.L !== undefined || flags.W !== undefined || flags.ly !== undefined || flags.lm !== undefined) {
    needs.add("write").add("read");
  }
  if (flags.D) needs.add("read");
  return needs;
}

/** The lines of `--statistics`. */
export function tellStatistics(log: Log, totals: Totals, active: number): void {
  for (const line of statisticsLines(totals, active)) log.tell(line);
}
