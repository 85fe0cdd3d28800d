// Protocols over UDP that a line says little about: one function each. Pure. The form is tcpdump's.
// To add one: a function in `printSmall` and its port in udp.ts.
import { type Line, TRUNCATED } from "./line.ts";
import { ETHERTYPES } from "./names.ts";

const TFTP = ["", "RRQ", "WRQ", "DATA", "ACK", "ERROR", "OACK"];
const TFTP_ERRORS = [
  "not defined",
  "file not found",
  "access violation",
  "disk full or allocation exceeded",
  "illegal TFTP operation",
  "unknown transfer ID",
  "file already exists",
  "no such user",
  "option negotiation failed",
];
const FACILITIES =
  "kern,user,mail,daemon,auth,syslog,lpr,news,uucp,cron,authpriv,ftp,ntp,security,console,cron,local0,local1,local2,local3,local4,local5,local6,local7"
    .split(",");
const SEVERITIES = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];
const RADIUS: Record<number, string> = {
  1: "Access-Request",
  2: "Access-Accept",
  3: "Access-Reject",
  4: "Accounting-Request",
  5: "Accounting-Response",
  11: "Access-Challenge",
  12: "Status-Server",
  13: "Status-Client",
  40: "Disconnect-Request",
  41: "Disconnect-ACK",
  42: "Disconnect-NAK",
  43: "CoA-Request",
  44: "CoA-ACK",
  45: "CoA-NAK",
};
const HSRP_KINDS = ["hello", "coup", "resign"];
const HSRP_STATES: Record<number, string> = {
  0: "initial",
  1: "learn",
  2: "listen",
  4: "speak",
  8: "standby",
  16: "active",
};

/** NUL-terminated text in quotes; gives the octets used. */
function quoted(l: Line, at: number, end: number): number {
  l.text(' "');
  let i = at;
  while (i < end && i < l.end && l.bytes[i] !== 0) l.safe(l.bytes[i++]!);
  l.text('"');
  if (i >= l.end || i >= end) throw TRUNCATED;
  return i + 1 - at;
}

export const printSmall = {
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
        cursor += quoted(l, cursor, end);
        l.out.char(32);
        while (cursor < end && l.u8(cursor) !== 0) l.safe(l.u8(cursor++));
        cursor++;
        while (cursor < end) {
          if (l.u8(cursor) !== 0) l.out.char(32);
          while (cursor < end && l.u8(cursor) !== 0) l.safe(l.u8(cursor++));
          cursor++;
        }
        break;
      case 6:
        while (cursor < end) {
          l.out.char(32);
          while (cursor < end && l.u8(cursor) !== 0) l.safe(l.u8(cursor++));
          cursor++;
        }
        break;
      case 3:
      case 4:
        l.text(` block ${l.u16(cursor)}`);
        break;
      case 5:
        l.text(` ${TFTP_ERRORS[l.u16(cursor)] ?? `tftp-err-#${l.u16(cursor)} "`}`);
        cursor += 2;
        quoted(l, cursor, end);
        break;
    }
  },

  /** RFC 3164. */
  syslog(l: Line, at: number, length: number): void {
    l.protocol = "syslog";
    let value = 0, digits = 0;
    const bad = () => l.text(" (invalid)");
    if (l.u8(at) !== 0x3c) return bad();
    for (let i = 1; i < 5; i++) {
      const octet = l.u8(at + i);
      if (octet >= 48 && octet <= 57) {
        value = value * 10 + octet - 48;
        digits++;
      } else if (octet === 0x3e) break;
      else return bad();
    }
    const facility = value >> 3, severity = SEVERITIES[value & 7]!;
    const name = FACILITIES[facility] ?? `unknown (${facility})`;
    if (l.verbose < 1) {
      l.text(`SYSLOG ${name}.${severity}, length: ${length}`);
      return;
    }
    l.text(`SYSLOG, length: ${length}\n\tFacility ${name} (${facility}), Severity ${severity} (${value & 7})\n\tMsg: `);
    for (let i = digits + 2; i < length; i++) l.safe(l.u8(at + i));
  },

  /** RFC 2453. */
  rip(l: Line, at: number, length: number): void {
    l.protocol = "rip";
    if (length < 4) {
      l.text(" [|rip]");
      return;
    }
    const command = l.u8(at), version = l.u8(at + 1);
    const names: Record<number, string> = {
      1: "Request",
      2: "Response",
      3: "Trace on",
      4: "Trace off",
      5: "Poll",
      6: "Poll Entry",
    };
    l.text(
      `${l.verbose >= 1 ? "\n\t" : ""}RIPv${version}, ${
        names[command] ?? `unknown command (${command})`
      }, length: ${length}`,
    );
    if (command === 2) l.text(`, routes: ${Math.floor((length - 4) / 20)} or less`);
  },

  /** RFC 2865. */
  radius(l: Line, at: number, length: number): void {
    l.protocol = "radius";
    l.need(at, 20);
    const code = l.u8(at), size = Math.min(l.u16(at + 2), length);
    if (l.verbose > 0) {
      l.text(`RADIUS, length: ${size}\n\t${RADIUS[code] ?? "Unknown Command"} (${code}), id: 0x`);
      l.out.hex(l.u8(at + 1), 2);
      l.text(", Authenticator: ");
      for (let i = 4; i < 20; i++) l.out.hex(l.u8(at + i), 2);
      return;
    }
    l.text(
      `RADIUS, ${RADIUS[code] ?? "Unknown Command"} (${code}), id: 0x${
        l.u8(at + 1).toString(16).padStart(2, "0")
      } length: ${size}`,
    );
  },

  /** RFC 2281. */
  hsrp(l: Line, at: number, length: number): void {
    l.protocol = "hsrp";
    const version = l.u8(at);
    l.text(`HSRPv${version}`);
    if (version !== 0) return;
    l.need(at, 20);
    const kind = l.u8(at + 1);
    l.text(`-${HSRP_KINDS[kind] ?? `hsrp-#${kind}`} ${length}: `);
    const state = l.u8(at + 2);
    l.text(`state=${HSRP_STATES[state] ?? `Unknown (${state})`} group=${l.u8(at + 6)} `);
    if (l.verbose > 0) {
      l.text(`hellotime=${l.u8(at + 3)}s holdtime=${l.u8(at + 4)}s priority=${l.u8(at + 5)} `);
    }
    l.text("addr=");
    l.ip4(at + 16);
    if (l.verbose > 0) {
      l.text(' auth="');
      for (let i = 8; i < 16 && l.u8(at + i) !== 0; i++) l.safe(l.u8(at + i));
      l.text('"');
    }
  },

  /** RFC 5880. */
  bfd(l: Line, at: number, length: number): boolean {
    l.protocol = "bfd";
    const version = l.u8(at) >> 5;
    if (version > 1) return false;
    l.need(at, 24);
    const flags = l.u8(at + 1);
    const names = ["AdminDown", "Down", "Init", "Up"];
    const set: string[] = [];
    for (
      const [bit, name] of [
        [0x20, "Poll"],
        [0x10, "Final"],
        [0x08, "Control Plane Independent"],
        [0x04, "Authentication Present"],
        [0x02, "Demand"],
        [0x01, "Reserved"],
      ] as const
    ) {
      if (flags & bit) set.push(name);
    }
    l.text(
      `BFDv${version}, Control, State ${names[flags >> 6]}, Flags: [${set.length === 0 ? "none" : set.join(", ")}]`,
    );
    if (l.verbose > 0) l.text(`, Diagnostic: ${l.u8(at) & 31}`);
    l.text(`, length: ${length}`);
    return true;
  },

  /** RFC 8926. */
  geneve(l: Line, at: number, length: number, inner: (at: number, length: number) => void): void {
    l.protocol = "geneve";
    l.text("Geneve");
    const first = l.u8(at);
    if (first >> 6 !== 0) {
      l.text(` ERROR: unknown-version ${first >> 6}`);
      return;
    }
    const flags = l.u8(at + 1);
    const set = [(flags & 0x80) !== 0 ? "O" : "", (flags & 0x40) !== 0 ? "C" : ""].join("");
    l.text(`, Flags [${set === "" ? "none" : [...set].join(", ")}]`);
    l.text(`, vni 0x${l.u24(at + 4).toString(16)}`);
    const type = l.u16(at + 2);
    if (l.link) {
      l.text(`, proto ${ETHERTYPES.get(type) ?? "Unknown"} (0x${type.toString(16).padStart(4, "0")})`);
    }
    const options = (first & 63) * 4;
    l.text(l.verbose < 1 ? ": " : "\n\t");
    if (type === 0x6558) inner(at + 8 + options, length - 8 - options);
    else l.text(`geneve-proto-0x${type.toString(16)}`);
  },
};
