// Protocols over UDP that a line says little about: one function each. Pure. The form is tcpdump's.
// To add one: a function in `printSmall` and its port in udp.ts.
import { unknownData } from "../core/hexdump.ts";
import type { Line } from "../core/line.ts";

const TFTP = ["", "RRQ", "WRQ", "DATA", "ACK", "ERROR", "OACK"];
const TFTP_ERRORS = "EUNDEF ENOTFOUND EACCESS ENOSPACE EBADOP EBADID EEXISTS ENOUSER".split(" ");
const FACILITIES =
  "kernel,user,mail,daemon,auth,syslog,lpr,news,uucp,cron,authpriv,ftp,ntp,security,console,cron,local0,local1,local2,local3,local4,local5,local6,local7"
    .split(",");
const SEVERITIES = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];
/** NUL-terminated text; gives the offset behind it. Text without an end ends the line. */
function terminated(l: Line, at: number, end: number, quote = ""): number {
  l.text(quote);
  while (at < end && at < l.end && l.bytes[at] !== 0) l.safe(l.bytes[at++]!);
  l.text(quote);
  if (at >= end || at >= l.end) l.cut();
  return at + 1;
}

const TIME_MESSAGES =
  "ANY ADJTIME ACK MASTERREQ MASTERACK SETTIME MASTERUP SLAVEUP ELECTION ACCEPT REFUSE CONFLICT RESOLVE QUIT DATE DATEREQ DATEACK TRACEON TRACEOFF MSITE MSITEREQ TEST SETDATE SETDATEREQ LOOP"
    .split(" ");

export const printSmall = {
  /** How the clocks of BSD's hosts were set. */
  timed(l: Line, at: number): void {
    l.protocol = "timed";
    const type = l.u8(at), name = TIME_MESSAGES[type];
    l.text(name === undefined ? `(tsp_type 0x${type.toString(16)})` : `TSP_${name}`);
    l.text(` vers ${l.u8(at + 1)}`);
    l.text(` seq ${l.u16(at + 2)}`);
    if (name === "LOOP") l.text(` hopcnt ${l.u8(at + 4)}`);
    else if (name === "SETTIME" || name === "ADJTIME" || name?.startsWith("SETDATE")) {
      let seconds = l.u32(at + 4) | 0, micros = l.u32(at + 8) | 0;
      if (micros < 0) return;
      l.text(" time ");
      // Seconds count up from the whole one below, which is -1 for half a second less than nothing.
      if (seconds < 0 && micros !== 0) {
        seconds++;
        if (seconds === 0) l.text("-");
        micros = 1_000_000 - micros;
      }
      l.text(`${seconds}.${micros < 0 ? "-" : ""}${String(Math.abs(micros)).padStart(micros < 0 ? 5 : 6, "0")}`);
    }
    l.text(" name ");
    l.string(at + 12, 256);
  },

  /** RFC 1350. */
  tftp(l: Line, at: number, length: number): void {
    l.protocol = "tftp";
    l.text(`TFTP, length ${length}`);
    const code = l.u16(at);
    const name = TFTP[code];
    l.text(name === undefined || code === 0 ? `, tftp-#${code}` : `, ${name}`);
    const end = at + length;
    let cursor = at + 2;
    switch (code) {
      case 1:
      case 2:
      case 6:
        if (code !== 6) {
          l.text(" ");
          cursor = terminated(l, cursor, end, '"');
          if (cursor === end) l.cut();
          l.out.char(32);
          cursor = terminated(l, cursor, end);
        }
        while (cursor < end) {
          if (l.u8(cursor) !== 0) l.out.char(32);
          cursor = terminated(l, cursor, end);
        }
        break;
      case 3:
      case 4:
        l.text(` block ${l.u16(cursor)}`);
        break;
      case 5:
        l.text(` ${TFTP_ERRORS[l.u16(cursor)] ?? `tftp-err-#${l.u16(cursor)} "`}`);
        l.text(" ");
        terminated(l, cursor + 2, end, '"');
        break;
    }
  },

  /** RFC 3164. */
  syslog(l: Line, at: number, length: number): void {
    l.protocol = "syslog";
    let value = 0, from = 1;
    const isDigit = (octet: number) => octet >= 48 && octet <= 57;
    if (l.u8(at) !== 0x3c) return l.invalid();
    while (from <= 3 && isDigit(l.u8(at + from))) value = value * 10 + l.u8(at + from++) - 48;
    if (l.u8(at + from++) !== 0x3e) return l.invalid();
    const facility = value >> 3 & 127, severity = SEVERITIES[value & 7]!;
    const name = FACILITIES[facility] ?? `unknown (${facility})`;
    if (l.verbose < 1) return l.text(`SYSLOG ${name}.${severity}, length: ${length}`);
    l.text(`SYSLOG, length: ${length}\n\tFacility ${name} (${facility}), Severity ${severity} (${value & 7})\n\tMsg: `);
    for (let i = from; i < length; i++) l.safe(l.u8(at + i));
    if (l.verbose > 1) unknownData(l, at, "\n\t", length);
  },
};
