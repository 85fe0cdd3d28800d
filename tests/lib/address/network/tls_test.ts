// What TLS addresses do before TLS.
import { assertEquals, assertRejects } from "@std/assert";
import { securing } from "../../../../lib/address/network/tls.ts";
import type { TlsAddressOptions } from "../../../../lib/address/network/tls_options.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { ConnectError } from "../../../../lib/base/errors.ts";
import type { TlsServer } from "../../../../lib/dial/tls/server.ts";
import { openOne, testContext } from "../../../helpers/endpoint.ts";
import { tcpServer } from "../../../helpers/netlab.ts";
import { readAll, streamPair } from "../../../helpers/streams.ts";

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

Deno.test("a server that speaks no TLS: how it may be spoken to is said, but not behind a dialogue that promised TLS", async () => {
  for (
    const [options, greeting, ...answers] of [
      ["", "", "HTTP/1.1 400 Bad Request\r\n\r\n"],
      [",starttls=pop3", "+OK\r\n", "+OK\r\n", "no TLS\r\n"],
    ] as const
  ) {
    await using server = tcpServer(async (conn) => {
      await conn.write(utf8(greeting));
      for (const answer of answers) {
        await conn.read(new Uint8Array(4096));
        await conn.write(utf8(answer));
      }
    });
    const error = await assertRejects(() => openOne(`tls:127.0.0.1:${server.port},verify=0${options}`), ConnectError);
    assertEquals(/in clear it is tcp:/.test(error.message), options === "", error.message);
  }
});
