import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import { UsageError } from "../../../../lib/base/errors.ts";
import { utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { failedChild } from "../../../../lib/stream/child.ts";
import { ask, assertLeavesNothing, openOne, readWhole, testContext } from "../../../helpers/endpoint.ts";
import { needLibc } from "../../../../lib/stream/libc/libc.ts";
import { programPipe } from "../../../../lib/stream/libc/pipe.ts";
import { netlab, which } from "../../../helpers/netlab.ts";
import { readAll } from "../../../helpers/streams.ts";

const ignore = Deno.build.os === "windows";
const linux = Deno.build.os === "linux";

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

test("EXEC runs a program, SYSTEM and SHELL a command", async () => {
  assertEquals(await ask(await openOne("exec:cat"), "hi"), "hi");
  assertEquals(await readWhole(`exec:printf <%s> \\"a  b\\" c`), "<a  b><c>");
  assertEquals(await ask(await openOne("system:tr a-z A-Z | rev"), "abc\n"), "CBA\n");
  assertEquals(await readWhole("shell:echo $0,shell=/bin/sh"), "sh\n");
});

test("a program is told of the connection that it serves", async () => {
  const other = { label: "tcp", local: { host: "127.0.0.1", port: 1 }, remote: { host: "127.0.0.2", port: 2 } };
  const said = await readWhole("system:echo $SOCAT_PEERADDR $NETLAB_PEERPORT $SOCAT_SOCKPORT", testContext({ other }));
  assertEquals(said, "127.0.0.2 2 1\n");
});

test("a program that takes nothing is ended while a write to it is under way", async () => {
  const program = await openOne("exec:sleep 60");
  const writing = program.write(new Uint8Array(1024 * 1024)).catch(() => {});
  const start = performance.now();
  await program.close();
  await writing;
  assert(performance.now() - start < 30_000);
});

test("stderr, chdir, path, fdin and fdout, login, umask", async () => {
  assertEquals(await readWhole("system:echo out; echo err >&2,stderr"), "out\nerr\n");
  assertEquals(await readWhole("exec:pwd,chdir=/"), "/\n");
  assertMatch(await readWhole("system:echo $PATH,path=/bin:/usr/bin"), /^\/bin:\/usr\/bin\n$/);
  assertEquals(await ask(await openOne("system:cat <&3 >&4,fdin=3,fdout=4"), "moved"), "moved");
  assertEquals(await readWhole("system:umask,umask=027"), "0027\n");
  if (linux) assertEquals(await readWhole(`exec:bash -c \\"echo \\\\\\$0\\",login`), "-bash\n");
});

Deno.test({
  name: "EXEC with chroot= has the group of setgid=, with and without a user",
  ignore: !linux || Deno.uid() !== 0,
  fn: async () => {
    const ids = (options: string) => readWhole(`system:id -u; id -g; id -G,${options}`);
    assertEquals(await ids("chroot=/,setgid=1"), "0\n1\n1\n");
    assertEquals(await ids("chroot=/,su=nobody,setgid=1"), "65534\n1\n1\n");
    assertEquals(await ids("chroot=/,su=nobody"), await ids("su=nobody"));
  },
});

Deno.test({
  name: "su runs it as another user",
  ignore: !linux || Deno.uid() !== 0,
  async fn() {
    assertMatch(await readWhole("exec:id,su=nobody"), /^uid=\d+\(nobody\)/);
    assertEquals(await readWhole("system:echo $LOGNAME,su=nobody"), "nobody\n");
    await assertRejects(() => openOne("exec:id,su=no-such-user"), Error, 'Unknown user "no-such-user"');
  },
});

test("a program that cannot be run is one clear line", async () => {
  await assertRejects(() => openOne("exec:/no/such"), Error, 'Cannot run "/no/such": No such file or directory');
  await assertRejects(() => openOne("exec:no-such-program x"), Error, 'Cannot run "no-such-program": No such file');
  await assertRejects(() => openOne("exec:/etc/passwd"), Error, 'Cannot run "/etc/passwd": Permission denied');
  assertThrows(() => parseEndpoint("exec:"), UsageError, "a command is missing");
  assertThrows(() => parseEndpoint("exec:cat,raw"), UsageError, 'need the option "pty"');
  assertThrows(() => parseEndpoint("exec:cat,stdrr"), UsageError, 'did you mean "stderr"');
});

test("a program that fails is remembered and logged; one that is ended is not", async () => {
  const context = testContext({ use: "read" });
  assertEquals(await readWhole("system:echo before; exit 7", context), "before\n");
  assertEquals(failedChild()?.code, 7);
  assertMatch(context.lines.join(""), /E "system:echo before; exit 7" \(process \d+\) exited with status 7/);
  const compat = testContext({ compat: true });
  await readWhole("system:exit 3", compat);
  assertMatch(compat.lines.join(""), /W waitpid\(\): child \d+ exited with status 3/);
  await (await openOne("exec:sleep 100")).close();
  assertEquals(failedChild()?.code, 3);
});

test("a program that closes its input early breaks the pipe, and still says what it has to say", async () => {
  await using stream = await openOne("system:exec 0<&-; echo early");
  const reading = readAll(stream);
  await assertRejects(async () => {
    for (let i = 0; i < 1000; i++) await stream.write(new Uint8Array(65536));
  });
  assertEquals(utf8Text(await reading), "early\n");
});

test("with one half in use the other is netlab's own, and a program that takes its time is waited for", async () => {
  const folder = await Deno.makeTempDir();
  const stream = await openOne(
    `system:cat > ${folder}/slow; sleep 0.3; echo done >> ${folder}/slow`,
    testContext({ use: "write" }),
  );
  await stream.write(utf8("data\n"));
  await stream.closeWrite();
  await stream.close();
  assertEquals(await Deno.readTextFile(`${folder}/slow`), "data\ndone\n");
  const full = await openOne(
    `system:exec 0<&-; sleep 0.3; echo done > ${folder}/full`,
    testContext({ use: "write" }),
  );
  await assertRejects(async () => {
    for (;;) await full.write(new Uint8Array(65536));
  });
  await full.close();
  assertEquals(await Deno.readTextFile(`${folder}/full`), "done\n");
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "no process of a program survives, not even one that ignores SIGTERM",
  ignore: !linux,
  async fn() {
    const stream = await openOne(`system:sleep 1000 & trap \\'\\' TERM; echo $$ $!; read x; sleep 1000`);
    const view = new Uint8Array(100);
    const pids = utf8Text(view.subarray(0, (await stream.read(view))!)).trim().split(" ").map(Number);
    assertEquals(pids.length, 2);
    await stream.close();
    for (const pid of pids) {
      let state = "gone";
      try {
        state = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "")[0]!;
      } catch {
        // Gone.
      }
      assert(state === "gone" || state === "Z", `process ${pid} is in state ${state}`);
    }
  },
});

Deno.test({
  name: "EXEC,pty talks by a terminal that controls the program; ^D is end-of-file",
  ignore: !linux,
  async fn() {
    const told = await readWhole(
      "system:tty; read a b c d e f device rest </proc/$$/stat; echo $device,pty",
      testContext(),
    );
    const [, name, device] = /^\/dev\/pts\/(\d+)\r\n(\d+)\r\n$/.exec(told)!;
    // Its number as proc(5) has it: major 136 and minor, whose upper bits stand above.
    assertEquals(Number(device), (136 << 8) | (Number(name) & 0xff) | (Number(name) >> 8 << 20));
    assertEquals(await ask(await openOne("exec:cat,pty"), "a\nb\n"), "a\r\nb\r\na\r\nb\r\n");
    assertEquals(await readWhole("system:test -t 2 && echo terminal,pty,stderr,raw"), "terminal\n");
    const stream = await openOne("exec:cat,pty,raw,echo=0");
    await stream.write(utf8("x\n"));
    const view = new Uint8Array(10);
    assertEquals(utf8Text(view.subarray(0, (await stream.read(view))!)), "x\n");
    await stream.close();
  },
});

Deno.test({
  name: "EXEC,pty of one direction: the program has the terminal on the side that is used, our own on the other",
  ignore: !linux,
  async fn() {
    const apart = '[ "$(readlink /proc/$$/fd/0)" != "$(readlink /proc/$$/fd/1)" ]';
    assertEquals(await readWhole(`system:'test -t 1 && ${apart} && echo output',pty,raw`), "output\n");
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/said`;
      const stream = await openOne(`system:test -t 0 && cat > ${path},pty,echo=0`, testContext({ use: "write" }));
      await stream.write(utf8("input\n"));
      await stream.closeWrite();
      await stream.close();
      assertEquals(await Deno.readTextFile(path), "input\n");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "programs leave nothing behind",
  ignore: !linux,
  async fn() {
    await assertLeavesNothing(30, async () => {
      await (await openOne("exec:sleep 100")).close();
      assertMatch(await readWhole("exec:tty,pty", testContext()), /pts/);
    });
  },
});

Deno.test({
  name: "fdin and fdout leave standard input and output to the program as they are, su and pty go together",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const script = "system:while read l; do echo asked $l >&4; read r <&3; echo heard $r; done,fdin=3,fdout=4";
    const mail = await netlab(["relay", script, "exec:cat"], { stdin: "one\ntwo\n" });
    assertEquals(mail.stdout, "heard asked one\nheard asked two\n");
    const useless = await netlab(["relay", "-u", "text:x", "exec:cat,fdout=3"]);
    assertEquals(useless.status, 2);
    assertStringIncludes(useless.stderr, 'Option "fdout" is useless');
    if (Deno.uid() !== 0) return;
    const nobody = await netlab(["relay", "-u", "exec:id -un,su=nobody,pty", "-"]);
    assertEquals(nobody.stdout.trim(), "nobody");
    const piped = await netlab(["relay", "-u", "system:id -un >&3,su=nobody,fdout=3", "-"]);
    assertEquals(piped.stdout, "nobody\n");
  },
});

Deno.test({
  name: "so-type= talks to a program by sockets, which keep boundaries, and hears of its end",
  ignore: Deno.build.os !== "linux" || which("bash") === undefined,
  async fn() {
    const view = new Uint8Array(100);
    for (const [type, first] of [[1, undefined], [2, 3], [5, 3]] as const) {
      await using stream = await openOne(`exec:cat,so-type=${type}`);
      await stream.write(utf8("one"));
      await stream.write(utf8("two"));
      let got = (await stream.read(view))!;
      if (first !== undefined) assertEquals(got, first);
      while (got < 6) got += (await stream.read(view))!;
      assertEquals(got, 6);
      if (type !== 2) {
        await stream.closeWrite();
        assertEquals(await stream.read(view), null);
      }
    }
    await using over = await openOne("exec:printf end,so-type=2");
    assertEquals([await over.read(view), await over.read(view)], [3, null]);
  },
});

Deno.test({
  name: "f-setpipe-sz= sets the buffers of pipes: of programs, of FIFOs; what is no pipe says so",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const size = 256 * 1024, F_GETPIPE_SZ = 1032;
    const { call } = needLibc("This test");
    for (const way of ["to", "from"] as const) {
      const { stream, other } = programPipe(way, "test", { owner: undefined, size });
      assertEquals(call.fcntl_number(other, F_GETPIPE_SZ, 0), size);
      call.close(other);
      await stream.close();
    }
    const folder = await Deno.makeTempDir();
    try {
      await using fifo = await openOne(`pipe:${folder}/fifo,f-setpipe-sz=256k`);
      // More than the usual 64 KiB is taken with nobody reading.
      await fifo.write(new Uint8Array(size));
      await assertRejects(() => openOne(`create:${folder}/file,f-setpipe-sz=256k`), Error, "Bad file descriptor");
      await using program = await openOne("exec:cat,f-setpipe-sz=256k");
      assertEquals(await ask(program, "x"), "x");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "a program that has closed its output is given a moment to end by itself, and its status counts",
  ignore,
  async fn() {
    const context = testContext();
    const stream = await openOne("system:exec >&-; sleep 0.2; exit 3", context);
    assertEquals(await stream.read(new Uint8Array(1)), null);
    await stream.close();
    assertMatch(context.lines.join(""), /exited with status 3/);
  },
});
