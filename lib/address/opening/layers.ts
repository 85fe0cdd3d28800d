// The layers that the common options put on a stream: line endings, ends of input and output. Pure.
import type { Bytes } from "../../base/bytes.ts";
import { type Stream, WrappedStream } from "../../stream/stream.ts";
import type { CommonOptions } from "../common.ts";

/** How lines end on a side. */
export type LineEnding = "lf" | "cr" | "crnl";

/** The line ending that the options ask for. */
export function lineEnding(options: Pick<CommonOptions, "crnl" | "cr">): LineEnding {
  return options.crnl ? "crnl" : options.cr ? "cr" : "lf";
}

const CR = 0x0d, LF = 0x0a;

/** Changes line endings as socat does: from CR LF every CR is dropped, LF or CR to CR LF doubles. */
export function convertLines(bytes: Uint8Array, from: LineEnding, to: LineEnding): Uint8Array {
  if (from === to) return bytes;
  if (from === "crnl") {
    const lf = bytes.includes(CR) ? bytes.filter((octet) => octet !== CR) : bytes;
    return to === "lf" ? lf : convertLines(lf, "lf", "cr");
  }
  const end = from === "cr" ? CR : LF;
  if (!bytes.includes(end)) return bytes;
  if (to !== "crnl") return bytes.map((octet) => octet === end ? (to === "cr" ? CR : LF) : octet);
  let count = 0;
  for (const octet of bytes) if (octet === end) count++;
  const out = new Uint8Array(bytes.length + count);
  let at = 0;
  for (const octet of bytes) {
    if (octet === end) {
      out[at++] = CR;
      out[at++] = LF;
    } else out[at++] = octet;
  }
  return out;
}

type Take = Parameters<Stream["each"]>[0];

/** Reads from `inner` with line endings changed. Conversion sits on the reading side, where the dump looks. */
class LineStream extends WrappedStream {
  readonly #from: LineEnding;
  readonly #to: LineEnding;
  #rest: Uint8Array | undefined;

  constructor(inner: Stream, from: LineEnding, to: LineEnding) {
    super(inner);
    this.#from = from;
    this.#to = to;
  }

  protected override async pull(view: Bytes): Promise<number | null> {
    let ready = this.#rest;
    while (ready === undefined) {
      const count = await this.inner.read(view);
      if (count === null) return null;
      const converted = convertLines(view.subarray(0, count), this.#from, this.#to);
      if (converted.length > 0 || count === 0) ready = converted;
    }
    const count = Math.min(view.length, ready.length);
    view.set(ready.subarray(0, count));
    this.#rest = count === ready.length ? undefined : ready.slice(count);
    return count;
  }

  protected override pullEach(take: Take, size: number): Promise<void> {
    if (this.kind === "bytes") return super.pullEach(take, size);
    return this.inner.each((datagram) => take(convertLines(datagram, this.#from, this.#to)), size);
  }
}

/** `stream`, read with the endings of its own side changed to those of the other side. */
export function withLineEndings(stream: Stream, own: LineEnding, other: LineEnding): Stream {
  return own === other ? stream : new LineStream(stream, own, other);
}

/** With `ignoreeof` it is looked so often whether there is more: well within socat's half a second of `-t`. */
const IGNORE_EOF_MS = 100;

/** What the common options change about a stream. */
class CommonStream extends WrappedStream {
  readonly #options: CommonOptions;
  /** Octets that may still be read; none after what ends the input. */
  #left: number;

  constructor(inner: Stream, options: CommonOptions) {
    super(inner);
    this.#options = options;
    this.#left = options.readbytes ?? Infinity;
  }

  /** With `end-close` nobody is told before the end, for which nobody need wait then. */
  override get tellsEnd(): boolean {
    return super.tellsEnd && !this.#options["end-close"];
  }

  /** How much of a chunk is given on; `undefined`: nothing, and nothing more will be. */
  #keep(chunk: Uint8Array): number | undefined {
    const { "null-eof": nullEof, escape } = this.#options;
    const end = chunk.length === 0 && nullEof && this.kind === "datagrams";
    const count = Math.min(chunk.length, this.#left);
    const at = escape === undefined ? -1 : chunk.subarray(0, count).indexOf(escape);
    this.#left -= count;
    if (end || at !== -1) this.#left = 0;
    return end || at === 0 ? undefined : at === -1 ? count : at;
  }

  /** At end-of-file: waits before it is looked again; false when this is the end. */
  async #goesOn(): Promise<boolean> {
    if (!this.#options.ignoreeof || this.closed) return false;
    await new Promise((resolve) => setTimeout(resolve, IGNORE_EOF_MS));
    return !this.closed;
  }

  protected override async pull(view: Bytes): Promise<number | null> {
    while (this.#left > 0) {
      const count = await this.inner.read(view.length > this.#left ? view.subarray(0, this.#left) : view);
      if (count !== null) return this.#keep(view.subarray(0, count)) ?? null;
      if (!await this.#goesOn()) break;
    }
    return null;
  }

  protected override async pullEach(take: Take, size: number): Promise<void> {
    if (this.kind === "bytes") return await super.pullEach(take, size);
    const enough = Symbol();
    try {
      do {
        await this.inner.each((datagram) => {
          const count = this.#keep(datagram);
          const pending = count === undefined ? undefined : take(datagram.subarray(0, count));
          if (this.#left > 0) return pending;
          return Promise.resolve(pending).then(() => Promise.reject(enough));
        }, size);
      } while (await this.#goesOn());
    } catch (error) {
      if (error !== enough) throw error;
    }
  }

  protected override async finish(): Promise<void> {
    const options = this.#options;
    if (options["shut-none"] || options["end-close"]) return;
    if (options["shut-null"]) await this.inner.write(new Uint8Array(0));
    else if (options["shut-close"]) await this.inner.close();
    else await this.inner.closeWrite();
  }
}

/** The stream with the layers that its common options ask for; the stream itself when they ask for none. */
export function applyCommon(stream: Stream, options: CommonOptions): Stream {
  const any = options.ignoreeof || options.readbytes !== undefined || options["null-eof"] || options["shut-none"] ||
    options["shut-null"] || options["shut-close"] || options["end-close"] || options.escape !== undefined;
  return any ? new CommonStream(stream, options) : stream;
}
