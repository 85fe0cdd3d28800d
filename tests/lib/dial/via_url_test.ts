import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../../lib/base/errors.ts";
import { hopsFromEnv, noProxyCovers, parseProxyUrl } from "../../../lib/dial/via_url.ts";

const GOOD: readonly (readonly [string, string, Partial<ReturnType<typeof parseProxyUrl>>])[] = [
  ["http://corp", "http://corp:8080", { kind: "http", tls: false }],
  ["corp:3128", "http://corp:3128", { kind: "http" }],
  ["https://corp", "https://corp:443", { kind: "http", tls: true }],
  ["HTTP://u:p%40w@corp:8080/", "http://corp:8080", { user: "u", password: "p@w" }],
  ["socks4://h", "socks4://h:1080", { kind: "socks4" }],
  ["socks4a://id@h:1", "socks4a://h:1", { kind: "socks4a", user: "id" }],
  ["socks5://[::1]:9050", "socks5://[::1]:9050", { kind: "socks5", address: { host: "::1", port: 9050 } }],
  ["socks5://[fe80::1%25eth0]", "socks5://[fe80::1%eth0]:1080", { address: { host: "fe80::1%eth0", port: 1080 } }],
  ["socks5h://tor:9050", "socks5h://tor:9050", { kind: "socks5h" }],
  ["socks://h", "socks5h://h:1080", { kind: "socks5h" }],
  ["tls://socks5://h:1", "tls+socks5://h:1", { kind: "socks5", tls: true }],
  ["tls+socks5h://h", "tls+socks5h://h:1080", { kind: "socks5h", tls: true }],
  ["tls://http://h", "https://h:443", { kind: "http", tls: true }],
  ["https://h?verify=0&cafile=%2Ftmp%2Fca", "https://h:443", { options: { verify: "0", cafile: "/tmp/ca" } }],
];
for (const [text, label, parts] of GOOD) {
  Deno.test(`parseProxyUrl() reads ${text}`, () => {
    const hop = parseProxyUrl(text);
    assertEquals(hop.label, label);
    for (const [name, value] of Object.entries(parts)) assertEquals(hop[name as keyof typeof hop], value);
  });
}

const BAD: readonly (readonly [string, string])[] = [
  ["sock5://h", `did you mean "socks5://"?`],
  ["ftp://h", "no kind of proxy"],
  ["tls://h:1", "write tls+http:// or tls+socks5://"],
  ["http://", "names no host"],
  ["http://h:99999", "port"],
  ["http://h/path", "no path"],
  ["http://u:%zz@h", "%25"],
  ["https://h?verfy=0", `did you mean "verify"?`],
  ["https://h?verify=maybe", "neither 0 nor 1"],
  ["https://h?pin=abc", "not a SHA-256 fingerprint"],
  ["http://h?http-version=9", "neither 1.0 nor 1.1"],
  ["socks5://h?http-version=1.0", "for HTTP proxies only"],
  ["http://h?cafile=ca.pem", "write https://"],
  ["socks5://h?verify=0", "write tls+socks5://"],
  ["http//h:1", "lacks a colon: write http://h:1"],
];
for (const [text, words] of BAD) {
  Deno.test(`parseProxyUrl() refuses ${text}`, () => {
    assertThrows(() => parseProxyUrl(text), FormatError, words);
  });
}

Deno.test("parseProxyUrl() gives a hop or a FormatError for any text", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.webUrl()), (text) => {
    try {
      parseProxyUrl(text);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }));
});

Deno.test("noProxyCovers() knows names, suffixes, addresses, prefixes, ports", () => {
  const list = "localhost, .corp.test,10.0.0.0/8 ::1 other.test:8443";
  const covers = (host: string, port = 443) => noProxyCovers(list, { host, port });
  assertEquals(
    [
      covers("localhost"),
      covers("a.corp.test"),
      covers("corp.test"),
      covers("10.1.2.3"),
      covers("::1"),
      covers("other.test", 8443),
    ],
    [true, true, true, true, true, true],
  );
  assertEquals(
    [covers("notlocalhost"), covers("xcorp.test"), covers("11.1.2.3"), covers("::2"), covers("other.test", 443)],
    [false, false, false, false, false],
  );
  assertEquals(noProxyCovers("*", { host: "x", port: 1 }), true);
});

Deno.test("hopsFromEnv() reads as curl does", () => {
  const labels = (env: Record<string, string>, port = 22) =>
    hopsFromEnv(env, { host: "h.test", port }).map(({ label }) => label);
  assertEquals(labels({ ALL_PROXY: "socks5://a" }), ["socks5://a:1080"]);
  assertEquals(labels({ ALL_PROXY: "socks5://a", all_proxy: "socks5://b" }), ["socks5://b:1080"]);
  const all = { ALL_PROXY: "socks5://a", HTTPS_PROXY: "c:1", http_proxy: "d:1" };
  assertEquals([labels(all), labels(all, 443), labels(all, 80)], [["socks5://a:1080"], ["http://c:1"], ["http://d:1"]]);
  assertEquals(labels({ HTTP_PROXY: "evil:1" }, 80), []);
  assertEquals(labels({ ALL_PROXY: "socks5://a", NO_PROXY: "h.test" }), []);
  assertEquals(labels({}), []);
});
