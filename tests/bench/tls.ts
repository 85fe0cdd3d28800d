// TLS, WebSocket and chains of proxies: bulk through a pair of relays, and new TLS connections, beside socat.
// To add a figure: a row in `main`.
import { freePort, netlabCommand, which } from "../helpers/netlab.ts";
import { printTable, rounds, type Row } from "./table.ts";

const ECHO = new URL("tls_echo.ts", import.meta.url).pathname;
const data = (name: string) => new URL(`../data/tls/${name}`, import.meta.url).pathname;
const ROUNDS = 5;

/** A program that runs while it is measured. */
class Server implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  constructor(program: string, args: readonly string[]) {
    this.child = new Deno.Command(program, { args: [...args], stdin: "null", stdout: "null", stderr: "null" }).spawn();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.status;
  }
}

function netlab(...args: string[]): Server {
  const command = netlabCommand(args);
  return new Server(command.program, command.args);
}
const relay = (left: string, right: string) => netlab("relay", "-d0", left, right);
const socat = (left: string, right: string) => new Server("socat", [left, right]);

/** Waits until the port is listened on, without connecting: a probe would be a client of what is measured. */
async function listening(...ports: number[]): Promise<void> {
  for (const port of ports) {
    const pattern = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, "0")} \\S+ 0A `);
    for (let tries = 0;; tries++) {
      const tables = await Promise.all(["tcp", "tcp6"].map((name) => Deno.readTextFile(`/proc/net/${name}`)));
      if (tables.some((table) => pattern.test(table))) break;
      if (tries === 250) throw new Error(`Nobody listens on port ${port}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], stdin: "null", stdout: "piped", stderr: "piped" });
  const { stdout, code, stderr } = await command.output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout));
  return new TextDecoder().decode(stdout);
}

/** Gbit/s that iperf3 gets through a port; `reverse`: from the server. */
async function bulk(port: number, reverse = false): Promise<number> {
  const args = ["-c", "127.0.0.1", "-p", `${port}`, "-t", "1.5", "-J", ...(reverse ? ["-R"] : [])];
  for (let tries = 0;; tries++) {
    try {
      return JSON.parse(await output("iperf3", args)).end.sum_received.bits_per_second / 1e9;
    } catch (error) {
      // The server is busy for a moment after the run before.
      if (tries === 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

async function connections(port: number, count: number): Promise<number> {
  const script = new URL("load.ts", import.meta.url).pathname;
  return Number(await output(Deno.execPath(), ["run", "-A", "-q", script, "connections", `${port}`, `${count}`]));
}

/** TLS connections a second that eight `openssl s_time` at once make: a load that costs little itself. */
async function handshakes(port: number): Promise<number> {
  const args = ["s_time", "-connect", `127.0.0.1:${port}`, "-new", "-time", "2"];
  const reports = await Promise.all(Array.from({ length: 8 }, () => output("openssl", args)));
  return reports.reduce((sum, report) => {
    const [, count, seconds] = /(\d+) connections in (\d+) real seconds/.exec(report)!;
    return sum + Number(count) / Number(seconds);
  }, 0);
}

const gbit = (value: number) => `${value.toFixed(1)} Gbit/s`;
const perSecond = (value: number) => `${Math.round(value).toLocaleString("en")}/s`;
const cert = `cert=${data("leaf.pem")},verify=0`;
const verified = `cafile=${data("ca.crt")}`;

async function main(): Promise<void> {
  for (const peer of ["socat", "iperf3", "openssl"]) {
    if (which(peer) !== undefined) continue;
    console.log(`TLS is not measured: ${peer} is not installed`);
    return;
  }
  const rows: Row[] = [];
  const iperf = freePort();
  await using _iperf = new Server("iperf3", ["-s", "-p", `${iperf}`]);
  await listening(iperf);
  const sink = `tcp:127.0.0.1:${iperf}`;
  {
    const [tls, front, peerTls, peerFront, socks, http, chain, ws, wsFront] = Array.from({ length: 9 }, freePort) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    await using _a = relay(`tls-listen:${tls},fork,${cert}`, sink);
    await using _b = relay(`tcp-listen:${front},fork`, `tls:localhost:${tls},${verified}`);
    await using _c = socat(`openssl-listen:${peerTls},bind=127.0.0.1,fork,reuseaddr,${cert}`, sink);
    await using _d = socat(`tcp-listen:${peerFront},fork,reuseaddr`, `openssl:localhost:${peerTls},${verified}`);
    await using _e = netlab("socks", "--port", `${socks}`);
    await using _f = netlab("socks", "--port", `${http}`);
    const way = `via=socks5h://127.0.0.1:${socks},via=http://127.0.0.1:${http}`;
    await using _g = relay(`tcp-listen:${chain},fork`, `tls:localhost:${tls},${verified},${way}`);
    await using _h = relay(`ws-listen:${ws},fork`, sink);
    await using _i = relay(`tcp-listen:${wsFront},fork`, `ws:127.0.0.1:${ws}`);
    await listening(tls, front, peerTls, peerFront, socks, http, chain, ws, wsFront);
    const [up, peerUp, down, peerDown, chained, webSocket] = await rounds(
      ROUNDS,
      () => bulk(front),
      () => bulk(peerFront),
      () => bulk(front, true),
      () => bulk(peerFront, true),
      () => bulk(chain),
      () => bulk(wsFront),
    );
    const pair = (what: string, ours: number, peer: number) =>
      rows.push({ what, ours: gbit(ours), peer: gbit(peer), ratio: ours / peer, target: "1.2" });
    pair("TLS bulk through two relays, to the server", up!, peerUp!);
    pair("TLS bulk through two relays, from the server", down!, peerDown!);
    rows.push({
      what: "TLS bulk through two proxies (SOCKS5, HTTP), beside direct TLS",
      ours: gbit(chained!),
      peer: gbit(up!),
      ratio: chained! / up!,
      target: "0.5",
    });
    rows.push({
      what: "WebSocket bulk through two relays",
      ours: gbit(webSocket!),
      peer: "",
      ratio: undefined,
      target: "",
    });
  }
  const echo = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", ECHO],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const plain = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", new URL("load.ts", import.meta.url).pathname, "echo"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const readers = [echo.stdout.getReader(), plain.stdout.getReader()];
  const said = async (i: number) => new TextDecoder().decode((await readers[i]!.read()).value).trim().split(" ")[0]!;
  try {
    const tlsEcho = await said(0), tcpEcho = await said(1);
    const [listen, peerListen, connect, peerConnect] = Array.from({ length: 4 }, freePort) as [
      number,
      number,
      number,
      number,
    ];
    await using _a = relay(`tls-listen:${listen},fork,${cert}`, `tcp:127.0.0.1:${tcpEcho}`);
    await using _b = socat(
      `openssl-listen:${peerListen},bind=127.0.0.1,fork,reuseaddr,backlog=4096,${cert}`,
      `tcp:127.0.0.1:${tcpEcho}`,
    );
    await using _c = relay(`tcp-listen:${connect},fork`, `tls:localhost:${tlsEcho},${verified}`);
    await using _d = socat(
      `tcp-listen:${peerConnect},fork,reuseaddr,backlog=4096`,
      `openssl:localhost:${tlsEcho},${verified}`,
    );
    await listening(listen, peerListen, connect, peerConnect);
    const [served, peerServed, made, peerMade] = await rounds(
      ROUNDS,
      () => handshakes(listen),
      () => handshakes(peerListen),
      () => connections(connect, 2000),
      () => connections(peerConnect, 400),
    );
    const pair = (what: string, ours: number, peer: number) =>
      rows.push({ what, ours: perSecond(ours), peer: perSecond(peer), ratio: ours / peer, target: "5" });
    pair("new TLS connections served", served!, peerServed!);
    pair("new TLS connections made", made!, peerMade!);
  } finally {
    for (const reader of readers) await reader.cancel();
    for (const child of [echo, plain]) {
      await child.stdin.close();
      await child.status;
    }
  }
  printTable("TLS, WebSocket and chains, beside socat", rows);
}

await main();
