// The README's table "which client does what", from a run of every case with what is installed here.
import { COLUMNS } from "./cases.ts";
import { CASES, missing, runCase } from "./clients.ts";
import { Lab } from "./lab.ts";

await using lab = await Lab.start();
const rows: string[] = [];
for (const client of new Set(CASES.map((one) => one.client))) {
  const seen = new Map<string, string>();
  let absent = false;
  for (const one of CASES.filter((one) => one.client === client)) {
    if (missing(one).length > 0) {
      absent = true;
      continue;
    }
    let mark = "yes";
    try {
      await runCase(one, lab);
    } catch (error) {
      mark = "**no**";
      console.error(`${client}: ${one.shows.join(", ")}: ${error instanceof Error ? error.message : error}`);
    }
    for (const column of one.shows) if (mark !== "yes" || !seen.has(column)) seen.set(column, mark);
  }
  if (absent && seen.size === 0) continue;
  rows.push(`| ${client} | ${COLUMNS.map((column) => seen.get(column) ?? "").join(" | ")} |`);
}
console.log(`| client | ${COLUMNS.join(" | ")} |\n|---|${COLUMNS.map(() => "---|").join("")}\n${rows.join("\n")}`);
