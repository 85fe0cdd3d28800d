import { assertEquals } from "@std/assert";
import { utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { readAll } from "../../../lib/stream/exact.ts";
import { streamPair } from "../../../lib/stream/pair.ts";
import { SharedStream } from "../../../lib/stream/shared.ts";

Deno.test("SharedStream takes what all views write, and ends when it is closed itself", async () => {
  const [one, far] = streamPair();
  const got = readAll(far);
  const shared = new SharedStream(one);
  const first = shared.view(), second = shared.view();
  await Promise.all([first.write(utf8("one ")), second.write(utf8("two "))]);
  assertEquals((await readAll(first)).length, 0);
  await first.closeWrite();
  await first.close();
  await second.write(utf8("three"));
  await second.close();
  await shared.close();
  assertEquals(utf8Text(await got), "one two three");
  await far.close();
});
