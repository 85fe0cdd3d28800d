// Octets with errors in them, the same ones in each run.

/** A generator of numbers below `limit` that gives the same ones in each run. */
export function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * limit);
  };
}

/** Some octets changed, some taken out, some put in. */
export function mutate(bytes: Uint8Array, next: (limit: number) => number): Uint8Array {
  const out = [...bytes];
  for (let i = next(6); i > 0 && out.length > 0; i--) {
    const at = next(out.length);
    const kind = next(4);
    if (kind === 0) out.splice(at, 1 + next(8));
    else if (kind === 1) out.splice(at, 0, next(256), next(256));
    else out[at] = [0, 1, 0x7f, 0x80, 0xff, next(256)][next(6)]!;
  }
  return Uint8Array.from(out);
}
