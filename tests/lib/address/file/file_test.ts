import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import { UsageError } from "../../../../lib/base/errors.ts";
import { utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { ask, assertLeavesNothing, openOne, readWhole, testContext } from "../../../helpers/endpoint.ts";
import { inFolder } from "../../../helpers/files.ts";
import { readAll } from "../../../helpers/streams.ts";

const write = () => testContext({ use: "write" });
const unix = Deno.build.os !== "windows";

async function put(address: string, text: string): Promise<void> {
  await using stream = await openOne(address, write());
  await stream.write(utf8(text));
}

Deno.test("OPEN reads, writes, appends, cuts, seeks", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    await put(`open:${path},creat`, "hello world");
    await put(`open:${path}`, "HE");
    assertEquals(await readWhole(`open:${path}`), "HEllo world");
    await put(`open:${path},append`, "!");
    await put(`open:${path},seek=6`, "W");
    assertEquals(await readWhole(`open:${path},seek=6`), "World!");
    assertEquals(await readWhole(`open:${path},seek=2,seek-cur=4`), "World!");
    assertEquals(await readWhole(`open:${path},seek-end=-1`), "!");
    assertEquals(await readWhole(`open:${path},seek-end`), "");
    await put(`open:${path},ftruncate=3`, "");
    assertEquals(await readWhole(path), "HEl");
    await put(`open:${path},seek-end=0,ftruncate=2`, "y");
    assertEquals(await readWhole(path), "HEy");
    await put(`create:${path}`, "new");
    await put(`open:${path},trunc,append`, "newer");
    assertEquals(await readWhole(`file:${path},readbytes=3`), "new");
  }));

Deno.test("OPEN both ways reads the file and writes behind what it has read", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    await Deno.writeTextFile(path, "abc");
    const stream = await openOne(`open:${path}`);
    assertEquals(utf8Text(await readAll(stream)), "abc");
    await stream.write(utf8("def"));
    await stream.close();
    assertEquals(await Deno.readTextFile(path), "abcdef");
  }));

Deno.test("a bare path that is only read must be there, but is made in socat's way", () =>
  inFolder(async (folder) => {
    const path = `${folder}/new`;
    await assertRejects(() => readWhole(path), Error, "Cannot open");
    assertEquals(await readWhole(path, testContext({ use: "read", compat: true })), "");
    assertEquals(await Deno.readTextFile(path), "");
    await assertRejects(
      () => readWhole(`${folder}/none/new`, testContext({ use: "read", compat: true })),
      Error,
      "Cannot open",
    );
  }));

Deno.test("a bare path creates, and appends to what is there", () =>
  inFolder(async (folder) => {
    await put(`${folder}/log`, "one\n");
    await put(`gopen:${folder}/log`, "two\n");
    assertEquals(await readWhole(`${folder}/log`), "one\ntwo\n");
  }));

Deno.test({
  name: "mode, umask and the unlink options do what they say",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/file`;
      await put(`open:${path},creat,mode=600`, "x");
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
      await put(`open:${path},perm-late=0640`, "x");
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o640);
      await put(`open:${path},perm-early=0644`, "x");
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o644);
      await put(`open:${path}2,creat,perm-early=0604`, "x");
      assertEquals(Deno.statSync(`${path}2`).mode! & 0o777, 0o604);
      Deno.removeSync(`${path}2`);
      await put(`open:${path},unlink-early,creat,umask=077`, "fresh");
      assertEquals([await Deno.readTextFile(path), Deno.statSync(path).mode! & 0o777], ["fresh", 0o600]);
      const late = await openOne(`open:${path},unlink-late`);
      assertEquals([...Deno.readDirSync(folder)], []);
      assertEquals(await ask(late, ""), "fresh");
      await put(`open:${path},creat,unlink-close`, "x");
      assertEquals([...Deno.readDirSync(folder)], []);
    }),
});

Deno.test("what cannot be opened is one clear line", () =>
  inFolder(async (folder) => {
    await assertRejects(
      () => openOne(`open:${folder}/none`),
      Error,
      `Cannot open "${folder}/none": ${unix ? "No such file" : ""}`,
    );
    await assertRejects(() => openOne(`open:${folder}`), Error, "Is a directory");
    await put(`open:${folder}/there,creat`, "");
    await assertRejects(() => openOne(`open:${folder}/there,creat,excl`), Error, "Cannot open");
    assertThrows(() => parseEndpoint("open:x,rdonly,wronly"), UsageError, "exclude each other");
    assertThrows(() => parseEndpoint("open:x,mode=9"), UsageError, "not a mode in octal");
    assertThrows(() => parseEndpoint("open:"), UsageError, `Cannot parse address "open:": a path is missing`);
  }));

Deno.test("ignoreeof follows a growing file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    await Deno.writeTextFile(path, "one\n");
    await using stream = await openOne(`open:${path},rdonly,ignoreeof`, testContext({ use: "read" }));
    const view = new Uint8Array(100);
    assertEquals(await stream.read(view), 4);
    const next = stream.read(view);
    await Deno.writeTextFile(path, "three\n", { append: true });
    assertEquals(await next, 6);
  }));

Deno.test({
  name: "locks keep a second opener out, until the first closes",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/file`;
      const first = await openOne(`open:${path},creat,flock-nb`);
      await assertRejects(() => openOne(`open:${path},flock-nb`), Error, "another program holds the lock");
      const waiting = openOne(`open:${path},flock`);
      await first.close();
      await (await waiting).close();
    }),
});

Deno.test({
  name: "shared locks keep out who wants the file for himself, by the runtime and by the C library",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      for (const more of ["", ",noatime"]) {
        const path = `${folder}/file${more}`.replace(",", "-");
        await using _first = await openOne(`open:${path},creat,flock-sh${more}`);
        await using _second = await openOne(`open:${path},flock-sh-nb${more}`);
        await assertRejects(() => openOne(`open:${path},flock-nb${more}`), Error, "another program holds the lock");
      }
    }),
});

Deno.test({
  name: "record locks of this process keep out another one, shared ones only who wants to write",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/file`;
      await put(path, "");
      const others = async (...options: string[]) => {
        const { stdout } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "--quiet", `${import.meta.dirname}/../../../helpers/try_lock.ts`, path, ...options],
        }).output();
        return new TextDecoder().decode(stdout).trimEnd().split("\n");
      };
      const taken = `Cannot lock "${path}": another program holds the lock`;
      for (
        const [held, ...outcomes] of [
          ["setlk", taken, taken],
          ["lock", taken, taken],
          ["setlk-rd", "locked", taken],
          ["setlkw-rd", "locked", taken],
        ] as const
      ) {
        await using _held = await openOne(`open:${path},${held}`);
        assertEquals(await others("setlk-rd", "setlk"), outcomes, held);
      }
    }),
});

Deno.test({
  name: "PIPE makes a FIFO, carries data and removes it",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/fifo`;
      const reader = await openOne(`pipe:${path},perm-early=606`, testContext({ use: "read" }));
      const info = Deno.statSync(path);
      assert(info.isFifo);
      assertEquals(info.mode! & 0o777, 0o606);
      const reading = readAll(reader);
      await put(path, "through the pipe");
      assertEquals(utf8Text(await reading), "through the pipe");
      await reader.close();
      await (await openOne(`pipe:${path},mode=600,unlink-close=0`)).close();
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
      Deno.removeSync(path);
      assertEquals([...Deno.readDirSync(folder)], []);
    }),
});

Deno.test({
  name: "a FIFO opened both ways is an echo; a pending read ends with close",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      const stream = await openOne(`pipe:${folder}/fifo`);
      await stream.write(utf8("echo"));
      const view = new Uint8Array(10);
      assertEquals(await stream.read(view), 4);
      const pending = stream.read(view);
      await stream.close();
      assertEquals(await pending, null);
    }),
});

Deno.test("PIPE and ECHO without a name give back what they are given", async () => {
  for (const address of ["pipe", "ECHO", "fifo"]) assertEquals(await ask(await openOne(address), "hi"), "hi");
});

Deno.test("SOCKETPAIR keeps boundaries, STALL and TEXT do what they say", async () => {
  await using pair = await openOne("socketpair");
  await pair.write(utf8("one"));
  await pair.write(utf8("two"));
  assertEquals([pair.kind, await pair.read(new Uint8Array(99))], ["datagrams", 3]);
  const stall = await openOne("stall");
  const read = stall.read(new Uint8Array(1));
  await stall.close();
  assertEquals(await read, null);
  assertEquals(await ask(await openOne("text:a\\nb"), ""), "a\nb");
});

Deno.test({
  name: "files, FIFOs and devices leave nothing behind",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const file = `${folder}/file`;
      await put(`open:${file},creat`, "abc");
      await assertLeavesNothing(150, async () => {
        assertEquals(await readWhole(file), "abc");
        await (await openOne(`open:${folder}/temporary,creat,unlink-close`)).close();
        await (await openOne(`open:${file},noatime,sync`)).close();
      }, folder);
      await assertLeavesNothing(150, async () => {
        const pipe = await openOne(`pipe:${folder}/fifo`);
        const pending = pipe.read(new Uint8Array(1));
        await pipe.close();
        await pending;
      }, folder);
      await assertLeavesNothing(50, async () => assertEquals((await readWhole("/dev/zero,readbytes=9")).length, 9));
    }),
});

/** Whether the file system of temporary files can be read past the cache. */
function readsDirectly(): boolean {
  if (Deno.build.os !== "linux") return false;
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, "x");
    return new Deno.Command("dd", { args: [`if=${path}`, "of=/dev/null", "iflag=direct"], stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test({
  name: "OPEN with o-direct reads a file of any size, past the cache",
  ignore: !readsDirectly(),
  async fn() {
    const path = await Deno.makeTempFile();
    try {
      for (const size of [0, 1, 4096, 70_001]) {
        await Deno.writeTextFile(path, "x".repeat(size));
        assertEquals((await readWhole(`open:${path},rdonly,o-direct`)).length, size);
      }
    } finally {
      await Deno.remove(path);
    }
  },
});

Deno.test("GOPEN,o-append=0 writes over the beginning; CREATE that is only read empties nothing", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    await put(`open:${path},creat`, "aaaa");
    await put(`gopen:${path},o-append=0`, "bb");
    assertEquals(await readWhole(path), "bbaa");
    await put(`gopen:${path}`, "c");
    await assertRejects(() => openOne(`create:${path}`, testContext({ use: "read" })), Error, "CREATE is for writing");
    assertEquals(await readWhole(path), "bbaac");
  }));
