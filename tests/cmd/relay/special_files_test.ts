// Files below /dev, which the runtime opens for nobody who gave up a permission: those that are opened late, too.
import { assert, assertEquals } from "@std/assert";
import { latin1 } from "../../../lib/base/bytes.ts";
import { startNetlab } from "../../helpers/netlab.ts";

/** Two connections of three octets each through a relay that runs in a folder below /dev/shm; the files there afterwards. */
async function filesAfter(...args: string[]): Promise<[name: string, octets: number][]> {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm" });
  try {
    {
      await using relay = startNetlab(["relay", ...args], { cwd: folder });
      const port = await relay.port();
      for (let i = 0; i < 2; i++) {
        using conn = await Deno.connect({ hostname: "127.0.0.1", port });
        await conn.write(latin1("abc"));
        await conn.closeWrite();
        await conn.read(new Uint8Array(10));
        await relay.lines(/octets sent/, i + 1);
      }
    }
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    return files.map((name) => [name.replace(/\d{4,}/, "PORT"), Deno.statSync(`${folder}/${name}`).size]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [what, args, files] of [
    ["an address", ["-u", "tcp-listen:0,fork", "open:out,creat,append"], [["out", 6]]],
    ["-r with variables", ["-r", "$SOCAT_PEERPORT", "tcp-listen:0,fork", "echo"], [["PORT", 3], ["PORT", 3]]],
  ] as const
) {
  Deno.test(
    `relay opens a file below /dev for each connection: ${what}`,
    { ignore: Deno.build.os !== "linux" },
    async () => {
      assertEquals(await filesAfter(...args), files.map(([name, octets]) => [name, octets]));
    },
  );
}

Deno.test("relay goes on in another --pcap file below /dev", { ignore: Deno.build.os !== "linux" }, async () => {
  const files = await filesAfter("--pcap", "c.pcapng", "--pcap-size", "100", "tcp-listen:0,fork", "echo");
  assert(files.length > 1, String(files));
});
