// Libraries: Python's PySocks, npm's socks, the runtime's own fetch.
import { assertEquals } from "@std/assert";
import type { Case } from "./cases.ts";
import { HELLO, type Lab } from "./lab.ts";

/** PySocks below Debian's own Python, which is where it is installed. */
const python = (code: (lab: Lab) => string) => (lab: Lab) =>
  lab.says(HELLO, "/usr/bin/python3", ["-c", `import socks, sys\n${code(lab)}`]);

const pysocks = (kind: string, more: (lab: Lab) => string, host = "localhost") =>
  python((lab) => `
s = socks.socksocket(); s.settimeout(10)
s.set_proxy(socks.${kind}, "127.0.0.1", ${more(lab)})
s.connect(("${host}", ${lab.http}))
s.sendall(${JSON.stringify(lab.request)}.encode())
data = b""
while True:
  part = s.recv(4096)
  if not part: break
  data += part
print(data.decode())`);

// Not a dependency of ours: looked for here, as the programs are.
const NPM_SOCKS = "npm:socks@2.8.7";
/** `undefined` where it cannot be had. */
export const npm: { SocksClient: NpmSocks } | undefined = await import(NPM_SOCKS).catch(() => undefined);

const npmSocks = (run: (lab: Lab, socks: NpmSocks) => Promise<void>) => (lab: Lab) => run(lab, npm!.SocksClient);

/** The part of npm's `socks` that is used. */
interface NodeSocket {
  on(event: "data", listener: (bytes: Uint8Array) => void): void;
  on(event: "end" | "close", listener: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  write(text: string): void;
  destroy(): void;
  resume(): void;
}
interface NpmSocks {
  createConnection(options: unknown): Promise<{ socket: NodeSocket; remoteHost?: { host: string; port: number } }>;
  createUDPFrame(options: unknown): Uint8Array;
  parseUDPFrame(frame: Uint8Array): { data: Uint8Array };
  new (options: unknown): NpmSocksClient;
}
interface NpmSocksClient {
  connect(): void;
  on(event: "bound", listener: (info: { remoteHost: { port: number }; socket: NodeSocket }) => void): void;
  on(event: "established", listener: (info: { remoteHost: { port: number }; socket: NodeSocket }) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

const npmConnect = (proxy: (lab: Lab) => Record<string, unknown>, host = "localhost") =>
  npmSocks(async (lab, SocksClient) => {
    const { socket } = await SocksClient.createConnection({
      proxy: { host: "127.0.0.1", ...proxy(lab) },
      command: "connect",
      destination: { host, port: lab.http },
    });
    let text = "";
    const ended = new Promise<void>((resolve, reject) => {
      socket.on("data", (bytes) => text += new TextDecoder().decode(bytes));
      socket.on("end", resolve);
      socket.on("error", reject);
    });
    socket.resume();
    socket.write(lab.request);
    await ended;
    socket.destroy();
    assertEquals(text.includes(HELLO), true, text);
  });

const fetchWith = (url: (lab: Lab) => string, login = false) => async (lab: Lab) => {
  using client = Deno.createHttpClient({
    proxy: { url: url(lab), ...(login ? { basicAuth: { username: "me", password: "secret" } } : {}) },
  });
  const response = await fetch(`http://localhost:${lab.http}/hello`, { client });
  assertEquals(await response.text(), HELLO);
};

/** Their cases. */
export const LIBRARIES: readonly Case[] = [
  {
    client: "PySocks",
    shows: ["SOCKS 4"],
    programs: ["/usr/lib/python3/dist-packages/socks.py"],
    run: pysocks("SOCKS4", (lab) => `${lab.open}, False`, "127.0.0.1"),
  },
  {
    client: "PySocks",
    shows: ["SOCKS 4a"],
    programs: ["/usr/lib/python3/dist-packages/socks.py"],
    run: pysocks("SOCKS4", (lab) => `${lab.open}, True`),
  },
  {
    client: "PySocks",
    shows: ["SOCKS 5", "name by proxy"],
    programs: ["/usr/lib/python3/dist-packages/socks.py"],
    run: pysocks("SOCKS5", (lab) => `${lab.open}, True`),
  },
  {
    client: "PySocks",
    shows: ["login"],
    programs: ["/usr/lib/python3/dist-packages/socks.py"],
    run: pysocks("SOCKS5", (lab) => `${lab.closed}, True, "me", "secret"`),
  },
  {
    client: "PySocks",
    shows: ["HTTP CONNECT"],
    programs: ["/usr/lib/python3/dist-packages/socks.py"],
    run: pysocks("HTTP", (lab) => `${lab.open}, True`),
  },
  {
    client: "PySocks",
    shows: ["UDP"],
    programs: ["/usr/lib/python3/dist-packages/socks.py"],
    run: python((lab) => `
import socket
s = socks.socksocket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(10)
s.set_proxy(socks.SOCKS5, "127.0.0.1", ${lab.open})
s.sendto(b"${HELLO}", ("127.0.0.1", ${lab.udp}))
print(s.recvfrom(4096)[0].decode())`),
  },

  {
    client: "npm socks",
    shows: ["SOCKS 4"],
    programs: ["npm:socks"],
    run: npmConnect((lab) => ({ port: lab.open, type: 4 }), "127.0.0.1"),
  },
  {
    client: "npm socks",
    shows: ["SOCKS 4a"],
    programs: ["npm:socks"],
    run: npmConnect((lab) => ({ port: lab.open, type: 4 })),
  },
  {
    client: "npm socks",
    shows: ["SOCKS 5", "name by proxy"],
    programs: ["npm:socks"],
    run: npmConnect((lab) => ({ port: lab.open, type: 5 })),
  },
  {
    client: "npm socks",
    shows: ["login"],
    programs: ["npm:socks"],
    run: npmConnect((lab) => ({ port: lab.closed, type: 5, userId: "me", password: "secret" })),
  },
  {
    client: "npm socks",
    shows: ["BIND"],
    programs: ["npm:socks"],
    run: npmSocks(async (lab, SocksClient) => {
      const client = new SocksClient({
        proxy: { host: "127.0.0.1", port: lab.open, type: 5 },
        command: "bind",
        destination: { host: "0.0.0.0", port: 0 },
      });
      const bound = Promise.withResolvers<number>(), got = Promise.withResolvers<string>();
      const established = Promise.withResolvers<void>();
      client.on("bound", ({ remoteHost }) => bound.resolve(remoteHost.port));
      client.on("established", ({ socket }) => {
        // What comes in one piece with the second reply is lost in this client: the peer waits for it.
        established.resolve();
        let text = "";
        socket.on("data", (bytes) => text += new TextDecoder().decode(bytes));
        socket.on("end", () => {
          socket.destroy();
          got.resolve(text);
        });
        socket.resume();
      });
      client.on("error", (error) => {
        for (const each of [bound, established, got]) each.reject(error);
      });
      client.connect();
      using conn = await Deno.connect({ hostname: "127.0.0.1", port: await bound.promise });
      await established.promise;
      await conn.write(new TextEncoder().encode(HELLO));
      await conn.closeWrite();
      assertEquals(await got.promise, HELLO);
    }),
  },
  {
    client: "npm socks",
    shows: ["UDP"],
    programs: ["npm:socks"],
    run: npmSocks(async (lab, SocksClient) => {
      const client = new SocksClient({
        proxy: { host: "127.0.0.1", port: lab.open, type: 5 },
        command: "associate",
        destination: { host: "0.0.0.0", port: 0 },
      });
      const established = Promise.withResolvers<{ remoteHost: { port: number }; socket: NodeSocket }>();
      client.on("established", established.resolve);
      client.on("error", established.reject);
      client.connect();
      const { socket, remoteHost } = await established.promise;
      const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      const frame = SocksClient.createUDPFrame({
        remoteHost: { host: "127.0.0.1", port: lab.udp },
        data: (await import("node:buffer")).Buffer.from(HELLO),
      });
      await udp.send(frame, { transport: "udp", hostname: "127.0.0.1", port: remoteHost.port });
      const [answer] = await udp.receive();
      const { Buffer } = await import("node:buffer");
      assertEquals(new TextDecoder().decode(SocksClient.parseUDPFrame(Buffer.from(answer)).data), HELLO);
      udp.close();
      const closed = new Promise<void>((resolve) => socket.on("close", resolve));
      socket.destroy();
      await closed;
    }),
  },

  { client: "Deno fetch", shows: ["SOCKS 5"], programs: [], run: fetchWith((lab) => `socks5://127.0.0.1:${lab.open}`) },
  {
    client: "Deno fetch",
    shows: ["name by proxy"],
    programs: [],
    run: fetchWith((lab) => `socks5h://127.0.0.1:${lab.open}`),
  },
  {
    client: "Deno fetch",
    shows: ["login"],
    programs: [],
    run: fetchWith((lab) => `socks5h://me:secret@127.0.0.1:${lab.closed}`),
  },
  {
    client: "Deno fetch",
    shows: ["HTTP forward"],
    programs: [],
    run: fetchWith((lab) => `http://127.0.0.1:${lab.open}`),
  },
  {
    client: "Deno fetch",
    shows: ["HTTP forward", "login"],
    programs: [],
    run: fetchWith((lab) => `http://127.0.0.1:${lab.closed}`, true),
  },
];
