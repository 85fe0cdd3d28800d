import { assertEquals, assertRejects } from "@std/assert";
import { parseEndpoint } from "../../../lib/address/list.ts";
import { SILENT } from "../../../lib/base/log.ts";
import { relay } from "../../../lib/relay/relay.ts";
import { reporter } from "../../../lib/relay/report.ts";
import { Service } from "../../../lib/relay/service.ts";

Deno.test("relay() closes both ends of a connection that cannot be watched", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const target = parseEndpoint(`tcp:127.0.0.1:${server.addr.port}`);
  const joining = relay(target, target, {
    log: SILENT,
    reporter: reporter(SILENT),
    service: new Service(SILENT, 0),
    compat: false,
    family: undefined,
    observe: () => {
      throw new Error("No room for what is to be recorded");
    },
  });
  using first = await server.accept(), second = await server.accept();
  await assertRejects(() => joining, Error, "No room");
  for (const conn of [first, second]) assertEquals(await conn.read(new Uint8Array(1)), null);
});
