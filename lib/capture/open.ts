// Capture files from disk, standard input and gzip, as octets to read one after the other.
import { FormatError } from "../base/errors.ts";

/** Octets of a capture. `read` gives `null` at the end; a `FormatError` is damage in the packing around the capture. */
export interface CaptureSource {
  read(into: Uint8Array): Promise<number | null>;
  close(): void;
}

interface Readable {
  read(into: Uint8Array): Promise<number | null>;
  close(): void;
}

/** Octets of packed data that go in at once: what was unpacked before damage in them is kept, so they are few. */
const PIECE = 4096;

/** Opens a capture file; `-` is standard input. What is packed with gzip is unpacked. */
export async function openCapture(path: string): Promise<CaptureSource> {
  const file: Readable = path === "-"
    ? { read: (into) => Deno.stdin.read(into), close: () => {} }
    : await openFile(path);
  const first = new Uint8Array(2);
  let have = 0;
  while (have < 2) {
    const count = await file.read(first.subarray(have));
    if (count === null) break;
    have += count;
  }
  let given = 0;
  const whole: CaptureSource = {
    read(into) {
      if (given === have) return file.read(into);
      const count = Math.min(have - given, into.length);
      into.set(first.subarray(given, given + count));
      given += count;
      return Promise.resolve(count);
    },
    close: () => file.close(),
  };
  return have === 2 && first[0] === 0x1f && first[1] === 0x8b ? await unpacked(whole) : whole;
}

async function openFile(path: string): Promise<Readable> {
  const file = await Deno.open(path);
  // A file is there at once: no thread has to wait for it. Pipes and devices are read with patience.
  if (!(await file.stat()).isFile) return file;
  return {
    read: (into) => Promise.resolve(file.readSync(into)),
    close: () => file.close(),
  };
}

/** The octets packed in `source` with gzip (RFC 1952), several members one after the other. */
async function unpacked(source: CaptureSource): Promise<CaptureSource> {
  const { createGunzip } = await import("node:zlib");
  const gunzip = createGunzip();
  const queue: Uint8Array[] = [];
  let offset = 0, at = 0, failure: Error | undefined, ended = false, fed = false;
  let wake: (() => void) | undefined;
  const tell = () => {
    wake?.();
    wake = undefined;
  };
  gunzip.on("data", (chunk: Uint8Array) => queue.push(chunk));
  gunzip.on("end", () => {
    ended = true;
    tell();
  });
  gunzip.on("error", (error: Error) => {
    failure = error;
    tell();
  });
  const piece = new Uint8Array(PIECE);
  const feed = async () => {
    const count = await source.read(piece);
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (count === null) {
        if (fed) return; // "end" or "error" follows
        fed = true;
        gunzip.end();
      } else {
        at += count;
        gunzip.write(piece.slice(0, count), tell);
      }
    });
  };
  return {
    async read(into) {
      while (queue.length === 0) {
        if (failure !== undefined) {
          throw new FormatError(`its gzip packing breaks near octet ${at}: ${failure.message}`, at);
        }
        if (ended) return null;
        await feed();
      }
      const chunk = queue[0]!;
      const count = Math.min(into.length, chunk.length - offset);
      into.set(chunk.subarray(offset, offset + count));
      offset += count;
      if (offset === chunk.length) {
        queue.shift();
        offset = 0;
      }
      return count;
    },
    close() {
      gunzip.destroy();
      source.close();
    },
  };
}
