import { assert, assertEquals, assertRejects } from "@std/assert";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { ask, assertLeavesNothing, openOne, testContext } from "../../../helpers/endpoint.ts";
import { inFolder } from "../../../helpers/files.ts";
import { which } from "../../../helpers/netlab.ts";
import { readText } from "../../../helpers/streams.ts";

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "PTY,link= is a terminal by a name: both ways, for one user after the other, no name left",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const link = `${folder}/modem`;
      const pty = await openOne(`pty,link=${link},raw,echo=0,mode=600`);
      assert(Deno.lstatSync(link).isSymlink);
      assertEquals(Deno.statSync(link).mode! & 0o777, 0o600);
      const device = await openOne(`${link},raw,echo=0`);
      await device.write(utf8("ATZ\r"));
      assertEquals(await readText(pty), "ATZ\r");
      await pty.write(utf8("OK\r\n"));
      assertEquals(await readText(device), "OK\r\n");
      await device.close();
      const next = readText(pty);
      Deno.writeTextFileSync(link, "once more");
      assertEquals(await next, "once more");
      const end = readText(pty);
      await pty.close();
      assertEquals(await end, null);
      assertEquals([...Deno.readDirSync(folder)], []);
    }),
});

Deno.test({
  name: "PTY passes on what a program wrote that opened the terminal and left at once",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const link = `${folder}/tty`;
      const pty = await openOne(`pty,link=${link},raw,echo=0`);
      Deno.writeTextFileSync(link, "hello");
      assertEquals(await readText(pty), "hello");
      await pty.close();
    }),
});

Deno.test({
  name: "PTY,wait-slave opens when somebody opens the terminal, and ends with the last who has it open",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const link = `${folder}/tty`;
      const context = testContext();
      const opening = openOne(`pty,link=${link},wait-slave,pty-interval=10ms`, context);
      while (!context.lines.some((line) => line.includes("PTY is"))) await new Promise((r) => setTimeout(r, 5));
      const device = await openOne(link);
      const pty = await opening;
      await device.write(utf8("bye"));
      await device.close();
      assertEquals([await readText(pty), await readText(pty)], ["bye", null]);
      await pty.close();
    }),
});

Deno.test({
  name: "PTY does not overwrite a file with its link",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/file`, "mine");
      await assertRejects(() => openOne(`pty,link=${folder}/file`), Error, "it exists and is no link");
      assertEquals(await Deno.readTextFile(`${folder}/file`), "mine");
    }),
});

Deno.test({
  name: "a hundred idle terminals keep nobody waiting",
  ignore,
  async fn() {
    const terminals = await Promise.all(Array.from({ length: 100 }, () => openOne("pty,raw,echo=0")));
    const pending = terminals.map((pty) => readText(pty));
    assertEquals((await Deno.readFile("/etc/hostname")).length > 0, true);
    const device = await openOne(terminals[50]!.about.label.replace("pty:", ""));
    await device.write(utf8("heard"));
    assertEquals(await pending[50], "heard");
    await device.close();
    for (const pty of terminals) await pty.close();
    await Promise.all(pending);
  },
});

Deno.test({
  name: "terminals leave nothing behind",
  ignore,
  fn: () =>
    inFolder((folder) =>
      assertLeavesNothing(100, async () => {
        const pty = await openOne(`pty,link=${folder}/tty`);
        const device = await openOne(`${folder}/tty`);
        const pending = [pty.read(new Uint8Array(1)), device.read(new Uint8Array(1))];
        await device.close();
        await pty.close();
        await Promise.all(pending);
      }, folder)
    ),
});

Deno.test({
  name: "a program's pseudo-terminal has the size and the name that are asked for, as long as it runs",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const link = `${folder}/tty`;
      const program = await openOne(
        `system:"stty size; readlink ${link} | grep -c /dev/",pty,winsz=132:43,link=${link}`,
      );
      let said = "";
      for (let more = await readText(program); more !== null; more = await readText(program)) said += more;
      assertEquals(said, "43 132\r\n1\r\n");
      await program.close();
      assertEquals([...Deno.readDirSync(folder)], []);
    }),
});

Deno.test({
  name: "a shell that edits lines hears of the end of what was typed before it had started",
  ignore: ignore || which("bash") === undefined,
  async fn() {
    const shell = "exec:bash --noprofile --norc -i,pty,setsid,ctty,stderr";
    assert(/^42/m.test(await ask(await openOne(shell), "echo $((6*7))\n")));
  },
});

Deno.test({
  name: "PTY takes what a pseudo-terminal cannot have, as a parity",
  ignore: ignore || which("stty") === undefined,
  async fn() {
    const pty = await openOne("pty,rawer,parenb,b115200");
    await pty.close();
  },
});
