// Live capture on loopback: needs Linux and the right to open a packet socket.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { networkInterfaces } from "../../../lib/capture/live/interfaces.ts";
import { LINK } from "../../../lib/capture/packet.ts";
import { PacketRing } from "../../../lib/capture/live/ring.ts";
import { readAll } from "../../helpers/capture.ts";
import { needing, netlab, netlabCommand, Running } from "../../helpers/netlab.ts";

function permitted(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    new PacketRing({ on: networkInterfaces().find((one) => one.loopback), bufferKib: 4096 }).close();
    return true;
  } catch {
    return false;
  }
}
const mayCapture = permitted();

/** Name and `ignore` of a test that captures, with programs beside. */
function capturing(name: string, ...programs: string[]): { name: string; ignore: boolean } {
  return mayCapture ? needing(name, ...programs) : { name: `${name} [needs the right to capture]`, ignore: true };
}

/** Sends datagrams to a port of this machine until `signal`, so that none has to be sent at the right moment. */
async function keepSending(port: number, signal: AbortSignal): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    while (!signal.aborted) {
      await socket.send(new TextEncoder().encode("hello"), { transport: "udp", hostname: "127.0.0.1", port });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    socket.close();
  }
}

/** A port on which somebody listens while `body` runs and datagrams arrive. */
async function withTraffic(body: (port: number) => Promise<void>): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const stop = new AbortController();
  const sending = keepSending(port, stop.signal);
  try {
    await body(port);
  } finally {
    stop.abort();
    await sending;
    socket.close();
  }
}

Deno.test({
  ...capturing("dump -i lo shows what passes, each packet once, and counts drops"),
  async fn() {
    await withTraffic(async (port) => {
      const { status, stdout, stderr } = await netlab(["dump", "-t", "-i", "lo", "-c", "3", `udp port ${port}`]);
      assertEquals(status, 0);
      const lines = stdout.trim().split("\n");
      assertEquals(lines.length, 3);
      for (const line of lines) {
        assertMatch(line, new RegExp(`^IP 127\\.0\\.0\\.1\\.\\d+ > 127\\.0\\.0\\.1\\.${port}: UDP, length 5$`));
      }
      assertStringIncludes(stderr, "listening on lo, link-type EN10MB (Ethernet)");
      assertMatch(stderr, /3 packets captured\n\d+ packets received by filter\n0 packets dropped by kernel/);
    });
  },
});

Deno.test({
  ...capturing("dump -i any -w writes cooked packets that can be read while they come"),
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await withTraffic(async (port) => {
        const path = `${folder}/live.pcapng`;
        assertEquals((await netlab(["dump", "-i", "any", "-w", path, "-c", "2", `udp port ${port}`])).status, 0);
        const { packets, damage } = readAll(await Deno.readFile(path));
        assertEquals(damage, undefined);
        assertEquals(packets.map(({ link }) => link), [LINK.LINUX_SLL2, LINK.LINUX_SLL2]);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  ...capturing("dump -i any names interfaces"),
  async fn() {
    await withTraffic(async (port) => {
      const { status, stdout } = await netlab(["dump", "-t", "-e", "-i", "any", "-c", "3", `udp dst port ${port}`]);
      assertEquals(status, 0);
      for (const line of stdout.trim().split("\n")) assertMatch(line, /^lo +In +ifindex 1 /);
    });
  },
});

Deno.test({
  ...capturing(
    "dump -i ends by a signal with its totals and status 0; the kernel hands over only what passes the filter",
  ),
  async fn() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      await withTraffic(async (port) => {
        const { program, args } = netlabCommand(["dump", "-i", "lo", `udp port ${port} and ip[2:2] > 1000`]);
        await using running = new Running(program, args);
        await running.line(/listening on lo/);
        running.child.kill(signal);
        const { code } = await running.child.status;
        assertEquals(code, 0);
        await running.line(/0 packets captured/);
        await running.line(/^0 packets received by filter/);
      });
    }
  },
});

Deno.test({
  ...capturing("dump without -i and -r captures on the first interface of -D"),
  async fn() {
    const first = /^1\.(\S+)/.exec((await netlab(["dump", "-D"])).stdout)![1]!;
    const { program, args } = netlabCommand(["dump", "ip proto 253"]);
    await using running = new Running(program, args);
    await running.line(new RegExp(`^listening on ${first},`));
    running.child.kill("SIGINT");
    assertEquals((await running.child.status).code, 0);
  },
});

Deno.test({
  ...capturing("dump -r - shows packets of tcpdump -U -w - as they come", "tcpdump"),
  async fn() {
    await withTraffic(async (port) => {
      const capture = new Deno.Command("tcpdump", {
        args: ["-U", "--immediate-mode", "-w", "-", "-i", "lo", `udp dst port ${port}`],
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const { program, args } = netlabCommand(["dump", "-t", "-r", "-", "-c", "2"]);
      const dump = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
      const feeding = capture.stdout.pipeTo(dump.stdin).catch(() => {});
      // The capture goes on: only what is shown at once can end this.
      const { code, stdout } = await dump.output();
      assertEquals(code, 0);
      assertEquals(new TextDecoder().decode(stdout).trim().split("\n").length, 2);
      capture.kill("SIGTERM");
      await capture.status;
      await feeding;
    });
  },
});

Deno.test("dump -D lists the interfaces with numbers, and -i refuses others by name", async () => {
  const { status, stdout } = await netlab(["dump", "-D"]);
  assertEquals(status, 0);
  assertMatch(stdout, /^1\.\S+ (?:\(.*\) )?\[/);
  assertMatch(stdout, /any \(Pseudo-device/);
  const wrong = await netlab(["dump", "-i", "nosuch0"]);
  assertEquals(wrong.status, 1);
  assertMatch(wrong.stderr, /no such interface/);
});
