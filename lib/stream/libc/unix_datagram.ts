// Unix datagram sockets over the C library: the runtime's own cannot send while they wait to receive.
import type { Bytes } from "../../base/bytes.ts";
import { DescriptorStream } from "./descriptor.ts";
import { type Libc, needLibc, SystemError } from "./libc.ts";
import { NUMBERS } from "./numbers.ts";
import { AF_UNIX } from "./sockaddr.ts";
import { bindSocket, openSocket } from "./socket.ts";
import { SOCK_DGRAM } from "./socket_fd.ts";
import type { SocketSetting } from "./socket_settings.ts";
import type { About } from "../stream.ts";

const SOCKADDR_SIZE = 128;
const { MSG_NOSIGNAL } = NUMBERS;

/** `sockaddr_un` of a name as the runtime writes it (`\0name` is abstract), exactly as long as the name. */
export function unixSocketAddress(path: string): Bytes {
  const octets = new TextEncoder().encode(path.startsWith("\0") ? path : `${path}\0`);
  const bytes = new Uint8Array(2 + octets.length);
  if (Deno.build.os === "darwin") bytes.set([bytes.length, AF_UNIX]);
  else bytes.set([AF_UNIX, 0]);
  bytes.set(octets, 2);
  return bytes;
}

/** The name in a `sockaddr_un`; `undefined` for a socket without one. */
export function unixSocketPath(address: Uint8Array): string | undefined {
  const octets = address.subarray(2);
  // Nothing, or where there are no abstract names zeros: XNU's own address of none (`sun_noname`) has fourteen.
  if (octets.every((octet) => octet === 0)) return undefined;
  const end = octets[0] === 0 ? octets.length : octets.indexOf(0);
  return new TextDecoder().decode(end === -1 ? octets : octets.subarray(0, end));
}

/** A socket that is bound to `path`, made and set as `settings` say. The caller owns the descriptor. */
export function bindUnixDatagram(path: string, settings: readonly SocketSetting[] = []): number {
  const fd = openSocket(AF_UNIX, SOCK_DGRAM, settings);
  try {
    bindSocket(fd, unixSocketAddress(path));
    return fd;
  } catch (error) {
    needLibc("A Unix datagram socket").call.close(fd);
    throw error;
  }
}

/** A bound socket: connected to `peer`, or open to all, whose replies are sent with `sendTo`. Takes ownership. */
export class UnixDatagramStream extends DescriptorStream {
  readonly #libc: Libc;
  readonly #peer: string | undefined;
  #connected = false;
  /** Who sent the datagram that was read last. */
  sender: string | undefined;
  #address = new Uint8Array(SOCKADDR_SIZE);
  #length = new Uint32Array(1);

  constructor(fd: number, peer: string | undefined, about: About, onClose: () => void) {
    super(fd, { readable: true, writable: peer !== undefined, nonBlocking: true, onClose }, about, "datagrams");
    this.#libc = needLibc("A Unix datagram socket");
    this.#peer = peer;
  }

  /** Connects to the peer: from then on the system takes only what comes from there. Throws what the system says. */
  connect(): void {
    if (!this.#tryConnect()) throw new SystemError(this.#libc, this.#libc.errno());
  }

  #tryConnect(): boolean {
    const address = unixSocketAddress(this.#peer!);
    return this.#connected = this.#libc.call.connect(this.fd, address, address.length) === 0;
  }

  protected override readNow(view: Bytes): number {
    for (;;) {
      this.#length[0] = SOCKADDR_SIZE;
      const length = new Uint8Array(this.#length.buffer);
      const count = Number(
        this.#libc.call.recvfrom(this.fd, view, BigInt(view.length), 0, this.#address, length),
      );
      if (count < 0) return count;
      this.sender = unixSocketPath(this.#address.subarray(0, Math.min(this.#length[0], SOCKADDR_SIZE)));
      if (this.#peer === undefined || this.#connected || this.sender === this.#peer) return count;
    }
  }

  protected override writeNow(bytes: Bytes): number {
    const { call, n } = this.#libc;
    if (this.#peer !== undefined && !this.#connected && !this.#tryConnect()) return -1;
    const send = () => Number(call.sendto(this.fd, bytes, BigInt(bytes.length), MSG_NOSIGNAL, null, 0));
    const count = send();
    if (count >= 0 || this.#peer === undefined) return count;
    const errno = this.#libc.errno();
    // The peer was started anew under its name.
    if (errno !== n.ECONNREFUSED && errno !== n.ECONNRESET) return this.#failAgain(send, errno);
    return this.#tryConnect() ? send() : -1;
  }

  /** Looking at the error may have changed it: what would block is tried once more, so that it is the last one. */
  #failAgain(send: () => number, errno: number): number {
    if (errno === this.#libc.n.EAGAIN || errno === this.#libc.n.ENOBUFS) return send();
    throw new SystemError(this.#libc, errno);
  }

  /** Sends one datagram to `path`; waits while its receiver is full. */
  async sendTo(bytes: Uint8Array, path: string): Promise<void> {
    const address = unixSocketAddress(path);
    const { call, n } = this.#libc;
    for (;;) {
      const count = Number(
        call.sendto(this.fd, bytes as Bytes, BigInt(bytes.length), MSG_NOSIGNAL, address, address.length),
      );
      if (count >= 0) return;
      const errno = this.#libc.errno();
      if (errno !== n.EAGAIN && errno !== n.ENOBUFS && errno !== n.EINTR) throw new SystemError(this.#libc, errno);
      if (this.closed) throw new Error("Closed");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
