// DCCP in a line. Pure. RFC 4340; the form is tcpdump's.
import { foldSum, pseudoHeader, rightChecksum, sumOctets } from "../core/checksum.ts";
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const TYPES = names(
  "0 DCCP-Request|DCCP-Response|DCCP-Data|DCCP-Ack|DCCP-DataAck|DCCP-CloseReq|DCCP-Close|DCCP-Reset|DCCP-Sync|" +
    "DCCP-SyncAck",
);
/** Octets behind the general header, by type. */
const MORE = [4, 12, 0, 8, 8, 8, 8, 12, 8, 8];
const RESETS = names(
  "0 unspecified|closed|aborted|no_connection|packet_error|option_error|mandatory_error|connection_refused|" +
    "bad_service_code|too_busy|bad_init_cookie|aggression_penalty",
);
const OPTIONS = names(
  "0 nop|mandatory|slowreceiver|32 change_l|confirm_l|change_r|confirm_r|initcookie|ndp_count|ack_vector0|ack_vector1|" +
    "data_dropped|timestamp|timestamp_echo|elapsed_time|data_checksum",
);
const FEATURES = names(
  "0 reserved|ccid|allow_short_seqno|sequence_window|ecn_incapable|ack_ratio|send_ack_vector|send_ndp_count|" +
    "minimum checksum coverage|check data checksum",
);

/** A packet of `length` octets at `at`. */
export function printDccp(l: Line, at: number, length: number): void {
  l.protocol = "dccp";
  l.need(at, 12);
  const missing = (count: number) => l.text(`truncated-dccp - ${count} bytes missing!`);
  if (length < 12) return missing(12 - length);
  const extended = (l.u8(at + 8) & 1) !== 0;
  let fixed = extended ? 16 : 12;
  if (length < fixed) return missing(fixed - length);
  l.need(at, fixed);
  let header = l.u8(at + 4) * 4;
  l.ends(at);
  l.text(": DCCP");
  if (l.quiet) {
    l.text(` ${(length - header) >>> 0}`);
    if (header > length) l.text(` [bad hdr length ${header} - too long, > ${length}]`);
    return;
  }
  if (l.verbose > 0) {
    const coverage = l.u8(at + 5) & 15;
    l.text(` (CCVal ${l.u8(at + 5) >> 4}, CsCov ${coverage}`);
    if (l.has(at, length)) checksum(l, at, length, coverage);
    l.text(")");
  }
  l.text(" ");
  const type = l.u8(at + 8) >> 1 & 15;
  const name = TYPES[type], body = at + fixed;
  fixed += MORE[type] ?? 0;
  if (name !== undefined && length < fixed) return l.text(`truncated-${name} - ${fixed - length} bytes missing!`);
  if (type < 2 || type === 7) l.need(body, MORE[type] ?? 0);
  l.text(`${name ?? `unknown-type-${type}`} `);
  if (type === 0) l.text(`(service=${l.u32(body)}) `);
  else if (type === 1) l.text(`(service=${l.u32(body + 8)}) `);
  else if (type === 7) l.text(`(code=${RESETS[l.u8(body + 8)] ?? "invalid"}) `);
  if (type !== 0 && type !== 2) {
    const low = extended ? l.u16(body + 2) * 2 ** 32 + l.u32(body + 4) : l.u24(body + 1);
    l.text(`(ack=${low}) `);
  }
  if (l.verbose < 2) return;
  l.text(`seq ${extended ? l.u16(at + 10) * 2 ** 32 + l.u32(at + 12) : l.u24(at + 9)}`);
  if (header <= fixed) return;
  l.text(" <");
  header -= fixed;
  for (let option = at + fixed;;) {
    const used = printOption(l, option, header);
    if (used === 0 || header <= used) break;
    header -= used;
    option += used;
    l.text(", ");
  }
  l.text(">");
}

/** The checksum goes over so many words of the payload, or over all. RFC 4340 9.2. */
function checksum(l: Line, at: number, length: number, coverage: number): void {
  const covered = coverage === 0 ? length : Math.min(length, (l.u8(at + 4) + coverage - 1) * 4);
  const stands = l.u16(at + 6), sum = foldSum(sumOctets(l.bytes, at, covered, pseudoHeader(l, length, 33)));
  l.text(`, cksum 0x${hex(stands, 4)} `);
  l.text(sum === 0xffff ? "(correct)" : `(incorrect -> 0x${hex(rightChecksum(stands, sum), 4)})`);
}

/** Gives the octets of the option; 0 where it breaks. */
function printOption(l: Line, at: number, room: number): number {
  const type = l.u8(at);
  const name = type >= 128 ? `CCID option ${type}` : OPTIONS[type] ?? `Option ${type}`;
  const size = type >= 32 ? l.u8(at + 1) : 1;
  if (type >= 32 && size < 2) {
    l.text(`${name} optlen too short`);
    return 0;
  }
  if (room < size) {
    l.text(`${name} optlen goes past header length`);
    return 0;
  }
  if (!l.has(at, size)) {
    l.text(" [|dccp]");
    return 0;
  }
  l.text(name);
  const octets = size - 2;
  if (type >= 128) {
    if (size === 4) l.text(` ${l.u16(at + 2)}`);
    else if (size === 6) l.text(` ${l.u32(at + 2)}`);
    return size;
  }
  switch (type) {
    case 32:
    case 33:
    case 34:
    case 35:
      if (size < 3) l.text(" optlen too short");
      else if (FEATURES[l.u8(at + 2)] !== undefined) {
        l.text(` ${FEATURES[l.u8(at + 2)]}`);
        for (let i = 3; i < size; i++) l.text(` ${l.u8(at + i)}`);
      }
      break;
    case 37:
      for (let i = 2; i < size; i++) l.text(` ${l.u8(at + i)}`);
      break;
    case 36:
    case 38:
    case 39:
    case 40:
      if (octets > 0) l.text(` 0x${l.hexText(at + 2, octets)}`);
      break;
    case 41:
      l.text(size === 6 ? ` ${l.u32(at + 2)}` : " [optlen != 6]");
      break;
    case 42:
      if (size !== 6 && size !== 8 && size !== 10) l.text(" [optlen != 6 or 8 or 10]");
      else {
        l.text(` ${l.u32(at + 2)}`);
        if (size > 6) l.text(` (elapsed time ${size === 8 ? l.u16(at + 6) : l.u32(at + 6)})`);
      }
      break;
    case 43:
      l.text(size === 6 ? ` ${l.u32(at + 2)}` : size === 4 ? ` ${l.u16(at + 2)}` : " [optlen != 4 or 6]");
      break;
    case 44:
      if (octets > 0) l.text(` ${l.hexText(at + 2, octets)}`);
  }
  return size;
}
