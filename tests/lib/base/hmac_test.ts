import { assertEquals } from "@std/assert";
import { utf8 } from "../../../lib/base/bytes.ts";
import { hex } from "../../../lib/base/hex.ts";
import { type HashName, hmac, hmacOnce } from "../../../lib/base/hmac.ts";

Deno.test("hmac() gives what RFC 2202 and RFC 4231 say, and hmacOnce() the same", async () => {
  const expected: readonly (readonly [hash: HashName, digest: string])[] = [
    ["md5", "750c783e6ab0b503eaa86e310a5db738"],
    ["sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"],
    ["sha224", "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"],
    ["sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
    ["sha384", "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"],
    [
      "sha512",
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b" +
      "636e070a38bce737",
    ],
  ];
  for (const [hash, digest] of expected) {
    assertEquals(hex(hmac(hash, utf8("Jefe"), utf8("what do ya want for nothing?"))), digest, hash);
    assertEquals(hex(await hmacOnce(hash, utf8("Jefe"), utf8("what do ya want for nothing?"))), digest, hash);
    const none = new Uint8Array(0);
    assertEquals(await hmacOnce(hash, none, none), hmac(hash, none, none), hash);
  }
  assertEquals(hex(hmac("md5", new Uint8Array(0), new Uint8Array(0))), "74e6f7298a9c2d168935f58c001bad88");
});
