// Packets one after the other: reassembly across packets, retransmission, loss, relative numbers, facts.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { latin1 } from "../../../../lib/base/bytes.ts";
import { parseHex } from "../../../../lib/base/hex.ts";
import { ByteWriter } from "../../../../lib/base/writer.ts";
import { dissectPacket, PacketDissector } from "../../../../lib/dissect/follow/packet.ts";
import { mask } from "../../../../lib/dissect/view/mask.ts";
import { explainLines } from "../../../../lib/dissect/view/octets.ts";

const RAW = 101;
interface Segment {
  back?: boolean;
  seq: number;
  ack?: number;
  flags?: number;
  text?: string;
}

/** A TCP segment over IPv4 between 192.0.2.1:40000 and 192.0.2.2:80. */
function segment({ back = false, seq, ack = 0, flags = 0x10, text = "" }: Segment): Uint8Array {
  const out = new ByteWriter();
  out.u8(0x45).u8(0).u16(40 + text.length).u16(1).u16(0x4000).u8(64).u8(6).u16(0);
  for (const last of back ? [2, 1] : [1, 2]) out.u8(192).u8(0).u8(2).u8(last);
  out.u16(back ? 80 : 40000).u16(back ? 40000 : 80).u32(seq >>> 0).u32(ack >>> 0).u16(0x5000 | flags).u16(1024).u32(0);
  return out.bytes(latin1(text)).take();
}

function run(segments: readonly Segment[]): string[] {
  const dissector = new PacketDissector();
  const lines = segments.map((part, i) => {
    const { messages, fields } = dissector.dissect(RAW, segment(part), { timeMs: i });
    const note = fields.flatMap((field) => field.children ?? []).find((field) => field.name === "Note");
    return [...note === undefined ? [] : [`(${note.value})`], ...messages.map((message) => message.summary)].join(" ");
  });
  return [...lines, ...dissector.finish().flatMap(({ messages }) => messages.map((message) => message.summary))];
}

const SYN: Segment = { seq: 1000, flags: 2 };
const SYNACK: Segment = { back: true, seq: 5000, ack: 1001, flags: 0x12 };

Deno.test("PacketDissector puts a message together that crosses packets, and ties the answer to it", () => {
  const dissector = new PacketDissector();
  const parts: Segment[] = [
    SYN,
    SYNACK,
    { seq: 1001, ack: 5001, text: "GET / HT" },
    { seq: 1009, ack: 5001, text: "TP/1.1\r\n\r\n" },
    { back: true, seq: 5001, ack: 1019, text: "HTTP/1.1 204 No\r\n\r\n" },
  ];
  const results = parts.map((part, i) => dissector.dissect(RAW, segment(part), { timeMs: i * 10, number: i + 1 }));
  assertEquals(results[2]!.fields.at(-1)!.name, "Segment");
  const whole = results[3]!.fields.at(-1)!;
  assertEquals([whole.name, whole.offset, whole.length, whole.buffer?.length], ["HTTP/1", 40, 10, 18]);
  assertEquals(results[4]!.messages[0]!.answers, { number: 4, elapsedMs: 10 });
  assertEquals(results[3]!.facts, {
    layers: ["raw", "ipv4", "tcp", "http"],
    src: "192.0.2.1",
    dst: "192.0.2.2",
    proto: "tcp",
    sport: 40000,
    dport: 80,
    tcp: { seq: 1009, ack: 5001, flags: 0x10, window: 1024 },
    payload: { offset: 40, length: 10 },
  });
});

Deno.test("PacketDissector notes retransmissions and explains nothing twice", () => {
  const get = "GET / HTTP/1.1\r\n\r\n";
  assertEquals(
    run([SYN, SYNACK, { seq: 1001, text: get }, { seq: 1001, text: get }, {
      seq: 1011,
      text: get.slice(10) + "GET /2",
    }]),
    ["", "", "GET / HTTP/1.1", "(retransmission)", "(retransmission of 8 octets, then new ones)", "GET /2"],
  );
});

Deno.test("PacketDissector waits for octets that are missing and puts them in order", () => {
  assertEquals(
    run([SYN, SYNACK, { seq: 1009, text: "TP/1.1\r\n\r\n" }, { seq: 1001, text: "GET / HT" }]),
    ["", "", "(8 octets missing before)", "GET / HTTP/1.1"],
  );
});

/** Octets that are given while a megabyte passes behind a hole. */
function givenBehindHole(...first: Segment[]): [waited: number, inTheEnd: number] {
  const parts = [...first, { seq: 1001, text: "GET / HTTP/1.1\r\nX: " }];
  for (let i = 0; i < 1000; i++) parts.push({ seq: 2001 + i * 1000, text: "y".repeat(1000) });
  const dissector = new PacketDissector();
  const given = (part: Segment) =>
    dissector.dissect(RAW, segment(part)).messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const waited = parts.reduce((sum, part) => sum + given(part), 0);
  const late = given({ seq: 1020, text: "z".repeat(981) });
  return [
    waited,
    waited + late + dissector.finish().flatMap(({ messages }) => messages)
      .reduce((sum, { bytes }) => sum + bytes.length, 0),
  ];
}

Deno.test("PacketDissector gives up what never comes, within its bound: what was acknowledged, or where nobody could", () => {
  for (const first of [[SYN, SYNACK, { back: true, seq: 5001, ack: 900_000 }], [SYN]]) {
    const [waited, all] = givenBehindHole(...first);
    assert(waited >= 700_000, `${waited} octets`);
    assertEquals(all, 1_000_019);
  }
});

Deno.test("PacketDissector waits for what the other end lacks too, behind hundreds of segments", () => {
  assertEquals(givenBehindHole(SYN, SYNACK), [0, 1_001_000]);
});

Deno.test("PacketDissector passes over what the capture cut off, of segments out of order too", () => {
  const dissector = new PacketDissector();
  const seen = (part: Segment, kept?: number) => {
    const bytes = segment(part);
    return dissector.dissect(RAW, bytes.subarray(0, kept), { originalLength: bytes.length }).messages
      .map(({ offset, bytes }) => [offset, bytes.length]);
  };
  const text = "x".repeat(100);
  assertEquals(seen(SYN), []);
  assertEquals(seen({ seq: 1101, text }, 50), []);
  assertEquals(seen({ seq: 1201, text }, 50), []);
  assertEquals(seen({ seq: 1001, text }, 50), [[0, 10], [100, 10], [200, 10]]);
  assertEquals(seen({ seq: 1301, text }), [[300, 100]]);
});

Deno.test("PacketDissector bounds what waits for what the other end lacks", () => {
  const dissector = new PacketDissector();
  const parts: Segment[] = [SYN, SYNACK];
  for (let i = 0; i < 800; i++) parts.push({ seq: 2000 + i * 30_000, text: "y".repeat(30_000) });
  const given = parts.flatMap((part) => dissector.dissect(RAW, segment(part)).messages);
  assert(given.reduce((sum, { bytes }) => sum + bytes.length, 0) > 15_000_000);
});

Deno.test("PacketDissector gives what waits when the answer to another SYN begins the numbers anew", () => {
  const answer = "HTTP/1.1 204 No\r\n\r\n";
  assertEquals(
    run([SYN, SYNACK, { back: true, seq: 5101, text: answer }, { ...SYNACK, seq: 900_000 }, {
      back: true,
      seq: 900_001,
      text: answer,
    }]).slice(2),
    ["(100 octets missing before)", "(894999 octets missing before) HTTP/1.1 204 No", "HTTP/1.1 204 No"],
  );
});

Deno.test("PacketDissector gives what passed before the acknowledgment that a capture begins with", () => {
  const late: Segment[] = [
    { back: true, seq: 500, ack: 1019 },
    { seq: 1009, text: "TP/1.1\r\n\r\n" },
    { seq: 1019, text: "GET /2 HTTP/1.1\r\n\r\n" },
  ];
  assertEquals(run(late).slice(-1), ["GET /2 HTTP/1.1"]);
  // A keep-alive is not the beginning.
  assertEquals(
    run([{ back: true, seq: 500, ack: 1001 }, { seq: 1000, text: "x" }, { seq: 1001, text: "GET / HTTP/1.1\r\n\r\n" }]),
    [
      "",
      "(keep-alive)",
      "GET / HTTP/1.1",
    ],
  );
});

Deno.test("PacketDissector begins in the middle of a connection", () => {
  assertEquals(
    run([{ seq: 77, ack: 9, text: "GET / HTTP/1.1\r\n\r\n" }, {
      back: true,
      seq: 9,
      ack: 95,
      text: "HTTP/1.1 204 No\r\n\r\n",
    }]),
    [
      "GET / HTTP/1.1",
      "HTTP/1.1 204 No",
    ],
  );
});

Deno.test("PacketDissector follows numbers over 2^32", () => {
  const seq = 0xfffffff8;
  assertEquals(
    run([{ seq: seq - 1, flags: 2 }, { seq, text: "GET / HT" }, { seq: seq + 8, text: "TP/1.1\r\n\r\n" }]),
    ["", "", "GET / HTTP/1.1"],
  );
});

Deno.test("PacketDissector takes a new SYN between the same ports for a new connection", () => {
  const get = "GET / HTTP/1.1\r\n\r\n";
  assertEquals(run([SYN, { seq: 1001, text: get }, { seq: 90_000, flags: 2 }, { seq: 90_001, text: get }]), [
    "",
    "GET / HTTP/1.1",
    "",
    "GET / HTTP/1.1",
  ]);
});

Deno.test("PacketDissector takes the SYN that is sent again after a refusal for a new connection", () => {
  const refusal: Segment = { back: true, seq: 0, ack: 1001, flags: 0x14 };
  const ready = { ...SYNACK, seq: 4_000_000_000 };
  assertEquals(run([SYN, refusal, SYN, ready, { back: true, seq: 4_000_000_001, text: "HTTP/1.1 204 No\r\n\r\n" }]), [
    ...["", "", "", ""],
    "HTTP/1.1 204 No",
  ]);
});

/** An ICMP error about a datagram from 192.0.2.1:40000 to port 53 of 192.0.2.2, of which `kept` octets are quoted. */
function refused(text: string, kept: number): Uint8Array {
  const quote = new ByteWriter();
  quote.u8(0x45).u8(0).u16(28 + text.length).u16(1).u16(0).u8(64).u8(17).u16(0).u32(0xc0000201).u32(0xc0000202);
  quote.u16(40000).u16(53).u16(8 + text.length).u16(0).bytes(latin1(text));
  const quoted = quote.take().subarray(0, 28 + kept);
  const out = new ByteWriter();
  out.u8(0x45).u8(0).u16(28 + quoted.length).u16(1).u16(0).u8(64).u8(1).u16(0).u32(0xc0000202).u32(0xc0000201);
  return out.u8(3).u8(3).u16(0).u32(0).bytes(quoted).take();
}

Deno.test("dissectPacket() explains what a quoted datagram carries, as far as it is there", () => {
  const query = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04test\x00\x00\x01\x00\x01";
  const last = (text: string, kept: number) => {
    const { fields, facts } = dissectPacket(RAW, refused(text, kept));
    assertEquals(facts.layers, ["raw", "ipv4", "icmp"]);
    const { name, meaning, error, offset, length } = fields.at(-1)!;
    return [name, meaning, error, offset, length];
  };
  assertEquals(last(query, query.length), ["DNS", "query 4660 test. A", undefined, 56, query.length]);
  assertEquals(last(query, 14), [
    "DNS",
    "query 4660 (the quotation ends here)",
    undefined,
    56,
    14,
  ]);
  assertEquals(last("nothing known", 13).slice(0, 1), ["Data"]);
  assertEquals(last("", 0).slice(0, 1), ["UDP"]);
});

Deno.test("dissectPacket() gives ports only when the transport header is in this packet", () => {
  const first = segment({ seq: 1, text: "x".repeat(40) });
  first[6] = 0x20;
  const { facts } = dissectPacket(RAW, first);
  assertEquals([facts.sport, facts.dport, facts.fragment], [40000, 80, {
    offset: 0,
    more: true,
    id: 1,
    protocol: 6,
    at: 20,
    length: 60,
  }]);
  first[7] = 5;
  const later = dissectPacket(RAW, first).facts;
  assertEquals([later.sport, later.proto, later.fragment], [undefined, "tcp", {
    offset: 40,
    more: true,
    id: 1,
    protocol: 6,
    at: 20,
    length: 60,
  }]);
});

Deno.test("PacketDissector puts fragments together in any order and explains the datagram with the last", () => {
  const query = latin1("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04test\x00\x00\x01\x00\x01");
  const udp = new ByteWriter().u16(4000).u16(53).u16(8 + query.length).u16(0).bytes(query).take();
  const piece = (from: number, to: number) => {
    const out = new ByteWriter();
    const word = (to < udp.length ? 0x2000 : 0) | (from / 8);
    out.u8(0x45).u8(0).u16(20 + to - from).u16(7).u16(word).u8(64).u8(17).u16(0).u32(0xc0000201).u32(0xc0000202);
    return out.bytes(udp.subarray(from, to)).take();
  };
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2]]) {
    const dissector = new PacketDissector();
    const parts = [piece(0, 16), piece(16, 24), piece(24, udp.length)];
    const results = order.map((i) => dissector.dissect(RAW, parts[i]!));
    assertEquals(results.map(({ messages }) => messages.map((message) => message.summary)), [[], [], [
      "query 4660 test. A",
    ]]);
    assertEquals(results[2]!.fields.at(-1)!.meaning, `${udp.length} octets of 3 fragments`);
    // Whose it is, though another fragment has the ports.
    const { facts, side } = results[2]!;
    assertEquals([facts.sport, facts.dport, side], [4000, 53, "client"]);
  }
});

Deno.test("PacketDissector takes a relay and a DHCP server, both on port 67, for the two ends that they are", () => {
  const dissector = new PacketDissector();
  const sides = [1, 2, 1].map((last) => {
    const out = new ByteWriter().u8(0x45).u8(0).u16(30).u16(7).u16(0).u8(64).u8(17).u16(0);
    out.u32(0xc0000200 + last).u32(0xc0000203 - last).u16(67).u16(67).u16(10).u16(0).u16(0);
    return dissector.dissect(RAW, out.take()).side;
  });
  assertEquals(sides, ["client", "server", "client"]);
});

Deno.test("the first fragment of a UDP datagram is explained up to its end, and hidden as a whole by --mask", () => {
  // SNMP, version 2, and its community.
  const trap = parseHex("3081b502010104087365637265742121a781a3");
  const udp = new ByteWriter().u16(4000).u16(161).u16(8 + 200).u16(0).bytes(trap).u8(6).u8(9).u8(1).take();
  const out = new ByteWriter().u8(0x45).u8(0).u16(20 + udp.length).u16(7).u16(0x2000).u8(64).u8(17).u16(0);
  const bytes = out.u32(0xc0000201).u32(0xc0000202).bytes(udp).take();
  const { fields, messages } = dissectPacket(RAW, bytes);
  const text = explainLines(fields, bytes).join("\n");
  assertMatch(text, /the fragment ends here/);
  assertMatch(text, /Value: secret!!/);
  assertEquals(messages, []);
  const masked = mask(bytes, fields);
  const hidden = explainLines(masked.fields, masked.bytes).join("\n");
  assert(!/secret|65 63 72 65/.test(hidden), hidden);
  // Octets that nobody knows stay the beginning of something.
  bytes.fill(0xee, 40);
  bytes.set([0x9c, 0x40, 0x9c, 0x41], 20);
  assertEquals(dissectPacket(RAW, bytes).fields.at(-1)!.name, "First octets of a larger datagram");
});

Deno.test("dissectPacket() says what a cut packet lacks", () => {
  const whole = segment({ seq: 1, flags: 2 });
  const { fields } = dissectPacket(RAW, whole.subarray(0, 30), { originalLength: whole.length });
  assertEquals(fields.at(-1)!.error, "The capture kept 30 of 40 octets");
});

Deno.test("PacketDissector follows what tunnels carry: VXLAN, Geneve, GTP, GRE, IP in IP", () => {
  const request = segment({ seq: 1001, ack: 5001, text: "GET /in HTTP/1.1\r\n\r\n" });
  const ip = (protocol: number, body: Uint8Array) => {
    const out = new ByteWriter();
    out.u8(0x45).u8(0).u16(20 + body.length).u16(1).u16(0x4000).u8(64).u8(protocol).u16(0);
    return out.u32(0x0a000001).u32(0x0a000002).bytes(body).take();
  };
  const udp = (port: number, head: number[], body: Uint8Array) =>
    ip(
      17,
      new ByteWriter().u16(50000).u16(port).u16(8 + head.length + body.length).u16(0)
        .bytes(Uint8Array.from(head)).bytes(body).take(),
    );
  const frame = new ByteWriter().bytes(new Uint8Array(12)).u16(0x0800).bytes(request).take();
  const tunnels: [string, Uint8Array][] = [
    ["udp/vxlan/ethernet", udp(4789, [8, 0, 0, 0, 0, 0, 7, 0], frame)],
    ["udp/geneve/ethernet", udp(6081, [1, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 0], frame)],
    ["udp/gtp", udp(2152, [0x32, 255, 0, 4 + request.length, 0, 0, 0, 9, 0, 1, 0, 0], request)],
    ["gre", ip(47, new ByteWriter().u16(0).u16(0x0800).bytes(request).take())],
    ["", ip(4, request)],
  ];
  for (const [layers, bytes] of tunnels) {
    const { facts, messages } = new PacketDissector().dissect(RAW, bytes);
    assertEquals(messages.map((message) => message.summary), ["GET /in HTTP/1.1"], layers);
    assertEquals(facts.layers.join("/"), `raw/ipv4/${layers}${layers === "" ? "" : "/"}ipv4/tcp/http`);
    assertEquals([facts.src, facts.dport], ["192.0.2.1", 80]);
  }
});

Deno.test("PacketDissector finds TLS again where a capture begins in its middle, and after a gap", () => {
  const record = "\x17\x03\x03\x00\x14" + "x".repeat(20);
  const bytes = (part: Segment) => {
    const out = segment(part);
    out.set([1, 187], part.back ? 20 : 22);
    return out;
  };
  const dissector = new PacketDissector();
  const lines = [
    { seq: 7000, ack: 100, text: "the end of a record" },
    { seq: 7019, ack: 100, text: record },
    { back: true, seq: 100, text: record + record },
    { seq: 9000, text: "lost before" },
    { seq: 9011, text: record },
  ].flatMap((part) => dissector.dissect(RAW, bytes(part)).messages.map((message) => message.summary));
  lines.push(...dissector.finish().flatMap(({ messages }) => messages.map((message) => message.summary)));
  const data = "application data, 20 octets encrypted";
  assertEquals(lines.slice(0, 4), ["19 octets: the end of a record", data, data, data]);
  assertEquals(lines.at(-1), data);
});
