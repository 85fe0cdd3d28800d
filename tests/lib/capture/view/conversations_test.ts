// Conversations of a capture, to its end.
import { assertEquals, assertMatch } from "@std/assert";
import { Conversations } from "../../../../lib/capture/view/conversations.ts";
import { emptyPacket } from "../../../../lib/capture/packet.ts";
import { readPcap } from "../../../helpers/pcap.ts";
import { readCapture } from "../../../helpers/explain_captures.ts";

function follow(name: string, count: number): string[] {
  const { linkType, packets } = readPcap(readCapture(name));
  const conversations = new Conversations();
  const packet = emptyPacket();
  const lines = packets.slice(0, count).flatMap(({ bytes, length, timeMs }, i) => {
    Object.assign(packet, { number: i + 1, bytes, start: 0, caplen: bytes.length, length, link: linkType });
    Object.assign(packet, { seconds: Math.floor(timeMs / 1000), nanos: 0 });
    return conversations.add(packet);
  });
  return [...lines, ...conversations.end()];
}

Deno.test("Conversations tells who said what, in order", () => {
  const lines = follow("redis", 20);
  assertMatch(lines[0]!, /^#1 tcp 127\.0\.0\.1:\d+ > 127\.0\.0\.1:6379$/);
  assertEquals(lines.filter((line) => /^[<>]/.test(line)).map((line) => line.replace(/ \(answers.*| <-.*/, "")), [
    "> 4 redis: AUTH (password in clear)",
    "< 6 redis: OK",
    '> 8 redis: SET greeting "hello world"',
    "< 9 redis: OK",
    "> 16 redis: AUTH (password in clear)",
    "< 18 redis: OK",
    "> 20 redis: GET greeting",
  ]);
});

Deno.test("Conversations.end() gives what still waited for its end", () => {
  // The HTTP response comes in two segments; the capture ends after the first.
  const lines = follow("http1", 6);
  assertMatch(lines.find((line) => line.startsWith("< "))!, /HTTP\/1\.1 200 OK/);
});
