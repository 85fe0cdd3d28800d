// The relay beside socat: bulk, short connections, -v into a file, UDP round trips, idle memory, start-up.
import { freePort, netlabCommand, which } from "../helpers/netlab.ts";
import { alone, beside, gbit, perSecond, printTable, rounds, type Row } from "./table.ts";

const LOAD = `${import.meta.dirname}/load.ts`;
const ROUNDS = 5;
const devNull = { stdin: "null", stdout: "null", stderr: "null" } as const;

/** A program that runs while it is measured. */
class Server implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  constructor(program: string, args: readonly string[]) {
    this.child = new Deno.Command(program, { args: [...args], ...devNull }).spawn();
  }
  async rssKib(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.child.pid}/status`);
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.status;
  }
}

function netlab(...args: string[]): Server {
  const command = netlabCommand(["relay", "-d0", ...args]);
  return new Server(command.program, command.args);
}

/** Waits until the port is listened on, without connecting: a probe would be a client of what is measured. */
async function listening(port: number): Promise<void> {
  const pattern = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, "0")} \\S+ 0A `);
  for (let tries = 0; tries < 200; tries++) {
    const tables = await Promise.all(["tcp", "tcp6"].map((name) => Deno.readTextFile(`/proc/net/${name}`)));
    if (tables.some((table) => pattern.test(table))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Nobody listens on port ${port}`);
}

const load = (...args: string[]) => ["run", "-A", "-q", LOAD, ...args];

async function figure(program: string, args: readonly string[]): Promise<string> {
  const { stdout, code, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Gbit/s that iperf3 gets through a port in `seconds`. */
async function bulk(port: number, seconds = 2): Promise<number> {
  for (let tries = 0;; tries++) {
    try {
      const report = JSON.parse(
        await figure("iperf3", ["-c", "127.0.0.1", "-p", String(port), "-t", String(seconds), "-J"]),
      );
      return report.end.sum_received.bits_per_second / 1e9;
    } catch (error) {
      // The server is busy for a moment after the run before.
      if (tries === 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

async function main(): Promise<void> {
  for (const peer of ["socat", "iperf3"]) {
    if (which(peer) === undefined) {
      console.log(`The relay is not measured: ${peer} is not installed`);
      return;
    }
  }
  const rows: Row[] = [];
  const port = Object.fromEntries(
    ["iperf", "ours", "theirs", "large", "verbose", "verbosePeer", "short", "shortPeer", "idle"]
      .map((name) => [name, freePort()]),
  ) as Record<string, number>;
  {
    await using _iperf = new Server("iperf3", ["-s", "-p", String(port.iperf)]);
    await listening(port.iperf!);
    const to = `tcp:127.0.0.1:${port.iperf}`;
    await using _a = netlab(`tcp-listen:${port.ours},fork`, to);
    await using _b = new Server("socat", [`tcp-listen:${port.theirs},fork,reuseaddr`, to]);
    await using _c = new Server("socat", ["-b", "262144", `tcp-listen:${port.large},fork,reuseaddr`, to]);
    for (const name of ["ours", "theirs", "large"]) await listening(port[name]!);
    const [ours, theirs, large] = await rounds(
      ROUNDS,
      () => bulk(port.ours!),
      () => bulk(port.theirs!),
      () => bulk(port.large!),
    );
    rows.push(beside("bulk, beside socat", gbit, ours!, theirs!, "2.5"));
    rows.push(beside("bulk, beside socat -b 262144", gbit, ours!, large!, "1"));
    const file = await Deno.makeTempFile();
    const verbose = (command: { program: string; args: string[] }) =>
      new Server("/bin/sh", ["-c", `exec "$0" "$@" 2> ${file}`, command.program, ...command.args]);
    await using _d = verbose(netlabCommand(["relay", "-v", `tcp-listen:${port.verbose},fork`, to]));
    await using _e = verbose({ program: "socat", args: ["-v", `tcp-listen:${port.verbosePeer},fork,reuseaddr`, to] });
    for (const name of ["verbose", "verbosePeer"]) await listening(port[name]!);
    const shownAt = async (p: number) => {
      const rate = await bulk(p, 1);
      await Deno.truncate(file);
      return rate;
    };
    const [shown, shownPeer] = await rounds(ROUNDS, () => shownAt(port.verbose!), () => shownAt(port.verbosePeer!));
    await Deno.remove(file);
    rows.push(beside("bulk with -v", gbit, shown!, shownPeer!, "30"));
  }
  {
    const echo = new Deno.Command(Deno.execPath(), {
      args: load("echo"),
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = echo.stdout.getReader();
    const [tcp, udp] = new TextDecoder().decode((await reader.read()).value).trim().split(" ");
    try {
      const to = `tcp:127.0.0.1:${tcp}`;
      await using _a = netlab(`tcp-listen:${port.short},fork`, to);
      await using _b = new Server("socat", [`tcp-listen:${port.shortPeer},fork,reuseaddr,backlog=4096`, to]);
      for (const name of ["short", "shortPeer"]) await listening(port[name]!);
      const rate = async (p: number, count: number) =>
        Number(await figure(Deno.execPath(), load("connections", String(p), String(count))));
      const [ours, theirs] = await rounds(ROUNDS, () => rate(port.short!, 6000), () => rate(port.shortPeer!, 1000));
      rows.push(beside("short connections, 50 at once", perSecond, ours!, theirs!, "3"));

      const trips = async (ours: boolean, fork: string) => {
        const p = freePort();
        // What socat forks off ends by itself, soon.
        await using _relay = ours
          ? netlab(`udp-listen:${p}${fork}`, `udp:127.0.0.1:${udp}`)
          : new Server("socat", ["-T", "3", `udp4-listen:${p},bind=127.0.0.1${fork}`, `udp4:127.0.0.1:${udp}`]);
        await new Promise((resolve) => setTimeout(resolve, 400));
        return Number(await figure(Deno.execPath(), load("udp", String(p), "10000")));
      };
      for (const [what, fork] of [["no fork", ""], ["with fork", ",fork"]] as const) {
        const [mine, peers] = await rounds(ROUNDS, () => trips(true, fork), () => trips(false, fork));
        rows.push(beside(`UDP round trips, ${what}`, perSecond, mine!, peers!, "0.9"));
      }

      await using relay = netlab(`tcp-listen:${port.idle},fork`, to);
      await listening(port.idle!);
      await figure(Deno.execPath(), load("connections", String(port.idle), "500"));
      const before = await relay.rssKib();
      const holder = new Deno.Command(Deno.execPath(), {
        args: load("idle", String(port.idle), "4000"),
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const held = holder.stdout.getReader();
      await held.read();
      const each = (await relay.rssKib() - before) / 4000;
      await holder.stdin.close();
      await held.cancel();
      await holder.status;
      rows.push(alone("memory of an idle connection (of 4,000)", `${each.toFixed(1)} KiB`, "at most 40 KiB"));
    } finally {
      await reader.cancel();
      await echo.stdin.close();
      await echo.status;
    }
  }
  {
    const version = async () => {
      const { program, args } = netlabCommand(["--version"]);
      const began = performance.now();
      await figure(program, args);
      return performance.now() - began;
    };
    const accepting = async () => {
      const p = freePort();
      const began = performance.now();
      await using _relay = netlab(`tcp-listen:${p},fork`, "ECHO");
      for (;;) {
        try {
          (await Deno.connect({ hostname: "127.0.0.1", port: p })).close();
          return performance.now() - began;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
    };
    await version();
    const times = [await rounds(9, version, accepting)].flat();
    rows.push(alone("netlab --version", `${times[0]!.toFixed(0)} ms`, "at most 30 ms"));
    rows.push(alone("relay accepting after", `${times[1]!.toFixed(0)} ms`, "at most 100 ms"));
  }
  printTable("relay beside socat", rows);
}

if (import.meta.main) await main();
