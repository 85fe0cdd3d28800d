// Standard input and outputs.
import { StdioStream } from "../stream/stdio.ts";
import { defineAddress, once, type Permission } from "./model.ts";
import { setStdin, TERMINAL_OPTIONS, type TerminalOptions, wantsTerminal } from "./terminal.ts";

const params = { min: 0, max: 0 };

function needs(_: readonly string[], options: TerminalOptions): Permission[] {
  return wantsTerminal(options) ? ["run", "env"] : [];
}

/** STDIO. */
export const STDIO = defineAddress({
  names: ["STDIO", "-"],
  syntax: "- or STDIO",
  summary: "Reads standard input, writes standard output",
  params,
  options: TERMINAL_OPTIONS,
  needs,
  open: ({ options }) =>
    once(async () => {
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
  options: TERMINAL_OPTIONS,
  needs,
  open: ({ options }) =>
    once(async () => {
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
  options: TERMINAL_OPTIONS,
  needs,
  open: () => once(async () => new StdioStream({ input: false, output: "stdout" }, { label: "stdout" })),
});

/** STDERR. */
export const STDERR = defineAddress({
  names: ["STDERR"],
  syntax: "STDERR",
  summary: "Writes standard error",
  params,
  options: TERMINAL_OPTIONS,
  needs,
  open: () => once(async () => new StdioStream({ input: false, output: "stderr" }, { label: "stderr" })),
});
