// Giving memory back to the system after a peak: the runtime collects when it needs room, a server should when it has some.
import { once } from "../base/late.ts";

/** The runtime's garbage collector. Two of its modules are needed for it, which take as long as all of a start. */
const collector = once(async (): Promise<() => unknown> => {
  try {
    const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import("node:v8"), import("node:vm")]);
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    if (typeof collect === "function") return () => collect();
  } catch {
    // This runtime does not let us.
  }
  return () => {};
});

/** What returns free pages to the system, where it can be told to. */
function pageReturner(): () => unknown {
  try {
    // glibc keeps what is freed; others have no such function and no such habit.
    const { symbols } = Deno.dlopen("libc.so.6", { malloc_trim: { parameters: ["usize"], result: "i32" } });
    return () => symbols.malloc_trim(0n);
  } catch {
    // Not glibc, or not allowed.
    return () => {};
  }
}

/** A peak below this many is not worth the work. */
const WORTH = 200;

/**
 * Returns memory after peaks, as far as runtime and system let it. Made before permissions are given up; what is given
 * begins to look, every second, at how many there are: once less than half of a peak is left, memory is returned. That
 * gives what ends the looking.
 */
export function memoryAfterPeaks(count: () => number): () => () => void {
  const returnPages = pageReturner();
  return () => {
    let peak = 0, waiting = 0;
    const timer = setInterval(() => {
      const now = count();
      peak = Math.max(peak, now);
      if (peak < WORTH || now * 2 > peak) waiting = 0;
      // A second look: what has just been closed is let go of by then.
      else if (++waiting === 2) {
        waiting = 0;
        peak = now;
        void collector().then((collect) => {
          collect();
          returnPages();
        });
      }
    }, 1000);
    Deno.unrefTimer(timer);
    return () => clearInterval(timer);
  };
}
