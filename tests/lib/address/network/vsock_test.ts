// VSOCK: the words of its addresses, and both ends within one machine where the kernel can (module vsock_loopback).
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { ConnectError, UsageError } from "../../../../lib/base/errors.ts";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { ask, openOne, testContext } from "../../../helpers/endpoint.ts";
import { netlab, Running, runProgram, startNetlab, which } from "../../../helpers/netlab.ts";
import { readAll } from "../../../helpers/streams.ts";

Deno.test({
  name: "VSOCK addresses take numbers as far as 32 bits go, decimal or hex, and nothing else",
  ignore: Deno.build.os === "windows",
  fn() {
    for (const good of ["vsock:1:1", "VSOCK-CONNECT:0x2:4294967295", "vsock-l:0xffffffff", "vsock-listen:5,bind=1"]) {
      parseEndpoint(good);
    }
    parseEndpoint("vsock-listen:5,bind=3:9");
    for (
      const bad of [
        "vsock:1",
        "vsock:host:1",
        "vsock:-1:1",
        "vsock:1:4294967296",
        "vsock-listen:x",
        "vsock-listen:5,bind=all",
      ]
    ) assertThrows(() => parseEndpoint(bad), UsageError);
  },
});

/** A port that two runs at once do not share. */
const port = 20_000 + Deno.pid % 40_000;

async function loopback(): Promise<boolean> {
  try {
    using listener = Deno.listen({ transport: "vsock", cid: 1, port });
    const [conn, peer] = await Promise.all([Deno.connect({ transport: "vsock", cid: 1, port }), listener.accept()]);
    conn.close();
    peer.close();
    return true;
  } catch {
    return false;
  }
}
const here = await loopback();

/** A test that is ignored, by name, where a VSOCK port of this machine cannot be reached from it. */
function local(name: string, programs: readonly string[], fn: () => Promise<void>): void {
  const missing = [...(here ? [] : ["vsock_loopback"]), ...programs.filter((program) => which(program) === undefined)];
  Deno.test({
    name: missing.length === 0 ? name : `${name} [needs ${missing.join(", ")}]`,
    ignore: missing.length > 0,
    fn,
  });
}

local("VSOCK carries both ways, ends its halves one by one, and says who talks", [], async () => {
  const context = testContext();
  const serving = openOne(`vsock-listen:${port}`, context);
  assertEquals(await context.listening, `vsock:${port}`);
  const client = await openOne(`vsock:1:${port}`);
  const server: Stream = await serving;
  await client.write(utf8("question"));
  await client.closeWrite();
  assertEquals(new TextDecoder().decode(await readAll(server)), "question");
  await server.write(utf8("answer"));
  await server.close();
  assertEquals(new TextDecoder().decode(await readAll(client)), "answer");
  await client.close();
  const { SOCKADDR, SOCKPORT, PEERADDR, PEERPORT } = server.about.facts!;
  assertEquals([SOCKADDR, SOCKPORT, PEERADDR], ["1", String(port), "1"]);
  assertMatch(PEERPORT!, /^\d+$/);
  assertEquals(server.about.label, `vsock:1:${PEERPORT}`);
});

local("VSOCK-LISTEN of one context number, and of a port that is taken", [], async () => {
  const context = testContext();
  const serving = openOne(`vsock-listen:${port},bind=1`, context);
  assertEquals(await context.listening, `vsock:1:${port}`);
  await assertRejects(
    () => openOne(`vsock-listen:${port},bind=1`),
    Error,
    `Cannot listen on vsock:1:${port}: Address already in use`,
  );
  await (await openOne(`vsock:1:${port}`)).close();
  await (await serving).close();
});

local("VSOCK-CONNECT says when nobody listens", [], async () => {
  const error = await assertRejects(() => openOne(`vsock:1:${port},connect-timeout=5`), ConnectError);
  assertMatch(error.message, new RegExp(`Cannot connect to "vsock:1:${port}"`));
});

local("VSOCK with socat at the other end, and in socat's words", ["socat"], async () => {
  {
    await using _socat = new Running("socat", ["-d", "-d", `VSOCK-LISTEN:${port}`, "EXEC:tr a-z A-Z"]);
    await _socat.line(/listening on/);
    assertEquals((await netlab(["relay", "-", `vsock-connect:1:${port}`], { stdin: "to socat" })).stdout, "TO SOCAT");
  }
  await using server = startNetlab([
    "relay",
    "--compat",
    "-dd",
    `vsock-listen:${port},fork`,
    "system:echo $SOCAT_PEERADDR; cat",
  ]);
  await server.line(new RegExp(`listening on AF=40 cid:4294967295 port:${port}`));
  const asked = await runProgram("socat", ["-t", "9", "-", `VSOCK-CONNECT:1:${port},bind=:${port + 1}`], {
    stdin: "hi",
  });
  assertEquals(asked.stdout, "1\nhi");
  await server.line(new RegExp(`accepting connection from AF=40 cid:1 port:${port + 1} on AF=40 cid:1 port:${port}`));
  const many = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => ask(await openOne(`vsock:1:${port}`), `${i}`)),
  );
  assertEquals(many, Array.from({ length: 20 }, (_, i) => `1\n${i}`));
  await server.stop();
});
