// The proxy beside Dante and microsocks: new connections, their CPU, bulk, UDP round trips, idle tunnels.
import { freePort, listening, netlabCommand, which } from "../helpers/netlab.ts";
import { output, rssKib } from "./programs.ts";
import { alone, beside, gbit, median, perSecond, printTable, type Row } from "./table.ts";

const LOAD = `${import.meta.dirname}/socks_load.ts`;
const ROUNDS = 3;
/** Ticks of /proc/PID/stat in a second. */
const TICKS = 100;

interface Server extends AsyncDisposable {
  readonly name: "netlab" | "Dante" | "microsocks" | "bare";
  readonly port: number;
  readonly pid: number;
}

async function start(name: Server["name"], program: string, args: readonly string[], port: number): Promise<Server> {
  const child = new Deno.Command(program, { args: [...args], stdin: "null", stdout: "null", stderr: "null" }).spawn();
  await listening(port);
  return {
    name,
    port,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** A process and all below it. */
async function family(pid: number): Promise<number[]> {
  const tasks = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`).catch(() => "");
  const children = tasks.trim() === "" ? [] : tasks.trim().split(" ").map(Number);
  return [pid, ...(await Promise.all(children.map(family))).flat()];
}

/** Microseconds of CPU that a process and its children have used. */
async function cpuMicros(pid: number): Promise<number> {
  let ticks = 0;
  for (const one of await family(pid)) {
    const stat = (await Deno.readTextFile(`/proc/${one}/stat`).catch(() => "")).split(") ")[1]?.split(" ") ?? [];
    ticks += Number(stat[11] ?? 0) + Number(stat[12] ?? 0);
  }
  return ticks * 1e6 / TICKS;
}

async function load(...args: (string | number)[]): Promise<number[]> {
  if (Deno.env.get("BENCH_VERBOSE")) console.error(args.join(" "));
  const figures = await output(Deno.execPath(), ["run", "-A", "-q", LOAD, ...args.map(String)]);
  return figures.trim().split(/\s+/).map(Number);
}

/** Runs `measure` for every server in turn, several times; medians of each figure, by name. */
async function measured(
  servers: readonly Server[],
  measure: (server: Server) => Promise<number[]>,
): Promise<Record<string, number[]>> {
  const all = new Map<string, number[][]>(servers.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) all.get(server.name)!.push(await measure(server));
  }
  return Object.fromEntries([...all].map(([name, figures]) => [
    name,
    figures[0]!.map((_, i) => median(figures.map((figure) => figure[i]!))),
  ]));
}

async function main(): Promise<void> {
  for (const peer of ["danted", "microsocks"]) {
    if (which(peer) === undefined) {
      console.log(`The proxy is not measured: ${peer} is not installed`);
      return;
    }
  }
  const folder = await Deno.makeTempDir({ prefix: "netlab-bench-" });
  const helpers = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", LOAD, "servers"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = helpers.stdout.getReader();
  const [echo, udp, source] = new TextDecoder().decode((await reader.read()).value).trim().split(" ").map(Number);
  const ports = [freePort(), freePort(), freePort(), freePort()] as const;
  const config = `${folder}/danted.conf`;
  await Deno.writeTextFile(
    config,
    `logoutput: /dev/null\ninternal: 127.0.0.1 port = ${
      ports[1]
    }\nexternal: lo\nclientmethod: none\nsocksmethod: none\n` +
      "user.unprivileged: nobody\nclient pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\nsocks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\n",
  );
  // With its log and with rules, as it would be used.
  const command = netlabCommand([
    ...["socks", "--listen", `127.0.0.1:${ports[0]}`, "--lf", `${folder}/log`],
    ...["--deny", "10.0.0.0/8", "--deny", "*.bad.example", "--allow", "127.0.0.0/8"],
  ]);
  const rows: Row[] = [];
  try {
    await using ours = await start("netlab", command.program, command.args, ports[0]);
    await using micro = await start(
      "microsocks",
      which("microsocks")!,
      ["-i", "127.0.0.1", "-p", `${ports[2]}`],
      ports[2],
    );
    await using dante = await start("Dante", which("danted")!, ["-f", config], ports[1]);
    await using bare = await start("bare", Deno.execPath(), ["run", "-A", "-q", LOAD, "bare", `${ports[3]}`], ports[3]);
    const all = [ours, dante, micro];
    for (const { port } of [...all, bare]) await load("connections", port, echo!, 1000, 50);

    const count = 2000; // few enough for the ports of a minute
    const short = await measured([...all, bare], async ({ port, pid }) => {
      const before = await cpuMicros(pid);
      const [rate, p99] = await load("connections", port, echo!, count, 50);
      return [rate!, p99!, (await cpuMicros(pid) - before) / count];
    });
    const [rate, , cpu] = short.netlab!;
    for (const [name, target] of [["Dante", "1.5"], ["microsocks", "1"]] as const) {
      const [peer] = short[name]!;
      rows.push(beside(`new connections, 50 at once, beside ${name}`, perSecond, rate!, peer!, target));
    }
    const micros = (value: number) => `${Math.round(value)} µs`;
    rows.push({
      what: "CPU of a connection",
      ours: micros(cpu!),
      peer: `Dante ${micros(short.Dante![2]!)}, microsocks ${micros(short.microsocks![2]!)}, a bare loop ${
        micros(short.bare![2]!)
      }`,
      ratio: undefined,
      target: "at most 170 µs",
    });
    const crowd = await measured(
      [...all, bare],
      async ({ port }) => (await load("connections", port, echo!, 1000, 500)).slice(1),
    );
    const ms = (name: string) => `${crowd[name]![0]!.toFixed(0)} ms`;
    rows.push({
      what: "99th percentile of the handshake, 500 at once",
      ours: ms("netlab"),
      peer: `Dante ${ms("Dante")}, microsocks ${ms("microsocks")}, a bare loop ${ms("bare")}`,
      ratio: undefined,
      target: "",
    });
    for (const [streams, mib] of [[1, 600], [8, 80]] as const) {
      const figures = await measured(all, ({ port }) => load("bulk", port, source!, mib, streams));
      const [dante, micro] = [figures.Dante![0]!, figures.microsocks![0]!];
      rows.push({
        what: `bulk through ${streams} stream${streams === 1 ? "" : "s"}, beside the better of the two`,
        ours: gbit(figures.netlab![0]!),
        peer: `${dante >= micro ? "Dante" : "microsocks"} ${gbit(Math.max(dante, micro))}`,
        ratio: figures.netlab![0]! / Math.max(dante, micro),
        target: "1",
      });
    }
    const trips = await measured([ours, dante], ({ port }) => load("udp", port, udp!, 5000));
    rows.push(beside("UDP round trips, beside Dante", perSecond, trips.netlab![0]!, trips.Dante![0]!, "1"));

    const before = await rssKib(ours.pid);
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "-q", LOAD, "idle", String(ours.port), String(echo), "1000"],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const held = holder.stdout.getReader();
    await held.read();
    const more = await rssKib(ours.pid) - before;
    await holder.stdin.close();
    await held.cancel();
    await holder.status;
    rows.push(alone("1,000 idle tunnels", `${(more / 1024).toFixed(1)} MiB`, "at most 40 MiB"));
  } finally {
    await reader.cancel();
    await helpers.stdin.close();
    await helpers.status;
    await Deno.remove(folder, { recursive: true });
  }
  printTable("socks", rows);
}

await main();
