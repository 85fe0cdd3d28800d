// Bodies of HTTP/2 as files: which stream they belong to.
import { assertEquals } from "@std/assert";
import { concat, latin1 } from "../../../../lib/base/bytes.ts";
import { Conversation } from "../../../../lib/dissect/follow/conversation.ts";
import type { Side } from "../../../../lib/dissect/protocol.ts";

function frame(type: number, flags: number, stream: number, payload: ArrayLike<number>): Uint8Array {
  const { length } = payload;
  return Uint8Array.from([0, length >> 8, length & 255, type, flags, 0, 0, 0, stream, ...Array.from(payload)]);
}

/** A header field in full (RFC 7541 6.2.2). */
const field = (name: string, value: string) => [0, name.length, ...latin1(name), value.length, ...latin1(value)];
const request = (path: string) => [
  ...field(":method", "GET"),
  ...field(":scheme", "https"),
  ...field(":authority", "h"),
  ...field(":path", path),
];
const answer = field(":status", "200");

Deno.test("HTTP/2: a promise that goes on in the middle of a body is about the promised stream", () => {
  const promise = request("/pushed");
  const play: [Side, Uint8Array][] = [
    ["client", concat([latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, []), frame(1, 5, 1, request("/a"))])],
    ["server", concat([frame(4, 0, 0, []), frame(1, 4, 1, answer), frame(0, 0, 1, latin1("one"))])],
    ["server", frame(5, 0, 1, [0, 0, 0, 2, ...promise.slice(0, 10)])],
    ["server", frame(9, 4, 1, promise.slice(10))],
    ["server", concat([frame(0, 1, 1, latin1("two")), frame(1, 4, 2, answer), frame(0, 1, 2, latin1("three"))])],
  ];
  const conversation = new Conversation({ protocol: "http2" });
  const parts = play.flatMap(([side, bytes]) => conversation.data(side, bytes, 0)).flatMap(({ parts }) => parts ?? []);
  assertEquals(parts.map(({ file, bytes, last }) => [file.said, bytes.length, last]), [
    ["GET https://h/a 200", 3, false],
    ["GET https://h/a 200", 3, true],
    ["GET https://h/pushed 200", 5, true],
  ]);
  assertEquals(new Set(parts.map(({ file }) => file)).size, 2);
});
