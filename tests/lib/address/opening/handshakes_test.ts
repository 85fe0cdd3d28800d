import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { shaken, streamHandshake, talkWithin } from "../../../../lib/address/opening/handshakes.ts";
import { ProtocolError } from "../../../../lib/base/errors.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { testContext } from "../../../helpers/endpoint.ts";
import { streamPair } from "../../../helpers/streams.ts";

Deno.test("shaken() gives up the oldest of a crowd that says nothing, and lets who speaks through", async () => {
  const context = testContext();
  const crowd = 3000;
  const given: number[] = [];
  const waiting = new Map<number, (error: Error) => void>();
  const [left, right] = streamPair();
  async function* source(): AsyncGenerator<number> {
    for (let i = 0; i <= crowd; i++) yield i;
  }
  const shake = (item: number): Promise<Stream> =>
    item === crowd ? Promise.resolve(left) : new Promise((_, reject) => waiting.set(item, reject));
  const through: Stream[] = [];
  const giveUp = (item: number) => {
    given.push(item);
    waiting.get(item)!(new Error("closed"));
  };
  for await (const stream of shaken(source(), true, context, { shake, nameOf: String, giveUp })) {
    through.push(stream);
    for (const reject of waiting.values()) reject(new Error("gone"));
  }
  assertEquals(through, [left]);
  assertEquals(given.length, crowd + 1 - 1024);
  assertEquals(given.slice(0, 3), [0, 1, 2]);
  assertStringIncludes(context.lines[0] ?? "", "No connection with 0: given up for newer ones");
  await Promise.all([left.close(), right.close()]);
});

Deno.test("shaken() closes what is ready when nobody takes streams any more", async () => {
  const [left, right] = streamPair();
  const late = Promise.withResolvers<Stream>(), end = Promise.withResolvers<void>();
  const [first] = streamPair();
  async function* source(): AsyncGenerator<Stream> {
    yield left;
    yield first;
    await end.promise;
  }
  const handshake = streamHandshake((stream) => stream === first ? Promise.resolve(first) : late.promise);
  for await (const stream of shaken(source(), true, testContext(), handshake)) {
    assertEquals(stream, first);
    break;
  }
  late.resolve(left);
  assertEquals(await right.read(new Uint8Array(1)), null);
  end.resolve();
});

Deno.test("talkWithin() closes the stream when waiting is over, before or meanwhile, and when the talk fails", async () => {
  const read = (stream: Stream) => async () => {
    if (await stream.read(new Uint8Array(1)) === null) throw new ProtocolError("The peer left");
  };
  const over = new Error("Stopped"), never = { timeoutMs: 60_000 };
  for (
    const [limit, message] of [
      [{ ...never, signal: AbortSignal.abort(over) }, "Stopped"],
      [{ timeoutMs: 1, late: "Nothing came" }, "Nothing came"],
      [{ timeoutMs: 1 }, "timed out"],
    ] as const
  ) {
    const [left, right] = streamPair();
    await assertRejects(() => talkWithin(left, limit, read(left)), Error, message);
    assertEquals(left.closed, true);
    await right.close();
  }
  const [left, right] = streamPair();
  await right.close();
  await assertRejects(() => talkWithin(left, never, read(left)), ProtocolError, "The peer left");
  assertEquals(left.closed, true);
});
