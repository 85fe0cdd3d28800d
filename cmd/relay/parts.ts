// What `netlab relay` is made of: its log, its dumps, the observers of a connection, one relay run by its flags.
import { once } from "../../lib/base/late.ts";
import { columnsOf } from "../../lib/stream/columns.ts";
import { errorText, UsageError } from "../../lib/base/errors.ts";
import type { Endpoint } from "../../lib/address/endpoint.ts";
import { takeLockFile } from "../../lib/address/opening/lockfile.ts";
import { Log, LOG_LEVELS, type LogLevel, logLevel } from "../../lib/base/log.ts";
import { Dump, dumpMode } from "../../lib/observe/dump.ts";
import { refuseLonely } from "../../lib/observe/watch_flags.ts";
import type { Watch } from "../../lib/observe/watch.ts";
import type { Values } from "../../lib/options/schema.ts";
import { compatReporter } from "../../lib/relay/compat.ts";
import { failedChild } from "../../lib/stream/child.ts";
import { type Observed, relay } from "../../lib/relay/relay.ts";
import { peerText, reporter } from "../../lib/relay/report.ts";
import type { Service } from "../../lib/relay/service.ts";
import { isSpecial } from "../../lib/stream/process.ts";
import { Sink, stderrSink } from "../../lib/stream/sink.ts";
import { facilityCode, Syslog } from "../../lib/stream/syslog.ts";
import type { FlowObserver } from "../../lib/stream/tap.ts";
import { type DumpFiles, dumpPath, isOfConnection, openDumpFiles } from "./dump_files.ts";
import type { RELAY } from "./flags.ts";

/** Loaded by a name that the runtime does not follow at every start: most runs explain and record nothing. */
const watching = once<typeof import("../../lib/observe/watch.ts")>(() =>
  import(import.meta.resolve("../../lib/observe/watch.ts"))
);

/** What the flags of `relay` hold once they are parsed. */
export type Flags = Values<typeof RELAY.flags>;

/** -d0 to -d4, under --compat as socat counts them. */
function levelOf({ d, compat }: Pick<Flags, "d" | "compat">): LogLevel {
  return compat ? LOG_LEVELS[1 + Math.min(d ?? 1, 4)]! : logLevel(d);
}

function programName({ lp, compat }: Flags): string {
  return lp ?? (compat ? "socat" : "netlab");
}

/** The log; what tells it that the start is over (`-lm` turns to syslog then); what waits until all of it is written. */
export interface OpenedLog {
  readonly log: Log;
  started(): void;
  flush(): Promise<void>;
}

let opened: OpenedLog | undefined;

/** The log that was opened last: what it takes to open one may have been given up since. */
export function openedLog(): OpenedLog | undefined {
  return opened;
}

/** Opens the log that the flags ask for. */
export function openLog(flags: Flags): OpenedLog {
  const sink = flags.lf === undefined ? stderrSink() : Sink.appending(flags.lf);
  const program = programName(flags);
  const wanted = flags.ly ?? flags.lm;
  let syslog: Syslog | undefined;
  if (wanted !== undefined) {
    const facility = facilityCode(wanted === true ? "daemon" : wanted);
    if (facility === undefined) {
      throw new UsageError(`Cannot parse flag "-l${flags.ly === undefined ? "m" : "y"}": no facility "${wanted}"`);
    }
    try {
      syslog = new Syslog(program, facility);
    } catch (error) {
      // A socat starts all the same, and says nothing; ours goes on to say it where it did.
      if (!flags.compat) throw error;
    }
  }
  let toSyslog = flags.ly !== undefined && syslog !== undefined;
  const log = new Log({
    level: levelOf(flags),
    format: flags.log,
    program,
    pid: Deno.pid,
    micros: flags.lu,
    host: flags.lh ? hostName() : undefined,
    write: (line) => toSyslog ? syslog!.line(line) : sink.line(line),
  });
  return opened = {
    log,
    started: () => void (toSyslog = syslog !== undefined),
    flush: async () => await syslog?.flush(),
  };
}

function hostName(): string {
  return Deno.env.get("HOSTNAME") || Deno.hostname();
}

/** The files of `-r` and `-R`, and what explains and records. */
export interface Dumps {
  readonly files: DumpFiles | undefined;
  readonly watch: Watch | undefined;
}

/** Judges the flags that explain and record, without opening anything. */
export async function judgeFlags(flags: Flags): Promise<void> {
  refuseLonely(flags);
  if (flags.explain !== undefined) await (await watching()).judgeWatch(flags);
}

/** Opens the files of `-r` and `-R`, and what the flags that explain and record ask for. */
export async function openDumps(flags: Flags): Promise<Dumps> {
  refuseLonely(flags);
  const program = programName(flags);
  const files = openDumpFiles(flags.r, flags.R, program);
  const asked = flags.explain !== undefined || flags.pcap !== undefined;
  const watch = asked
    ? await (await watching()).openWatch(flags, {
      terminal: stderrSink(),
      colour: colourWanted(),
      width: columnsOf(Deno.stderr),
      open: (path) => Sink.appending(dumpPath(path, program)),
    })
    : undefined;
  return { files, watch };
}

/** What watches a connection: by the flags of its relay. `many`: others may be open at the same time. */
function observers(flags: Flags, raw: Dumps, connection: Observed, many: boolean, log: Log): FlowObserver[] {
  const list: FlowObserver[] = [];
  const mode = dumpMode(flags);
  const which = connection.name === undefined ? "" : `${connection.name} `;
  const mark = many && !flags.compat && (mode !== undefined || raw.watch !== undefined)
    ? `${which}#${connection.number} ${peerText(connection.left)}`
    : undefined;
  if (mode !== undefined) list.push(new Dump({ mode, sink: stderrSink(), mark, colour: colourWanted() }));
  if (raw.watch !== undefined) {
    const transport = connection.datagrams ? "udp" : "tcp";
    list.push(...raw.watch.observers({ ...connection, mark, transport }));
  }
  try {
    if (raw.files !== undefined) list.push(raw.files(connection));
  } catch (error) {
    // A file of its own: the other connections have theirs.
    if (!many) throw error;
    log.error(errorText(error));
  }
  return list;
}

let colour: boolean | undefined;

function colourWanted(): boolean {
  return colour ??= Deno.stderr.isTerminal() && !Deno.noColor;
}

/** `-D`: what each open descriptor is, where the system tells. */
function tellDescriptors(log: Log): void {
  try {
    const numbers = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => Number(name)).sort((a, b) => a - b);
    for (const number of numbers) {
      try {
        log.tell(`descriptor ${number}: ${Deno.readLinkSync(`/proc/self/fd/${number}`)}`);
      } catch {
        // The one that listed them.
      }
    }
  } catch {
    log.warning("-D: this system does not tell about open descriptors");
  }
}

/** `-L` and `-W`: takes the lock files, the second when it is free; an abort of `signal` ends the waiting. */
export async function takeLockFiles({ L, W }: Flags, signal: AbortSignal): Promise<void> {
  if (L !== undefined) await takeLockFile(L, false, signal);
  if (W !== undefined) await takeLockFile(W, true, signal);
}

/** What is needed around one relay. */
export interface Serving {
  readonly log: Log;
  readonly service: Service;
  readonly dumps: Dumps;
  readonly name?: string | undefined;
  /** What socat's environment variables say of IP versions. */
  readonly families?: Families | undefined;
  /** Called when it serves: a listener is bound, or both addresses are open. */
  started(): void;
}

/** Versions of IP to listen on and to prefer when connecting. */
export interface Families {
  readonly listen: 4 | 6 | undefined;
  readonly resolve: 4 | 6 | undefined;
}

/**
 * socat's -0, SOCAT_DEFAULT_LISTEN_IP and SOCAT_PREFERRED_RESOLVE_IP. 0 and anything else mean no preference, which to a
 * listener is the IPv6 socket that takes IPv4 as well.
 */
export function compatFamilies(flags: Flags): Families {
  const of = (name: string): 4 | 6 | "both" | undefined => {
    const text = flags[0] ? "0" : Deno.env.get(name);
    return text === undefined ? undefined : text.startsWith("4") ? 4 : text.startsWith("6") ? 6 : "both";
  };
  const listen = of("SOCAT_DEFAULT_LISTEN_IP"), resolve = of("SOCAT_PREFERRED_RESOLVE_IP");
  return { listen: listen === "both" ? 6 : listen, resolve: resolve === "both" ? undefined : resolve };
}

/** The one direction that is carried, of -u and -U. */
export function onlyOf({ u, U }: Pick<Flags, "u" | "U">): ">" | "<" | undefined {
  return u ? ">" : U ? "<" : undefined;
}

/** Runs one relay by its flags. */
export async function serveRelay(left: Endpoint, right: Endpoint, flags: Flags, around: Serving): Promise<void> {
  const { log, service, dumps, name, started } = around;
  const many = left.forks || right.forks || name !== undefined;
  const single = log.lowered(Math.max(left.quieter, right.quieter));
  const programFailed = () => !many && failedChild() !== undefined;
  let told = !flags.D;
  await relay(left, right, {
    log,
    reporter: flags.compat ? compatReporter(log, single, programFailed) : reporter(log, single),
    service,
    name,
    compat: flags.compat,
    proxyFromEnv: flags["proxy-from-env"],
    family: flags[4] ? 4 : flags[6] ? 6 : around.families?.resolve,
    listenFamily: flags[4] ? 4 : flags[6] ? 6 : around.families?.listen,
    lingerMs: flags.t ?? (flags.compat ? 500 : undefined),
    idleMs: flags.T === 0 ? undefined : flags.T,
    blockSize: flags.b ?? (flags.v || flags.x || flags.compat ? 8192 : undefined),
    // Watching does not cut what is carried.
    datagramSize: flags.b ?? (flags.compat ? 8192 : undefined),
    only: onlyOf(flags),
    observe: (connection) => {
      if (!told) tellDescriptors(log);
      told = true;
      started();
      return observers(flags, dumps, connection, many, log);
    },
    onListening: started,
  });
}

/** What running connections are given when the program is asked to stop, in milliseconds. */
export function graceOf(left: Endpoint, right: Endpoint, flags: Flags): number {
  if (flags.grace !== undefined) return flags.grace;
  if (!left.listens && !right.listens) return 0;
  // socat ends at once; only children that serve other connections live on. Datagrams have no end to wait for: there is
  // time for an answer that is under way.
  const forks = left.forks || right.forks, datagrams = left.datagrams || right.datagrams;
  if (flags.compat && (!forks || datagrams)) return 0;
  return datagrams ? 1000 : 5000;
}

/** Files that are opened for a connection, or when another is full: not before the permissions are given up. */
function openedLater({ r, R, pcap, "pcap-size": size, "pcap-seconds": seconds }: Flags): string[] {
  const rotated = size === undefined && seconds === undefined ? undefined : pcap;
  return [...[r, R].filter(isOfConnection), rotated].filter((path) => path !== undefined);
}

/** What the addresses and flags call for while they run. */
export function permissionsOf(flags: Flags, ...endpoints: Endpoint[]): Set<string> {
  const needs = new Set<string>(endpoints.flatMap((endpoint) => endpoint.needs));
  // The runtime lets nobody else ask about descriptors, write to /dev/log, or open a file below /dev.
  const all = flags.D || flags.ly !== undefined || flags.lm !== undefined || openedLater(flags).some(isSpecial);
  if (all) needs.add("all");
  if (flags.L !== undefined || flags.W !== undefined) needs.add("write").add("read");
  if (isOfConnection(flags.r) || isOfConnection(flags.R)) needs.add("write").add("env");
  if (flags["pcap-size"] !== undefined || flags["pcap-seconds"] !== undefined) needs.add("write").add("read");
  if (flags["proxy-from-env"]) needs.add("env").add("read").add("sys");
  return needs;
}
