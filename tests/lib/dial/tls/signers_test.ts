import { assertEquals } from "@std/assert";
import { rootCertificates } from "node:tls";
import { latin1 } from "../../../../lib/base/bytes.ts";
import { Signers } from "../../../../lib/dial/tls/signers.ts";
import { tlsData as data } from "../../../helpers/files.ts";

const read = (name: string) => Deno.readTextFileSync(data(name));
const der = (pem: string) => latin1(atob(/-----BEGIN CERT[^-]*-----([^-]*)/.exec(pem)![1]!.replace(/\s+/g, "")));

Deno.test("Signers.learn() finds the authorities that a chain names as issuers, once", () => {
  const signers = new Signers([...rootCertificates, "garbage", read("ca.crt"), read("other-ca.crt")]);
  assertEquals(signers.known, []);
  assertEquals(signers.learn([der(read("leaf.pem"))]), true);
  assertEquals(signers.known, [read("ca.crt")]);
  assertEquals(signers.learn([der(read("leaf.pem"))]), false);
  assertEquals(signers.learn([der(read("self.pem"))]), false);
  assertEquals(signers.learn([latin1("garbage")]), false);
  assertEquals(signers.learn([der(read("stranger.pem")), der(read("other-ca.crt"))]), true);
  assertEquals(signers.known, [read("ca.crt"), read("other-ca.crt")]);
});

Deno.test("Signers.worth() is for many authorities only", () => {
  assertEquals([undefined, [], rootCertificates].map(Signers.worth), [false, false, true]);
});
