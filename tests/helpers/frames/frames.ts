// Frames made by hand, one or more for each protocol that lines know: what is printed of them is compared with tcpdump.
// To add one: a line in a table of the files beside this one, which all.ts lists. Octets are written as hexadecimal text; `text` gives those of a word.
import { hex, parseHex } from "../../../lib/base/hex.ts";

/** Octets of hexadecimal text, white space ignored. */
export const octets = parseHex;

/** The octets of a word as hexadecimal text. */
export const text = (word: string) => hex(new TextEncoder().encode(word));
export const number = (value: number, size: number) => value.toString(16).padStart(size * 2, "0");
/** Length in octets of hexadecimal text. */
export const sizeOf = (hex: string) => hex.replace(/\s+/g, "").length / 2;
/** Behind a length of `size` octets that counts itself and `more` besides. */
export const counted = (hex: string, size: number, more = 0) => number(sizeOf(hex) + more, size) + hex;

const MACS = "0180c200000e 020000000001";
/** A frame with an EtherType. */
export const ether = (type: string, payload: string) => octets(`${MACS} ${type} ${payload}`);
/** A frame with a length and LLC. */
export const llc = (payload: string) => octets(`${MACS} ${number(sizeOf(payload), 2)} ${payload}`);
export const cisco = (type: string, payload: string) => llc(`aaaa03 00000c ${type} ${payload}`);

function sum(bytes: Uint8Array): string {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += bytes[i]! << 8 | (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return number(~total & 0xffff, 2);
}

/** An IPv4 packet in a frame. */
export function ip(protocol: number, payload: string, ttl = 64): Uint8Array {
  const head = (check: string) =>
    `4500 ${number(20 + sizeOf(payload), 2)} 0001 4000 ${number(ttl, 1)} ${
      number(protocol, 1)
    } ${check} c0000201 c0000202`;
  return ether("0800", head(sum(octets(head("0000")))) + payload);
}

/** An IPv6 packet in a frame. */
export function ip6(next: number, payload: string, hops = 64): Uint8Array {
  const addresses = "fe800000000000000000000000000001 ff020000000000000000000000000005";
  return ether(
    "86dd",
    `60000000 ${number(sizeOf(payload), 2)} ${number(next, 1)} ${number(hops, 1)} ${addresses} ${payload}`,
  );
}

/** A datagram in a frame. */
export const udp = (port: number, payload: string, from = port) =>
  ip(17, `${number(from, 2)} ${number(port, 2)} ${number(8 + sizeOf(payload), 2)} 0000 ${payload}`);
/** A datagram over IPv6 in a frame. */
export const udp6 = (port: number, payload: string, from = port) =>
  ip6(17, `${number(from, 2)} ${number(port, 2)} ${number(8 + sizeOf(payload), 2)} 0000 ${payload}`);
/** A segment with data in a frame. */
export const tcp = (port: number, payload: string, from = 40000) =>
  ip(6, `${number(from, 2)} ${number(port, 2)} 00000001 00000001 5018 0400 0000 0000 ${payload}`);

/** A part of LLDP. */
export const lldp = (type: number, value: string) => number(type << 9 | sizeOf(value), 2) + value;
export const part2 = (type: number, value: string) => number(type, 2) + counted(value, 2, 4);
