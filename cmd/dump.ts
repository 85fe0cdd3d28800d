// `netlab dump`: packets from a file, a pipe or an interface, through a filter, to a view or a file.
import { UsageError } from "../lib/base/errors.ts";
import { interfaceLines, interfaceNamed } from "../lib/capture/live/interfaces.ts";
import { KeyLog } from "../lib/dissect/security/key_log.ts";
import { parseCommand } from "../lib/options/command.ts";
import { filterFile, fromFiles, listed } from "./dump/files.ts";
import { DUMP, REFUSED } from "./dump/flags.ts";
import { type DumpFlags, type InterfaceNames, Output, OutputClosed } from "./dump/output.ts";
import { explainBytes, openView } from "./dump/view.ts";
import { Work } from "./dump/work.ts";

const live = () => import(import.meta.resolve("./dump/live.ts")) as Promise<typeof import("./dump/live.ts")>;
const code = () => import(import.meta.resolve("./dump/code.ts")) as Promise<typeof import("./dump/code.ts")>;

/** Runs the command; the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values: flags, args } = parseCommand(DUMP, argv);
  const output = new Output();
  try {
    return await dump(flags, args, output);
  } catch (error) {
    // Nobody reads any more, what is shown or what -w - writes.
    if (error instanceof OutputClosed || error instanceof Deno.errors.BrokenPipe) return 0;
    throw error;
  }
}

/**
 * The arguments of `relay` when a line of `dump` names two addresses to stand between, else `undefined`: the first
 * holds a colon or a comma after a word, as no filter begins.
 */
export function asRelay(argv: readonly string[]): string[] | undefined {
  const { values: flags, args } = parseCommand(DUMP, argv);
  if (args.length !== 2 || flags.r !== undefined || flags.i !== undefined || flags.bytes !== undefined) {
    return undefined;
  }
  if (!/^(-|[a-z][a-z0-9-]*[:,].*)$/i.test(args[0]!)) return undefined;
  return [
    typeof flags.explain === "string" ? `--explain=${flags.explain}` : "--explain",
    ...argv.filter((arg) => !/^--explain(=|$)/.test(arg)),
  ];
}

async function dump(flags: DumpFlags, args: readonly string[], output: Output): Promise<number> {
  for (const flag of REFUSED) {
    if (flags[flag]) throw new UsageError(`Flag "-${flag}" is tcpdump's alone: ${DUMP.flags[flag].help}`);
  }
  if (flags.t !== undefined && flags.t > 5) throw new UsageError('Flag "-t" stands five times at most');
  if (flags.m.length > 0) console.error('netlab: flag "-m" is passed over: MIBs are not read');
  if (flags.D) {
    output.lines(interfaceLines());
    return 0;
  }
  if (flags.L || flags.J) {
    const name = interfaceNamed(flags.i ?? "1");
    output.lines(
      flags.L
        ? [`Data link types for ${name} (use option -y to set):`, ...(await (await live()).linkTypesOf(name))]
        : [`Time stamp types for ${name} (use option -j to set):`, "  host (Host)"],
    );
    return 0;
  }
  if (flags.bytes !== undefined) {
    if (args.length > 0) throw new UsageError(`With --bytes there is no filter: "${args.join(" ")}" is too much`);
    await explainBytes(flags.bytes, flags, output);
    return 0;
  }
  const text = flags.F === undefined ? args.join(" ") : filterFile(flags.F);
  if (flags.d !== undefined) {
    output.lines(await (await code()).filterCode(flags, text));
    return 0;
  }
  const sources = (["r", "V", "i"] as const).filter((flag) => flags[flag] !== undefined);
  if (sources.length > 1) {
    throw new UsageError(`Flags "-${sources[0]}" and "-${sources[1]}" exclude each other`, "see: netlab dump --help");
  }
  if (sources.length === 0 && args.length === 1 && isFile(args[0]!)) {
    throw new UsageError(
      `"${args[0]}" is a file, and no filter`,
      `to read it: netlab dump -r ${args[0]}; see: netlab dump --help`,
    );
  }
  // Without any, the interface that -D tells first.
  if (sources.length === 0) flags = { ...flags, i: interfaceNamed("1") };
  // Secrets of TLS: those that flags name, and those that the capture itself holds.
  const given = flags.keylog !== undefined || flags["tls-key"].length > 0;
  const keys = given ? (await import("./dump/keys.ts")).readKeys(flags) : new KeyLog();
  const names: InterfaceNames = {};
  const shown = flags.w === undefined || flags.print || flags["export-objects"] !== undefined;
  const view = shown ? await openView(flags, output, keys, names) : undefined;
  const work = new Work(flags, text, view, keys);
  if (flags.r !== undefined || flags.V !== undefined) {
    return await fromFiles(flags.r !== undefined ? [flags.r] : await listed(flags.V!), work);
  }
  return await (await live()).fromInterface(flags.i!, work, names);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
