// The stories of the README, told again: the same command lines, the same output but for times, ports and numbers.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { interop, runProgram, startNetlab } from "./helpers/netlab.ts";

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
const TLS = `${import.meta.dirname}/data/tls/`;

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
  const target = `tls:localhost:${listener.addr.port}`;
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

/** Octets of the dump that follows a header of `-x` in the README. */
function dumped(header: string): Uint8Array {
  const lines = readme.slice(readme.indexOf("## A story: a name")).split("\n");
  const at = lines.findIndex((line) => line.startsWith(`    ${header} 20`) && / {2}length=/.test(line));
  return Uint8Array.from(lines[at + 1]!.trim().split(" ").map((digits) => parseInt(digits, 16)));
}

Deno.test("README: a name, octet by octet", async () => {
  const question = dumped(">"), answer = dumped("<");
  const server = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const answering = (async () => {
    const [, from] = await server.receive();
    await server.send(answer, from);
  })();
  const { port } = server.addr as Deno.NetAddr;
  // The port tells nothing here, so the protocol is named; in the README it is 53.
  await using relay = startNetlab([
    "relay",
    "-x",
    "--explain=dns",
    "udp-listen:0,reuseaddr,fork",
    `udp:127.0.0.1:${port}`,
  ]);
  const client = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await client.send(question, { transport: "udp", hostname: "127.0.0.1", port: await relay.port() });
  assertEquals((await client.receive())[0], answer);
  await answering;
  await relay.line(/192\.0\.2\.7\) \[RFC 1035 3\.4\.1\]$|Address: 192\.0\.2\.7|Address \(192\.0\.2\.7\)/);
  client.close();
  server.close();
  const seen = relay.stderr.map(masked).map((line) => line.replace(/after \d+(\.\d+)?[um]?s/, "after TIME").trimEnd());
  // Every line that the README shows was written, in this order.
  const story = readme.slice(readme.indexOf("## A story: a name"), readme.indexOf("## relay\n"));
  const shown = story.split("\n").filter((line) => line.startsWith("    ") && !/^ {4}(netlab|…)/.test(line))
    .map((line) => masked(line.slice(4)).replace(/after \d+(\.\d+)?[um]?s/, "after TIME").trimEnd());
  let at = 0;
  const dumps = shown.slice(0, 4), explained = shown.slice(4);
  for (const line of dumps) assertStringIncludes(seen.join("\n"), line);
  for (const line of explained) {
    const found = seen.indexOf(line, at);
    if (found === -1) throw new Error(`The README shows a line that was not written: ${line}\n${seen.join("\n")}`);
    at = found + 1;
  }
});
