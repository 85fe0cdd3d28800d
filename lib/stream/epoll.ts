// Waiting for many sockets of the C library by one epoll (Linux). Calls that find something at once cost no turn of the
// runtime's event loop, no promise of it and no registration: short connections take half of what they take otherwise.
// While sockets are busy the epoll is asked between two turns of the event loop; when none is, a thread waits for it.
import type { Bytes } from "../base/bytes.ts";
import { openLibc, rememberWords, SystemError } from "./libc.ts";

const SIGNATURES = {
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  epoll_wait_blocking: {
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  strerror: { parameters: ["i32"], result: "pointer" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

type Symbols = Deno.DynamicLibrary<typeof SIGNATURES>["symbols"];
/** The runtime takes numbers for sizes too, which need no allocation; its types do not say so. */
type Sized<Rest extends unknown[]> = (fd: number, bytes: Bytes, size: number, ...rest: Rest) => number;
type Calls = Omit<Symbols, "recv" | "send" | "write"> & {
  readonly recv: Sized<[flags: number]>;
  readonly send: Sized<[flags: number]>;
  readonly write: Sized<[]>;
};

/** Events of epoll. */
export const EPOLLIN = 1, EPOLLOUT = 4, EPOLLERR = 8, EPOLLHUP = 16, EPOLLRDHUP = 0x2000;
const EPOLLET = 1 << 31;
const EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2;
const CLOEXEC = 0o2000000, NONBLOCK = 0o4000;
/** Errors with names of their own. */
const ERRORS = { EPIPE: 32, ECONNRESET: 104 };
/** Events that are taken in one look. */
const MOST_EVENTS = 256;
/** Looks in vain, a turn of the event loop apart, before a thread waits. */
const LOOKS = 3;
/** `struct epoll_event` in words of four octets: events, then 64 bits of ours; packed only on x86-64. */
const WORDS = Deno.build.arch === "x86_64" ? 3 : 4;

/** Who is told what happens to a descriptor: once for each change (edge-triggered), in any combination of events. */
export interface Watcher {
  ready(events: number): void;
}

interface Watched {
  readonly watcher: Watcher;
  /** Descriptors are used again; what comes late for the one before is known by this. */
  readonly generation: number;
}

/** The epoll of this process, and the calls of the C library that its sockets are made of. */
export class Epoll {
  readonly call: Calls;
  readonly #errno: Int32Array;
  readonly #fd: number;
  readonly #wake: number;
  readonly #watched: (Watched | undefined)[] = [];
  readonly #events = new Int32Array(MOST_EVENTS * WORDS);
  readonly #eventBytes = new Uint8Array(this.#events.buffer);
  readonly #registration = new Int32Array(WORDS);
  readonly #registrationBytes = new Uint8Array(this.#registration.buffer);
  #count = 0;
  #generation = 0;
  #running = false;
  /** A thread waits. */
  #waiting = false;
  #later: Watcher[] = [];
  #stopped: (() => void)[] = [];
  /** Counts turns: what may be done at once, without looking elsewhere, is bounded in each. */
  turn = 0;

  constructor(call: Calls) {
    this.call = call;
    rememberWords({ call, n: ERRORS });
    this.#errno = new Int32Array(new Deno.UnsafePointerView(call.__errno_location()!).getArrayBuffer(4));
    this.#fd = call.epoll_create1(CLOEXEC);
    this.#wake = call.eventfd(0, CLOEXEC | NONBLOCK);
    if (this.#fd < 0 || this.#wake < 0) throw new Error("No epoll");
    this.#register(this.#wake, 0);
  }

  /** `errno` of the call just made. */
  get errno(): number {
    return this.#errno[0]!;
  }

  /** The failure of the call just made, or of the one that ended with `errno`. */
  failure(errno: number = this.errno): SystemError {
    return new SystemError({ call: this.call, n: ERRORS }, errno);
  }

  #register(fd: number, generation: number): void {
    const registration = this.#registration;
    registration[0] = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    registration[WORDS - 2] = fd;
    registration[WORDS - 1] = generation;
    if (this.call.epoll_ctl(this.#fd, EPOLL_CTL_ADD, fd, this.#registrationBytes) !== 0) {
      throw this.failure();
    }
  }

  /** Tells `watcher` what happens to `fd` from now on; what is the case already is told soon. */
  watch(fd: number, watcher: Watcher): void {
    const generation = this.#generation = (this.#generation + 1) & 0x7fffffff;
    this.#register(fd, generation);
    this.#watched[fd] = { watcher, generation };
    this.#count++;
    if (!this.#running) this.#run();
  }

  /** Before `fd` is closed. */
  forget(fd: number): void {
    if (this.#watched[fd] === undefined) return;
    this.#watched[fd] = undefined;
    // Closing takes it out of the epoll.
    if (--this.#count === 0 && this.#waiting) this.call.write(this.#wake, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]), 8);
  }

  /** As `forget`, for a descriptor that stays open or is handed on. */
  release(fd: number): void {
    this.call.epoll_ctl(this.#fd, EPOLL_CTL_DEL, fd, this.#registrationBytes);
    this.forget(fd);
  }

  /** Tells `watcher` in the next turn that it may read: it has had its share of this one. */
  later(watcher: Watcher): void {
    this.#later.push(watcher);
    if (this.#later.length > 1) return;
    setImmediate(() => {
      this.turn++;
      const all = this.#later;
      this.#later = [];
      for (const one of all) one.ready(EPOLLIN);
    });
  }

  /** Fulfilled when nothing is watched and nothing waits any more. */
  idle(): Promise<void> {
    return this.#running ? new Promise((resolve) => this.#stopped.push(resolve)) : Promise.resolve();
  }

  async #run(): Promise<void> {
    this.#running = true;
    const { call } = this;
    let looks = 0;
    while (this.#count > 0) {
      let count = call.epoll_wait(this.#fd, this.#eventBytes, MOST_EVENTS, 0);
      if (count <= 0 && ++looks > LOOKS) {
        this.#waiting = true;
        count = await call.epoll_wait_blocking(this.#fd, this.#eventBytes, MOST_EVENTS, -1);
        this.#waiting = false;
      }
      if (count > 0) {
        looks = 0;
        this.turn++;
        this.#tell(count);
      }
      // The event loop has its turn: what was just told is carried on, timers and signals come through.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#running = false;
    for (const resolve of this.#stopped.splice(0)) resolve();
  }

  #tell(count: number): void {
    const events = this.#events, watched = this.#watched;
    for (let i = 0; i < count * WORDS; i += WORDS) {
      const one = watched[events[i + WORDS - 2]!];
      if (one?.generation === events[i + WORDS - 1]) one?.watcher.ready(events[i]!);
    }
  }
}

let loaded: Epoll | undefined | null = null;

function load(): Epoll | undefined {
  try {
    if (Deno.build.os !== "linux" || Deno.env.get("NETLAB_EPOLL") === "0") return undefined;
    const call = openLibc(SIGNATURES);
    return call === undefined ? undefined : new Epoll(call as unknown as Calls);
  } catch {
    // Not allowed, or a sandbox without it.
    return undefined;
  }
}

/** The epoll, where it was found before. */
export function openEpoll(): Epoll | undefined {
  return loaded ?? undefined;
}

/**
 * The epoll, or `undefined` where the system or the permissions have none (or the variable NETLAB_EPOLL says 0): then the
 * runtime's own sockets serve. To be called once while the permission (`ffi`) is there.
 */
export function findEpoll(): Epoll | undefined {
  if (loaded === null) loaded = load();
  return loaded;
}
