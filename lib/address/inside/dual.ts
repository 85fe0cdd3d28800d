// `READ!!WRITE`: one stream to read from and another to write to. Pure.
import { type Stream, WrappedStream } from "../../stream/stream.ts";

/** Reads from one stream and writes to another: what `read!!write` opens to. */
export class DualStream extends WrappedStream {
  readonly #out: Stream;
  constructor(input: Stream, output: Stream) {
    super(input, {
      label: `${input.about.label}!!${output.about.label}`,
      local: output.about.local ?? input.about.local,
      remote: output.about.remote ?? input.about.remote,
      facts: { ...output.about.facts, ...input.about.facts },
    });
    this.#out = output;
  }
  override get tellsEnd(): boolean {
    return this.#out.tellsEnd;
  }
  override get takesNothing(): boolean {
    return this.#out.takesNothing;
  }
  override get readOnly(): boolean {
    return this.#out.readOnly;
  }
  override get gone(): Promise<void> | undefined {
    return this.#out.gone;
  }
  protected override pullEach(take: Parameters<Stream["each"]>[0], size: number): Promise<void> {
    return this.inner.each(take, size);
  }
  protected override push(bytes: Uint8Array): Promise<void> {
    return this.#out.write(bytes);
  }
  protected override finish(): Promise<void> {
    return this.#out.closeWrite();
  }
  protected override async release(reason?: unknown): Promise<void> {
    await Promise.all([this.inner.close(reason), this.#out.close(reason)]);
  }
}
