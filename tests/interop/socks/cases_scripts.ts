// Libraries of other languages: Perl's IO::Socket::Socks and LWP, Ruby's socksify and net/http, PHP's curl, and Python's.
import type { Case, Column } from "./cases.ts";
import { HELLO, type Lab } from "./lab.ts";

const PERL_SOCKS = "/usr/share/perl5/IO/Socket/Socks.pm";
const RUBY_SOCKS = "/usr/lib/ruby/vendor_ruby/socksify.rb";
const PYTHON = "/usr/lib/python3/dist-packages";
const PYTHON_SOCKS = `${PYTHON}/python_socks/__init__.py`;

const perl = (client: string, shows: readonly Column[], code: (lab: Lab) => string): Case => ({
  client,
  shows,
  programs: ["/usr/bin/perl", PERL_SOCKS],
  run: (lab) => lab.says(HELLO, "/usr/bin/perl", ["-MIO::Socket::Socks", "-MIO::Socket::INET", "-e", code(lab)]),
});

/** A page through Perl's socket; `how` are more of its arguments. */
const perlConnect = (shows: readonly Column[], host: string, how: (lab: Lab) => string) =>
  perl("Perl IO::Socket::Socks", shows, (lab) => `
my $s = IO::Socket::Socks->new(ProxyAddr => "127.0.0.1", ConnectAddr => "${host}", ConnectPort => ${lab.http},
  Timeout => 10, ${how(lab)}) or die $SOCKS_ERROR;
print $s ${JSON.stringify(lab.request)}; print <$s>;`);

/** A page through Ruby's sockets, which leave `localhost` alone unless told otherwise. */
const ruby = (shows: readonly Column[], port: (lab: Lab) => number, login: string): Case => ({
  client: "Ruby socksify",
  shows,
  programs: ["/usr/bin/ruby", RUBY_SOCKS],
  run: (lab) =>
    lab.says(HELLO, "/usr/bin/ruby", [
      ...["-r", "socksify", "-e"],
      `
TCPSocket.socks_server, TCPSocket.socks_port = "127.0.0.1", ${port(lab)}
TCPSocket.socks_ignores = []
${login}
s = TCPSocket.new("localhost", ${lab.http}); s.write(${JSON.stringify(lab.request)}); puts s.read`,
    ]),
});

const php = (shows: readonly Column[], url: (lab: Lab) => string, tunnel = false): Case => ({
  client: "PHP curl",
  shows,
  programs: ["/usr/bin/php", "/etc/php/8.2/cli/conf.d/20-curl.ini"],
  run: (lab) =>
    lab.says(HELLO, "/usr/bin/php", [
      "-r",
      `$c = curl_init("http://localhost:${lab.http}/hello"); curl_setopt($c, CURLOPT_PROXY, "${url(lab)}");
       curl_setopt($c, CURLOPT_HTTPPROXYTUNNEL, ${tunnel}); curl_exec($c); echo curl_error($c);`,
    ]),
});

const pythonSocks = (shows: readonly Column[], url: (lab: Lab) => string, byProxy = false): Case => ({
  client: "python-socks",
  shows,
  programs: [PYTHON_SOCKS],
  run: (lab) =>
    lab.says(HELLO, "/usr/bin/python3", [
      "-c",
      `
from python_socks.sync import Proxy
s = Proxy.from_url("${url(lab)}", rdns=${byProxy ? "True" : "False"}).connect("localhost", ${lab.http}, timeout=10)
s.sendall(${JSON.stringify(lab.request)}.encode())
data = b""
while True:
  part = s.recv(4096)
  if not part: break
  data += part
print(data.decode())`,
    ]),
});

/** requests, whose SOCKS is PySocks'. */
const requests = (shows: readonly Column[], url: (lab: Lab) => string, host = "localhost"): Case => ({
  client: "Python requests",
  shows,
  programs: [`${PYTHON}/requests/__init__.py`, `${PYTHON}/socks.py`],
  run: (lab) =>
    lab.says(HELLO, "/usr/bin/python3", [
      "-c",
      `import requests\nprint(requests.get("http://${host}:${lab.http}/hello", timeout=10, proxies={"http": "${
        url(lab)
      }"}).text)`,
    ], { env: { no_proxy: "" } }),
});

const aiohttp = (shows: readonly Column[], url: (lab: Lab) => string, byProxy = true): Case => ({
  client: "aiohttp-socks",
  shows,
  programs: [`${PYTHON}/aiohttp_socks/__init__.py`],
  run: (lab) =>
    lab.says(HELLO, "/usr/bin/python3", [
      "-c",
      `
import aiohttp, asyncio
from aiohttp_socks import ProxyConnector
async def main():
  connector = ProxyConnector.from_url("${url(lab)}", rdns=${byProxy ? "True" : "False"})
  async with aiohttp.ClientSession(connector=connector) as session:
    async with session.get("http://localhost:${lab.http}/hello") as response: print(await response.text())
asyncio.run(main())`,
    ]),
});

const httpx = (shows: readonly Column[], url: (lab: Lab) => string): Case => ({
  client: "Python httpx",
  shows,
  programs: [`${PYTHON}/httpx/__init__.py`, `${PYTHON}/socksio/__init__.py`],
  run: (lab) =>
    lab.says(HELLO, "/usr/bin/python3", [
      "-c",
      `import httpx\nprint(httpx.Client(proxies="${url(lab)}").get("http://localhost:${lab.http}/hello").text)`,
    ]),
});

const lwp = (shows: readonly Column[], url: (lab: Lab) => string): Case => ({
  client: "Perl LWP",
  shows,
  programs: ["/usr/bin/perl", "/usr/share/perl5/LWP/Protocol/socks.pm"],
  run: (lab) =>
    lab.says(HELLO, "/usr/bin/perl", [
      "-MLWP::UserAgent",
      "-e",
      `my $agent = LWP::UserAgent->new; $agent->proxy("http", '${url(lab)}');
       print $agent->get("http://localhost:${lab.http}/hello")->content`,
    ]),
});

/** Their cases. */
export const SCRIPTS: readonly Case[] = [
  perlConnect(["SOCKS 4"], "127.0.0.1", (lab) => `ProxyPort => ${lab.open}, SocksVersion => 4, SocksResolve => 0`),
  perlConnect(["SOCKS 4a"], "localhost", (lab) => `ProxyPort => ${lab.open}, SocksVersion => 4, SocksResolve => 1`),
  perlConnect(["SOCKS 5", "name by proxy"], "localhost", (lab) => `ProxyPort => ${lab.open}, SocksVersion => 5`),
  perlConnect(
    ["login"],
    "localhost",
    (lab) =>
      `ProxyPort => ${lab.closed}, SocksVersion => 5, AuthType => "userpass", Username => "me", Password => "secret"`,
  ),
  perl("Perl IO::Socket::Socks", ["BIND"], (lab) => `
my $s = IO::Socket::Socks->new(ProxyAddr => "127.0.0.1", ProxyPort => ${lab.open}, BindAddr => "127.0.0.1", BindPort => 0,
  SocksVersion => 5, Timeout => 10) or die $SOCKS_ERROR;
my (undef, $port) = $s->dst;
if (!fork) { my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port); print $c "${HELLO}"; exit }
my $c = $s->accept or die $SOCKS_ERROR; print <$c>; wait;`),
  perl("Perl IO::Socket::Socks", ["UDP"], (lab) => `
use Socket; $SIG{ALRM} = sub { die "nothing came" }; alarm 10;
my $s = IO::Socket::Socks->new(ProxyAddr => "127.0.0.1", ProxyPort => ${lab.open}, UdpAddr => "127.0.0.1", UdpPort => 0,
  SocksVersion => 5, Timeout => 10) or die $SOCKS_ERROR;
$s->send("${HELLO}", 0, pack_sockaddr_in(${lab.udp}, inet_aton("127.0.0.1"))); $s->recv(my $data, 100); print $data;`),

  ruby(["SOCKS 5", "name by proxy"], (lab) => lab.open, ""),
  ruby(
    ["SOCKS 5", "login"],
    (lab) => lab.closed,
    'TCPSocket.socks_username, TCPSocket.socks_password = "me", "secret"',
  ),

  {
    client: "Ruby net/http",
    shows: ["HTTP forward", "login"],
    programs: ["/usr/bin/ruby"],
    run: (lab) =>
      lab.says(HELLO, "/usr/bin/ruby", [
        ...["-r", "net/http", "-e"],
        `puts Net::HTTP.new("localhost", ${lab.http}, "127.0.0.1", ${lab.closed}, "me", "secret").get("/hello").body`,
      ]),
  },

  php(["SOCKS 4"], (lab) => `socks4://127.0.0.1:${lab.open}`),
  php(["SOCKS 4a"], (lab) => `socks4a://127.0.0.1:${lab.open}`),
  php(["SOCKS 5"], (lab) => `socks5://127.0.0.1:${lab.open}`),
  php(["name by proxy", "login"], (lab) => `socks5h://me:secret@127.0.0.1:${lab.closed}`),
  php(["HTTP CONNECT"], (lab) => `http://127.0.0.1:${lab.open}`, true),
  php(["HTTP forward", "login"], (lab) => `http://me:secret@127.0.0.1:${lab.closed}`),

  pythonSocks(["SOCKS 4"], (lab) => `socks4://127.0.0.1:${lab.open}`),
  pythonSocks(["SOCKS 4a"], (lab) => `socks4://127.0.0.1:${lab.open}`, true),
  pythonSocks(["SOCKS 5"], (lab) => `socks5://127.0.0.1:${lab.open}`),
  pythonSocks(["name by proxy", "login"], (lab) => `socks5://me:secret@127.0.0.1:${lab.closed}`, true),
  pythonSocks(["HTTP CONNECT", "login"], (lab) => `http://me:secret@127.0.0.1:${lab.closed}`),

  requests(["SOCKS 4"], (lab) => `socks4://127.0.0.1:${lab.open}`, "127.0.0.1"),
  requests(["SOCKS 4a"], (lab) => `socks4a://127.0.0.1:${lab.open}`),
  requests(["SOCKS 5"], (lab) => `socks5://127.0.0.1:${lab.open}`),
  requests(["name by proxy", "login"], (lab) => `socks5h://me:secret@127.0.0.1:${lab.closed}`),
  requests(["HTTP forward", "login"], (lab) => `http://me:secret@127.0.0.1:${lab.closed}`),

  httpx(["SOCKS 5", "name by proxy"], (lab) => `socks5://127.0.0.1:${lab.open}`),
  httpx(["login"], (lab) => `socks5://me:secret@127.0.0.1:${lab.closed}`),
  httpx(["HTTP forward", "login"], (lab) => `http://me:secret@127.0.0.1:${lab.closed}`),

  lwp(["SOCKS 4"], (lab) => `socks4://127.0.0.1:${lab.open}`),
  lwp(["SOCKS 5", "name by proxy"], (lab) => `socks://127.0.0.1:${lab.open}`),
  lwp(["login"], (lab) => `socks://me:secret@127.0.0.1:${lab.closed}`),
  lwp(["HTTP forward", "login"], (lab) => `http://me:secret@127.0.0.1:${lab.closed}`),

  aiohttp(["SOCKS 4"], (lab) => `socks4://127.0.0.1:${lab.open}`, false),
  aiohttp(["SOCKS 4a"], (lab) => `socks4://127.0.0.1:${lab.open}`),
  aiohttp(["SOCKS 5", "name by proxy"], (lab) => `socks5://127.0.0.1:${lab.open}`),
  aiohttp(["HTTP CONNECT", "login"], (lab) => `http://me:secret@127.0.0.1:${lab.closed}`),
];
