// `netlab relay A B`: flags and addresses to a relay, its log and its dumps.
import { setColorEnabled } from "@std/fmt/colors";
import { UsageError } from "../lib/base/errors.ts";
import { Log, LOG_LEVELS, type LogLevel } from "../lib/base/log.ts";
import { type Endpoint, parseEndpoint } from "../lib/address/list.ts";
import { Dump, type DumpMode, RawDump } from "../lib/observe/dump.ts";
import { parseCommand } from "../lib/options/command.ts";
import type { Values } from "../lib/options/schema.ts";
import { type Observed, relay } from "../lib/relay/relay.ts";
import { peerText } from "../lib/relay/report.ts";
import { Service } from "../lib/relay/service.ts";
import { keepPermissions, onStatisticsSignal, onStopSignals } from "../lib/stream/process.ts";
import { Sink, stderrSink } from "../lib/stream/sink.ts";
import type { FlowObserver } from "../lib/stream/tap.ts";
import { RELAY } from "./relay_flags.ts";

type Flags = Values<typeof RELAY.flags>;

/** Runs the command; the exit status. Throws what ends it before or instead of its work. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values: flags, args } = parseCommand(RELAY, argv);
  if (args.length !== 2) {
    throw new UsageError(
      `Two addresses are needed, not ${args.length}${args.length > 2 ? `: "${args.join('" "')}"` : ""}`,
      "for example: netlab relay -v tcp-listen:1234,fork tcp:localhost:8080; see: netlab relay --help",
    );
  }
  if (flags.u && flags.U) throw new UsageError('Flags "-u" and "-U" exclude each other', "see: netlab relay --help");
  const left = parseEndpoint(args[0]!), right = parseEndpoint(args[1]!);
  const listens = left.listens || right.listens;
  const log = openLog(flags);
  const sink = openDumps(flags);
  keepPermissions(permissionsFor(left, right));

  const grace = flags.grace ?? (listens ? 5000 : 0);
  const service = new Service(log, grace);
  let status = 0;
  const undo = [
    onStopSignals((code) => {
      status = code;
      service.stop();
      if (grace === 0) service.kill();
    }),
    onStatisticsSignal(() => tellStatistics(log, service)),
  ];
  const many = left.forks || right.forks;
  try {
    await relay(left, right, {
      log,
      service,
      compat: flags.compat,
      family: flags[4] ? 4 : flags[6] ? 6 : undefined,
      lingerMs: flags.t ?? (flags.compat ? 500 : undefined),
      idleMs: flags.T,
      blockSize: flags.b ?? (flags.v || flags.x || flags.compat ? 8192 : undefined),
      only: flags.u ? ">" : flags.U ? "<" : undefined,
      observe: (connection) => observers(flags, sink, connection, many),
      onListening: (where) => log.notice(`listening on ${where}`, { event: "listening", where }),
    });
  } catch (error) {
    if (status === 0) throw error;
  } finally {
    undo.forEach((end) => end());
    if (flags.statistics) tellStatistics(log, service);
  }
  return status;
}

/** -d0 to -d4 as socat counts them; without -d: notices too, but warnings only under --compat. */
function levelOf(flags: Flags): LogLevel {
  if (flags.d === undefined) return flags.compat ? "warning" : "notice";
  const base = flags.compat ? 2 : 3;
  return flags.d === 0 ? "none" : LOG_LEVELS[Math.min(base + flags.d, LOG_LEVELS.length - 1)]!;
}

function openLog(flags: Flags): Log {
  const sink = flags.lf === undefined ? stderrSink() : new Sink(openForAppending(flags.lf));
  return new Log({
    level: levelOf(flags),
    format: flags.log,
    program: flags.lp,
    pid: Deno.pid,
    write: (line) => sink.line(line),
  });
}

function openForAppending(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { append: true, create: true });
  } catch (error) {
    throw new Error(`Cannot write "${path}": ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** The files of `-r` and `-R`. */
interface Dumps {
  readonly sent: Sink | undefined;
  readonly received: Sink | undefined;
}

function openDumps(flags: Flags): Dumps {
  const open = (path: string | undefined) => path === undefined ? undefined : new Sink(openForAppending(path));
  return { sent: open(flags.r), received: open(flags.R) };
}

function observers(flags: Flags, raw: Dumps, connection: Observed, many: boolean): FlowObserver[] {
  const list: FlowObserver[] = [];
  const mode: DumpMode | undefined = flags.v && flags.x ? "both" : flags.x ? "hex" : flags.v ? "text" : undefined;
  if (mode !== undefined) {
    list.push(
      new Dump({
        mode,
        sink: stderrSink(),
        mark: many && !flags.compat ? `#${connection.number} ${peerText(connection.left)}` : undefined,
        colour: colourWanted(),
      }),
    );
  }
  if (raw.sent !== undefined || raw.received !== undefined) list.push(new RawDump(raw.sent, raw.received));
  return list;
}

let colour: boolean | undefined;

function colourWanted(): boolean {
  if (colour === undefined) {
    colour = Deno.stderr.isTerminal() && !Deno.noColor;
    setColorEnabled(colour);
  }
  return colour;
}

function permissionsFor(...endpoints: Endpoint[]): Set<string> {
  return new Set(endpoints.flatMap((endpoint) => endpoint.needs));
}

function tellStatistics(log: Log, service: Service): void {
  const { sent, received, connections, failed } = service.totals;
  const lines = [
    `STATISTICS: left to right: ${sent} byte(s)`,
    `STATISTICS: right to left: ${received} byte(s)`,
    `STATISTICS: connections: ${connections}, failed: ${failed}, open: ${service.active}`,
  ];
  for (const line of lines) log.tell(line);
}
