// Proxies as toolkits have them: GLib's GIO and libsoup, Qt, Java.
import type { Case, Column } from "./cases.ts";
import { HELLO, type Lab } from "./lab.ts";

const PYTHON = "/usr/lib/python3/dist-packages";
/** Prints what `read` gives until it gives no more. */
const READ_ALL = `
data = b""
while True:
  part = read()
  if not part: break
  data += part
print(data.decode())`;

const python = (
  client: string,
  programs: readonly string[],
  shows: readonly Column[],
  code: (lab: Lab) => string,
): Case => ({
  client,
  shows,
  programs,
  run: (lab) => lab.says(HELLO, "/usr/bin/python3", ["-c", code(lab)], { env: { QT_LOGGING_RULES: "*=false" } }),
});

const gio = (shows: readonly Column[], url: (lab: Lab) => string) =>
  python("GIO (GLib)", [`${PYTHON}/gi/__init__.py`], shows, (lab) => `
from gi.repository import Gio
client = Gio.SocketClient()
client.set_proxy_resolver(Gio.SimpleProxyResolver.new("${url(lab)}", None))
s = client.connect_to_host("localhost", ${lab.http}, None)
s.get_output_stream().write_all(${JSON.stringify(lab.request)}.encode(), None)
read = lambda: s.get_input_stream().read_bytes(4096, None).get_data()
${READ_ALL}`);

const libsoup = (shows: readonly Column[], url: (lab: Lab) => string) =>
  python(
    "libsoup",
    [`${PYTHON}/gi/__init__.py`, "/usr/lib/x86_64-linux-gnu/girepository-1.0/Soup-3.0.typelib"],
    shows,
    (lab) => `
import gi
gi.require_version("Soup", "3.0")
from gi.repository import Gio, Soup
session = Soup.Session(proxy_resolver=Gio.SimpleProxyResolver.new("${url(lab)}", None))
def login(message, auth, again):
  auth.authenticate("me", "secret")
  return not again
message = Soup.Message.new("GET", "http://localhost:${lab.http}/hello")
message.connect("authenticate", login)
print(session.send_and_read(message, None).get_data().decode())`,
  );

const qt = (shows: readonly Column[], proxy: (lab: Lab) => string, code: (lab: Lab) => string) =>
  python("Qt", [`${PYTHON}/PyQt5/QtNetwork.abi3.so`], shows, (lab) => `
import sys
from PyQt5.QtCore import *
from PyQt5.QtNetwork import *
app = QCoreApplication(sys.argv)
def through(s):
  s.setProxy(QNetworkProxy(QNetworkProxy.${proxy(lab)}))
  return s
${code(lab)}`);

/** A page through Qt's sockets, which go to `localhost` by themselves, but for capitals. */
const qtPage = (shows: readonly Column[], proxy: (lab: Lab) => string) =>
  qt(shows, proxy, (lab) => `
s = through(QTcpSocket())
s.connectToHost("LOCALHOST", ${lab.http}); s.waitForConnected(10000)
s.write(${JSON.stringify(lab.request)}.encode())
read = lambda: s.waitForReadyRead(10000) and bytes(s.readAll())
${READ_ALL}`);

const java = (
  shows: readonly Column[],
  proxy: (lab: Lab) => string,
  code: (lab: Lab) => string,
  version = 5,
): Case => ({
  client: "Java",
  shows,
  programs: ["java", "javac"],
  async run(lab) {
    const file = await lab.file(
      "Client.java",
      `
import java.net.*;
public class Client {
  static Socket page(Proxy proxy, InetSocketAddress target) throws Exception {
    var socket = new Socket(proxy);
    socket.connect(target);
    socket.getOutputStream().write(${JSON.stringify(lab.request)}.getBytes());
    return socket;
  }
  public static void main(String[] none) throws Exception {
    Authenticator.setDefault(new Authenticator() {
      protected PasswordAuthentication getPasswordAuthentication() {
        return new PasswordAuthentication("me", "secret".toCharArray());
      }
    });
    var proxy = new Proxy(${proxy(lab)});
    System.out.write(${code(lab)}.getInputStream().readAllBytes());
    System.out.flush();
  }
}`,
    );
    await lab.says(HELLO, "java", [`-DsocksProxyVersion=${version}`, file]);
  },
});

const javaProxy = (type: string, port: number) => `Proxy.Type.${type}, new InetSocketAddress("127.0.0.1", ${port})`;
const byName = (lab: Lab) => `page(proxy, InetSocketAddress.createUnresolved("localhost", ${lab.http}))`;

/** Their cases. */
export const TOOLKITS: readonly Case[] = [
  gio(["SOCKS 4"], (lab) => `socks4://127.0.0.1:${lab.open}`),
  gio(["SOCKS 4a"], (lab) => `socks4a://127.0.0.1:${lab.open}`),
  gio(["SOCKS 5", "name by proxy"], (lab) => `socks5://127.0.0.1:${lab.open}`),
  gio(["login"], (lab) => `socks5://me:secret@127.0.0.1:${lab.closed}`),
  gio(["HTTP CONNECT", "login"], (lab) => `http://me:secret@127.0.0.1:${lab.closed}`),

  libsoup(["SOCKS 5", "name by proxy"], (lab) => `socks5://127.0.0.1:${lab.open}`),
  libsoup(["HTTP forward", "login"], (lab) => `http://127.0.0.1:${lab.closed}`),

  qtPage(["SOCKS 5", "name by proxy"], (lab) => `Socks5Proxy, "127.0.0.1", ${lab.open}`),
  qtPage(["login"], (lab) => `Socks5Proxy, "127.0.0.1", ${lab.closed}, "me", "secret"`),
  qtPage(["HTTP CONNECT", "login"], (lab) => `HttpProxy, "127.0.0.1", ${lab.closed}, "me", "secret"`),
  qt(["HTTP forward", "login"], (lab) => `HttpCachingProxy, "127.0.0.1", ${lab.closed}, "me", "secret"`, (lab) => `
manager = through(QNetworkAccessManager())
answer = manager.get(QNetworkRequest(QUrl("http://localhost:${lab.http}/hello")))
answer.finished.connect(app.quit)
app.exec_()
print(bytes(answer.readAll()).decode())`),
  qt(["UDP"], (lab) => `Socks5Proxy, "127.0.0.1", ${lab.open}`, (lab) => `
s = through(QUdpSocket()); s.bind(QHostAddress("127.0.0.1"), 0)
s.writeDatagram(b"${HELLO}", QHostAddress("127.0.0.1"), ${lab.udp})
s.waitForReadyRead(10000); print(s.readDatagram(100)[0].decode())`),

  java(
    ["SOCKS 4"],
    (lab) => javaProxy("SOCKS", lab.open),
    (lab) => `page(proxy, new InetSocketAddress("127.0.0.1", ${lab.http}))`,
    4,
  ),
  java(["SOCKS 5", "name by proxy", "login"], (lab) => javaProxy("SOCKS", lab.closed), byName),
  java(["HTTP CONNECT"], (lab) => javaProxy("HTTP", lab.open), byName),
  java(
    ["HTTP forward", "login"],
    (lab) => javaProxy("HTTP", lab.closed),
    (lab) => `new URL("http://localhost:${lab.http}/hello").openConnection(proxy)`,
  ),
];
