// A dialogue on a stream that somebody may want to end: before it is a connection to carry. Pure.
import type { Stream } from "./stream.ts";

/**
 * What `talk` gives, which speaks on `stream`. An abort of `signal` closes the stream, which ends the dialogue, and rejects
 * with the signal's reason. Else the stream stays open, after an error too: that is for its owner.
 */
export async function guarded<T>(
  stream: Pick<Stream, "close">,
  signal: AbortSignal | undefined,
  talk: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const onAbort = () => void stream.close(signal!.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await talk();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
