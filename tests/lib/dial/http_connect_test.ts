import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concat, utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { ConnectError, ProtocolError } from "../../../lib/base/errors.ts";
import {
  encodeConnect,
  HEAD_LIMIT,
  httpConnect,
  type HttpConnectOptions,
  parseHead,
  readHead,
} from "../../../lib/dial/http_connect.ts";
import { readExactly } from "../../../lib/stream/exact.ts";
import { readAll, streamPair } from "../../helpers/streams.ts";

const TARGET = { host: "host.test", port: 443 };
const GOOD = "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n";

/** A proxy that reads the whole request, then sends `chunks` and ends. */
async function against(chunks: readonly Uint8Array[], options: HttpConnectOptions = {}): Promise<[string, string]> {
  const [left, right] = streamPair();
  const request = encodeConnect(TARGET, options);
  let said = "";
  const proxy = (async () => {
    said = utf8Text(await readExactly(right, request.length));
    for (const chunk of chunks) await right.write(chunk);
    await right.closeWrite();
  })().catch(() => {});
  try {
    await httpConnect(left, TARGET, options);
    const rest = utf8Text(await readAll(left));
    return [said, rest];
  } finally {
    await left.close();
    await right.close();
    await proxy;
  }
}

Deno.test("httpConnect() asks for the target and leaves what follows the answer in the stream", async () => {
  const [said, rest] = await against([utf8(GOOD + "220 hello\r\n")]);
  assertEquals(said, "CONNECT host.test:443 HTTP/1.1\r\nHost: host.test:443\r\n\r\n");
  assertEquals(rest, "220 hello\r\n");
});

Deno.test("httpConnect() sends Basic in UTF-8, version 1.0, brackets for IPv6", () => {
  assertEquals(
    utf8Text(encodeConnect({ host: "::1", port: 80 }, { user: "ü", password: "p:w", version: "1.0" })),
    `CONNECT [::1]:80 HTTP/1.0\r\nProxy-authorization: Basic ${btoa("\xc3\xbc:p:w")}\r\n\r\n`,
  );
  assertThrows(() => encodeConnect(TARGET, { headers: ["X: y\r\nInjected: z"] }), RangeError);
});

Deno.test("httpConnect() passes over 1xx, takes any 2xx, bare line feeds, an answer octet by octet", async () => {
  assertEquals((await against([utf8("HTTP/1.1 100 Continue\r\n\r\n" + GOOD + "x")]))[1], "x");
  assertEquals((await against([utf8("HTTP/1.0 204\n\nx")]))[1], "x");
  const octets = [...utf8(GOOD + "rest")].map((octet) => new Uint8Array([octet]));
  assertEquals((await against(octets))[1], "rest");
});

const REFUSALS: readonly (readonly [string, HttpConnectOptions, string])[] = [
  ["HTTP/1.1 403 Forbidden\r\n\r\n", {}, `the proxy replied "403 Forbidden"`],
  [
    "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=x\r\n\r\n",
    {},
    "it wants a login (http://USER:PASSWORD@… in its URL, or proxyauth=USER:PASSWORD)",
  ],
  ["HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=x\r\n\r\n", { user: "u" }, "it refused user and password"],
  ["HTTP/1.0 401 Unauthorized\r\n\r\n", { user: "u" }, "it refused user and password"],
  ["HTTP/1.1 407 Auth\r\nProxy-Authenticate: NTLM\r\n\r\n", { user: "u" }, "(Basic), but NTLM"],
  ["HTTP/1.1 502 Bad \x1b[31mGateway\r\n\r\n", {}, `"502 Bad \\x1b[31mGateway"`],
];
for (const [answer, options, words] of REFUSALS) {
  Deno.test(`httpConnect() tells: ${words}`, async () => {
    const error = await assertRejects(() => against([utf8(answer)], { ...options, via: "http://p:1" }), ConnectError);
    assertStringIncludes(error.message, words);
    assertStringIncludes(error.message, `Cannot connect to "host.test:443" through "http://p:1"`);
  });
}

Deno.test("httpConnect() tells by the status why there is no connection", async () => {
  const reasons = {
    denied: [401, 403, 407],
    "timed-out": [504],
    "host-unreachable": [502, 503],
    proxy: [400, 500, 301],
  };
  for (const [reason, statuses] of Object.entries(reasons)) {
    for (const status of statuses) {
      const error = await assertRejects(() => against([utf8(`HTTP/1.1 ${status} No\r\n\r\n`)], {}), ConnectError);
      assertEquals((error as ConnectError).reason, reason, String(status));
    }
  }
});

Deno.test("httpConnect() refuses an answer cut anywhere", async () => {
  const answer = utf8(GOOD);
  for (let cut = 0; cut < answer.length; cut++) {
    await assertRejects(() => against([answer.subarray(0, cut)]), ProtocolError, "closed the connection");
  }
});

Deno.test("readHead() judges garbage at its first octet, and ends at its limit", async () => {
  for (const garbage of ["\x05\x00", "220 smtp\r\n", "HTTQ"]) {
    const [left, right] = streamPair();
    const writing = right.write(utf8(garbage)).catch(() => {});
    await assertRejects(() => readHead(left), ProtocolError, "not HTTP");
    await Promise.all([left.close(), right.close(), writing]);
  }
  const [left, right] = streamPair();
  const line = utf8(`X-Filler: ${"x".repeat(1000)}\r\n`);
  const writing = (async () => {
    await right.write(utf8("HTTP/1.1 200 OK\r\n"));
    for (;;) await right.write(line);
  })().catch(() => {});
  await assertRejects(() => readHead(left), ProtocolError, `longer than ${HEAD_LIMIT}`);
  await Promise.all([left.close(), right.close(), writing]);
});

Deno.test("parseHead() gives a head or a ProtocolError for any octets", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, http) => {
    try {
      parseHead(http ? concat([utf8("HTTP/1.1 200 "), bytes]) : bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }));
});
