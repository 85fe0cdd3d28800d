// RECVFROM: each datagram that comes to a socket is a stream of its own, which answers its sender. Pure.
import type { Bytes } from "../../base/bytes.ts";
import { errorText } from "../../base/errors.ts";
import { type About, Stream } from "../../stream/stream.ts";
import type { OpenContext } from "../model.ts";

const LARGEST = 256 * 1024;

/** One datagram that came, and the way back to its sender. */
class Received extends Stream {
  #datagram: Uint8Array | undefined;
  readonly #reply: (bytes: Uint8Array) => Promise<void>;
  readonly #done: () => Promise<void>;

  constructor(
    datagram: Uint8Array,
    reply: (bytes: Uint8Array) => Promise<void>,
    about: About,
    done: () => Promise<void>,
  ) {
    super(about, "datagrams");
    this.#datagram = datagram;
    this.#reply = reply;
    this.#done = done;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    const datagram = this.#datagram;
    if (datagram === undefined) return null;
    this.#datagram = undefined;
    const count = Math.min(view.length, datagram.length);
    view.set(datagram.subarray(0, count));
    return count;
  }
  protected push(bytes: Uint8Array): Promise<void> {
    return this.#reply(bytes);
  }
  protected async finish(): Promise<void> {}
  protected release(): Promise<void> {
    return this.#done();
  }
}

/** A bound socket that tells who sent what was read last, and sends to anybody. */
export interface DatagramSource<A> {
  read(view: Bytes): Promise<number | null>;
  sendTo(bytes: Uint8Array, to: A): Promise<void>;
  close(): Promise<void>;
  readonly sender: A | undefined;
}

/** What is said of a sender; one without a name cannot be answered. */
export interface SenderWords {
  readonly about: About;
  readonly name: string | undefined;
}

/**
 * The datagrams of `socket`, each a stream; only the first without `fork`. Those of senders that `describe` has no words for are
 * passed over. Takes ownership of the socket.
 */
export async function* eachDatagram<A>(
  socket: DatagramSource<A>,
  fork: boolean,
  context: OpenContext,
  describe: (sender: A | undefined) => SenderWords | undefined,
): AsyncGenerator<Stream> {
  let open = 0, over = false;
  // Answers may still be sent after the last datagram was taken: the socket is closed when nobody needs it.
  const closeWhenUnused = async () => {
    if (over && open === 0) await socket.close();
  };
  const stopped = Promise.withResolvers<null>();
  const stop = () => stopped.resolve(null);
  context.signal.addEventListener("abort", stop, { once: true });
  if (context.signal.aborted) stop();
  const buffer = new Uint8Array(LARGEST);
  try {
    for (;;) {
      const count = await Promise.race([socket.read(buffer), stopped.promise]);
      if (count === null) return;
      const { sender } = socket;
      const words = describe(sender);
      if (words === undefined) continue;
      const { about, name } = words;
      const reply = async (bytes: Uint8Array) => {
        if (sender === undefined || name === undefined) return;
        try {
          await socket.sendTo(bytes, sender);
        } catch (error) {
          throw new Error(`Cannot answer "${name}": ${errorText(error)}`, { cause: error });
        }
      };
      open++;
      yield new Received(buffer.slice(0, count), reply, about, () => {
        open--;
        return closeWhenUnused();
      });
      if (!fork) return;
    }
  } finally {
    context.signal.removeEventListener("abort", stop);
    over = true;
    await closeWhenUnused();
  }
}
