// A listening socket by its descriptor (inherited, or made by the C library), in the form of the runtime's own listeners.
// What it accepts is read and written by the C library, too: node:net (2.9.6) gives up a write that waits when the peer has
// half-closed without having sent anything, and what was to follow is lost.
import type { Bytes } from "../../base/bytes.ts";
import type { HostPort } from "../../base/host_port.ts";
import { type Libc, needLibc } from "./libc.ts";
import { decodeSockaddr } from "./sockaddr.ts";
import { SocketListener, SocketStream } from "./socket.ts";
import { localOf } from "./socket_fd.ts";
import type { About, Stream } from "../stream.ts";

const IPPROTO_TCP = 6, TCP_NODELAY = 1, ON = new Uint8Array(new Int32Array([1]).buffer);

/** An accepted connection: closed, or made a stream, which owns it then. */
export class SocketConn {
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  readonly #libc: Libc;
  readonly #fd: number;

  constructor(libc: Libc, fd: number, remote: Bytes) {
    this.#libc = libc;
    this.#fd = fd;
    this.localAddr = addressOf(localOf(libc, fd));
    this.remoteAddr = addressOf(decodeSockaddr(remote));
  }

  /** Small segments are sent at once from now on; nothing happens to what is no TCP socket. */
  setNoDelay(): void {
    this.#libc.call.setsockopt(this.#fd, IPPROTO_TCP, TCP_NODELAY, ON, ON.length);
  }

  close(): void {
    this.#libc.call.close(this.#fd);
  }

  stream(about: About): Stream {
    return new SocketStream(this.#fd, false, about);
  }
}

function addressOf(place: HostPort | undefined): Deno.Addr {
  return place === undefined
    ? { transport: "unix", path: "" }
    : { transport: "tcp", hostname: place.host, port: place.port };
}

/** Accepts on a descriptor that listens already. Takes ownership of it. */
export class TcpSocketListener {
  /** Where it listens; `undefined` for Unix sockets. */
  readonly local: HostPort | undefined;
  readonly #libc: Libc;
  readonly #listener: SocketListener;

  constructor(fd: number) {
    this.#libc = needLibc("A listening socket of this kind");
    this.local = localOf(this.#libc, fd);
    this.#listener = new SocketListener(fd);
  }

  /** The next connection. Rejects once the listener is closed. One call at a time. */
  async accept(): Promise<SocketConn> {
    const { fd, remote } = await this.#listener.accept();
    return new SocketConn(this.#libc, fd, remote);
  }

  close(): void {
    this.#listener.close();
  }
}
