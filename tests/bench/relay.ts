// The relay beside socat: bulk, short connections, -v into a file, UDP round trips, idle memory, start-up.
import { freePort, netlabCommand, which } from "../helpers/netlab.ts";
import { bulk, listening, output, rssKib, Server } from "./programs.ts";
import { alone, beside, gbit, perSecond, printTable, rounds, type Row } from "./table.ts";

const LOAD = `${import.meta.dirname}/load.ts`;
const ROUNDS = 5;

function netlab(...args: string[]): Server {
  const command = netlabCommand(["relay", "-d0", ...args]);
  return new Server(command.program, command.args);
}

const load = (...args: string[]) => ["run", "-A", "-q", LOAD, ...args];

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
    await listening(port.ours!, port.theirs!, port.large!);
    const [ours, theirs, large] = await rounds(
      ROUNDS,
      () => bulk(port.ours!, 2),
      () => bulk(port.theirs!, 2),
      () => bulk(port.large!, 2),
    );
    rows.push(beside("bulk, beside socat", gbit, ours!, theirs!, "2.5"));
    rows.push(beside("bulk, beside socat -b 262144", gbit, ours!, large!, "1"));
    const file = await Deno.makeTempFile();
    const verbose = (command: { program: string; args: string[] }) =>
      new Server("/bin/sh", ["-c", `exec "$0" "$@" 2> ${file}`, command.program, ...command.args]);
    await using _d = verbose(netlabCommand(["relay", "-v", `tcp-listen:${port.verbose},fork`, to]));
    await using _e = verbose({ program: "socat", args: ["-v", `tcp-listen:${port.verbosePeer},fork,reuseaddr`, to] });
    await listening(port.verbose!, port.verbosePeer!);
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
      await listening(port.short!, port.shortPeer!);
      const rate = async (p: number, count: number) =>
        Number(await output(Deno.execPath(), load("connections", String(p), String(count))));
      const [ours, theirs] = await rounds(ROUNDS, () => rate(port.short!, 6000), () => rate(port.shortPeer!, 1000));
      rows.push(beside("short connections, 50 at once", perSecond, ours!, theirs!, "3"));

      const trips = async (ours: boolean, fork: string) => {
        const p = freePort();
        // What socat forks off ends by itself, soon.
        await using _relay = ours
          ? netlab(`udp-listen:${p}${fork}`, `udp:127.0.0.1:${udp}`)
          : new Server("socat", ["-T", "3", `udp4-listen:${p},bind=127.0.0.1${fork}`, `udp4:127.0.0.1:${udp}`]);
        await new Promise((resolve) => setTimeout(resolve, 400));
        return Number(await output(Deno.execPath(), load("udp", String(p), "10000")));
      };
      for (const [what, fork] of [["no fork", ""], ["with fork", ",fork"]] as const) {
        const [mine, peers] = await rounds(ROUNDS, () => trips(true, fork), () => trips(false, fork));
        rows.push(beside(`UDP round trips, ${what}`, perSecond, mine!, peers!, "0.9"));
      }

      await using relay = netlab(`tcp-listen:${port.idle},fork`, to);
      await listening(port.idle!);
      await output(Deno.execPath(), load("connections", String(port.idle), "500"));
      const before = await rssKib(relay.child.pid);
      const holder = new Deno.Command(Deno.execPath(), {
        args: load("idle", String(port.idle), "4000"),
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const held = holder.stdout.getReader();
      await held.read();
      const each = (await rssKib(relay.child.pid) - before) / 4000;
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
      await output(program, args);
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
