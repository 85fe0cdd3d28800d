// The lines of `--statistics` and SIGUSR2: socat 1.8's two, then ours about connections. Pure.
import type { Log } from "../base/log.ts";
import type { Totals } from "./service.ts";

/**
 * Tells statistics at whatever level of the log. With `compat` socat's lines alone, as it writes them: with the warning, at
 * its level, and of the one direction that is carried (`only`).
 */
export function tellStatistics(
  log: Log,
  totals: Totals,
  active: number,
  compat?: { readonly only: ">" | "<" | undefined },
): void {
  const lines = statisticsLines(totals, active);
  if (compat === undefined) return lines.forEach((line) => log.tell(line));
  log.tell("statistics are experimental", "warning");
  if (compat.only !== "<") log.tell(lines[0]!, "info");
  if (compat.only !== ">") log.tell(lines[1]!, "info");
}

/** Numbers of a column are as wide as the widest. */
function statisticsLines(totals: Totals, active: number): string[] {
  const blocks = columnOf(totals.sentBlocks, totals.receivedBlocks);
  const octets = columnOf(totals.sent, totals.received);
  const direction = (name: string, packets: number, count: number) =>
    `STATISTICS: ${name}: ${blocks(packets)} packets(s), ${octets(count)} byte(s)`;
  return [
    direction("left to right", totals.sentBlocks, totals.sent),
    direction("right to left", totals.receivedBlocks, totals.received),
    `STATISTICS: connections: ${totals.connections}, failed: ${totals.failed}, open: ${active}`,
  ];
}

function columnOf(...numbers: number[]): (number: number) => string {
  const width = Math.max(...numbers.map((number) => String(number).length));
  return (number) => String(number).padStart(width);
}
