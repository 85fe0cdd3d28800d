// Opening an address again: `retry`, `forever` and `interval` after a failure, `fork` on an address that connects after a
// success. Pure.
import { errorText } from "../../base/errors.ts";
import type { Stream } from "../../stream/stream.ts";
import type { OpenContext } from "../model.ts";

/** How often, and how long to wait between. */
export interface Attempts {
  readonly retry: number | undefined;
  readonly forever: boolean;
  /** Milliseconds. Default 1000. */
  readonly interval: number | undefined;
  /** Open once more after each success, too: a connecting address with `fork`. */
  readonly again: boolean;
}

/**
 * The streams of the source that `open` gives. One that fails before its first stream is opened again as often as
 * `attempts` say; the last failure is thrown. Successes do not add attempts, as in socat. With `again` there is no end but
 * a failure or the signal of `context`.
 */
export async function* attempted(
  open: () => AsyncIterable<Stream>,
  attempts: Attempts,
  context: Pick<OpenContext, "signal" | "log">,
): AsyncGenerator<Stream> {
  const { signal, log } = context;
  let left = attempts.forever ? Infinity : attempts.retry ?? 0;
  for (;;) {
    let yielded = false, failure: { error: unknown } | undefined;
    try {
      for await (const stream of open()) {
        yielded = true;
        yield stream;
      }
      if (!attempts.again) return;
    } catch (error) {
      if (signal.aborted && attempts.again) return;
      if (yielded || left-- <= 0 || signal.aborted) throw error;
      log.info(`${errorText(error)}: trying again`);
      failure = { error };
    }
    await pause(attempts.interval ?? 1000, signal);
    if (!signal.aborted) continue;
    if (failure !== undefined && !attempts.again) throw failure.error;
    return;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
