// What the README promises: its tables are fresh, its five commands do what it says.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { interop, netlab, runProgram, startNetlab, tcpServer } from "./helpers/netlab.ts";
import { remake } from "./helpers/readme.ts";

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));

Deno.test("README: the reference tables are those of the schemas (deno task docs)", () => {
  assert(remake(readme) === readme, "The README is stale: run `deno task docs`");
});

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
