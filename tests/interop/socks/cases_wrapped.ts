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

const tsocks = (type: number, more: string, port: (lab: Lab) => number) =>
  below(
    "tsocks",
    (lab) =>
      `local = 192.0.2.0/255.255.255.0\nserver = 127.0.0.1\nserver_port = ${port(lab)}\nserver_type = ${type}\n${more}`,
    () => [],
    "TSOCKS_CONF_FILE",
  );

const dante = (lab: Lab) =>
  `route {
  from: 0.0.0.0/0 to: 0.0.0.0/0 via: 127.0.0.1 port = ${lab.open}
  protocol: tcp udp
  proxyprotocol: socks_v5
  method: none
  command: connect bind bindreply udpassociate udpreply
}\n`;

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
    shows: ["SOCKS 5"],
    programs: ["socksify", "curl"],
    run: below("socksify", dante, () => [], "SOCKS_CONF"),
  },
  {
    client: "socksify (Dante)",
    shows: ["UDP"],
    programs: ["socksify", "python3"],
    run: async (lab) => {
      const path = await lab.file("socksify-udp.conf", dante(lab));
      const code = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(10)
s.sendto(b"${HELLO}", ("127.0.0.1", ${lab.udp}))
print(s.recvfrom(4096)[0].decode())`;
      await lab.says(HELLO, "socksify", ["/usr/bin/python3", "-c", code], { env: { SOCKS_CONF: path } });
    },
  },
  {
    client: "socksify (Dante)",
    shows: ["BIND"],
    programs: ["socksify", "python3"],
    run: async (lab) => {
      const path = await lab.file("socksify-bind.conf", dante(lab));
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

  { client: "tsocks", shows: ["SOCKS 4"], programs: ["tsocks", "curl"], run: tsocks(4, "", (lab) => lab.open) },
  { client: "tsocks", shows: ["SOCKS 5"], programs: ["tsocks", "curl"], run: tsocks(5, "", (lab) => lab.open) },
  {
    client: "tsocks",
    shows: ["login"],
    programs: ["tsocks", "curl"],
    run: tsocks(5, "default_user = me\ndefault_pass = secret\n", (lab) => lab.closed),
  },
];
