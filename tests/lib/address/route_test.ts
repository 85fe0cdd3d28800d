import { assertEquals, assertStringIncludes } from "@std/assert";
import { layered } from "../../../lib/address/route.ts";
import { streamPair } from "../../../lib/stream/pair.ts";
import type { Stream } from "../../../lib/stream/stream.ts";
import { testContext } from "../../helpers/endpoint.ts";

Deno.test("layered() gives up the oldest of a crowd that says nothing, and lets who speaks through", async () => {
  const context = testContext();
  const crowd = 3000;
  const given: number[] = [];
  const waiting = new Map<number, (error: Error) => void>();
  const [left, right] = streamPair();
  async function* source(): AsyncGenerator<number> {
    for (let i = 0; i <= crowd; i++) yield i;
  }
  const layer = (item: number): Promise<Stream> =>
    item === crowd ? Promise.resolve(left) : new Promise((_, reject) => waiting.set(item, reject));
  const through: Stream[] = [];
  const giveUp = (item: number) => {
    given.push(item);
    waiting.get(item)!(new Error("closed"));
  };
  for await (const stream of layered(source(), layer, true, context, { nameOf: String, giveUp })) {
    through.push(stream);
    for (const reject of waiting.values()) reject(new Error("gone"));
  }
  assertEquals(through, [left]);
  assertEquals(given.length, crowd + 1 - 1024);
  assertEquals(given.slice(0, 3), [0, 1, 2]);
  assertStringIncludes(context.lines[0] ?? "", "No connection with 0: given up for newer ones");
  await Promise.all([left.close(), right.close()]);
});
