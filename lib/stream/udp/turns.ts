// When UDP sockets are looked at. After a datagram the next one is often microseconds away: a request is passed on, and the
// answer comes. Going back to the event loop for it costs more than the rest of its way, so while it pays the sockets that have
// just moved are waited for right here, for microseconds; and after a millisecond everything else gets its turn first.
import { findLibc, type Libc } from "../libc/libc.ts";
import { activity } from "../stream.ts";

/** So long all that waits besides may be kept waiting, in milliseconds. */
const TURN_MS = 1;
/** So long the next datagram is waited for at most, in milliseconds. */
const WAIT_MS = 0.2;
/** So long after something else has moved in the program nothing is waited for, as that would have to wait, too. */
const BUSY_MS = 5;
/** A wait so short was none: the datagram was there, and more may be. */
const AT_ONCE_MS = 0.005;
/** Sockets that are waited for at once: those that moved last. */
const MOST_SOCKETS = 8;
/** Waits in vain in a row before they are given up, until datagrams are seen to come quickly again. */
const MOST_CREDIT = 4;
const POLLIN = 1, RECORD_INTS = 2;

/** A socket, as the turns know it. */
interface TurnTaker {
  readonly fd: number | undefined;
  /** Whether somebody waits for a datagram. */
  readonly waiting: boolean;
  /** Has the event loop wait for the next datagram. */
  ask(): void;
  /** Serves who waits with a datagram that is there, with some of them when `more` may be; whether there was one. */
  serve(more: boolean): boolean;
}

/** The wait of the C library that knows microseconds; `undefined` where there is none. */
function loadWait(
  libc: Libc,
): ((records: Int32Array<ArrayBuffer>, count: number, milliseconds: number) => number) | undefined {
  if (libc.ppoll === undefined) return undefined;
  // `struct timespec`: seconds and nanoseconds, 64 bits each, the low half first.
  const timeout = new Uint32Array(4);
  const { ppoll } = libc;
  return (records, count, milliseconds) => {
    timeout[2] = milliseconds * 1e6;
    return ppoll(records, count, timeout, 0);
  };
}

/** The turns of all sockets of the program. */
class UdpTurns {
  /** When the event loop was last known to have had its turn. */
  #began = -Infinity;
  /** What has moved besides, and until when nothing is waited for because of it. */
  #activity = 0;
  #busyUntil = 0;
  /** The event loop has the turn: what comes next begins a new one. */
  #idle = true;
  #idleSince = 0;
  #credit = 2;
  #scheduled = false;
  #later = false;
  /** Sockets that moved last, the last one first. */
  #recent: TurnTaker[] = [];
  /** Who waits until the event loop has had its turn. */
  #resting: TurnTaker[] = [];
  #wait: ReturnType<typeof loadWait> | null = null;
  readonly #waiting: TurnTaker[] = [];
  readonly #records = new Int32Array(MOST_SOCKETS * RECORD_INTS);

  /** Whether a datagram may be taken now, without the event loop. */
  mayTake(): boolean {
    const now = performance.now();
    if (this.#idle) {
      this.#idle = false;
      this.#began = now;
      return true;
    }
    return now - this.#began < TURN_MS;
  }

  /** A socket whose reader waits. */
  wait(socket: TurnTaker): void {
    this.moved(socket);
    if (!this.#idle && performance.now() - this.#began >= TURN_MS) return this.#rest(socket);
    socket.ask();
    this.#schedule();
  }

  /** A socket that has sent or received: an answer may come. */
  moved(socket: TurnTaker): void {
    const recent = this.#recent;
    if (recent[0] === socket) return;
    const at = recent.indexOf(socket);
    if (at !== -1) recent.splice(at, 1);
    else if (recent.length === MOST_SOCKETS) recent.pop();
    recent.unshift(socket);
  }

  /** The event loop has brought a datagram. */
  woken(socket: TurnTaker): void {
    this.moved(socket);
    if (!this.#idle) return;
    const now = performance.now();
    this.#idle = false;
    this.#began = now;
    // It would have been worth the wait.
    if (now - this.#idleSince < WAIT_MS && this.#credit < MOST_CREDIT) this.#credit++;
  }

  forget(socket: TurnTaker): void {
    for (const list of [this.#recent, this.#resting]) {
      const at = list.indexOf(socket);
      if (at !== -1) list.splice(at, 1);
    }
  }

  /** Runs `#turn` when all that the last datagrams have set off is done, still before the event loop. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => process.nextTick(() => this.#turn()));
  }

  #turn(): void {
    this.#scheduled = false;
    for (;;) {
      const now = performance.now(), left = this.#began + TURN_MS - now;
      if (left <= 0) return this.#pause();
      this.#later = false;
      if (this.#credit <= 0 || this.#busy(now) || !this.#caught(now, Math.min(WAIT_MS, left))) {
        this.#idle = true;
        this.#idleSince = performance.now();
        return;
      }
      if (this.#later) return this.#schedule();
    }
  }

  /** Whether streams move besides. */
  #busy(now: number): boolean {
    if (activity.count !== this.#activity) {
      this.#activity = activity.count;
      this.#busyUntil = now + BUSY_MS;
    }
    return now < this.#busyUntil;
  }

  /** Who was told of a datagram goes on with it when the present call has ended. */
  continuesLater(): void {
    this.#later = true;
  }

  /** Waits for the sockets that moved last; whether there was a datagram. */
  #caught(began: number, milliseconds: number): boolean {
    const libc = findLibc();
    if (libc === undefined) return false;
    if (this.#wait === null) this.#wait = loadWait(libc);
    if (this.#wait === undefined) return false;
    const records = this.#records, sockets = this.#waiting;
    let count = 0;
    for (const socket of this.#recent) {
      if (!socket.waiting) continue;
      sockets[count] = socket;
      records[RECORD_INTS * count] = socket.fd!;
      records[RECORD_INTS * count + 1] = POLLIN;
      count++;
    }
    if (count === 0) return false;
    let caught = false;
    if (this.#wait(records, count, milliseconds) > 0) {
      const atOnce = performance.now() - began < AT_ONCE_MS;
      for (let i = 0; i < count; i++) {
        if (records[RECORD_INTS * i + 1]! >> 16 !== 0 && sockets[i]!.serve(atOnce)) caught = true;
      }
    }
    if (!caught) this.#credit--;
    else if (this.#credit < MOST_CREDIT) this.#credit++;
    return caught;
  }

  /** The turn is over: the event loop first. */
  #rest(socket: TurnTaker): void {
    this.#resting.push(socket);
    if (this.#resting.length === 1) this.#pause();
  }

  #pausing = false;
  #pause(): void {
    if (this.#pausing) return;
    this.#pausing = true;
    setImmediate(() => {
      this.#pausing = false;
      this.#began = performance.now();
      this.#idle = false;
      const resting = this.#resting;
      this.#resting = [];
      for (const socket of resting) {
        socket.serve(true);
        if (socket.waiting) socket.ask();
      }
      this.#schedule();
    });
  }
}

export const udpTurns: UdpTurns = new UdpTurns();
