// TLS, WebSocket and chains of proxies: bulk through a pair of relays, and new TLS connections, beside socat.
// Connections: `ab`, 50 at once and none kept alive, asks an nginx on the other side of the relay, which serves TLS or
// plain HTTP; the same load and the same nginx for both, in turn. To add a figure: a row in `main`.
import { freePort, netlabCommand, which } from "../helpers/netlab.ts";
import { bulk, listening, output, Server } from "./programs.ts";
import { alone, beside, gbit, median, perSecond, printTable, rounds, type Row } from "./table.ts";
import { tlsData as data } from "../helpers/files.ts";

const ROUNDS = 5;

function netlab(...args: string[]): Server {
  const command = netlabCommand(args);
  return new Server(command.program, command.args);
}
const relay = (left: string, right: string) => netlab("relay", "-d0", left, right);
const socat = (left: string, right: string) => new Server("socat", [left, right]);

/** Processor time that a process and its ended children have used, in microseconds (proc(5)). */
async function cpuOf(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime, stime, cutime, cstime, in hundredths of a second.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10_000, 0);
}

/** Connections a second through `url`, and processor time of `server` for each, in microseconds. */
async function connections(server: Server, url: string, count: number): Promise<{ rate: number; cpu: number }> {
  const before = await cpuOf(server.child.pid);
  const report = await output("ab", ["-q", "-n", `${count}`, "-c", "50", url]);
  // socat's last children end a moment after their connections.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const cpu = (await cpuOf(server.child.pid) - before) / count;
  const [, complete] = /Complete requests:\s+(\d+)/.exec(report)!;
  const [, rate] = /Requests per second:\s+([\d.]+)/.exec(report)!;
  if (Number(complete) !== count || !/Failed requests:\s+0\b/.test(report)) throw new Error(report);
  return { rate: Number(rate), cpu };
}

/** An nginx that answers each request with a few octets, over TLS and over plain HTTP. */
class Web extends Server {
  private constructor(readonly directory: string) {
    super("nginx", ["-c", `${directory}/nginx.conf`]);
  }
  static async start(tls: number, plain: number): Promise<Web> {
    const directory = await Deno.makeTempDir();
    await Deno.writeTextFile(
      `${directory}/nginx.conf`,
      `daemon off; master_process off; pid ${directory}/pid; error_log ${directory}/error;
events { worker_connections 4096; }
http {
  access_log off; keepalive_timeout 0;
  server {
    listen 127.0.0.1:${tls} ssl backlog=4096; listen 127.0.0.1:${plain} backlog=4096;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate ${data("leaf.crt")}; ssl_certificate_key ${data("leaf.key")};
    location / { return 200 "well\\n"; }
  }
}`,
    );
    return new Web(directory);
  }
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await Deno.remove(this.directory, { recursive: true });
  }
}

const cert = `cert=${data("leaf.pem")},verify=0`;
const verified = `cafile=${data("ca.crt")}`;

/** Bulk data through a pair of relays that speak TLS to each other. */
async function bulkRows(): Promise<Row[]> {
  const rows: Row[] = [];
  const iperf = freePort();
  await using _iperf = new Server("iperf3", ["-s", "-p", `${iperf}`]);
  await listening(iperf);
  const sink = `tcp:127.0.0.1:${iperf}`;
  const tls = freePort(),
    front = freePort(),
    peerTls = freePort(),
    peerFront = freePort(),
    socks = freePort(),
    http = freePort(),
    chain = freePort(),
    ws = freePort(),
    wsFront = freePort();
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
    () => bulk(front, 1.5),
    () => bulk(peerFront, 1.5),
    () => bulk(front, 1.5, "-R"),
    () => bulk(peerFront, 1.5, "-R"),
    () => bulk(chain, 1.5),
    () => bulk(wsFront, 1.5),
  );
  const pair = (what: string, ours: number, peer: number) => rows.push(beside(what, gbit, ours, peer, "1.2"));
  pair("TLS bulk through two relays, to the server", up!, peerUp!);
  pair("TLS bulk through two relays, from the server", down!, peerDown!);
  rows.push(beside("TLS bulk through two proxies (SOCKS5, HTTP), beside direct TLS", gbit, chained!, up!, "0.5"));
  rows.push(alone("WebSocket bulk through two relays", gbit(webSocket!)));
  return rows;
}

/** New connections, of which one end speaks TLS. */
async function connectionRows(): Promise<Row[]> {
  const rows: Row[] = [];
  const tls = freePort(),
    plain = freePort(),
    listen = freePort(),
    peerListen = freePort(),
    connect = freePort(),
    peerConnect = freePort();
  await using _web = await Web.start(tls, plain);
  await using served = relay(`tls-listen:${listen},fork,${cert}`, `tcp:127.0.0.1:${plain}`);
  await using peerServed = socat(
    `openssl-listen:${peerListen},bind=127.0.0.1,fork,reuseaddr,backlog=4096,${cert}`,
    `tcp:127.0.0.1:${plain}`,
  );
  await using made = relay(`tcp-listen:${connect},fork`, `tls:localhost:${tls},${verified}`);
  await using peerMade = socat(
    `tcp-listen:${peerConnect},bind=127.0.0.1,fork,reuseaddr,backlog=4096`,
    `openssl:localhost:${tls},${verified}`,
  );
  await listening(tls, plain, listen, peerListen, connect, peerConnect);
  const runs = [
    () => connections(served, `https://127.0.0.1:${listen}/`, 3000),
    () => connections(peerServed, `https://127.0.0.1:${peerListen}/`, 600),
    () => connections(made, `http://127.0.0.1:${connect}/`, 3000),
    () => connections(peerMade, `http://127.0.0.1:${peerConnect}/`, 600),
  ];
  // The compilers of both processes have done their work after the first round.
  const results: { rate: number; cpu: number }[][] = runs.map(() => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, run] of runs.entries()) {
      const result = await run();
      if (round > 0) results[i]!.push(result);
    }
  }
  const middle = (i: number, what: "rate" | "cpu") => median(results[i]!.map((result) => result[what]));
  for (const [what, i] of [["served", 0], ["made", 2]] as const) {
    const rate = middle(i, "rate"), peerRate = middle(i + 1, "rate");
    const cpu = middle(i, "cpu"), peerCpu = middle(i + 1, "cpu");
    rows.push(beside(`new TLS connections ${what}, 50 at once`, perSecond, rate, peerRate, "5"));
    rows.push({
      what: `processor time of a connection ${what}`,
      ours: `${Math.round(cpu)} µs`,
      peer: `${Math.round(peerCpu)} µs`,
      ratio: peerCpu / cpu,
      target: "5",
    });
  }
  return rows;
}

const PARTS = { bulk: bulkRows, connections: connectionRows };

/** All parts, or those that the arguments name. */
async function main(): Promise<void> {
  for (const peer of ["socat", "iperf3", "nginx", "ab"]) {
    if (which(peer) !== undefined) continue;
    console.log(`TLS is not measured: ${peer} is not installed`);
    return;
  }
  const rows: Row[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (Deno.args.length === 0 || Deno.args.includes(name)) rows.push(...await part());
  }
  printTable("TLS, WebSocket and chains, beside socat", rows);
}

await main();
