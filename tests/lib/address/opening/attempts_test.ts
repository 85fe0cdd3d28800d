import { assertEquals, assertRejects } from "@std/assert";
import { attempted } from "../../../../lib/address/opening/attempts.ts";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { EchoStream } from "../../../../lib/stream/echo.ts";
import { utf8Text } from "../../../../lib/base/bytes.ts";
import { assertLeavesNothing, testContext } from "../../../helpers/endpoint.ts";
import { freePort, tcpServer } from "../../../helpers/netlab.ts";
import { readAll } from "../../../helpers/streams.ts";

const none = { retry: undefined, forever: false, interval: 1, again: false };

/** A source that fails as often as it is told to, then opens. */
function failing(times: number): { open(): AsyncIterable<Stream>; opened: () => number } {
  let opened = 0;
  return {
    opened: () => opened,
    async *open() {
      if (opened++ < times) throw new Error(`failure ${opened}`);
      yield new EchoStream({ label: "echo" });
    },
  };
}

async function count(source: AsyncIterable<Stream>): Promise<number> {
  let streams = 0;
  for await (const stream of source) {
    streams++;
    await stream.close();
  }
  return streams;
}

Deno.test("attempted() opens again as often as retry says, and throws the last failure", async () => {
  const twice = failing(2);
  const context = testContext();
  assertEquals(await count(attempted(twice.open, { ...none, retry: 2 }, context)), 1);
  assertEquals(context.lines.length, 2);
  assertEquals(await count(attempted(failing(5).open, { ...none, forever: true }, context)), 1);
  const thrice = failing(3);
  await assertRejects(() => count(attempted(thrice.open, { ...none, retry: 1 }, context)), Error, "failure 2");
  assertEquals(thrice.opened(), 2);
  await assertRejects(() => count(attempted(failing(1).open, none, context)), Error, "failure 1");
});

Deno.test("attempted() with again opens after each success, until a failure or the signal", async () => {
  let opened = 0;
  const open = async function* () {
    if (++opened > 3) throw new Error("no more");
    yield new EchoStream({ label: "echo" });
  };
  await assertRejects(() => count(attempted(open, { ...none, again: true }, testContext())), Error, "no more");
  assertEquals(opened, 4);

  const context = testContext();
  let streams = 0;
  for await (const stream of attempted(failing(0).open, { ...none, again: true }, context)) {
    await stream.close();
    if (++streams === 3) context.stop();
  }
  assertEquals(streams, 3);
});

Deno.test("attempted() ends its wait when the signal comes", async () => {
  const context = testContext();
  const waiting = count(attempted(failing(9).open, { ...none, forever: true, interval: 1e6 }, context));
  context.stop();
  await assertRejects(() => waiting, Error, "failure 1");
});

Deno.test("TCP with fork connects again and again, each connection by itself", async () => {
  let peers = 0;
  await using server = tcpServer(async (conn) => void await conn.write(new TextEncoder().encode(`${++peers}`)));
  const context = testContext();
  const texts: string[] = [];
  const endpoint = parseEndpoint(`tcp:127.0.0.1:${server.port},fork,interval=0.001`);
  for await (const stream of endpoint.open(context)) {
    await using given = stream;
    texts.push(utf8Text(await readAll(given)));
    if (texts.length === 5) context.stop();
  }
  assertEquals(texts, ["1", "2", "3", "4", "5"]);
  // Refused: the end, but for retry and forever.
  const dead = parseEndpoint(`tcp:127.0.0.1:${freePort()},fork,retry=2,interval=0.001`);
  await assertRejects(() => count(dead.open(testContext())), Error, "Connection refused");
});

Deno.test("TCP with fork leaves nothing behind", async () => {
  await using server = tcpServer(async (conn) => void await conn.write(new Uint8Array(1)));
  await assertLeavesNothing(50, async () => {
    const context = testContext();
    let streams = 0;
    for await (const stream of parseEndpoint(`tcp:127.0.0.1:${server.port},fork,interval=0`).open(context)) {
      await readAll(stream);
      await stream.close();
      if (++streams === 10) context.stop();
    }
  });
});
