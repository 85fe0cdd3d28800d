// What a run of dig takes from its surroundings and gives to them: streams, environment, files. Not pure.
import { latin1, latin1Text, utf8, utf8Text } from "../../lib/base/bytes.ts";
import { errorText } from "../../lib/base/errors.ts";
import { DigExit, fatal } from "../../lib/dns/dig/defaults.ts";
import type { DigOutput, OctetText } from "../../lib/dns/dig/settings.ts";
import { columnsOf } from "../../lib/stream/columns.ts";

/** What a run of dig takes from and gives to its surroundings; tests bring their own. */
export interface DigWorld {
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
  /** Standard output is a terminal. */
  readonly terminal: boolean;
  /** Columns of that terminal; absent where there is none. */
  readonly columns?: number | undefined;
  env(name: string): string | undefined;
  /** Shows how far a file of names is; absent where nobody would see it. */
  readonly progress?: ((text: string) => void) | undefined;
  /** Permissions that are not needed are given up for good. */
  readonly giveUpPermissions: boolean;
}

/** The process's own world. */
export const PROCESS: DigWorld = {
  stdout: (bytes) => writeAll(Deno.stdout, bytes),
  stderr: (bytes) => writeAll(Deno.stderr, bytes),
  get terminal() {
    return Deno.stdout.isTerminal();
  },
  get columns() {
    return columnsOf(Deno.stdout);
  },
  get progress() {
    if (!Deno.stderr.isTerminal() || Deno.stdout.isTerminal()) return undefined;
    return (text: string) => writeAll(Deno.stderr, latin1(text));
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

/** Arguments as octets. */
export function octetsOf(args: readonly string[]): OctetText[] {
  return args.map((arg) => /[\u0080-\uffff]/.test(arg) ? latin1Text(utf8(arg)) : arg);
}

/** This process's arguments as octets: the runtime has U+FFFD in place of what is no UTF-8, the system still knows. */
export function processOctets(args: readonly string[]): OctetText[] {
  if (Deno.build.os !== "linux" || !args.some((arg) => arg.includes("\ufffd"))) return octetsOf(args);
  const all = readOctets("/proc/self/cmdline")?.split("\0").slice(0, -1) ?? [];
  return all.length < args.length ? octetsOf(args) : all.slice(all.length - args.length);
}

/** An argument as the path of a file: the runtime's paths are text. */
export function pathOf(text: OctetText): string {
  return utf8Text(latin1(text));
}

/** Opens the batch file, "-" for standard input. Ends the run with status 8 when it cannot be read. */
export function openBatch(name: OctetText, output: DigOutput): ReadableStream<Uint8Array> {
  if (name === "-") return Deno.stdin.readable;
  const path = pathOf(name);
  try {
    // What is no file opens and cannot be read.
    if (Deno.statSync(path).isDirectory) throw new Deno.errors.IsADirectory("Is a directory");
    return Deno.openSync(path).readable;
  } catch (error) {
    const words = error instanceof Deno.errors.NotFound
      ? "No such file or directory"
      : error instanceof Deno.errors.PermissionDenied
      ? "Permission denied"
      : errorText(error);
    output.err(`${name}: ${words}\n`);
    return fatal(output, "couldn't open specified batch file", 8);
  }
}
