import { assert, assertEquals, assertRejects } from "@std/assert";
import { utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { Funnel, type HubOptions, Room } from "../../../lib/stream/hub.ts";
import type { Stream } from "../../../lib/stream/stream.ts";
import { readAll, streamPair } from "../../helpers/streams.ts";

const OPTIONS: HubOptions = { lines: false, queueSize: 1024, patienceMs: 5000 };
const about = { label: "member" };

async function readText(stream: Stream): Promise<string> {
  const view = new Uint8Array(4096);
  const count = await stream.read(view);
  return count === null ? "" : utf8Text(view.subarray(0, count));
}

Deno.test("Room: each member hears all others, not itself", async () => {
  let empty = false;
  const room = new Room(() => empty = true);
  const [a, b, c] = [room.join(about, OPTIONS), room.join(about, OPTIONS), room.join(about, OPTIONS)];
  await a.write(utf8("hello"));
  assertEquals(await readText(b), "hello");
  assertEquals(await readText(c), "hello");
  await b.write(utf8("back"));
  assertEquals(await readText(a), "back");
  for (const member of [a, b, c]) await member.close();
  assert(empty);
});

Deno.test("Room: in a chat each line begins with who says it", async () => {
  const room = new Room();
  const options = { ...OPTIONS, chat: true };
  const [a, b] = [room.join(about, options), room.join(about, options)];
  await a.write(utf8("one\ntwo\nthr"));
  assertEquals(await readText(b), "<user1> one\n<user1> two\n");
  await b.write(utf8("me\n"));
  assertEquals(await readText(a), "<user2> me\n");
  await a.closeWrite();
  assertEquals(await readText(b), "<user1> thr");
  for (const member of [a, b]) await member.close();
});

Deno.test("Room: with lines, a line in two pieces arrives whole", async () => {
  const room = new Room();
  const options = { ...OPTIONS, lines: true };
  const [a, b, c] = [room.join(about, options), room.join(about, options), room.join(about, options)];
  await a.write(utf8("first ha"));
  await b.write(utf8("other\n"));
  await a.write(utf8("lf\nrest"));
  assertEquals(await readText(c), "other\n");
  assertEquals(await readText(c), "first half\n");
  await a.closeWrite();
  assertEquals(await readText(c), "rest");
  assertEquals(await readText(b), "first half\n");
  for (const member of [a, b, c]) await member.close();
});

Deno.test("Room: a member that has left reads to its end", async () => {
  const room = new Room();
  const [a, b] = [room.join(about, OPTIONS), room.join(about, OPTIONS)];
  await a.write(utf8("x"));
  await b.closeWrite();
  assertEquals(utf8Text(await readAll(b)), "x");
  await a.write(utf8("nobody hears"));
  await a.close();
  await b.close();
});

Deno.test("Room: a member that takes nothing is shut out, the others go on", async () => {
  const room = new Room();
  const options: HubOptions = { lines: false, queueSize: 10, patienceMs: 20 };
  const [talker, listener, sleeper] = [
    room.join(about, options),
    room.join(about, { ...options, patienceMs: 5000 }),
    room.join(about, options),
  ];
  const hearing = readAll(listener);
  for (let i = 0; i < 20; i++) await talker.write(utf8("0123456789"));
  await assertRejects(async () => await sleeper.broken, Error, "Shut out");
  await assertRejects(() => readAll(sleeper), Error, "Shut out");
  await talker.close();
  await listener.closeWrite();
  assertEquals((await hearing).length, 200);
  await listener.close();
  await sleeper.close();
});

Deno.test("Funnel: many in, one out, and what the one says goes to all", async () => {
  const [near, far] = streamPair();
  let empty = 0;
  const funnel = new Funnel(() => Promise.resolve(near), () => empty++);
  const a = await funnel.join(about, OPTIONS), b = await funnel.join(about, OPTIONS);
  const collected: string[] = [];
  const collecting = (async () => {
    for (let text = await readText(far); text !== ""; text = await readText(far)) collected.push(text);
  })();
  await Promise.all([a.write(utf8("from a")), b.write(utf8("from b"))]);
  await far.write(utf8("to all"));
  assertEquals(await readText(a), "to all");
  assertEquals(await readText(b), "to all");
  await a.closeWrite();
  assertEquals(empty, 0);
  await b.closeWrite();
  await collecting;
  assertEquals(collected.sort(), ["from a", "from b"]);
  assertEquals(empty, 1);
  await a.close();
  await b.close();
  await far.close();
});

Deno.test("Funnel: a member that takes nothing is shut out, the others hear on", async () => {
  const [near, far] = streamPair();
  const funnel = new Funnel(() => Promise.resolve(near));
  const options: HubOptions = { lines: false, queueSize: 10, patienceMs: 20 };
  const listener = await funnel.join({ label: "listener" }, { ...options, patienceMs: 5000 });
  const sleeper = await funnel.join({ label: "sleeper" }, options);
  const heard: string[] = [];
  const hearing = (async () => {
    for (let text = await readText(listener); !text.endsWith("!"); text = await readText(listener)) heard.push(text);
  })();
  for (let i = 0; i < 20; i++) await far.write(utf8("0123456789"));
  await far.write(utf8("!"));
  await hearing;
  assertEquals(heard.join("").length, 200);
  await assertRejects(() => readAll(sleeper), Error, "Shut out");
  for (const stream of [listener, sleeper, far]) await stream.close();
});

Deno.test("Funnel: the one stream is closed when the last member was shut out, too", async () => {
  const [near, far] = streamPair();
  let empty = 0;
  const funnel = new Funnel(() => Promise.resolve(near), () => empty++);
  const sleeper = await funnel.join(about, { lines: false, queueSize: 10, patienceMs: 20 });
  for (let i = 0; i < 20; i++) await far.write(utf8("0123456789"));
  await assertRejects(() => readAll(sleeper), Error, "Shut out");
  await sleeper.close();
  assertEquals([empty, await readText(far)], [1, ""]);
  await far.close();
});

Deno.test("Funnel: when the one stream takes no more (a full disk), its members end, and the next one opens it anew", async () => {
  const fars: Stream[] = [];
  const funnel = new Funnel(() => {
    const [near, far] = streamPair();
    if (fars.push(far) === 1) near.write = () => Promise.reject(new Error("No space left on device"));
    return Promise.resolve(near);
  });
  const a = await funnel.join(about, OPTIONS), b = await funnel.join(about, OPTIONS);
  await assertRejects(() => a.write(utf8("x")), Error, "No space left");
  for (const member of [a, b]) await assertRejects(async () => await member.broken, Error, "No space left");
  // Also while one that has heard of the end has not left.
  await a.close();
  const next = await funnel.join(about, OPTIONS);
  const read = readText(fars[1]!);
  await next.write(utf8("y"));
  assertEquals(await read, "y");
  for (const stream of [b, next, ...fars]) await stream.close();
});

Deno.test("Funnel: when the one stream cannot be opened, the member is told", async () => {
  let tries = 0;
  const funnel = new Funnel(() => {
    tries++;
    return Promise.reject(new Error("No way"));
  });
  await assertRejects(() => funnel.join(about, OPTIONS), Error, "No way");
  await assertRejects(() => funnel.join(about, OPTIONS), Error, "No way");
  assert(tries === 2);
});
