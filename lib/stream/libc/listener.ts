// What the runtime's TLS listener cannot do, done on its descriptors where there is a C library, or Winsock; elsewhere nothing is done.
// TCP_NODELAY: systems hand it down from the listening socket. Without it an answer in two small writes takes 40 ms, as the
// second waits for the first to be acknowledged. Hanging up in the middle of a handshake: closing alone (2.9.6) leaves the
// socket open until the client goes, which a client that says nothing never does. Not pure.
import type { HostPort } from "../../base/host_port.ts";
import { canonicalIp, formatIp, parseIp } from "../../base/ip.ts";
import { findLibc, type Libc } from "./libc.ts";
import { decodeSockaddr } from "./sockaddr.ts";

const IPPROTO_TCP = 6, TCP_NODELAY = 1, SHUT_RDWR = 2;

/** The calls that are made, and the numbers that a socket may have. */
interface Sockets {
  readonly call: Pick<Libc["call"], "getsockname" | "getpeername" | "setsockopt" | "shutdown">;
  readonly first: number;
  readonly step: number;
  /** Where the search ends: after so many numbers in a row that are no sockets. */
  readonly longestGap: number;
}

/** Windows' sockets are handles, whose numbers are multiples of four, with those of other things between them. */
function windowsSockets(): Sockets | undefined {
  try {
    const { symbols } = Deno.dlopen("ws2_32.dll", {
      getsockname: { parameters: ["usize", "buffer", "buffer"], result: "i32" },
      getpeername: { parameters: ["usize", "buffer", "buffer"], result: "i32" },
      setsockopt: { parameters: ["usize", "i32", "i32", "buffer", "i32"], result: "i32" },
      shutdown: { parameters: ["usize", "i32"], result: "i32" },
    });
    return { call: symbols as unknown as Sockets["call"], first: 4, step: 4, longestGap: 4096 };
  } catch {
    return undefined;
  }
}

let found: Sockets | undefined | null = null;

function findSockets(): Sockets | undefined {
  if (found !== null) return found;
  if (Deno.build.os === "windows") return found = windowsSockets();
  const libc = findLibc();
  return found = libc === undefined ? undefined : { call: libc.call, first: 3, step: 1, longestGap: 256 };
}

/** Loads what is needed: while the permission (`ffi`) is still there. */
export function prepareListener(): void {
  findSockets();
}

/** An address in the form that all its spellings share: IPv4 in IPv6 is IPv4. */
function canonicalHost(host: string): string {
  const ip = parseIp(host);
  return ip === undefined ? host : formatIp(canonicalIp({ family: ip.family, bytes: ip.bytes }));
}

/** Calls `act` for sockets that are bound to the port `local`, and connected to `remote` when it is given, until it is true. */
function onSocket(local: number, remote: HostPort | undefined, act: (sockets: Sockets, fd: number) => boolean): void {
  const sockets = findSockets();
  if (sockets === undefined) return;
  const raw = new Uint8Array(128), size = new Uint32Array(1), sizeBytes = new Uint8Array(size.buffer);
  /** Of a socket: `undefined` for what is none; of another family than the Internet's: port 0. */
  const place = (ask: "getsockname" | "getpeername", fd: number): HostPort | undefined => {
    size[0] = raw.length;
    if (sockets.call[ask](fd, raw, sizeBytes) !== 0) return undefined;
    return decodeSockaddr(raw) ?? { host: "", port: 0 };
  };
  const peer = remote === undefined ? undefined : canonicalHost(remote.host);
  for (let fd = sockets.first, gap = 0; gap < sockets.longestGap; fd += sockets.step) {
    const own = place("getsockname", fd);
    gap = own === undefined ? gap + 1 : 0;
    if (own?.port !== local) continue;
    if (remote !== undefined) {
      const other = place("getpeername", fd);
      if (other?.port !== remote.port || canonicalHost(other.host) !== peer) continue;
    }
    if (act(sockets, fd)) return;
  }
}

/** Makes connections that the listener on `port` accepts send small segments at once. */
export function sendAtOnce(port: number): void {
  const on = new Uint8Array(new Int32Array([1]).buffer);
  onSocket(port, undefined, ({ call }, fd) => call.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, on, on.length) === 0);
}

/** Ends the connection that was accepted on the port `local` from `remote`, whatever the runtime still does with it. */
export function hangUp(local: number, remote: HostPort): void {
  onSocket(local, remote, ({ call }, fd) => call.shutdown(fd, SHUT_RDWR) === 0);
}
