import { assert, assertEquals, assertRejects } from "@std/assert";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { carry } from "../../../../lib/stream/carry.ts";
import { type UdpSession, udpSessions, UdpStream } from "../../../../lib/stream/udp/streams.ts";
import { UdpAddress } from "../../../../lib/stream/udp/address.ts";
import { CLOSED, UdpSocket } from "../../../../lib/stream/udp/socket.ts";
import { needLibc } from "../../../../lib/stream/libc/libc.ts";
import { getSocketNumber } from "../../../../lib/stream/libc/socket_fd.ts";
import { LOOPBACKS, runProgram } from "../../../helpers/netlab.ts";

const linux = Deno.build.os === "linux";
const LOCAL = { host: "127.0.0.1", port: 0 };

/** A socket of the runtime; one that the C library makes, because something is to be set by it. */
const KINDS: readonly Parameters<typeof UdpSocket.bind>[1][] = !linux ? [{}] : [{}, {
  settings: [{ option: "so-rcvbuf", level: 1, name: 8, value: 400_000, when: "connected" }],
}];

const addressOf = (socket: UdpSocket) => UdpAddress.from(socket.local);

/** Sends so many numbered datagrams, without a turn of the event loop between. */
function burst(from: UdpSocket, to: UdpSocket, count: number): void {
  for (let i = 0; i < count; i++) void from.send(Uint8Array.of(i >> 8, i & 255), addressOf(to));
}

Deno.test("datagrams come in their order, one by one and all at once, empty and large ones too", async () => {
  for (const kind of KINDS) {
    const from = UdpSocket.bind(LOCAL, kind), to = UdpSocket.bind(LOCAL, kind);
    const view = new Uint8Array(65_535);
    for (const size of [0, 1, 1472, 65_507]) {
      const waiting = to.receive(view);
      await from.send(new Uint8Array(size).fill(7), addressOf(to));
      assertEquals(await waiting, size);
      assert(to.sender.equals(from.local));
    }
    for (let round = 0; round < 20; round++) {
      const reading = (async () => {
        const seen: number[] = [];
        while (seen.length < 60) {
          assertEquals(await to.receive(view), 2);
          seen.push((view[0]! << 8) | view[1]!);
          // Sometimes the event loop has its turn between, sometimes not.
          if (seen.length % 7 === 0) await new Promise((resolve) => setTimeout(resolve));
        }
        return seen;
      })();
      if (round % 2 === 0) await new Promise((resolve) => setTimeout(resolve));
      burst(from, to, 60);
      assertEquals(await reading, Array.from({ length: 60 }, (_, i) => i));
    }
    from.close();
    to.close();
  }
});

Deno.test("datagrams do not overtake each other while their reader waits for the event loop", async () => {
  const to = UdpSocket.bind(LOCAL), count = 10_000;
  // Another thread, so that they arrive at any moment of ours; never more than the system keeps for a reader that is late.
  const source = `
    let rounds = 0, go = () => {};
    onmessage = () => (rounds++, go());
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const to = { transport: "udp", hostname: "127.0.0.1", port: ${to.local.port} };
    for (let i = 0; i < ${count}; i++) {
      while (rounds < Math.floor(i / 100)) await new Promise((resolve) => go = resolve);
      await socket.send(Uint8Array.of(i >> 8, i & 255), to);
      if (i % 4 === 0) for (const until = performance.now() + Math.random() * 0.6; performance.now() < until;);
    }
    socket.close();`;
  const sender = new Worker(URL.createObjectURL(new Blob([source])), { type: "module" });
  const view = new Uint8Array(16), seen: number[] = [];
  while (seen.length < count) {
    await to.receive(view);
    seen.push((view[0]! << 8) | view[1]!);
    if (seen.length % 100 === 0) sender.postMessage("another hundred");
    await Deno.stat(".");
  }
  sender.terminate();
  to.close();
  assertEquals(seen, Array.from({ length: count }, (_, i) => i));
});

Deno.test({
  name: "receiveAll() waits for what is under way, in order, and ends when the socket is closed",
  // There datagrams that are sent without waiting for each other overtake each other.
  ignore: Deno.build.os === "windows",
  async fn() {
    const from = UdpSocket.bind(LOCAL), to = UdpSocket.bind(LOCAL);
    const seen: number[] = [];
    let working = 0;
    const all = to.receiveAll(async (datagram) => {
      assertEquals(++working, 1);
      await new Promise((resolve) => setTimeout(resolve));
      working--;
      seen.push(datagram[1]!);
      if (seen.length === 20) to.close();
    });
    burst(from, to, 20);
    await all;
    assertEquals(seen, Array.from({ length: 20 }, (_, i) => i));
    from.close();
  },
});

Deno.test("receive() of a socket that is closed meanwhile gives CLOSED", async () => {
  for (const kind of KINDS) {
    const socket = UdpSocket.bind(LOCAL, kind);
    const waiting = socket.receive(new Uint8Array(10));
    socket.close();
    assertEquals([await waiting, await socket.receive(new Uint8Array(10))], [CLOSED, CLOSED]);
  }
});

Deno.test("a datagram that is too long is an error, and the socket lives on", async () => {
  const from = UdpSocket.bind(LOCAL), to = UdpSocket.bind(LOCAL);
  const words = Deno.build.os === "windows" ? "" : "essage too long";
  await assertRejects(async () => await from.send(new Uint8Array(65_508), addressOf(to)), Error, words);
  const view = new Uint8Array(4);
  await from.send(utf8("longer"), addressOf(to));
  assertEquals([await to.receive(view), new TextDecoder().decode(view)], [4, "long"]);
  from.close();
  to.close();
});

Deno.test({
  name: "a connected socket lets nobody else in, and learns that nobody is there",
  ignore: !linux,
  async fn() {
    for (const host of LOOPBACKS) {
      const [socket, peer, stranger] = [0, 0, 0].map(() => UdpSocket.bind({ host, port: 0 }));
      assert(socket!.connect(addressOf(peer!)));
      const stream = new UdpStream(socket!, addressOf(peer!), () => true);
      void stranger!.send(utf8("stranger"), addressOf(socket!));
      void peer!.send(utf8("peer"), addressOf(socket!));
      assertEquals(await stream.read(new Uint8Array(10)), 4);
      peer!.close();
      const reading = stream.read(new Uint8Array(10));
      await stream.write(utf8("anybody?"));
      const error = await assertRejects(() => reading, Error, "Connection refused");
      assert((error as { code?: string }).code === "ECONNREFUSED" || error instanceof Deno.errors.ConnectionRefused);
      stranger!.close();
      await stream.close();
    }
  },
});

Deno.test("round trips through two streams that are carried, many peers at once", async () => {
  const echo = UdpSocket.bind(LOCAL), listener = UdpSocket.bind(LOCAL);
  const echoing = echo.receiveAll((datagram) => echo.send(datagram, echo.sender));
  const stop = new AbortController();
  const carried: Promise<unknown>[] = [];
  const serving = (async () => {
    for await (const session of udpSessions(listener, stop.signal)) {
      const out = UdpSocket.bind(LOCAL);
      out.connect(addressOf(echo));
      carried.push(carry(session, new UdpStream(out, addressOf(echo)), { signal: stop.signal }));
    }
  })();
  await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    const client = UdpSocket.bind(LOCAL);
    const reply = new Uint8Array(2000);
    for (let trip = 0; trip < 50; trip++) {
      const size = (i * 50 + trip) % 1500;
      void client.send(new Uint8Array(size).fill(i), addressOf(listener));
      assertEquals(await client.receive(reply), size);
      assert(reply.subarray(0, size).every((octet) => octet === i));
    }
    client.close();
  }));
  stop.abort();
  await serving;
  await Promise.all(carried);
  echo.close();
  await echoing;
  assertEquals(carried.length, 20);
});

Deno.test("udpSessions() lets a datagram be that is still under way when another peer's comes", async () => {
  const listener = UdpSocket.bind(LOCAL), stop = new AbortController();
  const clients = [0, 0, 0].map(() => UdpSocket.bind(LOCAL));
  const seen: string[] = [], all = Promise.withResolvers<void>(), sessions: UdpSession[] = [];
  const text = new TextDecoder();
  const serving = (async () => {
    const slowly = async (datagram: Uint8Array) => {
      const before = text.decode(datagram);
      await new Promise((resolve) => setTimeout(resolve, 5));
      assertEquals(text.decode(datagram), before);
      seen.push(before);
      if (seen.length === 30) all.resolve();
    };
    for await (const session of udpSessions(listener, stop.signal)) {
      sessions.push(session);
      const view = new Uint8Array(100);
      void session.read(view).then(async (count) => {
        seen.push(text.decode(view.subarray(0, count!)));
        await session.each(slowly, 100);
      }).catch(all.reject);
    }
  })();
  for (let i = 0; i < 10; i++) {
    for (const [number, client] of clients.entries()) void client.send(utf8(`${number} ${i}`), addressOf(listener));
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
  await all.promise;
  stop.abort();
  await serving;
  for (const stream of sessions) await stream.close();
  for (const client of clients) client.close();
  // The runtime lets go of what it received with in its next turn.
  await new Promise((resolve) => setTimeout(resolve));
  for (const number of [0, 1, 2]) {
    assertEquals(
      seen.filter((one) => one.startsWith(`${number}`)),
      Array.from({ length: 10 }, (_, i) => `${number} ${i}`),
    );
  }
});

Deno.test({
  name: "hundreds of streams that wait for datagrams need a page or two each",
  ignore: !linux,
  async fn() {
    const script = `${import.meta.dirname}/../../../helpers/waiting_udp.ts`;
    const { stdout, stderr } = await runProgram(Deno.execPath(), ["run", "-A", "--quiet", "--no-check", script]);
    assert(Number(stdout || NaN) < 40_000, `${stdout || stderr} octets each`);
  },
});

Deno.test({
  name: "hundreds of sockets leave no descriptor behind",
  ignore: !linux,
  async fn() {
    const open = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const peer = UdpSocket.bind(LOCAL);
    const cycle = async () => {
      const socket = UdpSocket.bind(LOCAL);
      socket.connect(addressOf(peer));
      const waiting = socket.receive(new Uint8Array(10));
      await socket.send(utf8("x"), addressOf(peer));
      assertEquals(await peer.receive(new Uint8Array(10)), 1);
      socket.close();
      await waiting;
    };
    await cycle();
    const before = open();
    for (let i = 0; i < 500; i++) await cycle();
    // The last few are let go when the event loop has its turn.
    await new Promise((resolve) => setTimeout(resolve));
    assert(open() < before + 10);
    peer.close();
  },
});

Deno.test({
  name: "what is sent to groups comes to this machine, too, unless it is told not to",
  ignore: Deno.build.os !== "linux",
  fn() {
    const IP_MULTICAST_LOOP = 34;
    for (const [options, looped] of [[{}, 1], [{ loopback: true }, 1], [{ loopback: false }, 0]] as const) {
      const socket = UdpSocket.bind({ host: "127.0.0.1", port: 0 }, options);
      assertEquals(getSocketNumber(needLibc("the test"), socket.fd!, 0, IP_MULTICAST_LOOP), looped);
      socket.close();
    }
  },
});
