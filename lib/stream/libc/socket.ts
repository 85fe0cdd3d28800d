// Sockets of any family and type by the C library: made, bound, connected, accepting; datagrams with their senders and what is
// told of them. Addresses are `sockaddr` structures as the system has them.
import type { Bytes } from "../../base/bytes.ts";
import { type AncillaryFact, AncillaryReader } from "./ancillary.ts";
import { DescriptorStream } from "./descriptor.ts";
import { type Libc, needLibc, SystemError } from "./libc.ts";
import { inNamespace } from "./namespace.ts";
import { NUMBERS } from "./numbers.ts";
import { POLLIN, POLLOUT, type Wait, waitFor } from "./poller.ts";
import { getSocketNumber, SO_ERROR, SOL_SOCKET } from "./socket_fd.ts";
import { applySettings, namespaceOf, type SocketSetting } from "./socket_settings.ts";
import type { About } from "../stream.ts";

const { MSG_NOSIGNAL } = NUMBERS;
const F_SETFD = 2, FD_CLOEXEC = 1, F_GETFL = 3, F_SETFL = 4;
/** Octets that any address fits: `sockaddr_storage`. */
const ADDRESS_SIZE = 128;
/** How long a full receiver, or a full queue of a listener, is left before the next try. */
const AGAIN_MS = 5;

/** A socket that does not block and is not inherited, made where `settings` say, with the early ones of them. The caller closes it. */
export function openSocket(domain: number, type: number, settings: readonly SocketSetting[]): number {
  const libc = needLibc("A socket of this kind");
  const { call } = libc;
  const make = () => {
    const fd = call.socket(domain, type, 0);
    if (fd < 0) throw new SystemError(libc, libc.errno());
    return fd;
  };
  const namespace = namespaceOf(settings);
  const fd = namespace === undefined ? make() : inNamespace(namespace, make);
  try {
    setOwnModes(libc, fd);
    applySettings(libc, fd, settings, "early");
    return fd;
  } catch (error) {
    call.close(fd);
    throw error;
  }
}

/** Calls do not wait, programs that are started do not get it. */
function setOwnModes({ call, n }: Libc, fd: number): void {
  call.fcntl_number(fd, F_SETFD, FD_CLOEXEC);
  call.fcntl_number(fd, F_SETFL, call.fcntl_number(fd, F_GETFL, 0) | n.O_NONBLOCK);
}

/** Binds it. Throws what the system says, an address in use as the runtime would. */
export function bindSocket(fd: number, address: Bytes): void {
  const libc = needLibc("A socket of this kind");
  if (libc.call.bind(fd, address, address.length) === 0) return;
  const error = new SystemError(libc, libc.errno());
  throw error.code === "EADDRINUSE"
    ? Object.assign(new Deno.errors.AddrInUse(error.message), { code: error.code })
    : error;
}

/** Connects it. Throws what the system says, or the reason of `signal`. */
export async function connectSocket(fd: number, address: Bytes, signal?: AbortSignal): Promise<void> {
  const libc = needLibc("A socket of this kind");
  for (;;) {
    signal?.throwIfAborted();
    if (libc.call.connect(fd, address, address.length) === 0) return;
    const errno = libc.errno();
    if (errno === libc.n.EINPROGRESS) break;
    // The queue of a Unix socket is full.
    if (errno !== libc.n.EAGAIN) throw new SystemError(libc, errno);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
  const wait = waitFor(fd, POLLOUT);
  const cancel = () => wait.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted) cancel();
  const ready = await wait.ready;
  signal?.removeEventListener("abort", cancel);
  if (!ready) throw signal!.reason;
  const result = getSocketNumber(libc, fd, SOL_SOCKET, SO_ERROR);
  if (result !== 0) throw new SystemError(libc, result ?? libc.errno());
}

/** The address of a socket; empty where it has none. */
export function socketName(fd: number): Bytes {
  const address = new Uint8Array(ADDRESS_SIZE), length = new Uint32Array([ADDRESS_SIZE]);
  const { call } = needLibc("A socket of this kind");
  const known = call.getsockname(fd, address, new Uint8Array(length.buffer)) === 0;
  return address.slice(0, known ? Math.min(length[0]!, ADDRESS_SIZE) : 0);
}

/** A connected socket: a stream, or one whose packets keep their boundaries and end (SOCK_SEQPACKET). */
export class SocketStream extends DescriptorStream {
  readonly #packets: boolean;
  constructor(fd: number, packets: boolean, about: About, onClose?: () => void) {
    const { call } = needLibc(about.label);
    super(
      fd,
      {
        readable: true,
        writable: true,
        nonBlocking: true,
        finish: () => void call.shutdown(fd, 1),
        onClose,
      },
      about,
      packets ? "datagrams" : "bytes",
    );
    this.#packets = packets;
  }

  protected override async pull(view: Bytes): Promise<number | null> {
    const count = await super.pull(view);
    // A packet of no octets cannot be told from the end.
    return this.#packets && count === 0 ? null : count;
  }
}

/** An accepted socket, closed or made a stream by who takes it. */
export interface AcceptedSocket {
  readonly fd: number;
  readonly remote: Bytes;
}

/** A listening socket. Takes ownership of `fd`, which is bound, and without `backlog` listens already. */
export class SocketListener {
  readonly #libc: Libc;
  readonly #fd: number;
  #wait: Wait | undefined;
  #closed = false;

  constructor(fd: number, backlog?: number) {
    this.#libc = needLibc("A listening socket of this kind");
    this.#fd = fd;
    const { call } = this.#libc;
    if (backlog !== undefined && call.listen(fd, backlog) !== 0) throw new SystemError(this.#libc, this.#libc.errno());
    if (backlog === undefined) setOwnModes(this.#libc, fd);
  }

  /** The next connection. Throws when the listener is closed. One call at a time. */
  async accept(): Promise<AcceptedSocket> {
    const { call, n } = this.#libc;
    for (;;) {
      if (this.#closed) throw new Error("Closed");
      const address = new Uint8Array(ADDRESS_SIZE), length = new Uint32Array([ADDRESS_SIZE]);
      const fd = call.accept(this.#fd, address, new Uint8Array(length.buffer));
      if (fd >= 0) {
        setOwnModes(this.#libc, fd);
        return { fd, remote: address.slice(0, Math.min(length[0]!, ADDRESS_SIZE)) };
      }
      const errno = this.#libc.errno();
      if (errno !== n.EAGAIN && errno !== n.EINTR) throw new SystemError(this.#libc, errno);
      this.#wait = waitFor(this.#fd, POLLIN);
      await this.#wait.ready;
      this.#wait = undefined;
      if (this.#closed) this.#libc.call.close(this.#fd);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // A number must not be used again while a poll still looks at it.
    if (this.#wait === undefined) this.#libc.call.close(this.#fd);
    else this.#wait.cancel();
  }
}

/** A bound socket of datagrams, which tells who sent each and what the system knows of it. Takes ownership of `fd`. */
export class ToldDatagrams extends DescriptorStream {
  readonly #libc: Libc;
  /** Who sent the datagram that was read last. */
  sender: Bytes = new Uint8Array(0);
  readonly #address = new Uint8Array(ADDRESS_SIZE);
  readonly #length = new Uint32Array(1);
  readonly #ancillary: AncillaryReader;

  constructor(fd: number, about: About) {
    super(fd, { readable: true, writable: false, nonBlocking: true }, about, "datagrams");
    this.#libc = needLibc(about.label);
    this.#ancillary = new AncillaryReader(this.#libc);
  }

  /** What the system told of the datagram that was read last, where it was asked to. */
  get facts(): readonly AncillaryFact[] {
    return this.#ancillary.facts;
  }

  protected override readNow(view: Bytes): number {
    const count = this.#ancillary.receive(this.fd, view, this.#address, this.#length);
    if (count >= 0) this.sender = this.#address.slice(0, Math.min(this.#length[0]!, ADDRESS_SIZE));
    return count;
  }

  /** Sends one datagram; waits while the receiver is full. */
  async sendTo(bytes: Uint8Array, to: Bytes): Promise<void> {
    const { call, n } = this.#libc;
    while (call.sendto(this.fd, bytes as Bytes, BigInt(bytes.length), MSG_NOSIGNAL, to, to.length) < 0) {
      const errno = this.#libc.errno();
      if (errno !== n.EAGAIN && errno !== n.ENOBUFS && errno !== n.EINTR) throw new SystemError(this.#libc, errno);
      if (this.closed) throw new Error("Closed");
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
