// What the README promises: its five commands do what it says.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { interop, netlab, runProgram, startNetlab, tcpServer } from "./helpers/netlab.ts";

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));

/** The command as the README has it, with its port replaced; fails when the README no longer has it. */
function command(line: string, replace: Record<string, string> = {}): string[] {
  assertStringIncludes(readme, line);
  let text = line;
  for (const [from, to] of Object.entries(replace)) text = text.replace(from, to);
  return text.replace(/^(sudo )?netlab /, "").split(/\s+/);
}

const page = (conn: Deno.Conn) =>
  conn.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"));

Deno.test("README: see what a browser sends", async () => {
  await using program = startNetlab(command("netlab relay -v tcp-listen:1234,reuseaddr -", { "1234": "0" }));
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: await program.port() });
  await conn.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  await program.line(/^GET \/ HTTP\/1\.1\\r$/);
  conn.close();
});

interop("README: stand between a client and a server", ["curl"], async () => {
  await using server = tcpServer(async (conn) => {
    await conn.read(new Uint8Array(4096));
    await page(conn);
  });
  await using program = startNetlab(
    command("netlab relay -v tcp-listen:1234,reuseaddr,fork tcp:localhost:8080", {
      "1234": "0",
      "8080": String(server.port),
    }),
  );
  const { stdout } = await runProgram("curl", ["-sS", `http://localhost:${await program.port()}/`]);
  assertEquals(stdout, "hello\n");
  await program.line(/^> .* {2}#1 127\.0\.0\.1:\d+$/);
  await program.line(/^< .* {2}#1 127\.0\.0\.1:\d+$/);
});

Deno.test("README: type a request, read the answer", async () => {
  await using server = tcpServer(async (conn) => {
    await conn.read(new Uint8Array(4096));
    await page(conn);
  });
  const { stdout } = await netlab(command("netlab relay - tcp:localhost:8080", { "8080": String(server.port) }), {
    stdin: "GET / HTTP/1.0\r\n\r\n",
  });
  assertMatch(stdout, /^HTTP\/1\.1 200 OK\r\n/);
});

Deno.test("README: the same for DNS, in hex", async () => {
  const server = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const answering = (async () => {
    const [question, from] = await server.receive();
    await server.send(question, from);
  })();
  await using program = startNetlab(
    command("netlab relay -x udp-listen:1234,reuseaddr,fork udp:127.0.0.1:53", {
      "1234": "0",
      ":53": `:${(server.addr as Deno.NetAddr).port}`,
    }),
  );
  const client = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const question = new Uint8Array([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 0x74, 0x65, 0x73, 0x74, 0, 0, 1, 0, 1]);
  await client.send(question, { transport: "udp", hostname: "127.0.0.1", port: await program.port() });
  assertEquals((await client.receive())[0], question);
  await program.line(/^ 12 34 01 00 00 01 00 00 00 00 00 00 04 74 65 73 74 00 00 01 00 01$/);
  await answering;
  client.close();
  server.close();
});

interop("README: a proxy server for everything on this machine", ["curl"], async () => {
  await using server = tcpServer(async (conn) => {
    await conn.read(new Uint8Array(4096));
    await page(conn);
  });
  await using program = startNetlab(command("netlab socks --port 1080 -v", { "1080": "0" }));
  const port = await program.port();
  for (const kind of ["socks4", "socks4a", "socks5", "socks5h", "http"]) {
    const { stdout } = await runProgram("curl", [
      "-sS",
      "--proxytunnel",
      "--proxy",
      `${kind}://127.0.0.1:${port}`,
      `http://127.0.0.1:${server.port}/`,
    ]);
    assertEquals(stdout, "hello\n", kind);
  }
  await program.line(/^GET \/ HTTP\/1\.1\\r$/);
});
