// A UDP socket: the runtime's, with the C library beside it where there is one.
// The runtime sends and receives by asynchronous calls, each a turn of its event loop. With the descriptor a datagram is sent
// and, when one is there, received at once; the runtime is asked only to wait. A datagram that it takes while waiting comes
// before all that is taken afterwards, so the order is kept.
import type { Bytes } from "../../base/bytes.ts";
import type { HostPort } from "../../base/host_port.ts";
import { findLibc, type Libc, needLibc, SystemError } from "../libc/libc.ts";
import { NUMBERS } from "../libc/numbers.ts";
import { bindSocket, openSocket } from "../libc/socket.ts";
import { SOCKADDR_SIZE, sockaddrFamily } from "../libc/sockaddr.ts";
import {
  getSocketNumber,
  localOf,
  openFinding,
  setSocketOption,
  SO_ERROR,
  SOCK_DGRAM,
  SOL_SOCKET,
} from "../libc/socket_fd.ts";
import { applySettings, type SocketSetting } from "../libc/socket_settings.ts";
import { Senders, UdpAddress, UNKNOWN_ADDRESS } from "./address.ts";
import { DescriptorKeeper, type EarlyDatagram, RuntimeKeeper, type UdpKeeper } from "./keeper.ts";
import { giveRoom, takeRoom } from "../rooms.ts";
import { udpTurns } from "./turns.ts";

/** What `receive` gives when the socket was closed. */
export const CLOSED = -1;

/** When it is asked whether a datagram was refused, in milliseconds after sending: first, at last, and while answers come. */
const FIRST_ASKED_MS = 1, LAST_ASKED_MS = 1000, ANSWERED_MS = 50;
/** Datagrams of one socket that are served in a row before others are looked at. */
const MOST_AT_ONCE = 32;
const { MSG_DONTWAIT, SO_REUSEADDR } = NUMBERS;
/** Whether a connected socket still sends to an address that is named, as the runtime does. */
const SENDS_TO_WHEN_CONNECTED = Deno.build.os === "linux";
/** So often a datagram is offered again when the system has no buffer for it, so many milliseconds apart. */
const BUFFER_TRIES = 50, BUFFER_WAIT_MS = 2;

const senderOctets = new Uint8Array(SOCKADDR_SIZE);
const senderLength = new Uint32Array(1), senderLengthOctets = new Uint8Array(senderLength.buffer);

/** Is lent a datagram for the call, or until the promise that it returns is fulfilled. */
type Take = (datagram: Uint8Array) => Promise<void> | void;

/** How a socket is made. */
interface UdpOptions {
  /** Share the port with other sockets (SO_REUSEADDR). */
  readonly reuseAddress?: boolean | undefined;
  /** Whether what is sent to multicast groups comes to this machine, too. Default: it does. */
  readonly loopback?: boolean | undefined;
  /** Whether who sends is answered: of a link-local sender the network must be known then, which the runtime does not tell. */
  readonly answers?: boolean | undefined;
  /** What is to be set by the C library, before the socket is bound or afterwards. */
  readonly settings?: readonly SocketSetting[] | undefined;
}

/** A bound UDP socket. One `receive` may be in flight at a time. */
export class UdpSocket {
  /** The runtime's socket, where it is one, for what it alone can do: joining groups. */
  readonly conn: Deno.DatagramConn | undefined;
  /** The descriptor; `undefined` where the C library cannot be used. */
  readonly fd: number | undefined;
  /** Who sent the datagram that was received last. */
  sender: UdpAddress = UNKNOWN_ADDRESS;
  readonly #keeper: UdpKeeper;
  readonly #libc: Libc | undefined;
  readonly #senders = new Senders();
  #local: HostPort;
  #peer: UdpAddress | undefined;
  #closed = false;
  /** Told of each datagram; `undefined` while nobody waits. */
  #take: Take | undefined;
  /** What else is to be told: that it was closed; an error. */
  #over: () => void = () => {};
  #failed: (error: unknown) => void = () => {};
  /** Whether a datagram is waited for; what came of it stays until it is wanted. */
  #asked = false;
  /** Another datagram may be there already. */
  #more: boolean;
  #early: EarlyDatagram | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Something was sent to the peer since it was asked whether that was refused; when that is asked again. */
  #sent = false;
  /** And something came. */
  #heard = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(conn: Deno.DatagramConn | undefined, fd: number | undefined, local: HostPort) {
    this.conn = conn;
    this.fd = fd;
    this.#keeper = conn === undefined ? new DescriptorKeeper(fd!) : new RuntimeKeeper(conn);
    this.#libc = fd === undefined ? undefined : findLibc();
    this.#more = fd !== undefined;
    this.#local = local;
  }

  /** A socket bound to `local`, an IP address and a port (0: any). Throws what the system says. */
  static bind(local: HostPort, options: UdpOptions = {}): UdpSocket {
    // The system lets them come back, the runtime does not.
    const { settings = [], reuseAddress, loopback = true } = options;
    const ofAnyNetwork = options.answers && local.host === "::" && findLibc() !== undefined;
    if (settings.length > 0 || ofAnyNetwork) return UdpSocket.#bindBySystem(local, reuseAddress ?? false, settings);
    const { socket, fd } = openFinding(SOCK_DGRAM, () =>
      Deno.listenDatagram({
        transport: "udp",
        hostname: local.host,
        port: local.port,
        ...(reuseAddress ? { reuseAddress: true } : {}),
        loopback,
      }));
    const { hostname: host, port } = socket.addr as Deno.NetAddr;
    return new UdpSocket(socket, fd, { host, port });
  }

  static #bindBySystem(local: HostPort, reuseAddress: boolean, settings: readonly SocketSetting[]): UdpSocket {
    const libc = needLibc("Setting options of a socket");
    const { sockaddr } = UdpAddress.from(local);
    const fd = openSocket(sockaddrFamily(sockaddr), SOCK_DGRAM, settings);
    try {
      if (reuseAddress) {
        setSocketOption(libc, fd, { option: "reuseaddr", level: SOL_SOCKET, name: SO_REUSEADDR, value: 1 });
      }
      bindSocket(fd, sockaddr);
      applySettings(libc, fd, settings, "connected");
      return new UdpSocket(undefined, fd, localOf(libc, fd)!);
    } catch (error) {
      libc.call.close(fd);
      throw error;
    }
  }

  /** The address that it is bound to. */
  get local(): HostPort {
    return this.#local;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether somebody waits for a datagram. */
  get waiting(): boolean {
    return this.#take !== undefined;
  }

  /**
   * Connects to the one peer: the system then lets nothing else in, and reports what it learns of the way there. Returns
   * whether that could be done. What arrived before from others is still received. A `SystemError` when there is no way.
   */
  connect(peer: UdpAddress): boolean {
    if (this.fd === undefined) {
      if (this.#keeper instanceof RuntimeKeeper) {
        this.#keeper.refused = new Deno.errors.ConnectionRefused("Connection refused");
      }
      return false;
    }
    const libc = this.#libc!;
    if (libc.call.connect(this.fd, peer.sockaddr, peer.sockaddr.length) !== 0) {
      throw new SystemError(libc, libc.errno());
    }
    this.#peer = peer;
    this.#local = localOf(libc, this.fd) ?? this.#local;
    return true;
  }

  /**
   * Receives the next datagram into `view`, cut if it does not fit: the number of octets, or `CLOSED`. `sender` says where
   * it came from, until the next call. Rejects with what the system reports, which does not end the socket.
   */
  receive(view: Bytes): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#take = (datagram) => {
        this.#pause();
        resolve(copyDatagram(datagram, view));
      };
      this.#over = () => resolve(CLOSED);
      this.#failed = reject;
      this.#next();
    });
  }

  /**
   * Receives all datagrams, each told to `take` at once when it arrives: what costs the least. When `take` returns a promise
   * the next one waits for it. Fulfilled when the socket was closed; rejects with what `take` throws and what the system
   * reports, after which it may be called again.
   */
  receiveAll(take: Take): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#take = take;
      this.#over = resolve;
      this.#failed = reject;
      this.#next();
    });
  }

  /** Serves who waits with all that is there, then waits with him. */
  #next(): void {
    while (this.#take !== undefined) {
      if (this.#closed) return this.#end();
      if (this.#failure !== undefined) {
        const { error } = this.#failure;
        this.#failure = undefined;
        return this.#fail(error);
      }
      if (this.#early !== undefined) this.#tellEarly(this.#early);
      // What the runtime was asked for it may have taken already, and tells of it only when what is under way now has ended.
      else if (this.#asked || !this.#more || !udpTurns.mayTake() || !this.#serveNow()) {
        return this.fd === undefined ? this.ask() : udpTurns.wait(this);
      }
    }
  }

  /** Tells who waits of a datagram, which is in `room`. */
  #tell(datagram: Uint8Array, room: Bytes): void {
    const take = this.#take!;
    try {
      const pending = take(datagram);
      if (pending === undefined) return giveRoom(room);
      this.#pause();
      pending.then(() => {
        giveRoom(room);
        this.#take = take;
        this.#next();
      }, this.#failed);
    } catch (error) {
      this.#fail(error);
    }
  }

  #tellEarly({ bytes, room, from }: EarlyDatagram): void {
    this.#early = undefined;
    this.sender = this.#senders.known(from);
    this.#tell(bytes, room);
  }

  /** Nobody waits until what was told has been dealt with, which is after the present call. */
  #pause(): void {
    this.#take = undefined;
    udpTurns.continuesLater();
  }

  #end(): void {
    this.#pause();
    this.#over();
  }

  #fail(error: unknown): void {
    this.#pause();
    this.#failed(error);
  }

  /** Tells who waits of a datagram that is there, or of an error. Whether there was one. */
  #serveNow(): boolean {
    const room = takeRoom();
    const count = this.#receiveNow(room);
    if (typeof count === "number") {
      this.#tell(room.subarray(0, count), room);
      return true;
    }
    giveRoom(room);
    if (count === undefined) this.#more = false;
    else this.#fail(count);
    return count !== undefined;
  }

  /** A datagram that is there, its length; an error to tell; `undefined` when there is neither. */
  #receiveNow(room: Bytes): number | SystemError | undefined {
    const libc = this.#libc!;
    for (;;) {
      senderLength[0] = SOCKADDR_SIZE;
      const count = libc.call.receive_datagram(
        this.fd!,
        room,
        room.length,
        MSG_DONTWAIT,
        senderOctets,
        senderLengthOctets,
      );
      if (count >= 0) {
        this.#heard = true;
        this.sender = this.#senders.of(senderOctets);
        return count;
      }
      const errno = libc.errno();
      if (errno === libc.n.EAGAIN) return undefined;
      if (errno !== libc.n.EINTR) return new SystemError(libc, errno);
    }
  }

  /**
   * Serves who waits with a datagram that is there, and when `more` may be there, with some of them too. Whether there was
   * one.
   */
  serve(more: boolean): boolean {
    if (this.#take === undefined || this.#closed || this.#early !== undefined || !this.#serveNow()) return false;
    this.#more = more;
    for (let i = 0; i < MOST_AT_ONCE && this.#more && this.waiting && !this.#closed; i++) this.#serveNow();
    return true;
  }

  /** Has the next datagram waited for. */
  ask(): void {
    if (this.#asked || this.#closed) return;
    this.#asked = true;
    this.#keeper.wait().then((early) => {
      this.#asked = false;
      if (this.#closed) return;
      this.#more = this.fd !== undefined;
      this.#early = early;
      udpTurns.woken(this);
      this.#next();
    }, (error) => {
      this.#asked = false;
      if (this.#closed) return;
      this.#failure = { error };
      this.#next();
    });
  }

  /**
   * Sends one datagram. `undefined` when that is done; a promise where it had to wait, with a copy where there is a descriptor.
   * Throws, or rejects with, what the system says: too long, no way there, on a connected socket that an earlier one was refused.
   */
  send(bytes: Uint8Array, to: UdpAddress): Promise<void> | undefined {
    if (this.fd === undefined || this.#closed) return this.#keeper.send(bytes, to);
    const libc = this.#libc!, { sockaddr } = to;
    for (;;) {
      const sent = to === this.#peer
        ? libc.call.send_connected(this.fd, bytes as Bytes, bytes.length, MSG_DONTWAIT)
        : libc.call.send_datagram(this.fd, bytes as Bytes, bytes.length, MSG_DONTWAIT, sockaddr, sockaddr.length);
      if (sent >= 0) {
        udpTurns.moved(this);
        if (to === this.#peer) this.#sentLately();
        return undefined;
      }
      const errno = libc.errno();
      const byRuntime = to !== this.#peer || SENDS_TO_WHEN_CONNECTED;
      if (errno === libc.n.EAGAIN && byRuntime) return this.#keeper.send(bytes.slice(), to);
      if (errno === libc.n.EAGAIN || errno === libc.n.ENOBUFS) return this.#sendLater(bytes.slice(), to, byRuntime);
      if (errno !== libc.n.EINTR) throw new SystemError(libc, errno);
    }
  }

  /** That a datagram was refused is told to nobody who waits by the runtime: it is asked for, ever more seldom. */
  #sentLately(): void {
    this.#sent = true;
    if (this.#timer === undefined) this.#askWhetherRefused(FIRST_ASKED_MS);
  }

  #askWhetherRefused(afterMs: number): void {
    this.#sent = this.#heard = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.waiting) {
        const errno = getSocketNumber(this.#libc!, this.fd!, SOL_SOCKET, SO_ERROR);
        if (errno !== undefined && errno !== 0) return this.#fail(new SystemError(this.#libc!, errno));
      }
      if (this.#sent) this.#askWhetherRefused(this.#heard ? ANSWERED_MS : FIRST_ASKED_MS);
      else if (afterMs < LAST_ASKED_MS) this.#askWhetherRefused(4 * afterMs);
    }, afterMs);
  }

  /** There is nothing that would tell when there are buffers again. */
  async #sendLater(bytes: Uint8Array, to: UdpAddress, byRuntime: boolean): Promise<void> {
    for (let tries = 1;; tries++) {
      await new Promise((resolve) => setTimeout(resolve, BUFFER_WAIT_MS));
      try {
        if (byRuntime) return await this.#keeper.send(bytes, to);
        if (this.#closed) return;
        const libc = this.#libc!;
        if (libc.call.send_connected(this.fd!, bytes as Bytes, bytes.length, MSG_DONTWAIT) >= 0) return;
        const errno = libc.errno();
        if (errno !== libc.n.EAGAIN || tries >= BUFFER_TRIES) throw new SystemError(libc, errno);
      } catch (error) {
        if (tries >= BUFFER_TRIES || !/no buffer space/i.test(String(error))) throw error;
      }
    }
  }

  /** Closes it; a reader that waits gets `CLOSED`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    udpTurns.forget(this);
    clearTimeout(this.#timer);
    this.#keeper.close();
    this.#early = undefined;
    if (this.waiting) this.#end();
  }
}

/** Puts what fits of a datagram into `view`; how much that is. */
export function copyDatagram(datagram: Uint8Array, view: Bytes): number {
  const count = Math.min(datagram.length, view.length);
  view.set(count === datagram.length ? datagram : datagram.subarray(0, count));
  return count;
}
