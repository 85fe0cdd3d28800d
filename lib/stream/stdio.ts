// Standard input and outputs as streams. Several connections may share them, and closing a stream leaves them open.
import type { Bytes } from "../base/bytes.ts";
import { type About, Stream } from "./stream.ts";

/**
 * Standard input for whoever reads: a read that nobody waits for any more keeps its octets for the next reader, because
 * the runtime cannot take a read back.
 */
const stdin = {
  buffer: new Uint8Array(8 * 1024),
  rest: undefined as Uint8Array | undefined,
  pending: undefined as Promise<void> | undefined,
  ended: false,
  /** Reads as much as one reader wants: so its blocks are as large as it asked for. */
  fill(wanted: number): Promise<void> {
    if (this.pending === undefined && wanted > this.buffer.length) this.buffer = new Uint8Array(wanted);
    return this.pending ??= Deno.stdin.read(this.buffer.subarray(0, wanted)).then((count) => {
      if (count === null) this.ended = true;
      else this.rest = this.buffer.subarray(0, count);
    }).finally(() => this.pending = undefined);
  },
};

/** The end of standard input is final for a terminal only until the next read; `ignoreeof` reads on. */
async function readStdin(
  view: Bytes,
  reader: { leave: (() => void) | undefined; gone: boolean },
): Promise<number | null> {
  for (;;) {
    if (reader.gone) return null;
    const rest = stdin.rest;
    if (rest !== undefined) {
      const count = Math.min(view.length, rest.length);
      view.set(rest.subarray(0, count));
      stdin.rest = count === rest.length ? undefined : rest.subarray(count);
      return count;
    }
    if (stdin.ended) {
      stdin.ended = false;
      return null;
    }
    await new Promise<void>((resolve, reject) => {
      reader.leave = resolve;
      stdin.fill(view.length).then(resolve, reject);
    });
  }
}

/** Which standard descriptors: an input, an output, both or one of them. */
interface StdioHalves {
  input: boolean;
  output: "stdout" | "stderr" | undefined;
}

/** Standard input and output as a stream. */
export class StdioStream extends Stream {
  readonly #halves: StdioHalves;
  readonly #reader: { leave: (() => void) | undefined; gone: boolean } = { leave: undefined, gone: false };

  constructor(halves: StdioHalves, about: About = { label: "stdio" }) {
    super(about);
    this.#halves = halves;
  }

  override get readOnly(): boolean {
    return this.#halves.output === undefined;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    if (this.closed || !this.#halves.input) return null;
    return await readStdin(view, this.#reader);
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    if (this.#halves.output === undefined) return;
    const file = this.#halves.output === "stdout" ? Deno.stdout : Deno.stderr;
    let written = await file.write(bytes);
    while (written < bytes.length) written += await file.write(bytes.subarray(written));
  }

  protected async finish(): Promise<void> {
    // Whoever reads our output sees its end when the program ends.
  }

  protected release(): void {
    this.#reader.gone = true;
    this.#reader.leave?.();
  }
}
