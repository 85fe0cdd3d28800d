// DNS through the UDP relay: the real dig, a real named on loopback, many clients at once.
import { assertEquals } from "@std/assert";
import { freePort, interop, Running, runProgram, startNetlab, which } from "../../helpers/netlab.ts";

/** A named with the zone `example.test` on a free port of loopback. */
async function startNamed(folder: string): Promise<{ server: Running; port: number }> {
  const port = freePort();
  await Deno.writeTextFile(
    `${folder}/zone`,
    "$TTL 60\n@ SOA ns admin 1 1 1 1 1\n@ NS ns\nns A 127.0.0.1\n" +
      Array.from({ length: 50 }, (_, n) => `host${n} A 192.0.2.${n}`).join("\n") + "\n",
  );
  await Deno.writeTextFile(
    `${folder}/named.conf`,
    `options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
      pid-file none; session-keyfile none; dnssec-validation no; };
     controls { };
     zone "example.test" { type primary; file "${folder}/zone"; };`,
  );
  const server = new Running(which("named")!, ["-g", "-c", `${folder}/named.conf`]);
  await server.line(/ running$/);
  return { server, port };
}

interop(
  "relay -x udp-listen,fork udp: carries dig's questions to named, 50 clients at once",
  ["dig", "named"],
  async () => {
    const folder = await Deno.makeTempDir();
    await Deno.chmod(folder, 0o755);
    const { server, port } = await startNamed(folder);
    try {
      await using program = startNetlab(["relay", "-x", "udp-listen:0,reuseaddr,fork", `udp:127.0.0.1:${port}`]);
      const relayPort = await program.port();
      const answers = await Promise.all(Array.from({ length: 50 }, async (_, n) => {
        const { stdout } = await runProgram("dig", [
          "@127.0.0.1",
          "-p",
          String(relayPort),
          "+short",
          `host${n}.example.test`,
        ]);
        return stdout.trim();
      }));
      assertEquals(answers, Array.from({ length: 50 }, (_, n) => `192.0.2.${n}`));
      await program.line(/ 07 65 78 61 6d 70 6c 65 04 74 65 73 74 00 00 01 00 01/);
    } finally {
      await server.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);
