// TCP segments in a line. Pure. RFC 9293, options of RFC 7323, 2018, 5925, 7413, 8684; the form is tcpdump's.
import { foldSum, type Line, rightChecksum, sumOctets, TRUNCATED } from "./line.ts";
import { printTcpPayload } from "./tcp_payload.ts";

/** Letters of all 256 flag octets. */
const FLAGS: readonly string[] = Array.from({ length: 256 }, (_, flags) => {
  let out = "";
  for (
    const [bit, letter] of [[1, "F"], [2, "S"], [4, "R"], [8, "P"], [16, "."], [32, "U"], [64, "E"], [
      128,
      "W",
    ]] as const
  ) {
    if (flags & bit) out += letter;
  }
  return out === "" ? "none" : out;
});

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

/** Addresses and ports of a segment, when its IP header is the innermost and names TCP itself. */
function printEnds(l: Line, at: number, ver: 4 | 6, protocol: number): void {
  const { bytes, ip, out } = l;
  const sport = bytes[at]! << 8 | bytes[at + 1]!, dport = bytes[at + 2]! << 8 | bytes[at + 3]!;
  const direct = bytes[ip + (ver === 4 ? 9 : 6)] === protocol;
  if (direct) {
    if (ver === 4) out.ip4(bytes, ip + 12);
    else out.ip6(bytes, ip + 8);
    out.char(46);
  }
  out.dec(sport);
  out.text(" > ");
  if (direct) {
    if (ver === 4) out.ip4(bytes, ip + 16);
    else out.ip6(bytes, ip + 24);
    out.char(46);
  }
  out.dec(dport);
  out.text(": ");
}

export { printEnds };

/** The sum over a pseudo-header and `length` octets at `at`, folded: 0xffff when right. */
export function pseudoSum(l: Line, at: number, length: number, ver: 4 | 6, protocol: number): number {
  let sum = protocol + (length & 0xffff) + (length >>> 16);
  sum = ver === 4 ? sumOctets(l.bytes, l.ip + 12, 8, sum) : sumOctets(l.bytes, l.ip + 8, 32, sum);
  return foldSum(sumOctets(l.bytes, at, length, sum));
}

/** A segment of `length` octets at `at`. */
export function printTcp(l: Line, at: number, length: number, ver: 4 | 6, fragmented: boolean): void {
  const { out, bytes } = l;
  l.protocol = "tcp";
  if (!l.has(at + 2, 2)) {
    if (ver === 4) {
      l.out.ip4(bytes, l.ip + 12);
      l.text(" > ");
      l.out.ip4(bytes, l.ip + 16);
      l.text(": [|tcp]");
    } else {
      l.out.ip6(bytes, l.ip + 8);
      l.text(" > ");
      l.out.ip6(bytes, l.ip + 24);
      l.text(": [|tcp]");
    }
    return;
  }
  const sport = bytes[at]! << 8 | bytes[at + 1]!, dport = bytes[at + 2]! << 8 | bytes[at + 3]!;
  printEnds(l, at, ver, 6);
  l.need(at, 20);
  const header = (bytes[at + 12]! >> 4) * 4;
  if (header < 20) {
    l.text(` tcp ${(length - header) >>> 0} [bad hdr length ${header} - too short, < 20]`);
    return;
  }
  if (l.quiet) {
    l.text(`tcp ${(length - header) >>> 0}`);
    if (header > length) l.text(` [bad hdr length ${header} - too long, > ${length}]`);
    return;
  }
  const flags = bytes[at + 13]!;
  out.text("Flags [");
  out.text(FLAGS[flags]!);
  out.char(93);
  let seq = l.u32(at + 4), ack = l.u32(at + 8);
  const window = l.u16(at + 14);
  let firstSeq = 0;
  if (!l.options.absolute && (flags & 16) !== 0) {
    const address = (from: number): number => {
      if (ver === 4) return l.u32(from);
      let hash = 0;
      for (let i = 0; i < 16; i += 4) hash = Math.imul(hash ^ l.u32(from + i), 0x01000193) + i;
      return hash >>> 0;
    };
    const src = address(l.ip + (ver === 4 ? 12 : 8)), dst = address(l.ip + (ver === 4 ? 16 : 24));
    const reversed = sport > dport || (sport === dport && src > dst);
    const a = reversed ? dst : src, b = reversed ? src : dst;
    const ports = (reversed ? dport << 16 | sport : sport << 16 | dport) >>> 0;
    const entry = l.sequences.find(a, b, ports);
    if (entry === -1 || (flags & 2) !== 0) {
      if (reversed) l.sequences.set(a, b, ports, (ack - 1) >>> 0, seq);
      else l.sequences.set(a, b, ports, seq, (ack - 1) >>> 0);
      firstSeq = reversed ? (ack - 1) >>> 0 : (ack - 1) >>> 0;
    } else {
      const first = l.sequences.seq(entry), firstAck = l.sequences.ack(entry);
      seq = (seq - (reversed ? firstAck : first)) >>> 0;
      ack = (ack - (reversed ? first : firstAck)) >>> 0;
      firstSeq = reversed ? first : firstAck;
    }
  }
  if (header > length) {
    l.text(` [bad hdr length ${header} - too long, > ${length}]`);
    return;
  }
  if (l.verbose > 0 && !l.options.noChecksums && !fragmented && l.has(at, length)) {
    const stands = l.u16(at + 16);
    l.text(`, cksum 0x${stands.toString(16).padStart(4, "0")}`);
    const sum = pseudoSum(l, at, length, ver, 6);
    if (sum !== 0xffff) l.text(` (incorrect -> 0x${rightChecksum(stands, sum).toString(16).padStart(4, "0")})`);
    else l.text(" (correct)");
  }
  length -= header;
  if (l.verbose > 1 || length > 0 || (flags & 7) !== 0) {
    out.text(", seq ");
    out.dec(seq);
    if (length > 0) {
      out.char(58);
      out.dec((seq + length) >>> 0);
    }
  }
  if ((flags & 16) !== 0) {
    out.text(", ack ");
    out.dec(ack);
  }
  out.text(", win ");
  out.dec(window);
  if ((flags & 32) !== 0) {
    out.text(", urg ");
    out.dec(l.u16(at + 18));
  }
  if (header > 20) {
    out.text(", options [");
    try {
      if (!printOptions(l, at + 20, header - 20, flags, firstSeq)) {
        l.text("[bad opt]");
        return;
      }
    } catch (error) {
      if (error !== CUT) throw error;
      l.text(" [|tcp]>");
      return;
    }
    out.char(93);
  }
  out.text(", length ");
  out.dec(length);
  if (length <= 0) return;
  at += header;
  if ((flags & 4) !== 0) {
    if (l.verbose > 0) {
      l.text(" [");
      if (!l.has(at, length)) l.text("!");
      l.text("RST");
      let shown = length;
      if (shown > 30) {
        shown = 30;
        l.text("+");
      }
      l.out.char(32);
      l.safeText(at, shown);
      l.out.char(93);
      return;
    }
  }
  printTcpPayload(l, at, length, sport, dport);
}

/** Thrown where the captured octets end inside an option that is not the first. */
const CUT: unique symbol = Symbol("cut");

/** Gives `false` where an option breaks; what is past the captured octets ends the line. */
function printOptions(l: Line, at: number, left: number, flags: number, base: number): boolean {
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
