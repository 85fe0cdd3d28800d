import { assertEquals, assertRejects } from "@std/assert";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { BatchLines, type BatchRun, runBatch } from "../../../../lib/dns/dig/batch.ts";
import { defaultSettings, DigExit } from "../../../../lib/dns/dig/defaults.ts";
import type { Lookup } from "../../../../lib/dns/dig/settings.ts";

function linesOf(text: string): BatchLines {
  return new BatchLines(
    new ReadableStream({
      start(controller) {
        controller.enqueue(utf8(text));
        controller.close();
      },
    }),
  );
}

Deno.test("runBatch() says nothing of lines behind the one that ended it, though they are read meanwhile", async () => {
  let text = "";
  const output = { out: (more: string) => void (text += more), err: (more: string) => void (text += more), flush() {} };
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const session: BatchRun = {
    args: {
      settings: defaultSettings({ servers: [], search: [], ndots: 1, timeout: 5, tries: 3, idn: false }),
      lookups: [{} as Lookup],
      // The second line is read while the first ends the run.
      async readBatchLine() {
        end();
        for (let i = 0; i < 10; i++) await Promise.resolve();
        session.argsOutput.err("of the second line\n");
        throw new DigExit(1);
      },
    },
    output,
    argsOutput: output,
    async run(_lookups, _settings, output) {
      await ended;
      output.err("of the first line\n");
      throw new DigExit(10);
    },
    count() {},
  };
  const { signal: interrupted } = new AbortController();
  const options = { parallel: 64, progress: undefined, interrupted };
  const { status } = await assertRejects(() => runBatch(session, linesOf("second\n"), options), DigExit) as DigExit;
  assertEquals([text, status], ["of the first line\n", 10]);
});
