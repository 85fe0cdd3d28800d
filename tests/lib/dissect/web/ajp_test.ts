// AJP: what must not be shown.
import { assertEquals } from "@std/assert";
import { latin1 } from "../../../../lib/base/bytes.ts";
import { Conversation } from "../../../../lib/dissect/follow/conversation.ts";

const text = (words: string) => [words.length >> 8, words.length & 255, ...latin1(words), 0];

Deno.test("AJP: credentials are secrets, for the server and for a proxy, known by number or by name", () => {
  const fields = [
    [0xa0, 5, ...text("Basic one")],
    [...text("Authorization"), ...text("Basic two")],
    [...text("Proxy-Authorization"), ...text("Basic three")],
    [0xa0, 9, ...text("a=b")],
  ];
  const request = [2, 2, ...text("HTTP/1.1"), ...text("/a"), 255, 255, 255, 255, ...text("host"), 0, 80, 0];
  const body = [...request, 0, fields.length, ...fields.flat(), 12, ...text("four"), 255];
  const packet = new Uint8Array([0x12, 0x34, body.length >> 8, body.length & 255, ...body]);
  const [message] = new Conversation({ protocol: "ajp" }).data("client", packet, 0);
  assertEquals(message!.summary, "GET http://host/a");
  assertEquals(message!.secrets, ["Basic one", "Basic two", "Basic three", "four"]);
});
