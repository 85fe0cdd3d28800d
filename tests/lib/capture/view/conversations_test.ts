// Conversations of a capture, to its end.
import { assertEquals, assertMatch } from "@std/assert";
import { Conversations } from "../../../../lib/capture/view/conversations.ts";
import { latin1 } from "../../../../lib/base/bytes.ts";
import { factsOf, noFacts } from "../../../../lib/capture/view/facts.ts";
import { Statistics } from "../../../../lib/capture/view/statistics.ts";
import { emptyPacket } from "../../../../lib/capture/packet.ts";
import { pcapFile, readAll } from "../../../helpers/capture.ts";
import { readPcap } from "../../../helpers/pcap.ts";
import { readCapture } from "../../../helpers/explain_captures.ts";

function follow(name: string, count: number): string[] {
  return followFile(readCapture(name), count);
}

function followFile(file: Uint8Array, count = Infinity): string[] {
  const { linkType, packets } = readPcap(file);
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

/** Bare IPv4 with TCP between 192.0.2.1:4000 and 192.0.2.2:80; flags as tcpdump has them. */
function tcp(client: boolean, flags: string, seq: number, ack: number, text = ""): Uint8Array {
  const bits = [...flags].reduce((sum, letter) => sum | 1 << "FSRP.".indexOf(letter), 0);
  const ends = client ? [192, 0, 2, 1, 192, 0, 2, 2] : [192, 0, 2, 2, 192, 0, 2, 1];
  const ports = client ? [15, 160, 0, 80] : [0, 80, 15, 160];
  const head = [0x45, 0, 0, 40 + text.length, 0, 0, 0, 0, 64, 6, 0, 0, ...ends, ...ports];
  return new Uint8Array([...head, 0, 0, 0, seq, 0, 0, 0, ack, 0x50, bits, 1, 0, 0, 0, 0, 0, ...latin1(text)]);
}

Deno.test("Conversations tells of refusals and resets, which end both ways", () => {
  const answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
  const lines = followFile(pcapFile([
    tcp(true, "S", 9, 0),
    tcp(false, "R.", 0, 10),
    tcp(true, "S", 20, 0),
    tcp(false, "S.", 50, 21),
    tcp(true, "P.", 21, 51, "GET / HTTP/1.1\r\n\r\n"),
    tcp(false, "P.", 51, 39, answer),
    tcp(true, "R.", 39, 51 + answer.length),
    tcp(true, "R.", 39, 51 + answer.length),
  ], { link: 101 }));
  assertEquals(
    lines.filter((line) => !line.startsWith("    ")).map((line) => line.replace(/after \S+\)/, "after …)")),
    [
      "#1 tcp 192.0.2.1:4000 > 192.0.2.2:80",
      "< 2 tcp: connection refused",
      "",
      "#2 tcp 192.0.2.1:4000 > 192.0.2.2:80",
      "> 5 http: GET / HTTP/1.1",
      `< 7 http: HTTP/1.1 200 OK (answers 5 after …) <- Cut short: ${answer.length} of ${answer.length + 6} octets`,
      "> 7 tcp: connection reset",
    ],
  );
});

Deno.test("Statistics counts what is sent again, keep-alives left out, and tells of resets", () => {
  const packets = [
    tcp(true, "S", 20, 0),
    tcp(true, "S", 20, 0),
    tcp(false, "S.", 50, 21),
    tcp(true, "P.", 21, 51, "abcd"),
    tcp(true, "P.", 21, 51, "abcd"),
    tcp(true, ".", 24, 51, "d"),
    tcp(true, ".", 24, 51),
    tcp(false, "P.", 51, 25, "xy"),
    tcp(false, "P.", 51, 25, "xy"),
    tcp(false, "R", 53, 0),
  ];
  const statistics = new Statistics(), facts = noFacts();
  for (const packet of readAll(pcapFile(packets, { link: 101 })).packets) {
    statistics.add(packet, factsOf(packet, facts));
  }
  assertMatch(statistics.lines().at(-1)!, /s {2}2 > and 1 < sent again, reset by <$/);
  const [talk] = JSON.parse(JSON.stringify(statistics.json())).conversations;
  assertEquals(talk.trouble, { retransmitted: { to: 2, from: 1 }, reset: "from", refused: false });
});

Deno.test("Conversations counts a pair of ports that is used again as another conversation", () => {
  const lines = followFile(pcapFile([
    tcp(true, "S", 9, 0),
    tcp(false, "S.", 20, 10),
    tcp(true, "P.", 10, 21, "one"),
    // The same once more: no other connection.
    tcp(true, "S", 9, 0),
    tcp(true, "P.", 13, 21, "more"),
    tcp(true, "F.", 17, 21),
    tcp(true, "S", 99, 0),
    tcp(false, "S.", 70, 100),
    tcp(true, "P.", 100, 71, "two"),
  ], { link: 101 }));
  const heads = lines.filter((line) => /^#/.test(line));
  assertEquals(heads, ["#1 tcp 192.0.2.1:4000 > 192.0.2.2:80", "#2 tcp 192.0.2.1:4000 > 192.0.2.2:80"]);
  assertMatch(lines.slice(lines.indexOf(heads[1]!)).join("\n"), /two/);
});
