import { assertEquals } from "@std/assert";
import { loadIdentity } from "../../../../lib/dial/tls/files.ts";
import { tlsData } from "../../../helpers/files.ts";

Deno.test("loadIdentity() warns of a certificate that peers will refuse for its dates", async () => {
  const told: string[] = [];
  const warn = (message: string) => void told.push(message);
  const cert = tlsData("expired.pem");
  await loadIdentity({ cert, warn });
  assertEquals(told, [`The certificate in "${cert}" has expired on 2020-12-31: peers will refuse it`]);
  await loadIdentity({ cert: tlsData("leaf.pem"), warn });
  assertEquals(told.length, 1);
});
