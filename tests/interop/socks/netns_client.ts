// What a client on another host sees of `netlab socks`: run by netns_test.ts inside a network namespace.
// Arguments: the strict proxy's port, the open proxy's port, the port of an HTTP server beside them. Prints JSON lines.
import { dialTcp } from "../../../lib/dial/tcp.ts";
import { socks5Associate, socks5Bind, socks5Connect } from "../../../lib/socks/client.ts";
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
