// Options of PPP's control protocols: LCP, IPCP, IPv6CP, CCP, BACP. Pure. RFC 1661, RFC 1332, RFC 5072, RFC 1962, RFC 2125.
// To add a protocol: a table and a case in `printPppOption`.
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line, type Names } from "../core/line.ts";
import { OUIS } from "../core/names.ts";
import { names } from "../core/table.ts";

const LCP = names(
  "0 Vend-Ext|MRU|ACCM|Auth-Prot|Qual-Prot|Magic-Num|deprecated(6)|PFC|ACFC|FCS-Alt|SDP|Num-Mode|deprecated(12)|" +
    "Call-Back|deprecated(14)|deprecated(15)|deprecated(16)|MRRU|18 12-Bit seq #|End-Disc|Proprietary|DCE-Id|MP+|" +
    "Link-Disc|LCP-Auth-Opt|COBS|Prefix-elision|Multilink-header-Form|I18N|SDL-over-SONET/SDH|PPP-Muxing",
);
const IPCP = names("1 IP-Addrs|IP-Comp|IP-Addr|Home-Addr|129 Pri-DNS|Pri-NBNS|Sec-DNS|Sec-NBNS");
const CCP = names(
  "0 OUI|Pred-1|Pred-2|Puddle|16 HP-PPC|Stac-LZS|MPPC|Gand-FZA|V.42bis|BSD-Comp|23 LZS-DCP|MVRCA|DEC|Deflate|" +
    "255 Reserved",
);
const AUTHENTICATION: Names = { 0xc023: "PAP", 0xc027: "SPAP", 0xc123: "Old-SPAP", 0xc223: "CHAP", 0xc227: "EAP" };
const ALGORITHMS = names("5 MD5|128 MS-CHAPv1|MS-CHAPv2");
const CALLBACKS = names("0 UserAuth|DialString|LocalID|E.164|X.500|6 CBCP");
const COMPRESSION = names("45 VJ-Comp|97 IP Header Compression");
const SUBOPTIONS = names("1 RTP-Compression|Enhanced RTP-Compression");

/** What an option's printer gives when printing of options ends with it. */
const STOP = false;

/** One option at `at` of a message of `length` octets; gives the octets used, 0 when the rest is not looked at. */
export function printPppOption(l: Line, protocol: number, at: number, length: number): number {
  const [table, cut] = protocol === 0xc021
    ? [LCP, "lcp"]
    : protocol === 0x8021
    ? [IPCP, "ipcp"]
    : protocol === 0x8057
    ? [{ 1: "Interface-ID" } as Names, "ip6cp"]
    : protocol === 0x80fd
    ? [CCP, "ccp"]
    : protocol === 0xc02b
    ? [{ 1: "Favored-Peer" } as Names, "bacp"]
    : [undefined, ""];
  if (table === undefined || length < 2) return 0;
  if (!l.has(at, 2)) {
    l.text(`[|${cut}]`);
    return 0;
  }
  const option = l.u8(at), size = l.u8(at + 1);
  if (length < size) return 0;
  const name = table[option];
  if (protocol === 0xc021 && name === undefined) {
    l.text(`\n\tunknown LCP option 0x${hex(option, 2)}`);
    return size < 2 ? 0 : size;
  }
  l.text(`\n\t  ${name ?? (protocol === 0x8021 || protocol === 0x8057 ? "unknown" : "Unknown")} Option `);
  l.text(`(0x${hex(option, 2)}), length ${size}`);
  if (size < 2) {
    l.text(" (length bogus, should be >= 2)");
    return 0;
  }
  const body = at + 2;
  const shown = protocol === 0xc021
    ? lcp(l, option, size, body)
    : protocol === 0x8021
    ? ipcp(l, option, size, body)
    : other(l, protocol, option, size, body);
  if (shown === STOP) return 0;
  if (shown === undefined) return size;
  if (l.verbose > 1 || (shown === "unknown" && l.verbose < 2)) unknownData(l, body, "\n\t    ", size - 2);
  return size;
}

/** `STOP`, `undefined` when the length is wrong and the next option follows, "known" or "unknown". */
type Shown = typeof STOP | undefined | "known" | "unknown";

/** Says that a length is wrong. */
function bogus(l: Line, right: string, then: Shown = undefined): Shown {
  l.text(` (length bogus, should be ${right})`);
  return then;
}

function lcp(l: Line, option: number, size: number, at: number): Shown {
  switch (option) {
    case 0:
      if (size < 6) return bogus(l, ">= 6");
      l.text(`: Vendor: ${OUIS[l.u24(at)] ?? "Unknown"} (${l.u24(at)})`);
      return "known";
    case 1:
      if (size !== 4) return bogus(l, "= 4");
      l.text(`: ${l.u16(at)}`);
      return "known";
    case 2:
      if (size !== 6) return bogus(l, "= 6");
      l.text(`: 0x${hex(l.u32(at), 8)}`);
      return "known";
    case 3: {
      if (size < 4) return bogus(l, ">= 4");
      const protocol = l.u16(at);
      l.text(`: ${AUTHENTICATION[protocol] ?? "Unknown Auth Proto (0x04x)"}`);
      if (protocol === 0xc223) l.text(`, ${ALGORITHMS[l.u8(at + 2)] ?? `Unknown Auth Alg ${l.u8(at + 2)}`}`);
      else if (AUTHENTICATION[protocol] === undefined) unknownData(l, at - 2, "\n\t", size);
      return "known";
    }
    case 4:
      if (size < 4) return bogus(l, ">= 4", STOP);
      l.text(l.u16(at) === 0xc025 ? ": LQR" : ": unknown");
      return "known";
    case 5:
      if (size !== 6) return bogus(l, "= 6", STOP);
      l.text(`: 0x${hex(l.u32(at), 8)}`);
      return "known";
    case 7:
    case 8:
      return "known";
    case 23:
      if (size !== 4) return bogus(l, "= 4", STOP);
      l.text(`: 0x${hex(l.u16(at), 4)}`);
      return "known";
    case 13:
      if (size < 3) return bogus(l, ">= 3", STOP);
      l.text(`: : Callback Operation ${CALLBACKS[l.u8(at)] ?? "Unknown"} (${l.u8(at)})`);
      return "known";
    case 17:
      if (size !== 4) return bogus(l, "= 4", STOP);
      l.text(`: ${l.u16(at)}`);
      return "known";
    case 19: {
      if (size < 3) return bogus(l, ">= 3", STOP);
      const kind = l.u8(at);
      if (kind === 2) {
        if (size !== 7) return bogus(l, "= 7", STOP);
        l.text(`: IPv4 ${l.ip4Text(at + 1)}`);
      } else if (kind === 3) {
        if (size !== 9) return bogus(l, "= 9", STOP);
        l.text(`: MAC ${l.macText(at + 1)}`);
      } else l.text(`: ${["Null", "Local", "", "", "Magic-Num-Block", "PSNDN"][kind] ?? `Unknown class ${kind}`}`);
      return "known";
    }
  }
  return "unknown";
}

function ipcp(l: Line, option: number, size: number, at: number): Shown {
  switch (option) {
    case 1:
      if (size !== 10) return bogus(l, "= 10");
      l.text(`: src ${l.ip4Text(at)}, dst ${l.ip4Text(at + 4)}`);
      return "known";
    case 2: {
      if (size < 4) return bogus(l, ">= 4", STOP);
      const protocol = l.u16(at);
      l.text(`: ${COMPRESSION[protocol] ?? "Unknown"} (0x${hex(protocol, 2)}):`);
      if (protocol !== 0x61) return "known";
      if (size < 14) return bogus(l, ">= 14", STOP);
      l.text(`\n\t    TCP Space ${l.u16(at + 2)}, non-TCP Space ${l.u16(at + 4)}`);
      l.text(`, maxPeriod ${l.u16(at + 6)}, maxTime ${l.u16(at + 8)}, maxHdr ${l.u16(at + 10)}`);
      if (size === 14) return "known";
      let left = size - 14;
      l.text(`\n\t      Suboptions, length ${left}`);
      for (let sub = at + 12; left >= 2;) {
        const kind = l.u8(sub), count = l.u8(sub + 1);
        if (kind === 0 || count === 0) break;
        l.text(`\n\t\t${SUBOPTIONS[kind] ?? "Unknown"} Suboption #${kind}, length ${count}`);
        if (left < count) {
          l.text(` [remaining suboptions length ${left} < ${count}]`);
          l.invalid();
          break;
        }
        left -= count;
        sub += count;
      }
      return "known";
    }
    case 3:
    case 4:
    case 129:
    case 130:
    case 131:
    case 132:
      if (size !== 6) return bogus(l, "= 6", STOP);
      l.text(`: ${l.ip4Text(at)}`);
      return "known";
  }
  return "unknown";
}

function other(l: Line, protocol: number, option: number, size: number, at: number): Shown {
  if (protocol === 0x8057 && option === 1) {
    if (size !== 10) return bogus(l, "= 10");
    l.text(`: ${[0, 2, 4, 6].map((i) => hex(l.u16(at + i), 4)).join(":")}`);
    return "known";
  }
  if (protocol === 0xc02b && option === 1) {
    if (size !== 6) return bogus(l, "= 6");
    l.text(`: Magic-Num 0x${hex(l.u32(at), 8)}`);
    return "known";
  }
  if (protocol !== 0x80fd) return "unknown";
  switch (option) {
    case 21:
      if (size < 3) return bogus(l, ">= 3");
      l.text(`: Version: ${l.u8(at) >> 5}, Dictionary Bits: ${l.u8(at) & 31}`);
      return "known";
    case 24: {
      if (size < 4) return bogus(l, ">= 4");
      const first = l.u8(at), second = l.u8(at + 1);
      l.text(`: Features: ${first >> 6}, PxP: ${(first & 0x20) !== 0 ? "Enabled" : "Disabled"}, `);
      l.text(`History: ${first & 31}, #CTX-ID: ${second}`);
      return "known";
    }
    case 26: {
      if (size < 4) return bogus(l, ">= 4");
      const first = l.u8(at), second = l.u8(at + 1);
      l.text(`: Window: ${first >> 4}K, Method: ${(first & 15) === 8 ? "zlib" : "unknown"} (0x${hex(first & 15)}), `);
      l.text(`MBZ: ${second >> 2}, CHK: ${second & 3}`);
      return "known";
    }
  }
  return "unknown";
}
