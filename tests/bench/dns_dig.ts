// netlab dig beside dig and kdig, against the same named: one lookup, 2,000 by `-f`, 500 by `-f` over a way of 20 ms.
// Run: deno run --allow-all tests/bench/dns_dig.ts. NETLAB_BIN names a program to measure in place of the installed one.
import { DigLab, LAB_PROGRAMS } from "../helpers/dig_lab.ts";
import { which } from "../helpers/netlab.ts";
import { median } from "./table.ts";

const SINGLE_RUNS = 21;
const MAIN = `${import.meta.dirname}/../../main.ts`;
const INSTALL = `${import.meta.dirname}/../tasks/install.ts`;

/** The command that `deno task install` makes, in `folder`. */
async function installed(folder: string): Promise<string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", INSTALL, folder],
    stdout: "null",
  }).output();
  if (!success) throw new Error(`The installation failed: ${new TextDecoder().decode(stderr)}`);
  return `${folder}/netlab`;
}

/** How each program is started. */
async function programs(folder: string): Promise<(readonly [name: string, command: readonly string[]])[]> {
  const source = [Deno.execPath(), "run", "--allow-all", "--no-prompt", MAIN, "dig"];
  return [
    ["netlab dig", [Deno.env.get("NETLAB_BIN") ?? await installed(folder), "dig"]],
    ["the same from source", source],
    ["dig", ["dig"]],
    ["kdig", ["kdig"]],
  ];
}

async function exists(program: string): Promise<boolean> {
  try {
    await new Deno.Command(program, { args: ["-V"], stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds that a command takes. */
async function time(command: readonly string[], args: readonly string[]): Promise<number> {
  const start = performance.now();
  const { code, stderr } = await new Deno.Command(command[0]!, {
    args: [...command.slice(1), ...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const taken = performance.now() - start;
  if (code !== 0) throw new Error(`${command.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
  return taken;
}

/** A relay that holds each datagram for half of the way's time in each direction. */
function delayingRelay(port: number, oneWayMs: number): { port: number; close(): void } {
  const front = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const backs = new Map<string, Deno.DatagramConn>();
  const target: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
  let closed = false;
  const later = (then: () => void) => setTimeout(() => closed || then(), oneWayMs);
  (async () => {
    for await (const [data, from] of front) {
      const client = from as Deno.NetAddr;
      const key = `${client.hostname} ${client.port}`;
      let back = backs.get(key);
      if (back === undefined) {
        back = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
        backs.set(key, back);
        const answers = back;
        (async () => {
          for await (const [answer] of answers) later(() => void front.send(answer, client));
        })().catch(() => {});
      }
      const to = back;
      later(() => void to.send(data, target));
    }
  })().catch(() => {});
  return {
    port: (front.addr as Deno.NetAddr).port,
    close() {
      closed = true;
      front.close();
      for (const back of backs.values()) back.close();
    },
  };
}

/** Prints the table. */
async function benchDig(): Promise<void> {
  if (LAB_PROGRAMS.some((program) => which(program) === undefined)) {
    console.log("dig: named or dig is not installed, nothing to measure beside");
    return;
  }
  await using lab = await DigLab.start();
  const folder = await Deno.makeTempDir();
  const relay = delayingRelay(lab.port, 10);
  try {
    const names = Array.from({ length: 2000 }, (_, i) => `n${i}.wild.types.test`);
    const many = `${folder}/2000`, few = `${folder}/500`;
    await Deno.writeTextFile(many, names.join("\n") + "\n");
    await Deno.writeTextFile(few, names.slice(0, 500).join("\n") + "\n");
    console.log("                      one lookup   2,000 by -f   500 by -f, 20 ms away");
    for (const [name, command] of await programs(folder)) {
      if (!await exists(command[0]!)) {
        console.log(`${name.padEnd(22)}not installed`);
        continue;
      }
      const server = (port: number) => ["@127.0.0.1", "-p", String(port), "+short"];
      const batch = (port: number, file: string) =>
        name === "kdig"
          ? [...server(port), ...names.slice(0, file === many ? 2000 : 500)]
          : [...server(port), "-f", file];
      const single: number[] = [];
      for (let i = 0; i < SINGLE_RUNS; i++) {
        single.push(await time(command, [...server(lab.port), "a.types.test"]));
      }
      const thousands = median([
        await time(command, batch(lab.port, many)),
        await time(command, batch(lab.port, many)),
        await time(command, batch(lab.port, many)),
      ]);
      const far = await time(command, batch(relay.port, few));
      const cell = (ms: number, width: number) => `${ms.toFixed(ms < 100 ? 1 : 0)} ms`.padStart(width);
      console.log(
        `${name.padEnd(22)}${cell(median(single), 10)}${cell(thousands, 14)}${cell(far, 16)}`,
      );
    }
  } finally {
    relay.close();
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  await benchDig();
  Deno.exit(0);
}
