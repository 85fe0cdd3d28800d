// An end to waiting for a peer, for things of which there are many: a timer that is taken back costs a third of a signal
// made of signals, and leaves nothing behind that lives on until its time. Not pure (a timer).

/** When waiting ends: after so long, or when `signal` aborts. */
export interface Limit {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/**
 * Calls `end` once with the reason (a `DOMException` named `TimeoutError`, or the signal's) when waiting is over, at once
 * when it is over already. The function that it gives takes that back.
 */
export function limited({ signal, timeoutMs }: Limit, end: (reason: unknown) => void): () => void {
  if (signal?.aborted) {
    end(signal.reason);
    return () => {};
  }
  const over = (reason: unknown) => {
    takeBack();
    end(reason);
  };
  const onAbort = () => over(signal!.reason);
  const timer = setTimeout(() => over(new DOMException("Signal timed out.", "TimeoutError")), timeoutMs);
  signal?.addEventListener("abort", onAbort, { once: true });
  const takeBack = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  };
  return takeBack;
}

/**
 * Calls `work` with a signal that ends with `signal` or after `timeoutMs`, and of which nothing is left when it is over. One of
 * `AbortSignal.any` is: a signal that lives on keeps 600 octets of each that was made of it. Without `timeoutMs` it is `signal`.
 */
export async function withinLimit<T>(
  { signal, timeoutMs }: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined) return await work(signal);
  const abort = new AbortController();
  const takeBack = limited({ signal, timeoutMs }, (reason) => abort.abort(reason));
  try {
    return await work(abort.signal);
  } finally {
    takeBack();
  }
}
