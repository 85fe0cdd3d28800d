// The numbers of the C library, one table for each system: flags, errors, options and families. Pure but for `NUMBERS`.
// To add one: its name in `LibcNumbers`, its number in each table.

/** The numbers behind the names that netlab uses, which differ between systems. */
export interface LibcNumbers {
  readonly O_RDONLY: number;
  readonly O_WRONLY: number;
  readonly O_RDWR: number;
  readonly O_ACCMODE: number;
  readonly O_NONBLOCK: number;
  readonly O_CLOEXEC: number;
  readonly O_NOCTTY: number;
  readonly O_APPEND: number;
  readonly O_SYNC: number;
  readonly O_DSYNC: number;
  readonly O_NOFOLLOW: number;
  readonly O_DIRECTORY: number;
  readonly O_DIRECT: number;
  readonly O_NOATIME: number;
  readonly O_CREAT: number;
  readonly O_EXCL: number;
  readonly O_TRUNC: number;
  readonly F_SETLK: number;
  readonly F_SETLKW: number;
  readonly EAGAIN: number;
  readonly EINTR: number;
  readonly EIO: number;
  readonly EPERM: number;
  readonly EACCES: number;
  readonly EINVAL: number;
  readonly ENOENT: number;
  readonly EPIPE: number;
  readonly ENFILE: number;
  readonly EMFILE: number;
  readonly EMSGSIZE: number;
  readonly EADDRINUSE: number;
  readonly EADDRNOTAVAIL: number;
  readonly ENODEV: number;
  readonly ENETDOWN: number;
  readonly ENETUNREACH: number;
  readonly EHOSTUNREACH: number;
  readonly ECONNABORTED: number;
  readonly ECONNRESET: number;
  readonly EPROTOTYPE: number;
  readonly ENOBUFS: number;
  readonly ECONNREFUSED: number;
  readonly EINPROGRESS: number;
  readonly ETIMEDOUT: number;
  readonly EAFNOSUPPORT: number;
  readonly SOL_SOCKET: number;
  readonly SO_ERROR: number;
  readonly SO_TYPE: number;
  readonly SO_ACCEPTCONN: number;
  readonly SO_REUSEADDR: number;
  readonly SO_KEEPALIVE: number;
  readonly SO_REUSEPORT: number;
  readonly SO_BROADCAST: number;
  readonly MSG_DONTWAIT: number;
  readonly MSG_NOSIGNAL: number;
  readonly AF_INET6: number;
}

/** The generic ones of Linux, as on x86_64, but for `open` on ARM. */
const linux = (arch: string): LibcNumbers => ({
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_ACCMODE: 3,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_DSYNC: 0o10000,
  O_DIRECT: arch === "aarch64" ? 0o200000 : 0o40000,
  O_DIRECTORY: arch === "aarch64" ? 0o40000 : 0o200000,
  O_NOFOLLOW: arch === "aarch64" ? 0o100000 : 0o400000,
  O_NOATIME: 0o1000000,
  O_CLOEXEC: 0o2000000,
  O_SYNC: 0o4010000,
  F_SETLK: 6,
  F_SETLKW: 7,
  EAGAIN: 11,
  EINTR: 4,
  EIO: 5,
  EPERM: 1,
  EACCES: 13,
  EINVAL: 22,
  ENOENT: 2,
  EPIPE: 32,
  ENFILE: 23,
  EMFILE: 24,
  EMSGSIZE: 90,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENODEV: 19,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  EHOSTUNREACH: 113,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  EPROTOTYPE: 91,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
  EINPROGRESS: 115,
  ETIMEDOUT: 110,
  EAFNOSUPPORT: 97,
  SOL_SOCKET: 1,
  SO_ERROR: 4,
  SO_TYPE: 3,
  SO_ACCEPTCONN: 30,
  SO_REUSEADDR: 2,
  SO_KEEPALIVE: 9,
  SO_REUSEPORT: 15,
  SO_BROADCAST: 6,
  MSG_DONTWAIT: 0x40,
  MSG_NOSIGNAL: 0x4000,
  AF_INET6: 10,
});

/** XNU's, of both processors. */
const DARWIN: LibcNumbers = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_ACCMODE: 3,
  O_NONBLOCK: 4,
  O_APPEND: 8,
  O_SYNC: 0x80,
  O_NOFOLLOW: 0x100,
  O_CREAT: 0x200,
  O_TRUNC: 0x400,
  O_EXCL: 0x800,
  O_NOCTTY: 0x20000,
  O_DIRECTORY: 0x100000,
  O_CLOEXEC: 0x1000000,
  O_DSYNC: 0x400000,
  O_DIRECT: 0,
  O_NOATIME: 0,
  F_SETLK: 8,
  F_SETLKW: 9,
  EAGAIN: 35,
  EINTR: 4,
  EIO: 5,
  EPERM: 1,
  EACCES: 13,
  EINVAL: 22,
  ENOENT: 2,
  EPIPE: 32,
  ENFILE: 23,
  EMFILE: 24,
  EMSGSIZE: 40,
  EADDRINUSE: 48,
  EADDRNOTAVAIL: 49,
  ENODEV: 19,
  ENETDOWN: 50,
  ENETUNREACH: 51,
  EHOSTUNREACH: 65,
  ECONNABORTED: 53,
  ECONNRESET: 54,
  EPROTOTYPE: 41,
  ENOBUFS: 55,
  ECONNREFUSED: 61,
  EINPROGRESS: 36,
  ETIMEDOUT: 60,
  EAFNOSUPPORT: 47,
  SOL_SOCKET: 0xffff,
  SO_ERROR: 0x1007,
  SO_TYPE: 0x1008,
  SO_ACCEPTCONN: 0x0002,
  SO_REUSEADDR: 4,
  SO_KEEPALIVE: 8,
  SO_REUSEPORT: 0x200,
  SO_BROADCAST: 0x20,
  MSG_DONTWAIT: 0x80,
  // The runtime has the signal ignored.
  MSG_NOSIGNAL: 0,
  AF_INET6: 30,
};

/** The numbers of a system, by the runtime's names of it and of its processor. */
export function numbersOf(os: string, arch: string): LibcNumbers {
  // Of Windows only sockets are asked about their addresses.
  return os === "darwin" ? DARWIN : os === "windows" ? { ...linux(arch), AF_INET6: 23 } : linux(arch);
}

/** Those of this system. */
export const NUMBERS = numbersOf(Deno.build.os, Deno.build.arch);
