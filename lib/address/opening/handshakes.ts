// What is said on accepted connections before they are streams to carry: with many peers at once, each within its time.
import { errorText, ProtocolError } from "../../base/errors.ts";
import { formatHostPort } from "../../base/host_port.ts";
import { LinkedList } from "../../base/linked_list.ts";
import { type Limit, limited } from "../../dial/limit.ts";
import type { Stream } from "../../stream/stream.ts";
import type { OpenContext } from "../model.ts";

/** The peer of a stream, for log lines. */
export function nameOfStream({ about }: Stream): string {
  return about.remote === undefined ? about.label : formatHostPort(about.remote);
}

/**
 * What `talk` gives, which speaks on `stream`. When that fails the stream is closed; so it is when waiting is over, which
 * rejects with the reason: the signal's, or after the time a `ProtocolError` that says `late`, where that is given.
 */
export async function talkWithin<T>(
  stream: Pick<Stream, "close">,
  limit: Limit & { readonly late?: string },
  talk: () => Promise<T>,
): Promise<T> {
  let over: { readonly error: unknown } | undefined;
  const takeBack = limited(limit, (reason) => {
    const late = limit.signal?.aborted ? undefined : limit.late;
    over = { error: late === undefined ? reason : new ProtocolError(late, { cause: reason }) };
    void stream.close(reason);
  });
  try {
    return await talk();
  } catch (error) {
    await stream.close(error);
    throw over === undefined ? error : over.error;
  } finally {
    takeBack();
  }
}

/** How an accepted item becomes a stream. */
export interface Handshake<T> {
  /** Takes the item over. `undefined`: the peer took leave, or was refused. */
  shake(item: T): Promise<Stream | undefined>;
  /** Its name in the log. */
  nameOf(item: T): string;
  /** Gives it up in the middle of its handshake. */
  giveUp(item: T): void;
}

/** A handshake on streams. */
export function streamHandshake(shake: (stream: Stream) => Promise<Stream | undefined>): Handshake<Stream> {
  return { shake, nameOf: nameOfStream, giveUp: (stream) => void stream.close() };
}

/**
 * The streams that items of `source` become: with `fork` several at once, so that a slow peer keeps nobody waiting, and a
 * failed one is a line in the log; without it the one item, whose failure is thrown. Peers that connect and say nothing
 * give way to newer ones, so that a crowd of them keeps nobody out.
 */
export async function* shaken<T>(
  source: AsyncIterable<T>,
  fork: boolean,
  context: Pick<OpenContext, "signal" | "log">,
  handshake: Handshake<T>,
): AsyncGenerator<Stream> {
  if (fork) return yield* new Handshakes(handshake, context).streams(source);
  for await (const item of source) {
    const stream = await handshake.shake(item);
    if (stream !== undefined) yield stream;
  }
}

/** Handshakes that go on at once: for one more the oldest is given up. */
const MOST = 1024;

class Handshakes<T> {
  readonly #handshake: Handshake<T>;
  readonly #context: Pick<OpenContext, "signal" | "log">;
  /** Those in the middle of their handshake, oldest first. */
  readonly #running = new LinkedList<{ readonly item: T; givenUp: boolean }>();
  readonly #ready: Stream[] = [];
  /** No more items come. */
  #over = false;
  /** Nobody takes streams any more. */
  #left = false;
  #wakeTaker = () => {};
  #wakeSource = () => {};

  constructor(handshake: Handshake<T>, context: Pick<OpenContext, "signal" | "log">) {
    this.#handshake = handshake;
    this.#context = context;
  }

  async *streams(source: AsyncIterable<T>): AsyncGenerator<Stream> {
    const taking = this.#takeAll(source);
    // Thrown at the end, when all that was ready has been taken.
    taking.catch(() => {});
    try {
      for (;;) {
        const stream = this.#ready.shift();
        if (stream !== undefined) {
          this.#wakeSource();
          yield stream;
        } else if (this.#over && this.#running.size === 0) break;
        else await new Promise<void>((resolve) => this.#wakeTaker = resolve);
      }
      await taking;
    } finally {
      this.#left = true;
      this.#wakeSource();
      for (const stream of this.#ready) void stream.close();
    }
  }

  async #takeAll(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const item of source) {
        void this.#shake(item);
        if (this.#running.size > MOST) this.#giveUpOldest();
        while (this.#ready.length > 0 && !this.#left) await new Promise<void>((resolve) => this.#wakeSource = resolve);
        if (this.#left) return;
      }
    } finally {
      this.#over = true;
      this.#wakeTaker();
    }
  }

  async #shake(item: T): Promise<void> {
    const state = { item, givenUp: false };
    const place = this.#running.add(state);
    try {
      const stream = await this.#handshake.shake(item);
      if (stream === undefined) return;
      if (this.#left || (this.#over && this.#context.signal.aborted)) await stream.close();
      else this.#ready.push(stream);
    } catch (error) {
      if (this.#context.signal.aborted) return;
      const why = state.givenUp
        ? `given up for newer ones, as ${MOST} had not finished their handshake`
        : errorText(error);
      this.#context.log.warning(`No connection with ${this.#handshake.nameOf(item)}: ${why}`);
    } finally {
      this.#running.delete(place);
      this.#wakeTaker();
    }
  }

  #giveUpOldest(): void {
    const oldest = this.#running.items().find(({ givenUp }) => !givenUp);
    if (oldest === undefined) return;
    oldest.givenUp = true;
    this.#handshake.giveUp(oldest.item);
  }
}
