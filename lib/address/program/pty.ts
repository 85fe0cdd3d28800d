// PTY: a pseudo-terminal for other programs to open, by a name of one's own.
import { DURATION, one, toggle } from "../../options/schema.ts";
import { DescriptorStream } from "../../stream/libc/descriptor.ts";
import { eventsNow, POLLHUP, POLLIN } from "../../stream/libc/poller.ts";
import { holdTerminal, openPty, type PseudoTerminal } from "../../stream/libc/pty.ts";
import type { Stream } from "../../stream/stream.ts";
import { defineAddress, once } from "../model.ts";
import { afterOpening, NAMED_OPTIONS } from "../file/named.ts";
import { LINK_OPTION, linkTerminal } from "./link.ts";
import { setOwnDevice, TERMINAL_OPTIONS } from "../file/terminal.ts";

const group = "Terminals";

/** Whether nobody has the terminal open, after somebody had, and nobody has left anything. */
function isAbandoned({ libc, master }: PseudoTerminal): boolean {
  return (eventsNow(libc, master, POLLIN) & (POLLHUP | POLLIN)) === POLLHUP;
}

/** Waits until somebody has the terminal open. */
async function firstUser(pty: PseudoTerminal, stream: Stream, intervalMs: number): Promise<void> {
  while (!stream.closed && isAbandoned(pty)) await new Promise((resolve) => setTimeout(resolve, intervalMs));
}

/** PTY. */
export const PTY = defineAddress({
  names: ["PTY"],
  syntax: "PTY",
  summary: "A new pseudo-terminal that other programs open, with link= by a name of one's own",
  params: { min: 0, max: 0 },
  shared: "always",
  options: {
    ...LINK_OPTION,
    "wait-slave": toggle({
      group,
      help: "Wait until a program has opened the terminal, and end when the last one has closed it",
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
      const undo: (() => void)[] = [];
      const end = () => undo.splice(0).forEach((step) => step());
      try {
        const held = holdTerminal(pty);
        const release = () => void pty.libc.call.close(held);
        // As with socat: it ends with its user only where one is waited for, else it is there for one after the other.
        if (options["wait-slave"]) release();
        else undo.push(release);
        setOwnDevice(pty.path, options);
        afterOpening(pty.path, { ...options, "unlink-late": false }, true);
        if (options.link !== undefined) {
          undo.push(linkTerminal(pty.path, options.link, options));
        }
        context.log.notice(`PTY is ${pty.path}`);
      } catch (error) {
        pty.libc.call.close(pty.master);
        end();
        throw error;
      }
      const stream = new DescriptorStream(
        pty.master,
        { readable: true, writable: true, nonBlocking: true, onClose: end },
        { label: `pty:${pty.path}` },
      );
      if (!options["wait-slave"]) return stream;
      const stop = () => void stream.close();
      context.signal.addEventListener("abort", stop, { once: true });
      await firstUser(pty, stream, options["pty-interval"]);
      context.signal.removeEventListener("abort", stop);
      return stream;
    }),
});
