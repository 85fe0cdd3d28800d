// Descriptors that the program was started with: FD:n (or a bare number), ACCEPT-FD for listening sockets.
import { errorText, UsageError } from "../../base/errors.ts";
import { parsePort } from "../../base/host_port.ts";
import { DescriptorStream, halvesOf, isInherited } from "../../stream/libc/descriptor.ts";
import { hostPortOf } from "../../stream/conn.ts";
import { needLibc } from "../../stream/libc/libc.ts";
import { NUMBERS } from "../../stream/libc/numbers.ts";
import { getSocketNumber, SOL_SOCKET } from "../../stream/libc/socket_fd.ts";
import { TcpSocketListener } from "../../stream/libc/tcp_listener.ts";
import type { Stream } from "../../stream/stream.ts";
import { LISTEN_OPTIONS } from "../common.ts";
import { FLAG_OPTIONS, LOCK_OPTIONS, prepareDescriptor } from "./lock.ts";
import { accepted } from "../network/listen.ts";
import { defineAddress, once } from "../model.ts";
import { setStdin, TERMINAL_OPTIONS, terminalOption, wantsTerminal } from "./terminal.ts";
import { unixAbout } from "../unix/name.ts";

/** A descriptor's number; `parsePort` knows the same range. */
function descriptorNumber(text: string): number {
  const fd = parsePort(text);
  if (fd === undefined) throw new UsageError(`"${text}" is not the number of a descriptor`);
  return fd;
}

const SHUT_WR = 1;

/** FD. */
export const FD = defineAddress({
  names: ["FD"],
  syntax: "FD:<number> or <number>",
  summary: "A descriptor that netlab was started with",
  params: { min: 1, max: 1 },
  options: { ...LOCK_OPTIONS, ...FLAG_OPTIONS, ...TERMINAL_OPTIONS },
  needs: (_, options) => wantsTerminal(options) ? ["ffi", "run"] : ["ffi"],
  check([text], options) {
    const fd = descriptorNumber(text!);
    if (fd !== 0 && wantsTerminal(options)) {
      const option = terminalOption(options);
      throw new UsageError(
        `Terminal options such as "${option}" are for FD:0; for others write the path of the terminal`,
      );
    }
  },
  open: ({ params: [text], options, context }) =>
    once(async (): Promise<Stream> => {
      const fd = descriptorNumber(text!);
      const libc = needLibc(`FD:${fd}`);
      if (fd > 2 && !isInherited(libc, fd)) {
        const port = fd > 255 ? ` (a port is listened on by tcp-listen:${fd})` : "";
        throw new Error(`Cannot use descriptor ${fd}: netlab was not started with it${port}`);
      }
      await prepareDescriptor(libc, fd, options, context.signal);
      const restore = fd === 0 ? setStdin(options) : () => {};
      return new DescriptorStream(fd, {
        ...halvesOf(libc, fd),
        nonBlocking: false,
        owned: fd > 2,
        // Not a socket: an error that says nothing new.
        finish: () => void libc.call.shutdown(fd, SHUT_WR),
        onClose: restore,
      }, { label: `fd:${fd}` });
    }),
});

/** systemd's first descriptor. */
const FIRST = 3;

/** The descriptor that a parameter of ACCEPT-FD means: a number, a name, or nothing for the first. */
function activated(text: string | undefined): number {
  if (text !== undefined && /^\d+$/.test(text)) return descriptorNumber(text);
  const count = Number(Deno.env.get("LISTEN_FDS") ?? "0");
  const pid = Deno.env.get("LISTEN_PID");
  if (!(count > 0)) throw new Error("ACCEPT-FD: no socket was passed (LISTEN_FDS is not set): name a descriptor");
  if (pid !== undefined && Number(pid) !== Deno.pid) {
    throw new Error(`ACCEPT-FD: the sockets are for process ${pid} (LISTEN_PID), this is ${Deno.pid}`);
  }
  if (text === undefined) return FIRST;
  const names = (Deno.env.get("LISTEN_FDNAMES") ?? "").split(":");
  const at = names.indexOf(text);
  if (at === -1 || at >= count) throw new Error(`ACCEPT-FD: no socket is named "${text}" (LISTEN_FDNAMES)`);
  return FIRST + at;
}

/** ACCEPT-FD. */
export const ACCEPT_FD = defineAddress({
  names: ["ACCEPT-FD", "ACCEPT"],
  syntax: "ACCEPT-FD:<number> or ACCEPT-FD",
  summary: "Waits for connections on a listening socket that netlab was started with (systemd: the first, or by name)",
  params: { min: 0, max: 1 },
  options: {
    fork: LISTEN_OPTIONS.fork,
    range: LISTEN_OPTIONS.range,
    deny: LISTEN_OPTIONS.deny,
    lowport: LISTEN_OPTIONS.lowport,
    "max-children": LISTEN_OPTIONS["max-children"],
    "accept-timeout": LISTEN_OPTIONS["accept-timeout"],
  },
  listens: true,
  needs: ["net", "env", "ffi"],
  async *open({ params: [text], options, context }): AsyncGenerator<Stream> {
    const fd = activated(text);
    const libc = needLibc("ACCEPT-FD");
    if (!isInherited(libc, fd)) throw new Error(`Cannot use descriptor ${fd}: netlab was not started with it`);
    if (getSocketNumber(libc, fd, SOL_SOCKET, NUMBERS.SO_ACCEPTCONN) !== 1) {
      throw new Error(`Cannot accept at descriptor ${fd}: it is no socket that listens for connections`);
    }
    let listener: TcpSocketListener;
    try {
      listener = new TcpSocketListener(fd);
    } catch (error) {
      throw new Error(`Cannot listen on descriptor ${fd}: ${errorText(error)}`, { cause: error });
    }
    for await (const conn of accepted(listener, `descriptor ${fd}`, options, context)) {
      conn.setNoDelay();
      const local = hostPortOf(conn.localAddr), remote = hostPortOf(conn.remoteAddr);
      yield conn.stream(
        remote === undefined ? unixAbout("unix", undefined, undefined) : { label: "tcp", local, remote },
      );
    }
  },
});
