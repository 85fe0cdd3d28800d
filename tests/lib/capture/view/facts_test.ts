import { assertEquals } from "@std/assert";
import { factsOf, noFacts, protocolName } from "../../../../lib/capture/view/facts.ts";
import { emptyPacket } from "../../../../lib/capture/packet.ts";
import { formatIp } from "../../../../lib/base/ip.ts";

/** Facts of octets in hex as an object of those that are there. */
function facts(link: number, text: string) {
  const bytes = new Uint8Array((text.replace(/\s/g, "").match(/../g) ?? []).map((pair) => parseInt(pair, 16)));
  const found = factsOf({ ...emptyPacket(), link, bytes, caplen: bytes.length, length: bytes.length }, noFacts());
  const size = found.family === 6 ? 16 : 4;
  const ip = (at: number) => at === -1 ? undefined : formatIp(bytes.subarray(at, at + size));
  const or = (value: number) => value === -1 ? undefined : value;
  return [protocolName(found), ip(found.src), ip(found.dst), or(found.sport), or(found.dport)];
}

const IP4 = (protocol: string, fragment = "4000", total = "001c") =>
  `4500 ${total} 0001 ${fragment} 40${protocol} 0000 c0000201 c6336402`;
const IP6 = (next: string, length = "0008") =>
  `60000000 ${length} ${next}40 20010db8000000000000000000000001 20010db8000000000000000000000002`;
const PORTS = "9c40 0035 0008 0000";

Deno.test("factsOf() finds addresses and ports behind every link header", () => {
  const expected = ["udp", "192.0.2.1", "198.51.100.2", 40000, 53];
  const packet = IP4("11") + PORTS;
  assertEquals(facts(101, packet), expected);
  assertEquals(facts(228, packet), expected);
  assertEquals(facts(1, `020000000001 020000000002 0800 ${packet}`), expected);
  assertEquals(facts(1, `020000000001 020000000002 8100 0005 88a8 0006 0800 ${packet}`), expected);
  assertEquals(facts(1, `020000000001 020000000002 8847 00010040 00011140 ${packet}`), expected);
  assertEquals(facts(1, `020000000001 020000000002 8864 1100 0005 001e 0021 ${packet}`), expected);
  assertEquals(facts(1, `020000000001 020000000002 0024 aaaa03 000000 0800 ${packet}`), expected);
  assertEquals(facts(113, `0000 0001 0006 0200000000010000 0800 ${packet}`), expected);
  assertEquals(facts(276, `0800 0000 00000001 0001 00 06 0200000000010000 ${packet}`), expected);
  assertEquals(facts(0, `02000000 ${packet}`), expected);
  assertEquals(facts(9, `ff03 0021 ${packet}`), expected);
  assertEquals(facts(104, `0f00 0800 ${packet}`), expected);
  assertEquals(facts(9, `0f00 0800 ${packet}`), expected);
  assertEquals(facts(107, `1841 03cc ${packet}`), expected);
  assertEquals(facts(107, `1840 0041 0300 80 000000 0800 ${packet}`), expected);
  assertEquals(facts(107, `1841 0800 ${packet}`), expected);
  assertEquals(facts(100, `aaaa03 000000 0800 ${packet}`), expected);
  assertEquals(facts(10, `50 020000000001 020000000002 aaaa03 000000 0800 ${packet}`), expected);
  assertEquals(facts(6, `1040 020000000001 020000000002 aaaa03 000000 0800 ${packet}`), expected);
  assertEquals(facts(6, `1040 020000000001 820000000002 0630 1011 1020 aaaa03 000000 0800 ${packet}`), expected);
  const wifi = `0801 0000 ${"020000000001".repeat(3)} 0000 aaaa03 000000 0800 ${packet}`;
  assertEquals(facts(105, wifi), expected);
  assertEquals(facts(127, `0000 0800 00000000 ${wifi}`), expected);
  assertEquals(facts(192, `0000 0800 69000000 ${wifi}`), expected);
  assertEquals(facts(163, `80211001 00000008 ${wifi}`), expected);
  assertEquals(facts(119, `80211001 00000008 ${wifi}`), expected);
  assertEquals(facts(119, `44000000 90000000 ${"00".repeat(136)} ${wifi}`), expected);
  assertEquals(facts(1, `020000000001 020000000002 8903 0401 020000000003 020000000004 0800 ${packet}`), expected);
});

Deno.test("factsOf() gives ports only when the transport header is in this packet", () => {
  assertEquals(facts(101, IP4("11", "2000") + PORTS).slice(3), [40000, 53]);
  assertEquals(facts(101, IP4("11", "0010") + PORTS).slice(3), [undefined, undefined]);
  assertEquals(facts(101, IP4("11", "4000", "0016") + PORTS).slice(3), [undefined, undefined]);
  assertEquals(facts(101, IP4("01") + PORTS).slice(3), [undefined, undefined]);
  assertEquals(facts(101, IP4("06") + "9c40").slice(3), [undefined, undefined]);
});

Deno.test("factsOf() passes over the extension headers of IPv6", () => {
  const ends = ["2001:db8::1", "2001:db8::2"];
  assertEquals(facts(101, IP6("11") + PORTS), ["udp", ...ends, 40000, 53]);
  assertEquals(facts(101, `${IP6("00", "0018")} 3c00 0000 00000000 1100 0000 00000000 ${PORTS}`), [
    "udp",
    ...ends,
    40000,
    53,
  ]);
  assertEquals(facts(101, `${IP6("2c", "0010")} 1100 0001 00000005 ${PORTS}`), ["udp", ...ends, 40000, 53]);
  assertEquals(facts(101, `${IP6("2c", "0010")} 1100 0009 00000005 ${PORTS}`), ["udp", ...ends, undefined, undefined]);
  assertEquals(facts(101, IP6("3b", "0000")), ["no next header", ...ends, undefined, undefined]);
});

Deno.test("factsOf() gives ARP's protocol addresses", () => {
  const arp = "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002";
  assertEquals(facts(1, `ffffffffffff 020000000002 0806 ${arp}`), [
    "arp",
    "10.0.0.1",
    "10.0.0.2",
    undefined,
    undefined,
  ]);
  assertEquals(facts(1, "ffffffffffff 020000000002 88cc 0207"), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
