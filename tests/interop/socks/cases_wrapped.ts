// Programs that know no proxy, below one that leads them there.
import { assertEquals } from "@std/assert";
import { which } from "../../helpers/netlab.ts";
import type { Case } from "./cases.ts";
import { HELLO, type Lab } from "./lab.ts";

/** Runs curl below a program that redirects its connections. */
const below =
  (program: string, config: (lab: Lab) => string, args: (path: string) => string[], variable?: string) =>
  async (lab: Lab) => {
    const path = await lab.file(`${program}-${Math.random()}.conf`, config(lab));
    const curl = [which("curl")!, "-sS", "--noproxy", "*", `http://127.0.0.1:${lab.http}/hello`];
    await lab.says(HELLO, program, [...args(path), ...curl], {
      env: variable === undefined ? {} : { [variable]: path },
    });
  };

const proxychains = (kind: string, port: (lab: Lab) => string) =>
  below(
    "proxychains4",
    (lab) => `strict_chain\nquiet_mode\n[ProxyList]\n${kind} 127.0.0.1 ${port(lab)}\n`,
    (path) => ["-f", path],
  );

/** Dante's library goes to loopback directly: only names that it has not looked up lead to the proxy. */
const dante = (port: number, protocol = "socks_v5", method = "none") =>
  `resolveprotocol: fake
route {
  from: 0.0.0.0/0 to: 0.0.0.0/0 via: 127.0.0.1 port = ${port}
  protocol: tcp udp
  proxyprotocol: ${protocol}
  method: ${method}
  command: connect bind bindreply udpassociate udpreply
}\n`;

/** Below it Python, which asks the library for names as the library expects it. */
const socksify = (config: (lab: Lab) => string, code: (lab: Lab) => string) => async (lab: Lab) => {
  const path = await lab.file(`socksify-${Math.random()}.conf`, config(lab));
  await lab.says(HELLO, "socksify", ["/usr/bin/python3", "-c", `import socket\n${code(lab)}`], {
    env: { SOCKS_CONF: path, SOCKS_USERNAME: "me", SOCKS_PASSWORD: "secret" },
  });
};

const page = (lab: Lab) => `
s = socket.socket(); s.settimeout(10); s.connect((socket.gethostbyname("localhost"), ${lab.http}))
s.sendall(${JSON.stringify(lab.request)}.encode())
while True:
  part = s.recv(4096)
  if not part: break
  print(part.decode())`;

/** Their cases. */
export const WRAPPED: readonly Case[] = [
  {
    client: "proxychains4",
    shows: ["SOCKS 4"],
    programs: ["proxychains4", "curl"],
    run: proxychains("socks4", (lab) => `${lab.open}`),
  },
  {
    client: "proxychains4",
    shows: ["SOCKS 5"],
    programs: ["proxychains4", "curl"],
    run: proxychains("socks5", (lab) => `${lab.open}`),
  },
  {
    client: "proxychains4",
    shows: ["login"],
    programs: ["proxychains4", "curl"],
    run: proxychains("socks5", (lab) => `${lab.closed} me secret`),
  },
  {
    client: "proxychains4",
    shows: ["HTTP CONNECT"],
    programs: ["proxychains4", "curl"],
    run: proxychains("http", (lab) => `${lab.open}`),
  },

  {
    client: "socksify (Dante)",
    shows: ["SOCKS 5", "name by proxy"],
    programs: ["socksify", "python3"],
    run: socksify((lab) => dante(lab.open), page),
  },
  {
    client: "socksify (Dante)",
    shows: ["login"],
    programs: ["socksify", "python3"],
    run: socksify((lab) => dante(lab.closed, "socks_v5", "username"), page),
  },
  {
    client: "socksify (Dante)",
    shows: ["HTTP CONNECT"],
    programs: ["socksify", "python3"],
    run: socksify((lab) => dante(lab.open, "http_v1.0").replace(/ {2}command:.*\n/, ""), page),
  },
  {
    client: "socksify (Dante)",
    shows: ["UDP"],
    programs: ["socksify", "python3"],
    run: socksify(
      (lab) => dante(lab.open),
      (lab) => `
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(10)
s.sendto(b"${HELLO}", (socket.gethostbyname("localhost"), ${lab.udp}))
print(s.recvfrom(4096)[0].decode())`,
    ),
  },
  {
    client: "socksify (Dante)",
    shows: ["BIND"],
    programs: ["socksify", "python3"],
    run: async (lab) => {
      const path = await lab.file("socksify-bind.conf", dante(lab.open));
      // As ftp does for its data: a connection out, then a port on which that host calls back.
      const code = `
import ctypes, os, socket
c = socket.create_connection(("127.0.0.1", ${lab.http}), 10)
s = socket.socket(); s.bind((c.getsockname()[0], 0)); s.listen(1)
print(s.getsockname()[1], flush=True)
# Python itself calls accept4, which Dante's library does not know.
peer, length = ctypes.create_string_buffer(128), ctypes.c_uint(128)
a = ctypes.CDLL(None).accept(s.fileno(), peer, ctypes.byref(length))
print(os.read(a, 100).decode(), flush=True)`;
      const child = new Deno.Command(which("socksify")!, {
        args: ["/usr/bin/python3", "-c", code],
        env: { SOCKS_CONF: path },
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
      let text = "", called = false;
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
        text += part;
        const port = /^(\d+)\n/.exec(text)?.[1];
        if (port === undefined || called) continue;
        called = true;
        using conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
        await conn.write(new TextEncoder().encode(HELLO));
      }
      clearTimeout(timer);
      await child.status;
      assertEquals(text.includes(HELLO), true, text);
    },
  },
];
