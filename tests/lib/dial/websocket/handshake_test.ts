import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { concat, utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { ConnectError, FormatError, ProtocolError } from "../../../../lib/base/errors.ts";
import { dialTcp } from "../../../../lib/dial/tcp.ts";
import { acceptKey, webSocketClient, webSocketServer } from "../../../../lib/dial/websocket/handshake.ts";
import type { WebSocketOptions } from "../../../../lib/dial/websocket/stream.ts";
import {
  applyMask,
  encodeClose,
  encodeFrame,
  type FrameHeader,
  OPCODE,
  parseClose,
  parseHeader,
} from "../../../../lib/dial/websocket/frame.ts";
import { connStream } from "../../../../lib/stream/conn.ts";
import { readExactly, readUntil } from "../../../../lib/stream/exact.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { readAll, streamPair } from "../../../helpers/streams.ts";

const octets = (...list: number[]) => new Uint8Array(list);

Deno.test("acceptKey() gives the RFC's answer", async () => {
  assertEquals(await acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

Deno.test("encodeFrame() writes the RFC's examples (5.7)", () => {
  assertEquals(encodeFrame({ final: true, opcode: 1 }, utf8("Hello")), octets(0x81, 5, 0x48, 0x65, 0x6c, 0x6c, 0x6f));
  assertEquals(
    encodeFrame({ final: true, opcode: 1, mask: octets(0x37, 0xfa, 0x21, 0x3d) }, utf8("Hello")),
    octets(0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58),
  );
  assertEquals(encodeFrame({ final: true, opcode: 2 }, new Uint8Array(256)).subarray(0, 4), octets(0x82, 0x7e, 1, 0));
  assertEquals(
    encodeFrame({ final: true, opcode: 2 }, new Uint8Array(65536)).subarray(0, 10),
    octets(0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0),
  );
});

Deno.test("parseHeader() reads what encodeFrame() writes, and wants more while it is cut", () => {
  fc.assert(fc.property(
    fc.constantFrom(0, 1, 2),
    fc.boolean(),
    fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 })),
    fc.constantFrom(0, 1, 125, 126, 127, 65535, 65536, 70000),
    (opcode, final, mask, length) => {
      const bytes = encodeFrame({ opcode, final, mask: mask ?? undefined }, new Uint8Array(length));
      const { header, size } = parseHeader(bytes)!;
      const wanted: FrameHeader = { final, opcode, length, ...(mask === null ? {} : { mask }) };
      assertEquals(header, wanted);
      assertEquals(size, bytes.length - length);
      for (let cut = 0; cut < size; cut++) assertEquals(parseHeader(bytes.subarray(0, cut)), undefined);
    },
  ));
});

Deno.test("parseHeader() and parseClose() give a value or a FormatError for any octets", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
    for (const parse of [() => parseHeader(bytes), () => parseClose(bytes)]) {
      try {
        parse();
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
  }));
});

Deno.test("applyMask() is its own inverse, whatever the alignment and the pieces", () => {
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.nat(200),
    fc.nat(7),
    (bytes, mask, cut, shift) => {
      const plain = bytes.map((octet, i) => octet ^ mask[i & 3]!);
      const room = new Uint8Array(shift + bytes.length);
      room.set(bytes, shift);
      const at = Math.min(cut, bytes.length);
      applyMask(room.subarray(shift, shift + at), mask);
      applyMask(room.subarray(shift + at), mask, at);
      assertEquals(room.subarray(shift), plain);
    },
  ));
});

async function opened(options: WebSocketOptions = {}): Promise<[client: Stream, server: Stream]> {
  const [left, right] = streamPair();
  return await Promise.all([
    webSocketClient(left, { host: "x.test", path: "/chat", ...options }),
    webSocketServer(right, options),
  ]);
}

Deno.test("Both sides agree, carry data both ways, keep half-close", async () => {
  const [client, server] = await opened();
  assertEquals(server.about.facts?.path, "/chat");
  for (const size of [1, 125, 126, 5000, 70_000, 500_000]) {
    const bytes = crypto.getRandomValues(new Uint8Array(Math.min(size, 65536)));
    const sent = concat(Array.from({ length: Math.ceil(size / bytes.length) }, () => bytes)).slice(0, size);
    for (const [from, to] of [[client, server], [server, client]] as const) {
      const writing = from.write(sent);
      const got = new Uint8Array(size);
      for (let have = 0; have < size;) have += (await to.read(got.subarray(have)))!;
      await writing;
      assert(got.every((octet, i) => octet === sent[i]));
    }
  }
  await Promise.all([client.closeWrite(), readAll(server)]);
  const late = (async () => {
    await server.write(utf8("after your close"));
    await server.closeWrite();
  })();
  assertEquals(utf8Text(await readAll(client)), "after your close");
  await late;
  await Promise.all([client.close(), server.close()]);
});

Deno.test("Messages are datagrams with their boundaries; empty ones pass; one that does not fit is cut", async () => {
  const [client, server] = await opened({ messages: true });
  assertEquals(client.kind, "datagrams");
  const view = new Uint8Array(8);
  for (const [sent, got] of [["ab", "ab"], ["", ""], ["0123456789", "01234567"], ["c", "c"]] as const) {
    const writing = client.write(utf8(sent));
    const count = await server.read(view);
    assertEquals(utf8Text(view.subarray(0, count!)), got);
    await writing;
  }
  await Promise.all([client.close(), readAll(server)]);
  await server.close();
});

Deno.test("Text messages hold whole characters only", async () => {
  const [client, server] = await opened({ text: true });
  const reading = readAll(server);
  for (const octet of utf8("grün €").subarray(0, -1)) await client.write(octets(octet));
  await client.closeWrite();
  // One that was never finished is no text.
  assertEquals(utf8Text(await reading), "grün \ufffd");
  await Promise.all([client.close(), server.close()]);
});

/** A server stream whose client is the test: frames go in as they are. */
async function served(
  frames: Uint8Array,
  options: Parameters<typeof webSocketServer>[1] = {},
): Promise<[server: Stream, wire: Stream, sending: Promise<void>]> {
  const [left, right] = streamPair();
  const opening = webSocketServer(right, options);
  await left.write(utf8(
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  ));
  await readUntil(left, utf8("\r\n\r\n"), 4096);
  const server = await opening;
  const sending = left.write(frames).then(() => left.closeWrite()).catch(() => {});
  return [server, left, sending];
}
const mask = octets(1, 2, 3, 4);

Deno.test("Fragments, pings in between, pongs, and a close with its code", async () => {
  const [server, wire, sending] = await served(concat([
    encodeFrame({ final: false, opcode: OPCODE.text, mask }, utf8("one ")),
    encodeFrame({ final: true, opcode: OPCODE.ping, mask }, utf8("p")),
    encodeFrame({ final: true, opcode: OPCODE.pong, mask }, utf8("q")),
    encodeFrame({ final: true, opcode: OPCODE.continuation, mask }, utf8("message")),
    encodeFrame({ final: true, opcode: OPCODE.close, mask }, encodeClose(1000, "done")),
  ]));
  const answers = (async () => {
    const all = await readAll(wire);
    return all;
  })();
  assertEquals(utf8Text(await readAll(server)), "one message");
  await server.closeWrite();
  await server.close();
  const sent = await answers;
  assertEquals(sent.subarray(0, 3), encodeFrame({ final: true, opcode: OPCODE.pong }, utf8("p")));
  assertEquals(sent.subarray(3, 7), octets(0x88, 2, 0x03, 0xe8));
  await sending;
  await wire.close();
});

Deno.test("Pings go out as long as it is open, and not after", async () => {
  const [server, wire] = await served(octets(), { pingMs: 1 });
  for (let i = 0; i < 2; i++) assertEquals(await readExactly(wire, 2), octets(0x89, 0));
  const rest = readAll(wire);
  await server.close();
  assertEquals((await rest).subarray(-4), octets(0x88, 2, 0x03, 0xe9));
  await wire.close();
});

Deno.test("A close is answered with its own code, one without a code with none", async () => {
  const refusals: string[] = [];
  for (const said of [encodeClose(1001), encodeClose(1013, "later"), encodeClose(4999), octets()]) {
    const frame = encodeFrame({ final: true, opcode: OPCODE.close, mask }, said);
    const [server, wire, sending] = await served(frame, {
      onRefusal: (code, reason) => refusals.push(`${code} ${reason}`),
    });
    const answers = readAll(wire);
    assertEquals((await readAll(server)).length, 0);
    await server.close();
    assertEquals(await answers, encodeFrame({ final: true, opcode: OPCODE.close }, said.subarray(0, 2)));
    await sending;
    await wire.close();
  }
  // Who has finished, or goes away, has nothing to complain of.
  assertEquals(refusals, ["1013 later", "4999 "]);
});

const BROKEN: readonly (readonly [string, Uint8Array, number])[] = [
  ["a frame without mask", encodeFrame({ final: true, opcode: 1 }, utf8("x")), 1002],
  ["a reserved opcode", encodeFrame({ final: true, opcode: 3, mask }, utf8("x")), 1002],
  ["a reserved bit", octets(0xc1, 0x80, 1, 2, 3, 4), 1002],
  ["a continuation of nothing", encodeFrame({ final: true, opcode: 0, mask }, utf8("x")), 1002],
  ["a ping in pieces", octets(0x09, 0x80, 1, 2, 3, 4), 1002],
  ["a long ping", octets(0x89, 0xfe, 0, 126, 1, 2, 3, 4), 1002],
  ["text that is not UTF-8", encodeFrame({ final: true, opcode: 1, mask }, octets(0xff)), 1007],
  [
    "text whose last character is cut off by an empty frame",
    concat([
      encodeFrame({ final: false, opcode: 1, mask }, octets(0xe2, 0x82)),
      encodeFrame({ final: true, opcode: 0, mask }, octets()),
    ]),
    1007,
  ],
  ["a close whose reason is not UTF-8", encodeFrame({ final: true, opcode: 8, mask }, octets(3, 0xe8, 0xff)), 1007],
  ["a close with a forbidden code", encodeFrame({ final: true, opcode: 8, mask }, encodeClose(1005)), 1002],
  ["a length of 2^63", octets(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4), 1002],
];
for (const [name, frames, code] of BROKEN) {
  Deno.test(`A server ends with ${code} at ${name}`, async () => {
    const [server, wire, sending] = await served(frames);
    const answers = readAll(wire);
    await assertRejects(() => readAll(server), ProtocolError, "broke the protocol");
    await server.close();
    const sent = await answers;
    assertEquals(sent[0], 0x88);
    assertEquals((sent[2]! << 8) | sent[3]!, code);
    await sending;
    await wire.close();
  });
}

Deno.test("A peer that is gone between messages is at end-of-file, within one it is an error", async () => {
  const frame = concat([
    encodeFrame({ final: false, opcode: OPCODE.binary, mask }, utf8("hel")),
    encodeFrame({ final: true, opcode: OPCODE.continuation, mask }, utf8("lo")),
  ]);
  for (let cut = 0; cut <= frame.length; cut++) {
    const [server, wire, sending] = await served(frame.subarray(0, cut));
    if (cut === 0 || cut === frame.length) assertEquals((await readAll(server)).length, cut === 0 ? 0 : 5);
    else await assertRejects(() => readAll(server), ProtocolError);
    await sending;
    const rest = readAll(wire);
    await server.close();
    await rest;
    await wire.close();
  }
});

const REQUEST = "GET /a HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const REQUESTS: readonly (readonly [string, string])[] = [
  [REQUEST.replace("GET", "POST"), "405"],
  [REQUEST.replace("HTTP/1.1", "HTTP/1.0"), "505"],
  [REQUEST.replace("HTTP/1.1", "HTTP/2.0"), "505"],
  [REQUEST.replace("/a", "/b"), "404"],
  [REQUEST.replace("Upgrade: websocket\r\n", ""), "426"],
  [REQUEST.replace("Connection: Upgrade\r\n", ""), "426"],
  [REQUEST.replace("Version: 13", "Version: 8"), "426"],
  [REQUEST.replace("dGhl", ""), "400"],
];
for (const [request, status] of REQUESTS) {
  Deno.test(`webSocketServer() answers ${status} to ${JSON.stringify(request.slice(0, 24))}…`, async () => {
    const [left, right] = streamPair();
    const opening = assertRejects(() => webSocketServer(right, { path: "/a" }), ProtocolError);
    await left.write(utf8(request));
    assertStringIncludes(utf8Text(await readAll(left)), `HTTP/1.1 ${status} `);
    await opening;
    await left.close();
  });
}

Deno.test("webSocketServer() tells which subprotocols were offered when it speaks none of them", async () => {
  const told: string[] = [];
  const pairs = [[["mqtt", "stomp"], []], [["mqtt"], ["chat"]], [["mqtt"], ["mqtt"]], [[""], []], [[], []]];
  for (const [offered, spoken] of pairs) {
    const [left, right] = streamPair();
    const ends = await Promise.all([
      webSocketClient(left, { host: "h", protocols: offered! }),
      webSocketServer(right, { protocols: spoken!, onUnspoken: (words) => told.push(words.join("+")) }),
    ]);
    // Without a farewell, for which nobody is there.
    await Promise.all(ends.map((end) => end.close(new Error("over"))));
  }
  assertEquals(told, ["mqtt+stomp", "mqtt"]);
});

Deno.test("Both handshakes refuse what is cut anywhere, and garbage", async () => {
  const refused = async (bytes: Uint8Array, side: "client" | "server") => {
    const [left, right] = streamPair();
    const reading = readAll(left).catch(() => {});
    const writing = left.write(bytes).then(() => left.closeWrite()).catch(() => {});
    await assertRejects(() => side === "server" ? webSocketServer(right) : webSocketClient(right, { host: "x" }));
    await Promise.all([left.close(), right.close(), writing, reading]);
  };
  for (let cut = 0; cut < REQUEST.length; cut += 7) await refused(utf8(REQUEST.slice(0, cut)), "server");
  const answer =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";
  for (let cut = 0; cut <= answer.length; cut += 7) await refused(utf8(answer.slice(0, cut)), "client");
  for (const side of ["client", "server"] as const) {
    await refused(octets(5, 1, 0, 0, 0, 0), side);
    await refused(new Uint8Array(100_000).fill(0x41), side);
  }
});

Deno.test("webSocketClient() tells what the server replied", async () => {
  for (
    const [answer, told] of [
      ["301 Moved\r\nLocation: wss://y/", `"301 Moved": see wss://y/`],
      ["200 OK", `"200 OK": it does not turn to WebSocket at this path`],
      ["403 No", `"403 No"`],
    ] as const
  ) {
    const [left, right] = streamPair();
    const reading = readAll(right).catch(() => {});
    const writing = right.write(utf8(`HTTP/1.1 ${answer}\r\n\r\n`)).catch(() => {});
    const error = await assertRejects(() => webSocketClient(left, { host: "x.test", path: "/p" }), ConnectError);
    assert(error.message.endsWith(`the server replied ${told}`), error.message);
    await right.close();
    await Promise.all([reading, writing]);
  }
});

Deno.test("The runtime's own WebSocket client talks with our server", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const stream = await webSocketServer(connStream(await listener.accept(), "tcp"), { protocols: ["echo"] });
    const all = await readAll(stream);
    assertEquals(all.length, 300_005);
    await stream.close();
  })();
  const socket = new WebSocket(`ws://127.0.0.1:${listener.addr.port}/x`, ["echo", "other"]);
  await new Promise((resolve) => socket.onopen = resolve);
  assertEquals(socket.protocol, "echo");
  socket.send("hello");
  socket.send(new Uint8Array(300_000));
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  socket.close(1000, "bye");
  assertEquals((await closed).wasClean, true);
  await serving;
  listener.close();
});

Deno.test("Our client talks with the runtime's own WebSocket server", async () => {
  const done = Promise.withResolvers<void>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "echo" });
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => socket.send(data);
    socket.onclose = () => done.resolve();
    return response;
  });
  const stream = await webSocketClient(await dialTcp({ host: "127.0.0.1", port: server.addr.port }), {
    host: `127.0.0.1:${server.addr.port}`,
    protocols: ["echo"],
  });
  assertEquals(stream.about.facts?.subprotocol, "echo");
  const sent = crypto.getRandomValues(new Uint8Array(60_000));
  await stream.write(sent);
  const got = new Uint8Array(sent.length);
  for (let have = 0; have < got.length;) have += (await stream.read(got.subarray(have)))!;
  assertEquals(got, sent);
  await stream.closeWrite();
  assertEquals(await stream.read(got), null);
  await stream.close();
  await done.promise;
  await server.shutdown();
});

Deno.test("A client says farewell once the server is silent: an answer that takes its time arrives whole", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = () => {
      // In fifty pieces, with other things to do in between; a close frame would cut it.
      let left = 50;
      const more = () => {
        if (left-- === 0 || socket.readyState !== WebSocket.OPEN) return;
        socket.send(new Uint8Array(1000));
        setTimeout(more, 2);
      };
      more();
    };
    return response;
  });
  const stream = await webSocketClient(await dialTcp({ host: "127.0.0.1", port: server.addr.port }), {
    host: `127.0.0.1:${server.addr.port}`,
  });
  await stream.write(octets(1));
  await stream.closeWrite();
  assertEquals((await readAll(stream)).length, 50_000);
  await stream.close();
  await server.shutdown();
});

Deno.test("Messages over 64 KiB are given whole to who has room for any datagram; one over 16 MiB ends the connection", async () => {
  const [a, b] = streamPair();
  const [client, server] = await Promise.all([
    webSocketClient(a, { host: "h", messages: true }),
    webSocketServer(b, { messages: true }),
  ]);
  const sizes = [10, 65_536, 0, 300_000, 1_000_000, 5, 16 * 1024 * 1024];
  const sending = (async () => {
    for (const size of sizes) await client.write(new Uint8Array(size));
    await client.write(new Uint8Array(16 * 1024 * 1024 + 1));
  })().catch(() => {});
  const hearing = readAll(client).catch(() => {});
  const got: number[] = [];
  await assertRejects(
    () => server.each((message) => void got.push(message.length), 65_536),
    ProtocolError,
    "over 16 MiB",
  );
  assertEquals(got, sizes);
  await Promise.all([client.close(), server.close()]);
  await Promise.all([sending, hearing]);
});
