// Unix domain sockets, datagrams: UNIX-SENDTO, UNIX-RECV, UNIX-RECVFROM, by path and by abstract name.
import { errorText } from "../base/errors.ts";
import type { Bytes } from "../base/bytes.ts";
import { connectError } from "../dial/errors.ts";
import { one, TEXT, type Values } from "../options/schema.ts";
import { type About, Stream } from "../stream/stream.ts";
import { LISTEN_OPTIONS } from "./common.ts";
import { defineAddress, once, type OpenContext, type Permission } from "./model.ts";
import { afterOpening, beforeOpening, NAMED_OPTIONS, type NamedOptions, underUmask, unlinkAtClose } from "./named.ts";
import {
  bindError,
  checkPath,
  isAbstract,
  runtimePath,
  shownPath,
  UNIX_SOCKET_OPTIONS,
  unixAbout,
  type UnixName,
} from "./unix_name.ts";

const LARGEST = 256 * 1024;

/** A bound socket that takes datagrams of one sender or of all, and sends to one. Takes ownership of `socket`. */
class UnixDatagramStream extends Stream {
  readonly #socket: Deno.DatagramConn;
  readonly #to: string | undefined;
  readonly #onClose: () => void;

  constructor(socket: Deno.DatagramConn, to: string | undefined, about: About, onClose: () => void) {
    super(about, "datagrams");
    this.#socket = socket;
    this.#to = to;
    this.#onClose = onClose;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    if (this.closed) return null;
    try {
      const [data] = await this.#socket.receive(view);
      return data.length;
    } catch (error) {
      if (this.closed) return null;
      throw error;
    }
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    if (this.#to !== undefined) await this.#socket.send(bytes, { transport: "unixpacket", path: this.#to });
  }

  protected async finish(): Promise<void> {
    // Datagrams have no end-of-file.
  }

  protected release(): void {
    this.#socket.close();
    this.#onClose();
  }
}

/** One datagram that came, and the way back to its sender. */
class Received extends Stream {
  #datagram: Uint8Array | undefined;
  readonly #reply: (bytes: Uint8Array) => Promise<void>;
  readonly #done: () => void;

  constructor(datagram: Uint8Array, reply: (bytes: Uint8Array) => Promise<void>, about: About, done: () => void) {
    super(about, "datagrams");
    this.#datagram = datagram;
    this.#reply = reply;
    this.#done = done;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    const datagram = this.#datagram;
    if (datagram === undefined) return null;
    this.#datagram = undefined;
    const count = Math.min(view.length, datagram.length);
    view.set(datagram.subarray(0, count));
    return count;
  }
  protected push(bytes: Uint8Array): Promise<void> {
    return this.#reply(bytes);
  }
  protected async finish(): Promise<void> {}
  protected release(): void {
    this.#done();
  }
}

function bindSocket(name: UnixName, options: Partial<NamedOptions>): { socket: Deno.DatagramConn; unlink: () => void } {
  const named = options as NamedOptions;
  if (!name.abstract) beforeOpening(name.path, named);
  const socket = underUmask(
    named,
    () => Deno.listenDatagram({ transport: "unixpacket", path: runtimePath(name) }),
  );
  let unlink = () => {};
  try {
    if (!name.abstract) {
      unlink = unlinkAtClose(name.path, named, true);
      afterOpening(name.path, named, true);
    }
  } catch (error) {
    socket.close();
    unlink();
    throw error;
  }
  return { socket, unlink };
}

/** A name for a socket that was not given one: peers can only answer a socket that has a name. */
function anyName(): UnixName {
  const word = `netlab-${crypto.randomUUID()}`;
  return Deno.build.os === "linux"
    ? { path: word, abstract: true }
    : { path: `${Deno.env.get("TMPDIR") ?? "/tmp"}/${word}`.replace("//", "/"), abstract: false };
}

/** Sends to the socket `to`. Throws a `ConnectError` when there is none. */
export async function unixDatagramTo(
  to: UnixName,
  options: Partial<NamedOptions & { readonly bind: string | undefined }>,
): Promise<Stream> {
  const own = options.bind === undefined ? anyName() : { path: options.bind, abstract: to.abstract };
  try {
    if (!to.abstract) await Deno.stat(to.path);
    const { socket, unlink } = bindSocket(own, options);
    const about = unixAbout("unix-datagram", options.bind === undefined ? undefined : shownPath(own), shownPath(to));
    return new UnixDatagramStream(socket, runtimePath(to), about, unlink);
  } catch (error) {
    throw connectError(shownPath(to), error);
  }
}

function needs(_: readonly string[], options: { readonly umask: number | undefined }): Permission[] {
  return ["read", "write", "net", ...(options.umask === undefined ? [] : ["sys" as const])];
}

/** UNIX-SENDTO. */
export const UNIX_SENDTO = defineAddress({
  names: ["UNIX-SENDTO", "UNIX-SEND", "LOCAL-SENDTO", "ABSTRACT-SENDTO"],
  syntax: "UNIX-SENDTO:<path>",
  summary: "Sends datagrams to a Unix socket and takes the answers",
  params: { min: 1, max: 1, rest: true },
  options: {
    ...NAMED_OPTIONS,
    bind: one(TEXT, { group: "Unix sockets", help: "Own name of a connecting socket", placeholder: "PATH" }),
    ...UNIX_SOCKET_OPTIONS,
  },
  needs,
  check: checkPath,
  open: ({ name, params: [path], options }) =>
    once(() => unixDatagramTo({ path: path!, abstract: isAbstract(name) }, options)),
});

const RECEIVING_OPTIONS = {
  ...NAMED_OPTIONS,
  ...UNIX_SOCKET_OPTIONS,
};

async function receiver(name: UnixName, options: Values<typeof RECEIVING_OPTIONS>, context: OpenContext) {
  try {
    const bound = bindSocket(name, options);
    context.onListening?.(shownPath(name));
    return bound;
  } catch (error) {
    throw await bindError(name, error);
  }
}

/** UNIX-RECV. */
export const UNIX_RECV = defineAddress({
  names: ["UNIX-RECV", "UNIX-RECEIVE", "LOCAL-RECV", "ABSTRACT-RECV"],
  syntax: "UNIX-RECV:<path>",
  summary: "Takes datagrams of everybody on a Unix socket and answers nobody",
  params: { min: 1, max: 1, rest: true },
  options: RECEIVING_OPTIONS,
  listens: true,
  needs,
  check: checkPath,
  open: ({ name, params: [path], options, context }) =>
    once(async () => {
      const own = { path: path!, abstract: isAbstract(name) };
      const { socket, unlink } = await receiver(own, options, context);
      const stream = new UnixDatagramStream(
        socket,
        undefined,
        unixAbout("unix-datagram", shownPath(own), undefined),
        unlink,
      );
      return stream;
    }),
});

/** UNIX-RECVFROM. */
export const UNIX_RECVFROM = defineAddress({
  names: ["UNIX-RECVFROM", "LOCAL-RECVFROM", "ABSTRACT-RECVFROM"],
  syntax: "UNIX-RECVFROM:<path>",
  summary: "Takes one datagram on a Unix socket and may answer it; with fork, each datagram by itself",
  params: { min: 1, max: 1, rest: true },
  options: { ...RECEIVING_OPTIONS, fork: LISTEN_OPTIONS.fork, "max-children": LISTEN_OPTIONS["max-children"] },
  listens: true,
  needs,
  check: checkPath,
  async *open({ name, params: [path], options, context }) {
    const own = { path: path!, abstract: isAbstract(name) };
    const { socket, unlink } = await receiver(own, options, context);
    let open = 0, over = false, closed = false;
    const closeWhenUnused = () => {
      if (!over || open > 0 || closed) return;
      closed = true;
      socket.close();
      unlink();
    };
    // Answers may still be sent after the last datagram was taken: the socket is closed when nobody needs it.
    const stopped = Promise.withResolvers<undefined>();
    const stop = () => stopped.resolve(undefined);
    context.signal.addEventListener("abort", stop, { once: true });
    if (context.signal.aborted) stop();
    const buffer = new Uint8Array(LARGEST);
    try {
      for (;;) {
        const received = socket.receive(buffer);
        received.catch(() => {});
        const result = await Promise.race([received, stopped.promise]);
        if (result === undefined) return;
        const [data, address] = result;
        const sender = (address as Deno.UnixAddr).path || undefined;
        const reply = async (bytes: Uint8Array) => {
          if (sender === undefined) return;
          try {
            await socket.send(bytes, { transport: "unixpacket", path: sender });
          } catch (error) {
            throw new Error(`Cannot answer "${sender}": ${errorText(error)}`, { cause: error });
          }
        };
        open++;
        yield new Received(
          data.slice(),
          reply,
          unixAbout("unix-datagram", shownPath(own), sender?.replace(/^\0/, "@")),
          () => {
            open--;
            closeWhenUnused();
          },
        );
        if (!options.fork) return;
      }
    } finally {
      context.signal.removeEventListener("abort", stop);
      over = true;
      closeWhenUnused();
    }
  },
});
