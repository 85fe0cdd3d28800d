import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { latin1, latin1Text } from "../../../../lib/base/bytes.ts";
import { FormatError } from "../../../../lib/base/errors.ts";
import { BodyPass, requestBody, responseBody } from "../../../../lib/socks/http/body.ts";
import { clientHead, hopByHop, originHead, ownAnswer, undoesChunks } from "../../../../lib/socks/http/heads.ts";
import {
  basicLogin,
  HttpRefusal,
  httpRequest,
  parseHead,
  parseResponseHead,
} from "../../../../lib/socks/http/request.ts";
import { undated } from "../../../helpers/socks.ts";

const NONE: ReadonlySet<string> = new Set();
const DATE = "Fri, 27 Nov 2026 03:08:47 GMT";

const head = (text: string) => parseHead(latin1(`${text}\r\n\r\n`))!.value;

Deno.test("parseHead() waits for the empty line and takes nothing after it", () => {
  const text = "GET http://a/ HTTP/1.1\r\nA: 1 \r\nb:\r\n\r\nrest";
  for (let cut = 0; cut < text.length - 4; cut++) assertEquals(parseHead(latin1(text.slice(0, cut))), undefined);
  assertEquals(parseHead(latin1(text))!.size, text.length - 4);
  assertEquals(head("X\r\nA: 1 \r\nb:").fields, [["A", "1"], ["b", ""]]);
});

Deno.test("parseHead() refuses what two programs might read differently", () => {
  for (const line of ["A : 1", " folded", "no colon", "A: \x00", "A: b\nC: d", "A: b\rC: d"]) {
    assertThrows(() => head(`GET http://a/ HTTP/1.1\r\n${line}`), FormatError);
  }
});

Deno.test("parseHead() takes heads in LF alone, and none that mixes", () => {
  const text = "CONNECT a:1 HTTP/1.0\nA: 1 \n\nrest\r\n";
  for (let cut = 0; cut < text.length - 6; cut++) assertEquals(parseHead(latin1(text.slice(0, cut))), undefined);
  const { value, size } = parseHead(latin1(text))!;
  assertEquals([value.line, value.fields, text.slice(size)], ["CONNECT a:1 HTTP/1.0", [["A", "1"]], "rest\r\n"]);
  for (const mixed of ["A\nB: c\r\n\r\n", "A\nB: c\r\n", "A\r\nB: c\n\r\n", "A\r\nB: c\n\n", "A\nB: c\rd\n\n"]) {
    assertThrows(() => parseHead(latin1(mixed)), HttpRefusal, "", mixed);
  }
});

Deno.test("parseResponseHead() puts right what is odd and plain", () => {
  const parsed = (text: string) => parseResponseHead(latin1(text));
  const plain = parsed("HTTP/1.1 200 OK\r\nA: b c\r\nD: e\r\n\r\nrest")!;
  assertEquals(plain, { value: { line: "HTTP/1.1 200 OK", fields: [["A", "b c"], ["D", "e"]] }, size: 33 });
  for (
    const text of [
      "HTTP/1.1 200 OK\nA: b c\nD: e\n\nrest",
      "\r\n\nHTTP/1.1 200 OK\r\nA: b\r\n\t c\r\nD: e\r\n\r\nrest",
      "HTTP/1.1 200 OK\r\nA : b\x00c\r\nD\t: e\r\n\r\nrest",
      "HTTP/1.1 200 OK\r\nA: b\rc\nD: e\r\n\nrest",
      "HTTP/1.1 200\rOK\r\nA: b\x00c\r\nD: e\r\n\r\nrest",
    ]
  ) {
    const { value, size } = parsed(text)!;
    assertEquals([value, text.slice(size)], [plain.value, "rest"], text);
    for (let cut = 0; cut < size; cut++) assertEquals(parsed(text.slice(0, cut)), undefined);
  }
  for (const line of ["no colon", ": nameless", "a b: c"]) {
    assertThrows(() => parsed(`HTTP/1.1 200 OK\r\n${line}\r\n\r\n`), FormatError);
  }
  assertThrows(() => parsed(`HTTP/1.1 200 OK\r\nA: ${"a".repeat(70_000)}`), FormatError, "longer");
  // What is not HTTP is not waited for.
  for (const text of ["SSH-2.0-x", "\r\nHTTQ", "220 hello"]) assertThrows(() => parsed(text), FormatError, "not HTTP");
});

Deno.test("httpRequest() knows every form of a target", () => {
  const target = (line: string) => {
    const { address, path } = httpRequest(head(line));
    return [address.type, address.host, address.port, path];
  };
  assertEquals(target("CONNECT a.test:443 HTTP/1.1"), ["name", "a.test", 443, undefined]);
  assertEquals(target("CONNECT [::1]:443 HTTP/1.0"), ["ipv6", "::1", 443, undefined]);
  assertEquals(target("GET http://a.test HTTP/1.1"), ["name", "a.test", 80, "/"]);
  assertEquals(target("GET HTTP://a.test:81/x?y HTTP/1.1"), ["name", "a.test", 81, "/x?y"]);
  assertEquals(target("GET http://a.test?y HTTP/1.1"), ["name", "a.test", 80, "/?y"]);
  assertEquals(target("OPTIONS http://a.test HTTP/1.1"), ["name", "a.test", 80, "*"]);
  assertEquals(target("GET http://u:p@[::1]:8080/ HTTP/1.1"), ["ipv6", "::1", 8080, "/"]);
  assertEquals(target("GET http://a.test:/ HTTP/1.2"), ["name", "a.test", 80, "/"]);
  for (
    const line of [
      "CONNECT a.test:0 HTTP/1.1",
      "CONNECT a.test: HTTP/1.1",
      "CONNECT a.test HTTP/1.1",
      "CONNECT u@a.test:1 HTTP/1.1",
      "GET http://a.test:0/ HTTP/1.1",
      "GET http://u@v@a.test/ HTTP/1.1",
      "GET http:///a HTTP/1.1",
    ]
  ) {
    assertEquals(assertThrows(() => httpRequest(head(line)), HttpRefusal).status, "400 Bad Request", line);
  }
  for (const line of ["GET http://a/\x01 HTTP/1.1", "GET http://a/\x00 HTTP/1.1", "GET http://a/\x7f HTTP/1.1"]) {
    assertThrows(() => httpRequest(head(line)), HttpRefusal, "request line");
  }
  assertThrows(() => httpRequest(head("GET http://a/ HTTP/1.1\r\nHost: a\r\nhost: b")), HttpRefusal, "Host");
  assertThrows(() => httpRequest(head("GET http://a/ HTTP/2.0")), HttpRefusal, "HTTP/1.1");
});

Deno.test("originHead() names the origin, not what the client wrote in Host", () => {
  const text = latin1Text(
    originHead(httpRequest(head("GET http://[::1]:8080/a HTTP/1.1\r\nHost: evil\r\nVia: 1.0 b"))),
  );
  assertEquals(text, "GET /a HTTP/1.1\r\nHost: [::1]:8080\r\nVia: 1.0 b, 1.1 netlab\r\nConnection: close\r\n\r\n");
});

const asked = (version: string) => httpRequest(head(`GET http://a/ HTTP/${version}`));

Deno.test("clientHead() names every proxy on the way, and tells the client that the connection ends", () => {
  assertEquals(
    latin1Text(clientHead(head("HTTP/1.0 200 OK\r\nVia: 1.1 a\r\nConnection: X\r\nX: y\r\nDate: 1"), asked("1.1"))),
    "HTTP/1.1 200 OK\r\nDate: 1\r\nVia: 1.1 a, 1.0 netlab\r\nConnection: close\r\n\r\n",
  );
});

Deno.test("a message that goes on says its length once", () => {
  const response = (fields: string, version = "1.1") =>
    latin1Text(clientHead(head(`HTTP/1.1 200 OK\r\nDate: ${DATE}\r\n${fields}`), asked(version)))
      .slice(`HTTP/1.1 200 OK\r\nDate: ${DATE}\r\n`.length, -"Via: 1.1 netlab\r\nConnection: close\r\n\r\n".length);
  assertEquals(response("Content-Length: 5\r\nA: b\r\ncontent-length: 5"), "Content-Length: 5\r\nA: b\r\n");
  assertEquals(response("Content-Length: 5, 5"), "Content-Length: 5\r\n");
  const both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nTrailer: X";
  assertEquals(response(both), "Transfer-Encoding: chunked\r\nTrailer: X\r\n");
  assertEquals(response(both, "1.0"), "");
  const request = httpRequest(head("POST http://a/ HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5, 5"));
  assertEquals(
    latin1Text(originHead(request)),
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nVia: 1.0 netlab\r\nConnection: close\r\n\r\n",
  );
});

Deno.test("undoesChunks(): for HTTP/1.0, and only what is chunked alone", () => {
  for (
    const [coding, version, expected] of [
      ["chunked", "1.0", true],
      ["chunked", "1.1", false],
      ["gzip, chunked", "1.0", false],
    ] as const
  ) {
    const response = head(`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}`);
    assertEquals(undoesChunks(response, asked(version)), expected);
  }
});

Deno.test("clientHead() dates what has no date, but for interim responses", () => {
  const dates = (text: string) => latin1Text(clientHead(head(text), asked("1.1"))).match(/^Date: .*$/gim) ?? [];
  assertEquals(dates(`HTTP/1.1 200 OK\r\ndate: ${DATE}`), [`date: ${DATE}`]);
  assertEquals(dates("HTTP/1.1 103 Early Hints"), []);
  const [date, ...more] = dates("HTTP/1.1 404 Not Found");
  assertEquals(more, []);
  const ago = Date.now() - Date.parse(date!.slice(6));
  assertEquals([ago >= 0 && ago < 60_000, date!.slice(6)], [true, new Date(date!.slice(6)).toUTCString()]);
});

Deno.test("hopByHop() is what Connection names, and what everybody knows, but for what says who and how long", () => {
  const names = hopByHop(head("X\r\nConnection: Close , X-A\r\nconnection: host,content-length,transfer-encoding"));
  for (const name of ["x-a", "close", "te", "keep-alive", "proxy-authorization", "upgrade", "connection"]) {
    assertEquals(names.has(name), true, name);
  }
  for (const name of ["host", "content-length", "transfer-encoding", "via"]) assertEquals(names.has(name), false, name);
});

Deno.test("Max-Forwards counts down in OPTIONS and TRACE, and at 0 the proxy answers itself, without secrets", () => {
  const request = (method: string, more: string) => httpRequest(head(`${method} http://a/b HTTP/1.1\r\n${more}`));
  assertEquals(ownAnswer(request("GET", "Max-Forwards: 0")), undefined);
  assertEquals(ownAnswer(request("TRACE", "Max-Forwards: 1")), undefined);
  assertEquals(ownAnswer(request("TRACE", "A: b")), undefined);
  assertStringIncludes(latin1Text(originHead(request("TRACE", "Max-Forwards: 3"))), "\r\nMax-Forwards: 2\r\n");
  assertStringIncludes(latin1Text(originHead(request("GET", "Max-Forwards: 3"))), "\r\nMax-Forwards: 3\r\n");
  assertStringIncludes(
    latin1Text(originHead(request("TRACE", "Max-Forwards: 99999999999"))),
    "\r\nMax-Forwards: 999999999\r\n",
  );
  assertEquals(
    undated(latin1Text(ownAnswer(request("OPTIONS", "Max-Forwards: 0"))!)),
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
  );
  const seen = "TRACE http://a/b HTTP/1.1\r\nMax-Forwards: 0\r\nA: b\r\n\r\n";
  assertEquals(
    undated(latin1Text(ownAnswer(request("TRACE", "Max-Forwards: 0\r\nCookie: c\r\nAuthorization: d\r\nA: b"))!)),
    `HTTP/1.1 200 OK\r\nContent-Type: message/http\r\nContent-Length: ${seen.length}\r\nConnection: close\r\n\r\n${seen}`,
  );
});

Deno.test("basicLogin() reads user and password, a colon in it too", () => {
  const login = (value: string) => basicLogin(head(`X\r\nProxy-Authorization: ${value}`));
  assertEquals(login(`Basic ${btoa("me:a:b")}`), { user: "me", password: "a:b" });
  assertEquals(login(`basic   ${btoa("me:")}`), { user: "me", password: "" });
  for (const bad of ["Basic", "Basic ????", `Basic ${btoa("me")}`, "Digest x"]) assertEquals(login(bad), undefined);
});

Deno.test("responseBody() follows RFC 9112, 6.3", () => {
  const body = (text: string, method = "GET") => responseBody(head(text), method);
  assertEquals(body("HTTP/1.1 200 OK\r\nContent-Length: 5"), 5);
  assertEquals(body("HTTP/1.1 200 OK\r\nContent-Length: 5", "HEAD"), 0);
  assertEquals(body("HTTP/1.1 200\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 5"), "chunked");
  assertEquals(body("HTTP/1.1 200\r\nTransfer-Encoding: gzip"), "close");
  assertEquals(body("HTTP/1.1 204 x"), 0);
  assertEquals(body("HTTP/1.0 200 x"), "close");
  assertEquals(body("HTTP/1.1 200 x\r\nContent-Length: 5\r\nContent-Length: 5"), 5);
  for (const odd of ["5, 6", "abc", "-1", ""]) {
    assertThrows(() => body(`HTTP/1.1 200 x\r\nContent-Length: ${odd}`), FormatError);
  }
});

Deno.test("requestBody() takes one framing, and one coding", () => {
  const body = (fields: string) => requestBody(head(`POST http://a/ HTTP/1.1\r\n${fields}`));
  assertEquals(body("Content-Length: 5"), 5);
  assertEquals(body("Transfer-Encoding: Chunked"), "chunked");
  assertThrows(() => body("Content-Length: 5\r\nTransfer-Encoding: chunked"), HttpRefusal, "and Content-Length");
  // RFC 9112, 6.3: nobody can tell where it ends; 6.1: somebody could.
  for (
    const [coding, status] of [
      ["identity", "400 Bad Request"],
      ["gzip", "400 Bad Request"],
      ["chunked, gzip", "400 Bad Request"],
      ["chunked, chunked", "400 Bad Request"],
      ["gzip , Chunked", "501 Not Implemented"],
    ] as const
  ) {
    assertEquals(assertThrows(() => body(`Transfer-Encoding: ${coding}`), HttpRefusal).status, status, coding);
  }
});

Deno.test("BodyPass finds the end of a chunked body however it is cut, and nothing more", () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
  fc.assert(fc.property(
    fc.array(chunk, { maxLength: 5 }),
    fc.integer({ min: 1, max: 9 }),
    fc.boolean(),
    (chunks, size, plain) => {
      const text = chunks.map((bytes) => `${bytes.length.toString(16)};x\r\n${latin1Text(bytes)}\r\n`).join("") +
        "0\r\nHop: 1\r\nT: 2\r\nContent-Length: 3\r\n\r\n";
      const bytes = latin1(`${text}GET`);
      const pass = new BodyPass("chunked", "strict", new Set(["hop"]), plain);
      const out: Uint8Array[] = [];
      let taken = 0;
      for (let at = 0; at < bytes.length && !pass.done; at += size) {
        taken += pass.take(bytes.subarray(at, at + size), out);
      }
      assertEquals([taken, pass.done], [text.length, true]);
      // What goes on is the same body, in chunks of its own.
      let sent = out.map(latin1Text).join("");
      if (!plain) {
        assertEquals(sent.slice(sent.lastIndexOf("0\r\nT")), "0\r\nT: 2\r\n\r\n");
        const next = new BodyPass("chunked", "strict", NONE, true), data: Uint8Array[] = [];
        assertEquals([next.take(latin1(sent), data), next.done], [sent.length, true]);
        sent = data.map(latin1Text).join("");
      }
      assertEquals(sent, chunks.map(latin1Text).join(""));
    },
  ));
  for (const bad of ["x\r\n", "5\r\nhelloX\r\n", "-1\r\n", "\r\n"]) {
    for (const strictness of ["strict", "lenient"] as const) {
      assertThrows(() => new BodyPass("chunked", strictness, NONE).take(latin1(bad), []), FormatError);
    }
  }
});

Deno.test("BodyPass is strict with the chunks of a request, where two readers might see two ends", () => {
  for (
    const text of [
      "3\nabc\r\n0\r\n\r\n",
      "3;a\nabc\r\n0\r\n\r\n",
      "3\r\nabc\n0\r\n\r\n",
      "3 \r\nabc\r\n0\r\n\r\n",
      "3\r\nabc\r\n0\r\n\n",
      "0\r\nGET / HTTP/1.1\r\n\r\n",
      "0\r\n folded\r\n\r\n",
      "0\r\nA : b\r\n\r\n",
    ]
  ) {
    assertThrows(() => new BodyPass("chunked", "strict", NONE).take(latin1(text), []), HttpRefusal, undefined, text);
    const pass = new BodyPass("chunked", "lenient", NONE);
    assertEquals([pass.take(latin1(text), []), pass.done], [text.length, true], text);
  }
});
