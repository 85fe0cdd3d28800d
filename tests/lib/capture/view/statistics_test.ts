import { assertEquals } from "@std/assert";
import { factsOf, noFacts } from "../../../../lib/capture/view/facts.ts";
import { Statistics } from "../../../../lib/capture/view/statistics.ts";
import { pcapFile, protocolsCapture, readAll } from "../../../helpers/capture.ts";

function statisticsOf(file: Uint8Array): Statistics {
  const statistics = new Statistics(), facts = noFacts();
  for (const packet of readAll(file).packets) statistics.add(packet, factsOf(packet, facts));
  return statistics;
}

/** Bare IPv4 or IPv6 with UDP: ends are last octets of addresses. */
function udp(family: 4 | 6, from: number, to: number, sport: number, dport: number): Uint8Array {
  const address = (last: number) => family === 4 ? [192, 0, 2, last] : [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), last];
  const head = family === 4 ? [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0] : [0x60, 0, 0, 0, 0, 8, 17, 64];
  const ports = [sport >> 8, sport & 255, dport >> 8, dport & 255, 0, 8, 0, 0];
  return new Uint8Array([...head, ...address(from), ...address(to), ...ports]);
}

Deno.test("Statistics counts both ways of a conversation, whoever began, and by protocol", () => {
  const packets = [
    udp(4, 9, 1, 4000, 53),
    udp(4, 1, 9, 53, 4000),
    udp(4, 1, 9, 53, 4000),
    udp(4, 1, 9, 4000, 53),
    udp(6, 1, 1, 5, 5),
    udp(6, 1, 1, 5, 5),
    new Uint8Array([0x45, 0, 0, 20, 0, 0, 0, 0, 64, 1, 0, 0, 192, 0, 2, 1, 192, 0, 2, 9]),
  ];
  const found = statisticsOf(pcapFile(packets, { link: 101 })).json();
  assertEquals(found, {
    packets: 7,
    octets: 228,
    protocols: {
      ipv4: { packets: 5, octets: 132 },
      "ipv4/udp": { packets: 4, octets: 112 },
      "ipv4/udp/dns": { packets: 4, octets: 112 },
      ipv6: { packets: 2, octets: 96 },
      "ipv6/udp": { packets: 2, octets: 96 },
      "ipv4/icmp": { packets: 1, octets: 20 },
    },
    conversations: [
      ["192.0.2.9:4000", "192.0.2.1:53", "udp", 1, 28, 2, 56, 0, 2],
      ["192.0.2.1:4000", "192.0.2.9:53", "udp", 1, 28, 0, 0, 3, 3],
      ["[2001:db8::1]:5", "[2001:db8::1]:5", "udp", 2, 96, 0, 0, 4, 5],
      ["192.0.2.1", "192.0.2.9", "icmp", 1, 20, 0, 0, 6, 6],
    ].map(([a, b, proto, packets, octets, back, octetsBack, first, last]) => ({
      a,
      b,
      proto,
      to: { packets, octets },
      from: { packets: back, octets: octetsBack },
      first: 1_700_000_000.123456 + Number(first),
      last: 1_700_000_000.123456 + Number(last),
    })),
  });
});

Deno.test("Statistics leaves out no packet of any protocol", () => {
  const file = protocolsCapture(), { packets } = readAll(file);
  const { packets: counted, octets, protocols } = statisticsOf(file).json();
  assertEquals(counted, packets.length);
  assertEquals(octets, packets.reduce((sum, { length }) => sum + length, 0));
  const outer = Object.entries(protocols as Record<string, { packets: number }>).filter(([name]) =>
    !name.includes("/")
  );
  assertEquals(outer.reduce((sum, [, count]) => sum + count.packets, 0), packets.length);
});
