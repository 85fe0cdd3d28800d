import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { latin1 } from "../../../lib/base/bytes.ts";
import { tlsData } from "../../helpers/files.ts";
import { listening, netlab, tcpServer } from "../../helpers/netlab.ts";

const plan = async (...args: string[]) => {
  const { status, stdout, stderr } = await netlab(["relay", "--plan", ...args]);
  assertEquals([status, stderr], [0, ""], args.join(" "));
  return stdout;
};

Deno.test("relay --plan says layer by layer what each side will do", async () => {
  const text = await plan(
    "-v",
    "tcp-listen:5000,reuseaddr,fork,max-children=7,range=10.0.0.0/8",
    "tcp:host.example:80,crnl,retry=3",
  );
  assertEquals(
    text,
    `left: tcp-listen:5000,reuseaddr,fork,max-children=7,range=10.0.0.0/8
  1. Listen on TCP 127.0.0.1:5000 (this machine only)
  2. Admit peers of 10.0.0.0/8 only
  3. Serve many connections, each by itself (fork), at most 7 at once
right: tcp:host.example:80,crnl,retry=3 (opened anew for each)
  1. Connect over TCP to host.example:80 (name resolved here)
  2. Lines end in CR LF here, in LF on the other side
  3. Where it cannot be opened: try again 3 times, every 1 s
carry: both directions; when one side ends, the other may finish
watch: the data as text on standard error
permissions kept: net
warnings: none
`,
  );
});

Deno.test({
  name: "relay --plan tells what is set on sockets, what becomes of netlab, and who connects again",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const text = await plan(
      "tcp-listen:80,su=nobody,chroot=/srv,mss=500,setsockopt-int=1:2:1,setsockopt-int=1:2:0",
      "tcp:h:1,fork,interval=5,max-children=3",
    );
    for (
      const line of [
        "Set on the socket: mss, setsockopt-int",
        "Once it is open, have /srv for root directory",
        "Once it is open, become the user nobody",
        "Connect again every 5 s, each connection by itself (fork), at most 3 at once",
      ]
    ) assertStringIncludes(text, line);
  },
});

Deno.test("relay --plan opens nothing", async () => {
  let connections = 0;
  await using server = tcpServer(async (conn) => {
    connections++;
    await conn.write(latin1("x"));
  });
  await plan(`tcp-listen:${server.port},fork`, `tcp:127.0.0.1:${server.port}`);
  assertEquals(connections, 0);
  await listening(server.port);
});

Deno.test("relay --plan follows a chain of proxies in the order of travel, TLS at the end", async () => {
  const text = await plan(
    "-",
    "tls:imap.example:993,crnl,via=http://user:pw@corp:8080,via=socks5://tor:9050",
  );
  const steps = ["corp:8080", "tor:9050", "imap.example:993", "TLS", "CR LF"].map((word) =>
    text.indexOf(word, text.indexOf("\n  1.", text.indexOf("right:")))
  );
  assert(steps.every((at, i) => at > 0 && (i === 0 || at > steps[i - 1]!)), text);
  assertNotMatch(text, /user:pw/);
  assertStringIncludes(text, "user:***@corp");
});

Deno.test("relay --plan warns of verify=0, a listener without fork, all interfaces, and a password in the arguments", async () => {
  const text = await plan(
    "tcp-listen:5000,bind=0.0.0.0",
    "openssl:host.example:443,verify=0,via=socks5://me:secret@proxy.example:1080",
  );
  const warnings = text.slice(text.indexOf("warnings:"));
  assertMatch(warnings, /right: verify=0/);
  assertMatch(warnings, /left: without fork the listener serves one connection/);
  assertMatch(warnings, /left: it listens on all interfaces/);
  assertMatch(
    warnings,
    /right: a password stands on the command line.*keep it in a file \(via=file:PATH\) or in the environment \(via=env:NAME\)/,
  );
  assertNotMatch(text, /secret/);
  assertEquals([...warnings.matchAll(/verify=0/g)].length, 1);
  assertStringIncludes(await plan("tcp-listen:1,fork", "echo"), "warnings: none");
  // --compat listens everywhere.
  assertMatch(await plan("--compat", "tcp-listen:1,fork", "exec:cat"), /all interfaces[\s\S]*can use the program/);
});

Deno.test("relay --plan tells what is not obeyed of WebSocket's TLS, too", async () => {
  assertStringIncludes(await plan("-", "wss:host.example:443,cipher=HIGH"), "! right: cipher=HIGH is not obeyed");
  const keys = `cafile=${tlsData("ca.crt")},keylog=keys`;
  assertStringIncludes(await plan("-", `tls:host.example:443,${keys}`), "! right: keylog: the system's authorities");
});

Deno.test("a password may stand in a file or in the environment instead", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "socks5://me:secret@proxy.example:1080\n");
    const fromFile = await plan("-", `tcp:host.example:80,via=file:${path}`);
    assertMatch(fromFile, /proxy\.example:1080[\s\S]*host\.example:80/);
    assertMatch(fromFile, /warnings: none/);
    assertNotMatch(fromFile, /secret/);
  } finally {
    await Deno.remove(path);
  }
  const { status, stdout } = await netlab(["relay", "--plan", "-", "tcp:host.example:80,via=env:MY_PROXY"], {
    env: { MY_PROXY: "http://me:secret@proxy.example:3128" },
  });
  assertEquals(status, 0);
  assertMatch(stdout, /proxy\.example:3128/);
  assertNotMatch(stdout, /secret/);
  const missing = await netlab(["relay", "--plan", "-", "tcp:host.example:80,via=env:NO_SUCH_VARIABLE_HERE"]);
  assertEquals(missing.status, 2);
  assertMatch(missing.stderr, /the environment has no variable "NO_SUCH_VARIABLE_HERE"/);
});

Deno.test("relay --plan --proxy-from-env shows the proxies of the environment, and NO_PROXY keeps some away", async () => {
  const env = { ALL_PROXY: "socks5h://me:secret@proxy.example:1080", NO_PROXY: ".local" };
  const { stdout } = await netlab(["relay", "--plan", "--proxy-from-env", "tcp:x.local:1", "tls:y.example:443"], {
    env,
  });
  assertMatch(stdout, /left: .*\n {2}1\. Connect over TCP to x\.local:1/);
  assertMatch(
    stdout,
    /right: .*\n {2}1\. Connect over TCP to proxy\.example:1080\n {2}2\. Ask the SOCKS5 proxy .* for y\.example:443/,
  );
  assertNotMatch(stdout, /secret/);
  const without = await netlab(["relay", "--plan", "-", "tls:y.example:443"], { env });
  assertNotMatch(without.stdout, /proxy\.example/);
});

Deno.test("relay connects through the proxy of the environment only with --proxy-from-env", async () => {
  let asked = "";
  await using proxy = tcpServer(async (conn) => {
    const buffer = new Uint8Array(1000);
    const count = await conn.read(buffer);
    asked += new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    await conn.write(latin1("HTTP/1.1 200 Connected\r\n\r\nby the proxy"));
  });
  await using server = tcpServer(async (conn) => {
    await conn.write(latin1("directly"));
  });
  const target = `tcp:127.0.0.1:${server.port}`;
  const env = { ALL_PROXY: `http://127.0.0.1:${proxy.port}` };
  const run = (flags: string[], more: Record<string, string> = {}) =>
    netlab(["relay", "-d0", ...flags, "-u", target, "STDOUT"], { env: { ...env, ...more } });
  assertEquals((await run([])).stdout, "directly");
  assertEquals((await run(["--proxy-from-env"])).stdout, "by the proxy");
  assertMatch(asked, new RegExp(`^CONNECT 127\\.0\\.0\\.1:${server.port} HTTP/1`));
  assertEquals((await run(["--proxy-from-env"], { NO_PROXY: "127.0.0.0/8" })).stdout, "directly");
});

Deno.test("relay --plan has a word for every address type", async () => {
  for (
    const address of [
      "-",
      "stdin",
      "stdout",
      "echo",
      "TEXT:x",
      "udp:127.0.0.1:53",
      "udp-listen:53,fork",
      "udp-recvfrom:53",
      "udp-recv:53",
      "udp-datagram:224.0.0.1:53",
      "tcp6:[::1]:80",
      "tcp6-listen:80,bind=[::]",
      "unix-connect:/tmp/x",
      "unix-listen:/tmp/x,fork",
      "abstract-connect:x",
      "exec:cat",
      "system:cat",
      "open:/tmp/x",
      "/tmp/x",
      "stall",
    ]
  ) {
    const text = await plan(address, "-");
    assertMatch(text, /^left: .*\n {2}1\. \S/, address);
  }
  assertMatch(await plan("TEXT:a!!STDOUT", "-"), /1\. read: .*\n {2}2\. write: /);
});

Deno.test("relay --check judges a command line and says OK", async () => {
  const good = await netlab(["relay", "--check", "tcp-listen:1,fork", "echo"]);
  assertEquals([good.status, good.stdout], [0, "OK\n"]);
  const bad = await netlab(["relay", "--check", "tcp-listen:1,frok", "echo"]);
  assertEquals(bad.status, 2);
});

Deno.test("relay --plan and --check say what will not open for its files; nor does a listener before its first peer", async () => {
  const right = "tls:localhost:1,cafile=/nonexistent/ca.pem", words = `Cannot read cafile "/nonexistent/ca.pem"`;
  assertStringIncludes(await plan("tcp-listen:0,fork", right), `! right: it will not open: ${words}`);
  assertStringIncludes(
    await plan("tls-listen:0,fork,cert=/nonexistent/x.pem", "echo"),
    `! left: it will not open: Cannot read cert "/nonexistent/x.pem"`,
  );
  assertStringIncludes(
    await plan("quic-listen:0,fork,cert=/nonexistent/x.pem", "quic:localhost:1,cafile=/nonexistent/y.pem"),
    '! right: it will not open: Cannot read cafile "/nonexistent/y.pem"',
  );
  // What may be there when it is opened is no mistake.
  const later = await plan("tcp-listen:0,fork,range=file:/nonexistent/list", "exec:no-such-program-here");
  assertStringIncludes(later, `! left: it will not open: Cannot use the range "file:/nonexistent/list"`);
  assertStringIncludes(
    later,
    `! right: it will not open: Cannot run "no-such-program-here": No such file or directory`,
  );
  assertEquals((await netlab(["relay", "--check", "tcp-listen:0,fork", "exec:no-such-program-here"])).status, 0);
  for (const flags of [["--check"], []]) {
    const { status, stderr } = await netlab(["relay", ...flags, "tcp-listen:0,fork", right]);
    assertEquals(status, 2);
    assertStringIncludes(stderr, words);
  }
});
