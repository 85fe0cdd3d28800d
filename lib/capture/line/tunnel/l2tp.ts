// L2TP in a line: its messages with their values, or what a session carries. Pure. RFC 2661; the form is tcpdump's.
// To add a value: its name in `VALUES` and its line in `PRINTERS`.
import { hex, type Line } from "../core/line.ts";
import { printPpp } from "../link/ppp.ts";
import { names, numbers } from "../core/table.ts";

const MESSAGES = names("1 SCCRQ|SCCRP|SCCCN|StopCCN|6 HELLO|OCRQ|OCRP|OCCN|ICRQ|ICRP|ICCN|14 CDN|WEN|SLI");
const VALUES = names(
  "0 MSGTYPE|RESULT_CODE|PROTO_VER|FRAMING_CAP|BEARER_CAP|TIE_BREAKER|FIRM_VER|HOST_NAME|VENDOR_NAME|ASSND_TUN_ID|" +
    "RECV_WIN_SIZE|CHALLENGE|Q931_CC|CHALLENGE_RESP|ASSND_SESS_ID|CALL_SER_NUM|MINIMUM_BPS|MAXIMUM_BPS|BEARER_TYPE|" +
    "FRAMING_TYPE|PACKET_PROC_DELAY|CALLED_NUMBER|CALLING_NUMBER|SUB_ADDRESS|TX_CONN_SPEED|PHY_CHANNEL_ID|" +
    "INI_RECV_LCP|LAST_SENT_LCP|LAST_RECV_LCP|PROXY_AUTH_TYPE|PROXY_AUTH_NAME|PROXY_AUTH_CHAL|PROXY_AUTH_ID|" +
    "PROXY_AUTH_RESP|CALL_ERRORS|ACCM|RANDOM_VECTOR|PRIVATE_GRP_ID|RX_CONN_SPEED|SEQ_REQUIRED|46 PPP_DISCON_CC",
);
const AUTHENTICATIONS = names("0 Reserved|Textual|CHAP|PAP|No Auth|MS-CHAPv1");
const SIDES = ["global error", "at peer", "at local"];
/** Octets that a value has at least. */
const LEAST = numbers("0 2|2|2|4|4|8|2|9 2|2|12 3|16|2|4|4|4|4|4|24 4|4|29 2|32 2|34 2|2|38 4|46 5");

/** A datagram of `length` octets at `at`. */
export function printL2tp(l: Line, at: number, length: number): void {
  l.protocol = "l2tp";
  const flags = l.u16(at), version = flags & 15;
  if (version === 1) return l.text(" l2f:");
  if (version !== 2) return l.text(" Unknown Version, neither L2F(1) nor L2TP(2)");
  const letters = [[0x8000, "T"], [0x4000, "L"], [0x0800, "S"], [0x0200, "O"], [0x0100, "P"]] as const;
  l.text(` l2tp:[${letters.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter).join("")}]`);
  const control = (flags & 0x8000) !== 0, counted = (flags & 0x4000) !== 0;
  let cursor = at + 2;
  const size = counted ? l.u16(cursor) : 0;
  if (counted) cursor += 2;
  l.text(`(${l.u16(cursor)}/`);
  l.text(`${l.u16(cursor + 2)})`);
  cursor += 4;
  if ((flags & 0x0800) !== 0) {
    l.text(`Ns=${l.u16(cursor)},`);
    l.text(`Nr=${l.u16(cursor + 2)}`);
    cursor += 4;
  }
  if ((flags & 0x0200) !== 0) {
    const filled = l.u16(cursor);
    l.need(cursor + 2, filled);
    cursor += 2 + filled;
  }
  if (counted) {
    if (length < size) return l.text(` Length ${size} larger than packet`);
    length = size;
  }
  let left = length - (cursor - at);
  if (left < 0) return l.text(` Length ${length} smaller than header length`);
  if (!control) {
    l.text(" {");
    printPpp(l, cursor, left);
    return l.text("}");
  }
  if (!counted) return l.text(" No length");
  if (left === 0) l.text(" ZLB");
  while (left > 0) {
    const used = pair(l, cursor, left);
    if (used === 0) return;
    cursor += used;
    left -= used;
  }
}

/** A name and a value; gives their octets, 0 where they break. */
function pair(l: Line, at: number, left: number): number {
  l.text(" ");
  const head = l.u16(at), size = head & 0x3ff;
  if (size < 6 || size > left || !l.has(at, size)) {
    l.text(" [|l2tp]");
    return 0;
  }
  if ((head & 0x8000) !== 0) l.text("*");
  if ((head & 0x4000) !== 0) l.text("?");
  const vendor = l.u16(at + 2), type = l.u16(at + 4), octets = size - 6;
  if (vendor !== 0) {
    l.text(`VENDOR${hex(vendor, 4)}:ATTR${hex(type, 4)}(${l.hexText(at + 6, octets)})`);
    return size;
  }
  l.text(`${VALUES[type] ?? `AVP-#${type}`}(`);
  if ((head & 0x4000) !== 0) l.text("???");
  else if (octets < (LEAST[type] ?? 0)) l.text("AVP too short");
  else PRINTERS[type]?.(l, at + 6, octets);
  l.text(")");
  return size;
}

type Value = (l: Line, at: number, length: number) => void;

const number16: Value = (l, at) => l.text(String(l.u16(at)));
const number32: Value = (l, at) => l.text(String(l.u32(at)));
const text: Value = (l, at, length) => l.octets(at, length);
const digits: Value = (l, at, length) => l.text(l.hexText(at, length));
/** Letters of the two lowest bits. */
const letters = (first: string, second: string): Value => (l, at) => {
  const word = l.u32(at);
  l.text(`${(word & 2) !== 0 ? first : ""}${(word & 1) !== 0 ? second : ""}`);
};
/** Numbers that have names, behind two octets. */
const numbered = (words: readonly string[], shown: (value: number) => string): Value => (l, at, length) => {
  for (const [i, word] of words.entries()) {
    if (length < 6 + i * 4) return l.text("AVP too short");
    l.text(`${word}=${shown(l.u32(at + 2 + i * 4))} `);
  }
};

/** The text from `offset` on that some values end with. */
function message(l: Line, at: number, length: number, offset: number): void {
  if (length <= offset) return;
  l.text(" ");
  l.octets(at + offset, length - offset);
}

const PRINTERS: Readonly<Record<number, Value>> = {
  0: (l, at) => l.text(MESSAGES[l.u16(at)] ?? `MSGTYPE-#${l.u16(at)}`),
  1: (l, at, length) => {
    l.text(String(l.u16(at)));
    if (length === 2) return;
    if (length < 4) return l.text(" AVP too short");
    l.text(`/${l.u16(at + 2)}`);
    message(l, at, length, 4);
  },
  2: (l, at) => l.text(`${l.u8(at)}.${l.u8(at + 1)}`),
  3: letters("A", "S"),
  4: letters("A", "D"),
  5: (l, at) => l.text(l.hexText(at, 8)),
  6: number16,
  7: text,
  8: text,
  9: number16,
  10: number16,
  11: digits,
  12: (l, at, length) => {
    l.text(`${l.u16(at)}, ${hex(l.u8(at + 2), 2)}`);
    message(l, at, length, 3);
  },
  13: (l, at) => l.text(l.hexText(at, 16)),
  14: number16,
  15: number32,
  16: number32,
  17: number32,
  18: letters("A", "D"),
  19: letters("A", "S"),
  20: (l) => l.text("obsolete"),
  21: text,
  22: text,
  23: text,
  24: number32,
  25: number32,
  26: digits,
  27: digits,
  28: digits,
  29: (l, at) => l.text(AUTHENTICATIONS[l.u16(at)] ?? `AuthType-#${l.u16(at)}`),
  30: text,
  31: digits,
  32: (l, at) => l.text(String(l.u16(at) & 0xff)),
  33: digits,
  34: numbered(["CRCErr", "FrameErr", "HardOver", "BufOver", "Timeout", "AlignErr"], String),
  35: numbered(["send", "recv"], (value) => hex(value, 8)),
  36: digits,
  37: text,
  38: number32,
  46: (l, at, length) => {
    l.text(`${hex(l.u16(at), 4)}, ${hex(l.u16(at + 2), 4)} ${SIDES[l.u8(at + 4)] ?? `Direction-#${l.u8(at + 4)}`}`);
    message(l, at, length, 5);
  },
};
