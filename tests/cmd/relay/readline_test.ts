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

/** A terminal at which `relay READLINE,OPTIONS` talks with a script, and what there is to see at it. */
async function atTerminal(folder: string, options: string, script: string) {
  const run = (name: string, text: string) => Deno.writeTextFileSync(`${folder}/${name}`, text, { mode: 0o700 });
  run("peer", `#!/bin/sh\n${script}\n`);
  const { program, args } = netlabCommand(["relay", `READLINE${options}`, `EXEC:${folder}/peer`]);
  run("run", `#!/bin/sh\nexec ${[program, ...args].map(shellQuote).join(" ")} 2>&1\n`);
  const terminal = await openOne(`exec:${folder}/run,pty,setsid,ctty`);
  let seen = "";
  const view = new Uint8Array(65536), decoder = new TextDecoder();
  return {
    /** All up to `text`; what follows is for the next call. */
    async until(text: string) {
      while (!seen.includes(text)) {
        const count = await terminal.read(view);
        assert(count !== null, `The end came before "${text}": ${JSON.stringify(seen.slice(-1000))}`);
        seen += decoder.decode(view.subarray(0, count));
      }
      const before = seen.slice(0, seen.indexOf(text) + text.length);
      seen = seen.slice(before.length);
      return before;
    },
    async rest() {
      for (let count; (count = await terminal.read(view)) !== null;) seen += decoder.decode(view.subarray(0, count));
      return seen;
    },
    type: (keys: string) => terminal.write(utf8(keys)),
    [Symbol.asyncDispose]: () => terminal.close(),
  };
}

Deno.test({
  ...needing("relay READLINE edits lines, remembers them, and hides passwords", "Linux", "sh", "stty"),
  fn: () =>
    inFolder(async (folder) => {
      const options = `,history=${folder}/history,noecho=[Pp]assword:`;
      await using terminal = await atTerminal(folder, options, ASKING);
      const { until, type, rest } = terminal;
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
      await rest();
      assertEquals(await Deno.readTextFile(`${folder}/history`), "ann\nabc\n");
    }),
});

Deno.test({
  ...needing("relay READLINE shows nothing of a password while the peer talks on", "Linux", "sh", "stty", "mkfifo"),
  fn: () =>
    inFolder(async (folder) => {
      // The peer goes on when it is told so, with half of the password typed.
      await new Deno.Command("mkfifo", { args: [`${folder}/go`] }).output();
      const script = `printf 'Password: '; read go <${folder}/go; printf '\\nnews\\nmore\\n'; read go <${folder}/go
printf 'Password: '; read word; echo "\${#word} octets"`;
      await using terminal = await atTerminal(folder, ",noecho=Password:", script);
      await terminal.until("Password: ");
      await terminal.type("hid");
      await Deno.writeTextFile(`${folder}/go`, "\n");
      const first = await terminal.until("more");
      await terminal.type("den");
      await Deno.writeTextFile(`${folder}/go`, "\n");
      const second = await terminal.until("Password: ");
      await terminal.type("\r");
      const seen = first + second + await terminal.rest();
      assert(!/hid|den/.test(seen), seen);
      assert(seen.includes("6 octets"), seen);
    }),
});

Deno.test({
  ...needing("relay READLINE shows words without an end of line once, however many there are", "Linux", "sh", "head"),
  fn: () =>
    inFolder(async (folder) => {
      const script = "head -c 3000000 /dev/zero | tr '\\0' a; printf '\\nUser: '; read user; echo \"for $user\"";
      await using terminal = await atTerminal(folder, "", script);
      const words = await terminal.until("User: ");
      assertEquals(words.replace(/[^a]/g, "").length, 3_000_000);
      await terminal.type("me\r");
      await terminal.until("for me");
      await terminal.rest();
    }),
});

Deno.test({
  ...needing("relay READLINE says which file of lines it can neither read nor write", "Linux", "sh", "stty"),
  fn: () =>
    inFolder(async (folder) => {
      await using terminal = await atTerminal(folder, `,history=${folder}`, "read line");
      await terminal.until(`Cannot read the lines of earlier times from "${folder}": Is a directory`);
      await terminal.rest();
      await using other = await atTerminal(folder, `,history=${folder}/none/lines`, "printf 'User: '; read line");
      await other.until("User: ");
      await other.type("me\r");
      assert((await other.rest()).includes(`Cannot keep the lines in "${folder}/none/lines": No such file`));
    }),
});

Deno.test({
  ...needing("relay READLINE without a terminal is standard input and output", "cat"),
  fn: async () => {
    const { status, stdout } = await netlab(["relay", "READLINE,prompt=p", "exec:cat"], { stdin: "as it is\n" });
    assertEquals([status, stdout], [0, "as it is\n"]);
  },
});
