// `deno task bench`: every benchmark in turn, each in a process of its own. `deno task bench relay dns` runs some.
// To add one: a script here that prints a table (table.ts), and a line below.
const BENCHMARKS = ["relay", "tls", "socks", "dns_codec", "dns_dig", "capture"];

const wanted = Deno.args.length === 0
  ? BENCHMARKS
  : BENCHMARKS.filter((name) => Deno.args.some((arg) => name.startsWith(arg)));
const cpus = navigator.hardwareConcurrency;
console.log(
  `${
    new Date().toISOString().slice(0, 10)
  }, ${Deno.build.os} ${Deno.build.arch}, ${cpus} cores, Deno ${Deno.version.deno}`,
);
let failed = 0;
for (const name of wanted) {
  const script = `${import.meta.dirname}/${name}.ts`;
  const { code } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", "-q", script], stdin: "null" }).spawn()
    .status;
  if (code !== 0) failed++;
}
Deno.exit(failed === 0 ? 0 : 1);
