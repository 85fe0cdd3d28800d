import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { stampOf } from "../../../../lib/capture/file/pcapng_write.ts";
import {
  interfaceBlock,
  packetBlock,
  packetBlockLength,
  putPacketBlock,
  sectionHeader,
  statisticsBlock,
} from "../../../../lib/capture/file/pcapng_write.ts";
import { emptyPacket, timestampText } from "../../../../lib/capture/packet.ts";
import { concat } from "../../../../lib/base/bytes.ts";
import { octetsOf, pcapFile, protocolsCapture, readAll } from "../../../helpers/capture.ts";

const PACKETS = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array(60).fill(7)];
const EXPECTED = PACKETS.map((packet) => [...packet]);

Deno.test("CaptureReader reads pcap in both byte orders, micro- and nanoseconds", () => {
  for (const little of [true, false]) {
    for (const [magic, ts] of [[0xa1b2c3d4, "1700000000.123456000"], [0xa1b23c4d, "1700000000.000123456"]] as const) {
      const { packets, damage } = readAll(pcapFile(PACKETS, { magic, little }));
      assertEquals(damage, undefined);
      assertEquals(octetsOf(packets), EXPECTED);
      assertEquals(timestampText(packets[0]!), ts);
    }
  }
});

Deno.test("CaptureReader reads modified pcap with longer record headers", () => {
  for (const [magic, record] of [[0xa1b2cd34, 24], [0xa1b2cd34, 28], [0xa1b2c3d4, 24], [0xa1b2c3d4, 20]] as const) {
    const packets = [new Uint8Array(60).fill(1), new Uint8Array(70).fill(2)];
    const read = readAll(pcapFile(packets, { magic, record }));
    assertEquals(octetsOf(read.packets), packets.map((packet) => [...packet]), `${magic.toString(16)} ${record}`);
    // The modified ones may have made up a header of Ethernet beyond what they were to keep.
    assertEquals(read.reader.interfaces[0]!.snaplen, 65_535 + (magic === 0xa1b2cd34 ? 14 : 0));
  }
});

Deno.test("CaptureReader takes no pcap for a strange one whose clock was set after the first packet", () => {
  // Read with headers of 24 octets, an empty packet would seem to follow.
  const file = pcapFile([new Uint8Array(1392), new Uint8Array(60), ...PACKETS]);
  new DataView(file.buffer).setUint32(24, 248, true);
  const { packets, damage } = readAll(file);
  assertEquals([damage, packets.length, packets[0]!.caplen], [undefined, 5, 1392]);
});

Deno.test("CaptureReader takes link types without the bits of a frame check sequence", () => {
  assertEquals(readAll(pcapFile(PACKETS, { link: 0x1400_0071 })).packets[0]!.link, 113);
});

Deno.test("CaptureReader gives the same packets however the octets are cut", () => {
  const file = protocolsCapture();
  const whole = octetsOf(readAll(file).packets);
  for (const step of [1, 7, 1000, 70_000]) assertEquals(octetsOf(readAll(file, { step }).packets), whole);
});

Deno.test("CaptureReader gives every whole packet before the damage", () => {
  const file = pcapFile(PACKETS);
  for (let length = 0; length < file.length; length++) {
    const { packets, damage } = readAll(file.subarray(0, length));
    const whole = length < 24 ? 0 : length < 43 ? 0 : length < 59 ? 1 : 2;
    assertEquals(packets.length, whole, `cut at ${length}`);
    assertEquals(damage === undefined, length === 24 || length === 43 || length === 59, `cut at ${length}`);
  }
  const huge = pcapFile(PACKETS);
  new DataView(huge.buffer).setUint32(24 + 19 + 8, 0x7fff_ffff, true);
  const { packets, damage } = readAll(huge);
  assertEquals(packets.length, 1);
  assertMatch(damage!.message, /cannot be/);
});

Deno.test("CaptureReader says what is no capture", () => {
  assertMatch(
    readAll(new TextEncoder().encode("hello world")).damage!.message,
    /no capture file: pcap, pcapng, snoop, ERF and Network Monitor's are read, .* begins with 68 65/,
  );
  assertMatch(readAll(new Uint8Array(0)).damage!.message, /empty/);
});

Deno.test("CaptureReader reads the versions that there are, and says of others that it knows them not", () => {
  const of = (major: number, minor: number) => {
    const file = pcapFile(PACKETS, { version: minor });
    new DataView(file.buffer).setUint16(4, major, true);
    const { damage, packets } = readAll(file);
    return damage?.message ?? octetsOf(packets);
  };
  for (const [major, minor] of [[2, 2], [2, 3], [2, 4], [2, 5], [543, 0]] as const) {
    assertEquals(of(major, minor), EXPECTED, `${major}.${minor}`);
  }
  assertEquals([of(1, 4), of(3, 0)], ["pcap version 1.4 is not known", "pcap version 3.0 is not known"]);
  for (const [minor, known] of [[0, true], [1, false], [2, true]] as const) {
    const head = section();
    new DataView(head.buffer).setUint16(14, minor, true);
    assertEquals(readAll(head).damage?.message, known ? undefined : "pcapng version 1.1 is not known");
  }
});

/** A block with `body`, in either byte order. */
function block(type: number, body: readonly number[], little = true): Uint8Array {
  const padded = (body.length + 3) & ~3;
  const out = new Uint8Array(padded + 12), view = new DataView(out.buffer);
  view.setUint32(0, type, little);
  view.setUint32(4, out.length, little);
  out.set(body, 8);
  view.setUint32(out.length - 4, out.length, little);
  return out;
}
const u32 = (value: number, little = true) => {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, little);
  return [...out];
};
const section = (little = true) =>
  block(
    0x0a0d0d0a,
    [...u32(0x1a2b3c4d, little), ...(little ? [1, 0, 0, 0] : [0, 1, 0, 0]), ...Array(8).fill(255)],
    little,
  );
const described = (options: number[], little = true, link = 1) =>
  block(1, [...(little ? [link, 0] : [0, link]), 0, 0, ...u32(0, little), ...options], little);

Deno.test("CaptureReader reads pcapng time resolutions and offsets exactly", () => {
  const cases: [options: number[], high: number, low: number, ts: string][] = [
    [[], 0x0005_f5e1, 0x0000_0000, ""],
    [[9, 0, 1, 0, 9, 0, 0, 0], ...stampOf(1_700_000_000, 123_456_789), "1700000000.123456789"],
    [[9, 0, 1, 0, 3, 0, 0, 0], 0, 1234, "1.234000000"],
    [[9, 0, 1, 0, 0, 0, 0, 0], 0, 77, "77.000000000"],
    [[9, 0, 1, 0, 0x8a, 0, 0, 0], 0, 1025, "1.000976562" + "5"],
    [[9, 0, 1, 0, 12, 0, 0, 0], 0, 1_000_000_001 % 0xffff_ffff, "0.001000000001"],
    [[14, 0, 8, 0, 100, 0, 0, 0, 0, 0, 0, 0], 0, 5_000_000, "105.000000000"],
  ];
  for (const [options, high, low, ts] of cases) {
    if (ts === "") continue;
    const file = concat([
      section(),
      described([...options, 0, 0, 0, 0]),
      block(6, [...u32(0), ...u32(high), ...u32(low), ...u32(2), ...u32(2), 1, 2]),
    ]);
    const { packets, damage } = readAll(file);
    assertEquals(damage, undefined);
    assertEquals(timestampText(packets[0]!), ts);
  }
});

Deno.test("CaptureReader reads sections of both byte orders, old and simple packets, and passes other blocks on", () => {
  const types: number[] = [];
  const file = concat([
    section(),
    described([]),
    block(3, [...u32(3), 1, 2, 3]),
    block(2, [0, 0, 0, 0, ...u32(0), ...u32(1_500_000), ...u32(2), ...u32(9), 4, 5]),
    block(0x0bad, [1, 2, 3, 4]),
    section(false),
    described([], false, 101),
    block(10, [1, 2, 3, 4], false),
    block(
      6,
      [...u32(0, false), ...u32(0, false), ...u32(2_000_000, false), ...u32(1, false), ...u32(1, false), 6],
      false,
    ),
  ]);
  const { packets, damage } = readAll(file, { onBlock: ({ type }) => void types.push(type), step: 3 });
  assertEquals(damage, undefined);
  assertEquals(octetsOf(packets), [[1, 2, 3], [4, 5], [6]]);
  assertEquals(packets.map(timestampText), ["0.000000000", "1.500000000", "2.000000000"]);
  assertEquals(packets.map(({ link, length, interfaceId }) => [link, length, interfaceId]), [[1, 3, 0], [1, 9, 0], [
    101,
    1,
    1,
  ]]);
  assertEquals(types, [0x0a0d0d0a, 1, 0x0bad, 0x0a0d0d0a, 1, 10]);
});

Deno.test("putPacketBlock() writes the blocks that packetBlock() makes", () => {
  for (const caplen of [0, 1, 2, 3, 4, 255, 256, 300_000]) {
    for (const direction of [undefined, "in", "out"] as const) {
      const bytes = new Uint8Array(caplen + 2).fill(0xff);
      const packet = {
        ...emptyPacket(),
        length: 7,
        seconds: 1_700_000_000,
        nanos: 999_999_999,
        bytes,
        start: 1,
        caplen,
        direction,
      };
      const words = { interfaceId: 3, seconds: packet.seconds, nanos: packet.nanos, length: 7, direction };
      const made = new Uint8Array(5 + packetBlockLength(packet)).fill(0xee);
      putPacketBlock(made, new DataView(made.buffer), 5, 3, packet);
      assertEquals(made.subarray(5), packetBlock(words, bytes.subarray(1, 1 + caplen)));
    }
  }
});

Deno.test("CaptureReader refuses an interface whose times cannot be told, and gives every comment", () => {
  const faults: [options: number[], words: RegExp][] = [
    [[9, 0, 2, 0, 9, 0, 0, 0], /time resolution of 2 octets/],
    [[9, 0, 0, 0], /time resolution of 0 octets/],
    [[9, 0, 1, 0, 20, 0, 0, 0], /time resolution of 20 cannot be/],
    [[14, 0, 4, 0, 0, 0, 0, 0], /time offset of 4 octets/],
    [[9, 0, 1, 0, 9, 0, 0, 0, 9, 0, 1, 0, 6, 0, 0, 0], /more than one time resolution/],
    [[2, 0, 100, 0, 97, 0, 0, 0], /an option that does not fit/],
  ];
  for (const [options, words] of faults) {
    const { packets, damage } = readAll(
      concat([section(), described([]), block(3, [...u32(1), 9]), described(options)]),
    );
    assertEquals(octetsOf(packets), [[9]]);
    assertMatch(damage!.message, words);
    assertEquals(damage!.offset, 28 + 20 + 20);
  }
  const packet = [...u32(0), ...u32(0), ...u32(0), ...u32(0), ...u32(0)];
  const { packets } = readAll(
    concat([section(), described([]), block(6, [...packet, 1, 0, 1, 0, 97, 0, 0, 0, 1, 0, 1, 0, 98])]),
  );
  assertEquals(packets[0]!.comment, "a\nb");
});

Deno.test("CaptureReader refuses pcapng blocks that cannot be, after the packets before them", () => {
  const good = [section(), described([]), block(3, [...u32(1), 9])];
  const zeros = (count: number) => new Array(count).fill(0);
  const bad: [wrong: Uint8Array, words: string, at?: number][] = [
    [block(6, [...u32(5), ...zeros(16)]), "a packet of interface 5, which is not described"],
    [block(6, [...zeros(12), ...u32(5), ...u32(5), 1]), "a packet of 5 octets that does not fit its block"],
    [block(6, zeros(16)), "a packet block that is too short"],
    [block(3, []), "a packet block that is too short"],
    [block(3, [...u32(9), 1, 2, 3, 4]), "a packet of 9 octets that does not fit its block"],
    [block(1, zeros(4)), "an interface description that is too short"],
    [section().subarray(0, 24), "a section header that is too short"],
    [Object.assign(section(), { [11]: 0x1b }), "a section header without byte order", 8],
    [Object.assign(section(false), { [11]: 0x4e }), "a section header without byte order", 8],
    [Object.assign(section(), { [12]: 2 }), "pcapng version 2.0 is not known", 12],
    [Uint8Array.from([...u32(6), ...u32(8), ...zeros(4)]), "a block of 8 octets cannot be", 4],
    [Uint8Array.from([...u32(6), ...u32(14), ...zeros(6)]), "a block of 14 octets cannot be", 4],
    [Uint8Array.from([...u32(6), ...u32(0x200_0004), ...zeros(4)]), "a block of 33554436 octets cannot be", 4],
    [Object.assign(block(3, [...u32(0)]), { [12]: 99 }), "the two lengths of a block differ", 12],
  ];
  for (const [wrong, words, at = 0] of bad) {
    if (words.startsWith("a section header that")) {
      new DataView(wrong.buffer).setUint32(4, 24, true);
      new DataView(wrong.buffer).setUint32(20, 24, true);
    }
    const { packets, damage } = readAll(concat([...good, wrong]));
    assertEquals([packets.length, damage?.message, damage?.offset], [1, words, 68 + at]);
  }
});

Deno.test("CaptureReader knows which interface a packet of pcapng is of, its direction and comments, in both byte orders", () => {
  const pair = (value: number, little: boolean) => u32(value, little).slice(...little ? [0, 2] : [2]);
  for (const little of [true, false]) {
    const option = (
      code: number,
      octets: number[],
    ) => [...pair(code, little), ...pair(octets.length, little), ...octets];
    const words = [...option(2, [101, 48, 0, 0]), ...option(3, [117, 112, 0, 0]), ...option(0, [])];
    const packet = (id: number, options: number[]) =>
      block(6, [...u32(id, little), ...Array(4).fill(0), ...u32(5, little), ...Array(8).fill(0), ...options], little);
    const file = concat([
      section(!little),
      described([], !little, 113),
      section(little),
      described(words, little, 1),
      described([], little, 101),
      packet(1, [...option(1, Array(300).fill(97)), ...option(2, u32(1, little)), ...option(0, [])]),
      block(3, u32(0, little), little),
      packet(0, option(2, u32(2, little))),
      packet(0, [...option(2, u32(3, little)), ...option(2, [1])]),
      block(2, [...pair(1, little), 0, 9, ...Array(16).fill(0)], little),
      block(0x0bad, [], little),
    ]);
    const { packets, damage, reader } = readAll(file);
    assertEquals(damage, undefined);
    assertEquals(packets.map(({ link, interfaceId, direction, comment }) => [link, interfaceId, direction, comment]), [
      [101, 2, "in", "a".repeat(300)],
      [1, 1, undefined, undefined],
      [1, 1, "out", undefined],
      [1, 1, undefined, undefined],
      [101, 2, undefined, undefined],
    ]);
    assertEquals([packets[0]!.nanos, packets[1]!.nanos], [5000, 0]);
    assertEquals(reader.interfaces.map(({ name, description }) => [name, description]), [
      [undefined, undefined],
      ["e0", "up"],
      [undefined, undefined],
    ]);
  }
});

Deno.test("CaptureReader takes the finest times that pcapng has", () => {
  const of = (resolution: number) => {
    const file = [
      section(),
      described([9, 0, 1, 0, resolution, 0, 0, 0]),
      block(6, [...u32(0), ...u32(1), ...Array(12).fill(0)]),
    ];
    const { packets, damage } = readAll(concat(file));
    return damage?.message ?? timestampText(packets[0]!);
  };
  // 2^32 units.
  assertEquals([of(19), of(0xa0), of(0xbf)], [
    "0.0000000004294967296",
    "1.000000000",
    "0.0000000004656612873077392578125",
  ]);
  assertEquals([of(20), of(0xc0)], [20, 0xc0].map((resolution) => `a time resolution of ${resolution} cannot be`));
});

Deno.test("what write.ts writes the reader reads back", () => {
  fc.assert(fc.property(
    fc.array(
      fc.record({
        seconds: fc.integer({ min: 0, max: 0xffff_ffff }),
        nanos: fc.integer({ min: 0, max: 999_999_999 }),
        data: fc.uint8Array({ maxLength: 200 }),
        comment: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
        direction: fc.constantFrom("in" as const, "out" as const, undefined),
      }),
      { maxLength: 8 },
    ),
    (rows) => {
      const file = concat([
        sectionHeader({ application: "test" }),
        interfaceBlock({ link: 101, name: "x" }),
        ...rows.map((row) => packetBlock({ ...row, interfaceId: 0, length: row.data.length + 5 }, row.data)),
        statisticsBlock(0, 1, 2, { received: 3, dropped: 4 }),
      ]);
      const { packets, damage, reader } = readAll(file);
      assertEquals(damage, undefined);
      assertEquals(
        packets.map(({ seconds, nanos, comment, direction, length }) => ({
          seconds,
          nanos,
          comment,
          direction,
          length,
        })),
        rows.map(({ seconds, nanos, comment, direction, data }) => ({
          seconds,
          nanos,
          comment,
          direction,
          length: data.length + 5,
        })),
      );
      assertEquals(octetsOf(packets), rows.map((row) => [...row.data]));
      assertEquals(reader.interfaces.map(({ link, name }) => [link, name]), [[101, "x"]]);
    },
  ));
});

Deno.test("any octets are packets or damage, in memory that does not grow with them", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(0, 1, 2), (octets, kind) => {
    const head = kind === 0 ? new Uint8Array(0) : kind === 1 ? pcapFile([]) : concat([section(), described([])]);
    const { reader } = readAll(concat([head, octets]));
    assert(reader.window.bytes.length <= 1 << 20);
  }));
});
