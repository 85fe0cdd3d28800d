// One packet in the ring that the kernel fills: tpacket3_hdr, then sockaddr_ll (packet(7), linux/if_packet.h), then the
// octets. Pure.
import { LINK, type Packet } from "../packet.ts";

/** Octets kept free before each packet: for a VLAN tag put back, or a cooked header. */
export const HEADROOM = 32;

/** sockaddr_ll behind the header: protocol, interface, hardware type, kind of packet, address. */
const ADDRESS = 48;
const OUTGOING = 4, LOOPBACK_HARDWARE = 772;
/** Bits of the status: a tag was taken out, and its type is told. */
const TAG_VALID = 0x10, TAG_TYPE_VALID = 0x40;

/** Whether the frame at `bytes[at]` is one that leaves over loopback, and so arrives there too. */
export function leavesLoopback(bytes: Uint8Array, at: number): boolean {
  const hardware = bytes[at + ADDRESS + 8]! | bytes[at + ADDRESS + 9]! << 8;
  return bytes[at + ADDRESS + 10] === OUTGOING && hardware === LOOPBACK_HARDWARE;
}

/** Fills `packet` from the frame at `bytes[at]`; `words` are the same memory. A cooked header is put before its octets. */
export function readFrame(bytes: Uint8Array, words: Int32Array, at: number, link: number, packet: Packet): void {
  const header = at >> 2;
  packet.seconds = words[header + 1]! >>> 0;
  packet.nanos = words[header + 2]!;
  packet.caplen = words[header + 3]!;
  packet.length = words[header + 4]!;
  packet.bytes = bytes;
  packet.start = at + (bytes[at + 24]! | bytes[at + 25]! << 8);
  packet.link = link;
  packet.direction = bytes[at + ADDRESS + 10] === OUTGOING ? "out" : "in";
  if (link !== LINK.LINUX_SLL2) return;
  const start = packet.start -= 20, from = at + ADDRESS;
  packet.caplen += 20;
  packet.length += 20;
  const index = words[from + 4 >> 2]!;
  bytes[start] = bytes[from + 2]!;
  bytes[start + 1] = bytes[from + 3]!;
  bytes[start + 2] = bytes[start + 3] = 0;
  for (let i = 0; i < 4; i++) bytes[start + 4 + i] = index >>> (24 - i * 8);
  bytes[start + 8] = bytes[from + 9]!;
  bytes[start + 9] = bytes[from + 8]!;
  for (let i = 0; i < 10; i++) bytes[start + 10 + i] = bytes[from + 10 + i]!;
}

/** Puts the VLAN tag that the kernel took out back where it was. */
export function putTagBack(bytes: Uint8Array, words: Int32Array, at: number, packet: Packet): void {
  const status = words[(at >> 2) + 5]!;
  if ((status & TAG_VALID) === 0 || packet.caplen < 12) return;
  const start = packet.start -= 4;
  bytes.copyWithin(start, start + 4, start + 16);
  const tag = words[(at >> 2) + 8]!;
  const type = (status & TAG_TYPE_VALID) !== 0 ? bytes[at + 36]! | bytes[at + 37]! << 8 : 0x8100;
  bytes[start + 12] = type >> 8;
  bytes[start + 13] = type;
  bytes[start + 14] = tag >> 8;
  bytes[start + 15] = tag;
  packet.caplen += 4;
  packet.length += 4;
}
