// Programs that carry what others say through a proxy: terminals, tunnels, a balancer, a swarm's files.
import { freePort, listening, Running, tcpServer, which } from "../../helpers/netlab.ts";
import type { Case, Column } from "./cases.ts";
import { HELLO, type Lab } from "./lab.ts";

const ways = (client: string, programs: readonly string[], cases: readonly [Column[], Case["run"]][]): Case[] =>
  cases.map(([shows, run]) => ({ client, shows, programs, run }));

/**
 * PuTTY's command line, to a server that speaks first: else it says nothing through CONNECT, whoever the proxy is. A proxy
 * it knows from a session's file only.
 */
const plink = (method: number, login = false) => async (lab: Lab) => {
  await using server = tcpServer(async (conn) => void await conn.write(new TextEncoder().encode(HELLO)));
  const session = {
    Protocol: "raw",
    HostName: "localhost",
    PortNumber: server.port,
    ProxyMethod: method,
    ProxyHost: "127.0.0.1",
    ProxyPort: login ? lab.closed : lab.open,
    ProxyUsername: login ? "me" : "",
    ProxyPassword: login ? "secret" : "",
    ProxyLocalhost: 1,
    ProxyDNS: 2, // names are the proxy's affair
  };
  const sessions = `${lab.folder}/.putty/sessions`;
  await Deno.mkdir(sessions, { recursive: true });
  const lines = Object.entries(session).map(([key, value]) => `${key}=${value}\n`);
  await Deno.writeTextFile(`${sessions}/lab`, lines.join(""));
  await lab.says(HELLO, "plink", ["-batch", "-load", "lab"], { env: { HOME: lab.folder } });
};

/** Two ends with one key, and no network device. */
const openvpn = (proto: "tcp" | "udp", proxy: (lab: Lab) => string[], login = false) => async (lab: Lab) => {
  const port = freePort(), key = `${lab.folder}/openvpn-key`;
  await new Deno.Command("openvpn", { args: ["--genkey", "secret", key] }).output();
  const both = ["--dev", "null", "--secret", key, "--cipher", "AES-256-CBC", "--ping", "1", "--log", "/dev/stderr"];
  const end = (...args: string[]) => new Running(which("openvpn")!, [...both, ...args]);
  const there = proto === "tcp" ? "tcp-server" : "udp", here = proto === "tcp" ? "tcp-client" : "udp";
  await using server = end("--proto", there, "--local", "127.0.0.1", "--lport", `${port}`);
  await server.line(proto === "tcp" ? /Listening for incoming/ : /UDPv4 link local \(bound\)/);
  const file = login ? [await lab.file("openvpn-login", "me\nsecret\n")] : [];
  await using client = end("--proto", here, "--nobind", "--remote", "localhost", `${port}`, ...proxy(lab), ...file);
  await client.line(/Initialization Sequence Completed/);
};

const haproxy = async (lab: Lab) => {
  const port = freePort();
  const config = await lab.file(
    "haproxy.cfg",
    `defaults\nmode tcp\ntimeout connect 5s\ntimeout client 20s\ntimeout server 20s\n` +
      `listen web\nbind 127.0.0.1:${port}\nserver origin 127.0.0.1:${lab.http} socks4 127.0.0.1:${lab.open}\n`,
  );
  await using _haproxy = new Running(which("haproxy")!, ["-db", "-f", config]);
  await listening(port);
  await lab.says(HELLO, "curl", ["-sS", "--noproxy", "*", `http://127.0.0.1:${port}/hello`]);
};

/** One that has a file, and one that gets it through the proxy: by TCP, or by µTP, which is UDP. */
const libtorrent = (kind: string, transport: "tcp" | "utp", login = false) => async (lab: Lab) => {
  await lab.says("all of it is here", "/usr/bin/python3", [
    "-c",
    `
import libtorrent as lt, os, tempfile, time
there, here = tempfile.mkdtemp(dir="${lab.folder}"), tempfile.mkdtemp(dir="${lab.folder}")
open(there + "/file", "wb").write(os.urandom(300000))
files = lt.file_storage()
lt.add_files(files, there + "/file")
made = lt.create_torrent(files)
lt.set_piece_hashes(made, there)
info = lt.torrent_info(lt.bdecode(lt.bencode(made.generate())))
quiet = {"enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False}
def add(session, folder):
  torrent = lt.add_torrent_params()
  torrent.ti, torrent.save_path = info, folder
  return session.add_torrent(torrent)
seed = lt.session({**quiet, "listen_interfaces": "127.0.0.1:0"})
add(seed, there)
leech = lt.session({**quiet, "listen_interfaces": "127.0.0.1:0", "proxy_type": lt.proxy_type_t.${kind},
  "proxy_hostname": "127.0.0.1", "proxy_port": ${login ? lab.closed : lab.open},
  "proxy_username": "me", "proxy_password": "secret",
  "enable_outgoing_tcp": ${transport === "tcp" ? "True" : "False"}, "enable_outgoing_utp": ${
      transport === "utp" ? "True" : "False"
    }})
download = add(leech, here)
for tick in range(150):
  if download.status().is_seeding: break
  if tick % 20 == 5: download.connect_peer(("127.0.0.1", seed.listen_port()))
  time.sleep(0.1)
print("all of it is here" if download.status().is_seeding else "it did not come")
os._exit(0)`,
  ]);
};

/** Their cases. */
export const CARRIERS: readonly Case[] = [
  ...ways("PuTTY (plink)", ["plink"], [
    [["SOCKS 4a", "name by proxy"], plink(1)],
    [["SOCKS 5", "name by proxy"], plink(2)],
    [["SOCKS 5", "login"], plink(2, true)],
    [["HTTP CONNECT"], plink(3)],
    [["HTTP CONNECT", "login"], plink(3, true)],
  ]),
  ...ways("OpenVPN", ["openvpn"], [
    [["SOCKS 5", "name by proxy"], openvpn("tcp", (lab) => ["--socks-proxy", "127.0.0.1", `${lab.open}`])],
    [["UDP"], openvpn("udp", (lab) => ["--socks-proxy", "127.0.0.1", `${lab.open}`])],
    [["UDP", "login"], openvpn("udp", (lab) => ["--socks-proxy", "127.0.0.1", `${lab.closed}`], true)],
    [["HTTP CONNECT"], openvpn("tcp", (lab) => ["--http-proxy", "127.0.0.1", `${lab.open}`])],
    [["HTTP CONNECT", "login"], openvpn("tcp", (lab) => ["--http-proxy", "127.0.0.1", `${lab.closed}`], true)],
  ]),
  ...ways("haproxy", ["haproxy", "curl"], [[["SOCKS 4"], haproxy]]),
  ...ways("libtorrent", [
    "/usr/bin/python3",
    "/usr/lib/python3/dist-packages/libtorrent.egg-info/PKG-INFO",
  ], [
    [["SOCKS 4"], libtorrent("socks4", "tcp")],
    [["SOCKS 5", "login"], libtorrent("socks5_pw", "tcp", true)],
    [["UDP"], libtorrent("socks5", "utp")],
    [["HTTP CONNECT"], libtorrent("http", "tcp")],
  ]),
];
