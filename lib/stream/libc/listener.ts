// What the runtime's TLS listener cannot do, done on its descriptors where the system is Linux; elsewhere nothing is done.
// TCP_NODELAY: Linux hands it down from the listening socket. Without it an answer in two small writes takes 40 ms, as the
// second waits for the first to be acknowledged. Hanging up in the middle of a handshake: closing alone (2.9.6) leaves the
// socket open until the client goes, which a client that says nothing never does. Not pure.
import type { HostPort } from "../../base/host_port.ts";
import { canonicalIp, formatIp, parseIp } from "../../base/ip.ts";
import { findLibc } from "./libc.ts";

const IPPROTO_TCP = 6, TCP_NODELAY = 1, SHUT_RDWR = 2;
/** Where the search ends: after so many numbers in a row that are no sockets. */
const LONGEST_GAP = 256;

/** Loads what is needed: while the permission (`ffi`) is still there. */
export function prepareListener(): void {
  if (Deno.build.os === "linux") findLibc();
}

type Libc = NonNullable<ReturnType<typeof findLibc>>;

/** Calls `act` for sockets that are bound to the port `local`, and connected to `remote` when it is given, until it is true. */
function onSocket(local: number, remote: HostPort | undefined, act: (libc: Libc, fd: number) => boolean): void {
  const libc = Deno.build.os === "linux" ? findLibc() : undefined;
  if (libc === undefined) return;
  const raw = new Uint8Array(128), size = new Uint8Array(4);
  // The family stands in the machine's order, 2 or 10; the port in network order. No port: no socket of the Internet.
  const family = () => raw[0]! | raw[1]!;
  const port = (ask: "getsockname" | "getpeername", fd: number): number | undefined => {
    new Uint32Array(size.buffer)[0] = raw.length;
    if (libc.call[ask](fd, raw, size) !== 0) return undefined;
    return family() === 2 || family() === 10 ? (raw[2]! << 8) | raw[3]! : 0;
  };
  const lastHost = () =>
    formatIp(
      canonicalIp(family() === 2 ? { family: 4, bytes: raw.slice(4, 8) } : { family: 6, bytes: raw.slice(8, 24) }),
    );
  const ip = remote === undefined ? undefined : parseIp(remote.host);
  const peer = ip === undefined ? undefined : formatIp(canonicalIp({ family: ip.family, bytes: ip.bytes }));
  for (let fd = 3, gap = 0; gap < LONGEST_GAP; fd++) {
    const own = port("getsockname", fd);
    gap = own === undefined ? gap + 1 : 0;
    if (own !== local) continue;
    if (remote !== undefined && (port("getpeername", fd) !== remote.port || lastHost() !== peer)) continue;
    if (act(libc, fd)) return;
  }
}

/** Makes connections that the listener on `port` accepts send small segments at once. */
export function sendAtOnce(port: number): void {
  const on = new Uint8Array(new Int32Array([1]).buffer);
  onSocket(port, undefined, (libc, fd) => libc.call.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, on, on.length) === 0);
}

/** Ends the connection that was accepted on the port `local` from `remote`, whatever the runtime still does with it. */
export function hangUp(local: number, remote: HostPort): void {
  onSocket(local, remote, (libc, fd) => libc.call.shutdown(fd, SHUT_RDWR) === 0);
}
