// Programs that fetch things, a browser, and other proxies in front of ours.
import { assertEquals } from "@std/assert";
import { freePort, listening, Running, runProgram, which } from "../../helpers/netlab.ts";
import type { Case } from "./cases.ts";
import { HELLO, type Lab } from "./lab.ts";

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
    `http://localhost:${lab.http}/repo.git`,
  ], { env: { no_proxy: "", HOME: lab.folder } });
};

/** An HTTP proxy of its own in front of ours, asked by curl. */
const inFront = (
  program: string,
  config: (lab: Lab, port: number) => string,
  args: (path: string) => string[],
  how: readonly string[] = [],
) =>
async (lab: Lab) => {
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
    ...how,
    `http://localhost:${lab.http}/hello`,
  ]);
};

/** Everything by its parent; with a name of its own, so that several can run. */
const squid = (port: (lab: Lab) => number, login: string, how: readonly string[] = []) =>
  inFront(
    "squid",
    (lab, own) =>
      `http_port 127.0.0.1:${own}\ncache_peer 127.0.0.1 parent ${
        port(lab)
      } 0 no-query no-netdb-exchange default${login}\n` +
      "never_direct allow all\nhttp_access allow all\ncache deny all\npid_filename none\nnetdb_filename none\n" +
      "access_log none\ncache_log /dev/null\nshutdown_lifetime 0 seconds\nvisible_hostname localhost\n",
    (path) => ["-N", "-n", `lab${Deno.pid}${crypto.randomUUID().slice(0, 8)}`, "-f", path],
    how,
  );

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

const apt = (proxy: (lab: Lab) => string) => async (lab: Lab) => {
  const to = `${lab.folder}/apt-${Math.random()}`;
  await lab.says("", "/usr/lib/apt/apt-helper", [
    "-o",
    `Acquire::http::Proxy=${proxy(lab)}`,
    "-o",
    "APT::Sandbox::User=root",
    "download-file",
    `http://localhost:${lab.http}/hello`,
    to,
  ]);
  assertEquals(await Deno.readTextFile(to), HELLO);
};

const wget = (login: string, port: (lab: Lab) => number) => (lab: Lab) =>
  lab.says(HELLO, "wget", ["-q", "-O", "-", `http://127.0.0.1:${lab.http}/hello`], {
    env: { http_proxy: `http://${login}127.0.0.1:${port(lab)}`, no_proxy: "", HOME: lab.folder },
  });

const aria2 = (proxy: (lab: Lab) => string, method: "get" | "tunnel") => async (lab: Lab) => {
  const name = `aria2-${Math.random()}`;
  await lab.says("", "aria2c", [
    ...["--no-conf", "-q", "-d", lab.folder, "-o", name, `--http-proxy=${proxy(lab)}`, `--proxy-method=${method}`],
    `http://localhost:${lab.http}/hello`,
  ]);
  assertEquals(await Deno.readTextFile(`${lab.folder}/${name}`), HELLO);
};

const lftp = (proxy: (lab: Lab) => string) => (lab: Lab) =>
  lab.says(HELLO, "lftp", [
    "-c",
    `set http:proxy ${proxy(lab)}; set net:max-retries 1; cat http://localhost:${lab.http}/hello`,
  ], { env: { HOME: lab.folder } });

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

/** Their cases. */
export const PROGRAMS: readonly Case[] = [
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
    client: "aria2",
    shows: ["HTTP forward"],
    programs: ["aria2c"],
    run: aria2((lab) => `http://127.0.0.1:${lab.open}`, "get"),
  },
  {
    client: "aria2",
    shows: ["HTTP CONNECT", "login"],
    programs: ["aria2c"],
    run: aria2((lab) => `http://me:secret@127.0.0.1:${lab.closed}`, "tunnel"),
  },
  {
    client: "lftp",
    shows: ["HTTP forward"],
    programs: ["lftp"],
    run: lftp((lab) => `http://127.0.0.1:${lab.open}`),
  },
  {
    client: "lftp",
    shows: ["login"],
    programs: ["lftp"],
    run: lftp((lab) => `http://me:secret@127.0.0.1:${lab.closed}`),
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
    client: "tinyproxy in front",
    shows: ["SOCKS 4a", "name by proxy"],
    programs: ["tinyproxy", "curl"],
    run: tinyproxy((lab) => `socks4 127.0.0.1:${lab.open}`),
  },
  {
    client: "tinyproxy in front",
    shows: ["SOCKS 5", "name by proxy"],
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
    client: "squid in front",
    shows: ["HTTP forward"],
    programs: ["squid", "curl"],
    run: squid((lab) => lab.open, ""),
  },
  {
    client: "squid in front",
    shows: ["HTTP CONNECT"],
    programs: ["squid", "curl"],
    run: squid((lab) => lab.open, "", ["--proxytunnel"]),
  },
  {
    client: "squid in front",
    shows: ["login"],
    programs: ["squid", "curl"],
    run: squid((lab) => lab.closed, " login=me:secret"),
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
