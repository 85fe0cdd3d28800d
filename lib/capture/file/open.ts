// Capture files from disk and standard input, packed or not, as octets to read one after the other.
import type { Duplex } from "node:stream";
import { concat } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";

/** Octets of a capture. `read` gives `null` at the end; a `FormatError` is damage in the packing around the capture. */
export interface CaptureSource {
  /** A read may wait: it is no file on a disk. */
  readonly patient?: boolean;
  read(into: Uint8Array): Promise<number | null>;
  close(): void;
}

/** Octets of packed data that go in at once: what was unpacked before damage in them is kept, so they are few. */
const PIECE = 4096;

/** How a file is packed, by its first octets; without `open` the runtime cannot undo it, and `tool` can. */
interface Packing {
  readonly magic: readonly number[];
  readonly name: string;
  readonly tool: string;
  readonly open?: (zlib: typeof import("node:zlib")) => Duplex;
}

/** To add a packing: a line here. gzip: RFC 1952; zstd: RFC 8878. */
const PACKINGS: readonly Packing[] = [
  { magic: [0x1f, 0x8b], name: "gzip", tool: "gzip", open: (zlib) => zlib.createGunzip() },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: "zstd", tool: "zstd", open: (zlib) => zlib.createZstdDecompress() },
  { magic: [0xfd, 0x37, 0x7a, 0x58], name: "xz", tool: "xz" },
  { magic: [0x42, 0x5a, 0x68], name: "bzip2", tool: "bzip2" },
  { magic: [0x04, 0x22, 0x4d, 0x18], name: "lz4", tool: "lz4" },
  { magic: [0x50, 0x4b, 0x03, 0x04], name: "zip", tool: "unzip -p" },
];

/**
 * Opens a capture file; `-` is standard input. What is packed with gzip or zstd is unpacked, other packings fail. A hex
 * dump is read as the packets that it spells.
 */
export async function openCapture(path: string): Promise<CaptureSource> {
  const file: CaptureSource = path === "-"
    ? { patient: true, read: (into) => Deno.stdin.read(into), close: () => {} }
    : await openFile(path);
  const first = new Uint8Array(4);
  let have = 0;
  while (have < 4) {
    const count = await file.read(first.subarray(have));
    if (count === null) break;
    have += count;
  }
  let given = 0;
  const patient = file.patient === true;
  const whole: CaptureSource = {
    patient,
    read(into) {
      if (given === have) return file.read(into);
      const count = Math.min(have - given, into.length);
      into.set(first.subarray(given, given + count));
      given += count;
      return Promise.resolve(count);
    },
    close: () => file.close(),
  };
  const packing = PACKINGS.find(({ magic }) => magic.length <= have && magic.every((octet, i) => octet === first[i]));
  if (packing === undefined) return first.subarray(0, have).every(isText) && have > 0 ? await dumped(whole) : whole;
  const { name, tool, open } = packing;
  if (open !== undefined) return unpacked(whole, name, open(await import("node:zlib")));
  whole.close();
  const flags = name === "zip" ? "" : " -dc";
  throw new Error(`it is packed with ${name}: ${tool}${flags} FILE | netlab dump -r - …`);
}

/** The longest text that is looked at. */
const LONGEST_TEXT = 64 << 20;

function isText(octet: number): boolean {
  return octet < 127 && (octet >= 32 || octet === 9 || octet === 10 || octet === 13);
}

/** The packets that a hex dump spells as a capture; what is none stays what it was. */
async function dumped(source: CaptureSource): Promise<CaptureSource> {
  const { captureOfBlocks, hexDumpOf } = await import("./hex_dump.ts");
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const piece = new Uint8Array(65536); size < LONGEST_TEXT;) {
    const count = await source.read(piece);
    if (count === null) break;
    parts.push(piece.slice(0, count));
    size += count;
  }
  source.close();
  const text = concat(parts), blocks = hexDumpOf(text);
  if (blocks?.some(({ side }) => side !== undefined)) {
    throw new Error("it is the dump of a conversation and holds no packets: netlab dump --bytes PROTOCOL < FILE");
  }
  const octets = blocks === undefined ? text : captureOfBlocks(blocks);
  let at = 0;
  return {
    read(into) {
      if (at === octets.length) return Promise.resolve(null);
      const count = Math.min(into.length, octets.length - at);
      into.set(octets.subarray(at, at + count));
      at += count;
      return Promise.resolve(count);
    },
    close: () => {},
  };
}

async function openFile(path: string): Promise<CaptureSource> {
  const file = await Deno.open(path);
  // A file is there at once: no thread has to wait for it. Pipes and devices are read with patience.
  if (!(await file.stat()).isFile) {
    return { patient: true, read: (into) => file.read(into), close: () => file.close() };
  }
  return {
    read: (into) => Promise.resolve(file.readSync(into)),
    close: () => file.close(),
  };
}

/** The octets that `unpack` makes of `source`. */
function unpacked(source: CaptureSource, name: string, unpack: Duplex): CaptureSource {
  const queue: Uint8Array[] = [];
  let offset = 0, at = 0, failure: Error | undefined, ended = false, fed = false;
  let wake: (() => void) | undefined;
  const tell = () => {
    wake?.();
    wake = undefined;
  };
  unpack.on("data", (chunk: Uint8Array) => queue.push(chunk));
  unpack.on("end", () => {
    ended = true;
    tell();
  });
  unpack.on("error", (error: Error) => {
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
        unpack.end();
      } else {
        at += count;
        unpack.write(piece.slice(0, count), tell);
      }
    });
  };
  return {
    patient: source.patient === true,
    async read(into) {
      while (queue.length === 0) {
        if (failure !== undefined) {
          throw new FormatError(`its ${name} packing breaks near octet ${at}: ${failure.message}`, at);
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
      unpack.destroy();
      source.close();
    },
  };
}
