import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { utf8 } from "../../../lib/base/bytes.ts";
import { ConnectError } from "../../../lib/base/errors.ts";
import { askNameServer } from "../../../lib/dial/name_server.ts";
import { ask, echo, openOne, serving } from "../../helpers/endpoint.ts";

/** A name server that knows `here.test` (127.0.0.1), and of every other name that there is none. */
async function withNameServer(body: (port: number, asked: string[]) => Promise<void>): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const known = [...utf8("\x04here\x04test\0")];
  const answering = (async () => {
    for await (const [query, sender] of socket) {
      const end = query.indexOf(0, 12) + 1;
      const name = [...query.subarray(12, end)].map((octet) => String.fromCharCode(octet)).join("").slice(1, -1);
      asked.push(name.replace(/[\0-\x1f]/g, "."));
      const isKnown = known.every((octet, i) => query[12 + i] === octet), isA = query[end + 1] === 1;
      const answer = isKnown && isA ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 127, 0, 0, 1] : [];
      const header = [
        query[0]!,
        query[1]!,
        0x81,
        isKnown ? 0x80 : 0x83,
        0,
        1,
        0,
        answer.length > 0 ? 1 : 0,
        0,
        0,
        0,
        0,
      ];
      await socket.send(Uint8Array.from([...header, ...query.subarray(12, end + 4), ...answer]), sender);
    }
  })();
  try {
    await body((socket.addr as Deno.NetAddr).port, asked);
  } finally {
    socket.close();
    await answering;
  }
}

Deno.test("res-nsaddr= asks this name server for the name that TCP connects to", async () => {
  await withNameServer(async (port, asked) => {
    await serving("tcp-listen:0,fork", echo, async (there) => {
      const server = `res-nsaddr=127.0.0.1:${port}`;
      assertEquals(await ask(await openOne(`tcp:here.test:${there},${server}`), "hello"), "hello");
      assertEquals(await ask(await openOne(`tcp4:127.0.0.1:${there},${server}`), "by number"), "by number");
      assertEquals(await ask(await openOne(`tcp:here.test:${there},res-nsaddr=localhost:${port}`), "named"), "named");
      assertEquals(new Set(asked), new Set(["here.test"]));
      const none = await assertRejects(() => openOne(`tcp:elsewhere.test:${there},${server}`), ConnectError);
      assertMatch((none as Error).message, /knows no address of "elsewhere\.test"/);
    });
  });
});

Deno.test("askNameServer() asks for the family that is wanted", async () => {
  await withNameServer(async (port) => {
    const server = { host: "127.0.0.1", port };
    assertEquals(await askNameServer("here.test", server, 4, undefined), ["127.0.0.1"]);
    assertEquals(await askNameServer("here.test", server, undefined, undefined), ["127.0.0.1"]);
    await assertRejects(() => askNameServer("here.test", server, 6, undefined), ConnectError, "knows no address");
  });
});
