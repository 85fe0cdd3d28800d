import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  canonicalIp,
  formatIp,
  isLinkLocal,
  isLoopback,
  isPrivate,
  knownIp,
  parseIp,
  parseLooseIp,
  parsePrefix,
  prefixContains,
} from "../../../lib/base/ip.ts";

Deno.test("knownIp() gives what parseIp() gives, again and again, however many there were between", () => {
  const texts = ["127.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "127.1", "name.example", ""];
  for (let round = 0; round < 3; round++) {
    for (const text of texts) assertEquals(knownIp(text), parseIp(text));
    for (let i = 0; i < 3000; i++) assertEquals(knownIp(`10.0.${i >> 8}.${i & 255}`)?.bytes[3], i & 255);
  }
});

const round = (text: string) => {
  const ip = parseIp(text);
  return ip === undefined ? undefined : formatIp(ip);
};

Deno.test("parseIp() and formatIp() agree with RFC 5952", () => {
  for (
    const [text, expected] of [
      ["127.0.0.1", "127.0.0.1"],
      ["::", "::"],
      ["::1", "::1"],
      ["[2001:DB8::1]", "2001:db8::1"],
      ["2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
      ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
      ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
      ["::ff:192.0.2.1", "::ff:c000:201"],
      ["::ff00:192.0.2.1", "::ff00:c000:201"],
      ["fe80::1%eth0", "fe80::1%eth0"],
      ["1::", "1::"],
    ] as const
  ) assertEquals(round(text), expected, text);
});

Deno.test("parseIp() refuses what is not an address", () => {
  for (
    const text of [
      "",
      "1",
      "127.1",
      "1.2.3.256",
      "1.2.3",
      "1.2.3.4.5",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7:8::9::a",
      "12345::",
      "g::",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "example",
    ]
  ) {
    assertEquals(parseIp(text), undefined, text);
  }
});

Deno.test("formatIp() then parseIp() gives the same octets", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
      (bytes) => {
        assertEquals([...parseIp(formatIp(bytes))!.bytes], [...bytes]);
      },
    ),
  );
});

Deno.test("parseLooseIp() reads the spellings of inet_aton", () => {
  for (const text of ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1.", "127.0.1", "0x7f.1"]) {
    assertEquals(formatIp(parseLooseIp(text)!), "127.0.0.1", text);
  }
  for (const text of ["localhost", "1.2.3.4.5", "256.1.1.1", "4294967296", "08.1.1.1", "a.b", ""]) {
    assertEquals(parseLooseIp(text), undefined, text);
  }
});

Deno.test("address classes see through embedded IPv4", () => {
  const ip = (text: string) => parseIp(text)!;
  assertEquals(
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::127.0.0.1"].every((t) => isLoopback(ip(t))),
    true,
  );
  assertEquals(isLoopback(ip("128.0.0.1")), false);
  assertEquals(isLinkLocal(ip("::ffff:169.254.169.254")), true);
  assertEquals(isPrivate(ip("172.31.255.255")) && !isPrivate(ip("172.32.0.0")), true);
  assertEquals(formatIp(canonicalIp(ip("::1"))), "::1");
});

Deno.test("prefixContains() compares whole and partial octets", () => {
  const inside = (prefix: string, ip: string) => prefixContains(parsePrefix(prefix)!, parseIp(ip)!);
  assertEquals(inside("10.0.0.0/8", "10.255.0.1"), true);
  assertEquals(inside("10.0.0.0:255.0.0.0", "10.0.0.1"), true);
  assertEquals(inside("10.0.0.0:255.0.0.0", "11.0.0.1"), false);
  assertEquals(inside("192.0.2.128/25", "192.0.2.127"), false);
  assertEquals(inside("0.0.0.0/0", "1.2.3.4"), true);
  assertEquals(inside("::/0", "1.2.3.4"), false);
  assertEquals(parsePrefix("1.2.3.4/33"), undefined);
});
