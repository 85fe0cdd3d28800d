// The files of -r and -R: one for all connections, or, where their names hold variables, one for each.
import { programEnvironment } from "../../lib/address/program/environment.ts";
import { microsecond } from "../../lib/base/log.ts";
import { byWord } from "../../lib/base/text.ts";
import { RawDump } from "../../lib/observe/dump.ts";
import type { Observed } from "../../lib/relay/relay.ts";
import { Sink } from "../../lib/stream/sink.ts";
import type { FlowObserver } from "../../lib/stream/tap.ts";

/** Variables in a name that are told of each connection; `$$` is the process. */
const VARIABLE = /\$(?:\$|(\w+)|\{(\w+)\})/g;

/** Whether a name of a file is another for each connection. */
export function isOfConnection(path: string | undefined): boolean {
  return path !== undefined && [...path.matchAll(VARIABLE)].some(([whole]) => whole !== "$$");
}

/** What makes the observer that writes a connection's octets. */
export type DumpFiles = (connection: Observed) => FlowObserver;

/** Opens the files of `-r` and `-R`, now or for each connection; `undefined` when neither was given. Throws what fails. */
export function openDumpFiles(
  sent: string | undefined,
  received: string | undefined,
  program: string,
): DumpFiles | undefined {
  if (sent === undefined && received === undefined) return undefined;
  const open = (name: (path: string) => string) => {
    const files = [sent, received].map((path) => path === undefined ? undefined : Sink.appending(name(path)));
    return new RawDump(files[0], files[1]);
  };
  if (isOfConnection(sent) || isOfConnection(received)) {
    return (connection) => open(pathsOf(connection, program));
  }
  const shared = open((path) => dumpPath(path, program));
  return () => ({ data: (direction, chunk) => shared.data(direction, chunk) });
}

/** The name of a dump file without a connection: `$$`, `$PROGNAME`, `$TIMESTAMP`, `$MICROS`, variables of the environment. */
export function dumpPath(path: string, program: string): string {
  return expand(path, program, momentNow(), byWord({}));
}

/** The names of a connection's files, both of one moment. */
function pathsOf({ left, right }: Observed, program: string): (path: string) => string {
  const told = { ...programEnvironment(right, Deno.pid), ...programEnvironment(left, Deno.pid) };
  // What socat calls after the program (-lp).
  const own = program.toUpperCase().replaceAll("-", "_");
  for (const [name, value] of Object.entries(told)) {
    if (name.startsWith("SOCAT_")) told[name.replace("SOCAT", own)] = value;
  }
  const moment = momentNow();
  return (path) => expand(path, program, moment, byWord(told));
}

function momentNow(): { readonly TIMESTAMP: string; readonly MICROS: string } {
  const now = new Date();
  const iso = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  return {
    TIMESTAMP: iso.slice(0, 19).replace(/[-:]/g, ""),
    MICROS: String(microsecond(now)).padStart(6, "0"),
  };
}

/** What a peer told as a part of the name of a file: of what no name can hold, on Windows more than elsewhere, `_`. */
export function namePart(value: string, os: string = Deno.build.os): string {
  const name = value.replace(os === "windows" ? /[\x00-\x1f<>:"/\\|?*]/g : /[\0/]/g, "_");
  // Alone between two slashes they lead elsewhere.
  return /^[. ]+$/.test(name) ? "_" : name;
}

/** A variable that there is not is nothing, as in a shell. No directory is named by a peer. */
function expand(
  path: string,
  program: string,
  moment: ReturnType<typeof momentNow>,
  told: Readonly<Record<string, string>>,
): string {
  const own: Readonly<Record<string, string>> = byWord({ PROGNAME: program, ...moment });
  return path.replace(VARIABLE, (_, plain?: string, braced?: string) => {
    const name = plain ?? braced;
    if (name === undefined) return String(Deno.pid);
    if (own[name] !== undefined) return own[name];
    return told[name] === undefined ? Deno.env.get(name) ?? "" : namePart(told[name]);
  });
}
