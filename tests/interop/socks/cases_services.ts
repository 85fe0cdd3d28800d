// Clients of services other than the web (IRC, mail, files), and v2ray, which hands on what it is given.
import { assertEquals } from "@std/assert";
import { freePort, listening, Running, runProgram, tcpServer, which } from "../../helpers/netlab.ts";
import type { Case, Column } from "./cases.ts";
import { HELLO, type Lab } from "./lab.ts";

/** Logs in to a server that hangs up as soon as it knows who comes. */
const weechat = (proxy: (lab: Lab) => string, host = "localhost") => async (lab: Lab) => {
  const came = Promise.withResolvers<string>();
  await using server = tcpServer(async (conn) => {
    const buffer = new Uint8Array(1000);
    let text = "";
    for (let count; !text.includes("USER ") && (count = await conn.read(buffer)) !== null;) {
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
    came.resolve(text);
  });
  const commands = [
    `/proxy add p ${proxy(lab)}`,
    `/server add s ${host}/${server.port}`,
    "/set irc.server.s.proxy p",
    "/connect s",
  ];
  const home = await Deno.makeTempDir({ dir: lab.folder });
  await using _weechat = new Running(which("weechat-headless")!, ["-d", home, "-r", commands.join(";")]);
  assertEquals((await came.promise).includes("NICK "), true);
};

/** A message to a server that takes everything. */
const msmtp = async (lab: Lab) => {
  await using server = tcpServer(async (conn) => {
    const say = (text: string) => conn.write(new TextEncoder().encode(`${text}\r\n`));
    await say("220 lab");
    const buffer = new Uint8Array(1000);
    for (let count; (count = await conn.read(buffer)) !== null;) {
      const text = new TextDecoder().decode(buffer.subarray(0, count));
      if (text.startsWith("QUIT")) return void await say("221 bye");
      if (!text.startsWith("Subject")) await say(text.startsWith("DATA") ? "354 go on" : "250 taken");
      if (text.endsWith("\r\n.\r\n")) await say("250 queued");
    }
  });
  const { status, stderr } = await runProgram(which("msmtp")!, [
    ...["--host=localhost", `--port=${server.port}`, "--auth=off", "--tls=off", "--from=a@lab.test"],
    ...["--proxy-host=127.0.0.1", `--proxy-port=${lab.open}`, "b@lab.test"],
  ], { stdin: "Subject: none\n\ntext\n", env: { HOME: lab.folder } });
  assertEquals(status, 0, stderr);
};

const rsync = (proxy: (lab: Lab) => string) => async (lab: Lab) => {
  const port = freePort();
  const config = await lab.file(
    `rsyncd-${port}.conf`,
    `address = 127.0.0.1\nport = ${port}\nuse chroot = no\n[www]\npath = ${lab.folder}/www\n` +
      (Deno.uid() === 0 ? "uid = root\ngid = root\n" : ""),
  );
  await using _daemon = new Running(which("rsync")!, ["--daemon", "--no-detach", `--config=${config}`]);
  await listening(port);
  const to = `${lab.folder}/rsync-${port}`;
  await lab.says("", "rsync", [`rsync://localhost:${port}/www/hello`, to], { env: { RSYNC_PROXY: proxy(lab) } });
  assertEquals(await Deno.readTextFile(to), HELLO);
};

/** An HTTP proxy of v2ray's in front of ours. */
const v2ray = (protocol: "socks" | "http", login: boolean) => async (lab: Lab) => {
  const port = freePort();
  const server = {
    address: "127.0.0.1",
    port: login ? lab.closed : lab.open,
    ...login ? { users: [{ user: "me", pass: "secret" }] } : {},
  };
  const config = await lab.file(
    `v2ray-${port}.json`,
    JSON.stringify({
      inbounds: [{ port, listen: "127.0.0.1", protocol: "http" }],
      outbounds: [{ protocol, settings: { servers: [server] } }],
    }),
  );
  await using _v2ray = new Running(which("v2ray")!, ["-config", config]);
  await listening(port);
  await lab.says(HELLO, "curl", [
    ...["-sS", "--noproxy", "", "-x", `http://127.0.0.1:${port}`],
    `http://localhost:${lab.http}/hello`,
  ]);
};

const ways = (client: string, programs: readonly string[], cases: readonly [Column[], Case["run"]][]): Case[] =>
  cases.map(([shows, run]) => ({ client, shows, programs, run }));

/** Their cases. */
export const SERVICES: readonly Case[] = [
  // Where loopback is the only network it finds no address, not even 127.0.0.1.
  ...ways("WeeChat", ["weechat-headless", "network"], [
    // It resolves the name itself, and may take an address of IPv6, which SOCKS 4 does not have.
    [["SOCKS 4"], weechat((lab) => `socks4 127.0.0.1 ${lab.open}`, "127.0.0.1")],
    [["SOCKS 5", "name by proxy"], weechat((lab) => `socks5 127.0.0.1 ${lab.open}`)],
    [["SOCKS 5", "login"], weechat((lab) => `socks5 127.0.0.1 ${lab.closed} me secret`)],
    [["HTTP CONNECT", "login"], weechat((lab) => `http 127.0.0.1 ${lab.closed} me secret`)],
  ]),
  ...ways("msmtp", ["msmtp"], [[["SOCKS 5", "name by proxy"], msmtp]]),
  ...ways("rsync", ["rsync"], [
    [["HTTP CONNECT"], rsync((lab) => `127.0.0.1:${lab.open}`)],
    [["HTTP CONNECT", "login"], rsync((lab) => `me:secret@127.0.0.1:${lab.closed}`)],
  ]),
  ...ways("v2ray", ["v2ray", "curl"], [
    [["SOCKS 5", "name by proxy"], v2ray("socks", false)],
    [["SOCKS 5", "login"], v2ray("socks", true)],
    [["HTTP CONNECT"], v2ray("http", false)],
    [["HTTP CONNECT", "login"], v2ray("http", true)],
  ]),
];
