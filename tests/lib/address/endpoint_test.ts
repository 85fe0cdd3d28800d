import { assertEquals, assertRejects } from "@std/assert";
import { ConnectError } from "../../../lib/base/errors.ts";
import { openOne } from "../../helpers/endpoint.ts";
import { freePort } from "../../helpers/netlab.ts";

Deno.test("READ!!WRITE closes what is read from when what is written to cannot be opened", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const opening = openOne(`tcp:127.0.0.1:${server.addr.port}!!tcp:127.0.0.1:${freePort()}`);
  using conn = await server.accept();
  await assertRejects(() => opening, ConnectError, "refused");
  assertEquals(await conn.read(new Uint8Array(1)), null);
});
