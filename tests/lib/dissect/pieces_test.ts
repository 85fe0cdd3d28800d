// The streams of the captures once more, cut otherwise: what they say must not depend on where chunks end.
import { assertEquals } from "@std/assert";
import { openConversation } from "../../../lib/dissect/follow/conversation.ts";
import { PacketDissector } from "../../../lib/dissect/follow/packet.ts";
import type { Message, Ports, Side } from "../../../lib/dissect/protocol.ts";
import { captureNames, readCapture } from "../../helpers/explain_captures.ts";
import { readPcap } from "../../helpers/pcap.ts";

interface Stream {
  readonly ports: Ports;
  readonly chunks: { side: Side; bytes: Uint8Array }[];
}

/** The TCP connections of a capture whose beginning is in it, without what was sent twice. */
function streams(name: string): Stream[] {
  const { linkType, packets } = readPcap(readCapture(name));
  const dissector = new PacketDissector();
  const found = new Map<string, Stream & { next: Record<Side, number> }>();
  for (const packet of packets) {
    const { facts } = dissector.dissect(linkType, packet.bytes, { originalLength: packet.length });
    const { src, dst, sport, dport, tcp, payload } = facts;
    if (tcp === undefined || payload === undefined || facts.fragment !== undefined) continue;
    const out = `${src} ${sport} ${dst} ${dport}`, back = `${dst} ${dport} ${src} ${sport}`;
    if ((tcp.flags & 0x12) === 2) {
      found.set(out, {
        ports: { client: sport, server: dport },
        chunks: [],
        next: { client: tcp.seq + 1, server: -1 },
      });
    }
    const side: Side = found.has(out) ? "client" : "server";
    const stream = found.get(out) ?? found.get(back);
    if (stream === undefined) continue;
    if (side === "server" && stream.next.server === -1) stream.next.server = tcp.seq + ((tcp.flags & 2) >> 1);
    const bytes = packet.bytes.subarray(payload.offset, payload.offset + payload.length);
    if (bytes.length === 0 || tcp.seq !== stream.next[side]) continue;
    stream.next[side] += bytes.length;
    stream.chunks.push({ side, bytes });
  }
  return [...found.values()];
}

/** What the messages of each side say; where their ends are seen differs with the pieces. */
function said(messages: readonly Message[]): Record<Side, string[]> {
  const of = (side: Side) =>
    messages.filter((message) => message.side === side).map((message) =>
      `${message.protocol} ${message.offset}+${message.bytes.length} ${message.summary}`
    );
  return { client: of("client"), server: of("server") };
}

function run({ ports, chunks }: Stream, size: number): Record<Side, string[]> {
  const conversation = openConversation({ ports });
  const found: Message[] = [];
  for (const { side, bytes } of chunks) {
    for (let at = 0; at < bytes.length; at += size) {
      found.push(...conversation.data(side, bytes.subarray(at, at + size), 0));
    }
  }
  found.push(...conversation.end("client", 0), ...conversation.end("server", 0));
  return said(found);
}

/** Text, pixels, what is encrypted and what a tunnel carries is shown as it comes. */
const AS_IT_COMES = ["imap_compress", "rsync", "telnet", "websocket", "socks", "ssh", "ssh_group", "rfb"];

for (const name of captureNames()) {
  const list = streams(name).filter(({ chunks }) => chunks.length > 0);
  if (list.length === 0 || AS_IT_COMES.includes(name)) continue;
  Deno.test(`the streams of capture "${name}" say the same octet by octet, and in chunks of three`, () => {
    for (const stream of list) {
      const whole = run(stream, 1 << 20);
      const lines = whole.client.concat(whole.server);
      // So are what nobody knows, and the objects of a pack.
      if (lines.every((line) => line.startsWith("data ")) || lines.some((line) => /^git .* pack, /.test(line))) {
        continue;
      }
      assertEquals(run(stream, 1), whole);
      assertEquals(run(stream, 3), whole);
    }
  });
}
