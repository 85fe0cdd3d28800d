// Sound and pictures over UDP in a line (-T rtp, -T rtcp). Pure. RFC 3550; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";

/** A packet of `length` octets at `at`. */
export function printRtp(l: Line, at: number, length: number): void {
  l.protocol = "rtp";
  if (length < 8) return l.text(`udp/rtp, length ${length} < 8`);
  const first = l.u32(at), second = l.u32(at + 4);
  let data = length - 8, cursor = at + 8, words = (length >> 2) - 2;
  const old = first >>> 30 === 1;
  let options = false, extension = false;
  if (old) options = (first & 0x800000) !== 0;
  else {
    if (data < 4) return l.text(`udp/rtp, length ${data + 8} < 12`);
    extension = (first & 0x10000000) !== 0;
    data -= 4;
    cursor += 4;
    words--;
  }
  const kind = (first >> 16) & (old ? 0x3f : 0x7f), marker = (first & (old ? 0x400000 : 0x800000)) !== 0;
  l.text(`udp/${old ? "rtpv1" : "rtp"} ${data} c${kind} ${options || extension ? "+" : ""}${marker ? "*" : ""} `);
  l.text(`${first & 0xffff} ${second}`);
  if (l.verbose === 0) return;
  l.text(` ${l.u32(at + 8)}`);
  if (options) {
    let word: number;
    do {
      word = l.u32(cursor);
      const size = (word >>> 16) & 0xff;
      if (size === 0 || size > words) return l.text(" !opt");
      cursor += size * 4;
      words -= size;
    } while (word >>> 31 === 0);
  }
  if (extension) {
    const size = (l.u32(cursor) & 0xffff) + 1;
    if (size > words) return l.text(" !ext");
    cursor += size * 4;
  }
  // H.261's own header.
  if (kind === 0x1f) l.text(` 0x${hex(l.u32(cursor) >>> 16, 4)}`);
}

/** All reports of a datagram that ends at `end`. */
export function printRtcp(l: Line, at: number, end: number): void {
  l.protocol = "rtcp";
  while (at < end) {
    if (at + 8 > end || !l.has(at, 8)) return l.text(" [|rtcp]");
    const size = (l.u16(at + 2) + 1) * 4, flags = l.u16(at), kind = flags & 0xff;
    let count = (flags >> 8) & 31, block = at + 8;
    const source = l.verbose > 0 ? ` ${l.u32(at + 4)}` : "";
    if (kind === 200) {
      l.text(" sr");
      if (size !== count * 24 + 28) l.text(` [${size}]`);
      l.text(source);
      if (block + 20 > end || !l.has(block, 20)) return l.text(" [|rtcp]");
      const time = l.u32(block) + l.u32(block + 4) / 4294967295;
      l.text(` @${time.toFixed(2)} ${l.u32(block + 8)} ${l.u32(block + 12)}p ${l.u32(block + 16)}b`);
      block += 20;
    } else if (kind === 201) {
      l.text(" rr");
      if (size !== count * 24 + 8) l.text(` [${size}]`);
      l.text(source);
    } else {
      if (kind === 202) l.text(` sdes ${size}${source}`);
      else if (kind === 203) l.text(` bye ${size}${source}`);
      else l.text(` type-0x${hex(kind)} ${size}`);
      count = 0;
    }
    if (count > 1) l.text(` c${count}`);
    for (; count > 0; count--, block += 24) {
      if (block + 24 > end || !l.has(block, 24)) return l.text(" [|rtcp]");
      if (l.verbose > 0) l.text(` ${l.u32(block)}`);
      l.text(` ${l.u32(block + 4) & 0xffffff}l ${l.u32(block + 8)}s ${l.u32(block + 12)}j `);
      l.text(`@${(l.u32(block + 16) / 65536).toFixed(2)}+${(l.u32(block + 20) / 65536).toFixed(2)}`);
    }
    at += size;
  }
}
