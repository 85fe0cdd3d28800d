// `netlab dig`: dig's words and text, and what dig does not have.
import { utf8 } from "../lib/base/bytes.ts";
import { once } from "../lib/base/late.ts";
import { lookOver } from "../lib/dns/dig/args.ts";
import { DigExit } from "../lib/dns/dig/defaults.ts";
import type { OctetText } from "../lib/dns/dig/settings.ts";
import { DigSession } from "./dig/session.ts";
import { systemDefaults } from "./dig/system.ts";
import { BufferedOutput, type DigWorld, PROCESS, processOctets } from "./dig/world.ts";

const load = {
  batch: once<typeof import("../lib/dns/dig/batch.ts")>(() => import(import.meta.resolve("../lib/dns/dig/batch.ts"))),
  help: once<typeof import("../lib/dns/dig/help.ts")>(() => import(import.meta.resolve("../lib/dns/dig/help.ts"))),
};

/** Runs `netlab dig` with these arguments in a world; the exit status. */
export async function runIn(world: DigWorld, words: readonly OctetText[]): Promise<number> {
  let session: DigSession | undefined;
  try {
    const output = new BufferedOutput(world);
    const first = lookOver(words, output);
    session = new DigSession(world, first, await systemDefaults(world, output), output);
    await session.prepare(words);
    const { settings } = session.args;
    if (session.batch === undefined) {
      const lookups = session.args.lookups.splice(0);
      if (lookups.length > 0) session.count(await session.run(lookups));
    } else {
      const { runBatch } = await load.batch();
      const interrupt = new AbortController(), stop = () => interrupt.abort();
      Deno.addSignalListener("SIGINT", stop);
      try {
        const { parallel } = settings, { signal: interrupted } = interrupt;
        await runBatch(session, session.batch, { parallel, progress: world.progress, interrupted });
      } finally {
        Deno.removeSignalListener("SIGINT", stop);
      }
      if (interrupt.signal.aborted) throw new DigExit(130);
    }
    session.output.flush();
    return session.status;
  } catch (error) {
    if (!(error instanceof DigExit)) throw error;
    try {
      session?.output.flush();
    } catch (nested) {
      if (!(nested instanceof DigExit)) throw nested;
    }
    return error.status;
  } finally {
    await session?.close();
  }
}

/** Runs `netlab dig` with these arguments; the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length === 1 && args[0] === "--help") {
    const { HELP, OWN_HELP } = await load.help();
    PROCESS.stdout(utf8(HELP + OWN_HELP));
    return 0;
  }
  return await runIn(PROCESS, processOctets(args));
}
