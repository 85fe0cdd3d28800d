// The few functions of the system's C library that the runtime does not offer: raw descriptors, pseudo-terminals, locks.
// Loaded when first asked for; needs the `ffi` permission. To add a function: its signature here (in `MORE`, unless it is
// used after that permission was given up), its use elsewhere.
// Functions with variable arguments stand in `FIXED`, too: those are passed differently on some machines.
import { type Bytes, utf8 } from "../../base/bytes.ts";
import { type LibcNumbers, NUMBERS } from "./numbers.ts";

export type { LibcNumbers };

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
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
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
  tcgetattr: { parameters: ["i32", "buffer"], result: "i32" },
  initgroups: { parameters: ["buffer", "u32"], result: "i32" },
  setgid: { parameters: ["u32"], result: "i32" },
  setuid: { parameters: ["u32"], result: "i32" },
  chroot: { parameters: ["buffer"], result: "i32" },
  chdir: { parameters: ["buffer"], result: "i32" },
  // Linux has it.
  setns: { parameters: ["i32", "i32"], result: "i32", optional: true },
} as const;

/** What has another name on each system, or is on one only. */
const OF_LINUX = {
  __errno_location: { parameters: [], result: "pointer" },
  // The last one is a pointer: 0 leaves the signals alone.
  ppoll: { parameters: ["buffer", "u32", "buffer", "u32"], result: "i32" },
} as const;
const OF_DARWIN = { __error: { parameters: [], result: "pointer" } } as const;

/** How many arguments come before the variable ones. */
const FIXED: Readonly<Record<string, number>> = {
  fcntl_number: 2,
  fcntl: 2,
  fcntl_blocking: 2,
  open: 2,
  open_blocking: 2,
};
/** Registers that arguments go to on 64-bit ARM. */
const REGISTERS = 8;

interface Signature {
  readonly parameters: readonly Deno.NativeType[];
}

/**
 * The signatures by which Apple's 64-bit ARM is called: there variable arguments are always on the stack, each in eight
 * octets. So many arguments that nobody looks at fill the registers before them.
 */
export function stacked<T extends Readonly<Record<string, Signature>>>(signatures: T): T {
  return Object.fromEntries(
    Object.entries(signatures).map(([name, signature]) => {
      const fixed = FIXED[name];
      if (fixed === undefined) return [name, signature];
      const { parameters } = signature;
      const filling = Array<Deno.NativeType>(REGISTERS - fixed).fill("i64");
      const variable = parameters.slice(fixed).map((type) => type === "i32" || type === "u32" ? "i64" : type);
      return [name, { ...signature, parameters: [...parameters.slice(0, fixed), ...filling, ...variable] }];
    }),
  ) as unknown as T;
}

/** A function of `stacked` signature, called as if it had the one that is written down. */
export function unstacked(name: string, call: unknown): unknown {
  const fixed = FIXED[name];
  if (fixed === undefined) return call;
  const filling = Array<number>(REGISTERS - fixed).fill(0);
  return (...args: unknown[]) =>
    (call as (...args: unknown[]) => unknown)(...args.slice(0, fixed), ...filling, ...args.slice(fixed));
}

const ON_STACK = Deno.build.os === "darwin" && Deno.build.arch === "aarch64";

/** Loads functions by the signatures that are written down. */
function loadFunctions<T extends Deno.ForeignLibraryInterface & Readonly<Record<string, Signature>>>(
  name: string,
  signatures: T,
): Deno.DynamicLibrary<T>["symbols"] {
  if (!ON_STACK) return Deno.dlopen(name, signatures).symbols;
  const { symbols } = Deno.dlopen(name, stacked(signatures));
  return Object.fromEntries(
    Object.entries(symbols).map(([key, call]) => [key, unstacked(key, call)]),
  ) as unknown as Deno.DynamicLibrary<T>["symbols"];
}

type Functions = Deno.DynamicLibrary<typeof CORE>["symbols"] & Deno.DynamicLibrary<typeof MORE>["symbols"];

/** The functions of a library: those of `MORE` come when they are first asked for. */
function functionsOf(name: string): Functions {
  const functions = { ...loadFunctions(name, CORE) } as Functions;
  const more = Object.keys(MORE) as (keyof typeof MORE)[];
  const loadMore = () => {
    const symbols = loadFunctions(name, MORE);
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
  ENODEV: "No such device",
  ENFILE: "Too many open files in system",
  EMFILE: "Too many open files",
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
        n: NUMBERS,
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
