// UDP sockets for many questions at once (`-f`). Not pure.
import { type Channel, NetworkError, type NetworkReason } from "../../lib/dns/exchange/channel.ts";
import { isOfAnother } from "../../lib/stream/udp/refused.ts";
import { canonical, type PortTable } from "./udp.ts";

/** Sockets that a pool opens for each family: enough that ports are not easily guessed, few enough to be cheap. */
const SOCKETS = 16;

/** How a channel of a pool asks. */
interface PoolOptions {
  /** A question without an answer may be sent a second time: it is not the last try that the user wants. */
  readonly repeat: boolean;
  /** Tells, for servers of this machine, whether anybody listens. */
  readonly ports?: PortTable;
}

/** UDP sockets shared by many questions. Answers find their question by server, port and id. */
export class UdpPool {
  readonly #sockets = new Map<number, PoolSocket[]>();
  #next = 0;
  #closed = false;

  /** A channel to one server. */
  channel(address: string, port: number, options: PoolOptions): Channel {
    const family = address.includes(":") ? 6 : 4;
    return new PoolChannel((key) => this.#socketFor(family, key), address, port, options);
  }

  /** A socket on which nobody waits for an answer with `key`. */
  #socketFor(family: number, key: string): PoolSocket {
    if (this.#closed) throw new NetworkError("operation canceled");
    let sockets = this.#sockets.get(family);
    if (sockets === undefined) this.#sockets.set(family, sockets = []);
    for (let tried = 0;; tried++) {
      const at = tried < SOCKETS ? this.#next++ % SOCKETS : sockets.length;
      const socket = sockets[at] ??= new PoolSocket(family as 4 | 6);
      if (!socket.waiting.has(key)) return socket;
    }
  }

  /** Closes all sockets; whoever still waits is told. */
  close(): void {
    this.#closed = true;
    for (const sockets of this.#sockets.values()) for (const socket of sockets) socket?.close();
  }
}

const canonicals = new Map<string, string>();

/** As `canonical`; remembered, for the same few come again and again. */
function canonicalOf(address: string): string {
  let text = canonicals.get(address);
  if (text === undefined) {
    text = canonical(address);
    if (canonicals.size < 1000) canonicals.set(address, text);
  }
  return text;
}

/** One socket of a pool. It reads for as long as anybody waits. */
class PoolSocket {
  readonly conn: Deno.DatagramConn;
  /** Who waits, by `server port id`. */
  readonly waiting = new Map<string, PoolChannel>();
  readonly #buffer = new Uint8Array(65535);
  #reading = false;
  #closed = false;

  constructor(family: 4 | 6) {
    try {
      this.conn = Deno.listenDatagram({ transport: "udp", hostname: family === 6 ? "::" : "0.0.0.0", port: 0 });
    } catch (error) {
      throw new NetworkError("failure", String(error), { cause: error });
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  async read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.waiting.size > 0) {
        const received = await this.conn.receive(this.#buffer).catch((error) => {
          // Windows tells of a question that found nobody, not of which one: that one runs out of time.
          if (!isOfAnother(error)) throw error;
        });
        if (received === undefined) continue;
        const [data, from] = received;
        const { hostname, port } = from as Deno.NetAddr;
        const server = `${canonicalOf(hostname)} ${port} `;
        const exact = this.waiting.get(server + (data.length < 2 ? "" : (data[0]! << 8) | data[1]!));
        if (exact !== undefined) {
          exact.deliver(data.slice());
          continue;
        }
        // An id that nobody waits for: told to the one who asked this server, when it can only be that one.
        const candidates = [...this.waiting].filter(([key]) => key.startsWith(server));
        if (candidates.length === 1) candidates[0]![1].deliver(data.slice());
      }
    } catch (error) {
      if (!this.#closed) { for (const channel of this.waiting.values()) channel.fail("failure", error); }
    } finally {
      this.#reading = false;
    }
  }

  close(): void {
    this.#closed = true;
    for (const channel of [...this.waiting.values()]) channel.fail("operation canceled", "The run has ended");
    this.conn.close();
  }
}

/** Something to do while waiting, so long after sending; true ends the waiting. */
interface Step {
  readonly at: number;
  does(): boolean;
}

/** Ports that were looked at, and when: many questions ask for the same one. */
const looked = new Map<string, { readonly at: number; readonly free: boolean }>();

function isFree(ports: PortTable, address: string, port: number): boolean {
  const key = `${address} ${port}`;
  const known = looked.get(key);
  const now = performance.now();
  if (known !== undefined && now - known.at < 500) return known.free;
  const free = ports.isFree(address, port);
  looked.set(key, { at: now, free });
  return free;
}

/** So long a question waits before it is sent a second time. */
const AGAIN_AFTER_MS = 700;
/** When it is looked whether anybody listens, in milliseconds after sending. */
const LOOK_AFTER_MS = 40;

class PoolChannel implements Channel {
  readonly #socketFor: (key: string) => PoolSocket;
  #socket: PoolSocket | undefined;
  readonly #peer: Deno.NetAddr;
  readonly #options: PoolOptions;
  #key = "";
  /** What may be sent a second time. */
  #message: Uint8Array | undefined;
  readonly #arrived: Uint8Array[] = [];
  #settle: { resolve(message: Uint8Array): void; reject(error: unknown): void } | undefined;

  constructor(
    socketFor: (key: string) => PoolSocket,
    address: string,
    port: number,
    options: PoolOptions,
  ) {
    this.#socketFor = socketFor;
    this.#peer = { transport: "udp", hostname: address, port };
    this.#options = options;
  }

  async send(message: Uint8Array): Promise<void> {
    this.#key = `${canonicalOf(this.#peer.hostname)} ${this.#peer.port} ${(message[0]! << 8) | message[1]!}`;
    const socket = this.#socket = this.#socketFor(this.#key);
    socket.waiting.set(this.#key, this);
    void socket.read();
    try {
      await socket.conn.send(message, this.#peer);
      if (this.#options.repeat) this.#message = message;
    } catch {
      // A time-out tells.
    }
  }

  deliver(message: Uint8Array): void {
    // The question was not lost, whatever this says.
    this.#message = undefined;
    if (this.#settle === undefined) this.#arrived.push(message);
    else this.#settle.resolve(message);
  }

  fail(reason: NetworkReason, error: unknown): void {
    this.#settle?.reject(new NetworkError(reason, String(error)));
  }

  receive(timeoutMs: number): Promise<Uint8Array> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    if (this.#socket?.closed) return Promise.reject(new NetworkError("operation canceled"));
    return new Promise<Uint8Array>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout>;
      const end = (then: () => void) => {
        clearTimeout(timer);
        this.#settle = undefined;
        then();
      };
      // One timer at a time: most answers come before the first has run out.
      const wait = (from: number, steps: readonly Step[]) => {
        const [step] = steps;
        timer = step === undefined || step.at >= timeoutMs
          ? setTimeout(() => end(() => reject(new NetworkError("timed out"))), timeoutMs - from)
          : setTimeout(() => {
            if (step.does()) end(() => reject(new NetworkError("connection refused")));
            else wait(step.at, steps.slice(1));
          }, step.at - from);
      };
      wait(0, [
        { at: LOOK_AFTER_MS, does: () => this.#refused() },
        { at: AGAIN_AFTER_MS, does: () => this.#sendAgain() },
      ]);
      this.#settle = {
        resolve: (message) => end(() => resolve(message)),
        reject: (error) => end(() => reject(error)),
      };
    });
  }

  /** Whether nobody listens at the server's port, where that can be told. */
  #refused(): boolean {
    const { ports } = this.#options;
    return ports !== undefined && isFree(ports, this.#peer.hostname, this.#peer.port);
  }

  /** Many questions at once overrun buffers: a silent second one costs less than a time-out. */
  #sendAgain(): boolean {
    const message = this.#message;
    this.#message = undefined;
    if (message !== undefined) void this.#socket?.conn.send(message, this.#peer).catch(() => {});
    return false;
  }

  close(): void {
    if (this.#socket?.waiting.get(this.#key) === this) this.#socket.waiting.delete(this.#key);
  }
}
