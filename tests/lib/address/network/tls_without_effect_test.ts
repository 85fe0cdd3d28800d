import { assertEquals } from "@std/assert";
import { notObeyed } from "../../../../lib/address/network/tls_without_effect.ts";
import { ask, openOne, testContext } from "../../../helpers/endpoint.ts";
import { netlab } from "../../../helpers/netlab.ts";

const NONE = {
  cipher: undefined,
  dhparam: undefined,
  compress: undefined,
  pseudo: false,
  egd: undefined,
  maxfraglen: undefined,
  maxsendfrag: undefined,
  fips: false,
};

Deno.test("notObeyed() has a line for each word of TLS that changes nothing, and none for the others", () => {
  assertEquals(notObeyed(NONE), []);
  assertEquals(notObeyed({ ...NONE, compress: "none" }), []);
  assertEquals(notObeyed({ ...NONE, cipher: "HIGH", fips: true }), [
    "cipher=HIGH is not obeyed: the runtime has its own list of strong ciphers",
    "fips is not obeyed: the runtime's TLS has no such mode",
  ]);
});

Deno.test("TLS addresses say on both sides, and in their plan, which words are not obeyed", async () => {
  const context = testContext({ side: "left" });
  const serving = openOne("tls-listen:0,self-signed,dhparam=dh.pem", context);
  const client = testContext();
  const asking = ask(await openOne(`tls:${await context.listening},verify=0,ciphers=HIGH`, client), "x");
  await (await serving).close();
  await asking;
  const said = (lines: string[]) => lines.flatMap((line) => line.match(/\w+=\S+ is not obeyed/) ?? []);
  assertEquals(said(context.lines), ["dhparam=dh.pem is not obeyed"]);
  assertEquals(said(client.lines), ["cipher=HIGH is not obeyed"]);
  const plan = await netlab(["relay", "--plan", "-", "tls:localhost:1,compress=auto"]);
  assertEquals(said([plan.stdout]), ["compress=auto is not obeyed"]);
});
