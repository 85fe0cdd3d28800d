import { assert, assertEquals } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { selfSigned } from "../../../../lib/dial/tls/self_signed.ts";

Deno.test("selfSigned() makes another key each time, and a certificate that holds its own signature", () => {
  const [one, two] = [selfSigned(), selfSigned()];
  assert(one.pin !== two.pin && one.key !== two.key);
  const certificate = new X509Certificate(one.cert);
  assertEquals(certificate.subjectAltName, "DNS:localhost, IP Address:127.0.0.1, IP Address:::1");
  assertEquals(certificate.subject, "CN=localhost");
  assert(certificate.verify(certificate.publicKey));
  assertEquals(one.pin, `sha256:${certificate.fingerprint256.replaceAll(":", "").toLowerCase()}`);
});
