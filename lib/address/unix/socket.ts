// Unix sockets made by the C library, for what the runtime cannot: a name of a connecting one, packets, options.
import { withinLimit } from "../../dial/limit.ts";
import { integer, one } from "../../options/schema.ts";
import { BACKLOG } from "../../stream/conn.ts";
import { needLibc } from "../../stream/libc/libc.ts";
import { bindSocket, connectSocket, openSocket, SocketListener, SocketStream } from "../../stream/libc/socket.ts";
import { AF_UNIX } from "../../stream/libc/sockaddr.ts";
import { SOCK_SEQPACKET, SOCK_STREAM } from "../../stream/libc/socket_fd.ts";
import { applySettings } from "../../stream/libc/socket_settings.ts";
import type { About, Stream } from "../../stream/stream.ts";
import { unixSocketAddress, unixSocketPath } from "../../stream/libc/unix_datagram.ts";
import type { Acceptable, Listener } from "../network/listen.ts";
import type { OpenContext } from "../model.ts";
import { afterOpening, beforeOpening, type NamedOptions, underUmask, unlinkAtClose } from "../file/named.ts";
import { socketSettings } from "../network/socket_options.ts";
import { ownName, runtimePath, shownPath, unixAbout, type UnixName } from "./name.ts";

/** The option that chooses the type. */
export const UNIX_TYPE_OPTION = {
  "so-type": one(integer(1, 5), {
    group: "Unix sockets",
    help: "1 for a stream (the default), 5 for packets, which keep their boundaries",
    aliases: ["socktype", "type"],
  }),
};

/** What is looked at; options of the socket by their names. */
interface Options extends Readonly<Record<string, unknown>> {
  readonly bind?: string | undefined;
  readonly "bind-tempname"?: string | true | undefined;
  readonly backlog?: number | undefined;
  readonly "so-type"?: number | undefined;
  readonly "connect-timeout"?: number | undefined;
}

/** Whether the runtime's own sockets will not do. */
export function wantsSocket(options: Options): boolean {
  return options.bind !== undefined || options["bind-tempname"] !== undefined ||
    (options["so-type"] ?? SOCK_STREAM) !== SOCK_STREAM ||
    socketSettings(options).length > 0;
}

/** Connects, from a name of its own where `bind` says one. */
export async function connectUnixSocket(name: UnixName, options: Options, context: OpenContext): Promise<Stream> {
  const libc = needLibc("Options of a Unix socket");
  const named = options as unknown as NamedOptions;
  const settings = socketSettings(options);
  const type = options["so-type"] ?? SOCK_STREAM;
  const own = ownName(options, name);
  const inFiles = own !== undefined && !own.abstract;
  if (inFiles) beforeOpening(own.path, named);
  const fd = openSocket(AF_UNIX, type, settings);
  let unlink = () => {};
  try {
    if (own !== undefined) underUmask(named, () => bindSocket(fd, unixSocketAddress(runtimePath(own))));
    if (inFiles) {
      unlink = unlinkAtClose(own.path, named, true);
      afterOpening(own.path, named, true);
    }
    const limit = { signal: context.signal, timeoutMs: options["connect-timeout"] };
    await withinLimit(limit, (signal) => connectSocket(fd, unixSocketAddress(runtimePath(name)), signal));
    applySettings(libc, fd, settings, "connected");
  } catch (error) {
    libc.call.close(fd);
    unlink();
    throw error;
  }
  const about = unixAbout("unix", own === undefined ? undefined : shownPath(own), shownPath(name));
  return new SocketStream(fd, type === SOCK_SEQPACKET, about, unlink);
}

/** An accepted connection. */
export class UnixSocketConn implements Acceptable {
  readonly remoteAddr: Deno.UnixAddr;
  readonly #fd: number;
  readonly #packets: boolean;

  constructor(fd: number, peer: string | undefined, packets: boolean) {
    this.#fd = fd;
    this.#packets = packets;
    this.remoteAddr = { transport: "unix", path: peer ?? "" };
  }

  close(): void {
    needLibc("A Unix socket").call.close(this.#fd);
  }

  stream(about: About): Stream {
    return new SocketStream(this.#fd, this.#packets, about);
  }
}

/** A listener made by the C library. */
export type UnixSocketListener = Listener<UnixSocketConn>;

/** Listens. Throws what the system says. */
export function listenUnixSocket(name: UnixName, options: Options): UnixSocketListener {
  const libc = needLibc("Options of a Unix socket");
  const settings = socketSettings(options);
  const type = options["so-type"] ?? SOCK_STREAM;
  const fd = openSocket(AF_UNIX, type, settings);
  let listener: SocketListener;
  try {
    bindSocket(fd, unixSocketAddress(runtimePath(name)));
    listener = new SocketListener(fd, options.backlog ?? BACKLOG);
  } catch (error) {
    libc.call.close(fd);
    throw error;
  }
  return {
    async accept() {
      const { fd, remote } = await listener.accept();
      try {
        applySettings(libc, fd, settings, "connected");
      } catch (error) {
        libc.call.close(fd);
        throw error;
      }
      return new UnixSocketConn(fd, unixSocketPath(remote), type === SOCK_SEQPACKET);
    },
    close: () => listener.close(),
  };
}
