import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConnectError } from "../../../lib/base/errors.ts";
import { ipFrom } from "../../../lib/base/ip.ts";
import { SystemNetwork } from "../../../lib/dial/proxy_network.ts";
import { freePort, NO_SUCH_NAME, tcpServer } from "../../helpers/netlab.ts";

/** A port on which a connect neither succeeds nor fails: its queue, which has room for one, is full. */
async function deafPort(): Promise<Disposable & { port: number }> {
  const listener = Deno.listen({ hostname: "127.0.0.3", port: 0, tcpBacklog: 0 } as Deno.TcpListenOptions);
  const { port } = listener.addr;
  const conn = await Deno.connect({ hostname: "127.0.0.3", port });
  return {
    port,
    [Symbol.dispose]() {
      conn.close();
      listener.close();
    },
  };
}

Deno.test("dial() gives the next address a chance while one is silent", async () => {
  using deaf = await deafPort();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: deaf.port });
  try {
    const stream = await new SystemNetwork().dial(["127.0.0.3", "127.0.0.1"], deaf.port, new AbortController().signal);
    assertEquals(stream.about.remote?.host, "127.0.0.1");
    await stream.close();
    (await listener.accept()).close();
  } finally {
    listener.close();
  }
});

Deno.test("dial() gives up with the signal, and says why when every address fails", async () => {
  using deaf = await deafPort();
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error("Enough")));
  await assertRejects(() => new SystemNetwork().dial(["127.0.0.3"], deaf.port, abort.signal), Error, "Enough");
  const again = new AbortController();
  setTimeout(() => again.abort(new Error("Enough")));
  await assertRejects(
    () => new SystemNetwork().dial(["127.0.0.3", "127.0.0.3"], deaf.port, again.signal),
    Error,
    "Enough",
  );
  const error = await assertRejects(
    () => new SystemNetwork().dial(["127.0.0.1", "127.0.0.2"], freePort(), new AbortController().signal),
    ConnectError,
  ) as ConnectError;
  assertEquals(error.reason, "refused");
});

Deno.test("resolve() knows localhost with and without its dot, and what is under it", async () => {
  const network = new SystemNetwork();
  for (const name of ["localhost", "localhost.", "LOCALHOST", "a.localhost"]) {
    for (const host of await network.resolve(name)) assert(["127.0.0.1", "::1"].includes(host), `${name}: ${host}`);
  }
  const error = await assertRejects(() => network.resolve(NO_SUCH_NAME), ConnectError) as ConnectError;
  assertEquals(error.reason, "name-not-found");
});

Deno.test("localFor() and isOwn() know this host", () => {
  const network = new SystemNetwork();
  assertEquals(network.localFor(ipFrom("127.0.0.9")), "127.0.0.1");
  assertEquals(network.localFor(ipFrom("::1")), "::1");
  assert(network.isOwn(ipFrom("127.0.0.1")));
  assert(!network.isOwn(ipFrom("192.0.2.250")));
});

Deno.test("identify() asks for nothing where nobody listens", async () => {
  await using server = tcpServer(() => Promise.resolve());
  const client = { host: "127.0.0.1", port: server.port };
  assertEquals(
    await new SystemNetwork().identify(client, { host: "127.0.0.1", port: 1 }, AbortSignal.timeout(2000)),
    undefined,
  );
});

/** A server for RFC 1413, on its own port of a loopback address. */
const identServer = () => Deno.listen({ hostname: "127.0.0.77", port: 113 });

/** Whether such a port may be had. */
const mayServeIdent = (() => {
  try {
    identServer().close();
    return true;
  } catch {
    return false;
  }
})();

Deno.test({
  name: "identify() asks the client's host from the address that the client came to, and takes a user id alone",
  ignore: !mayServeIdent,
  async fn() {
    using server = identServer()!;
    const cases: [answer: string, user: string | undefined][] = [
      ["6000, 1080 : USERID : UNIX : ann \r\n", "ann"],
      ["6000,1080:userid:UNIX,UTF-8:a:b\r\n", "a:b"],
      ["6000, 1080 : ERROR : NO-USER\r\n", undefined],
      ["", undefined],
    ];
    for (const [answer, user] of cases) {
      const asked = (async () => {
        using conn = await server.accept();
        const room = new Uint8Array(100);
        const text = new TextDecoder().decode(room.subarray(0, (await conn.read(room))!));
        await conn.write(new TextEncoder().encode(answer));
        return [text, (conn.remoteAddr as Deno.NetAddr).hostname];
      })();
      const client = { host: "127.0.0.77", port: 6000 }, local = { host: "127.0.0.9", port: 1080 };
      assertEquals(await new SystemNetwork().identify(client, local, AbortSignal.timeout(5000)), user);
      assertEquals(await asked, ["6000, 1080\r\n", "127.0.0.9"]);
    }
  },
});

Deno.test("resolve() asks once for a name that many want at once, and again for one that failed", async () => {
  const network = new SystemNetwork();
  const [first, second] = [network.resolve("localhost"), network.resolve("localhost")];
  assert(first === second);
  assertEquals(await network.resolve("localhost"), await first);
  const missing = network.resolve(NO_SUCH_NAME);
  await assertRejects(() => missing, ConnectError);
  const again = network.resolve(NO_SUCH_NAME);
  assert(again !== missing);
  await assertRejects(() => again, ConnectError);
});

Deno.test("dial() to several addresses is given up with its signal, before and while it goes on", async () => {
  const network = new SystemNetwork();
  const abort = new AbortController();
  abort.abort(new Error("no longer"));
  const error = await assertRejects(() => network.dial(["127.0.0.1", "127.0.0.2"], 1, abort.signal)) as Error;
  assertEquals(error.message, "no longer");
  await using server = tcpServer(() => Promise.resolve());
  // The first refuses at once, so the second is next.
  await using stream = await network.dial(["::1", "127.0.0.1"], server.port, new AbortController().signal);
  assertEquals(stream.about.remote, { host: "127.0.0.1", port: server.port });
});
