// Tools that are told of a proxy on their command line.
import { assertEquals } from "@std/assert";
import { freePort, listening, Running, which } from "../../helpers/netlab.ts";
import type { Case } from "./cases.ts";
import { HELLO, type Lab } from "./lab.ts";

const curl = (args: (lab: Lab) => string[]) => (lab: Lab) =>
  lab.says(HELLO, "curl", ["-sS", "--noproxy", "", ...args(lab), `http://localhost:${lab.http}/hello`]);

const ncat = (type: string, args: (lab: Lab) => string[], host = "localhost") => (lab: Lab) =>
  lab.says(HELLO, "ncat", ["--proxy-type", type, ...args(lab), host, `${lab.http}`], { stdin: lab.request });

const socat = (address: (lab: Lab) => string) => (lab: Lab) =>
  lab.says(HELLO, "socat", ["-t", "5", "-", address(lab)], { stdin: lab.request });

const nc = (kind: string, host = "127.0.0.1") => (lab: Lab) =>
  lab.says(HELLO, "nc", ["-X", kind, "-x", `127.0.0.1:${lab.open}`, "-N", host, `${lab.http}`], {
    stdin: lab.request,
  });

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

const connectProxy = (args: (lab: Lab) => string[], env: Record<string, string> = {}) => (lab: Lab) =>
  lab.says(HELLO, "connect-proxy", [...args(lab), "localhost", `${lab.http}`], { stdin: lab.request, env });

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

/** Their cases. */
export const TOOLS: readonly Case[] = [
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
    shows: ["SOCKS 4a", "name by proxy"],
    programs: ["ncat"],
    run: ncat("socks4", (lab) => ["--proxy", `127.0.0.1:${lab.open}`, "--proxy-dns", "remote"]),
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
  { client: "OpenBSD nc", shows: ["SOCKS 5", "name by proxy"], programs: ["nc"], run: nc("5", "localhost") },
  { client: "OpenBSD nc", shows: ["HTTP CONNECT"], programs: ["nc"], run: nc("connect") },

  { client: "ssh (through nc)", shows: ["SOCKS 4"], programs: ["ssh", "sshd", "nc"], run: sshThrough("4") },
  { client: "ssh (through nc)", shows: ["SOCKS 5"], programs: ["ssh", "sshd", "nc"], run: sshThrough("5") },
  { client: "ssh (through nc)", shows: ["HTTP CONNECT"], programs: ["ssh", "sshd", "nc"], run: sshThrough("connect") },

  {
    client: "connect-proxy",
    shows: ["SOCKS 4"],
    programs: ["connect-proxy"],
    run: connectProxy((lab) => ["-4", "-R", "local", "-S", `me@127.0.0.1:${lab.open}`]),
  },
  {
    client: "connect-proxy",
    shows: ["SOCKS 4a"],
    programs: ["connect-proxy"],
    run: connectProxy((lab) => ["-4", "-R", "remote", "-S", `me@127.0.0.1:${lab.open}`]),
  },
  {
    client: "connect-proxy",
    shows: ["SOCKS 5", "name by proxy"],
    programs: ["connect-proxy"],
    run: connectProxy((lab) => ["-5", "-R", "remote", "-S", `127.0.0.1:${lab.open}`]),
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
];
