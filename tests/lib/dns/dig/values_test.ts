import { assertEquals } from "@std/assert";
import { hexOctets, parseUint32, reverseName, strictIp } from "../../../../lib/dns/dig/values.ts";
import { parseResolvConf } from "../../../../lib/dns/dig/resolv_conf.ts";
import { keyPair, sharedSecret, textKey } from "../../../../lib/dns/dig/key.ts";
import { confKey } from "../../../../lib/dns/dig/key_conf.ts";
import { asciiName, IdnError, parsePunycode, strictAsciiName, unicodeName } from "../../../../lib/dns/dig/idn.ts";
import { latin1Text, utf8 } from "../../../../lib/base/bytes.ts";
import { assertThrows } from "@std/assert";

Deno.test("parseUint32() reads numbers as C does", () => {
  assertEquals(parseUint32("4294967295"), 4294967295);
  assertEquals(parseUint32("4294967296"), "out of range");
  assertEquals(parseUint32("0x10"), "not a valid number");
  assertEquals(parseUint32("0x10", 0), 16);
  assertEquals(parseUint32("010", 0), 8);
  assertEquals(parseUint32("010"), 10);
  assertEquals(parseUint32("08", 0), "not a valid number");
  for (const text of ["", "-1", "+1", "1a", " 1"]) assertEquals(parseUint32(text), "not a valid number", text);
});

Deno.test("strictIp() takes no brackets, zones or leading zeros", () => {
  assertEquals(strictIp("192.0.2.1")?.family, 4);
  assertEquals(strictIp("::1")?.family, 6);
  for (const text of ["[::1]", "fe80::1%eth0", "010.0.0.1", "1.2.3"]) assertEquals(strictIp(text), undefined, text);
});

Deno.test("hexOctets() takes white space and pairs only", () => {
  assertEquals(hexOctets("01 fF"), Uint8Array.of(1, 255));
  assertEquals(hexOctets("1"), undefined);
  assertEquals(hexOctets("zz"), undefined);
});

Deno.test("reverseName() refuses what is too long", () => {
  assertEquals(reverseName("a".repeat(1100)), undefined);
});

Deno.test("parseResolvConf() reads servers, search list and options", () => {
  const conf = parseResolvConf(
    "# comment\nnameserver 192.0.2.1\nnameserver ::1\nsearch a.test b.test\noptions ndots:2 timeout:3 rotate attempts:5\n",
  )!;
  assertEquals(conf.servers.map(({ address }) => address), ["192.0.2.1", "::1"]);
  assertEquals([conf.search, conf.ndots, conf.timeout, conf.attempts], [["a.test", "b.test"], 2, 3, 5]);
  assertEquals(parseResolvConf("")!.servers.map(({ address }) => address), ["::1", "127.0.0.1"]);
  const odd = parseResolvConf("nameserver fe80::1%eth0\nnameserver 127.1\nnameserver 0.0.0.0\n")!;
  assertEquals(odd.servers.map(({ address }) => address), ["fe80::1%eth0", "127.0.0.1", "127.0.0.1"]);
  for (const text of ["nowhere", "[::1]", "192.0.2.1 more", "192.0.2.1#53", ""]) {
    assertEquals(parseResolvConf(`nameserver ${text}\n`), undefined, text);
  }
  for (const line of ["search", "options", "domain", "domain a b"]) {
    assertEquals(parseResolvConf(`${line}\n`), undefined, line);
  }
  assertEquals(parseResolvConf("domain x.test\n")!.search, ["x.test"]);
  // A keyword alone takes the words of the next line.
  assertEquals(parseResolvConf("search\nnameserver 192.0.2.1\n")!.search, ["nameserver", "192.0.2.1"]);
  assertEquals(parseResolvConf("search a ; b\nwhat is this\nnameserver")!.search, ["a"]);
  assertEquals(parseResolvConf("sortlist 192.0.2.0/255.255.255.0 10.0.0.0\n")?.ndots, 1);
  assertEquals(parseResolvConf("sortlist 192.0.2.0/24\n"), undefined);
});

Deno.test("textKey(), keyPair(), sharedSecret() read keys and say what is wrong", () => {
  const key = textKey("k.test", "YWJj", "hmac-sha256", 0);
  assertEquals(typeof key === "string" ? key : [key.name.toString(), key.secret.length], ["k.test.", 3]);
  assertEquals(textKey("k.test", "YW", "hmac-sha256", 0), "bad base64 encoding");
  assertEquals(textKey("k.test", "YWJj", undefined, 0), "algorithm is unsupported");
  const secret = "Private-key-format: v1.3\nAlgorithm: 163 (HMAC_SHA256)\nKey: YWJj\nBits: AAA=\n";
  const pair = keyPair("; a comment\nk.test. 1h IN KEY 512 3 163 YWJj\n", secret);
  assertEquals([pair?.name.toString(), pair?.algorithm, pair?.tag], ["k.test.", 163, 51717]);
  assertEquals(sharedSecret(pair!)?.algorithm.name, "hmac-sha256");
  assertEquals(keyPair("k.test. IN DNSKEY 256 3 163 YWJj\n", secret), undefined);
  assertEquals(keyPair("k.test. IN KEY 512 3 8 YWJj\n", secret), undefined);
  assertEquals(keyPair("k.test. IN KEY 512 3 163 YWJj\n", "garbage"), undefined);
});

Deno.test("confKey() reads a key statement and says what is wrong in dig's words", () => {
  assertEquals(confKey('/* a */ key "k" { algorithm hmac-md5; // x\n secret "YW\\Jj"; }; # end'), {
    name: "k",
    algorithm: "hmac-md5",
    secret: "YWJj",
  });
  assertEquals(confKey('key "a\nb" { algorithm c; secret d/e; };'), { name: "a\nb", algorithm: "c", secret: "d/e" });
  for (
    const [text, problem] of [
      ["key k { secret YWJj; };", "incomplete"],
      ["", "not found"],
      ["nothing", "unexpected token"],
      ["nothing at { all; };", "failure"],
      ["key { };", "unexpected token"],
      ["key k { algorithm; };", "unexpected token"],
      ["key k { algorithm a; secret b; }", "failure"],
      ["key k { algorithm a; secret b };", "failure"],
      ["key k { algorithm a; other b; secret c; };", "failure"],
      ["key k { algorithm a; secret b; algorithm a; };", "already exists"],
      ["key k { algorithm a; secret b; }; key k { };", "already exists"],
      ['key k { algorithm a; secret "b; };\n', "unexpected end of input"],
      ["key k { algorithm a; secret b; }; }", "failure"],
      ["key k { constructor a; };", "failure"],
      ["ke} k { algorithm a; };", "unexpected token"],
      ["key k { algorithm a/*; secret b; };", "unexpected end of input"],
      ["key k { algorithm a//; secret b; };", "unexpected token"],
      ["key k { algorithm a;\n se#cret b; };\n };", "unexpected token"],
    ] as const
  ) assertEquals(confKey(text), problem, text);
});

Deno.test("asciiName() and unicodeName() convert labels both ways", () => {
  const octets = (text: string) => latin1Text(utf8(text));
  for (
    const [people, wire] of [
      ["bücher.test", "xn--bcher-kva.test"],
      ["日本語.test", "xn--wgv71a119e.test"],
      ["plain.TEST", "plain.TEST"],
    ] as const
  ) {
    assertEquals(asciiName(octets(people)), wire);
    assertEquals(unicodeName(wire), octets(people));
  }
  assertEquals(asciiName(octets("日本語。JP")), "xn--wgv71a119e.jp");
  // With a symbol in it a name is mapped in the older way, as by the reference's library.
  assertEquals(asciiName(octets("straße.☃ß")), `strasse.${asciiName(octets("☃ss"))}`);
  assertEquals(asciiName(octets("🏳\ufe0f\u200d🌈.test")), asciiName(octets("🏳🌈.test")));
  assertThrows(() => asciiName("-a.test"), IdnError, "hyphen");
  for (
    const [name, why] of [
      ["\u00fc@.test", "roundtrip"],
      ["\u00fc!.test", "roundtrip"],
      ["\u00fc-.test", "hyphen"],
      ["ab--\u00fc.test", "two hyphens"],
      ["\uff0da.test", "hyphen"],
      ["\u00fc\uff0d.test", "hyphen"],
      ["ab\uff0d\uff0dc.test", "two hyphens"],
      ["a\u3202.test", "roundtrip"],
      ["xn--\u00fc.test", "invalid punycode"],
      ["xn--.test", "invalid punycode"],
      ["xn--0.test", "invalid punycode"],
      ["xn--99999999.test", "overflow"],
      ["xn--a.test", "TR46"],
      ["a-.test", "hyphen"],
    ] as const
  ) assertThrows(() => asciiName(octets(name)), IdnError, why, name);
  assertEquals(strictAsciiName(octets("\u00dcber.test")), undefined);
  assertEquals(strictAsciiName(octets("B\u00fccher.Test")), "xn--bcher-kva.test");
  assertEquals(strictAsciiName(octets("b\u00fccher.Test")), "xn--bcher-kva.test");
  assertEquals(strictAsciiName(octets("\u{1f4a9}.test")), undefined);
  assertThrows(() => unicodeName("xn--zzzzzzzz.test"), IdnError);
  assertThrows(() => parsePunycode("99999999"), IdnError);
});
