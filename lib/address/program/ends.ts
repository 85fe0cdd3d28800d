// How a program is talked to: by pipes at its standard input and output, by other descriptors, by a pseudo-terminal of our
// own, by the terminal that `script` makes.
import { UsageError } from "../../base/errors.ts";
import { type ChildOptions, ChildStream } from "../../stream/child.ts";
import { DescriptorStream } from "../../stream/libc/descriptor.ts";
import { cString } from "../../stream/libc/libc.ts";
import { handingDown, programPipe, programSocket } from "../../stream/libc/pipe.ts";
import { holdTerminal, keysSignal, openPty, type PseudoTerminal } from "../../stream/libc/pty.ts";
import { WebStream } from "../../stream/web.ts";
import { shellQuote } from "./command_words.ts";
import { SH } from "./shell.ts";
import { DualStream } from "../inside/dual.ts";
import { linkTerminal } from "./link.ts";
import type { OpenContext } from "../model.ts";
import { isRaw, setOwnDevice, sttyWords, type TerminalOptions } from "../file/terminal.ts";

/** A program that is about to be started. */
export interface Start {
  /** Its words. */
  readonly argv: readonly string[];
  /** What a shell has to do first: settings, and moves of descriptors. */
  readonly before: string;
  readonly moves: readonly string[];
  readonly options: TerminalOptions & {
    readonly fdin: number | undefined;
    readonly fdout: number | undefined;
    readonly link: string | undefined;
    readonly "f-setpipe-sz": number | undefined;
  };
  readonly label: string;
  /** What becomes of it at the end. */
  readonly ended: ChildOptions;
  /** The half that is used. */
  readonly use: OpenContext["use"];
  /** The user it runs as, when it is another. */
  readonly owner: number | undefined;
  /** Starts these words, with the user and environment that were asked for. */
  spawn(words: readonly string[], extra: Deno.CommandOptions): Deno.ChildProcess;
}

/** How often a terminal's end-of-file is written again, in milliseconds. */
const END_AGAIN_MS = 250;
/** And so many times to who takes keys as they are. */
const END_TO_KEYS = 4;

/**
 * End-of-file for who reads the terminal, as long as somebody does: one ^D is for one read only, and lost when the program
 * turns to reading key by key after it (a shell that edits lines, which it does only when it has started). Who takes keys as
 * they are is told a few times only: it may be data to him. Gives what ends it.
 */
function endInput(stream: DescriptorStream, pty: PseudoTerminal): { first: Promise<void>; stop: () => void } {
  let under = false, left = END_TO_KEYS;
  const send = async () => {
    if (under) return;
    under = true;
    await stream.write(new Uint8Array([4])).finally(() => under = false);
  };
  const again = setInterval(() => {
    if (stream.closed || (!keysSignal(pty) && --left < 0)) clearInterval(again);
    else send().catch(() => {});
  }, END_AGAIN_MS);
  return { first: send(), stop: () => clearInterval(again) };
}

/** By a pseudo-terminal of our own. */
export function byTerminal(
  { argv, moves, before, options, spawn, label, ended, use, owner }: Start,
): ChildStream {
  const reads = use !== "write", writes = use !== "read";
  const pty = openPty();
  let held: number | undefined, unlink: (() => void) | undefined;
  let end: ReturnType<typeof endInput> | undefined;
  const letGo = () => {
    end?.stop();
    if (held !== undefined) pty.libc.call.close(held);
    held = undefined;
    unlink?.();
  };
  try {
    held = holdTerminal(pty);
    // Another user opens it once more.
    if (owner !== undefined) pty.libc.call.chown(cString(pty.path), owner, 0xffff_ffff);
    setOwnDevice(pty.path, options);
    if (options.link !== undefined) unlink = linkTerminal(pty.path, options.link, {});
    // A session leader that opens a terminal is controlled by it.
    const ends = `${writes ? '0<>"$t"' : '1<>"$t"'} ${reads && writes ? "1>&0" : ""} ${moves.join(" ")}`;
    const words = [SH, "-c", `${before}t=$1; shift; exec "$@" ${ends}`, SH, pty.path, ...argv];
    const child = spawn(words, { stdin: writes ? "null" : "inherit", stdout: reads ? "null" : "inherit" });
    const master = new DescriptorStream(pty.master, {
      readable: reads,
      writable: writes,
      nonBlocking: true,
      // Only a terminal that edits lines takes ^D for end-of-file.
      ...(isRaw(options) ? {} : { finish: (stream) => (end ??= endInput(stream, pty)).first }),
    }, { label });
    // Held until the program is gone: then what it has written is read, and after it the end.
    return new ChildStream(master, child, { ...ended, onEnd: letGo });
  } catch (error) {
    letGo();
    pty.libc.call.close(pty.master);
    throw error;
  }
}

/** By the terminal that the program `script` makes. */
export function byScript({ argv, moves, before, options, spawn, label, ended }: Start): ChildStream {
  const stty = sttyWords(options);
  const command = `${before}${stty.length > 0 ? `stty ${stty.map(shellQuote).join(" ")}; ` : ""}exec ${
    argv.map(shellQuote).join(" ")
  } ${moves.join(" ")}`;
  const words = Deno.build.os === "darwin"
    ? ["script", "-q", "/dev/null", SH, "-c", command]
    : ["script", "-qfec", command, "/dev/null"];
  let child: Deno.ChildProcess;
  try {
    child = spawn(words, { stdin: "piped", stdout: "piped" });
  } catch (error) {
    throw new Error(
      'Option "pty" needs the system\'s C library, or the program "script" (Debian: bsdutils), and neither can be used here',
      { cause: error },
    );
  }
  return new ChildStream(new WebStream({ readable: child.stdout, writable: child.stdin }, { label }), child, ended);
}

/** By pipes at the descriptors that were asked for. */
export function byPipes(
  { argv, moves, before, options, spawn, label, ended, use, owner }: Start,
): ChildStream {
  const { fdin = 0, fdout = 1 } = options;
  if (fdin > 9 || fdout > 9) throw new UsageError("A program can be given the descriptors 0 to 9 only: fdin=3,fdout=4");
  const made = { owner, size: options["f-setpipe-sz"] };
  const to = use === "read" ? undefined : programPipe("to", label, made);
  const from = use === "write" ? undefined : programPipe("from", label, made);
  // By their names, as a shell takes no numbers of two digits.
  const ends = [
    ...(to === undefined ? [] : [`${fdin}</dev/fd/${to.other}`]),
    ...(from === undefined ? [] : [`${fdout}>/dev/fd/${from.other}`]),
  ];
  const stream = from === undefined
    ? to!.stream
    : to === undefined
    ? from.stream
    : new DualStream(from.stream, to.stream);
  try {
    const words = [SH, "-c", `${before}exec "$@" ${[...ends, ...moves].join(" ")}`, SH, ...argv];
    const fds = [to, from].flatMap((pipe) => pipe === undefined ? [] : [pipe.other]);
    return new ChildStream(
      stream,
      handingDown(fds, () => spawn(words, { stdin: "inherit", stdout: "inherit" })),
      ended,
    );
  } catch (error) {
    void stream.close();
    throw error;
  }
}

/** By a pair of sockets of this type. `bash` knows descriptors of two digits, which sockets have no names for. */
export function bySocket(
  { argv, moves, before, spawn, label, ended, use }: Start,
  type: number,
  bash: string,
): ChildStream {
  const { stream, other, ended: over } = programSocket(type, label);
  const ends = [...(use === "read" ? [] : [`0<&${other}`]), ...(use === "write" ? [] : [`1>&${other}`])];
  const words = [bash, "-c", `${before}exec "$@" ${[...ends, ...moves, `${other}>&-`].join(" ")}`, bash, ...argv];
  try {
    const child = handingDown([other], () => spawn(words, { stdin: "inherit", stdout: "inherit" }));
    return new ChildStream(stream, child, { ...ended, onEnd: over });
  } catch (error) {
    void stream.close();
    throw error;
  }
}

/** By pipes at its standard input and output, which the runtime makes. The half that is not used stays netlab's own. */
export function byStandardPipes({ argv, before, moves, label, ended, use, spawn }: Start): ChildStream {
  const reads = use !== "write", writes = use !== "read";
  const words = moves.length > 0 || before !== ""
    ? [SH, "-c", `${before}exec "$@" ${moves.join(" ")}`, SH, ...argv]
    : argv;
  const child = spawn(words, { stdin: writes ? "piped" : "inherit", stdout: reads ? "piped" : "inherit" });
  const halves = { readable: reads ? child.stdout : undefined, writable: writes ? child.stdin : undefined };
  return new ChildStream(new WebStream(halves, { label }), child, ended);
}
