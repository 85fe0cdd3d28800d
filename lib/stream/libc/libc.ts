// The few functions of the system's C library that the runtime does not offer: raw descriptors, pseudo-terminals, locks.
// Loaded when first asked for; needs the `ffi` permission. To add a function: its signature here (in `MORE`, unless it is
// used after that permission was given up), its use elsewhere.
// Only functions without variable arguments in the places that are used: those are passed differently on some machines.
import { type Bytes, utf8 } from "../../base/bytes.ts";

/** What sockets need, loaded together: a function costs the start a fifth of a millisecond. */
const CORE = {
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  poll_blocking: { name: "poll", parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
  pipe: { parameters: ["buffer"], result: "i32" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // Sizes of datagrams as numbers, which are the fastest to hand over; registers are filled up with zeros.
  receive_datagram: {
    name: "recvfrom",
    parameters: ["i32", "buffer", "u32", "i32", "buffer", "buffer"],
    result: "i32",
  },
  send_datagram: { name: "sendto", parameters: ["i32", "buffer", "u32", "i32", "buffer", "u32"], result: "i32" },
  send_connected: { name: "send", parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  fcntl_number: { name: "fcntl", parameters: ["i32", "i32", "i32"], result: "i32" },
  strerror: { parameters: ["i32"], result: "pointer" },
} as const;

/** The others, loaded when one of them is asked for. */
const MORE = {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  open_blocking: { name: "open", parameters: ["buffer", "i32", "u32"], result: "i32", nonblocking: true },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  mkfifo: { parameters: ["buffer", "u32"], result: "i32" },
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "isize" },
  if_indextoname: { parameters: ["u32", "buffer"], result: "pointer" },
  chmod: { parameters: ["buffer", "u32"], result: "i32" },
  chown: { parameters: ["buffer", "u32", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  recvfrom: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "buffer"], result: "isize" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  fcntl: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  fcntl_blocking: { name: "fcntl", parameters: ["i32", "i32", "buffer"], result: "i32", nonblocking: true },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  flock_blocking: { name: "flock", parameters: ["i32", "i32"], result: "i32", nonblocking: true },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  posix_openpt: { parameters: ["i32"], result: "i32" },
  grantpt: { parameters: ["i32"], result: "i32" },
  unlockpt: { parameters: ["i32"], result: "i32" },
  ptsname: { parameters: ["i32"], result: "pointer" },
  setsid: { parameters: [], result: "i32" },
  initgroups: { parameters: ["buffer", "u32"], result: "i32" },
  setgid: { parameters: ["u32"], result: "i32" },
  setuid: { parameters: ["u32"], result: "i32" },
  chroot: { parameters: ["buffer"], result: "i32" },
  chdir: { parameters: ["buffer"], result: "i32" },
} as const;

/** What has another name on each system, or is on one only. */
const OF_LINUX = {
  __errno_location: { parameters: [], result: "pointer" },
  // The last one is a pointer: 0 leaves the signals alone.
  ppoll: { parameters: ["buffer", "u32", "buffer", "u32"], result: "i32" },
} as const;
const OF_DARWIN = { __error: { parameters: [], result: "pointer" } } as const;

/** The numbers behind the names, which differ between systems. */
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
  readonly EMSGSIZE: number;
  readonly EADDRINUSE: number;
  readonly EADDRNOTAVAIL: number;
  readonly ENETDOWN: number;
  readonly ENETUNREACH: number;
  readonly EHOSTUNREACH: number;
  readonly ECONNRESET: number;
  readonly EPROTOTYPE: number;
  readonly ENOBUFS: number;
  readonly ECONNREFUSED: number;
}

const LINUX: LibcNumbers = {
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
  O_DIRECT: Deno.build.arch === "aarch64" ? 0o200000 : 0o40000,
  O_DIRECTORY: Deno.build.arch === "aarch64" ? 0o40000 : 0o200000,
  O_NOFOLLOW: Deno.build.arch === "aarch64" ? 0o100000 : 0o400000,
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
  EMSGSIZE: 90,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  EHOSTUNREACH: 113,
  ECONNRESET: 104,
  EPROTOTYPE: 91,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
};

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
  EMSGSIZE: 40,
  EADDRINUSE: 48,
  EADDRNOTAVAIL: 49,
  ENETDOWN: 50,
  ENETUNREACH: 51,
  EHOSTUNREACH: 65,
  ECONNRESET: 54,
  EPROTOTYPE: 41,
  ENOBUFS: 55,
  ECONNREFUSED: 61,
};

type Functions = Deno.DynamicLibrary<typeof CORE>["symbols"] & Deno.DynamicLibrary<typeof MORE>["symbols"];

/** The functions of a library: those of `MORE` come when they are first asked for. */
function functionsOf(name: string): Functions {
  const functions = { ...Deno.dlopen(name, CORE).symbols } as Functions;
  const more = Object.keys(MORE) as (keyof typeof MORE)[];
  const loadMore = () => {
    const { symbols } = Deno.dlopen(name, MORE);
    for (const key of more) Object.defineProperty(functions, key, { value: symbols[key] });
    return symbols;
  };
  for (const key of more) Object.defineProperty(functions, key, { configurable: true, get: () => loadMore()[key] });
  return functions;
}

/** The library: its functions, its numbers, and the error of the last call. */
export interface Libc {
  readonly call: Functions;
  /** `poll` that knows nanoseconds, on Linux. */
  readonly ppoll: Deno.DynamicLibrary<typeof OF_LINUX>["symbols"]["ppoll"] | undefined;
  readonly n: LibcNumbers;
  /** `errno` of the call just made. Nothing may come between. */
  errno(): number;
}

/** What is said of an error when the permission to read the system's own words was given up. */
const WORDS: Readonly<Record<string, string>> = {
  EPERM: "Operation not permitted",
  EACCES: "Permission denied",
  EINVAL: "Invalid argument",
  EMSGSIZE: "Message too long",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ENETDOWN: "Network is down",
  ENETUNREACH: "Network is unreachable",
  EHOSTUNREACH: "No route to host",
  ENOBUFS: "No buffer space available",
  ECONNREFUSED: "Connection refused",
};

function wordsFor(libc: Libc, errno: number, code: string | undefined): string {
  try {
    const pointer = libc.call.strerror(errno);
    if (pointer !== null) return Deno.UnsafePointerView.getCString(pointer);
  } catch {
    // Given up.
  }
  return WORDS[code ?? ""] ?? `Error ${errno}`;
}

const NAMES: Readonly<Record<string, string>> = {
  EPIPE: "BrokenPipe",
  ECONNRESET: "ConnectionReset",
  ECONNREFUSED: "ConnectionRefused",
};

/** A failed system call, with the system's own words. */
export class SystemError extends Error {
  override readonly name: string;
  /** The system's number for it. */
  readonly errno: number;
  /** Its name (`ECONNREFUSED`), where it is one that we know. */
  readonly code: string | undefined;
  constructor(libc: Libc, errno: number, what?: string) {
    const code = Object.entries(libc.n).find(([name, number]) => number === errno && /^E[A-Z]/.test(name))?.[0];
    const words = wordsFor(libc, errno, code);
    super(what === undefined ? words : `${what}: ${words}`);
    this.errno = errno;
    this.code = code;
    // As the runtime's own classes are named, so that a hang-up is known for one.
    this.name = NAMES[code ?? ""] ?? "SystemError";
  }
}

let loaded: Libc | undefined | null = null;

function load(): Libc | undefined {
  const { os } = Deno.build;
  if (os !== "linux" && os !== "darwin") return undefined;
  const names = os === "darwin" ? ["libSystem.dylib"] : ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`, "libc.so"];
  for (const name of names) {
    try {
      const call = functionsOf(name);
      const linux = os === "linux" ? Deno.dlopen(name, OF_LINUX).symbols : undefined;
      const place = linux === undefined ? Deno.dlopen(name, OF_DARWIN).symbols.__error() : linux.__errno_location();
      // One place for each thread, and ours is always the same; looking there again would need the permission again.
      const number = new Int32Array(Deno.UnsafePointerView.getArrayBuffer(place!, 4));
      return {
        call,
        ppoll: linux?.ppoll,
        n: linux === undefined ? DARWIN : LINUX,
        errno: () => number[0]!,
      };
    } catch {
      // Not this name, or not allowed.
    }
  }
  return undefined;
}

/** The C library, or `undefined` where the system or the permissions have none. */
export function findLibc(): Libc | undefined {
  if (loaded === null) loaded = load();
  return loaded;
}

/** The C library; an error that names `what` needs it where there is none. */
export function needLibc(what: string): Libc {
  const libc = findLibc();
  if (libc === undefined) {
    throw new Error(`${what} needs the system's C library, which cannot be used here (Linux and macOS only)`);
  }
  return libc;
}

/** Text as C has it. */
export function cString(text: string): Bytes {
  return utf8(`${text}\0`);
}
