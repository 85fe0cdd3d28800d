// Files below /dev, which the runtime opens for nobody who gave up a permission: a log and recordings that are opened late.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { latin1, latin1Text } from "../../../lib/base/bytes.ts";
import { startNetlab, tcpServer } from "../../helpers/netlab.ts";

const ignore = Deno.build.os !== "linux";

/** One CONNECT by HTTP to `port` and three octets there and back, to the end. */
async function once(proxy: number, port: number): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: proxy });
  await conn.write(latin1(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\nabc`));
  let text = "";
  const buffer = new Uint8Array(1000);
  while (!text.endsWith("abc")) text += latin1Text(buffer.subarray(0, (await conn.read(buffer)) ?? assert(false)!));
  await conn.closeWrite();
  assertEquals(await conn.read(buffer), null);
}

Deno.test(
  "socks: a log below /dev is opened anew on SIGHUP, and recordings go on in other files",
  { ignore },
  async () => {
    const folder = await Deno.makeTempDir({ dir: "/dev/shm" });
    try {
      {
        await using target = tcpServer(async (conn) => {
          const buffer = new Uint8Array(100);
          for (let count; (count = await conn.read(buffer)) !== null;) await conn.write(buffer.subarray(0, count));
        });
        const args = ["--port", "0", "--log", "json", "-lf", "log", "--pcap", "c.pcapng", "--pcap-size", "100"];
        await using proxy = startNetlab(["socks", ...args], { cwd: folder });
        const said = async (name: string, pattern: RegExp) => {
          for (;;) {
            const match = pattern.exec(await Deno.readTextFile(`${folder}/${name}`).catch(() => ""));
            if (match !== null) return match;
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
        };
        const port = Number((await said("log", /listening on [^"]*:(\d+)/))[1]);
        await once(port, target.port);
        await said("log", /"ended":"client"/);
        await Deno.rename(`${folder}/log`, `${folder}/old`);
        proxy.child.kill("SIGHUP");
        await said("log", /Reloaded/);
        await once(port, target.port);
        await said("log", /"ended":"client"/);
      }
      assertMatch(await Deno.readTextFile(`${folder}/old`), /^(?=[^]*listening)(?=[^]*"ended")(?![^]*Reloaded)/);
      const recordings = [...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith("c.pcapng"));
      assert(recordings.length > 1, String(recordings.length));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
