// `deno task compile`: one executable. Says plainly when the runtime to put into it cannot be had.
import { resolve } from "node:path";

const root = resolve(import.meta.dirname!, "../..");
const windows = Deno.build.os === "windows";
const output = Deno.args.find((arg) => !arg.startsWith("-")) ?? (windows ? "netlab.exe" : "netlab");
const passed = Deno.args.filter((arg) => arg.startsWith("-"));

const { code, stderr } = await new Deno.Command(Deno.execPath(), {
  // Of the packages, those of the tests stay out.
  args: [
    "compile",
    "--allow-all",
    "--no-prompt",
    "--quiet",
    "--exclude-unused-npm",
    ...passed,
    "--output",
    output,
    "main.ts",
  ],
  cwd: root,
  stdin: "null",
  stdout: "inherit",
  stderr: "piped",
}).output();
const text = new TextDecoder().decode(stderr).replace(/\s*Stack backtrace:[\s\S]*$/, "");
if (code !== 0) {
  if (/denort|dl\.deno|download|error sending request|dns error|No such file/i.test(text)) {
    console.error(
      "Cannot make the executable: the runtime that goes into it (denort) can be had neither by download nor by the " +
        "variable DENORT_BIN. Set DENORT_BIN to a denort of version " + Deno.version.deno +
        ", or run this where Deno's " +
        "download server can be reached.",
    );
    console.error(text.trim().split("\n").map((line) => `  ${line}`).join("\n"));
    Deno.exit(1);
  }
  console.error(text.trim());
  Deno.exit(code);
}
// A runtime that is not a denort makes a file that does not run: try it.
const target = passed.some((arg) => arg.startsWith("--target"));
if (!target) {
  const tried = await new Deno.Command(resolve(root, output), {
    args: ["--version"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (tried.code !== 0 || !new TextDecoder().decode(tried.stdout).startsWith("netlab ")) {
    await Deno.remove(resolve(root, output));
    console.error(
      "Cannot make the executable: DENORT_BIN does not name a denort of version " + Deno.version.deno + ".",
    );
    Deno.exit(1);
  }
}
console.log(`Made ${resolve(root, output)}`);
