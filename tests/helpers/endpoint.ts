// Opening addresses in tests: a context, one stream or many, leaks of descriptors and children.
import { parseEndpoint } from "../../lib/address/list.ts";
import type { OpenContext } from "../../lib/address/model.ts";
import { Log } from "../../lib/base/log.ts";
import { utf8, utf8Text } from "../../lib/base/bytes.ts";
import type { Stream } from "../../lib/stream/stream.ts";
import { readAll } from "./streams.ts";

/** A context with what it logged and where it listens. */
interface TestContext extends OpenContext {
  readonly lines: string[];
  readonly listening: Promise<string>;
  stop(): void;
}

/** A context of its own. */
export function testContext(parts: Partial<OpenContext> = {}): TestContext {
  const lines: string[] = [];
  const bound = Promise.withResolvers<string>();
  const stopping = new AbortController();
  return {
    log: new Log({ level: "debug", format: "text", program: "test", pid: 0, write: (line) => lines.push(line) }),
    signal: stopping.signal,
    compat: false,
    family: undefined,
    side: "right",
    onListening: (where) => bound.resolve(where),
    ...parts,
    lines,
    listening: bound.promise,
    stop: () => stopping.abort(),
  };
}

/** The first stream of an address. */
export async function openOne(text: string, context: OpenContext = testContext()): Promise<Stream> {
  for await (const stream of parseEndpoint(text, { compat: context.compat }).open(context)) return stream;
  throw new Error(`"${text}" opened to nothing`);
}

/** Writes text, sends end-of-file, gives everything that comes back, closes. */
export async function ask(stream: Stream, text: string): Promise<string> {
  try {
    const reading = readAll(stream);
    await stream.write(utf8(text));
    await stream.closeWrite();
    return utf8Text(await reading);
  } finally {
    await stream.close();
  }
}

/** Everything that an address gives. */
export async function readWhole(text: string, context: OpenContext = testContext({ use: "read" })): Promise<string> {
  await using stream = await openOne(text, context);
  return utf8Text(await readAll(stream));
}

/** Descriptors of this process, or of another one. */
export function descriptors(process: number | "self" = "self"): number {
  return [...Deno.readDirSync(`/proc/${process}/fd`)].length;
}

/** Children of this process that are alive or were not asked after. */
function children(): number {
  let count = 0;
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === Deno.pid) count++;
    } catch {
      // Ended while we looked.
    }
  }
  return count;
}

/**
 * Opens and closes `times` times; fails when descriptors, children or names in `folder` stay behind. The first round
 * does not count: it loads libraries.
 */
export async function assertLeavesNothing(times: number, round: () => Promise<void>, folder?: string): Promise<void> {
  await round();
  const names = () => folder === undefined ? 0 : [...Deno.readDirSync(folder)].length;
  const before = { descriptors: descriptors(), children: children(), names: names() };
  for (let i = 0; i < times; i++) await round();
  const after = { descriptors: descriptors(), children: children(), names: names() };
  for (const what of ["descriptors", "children", "names"] as const) {
    // The runtime opens a few descriptors of its own now and then; a leak would show once in each round.
    const allowed = what === "descriptors" ? Math.floor(times / 10) : 0;
    if (after[what] > before[what] + allowed) {
      throw new Error(`${after[what] - before[what]} ${what} stayed behind after ${times} rounds`);
    }
  }
}

/** Serves an address in this process, and tells where it listens (the port, where there is one). */
export async function serving(
  text: string,
  serve: (stream: Stream) => Promise<void>,
  body: (port: number, context: TestContext) => Promise<void>,
): Promise<void> {
  const context = testContext({ side: "left" });
  const running = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const stream of parseEndpoint(text).open(context)) {
      const job: Promise<void> = serve(stream).catch((error) => void context.lines.push(`serve: ${error}`))
        .finally(() => stream.close()).finally(() => running.delete(job));
      running.add(job);
    }
  })();
  try {
    const where = await Promise.race([context.listening, accepting.then(() => "ended")]);
    await body(Number(/:(\d+)$/.exec(where)?.[1]), context);
  } finally {
    context.stop();
    await accepting;
    await Promise.all(running);
  }
}

/** As `assertLeavesNothing`; the other side of each round may take a moment to close what it has. */
export async function leavesNothing(times: number, round: () => Promise<void>): Promise<void> {
  let usual: number | undefined;
  await assertLeavesNothing(times, async () => {
    await round();
    for (let tries = 0; tries < 40 && descriptors() > (usual ?? 0); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    usual ??= descriptors();
  });
}

/** Gives everything back at its end. */
export async function echo(stream: Stream): Promise<void> {
  await stream.write(await readAll(stream));
  await stream.closeWrite();
}
