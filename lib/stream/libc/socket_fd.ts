// The descriptors behind the runtime's own sockets, which it does not tell: for what only the C library can do with them.
// Found by looking, never by trust: a number is taken only when the system says that it is this socket.
import type { Bytes } from "../../base/bytes.ts";
import type { HostPort } from "../../base/host_port.ts";
import { findLibc, type Libc, SystemError } from "./libc.ts";
import { NUMBERS } from "./numbers.ts";
import { AF_INET, decodeSockaddr, SOCKADDR_SIZE } from "./sockaddr.ts";

/** Of `getsockopt` and `setsockopt`. */
export const { SOL_SOCKET, SO_ERROR } = NUMBERS;
const { SO_TYPE } = NUMBERS;
/** Types of sockets. */
export const SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_SEQPACKET = 5;

/** Numbers after the lowest free one that a new socket may have got, where other threads open files meanwhile. */
const NEIGHBOURS = 16;

const address = new Uint8Array(SOCKADDR_SIZE), length = new Uint32Array(1), number = new Int32Array(1);
const lengthBytes = new Uint8Array(length.buffer), numberBytes = new Uint8Array(number.buffer);

/** What `getsockname` or `getpeername` tells; `undefined` for what is no internet socket. */
function nameOf(call: Libc["call"]["getsockname"], fd: number): HostPort | undefined {
  length[0] = SOCKADDR_SIZE;
  return call(fd, address, lengthBytes) === 0 && length[0] <= SOCKADDR_SIZE ? decodeSockaddr(address) : undefined;
}

/** The address that a socket is bound to, as the system has it now. */
export function localOf(libc: Libc, fd: number): HostPort | undefined {
  return nameOf(libc.call.getsockname, fd);
}

function same(a: HostPort | undefined, b: HostPort): boolean {
  return a !== undefined && a.port === b.port && a.host === b.host;
}

/** Whether `fd` is a socket of this type between these addresses. */
export function isSocket(libc: Libc, fd: number, type: number, local: HostPort, remote?: HostPort): boolean {
  return same(nameOf(libc.call.getsockname, fd), local) &&
    getSocketNumber(libc, fd, SOL_SOCKET, SO_TYPE) === type &&
    (remote === undefined || same(nameOf(libc.call.getpeername, fd), remote));
}

/** An option that is a number; `undefined` when the system has none for this socket. */
export function getSocketNumber(libc: Libc, fd: number, level: number, name: number): number | undefined {
  length[0] = 4;
  return libc.call.getsockopt(fd, level, name, numberBytes, lengthBytes) === 0 ? number[0] : undefined;
}

/** An option of a socket: by its numbers, and by its name in an address, for messages. */
export interface SocketOption {
  readonly option: string;
  readonly level: number;
  readonly name: number;
  /** An `int`, or octets as the system has them. */
  readonly value: number | Bytes;
}

/** Sets an option. Throws what the system says, with the option's name. */
export function setSocketOption(libc: Libc, fd: number, { option, level, name, value }: SocketOption): void {
  const octets = typeof value === "number" ? new Uint8Array(new Int32Array([value]).buffer) : value;
  if (libc.call.setsockopt(fd, level, name, octets, octets.length) !== 0) {
    throw new SystemError(libc, libc.errno(), `Cannot set "${option}"`);
  }
}

/**
 * Opens a socket by `open`, which must make it before it returns, and finds its descriptor: one that was free before and
 * is now a socket of `type` with this address. `undefined` where there is no C library or no such descriptor.
 */
export function openFinding<T extends { readonly addr: Deno.Addr }>(
  type: number,
  open: () => T,
): { readonly socket: T; readonly fd: number | undefined } {
  const libc = findLibc();
  if (libc === undefined) return { socket: open(), fd: undefined };
  const { call } = libc;
  const first = call.socket(AF_INET, SOCK_DGRAM, 0);
  const free: number[] = [];
  if (first >= 0) {
    call.close(first);
    free.push(first);
    for (let fd = first + 1; fd <= first + NEIGHBOURS; fd++) if (call.fcntl_number(fd, 1, 0) < 0) free.push(fd);
  }
  const socket = open();
  const { hostname: host, port } = socket.addr as Deno.NetAddr;
  return { socket, fd: free.find((fd) => isSocket(libc, fd, type, { host, port })) };
}
