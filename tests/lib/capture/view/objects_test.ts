// Files that conversations carried: whole, in pieces, encoded, with holes.
import { assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { concat, latin1, latin1Text } from "../../../../lib/base/bytes.ts";
import { type Exported, exportedLine, fileName, Objects, type Shelf } from "../../../../lib/capture/view/objects.ts";
import { emptyPacket, type Packet } from "../../../../lib/capture/packet.ts";

/** Packets of bare IPv4 with TCP from port 80 to 4000, or back: side, position in what it sends, octets. */
type Sent = readonly [side: "client" | "server", at: number, bytes: Uint8Array];

function* packets(sent: readonly Sent[]): Generator<Packet> {
  const packet = emptyPacket();
  const u16 = (value: number) => [value >> 8 & 255, value & 255];
  let number = 0;
  const acks = { client: 0, server: 0 };
  const first: Sent[] = [["client", -1, new Uint8Array(0)], ["server", -1, new Uint8Array(0)]];
  for (const [side, at, bytes] of [...first, ...sent]) {
    const client = side === "client";
    const ends = client ? [192, 0, 2, 1, 192, 0, 2, 2] : [192, 0, 2, 2, 192, 0, 2, 1];
    const ports = client ? [15, 160, 0, 80] : [0, 80, 15, 160];
    const seq = at + 1, flags = at < 0 ? (client ? 2 : 0x12) : 0x18;
    const head = [0x45, 0, ...u16(40 + bytes.length), 0, 0, 0, 0, 64, 6, 0, 0, ...ends, ...ports];
    const rest = [
      ...u16(seq >> 16),
      ...u16(seq),
      ...u16(acks[side] >> 16),
      ...u16(acks[side]),
      0x50,
      flags,
      255,
      255,
      0,
      0,
      0,
      0,
    ];
    const octets = concat([new Uint8Array([...head, ...rest]), bytes]);
    acks[client ? "server" : "client"] = seq + Math.max(1, bytes.length);
    number++;
    Object.assign(packet, { number, bytes: octets, start: 0, caplen: octets.length, length: octets.length, link: 101 });
    yield Object.assign(packet, { seconds: number, nanos: 0 });
  }
}

function exported(
  sent: readonly Sent[],
  limits?: { packed: number; decoded: number },
): { lines: string[]; files: Map<string, string> } {
  const files = new Map<string, string>();
  const shelf: Shelf = {
    create(name) {
      const path = `${files.size}/${fileName(name)}`;
      files.set(path, "");
      return path;
    },
    append: (path, bytes, lost) => void files.set(path, files.get(path)! + "?".repeat(lost) + latin1Text(bytes)),
  };
  const objects = new Objects(shelf, limits === undefined ? {} : { limits });
  const found: Exported[] = [];
  for (const packet of packets(sent)) found.push(...objects.add(packet));
  return { lines: [...found, ...objects.end()].map(exportedLine), files };
}

const head = (...lines: string[]) => latin1([...lines, "", ""].join("\r\n"));
const GET = head("GET /a/b%20c.txt?q=1 HTTP/1.1", "Host: one.test");
const ask: Sent = ["client", 0, GET];

Deno.test("Objects undoes chunks and codings, and calls files as what was asked for", () => {
  const text = "0123456789".repeat(2000), packed = gzipSync(text);
  const chunk = (bytes: Uint8Array) => concat([latin1(`${bytes.length.toString(16)}\r\n`), bytes, latin1("\r\n")]);
  const answer = concat([
    head("HTTP/1.1 200 OK", "Content-Type: text/plain", "Content-Encoding: gzip", "Transfer-Encoding: chunked"),
    chunk(packed.subarray(0, 50)),
    chunk(packed.subarray(50)),
    latin1("0\r\n\r\n"),
  ]);
  const { lines, files } = exported([ask, ["server", 0, answer]]);
  assertEquals(lines, [
    "4 GET http://one.test/a/b%20c.txt?q=1 200: text/plain, 20000 octets, gzip undone -> 0/b c.txt",
  ]);
  assertEquals([...files.values()], [text]);
});

Deno.test("Objects keeps the place of octets that are lost, and says so", () => {
  const size = 600_000, body = latin1("x".repeat(size));
  const start = head("HTTP/1.1 200 OK", `Content-Length: ${size}`);
  const whole = concat([start, body]);
  const pieces: Sent[] = [];
  for (let at = 0; at < whole.length; at += 50_000) pieces.push(["server", at, whole.subarray(at, at + 50_000)]);
  const all = exported([ask, ...pieces]);
  assertEquals(all.lines.map((line) => line.replace(/^\d+ /, "")), [
    `GET http://one.test/a/b%20c.txt?q=1 200: ${size} octets -> 0/b c.txt`,
  ]);
  assertEquals([...all.files.values()], [latin1Text(body)]);
  for (const lost of [2, 8]) {
    const { lines, files } = exported([ask, ...pieces.filter((_, i) => i !== lost)]);
    assertEquals(lines.map((line) => line.replace(/^.*?: /, "")), [
      `${size} octets, 50000 octets missing -> 0/b c.txt`,
    ]);
    const [text] = files.values();
    const hole = lost * 50_000 - start.length;
    assertEquals([text!.indexOf("?"), text!.lastIndexOf("?") + 1, text!.length], [hole, hole + 50_000, size]);
  }
});

Deno.test("Objects says what has no end: a body up to the connection's end may be whole, a counted one is not", () => {
  const open = exported([ask, ["server", 0, concat([head("HTTP/1.0 200 OK"), latin1("abc")])]]);
  assertEquals(open.lines, ["4 GET http://one.test/a/b%20c.txt?q=1 200: 3 octets -> 0/b c.txt"]);
  const cut = exported([ask, ["server", 0, concat([head("HTTP/1.1 200 OK", "Content-Length: 9"), latin1("abc")])]]);
  assertEquals(cut.lines, [
    "4 GET http://one.test/a/b%20c.txt?q=1 200: 3 octets, its end is missing -> 0/b c.txt",
  ]);
  const put = exported([["client", 0, concat([head("PUT /x HTTP/1.1", "Content-Length: 2"), latin1("hi")])]]);
  assertEquals(put.lines, ["3 PUT http:///x: 2 octets -> 0/x"]);
});

Deno.test("Objects leaves a body encoded that would become too long", () => {
  const packed = gzipSync(new Uint8Array(100_000));
  const answer = concat([
    head("HTTP/1.1 200 OK", "Content-Encoding: gzip", `Content-Length: ${packed.length}`),
    packed,
  ]);
  const { lines, files } = exported([ask, ["server", 0, answer]], { packed: 1e6, decoded: 99_999 });
  assertEquals(lines.map((line) => line.replace(/^.*?: /, "")), [
    `${packed.length} octets, gzip not undone: over 99999 octets -> 0/b c.txt`,
  ]);
  assertEquals([...files.values()], [latin1Text(packed)]);
});

Deno.test("Objects gives up the largest encoded file when many fill the memory, and no other", () => {
  const shelf = new Map<string, string>();
  const start = (i: number) => head(`PUT /${i} HTTP/1.1`, "Content-Encoding: gzip", "Transfer-Encoding: chunked");
  const chunk = (size: number) => latin1(`${size.toString(16)}\r\n${"x".repeat(size)}\r\n`);
  const objects = new Objects({
    create: (name) => (shelf.set(name, ""), name),
    append: (path, bytes) => void shelf.set(path, shelf.get(path)! + latin1Text(bytes)),
  }, { limits: { packed: 1000, decoded: 1000 } });
  const lines: string[] = [];
  const sent: Sent[][] = [[["client", 0, start(1)]], [["client", 0, start(2)]], [[
    "client",
    0,
    head("PUT /plain HTTP/1.1", "Transfer-Encoding: chunked"),
  ]]];
  const grow = (i: number, size: number) => {
    const before = sent[i]!.reduce((sum, [, , bytes]) => sum + bytes.length, 0);
    sent[i]!.push(["client", before, chunk(size)]);
  };
  grow(0, 900);
  grow(1, 400);
  grow(2, 50);
  grow(2, 50);
  for (const [i, pieces] of sent.entries()) {
    for (const packet of packets(pieces)) {
      // Each of its own connection: the client's port.
      packet.bytes[packet.start + (packet.bytes[packet.start + 20] === 15 ? 21 : 23)]! += i;
      lines.push(...objects.add(packet).map(exportedLine));
    }
  }
  lines.push(...objects.end().map(exportedLine));
  assertEquals(lines.map((line) => line.replace(/^\d+ /, "")), [
    "PUT http:///1: 0 octets, its end is missing, gzip undone as far as it goes -> /1",
    "PUT http:///2: 0 octets, its end is missing, gzip undone as far as it goes -> /2",
    "PUT http:///plain: 100 octets, its end is missing -> /plain",
  ]);
});

Deno.test("fileName() gives one harmless word", () => {
  assertEquals(
    [
      "",
      "/",
      "/a/",
      "../../etc/passwd",
      "a/..",
      "/%2e%2e%2fx",
      "-rf",
      "a\0b\x1b[m",
      "ü%C3%BC.txt",
      "%",
      "x".repeat(300),
    ]
      .map(fileName),
    ["index", "index", "a", "passwd", "index", "_x", "rf", "a_b__m", "üü.txt", "%", "x".repeat(60)],
  );
});
