// The same command lines given to socat and to netlab: what arrives, what is dumped, how it ends.
import { assertEquals } from "@std/assert";
import {
  freePort,
  interop,
  listening,
  LOOPBACKS,
  netlab,
  type Outcome,
  Running,
  runProgram,
  startNetlab,
  tcpServer,
  which,
} from "../../helpers/netlab.ts";

const socat = which("socat") ?? "socat";

/** Dump headers of Debian's socat have nine digits where 1.8.1 and netlab have six: both are masked. */
const masked = (text: string) => text.replace(/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d+/g, "TIME");

const ALL = new Uint8Array(256).map((_, i) => i);
const LINES = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n\ttab\x07\b\v\fend \\ without line feed");
const LARGE = new Uint8Array(100_000).map((_, i) => (i * 7 + (i >> 8)) & 0xff);

async function both(args: readonly string[], stdin: Uint8Array): Promise<[Outcome, Outcome]> {
  const ours = await netlab(["relay", "-d0", ...args], { stdin });
  const theirs = await runProgram(socat, args, { stdin });
  return [ours, theirs];
}

for (const flags of [["-v"], ["-x"], ["-v", "-x"], ["-x", "-v", "-b", "100"], ["-v", "-b3"]]) {
  for (const [name, data] of [["all octets", ALL], ["lines", LINES], ["100,000 octets", LARGE]] as const) {
    if (data === LARGE && flags.includes("-b3")) continue;
    interop(`dump ${flags.join(" ")} of ${name} is socat's, octet for octet`, ["socat"], async () => {
      // From a file, so that both read the same blocks.
      const file = await Deno.makeTempFile();
      try {
        await Deno.writeFile(file, data);
        const args = [...flags, "-u", "-", "STDOUT"];
        const run = async (program: string, before: string[]) => {
          const stdin = await Deno.open(file);
          const child = new Deno.Command("/bin/sh", {
            args: ["-c", 'exec "$0" "$@" < "$INPUT"', program, ...before, ...args],
            env: { INPUT: file },
            stdout: "piped",
            stderr: "piped",
            stdin: "null",
          });
          stdin.close();
          return await child.output();
        };
        const ours = await run(Deno.execPath(), [
          "run",
          "-A",
          "-q",
          `${import.meta.dirname}/../../../main.ts`,
          "relay",
          "-d0",
        ]);
        const theirs = await run(socat, []);
        const text = (bytes: Uint8Array) => masked(new TextDecoder("latin1").decode(bytes));
        assertEquals(ours.stdout, theirs.stdout);
        assertEquals(text(ours.stderr), text(theirs.stderr));
      } finally {
        await Deno.remove(file);
      }
    });
  }
}

interop("dump of both directions through an echo is socat's", ["socat"], async () => {
  for (const flags of [["-v"], ["-x"], ["-v", "-x"]]) {
    const [ours, theirs] = await both([...flags, "-", "PIPE"], LINES);
    assertEquals([ours.status, ours.stdout, masked(ours.stderr)], [
      theirs.status,
      theirs.stdout,
      masked(theirs.stderr),
    ]);
  }
});

interop("line endings change as socat changes them, and the dump shows the same side of it", ["socat"], async () => {
  await using echo = tcpServer(async (conn) => {
    const buffer = new Uint8Array(4096);
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) return;
      for (let at = 0; at < count;) at += await conn.write(buffer.subarray(at, count));
    }
  });
  const text = new TextEncoder().encode("one\ntwo\r\nthree\rfour\n");
  for (
    const [left, right] of [["-", ",crnl"], ["-,crnl", ""], ["-", ",cr"], ["-,cr", ",crnl"], ["-,crnl", ",cr"], [
      "-,crnl",
      ",crnl",
    ]]
  ) {
    const [ours, theirs] = await both(["-v", left!, `TCP:127.0.0.1:${echo.port}${right}`], text);
    assertEquals([ours.stdout, masked(ours.stderr)], [theirs.stdout, masked(theirs.stderr)], `${left} ${right}`);
  }
});

interop("socat and netlab talk to each other over TCP and UDP in every role", ["socat"], async () => {
  const listeners: [string, (port: number) => string][] = [
    ["TCP4-LISTEN", (port) => `TCP4:127.0.0.1:${port}`],
    ["TCP6-LISTEN", (port) => `TCP6:[::1]:${port}`],
    ["UDP4-LISTEN", (port) => `UDP4:127.0.0.1:${port}`],
    ["UDP4-RECVFROM", (port) => `UDP4-SENDTO:127.0.0.1:${port}`],
    ["UDP6-LISTEN", (port) => `UDP6:[::1]:${port}`],
  ];
  for (const [listen, connect] of listeners) {
    const bind = listen.includes("6") ? "::1" : "127.0.0.1";
    if (!LOOPBACKS.includes(bind)) continue;
    {
      // netlab listens, socat connects.
      await using program = startNetlab(["relay", `${listen}:0,bind=${bind === "::1" ? "[::1]" : bind}`, "ECHO"]);
      const port = await program.port();
      const { stdout } = await runProgram(socat, ["-t1", "-", connect(port)], { stdin: "hello" });
      assertEquals(stdout, "hello", `netlab ${listen}`);
    }
    {
      // socat listens, netlab connects.
      const port = freePort();
      await using program = new Running(socat, [
        "-d",
        "-d",
        `${listen}:${port},bind=${bind === "::1" ? "[::1]" : bind}`,
        "PIPE",
      ]);
      if (listen.startsWith("TCP")) await program.line(/listening on/);
      else {for (let tries = 0; tries < 100 && !(await bound(port)); tries++) {
          await new Promise((r) => setTimeout(r, 20));
        }}
      const { stdout } = await netlab(["relay", "-t1", "-", connect(port)], { stdin: "hello" });
      assertEquals(stdout, "hello", `socat ${listen}`);
    }
  }
});

/** Whether a UDP socket is bound to the port. */
async function bound(port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const tables = await Promise.all(["udp", "udp6"].map((name) => Deno.readTextFile(`/proc/net/${name}`)));
  return tables.some((table) => table.includes(`:${hex} `));
}

interop(
  "socat's -T, readbytes, null-eof, connect-timeout and refusals end with the same status",
  ["socat"],
  async () => {
    const dead = freePort();
    for (
      const args of [
        ["-u", "-,readbytes=5", "STDOUT"],
        ["-", `TCP:127.0.0.1:${dead}`],
        ["-", "TCP:127.0.0.1"],
        ["-", "NOSUCH:1"],
        ["-", `TCP:127.0.0.1:${dead},nosuchoption`],
        ["-", `TCP:127.0.0.1:${dead},retry=2,interval=0.01`],
      ]
    ) {
      const [ours, theirs] = await both(args, LINES);
      assertEquals(ours.stdout, theirs.stdout, args.join(" "));
      assertEquals(ours.status === 0, theirs.status === 0, args.join(" "));
    }
  },
);

interop("curl through the relay gets the page, and the dump shows the request", ["curl"], async () => {
  await using server = tcpServer(async (conn) => {
    await conn.read(new Uint8Array(4096));
    await conn.write(
      new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"),
    );
  });
  await using program = startNetlab(["relay", "-v", "tcp-listen:0,reuseaddr,fork", `tcp:localhost:${server.port}`]);
  const port = await program.port();
  const { stdout, status } = await runProgram("curl", ["-sS", `http://localhost:${port}/path`]);
  assertEquals([status, stdout], [0, "hello\n"]);
  await program.line(/^GET \/path HTTP\/1\.1\\r$/);
  await program.line(/^HTTP\/1\.1 200 OK\\r$/);
  await listening(port);
});
