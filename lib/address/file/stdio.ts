// Standard input and outputs.
import type { Values } from "../../options/schema.ts";
import { needLibc } from "../../stream/libc/libc.ts";
import { StdioStream } from "../../stream/stdio.ts";
import { FLAG_OPTIONS, LOCK_OPTIONS, prepareDescriptor, wantsDescriptor } from "./lock.ts";
import { defineAddress, once, type OpenContext, type Permission } from "../model.ts";
import { setStdin, TERMINAL_OPTIONS, type TerminalOptions, wantsTerminal } from "./terminal.ts";

const params = { min: 0, max: 0 };

const OPTIONS = { ...LOCK_OPTIONS, ...FLAG_OPTIONS, ...TERMINAL_OPTIONS };
type Options = Values<typeof OPTIONS> & TerminalOptions;

function needs(_: readonly string[], options: Options): Permission[] {
  return [
    ...(wantsTerminal(options) ? ["run", "env"] as const : []),
    ...(wantsDescriptor(options) ? ["ffi"] as const : []),
  ];
}

/** Locks and flags on those of the descriptors that are used. */
async function prepared(fds: readonly number[], options: Options, context: OpenContext): Promise<void> {
  if (!wantsDescriptor(options)) return;
  const libc = needLibc("Locks and flags of standard input and output");
  const used = context.use === undefined || fds.length < 2 ? fds : [context.use === "read" ? 0 : 1];
  for (const fd of used) await prepareDescriptor(libc, fd, options, context.signal);
}

/** STDIO. */
export const STDIO = defineAddress({
  names: ["STDIO", "-"],
  syntax: "- or STDIO",
  summary: "Reads standard input, writes standard output",
  params,
  options: OPTIONS,
  needs,
  open: ({ options, context }) =>
    once(async () => {
      await prepared([0, 1], options, context);
      // Given back when the program ends, as several connections may share it.
      setStdin(options);
      return new StdioStream({ input: true, output: "stdout" }, { label: "stdio" });
    }),
});

/** STDIN. */
export const STDIN = defineAddress({
  names: ["STDIN"],
  syntax: "STDIN",
  summary: "Reads standard input",
  params,
  options: OPTIONS,
  needs,
  open: ({ options, context }) =>
    once(async () => {
      await prepared([0], options, context);
      // Given back when the program ends, as several connections may share it.
      setStdin(options);
      return new StdioStream({ input: true, output: undefined }, { label: "stdin" });
    }),
});

/** STDOUT. */
export const STDOUT = defineAddress({
  names: ["STDOUT"],
  syntax: "STDOUT",
  summary: "Writes standard output",
  params,
  options: OPTIONS,
  needs,
  open: ({ options, context }) =>
    once(async () => {
      await prepared([1], options, context);
      return new StdioStream({ input: false, output: "stdout" }, { label: "stdout" });
    }),
});

/** STDERR. */
export const STDERR = defineAddress({
  names: ["STDERR"],
  syntax: "STDERR",
  summary: "Writes standard error",
  params,
  options: OPTIONS,
  needs,
  open: ({ options, context }) =>
    once(async () => {
      await prepared([2], options, context);
      return new StdioStream({ input: false, output: "stderr" }, { label: "stderr" });
    }),
});
