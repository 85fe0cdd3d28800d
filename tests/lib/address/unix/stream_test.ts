import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import { UsageError } from "../../../../lib/base/errors.ts";
import { utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { ask, assertLeavesNothing, echo, openOne, serving, testContext } from "../../../helpers/endpoint.ts";
import { inFolder } from "../../../helpers/files.ts";

const ignore = Deno.build.os === "windows";
const linux = Deno.build.os === "linux";

/** A socket whose program has ended without removing it. */
async function leaveBehind(path: string): Promise<void> {
  const code = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} }); Deno.kill(Deno.pid, "SIGKILL");`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
}

/** An echo on a listening address. */
async function withEcho(address: string, body: () => Promise<void>): Promise<string[]> {
  const labels: string[] = [];
  await serving(address, async (stream) => {
    labels.push(JSON.stringify(stream.about.facts));
    await echo(stream);
  }, body);
  return labels;
}

Deno.test({
  name: "UNIX-LISTEN and UNIX-CONNECT carry both ways, and the name goes at the end",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/socket`;
      await withEcho(`unix-listen:${path},fork,mode=600`, async () => {
        assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
        assertEquals(await ask(await openOne(`unix-connect:${path}`), "one"), "one");
        assertEquals(await ask(await openOne(`unix:${path}`), "two"), "two");
        assertEquals(await ask(await openOne(path), "three"), "three");
      });
      assertEquals([...Deno.readDirSync(folder)], []);
    }),
});

Deno.test({
  name: "perm-early is for the socket of a listener, though nothing is there before",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/socket`;
      await withEcho(`unix-listen:${path},fork,perm-early=0606`, async () => {
        assertEquals(Deno.statSync(path).mode! & 0o777, 0o606);
        assertEquals(await ask(await openOne(path), "one"), "one");
      });
    }),
});

Deno.test({
  name: "a client's own name reaches the listener and goes at the end",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const [facts] = await withEcho(`unix-l:${folder}/s`, async () => {
        assertEquals(await ask(await openOne(`unix-connect:${folder}/s,bind=${folder}/c`), "named"), "named");
      });
      assertMatch(facts!, /"peeraddr":"[^"]*\/c"/);
      assertEquals([...Deno.readDirSync(folder)], []);
    }),
});

Deno.test({
  name: "ABSTRACT sockets need no file system",
  ignore: !linux,
  async fn() {
    const name = `netlab-test-${Deno.pid}`;
    await withEcho(`abstract-listen:${name},fork`, async () => {
      assertEquals(await ask(await openOne(`abstract-connect:${name}`), "a"), "a");
      assertEquals(await ask(await openOne(`abstract:${name},bind=${name}-client`), "b"), "b");
    });
  },
});

Deno.test({
  name: "a name that is taken says by whom, and unlink-early takes it over",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/socket`;
      await leaveBehind(path);
      await assertRejects(() => openOne(`unix-listen:${path}`), Error, "left behind by a program that has ended");
      await assertRejects(() => openOne(`unix-connect:${path}`), Error, "Connection refused");
      await withEcho(`unix-listen:${path},unlink-early,fork`, async () => {
        await assertRejects(() => openOne(`unix-listen:${path}`), Error, "another program listens there");
      });
      await withEcho(`unix-listen:${path},unlink-close=0`, async () => {
        await ask(await openOne(path), "");
      });
      assertEquals(Deno.lstatSync(path).isSocket, true);
      await Deno.remove(path);
      // Also when it stops while it waits for somebody.
      await withEcho(`unix-listen:${path},unlink-close=0,fork`, async () => {
        await ask(await openOne(path), "");
      });
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["socket"]);
      await Deno.remove(path);
      await Deno.writeTextFile(path, "");
      await assertRejects(() => openOne(`unix-listen:${path}`), Error, "is no socket");
      await assertRejects(() => openOne(`unix-connect:${folder}/none`), Error, "No such file or directory");
      assertThrows(() => parseEndpoint(`unix:${"x".repeat(200)}`), UsageError, "at most");
    }),
});

Deno.test({
  name: "UNIX-SENDTO and UNIX-RECVFROM: a question and its answer",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/dgram`;
      const context = testContext();
      const serving = (async () => {
        for await (const stream of parseEndpoint(`unix-recvfrom:${path},fork`).open(context)) {
          const view = new Uint8Array(100);
          const count = (await stream.read(view))!;
          await stream.write(utf8(`got ${utf8Text(view.subarray(0, count))}`));
          await stream.close();
        }
      })();
      await context.listening;
      const view = new Uint8Array(100);
      for (
        const address of [`unix-sendto:${path}`, `unix-client:${path}`, path, `unix-sendto:${path},bind=${folder}/me`]
      ) {
        await using client = await openOne(address);
        assertEquals(client.kind, "datagrams");
        await client.write(utf8("hello"));
        assertEquals(utf8Text(view.subarray(0, (await client.read(view))!)), "got hello");
      }
      context.stop();
      await serving;
      assertEquals([...Deno.readDirSync(folder)], []);
    }),
});

Deno.test({
  name: "Unix datagrams are sent while one is waited for; empty ones pass; a peer may start anew",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/server`;
      let server = await openOne(`unix-recv:${path}`);
      const client = await openOne(`unix-sendto:${path},bind=${folder}/client`);
      const view = new Uint8Array(100);
      const waiting = client.read(new Uint8Array(10));
      await client.write(utf8(""));
      await client.write(utf8("text"));
      assertEquals([await server.read(view), await server.read(view)], [0, 4]);
      await server.close();
      server = await openOne(`unix-recv:${path}`);
      await client.write(utf8("again"));
      assertEquals(await server.read(view), 5);
      await server.close();
      await client.close();
      assertEquals(await waiting, null);
    }),
});

Deno.test({
  name: "UNIX-RECV takes datagrams of all",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const receiver = await openOne(`unix-recv:${folder}/dgram`);
      const view = new Uint8Array(100);
      for (const text of ["one", "two"]) {
        const sender = await openOne(`unix-sendto:${folder}/dgram`);
        await sender.write(utf8(text));
        assertEquals(utf8Text(view.subarray(0, (await receiver.read(view))!)), text);
        await sender.close();
      }
      await receiver.close();
      assertEquals([...Deno.readDirSync(folder)], []);
      await assertRejects(() => openOne(`unix-sendto:${folder}/dgram`), Error, "No such file or directory");
    }),
});

Deno.test({
  name: "Unix sockets leave nothing behind",
  ignore: !linux,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/socket`;
      await assertLeavesNothing(120, async () => {
        await withEcho(`unix-listen:${path}`, async () => {
          await ask(await openOne(`unix-connect:${path},bind=${folder}/own`), "x");
        });
        const receiver = await openOne(`unix-recv:${path}`);
        const sender = await openOne(`unix-sendto:${path},bind=${folder}/own`);
        await sender.write(utf8("x"));
        const pending = sender.read(new Uint8Array(1));
        await sender.close();
        await pending;
        await receiver.close();
      }, folder);
    }),
});

Deno.test({
  name: "Unix sockets of packets keep boundaries and end; a socket's own kind is found by UNIX-CLIENT and GOPEN",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = Deno.makeTempDirSync();
    const path = `${folder}/s`;
    const context = testContext();
    const serving = (async () => {
      for await (const stream of parseEndpoint(`unix-listen:${path},type=5,fork,sndbuf=20000`).open(context)) {
        const view = new Uint8Array(100);
        for (let count = await stream.read(view); count !== null; count = await stream.read(view)) {
          await stream.write(view.subarray(0, count));
        }
        await stream.close();
      }
    })();
    await context.listening;
    for (const address of [`unix-connect:${path},socktype=5`, `unix-client:${path}`, `gopen:${path}`]) {
      await using stream = await openOne(address);
      await stream.write(utf8("one"));
      await stream.write(utf8("two"));
      await stream.closeWrite();
      const view = new Uint8Array(100);
      const counts = [await stream.read(view), await stream.read(view), await stream.read(view)];
      assertEquals(counts, [3, 3, null], address);
    }
    await assertRejects(() => openOne(`unix-connect:${path}`), Error, "wrong type for socket");
    await assertLeavesNothing(500, async () => {
      await (await openOne(`unix-connect:${path},type=5,bind=${folder}/own`)).close();
    }, folder);
    context.stop();
    await serving;
    assertEquals([...Deno.readDirSync(folder)], []);
    Deno.removeSync(folder);
  },
});

Deno.test({
  name: "bind-tempname gives each connecting socket a name of its own, which is gone with it",
  ignore: !linux,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/server`;
      const labels = await withEcho(`unix-listen:${path},fork`, async () => {
        for (let i = 0; i < 2; i++) {
          assertEquals(await ask(await openOne(`unix:${path},bind-tempname=${folder}/client-XXXXXX`), "hi"), "hi");
        }
      });
      assertEquals(new Set(labels).size, 2);
      for (const label of labels) assertMatch(label, /"peeraddr":"[^"]*\/client-[0-9a-z]{6}"/);
      assertEquals([...Deno.readDirSync(folder)], []);
      const datagrams = await openOne(`unix-recv:${path}`);
      const sender = await openOne(`unix-sendto:${path},unix-bind-tempname`);
      assertMatch(String(sender.about.facts?.sockaddr), /^\/tmp\/file[0-9a-z]{6}$/);
      await sender.close();
      await datagrams.close();
    }),
});

Deno.test({
  name: "UNIX-SENDTO with a name of its own may be there before its peer, and hears nobody else",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const [one, two, other] = ["one", "two", "other"].map((name) => `${folder}/${name}`);
      await using first = await openOne(`unix-sendto:${two},bind=${one}`);
      await assertRejects(() => first.write(utf8("nobody")), Error, "No such file or directory");
      await using stranger = await openOne(`unix-sendto:${one},bind=${other}`);
      await stranger.write(utf8("not for you"));
      await using second = await openOne(`unix-sendto:${one},bind=${two}`);
      await second.write(utf8("hello"));
      const view = new Uint8Array(100);
      assertEquals(utf8Text(view.subarray(0, (await first.read(view))!)), "hello");
      await first.write(utf8("answer"));
      assertEquals(utf8Text(view.subarray(0, (await second.read(view))!)), "answer");
      await assertRejects(() => openOne(`unix-sendto:${folder}/none`), Error, "No such file or directory");
    }),
});

Deno.test({
  name: "ABSTRACT-CLIENT finds sockets of each type, and says when there is none",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const name = `netlab-test-client-${Deno.pid}`;
    await assertRejects(() => openOne(`abstract-client:${name}`), Error, "nobody listens on this socket");
    await using receiver = await openOne(`abstract-recv:${name}`);
    await using client = await openOne(`abstract-client:${name}`);
    await client.write(utf8("datagram"));
    const view = new Uint8Array(100);
    assertEquals(await receiver.read(view), 8);
  },
});
