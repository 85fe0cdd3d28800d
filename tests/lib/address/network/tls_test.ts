// What TLS addresses do before TLS.
import { assertEquals, assertRejects } from "@std/assert";
import { securing } from "../../../../lib/address/network/tls.ts";
import type { TlsAddressOptions } from "../../../../lib/address/network/tls_options.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import type { TlsServer } from "../../../../lib/dial/tls/server.ts";
import { readAll } from "../../../../lib/stream/exact.ts";
import { streamPair } from "../../../../lib/stream/pair.ts";
import { testContext } from "../../../helpers/endpoint.ts";

Deno.test("a client that takes leave before TLS is closed, also where it cannot be told of the end", async () => {
  const secure = await securing({} as TlsServer, { starttls: "smtp" } as TlsAddressOptions, testContext());
  for (const fails of [false, true]) {
    const [server, client] = streamPair();
    if (fails) server.closeWrite = () => Promise.reject(new Error("reset"));
    const shaken = secure(server), heard = readAll(client);
    await client.write(utf8("QUIT\r\n"));
    if (fails) await assertRejects(() => shaken, Error, "reset");
    else assertEquals(await shaken, undefined);
    assertEquals(server.closed, true);
    await heard.catch(() => {});
    await client.close();
  }
});
