// `deno task test`: all tests, and at the end the line `N passed, N failed, N skipped`.
// Arguments are handed on: `deno task test tests/lib/dns`.
const root = `${import.meta.dirname}/../../`;
const args = Deno.args.length > 0 ? Deno.args : ["tests"];

const child = new Deno.Command(Deno.execPath(), {
  // What a test opens or starts is closed and over at its end: connections, files, timers, children.
  args: [
    "test",
    "--allow-all",
    "--no-prompt",
    "--sanitize-ops",
    "--sanitize-resources",
    "--preload=tests/helpers/preload.ts",
    ...args,
  ],
  cwd: root,
  stdin: "null",
  stdout: "piped",
  stderr: "inherit",
  env: {
    NO_COLOR: "1",
    // No test looks for a newer runtime, which every `deno run` does half a second after its start.
    DENO_NO_UPDATE_CHECK: "1",
    // Servers and `ip`, which are not on every user's path.
    ...(Deno.build.os === "windows" ? {} : { PATH: `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin` }),
  },
}).spawn();

let tail = "", stuck: string | undefined;
for await (const chunk of child.stdout) {
  for (let at = 0; at < chunk.length;) at += await Deno.stdout.write(chunk.subarray(at));
  tail = (tail + new TextDecoder().decode(chunk)).slice(-4000);
  // The runtime tells of a test that does not end, and waits for ever.
  stuck ??= /'(.*)' has been running for over \(4m/.exec(tail)?.[1];
  if (stuck !== undefined) child.kill("SIGKILL");
}
const { code } = await child.status;
const summary = [...tail.matchAll(/\| (\d+) passed[^|\n]*\| (\d+) failed(?:[^|\n]*\| (\d+) ignored)?/g)].at(-1);
if (summary === undefined) {
  console.log(stuck === undefined ? "No test was run" : `A test does not end: ${stuck}`);
  console.log("0 passed, 1 failed");
  Deno.exit(code || 1);
}
const [, passed, failed, ignored = "0"] = summary;
// A file that does not load, or a leak outside a test, fails the run without failing a test.
console.log(`${passed} passed, ${code !== 0 && failed === "0" ? 1 : failed} failed, ${ignored} skipped`);
Deno.exit(code);
