// Ten thousand clients that say half a greeting and no more, or as many as the system lets a process have.
import { assert, assertEquals } from "@std/assert";
import { startNetlab } from "../../helpers/netlab.ts";

const limits = Deno.build.os === "linux" ? await Deno.readTextFile("/proc/self/limits") : "";
const descriptors = Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? 0);
const COUNT = Math.min(10_000, descriptors - 500);

async function rssKib(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await Deno.readTextFile(`/proc/${pid}/status`))![1]);
}

Deno.test({
  name: "socks: 10,000 idle handshakes cost little, are ended in time, and give everything back",
  ignore: COUNT < 400,
  async fn() {
    await using proxy = startNetlab(["socks", "--port", "0", "--handshake-timeout", "4s"]);
    const port = await proxy.port();
    const open = () => Deno.connect({ hostname: "127.0.0.1", port });
    const half = Uint8Array.of(5, 2, 0);
    const before = await rssKib(proxy.child.pid);
    const clients: Deno.TcpConn[] = [];
    while (clients.length < COUNT) {
      const some = await Promise.all(Array.from({ length: Math.min(200, COUNT - clients.length) }, open));
      for (const client of some) await client.write(half);
      clients.push(...some);
    }
    {
      using client = await open();
      await client.write(Uint8Array.of(5, 1, 0));
      const answer = new Uint8Array(2);
      assertEquals(await client.read(answer), 2);
      assertEquals(answer, Uint8Array.of(5, 0));
    }
    const held = await rssKib(proxy.child.pid) - before;
    assert(held < 20 * COUNT, `${COUNT} handshakes took ${held} KiB`);
    for (const client of clients) {
      assertEquals(await client.read(new Uint8Array(1)), null);
      client.close();
    }
    // Memory is returned within seconds; how many depends on the machine.
    const enough = before + Math.max(16 * 1024, held / 3);
    let now = Infinity;
    for (let tries = 0; tries < 100 && now > enough; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      now = await rssKib(proxy.child.pid);
    }
    assert(now <= enough, `${before} KiB before, ${before + held} with ${COUNT} handshakes, ${now} after`);
  },
});
