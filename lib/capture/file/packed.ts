// What undoes the packing of a capture file, piece by piece. Files may hold several packed one after the other.
import type { Duplex } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { Lz4 } from "./lz4.ts";
import { Window } from "./window.ts";
import { ZstdFrames } from "./zstd_frames.ts";

/** Undoes a packing. What breaks throws; what was unpacked before is in `out` then. */
export interface Unpacker {
  /** Takes packed octets, puts what they give into `out`. */
  push(octets: Uint8Array, out: Uint8Array[]): Promise<void> | void;
  /** No more come: the rest. */
  end(out: Uint8Array[]): Promise<void> | void;
  close(): void;
}

/** A stream of the runtime. */
class Streamed implements Unpacker {
  readonly #stream: Duplex;
  #out: Uint8Array[] = [];
  readonly #ended = Promise.withResolvers<void>();

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#ended.promise.catch(() => {});
    stream.on("data", (chunk: Uint8Array) => this.#out.push(chunk));
    stream.on("end", () => this.#ended.resolve());
    stream.on("error", (error: Error) => this.#ended.reject(error));
  }

  async push(octets: Uint8Array, out: Uint8Array[]): Promise<void> {
    this.#out = out;
    const taken = Promise.withResolvers<void>();
    this.#stream.write(octets, () => taken.resolve());
    await Promise.race([taken.promise, this.#ended.promise]);
  }

  async end(out: Uint8Array[]): Promise<void> {
    this.#out = out;
    this.#stream.end();
    await this.#ended.promise;
  }

  close(): void {
    this.#stream.destroy();
  }
}

/** gzip; the runtime goes on with the next member by itself. */
export function gzip(): Unpacker {
  return new Streamed(createGunzip());
}

/** The runtime ends with the first frame, so each has a stream of its own. */
class Zstd implements Unpacker {
  readonly #frames = new ZstdFrames();
  #stream: Streamed | undefined;

  async push(octets: Uint8Array, out: Uint8Array[]): Promise<void> {
    for (const { bytes, last } of this.#frames.cut(octets)) {
      this.#stream ??= new Streamed(createZstdDecompress());
      await this.#stream.push(bytes, out);
      if (!last) continue;
      await this.#stream.end(out);
      this.#stream.close();
      this.#stream = undefined;
    }
  }

  end(): void {
    if (!this.#frames.between) throw new Error("it ends inside a frame");
  }

  close(): void {
    this.#stream?.close();
  }
}

/** zstd. */
export function zstd(): Unpacker {
  return new Zstd();
}

/** LZ4 frames: computed here, as the runtime has none of it. */
export function lz4(): Unpacker {
  const decoder = new Lz4(), window = new Window();
  return {
    push(octets, out) {
      window.room(octets.length).set(octets);
      window.filled(octets.length);
      window.start += decoder.take(window.bytes.subarray(window.start, window.end), out);
    },
    end() {
      if (window.available > 0 || !decoder.between) throw new Error("it ends inside a frame");
    },
    close() {},
  };
}
