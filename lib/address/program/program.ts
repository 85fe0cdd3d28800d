// Programs: EXEC, SYSTEM, SHELL, by pipes or by a pseudo-terminal.
import { errorText, UsageError } from "../../base/errors.ts";
import { FILE, integer, named, one, TEXT, toggle, type Values } from "../../options/schema.ts";
import { type ChildEnd, ChildStream } from "../../stream/child.ts";
import { findLibc } from "../../stream/libc/libc.ts";
import { inNamespace, NamespaceError } from "../../stream/libc/namespace.ts";
import { takeSignal } from "../../stream/process.ts";
import type { Stream } from "../../stream/stream.ts";
import { WebStream } from "../../stream/web.ts";
import { splitCommand } from "./command_words.ts";
import { pathOf, programEnvironment } from "./environment.ts";
import { defineAddress, once, type OpenContext, type Permission } from "../model.ts";
import { PIPE_SIZE_OPTION } from "../file/lock.ts";
import { groupId, userOf } from "../file/named.ts";
import { leadsSession } from "./process.ts";
import { LINK_OPTION } from "./link.ts";
import { byPipes, byScript, bySocket, byTerminal, type Start } from "./ends.ts";
import { SH, type ShellStart, shellStart, systemShell } from "./shell.ts";
import { TERMINAL_OPTIONS, terminalOption, wantsTerminal } from "../file/terminal.ts";

const group = "Programs";

/** To add one: a key here, and its place in `runProgram`. */
const PROGRAM_OPTIONS = {
  stderr: toggle({ group, help: "The program's standard error joins its output" }),
  chdir: one(FILE, { group, help: "Run it in this directory", placeholder: "DIR", aliases: ["cd"] }),
  su: one(TEXT, {
    group,
    help: "Run it as this user",
    placeholder: "USER",
    aliases: ["user", "su-d", "substuser", "substuser-delayed", "setuid", "uid"],
  }),
  setgid: one(TEXT, { group, help: "Run it with this group", placeholder: "GROUP", aliases: ["group", "gid"] }),
  chroot: one(FILE, { group, help: "Run it with this root directory", placeholder: "DIR" }),
  path: one(TEXT, { group, help: "PATH to find it by, and its own", placeholder: "PATH" }),
  login: toggle({ group, help: "Its name begins with a dash, as a login shell's does", aliases: ["dash"] }),
  pty: toggle({ group, help: "Talk to it by a pseudo-terminal", aliases: ["openpty", "ptmx"] }),
  ...PIPE_SIZE_OPTION,
  "so-type": one(integer(1, 5), {
    group,
    help: "Talk to it by a pair of sockets: 1 stream, 2 datagrams, 5 packets; boundaries are kept",
    aliases: ["socktype", "type"],
  }),
  pipes: toggle({ group, help: "Talk to it by pipes (always so without pty)" }),
  setsid: toggle({ group, help: "It leads a session of its own", aliases: ["sid"] }),
  ctty: toggle({ group, help: "The pseudo-terminal controls it (with setsid)", aliases: ["tiocsctty"] }),
  setpgid: one(integer(0), { group, help: "It leads a process group of its own", aliases: ["pgid"] }),
  fdin: one(integer(0, 999, "FD"), { group, help: "It reads from this descriptor instead of 0" }),
  fdout: one(integer(0, 999, "FD"), { group, help: "It writes to this descriptor instead of 1" }),
  nofork: toggle({ group, help: "No effect: netlab carries the data itself" }),
  sighup: toggle({ group, help: "SIGHUP is for it, and does not end netlab" }),
  sigint: toggle({ group, help: "SIGINT is for it, and does not end netlab" }),
  sigquit: toggle({ group, help: "SIGQUIT is for it, and does not end netlab" }),
  ...LINK_OPTION,
  umask: one(TEXT, { group, help: "Mask of permissions for its files", placeholder: "MODE" }),
  netns: one(named("a network namespace"), { group, help: "Run it in this network namespace", placeholder: "NAME" }),
};
const OPTIONS = { ...PROGRAM_OPTIONS, ...TERMINAL_OPTIONS };
type Options = Values<typeof PROGRAM_OPTIONS> & Readonly<Record<string, unknown>>;

function needs(_: readonly string[], options: Options): Permission[] {
  return options.pty || ownPipes(options) || options.netns !== undefined
    ? ["run", "read", "env", "write", "ffi"]
    : ["run", "read", "env"];
}

function check(_: readonly string[], options: Options): void {
  if (!options.pty && wantsTerminal(options)) {
    throw new UsageError(`Terminal options such as "${terminalOption(options)}" need the option "pty" here`);
  }
  if (options.pty && (options.fdin !== undefined || options.fdout !== undefined)) {
    throw new UsageError('Options "fdin" and "fdout" exclude "pty"');
  }
  if (options["so-type"] !== undefined && (options.pty || moved(options))) {
    throw new UsageError('Option "so-type" excludes "pty", "fdin" and "fdout"');
  }
  if (options.link !== undefined && !options.pty) {
    throw new UsageError('Option "link" names a pseudo-terminal: it needs the option "pty" here');
  }
}

const WINDOWS = Deno.build.os === "windows";

/** Finds a program as the system would; an error in the system's words when it is not there. */
function findProgram(program: string, path: string, directory: string | undefined): string {
  const refuse = (why: string) => new Error(`Cannot run "${program}": ${why}`);
  const usable = (file: string): "yes" | "no" | "not there" => {
    try {
      const info = Deno.statSync(file);
      return info.isFile && (info.mode ?? 0o111) & 0o111 ? "yes" : "no";
    } catch {
      return "not there";
    }
  };
  if (program.includes("/")) {
    const from = program.startsWith("/") || directory === undefined ? program : `${directory}/${program}`;
    const found = usable(from);
    if (found === "yes") return program;
    throw refuse(found === "no" ? "Permission denied" : "No such file or directory");
  }
  for (const folder of path.split(":")) {
    const file = `${folder === "" ? "." : folder}/${program}`;
    if (usable(file) === "yes") return file;
  }
  throw refuse("No such file or directory");
}

/** Looks whether there is the directory that a program is to run in. */
function findFolder({ chdir, chroot }: Pick<Options, "chdir" | "chroot">): void {
  if (chdir === undefined || chroot !== undefined) return;
  try {
    if (Deno.statSync(chdir).isDirectory) return;
  } catch {
    throw new Error(`Cannot enter "${chdir}": No such file or directory`);
  }
  throw new Error(`Cannot enter "${chdir}": Not a directory`);
}

/** Bash, which can do what other shells cannot. */
function findBash(option: string): string {
  const bash = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"].find((path) => isThere(path));
  if (bash === undefined) throw new Error(`Option "${option}" needs bash, which is not installed`);
  return bash;
}

/** The command line with all that a shell has to do first: descriptors, names, roots. */
function wrapped(argv: readonly string[], options: Options, account: { uid: number; gid: number } | undefined) {
  let words = [...argv];
  if (options.login) {
    const bash = findBash("login");
    const name = words[0]!.slice(words[0]!.lastIndexOf("/") + 1);
    words = [bash, "-c", 'exec -a "$0" "$@"', `-${name}`, ...words];
  }
  if (options.chroot !== undefined) {
    const user = account === undefined ? [] : [`--userspec=${account.uid}:${account.gid}`];
    words = ["chroot", ...user, options.chroot, ...words];
  }
  return { words, moves: options.stderr ? [`2>&${options.fdout ?? 1}`] : [] };
}

/** Whether the program talks by other descriptors than those of its standard input and output, which are netlab's then. */
function moved({ fdin, fdout }: Options): boolean {
  return (fdin ?? 0) !== 0 || (fdout ?? 1) !== 1;
}

/** Whether the runtime's pipes will not do. */
function ownPipes(options: Options): boolean {
  return moved(options) || options["f-setpipe-sz"] !== undefined || options["so-type"] !== undefined;
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether somebody sits at a terminal, which a program may want to ask for a password. */
function hasTerminal(): boolean {
  return Deno.stdin.isTerminal() || Deno.stdout.isTerminal() || Deno.stderr.isTerminal();
}

/** Runs a program and gives the stream to it. Throws when it cannot be started. */
async function runProgram(
  { words: argv, raw }: ShellStart,
  label: string,
  options: Options,
  context: OpenContext,
  byShell = false,
) {
  const useless = context.use === "write" ? "fdout" : context.use === "read" ? "fdin" : undefined;
  if (useless !== undefined && options[useless] !== undefined) {
    throw new UsageError(
      `Option "${useless}" is useless in address "${label}": nothing is ${
        useless === "fdin" ? "written to" : "read from"
      } the program`,
    );
  }
  const account = options.su === undefined ? undefined : userOf(options.su);
  const path = options.path ?? pathOf(Deno.env, WINDOWS);
  // Windows has its own way of finding programs, and tells when there is none.
  if (!WINDOWS && options.chroot === undefined) findProgram(argv[0]!, path, options.chdir);
  const prepared = wrapped(argv, options, account);
  const { words, moves } = prepared;
  const env: Record<string, string> = programEnvironment(context.other, Deno.pid);
  if (path !== "") env.PATH = path;
  if (account !== undefined) {
    Object.assign(env, { USER: account.name, LOGNAME: account.name, HOME: account.home, SHELL: account.shell });
  }
  const gid = options.setgid === undefined ? account?.gid : groupId(options.setgid);
  const detached = !WINDOWS &&
    (options.setsid || options.pty || options.setpgid !== undefined || !(hasTerminal() || leadsSession()));
  const leave = (options as { readonly "end-close"?: unknown })["end-close"] === true;
  const before = options.umask === undefined ? "" : `umask ${options.umask}; `;
  const common: Deno.CommandOptions = {
    env,
    detached,
    windowsRawArguments: raw,
    stderr: "inherit",
    ...(options.chdir === undefined ? {} : { cwd: options.chdir }),
    ...(account === undefined || options.chroot !== undefined ? {} : { uid: account.uid }),
    ...(gid === undefined || options.chroot !== undefined ? {} : { gid }),
  };
  const spawn = (words: readonly string[], extra: Deno.CommandOptions): Deno.ChildProcess => {
    try {
      const command = new Deno.Command(words[0]!, { ...common, args: words.slice(1), ...extra });
      return options.netns === undefined ? command.spawn() : inNamespace(options.netns, () => command.spawn());
    } catch (error) {
      if (error instanceof NamespaceError) throw error;
      const why = errorText(error).replace(/^Failed to spawn '[^']*': /, "");
      throw new Error(`Cannot run "${argv[0]}": ${why === "entity not found" ? "No such file or directory" : why}`, {
        cause: error,
      });
    }
  };
  const ended = {
    group: detached,
    leave,
    // What socat hears of is the process that runs the shell, and that ends well.
    mayBeKilled: context.compat && byShell,
    onFailure: ({ pid, code, signal }: ChildEnd) => {
      const how = signal === null ? `exited with status ${code}` : undefined;
      if (context.compat) context.log.warning(`waitpid(): child ${pid} ${how ?? `exited on signal ${code - 128}`}`);
      else context.log.error(`"${label}" (process ${pid}) ${how ?? `was ended by ${signal}`}`);
    },
  };
  // The half that is not used stays what it is for netlab itself, as with socat.
  const reads = context.use !== "write", writes = context.use !== "read";
  const patience = reads ? {} : context.compat ? { moment: true } : { until: context.signal };
  const start: Start = {
    argv: words,
    before,
    moves,
    options,
    label,
    ended: { ...ended, ...patience },
    use: context.use,
    owner: account?.uid,
    spawn,
  };
  let stream: ChildStream;
  if (options.pty) stream = findLibc() === undefined ? byScript(start) : byTerminal(start);
  else if (options["so-type"] !== undefined) stream = bySocket(start, options["so-type"], findBash("so-type"));
  else if (ownPipes(options)) stream = byPipes(start);
  else {
    const shell = moves.length > 0 || before !== "";
    const all = shell ? [SH, "-c", `${before}exec "$@" ${moves.join(" ")}`, SH, ...words] : words;
    const child = spawn(all, { stdin: writes ? "piped" : "inherit", stdout: reads ? "piped" : "inherit" });
    const halves = { readable: reads ? child.stdout : undefined, writable: writes ? child.stdin : undefined };
    stream = new ChildStream(new WebStream(halves, { label }), child, start.ended);
  }
  passSignals(stream, options);
  return stream;
}

/** Signals that were asked for go to the program instead of ending netlab. */
function passSignals(stream: ChildStream, options: Options): void {
  const passed = ([["sighup", "SIGHUP"], ["sigint", "SIGINT"], ["sigquit", "SIGQUIT"]] as const)
    .filter(([option]) => options[option])
    .map(([, signal]) => takeSignal(signal, () => stream.signal(signal)));
  if (passed.length === 0) return;
  const close = stream.close.bind(stream);
  stream.close = (reason) => {
    passed.splice(0).forEach((end) => end());
    return close(reason);
  };
}

/** EXEC. */
export const EXEC = defineAddress({
  names: ["EXEC"],
  syntax: "EXEC:<command line>",
  summary: "Runs a program; words are split at blanks, no shell",
  params: { min: 1, max: 1, rest: true },
  options: OPTIONS,
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
      runProgram({ words: splitCommand(command!, WINDOWS), raw: false }, text, options, context)
    ),
});

/** Has a shell run a command. */
function runShell(
  shell: string | undefined,
  command: string | undefined,
  text: string,
  options: Options,
  context: OpenContext,
) {
  const start = shellStart(shell || systemShell(WINDOWS, Deno.env.get("ComSpec")), command, WINDOWS);
  return runProgram(start, text, options, context, true);
}

/** SYSTEM. */
export const SYSTEM = defineAddress({
  names: ["SYSTEM"],
  syntax: "SYSTEM:<shell command>",
  summary: "Runs a command by the shell /bin/sh, on Windows by cmd.exe",
  params: { min: 1, max: 1, rest: true },
  options: OPTIONS,
  needs,
  check,
  prepare: (options) => findFolder(options),
  open: ({ params: [command], options, context, text }) =>
    once((): Promise<Stream> => runShell(undefined, command, text, options, context)),
});

/** SHELL. */
export const SHELL = defineAddress({
  names: ["SHELL"],
  syntax: "SHELL or SHELL:<shell command>",
  summary: "Runs a command by the user's own shell, or the shell itself",
  params: { min: 0, max: 1, rest: true },
  options: { ...OPTIONS, shell: one(FILE, { group, help: "Instead of the shell that $SHELL names" }) },
  needs,
  check,
  prepare: (options) => findFolder(options),
  open: ({ params: [command], options, context, text }) =>
    once((): Promise<Stream> => runShell(options.shell ?? Deno.env.get("SHELL"), command, text, options, context)),
});
