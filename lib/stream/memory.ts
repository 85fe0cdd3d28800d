// Giving memory back to the system after a peak: the runtime collects when it needs room, a server should when it has some.

/**
 * What collects garbage and returns free pages, as far as runtime and system let it. Made before permissions are given
 * up; calling it takes some milliseconds.
 */
export async function memoryReturner(): Promise<() => void> {
  const steps: (() => unknown)[] = [];
  try {
    const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import("node:v8"), import("node:vm")]);
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    if (typeof collect === "function") steps.push(() => collect());
  } catch {
    // This runtime does not let us.
  }
  try {
    // glibc keeps what is freed; others have no such function and no such habit.
    const { symbols } = Deno.dlopen("libc.so.6", { malloc_trim: { parameters: ["usize"], result: "i32" } });
    steps.push(() => symbols.malloc_trim(0n));
  } catch {
    // Not glibc, or not allowed.
  }
  return () => steps.forEach((step) => step());
}

/** A peak below this many is not worth the work. */
const WORTH = 200;

/** Looks every second at how many there are; once less than half of a peak is left, memory is returned. */
export async function returnMemoryAfterPeaks(count: () => number): Promise<() => void> {
  const giveBack = await memoryReturner();
  let peak = 0, waiting = 0;
  const timer = setInterval(() => {
    const now = count();
    peak = Math.max(peak, now);
    if (peak < WORTH || now * 2 > peak) waiting = 0;
    // A second look: what has just been closed is let go of by then.
    else if (++waiting === 2) {
      waiting = 0;
      peak = now;
      giveBack();
    }
  }, 1000);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}
