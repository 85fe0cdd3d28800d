// Who is not read from any more because the other side has gone: he may wait for a reader before he takes anything. Pure.
import type { Bytes } from "../base/bytes.ts";
import type { Stream } from "./stream.ts";

/** How long a write waits before what the other end says is read in its stead, in milliseconds. */
const STUCK_MS = 5000;
/** It is looked at so often meanwhile. */
const LOOKS = 5;

/**
 * Watches the writes to `stream`, which nobody reads from: when one waits for longer than `ms`, what the stream says is read
 * into `buffer` and dropped, so that the other end can go on; with an echo at once, as nothing else makes room in it. `waiting`
 * gives a number of the write that is under way, `undefined` for none. Returns what ends the watch.
 */
export function readWhenStuck(
  stream: Stream,
  buffer: Bytes,
  waiting: () => number | undefined,
  ms = STUCK_MS,
): () => void {
  let before: number | undefined, over = false, looks = 0;
  const drop = async () => {
    try {
      while (!over && await stream.read(buffer) !== null);
    } catch {
      // The write that waits fails too.
    }
  };
  if (stream.echoes) {
    drop();
    return () => void (over = true);
  }
  const timer = setInterval(() => {
    const now = waiting();
    looks = now !== undefined && now === before ? looks + 1 : 0;
    before = now;
    if (looks < LOOKS) return;
    clearInterval(timer);
    drop();
  }, ms / LOOKS);
  return () => {
    over = true;
    clearInterval(timer);
  };
}
