// What the benchmarks share: medians, ratios and the table that they print.

export interface Row {
  what: string;
  /** Figures with their unit. */
  ours: string;
  peer: string;
  /** How many times better we are than the peer; below 1 is worse. */
  ratio: number | undefined;
  /** What the ratio (or our figure) is to reach. */
  target: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Runs each of the functions in turn, `rounds` times: A B C A B C …; the medians. */
export async function rounds(count: number, ...runs: (() => Promise<number>)[]): Promise<number[]> {
  const values: number[][] = runs.map(() => []);
  for (let round = 0; round < count; round++) {
    for (let i = 0; i < runs.length; i++) values[i]!.push(await runs[i]!());
  }
  return values.map(median);
}

/** A rate as the tables show it. */
export const gbit = (value: number) => `${value.toFixed(value < 1 ? 3 : 1)} Gbit/s`;
export const perSecond = (value: number) => `${Math.round(value).toLocaleString("en")}/s`;

/** A figure that is to be large, beside a peer's. */
export function beside(
  what: string,
  text: (value: number) => string,
  ours: number,
  peer: number,
  target: string,
): Row {
  return { what, ours: text(ours), peer: text(peer), ratio: ours / peer, target };
}

/** A figure that no peer has. */
export function alone(what: string, ours: string, target = ""): Row {
  return { what, ours, peer: "", ratio: undefined, target };
}

/** Prints a Markdown table. */
export function printTable(title: string, rows: readonly Row[]): void {
  const cells = rows.map(({ what, ours, peer, ratio, target }) => [
    what,
    ours,
    peer,
    ratio === undefined ? "" : ratio.toFixed(2),
    target,
  ]);
  console.log(`\n### ${title}\n`);
  console.log("| what | netlab | peer | ratio | to reach |");
  console.log("|---|---|---|---|---|");
  for (const row of cells) console.log(`| ${row.join(" | ")} |`);
}
