// Capture files from disk and standard input, packed or not, as octets to read one after the other.
import { concat, latin1Text } from "../../base/bytes.ts";
import { errorText, FormatError } from "../../base/errors.ts";
import type { Unpacker } from "./packed.ts";

/** Octets of a capture. `read` gives `null` at the end; a `FormatError` is damage in the packing around the capture. */
export interface CaptureSource {
  /** A read may wait: it is no file on a disk. */
  readonly patient?: boolean;
  read(into: Uint8Array): Promise<number | null>;
  close(): void;
}

/** How a file is packed, by its first octets; without `open` the runtime cannot undo it, and `tool` can. */
interface Packing {
  readonly magic: readonly number[];
  readonly name: string;
  readonly tool: string;
  readonly open?: (packed: typeof import("./packed.ts")) => Unpacker;
}

/** To add a packing: a line here. gzip: RFC 1952; zstd: RFC 8878; LZ4: its frame format, 1.6. */
const PACKINGS: readonly Packing[] = [
  { magic: [0x1f, 0x8b], name: "gzip", tool: "gzip", open: (packed) => packed.gzip() },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: "zstd", tool: "zstd", open: (packed) => packed.zstd() },
  { magic: [0x04, 0x22, 0x4d, 0x18], name: "lz4", tool: "lz4", open: (packed) => packed.lz4() },
  { magic: [0xfd, 0x37, 0x7a, 0x58], name: "xz", tool: "xz" },
  { magic: [0x42, 0x5a, 0x68], name: "bzip2", tool: "bzip2" },
  { magic: [0x50, 0x4b, 0x03, 0x04], name: "zip", tool: "unzip -p" },
];

/**
 * Opens a capture file; `-` is standard input. What is packed with gzip, zstd or lz4 is unpacked, other packings fail. A hex
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
  if (packing === undefined) return startsText(first.subarray(0, have)) ? await dumped(whole) : whole;
  const { name, tool, open } = packing;
  if (open !== undefined) return unpacked(whole, name, open(await import("./packed.ts")));
  whole.close();
  const flags = name === "zip" ? "" : " -dc";
  throw new Error(`it is packed with ${name}: ${tool}${flags} FILE | netlab dump -r - …`);
}

/** The longest text that is looked at. */
const LONGEST_TEXT = 64 << 20;

function isText(octet: number): boolean {
  return octet < 127 && (octet >= 32 || octet === 9 || octet === 10 || octet === 13);
}

/** Whether a file that begins so may be text. A pcapng file begins with ends of lines too. */
function startsText(first: Uint8Array): boolean {
  return first.length > 0 && first.every(isText) && latin1Text(first) !== "\n\r\r\n";
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
  const text = concat(parts), blocks = hexDumpOf(text);
  if (blocks?.some(({ side }) => side !== undefined)) {
    throw new Error("it is the dump of a conversation and holds no packets: netlab dump --bytes PROTOCOL < FILE");
  }
  const octets = blocks === undefined ? text : captureOfBlocks(blocks);
  let at = 0;
  return {
    patient: source.patient === true,
    read(into) {
      // What is no dump may be longer.
      if (at === octets.length) return blocks === undefined ? source.read(into) : Promise.resolve(null);
      const count = Math.min(into.length, octets.length - at);
      into.set(octets.subarray(at, at + count));
      at += count;
      return Promise.resolve(count);
    },
    close: () => source.close(),
  };
}

/** No signal is heard for so long at most. */
const DEAF_MS = 50;

async function openFile(path: string): Promise<CaptureSource> {
  const file = await Deno.open(path);
  // A file is there at once: no thread has to wait for it but for the event loop to turn, which brings signals. Pipes and
  // devices are read with patience.
  if (!(await file.stat()).isFile) {
    return { patient: true, read: (into) => file.read(into), close: () => file.close() };
  }
  let heard = performance.now();
  return {
    read(into) {
      const now = performance.now();
      if (now - heard < DEAF_MS) return Promise.resolve(file.readSync(into));
      heard = now;
      return file.read(into);
    },
    close: () => file.close(),
  };
}

/** Octets of packed data that go in at once: what was unpacked before damage in them is kept, so they are few. */
const PIECE = 4096;

/** The octets that `unpacker` makes of `source`. */
function unpacked(source: CaptureSource, name: string, unpacker: Unpacker): CaptureSource {
  const queue: Uint8Array[] = [], piece = new Uint8Array(PIECE);
  let offset = 0, at = 0, ended = false, failure: FormatError | undefined;
  const feed = async () => {
    const count = await source.read(piece);
    at += count ?? 0;
    try {
      await (count === null ? unpacker.end(queue) : unpacker.push(piece.slice(0, count), queue));
    } catch (error) {
      failure = new FormatError(`its ${name} packing breaks near octet ${at}: ${errorText(error)}`, at);
    }
    ended = count === null;
  };
  return {
    patient: source.patient === true,
    async read(into) {
      while (queue.length === 0) {
        if (failure !== undefined) throw failure;
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
      unpacker.close();
      source.close();
    },
  };
}
