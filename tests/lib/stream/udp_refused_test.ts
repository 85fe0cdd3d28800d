// What Windows tells of datagrams that found nobody: WSAECONNRESET, on a socket that talks to all. Played by a socket here.
import { assertEquals, assertRejects } from "@std/assert";
import { RuntimeKeeper } from "../../../lib/stream/udp/keeper.ts";
import { UdpAddress } from "../../../lib/stream/udp/address.ts";

const peer = UdpAddress.from({ host: "127.0.0.1", port: 9 });
const reset = () => new Deno.errors.ConnectionReset("An existing connection was forcibly closed (os error 10054)");

/** A socket whose calls give these one after the other; errors are thrown. */
function played(steps: unknown[]): Deno.DatagramConn & { calls: number } {
  const step = async () => {
    conn.calls++;
    const next = steps.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const conn = { calls: 0, receive: step, send: step, close: () => {} };
  return conn as unknown as Deno.DatagramConn & { calls: number };
}

const arrived = [new Uint8Array([1]), { transport: "udp", hostname: "127.0.0.1", port: 9 }];

Deno.test("RuntimeKeeper.wait() goes on when another's datagram was refused", async () => {
  const conn = played([reset(), reset(), arrived]);
  assertEquals((await new RuntimeKeeper(conn).wait()).bytes, new Uint8Array([1]));
  assertEquals(conn.calls, 3);
});

Deno.test("RuntimeKeeper.wait() tells who talks to one peer that it was refused", async () => {
  const keeper = new RuntimeKeeper(played([reset()]));
  keeper.refused = new Deno.errors.ConnectionRefused("Connection refused");
  await assertRejects(() => keeper.wait(), Deno.errors.ConnectionRefused);
});

Deno.test("RuntimeKeeper.send() sends again what an earlier refusal kept back, and throws what is its own", async () => {
  const conn = played([reset(), 3]);
  await new RuntimeKeeper(conn).send(new Uint8Array(3), peer);
  assertEquals(conn.calls, 2);
  await assertRejects(
    () => new RuntimeKeeper(played([new Deno.errors.BadResource("Closed")])).send(new Uint8Array(3), peer),
    Deno.errors.BadResource,
  );
});
