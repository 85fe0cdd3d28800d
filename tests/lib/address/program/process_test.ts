import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { freePort, netlab, startNetlab } from "../../../helpers/netlab.ts";

const root = Deno.build.os === "linux" && Deno.uid() === 0;

/** What a server says to a client that says nothing. */
async function answerOf(port: number): Promise<string> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.closeWrite();
  return await new Response(conn.readable).text();
}

Deno.test({
  name: "su= on a listener: netlab becomes this user with all its threads, and so do the programs it runs",
  ignore: !root,
  async fn() {
    const command = 'system:"id -un; id -Gn; cat /proc/$PPID/task/*/status | grep ^Uid | sort -u | wc -l"';
    await using relay = startNetlab(["relay", "tcp-listen:0,fork,su=nobody", command]);
    const port = await relay.port();
    for (let i = 0; i < 2; i++) assertEquals(await answerOf(port), "nobody\nnogroup\n1\n");
  },
});

Deno.test({
  name: "chroot= and su-d= on a listener: files are those of the other root, proxies and TLS can still be loaded",
  ignore: !root,
  async fn() {
    const folder = Deno.makeTempDirSync();
    Deno.chmodSync(folder, 0o755);
    Deno.writeTextFileSync(`${folder}/inside`, "inside\n");
    await using relay = startNetlab([
      "relay",
      `tcp-listen:0,fork,chroot=${folder},su-d=nobody`,
      "open:/inside,rdonly",
    ]);
    const port = await relay.port();
    for (let i = 0; i < 2; i++) assertEquals(await answerOf(port), "inside\n");
    const dead = freePort();
    await using other = startNetlab([
      "relay",
      `tcp-listen:0,fork,chroot=${folder}`,
      `wss:127.0.0.1:1,via=socks5://127.0.0.1:${dead}`,
    ]);
    assertEquals(await answerOf(await other.port()), "");
    assertStringIncludes((await other.line(/no connection to the proxy/))[0], "no connection to the proxy");
    Deno.removeSync(folder, { recursive: true });
  },
});

Deno.test({
  name: "setpgid is taken with a value and without: the program leads a process group",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const places = "system:read pid name state parent group rest </proc/$$/stat; echo $((pid - group))";
    for (const word of ["setpgid", "setpgid=0", "pgid"]) {
      assertEquals((await netlab(["relay", "-U", "-", `${places},${word}`])).stdout, "0\n", word);
    }
  },
});

Deno.test("su= says which user it does not know, setsid works on any address", async () => {
  const unknown = await netlab(["relay", "text:x,su=no-such-user", "-"]);
  const words = Deno.build.os === "windows"
    ? 'netlab: Option "su" in address "text:x,su=no-such-user" does not exist here: ' +
      "netlab has no Unix users and groups on Windows\n"
    : 'netlab: Cannot open "text:x,su=no-such-user": Unknown user "no-such-user"\n';
  assertEquals([unknown.status, unknown.stderr], [2, words]);
  if (Deno.build.os !== "linux") return;
  const session = await netlab(["relay", "-u", "text:x,setsid", "-"]);
  assertEquals([session.status, session.stdout], [0, "x"]);
  // The program is a member of the session that netlab leads. In stat: parent, group, session.
  const child = await netlab(["relay", "-U", "-,setsid", "system:read a b c rest </proc/$$/stat; echo $rest"]);
  const [parent, group, leader] = child.stdout.split(" ");
  assert(Number(parent) > 1, child.stderr);
  assertEquals([group, leader], [parent, parent]);
});
