// HTTP requests with an absolute URI, over real sockets.
import { connect } from "node:net";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { latin1, latin1Text } from "../../../../lib/base/bytes.ts";
import { tcpServer } from "../../../helpers/netlab.ts";
import { Peer, TestProxy, undated } from "../../../helpers/socks.ts";

/** An origin that keeps what it was sent, answers, and (unless told) keeps its connection open. */
function origin(answer: string, close = true) {
  const requests: string[] = [];
  /** What of the request under way has come. */
  let come = "", changed = Promise.withResolvers<void>();
  const server = tcpServer(async (conn) => {
    const peer = new Peer(conn);
    let text = "";
    const buffer = new Uint8Array(65536);
    const whole = () => {
      const end = text.indexOf("\r\n\r\n");
      if (end === -1) return false;
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      if (length !== undefined) return text.length >= end + 4 + Number(length);
      return /transfer-encoding/i.test(text) ? /\r\n0\r\n(.+\r\n)*\r\n$/.test(text) : true;
    };
    while (!whole()) {
      const count = await conn.read(buffer);
      if (count === null) break;
      come = text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
      changed.resolve();
    }
    requests.push(text);
    await peer.text(answer);
    if (!close) await conn.read(buffer);
  });
  /** Waits until what has come ends so. */
  const endsWith = async (end: string) => {
    while (!come.endsWith(end)) {
      await changed.promise;
      changed = Promise.withResolvers();
    }
  };
  return { requests, endsWith, port: server.port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const OK =
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nX-A: b\r\n\r\nhello";

Deno.test("the origin gets its own form of the request, without what was for the proxy", async () => {
  await using server = origin(OK, false);
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  await peer.text(
    `GET http://user:pw@127.0.0.1:${server.port}/a?b=c#d HTTP/1.1\r\nHost: other.test\r\nProxy-Connection: keep-alive\r\n` +
      "Connection: X-Hop, Close\r\nX-Hop: 1\r\nProxy-Authorization: Basic eDp5\r\nTE: trailers\r\nUpgrade: h2c\r\nX-Keep: 2\r\n\r\n",
  );
  // The origin keeps its connection: the response ends by its length.
  const answer = undated(await peer.rest());
  assertEquals(
    answer,
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\nVia: 1.1 netlab\r\nConnection: close\r\n\r\nhello",
  );
  assertEquals(server.requests, [
    `GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nX-Keep: 2\r\nVia: 1.1 netlab\r\nConnection: close\r\n\r\n`,
  ]);
});

Deno.test("bodies pass by length or chunks as they came, and nothing after them goes to the origin", async () => {
  await using server = origin(OK);
  await using proxy = await TestProxy.start();
  for (
    const [headers, body, sent] of [
      ["Content-Length: 11\r\n", "hello world", "hello world"],
      [
        "Transfer-Encoding: chunked\r\n",
        "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
        "b\r\nhello world\r\n0\r\n\r\n",
      ],
      ["Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "0\r\n\r\n"],
      // RFC 9110, 7.6.1: trailers are fields too.
      [
        "Transfer-Encoding: chunked\r\nConnection: X-Hop\r\n",
        "0\r\nX-Hop: 1\r\nX-End: 2\r\nTE: 3\r\n\r\n",
        "0\r\nX-End: 2\r\n\r\n",
      ],
    ] as const
  ) {
    using peer = await proxy.client();
    const head = `POST http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\n${headers}\r\n`;
    await peer.text(`${head}${body}GET http://127.0.0.1:${server.port}/second HTTP/1.1\r\nConnection: close\r\n\r\n`);
    assert((await peer.rest()).endsWith("hello"));
    const request = server.requests.pop()!;
    assert(request.endsWith(`\r\n\r\n${sent}`), request);
  }
  assertEquals(server.requests.length, 0);
});

Deno.test("a body that comes in pieces, the first with the head, arrives as it was sent", async () => {
  await using server = origin(OK);
  await using proxy = await TestProxy.start();
  for (
    const [headers, pieces, arriving] of [
      ["Content-Length: 11", ["hello", " wor", "ld"]],
      [
        "Transfer-Encoding: chunked",
        ["5\r\nhel", "lo\r\n", "0\r\n\r\n"],
        ["3\r\nhel\r\n", "2\r\nlo\r\n", "0\r\n\r\n"],
      ],
      ["Content-Length: 100005", ["hello", "x".repeat(50_000), "y".repeat(50_000)]],
    ] as const
  ) {
    using peer = await proxy.client();
    await peer.text(
      `POST http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\n${headers}\r\n\r\n${pieces[0]}`,
    );
    const expected = arriving ?? pieces;
    for (const [index, piece] of pieces.slice(1).entries()) {
      // Each after the one before has come to the origin.
      await server.endsWith(expected[index]!);
      await peer.text(piece);
    }
    assert((await peer.rest()).endsWith("hello"));
    assert(server.requests.pop()!.endsWith(`\r\n\r\n${expected.join("")}`), headers);
  }
});

Deno.test("Expect: 100-continue goes to the origin, and its interim answer to the client, who sends the body then", async () => {
  let request = "";
  await using server = tcpServer(async (conn) => {
    const peer = new Peer(conn);
    request = await peer.until("\r\n\r\n");
    await peer.text("HTTP/1.1 100 Continue\r\n\r\n");
    request += latin1Text(await peer.read(4));
    await peer.text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  await peer.text(
    `PUT http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\nExpect: 100-continue\r\n` +
      "Content-Length: 4\r\n\r\n",
  );
  assertEquals(await peer.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\nVia: 1.1 netlab\r\n\r\n");
  await peer.text("body");
  assert((await peer.rest()).endsWith("\r\n\r\nok"));
  assertStringIncludes(request, "\r\nExpect: 100-continue\r\n");
  assert(request.endsWith("\r\n\r\nbody"), request);
});

Deno.test("responses end as they say: length, chunks, none, close", async () => {
  await using proxy = await TestProxy.start();
  for (
    const [method, answer, expected, close] of [
      [
        "GET",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\n\r\n",
        false,
      ],
      ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "", false],
      ["GET", "HTTP/1.1 204 No Content\r\n\r\n", "", false],
      ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "", false],
      ["GET", "HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end", true],
      ["GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false],
    ] as const
  ) {
    await using server = origin(answer, close);
    using peer = await proxy.client();
    await peer.text(`${method} http://127.0.0.1:${server.port} HTTP/1.1\r\nConnection: close\r\n\r\n`);
    const all = await peer.rest();
    assertEquals(all.slice(all.lastIndexOf("close\r\n\r\n") + 9), expected, answer);
    if (answer.includes(" 100 ")) assert(all.startsWith("HTTP/1.1 100 Continue\r\nVia: 1.1 netlab\r\n\r\n"));
  }
});

Deno.test("an origin that does not answer, or not in HTTP, is a bad gateway", async () => {
  await using proxy = await TestProxy.start();
  for (
    const answer of [
      "",
      "SSH-2.0-x\r\n\r\n",
      "HTTP/1.1 101 Switching\r\n\r\n",
      "HTTP/1.1 099 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      `HTTP/1.1 200 OK\r\nA: ${"a".repeat(80_000)}\r\n\r\n`,
    ]
  ) {
    await using server = origin(answer);
    using peer = await proxy.client();
    await peer.text(`GET http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\n\r\n`);
    assertStringIncludes(await peer.rest(), "HTTP/1.1 502 ");
  }
});

Deno.test("a body whose chunks are broken is answered, and the origin does not wait for the rest", async () => {
  await using proxy = await TestProxy.start();
  for (const body of ["3\nabc\r\n0\r\n\r\n", "zz\r\n", "3\r\nabcd\r\n", "0\r\nGET / HTTP/1.1\r\n\r\n"]) {
    let seen = "";
    await using server = tcpServer(async (conn) => {
      seen = latin1Text(await new Peer(conn).read(Infinity));
    });
    using peer = await proxy.client();
    await peer.text(
      `POST http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
    );
    assertStringIncludes(await peer.rest(), "HTTP/1.1 400 ", body);
    assert(!seen.includes("\r\n\r\n0\r\n"), seen);
  }
  await proxy.ended(4);
  for (const record of proxy.records) assertEquals(record.ended, "refused");
});

Deno.test("an origin that keeps silent is given up, and the client is told", async () => {
  await using server = tcpServer(async (conn) => {
    await new Peer(conn).read(Infinity);
  });
  await using proxy = await TestProxy.start({ limits: { idleMs: 200 } });
  for (const body of ["", "Content-Length: 100\r\n"]) {
    using peer = await proxy.client();
    await peer.text(`POST http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\n${body}\r\n`);
    const answer = await peer.rest();
    assertStringIncludes(answer, "HTTP/1.1 504 ");
    assertStringIncludes(answer, "netlab: timed out\n");
  }
  await proxy.ended(2);
  for (const { reply, ended } of proxy.records) assertEquals([reply, ended], [6, "idle"]);
});

Deno.test("a client of HTTP/1.0 gets what it knows: no chunks, no interim responses; the origin is asked in 1.1", async () => {
  await using server = origin(
    "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(40) +
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 1\r\n\r\n",
  );
  await using proxy = await TestProxy.start();
  const ask = async (version: string) => {
    using peer = await proxy.client();
    await peer.text(`GET http://127.0.0.1:${server.port}/ HTTP/${version}\r\nConnection: close\r\n\r\n`);
    return await peer.rest();
  };
  assertEquals(undated(await ask("1.0")), "HTTP/1.1 200 OK\r\nVia: 1.1 netlab\r\nConnection: close\r\n\r\nabcde");
  const full = await ask("1.1");
  assertEquals(full.split("HTTP/1.1 103 ").length, 41);
  assert(full.endsWith("5\r\nabcde\r\n0\r\nT: 1\r\n\r\n"), full);
  for (const request of server.requests) assertStringIncludes(request, "GET / HTTP/1.1\r\n");
});

Deno.test("a response that is cut or broken half way stands so in the log", async () => {
  await using proxy = await TestProxy.start();
  const stories = [
    ["Content-Length: 9\r\n\r\nhello", "before the end of its response", 200],
    ["Transfer-Encoding: chunked\r\n\r\n9\r\nhello", "before the end of its response", 200],
    // Known before anything was passed on.
    ["Transfer-Encoding: chunked\r\n\r\nzz\r\nhello", "A chunk size is malformed", 502],
  ] as const;
  for (const [number, [rest, why, status]] of stories.entries()) {
    await using server = origin(`HTTP/1.1 200 OK\r\n${rest}`);
    using peer = await proxy.client();
    await peer.text(`GET http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\n\r\n`);
    assert((await peer.rest()).startsWith(`HTTP/1.1 ${status} `));
    const record = await proxy.ended(number + 1);
    assertEquals([record.reply, record.ended], status === 200 ? [0, "target"] : [1, "refused"]);
    assertStringIncludes(record.why!, why);
  }
});

Deno.test("a request that may go no further is answered here", async () => {
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  await peer.text("TRACE http://127.0.0.1:1/ HTTP/1.1\r\nMax-Forwards: 0\r\n\r\n");
  assert((await peer.rest()).endsWith("\r\n\r\nTRACE http://127.0.0.1:1/ HTTP/1.1\r\nMax-Forwards: 0\r\n\r\n"));
  peer.close();
  assertEquals((await proxy.ended()).reply, 0);
});

Deno.test("a large response reaches a slow client whole", async () => {
  const body = "x".repeat(3_000_000);
  await using server = origin(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  await peer.text(`GET http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\n\r\n`);
  await peer.closeWrite();
  assert((await peer.rest()).endsWith(body));
});

Deno.test("who leaves in the middle of a response is said to have ended it, and the reply that began is counted", async () => {
  await using server = tcpServer(async (conn) => {
    const peer = new Peer(conn);
    await peer.until("\r\n\r\n");
    await peer.text("HTTP/1.1 200 OK\r\n\r\n");
    try {
      for (;;) await peer.write(new Uint8Array(65536));
    } catch {
      // As it should be.
    }
  });
  await using short = origin("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
  await using proxy = await TestProxy.start();
  const peer = await proxy.client();
  await peer.text(`GET http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\n\r\n`);
  await peer.read(100_000);
  peer.close();
  const first = await proxy.ended();
  assertEquals([first.reply, first.ended], [0, "client"]);
  using other = await proxy.client();
  await other.text(`GET http://127.0.0.1:${short.port}/ HTTP/1.1\r\nConnection: close\r\n\r\n`);
  assert((await other.rest()).endsWith("hello"));
  const second = await proxy.ended(2);
  assertEquals([second.reply, second.ended], [0, "target"]);
});

Deno.test("who leaves before there is an answer got no reply, and the log says so", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = tcpServer(async (conn) => {
    const peer = new Peer(conn);
    await peer.until("\r\n\r\n");
    asked.resolve();
    await peer.read(Infinity);
  });
  await using proxy = await TestProxy.start();
  // An end alone may be half of one: only a reset says that nobody is there any more.
  const client = connect(proxy.port, "127.0.0.1");
  client.write(`GET http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\n\r\n`);
  await asked.promise;
  client.resetAndDestroy();
  const { reply, ended, received } = await proxy.ended();
  assertEquals([reply, ended, received], [undefined, "client", 0]);
});

Deno.test("what is HTTP, but malformed, is answered; what is not is closed", async () => {
  await using server = origin(OK);
  await using proxy = await TestProxy.start();
  const uri = `http://127.0.0.1:${server.port}/`;
  for (
    const [request, status] of [
      [`GET ${uri} HTTP/1.1\nHost: a\r\n\r\n`, "400"],
      [`GET ${uri} HTTP/1.1\r\nHost: a\n\n`, "400"],
      [`GET ${uri} HTTP/1.1\r\nA: b\r\n folded\r\n\r\n`, "400"],
      [`POST ${uri} HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, "400"],
      [`POST ${uri} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, "400"],
      [`GET ${uri} HTTP/1.1\r\nA: ${"a".repeat(80_000)}\r\n\r\n`, "431"],
      [`GET ${uri}${"a".repeat(80_000)}`, "414"],
      [`\r\n\r\nget ${uri} HTTP/2.0\r\n\r\n`, "505"],
      ["\r\rGET", ""],
      ["HELO there\n", ""],
      ["HELO there\r\n", ""],
      ["A first line that is no request\r\nA : b\r\n\r\n", ""],
    ] as const
  ) {
    using peer = await proxy.client();
    await peer.text(request);
    const answer = await peer.rest();
    assertEquals(answer.slice(0, 12), status === "" ? "" : `HTTP/1.1 ${status}`, request.slice(0, 100));
  }
  assertEquals(server.requests, []);
});

Deno.test("WebSocket by an absolute URI: the change of protocol is passed on, and both sides talk", async () => {
  const requests: string[] = [];
  await using server = tcpServer(async (conn) => {
    const peer = new Peer(conn);
    requests.push(await peer.until("\r\n\r\n"));
    await peer.text(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX: y\r\n\r\nfirst ",
    );
    await peer.text(`and ${await peer.until("!")}`);
  });
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  await peer.text(
    `GET http://127.0.0.1:${server.port}/ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n` +
      "Sec-WebSocket-Key: k\r\n\r\n",
  );
  const first = "HTTP/1.1 101 Switching Protocols\r\nX: y\r\nVia: 1.1 netlab\r\nUpgrade: websocket\r\n" +
    "Connection: Upgrade\r\n\r\nfirst ";
  assertEquals(await peer.until("first "), first);
  await peer.text("hello!");
  assertEquals(await peer.rest(), "and hello!");
  assertEquals(requests, [
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nSec-WebSocket-Key: k\r\nVia: 1.1 netlab\r\n` +
    "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
  ]);
  await peer.conn.closeWrite();
  const record = await proxy.ended();
  assertEquals([record.reply, record.sent, record.received], [0, requests[0]!.length + 6, first.length + 10]);
});

Deno.test("an origin that answers a wish for WebSocket in HTTP is heard, and one that changes unasked is not", async () => {
  await using refusing = origin(OK);
  await using changing = origin("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n");
  await using proxy = await TestProxy.start();
  {
    using peer = await proxy.client();
    await peer.text(
      `GET http://127.0.0.1:${refusing.port}/ HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    );
    assertEquals(
      undated(await peer.rest()),
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\nVia: 1.1 netlab\r\nConnection: close\r\n\r\nhello",
    );
  }
  using peer = await proxy.client();
  await peer.text(`GET http://127.0.0.1:${changing.port}/ HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n`);
  assert((await peer.rest()).startsWith("HTTP/1.1 502 "));
});

Deno.test("watchers see the request as the origin gets it, then its body, then the response", async () => {
  await using server = origin(OK);
  const seen: string[] = [];
  await using proxy = await TestProxy.start({
    observe: () => [{ data: (direction, chunk) => void seen.push(direction + latin1Text(chunk)) }],
  });
  using peer = await proxy.client();
  await peer.text(
    `POST http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\nContent-Length: 4\r\nTE: trailers\r\n\r\nbody`,
  );
  await peer.rest();
  const text = seen.join("");
  assertEquals(
    text.slice(0, text.indexOf("<")),
    `>POST / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: 4\r\nVia: 1.1 netlab\r\nConnection: close\r\n\r\n>body`,
  );
  assert(text.endsWith("\r\n\r\nhello"), text);
});

Deno.test("what a client says after its one request goes nowhere, and watchers do not see it pass", async () => {
  await using server = origin(OK);
  const seen: string[] = [];
  await using proxy = await TestProxy.start({
    observe: () => [{
      data: (direction, chunk) => void seen.push(direction + latin1Text(chunk)),
      close: () => void seen.push("over"),
    }],
  });
  using peer = await proxy.client();
  await peer.text(`GET http://127.0.0.1:${server.port}/ HTTP/1.1\r\nConnection: close\r\n\r\n`);
  await peer.rest();
  await peer.text("GET http://127.0.0.1/more HTTP/1.1\r\n\r\n");
  peer.close();
  await proxy.ended();
  assertEquals(seen.filter((text) => /^>|^over/.test(text)).map((text) => text.slice(0, 6)), [">GET /", "over"]);
});

Deno.test("whoever is refused may send a long body first, and reads why all the same", async () => {
  await using proxy = await TestProxy.start({ users: { "me:secret": "" } });
  using peer = await proxy.client();
  const body = new Uint8Array(32 * 1024 * 1024);
  await peer.text(`POST http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\nContent-Length: ${body.length}\r\n\r\n`);
  await peer.write(body);
  assertEquals((await peer.rest()).split(" ")[1], "407");
});

Deno.test("an origin that answers early and takes no more of the request is heard all the same", async () => {
  await using origin = tcpServer(async (conn) => {
    await conn.read(new Uint8Array(1000));
    await conn.write(latin1("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig"));
    // What is unread makes the end a reset.
    conn.close();
  });
  await using proxy = await TestProxy.start();
  const body = new Uint8Array(32 * 1024 * 1024);
  for (let round = 0; round < 5; round++) {
    using peer = await proxy.client();
    await peer.text(
      `POST http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await peer.write(body);
    const answer = await peer.rest();
    assertEquals([answer.split(" ")[1], answer.slice(-3)], ["413", "big"]);
  }
  await proxy.ended(5);
  assertEquals(proxy.records.map(({ ended }) => ended), Array(5).fill("target"));
});
