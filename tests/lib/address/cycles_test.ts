// Every address type, opened and closed again and again: no descriptor, no child and no file stays.
import { assertEquals } from "@std/assert";
import { ADDRESS_TYPES } from "../../../lib/address/list.ts";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { Stream } from "../../../lib/stream/stream.ts";
import {
  ask,
  assertLeavesNothing,
  echo,
  leavesNothing,
  openOne,
  serving,
  testContext,
} from "../../helpers/endpoint.ts";
import { TestProxy } from "../../helpers/socks.ts";
import { tlsData as data } from "../../helpers/files.ts";
import { readAll } from "../../helpers/streams.ts";

const cert = `cert=${data("leaf.pem")}`, cafile = `cafile=${data("ca.crt")}`;

/** A listener and who connects to it: one cycle is a connection, a word there and back, and its end. `<folder>` is filled in. */
type Pair = readonly [listen: string, connect: (port: number, folder: string) => string, times?: number];
const PAIRS: readonly Pair[] = [
  ["TCP-LISTEN:0", (port) => `TCP:127.0.0.1:${port}`],
  [`OPENSSL-LISTEN:0,${cert},verify=0`, (port) => `OPENSSL:localhost:${port},${cafile}`],
  [
    `OPENSSL-LISTEN:0,${cert},${cafile}`,
    (port) => `OPENSSL:localhost:${port},${cafile},cert=${data("client.pem")}`,
    150,
  ],
  [
    `OPENSSL-LISTEN:0,${cert},verify=0,starttls=postgres`,
    (port) => `OPENSSL:localhost:${port},${cafile},starttls=postgres`,
    150,
  ],
  ["TCP-LISTEN:0,proxy-protocol=v2", (port) => `TCP:127.0.0.1:${port},proxy-protocol=v2`],
  ["WS-LISTEN:0", (port) => `WS:127.0.0.1:${port}`],
  [`WSS-LISTEN:0,${cert}`, (port) => `WSS:localhost:${port},${cafile}`, 200],
  // Each costs a third of a second.
  [`QUIC-LISTEN:0,${cert}`, (port) => `QUIC:localhost:${port},pf=ip4,${cafile}`, 10],
  ["UNIX-LISTEN:<folder>/s", (_, folder) => `UNIX-CONNECT:${folder}/s`],
  ["UNIX-LISTEN:<folder>/s,type=5", (_, folder) => `UNIX-CLIENT:${folder}/s`],
];

/** Sends a datagram, waits for its answer. */
async function askDatagram(stream: Stream): Promise<string> {
  try {
    await stream.write(utf8("x"));
    const view = new Uint8Array(10);
    return new TextDecoder().decode(view.subarray(0, (await stream.read(view))!));
  } finally {
    await stream.close();
  }
}

/** As `PAIRS`, of datagrams. */
const DATAGRAMS: readonly Pair[] = [
  ["UDP-LISTEN:0", (port) => `UDP:127.0.0.1:${port}`],
  ["UDP-RECVFROM:0", (port) => `UDP-DATAGRAM:127.0.0.1:${port}`],
  ["UNIX-RECVFROM:<folder>/d", (_, folder) => `UNIX-SENDTO:${folder}/d,bind=${folder}/own`],
];

/** Addresses that need nobody; what is asked is given back, or nothing is (`""`). */
const ALONE: readonly (readonly [text: string, back: string, times?: number])[] = [
  ["PIPE", "x"],
  ["EXEC:cat", "x", 100],
  ["SYSTEM:cat", "x", 50],
  ["SHELL:cat", "x", 50],
];

/** Addresses that are opened and closed, and no more. */
const OPENED: readonly (readonly [text: string, times?: number])[] = [
  ["OPEN:<folder>/file,creat"],
  ["CREATE:<folder>/file"],
  ["GOPEN:<folder>/file"],
  ["PIPE:<folder>/fifo,unlink-close"],
  ["TEXT:words"],
  ["STALL"],
  ["SOCKETPAIR"],
  ["PTY,link=<folder>/tty"],
  ["EXEC:cat,pty", 50],
  ["BROKER"],
  ["MERGE:PIPE"],
  ["MERGE:UDP:127.0.0.1:9", 100],
  ["UDP-RECV:0"],
  ["UNIX-RECV:<folder>/r"],
];

/** Ways through a proxy to a server. */
const PROXIED: readonly ((proxy: number, server: number) => string)[] = [
  (proxy, server) => `PROXY:127.0.0.1:localhost:${server},proxyport=${proxy}`,
  (proxy, server) => `SOCKS4:127.0.0.1:127.0.0.1:${server},socksport=${proxy}`,
  (proxy, server) => `SOCKS4A:127.0.0.1:localhost:${server},socksport=${proxy}`,
  (proxy, server) => `SOCKS5:127.0.0.1:${proxy}:localhost:${server}`,
];

/** What stands elsewhere, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "-": "the program's own",
  STDIN: "the program's own",
  STDOUT: "the program's own",
  STDERR: "the program's own",
  FD: "needs a descriptor that the program was started with: file/descriptor_test.ts",
  "ACCEPT-FD": "needs a listener that the program was started with: file/descriptor_test.ts",
  "VSOCK-CONNECT": "needs a kernel that carries VSOCK on this machine",
  "VSOCK-LISTEN": "needs a kernel that carries VSOCK on this machine",
};

const linux = Deno.build.os === "linux";
const cycles = (what: string, times: number, fn: (folder: string) => Promise<void>) =>
  Deno.test({
    name: `${times} openings and closings of ${what.replaceAll(/=\/[^,]*\//g, "=")} leave nothing`,
    ignore: !linux,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        await fn(folder);
        // What one address makes may stay (a file): not one for each.
        assertEquals([...Deno.readDirSync(folder)].filter(({ name }) => name !== "file"), []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });

for (const [listen, connect, times = 500] of PAIRS) {
  cycles(`${listen} and ${connect(0, "").replace(/:.*/, "")}`, times, async (folder) => {
    const place = listen.replace("<folder>", folder);
    await serving(`${place},fork`, echo, async (port) => {
      await leavesNothing(times, async () => {
        assertEquals(await ask(await openOne(connect(port, folder)), "x"), "x");
      });
    });
  });
}

for (const [listen, connect, times = 500] of DATAGRAMS) {
  cycles(`${listen} and ${connect(0, "").replace(/:.*/, "")}`, times, async (folder) => {
    const place = listen.replace("<folder>", folder);
    const answer = async (stream: Stream) => {
      const view = new Uint8Array(10);
      await stream.write(view.subarray(0, (await stream.read(view)) ?? 0));
    };
    await serving(`${place},fork`, answer, async (port) => {
      await leavesNothing(times, async () => {
        assertEquals(await askDatagram(await openOne(connect(port, folder))), "x");
      });
    });
  });
}

for (const [text, back, times = 500] of ALONE) {
  cycles(text, times, async () => {
    await assertLeavesNothing(times, async () => assertEquals(await ask(await openOne(text), "x"), back));
  });
}

for (const [text, times = 500] of OPENED) {
  cycles(text, times, async (folder) => {
    const address = text.replace("<folder>", folder);
    await assertLeavesNothing(times, async () => await (await openOne(address)).close(), folder);
  });
}

for (const way of PROXIED) {
  cycles(way(0, 0).replace(/:.*/, ""), 300, async () => {
    await using proxy = await TestProxy.start();
    await serving("tcp-listen:0,fork", echo, async (port) => {
      await leavesNothing(300, async () => {
        assertEquals(await ask(await openOne(way(proxy.port, port)), "x"), "x");
      });
    });
  });
}

cycles("SOCKS5-LISTEN", 100, async () => {
  await using proxy = await TestProxy.start();
  await leavesNothing(100, async () => {
    const context = testContext();
    const opening = openOne(`SOCKS5-LISTEN:127.0.0.1:${proxy.port}:127.0.0.1:0`, context);
    const port = Number(/:(\d+)$/.exec(await context.listening)![1]);
    await using caller = await openOne(`tcp:127.0.0.1:${port}`);
    await using called = await opening;
    await called.write(utf8("x"));
    await called.closeWrite();
    assertEquals(new TextDecoder().decode(await readAll(caller)), "x");
  });
});

Deno.test("Every address type is opened and closed here, or it is said why not", () => {
  const said = [
    ...PAIRS.flatMap(([listen, connect]) => [listen, connect(0, "")]),
    ...DATAGRAMS.flatMap(([listen, connect]) => [listen, connect(0, "")]),
    ...[...ALONE, ...OPENED].map(([text]) => text),
    ...PROXIED.map((way) => way(0, 0)),
    "SOCKS5-LISTEN",
    ...Object.keys(ELSEWHERE),
  ].map((text) => text.replace(/[:,].*/, ""));
  const missing = ADDRESS_TYPES.filter(({ names }) => !names.some((name) => said.includes(name)));
  assertEquals(missing.map(({ names }) => names[0]), []);
});
