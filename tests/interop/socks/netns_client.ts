// What a client on another host sees of `netlab socks`: run by netns_test.ts inside a network namespace.
// Arguments: the strict proxy's port, the open proxy's port, the port of an HTTP server beside them. Prints JSON lines.
import { concat } from "../../../lib/base/bytes.ts";
import { dialTcp } from "../../../lib/dial/tcp.ts";
import { dialUdpVia } from "../../../lib/dial/via.ts";
import { parseProxyUrl } from "../../../lib/dial/via_url.ts";
import { socks5Associate, socks5Bind, socks5Connect } from "../../../lib/socks/client.ts";
import { socksAddress } from "../../../lib/socks/codec/address.ts";
import { encodeUdpHeader } from "../../../lib/socks/codec/socks5.ts";
import { Association } from "../../../lib/socks/codec/udp.ts";
import { UdpStream } from "../../../lib/stream/udp/streams.ts";
import { UdpAddress } from "../../../lib/stream/udp/address.ts";
import { UdpSocket } from "../../../lib/stream/udp/socket.ts";

const [strict, open, http] = Deno.args.map(Number) as [number, number, number];
const say = (what: string, value: unknown) => console.log(JSON.stringify([what, value]));

for (
  const [proxy, host, port] of [
    ...["10.99.0.1", "127.0.0.1", "localhost", "::ffff:127.0.0.1", "169.254.169.254"].map((host) =>
      [strict, host, http] as const
    ),
    [strict, "203.0.113.5", 80],
    [strict, "2001:db8::1", 80],
    [open, "10.99.0.1", http],
    [open, "127.0.0.1", http],
    [open, "10.99.0.1", http === 65535 ? 1 : http + 1],
    [open, "10.99.0.77", 80],
  ] as const
) {
  await using stream = await dialTcp({ host: "10.99.0.1", port: proxy });
  const what = `${proxy === strict ? "strict" : "open"} ${host}:${
    port === http ? "http" : port === 80 ? 80 : "closed"
  }`;
  try {
    await socks5Connect(stream, { host, port });
    say(what, 0);
  } catch (error) {
    say(what, Number(/\((\d)\)$/.exec((error as Error).message)?.[1]));
  }
}
for (const [theirs, ours] of [["10.99.0.1", "10.99.0.2"], ["fd99::1", "fd99::2"]] as const) {
  const control = await dialTcp({ host: theirs, port: open });
  const relay = await socks5Associate(control);
  const echo = UdpSocket.bind({ host: ours, port: 0 });
  const socket = new UdpStream(
    UdpSocket.bind({ host: ours, port: 0 }),
    UdpAddress.from({ host: relay.host, port: relay.port }),
  );
  const association = new Association(socket, control);
  await association.send({ host: ours, port: echo.local.port }, new TextEncoder().encode("datagram"));
  const buffer = new Uint8Array(100);
  const count = await echo.receive(buffer);
  await echo.send(buffer.subarray(0, count), echo.sender);
  const arrival = await association.receive(new Uint8Array(100));
  say(`udp ${theirs}`, [relay.host, arrival?.from.host, arrival?.count]);
  await association.close();
  echo.close();
  await using stream = await dialTcp({ host: theirs, port: open });
  const binding = await socks5Bind(stream, { host: ours, port: 0 });
  using _peer = await Deno.connect({ hostname: binding.bound.host, port: binding.bound.port });
  say(`bind ${theirs}`, [binding.bound.host, (await binding.accepted()).host]);
}

const text = new TextEncoder().encode("datagram"), room = new Uint8Array(100);
{
  // Over a link-local address, whose zone only this side can name.
  using echo = closing(UdpSocket.bind({ host: "10.99.0.2", port: 0 }));
  const hop = parseProxyUrl(`socks5://[fe80::1%25v1]:${open}`);
  await using through = await dialUdpVia({ host: "10.99.0.2", port: echo.socket.local.port }, [hop]);
  await through.write(text);
  await echo.socket.send(room.subarray(0, await echo.socket.receive(room)), echo.socket.sender);
  const count = await through.read(room);
  say("udp by link-local", new TextDecoder().decode(room.subarray(0, count ?? 0)));
  await using stream = await dialTcp({ host: "fe80::1%v1", port: open });
  const binding = await socks5Bind(stream, { host: "fe80::2", port: 0 });
  await using _peer = await dialTcp({ host: `${binding.bound.host}%v1`, port: binding.bound.port });
  say("bind by link-local", [binding.bound.host, (await binding.accepted()).host]);
}
{
  await using stream = await dialTcp({ host: "10.99.0.1", port: open });
  const binding = await socks5Bind(stream, { host: "198.51.100.77", port: 0 });
  const { host, port } = binding.bound;
  await using _peer = await dialTcp({ host, port }, { local: { host: "198.51.100.77", port: 0 } });
  say("bind for another network", [host, (await binding.accepted()).host]);
}
{
  // A client behind a translator of addresses names the port that it has bound there.
  await using control = await dialTcp({ host: "10.99.0.1", port: open });
  const relay = await socks5Associate(control, { from: { host: "0.0.0.0", port: 9 } });
  using echo = closing(UdpSocket.bind({ host: "10.99.0.2", port: 0 }));
  using own = closing(UdpSocket.bind({ host: "10.99.0.2", port: 0 }));
  const header = encodeUdpHeader({
    fragment: 0,
    address: socksAddress({ host: "10.99.0.2", port: echo.socket.local.port }),
  });
  own.socket.send(concat([header, text]), UdpAddress.from({ host: relay.host, port: relay.port }));
  say("udp with the port of another network", [echo.socket.local.host, await echo.socket.receive(room)]);
}

function closing(socket: UdpSocket): Disposable & { socket: UdpSocket } {
  return { socket, [Symbol.dispose]: () => socket.close() };
}
