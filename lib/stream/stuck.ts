// Who is not read from any more because the other side has gone: he may wait for a reader before he takes anything. Pure.
import type { Bytes } from "../base/bytes.ts";
import type { Stream } from "./stream.ts";

/** How long a write waits before what the other end says is read in its stead, in milliseconds. */
const STUCK_MS = 5000;

/**
 * Watches the writes to `stream`, which nobody reads from: when one waits for longer than `ms`, what the stream says is read
 * into `buffer` and dropped, so that the other end can go on. `waiting` gives a number of the write that is under way,
 * `undefined` for none. Returns what ends the watch.
 */
export function readWhenStuck(
  stream: Stream,
  buffer: Bytes,
  waiting: () => number | undefined,
  ms = STUCK_MS,
): () => void {
  let before: number | undefined, over = false;
  const drop = async () => {
    try {
      while (!over && await stream.read(buffer) !== null);
    } catch {
      // The write that waits fails too.
    }
  };
  const timer = setInterval(() => {
    const now = waiting();
    if (now !== undefined && now === before) {
      clearInterval(timer);
      drop();
    }
    before = now;
  }, ms);
  return () => {
    over = true;
    clearInterval(timer);
  };
}
