// Sessions of a UDP socket: what waits for a reader, what is too much, who is let in.
import { assertEquals } from "@std/assert";
import { utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { UdpAddress } from "../../../../lib/stream/udp/address.ts";
import { UdpSocket } from "../../../../lib/stream/udp/socket.ts";
import { type UdpListenerOptions, UdpSession, udpSessions, UdpStream } from "../../../../lib/stream/udp/streams.ts";

const LOCAL = { host: "127.0.0.1", port: 0 };
const addressOf = (socket: UdpSocket) => UdpAddress.from(socket.local);

Deno.test("UdpSession keeps 1024 datagrams for a reader in their order, and then ends", async () => {
  const socket = UdpSocket.bind(LOCAL);
  let forgotten = 0;
  const session = new UdpSession(socket, addressOf(socket), () => forgotten++);
  const numbered = (i: number) => Uint8Array.of(i >> 8, i);
  for (let i = 0; i < 1024; i++) assertEquals(session.deliver(numbered(i)), i + 1);
  assertEquals([session.deliver(numbered(1024)), session.deliver(numbered(1025))], [1024, 1024]);
  const view = new Uint8Array(10), seen: number[] = [];
  const read = async () => seen.push(await session.read(view) === 2 ? view[0]! << 8 | view[1]! : -1);
  // There is room again, and what waits is read after the end, too.
  await read();
  assertEquals(session.deliver(numbered(1026)), 1024);
  session.end();
  while (seen.length < 1025) await read();
  assertEquals(seen, [...Array.from({ length: 1024 }, (_, i) => i), 1026]);
  assertEquals(await session.read(view), null);
  assertEquals(forgotten, 0);
  await session.close();
  assertEquals(forgotten, 1);
  socket.close();
});

Deno.test("UdpSession tells who waits that it has ended, and what he throws to who asked", async () => {
  const socket = UdpSocket.bind(LOCAL);
  const session = () => new UdpSession(socket, addressOf(socket), () => {});
  const ended = session();
  const reading = ended.read(new Uint8Array(1));
  ended.end();
  assertEquals(await reading, null);
  for (
    const fault of [() => Promise.reject(new RangeError("no")), () => {
      throw new RangeError("no");
    }]
  ) {
    const failing = session();
    failing.deliver(utf8("x"));
    assertEquals(await failing.each(fault, 10).catch((error) => error.message), "no");
  }
  const cut: string[] = [];
  const each = session();
  for (const word of ["long", "s"]) each.deliver(utf8(word));
  each.end();
  await each.each((datagram) => void cut.push(utf8Text(datagram)), 2);
  assertEquals(cut, ["lo", "s"]);
  // The end waits for who is busy.
  const slow = session(), dealtWith: string[] = [];
  for (const word of ["a", "b"]) slow.deliver(utf8(word));
  const all = slow.each(async (datagram) => {
    await Promise.resolve();
    dealtWith.push(utf8Text(datagram));
  }, 10);
  slow.end();
  await all;
  assertEquals(dealtWith, ["a", "b"]);
  socket.close();
});

/** What each session of a socket reads first, and who is not let in, when two clients send two datagrams each. */
async function firstWords(options: UdpListenerOptions, sessionsWanted: number, refusedWanted = 0) {
  const listener = UdpSocket.bind(LOCAL), stop = new AbortController();
  const clients = ["a", "b"].map((name) => ({ name, socket: UdpSocket.bind(LOCAL) }));
  const sessions: UdpSession[] = [], refused: string[] = [];
  const enough = () => {
    if (sessions.length === sessionsWanted && refused.length === refusedWanted) stop.abort();
  };
  const onRefused: UdpListenerOptions["onRefused"] = ({ port }, why) => {
    refused.push(`${clients.find(({ socket }) => socket.local.port === port)!.name} ${why}`);
    enough();
  };
  const admits = options.admits && (({ port }: { port: number }) => port === clients[0]!.socket.local.port);
  const found = udpSessions(listener, stop.signal, { ...options, admits, onRefused });
  for (const { name, socket } of clients) {
    for (const i of [1, 2]) void socket.send(utf8(`${name}${i}`), addressOf(listener));
  }
  for await (const session of found) {
    sessions.push(session);
    enough();
  }
  const view = new Uint8Array(10), words: string[] = [];
  for (const session of sessions) {
    words.push(utf8Text(view.subarray(0, (await session.read(view))!)));
    if (options.oneShot) assertEquals(await session.read(view), null);
    // Nobody new is let in any more, but who is in is answered.
    await session.write(utf8("answer"));
    assertEquals(listener.closed, false);
    await session.close();
  }
  assertEquals(listener.closed, true);
  for (const { socket } of clients) socket.close();
  return { words, refused };
}

Deno.test("udpSessions() has a session for each peer, or each datagram, and says who is not let in", async () => {
  assertEquals(await firstWords({}, 2), { words: ["a1", "b1"], refused: [] });
  assertEquals(await firstWords({ oneShot: true }, 4), { words: ["a1", "a2", "b1", "b2"], refused: [] });
  assertEquals(await firstWords({ maxSessions: 1 }, 1, 2), { words: ["a1"], refused: ["b limit", "b limit"] });
  assertEquals(await firstWords({ admits: () => true }, 1, 2), { words: ["a1"], refused: ["b refused", "b refused"] });
});

Deno.test("UdpStream takes datagrams of its peer's address and port alone", async () => {
  const peer = UdpSocket.bind(LOCAL), socket = UdpSocket.bind(LOCAL);
  const strangers = [UdpSocket.bind(LOCAL), UdpSocket.bind({ host: "127.0.0.2", port: peer.local.port })];
  const stream = new UdpStream(socket, addressOf(peer));
  for (const stranger of strangers) void stranger.send(utf8("stranger"), addressOf(socket));
  void peer.send(utf8("peer"), addressOf(socket));
  assertEquals(await stream.read(new Uint8Array(10)), 4);
  for (const one of [peer, ...strangers]) one.close();
  await stream.close();
});
