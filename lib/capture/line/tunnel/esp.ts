// Encrypted packets in a line, and what they hold for whoever has the key (-E). Pure. RFC 4303; the form is tcpdump's.
import { decipher } from "./ipsec_keys.ts";
import { hex, type Line } from "../core/line.ts";

/** A packet of `length` octets at `at`, in IP or in UDP. */
export function printEsp(l: Line, at: number, length: number): void {
  const { options: { keys }, ip, source, addressSize } = l;
  l.protocol = "esp";
  if (!l.has(at, 9)) return l.text(" [|esp]");
  l.text(`ESP(spi=0x${hex(l.u32(at), 8)},seq=0x${hex(l.u32(at + 4))}), length ${length}`);
  if (keys === undefined) return;
  if (ip.ver === 4 ? ip.fragmented : l.u16(ip.at + 4) === 0) return;
  const key = keys.associations.get(`${hex(l.u32(at))}@${l.hexText(source + addressSize, addressSize)}`) ??
    keys.fallback;
  if (key === undefined) return;
  const body = at + 8 + key.block, end = l.end - key.check;
  if (end < body) return l.text(" [|esp]");
  const plain = decipher(key, l.bytes.subarray(at + 8, body), l.bytes.subarray(body, end));
  if (plain === undefined) return;
  const padding = plain[plain.length - 2]!, left = plain.length - padding - 2;
  if (left < 0) return l.text(" [|esp]");
  l.text(": ");
  // What is inside looks for addresses in the header outside: both stand in one piece.
  opened(l, [l.bytes.slice(ip.at, at), plain], at - ip.at, left, (from) => {
    l.layers.payload(l, from, left, plain[plain.length - 1]!);
  });
}

/** Prints `left` octets of `parts` from `from` on, the IP header before them, instead of the packet's. */
function opened(
  l: Line,
  parts: readonly Uint8Array[],
  from: number,
  left: number,
  print: (from: number) => void,
): void {
  const { bytes, end, ip } = l;
  l.bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    l.bytes.set(part, at);
    at += part.length;
  }
  l.end = from + left;
  l.ip = { ...ip, at: 0, destination: ip.destination - ip.at };
  print(from);
  [l.bytes, l.end, l.ip] = [bytes, end, ip];
}

/** Prints the payloads of a key exchange that `size` octets at `at` hide, with the key of its side and cookies. */
export function openExchange(l: Line, message: number, at: number, size: number, print: (at: number) => void): void {
  const side = (l.u8(message + 19) & 8) !== 0 ? "i" : "r";
  const key = l.options.keys?.exchanges.get(`${side}${l.hexText(message, 16)}`);
  if (key === undefined || size <= key.block + key.check) return;
  const body = at + key.block;
  const plain = decipher(key, l.bytes.subarray(at, body), l.bytes.subarray(body, at + size - key.check));
  if (plain !== undefined) opened(l, [plain], 0, plain.length, print);
}
