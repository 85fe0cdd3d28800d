// Running a program: as which user, where, with which environment, and what becomes of it at the end.
import { errorText, UsageError } from "../../base/errors.ts";
import type { ChildEnd, ChildOptions, ChildStream } from "../../stream/child.ts";
import { findLibc } from "../../stream/libc/libc.ts";
import { inNamespace, NamespaceError } from "../../stream/libc/namespace.ts";
import { takeSignal } from "../../stream/process.ts";
import { type Account, groupId, userOf } from "../file/named.ts";
import type { OpenContext } from "../model.ts";
import { byPipes, byScript, bySocket, byStandardPipes, byTerminal, type Start } from "./ends.ts";
import { pathOf, programEnvironment } from "./environment.ts";
import type { ProgramOptions } from "./options.ts";
import { leadsSession } from "./process.ts";
import type { ShellStart } from "./shell.ts";

const WINDOWS = Deno.build.os === "windows";

/** Finds a program as the system would; an error in the system's words when it is not there. */
export function findProgram(program: string, path: string, directory: string | undefined): string {
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
export function findFolder({ chdir, chroot }: Pick<ProgramOptions, "chdir" | "chroot">): void {
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

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether the program talks by other descriptors than those of its standard input and output, which are netlab's then. */
export function isMoved({ fdin, fdout }: ProgramOptions): boolean {
  return (fdin ?? 0) !== 0 || (fdout ?? 1) !== 1;
}

/** Whether the runtime's pipes will not do. */
export function wantsOwnPipes(options: ProgramOptions): boolean {
  return isMoved(options) || options["f-setpipe-sz"] !== undefined || options["so-type"] !== undefined;
}

/** A program to be run. */
export interface Program extends ShellStart {
  /** The address that names it, for the log. */
  readonly label: string;
  readonly options: ProgramOptions;
  readonly context: OpenContext;
  /** A shell runs it. */
  readonly byShell?: boolean;
}

/** Runs a program and gives the stream to it. Throws when it cannot be started. */
export async function runProgram(program: Program): Promise<ChildStream> {
  const { words: argv, label, options, context } = program;
  refuseUseless(program);
  const account = options.su === undefined ? undefined : userOf(options.su);
  const path = options.path ?? pathOf(Deno.env, WINDOWS);
  // Windows has its own way of finding programs, and tells when there is none.
  if (!WINDOWS && options.chroot === undefined) findProgram(argv[0]!, path, options.chdir);
  const gid = options.setgid === undefined ? account?.gid : groupId(options.setgid);
  const common = commandOptions(program, path, account, gid);
  const stream = talkTo({
    argv: wrapped(argv, options, account?.uid, gid),
    before: options.umask === undefined ? "" : `umask ${options.umask}; `,
    moves: options.stderr ? [`2>&${options.fdout ?? 1}`] : [],
    options,
    label,
    ended: atEnd(program, common.detached),
    use: context.use,
    owner: account?.uid,
    spawn: (words, extra) => spawn(argv[0]!, words, { ...common, ...extra }, options.netns),
  }, options);
  passSignals(stream, options);
  return stream;
}

function refuseUseless({ label, options, context }: Program): void {
  const useless = context.use === "write" ? "fdout" : context.use === "read" ? "fdin" : undefined;
  if (useless === undefined || options[useless] === undefined) return;
  throw new UsageError(
    `Option "${useless}" is useless in address "${label}": nothing is ${
      useless === "fdin" ? "written to" : "read from"
    } the program`,
  );
}

/** The program's words with those before them that make it a login shell, and change its root. */
function wrapped(
  argv: readonly string[],
  { login, chroot }: ProgramOptions,
  uid: number | undefined,
  gid: number | undefined,
): string[] {
  let words = [...argv];
  if (login) {
    const bash = findBash("login");
    const name = words[0]!.slice(words[0]!.lastIndexOf("/") + 1);
    words = [bash, "-c", 'exec -a "$0" "$@"', `-${name}`, ...words];
  }
  if (chroot !== undefined) {
    const user = gid === undefined ? [] : [`--userspec=${uid ?? ""}:${gid}`];
    words = ["chroot", ...user, chroot, ...words];
  }
  return words;
}

/** Whether somebody sits at a terminal, which a program may want to ask for a password. */
function hasTerminal(): boolean {
  return Deno.stdin.isTerminal() || Deno.stdout.isTerminal() || Deno.stderr.isTerminal();
}

/** User, directory, environment and process group of the program. */
function commandOptions(
  { raw, options, context }: Program,
  path: string,
  account: Account | undefined,
  gid: number | undefined,
): Deno.CommandOptions & { readonly detached: boolean } {
  const env: Record<string, string> = programEnvironment(context.other, Deno.pid);
  if (path !== "") env.PATH = path;
  if (account !== undefined) {
    Object.assign(env, { USER: account.name, LOGNAME: account.name, HOME: account.home, SHELL: account.shell });
  }
  return {
    env,
    detached: !WINDOWS &&
      (options.setsid || options.pty || options.setpgid !== undefined || !(hasTerminal() || leadsSession())),
    windowsRawArguments: raw,
    stderr: "inherit",
    ...(options.chdir === undefined ? {} : { cwd: options.chdir }),
    // Who may change the root changes the user after that.
    ...(account === undefined || options.chroot !== undefined ? {} : { uid: account.uid }),
    ...(gid === undefined || options.chroot !== undefined ? {} : { gid }),
  };
}

/** Starts `words`; an error is about `name`, whatever is run before it. */
function spawn(
  name: string,
  words: readonly string[],
  options: Deno.CommandOptions,
  netns: string | undefined,
): Deno.ChildProcess {
  try {
    const command = new Deno.Command(words[0]!, { ...options, args: words.slice(1) });
    return netns === undefined ? command.spawn() : inNamespace(netns, () => command.spawn());
  } catch (error) {
    if (error instanceof NamespaceError) throw error;
    throw new Error(`Cannot run "${name}": ${errorText(error)}`, { cause: error });
  }
}

/** What becomes of the program at the end of its stream, and what is said of its own end. `group`: it leads a group. */
function atEnd({ label, options, context, byShell = false }: Program, group: boolean): ChildOptions {
  const { compat, log } = context;
  return {
    group,
    leave: options["end-close"] === true,
    // What socat hears of is the process that runs the shell, and that ends well.
    mayBeKilled: compat && byShell,
    onFailure: ({ pid, code, signal }: ChildEnd) => {
      const how = signal === null ? `exited with status ${code}` : undefined;
      if (compat) log.warning(`waitpid(): child ${pid} ${how ?? `exited on signal ${code - 128}`}`);
      else log.error(`"${label}" (process ${pid}) ${how ?? `was ended by ${signal}`}`);
    },
    ...(context.use !== "write" ? {} : compat ? { moment: true } : { until: context.signal }),
  };
}

/** Starts it and talks to it by what the options ask for. */
function talkTo(start: Start, options: ProgramOptions): ChildStream {
  if (options.pty) return findLibc() === undefined ? byScript(start) : byTerminal(start);
  const type = options["so-type"];
  if (type !== undefined) return bySocket(start, type, findBash("so-type"));
  return wantsOwnPipes(options) ? byPipes(start) : byStandardPipes(start);
}

/** Signals that were asked for go to the program instead of ending netlab. */
function passSignals(stream: ChildStream, options: ProgramOptions): void {
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
