// Programs that know no proxy, led to `netlab socks` by redsocks (the system's packet filter), by torsocks and by tsocks
// (libraries in front of theirs). In a network namespace of its own, with an address that is not loopback's, which such
// libraries leave alone.
import { assertEquals } from "@std/assert";
import { ip } from "../../helpers/namespaces.ts";
import { freePort, netlabCommand, Running, runProgram, which } from "../../helpers/netlab.ts";

const space = `netlab-r${Deno.pid}`;
const needed = ["ip", "curl", "setpriv", "iptables", "redsocks", "torsocks", "tsocks"];

/** Whether this system lets us make a namespace and redirect in it. */
async function redirects(): Promise<boolean> {
  if (!await ip("netns", "add", space)) return false;
  const filters = await ip("netns", "exec", space, "iptables", "-t", "nat", "-L", "-n");
  return await ip("netns", "del", space) && filters;
}
const able = needed.every((program) => which(program) !== undefined) && Deno.uid() === 0 && await redirects();

Deno.test({
  name: `socks: redsocks, torsocks and tsocks${able ? "" : ` [needs root, ${needed.join(", ")}]`}`,
  ignore: !able,
  async fn() {
    const inside = (program: string, args: readonly string[]) => ["netns", "exec", space, program, ...args];
    const start = (program: string, args: readonly string[]) => new Running("ip", inside(program, args));
    const folder = await Deno.makeTempDir({ prefix: "netlab-redirected-" });
    await ip("netns", "add", space);
    try {
      await ip("-n", space, "link", "set", "lo", "up");
      await ip("-n", space, "addr", "add", "203.0.113.1/32", "dev", "lo");
      const origin = netlabCommand([
        "relay",
        "tcp-listen:0,fork,bind=203.0.113.1",
        "system:'printf \"HTTP/1.0 200 OK\\r\\n\\r\\nhi\"'",
      ]);
      await using http = start(origin.program, origin.args);
      const server = netlabCommand(["socks", "--port", "0"]);
      await using proxy = start(server.program, server.args);
      const locked = netlabCommand(["socks", "--port", "0", "--user", "me:secret"]);
      await using closed = start(locked.program, locked.args);
      const [target, port] = [await http.port(), await proxy.port()];
      const page = ["curl", "-sS", "--noproxy", "*", "-m", "10", `http://203.0.113.1:${target}/`];
      const torsocks = `${folder}/torsocks.conf`;
      await Deno.writeTextFile(torsocks, `TorAddress 127.0.0.1\nTorPort ${port}\n`);
      const led = await runProgram("ip", inside("torsocks", page), { env: { TORSOCKS_CONF_FILE: torsocks } });
      assertEquals(led.stdout, "hi", led.stderr);
      await proxy.line(/socks5 CONNECT 203\.0\.113\.1:/);
      for (
        const [type, to, more] of [[4, proxy, ""], [5, closed, "default_user = me\ndefault_pass = secret\n"]] as const
      ) {
        const config = `${folder}/tsocks-${type}.conf`;
        await Deno.writeTextFile(
          config,
          `server = 127.0.0.1\nserver_port = ${await to.port()}\nserver_type = ${type}\n${more}`,
        );
        const led = await runProgram("ip", inside("tsocks", page), { env: { TSOCKS_CONF_FILE: config } });
        assertEquals(led.stdout, "hi", led.stderr);
        await to.line(new RegExp(`socks${type} CONNECT 203\\.0\\.113\\.1:`));
      }

      // Only what the user "nobody" sends is redirected, so that the proxy's own connections are not.
      const redirector = freePort();
      await ip(
        ...inside("iptables", ["-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-d", "203.0.113.1"]),
        ...["-m", "owner", "--uid-owner", "nobody", "-j", "REDIRECT", "--to-ports", `${redirector}`],
      );
      for (const type of ["socks4", "socks5", "http-connect", "http-relay"]) {
        const config = `${folder}/redsocks.conf`;
        await Deno.writeTextFile(
          config,
          `base { log_info = on; log = "stderr"; daemon = off; redirector = iptables; }\n` +
            `redsocks { local_ip = 127.0.0.1; local_port = ${redirector}; ip = 127.0.0.1; port = ${port}; type = ${type}; }\n`,
        );
        await using redsocks = start("redsocks", ["-c", config]);
        await redsocks.line(/redsocks started/);
        const { stdout, stderr } = await runProgram(
          "ip",
          inside("setpriv", ["--reuid=nobody", "--clear-groups", ...page]),
        );
        assertEquals(stdout, "hi", `${type}: ${stderr}`);
      }
      for (const way of ["socks4 CONNECT", "http CONNECT", "http HTTP"]) await proxy.line(new RegExp(`${way} 203`));
    } finally {
      await ip("netns", "del", space);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
