// The stories of the README, told again: the same command lines, the same output but for times, ports and numbers.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { interop, runProgram, startNetlab } from "./helpers/netlab.ts";

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
const TLS = new URL("data/tls/", import.meta.url).pathname;

/** The indented block of the README that begins with a line. */
function block(first: string): string[] {
  const lines = readme.split("\n");
  const from = lines.findIndex((line) => line === `    ${first}`);
  if (from === -1) throw new Error(`The README has no block that begins with: ${first}`);
  let to = from;
  while (to < lines.length && (lines[to]!.startsWith("    ") || lines[to] === "")) to++;
  return lines.slice(from, to).map((line) => line.slice(4)).join("\n").trimEnd().split("\n");
}

/** Times, connection ports and process numbers differ from run to run. */
function masked(line: string): string {
  return line
    .replace(/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(\.\d{6})?/, "TIME")
    .replace(/netlab\[\d+\]/, "netlab[PID]")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replace(/localhost:\d+/g, "localhost:PORT")
    .replace(/\b\d+(\.\d+)?m?s, closed/, "TIME, closed")
    .replace(/curl\/[\d.]+/, "curl/VERSION")
    .replace(/length=\d+ from=0 to=\d+/, "length=N");
}

interop("README: the TLS server behind a SOCKS proxy, in one command", ["curl"], async () => {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: await Deno.readTextFile(`${TLS}leaf.crt`),
    key: await Deno.readTextFile(`${TLS}leaf.key`),
  });
  const serving = (async () => {
    const conn = await listener.accept();
    await conn.read(new Uint8Array(4096));
    await conn.write(new TextEncoder().encode("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nthe plaintext\n"));
    conn.close();
  })();
  await using proxy = startNetlab(["socks", "--port", "0"]);
  const via = `socks5://127.0.0.1:${await proxy.port()}`;
  const target = `tls:localhost:${(listener.addr as Deno.NetAddr).port}`;
  await using relay = startNetlab([
    "relay",
    "-v",
    "tcp-listen:0,reuseaddr,fork",
    `${target},via=${via},cafile=${TLS}ca.crt`,
  ]);
  const { stdout } = await runProgram("curl", ["-s", `http://127.0.0.1:${await relay.port()}/`]);
  assertEquals(stdout, "the plaintext\n");
  await serving;
  listener.close();
  await relay.line(/#1 127\.0\.0\.1:\d+ ->/);
  const told = block(
    "netlab relay -v tcp-listen:5000,reuseaddr,fork tls:localhost:5001,via=socks5://localhost:1080,cafile=ca.crt",
  );
  assertStringIncludes(readme, "tls:my.destination.host.net:443,via=socks5://my.proxy.host.net:1080");
  const seen = relay.stderr.map(masked).map((line) => line.replace(/ -> .*?: (\d+ octets)/, " -> TARGET: $1"));
  const expected = told.slice(1).map(masked).map((line) => line.replace(/ -> .*?: (\d+ octets)/, " -> TARGET: $1"));
  const numbers = (line: string) => line.replace(/\d+ octets sent, \d+ received/, "N octets");
  assertEquals(seen.map(numbers), expected.map(numbers));
});
