// What first octets are taken for when no port helps: all that the captures carry, beside every protocol of the list.
import { assertEquals } from "@std/assert";
import { concat } from "../../../lib/base/bytes.ts";
import { chooseDatagram, chooseStream } from "../../../lib/dissect/follow/choose.ts";
import { PROTOCOLS } from "../../../lib/dissect/list.ts";
import { PacketDissector } from "../../../lib/dissect/follow/packet.ts";
import type { Side } from "../../../lib/dissect/protocol.ts";
import { captureNames, readCapture } from "../../helpers/explain_captures.ts";
import { readPcap } from "../../helpers/pcap.ts";

/** A payload of a capture, with the protocols that the capture's ports and course say. */
interface Payload {
  readonly packet: number;
  readonly transport: "tcp" | "udp";
  readonly side: Side;
  readonly direction: string;
  bytes: Uint8Array;
  /** The first octets of this direction. */
  readonly first: boolean;
}

function payloads(name: string): { found: Payload[]; known: Set<string> } {
  const { linkType, packets } = readPcap(readCapture(name));
  const dissector = new PacketDissector();
  const found: Payload[] = [], known = new Set<string>(), seen = new Set<string>(), clients = new Set<string>();
  packets.forEach((packet, index) => {
    const { facts, messages } = dissector.dissect(linkType, packet.bytes, { originalLength: packet.length });
    for (const message of messages) {
      known.add(message.protocol);
      for (const inner of message.inner ?? []) known.add(inner.protocol);
    }
    const { src, dst, sport, dport, payload } = facts;
    if (facts.tcp !== undefined && (facts.tcp.flags & 0x12) === 2) clients.add(`${src} ${sport} ${dst} ${dport}`);
    if (payload === undefined || payload.length === 0 || facts.fragment !== undefined) return;
    const direction = `${src} ${sport} ${dst} ${dport}`;
    const bytes = packet.bytes.subarray(payload.offset, payload.offset + payload.length);
    // The first octets may come in pieces.
    const begun = facts.tcp === undefined ? undefined : found.find((entry) => entry.direction === direction);
    if (begun !== undefined && begun.bytes.length < 64) {
      begun.bytes = concat([begun.bytes, bytes]);
      return;
    }
    const side = messages[0]?.side ?? (clients.has(direction) ? "client" : "server");
    found.push({
      packet: index + 1,
      transport: facts.tcp === undefined ? "udp" : "tcp",
      side,
      direction,
      bytes,
      first: !seen.has(direction),
    });
    seen.add(direction);
  });
  for (const { messages } of dissector.finish()) for (const message of messages) known.add(message.protocol);
  return { found, known };
}

/** Captures of protocols that only a port tells, or what spoke before (their octets could be anything), or without ports. */
const BY_PORT_ONLY = new Set(
  ("bfd coap dhcp6 eapol eigrp frames isis ldp modbus multicast nflog ntp null openflow_1 options ospf ospf6 ppp ptp raw rip sctp sll sll2 switches vrrp " +
    "wifi").split(" "),
);

for (const name of captureNames()) {
  Deno.test(`no protocol claims what it is not in capture "${name}"`, () => {
    const { found, known } = payloads(name);
    const wrong: string[] = [], names = new Set<string>();
    for (const { packet, transport, side, bytes, first } of found) {
      if (transport === "tcp" && !first) continue;
      for (const protocol of PROTOCOLS) {
        const claims = transport === "tcp"
          ? protocol.detect?.(bytes, side) === "yes"
          : protocol.detectDatagram?.(bytes) === true;
        if (claims && !known.has(protocol.name)) wrong.push(`packet ${packet} (${side}): ${protocol.name}`);
      }
      const choice = transport === "udp" ? chooseDatagram(bytes, {}, []) : chooseStream(bytes, side, {}, [], true);
      if (typeof choice === "object") names.add(choice.name);
    }
    assertEquals(wrong, []);
    assertEquals([...names].filter((found) => !known.has(found)), []);
    assertEquals(names.size === 0, BY_PORT_ONLY.has(name));
  });
}
