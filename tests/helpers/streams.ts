// Streams for tests that need no socket: two joined in memory, of which one reads what the other writes. Pure.
import { type Bytes, concat, utf8Text } from "../../lib/base/bytes.ts";
import { type About, Stream } from "../../lib/stream/stream.ts";

/** One direction: a writer waits until its octets are taken, so nothing is ever queued. */
class Channel {
  #chunk: Uint8Array | undefined;
  #ended = false;
  #error: unknown;
  readonly #wake: (() => void)[] = [];

  #changed(): void {
    for (const resume of this.#wake.splice(0)) resume();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  async read(view: Bytes, whole: boolean): Promise<number | null> {
    while (this.#chunk === undefined) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return null;
      await this.#change();
    }
    const chunk = this.#chunk;
    const count = Math.min(view.length, chunk.length);
    view.set(chunk.subarray(0, count));
    this.#chunk = whole || count === chunk.length ? undefined : chunk.subarray(count);
    this.#changed();
    return count;
  }

  async write(bytes: Uint8Array, whole: boolean): Promise<void> {
    if (bytes.length === 0 && !whole) return;
    const refuse = () => {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) throw new Error("Broken pipe");
    };
    while (this.#chunk !== undefined) {
      refuse();
      await this.#change();
    }
    refuse();
    this.#chunk = bytes;
    this.#changed();
    // The chunk is the writer's again when the reader has taken all of it.
    while (this.#chunk !== undefined && !this.#ended && this.#error === undefined) await this.#change();
    if (this.#chunk !== undefined) refuse();
  }

  end(error?: unknown): void {
    this.#ended = true;
    this.#error ??= error;
    this.#changed();
  }
}

class PairEnd extends Stream {
  readonly #in: Channel;
  readonly #out: Channel;

  constructor(from: Channel, to: Channel, about: About, kind: "bytes" | "datagrams") {
    super(about, kind);
    this.#in = from;
    this.#out = to;
  }
  protected pull(view: Bytes): Promise<number | null> {
    return this.#in.read(view, this.kind === "datagrams");
  }
  protected push(bytes: Uint8Array): Promise<void> {
    return this.#out.write(bytes, this.kind === "datagrams");
  }
  protected async finish(): Promise<void> {
    this.#out.end();
  }
  protected release(reason?: unknown): void {
    this.#in.end();
    this.#out.end(reason);
  }
}

/** Two ends of one connection in memory, with half-close and without any buffer of their own. */
export function streamPair(kind: "bytes" | "datagrams" = "bytes"): [Stream, Stream] {
  const there = new Channel(), back = new Channel();
  return [
    new PairEnd(back, there, { label: "pair:left" }, kind),
    new PairEnd(there, back, { label: "pair:right" }, kind),
  ];
}

/** What the next read brings, as text; `null` at the end. */
export async function readText(stream: Pick<Stream, "read">): Promise<string | null> {
  const view = new Uint8Array(1000);
  const count = await stream.read(view);
  return count === null ? null : utf8Text(view.subarray(0, count));
}

/** Everything until end-of-file. */
export async function readAll(stream: Stream): Promise<Bytes> {
  const parts: Bytes[] = [];
  for (;;) {
    const chunk = new Uint8Array(65536);
    const got = await stream.read(chunk);
    if (got === null) return concat(parts);
    parts.push(chunk.subarray(0, got));
  }
}
