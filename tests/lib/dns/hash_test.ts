import { assertEquals } from "@std/assert";
import { createHash, createHmac } from "node:crypto";
import { hex } from "../../../lib/base/hex.ts";
import { type HashName, hmac, md5, sha224 } from "../../../lib/dns/hash.ts";

const LENGTHS = [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 129, 1000];
const octets = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff);

Deno.test("md5() and sha224() agree with the runtime's at every block boundary", () => {
  for (const length of LENGTHS) {
    const data = octets(length);
    assertEquals(hex(md5(data)), createHash("md5").update(data).digest("hex"));
    assertEquals(hex(sha224(data)), createHash("sha224").update(data).digest("hex"));
  }
});

Deno.test("hmac() agrees with the runtime's for keys shorter and longer than a block", async () => {
  for (const hash of ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] as HashName[]) {
    for (const length of LENGTHS) {
      const key = octets(length), data = octets(77);
      assertEquals(hex(await hmac(hash, key, data)), createHmac(hash, key).update(data).digest("hex"));
    }
  }
});
