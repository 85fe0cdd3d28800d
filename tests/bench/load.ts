// The load of the benchmarks, in a process of its own: `load.ts connections PORT COUNT`, `load.ts udp PORT COUNT`,
// `load.ts idle PORT COUNT` (holds them until its input ends), `load.ts echo` (a TCP and a UDP echo; prints the ports).
// Every load is bounded in count, stays on loopback and stops by itself.
import { listenTcp } from "../../lib/stream/conn.ts";

const [kind, portText = "0", countText = "0"] = Deno.args;
const port = Number(portText), count = Number(countText);
const hostname = "127.0.0.1";

/** Connections a second: connect, 64 octets there and back, close; 50 at once. */
async function connections(): Promise<number> {
  let left = count;
  const began = performance.now();
  const worker = async () => {
    const block = new Uint8Array(64);
    while (left-- > 0) {
      const conn = await Deno.connect({ hostname, port });
      await conn.write(block);
      for (let got = 0; got < 64;) got += (await conn.read(block)) ?? 64;
      conn.close();
    }
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  return count / (performance.now() - began) * 1000;
}

/** Round trips a second of one datagram after the other. */
async function udp(): Promise<number> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  const block = new Uint8Array(64), buffer = new Uint8Array(2048);
  const to = { transport: "udp" as const, hostname, port };
  const trip = async () => {
    await socket.send(block, to);
    await socket.receive(buffer);
  };
  for (let i = 0; i < 200; i++) await trip();
  const began = performance.now();
  for (let i = 0; i < count; i++) await trip();
  const rate = count / (performance.now() - began) * 1000;
  socket.close();
  return rate;
}

async function idle(): Promise<void> {
  const conns: Deno.Conn[] = [];
  const block = new Uint8Array(8);
  for (let i = 0; i < count; i++) {
    const conn = await Deno.connect({ hostname, port });
    await conn.write(block);
    for (let got = 0; got < 8;) got += (await conn.read(block)) ?? 8;
    conns.push(conn);
  }
  console.log("ready");
  await new Response(Deno.stdin.readable).bytes();
  for (const conn of conns) conn.close();
}

async function echo(): Promise<void> {
  const listener = listenTcp({ host: hostname, port: 0 });
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  console.log(`${listener.addr.port} ${(socket.addr as Deno.NetAddr).port}`);
  (async () => {
    const buffer = new Uint8Array(65536);
    for (;;) {
      const [data, from] = await socket.receive(buffer);
      await socket.send(data, from);
    }
  })().catch(() => {});
  (async () => {
    for await (const conn of listener) {
      (async () => {
        const buffer = new Uint8Array(4096);
        for (;;) {
          const got = await conn.read(buffer);
          if (got === null) break;
          for (let at = 0; at < got;) at += await conn.write(buffer.subarray(at, got));
        }
        conn.close();
      })().catch(() => {});
    }
  })();
  await new Response(Deno.stdin.readable).bytes();
  Deno.exit(0);
}

if (kind === "connections") console.log(await connections());
else if (kind === "udp") console.log(await udp());
else if (kind === "idle") await idle();
else if (kind === "echo") await echo();
else throw new TypeError(`Unknown load "${kind}"`);
