// `deno task test`: all tests, and at the end the line `N passed, N failed, N skipped`.
// Arguments are handed on: `deno task test tests/lib/dns`. Without any, the library's tests run beside all others.
const root = `${import.meta.dirname}/../../`;

/** What runs side by side: each part a process of its own, as tests count the descriptors and children of theirs. */
function parts(): string[][] {
  if (Deno.args.length > 0) return [Deno.args];
  if (navigator.hardwareConcurrency < 2) return [["tests"]];
  const others = [...Deno.readDirSync(`${root}tests`)].map(({ name }) => name)
    .filter((name) => /_test\.ts$|^cmd$|^interop$/.test(name)).sort();
  return [others.map((name) => `tests/${name}`), ["tests/lib"]];
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly code: number;
}

/** Runs tests; what they print goes to `print` as it comes. */
async function run(args: readonly string[], print: (chunk: Uint8Array) => Promise<void>): Promise<Outcome> {
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
    await print(chunk);
    tail = (tail + new TextDecoder().decode(chunk)).slice(-4000);
    // The runtime tells of a test that does not end, and waits for ever.
    stuck ??= /'(.*)' has been running for over \(4m/.exec(tail)?.[1];
    if (stuck !== undefined) child.kill("SIGKILL");
  }
  const { code } = await child.status;
  const summary = [...tail.matchAll(/\| (\d+) passed[^|\n]*\| (\d+) failed(?:[^|\n]*\| (\d+) ignored)?/g)].at(-1);
  if (summary === undefined) {
    const why = stuck === undefined ? `No test was run: ${args.join(" ")}` : `A test does not end: ${stuck}`;
    await print(new TextEncoder().encode(`${why}\n`));
    return { passed: 0, failed: 1, skipped: 0, code: code || 1 };
  }
  const [passed, failed, skipped] = summary.slice(1).map((count) => Number(count ?? 0)) as [number, number, number];
  // A file that does not load, or a leak outside a test, fails the run without failing a test.
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped, code };
}

async function printAll(chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += await Deno.stdout.write(chunk.subarray(at));
}

// The first part is shown as it goes, the others when it is over.
const [first, ...rest] = parts();
const later = rest.map((args) => {
  const chunks: Uint8Array[] = [];
  const keep = (chunk: Uint8Array) => Promise.resolve(void chunks.push(chunk));
  return { chunks, outcome: run(args, keep) };
});
const outcomes = [await run(first!, printAll)];
for (const { chunks, outcome } of later) {
  outcomes.push(await outcome);
  for (const chunk of chunks) await printAll(chunk);
}
const sum = (of: "passed" | "failed" | "skipped") => outcomes.reduce((total, outcome) => total + outcome[of], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
Deno.exit(outcomes.find(({ code }) => code !== 0)?.code ?? 0);
