// Who waits for a UDP socket that has nothing to do: the runtime, whose socket it is; or a poll of the C library, for a socket
// that had to be made there, as something had to be set before it was bound.
import type { Bytes } from "../../base/bytes.ts";
import type { HostPort } from "../../base/host_port.ts";
import { findLibc, type Libc, SystemError } from "../libc/libc.ts";
import { POLLIN, POLLOUT, type Wait, waitFor } from "../libc/poller.ts";
import { encodeSockaddr } from "../libc/sockaddr.ts";
import { giveRoom, takeRoom } from "../rooms.ts";
import { UdpAddress } from "./address.ts";
import { isOfAnother } from "./refused.ts";

/** A datagram that was taken while waiting, and the room that it is in, which is to be given back. */
export interface EarlyDatagram {
  readonly bytes: Uint8Array;
  readonly room: Bytes;
  readonly from: UdpAddress;
}

/** Waits for a socket to have something to read or room to write. */
export interface UdpKeeper {
  /** Waits until there may be a datagram; the datagram, where waiting takes it. Fails when the socket is closed. */
  wait(): Promise<EarlyDatagram | undefined>;
  /** Sends when there is room. */
  send(bytes: Uint8Array, to: UdpAddress): Promise<void>;
  close(): void;
}

/** A socket of the runtime. */
export class RuntimeKeeper implements UdpKeeper {
  readonly #conn: Deno.DatagramConn;
  /** Thrown to who waits when the system tells that a datagram was refused; without it, waiting goes on. */
  refused: Error | undefined;

  constructor(conn: Deno.DatagramConn) {
    this.#conn = conn;
  }

  async wait(): Promise<EarlyDatagram> {
    const room = takeRoom();
    try {
      const [bytes, address] = await this.#unless(this.refused, () => this.#conn.receive(room));
      const { hostname, port } = address as Deno.NetAddr;
      return { bytes, room, from: new UdpAddress(hostname, port, encodeSockaddr({ host: hostname, port })) };
    } catch (error) {
      giveRoom(room);
      throw error;
    }
  }

  async send(bytes: Uint8Array, { host, port }: HostPort): Promise<void> {
    const to = { transport: "udp", hostname: host, port } as const;
    await this.#unless(undefined, () => this.#conn.send(bytes, to));
  }

  /** Does it again when an earlier datagram was refused, unless `failure` is to be thrown then. */
  async #unless<T>(failure: Error | undefined, call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!isOfAnother(error)) throw error;
        if (failure !== undefined) throw failure;
      }
    }
  }

  close(): void {
    this.#conn.close();
  }
}

/** A socket of the C library. Owns the descriptor. */
export class DescriptorKeeper implements UdpKeeper {
  readonly #libc: Libc = findLibc()!;
  readonly #fd: number;
  readonly #waits = new Set<Wait>();
  #closed = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  async wait(): Promise<undefined> {
    await this.#ready(POLLIN);
  }

  async #ready(events: number): Promise<void> {
    if (this.#closed) throw new Error("Closed");
    const wait = waitFor(this.#fd, events);
    this.#waits.add(wait);
    await wait.ready;
    this.#waits.delete(wait);
    // A number must not be used again while a poll still looks at it: the last one closes.
    if (!this.#closed) return;
    if (this.#waits.size === 0) this.#libc.call.close(this.#fd);
    throw new Error("Closed");
  }

  async send(bytes: Uint8Array, { sockaddr }: UdpAddress): Promise<void> {
    const { call, n } = this.#libc;
    for (;;) {
      await this.#ready(POLLOUT);
      if (call.send_datagram(this.#fd, bytes as BufferSource, bytes.length, 0, sockaddr, sockaddr.length) >= 0) return;
      const errno = this.#libc.errno();
      if (errno !== n.EAGAIN && errno !== n.EINTR) throw new SystemError(this.#libc, errno);
    }
  }

  close(): void {
    this.#closed = true;
    for (const wait of this.#waits) wait.cancel();
    if (this.#waits.size === 0) this.#libc.call.close(this.#fd);
  }
}
