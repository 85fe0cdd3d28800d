// `dump` beside tcpdump and tshark on the same file: a million Ethernet/IPv4/TCP packets, made here.
// To add a figure: a row in `main`.
import { netlabCommand, which } from "../helpers/netlab.ts";
import { printTable, rounds, type Row } from "./table.ts";

const PACKETS = 1_000_000;
/** tshark is given a part of them: it needs half a minute for all. */
const PART = 50_000;
const ROUNDS = 3;

/** Writes a pcap file of `count` packets of 5000 connections, some with payload. */
function writeCapture(path: string, count: number): void {
  const file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const head = new DataView(new ArrayBuffer(24));
  head.setUint32(0, 0xa1b2c3d4);
  head.setUint16(4, 2);
  head.setUint16(6, 4);
  head.setUint32(16, 65535);
  head.setUint32(20, 1);
  file.writeSync(new Uint8Array(head.buffer));
  const batch = new Uint8Array(1 << 20), view = new DataView(batch.buffer);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at > batch.length - 200) {
      file.writeSync(batch.subarray(0, at));
      at = 0;
    }
    const connection = Math.floor(i / 20) % 5000, payload = (i * 37) % 60, length = 66 + payload;
    view.setUint32(at, 1_700_000_000 + Math.floor(i / 20_000));
    view.setUint32(at + 4, (i % 20_000) * 50);
    view.setUint32(at + 8, length);
    view.setUint32(at + 12, length);
    at += 16;
    batch.fill(0x78, at, at + length);
    batch.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0], at);
    view.setUint16(at + 16, 52 + payload);
    view.setUint16(at + 18, i & 0xffff);
    batch.set([0x40, 0, 64, 6, 0, 0], at + 20);
    const forward = (i & 1) === 1;
    const client = 0xc0000200 + connection % 250, server = 0xc6336400 + Math.floor(connection / 250);
    const port = 10_000 + connection;
    view.setUint32(at + 26, forward ? client : server);
    view.setUint32(at + 30, forward ? server : client);
    view.setUint16(at + 34, forward ? port : 443);
    view.setUint16(at + 36, forward ? 443 : port);
    view.setUint32(at + 38, i * 100);
    view.setUint32(at + 42, i * 50);
    batch.set([0x80, payload === 0 ? 0x10 : 0x18, 1, 0xf5, 0, 0, 0, 0, 1, 1, 8, 10], at + 46);
    view.setUint32(at + 58, i);
    view.setUint32(at + 62, Math.max(0, i - 1));
    at += length;
  }
  file.writeSync(batch.subarray(0, at));
  file.close();
}

/** Seconds that a program takes, its output thrown away. */
async function seconds(program: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  const { code } = await new Deno.Command(program, { args: [...args], stdin: "null", stdout: "null", stderr: "null" })
    .spawn()
    .status;
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}`);
  return (performance.now() - start) / 1000;
}

/** KiB of memory that netlab takes at most, or `undefined` where GNU time is not installed. */
async function peak(args: readonly string[]): Promise<number | undefined> {
  const { program, args: rest } = netlabCommand(args);
  try {
    const { stderr } = await new Deno.Command("/usr/bin/time", {
      args: ["-f", "%M", program, ...rest],
      stdout: "null",
      stderr: "piped",
    }).output();
    return Number(new TextDecoder().decode(stderr).trim().split("\n").at(-1));
  } catch {
    return undefined;
  }
}

async function main(): Promise<void> {
  if (which("tcpdump") === undefined) {
    console.log("Captures are not measured: tcpdump is not installed");
    return;
  }
  const folder = await Deno.makeTempDir();
  try {
    const all = `${folder}/all.pcap`, part = `${folder}/part.pcap`;
    writeCapture(all, PACKETS);
    writeCapture(part, PART);
    const ours = (...args: string[]) => {
      const command = netlabCommand(["dump", ...args]);
      return () => seconds(command.program, command.args);
    };
    const tcpdump = (...args: string[]) => () => seconds("tcpdump", ["-n", ...args]);
    const rows: Row[] = [];
    const add = (what: string, mine: number, peer: string, theirs: number, target: string) =>
      rows.push({
        what,
        ours: `${mine.toFixed(2)} s`,
        peer: `${peer} ${theirs.toFixed(2)} s`,
        ratio: theirs / mine,
        target,
      });

    const [lines, peerLines] = await rounds(ROUNDS, ours("-r", all), tcpdump("-r", all));
    add("one line each of 1,000,000 packets", lines!, "tcpdump -n -r", peerLines!, "> 1");
    const few = "tcp port 10007 and host 192.0.2.7";
    const [filtered, peerFiltered] = await rounds(ROUNDS, ours("-r", all, few), tcpdump("-r", all, few));
    add("a filter that matches few, to tcpdump without one", filtered!, "tcpdump -n -r", peerLines!, "> 1");
    add("the same, to tcpdump with it", filtered!, "tcpdump -n -r", peerFiltered!, "");
    const [json] = await rounds(ROUNDS, ours("--json", "-r", all));
    if (which("tshark") !== undefined) {
      const [peerJson] = await rounds(1, () => seconds("tshark", ["-n", "-r", part, "-T", "json"]));
      add(
        "--json of 1,000,000 packets (tshark: 50,000 times 20)",
        json!,
        "tshark -T json",
        peerJson! * PACKETS / PART,
        "> 10",
      );
      const [explained, peerPdml] = await rounds(
        1,
        ours("--explain", "--json", "-r", part),
        () => seconds("tshark", ["-n", "-r", part, "-T", "pdml"]),
      );
      add("--explain --json of 50,000 packets", explained!, "tshark -T pdml", peerPdml!, "");
    }
    const [written, peerWritten] = await rounds(
      1,
      ours("-r", all, "-w", `${folder}/ours.pcapng`),
      tcpdump("-r", all, "-w", `${folder}/theirs.pcap`),
    );
    add("-w of 1,000,000 packets", written!, "tcpdump -w", peerWritten!, "");
    const large = await peak(["dump", "-r", all]), small = await peak(["dump", "-r", part]);
    if (large !== undefined && small !== undefined) {
      rows.push({
        what: "memory for 110 MB beside 5 MB of packets",
        ours: `${Math.round(large / 1024)} MiB`,
        peer: `${Math.round(small / 1024)} MiB`,
        ratio: small / large,
        target: "flat",
      });
    }
    printTable("Captures", rows);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await main();
