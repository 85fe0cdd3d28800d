import { Buffer } from "node:buffer";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { errorCode } from "../../../lib/base/errors.ts";
import { findEpoll } from "../../../lib/stream/epoll.ts";
import { connectByEpoll, type EpollListener, type EpollStream, listenByEpoll } from "../../../lib/stream/epoll_tcp.ts";
import { freePort } from "../../helpers/netlab.ts";

const host = "127.0.0.1";
const here = findEpoll() !== undefined;

function test(name: string, body: () => Promise<void>): void {
  Deno.test({
    name: here ? name : `${name}: no epoll here`,
    ignore: !here,
    async fn() {
      await body();
      await findEpoll()!.idle();
    },
  });
}

async function pairOver(listener: EpollListener): Promise<[EpollStream, EpollStream]> {
  const [near, far] = await Promise.all([connectByEpoll(listener.local), listener.accept()]);
  return [near!, far];
}

async function withPair(body: (near: EpollStream, far: EpollStream) => Promise<void>): Promise<void> {
  const listener = listenByEpoll({ host, port: 0 }, { backlog: 16 })!;
  const [near, far] = await pairOver(listener);
  listener.close();
  try {
    await body(near, far);
  } finally {
    await near.close();
    await far.close();
  }
}

async function readAll(stream: EpollStream): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const buffer = new Uint8Array(65_536);
  for (let count; (count = await stream.read(buffer)) !== null;) chunks.push(buffer.slice(0, count));
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

test("epoll: 8 MiB both ways at once, and ends that are half-closes", () =>
  withPair(async (near, far) => {
    const data = new Uint8Array(8 << 20);
    for (let i = 0; i < data.length; i += 65_536) crypto.getRandomValues(data.subarray(i, i + 65_536));
    const other = data.toReversed();
    const send = async (stream: EpollStream, bytes: Uint8Array) => {
      await stream.write(bytes);
      await stream.closeWrite();
    };
    const [, atFar, , atNear] = await Promise.all([
      send(near, data),
      readAll(far),
      send(far, other),
      readAll(near),
    ]);
    assertEquals(Buffer.compare(atFar, data), 0);
    assertEquals(Buffer.compare(atNear, other), 0);
    assertEquals(await near.read(new Uint8Array(1)), null);
  }));

test("epoll: after one end has ended the other goes on", () =>
  withPair(async (near, far) => {
    await near.closeWrite();
    await near.closeWrite();
    assertEquals(await far.read(new Uint8Array(4)), null);
    const waiting = near.read(new Uint8Array(4));
    await far.write(new Uint8Array([1, 2, 3]));
    assertEquals(await waiting, 3);
  }));

test("epoll: what does not fit into the view comes with the next read", () =>
  withPair(async (near, far) => {
    await near.write(new Uint8Array([1, 2, 3, 4, 5]));
    const view = new Uint8Array(2);
    for (const wanted of [[1, 2], [3, 4], [5]]) {
      const count = (await far.read(view))!;
      assertEquals([...view.subarray(0, count)], wanted);
    }
  }));

test("epoll: a reader that does not read stops the writer; closing ends a write that waits", () =>
  withPair(async (near, far) => {
    const block = new Uint8Array(1 << 20);
    let written = 0;
    const writing = (async () => {
      for (;; written++) await near.write(block);
    })();
    // The system's buffers are full when a write is still waiting after something else has made the round.
    let before = -1;
    while (written !== before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert(written < 64, `${written} MiB were taken`);
    await near.close();
    assertEquals((await assertRejects(() => writing) as Error).name, "Interrupted");
    assertEquals((await assertRejects(() => near.write(block)) as Error).name, "Interrupted");
    await far.close();
  }));

test("epoll: closing ends a read that waits, as the end", () =>
  withPair(async (near) => {
    const reading = near.read(new Uint8Array(1));
    await near.close();
    assertEquals(await reading, null);
    assertEquals(await near.read(new Uint8Array(1)), null);
  }));

test("epoll: a reset is an error with its name", () =>
  withPair(async (near, far) => {
    // Closing with octets unread resets.
    await near.write(new Uint8Array(10));
    await far.read(new Uint8Array(1));
    const reading = near.read(new Uint8Array(1));
    await far.close();
    assertEquals((await assertRejects(() => reading) as Error).name, "ConnectionReset");
  }));

test("epoll: a burst of connections, each once; descriptors are used again without mixing", async () => {
  const listener = listenByEpoll({ host, port: 0 }, { backlog: 512 })!;
  const serving = (async () => {
    for (let i = 0; i < 900; i++) {
      const stream = await listener.accept();
      assertEquals(stream.about.local, listener.local);
      void (async () => {
        const buffer = new Uint8Array(8);
        for (let count; (count = await stream.read(buffer)) !== null;) await stream.write(buffer.slice(0, count));
        await stream.close();
      })();
    }
  })();
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 300 }, async (_, i) => {
      const stream = (await connectByEpoll(listener.local))!;
      const message = Uint8Array.of(round, i >> 8, i & 255);
      await stream.write(message);
      const view = new Uint8Array(8);
      assertEquals(await stream.read(view), 3);
      assertEquals(view.subarray(0, 3), message);
      await stream.close();
    }));
  }
  await serving;
  listener.close();
});

test("epoll: a stream that never stops leaves a turn to timers", () =>
  withPair(async (near, far) => {
    let over = false;
    const pump = async (from: EpollStream, to: EpollStream) => {
      const buffer = new Uint8Array(65_536);
      while (!over) {
        const count = await from.read(buffer);
        if (count === null) return;
        await to.write(buffer.slice(0, count));
      }
    };
    await near.write(new Uint8Array(65_536));
    const pumping = [pump(near, near), pump(far, far)];
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 1));
    over = true;
    await near.close();
    await far.close();
    await Promise.allSettled(pumping);
  }));

test("connectByEpoll() says why not", async () => {
  const error = await assertRejects(() => connectByEpoll({ host, port: freePort() }));
  assertEquals([errorCode(error), (error as Error).message], ["ECONNREFUSED", "Connection refused"]);
  const taken = listenByEpoll({ host, port: 0 }, { backlog: 1 })!;
  let code: string | undefined;
  try {
    listenByEpoll(taken.local, { backlog: 1 });
  } catch (error) {
    code = errorCode(error);
  }
  assertEquals(code, "EADDRINUSE");
  const accepting = taken.accept();
  taken.close();
  assertEquals((await assertRejects(() => accepting) as Error).name, "Interrupted");
});

test("connectByEpoll() is given up when its signal says so", async () => {
  // With its queue full, which holds one more than asked for, a listener takes no further connection.
  const listener = listenByEpoll({ host, port: 0 }, { backlog: 0 })!;
  const first = (await connectByEpoll(listener.local))!;
  const abort = new AbortController();
  const second = connectByEpoll(listener.local, abort.signal);
  await new Promise((resolve) => setTimeout(resolve, 1));
  abort.abort(new Error("no longer"));
  assertEquals((await assertRejects(() => second) as Error).message, "no longer");
  assertEquals((await assertRejects(() => connectByEpoll(listener.local, abort.signal)) as Error).message, "no longer");
  await first.close();
  listener.close();
});

test("listenByEpoll() on any address tells each connection its own; names are not its business", async () => {
  const listener = listenByEpoll({ host: "0.0.0.0", port: 0 }, { backlog: 1 })!;
  const [near, far] = await Promise.all([
    connectByEpoll({ host: "127.0.0.2", port: listener.local.port }),
    listener.accept(),
  ]);
  assertEquals(far.about.local, { host: "127.0.0.2", port: listener.local.port });
  assertEquals(far.about.remote, near!.about.local);
  await near!.close();
  await far.close();
  listener.close();
  assertEquals(listenByEpoll({ host: "localhost", port: 0 }, { backlog: 1 }), undefined);
  assertEquals(await connectByEpoll({ host: "localhost", port: 1 }), undefined);
});
