import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import {
  IP_SOCKET_OPTIONS,
  socketSettings,
  TCP_SOCKET_OPTIONS,
} from "../../../../lib/address/network/socket_options.ts";
import { ConnectError, UsageError } from "../../../../lib/base/errors.ts";
import { utf8Text } from "../../../../lib/base/bytes.ts";
import { collect } from "../../../../lib/options/schema.ts";
import { needLibc } from "../../../../lib/stream/libc/libc.ts";
import { getSocketNumber, isSocket, SOCK_STREAM } from "../../../../lib/stream/libc/socket_fd.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { ask, assertLeavesNothing, echo, openOne, serving, testContext } from "../../../helpers/endpoint.ts";
import { freePort } from "../../../helpers/netlab.ts";
import { readAll } from "../../../helpers/streams.ts";

const linux = Deno.build.os === "linux";

/** An option as the system has it for a connected stream of this process. */
function optionOf({ about }: Stream, level: number, name: number): number | undefined {
  const libc = needLibc("the test");
  const fd = Array.from({ length: 1024 }, (_, fd) => fd).find((fd) =>
    isSocket(libc, fd, SOCK_STREAM, about.local!, about.remote)
  );
  assert(fd !== undefined);
  return getSocketNumber(libc, fd, level, name);
}

const values = (given: Record<string, string>) =>
  collect(
    TCP_SOCKET_OPTIONS,
    Object.entries(given).map(([name, text]) => ({ name, text, spelled: name })),
    (name, problem) => new UsageError(`${name}: ${problem}`),
  );

Deno.test({
  name: "socketSettings() gives numbers and octets as the system has them",
  ignore: !linux,
  fn() {
    assertEquals(socketSettings(values({})), []);
    assertEquals(socketSettings(values({ mss: "500", linger: "3", "so-bindtodevice": "lo" })), [
      { option: "linger", level: 1, name: 13, value: new Uint8Array(new Int32Array([1, 3]).buffer), when: "early" },
      { option: "so-bindtodevice", level: 1, name: 25, value: new TextEncoder().encode("lo\0"), when: "early" },
      { option: "mss", level: 6, name: 2, value: 500, when: "early" },
    ]);
    assertEquals(socketSettings(values({ "setsockopt-listen": "1:7:x01", "setsockopt-int": "0x6:2:600" })), [
      { option: "setsockopt-int", level: 6, name: 2, value: 600, when: "connected" },
      { option: "setsockopt-listen", level: 1, name: 7, value: new Uint8Array([1]), when: "early" },
    ]);
    assertThrows(() => values({ setsockopt: "1:2" }), UsageError, '"1:2" is not LEVEL:NAME:DATA');
    assertThrows(() => values({ mss: "many" }), UsageError, "mss");
  },
});

Deno.test("each spelling of a socket option stands once", () => {
  const names = Object.entries(TCP_SOCKET_OPTIONS).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
  assertEquals(names.length, new Set(names).size);
  assert(Object.keys(IP_SOCKET_OPTIONS).length < Object.keys(TCP_SOCKET_OPTIONS).length);
});

/** A listener, a client of it, both streams. */
async function pairOf(
  listenOptions: string,
  connectOptions: string,
  body: (served: Stream, client: Stream) => Promise<void>,
): Promise<void> {
  const context = testContext();
  const source = parseEndpoint(`tcp-listen:0${listenOptions}`).open(context)[Symbol.asyncIterator]();
  const next = source.next();
  const where = await context.listening;
  await using client = await openOne(`tcp:${where}${connectOptions}`);
  await using served = (await next).value as Stream;
  await source.return?.();
  await body(served, client);
}

Deno.test({
  name: "TCP sockets have what their options say before they connect, and what they accept has it too",
  ignore: !linux,
  fn: () =>
    pairOf(
      ",mss=700,sndbuf=20000,tos=0x10,setsockopt-int=6:5:77",
      ",mss=900,rcvbuf=30000,ttl=9,keepalive,keepidle=44,setsockopt-int=6:6:3,nodelay=0",
      async (served, client) => {
        // The system doubles buffers, and takes twelve octets for time stamps off a segment.
        assertEquals([optionOf(served, 1, 7), optionOf(served, 0, 1), optionOf(served, 6, 5)], [40000, 0x10, 77]);
        assert(optionOf(served, 6, 2)! <= 700);
        assertEquals([optionOf(client, 1, 8), optionOf(client, 0, 2)], [60000, 9]);
        assertEquals([6, 4, 1].map((name) => optionOf(client, 6, name)), [3, 44, 0]);
        assertEquals(optionOf(client, 1, 9), 1);
        await client.write(new TextEncoder().encode("there"));
        await client.closeWrite();
        assertEquals(utf8Text(await readAll(served)), "there");
        await served.write(new TextEncoder().encode("and back"));
        await served.closeWrite();
        assertEquals(utf8Text(await readAll(client)), "and back");
      },
    ),
});

Deno.test({
  name: "an end that waits to write loses nothing when the other half-closes without having said anything",
  ignore: !linux,
  async fn() {
    const size = 8 << 20;
    for (
      const [talker, options] of [
        ["served", ",rcvbuf=20000"],
        ["client", ",sndbuf=20000"],
        ["client", ",bind=127.0.0.1"],
      ] as const
    ) {
      await pairOf(",sndbuf=20000,rcvbuf=20000", options, async (served, client) => {
        const [writing, silent] = talker === "served" ? [served, client] : [client, served];
        const written = (async () => {
          for (let at = 0; at < size; at += 65536) await writing.write(new Uint8Array(65536));
          await writing.closeWrite();
        })();
        await silent.closeWrite();
        assertEquals(await writing.read(new Uint8Array(1)), null);
        const [read] = await Promise.all([readAll(silent), written]);
        assertEquals(read.length, size);
      });
    }
  },
});

Deno.test({
  name: "ipv6-v6only keeps IPv4 peers out, or lets them in",
  ignore: !linux,
  async fn() {
    for (const [only, reached] of [["1", false], ["0", true]] as const) {
      const context = testContext();
      const source = parseEndpoint(`tcp6-listen:0,bind=[::],ipv6-v6only=${only}`).open(context)[Symbol.asyncIterator]();
      const next = source.next();
      const port = (await context.listening).replace(/.*:/, "");
      const client = await openOne(`tcp4:127.0.0.1:${port}`).catch((error: Error) => error);
      assertEquals(!(client instanceof Error), reached);
      context.stop();
      const served = (await next).value as Stream | undefined;
      await served?.close();
      if (!(client instanceof Error)) await client.close();
    }
  },
});

Deno.test({
  name: "a socket option that the system refuses is named, and nothing stays open",
  ignore: !linux,
  async fn() {
    await assertLeavesNothing(20, async () => {
      await assertRejects(
        () => openOne(`tcp:127.0.0.1:${freePort()},so-bindtodevice=no-such-one`),
        ConnectError,
        'Cannot set "so-bindtodevice"',
      );
      await assertRejects(() => openOne(`tcp:127.0.0.1:${freePort()},mss=600`), ConnectError, "Connection refused");
      await assertRejects(
        () => openOne("tcp-listen:0,so-bindtodevice=no-such-one"),
        Error,
        'Cannot set "so-bindtodevice"',
      );
    });
  },
});

Deno.test({
  name: "a listener with socket options says what to do about a port in use",
  ignore: !linux,
  async fn() {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const error = await assertRejects(() => openOne(`tcp-listen:${taken.addr.port},mss=600`), Error);
    assertStringIncludes(error.message, "Address already in use: stop the other program or choose another port");
  },
});

Deno.test({
  name: "TCP with socket options leaves nothing behind",
  ignore: !linux,
  async fn() {
    await serving("tcp-listen:0,fork,mss=900", echo, (port) =>
      assertLeavesNothing(500, async () => {
        assertEquals(await ask(await openOne(`tcp:127.0.0.1:${port},mss=900,bind=127.0.0.2`), "x"), "x");
      }));
  },
});

Deno.test({
  name: "WebSocket listeners and clients take socket options, too",
  ignore: !linux,
  async fn() {
    const context = testContext();
    const source = parseEndpoint("ws-listen:0,mss=800").open(context)[Symbol.asyncIterator]();
    const next = source.next();
    const client = openOne(`ws:${await context.listening},mss=800`);
    await using served = (await next).value as Stream;
    await using asked = await client;
    await source.return?.();
    await asked.write(new TextEncoder().encode("over"));
    const view = new Uint8Array(10);
    assertEquals(utf8Text(view.subarray(0, (await served.read(view))!)), "over");
  },
});
