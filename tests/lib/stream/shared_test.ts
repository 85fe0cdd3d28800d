import { assertEquals, assertRejects } from "@std/assert";
import { utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { SharedStream } from "../../../lib/stream/shared.ts";
import { readAll, streamPair } from "../../helpers/streams.ts";

Deno.test("SharedStream takes what all views write, and ends when it is closed itself", async () => {
  const [one, far] = streamPair();
  const got = readAll(far);
  const shared = new SharedStream(one);
  const first = shared.view(), second = shared.view();
  await Promise.all([first.write(utf8("one ")), second.write(utf8("two "))]);
  await first.closeWrite();
  await first.close();
  await second.write(utf8("three"));
  await second.close();
  await shared.close();
  assertEquals(utf8Text(await got), "one two three");
  await far.close();
});

Deno.test("SharedStream gives what it reads to who waits longest, and loses nothing of who has left", async () => {
  const [one, far] = streamPair();
  const shared = new SharedStream(one);
  const first = shared.view(), second = shared.view(), third = shared.view();
  const views = Array.from({ length: 4 }, () => new Uint8Array(4));
  const left = first.read(views[0]!), waits = second.read(views[1]!);
  await first.close();
  assertEquals(await left, null);
  await far.write(utf8("abcdefgh"));
  assertEquals([await waits, utf8Text(views[1]!)], [4, "abcd"]);
  assertEquals([await third.read(views[2]!), utf8Text(views[2]!)], [4, "efgh"]);
  // Who has said all lets the others read first, but not lose what is for him.
  await second.closeWrite();
  const answers = [second.read(views[1]!), third.read(views[2]!)];
  await far.write(utf8("live"));
  assertEquals([await answers[1], utf8Text(views[2]!)], [4, "live"]);
  await far.write(utf8("late"));
  assertEquals([await answers[0], utf8Text(views[1]!)], [4, "late"]);
  const ends = [second.read(views[1]!), third.read(views[2]!)];
  await far.closeWrite();
  assertEquals(await Promise.all(ends), [null, null]);
  assertEquals(await first.read(views[0]!), null);
  await shared.close();
  await far.close();
});

Deno.test("SharedStream tells all that wait when it fails, and closes after what is being written", async () => {
  const [one, far] = streamPair();
  const shared = new SharedStream(one);
  const views = [shared.view(), shared.view()];
  const reads = views.map((view) => assertRejects(() => view.read(new Uint8Array(1)), Error, "boom"));
  await far.close(new Error("boom"));
  await Promise.all(reads);
  const [other, end] = streamPair();
  const late = new SharedStream(other);
  const written = late.view().write(utf8("last"));
  const closed = late.close();
  assertEquals(utf8Text(await readAll(end)), "last");
  await Promise.all([written, closed]);
});
