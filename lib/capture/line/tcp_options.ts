// TCP options in a line. Pure. RFC 9293 3.2, RFC 7323, 2018, 5482, 5925, 7413, 8684; the form is tcpdump's.
// To add an option: its name in `NAMES` and, when it has a value, its case in `printTcpOptions`.
import { type Line, TRUNCATED } from "./line.ts";

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, "eol"],
  [1, "nop"],
  [2, "mss"],
  [3, "wscale"],
  [4, "sackOK"],
  [5, "sack"],
  [6, "echo"],
  [7, "echoreply"],
  [8, "TS"],
  [11, "cc"],
  [12, "ccnew"],
  [13, "ccecho"],
  [19, "md5"],
  [20, "scps"],
  [28, "uto"],
  [29, "tcp-ao"],
  [30, "mptcp"],
  [34, "tfo"],
  [254, "exp"],
]);

/** Thrown where the captured octets end inside an option that is not the first. */
export const CUT: unique symbol = Symbol("cut");

/** Gives `false` where an option breaks; what is past the captured octets ends the line. */
export function printTcpOptions(l: Line, at: number, left: number, flags: number, base: number): boolean {
  const { out } = l;
  for (let first = true; left > 0; first = false) {
    if (!first) out.char(44);
    const kind = l.u8(at++);
    let length = 1;
    if (kind > 1) {
      length = l.u8(at++);
      if (length < 2 || length > left) return false;
      left--;
    }
    left--;
    const name = NAMES.get(kind);
    out.text(name ?? `unknown-${kind}`);
    let used = 0;
    const fits = (count: number): boolean => {
      if (count > left) return false;
      if (!l.has(at, count)) throw first ? TRUNCATED : CUT;
      return true;
    };
    switch (kind) {
      case 0:
      case 1:
      case 4:
        break;
      case 2:
        used = 2;
        if (!fits(2)) return false;
        out.char(32);
        out.dec(l.u16(at));
        break;
      case 3:
        used = 1;
        if (!fits(1)) return false;
        out.char(32);
        out.dec(l.u8(at));
        break;
      case 5:
        used = length - 2;
        if (used % 8 !== 0) l.text(" invalid sack");
        else {
          l.text(` ${used / 8} `);
          for (let i = 0; i < used; i += 8) {
            if (!fits(i + 8)) return false;
            out.char(123);
            out.dec((l.u32(at + i) - base) >>> 0);
            out.char(58);
            out.dec((l.u32(at + i + 4) - base) >>> 0);
            out.char(125);
          }
        }
        break;
      case 6:
      case 7:
      case 11:
      case 12:
      case 13:
        used = 4;
        if (!fits(4)) return false;
        out.char(32);
        out.dec(l.u32(at));
        break;
      case 8:
        used = 8;
        if (!fits(8)) return false;
        out.text(" val ");
        out.dec(l.u32(at));
        out.text(" ecr ");
        out.dec(l.u32(at + 4));
        break;
      case 19:
        used = 16;
        if (!fits(16)) return false;
        out.text(" shared secret not supplied with -M, can't check - ");
        for (let i = 0; i < 16; i++) out.hex(l.u8(at + i), 2);
        break;
      case 20:
        used = 2;
        if (!fits(2)) return false;
        out.text(` cap 0x${l.u8(at).toString(16).padStart(2, "0")} id ${l.u8(at + 1)}`);
        break;
      case 28: {
        used = 2;
        if (!fits(2)) return false;
        const value = l.u16(at);
        out.text(` 0x${value.toString(16)} ${(value & 0x8000) !== 0 ? (value & 0x7fff) * 60 : value >> 1}`);
        break;
      }
      case 29:
        used = length - 2;
        if (used < 2) l.text(" invalid tcp-ao");
        else {
          if (!fits(2)) return false;
          l.text(` keyid ${l.u8(at)} rnextkeyid ${l.u8(at + 1)} mac 0x`);
          for (let i = 2; i < used; i++) {
            if (!fits(i)) return false;
            out.hex(l.u8(at + i), 2);
          }
        }
        break;
      case 30:
        used = length - 2;
        if (!fits(used)) return false;
        if (!multipath(l, at - 2, length, flags)) return false;
        break;
      case 34:
        used = length - 2;
        if (used > 0 && (used < 4 || used > 16 || (used & 1) !== 0)) l.text(" len " + length + " invalid");
        else if (used === 0) l.text("  cookiereq");
        else {
          l.text("  cookie ");
          for (let i = 0; i < used; i++) {
            if (!fits(i + 1)) return false;
            out.hex(l.u8(at + i), 2);
          }
        }
        break;
      case 254: {
        used = length - 2;
        if (used < 2) return false;
        if (!fits(2)) return false;
        const magic = l.u16(at);
        l.text(`-${magic.toString(16).padStart(4, "0")}`);
        if (magic === 0xf989) {
          if (used === 2) l.text("tfo cookiereq");
          else {
            l.text("tfo cookie ");
            for (let i = 2; i < used; i++) {
              if (!fits(i + 1)) return false;
              out.hex(l.u8(at + i), 2);
            }
          }
        }
        break;
      }
      default:
        used = length - 2;
        if (used > 0) l.text(" 0x");
        for (let i = 0; i < used; i++) {
          if (!fits(i + 1)) return false;
          out.hex(l.u8(at + i), 2);
        }
    }
    at += used;
    left -= used;
    const expected = used + (kind > 1 ? 2 : 1);
    if (expected !== length) l.text(`[len ${length}]`);
    if (kind === 0) break;
  }
  return true;
}

const hex64 = (l: Line, at: number) => {
  l.text("0x");
  const high = l.u32(at);
  if (high !== 0) {
    l.out.hex(high);
    l.out.hex(l.u32(at + 4), 8);
  } else l.out.hex(l.u32(at + 4));
};

/** Multipath TCP: the whole option begins at `at`. RFC 8684 section 3. */
function multipath(l: Line, at: number, length: number, flags: number): boolean {
  if (length < 3) return false;
  const subtype = l.u8(at + 2) >> 4;
  const low = l.u8(at + 2) & 15;
  l.text(` ${length} `);
  switch (subtype) {
    case 0: {
      l.text("capable");
      if (
        !((length === 4 || length === 12) && (flags & 2) !== 0) &&
        !((length === 20 || length === 22 || length === 24) && (flags & 18) === 16)
      ) {
        return false;
      }
      if (low > 1) {
        l.text(` Unknown Version (${low})`);
        return true;
      }
      l.text(` v${low}`);
      if ((l.u8(at + 3) & 0x80) !== 0) l.text(" csum");
      if (length >= 12) {
        l.text(" {");
        hex64(l, at + 4);
        if (length >= 20) {
          l.text(",");
          hex64(l, at + 12);
        }
        l.text("}");
      }
      return true;
    }
    case 1:
      l.text("join");
      if (length !== 12 && length !== 16 && length !== 24) return false;
      if (length !== 24) {
        if ((low & 1) !== 0) l.text(" backup");
        l.text(` id ${l.u8(at + 3)}`);
      }
      if (length === 12) l.text(` token 0x${l.u32(at + 4).toString(16)} nonce 0x${l.u32(at + 8).toString(16)}`);
      else if (length === 16) {
        l.text(" hmac ");
        hex64(l, at + 4);
        l.text(` nonce 0x${l.u32(at + 12).toString(16)}`);
      } else {
        l.text(" hmac 0x");
        for (let i = 4; i < 24; i++) l.out.hex(l.u8(at + i), 2);
      }
      return true;
    case 2: {
      l.text("dss");
      const bits = l.u8(at + 3);
      let cursor = at + 4;
      const end = at + length;
      if ((bits & 0x10) !== 0) l.text(" fin");
      if ((bits & 0x01) !== 0) {
        const size = (bits & 0x02) !== 0 ? 8 : 4;
        if (cursor + size > end) return false;
        l.text(" ack ");
        if (size === 8) l.text(String(BigInt(l.u32(cursor)) << 32n | BigInt(l.u32(cursor + 4))));
        else l.dec(l.u32(cursor));
        cursor += size;
      }
      if ((bits & 0x04) !== 0) {
        const size = (bits & 0x08) !== 0 ? 8 : 4;
        if (cursor + size + 6 > end) return false;
        l.text(" seq ");
        if (size === 8) l.text(String(BigInt(l.u32(cursor)) << 32n | BigInt(l.u32(cursor + 4))));
        else l.dec(l.u32(cursor));
        cursor += size;
        l.text(` subseq ${l.u32(cursor)} len ${l.u16(cursor + 4)}`);
        cursor += 6;
        if (cursor + 2 <= end) {
          l.text(` csum 0x${l.u16(cursor).toString(16)}`);
        }
      }
      return true;
    }
  }
  const names = ["", "", "", "add-addr", "rem-addr", "prio", "fail", "fast-close"];
  l.text(names[subtype] ?? "unknown");
  return true;
}
