// The connection to an origin, asked again for the same client, over real sockets.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { tcpServer } from "../../../helpers/netlab.ts";
import { Peer, TestProxy } from "../../../helpers/socks.ts";
import { KeptOrigin, MOST_KEPT } from "../../../../lib/socks/http/kept_origin.ts";
import type { ProxyRequest } from "../../../../lib/socks/handshake/handshake.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { parseRule } from "../../../../lib/socks/policy/rules.ts";

/** What an origin does with a request: answers, or leaves. */
type Serve = (peer: Peer, path: string, served: number) => Promise<boolean>;

const okay = (path: string, more = "") => `HTTP/1.1 200 OK\r\n${more}Content-Length: ${path.length}\r\n\r\n${path}`;

/** An origin that writes down on which of its connections what was asked, and when one has ended. */
function origin(serve: Serve) {
  const asked: string[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const server = tcpServer(async (conn) => {
    const number = ends.push(Promise.withResolvers());
    const peer = new Peer(conn);
    try {
      for (let served = 0;; served++) {
        const head = await peer.until("\r\n\r\n");
        if (head === "") return;
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        await peer.read(length);
        const [method, path] = head.split(" ") as [string, string];
        asked.push(`${number} ${method} ${path}`);
        if (!await serve(peer, path, served)) return;
      }
    } finally {
      ends[number - 1]!.resolve();
    }
  });
  return Object.assign(server, { asked, ended: (number: number) => ends[number - 1]!.promise });
}

const answers: Serve = async (peer, path) => {
  await peer.text(okay(path));
  return true;
};

async function ask(peer: Peer, port: number, path: string, more = "", method = "GET"): Promise<string> {
  await peer.text(`${method} http://127.0.0.1:${port}${path} HTTP/1.1\r\n${more}\r\n`);
  const head = await peer.until("\r\n\r\n");
  const length = Number(/content-length: (\d+)/i.exec(head)![1]);
  return `${head.slice(9, 12)} ${new TextDecoder().decode(await peer.read(length))}`;
}

Deno.test("an origin is asked again on the same connection, and left with the client", async () => {
  await using server = origin(answers);
  await using other = origin(answers);
  await using proxy = await TestProxy.start();
  {
    using peer = await proxy.client();
    for (const path of ["/a", "/b", "/c"]) assertEquals(await ask(peer, server.port, path), `200 ${path}`);
    await proxy.ended(3);
    assertEquals(proxy.records.map(({ connectMs }) => connectMs === undefined), [false, true, true]);
    assertEquals(proxy.records.map(({ reached }) => reached?.port), [server.port, server.port, server.port]);
    // What may not be sent twice goes by a connection of its own.
    assertEquals(await ask(peer, server.port, "/d", "Content-Length: 0\r\n", "POST"), "200 /d");
    await server.ended(1);
    assertEquals(await ask(peer, server.port, "/e"), "200 /e");
    // Another origin, and this one is left.
    assertEquals(await ask(peer, other.port, "/f"), "200 /f");
    await server.ended(2);
    // Another client shares nothing.
    using stranger = await proxy.client();
    assertEquals(await ask(stranger, other.port, "/g"), "200 /g");
  }
  await other.ended(1);
  await other.ended(2);
  assertEquals(server.asked, ["1 GET /a", "1 GET /b", "1 GET /c", "2 POST /d", "2 GET /e"]);
  assertEquals(other.asked, ["1 GET /f", "2 GET /g"]);
});

Deno.test("requests that are sent ahead go to the origin one after the other", async () => {
  await using server = origin(answers);
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  const paths = Array.from({ length: 20 }, (_, i) => `/${i + 10}`);
  await peer.text(paths.map((path) => `GET http://127.0.0.1:${server.port}${path} HTTP/1.1\r\n\r\n`).join(""));
  for (const path of paths) {
    await peer.until("\r\n\r\n");
    assertEquals(new TextDecoder().decode(await peer.read(3)), path);
  }
  assertEquals(server.asked, paths.map((path) => `1 GET ${path}`));
});

Deno.test("an origin that leaves before it answers is asked anew, once", async () => {
  let leaves = 1;
  await using server = origin(async (peer, path, served) => {
    if (served > 0 && leaves-- > 0) return false;
    return await answers(peer, path, served);
  });
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  for (const path of ["/a", "/b", "/c"]) assertEquals(await ask(peer, server.port, path), `200 ${path}`);
  assertEquals(server.asked, ["1 GET /a", "1 GET /b", "2 GET /b", "2 GET /c"]);
  await using hasty = origin(async (peer, path, served) => {
    if (served === 0) return await answers(peer, path, served);
    await peer.text("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
    return false;
  });
  for (const path of ["/a", "/b"]) assertEquals(await ask(peer, hasty.port, path), `200 ${path}`);
  assertEquals(hasty.asked, ["1 GET /a", "1 GET /b", "2 GET /b"]);
  // An answer that has begun is not begun again.
  await using half = origin(async (peer, path, served) => {
    if (served === 0) return await answers(peer, path, served);
    await peer.text("HTTP/1.1 200 O");
    return false;
  });
  assertEquals(await ask(peer, half.port, "/d"), "200 /d");
  assertStringIncludes(await ask(peer, half.port, "/e"), "502 ");
  assertEquals(half.asked, ["1 GET /d", "1 GET /e"]);
});

for (
  const [name, serve] of [
    ["says that it closes", async (peer, path) => {
      await peer.text(okay(path, "Connection: close\r\n"));
      return true;
    }],
    ["speaks HTTP/1.0", async (peer, path) => {
      await peer.text(okay(path).replace("1.1", "1.0"));
      return true;
    }],
    ["says more than its response", async (peer, path) => {
      await peer.text(`${okay(path)}HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad`);
      return true;
    }],
    ["says something unasked", async (peer, path) => {
      await peer.text(okay(path));
      await peer.text("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
      return true;
    }],
  ] as readonly (readonly [string, Serve])[]
) {
  Deno.test(`an origin that ${name} is not asked again there`, async () => {
    await using server = origin(serve);
    await using proxy = await TestProxy.start();
    using peer = await proxy.client();
    assertEquals(await ask(peer, server.port, "/a"), "200 /a");
    await server.ended(1);
    assertEquals(await ask(peer, server.port, "/b"), "200 /b");
    assertEquals(server.asked, ["1 GET /a", "2 GET /b"]);
  });
}

Deno.test("each request is judged anew, whatever is kept", async () => {
  await using server = origin(answers);
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  assertEquals(await ask(peer, server.port, "/a"), "200 /a");
  const { access } = proxy.server.config;
  access.current = { ...access.current, rules: [parseRule("deny", "127.0.0.0/8", "test")] };
  assertStringIncludes(await ask(peer, server.port, "/b"), "403 ");
  await server.ended(1);
  assertEquals(server.asked, ["1 GET /a"]);
});

Deno.test("no more than so many origins are kept", () => {
  let open = 0;
  const keep = () => {
    const stream = { read: () => new Promise(() => {}), close: () => void open--, about: {} } as unknown as Stream;
    const kept = KeptOrigin.keep(stream, { address: { host: "127.0.0.1", port: 1 } } as ProxyRequest, []);
    if (kept !== undefined) open++;
    return kept;
  };
  const all = Array.from({ length: MOST_KEPT }, keep);
  assertEquals([open, keep()], [MOST_KEPT, undefined]);
  all[0]!.drop();
  all[0]!.drop();
  all[0] = keep();
  assertEquals([open, keep()], [MOST_KEPT, undefined]);
  for (const one of all) one!.drop();
  assertEquals(open, 0);
});
