// Connections that questions share (`+keepopen`): over TCP and TLS many at once, their answers told apart by id (RFC 7766
// 6.2.1.1); over HTTP one after another. Pure.
import { type Channel, type ChannelFacts, NetworkError, type NetworkReason, type Target } from "./channel.ts";

/** Longer than anybody waits: those who wait have limits of their own. */
const FOREVER_MS = 0x7fffffff;

/** One connection, and who uses it. */
class Shared {
  readonly #channel: Channel;
  readonly #many: boolean;
  /** Who asked what, by the question's id. */
  readonly asking = new Map<number, Lease>();
  #used = false;
  #reading = false;
  /** Somebody asked and did not wait for the answer, which may still come. */
  #abandoned = false;
  failure: unknown;
  /** Somebody was answered: that it ends then is the server's right, and no failure of who asks next (RFC 7766 6.2.3). */
  answered = false;

  constructor(channel: Channel, many: boolean) {
    this.#channel = channel;
    this.#many = many;
  }

  get transferRefusal(): NetworkReason | undefined {
    return this.#channel.transferRefusal;
  }

  get setupFailure(): NetworkReason | undefined {
    return this.#channel.setupFailure;
  }

  /** What is known of the connection; the phases of opening are the first user's. */
  facts(): ChannelFacts | undefined {
    const { facts } = this.#channel;
    const first = !this.#used;
    this.#used = true;
    return facts === undefined || first ? facts : { ...facts, phases: [] };
  }

  /** Sends a question once its id is free, and, where they go one by one, the others have their answers. */
  async send(lease: Lease, message: Uint8Array): Promise<void> {
    const id = (message[0]! << 8) | message[1]!;
    for (;;) {
      const other = this.#many ? this.asking.get(id) : this.asking.values().next().value;
      if (other === undefined || other === lease) break;
      await other.closed;
    }
    if (this.failure !== undefined) return;
    this.asking.set(id, lease);
    await this.#channel.send(message);
    void this.#read();
  }

  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.asking.size > 0) {
        const message = await this.#channel.receive(FOREVER_MS);
        const id = message.length < 2 ? -1 : (message[0]! << 8) | message[1]!;
        const [only] = this.asking.values();
        // An id that nobody waits for is told to the one who asked, when it can only be that one.
        const lease = this.asking.get(id) ?? (this.asking.size === 1 && !this.#abandoned ? only : undefined);
        lease?.deliver(message);
        this.answered = true;
        // Over HTTP there is one answer to each question.
        if (!this.#many) break;
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.#reading = false;
    }
  }

  /** Somebody no longer waits. Where answers could then not be told apart, or nobody else waits, the connection ends. */
  abandon(lease: Lease): void {
    this.#abandoned = true;
    if (this.#many && [...this.asking.values()].some((other) => other !== lease)) return;
    this.fail(new NetworkError("operation canceled"));
  }

  fail(error: unknown): void {
    this.failure ??= error;
    for (const lease of [...this.asking.values()]) lease.fail(error);
    this.#channel.close();
  }
}

/** A question's use of a connection. */
class Lease implements Channel {
  readonly facts?: ChannelFacts;
  readonly closed: Promise<void>;
  #shared: Shared;
  readonly #again: () => Promise<Shared>;
  readonly #arrived: Uint8Array[] = [];
  #question: Uint8Array | undefined;
  #answered = false;
  #end = () => {};
  #settle: { resolve(message: Uint8Array): void; reject(error: unknown): void } | undefined;

  /** `again` gives the connection that takes the place of one that ended. */
  constructor(shared: Shared, again: () => Promise<Shared>) {
    this.#shared = shared;
    this.#again = again;
    this.closed = new Promise((resolve) => this.#end = resolve);
    const facts = shared.facts();
    if (facts !== undefined) this.facts = facts;
  }

  get transferRefusal(): NetworkReason | undefined {
    return this.#shared.transferRefusal;
  }

  get setupFailure(): NetworkReason | undefined {
    return this.#shared.setupFailure;
  }

  send(message: Uint8Array): Promise<void> {
    this.#question = message;
    this.#answered = false;
    return this.#shared.send(this, message);
  }

  deliver(message: Uint8Array): void {
    this.#answered = true;
    if (this.#settle === undefined) this.#arrived.push(message);
    else this.#settle.resolve(message);
  }

  fail(error: unknown): void {
    this.#settle?.reject(error);
  }

  async receive(timeoutMs: number): Promise<Uint8Array> {
    for (;;) {
      try {
        return await this.#next(timeoutMs);
      } catch (error) {
        if (this.#answered || this.#question === undefined || !this.#shared.answered || !isEnd(error)) throw error;
        this.#leave();
        this.#shared = await this.#again();
        await this.#shared.send(this, this.#question);
      }
    }
  }

  #next(timeoutMs: number): Promise<Uint8Array> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    if (this.#shared.failure !== undefined) return Promise.reject(this.#shared.failure);
    return new Promise<Uint8Array>((resolve, reject) => {
      const timer = setTimeout(() => this.#settle?.reject(new NetworkError("timed out")), timeoutMs);
      const end = (then: () => void) => {
        clearTimeout(timer);
        this.#settle = undefined;
        then();
      };
      this.#settle = {
        resolve: (message) => end(() => resolve(message)),
        reject: (error) => end(() => reject(error)),
      };
    });
  }

  drop(): void {
    this.#shared.abandon(this);
  }

  #leave(): void {
    for (const [id, lease] of this.#shared.asking) if (lease === this) this.#shared.asking.delete(id);
  }

  close(): void {
    this.#leave();
    this.#end();
  }
}

/** Whether a connection was ended by the other side. */
function isEnd(error: unknown): boolean {
  return error instanceof NetworkError && (error.reason === "end of file" || error.reason === "connection reset");
}

/** What must be equal for a connection to be shared. */
function keyOf({ transport, server, port, lookup }: Target): string {
  const { address, given, path } = server;
  const parts: unknown[] = [transport, address, port, lookup.proxy];
  if (transport === "tls" || transport === "https") {
    const { tlsCaSet, tlsCaFile, tlsHostnameSet, tlsHostname, tlsCertFile, tlsKeyFile } = lookup;
    parts.push(given, tlsCaSet, tlsCaFile, tlsHostnameSet, tlsHostname, tlsCertFile, tlsKeyFile);
  }
  if (transport.startsWith("http")) parts.push(given, path, lookup.httpPath, lookup.httpGet);
  return JSON.stringify(parts);
}

/** The connections that are kept, one to each server. */
export class KeptChannels {
  readonly #open: (target: Target) => Promise<Channel>;
  readonly #kept = new Map<string, Promise<Shared>>();

  /** `open` opens a channel of its own. */
  constructor(open: (target: Target) => Promise<Channel>) {
    this.#open = open;
  }

  /** A channel over the kept connection to the target, which is opened if there is none, and anew when it has ended. */
  async open(target: Target): Promise<Channel> {
    return new Lease(await this.#shared(target), () => this.#shared(target));
  }

  async #shared(target: Target): Promise<Shared> {
    const { transport } = target;
    const key = keyOf(target);
    for (;;) {
      const known = this.#kept.get(key);
      const opening = known ??
        this.#open(target).then((channel) => new Shared(channel, transport === "tcp" || transport === "tls"));
      this.#kept.set(key, opening);
      try {
        const shared = await opening;
        if (shared.failure === undefined) return shared;
        if (this.#kept.get(key) === opening) this.#kept.delete(key);
      } catch (error) {
        if (this.#kept.get(key) === opening) this.#kept.delete(key);
        throw error;
      }
    }
  }

  /** Closes all of them. */
  async close(): Promise<void> {
    for (const opening of this.#kept.values()) {
      await opening.then((shared) => shared.fail(new NetworkError("operation canceled")), () => {});
    }
  }
}
