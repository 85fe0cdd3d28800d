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
const EXCHANGES: Record<number, string> = {
  0: "none",
  1: "base",
  2: "ident",
  3: "auth",
  4: "agg",
  5: "inf",
  32: "oakley-quick",
  33: "oakley-newgroup",
  34: "ikev2_init",
  35: "ikev2_auth",
  36: "child_sa",
  37: "inf2",
};
const SNMP: Record<number, string> = {
  0xa0: "GetRequest",
  0xa1: "GetNextRequest",
  0xa2: "GetResponse",
  0xa3: "SetRequest",
  0xa4: "Trap",
  0xa5: "GetBulk",
  0xa6: "Inform",
  0xa7: "V2Trap",
  0xa8: "Report",
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

/** A length and the offset after it, of a BER element at `at`. ITU-T X.690. */
function ber(l: Line, at: number): { tag: number; body: number; length: number } {
  const tag = l.u8(at);
  let length = l.u8(at + 1), body = at + 2;
  if (length > 127) {
    const octets = length & 127;
    length = 0;
    for (let i = 0; i < octets && i < 4; i++) length = length * 256 + l.u8(body + i);
    body += octets;
  }
  return { tag, body, length };
}

/** Cookies of key exchanges that are remembered. */
const EXCHANGES_KEPT = 64;

/** Who speaks in a key exchange: `I`, `R`, or `?` where its beginning was not seen. */
function side(l: Line, at: number, ver: 4 | 6): string {
  const text = (from: number, count: number) => {
    let out = "";
    for (let i = 0; i < count; i++) out += String.fromCharCode(l.bytes[from + i]!);
    return out;
  };
  const [offset, size] = ver === 4 ? [12, 4] : [8, 16];
  const src = text(l.ip + offset, size), dst = text(l.ip + offset + size, size);
  const cookie = text(at, 8);
  const begins = text(at + 8, 8) === "\0\0\0\0\0\0\0\0";
  const known = l.exchanges.get(cookie);
  if (known === undefined) {
    if (!begins) return "?";
    if (l.exchanges.size >= EXCHANGES_KEPT) l.exchanges.clear();
    l.exchanges.set(cookie, [src, dst]);
    return "I";
  }
  return known[0] === src && known[1] === dst ? "I" : known[0] === dst && known[1] === src ? "R" : "?";
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

  /** RFC 2408, RFC 7296. */
  isakmp(l: Line, at: number, ver: 4 | 6): void {
    l.protocol = "isakmp";
    l.need(at, 28);
    const major = l.u8(at + 17) >> 4, minor = l.u8(at + 17) & 15;
    l.text("isakmp");
    if (major !== 1 || l.verbose > 0) { if (major > 2 || l.verbose > 0) l.text(` ${major}.${minor}`); }
    if (major === 2 && l.verbose === 0) l.text("");
    if (l.verbose > 0) {
      l.text(" msgid ");
      for (let i = 20; i < 24; i++) l.out.hex(l.u8(at + i), 2);
    }
    if (l.verbose > 1) {
      l.text(" cookie ");
      for (let i = 0; i < 8; i++) l.out.hex(l.u8(at + i), 2);
      l.text("->");
      for (let i = 8; i < 16; i++) l.out.hex(l.u8(at + i), 2);
    }
    l.text(":");
    const exchange = EXCHANGES[l.u8(at + 18)] ?? `#${l.u8(at + 18)}`;
    const flags = l.u8(at + 19);
    if (major === 1) {
      const phase = l.u32(at + 20) === 0 ? 1 : 2;
      l.text(` phase ${phase}${phase === 1 ? "" : "/others"} ${side(l, at, ver)} ${exchange}`);
      if ((flags & 3) !== 0) l.text(`[${(flags & 1) !== 0 ? "E" : ""}${(flags & 2) !== 0 ? "C" : ""}]`);
    } else if (major === 2) {
      l.text(
        ` ${l.u32(at + 20) === 0 ? "parent_sa" : "child_sa "} ${exchange}[${(flags & 8) !== 0 ? "I" : ""}${
          (flags & 0x20) !== 0 ? "R" : ""
        }]`,
      );
    }
  },

  /** RFC 3948: ESP or IKE on one port. */
  natt(l: Line, at: number, length: number, ver: 4 | 6): void {
    l.protocol = "isakmp";
    if (length === 1 && l.u8(at) === 0xff) {
      l.text("isakmp-nat-keep-alive");
      return;
    }
    if (length < 9) {
      l.text(" [|isakmp]");
      return;
    }
    if (l.u32(at) !== 0) {
      l.text(
        `UDP-encap: ESP(spi=0x${l.u32(at).toString(16).padStart(8, "0")},seq=0x${
          l.u32(at + 4).toString(16)
        }), length ${length}`,
      );
      return;
    }
    l.text("NONESP-encap: ");
    printSmall.isakmp(l, at + 4, ver);
  },

  /** RFC 3416; versions 1 and 2 only. */
  snmp(l: Line, at: number, length: number): boolean {
    l.protocol = "snmp";
    const end = Math.min(l.end, at + length);
    if (end - at < 10 || l.bytes[at] !== 0x30) return false;
    const message = ber(l, at);
    const version = ber(l, message.body);
    if (version.tag !== 2 || version.length !== 1) return false;
    const number = l.u8(version.body);
    if (number > 1) return false;
    const community = ber(l, version.body + version.length);
    const pdu = ber(l, community.body + community.length);
    const name = SNMP[pdu.tag];
    if (community.tag !== 4 || name === undefined) return false;
    if (l.verbose > 0) l.text(` { SNMPv${number === 0 ? "1" : "2c"}`);
    let text = "";
    for (let i = 0; i < community.length; i++) text += String.fromCharCode(l.u8(community.body + i));
    if (text !== "public" && text !== "private") {
      l.text(' C="');
      l.safeText(community.body, community.length);
      l.text('"');
    }
    l.text(l.verbose > 0 ? ` { ${name}(${pdu.length}) ` : ` ${name}(${pdu.length}) `);
    if (pdu.tag === 0xa4) return true;
    const request = ber(l, pdu.body);
    const status = ber(l, request.body + request.length);
    const index = ber(l, status.body + status.length);
    if (l.verbose > 0) {
      let id = 0;
      for (let i = 0; i < request.length && i < 4; i++) id = id * 256 + l.u8(request.body + i);
      l.text(`R=${id} `);
    }
    const code = status.length === 1 ? l.u8(status.body) : 0;
    if (pdu.tag === 0xa5) {
      l.text(` N=${code} M=${index.length === 1 ? l.u8(index.body) : 0}`);
    } else if (code !== 0) l.text(` error=${code}`);
    const list = ber(l, index.body + index.length);
    let cursor = list.body;
    const listEnd = Math.min(list.body + list.length, end);
    for (let n = 0; cursor < listEnd && n < 200; n++) {
      const pair = ber(l, cursor);
      const oid = ber(l, pair.body);
      if (oid.tag !== 6) break;
      l.out.char(32);
      let sub = 0;
      for (let i = 0; i < oid.length; i++) {
        const octet = l.u8(oid.body + i);
        sub = sub * 128 + (octet & 127);
        if ((octet & 128) !== 0) continue;
        if (i === 0) l.text(`.${Math.min(2, Math.floor(sub / 40))}.${sub - 40 * Math.min(2, Math.floor(sub / 40))}`);
        else l.text(`.${sub}`);
        sub = 0;
      }
      const value = ber(l, oid.body + oid.length);
      if (value.tag !== 5 && pdu.tag !== 0xa0 && pdu.tag !== 0xa1 && pdu.tag !== 0xa5) {
        l.text("=");
        if (value.tag === 4) {
          l.text('"');
          l.safeText(value.body, value.length);
          l.text('"');
        } else if (value.tag === 0x40 && value.length === 4) l.ip4(value.body);
        else if (value.tag === 6) {
          let id = 0;
          for (let i = 0; i < value.length; i++) {
            const octet = l.u8(value.body + i);
            id = id * 128 + (octet & 127);
            if ((octet & 128) !== 0) continue;
            if (i === 0) l.text(`.${Math.min(2, Math.floor(id / 40))}.${id - 40 * Math.min(2, Math.floor(id / 40))}`);
            else l.text(`.${id}`);
            id = 0;
          }
        } else {
          let number = 0;
          for (let i = 0; i < value.length && i < 6; i++) number = number * 256 + l.u8(value.body + i);
          l.text(String(number));
        }
      }
      if (pair.length === 0) break;
      cursor = pair.body + pair.length;
    }
    if (l.verbose > 0) l.text(" } } ");
    return true;
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
