// What is carried where little is carried, and what is refused rather than lost.
import { assertEquals, assertMatch } from "@std/assert";
import { needing, netlab, netlabCommand, runProgram, startNetlab, tcpServer } from "../../helpers/netlab.ts";

Deno.test("relay -u says that what it carries would be lost in what is opened for reading alone", async () => {
  const file = await Deno.makeTempFile();
  try {
    for (const address of ["STDIN", `open:${file},rdonly`]) {
      const { status, stderr } = await netlab(["relay", "-u", "-", address], { stdin: "lost" });
      assertEquals(status, 1, address);
      assertMatch(stderr, /Nothing can be written to it: it was opened for reading alone/, address);
      const back = await netlab(["relay", "-U", address, "-"], { stdin: "lost" });
      assertEquals(back.status, 1, address);
      // Where nothing comes nothing is lost.
      assertEquals((await netlab(["relay", "-u", "-", address])).status, 0, address);
    }
    const { status, stderr } = await netlab(["relay", "--compat", "-u", "-", `open:${file},rdonly`], { stdin: "lost" });
    assertEquals(status, 1);
    assertMatch(stderr, /socat\[\d+\] E write\(5\): Bad file descriptor/);
    assertEquals((await netlab(["relay", "-", `open:${file},rdonly`], { stdin: "x" })).status, 0);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("relay -t 0 carries what is there, though the other side has nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (let i = 0; i < 5; i++) {
      const file = `${folder}/${i}`;
      const { status } = await netlab(["relay", "-t", "0", "-", `open:${file},creat,append`], { stdin: "kept\n" });
      assertEquals([status, await Deno.readTextFile(file)], [0, "kept\n"]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  ...needing("relay -u opens of READ!!WRITE the half that it uses, and no program takes its input", "cat"),
  fn: async () => {
    const file = await Deno.makeTempFile();
    try {
      const { stdout, status } = await netlab(["relay", "-u", "-", "exec:cat!!exec:cat"], { stdin: "all of it" });
      assertEquals([status, stdout], [0, "all of it"]);
      await netlab(["relay", "-u", `open:${file}!!open:${file}.none,creat`, "-"]);
      assertEquals(await Deno.stat(`${file}.none`).catch(() => "none"), "none");
    } finally {
      await Deno.remove(file);
    }
  },
});

Deno.test({
  ...needing("relay takes no name that is not UTF-8 for another one", "Linux", "printf", "sh"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const { program, args } = netlabCommand(["relay", "-u", "-"]);
      const { status, stderr } = await runProgram("sh", [
        ...["-c", 'exec "$@" "create:$(printf \'n\\351x\')"', "sh", program, ...args],
      ], { stdin: "x", cwd: folder });
      assertEquals([status, [...Deno.readDirSync(folder)].length], [2, 0]);
      assertMatch(stderr, /"create:n.x" is not UTF-8/);
    } finally {
      await Deno.remove(folder);
    }
  },
});

Deno.test("relay does not wait for ever for who is not told of the end (end-close)", async () => {
  await using server = tcpServer(async (conn) => {
    await conn.write(new TextEncoder().encode("answer"));
    // Until netlab has closed, as nothing else says so.
    for (const view = new Uint8Array(99); await conn.read(view) !== null;);
    conn.close();
  });
  const { status, stdout } = await netlab(["relay", "-", `tcp:127.0.0.1:${server.port},end-close`], { stdin: "ask" });
  assertEquals([status, stdout], [0, "answer"]);
});

Deno.test({
  ...needing("relay ends with the program that takes its data, though more could come", "sh"),
  fn: async () => {
    const program = "SYSTEM:read line; exit";
    for (
      const [args, status] of [
        [["-u", "-", `${program} 0`], 0],
        [["-U", `${program} 5`, "-"], 5],
        [[`PIPE!!${program} 6`, "-"], 6],
        [["--compat", "-u", "-", `${program} 7`], 1],
      ] as const
    ) {
      await using relay = startNetlab(["relay", ...args], { stdin: "piped" });
      const writer = relay.child.stdin.getWriter();
      await writer.write(new TextEncoder().encode("a line\n"));
      // Standard input stays open.
      assertEquals((await relay.end()).status, status, args.join(" "));
      await writer.close().catch(() => {});
    }
  },
});

Deno.test({
  ...needing(
    "relay tells the end a few times to a program that takes keys as they are, and waits for no answer",
    "Linux",
    "sh",
    "stty",
  ),
  fn: async () => {
    // What it is told it says again: told again for ever, it would never be silent.
    const program = `system:stty raw -echo; echo ready; exec cat,pty`;
    const { status, stdout } = await netlab(["relay", "--compat", "/dev/null!!-", program]);
    assertEquals([status, stdout.replace(/\r/g, "").split("\n")[0]], [0, "ready"]);
  },
});
