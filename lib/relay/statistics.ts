// The lines of `--statistics` and SIGUSR2: socat 1.8's two, then ours about connections. Pure.
import type { Totals } from "./service.ts";

/** Numbers of a column are as wide as the widest. */
export function statisticsLines(totals: Totals, active: number): string[] {
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
