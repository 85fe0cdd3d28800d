// Unix domain sockets, streams: connect and listen, by path and by abstract name.
import { ConnectError, errorCode, errorText } from "../../base/errors.ts";
import { connectError } from "../../dial/errors.ts";
import { withinLimit } from "../../dial/limit.ts";
import { DURATION, one, type Values } from "../../options/schema.ts";
import { ConnStream } from "../../stream/conn.ts";
import { SOCK_SEQPACKET } from "../../stream/libc/socket_fd.ts";
import type { Stream } from "../../stream/stream.ts";
import { LISTEN_OPTIONS } from "../common.ts";
import { accepted, type Listener } from "../network/listen.ts";
import { defineAddress, once, type OpenContext, type Permission } from "../model.ts";
import { atExit } from "../opening/at_exit.ts";
import { afterOpening, beforeOpening, NAMED_OPTIONS, underUmask, unlinkAtClose } from "../file/named.ts";
import { unixDatagramTo } from "./datagram.ts";
import {
  bindError,
  checkPath,
  isAbstract,
  OWN_NAME_OPTIONS,
  runtimePath,
  shownPath,
  UNIX_SOCKET_OPTIONS,
  unixAbout,
  type UnixName,
} from "./name.ts";
import {
  connectUnixSocket,
  listenUnixSocket,
  UNIX_TYPE_OPTION,
  UnixSocketConn,
  type UnixSocketListener,
  wantsSocket,
} from "./socket.ts";

const group = "Unix sockets";

/** Options of connecting addresses. */
const UNIX_CONNECT_OPTIONS = {
  ...NAMED_OPTIONS,
  ...OWN_NAME_OPTIONS,
  "connect-timeout": one(DURATION, { group, help: "Give up connecting after so long" }),
  ...UNIX_SOCKET_OPTIONS,
  ...UNIX_TYPE_OPTION,
};
type ConnectOptions = Partial<Values<typeof UNIX_CONNECT_OPTIONS>>;

/** Connects to a stream socket. Throws a `ConnectError`. */
async function connectUnix(
  name: UnixName,
  context: OpenContext,
  options: ConnectOptions = {},
): Promise<Stream> {
  const shown = shownPath(name);
  try {
    if (wantsSocket(options)) return await connectUnixSocket(name, options, context);
    const limit = { signal: context.signal, timeoutMs: options["connect-timeout"] };
    const conn = await withinLimit(limit, async (signal) => {
      signal?.throwIfAborted();
      const connecting = Deno.connect({ transport: "unix", path: runtimePath(name) });
      return signal === undefined ? await connecting : await within(connecting, signal);
    });
    return new ConnStream(conn, unixAbout("unix", undefined, shown));
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) {
      throw new ConnectError(shown, "Connection refused: nobody listens on this socket", {
        reason: "refused",
        cause: error,
      });
    }
    throw connectError(shown, error);
  }
}

/** A full queue of the listener keeps a connect waiting: what it gives after the signal is closed. */
async function within(connecting: Promise<Deno.Conn>, signal: AbortSignal): Promise<Deno.Conn> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([connecting, aborted.promise]);
  } catch (error) {
    if (signal.aborted) connecting.then((conn) => conn.close(), () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Connects to whatever kind of socket has this name: a stream, else datagrams, else packets. */
export async function connectUnixAny(
  name: UnixName,
  context: OpenContext,
  options: ConnectOptions = {},
): Promise<Stream> {
  try {
    return await connectUnix(name, context, options);
  } catch (error) {
    // Outside the file system a socket of another type has a name of its own, so that nobody is there.
    const other = (failed: unknown) => isWrongType(failed) || (name.abstract && isRefused(failed));
    if (!other(error)) throw error;
    try {
      return await unixDatagramTo(name, options);
    } catch (second) {
      if (!other(second)) throw second;
      return await connectUnix(name, context, { ...options, "so-type": SOCK_SEQPACKET }).catch((third) => {
        throw other(third) ? error : third;
      });
    }
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof ConnectError && error.reason === "refused";
}

function isWrongType(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    // The runtime has no code for it.
    if (errorCode(e) === "EPROTOTYPE" || /wrong type for socket/i.test(errorText(e))) return true;
  }
  return false;
}

function needs(_: readonly string[], options: ConnectOptions): Permission[] {
  const list: Permission[] = ["read", "write", "net"];
  if (wantsSocket(options)) list.push("ffi");
  if (options.umask !== undefined) list.push("sys");
  return list;
}

/** UNIX-CONNECT. */
export const UNIX_CONNECT = defineAddress({
  names: ["UNIX-CONNECT", "LOCAL", "LOCAL-CONNECT", "ABSTRACT-CONNECT"],
  syntax: "UNIX-CONNECT:<path>",
  summary: "Connects to a Unix socket (ABSTRACT-CONNECT:<name>: outside the file system)",
  params: { min: 1, max: 1, rest: true },
  options: UNIX_CONNECT_OPTIONS,
  needs,
  check: checkPath,
  open: ({ name, params: [path], options, context }) =>
    once(() => connectUnix({ path: path!, abstract: isAbstract(name) }, context, options)),
});

/** UNIX-CLIENT. */
export const UNIX_CLIENT = defineAddress({
  names: ["UNIX-CLIENT", "UNIX", "ABSTRACT-CLIENT", "ABSTRACT"],
  syntax: "UNIX-CLIENT:<path>",
  summary: "Connects to a Unix socket of any kind: a stream, else datagrams",
  params: { min: 1, max: 1, rest: true },
  options: UNIX_CONNECT_OPTIONS,
  // It may turn out to be a datagram socket.
  needs: (params, options) => [...needs(params, options), "ffi"],
  check: checkPath,
  open: ({ name, params: [path], options, context }) =>
    once(() => connectUnixAny({ path: path!, abstract: isAbstract(name) }, context, options)),
});

const UNIX_LISTEN_OPTIONS = {
  fork: LISTEN_OPTIONS.fork,
  "max-children": LISTEN_OPTIONS["max-children"],
  backlog: LISTEN_OPTIONS.backlog,
  "accept-timeout": LISTEN_OPTIONS["accept-timeout"],
  ...NAMED_OPTIONS,
  ...UNIX_SOCKET_OPTIONS,
  ...UNIX_TYPE_OPTION,
};

/** UNIX-LISTEN. */
export const UNIX_LISTEN = defineAddress({
  names: ["UNIX-LISTEN", "UNIX-L", "LOCAL-LISTEN", "LOCAL-L", "ABSTRACT-LISTEN", "ABSTRACT-L"],
  syntax: "UNIX-LISTEN:<path>",
  summary: "Waits for connections on a Unix socket",
  params: { min: 1, max: 1, rest: true },
  options: UNIX_LISTEN_OPTIONS,
  listens: true,
  needs: (params, options) => needs(params, { ...options, bind: undefined }),
  check: checkPath,
  async *open({ name, params: [path], options, context }) {
    const own: UnixName = { path: path!, abstract: isAbstract(name) };
    const shown = shownPath(own);
    let unlink = () => {};
    const bySocket = wantsSocket(options);
    let listener: Deno.UnixListener | UnixSocketListener;
    await leaving.get(own.path);
    try {
      if (!own.abstract) beforeOpening(own.path, options);
      listener = underUmask(
        options,
        () => bySocket ? listenUnixSocket(own, options) : Deno.listen({ transport: "unix", path: runtimePath(own) }),
      );
    } catch (error) {
      throw await bindError(own, error);
    }
    try {
      if (!own.abstract) {
        unlink = unlinkAtClose(own.path, options, true);
        afterOpening(own.path, options, true);
      }
      const accepting = { range: [], deny: [], lowport: false, fork: options.fork };
      const keeps = !bySocket && options["unlink-close"] === false;
      const found = accepted<Deno.Conn | UnixSocketConn>(
        own.abstract ? listener : leavingName(listener, own.path, () => keeps ? putAside(own.path) : unlink),
        shown,
        { ...accepting, "accept-timeout": options["accept-timeout"] },
        context,
      );
      for await (const conn of found) {
        const peer = (conn.remoteAddr as Deno.UnixAddr).path ?? undefined;
        const about = unixAbout("unix", shown, peer?.replace(/^\0/, "@"));
        yield conn instanceof UnixSocketConn ? conn.stream(about) : new ConnStream(conn, about);
      }
    } finally {
      unlink();
    }
  },
});

/** Names whose listeners are closed, until nothing removes them any more. */
const leaving = new Map<string, Promise<void>>();

/**
 * The runtime removes a listener's name when it lets go of it, which is after a pending `accept` has failed. What `onClose`
 * gives is called then; who listens there next, as after a reload, waits for it.
 */
function leavingName(
  listener: Listener<Deno.Conn | UnixSocketConn>,
  path: string,
  onClose: () => () => void,
): Listener<Deno.Conn | UnixSocketConn> {
  let accepting: Promise<unknown> = Promise.resolve();
  return {
    accept() {
      const next = listener.accept();
      accepting = next.catch(() => {});
      return next;
    },
    close() {
      const afterwards = onClose();
      listener.close();
      const left = accepting.then(afterwards).catch(() => {}).finally(() => {
        if (leaving.get(path) === left) leaving.delete(path);
      });
      leaving.set(path, left);
    },
  };
}

/** Puts a name out of the way of who removes it. Gives what puts it back. */
function putAside(path: string): () => void {
  const aside = `${path}.${Deno.pid}`;
  try {
    Deno.renameSync(path, aside);
  } catch {
    // Removed already.
    return () => {};
  }
  return atExit(() => Deno.renameSync(aside, path));
}
