// EDNS options in a line. Pure. RFC 6891 and the RFCs of the options; the form is tcpdump's.
// To add an option: its name in `NAMES` and its case in `option`.
import { printName } from "./dns_name.ts";
import type { Line, Names } from "../core/line.ts";
import { names } from "../core/table.ts";

const NAMES = names(
  "1 LLQ|UL|NSID|5 DAU|DHU|N3U|ECS|EXPIRE|COOKIE|KEEPALIVE|PADDING|CHAIN|KEY-TAG|16 CLIENT-TAG|SERVER-TAG",
);
const SIGNATURES = names(
  "0 DELETE|RSAMD5|DH|DS|5 RSASHA1|DSA-NSEC3-SHA1|RSASHA1-NSEC3-SHA1|RSASHA256|10 RSASHA512|12 ECC-GOST|" +
    "ECDSAP256SHA256|ECDSAP384SHA384|ED25519|ED448|252 INDIRECT|PRIVATEDNS|PRIVATEOID",
);
const HASHES = names("1 SHA-1|SHA-256|GOST_R_34.11-94|SHA-384"), DENIAL_HASHES = names("1 SHA-1");

/** Options from `at` to `end`; gives whether all of them were captured. */
export function printDnsOptions(l: Line, at: number, end: number): boolean {
  for (let first = true; at < end; first = false) {
    if (!first) l.text(",");
    if (!l.has(at, 2)) return false;
    const code = l.u16(at);
    l.text(NAMES[code] ?? `Opt${code}`);
    if (!l.has(at + 2, 2)) return false;
    const length = l.u16(at + 2);
    at += 4;
    if (!l.has(at, length)) return false;
    if (length > 0) {
      l.text(" ");
      option(l, code, at, length);
    }
    at += length;
  }
  return true;
}

function option(l: Line, code: number, at: number, length: number): void {
  const list = (table: Names) => {
    for (let i = 0; i < length; i++) {
      const number = l.u8(at + i);
      l.text(`${i > 0 ? " " : ""}${table[number] ?? `Alg_${number}`}`);
    }
  };
  switch (code) {
    case 5:
      return list(SIGNATURES);
    case 6:
      return list(HASHES);
    case 7:
      return list(DENIAL_HASHES);
    case 8:
      return clientSubnet(l, at, length);
    case 9:
      return length === 4 ? l.text(`${l.u32(at)} sec`) : l.invalid();
    case 10:
      if (length < 8 || (length > 8 && length < 16) || length > 40) return l.invalid();
      return l.text(`${l.hexText(at, 8)}${length > 8 ? ` ${l.hexText(at + 8, length - 8)}` : ""}`);
    case 11:
      return length === 2 ? l.text(`${(l.u16(at) / 10).toFixed(1)} sec`) : l.invalid();
    case 12:
      return l.text(`(${length})`);
    case 13:
      printName(l, at, at + length);
      return;
    case 14:
      if (length % 2 !== 0) return l.invalid();
      for (let i = 0; i < length; i += 2) l.text(`${i > 0 ? " " : ""}${l.u16(at + i)}`);
      return;
  }
  l.text(l.hexText(at, length));
}

/** RFC 7871. */
function clientSubnet(l: Line, at: number, length: number): void {
  if (length < 4) return l.invalid();
  const family = l.u16(at), source = l.u8(at + 2), scope = l.u8(at + 3);
  const bits = family === 1 ? 32 : family === 2 ? 128 : 0;
  const octets = length - 4;
  if (octets > bits / 8 || source > bits || scope > bits || (source + 7) >> 3 !== octets) return l.invalid();
  if (bits === 0) return l.invalid();
  const address = new Uint8Array(16);
  address.set(l.bytes.subarray(at + 4, at + length));
  if (family === 1) l.out.ip4(address, 0);
  else l.out.ip6(address, 0);
  l.text(`/${source}/${scope}`);
}
