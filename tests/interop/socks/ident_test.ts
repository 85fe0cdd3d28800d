// `--ident` against a real identd, in a network namespace of its own, as port 113 is one for the whole host.
import { assertEquals } from "@std/assert";
import { canMakeNamespace, ip } from "../../helpers/namespaces.ts";
import { netlabCommand, Running, runProgram, which } from "../../helpers/netlab.ts";

const space = `netlab-i${Deno.pid}`;
const absent = ["ip", "oidentd", "curl", "setpriv"].filter((program) => which(program) === undefined);
const able = absent.length === 0 && await canMakeNamespace(space);

Deno.test({
  name: `socks --ident: a real identd${
    able ? "" : ` [needs root, ${["ip", "oidentd", "curl", "setpriv"].join(", ")}]`
  }`,
  ignore: !able,
  async fn() {
    const inside = (program: string, args: readonly string[]) => ["netns", "exec", space, program, ...args];
    const start = (program: string, args: readonly string[]) => new Running("ip", inside(program, args));
    await ip("netns", "add", space);
    try {
      await ip("-n", space, "link", "set", "lo", "up");
      const origin = netlabCommand(["relay", "tcp-listen:0,fork", "system:'printf \"HTTP/1.0 200 OK\\r\\n\\r\\nhi\"'"]);
      await using http = start(origin.program, origin.args);
      const server = netlabCommand(["socks", "--port", "0", "--ident"]);
      await using proxy = start(server.program, server.args);
      const [target, port] = [await http.port(), await proxy.port()];
      /** What curl says when it runs as `user` and calls itself `id`: the answer, or the code of SOCKS 4. */
      const ask = async (user: string, id: string, flag = "--socks4") => {
        const { stdout, stderr } = await runProgram(
          "ip",
          inside("setpriv", [
            ...[`--reuid=${user}`, "--clear-groups", "curl", "-sS", "--noproxy", "", "-m", "10"],
            ...[flag, `${id}@127.0.0.1:${port}`, `http://127.0.0.1:${target}/`],
          ]),
        );
        return stdout !== "" ? stdout : /\((9\d)\), /.exec(stderr)?.[1] ?? stderr;
      };
      {
        await using _identd = start(which("oidentd")!, ["--foreground", "--nosyslog", "--user", "0", "--group", "0"]);
        // Until the identd answers nobody is known: 92.
        for (let tries = 0; await ask("root", "root") === "92" && tries < 100; tries++);
        assertEquals(await ask("root", "root"), "hi");
        assertEquals(await ask("nobody", "nobody", "--socks4a"), "hi");
        assertEquals(await ask("root", "nobody"), "93");
        assertEquals(await ask("nobody", "root"), "93");
      }
      assertEquals(await ask("root", "root"), "92");
    } finally {
      await ip("netns", "del", space);
    }
  },
});
