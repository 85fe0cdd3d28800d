import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import { UsageError } from "../../../../lib/base/errors.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { carry } from "../../../../lib/stream/carry.ts";
import { assertLeavesNothing, openOne } from "../../../helpers/endpoint.ts";
import { readText, streamPair } from "../../../helpers/streams.ts";

Deno.test("BROKER joins all that open it under one name", async () => {
  const [a, b, elsewhere] = [await openOne("broker:room"), await openOne("broker:room"), await openOne("broker")];
  await a.write(utf8("hello"));
  assertEquals(await readText(b), "hello");
  await elsewhere.closeWrite();
  assertEquals(await readText(elsewhere), null);
  for (const stream of [a, b, elsewhere]) await stream.close();
});

Deno.test("BROKER shuts out who takes nothing: the connection ends at once, though nothing of it is written", async () => {
  const talker = await openOne("broker:slow");
  const sleeper = await openOne("broker:slow,queue=10,patience=10ms");
  const [peer, far] = streamPair();
  // The peer stands still in the middle of a write, which is what shuts it out.
  peer.write = () => new Promise(() => {});
  const carried = carry(peer, sleeper);
  for (let i = 0; i < 5; i++) await talker.write(utf8("0123456789"));
  const { ended, side, error } = await carried;
  assertEquals([ended, side], ["error", "right"]);
  assertMatch(String(error), /Shut out as too slow: it took nothing for 0.01 s while 10 octets waited/);
  await talker.close();
  await far.close();
});

Deno.test("MERGE writes whole lines of many into one", async () => {
  const folder = await Deno.makeTempDir();
  const address = `merge:"open:${folder}/log,creat,append",line`;
  const [a, b] = [await openOne(address), await openOne(address)];
  await a.write(utf8("one "));
  await b.write(utf8("two\n"));
  await a.write(utf8("half\nrest"));
  await a.closeWrite();
  assertEquals(await readText(a), null);
  await b.close();
  await a.close();
  assertEquals(await Deno.readTextFile(`${folder}/log`), "two\none half\nrest");
  const again = await openOne(address);
  await again.write(utf8("!\n"));
  await again.close();
  assertEquals(await Deno.readTextFile(`${folder}/log`), "two\none half\nrest!\n");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("MERGE answers everybody with what the one says", async () => {
  const [a, b] = [await openOne("merge:pipe"), await openOne("merge:pipe")];
  await a.write(utf8("ping"));
  assertEquals([await readText(a), await readText(b)], ["ping", "ping"]);
  await a.close();
  await b.close();
});

Deno.test("MERGE needs one address that opens to one stream", () => {
  assertThrows(() => parseEndpoint("merge"), UsageError);
  assertThrows(() => parseEndpoint('merge:"tcp-listen:1,fork"'), UsageError, "MERGE shares one stream");
  assertEquals(parseEndpoint("merge:tcp:127.0.0.1:1").needs, ["net"]);
});

Deno.test({
  name: "rooms leave nothing behind",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    assertLeavesNothing(200, async () => {
      const streams = [await openOne("broker"), await openOne("broker"), await openOne("merge:pipe")];
      await streams[0]!.write(utf8("x"));
      for (const stream of streams) await stream.close();
    }),
});
