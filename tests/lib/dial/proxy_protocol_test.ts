import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concat, utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { FormatError, ProtocolError } from "../../../lib/base/errors.ts";
import { hex } from "../../../lib/base/hex.ts";
import { formatIp } from "../../../lib/base/ip.ts";
import {
  encodeProxyHeader,
  parseProxyBinary,
  parseProxyLine,
  type ProxyHeader,
  readProxyHeader,
} from "../../../lib/dial/proxy_protocol.ts";
import { readAll, streamPair } from "../../helpers/streams.ts";

const FOUR: ProxyHeader = {
  version: 1,
  transport: "stream",
  source: { host: "192.168.0.1", port: 56324 },
  destination: { host: "192.168.0.11", port: 443 },
};

Deno.test("encodeProxyHeader() writes the specification's lines and octets", () => {
  assertEquals(utf8Text(encodeProxyHeader(FOUR)), "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n");
  assertEquals(utf8Text(encodeProxyHeader({ version: 1, transport: "stream" })), "PROXY UNKNOWN\r\n");
  assertEquals(
    hex(encodeProxyHeader({ ...FOUR, version: 2 })),
    "0d0a0d0a000d0a515549540a" + "2111000c" + "c0a80001" + "c0a8000b" + "dc04" + "01bb",
  );
  assertEquals(hex(encodeProxyHeader({ version: 2, transport: "stream" })), "0d0a0d0a000d0a515549540a20000000");
  const mixed = { ...FOUR, destination: { host: "::1", port: 1 } };
  assertEquals(utf8Text(encodeProxyHeader(mixed)).slice(0, 32), "PROXY TCP6 ::ffff:192.168.0.1 ::");
});

Deno.test("encodeProxyHeader() writes IPv4 for mapped addresses alone: others that hold one are IPv6", () => {
  const line = (host: string) =>
    utf8Text(encodeProxyHeader({ ...FOUR, source: { host, port: 1 }, destination: { host, port: 2 } }));
  assertEquals(line("::ffff:192.0.2.1"), "PROXY TCP4 192.0.2.1 192.0.2.1 1 2\r\n");
  assertEquals(line("64:ff9b::c000:201"), "PROXY TCP6 64:ff9b::c000:201 64:ff9b::c000:201 1 2\r\n");
  assertEquals(line("::2"), "PROXY TCP6 ::2 ::2 1 2\r\n");
});

const ip = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((b) => {
    b[0] = 0x20;
    return b;
  }),
);

Deno.test("What encodeProxyHeader() writes is read back, octet by octet, and what follows stays", async () => {
  await fc.assert(
    fc.asyncProperty(
      ip,
      ip,
      fc.nat(65535),
      fc.nat(65535),
      fc.constantFrom(1 as const, 2 as const),
      async (a, b, p, q, version) => {
        if (a.length !== b.length) return;
        const header: ProxyHeader = {
          version,
          transport: "stream",
          source: { host: formatIp(a), port: p },
          destination: { host: formatIp(b), port: q },
        };
        const [left, right] = streamPair();
        const writing = (async () => {
          for (const octet of concat([encodeProxyHeader(header), utf8("GET")])) {
            await right.write(
              new Uint8Array([octet]),
            );
          }
          await right.closeWrite();
        })();
        assertEquals(await readProxyHeader(left), header);
        assertEquals(utf8Text(await readAll(left)), "GET");
        await writing;
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("parseProxyBinary() reads values, LOCAL, Unix sockets", () => {
  const values = new Map([[2, utf8("host.test")]]);
  const header: ProxyHeader = { ...FOUR, version: 2, values };
  assertEquals(parseProxyBinary(encodeProxyHeader(header)), header);
  const local = encodeProxyHeader({ ...FOUR, version: 2 });
  local[12] = 0x20;
  assertEquals(parseProxyBinary(local), { version: 2, transport: "stream" });
  // Of LOCAL all the rest is to be ignored.
  local[13] = 0x99;
  assertEquals(parseProxyBinary(local), { version: 2, transport: "stream" });
  for (const [at, octet] of [[12, 0x11], [12, 0x22], [13, 0x41], [13, 0x13]] as const) {
    const odd = encodeProxyHeader({ ...FOUR, version: 2 });
    odd[at] = octet;
    assertThrows(() => parseProxyBinary(odd), FormatError, "is unknown");
  }
  const unix = concat([
    encodeProxyHeader({ version: 2, transport: "stream" }).subarray(0, 12),
    new Uint8Array([0x21, 0x31, 0, 216]),
    new Uint8Array(216),
  ]);
  assertEquals(parseProxyBinary(unix), { version: 2, transport: "stream" });
});

Deno.test("readProxyHeader() takes a line of 107 octets, and no longer one", async () => {
  const line = (octets: number) => utf8(`PROXY UNKNOWN ${"x".repeat(octets - 16)}\r\n`);
  for (const octets of [107, 108]) {
    const [left, right] = streamPair();
    const writing = right.write(line(octets)).catch(() => {});
    const reading = readProxyHeader(left);
    if (octets === 107) assertEquals(await reading, { version: 1, transport: "stream" });
    else await assertRejects(() => reading, ProtocolError, "longer than 107");
    await Promise.all([left.close(), right.close(), writing]);
  }
});

Deno.test("readProxyHeader() refuses what is none, the other version, and a header cut anywhere", async () => {
  const refused = async (bytes: Uint8Array, only?: 1 | 2, why?: string) => {
    const [left, right] = streamPair();
    const writing = right.write(bytes).then(() => right.closeWrite()).catch(() => {});
    await assertRejects(() => readProxyHeader(left, only), ProtocolError, why);
    await Promise.all([left.close(), right.close(), writing]);
  };
  await refused(utf8("GET / HTTP/1.1\r\n\r\n"));
  await refused(utf8("PROXY TCP4 1.2.3.4 5.6.7.8 99999 1\r\n"));
  await refused(utf8("PROXY TCP4 ::1 ::1 1 1\r\n"));
  await refused(utf8("PROXY " + "x".repeat(200)));
  await refused(encodeProxyHeader(FOUR), 2, "is of version 1");
  await refused(encodeProxyHeader({ ...FOUR, version: 2 }), 1, "is of version 2");
  for (const version of [1, 2] as const) {
    const bytes = encodeProxyHeader({ ...FOUR, version });
    for (let cut = 0; cut < bytes.length; cut++) await refused(bytes.subarray(0, cut));
  }
});

Deno.test("parseProxyLine() and parseProxyBinary() give a header or a FormatError for any octets", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(255), fc.nat(255), (bytes, command, family) => {
    const start = encodeProxyHeader({ version: 2, transport: "stream" }).slice(0, 16);
    start[12] = command;
    start[13] = family;
    start[15] = bytes.length;
    for (
      const parse of [
        () => parseProxyLine(bytes),
        () => parseProxyBinary(bytes),
        () => parseProxyBinary(concat([start, bytes])),
      ]
    ) {
      try {
        parse();
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
  }));
  assertThrows(() => parseProxyLine(utf8("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n")), FormatError, "too many words");
});

Deno.test("parseProxyLine() refuses zeros in front, brackets and zones (2.1)", () => {
  const parse = (text: string) => parseProxyLine(utf8(`PROXY ${text}\r\n`));
  for (
    const text of [
      "TCP4 01.2.3.4 5.6.7.8 1 2",
      "TCP4 1.2.3.4 5.6.7.08 1 2",
      "TCP4 1.2.3.4 5.6.7.8 01 2",
      "TCP4 1.2.3.4 5.6.7.8 1 00",
      "TCP6 [::1] ::2 1 2",
      "TCP6 ::1 fe80::1%lo 1 2",
      "TCP6 ::1 ::2 1 02",
    ]
  ) assertThrows(() => parse(text), FormatError, "not a");
  assertEquals(parse("TCP4 0.2.3.4 5.6.7.8 0 2").source, { host: "0.2.3.4", port: 0 });
  assertEquals(parse("TCP6 0000:0:0:0:0:0:0:0001 ::2 1 2").source, { host: "::1", port: 1 });
});
