import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat, latin1, utf8 } from "../../../../lib/base/bytes.ts";
import { FormatError } from "../../../../lib/base/errors.ts";
import { parseCertificate } from "../../../../lib/dial/tls/certificate.ts";
import type { CommonNames } from "../../../../lib/dial/tls/options.ts";
import { certificateFits } from "../../../../lib/dial/tls/verify.ts";

const der = (tag: number, ...parts: Uint8Array[]): Uint8Array => {
  const body = concat(parts);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return concat([new Uint8Array([tag, ...length]), body]);
};
const OIDS: Record<string, number[]> = { CN: [0x55, 4, 3], O: [0x55, 4, 10], san: [0x55, 0x1d, 17] };
const oid = (name: string) => der(6, new Uint8Array(OIDS[name]!));
const name = (...parts: [string, string][]) =>
  der(0x30, ...parts.map(([type, value]) => der(0x31, der(0x30, oid(type), der(0x0c, utf8(value))))));

/** A certificate without a signature that counts. */
function certificate(subject: [string, string][], names: (readonly [number, Uint8Array])[] = []): Uint8Array {
  const extension = der(0x30, oid("san"), der(4, der(0x30, ...names.map(([tag, value]) => der(tag, value)))));
  return der(
    0x30,
    der(
      0x30,
      ...(names.length === 0 ? [] : [der(0xa0, der(2, new Uint8Array([2])))]),
      der(2, new Uint8Array([1])),
      der(0x30),
      name(["CN", "authority"]),
      der(0x30, der(0x17, latin1("491231235959Z")), der(0x18, latin1("20560102030405Z"))),
      name(...subject),
      der(0x30, latin1("key")),
      ...(names.length === 0 ? [] : [der(0xa3, der(0x30, extension))]),
    ),
  );
}
const peer = (bytes: Uint8Array) => {
  const none = new Uint8Array(32);
  return { ...parseCertificate(bytes), raw: bytes, fingerprint: none, keyFingerprint: none, provable: true };
};

Deno.test("parseCertificate() reads names, dates and key, with and without extensions", () => {
  const facts = parseCertificate(certificate([["O", "Org"], ["CN", "host.test"]], [
    [0x82, latin1("a.test")],
    [0x87, new Uint8Array([127, 0, 0, 1])],
    [0x87, new Uint8Array([...new Array(15).fill(0), 1])],
    [0x81, latin1("me@a.test")],
    [0xa4, der(0x30)],
  ]));
  assertEquals(facts.subject, "O=Org, CN=host.test");
  assertEquals(facts.issuer, "CN=authority");
  assertEquals(facts.dnsNames, ["a.test"]);
  assertEquals(facts.ipAddresses, ["127.0.0.1", "::1"]);
  assertEquals(facts.alternatives, "DNS:a.test, IP Address:127.0.0.1, IP Address:::1, email:me@a.test");
  assertEquals(facts.validFrom.toISOString(), "2049-12-31T23:59:59.000Z");
  assertEquals(facts.validTo.toISOString(), "2056-01-02T03:04:05.000Z");
  assertEquals(facts.publicKey, der(0x30, latin1("key")));
  const old = parseCertificate(certificate([["CN", "one"], ["CN", "two"]]));
  assertEquals([old.commonNames, old.alternatives], [["one", "two"], undefined]);
});

Deno.test("A name with a comma or a line break within is one name and fits no other", () => {
  const smuggler = peer(certificate([["O", "x\nCN=localhost"], ["CN", "a, CN=localhost"]], [
    [0x82, latin1("evil.test, DNS:localhost")],
    [0x86, latin1("http://x/, DNS:localhost")],
    [0x82, latin1("localhost\0.evil.test")],
  ]));
  assert(!certificateFits(smuggler, "localhost"));
  assertEquals(smuggler.subject, 'O="x\\0ACN=localhost", CN="a, CN=localhost"');
  const onlyCommon = peer(certificate([["O", "x\nCN=localhost"], ["CN", "a, CN=localhost"]]));
  assert(!certificateFits(onlyCommon, "localhost"));
});

Deno.test("certificateFits() takes common names for as much as is asked, and never beside alternative names", () => {
  const named = peer(certificate([["CN", "dot.test"]])), address = peer(certificate([["CN", "127.0.0.1"]]));
  const both = peer(certificate([["CN", "dot.test"]], [[0x82, latin1("other.test")]]));
  const fits = (which: CommonNames) => [
    certificateFits(named, "dot.test", which),
    certificateFits(address, "127.0.0.1", which),
    certificateFits(both, "dot.test", which),
  ];
  assertEquals(fits("any"), [true, true, false]);
  assertEquals(fits("names"), [true, false, false]);
  assertEquals(fits("none"), [false, false, false]);
});

Deno.test("parseCertificate() refuses what is cut anywhere, and garbage, with a FormatError", () => {
  const whole = certificate([["CN", "host.test"]], [[0x82, latin1("a.test")]]);
  for (let cut = 0; cut < whole.length; cut++) {
    assertThrows(() => parseCertificate(whole.subarray(0, cut)), FormatError);
  }
  for (let at = 0; at < whole.length; at++) {
    for (const octet of [0, 0x7f, 0x80, 0x84, 0xff]) {
      const bent = whole.slice();
      bent[at] = octet;
      try {
        parseCertificate(bent);
      } catch (error) {
        assert(error instanceof FormatError, String(error));
      }
    }
  }
});
