// Overrides and guesses.
import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../../lib/base/errors.ts";
import { latin1 } from "../../../../lib/base/bytes.ts";
import { chooseDatagram, chooseStream, parseDecode } from "../../../../lib/dissect/follow/choose.ts";

Deno.test("parseDecode() reads TRANSPORT:PORT=PROTOCOL", () => {
  assertEquals(parseDecode("tcp:8080=http"), { transport: "tcp", port: 8080, protocol: "http" });
  assertEquals(parseDecode("UDP:5300=DNS"), { transport: "udp", port: 5300, protocol: "dns" });
});

Deno.test("parseDecode() says what to type instead", () => {
  assertThrows(() => parseDecode("tcp:80=htp"), UsageError, 'did you mean "http"?');
  assertThrows(() => parseDecode("80=http"), UsageError);
  assertThrows(() => parseDecode("tcp:99999=http"), UsageError);
});

const choose = (text: string, side: "client" | "server", server?: number, last = false) => {
  const found = chooseStream(latin1(text), side, { server }, [], last);
  return typeof found === "object" ? found.name : found;
};

Deno.test("chooseStream() waits while octets may become something, and no longer", () => {
  assertEquals(choose("G", "client"), "wait");
  assertEquals(choose("GE", "client"), "wait");
  assertEquals(choose("GET ", "client"), "wait");
  assertEquals(choose("GET /", "client"), "http");
  assertEquals(choose("CONNECT a.test:4", "client"), "http");
  assertEquals(choose('CONNECT {"verbose":false}\r\n', "client", 9999), "nats");
  assertEquals(choose("OPTIONS * RTSP/1.0\r\n", "client"), "rtsp");
  assertEquals(choose("Gx", "client"), undefined);
  assertEquals(choose("G", "client", undefined, true), undefined);
});

Deno.test("chooseStream() believes the octets more than the port", () => {
  assertEquals(choose("\x16\x03\x01\x00\x05\x01", "client", 80), "tls");
  assertEquals(choose("GET / HTTP/1.1\r\n", "client", 443), "http");
  assertEquals(choose("\x00\x00\x12\x04\x00\x00\x00\x00\x00", "server", 8080), "http2");
  assertEquals(choose("220 welcome\r\n", "server", 21), "ftp");
  assertEquals(choose("220 welcome\r\n", "server", 25), "smtp");
  assertEquals(choose("hello", "client", 23), "telnet");
});

Deno.test("chooseDatagram() knows a DNS message on any port", () => {
  const query = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04test\x00\x00\x01\x00\x01";
  assertEquals(chooseDatagram(latin1(query), { server: 9999 }, [])?.name, "dns");
  assertEquals(chooseDatagram(latin1("hello there, this is text"), { server: 9999 }, []), undefined);
});

Deno.test("random octets are taken for nothing, on any port but those whose protocol any octets can be", () => {
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  const wrong = new Map<string, number>();
  for (let i = 0; i < 500; i++) {
    const bytes = Uint8Array.from({ length: 64 }, next);
    for (const server of [undefined, 80, 25, 21, 143, 110, 6379, 3306, 5432, 161, 445, 1433, 9092, 27017]) {
      const found = chooseStream(bytes, "client", { server }, [], true);
      if (typeof found === "object") {
        wrong.set(`${server} ${found.name}`, (wrong.get(`${server} ${found.name}`) ?? 0) + 1);
      }
    }
    const found = chooseDatagram(bytes, {}, []);
    if (found !== undefined) wrong.set(found.name, (wrong.get(found.name) ?? 0) + 1);
  }
  assertEquals([...wrong].filter(([, count]) => count > 25), []);
});
