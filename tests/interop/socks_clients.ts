// Which client does what through `netlab socks`: one line a case. The test runs them, the table for the README shows them.
// To add a client: its cases at the end of CASES; its programs are looked for by name.
import { assertEquals } from "@std/assert";
import { freePort, listening, Running, runProgram, which } from "../helpers/netlab.ts";
import { HELLO, type Lab } from "./socks_lab.ts";

/** What a client can do, in the order of the table. */
export const COLUMNS = [
  "SOCKS 4",
  "SOCKS 4a",
  "SOCKS 5",
  "name by proxy",
  "login",
  "HTTP CONNECT",
  "HTTP forward",
  "BIND",
  "UDP",
] as const;
export type Column = typeof COLUMNS[number];

export interface Case {
  readonly client: string;
  /** What it shows; the same case may show several things. */
  readonly shows: readonly Column[];
  /** Programs that must be installed. */
  readonly programs: readonly string[];
  run(lab: Lab): Promise<void>;
}

const curl = (args: (lab: Lab) => string[]) => (lab: Lab) =>
  lab.says(HELLO, "curl", ["-sS", "--noproxy", "", ...args(lab), `http://localhost:${lab.http}/hello`]);

const ncat = (type: string, args: (lab: Lab) => string[], host = "localhost") => (lab: Lab) =>
  lab.says(HELLO, "ncat", ["--proxy-type", type, ...args(lab), host, `${lab.http}`], { stdin: lab.request });

const socat = (address: (lab: Lab) => string) => (lab: Lab) =>
  lab.says(HELLO, "socat", ["-t", "5", "-", address(lab)], { stdin: lab.request });

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
const npm: { SocksClient: NpmSocks } | undefined = await import(NPM_SOCKS).catch(() => undefined);

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
  const response = await fetch(`http://127.0.0.1:${lab.http}/hello`, { client });
  assertEquals(await response.text(), HELLO);
};

/** A repository that can be cloned over plain HTTP files. */
async function repository(lab: Lab): Promise<void> {
  const path = `${lab.folder}/www/repo.git`;
  const git = async (...args: string[]) => {
    const { code, stderr } = await new Deno.Command("git", { args, stdout: "null", stderr: "piped" }).output();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  };
  if (await Deno.stat(path).then(() => true, () => false)) return;
  await git("init", "-q", "--bare", path);
  const tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
  await git("--git-dir", path, "hash-object", "-t", "tree", "-w", "/dev/null");
  const identity = ["-c", "user.name=lab", "-c", "user.email=lab@localhost"];
  const commit = new TextDecoder().decode(
    (await new Deno.Command("git", { args: [...identity, "--git-dir", path, "commit-tree", tree, "-m", "one"] })
      .output())
      .stdout,
  ).trim();
  await git("--git-dir", path, "update-ref", "refs/heads/proxied", commit);
  await git("--git-dir", path, "update-server-info");
}

const git = (proxy: (lab: Lab) => string) => async (lab: Lab) => {
  await repository(lab);
  await lab.says("refs/heads/proxied", "git", [
    "-c",
    `http.proxy=${proxy(lab)}`,
    "ls-remote",
    `http://127.0.0.1:${lab.http}/repo.git`,
  ], { env: { no_proxy: "", HOME: lab.folder } });
};

/** An HTTP proxy of its own in front of ours, asked by curl. */
const inFront =
  (program: string, config: (lab: Lab, port: number) => string, args: (path: string) => string[]) =>
  async (
    lab: Lab,
  ) => {
    const port = freePort();
    const path = await lab.file(`${program}-${port}.conf`, config(lab, port));
    await using running = new Running(which(program)!, args(path));
    await listening(port);
    void running;
    await lab.says(HELLO, "curl", [
      "-sS",
      "--noproxy",
      "",
      "-x",
      `http://127.0.0.1:${port}`,
      `http://127.0.0.1:${lab.http}/hello`,
    ]);
  };

const tinyproxy = (upstream: (lab: Lab) => string) =>
  inFront(
    "tinyproxy",
    (lab, port) =>
      `Port ${port}\nListen 127.0.0.1\nTimeout 10\nMaxClients 10\nLogLevel Error\nUpstream ${upstream(lab)}\n`,
    (path) => ["-d", "-c", path],
  );

const privoxy = (forward: (lab: Lab) => string) =>
  inFront(
    "privoxy",
    (lab, port) => `listen-address 127.0.0.1:${port}\n${forward(lab)}\n`,
    (path) => ["--no-daemon", path],
  );

/** ssh through OpenBSD's nc to an sshd of its own. */
const sshThrough = (kind: string) => async (lab: Lab) => {
  const port = freePort();
  const key = `${lab.folder}/key-${port}`;
  const make = async (path: string) => {
    await new Deno.Command("ssh-keygen", { args: ["-q", "-t", "ed25519", "-N", "", "-f", path] }).output();
  };
  await make(key);
  await make(`${key}-host`);
  await Deno.copyFile(`${key}.pub`, `${key}-authorized`);
  await Deno.chmod(lab.folder, 0o755);
  await Deno.mkdir("/run/sshd", { recursive: true }).catch(() => {});
  const config = await lab.file(
    `sshd-${port}.conf`,
    `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${key}-host\nAuthorizedKeysFile ${key}-authorized\nUsePAM no\n` +
      `StrictModes no\nPidFile none\nPasswordAuthentication no\nPermitRootLogin yes\n`,
  );
  await using _sshd = new Running(which("sshd")!, ["-D", "-e", "-f", config]);
  await listening(port);
  const options = [
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "BatchMode=yes",
    "ConnectTimeout=10",
    `ProxyCommand=nc -X ${kind} -x 127.0.0.1:${lab.open} %h %p`,
  ].flatMap((option) => ["-o", option]);
  await lab.says(HELLO, "ssh", ["-F", "none", "-i", key, "-p", `${port}`, ...options, "127.0.0.1", `echo ${HELLO}`]);
};

const apt = (proxy: (lab: Lab) => string) => async (lab: Lab) => {
  const to = `${lab.folder}/apt-${Math.random()}`;
  await lab.says("", "/usr/lib/apt/apt-helper", [
    "-o",
    `Acquire::http::Proxy=${proxy(lab)}`,
    "-o",
    "APT::Sandbox::User=root",
    "download-file",
    `http://127.0.0.1:${lab.http}/hello`,
    to,
  ]);
  assertEquals(await Deno.readTextFile(to), HELLO);
};

const wget = (login: string, port: (lab: Lab) => number) => (lab: Lab) =>
  lab.says(HELLO, "wget", ["-q", "-O", "-", `http://127.0.0.1:${lab.http}/hello`], {
    env: { http_proxy: `http://${login}127.0.0.1:${port(lab)}`, no_proxy: "", HOME: lab.folder },
  });

const nc = (kind: string) => (lab: Lab) =>
  lab.says(HELLO, "nc", ["-X", kind, "-x", `127.0.0.1:${lab.open}`, "-N", "127.0.0.1", `${lab.http}`], {
    stdin: lab.request,
  });

const connectProxy = (args: (lab: Lab) => string[], env: Record<string, string> = {}) => (lab: Lab) =>
  lab.says(HELLO, "connect-proxy", [...args(lab), "127.0.0.1", `${lab.http}`], { stdin: lab.request, env });

/** Knows no half-close: its standard input stays open until the answer is there. */
const proxytunnel = (args: (lab: Lab) => string[]) => async (lab: Lab) => {
  const child = new Deno.Command(which("proxytunnel")!, {
    args: ["-q", ...args(lab), "-d", `127.0.0.1:${lab.http}`],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(lab.request));
  const text = await new Response(child.stdout).text();
  await writer.close().catch(() => {});
  await child.status;
  clearTimeout(timer);
  assertEquals(text.includes(HELLO), true, text);
};

/** A page that asks for more by HTTP and by WebSocket. Names are left to the proxy, and no other host is ever asked. */
const chromium = (proxy: (lab: Lab) => string, host: string) => async (lab: Lab) => {
  const folder = await Deno.makeTempDir({ dir: lab.folder, prefix: "chromium-" });
  const { stdout, stderr } = await runProgram(which("chromium")!, [
    ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps"],
    `--user-data-dir=${folder}`,
    `--proxy-server=${proxy(lab)}`,
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
    ...["--virtual-time-budget=5000", "--timeout=20000", "--dump-dom"],
    `http://${host}:${lab.http}/page`,
  ], { timeoutMs: 60_000 });
  assertEquals(stdout.includes(`<p id="http">${HELLO}</p>`), true, stdout + stderr);
  assertEquals(stdout.includes(`<p id="socket">a message came back</p>`), true, stdout + stderr);
};

/** Every case: client, what it shows, what it needs, how. */
export const CASES: readonly Case[] = [
  { client: "curl", shows: ["SOCKS 4"], programs: ["curl"], run: curl((lab) => ["--socks4", `127.0.0.1:${lab.open}`]) },
  {
    client: "curl",
    shows: ["SOCKS 4a"],
    programs: ["curl"],
    run: curl((lab) => ["--socks4a", `127.0.0.1:${lab.open}`]),
  },
  { client: "curl", shows: ["SOCKS 5"], programs: ["curl"], run: curl((lab) => ["--socks5", `127.0.0.1:${lab.open}`]) },
  {
    client: "curl",
    shows: ["name by proxy"],
    programs: ["curl"],
    run: curl((lab) => ["--socks5-hostname", `127.0.0.1:${lab.open}`]),
  },
  {
    client: "curl",
    shows: ["login"],
    programs: ["curl"],
    run: curl((lab) => ["--socks5", `127.0.0.1:${lab.closed}`, "--proxy-user", "me:secret"]),
  },
  {
    client: "curl",
    shows: ["HTTP CONNECT"],
    programs: ["curl"],
    run: curl((lab) => ["--proxytunnel", "-x", `http://127.0.0.1:${lab.open}`]),
  },
  {
    client: "curl",
    shows: ["HTTP CONNECT", "login"],
    programs: ["curl"],
    run: curl((lab) => ["--proxytunnel", "-x", `http://me:secret@127.0.0.1:${lab.closed}`]),
  },
  {
    client: "curl",
    shows: ["HTTP CONNECT", "login"],
    programs: ["curl"],
    run: curl((lab) => ["--proxytunnel", "--proxy-anyauth", "-x", `http://me:secret@127.0.0.1:${lab.closed}`]),
  },
  {
    client: "curl",
    shows: ["HTTP forward"],
    programs: ["curl"],
    run: curl((lab) => ["-x", `http://127.0.0.1:${lab.open}`]),
  },
  {
    client: "curl",
    shows: ["HTTP forward", "login"],
    programs: ["curl"],
    run: curl((lab) => ["-x", `http://me:secret@127.0.0.1:${lab.closed}`]),
  },
  {
    client: "ncat",
    shows: ["SOCKS 4"],
    programs: ["ncat"],
    run: ncat("socks4", (lab) => ["--proxy", `127.0.0.1:${lab.open}`], "127.0.0.1"),
  },
  {
    client: "ncat",
    shows: ["SOCKS 5", "name by proxy"],
    programs: ["ncat"],
    run: ncat("socks5", (lab) => ["--proxy", `127.0.0.1:${lab.open}`, "--proxy-dns", "remote"]),
  },
  {
    client: "ncat",
    shows: ["login"],
    programs: ["ncat"],
    run: ncat("socks5", (lab) => ["--proxy", `127.0.0.1:${lab.closed}`, "--proxy-auth", "me:secret"]),
  },
  {
    client: "ncat",
    shows: ["HTTP CONNECT"],
    programs: ["ncat"],
    run: ncat("http", (lab) => ["--proxy", `127.0.0.1:${lab.open}`]),
  },
  { client: "OpenBSD nc", shows: ["SOCKS 4"], programs: ["nc"], run: nc("4") },
  { client: "OpenBSD nc", shows: ["SOCKS 5"], programs: ["nc"], run: nc("5") },
  { client: "OpenBSD nc", shows: ["HTTP CONNECT"], programs: ["nc"], run: nc("connect") },
  { client: "ssh (through nc)", shows: ["SOCKS 4"], programs: ["ssh", "sshd", "nc"], run: sshThrough("4") },
  { client: "ssh (through nc)", shows: ["SOCKS 5"], programs: ["ssh", "sshd", "nc"], run: sshThrough("5") },
  { client: "ssh (through nc)", shows: ["HTTP CONNECT"], programs: ["ssh", "sshd", "nc"], run: sshThrough("connect") },
  {
    client: "connect-proxy",
    shows: ["SOCKS 4"],
    programs: ["connect-proxy"],
    run: connectProxy((lab) => ["-4", "-S", `me@127.0.0.1:${lab.open}`]),
  },
  {
    client: "connect-proxy",
    shows: ["SOCKS 5"],
    programs: ["connect-proxy"],
    run: connectProxy((lab) => ["-5", "-S", `127.0.0.1:${lab.open}`]),
  },
  {
    client: "connect-proxy",
    shows: ["login"],
    programs: ["connect-proxy"],
    run: connectProxy((lab) => ["-5", "-S", `me@127.0.0.1:${lab.closed}`], { SOCKS5_PASSWORD: "secret" }),
  },
  {
    client: "connect-proxy",
    shows: ["HTTP CONNECT"],
    programs: ["connect-proxy"],
    run: connectProxy((lab) => ["-H", `127.0.0.1:${lab.open}`]),
  },
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
  {
    client: "socat",
    shows: ["SOCKS 4"],
    programs: ["socat"],
    run: socat((lab) => `SOCKS4:127.0.0.1:127.0.0.1:${lab.http},socksport=${lab.open}`),
  },
  {
    client: "socat",
    shows: ["SOCKS 4a"],
    programs: ["socat"],
    run: socat((lab) => `SOCKS4A:127.0.0.1:localhost:${lab.http},socksport=${lab.open}`),
  },
  {
    client: "socat",
    shows: ["HTTP CONNECT"],
    programs: ["socat"],
    run: socat((lab) => `PROXY:127.0.0.1:localhost:${lab.http},proxyport=${lab.open}`),
  },
  {
    client: "socat",
    shows: ["HTTP CONNECT", "login"],
    programs: ["socat"],
    run: socat((lab) => `PROXY:127.0.0.1:localhost:${lab.http},proxyport=${lab.closed},proxyauth=me\\:secret`),
  },
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
  { client: "git", shows: ["SOCKS 4"], programs: ["git"], run: git((lab) => `socks4://127.0.0.1:${lab.open}`) },
  { client: "git", shows: ["SOCKS 4a"], programs: ["git"], run: git((lab) => `socks4a://127.0.0.1:${lab.open}`) },
  { client: "git", shows: ["SOCKS 5"], programs: ["git"], run: git((lab) => `socks5://127.0.0.1:${lab.open}`) },
  {
    client: "git",
    shows: ["name by proxy", "login"],
    programs: ["git"],
    run: git((lab) => `socks5h://me:secret@127.0.0.1:${lab.closed}`),
  },
  { client: "git", shows: ["HTTP forward"], programs: ["git"], run: git((lab) => `http://127.0.0.1:${lab.open}`) },
  {
    client: "git",
    shows: ["HTTP forward", "login"],
    programs: ["git"],
    run: git((lab) => `http://me:secret@127.0.0.1:${lab.closed}`),
  },
  { client: "wget", shows: ["HTTP forward"], programs: ["wget"], run: wget("", (lab) => lab.open) },
  {
    client: "wget",
    shows: ["HTTP forward", "login"],
    programs: ["wget"],
    run: wget("me:secret@", (lab) => lab.closed),
  },
  {
    client: "apt",
    shows: ["HTTP forward"],
    programs: ["/usr/lib/apt/apt-helper"],
    run: apt((lab) => `http://127.0.0.1:${lab.open}`),
  },
  {
    client: "apt",
    shows: ["SOCKS 5", "name by proxy"],
    programs: ["/usr/lib/apt/apt-helper"],
    run: apt((lab) => `socks5h://127.0.0.1:${lab.open}`),
  },
  {
    client: "apt",
    shows: ["login"],
    programs: ["/usr/lib/apt/apt-helper"],
    run: apt((lab) => `socks5h://me:secret@127.0.0.1:${lab.closed}`),
  },
  {
    client: "proxytunnel",
    shows: ["HTTP CONNECT"],
    programs: ["proxytunnel"],
    run: proxytunnel((lab) => ["-p", `127.0.0.1:${lab.open}`]),
  },
  {
    client: "proxytunnel",
    shows: ["HTTP CONNECT", "login"],
    programs: ["proxytunnel"],
    run: proxytunnel((lab) => ["-p", `127.0.0.1:${lab.closed}`, "-P", "me:secret"]),
  },
  {
    client: "tinyproxy in front",
    shows: ["SOCKS 4"],
    programs: ["tinyproxy", "curl"],
    run: tinyproxy((lab) => `socks4 127.0.0.1:${lab.open}`),
  },
  {
    client: "tinyproxy in front",
    shows: ["SOCKS 5"],
    programs: ["tinyproxy", "curl"],
    run: tinyproxy((lab) => `socks5 127.0.0.1:${lab.open}`),
  },
  {
    client: "tinyproxy in front",
    shows: ["login"],
    programs: ["tinyproxy", "curl"],
    run: tinyproxy((lab) => `socks5 me:secret@127.0.0.1:${lab.closed}`),
  },
  {
    client: "tinyproxy in front",
    shows: ["HTTP forward"],
    programs: ["tinyproxy", "curl"],
    run: tinyproxy((lab) => `http 127.0.0.1:${lab.open}`),
  },
  {
    client: "privoxy in front",
    shows: ["SOCKS 4"],
    programs: ["privoxy", "curl"],
    run: privoxy((lab) => `forward-socks4 / 127.0.0.1:${lab.open} .`),
  },
  {
    client: "privoxy in front",
    shows: ["SOCKS 4a"],
    programs: ["privoxy", "curl"],
    run: privoxy((lab) => `forward-socks4a / 127.0.0.1:${lab.open} .`),
  },
  {
    client: "privoxy in front",
    shows: ["SOCKS 5", "name by proxy"],
    programs: ["privoxy", "curl"],
    run: privoxy((lab) => `forward-socks5 / 127.0.0.1:${lab.open} .`),
  },
  {
    client: "privoxy in front",
    shows: ["login"],
    programs: ["privoxy", "curl"],
    run: privoxy((lab) => `forward-socks5 / me:secret@127.0.0.1:${lab.closed} .`),
  },
  {
    client: "privoxy in front",
    shows: ["HTTP forward"],
    programs: ["privoxy", "curl"],
    run: privoxy((lab) => `forward / 127.0.0.1:${lab.open}`),
  },
  {
    client: "Chromium",
    shows: ["SOCKS 5", "name by proxy"],
    programs: ["chromium"],
    run: chromium((lab) => `socks5://127.0.0.1:${lab.open}`, "localhost"),
  },
  {
    client: "Chromium",
    shows: ["SOCKS 4"],
    programs: ["chromium"],
    run: chromium((lab) => `socks4://127.0.0.1:${lab.open}`, "127.0.0.1"),
  },
  {
    client: "Chromium",
    // The WebSocket goes through CONNECT.
    shows: ["HTTP CONNECT", "HTTP forward"],
    programs: ["chromium"],
    run: chromium((lab) => `http://127.0.0.1:${lab.open}`, "localhost"),
  },
];

/** The programs of a case that are not installed. */
export function missing(one: Case): string[] {
  return one.programs.filter((program) => {
    if (program === "npm:socks") return npm === undefined;
    if (!program.startsWith("/")) return which(program) === undefined;
    try {
      return !Deno.statSync(program).isFile;
    } catch {
      return true;
    }
  });
}
