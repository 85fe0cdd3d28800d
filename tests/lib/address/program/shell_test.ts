import { assertEquals } from "@std/assert";
import { shellStart, systemShell } from "../../../../lib/address/program/shell.ts";
import { splitCommand } from "../../../../lib/address/program/command_words.ts";
import { pathOf } from "../../../../lib/address/program/environment.ts";

Deno.test("shellStart() gives Windows' cmd.exe its line as it stands, other shells one word", () => {
  const cmd = "C:\\Windows\\System32\\cmd.exe";
  assertEquals(shellStart(cmd, 'type "a b"', true), { words: [cmd, "/d", "/s", "/c", '"type "a b""'], raw: true });
  assertEquals(shellStart("pwsh.exe", "dir", true), { words: ["pwsh.exe", "-c", "dir"], raw: false });
  assertEquals(shellStart("/bin/sh", 'type "a b"', false), {
    words: ["/bin/sh", "-c", 'type "a b"', "sh"],
    raw: false,
  });
  assertEquals(shellStart("/usr/bin/fish", "ls", false), { words: ["/usr/bin/fish", "-c", "ls"], raw: false });
  assertEquals(shellStart(cmd, undefined, true), { words: [cmd], raw: false });
});

Deno.test("systemShell() is what ComSpec names on Windows", () => {
  assertEquals(systemShell(true, "D:\\cmd.exe"), "D:\\cmd.exe");
  assertEquals(systemShell(true, undefined), "cmd.exe");
  assertEquals(systemShell(false, "D:\\cmd.exe"), "/bin/sh");
});

Deno.test("splitCommand() leaves Windows' backslashes alone", () => {
  assertEquals(splitCommand('C:\\new\\x.exe "a b\\" \\c', true), ["C:\\new\\x.exe", "a b\\", "\\c"]);
});

Deno.test("pathOf() takes the runtime's own folder away on Windows, too", () => {
  const variables = (values: Record<string, string>) => ({ get: (name: string) => values[name] });
  const PATH = "C:\\deno\\node_compat_bin;C:\\Windows";
  assertEquals(pathOf(variables({ PATH, DENO_NODE_SHIM_ACTIVE: "1" }), true), "C:\\Windows");
  assertEquals(pathOf(variables({ PATH }), true), PATH);
  assertEquals(pathOf(variables({}), true), "");
});
