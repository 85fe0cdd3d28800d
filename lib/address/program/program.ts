// Programs: EXEC, SYSTEM, SHELL, by pipes or by a pseudo-terminal.
import { UsageError } from "../../base/errors.ts";
import { FILE, one } from "../../options/schema.ts";
import type { Stream } from "../../stream/stream.ts";
import { splitCommand } from "./command_words.ts";
import { pathOf } from "./environment.ts";
import { defineAddress, once, type Permission } from "../model.ts";
import { PROGRAM_GROUP, PROGRAM_OPTIONS, type ProgramOptions } from "./options.ts";
import { findFolder, findProgram, isMoved, runProgram, wantsOwnPipes } from "./run.ts";
import { shellStart, systemShell } from "./shell.ts";
import { terminalOption, wantsTerminal } from "../file/terminal.ts";

const WINDOWS = Deno.build.os === "windows";

function needs(_: readonly string[], options: ProgramOptions): Permission[] {
  return options.pty || wantsOwnPipes(options) || options.netns !== undefined
    ? ["run", "read", "env", "write", "ffi"]
    : ["run", "read", "env"];
}

function check(_: readonly string[], options: ProgramOptions): void {
  if (!options.pty && wantsTerminal(options)) {
    throw new UsageError(`Terminal options such as "${terminalOption(options)}" need the option "pty" here`);
  }
  if (options.pty && (options.fdin !== undefined || options.fdout !== undefined)) {
    throw new UsageError('Options "fdin" and "fdout" exclude "pty"');
  }
  if (options["so-type"] !== undefined && (options.pty || isMoved(options))) {
    throw new UsageError('Option "so-type" excludes "pty", "fdin" and "fdout"');
  }
  if (options.link !== undefined && !options.pty) {
    throw new UsageError('Option "link" names a pseudo-terminal: it needs the option "pty" here');
  }
}

/** How a shell runs a command. `shell`: not the system's. */
function byShell(shell: string | undefined, command: string | undefined) {
  const start = shellStart(shell || systemShell(WINDOWS, Deno.env.get("ComSpec")), command, WINDOWS);
  return { ...start, byShell: true };
}

/** EXEC. */
export const EXEC = defineAddress({
  names: ["EXEC"],
  syntax: "EXEC:<command line>",
  summary: "Runs a program; words are split at blanks, no shell",
  params: { min: 1, max: 1, rest: true },
  options: PROGRAM_OPTIONS,
  needs,
  check: ([command], options) => {
    if (splitCommand(command!, WINDOWS).length === 0) throw new UsageError("A command is missing");
    check([], options);
  },
  prepare(options, _, [command]) {
    const { path, chdir, chroot } = options;
    findFolder(options);
    if (!WINDOWS && chroot === undefined) findProgram(splitCommand(command!)[0]!, path ?? pathOf(Deno.env), chdir);
  },
  open: ({ params: [command], options, context, text }) =>
    once((): Promise<Stream> =>
      runProgram({ words: splitCommand(command!, WINDOWS), raw: false, label: text, options, context })
    ),
});

/** SYSTEM. */
export const SYSTEM = defineAddress({
  names: ["SYSTEM"],
  syntax: "SYSTEM:<shell command>",
  summary: "Runs a command by the shell /bin/sh, on Windows by cmd.exe",
  params: { min: 1, max: 1, rest: true },
  options: PROGRAM_OPTIONS,
  needs,
  check,
  prepare: (options) => findFolder(options),
  open: ({ params: [command], options, context, text }) =>
    once((): Promise<Stream> => runProgram({ ...byShell(undefined, command), label: text, options, context })),
});

/** SHELL. */
export const SHELL = defineAddress({
  names: ["SHELL"],
  syntax: "SHELL or SHELL:<shell command>",
  summary: "Runs a command by the user's own shell, or the shell itself",
  params: { min: 0, max: 1, rest: true },
  options: {
    ...PROGRAM_OPTIONS,
    shell: one(FILE, { group: PROGRAM_GROUP, help: "Instead of the shell that $SHELL names" }),
  },
  needs,
  check,
  prepare: (options) => findFolder(options),
  open: ({ params: [command], options, context, text }) =>
    once((): Promise<Stream> =>
      runProgram({ ...byShell(options.shell ?? Deno.env.get("SHELL"), command), label: text, options, context })
    ),
});
