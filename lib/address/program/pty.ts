// PTY: a pseudo-terminal for other programs to open, by a name of one's own.
import { errorText } from "../../base/errors.ts";
import { DURATION, FILE, one, toggle } from "../../options/schema.ts";
import { DescriptorStream } from "../../stream/libc/descriptor.ts";
import { eventsNow, POLLHUP, POLLIN } from "../../stream/libc/poller.ts";
import { openPty, type PseudoTerminal } from "../../stream/libc/pty.ts";
import type { Stream } from "../../stream/stream.ts";
import { defineAddress, once } from "../model.ts";
import { afterOpening, NAMED_OPTIONS, removeIfThere, unlinkAtClose } from "../file/named.ts";
import { setOwnDevice, TERMINAL_OPTIONS } from "../file/terminal.ts";

const group = "Terminals";

/** Whether nobody has the terminal open, after somebody had, and nobody has left anything. */
function isAbandoned({ libc, master }: PseudoTerminal): boolean {
  return (eventsNow(libc, master, POLLIN) & (POLLHUP | POLLIN)) === POLLHUP;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Our end of the terminal: before its first user has come, that nobody has it open is not its end. */
class PtyStream extends DescriptorStream {
  readonly #pty: PseudoTerminal;
  readonly #intervalMs: number;
  #used = false;

  constructor(pty: PseudoTerminal, intervalMs: number, onClose: () => void) {
    super(
      pty.master,
      { readable: true, writable: true, nonBlocking: true, onClose },
      { label: `pty:${pty.path}` },
    );
    this.#pty = pty;
    this.#intervalMs = intervalMs;
  }

  /** Waits until the terminal is open somewhere; at once when nobody ever had it. */
  async firstUser(): Promise<void> {
    while (!this.#used && !this.closed) {
      if (!isAbandoned(this.#pty)) this.#used = true;
      else await pause(this.#intervalMs);
    }
  }

  protected override async pull(view: Uint8Array<ArrayBuffer>): Promise<number | null> {
    await this.firstUser();
    return this.closed ? null : await super.pull(view);
  }
}

/** PTY. */
export const PTY = defineAddress({
  names: ["PTY"],
  syntax: "PTY",
  summary: "A new pseudo-terminal that other programs open, with link= by a name of one's own",
  params: { min: 0, max: 0 },
  options: {
    link: one(FILE, { group, help: "A symbolic link to the terminal", aliases: ["symbolic-link"] }),
    "wait-slave": toggle({
      group,
      help: "Wait until a program has opened the terminal",
      aliases: ["waitslave", "pty-wait-slave"],
    }),
    "pty-interval": one(DURATION, {
      group,
      help: "Look so often whether it is open",
      fallback: 100,
      aliases: ["pty-intervall"],
    }),
    openpty: toggle({ group, help: "How it is made", hidden: true }),
    ptmx: toggle({ group, help: "How it is made", hidden: true }),
    ...NAMED_OPTIONS,
    ...TERMINAL_OPTIONS,
  },
  needs: ["ffi", "read", "write", "run", "env"],
  open: ({ options, context }) =>
    once(async (): Promise<Stream> => {
      const pty = openPty();
      let unlink = () => {};
      let stream: PtyStream;
      try {
        if (options["wait-slave"]) leaveOnce(pty);
        setOwnDevice(pty.path, options);
        afterOpening(pty.path, { ...options, "unlink-late": false }, true);
        if (options.link !== undefined) {
          removeLink(options.link);
          makeLink(pty.path, options.link);
          unlink = unlinkAtClose(options.link, options, true);
        }
        context.log.notice(`PTY is ${pty.path}`);
        stream = new PtyStream(pty, options["pty-interval"], unlink);
      } catch (error) {
        pty.libc.call.close(pty.master);
        unlink();
        throw error;
      }
      if (!options["wait-slave"]) return stream;
      const stop = () => void stream.close();
      context.signal.addEventListener("abort", stop, { once: true });
      await stream.firstUser();
      context.signal.removeEventListener("abort", stop);
      return stream;
    }),
});

/** Opens and leaves the terminal, so that the next who opens it can be told from nobody. */
function leaveOnce(pty: PseudoTerminal): void {
  const { call, n } = pty.libc;
  const fd = call.open(new TextEncoder().encode(`${pty.path}\0`), n.O_RDWR | n.O_NOCTTY | n.O_CLOEXEC, 0);
  if (fd >= 0) call.close(fd);
}

/** A link that an earlier run left behind goes; anything else stays. */
function removeLink(path: string): void {
  try {
    if (Deno.lstatSync(path).isSymlink) removeIfThere(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function makeLink(to: string, link: string): void {
  try {
    Deno.symlinkSync(to, link);
  } catch (error) {
    throw new Error(
      error instanceof Deno.errors.AlreadyExists
        ? `Cannot make the link "${link}": it exists and is no link`
        : `Cannot make the link "${link}" to "${to}": ${errorText(error)}`,
      { cause: error },
    );
  }
}
