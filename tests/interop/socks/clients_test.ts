// Real clients through `netlab socks`, each by name; and other proxies in front of which it stands.
import { userInfo } from "node:os";
import { assertEquals } from "@std/assert";
import { freePort, interop, listening, Running, startNetlab, which } from "../../helpers/netlab.ts";
import { CASES, missing, runCase } from "./clients.ts";
import { HELLO, Lab } from "./lab.ts";

// One test for each client, with a step for each of its cases.
for (const client of new Set(CASES.map((one) => one.client))) {
  const cases = CASES.filter((one) => one.client === client);
  const absent = [...new Set(cases.flatMap(missing))];
  Deno.test({
    name: `socks: ${client}${absent.length === 0 ? "" : ` [needs ${absent.join(", ")}]`}`,
    ignore: absent.length > 0,
    // Libraries from npm keep timers of their own.
    sanitizeOps: client !== "npm socks",
    sanitizeResources: client !== "npm socks",
    fn: async (t) => {
      await using lab = await Lab.start();
      for (const one of cases) await t.step(one.shows.join(", "), () => runCase(one, lab));
    },
  });
}

interop("socks --via: Dante in front of us", ["danted", "curl"], async () => {
  await using lab = await Lab.start();
  const port = freePort();
  const config = await lab.file(
    "danted.conf",
    `logoutput: /dev/null\ninternal: 127.0.0.1 port = ${port}\nexternal: lo\nclientmethod: none\nsocksmethod: none\n` +
      `user.unprivileged: ${userInfo().username}\nclient pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\nsocks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\n`,
  );
  await using _dante = new Running(which("danted")!, ["-f", config]);
  await listening(port);
  for (const kind of ["socks5h", "socks5", "socks4a", "socks4"]) {
    await using proxy = startNetlab(["socks", "--port", "0", "--via", `${kind}://127.0.0.1:${port}`]);
    const ours = await proxy.port();
    for (const [flag, url] of [["--socks5-hostname", "socks5h"], ["--socks4a", "socks4a"]]) {
      await lab.says(HELLO, "curl", ["-sS", flag!, `127.0.0.1:${ours}`, `http://127.0.0.1:${lab.http}/hello`]);
      await proxy.line(new RegExp(`${url!.slice(0, 6)}.*via ${kind}://`));
    }
  }
});

interop("socks --via: microsocks in front of us", ["microsocks", "curl"], async () => {
  await using lab = await Lab.start();
  const port = freePort();
  await using _micro = new Running(which("microsocks")!, [
    "-i",
    "127.0.0.1",
    "-p",
    `${port}`,
    "-u",
    "me",
    "-P",
    "secret",
  ]);
  await listening(port);
  await using proxy = startNetlab(["socks", "--port", "0", "--via", `socks5h://me:secret@127.0.0.1:${port}`]);
  const ours = await proxy.port();
  await lab.says(HELLO, "curl", [
    "-sS",
    "--proxytunnel",
    "-x",
    `http://127.0.0.1:${ours}`,
    `http://localhost:${lab.http}/hello`,
  ]);
  await lab.says(HELLO, "curl", ["-sS", "-x", `http://127.0.0.1:${ours}`, `http://localhost:${lab.http}/hello`]);
  await lab.says(HELLO, "curl", ["-sS", "--socks4a", `127.0.0.1:${ours}`, `http://localhost:${lab.http}/hello`]);
  assertEquals(proxy.stderr.some((line) => line.includes("secret")), false);
});
