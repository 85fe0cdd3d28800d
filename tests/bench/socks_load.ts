// The load of the SOCKS benchmark, in a process of its own, bounded in count, on loopback:
// `connections PORT TARGET COUNT AT_ONCE`, `idle PORT TARGET COUNT`, `udp PORT TARGET COUNT`, `bulk PORT TARGET MIB STREAMS`,
// `servers` (TCP echo, UDP echo, a source of octets; prints their ports), `bare PORT` (a proxy that does nothing but carry).
// Prints figures, separated by spaces.
import { listenTcp } from "../../lib/stream/conn.ts";
import { needLibc } from "../../lib/stream/libc/libc.ts";
import { AF_INET, encodeSockaddr } from "../../lib/stream/libc/sockaddr.ts";

const [kind, ...numbers] = Deno.args;
const [port = 0, target = 0, count = 0, more = 0] = numbers.map(Number);
const hostname = "127.0.0.1";

const GREETING = Uint8Array.of(5, 1, 0);
const request = (command: number) =>
  command === 3
    ? Uint8Array.of(5, 3, 0, 1, 0, 0, 0, 0, 0, 0)
    : Uint8Array.of(5, command, 0, 1, 127, 0, 0, 1, target >> 8, target & 255);

async function exactly(conn: Deno.Conn, view: Uint8Array): Promise<void> {
  for (let have = 0; have < view.length;) {
    const got = await conn.read(view.subarray(have));
    if (got === null) throw new Error("The proxy ended");
    have += got;
  }
}

/** A granted request; the reply of ten octets. */
async function asked(command: number, reply = new Uint8Array(10)): Promise<[Deno.TcpConn, Uint8Array]> {
  const conn = await Deno.connect({ hostname, port });
  await conn.write(GREETING);
  await exactly(conn, reply.subarray(0, 2));
  await conn.write(request(command));
  await exactly(conn, reply);
  if (reply[1] !== 0) throw new Error(`The proxy replied ${reply[1]}`);
  return [conn, reply];
}

const POLLIN = 1, POLLOUT = 4;
const SOCK_STREAM = 1;

/**
 * Connections a second (handshake, 64 octets there and back, close), and the 99th percentile of the handshake in ms. By the
 * C library and one poll, so that the load takes less of the machine than any of the proxies that it is to measure.
 */
function connections(): void {
  const { call, n } = needLibc("The load");
  const proxy = encodeSockaddr({ host: hostname, port });
  /** What is sent, and how much is awaited after it. */
  const steps = [[GREETING, 2], [request(1), 10], [new Uint8Array(64), 64]] as const;
  const records = new Int32Array(2 * more);
  const recordBytes = new Uint8Array(records.buffer);
  const slots = Array.from({ length: more }, () => ({ step: -1, left: 0, began: 0 }));
  const view = new Uint8Array(64);
  const took: number[] = [];
  let started = 0, ended = 0;
  const start = (slot: number) => {
    const one = slots[slot]!;
    const fd = call.socket(AF_INET, SOCK_STREAM, 0);
    call.fcntl_number(fd, 4, n.O_NONBLOCK);
    call.connect(fd, proxy, proxy.length);
    started++;
    one.step = -1;
    one.began = performance.now();
    records[2 * slot] = fd;
    records[2 * slot + 1] = POLLOUT;
  };
  const advance = (slot: number) => {
    const one = slots[slot]!, fd = records[2 * slot]!;
    if (one.step >= 0) {
      const got = Number(call.read(fd, view, BigInt(one.left)));
      if (got <= 0) throw new Error("The proxy ended");
      if (one.step === 1 && one.left === 10 && view[1] !== 0) throw new Error(`The proxy replied ${view[1]}`);
      one.left -= got;
      if (one.left > 0) return;
    }
    if (one.step === 1) took.push(performance.now() - one.began);
    const next = steps[++one.step];
    if (next === undefined) {
      call.close(fd);
      ended++;
      if (started < count) start(slot);
      else records[2 * slot] = -1;
      return;
    }
    if (Number(call.write(fd, next[0], BigInt(next[0].length))) !== next[0].length) throw new Error("No connection");
    one.left = next[1];
    records[2 * slot + 1] = POLLIN;
  };
  const began = performance.now();
  for (let slot = 0; slot < more; slot++) start(slot);
  while (ended < count) {
    call.poll(recordBytes, BigInt(more), 10_000);
    for (let slot = 0; slot < more; slot++) {
      if (records[2 * slot]! >= 0 && records[2 * slot + 1]! >> 16 !== 0) advance(slot);
    }
  }
  const seconds = (performance.now() - began) / 1000;
  took.sort((a, b) => a - b);
  console.log(count / seconds, took[Math.floor(took.length * 0.99)]);
}

async function idle(): Promise<void> {
  const conns: Deno.Conn[] = [];
  const block = new Uint8Array(8);
  for (let i = 0; i < count; i++) {
    const [conn] = await asked(1);
    await conn.write(block);
    await exactly(conn, block);
    conns.push(conn);
  }
  console.log("ready");
  await new Response(Deno.stdin.readable).bytes();
  for (const conn of conns) conn.close();
}

/** Round trips a second of one datagram after the other through an association. */
async function udp(): Promise<void> {
  const [conn, reply] = await asked(3, new Uint8Array(10));
  const relay = { transport: "udp" as const, hostname, port: (reply[8]! << 8) | reply[9]! };
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  const block = new Uint8Array(74);
  block.set([0, 0, 0, 1, 127, 0, 0, 1, target >> 8, target & 255]);
  const buffer = new Uint8Array(2048);
  const trip = async () => {
    await socket.send(block, relay);
    await socket.receive(buffer);
  };
  for (let i = 0; i < 200; i++) await trip();
  const began = performance.now();
  for (let i = 0; i < count; i++) await trip();
  console.log(count / (performance.now() - began) * 1000);
  socket.close();
  conn.close();
}

/** Gbit/s of `count` MiB through each of `more` streams. */
async function bulk(): Promise<void> {
  const began = performance.now();
  const totals = await Promise.all(Array.from({ length: more }, async () => {
    const [conn] = await asked(1);
    await conn.write(Uint8Array.of(count >> 8, count & 255));
    const view = new Uint8Array(256 * 1024);
    let total = 0;
    for (let got; (got = await conn.read(view)) !== null;) total += got;
    conn.close();
    return total;
  }));
  const octets = totals.reduce((a, b) => a + b, 0);
  if (octets !== count * more * 1048576) throw new Error(`${octets} octets are not ${count} MiB of ${more}`);
  console.log(octets * 8 / (performance.now() - began) / 1e6);
}

/** The least that a proxy can do on this runtime: the same reads and writes, and nothing else. */
async function bare(): Promise<void> {
  const serve = async (client: Deno.TcpConn) => {
    const buffer = new Uint8Array(600), other = new Uint8Array(600);
    await client.read(buffer);
    await client.write(Uint8Array.of(5, 0));
    await client.read(buffer);
    const origin = await Deno.connect({ hostname, port: (buffer[8]! << 8) | buffer[9]! });
    await client.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
    const copy = async (from: Deno.TcpConn, to: Deno.TcpConn, view: Uint8Array) => {
      for (let got; (got = await from.read(view)) !== null;) await to.write(view.subarray(0, got));
      await to.closeWrite();
    };
    await Promise.allSettled([copy(client, origin, buffer), copy(origin, client, other)]);
    client.close();
    origin.close();
  };
  // Whoever only looks whether somebody listens asks for nothing.
  for await (const client of listenTcp({ host: hostname, port })) serve(client).catch(() => client.close());
}

async function servers(): Promise<void> {
  const echo = listenTcp({ host: hostname, port: 0 }), source = listenTcp({ host: hostname, port: 0 });
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  console.log([echo, socket, source].map(({ addr }) => (addr as Deno.NetAddr).port).join(" "));
  const serve = async (listener: Deno.TcpListener, handle: (conn: Deno.TcpConn) => Promise<void>) => {
    for await (const conn of listener) handle(conn).catch(() => {}).finally(() => conn.close());
  };
  void serve(echo, async (conn) => {
    const buffer = new Uint8Array(4096);
    for (let got; (got = await conn.read(buffer)) !== null;) {
      for (let at = 0; at < got;) at += await conn.write(buffer.subarray(at, got));
    }
  });
  void serve(source, async (conn) => {
    const wanted = new Uint8Array(2);
    await exactly(conn, wanted);
    const block = new Uint8Array(256 * 1024);
    for (let left = ((wanted[0]! << 8) | wanted[1]!) * 1048576; left > 0;) {
      left -= await conn.write(block.subarray(0, Math.min(left, block.length)));
    }
  });
  void (async () => {
    const buffer = new Uint8Array(65536);
    for (;;) {
      const [data, from] = await socket.receive(buffer);
      await socket.send(data, from);
    }
  })();
  await new Response(Deno.stdin.readable).bytes();
  Deno.exit(0);
}

if (kind === "connections") connections();
else if (kind === "idle") await idle();
else if (kind === "udp") await udp();
else if (kind === "bulk") await bulk();
else if (kind === "servers") await servers();
else if (kind === "bare") await bare();
else throw new TypeError(`Unknown load "${kind}"`);
