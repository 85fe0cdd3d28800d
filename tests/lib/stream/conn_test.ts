import { assert, assertEquals } from "@std/assert";
import { carry } from "../../../lib/stream/carry.ts";
import { connectTcp, connStream, shareSignal } from "../../../lib/stream/conn.ts";
import { descriptors } from "../../helpers/endpoint.ts";

/** An accepted connection, and the other end of it. */
async function accepted(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return await Promise.all([listener.accept(), Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port })]);
}

Deno.test("ConnStream.read() ends when the stream is closed under it, and gives what was unread first", async () => {
  const [conn, peer] = await accepted();
  using _peer = peer;
  const stream = connStream(conn, "tcp");
  stream.unread(Uint8Array.of(4, 5));
  await peer.write(Uint8Array.of(6));
  const view = new Uint8Array(8);
  assertEquals(await stream.read(view), 2);
  assertEquals(await stream.read(view), 1);
  assertEquals(view[0], 6);
  const reading = stream.read(view);
  await stream.close();
  assertEquals(await reading, null);
});

Deno.test("carry() takes a stream that somebody else closes for one that has ended", async () => {
  const [a, left] = await accepted(), [b, right] = await accepted();
  using _left = left, _right = right;
  const stream = connStream(a, "tcp");
  const carried = carry(stream, connStream(b, "tcp"));
  await left.write(Uint8Array.of(1));
  assertEquals(await right.read(new Uint8Array(4)), 1);
  await stream.close();
  assertEquals(await right.read(new Uint8Array(4)), null);
  await right.closeWrite();
  const { ended, sent } = await carried;
  assertEquals([ended, sent], ["left", 1]);
});

Deno.test({
  name: "500 connections that are carried and closed leave no descriptor",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const cycle = async () => {
      const [a, left] = await accepted(), [b, right] = await accepted();
      const carried = carry(connStream(a, "tcp"), connStream(b, "tcp"));
      await left.write(Uint8Array.of(1, 2));
      left.close();
      assertEquals(await right.read(new Uint8Array(4)), 2);
      right.close();
      assertEquals((await carried).sent, 2);
    };
    await cycle();
    const before = descriptors();
    for (let i = 0; i < 500; i++) await cycle();
    assertEquals(descriptors(), before);
  },
});

Deno.test({
  name: "connectTcp() leaves nothing behind, in whatever moment it is given up",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = (async () => {
      for await (const conn of listener) conn.close();
    })();
    const { hostname: host, port } = listener.addr;
    // The program is busy until both the connection and the end of patience have come.
    const attempt = async (shared: boolean) => {
      const abort = new AbortController();
      if (shared) shareSignal(abort.signal);
      const connecting = connectTcp({ host, port }, abort.signal).then((conn) => conn.close(), (reason) => reason);
      setTimeout(() => abort.abort("enough"));
      for (const end = performance.now() + 1.5; performance.now() < end;);
      return await connecting;
    };
    await attempt(false);
    const before = descriptors();
    for (let i = 0; i < 200; i++) assertEquals(await attempt(i % 2 === 0) ?? "enough", "enough");
    assertEquals(await connectTcp({ host, port }, AbortSignal.abort("enough")).catch((reason) => reason), "enough");
    listener.close();
    await accepting;
    assert(
      descriptors() < before + 3,
      `${descriptors()} descriptors are open, ${before} were`,
    );
  },
});
