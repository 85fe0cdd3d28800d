import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../../../lib/base/errors.ts";
import { CaptureFilter, compileFilter, hostsIn } from "../../../../lib/capture/filter/filter.ts";
import { namesFrom } from "../../../../lib/capture/filter/names.ts";
import { parseFilter } from "../../../../lib/capture/filter/parser.ts";
import { filterTexts, protocolsCapture, readAll } from "../../../helpers/capture.ts";

const packets = readAll(protocolsCapture()).packets;
const count = (text: string) => {
  const filter = new CaptureFilter(text);
  return packets.filter((packet) => filter.matches(packet)).length;
};

// Counts that tcpdump 4.99 gives for the same file.
const COUNTS: [text: string, count: number][] = [
  ["", 1004],
  ["ip", 851],
  ["ip6", 94],
  ["arp", 17],
  ["tcp", 136],
  ["udp", 481],
  ["tcp port 80", 10],
  ["port 53 and not 80", 371],
  ["vlan 5 and vlan 6 and tcp", 1],
  ["tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn", 8],
  ["not tcp[100] = 5", 872],
];

Deno.test("compileFilter() matches what tcpdump matches", () => {
  for (const [text, expected] of COUNTS) assertEquals(count(text), expected, text);
});

Deno.test("compileFilter() binds and and or equally, from left to right", () => {
  assertEquals(count("icmp or udp and port 53"), count("(icmp or udp) and port 53"));
  assertEquals(count("tcp port 80 or 443"), count("tcp port 80 or tcp port 443"));
  assertEquals(count("port 80 and not 443"), count("port 80 and not port 443"));
});

Deno.test("compileFilter() refuses what libpcap refuses, in its words", () => {
  const cases: [text: string, message: string][] = [
    ["tcp prot 80", "syntax error"],
    ["1.2.3.4", "syntax error"],
    ["tcp and", "syntax error"],
    ["port 99999", "illegal port number 99999 > 65535"],
    ["net 10.1.2.1/24", "non-network bits set"],
    ["net 10.0.0.0/33", "mask length must be <= 32"],
    ["net ::/129", "mask length must be <= 128"],
    ["host 10.0.0.0/8", "Mask syntax for networks only"],
    ["host ::1/64", 'non-network bits set in "::1/64"'],
    ["tcp host ::/64", "Mask syntax for networks only"],
    ["ip6 host 10.1.2.1", "'ip6' modifier applied to ip host"],
    ["port 10.1.2.1", "'port' modifier applied to ip host"],
    ["proto 10.0.0.0/8", "Mask syntax for networks only"],
    ["portrange 10.0.0.0 mask 255.0.0.0", "Mask syntax for networks only"],
    ["port ::/64", "invalid qualifier against IPv6 address"],
    ["tcp host 10.1.2.1", "'tcp' modifier applied to host"],
    ["tcp net 10", "'tcp' modifier applied to net"],
    ["tcp net ::1", "'tcp' modifier applied to ip6 net"],
    ["ether host ::1", "link-layer modifier applied to ip6 host"],
    ["atalk net ::1", "AppleTalk modifier applied to ip6 net"],
    ["atalk net 10", "AppleTalk host filtering not implemented"],
    ["lat host 10.1.2.1", "LAT host filtering not implemented"],
    ["tcp and udp", "expression rejects all packets"],
    ["udp port ssh", "port 'ssh' is tcp"],
    ["tcp[0:3] = 1", "data size must be 1, 2, or 4"],
    ["len / 0 = 1", "division by zero"],
    ["1 << 32 = 0", "shift by more than 31 bits"],
    ["len >> 32 = 0", "shift by more than 31 bits"],
    ["host nowhere.invalid", "unknown host 'nowhere.invalid'"],
  ];
  for (const [text, message] of cases) {
    assertEquals(assertThrows(() => compileFilter(text, 1), FormatError).message.slice(0, message.length), message);
  }
});

Deno.test("hostsIn() gives the names that are hosts, whatever the link type of packets", () => {
  const text = "type mgt and not (src a.test or ip6 host b.test) and (dst net lan or tcp port http) and host 10.1.2.1";
  assertEquals([...hostsIn(text)].sort(), ["a.test", "b.test"]);
  assertEquals([...hostsIn("")], []);
  assertThrows(() => hostsIn("host a.test and"), FormatError, "syntax error");
});

Deno.test("compileFilter() ends with no where a load leaves the packet", () => {
  const short = new Uint8Array(14);
  const run = (text: string) => compileFilter(text, 1)(short, 0, 14, 14);
  assertEquals(run("ether[13] = 0"), true);
  assertEquals(run("ether[14] = 0"), false);
  assertEquals(run("not ether[14] = 0"), false);
  assertEquals(run("not ether[14] = 0 or len > 0"), false);
  assertEquals(run("len > 0 or ether[14] = 0"), true);
});

Deno.test("compileFilter() computes in unsigned 32 bits", () => {
  const run = (text: string) => compileFilter(text, 1)(new Uint8Array(60), 0, 60, 60);
  assertEquals(run("len - 61 = 4294967295"), true);
  assertEquals(run("len * 0x10000000 = 0xc0000000"), true);
  assertEquals(run("len ^ 1 = 61"), true);
  assertEquals(run("len % 7 = 4"), true);
  assertEquals(run("ether[len - 1] = 0"), true);
  assertEquals(run("ether[len] = 0"), false);
  assertEquals(run("len / ether[0] = 1"), false);
});

Deno.test("namesFrom() reads the system's lists", () => {
  const names = namesFrom("foo 1234/tcp bar # x\nfoo 1234/udp\n", "xyz 200 XYZ\n", "10.1.1.1 myhost other\n");
  assertEquals(names.port("bar"), { port: 1234, transport: "tcp" });
  assertEquals(names.port("foo"), { port: 1234, transport: "both" });
  assertEquals(names.protocol("XYZ"), 200);
  assertEquals(names.host("other")!.length, 1);
  assertEquals(names.port("http"), undefined);
});

Deno.test("any text is a filter or a FormatError, in bounded time", () => {
  const words = filterTexts().flatMap((text) => text.split(" "));
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.constantFrom(...words), fc.constantFrom("(", ")", "not", "["), fc.string({ maxLength: 4 })),
        { maxLength: 12 },
      ),
      (parts) => {
        try {
          const predicate = compileFilter(parts.join(" "), 1);
          for (const packet of packets.slice(0, 20)) {
            assert(typeof predicate(packet.bytes, packet.start, packet.caplen, packet.length) === "boolean");
          }
        } catch (error) {
          assert(error instanceof FormatError, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
  assertThrows(() => parseFilter("(".repeat(100_000) + "tcp"), FormatError);
  assertThrows(() => parseFilter("not ".repeat(100_000) + "tcp"), FormatError);
});

Deno.test("compileFilter() finds stations and frame types in 802.11", () => {
  // A beacon of 02:…:02, and a data frame from station 02:…:01 to the distribution system.
  const beacon = Uint8Array.from([0x80, 0, 0, 0, ...new Array(6).fill(255), 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 2, 0, 0]);
  const data = Uint8Array.from([8, 1, 0, 0, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 3, 0, 0]);
  const run = (text: string) => [beacon, data].map((frame) => compileFilter(text, 105)(frame, 0, 24, 24));
  assertEquals(run("type mgt subtype beacon"), [true, false]);
  assertEquals(run("wlan ta 02:00:00:00:00:01"), [false, true]);
  assertEquals(run("wlan src 02:00:00:00:00:02"), [true, false]);
  assertEquals(run("wlan dst 02:00:00:00:00:03"), [false, true]);
  assertEquals(run("dir tods"), [false, true]);
  assertEquals(run("broadcast"), [true, false]);
  assertThrows(() => compileFilter("type mgt subtype rts", 105), FormatError, 'unknown 802.11 subtype name "rts"');
});
