// Multipath TCP's option in a line. Pure. RFC 8684 section 3; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const SUBTYPES = ["capable", "join", "dss", "add-addr", "rem-addr", "prio", "fail", "fast-close"];
const ADDRESS_VERSIONS = names("0 v1|v1-echo|4 v0-ip4|6 v0-ip6");

const key = (l: Line, at: number) => `0x${l.u64(at).toString(16)}`;

/** The whole option at `at`; `false` where it breaks. */
export function printMultipath(l: Line, at: number, length: number, flags: number): boolean {
  l.protocol = "mptcp";
  if (length < 3) return false;
  const first = l.u8(at + 2), low = first & 15;
  const name = SUBTYPES[first >> 4];
  l.text(` ${length} ${name ?? "unknown"}`);
  const syn = (flags & 2) !== 0, ack = (flags & 16) !== 0;
  switch (name) {
    case "capable": {
      const opens = (length === 12 || length === 4) && syn;
      if (!opens && !((length === 20 || length === 22) && ack && !syn)) return false;
      if (low > 1) {
        l.text(` Unknown Version (${low})`);
        return true;
      }
      l.text(` v${low}${(l.u8(at + 3) & 0x80) !== 0 ? " csum" : ""}`);
      if (length >= 12) l.text(` {${key(l, at + 4)}${length >= 20 ? `,${key(l, at + 12)}` : ""}}`);
      return true;
    }
    case "join":
      if (!(length === 12 && syn) && !(length === 16 && syn && ack) && !(length === 24 && ack)) return false;
      if (length === 24) {
        l.text(` hmac 0x${l.hexText(at + 4, 20)}`);
        return true;
      }
      l.text(`${(low & 1) !== 0 ? " backup" : ""} id ${l.u8(at + 3)}`);
      if (length === 12) l.text(` token 0x${hex(l.u32(at + 4))} nonce 0x${hex(l.u32(at + 8))}`);
      else l.text(` hmac ${key(l, at + 4)} nonce 0x${hex(l.u32(at + 12))}`);
      return true;
    case "dss":
      return length >= 4 && !syn && sequence(l, at, length);
    case "add-addr":
      return address(l, at, length, low);
    case "rem-addr":
      if (length < 4) return false;
      l.text(" id");
      for (let i = 3; i < length; i++) l.text(` ${l.u8(at + i)}`);
      return true;
    case "prio":
      if (length !== 3 && length !== 4) return false;
      l.text(`${(low & 1) !== 0 ? " backup" : " non-backup"}${length === 4 ? ` id ${l.u8(at + 3)}` : ""}`);
      return true;
    case "fail":
      if (length !== 12) return false;
      l.text(` seq ${l.u64(at + 4)}`);
      return true;
    case "fast-close":
      if (length !== 12) return false;
      l.text(` key ${key(l, at + 4)}`);
      return true;
  }
  return true;
}

/** Where data stands in the sequence of the whole. */
function sequence(l: Line, at: number, length: number): boolean {
  const bits = l.u8(at + 3), end = at + length;
  at += 4;
  if ((bits & 0x10) !== 0) l.text(" fin");
  const number = (word: string, wide: boolean): boolean => {
    l.text(` ${word} `);
    if (end - at < (wide ? 8 : 4)) return false;
    l.text(String(wide ? l.u64(at) : l.u32(at)));
    at += wide ? 8 : 4;
    return true;
  };
  if ((bits & 0x01) !== 0 && !number("ack", (bits & 0x02) !== 0)) return false;
  if ((bits & 0x04) !== 0) {
    if (!number("seq", (bits & 0x08) !== 0)) return false;
    if (end - at < 4) return false;
    l.text(` subseq ${l.u32(at)}`);
    at += 4;
    if (end - at < 2) return false;
    l.text(` len ${l.u16(at)}`);
    at += 2;
    if (end - at >= 2) {
      l.text(` csum 0x${hex(l.u16(at))}`);
      at += 2;
    }
  }
  return at === end;
}

function address(l: Line, at: number, length: number, version: number): boolean {
  const size = [8, 10, 16, 18].includes(length) ? 4 : [20, 22, 28, 30].includes(length) ? 16 : 0;
  if (size === 0) return false;
  l.text(` ${ADDRESS_VERSIONS[version] ?? "[bad version/echo]"} id ${l.u8(at + 3)} `);
  l.text(size === 4 ? l.ip4Text(at + 4) : l.ip6Text(at + 4));
  const rest = length - 4 - size, from = at + 4 + size;
  if (rest === 2 || rest === 10) l.text(`:${l.u16(from)}`);
  if (rest >= 8) l.text(` hmac ${key(l, from + rest - 8)}`);
  return true;
}
