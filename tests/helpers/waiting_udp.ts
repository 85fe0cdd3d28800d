// A program: octets of memory that each of 200 streams takes which wait for datagrams of UDP, the least of three batches. In a
// process of its own, as other tests give memory back and take it in theirs.
import { utf8 } from "../../lib/base/bytes.ts";
import { UdpAddress } from "../../lib/stream/udp/address.ts";
import { UdpSocket } from "../../lib/stream/udp/socket.ts";
import { UdpStream } from "../../lib/stream/udp/streams.ts";

const COUNT = 200, LOCAL = { host: "127.0.0.1", port: 0 };
const addressOf = (socket: UdpSocket) => UdpAddress.from(socket.local);
const sender = UdpSocket.bind(LOCAL);

async function batch(): Promise<number> {
  const before = Deno.memoryUsage().rss;
  const waiting = Array.from({ length: COUNT }, () => {
    const socket = UdpSocket.bind(LOCAL);
    const heard = Promise.withResolvers<void>();
    void new UdpStream(socket, addressOf(sender)).each(() => heard.resolve(), 65_536);
    return { socket, heard: heard.promise };
  });
  for (const { socket } of waiting) void sender.send(utf8("x"), addressOf(socket));
  await Promise.all(waiting.map(({ heard }) => heard));
  return (Deno.memoryUsage().rss - before) / COUNT;
}

// All stay open: what one batch gave back would be the next one's.
console.log(Math.min(await batch(), await batch(), await batch()));
Deno.exit();
