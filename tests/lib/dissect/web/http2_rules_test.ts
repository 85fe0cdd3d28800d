// HTTP/2's flow-control windows and the rules of its frames, in frames made by hand.
import { assertEquals } from "@std/assert";
import { concat, latin1 } from "../../../../lib/base/bytes.ts";
import type { Field } from "../../../../lib/base/field.ts";
import { openConversation } from "../../../../lib/dissect/follow/conversation.ts";
import type { Side } from "../../../../lib/dissect/protocol.ts";

const word = (value: number) => [value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255];

function frame(type: number, flags: number, stream: number, payload: readonly number[]): Uint8Array {
  const { length } = payload;
  return Uint8Array.from([0, length >> 8, length & 255, type, flags, ...word(stream), ...payload]);
}

const PREFACE = latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const window = (octets: number) => frame(4, 0, 0, [0, 4, ...word(octets)]);
const data = (stream: number, octets: number, flags = 0) => frame(0, flags, stream, new Array(octets).fill(120));
const ACK = frame(4, 1, 0, []);

function errors(field: Field): string[] {
  return [...field.error === undefined ? [] : [field.error], ...(field.children ?? []).flatMap(errors)];
}

function run(play: readonly [Side, Uint8Array][]): [summary: string, errors: string[]][] {
  const conversation = openConversation({ protocol: "http2" });
  return play.flatMap(([side, bytes]) => conversation.data(side, bytes, 0))
    .map((message) => [message.summary, errors(message.root)]);
}

Deno.test("HTTP/2 windows: what is left is counted, a shrunken window counts once it is acknowledged", () => {
  const said = run([
    ["client", concat([PREFACE, window(10)])],
    ["server", data(1, 12)],
    ["server", ACK],
    ["client", frame(8, 0, 1, word(3))],
    ["server", data(1, 1)],
    ["server", data(1, 1)],
    ["client", window(20)],
    ["server", data(3, 20)],
    ["server", data(3, 1)],
  ]);
  assertEquals(said.slice(2), [
    ["stream 1: DATA 12 octets", []],
    ["SETTINGS acknowledged", []],
    ["stream 1: WINDOW_UPDATE by 3 to 1", []],
    ["stream 1: DATA 1 octet, window used up", []],
    ["stream 1: DATA 1 octet, more than the window allows", ["More than the window allows"]],
    ["SETTINGS initial window size 20", []],
    ["stream 3: DATA 20 octets, window used up", []],
    ["stream 3: DATA 1 octet, more than the window allows", ["More than the window allows"]],
  ]);
});

Deno.test("HTTP/2 windows of a connection that was joined later are not guessed", () => {
  assertEquals(run([["server", data(1, 5)], ["client", frame(8, 0, 1, word(3))]]), [
    ["stream 1: DATA 5 octets", []],
    ["stream 1: WINDOW_UPDATE by 3", []],
  ]);
});

Deno.test("HTTP/2 frames that break a rule are marked", () => {
  const wrong = (...frames: Uint8Array[]) =>
    run([["client", PREFACE], ...frames.map((bytes): [Side, Uint8Array] => ["client", bytes])])
      .slice(1).flatMap(([, found]) => found);
  assertEquals(wrong(frame(8, 0, 0, word(0))), ["Must not be 0"]);
  assertEquals(wrong(frame(8, 0, 0, word(0x7fffffff))), ["The window would be 2147549182 (RFC 9113 6.9.1)"]);
  assertEquals(wrong(frame(6, 0, 1, new Array(8).fill(0))), [
    "Belongs to the connection, not to a stream (RFC 9113 6.7)",
  ]);
  assertEquals(wrong(frame(3, 0, 1, [...word(8), 9])), ["Must have 4 octets (RFC 9113 6.4)"]);
  assertEquals(wrong(frame(4, 0, 0, [0, 5, ...word(1)])), ["Must be from 16384 to 16777215"]);
  assertEquals(wrong(frame(9, 4, 1, [])), ["Continues no header block (RFC 9113 6.10)"]);
  assertEquals(wrong(frame(1, 0, 1, []), data(1, 1)), ["The header block of stream 1 goes on (RFC 9113 6.10)"]);
  assertEquals(wrong(data(1, 16385)).length, 1);
  // A literal "Te: x" without indexing.
  assertEquals(wrong(frame(1, 4, 1, [0, 2, 84, 101, 1, 120])), [
    'Malformed: "Te" must be in lower case (RFC 9113 8.2.1)',
  ]);
});
