// `netlab relay --config FILE`: many named relays in one process, checked as a whole, read again on SIGHUP.
import { counted } from "../../lib/base/text.ts";
import { errorText, UsageError } from "../../lib/base/errors.ts";
import { type Log, SILENT } from "../../lib/base/log.ts";
import { undoAll } from "../../lib/address/opening/at_exit.ts";
import { refersToEnvironment } from "../../lib/address/words/reference.ts";
import type { Schema } from "../../lib/options/schema.ts";
import { compatSignal } from "../../lib/relay/compat.ts";
import { type ReadConfig, readConfig, type RelayEntry } from "../../lib/relay/config.ts";
import { type AtWork, Fleet } from "../../lib/relay/fleet.ts";
import { planText } from "../../lib/relay/plan.ts";
import { Service } from "../../lib/relay/service.ts";
import { tellStatistics } from "../../lib/relay/statistics.ts";
import { keepPermissions, onStatisticsSignal, onStopSignals } from "../../lib/stream/process.ts";
import { parseConfig } from "./config_text.ts";
import { PROGRAM_FLAGS, RELAY } from "./flags.ts";
import {
  type Flags,
  graceOf,
  judgeFlags,
  openDumps,
  openLog,
  permissionsOf,
  serveRelay,
  takeLockFiles,
} from "./parts.ts";

/** What a relay of the file may say for itself. */
const ENTRY_FLAGS: Schema = Object.fromEntries(
  Object.entries(RELAY.flags).filter(([name]) => !(PROGRAM_FLAGS as readonly string[]).includes(name)),
);
type Entry = RelayEntry<Schema>;

/** The file's relays, with their problems. Throws when it cannot be read at all. */
async function load(path: string, flags: Flags): Promise<ReadConfig<Schema>> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw new Error(`Cannot read "${path}": ${errorText(error).replace(/: \w+ '.*'$/, "")}`, { cause: error });
  }
  const { parsed, wrong } = await parseConfig(path, text);
  if (wrong.length > 0) return { relays: [], problems: wrong };
  const parsing = { sloppy: flags.s, anyGroup: flags.g, compat: flags.compat };
  const read = readConfig(parsed, { flags: ENTRY_FLAGS, parsing });
  const problems = [...read.problems];
  for (const entry of read.relays) {
    await judgeFlags(flagsOf(entry, flags)).catch((error) => {
      problems.push(`relay "${entry.name}": ${errorText(error)}`);
    });
  }
  return { ...read, problems };
}

/** What is wrong with the files that relays name: certificates, mostly. */
async function unusable(relays: readonly Entry[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { name, left, right } of relays) {
    for (const endpoint of [left, right]) {
      await endpoint.prepare(SILENT).catch((error) => {
        if (error instanceof UsageError) problems.push(`relay "${name}": ${errorText(error)}`);
      });
    }
  }
  return problems;
}

/** Runs, checks or explains the relays of a file; the exit status. */
export async function runConfig(path: string, flags: Flags): Promise<number> {
  let config: ReadConfig<Schema>;
  try {
    config = await load(path, flags);
  } catch (error) {
    throw new UsageError(errorText(error), undefined, { cause: error });
  }
  const { relays } = config;
  const problems = flags.plan || config.problems.length > 0 ? config.problems : await unusable(relays);
  if (problems.length > 0) {
    const [last, ...others] = [...problems].reverse();
    for (const problem of others.reverse()) console.error(`netlab: ${path}: ${problem}`);
    throw new UsageError(`${path}: ${last}`);
  }
  if (flags.check) {
    console.log(`OK: ${counted(relays.length, "relay")} in ${path}`);
    return 0;
  }
  if (flags.plan) {
    console.log(
      await planText(relays.map((entry) => ({ ...entry, flags: flagsOf(entry, flags) })), Deno.env.toObject()),
    );
    return 0;
  }
  return await runFleet(path, relays, flags);
}

/** The program's flags, and on top what the entry says. */
function flagsOf(entry: Entry, program: Flags): Flags {
  const own = Object.entries(entry.flags).filter(([name, value]) =>
    value !== ENTRY_FLAGS[name]!.fallback && !(Array.isArray(value) && value.length === 0)
  );
  return { ...program, ...Object.fromEntries(own) } as Flags;
}

/** Permissions that a relay needs, also to be opened again when the file has changed. */
function needsOf(entry: Entry, program: Flags): Set<string> {
  const own = flagsOf(entry, program);
  const needs = permissionsOf(own, entry.left, entry.right);
  if (own.r !== undefined || own.R !== undefined || own.pcap !== undefined || own["explain-to"] !== undefined) {
    needs.add("write");
  }
  if (refersToEnvironment(entry.left.text) || refersToEnvironment(entry.right.text)) needs.add("env");
  return needs;
}

async function runFleet(path: string, relays: readonly Entry[], flags: Flags): Promise<number> {
  const { log, started, flush } = openLog(flags);
  const fleet = new Fleet<Entry>({ log, start: (entry) => start(entry, flagsOf(entry, flags), log) });
  const kept = new Set(["read", ...relays.flatMap((entry) => [...needsOf(entry, flags)])]);
  let status = 0;
  const stopping = new AbortController();
  const statistics = () =>
    tellStatistics(log, fleet.totals, fleet.active, flags.compat ? { only: undefined } : undefined);
  const undo = [
    onStopSignals((code) => {
      status = code;
      if (flags.compat) compatSignal(log, code);
      stopping.abort();
      fleet.stop();
    }, () => void reload(path, flags, { fleet, kept, log })),
    onStatisticsSignal(statistics),
  ];
  try {
    await takeLockFiles(flags, stopping.signal);
    keepPermissions(kept);
    await fleet.start(relays);
    started();
    await fleet.over;
  } catch (error) {
    if (status === 0) throw error;
  } finally {
    undo.forEach((end) => end());
    if (flags.statistics) statistics();
    undoAll();
    await flush();
  }
  return status !== 0 ? status : fleet.failures > 0 ? 1 : 0;
}

/** Starts a relay of the file. */
function start({ name, left, right }: Entry, flags: Flags, log: Log): AtWork {
  const named = log.named("relay", name);
  const service = new Service(named, graceOf(left, right, flags));
  const opened = Promise.withResolvers<void>();
  const done = (async () => {
    const dumps = await openDumps(flags);
    try {
      await serveRelay(left, right, flags, { log: named, service, dumps, name, started: () => opened.resolve() });
    } finally {
      dumps.watch?.close();
    }
  })();
  done.then(opened.resolve, opened.reject);
  return { service, opened: opened.promise, done };
}

/** Relays at work, with the permissions that were kept for them. */
interface Running {
  readonly fleet: Fleet<Entry>;
  readonly kept: ReadonlySet<string>;
  readonly log: Log;
}

/** SIGHUP: reads the file again. What is wrong with it is logged, and leaves everything as it was. */
async function reload(path: string, flags: Flags, { fleet, kept, log }: Running): Promise<void> {
  try {
    const next = await load(path, flags);
    const problems = [...next.problems, ...next.relays.flatMap((entry) => lacking(entry, flags, kept))];
    if (problems.length === 0) problems.push(...await unusable(next.relays));
    if (problems.length === 0) return await fleet.reload(next.relays);
    for (const problem of problems) log.error(`${path}: ${problem}`);
    log.error(`${path}: not reloaded: the relays go on as they are`);
  } catch (error) {
    log.error(`${errorText(error)}: the relays go on as they are`);
  }
}

/** Permissions that a relay needs and that are given up. */
function lacking(entry: Entry, flags: Flags, kept: ReadonlySet<string>): string[] {
  if (kept.has("all")) return [];
  return [...needsOf(entry, flags)].filter((name) => !kept.has(name)).map((name) =>
    `relay "${entry.name}": it needs the permission "${name}", given up at the start: restart netlab`
  );
}
