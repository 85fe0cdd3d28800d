// The end of a connection that is refused: the answer arrives first. No I/O of its own.
import type { Stream } from "../../stream/stream.ts";
import type { Deadlines } from "../deadlines.ts";

/** After a refusal: how long, and how much, the client may still send before the connection is cut. */
const DRAIN_MS = 1000;
const DRAIN_OCTETS = 256 * 1024;
/** Octets of a read of what nobody wants. */
const BLOCK = 600;

/**
 * Writes `bytes`, ends our half and waits a moment for the client's end: closing while the client still sends would have
 * the system reset the connection, and the reply would be lost on the way. `pending`: a read that is under way already.
 * Closes `stream`; never throws.
 */
export async function lastWords(
  deadlines: Deadlines,
  stream: Stream,
  bytes: Uint8Array,
  pending?: Promise<number | null>,
): Promise<void> {
  const deadline = deadlines.add(DRAIN_MS, () => void stream.close());
  try {
    await stream.write(bytes);
    await stream.closeWrite();
    const buffer = new Uint8Array(BLOCK);
    for (let total = 0; total < DRAIN_OCTETS;) {
      const count = await (pending ?? stream.read(buffer));
      pending = undefined;
      if (count === null) break;
      total += count;
    }
  } catch {
    // The client has gone; nobody is left to be told.
  } finally {
    deadlines.clear(DRAIN_MS, deadline);
    await stream.close();
  }
}
