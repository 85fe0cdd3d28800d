// Any pair of web streams (child programs, WebSockets, transforms, node streams made web) as a `Stream`. Pure.
import type { Bytes } from "../base/bytes.ts";
import { type About, Stream } from "./stream.ts";

/** The halves to join; a missing one is at end-of-file, or takes nothing. */
interface WebHalves {
  readable?: ReadableStream<Uint8Array> | undefined;
  writable?: WritableStream<Uint8Array> | undefined;
  /** Called once when the stream is closed: where the resources behind the halves are given up. */
  onClose?: (() => void | Promise<void>) | undefined;
}

/** A stream over web streams. Takes ownership of both halves. Boundaries of chunks are kept for `datagrams`. */
export class WebStream extends Stream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  readonly #onClose: (() => void | Promise<void>) | undefined;
  #rest: Uint8Array | undefined;
  #writeEnded = false;

  constructor(halves: WebHalves, about: About, kind: "bytes" | "datagrams" = "bytes") {
    super(about, kind);
    this.#reader = halves.readable?.getReader();
    this.#writer = halves.writable?.getWriter();
    // What fails is told to whoever reads or writes, not to nobody.
    this.#reader?.closed.catch(() => {});
    this.#writer?.closed.catch(() => {});
    this.#onClose = halves.onClose;
  }

  override get readOnly(): boolean {
    return this.#writer === undefined;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    let chunk = this.#rest;
    while (chunk === undefined) {
      if (this.#reader === undefined) return null;
      try {
        const result = await this.#reader.read();
        if (result.done) return null;
        chunk = result.value;
      } catch (error) {
        if (this.closed) return null;
        throw error;
      }
      if (chunk.length === 0 && this.kind === "bytes") chunk = undefined;
    }
    const count = Math.min(chunk.length, view.length);
    view.set(chunk.subarray(0, count));
    this.#rest = this.kind === "bytes" && count < chunk.length ? chunk.subarray(count) : undefined;
    return count;
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    // Web streams may queue a chunk, and the caller's buffer is its own again afterwards.
    await this.#writer?.write(bytes.slice());
  }

  protected async finish(): Promise<void> {
    if (this.#writeEnded) return;
    this.#writeEnded = true;
    await this.#writer?.close();
  }

  protected async release(reason?: unknown): Promise<void> {
    const ended = [
      this.#reader?.cancel(reason).catch(() => {}),
      this.#writeEnded ? undefined : this.#writer?.abort(reason).catch(() => {}),
    ];
    await this.#onClose?.();
    await Promise.all(ended);
  }
}
