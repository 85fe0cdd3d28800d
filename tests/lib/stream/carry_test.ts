import { assert, assertEquals } from "@std/assert";
import { latin1, latin1Text } from "../../../lib/base/bytes.ts";
import { carry } from "../../../lib/stream/carry.ts";
import { EchoStream, StallStream } from "../../../lib/stream/echo.ts";
import { readExactly, readLine, readUntil } from "../../../lib/stream/exact.ts";
import { type Direction, tap } from "../../../lib/stream/tap.ts";
import { WebStream } from "../../../lib/stream/web.ts";
import { goneAndWaiting } from "../../helpers/stuck.ts";
import { readAll, streamPair } from "../../helpers/streams.ts";

const text = async (stream: Parameters<typeof readAll>[0]) => latin1Text(await readAll(stream));

Deno.test("carry() passes end-of-file on while the other direction goes on", async () => {
  const [client, left] = streamPair(), [right, server] = streamPair();
  const done = carry(left, right);
  const serve = (async () => {
    assertEquals(await text(server), "question");
    for (let i = 0; i < 100; i++) await server.write(new Uint8Array(10_000));
    await server.closeWrite();
  })();
  await client.write(latin1("question"));
  await client.closeWrite();
  assertEquals((await readAll(client)).length, 1_000_000);
  await serve;
  const result = await done;
  assertEquals([result.sent, result.received, result.ended], [8, 1_000_000, "left"]);
});

Deno.test("carry() lets the other direction finish when one side takes nothing any more", async () => {
  const [client, left] = streamPair();
  const broken = Object.assign(new Error("Broken pipe"), { name: "BrokenPipe" });
  const right = new WebStream({
    readable: ReadableStream.from([latin1("last "), latin1("words")]),
    writable: new WritableStream({ write: () => Promise.reject(broken) }),
  }, { label: "test" });
  const done = carry(left, right);
  await client.write(latin1("x"));
  assertEquals(await text(client), "last words");
  await client.close();
  assertEquals((await done).error, undefined);
});

Deno.test("carry() reads on from who takes nothing because nobody reads, and it loses nothing", async () => {
  const { gone, waiting, taken } = goneAndWaiting();
  const result = await carry(gone, waiting, { stuckMs: 10 });
  assertEquals([result.ended, result.error, taken], ["left", undefined, ["last", "words"]]);
});

Deno.test("carry() to an echo goes on to the end of who takes nothing back, without a wait", async () => {
  const broken = Object.assign(new Error("Broken pipe"), { name: "BrokenPipe" });
  const left = new WebStream({
    // Twice what an echo holds.
    readable: ReadableStream.from(Array.from({ length: 8 }, () => new Uint8Array(16 * 1024))),
    writable: new WritableStream({ write: () => Promise.reject(broken) }),
  }, { label: "test" });
  const echo = tap(new EchoStream({ label: "echo" }), [{ data() {} }], "right", "read");
  const result = await carry(left, echo, { stuckMs: 2 ** 30, idleMs: 2000 });
  assertEquals([result.ended, result.sent], ["left", 128 * 1024]);
});

Deno.test("carry() reads nothing for who takes nothing: the next reader finds it", async () => {
  const [writer, left] = streamPair();
  const written = writer.write(latin1("waits"));
  let read = false;
  const watched = tap(left, [{ data: () => void (read = true) }], "left", "read");
  const result = await carry(watched, tap(new StallStream({ label: "stall" }), [{ data() {} }]), { idleMs: 20 });
  assertEquals([result.ended, result.sent, read], ["idle", 0, false]);
  await written.catch(() => {});
});

Deno.test("carry() ends on abort, when idle, and after lingering", async () => {
  {
    const [, left] = streamPair(), [right] = streamPair();
    const controller = new AbortController();
    const done = carry(left, right, { signal: controller.signal });
    controller.abort();
    assertEquals((await done).ended, "aborted");
  }
  {
    const [, left] = streamPair(), [right] = streamPair();
    assertEquals((await carry(left, right, { idleMs: 20 })).ended, "idle");
  }
  for (const ending of ["left", "right"] as const) {
    const [client, left] = streamPair(), [right, server] = streamPair();
    const done = carry(left, right, { lingerMs: (ended) => ended === ending ? 20 : undefined });
    await (ending === "left" ? client : server).closeWrite();
    assertEquals(await (ending === "left" ? server : client).read(new Uint8Array(1)), null);
    assertEquals((await done).ended, "linger");
  }
});

Deno.test("carry() ends at once where that was said before it began", async () => {
  for (const options of [{ signal: AbortSignal.abort() }, { stop: { stopped: true, onStop: () => () => {} } }]) {
    assertEquals((await carry(streamPair()[0], streamPair()[0], options)).ended, "aborted");
  }
});

Deno.test("carry() with time limits leaves no timer behind when both sides end", async () => {
  const [client, left] = streamPair(), [right, server] = streamPair();
  const done = carry(left, right, { idleMs: 60_000, lingerMs: 60_000 });
  await client.closeWrite();
  await server.closeWrite();
  assertEquals((await done).ended, "left");
});

Deno.test("carry() that ends in the middle of a write leaves no timer behind", async () => {
  const [left, a] = streamPair(), [right, b] = streamPair();
  let release = (_: unknown) => {};
  // As a socket whose peer takes nothing: closing ends the write.
  right.write = () => new Promise((_, reject) => release = reject);
  const close = right.close.bind(right);
  right.close = (reason) => {
    release(new Deno.errors.BadResource("closed"));
    return close(reason);
  };
  const written = a.write(latin1("x"));
  const result = await carry(left, right, { idleMs: 20, stuckMs: 20 });
  assertEquals(result.ended, "idle");
  await written;
  await a.close();
  await b.close();
});

Deno.test("carry() names the side that failed", async () => {
  const [, left] = streamPair();
  const right = new WebStream({
    readable: new ReadableStream({ pull: (c) => c.error(new Error("boom")) }),
    writable: new WritableStream(),
  }, { label: "test" });
  const result = await carry(left, right);
  assertEquals([result.ended, result.side, (result.error as Error).message], ["error", "right", "boom"]);
});

Deno.test("carry() keeps the boundaries of datagrams, empty ones too", async () => {
  const [client, left] = streamPair("datagrams"), [right, server] = streamPair("datagrams");
  const done = carry(left, right);
  const sizes: (number | null)[] = [];
  const reading = (async () => {
    for (let i = 0; i < 4; i++) sizes.push(await server.read(new Uint8Array(65536)));
  })();
  for (const size of [3, 0, 60_000]) await client.write(new Uint8Array(size));
  await client.closeWrite();
  await reading;
  assertEquals(sizes, [3, 0, 60_000, null]);
  await server.closeWrite();
  assertEquals((await done).sent, 60_003);
});

Deno.test("tap() tells observers every chunk in order and changes nothing", async () => {
  const [client, left] = streamPair(), [right, server] = streamPair();
  const seen: string[] = [];
  const observer = {
    data: (d: Direction, chunk: Uint8Array) => void seen.push(d + latin1Text(chunk)),
    end: (d: Direction) => void seen.push(d + "end"),
    close: () => void seen.push("close"),
  };
  assert(tap(left, []) === left);
  const done = carry(tap(left, [observer]), right);
  await client.write(latin1("a"));
  assertEquals(latin1Text(await readExactly(server, 1)), "a");
  await server.write(latin1("b"));
  assertEquals(latin1Text(await readExactly(client, 1)), "b");
  await client.closeWrite();
  await server.closeWrite();
  await done;
  assertEquals(seen, [">a", "<b", ">end", "<end", "close"]);
});

Deno.test("readUntil() and readLine() give back what follows", async () => {
  const [client, server] = streamPair();
  const writing = (async () => {
    await client.write(latin1("HTTP/1.1 200 OK\r\nX: y\r\n\r\nbody"));
    await client.closeWrite();
  })();
  assertEquals(await readLine(server), "HTTP/1.1 200 OK");
  assertEquals(latin1Text(await readUntil(server, latin1("\r\n\r\n"), 100)), "X: y\r\n\r\n");
  assertEquals(await text(server), "body");
  await writing;
});

Deno.test("readUntil() finds a mark that arrives octet by octet, and has a limit", async () => {
  const [client, server] = streamPair();
  const writing = (async () => {
    for (const octet of latin1("abc\r\n\r\nrest")) await client.write(new Uint8Array([octet]));
    await client.closeWrite();
  })();
  assertEquals(latin1Text(await readUntil(server, latin1("\r\n\r\n"), 7)), "abc\r\n\r\n");
  await readAll(server);
  await writing;
  const [other, end] = streamPair();
  const flood = other.write(new Uint8Array(1000)).catch(() => {});
  const error = await readUntil(end, latin1("\n"), 100).catch((e: Error) => e);
  assertEquals((error as Error).message, "The peer's message is longer than 100 octets");
  await end.close();
  await flood;
});
