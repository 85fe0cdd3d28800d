import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { latin1, latin1Text } from "../../../lib/base/bytes.ts";
import { readAll, streamPair } from "../../helpers/streams.ts";

Deno.test("Stream.readable piped to Stream.writable, both ways, is a relay: half-close passes, datagrams stay whole", async () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 4 }), { maxLength: 5 });
  await fc.assert(fc.asyncProperty(fc.constantFrom("bytes", "datagrams"), texts, async (kind, sent) => {
    const [a, b] = streamPair(kind), [c, d] = streamPair(kind);
    const piped = Promise.all([b.readable.pipeTo(c.writable), c.readable.pipeTo(b.writable)]);
    for (const [from, to] of [[a, d], [d, a]] as const) {
      const sending = (async () => {
        for (const text of sent) await from.write(latin1(text));
        await from.closeWrite();
      })();
      const got: string[] = [];
      await to.each((chunk) => void got.push(latin1Text(chunk)), 100);
      await sending;
      if (kind === "datagrams") assertEquals(got, sent);
      else assertEquals(got.join(""), sent.join(""));
    }
    await piped;
  }));
});

Deno.test("Stream.readable fills a reader's own buffer, no further than it asks", async () => {
  const [a, b] = streamPair();
  const reader = (b.readable as ReadableStream<Uint8Array<ArrayBuffer>>).getReader({ mode: "byob" });
  const sending = a.write(latin1("abc")).then(() => a.write(latin1("def"))).then(() => a.closeWrite());
  const read = async (size: number, min: number) => {
    const { done, value } = await reader.read(new Uint8Array(size), { min });
    return [done, latin1Text(value!)];
  };
  assertEquals(await read(5, 5), [false, "abcde"]);
  assertEquals(await read(5, 1), [false, "f"]);
  assertEquals(await read(5, 1), [true, ""]);
  await sending;
});

Deno.test("cancelling Stream.readable gives up both halves, and so does aborting Stream.writable", async () => {
  for (const kind of ["bytes", "datagrams"] as const) {
    for (const giveUp of ["cancel", "abort"] as const) {
      const [a, b] = streamPair(kind);
      await (giveUp === "cancel" ? b.readable.cancel() : b.writable.abort());
      assertEquals([b.closed, (await readAll(a)).length], [true, 0]);
    }
  }
});
