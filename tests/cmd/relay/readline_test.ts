// READLINE at a terminal, which is a pseudo-terminal of our own, and without one.
import { assert, assertEquals } from "@std/assert";
import { shellQuote } from "../../../lib/address/program/command_words.ts";
import { utf8 } from "../../../lib/base/bytes.ts";
import { openOne } from "../../helpers/endpoint.ts";
import { inFolder } from "../../helpers/files.ts";
import { needing, netlab, netlabCommand } from "../../helpers/netlab.ts";

/** Asks for a user and a password, then says what it is told. */
const ASKING = `printf 'hello\\nUser: '; read user; printf 'Password: '; read word; printf "$user $\{#word}\\n> "
while read line; do printf "said $line\\n> "; done`;

Deno.test({
  ...needing("relay READLINE edits lines, remembers them, and hides passwords", "Linux", "sh", "stty"),
  fn: () =>
    inFolder(async (folder) => {
      const run = (name: string, text: string) => Deno.writeTextFileSync(`${folder}/${name}`, text, { mode: 0o700 });
      run("asking", `#!/bin/sh\n${ASKING}\n`);
      const { program, args } = netlabCommand([
        ...["relay", `READLINE,history=${folder}/history,noecho=[Pp]assword:`, `EXEC:${folder}/asking`],
      ]);
      run("run", `#!/bin/sh\nexec ${[program, ...args].map(shellQuote).join(" ")}\n`);
      await using terminal = await openOne(`exec:${folder}/run,pty,setsid,ctty`);
      let seen = "";
      const view = new Uint8Array(1000), decoder = new TextDecoder();
      const until = async (text: string) => {
        while (!seen.includes(text)) {
          const count = await terminal.read(view);
          assert(count !== null, `The end came before "${text}": ${JSON.stringify(seen)}`);
          seen += decoder.decode(view.subarray(0, count));
        }
        const before = seen.slice(0, seen.indexOf(text) + text.length);
        seen = seen.slice(before.length);
        return before;
      };
      const type = (keys: string) => terminal.write(utf8(keys));
      await until("User: ");
      await type("anm\x7fn\r");
      await until("Password: ");
      await type("secret\r");
      assert(!(await until("ann 6")).includes("secret"));
      await until("> ");
      // The line before the password, once more.
      await type("\x1b[A\r");
      await until("said ann");
      await type("ac\x1b[Db\r");
      await until("said abc");
      await type("\x04");
      while (await terminal.read(view) !== null);
      assertEquals(await Deno.readTextFile(`${folder}/history`), "ann\nabc\n");
    }),
});

Deno.test({
  ...needing("relay READLINE without a terminal is standard input and output", "cat"),
  fn: async () => {
    const { status, stdout } = await netlab(["relay", "READLINE,prompt=p", "exec:cat"], { stdin: "as it is\n" });
    assertEquals([status, stdout], [0, "as it is\n"]);
  },
});
