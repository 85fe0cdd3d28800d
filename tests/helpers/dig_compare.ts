// Runs the same command line through dig and through ours (in this process) and compares what they print.
// Masked: id, cookie, times, version. To add command lines: the lists in `tests/interop/dig/cases.ts`.
import { runIn } from "../../cmd/dig.ts";
import { type DigWorld, octetsOf } from "../../cmd/dig/world.ts";
import { concat, latin1Text } from "../../lib/base/bytes.ts";

/** What a command line gave: text as octets, and the exit status. */
export interface Given {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** Ours, with its own `HOME` so that no `~/.digrc` comes in; on a terminal as wide as `COLUMNS` says, if it does. */
export async function runOurs(args: readonly string[], env: Record<string, string> = {}): Promise<Given> {
  const out: Uint8Array[] = [], err: Uint8Array[] = [];
  const world: DigWorld = {
    stdout: (bytes) => void out.push(bytes.slice()),
    stderr: (bytes) => void err.push(bytes.slice()),
    terminal: false,
    columns: env.COLUMNS === undefined ? undefined : Number(env.COLUMNS),
    env: (name) => env[name] ?? (name === "HOME" ? "/nonexistent" : undefined),
    giveUpPermissions: false,
  };
  const status = await runIn(world, octetsOf(args));
  return { stdout: latin1Text(concat(out)), stderr: latin1Text(concat(err)), status };
}

/** The real dig. */
export async function runDig(args: readonly string[], env: Record<string, string> = {}): Promise<Given> {
  const { code, stdout, stderr } = await new Deno.Command("dig", {
    args: [...args],
    env: { PATH: Deno.env.get("PATH")!, HOME: "/nonexistent", TZ: "UTC", ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  return { stdout: latin1Text(stdout), stderr: latin1Text(stderr), status: code };
}

/** Text without what differs from run to run. */
export function mask(text: string): string {
  return text
    .replace(/^\/\S*dig: /gm, "dig: ")
    .replace(/^\d\d-\w{3}-\d{4} \d\d:\d\d:\d\d\.\d{3} /gm, "LOGTIME ")
    // The id stands in the first row of a packet that cannot be read.
    .replace(/^(;; Got bad packet: .*\n\d+ bytes\n).. .. (.*? {9,})..(.*)$/gm, "$1xx xx $2..$3")
    .replace(/DiG 9\.18\S*/g, "DiG VERSION")
    .replace(/, id: +\d+/g, ", id: N")
    .replace(/^( +id: )\d+$/gm, "$1N")
    .replace(/expected ID \d+, got \d+/g, "expected ID N, got N")
    .replace(/(COOKIE: )[0-9a-f]{16,80}/g, "$1C")
    .replace(/Query time: \d+ (msec|usec)/g, "Query time: N $1")
    .replace(/ in \d+ (ms|us)(\.?)$/gm, " in N $1$2")
    .replace(/;; WHEN: .*/g, ";; WHEN: W")
    .replace(/!!timestamp \S+/g, "!!timestamp T")
    .replace(/([ \t]TSIG[ \t]\S+ )\d+ (\d+) 0( +)\d+ /g, "$1T $2 0$3N ")
    .replace(/([ \t]TSIG[ \t]\S+ )\d+ (\d+ \d+ )[A-Za-z0-9+/= ]{8,} \d+ (NOERROR|BAD\w+)/g, "$1T $2MAC N $3")
    .replace(/([ \t]ANY[ \t]SIG[ \t]0 \d+ 0 0) \d{14} \d{14} (\d+ \S+ ).*/g, "$1 T T $2S")
    .replace(/^(\t+\S+ \) )\d+ (NOERROR|BAD\w+) /gm, "$1N $2 ");
}

/** The masked result. */
export function masked({ stdout, stderr, status }: Given): Given {
  return { stdout: mask(stdout), stderr: mask(stderr), status };
}
