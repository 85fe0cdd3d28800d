// `netlab relay A B`: flags and addresses to a relay, its log and its dumps; or many of them from a file.
import { errorText, UsageError } from "../lib/base/errors.ts";
import { SILENT } from "../lib/base/log.ts";
import { once } from "../lib/base/late.ts";
import { undoAll } from "../lib/address/opening/at_exit.ts";
import { restartForKeylog } from "../lib/address/network/keylog.ts";
import type { ParseOptions } from "../lib/address/words/judge.ts";
import type { Endpoint } from "../lib/address/endpoint.ts";
import { joinedAddress, parseEndpoint } from "../lib/address/list.ts";
import { parseCommand } from "../lib/options/command.ts";
import { COMPAT_SIGNALS, compatFailure, compatSignal } from "../lib/relay/compat.ts";
import { featuresText } from "../lib/relay/features.ts";
import { planText } from "../lib/relay/plan.ts";
import { Service } from "../lib/relay/service.ts";
import { tellStatistics } from "../lib/relay/statistics.ts";
import { failedChild } from "../lib/stream/child.ts";
import { isTaken, keepPermissions, onSignalsOf, onStatisticsSignal, onStopSignals } from "../lib/stream/process.ts";
import { RELAY } from "./relay/flags.ts";
import {
  compatFamilies,
  type Flags,
  graceOf,
  judgeFlags,
  onlyOf,
  openDumps,
  type OpenedLog,
  openedLog,
  openLog,
  permissionsOf,
  serveRelay,
  takeLockFiles,
} from "./relay/parts.ts";

/** Loaded by a name that the runtime does not follow at every start. */
const configured = once<typeof import("./relay/config.ts")>(() => import(import.meta.resolve("./relay/config.ts")));

/** Runs the command; the exit status. Throws what ends it before or instead of its work. */
export async function run(argv: readonly string[]): Promise<number> {
  const words = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : argv.length);
  if (!words.includes("--compat")) return await runParsed(argv);
  if (words.includes("-V")) {
    console.log(featuresText());
    return 0;
  }
  try {
    return await runParsed(argv);
  } catch (error) {
    // socat reports what ends it in its log, and a wrong command line ends it with 1 too.
    const { log, flush } = openedLog() ?? logFor(argv);
    const status = compatFailure(log, error);
    await flush();
    return status;
  } finally {
    undoAll();
  }
}

/** A log for what is wrong with the command line: where it says, if that much of it is right. */
function logFor(argv: readonly string[]): OpenedLog {
  try {
    return openLog(parseCommand(RELAY, argv).values);
  } catch {
    return openLog(parseCommand(RELAY, ["--compat"]).values);
  }
}

/** Flags of nc and ncat, and what says the same here. */
const OF_NETCAT: Readonly<Record<string, string>> = {
  "-l": "tcp-listen:PORT -",
  "-k": "tcp-listen:PORT,fork",
  "-p": "tcp-listen:PORT, or sourceport=PORT where it connects",
  "-e": "exec:PROGRAM",
  "-c": "system:COMMAND",
  "-w": "-T SECONDS, or connect-timeout=SECONDS on the address",
  "-q": "-t SECONDS",
  "-z": "-u /dev/null tcp:HOST:PORT",
  "-C": "crnl on the address",
  "--ssl": "tls:HOST:PORT, or tls-listen:PORT,cert=FILE",
  "--proxy": "via=URL on the address",
};

function parsed(argv: readonly string[]) {
  try {
    return parseCommand(RELAY, argv);
  } catch (error) {
    const [, flag = ""] = /^Unknown flag "(--(?:ssl|proxy)|-[a-zA-Z])[a-zA-Z-]*"$/.exec(errorText(error)) ?? [];
    if (!Object.hasOwn(OF_NETCAT, flag)) throw error;
    throw new UsageError(errorText(error), `in place of nc's ${flag}: ${OF_NETCAT[flag]}; see: netlab relay --help`);
  }
}

async function runParsed(argv: readonly string[]): Promise<number> {
  const garbled = argv.find((word) => word.includes("\ufffd"));
  // The runtime names and opens files by text: this would be another one.
  if (garbled !== undefined) {
    throw new UsageError(`"${garbled}" is not UTF-8`, "give the file a name that is, by a link");
  }
  const { values: flags, args } = parsed(argv);
  if (flags.u && flags.U) throw new UsageError('Flags "-u" and "-U" exclude each other', "see: netlab relay --help");
  if (flags.config !== undefined) {
    if (args.length > 0) {
      throw new UsageError(
        `With --config the addresses stand in the file: "${args.join('" "')}" is too much`,
        "see: netlab relay --help",
      );
    }
    return await (await configured()).runConfig(flags.config, flags);
  }
  if (args.length !== 2) {
    const whole = joinedAddress(args);
    throw new UsageError(
      `Two addresses are needed, not ${args.length}${args.length > 2 ? `: "${args.join('" "')}"` : ""}`,
      whole === undefined
        ? "for example: netlab relay -v tcp-listen:1234,fork tcp:localhost:8080; see: netlab relay --help"
        : `a blank ends an address: ${whole} is one`,
    );
  }
  const opens = !flags.check && !flags.plan;
  const restarted = opens ? await restartForKeylog(args) : undefined;
  if (restarted !== undefined) return restarted;
  const skipped: string[] = [];
  const parsing: ParseOptions = {
    sloppy: flags.s,
    anyGroup: flags.g,
    compat: flags.compat,
    skipped: (message) => skipped.push(message),
  };
  const left = parseEndpoint(args[0]!, parsing), right = parseEndpoint(args[1]!, parsing);
  if (opens) return await runOne(left, right, flags, skipped);
  await judgeFlags(flags);
  console.log(
    flags.check
      ? await checkOf(left, right)
      : await planText([{ left, right, flags }], flags["proxy-from-env"] ? Deno.env.toObject() : {}),
  );
  return 0;
}

/** `--check`: OK, or a `UsageError` for what cannot be used. */
async function checkOf(...endpoints: readonly Endpoint[]): Promise<string> {
  for (const endpoint of endpoints) {
    await endpoint.prepare(SILENT).catch((error) => {
      // Anything else may be otherwise when it is opened.
      if (error instanceof UsageError) throw error;
    });
  }
  return "OK";
}

async function runOne(left: Endpoint, right: Endpoint, flags: Flags, skipped: readonly string[]): Promise<number> {
  const { log, started, flush } = openLog(flags);
  for (const message of skipped) log.warning(message);
  const dumps = await openDumps(flags);
  const service = new Service(log, graceOf(left, right, flags));
  const forks = left.forks || right.forks;
  const logged = flags.compat ? flags.S ?? COMPAT_SIGNALS : 0;
  let status = 0;
  const statistics = () =>
    tellStatistics(log, service.totals, service.active, flags.compat ? { only: onlyOf(flags) } : undefined);
  const undo = [
    onStopSignals((code) => {
      // With fork it is for netlab and for the programs of all connections.
      if (!forks && isTaken(code)) return;
      status = code;
      if ((logged >>> (code - 128)) & 1) compatSignal(log, code);
      service.stop();
    }),
    onSignalsOf(logged, (code) => {
      status = code;
      compatSignal(log, code);
      service.kill();
    }),
    onStatisticsSignal(statistics),
  ];
  try {
    await takeLockFiles(flags, service.accepting);
    const families = flags.compat ? compatFamilies(flags) : undefined;
    keepPermissions(permissionsOf(flags, left, right));
    await serveRelay(left, right, flags, { log, service, dumps, started, families });
  } catch (error) {
    if (status === 0) throw error;
  } finally {
    undo.forEach((end) => end());
    dumps.watch?.close();
    if (flags.statistics) statistics();
    undoAll();
    await flush();
  }
  // A program that fails is the exit status; under fork it is only one of many.
  if (status === 0 && !forks) {
    const failed = failedChild();
    if (failed !== undefined) status = flags.compat ? 1 : failed.code;
  }
  return status;
}
