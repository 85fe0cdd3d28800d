// The end of a connection: the answer arrives first. No I/O of its own.
import type { Stream } from "../../stream/stream.ts";
import type { Deadlines } from "../deadlines.ts";

/** After the answer: how long the client may go on sending, and how long be silent, before the connection is cut. */
export const DRAIN_MS = 30_000;
const SILENT_MS = 1000;
/** Octets of a read of what nobody wants: mostly nothing comes, but an upload may. */
const SMALL = 600, LARGE = 64 * 1024;

/**
 * Writes `bytes`, ends our half and reads on to the client's end: closing while the client still sends would have the system
 * reset the connection, and the reply would be lost on the way (RFC 9112, 9.6). `pending`: a read that is under way already.
 * Closes `stream`; never throws.
 */
export async function lastWords(
  deadlines: Deadlines,
  stream: Stream,
  bytes: Uint8Array,
  pending?: Promise<number | null>,
): Promise<void> {
  const silence = deadlines.add(SILENT_MS, () => void stream.close());
  try {
    await stream.write(bytes);
    await stream.closeWrite();
  } catch {
    // The client has gone; nobody is left to be told.
  } finally {
    deadlines.clear(SILENT_MS, silence);
  }
  await readOut(deadlines, stream, pending);
}

/** Reads on to the client's end, for nothing, and closes `stream`. `pending` as with `lastWords`; never throws. */
export async function readOut(deadlines: Deadlines, stream: Stream, pending?: Promise<number | null>): Promise<void> {
  const cut = () => void stream.close();
  const end = deadlines.add(DRAIN_MS, cut);
  let silence = deadlines.add(SILENT_MS, cut);
  try {
    for (let buffer = new Uint8Array(SMALL);;) {
      const count = await (pending ?? stream.read(buffer));
      pending = undefined;
      if (count === null) break;
      if (count === SMALL) buffer = new Uint8Array(LARGE);
      deadlines.clear(SILENT_MS, silence);
      silence = deadlines.add(SILENT_MS, cut);
    }
  } catch {
    // It has gone.
  } finally {
    deadlines.clear(SILENT_MS, silence);
    deadlines.clear(DRAIN_MS, end);
    await stream.close();
  }
}
