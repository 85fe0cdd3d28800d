// `netlab dig`: dig's words and text, and what dig does not have.
import { latin1Text, utf8 } from "../lib/base/bytes.ts";
import { DigExit } from "../lib/dns/dig/settings.ts";
import { DigSession } from "./dig_session.ts";
import { type DigWorld, PROCESS } from "./dig_world.ts";

const load = {
  batch: (): Promise<typeof import("../lib/dns/dig/batch.ts")> =>
    import(import.meta.resolve("../lib/dns/dig/batch.ts")),
  help: (): Promise<typeof import("../lib/dns/dig/help.ts")> => import(import.meta.resolve("../lib/dns/dig/help.ts")),
};

/** Runs `netlab dig` with these arguments in a world; the exit status. */
export async function runIn(world: DigWorld, args: readonly string[]): Promise<number> {
  const words = args.map((arg) => /[\u0080-\uffff]/.test(arg) ? latin1Text(utf8(arg)) : arg);
  let session: DigSession | undefined;
  try {
    session = new DigSession(world);
    await session.prepare(words);
    const { settings } = session.args;
    const lookups = session.args.lookups.splice(0);
    if (lookups.length > 0) session.count(await session.run(lookups));
    if (session.batch !== undefined) {
      const { runBatch } = await load.batch();
      await runBatch(session, session.batch, settings.parallel, world.progress);
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
    session?.close();
  }
}

/** Runs `netlab dig` with these arguments; the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length === 1 && args[0] === "--help") {
    const { HELP, OWN_HELP } = await load.help();
    PROCESS.stdout(utf8(HELP + OWN_HELP));
    return 0;
  }
  return await runIn(PROCESS, args);
}
