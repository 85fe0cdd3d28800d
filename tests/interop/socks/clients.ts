// Which client does what through `netlab socks`: one line a case. The test runs them, the table for the README shows them.
// To add a client: its cases in one of the files below; its programs are looked for by name.
import { has } from "../../helpers/netlab.ts";
import { type Case, LOGGED } from "./cases.ts";
import { CARRIERS } from "./cases_carriers.ts";
import { LIBRARIES, npm } from "./cases_libraries.ts";
import { PROGRAMS } from "./cases_programs.ts";
import { READERS } from "./cases_readers.ts";
import { SCRIPTS } from "./cases_scripts.ts";
import { SERVICES } from "./cases_services.ts";
import { TOOLKITS } from "./cases_toolkits.ts";
import { TOOLS } from "./cases_tools.ts";
import type { Lab } from "./lab.ts";
import { WRAPPED } from "./cases_wrapped.ts";

/** Every case: client, what it shows, what it needs, how. */
export const CASES: readonly Case[] = [
  ...TOOLS,
  ...WRAPPED,
  ...LIBRARIES,
  ...SCRIPTS,
  ...TOOLKITS,
  ...PROGRAMS,
  ...SERVICES,
  ...READERS,
  ...CARRIERS,
];

/** The programs of a case that are not installed. */
export function missing(one: Case): string[] {
  return one.programs.filter((program) => {
    if (program === "npm:socks") return npm === undefined;
    if (!program.startsWith("/")) return !has(program);
    try {
      return !Deno.statSync(program).isFile;
    } catch {
      return true;
    }
  });
}

/** Runs a case: the client must get its answer, and the proxy must have seen it ask as the case says. */
export async function runCase(one: Case, lab: Lab): Promise<void> {
  const proxy = one.shows.includes("login") ? lab.closedProxy : lab.openProxy;
  const before = proxy.stderr.length;
  await one.run(lab);
  for (const column of one.shows) await proxy.line(LOGGED[column], before);
}
