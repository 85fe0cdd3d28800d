// Clients that keep to no script: conversations cut, mutated, split and left at any point, towards targets that misbehave.
import { assert, assertEquals } from "@std/assert";
import { concat, latin1 } from "../../../lib/base/bytes.ts";
import { ConnectError } from "../../../lib/base/errors.ts";
import { parseHex } from "../../../lib/base/hex.ts";
import { freePort, tcpServer } from "../../helpers/netlab.ts";
import { echo, Peer, request5, TestProxy } from "../../helpers/socks.ts";

const CONVERSATIONS = 800, AT_ONCE = 40;

/** Numbers that are the same in every run (Park and Miller's generator). */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  /** 0 to below `limit`. */
  below(limit: number): number {
    this.#state = this.#state * 48271 % 2147483647;
    return this.#state % limit;
  }
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  octets(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

/** A conversation as a client would begin it, mostly well-formed. */
function opening(dice: Dice, ports: readonly number[], login: boolean): Uint8Array {
  const port = dice.one(ports), port16 = port.toString(16).padStart(4, "0");
  const host = dice.one(["127.0.0.1", "127.0.0.1", "localhost", "127.1", "", "a\0b", `[${"0".repeat(31)}1]`]);
  switch (dice.below(6)) {
    case 0:
      return parseHex(`04 0${dice.below(4)} ${port16} 7f000001 6d65 00`);
    case 1:
      return concat([parseHex(`04 01 ${port16} 00000001 00`), latin1(`${host}\0`)]);
    case 2: {
      const basic = login ? `Proxy-Authorization: Basic ${btoa(dice.one(["me:secret", ":", "x"]))}\r\n` : "";
      const body = dice.one(["", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"]);
      const line = dice.one([`CONNECT 127.0.0.1:${port}`, `GET http://127.0.0.1:${port}/`, "POST http://localhost/"]);
      return latin1(
        `${line} HTTP/1.${dice.below(2)}\r\n${basic}${body}\r\n${dice.one(["", "abc", "3\r\nabc\r\n0\r\n\r\n"])}`,
      );
    }
    case 3:
      return dice.octets(dice.below(300));
    default: {
      const user = login ? dice.one(["01 02 6d65 06 736563726574", "01 00 00", "01 02 6d65 01 78", ""]) : "";
      const methods = dice.one(["05 01 00", "05 02 00 02", "05 01 02", "05 00", "05 01 01"]);
      return parseHex(`${methods} ${user} ${request5(dice.below(5), host, port)}`);
    }
  }
}

/** Sends in pieces and leaves in one of many ways. A peer that is gone is no error here. */
async function converse(peer: Peer, bytes: Uint8Array, dice: Dice): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) {
      const size = dice.one([1, 7, 50, bytes.length]);
      await peer.write(bytes.subarray(at, at + size));
      at += size;
      if (dice.below(3) === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    // What is left unread when the connection is closed makes a reset of it.
    switch (dice.below(4)) {
      case 0:
        return;
      case 1:
        return void await peer.conn.read(new Uint8Array(1 + dice.below(4)));
      case 2:
        await peer.closeWrite();
        return void await peer.read(200_000);
      default:
        await peer.closeWrite();
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)) throw error;
  } finally {
    peer.close();
  }
}

/** Descriptors that this process has open; 0 where nobody tells. */
function descriptors(): number {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].length;
  } catch {
    return 0;
  }
}

/** So many conversations with one server, and one after them all, as if nothing had been. */
async function storm(login: boolean, count: number): Promise<void> {
  await using echoing = tcpServer(echo);
  await using closing = tcpServer(() => Promise.resolve());
  await using speaking = tcpServer((conn) => new Peer(conn).text("220 hello\r\n"));
  await using flooding = tcpServer(async (conn) => {
    await new Peer(conn).write(new Uint8Array(300_000)).catch(() => {});
  });
  const ports = [echoing.port, echoing.port, closing.port, speaking.port, flooding.port, freePort(), 0];
  await using proxy = await TestProxy.start({
    ...(login ? { users: { "me:secret": "" } } : {}),
    // A mutated address must not be one of the outside world.
    rules: ["allow 127.0.0.0/8", "allow ::1"],
    // A real resolver that is asked for a mutated name still has its sockets open when all is over.
    network: {
      resolve: (name) =>
        name === "localhost" ? Promise.resolve(["127.0.0.1"]) : Promise.reject(
          new ConnectError(name, "The name does not resolve", { reason: "name-not-found" }),
        ),
    },
    limits: { handshakeMs: 500, bindMs: 300, idleMs: 400 },
  });
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < count) {
      const dice = new Dice(1000 + next++);
      let bytes = concat([opening(dice, ports, login), dice.octets(dice.one([0, 5, 900]))]);
      if (dice.below(4) === 0 && bytes.length > 0) bytes[dice.below(bytes.length)] = dice.below(256);
      if (dice.below(3) === 0) bytes = bytes.subarray(0, dice.below(bytes.length + 1));
      await converse(await proxy.client(), bytes, dice);
    }
  }));
  using peer = await proxy.client();
  const basic = login ? `Proxy-Authorization: Basic ${btoa("me:secret")}\r\n` : "";
  await peer.text(`CONNECT 127.0.0.1:${echoing.port} HTTP/1.1\r\n${basic}\r\n`);
  assert((await peer.until("\r\n\r\n")).startsWith("HTTP/1.1 200 "));
  await peer.text("hello");
  assertEquals(await peer.until("hello"), "hello");
  peer.close();
  await proxy.server.idle();
  if (count === CONVERSATIONS) { for (const code of [0, 5]) assert(proxy.records.some(({ reply }) => reply === code)); }
}

for (const login of [false, true]) {
  Deno.test(`conversations of any kind${login ? ", with a login," : ""} end, and leave nothing behind`, async () => {
    // The runtime opens files of its own when something is done for the first time.
    await storm(login, AT_ONCE);
    const began = descriptors();
    await storm(login, CONVERSATIONS);
    // It gives a closed descriptor back when the operation on it has ended.
    for (let i = 0; i < 200 && descriptors() > began; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert(descriptors() <= began, `${descriptors()} descriptors are open, ${began} were`);
  });
}
