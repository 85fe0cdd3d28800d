// Waiting for many raw descriptors by one poll of the C library. One call waits for all, as the runtime has few threads
// for calls that block, and names and files need them too.
import { type Libc, needLibc, SystemError } from "./libc.ts";

/** Events of poll. */
export const POLLIN = 1, POLLOUT = 4, POLLHUP = 16;
const POLLERR = 8, POLLNVAL = 32;
const RECORD_SIZE = 8;
/** How often what cannot be waited for is tried, in milliseconds. */
const DEAF_MS = 10;

interface Waiter {
  readonly fd: number;
  readonly events: number;
  readonly resolve: (ready: boolean) => void;
  cancelled: boolean;
}

/** A wait that can be given up. */
export interface Wait {
  /** `true` when the descriptor is ready (or has an error to tell), `false` when the wait was given up. */
  readonly ready: Promise<boolean>;
  /** Gives up; `ready` is fulfilled when nothing looks at the descriptor any more. */
  cancel(): void;
}

class Poller {
  readonly #libc: Libc;
  readonly #waiters = new Set<Waiter>();
  /** Written to so that a poll in flight looks at its list again. */
  readonly #wakeRead: number;
  readonly #wakeWrite: number;
  #running = false;
  #woken = false;

  constructor(libc: Libc) {
    this.#libc = libc;
    const ends = new Int32Array(2);
    if (libc.call.pipe(ends) !== 0) throw new SystemError(libc, libc.errno());
    [this.#wakeRead, this.#wakeWrite] = [ends[0]!, ends[1]!];
    // Closed on exec, so that child programs do not keep them.
    for (const end of ends) libc.call.fcntl_number(end, 2, 1);
  }

  wait(fd: number, events: number): Wait {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter: Waiter = { fd, events, resolve, cancelled: false };
    this.#waiters.add(waiter);
    if (this.#running) this.#wake();
    else this.#run();
    return {
      ready: promise,
      cancel: () => {
        waiter.cancelled = true;
        this.#wake();
      },
    };
  }

  #wake(): void {
    if (this.#woken || !this.#running) return;
    this.#woken = true;
    this.#libc.call.write(this.#wakeWrite, new Uint8Array(1), 1n);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiters.size > 0) {
      const list = [...this.#waiters];
      const records = new Uint8Array((list.length + 1) * RECORD_SIZE);
      const view = new DataView(records.buffer);
      view.setInt32(0, this.#wakeRead, true);
      view.setInt16(4, POLLIN, true);
      for (const [i, { fd, events }] of list.entries()) {
        view.setInt32((i + 1) * RECORD_SIZE, fd, true);
        view.setInt16((i + 1) * RECORD_SIZE + 4, events, true);
      }
      // Who gave up before this poll, while the last one was on its way back, is not to wait for it.
      const timeoutMs = list.some(({ cancelled }) => cancelled) ? 0 : -1;
      await this.#libc.call.poll_blocking(records, BigInt(list.length + 1), timeoutMs);
      if (view.getInt16(6, true) !== 0) {
        this.#libc.call.read(this.#wakeRead, new Uint8Array(1), 1n);
        this.#woken = false;
      }
      let deaf = false;
      for (const [i, waiter] of list.entries()) {
        const happened = view.getInt16((i + 1) * RECORD_SIZE + 6, true);
        const ready = (happened & (waiter.events | POLLERR | POLLHUP | POLLNVAL)) !== 0;
        if (!ready && !waiter.cancelled) continue;
        if (happened === POLLNVAL) deaf = true;
        this.#waiters.delete(waiter);
        waiter.resolve(!waiter.cancelled);
      }
      // Systems whose poll knows no devices (macOS) say so at once: who tries and waits again must not spin.
      if (deaf) await new Promise((resolve) => setTimeout(resolve, DEAF_MS));
    }
    this.#running = false;
  }
}

let poller: Poller | undefined;

/** Waits until `fd` is ready for one of `events`. */
export function waitFor(fd: number, events: number): Wait {
  poller ??= new Poller(needLibc("Waiting for a descriptor"));
  return poller.wait(fd, events);
}

/** What poll says of `fd` at this moment. */
export function eventsNow(libc: Libc, fd: number, events: number): number {
  const record = new Uint8Array(RECORD_SIZE);
  const view = new DataView(record.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, events, true);
  libc.call.poll(record, 1n, 0);
  return view.getInt16(6, true);
}
