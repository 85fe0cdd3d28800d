// Several HTTP requests on one connection of the client, over real sockets.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tcpServer } from "../../../helpers/netlab.ts";
import { Peer, TestProxy } from "../../../helpers/socks.ts";

/** An origin that answers each request with its path and body, one a connection. */
function origin() {
  return tcpServer(async (conn) => {
    const peer = new Peer(conn);
    const head = await peer.until("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const body = new TextDecoder().decode(await peer.read(length));
    const answer = `${head.split(" ")[1]}${body}`;
    await peer.text(
      answer.startsWith("/chunked")
        ? `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${answer.length.toString(16)}\r\n${answer}\r\n0\r\n\r\n`
        : answer.startsWith("/odd")
        ? `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x\n${answer}\n0\nT: 1\nContent-Length: 9\nbad\n\n`
        : answer.startsWith("/open")
        ? `HTTP/1.1 200 OK\r\n\r\n${answer}`
        : `HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`,
    );
  });
}

const request = (port: number, path: string, more = "", body = "") =>
  `${body === "" ? "GET" : "POST"} http://127.0.0.1:${port}${path} HTTP/1.1\r\n${more}${
    body === "" ? "" : `Content-Length: ${body.length}\r\n`
  }\r\n${body}`;

/** The body of a response that says its length; `undefined` when the connection ends with it. */
async function answer(peer: Peer): Promise<[body: string, kept: boolean]> {
  const head = await peer.until("\r\n\r\n");
  const length = Number(/content-length: (\d+)/i.exec(head)![1]);
  return [new TextDecoder().decode(await peer.read(length)), !/connection: close/i.test(head)];
}

Deno.test("one connection carries request after request, each with a line in the log", async () => {
  await using server = origin();
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  for (const path of ["/a", "/b", "/c"]) {
    await peer.text(request(server.port, path));
    assertEquals(await answer(peer), [path, true]);
  }
  await peer.text(request(server.port, "/chunked"));
  assertStringIncludes(await peer.until("0\r\n\r\n"), "\r\n8\r\n/chunked\r\n");
  // Chunks are made anew, so that only one end can be seen.
  await peer.text(request(server.port, "/odd"));
  assertStringIncludes(await peer.until("T: 1\r\n\r\n"), "\r\n\r\n4\r\n/odd\r\n0\r\nT: 1\r\n");
  await peer.text(request(server.port, "/last", "Connection: close\r\n", "body"));
  assertEquals(await answer(peer), ["/lastbody", false]);
  assertEquals(await peer.rest(), "");
  await proxy.ended(6);
  assertEquals(proxy.records.map(({ number, reply }) => [number, reply]), [1, 1, 1, 1, 1, 1].map((one) => [one, 0]));
});

Deno.test("requests that are sent ahead are answered in their order, however they are cut", async () => {
  await using server = origin();
  await using proxy = await TestProxy.start();
  const paths = Array.from({ length: 12 }, (_, i) => `/${i}`);
  const all = paths.map((path, i) => request(server.port, path, "", i % 3 === 1 ? "b".repeat(i * 100) : "")).join("");
  for (const size of [all.length, 700, 97]) {
    using peer = await proxy.client();
    const answers = (async () => {
      const got: string[] = [];
      for (const _ of paths) got.push((await answer(peer))[0]);
      return got;
    })();
    for (let at = 0; at < all.length; at += size) await peer.text(all.slice(at, at + size));
    assertEquals(await answers, paths.map((path, i) => path + (i % 3 === 1 ? "b".repeat(i * 100) : "")));
  }
});

Deno.test("CONNECT may follow, SOCKS may not", async () => {
  await using server = origin();
  await using target = tcpServer(async (conn) => {
    await conn.readable.pipeTo(conn.writable);
  });
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  await peer.text(`${request(server.port, "/a")}CONNECT 127.0.0.1:${target.port} HTTP/1.1\r\n\r\nearly`);
  assertEquals(await answer(peer), ["/a", true]);
  assert((await peer.until("early")).startsWith("HTTP/1.1 200 "));
  await peer.text("late");
  await peer.closeWrite();
  assertEquals(await peer.rest(), "late");
  using other = await proxy.client();
  await other.text(request(server.port, "/b"));
  assertEquals(await answer(other), ["/b", true]);
  await other.send("05 01 00");
  assertEquals(await other.rest(), "");
});

Deno.test("a connection ends with a response that ends so, and with a client that waits too long", async () => {
  await using server = origin();
  await using proxy = await TestProxy.start({ limits: { handshakeMs: 300 } });
  using open = await proxy.client();
  await open.text(request(server.port, "/open") + request(server.port, "/next"));
  assert((await open.rest()).endsWith("\r\n\r\n/open"));
  using peer = await proxy.client();
  await peer.text(request(server.port, "/a"));
  assertEquals(await answer(peer), ["/a", true]);
  assertEquals(await peer.rest(), "");
  // Waiting is no request: there is no line for it.
  await proxy.server.idle();
  assertEquals(proxy.records.length, 2);
});

Deno.test("a server that is about to stop keeps no connection, nor does one that is watched", async () => {
  await using server = origin();
  await using proxy = await TestProxy.start();
  using resting = await proxy.client();
  await resting.text(request(server.port, "/a"));
  assertEquals(await answer(resting), ["/a", true]);
  using later = await proxy.client();
  proxy.server.drain();
  assertEquals(await resting.rest(), "");
  await later.text(request(server.port, "/b"));
  assertEquals(await answer(later), ["/b", false]);
  await using watched = await TestProxy.start({ observe: () => [{ data: () => {} }] });
  using peer = await watched.client();
  await peer.text(request(server.port, "/c"));
  assertEquals(await answer(peer), ["/c", false]);
});

Deno.test("who logs in does so for each request", async () => {
  await using server = origin();
  await using proxy = await TestProxy.start({ users: { "me:secret": "" } });
  using peer = await proxy.client();
  const login = `Proxy-Authorization: Basic ${btoa("me:secret")}\r\n`;
  await peer.text(request(server.port, "/a", login));
  assertEquals(await answer(peer), ["/a", true]);
  await peer.text(request(server.port, "/b"));
  assertStringIncludes(await peer.rest(), "HTTP/1.1 407 ");
  await proxy.ended(2);
  assertEquals(proxy.records.map(({ user }) => user), ["me", undefined]);
});
