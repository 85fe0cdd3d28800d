// Ending a connection so that its other end sees a reset, as when what lay behind it was reset: an end would say "complete".
// By connecting the socket to nowhere (connect(2), AF_UNSPEC), which resets at once: SO_LINGER comes too late, the runtime says
// its end before it closes. Linux only, and of connections that the runtime has accepted.
import type { ConnStream } from "./conn.ts";
import { findLibc, type Libc } from "./libc/libc.ts";
import { SOCKADDR_SIZE } from "./libc/sockaddr.ts";
import { isSocket, SOCK_STREAM } from "./libc/socket_fd.ts";

const IPPROTO_TCP = 6, TCP_INFO = 11;
/** Where `struct tcp_info` has its `tcpi_unacked` and, since Linux 4.6, its `tcpi_notsent_bytes` (linux/tcp.h). */
const UNACKED = 24, NOT_SENT = 144, INFO_SIZE = 148;
/** A reset drops what has not arrived yet. So long it is waited for, in milliseconds. */
const PATIENCE_MS = 10_000;
/** It is looked at after so many milliseconds, then each time after twice as many, up to the longest. */
const LOOK_MS = 20, LONGEST_LOOK_MS = 200;

/** An address of no family. */
const NOWHERE = new Uint8Array(SOCKADDR_SIZE);

/** The runtime's number of an accepted socket, which it keeps for itself: true only if the system agrees. */
function descriptorOf(libc: Libc, stream: ConnStream): number | undefined {
  const { local, remote } = stream.about;
  const { conn } = stream;
  const symbol = Object.getOwnPropertySymbols(conn).find(({ description }) => description === "Deno.internal.fd");
  const fd: unknown = symbol === undefined ? undefined : (conn as unknown as Record<symbol, unknown>)[symbol];
  const known = typeof fd === "number" && local !== undefined && remote !== undefined;
  return known && isSocket(libc, fd, SOCK_STREAM, local, remote) ? fd : undefined;
}

/** Whether all that was written has arrived at the other end's system. */
function hasArrived(libc: Libc, fd: number): boolean {
  const info = new DataView(new ArrayBuffer(INFO_SIZE));
  const length = new Uint32Array([INFO_SIZE]);
  const bytes = new Uint8Array(info.buffer);
  if (libc.call.getsockopt(fd, IPPROTO_TCP, TCP_INFO, bytes, new Uint8Array(length.buffer)) !== 0) return true;
  return info.getUint32(UNACKED, true) === 0 && info.getUint32(NOT_SENT, true) === 0;
}

/**
 * Closes `stream` by a reset, after what was written to it has arrived or has had `patienceMs` to. `false`, and nothing
 * done, where that cannot be: the caller ends the connection as it can. Never throws.
 */
export async function resetConnection(stream: ConnStream, patienceMs = PATIENCE_MS): Promise<boolean> {
  const libc = Deno.build.os === "linux" ? findLibc() : undefined;
  if (libc === undefined || stream.closed) return false;
  const find = () => stream.closed ? undefined : descriptorOf(libc, stream);
  let fd = find(), waited = 0, pause = LOOK_MS;
  while (fd !== undefined && waited < patienceMs && !hasArrived(libc, fd)) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    waited += pause;
    pause = Math.min(2 * pause, LONGEST_LOOK_MS);
    fd = find();
  }
  if (fd === undefined) return stream.closed;
  if (libc.call.connect(fd, NOWHERE, NOWHERE.length) !== 0) return false;
  await stream.close();
  return true;
}
