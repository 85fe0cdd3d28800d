// BOOTP and DHCP in a line, with -v the options. Pure. RFC 951, RFC 2131, RFC 2132; the form is tcpdump's.
// To add an option: a line in `OPTIONS`, its letter says how the value is written.
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const MESSAGES = names(
  "1 Discover|Offer|Request|Decline|ACK|NACK|Release|Inform|10 LeaseQuery|LeaseUnassigned|LeaseUnknown|LeaseActive",
);
const HARDWARE = names("1 ether|6 ieee802|arcnet|15 frelay|23 strip|ieee1394");
const RELAY = names("1 Circuit-ID|Remote-ID|6 Subscriber-ID");

/**
 * Number, form and name. Forms: a text, i addresses, l numbers of 32 bits, L with a sign, s of 16 bits, b octets,
 * B yes or no, p pairs of addresses, and those of a single option.
 */
const OPTIONS: ReadonlyMap<number, readonly [name: string, form: string]> = new Map(
  `0 - PAD,1 i Subnet-Mask,2 L Time-Zone,3 i Default-Gateway,4 i Time-Server,5 i IEN-Name-Server,6 i Domain-Name-Server,7 i LOG,
  8 i CS,9 i LPR-Server,10 i IM,11 i RL,12 a Hostname,13 s BS,14 a DP,15 a Domain-Name,16 i SS,17 a RP,18 a EP,19 B IPF,
  20 B SRT,21 p PF,22 s RSZ,23 b TTL,24 l MTU-Timeout,25 s MTU-Table,26 s MTU,27 B LSN,28 i BR,29 B MD,30 B MS,31 B Router-Discovery,
  32 i RSA,33 static Static-Route,34 B UT,35 l AT,36 B IE,37 b TT,38 l KI,39 B KG,40 a YD,41 i YS,42 i NTP,43 b Vendor-Option,
  44 i Netbios-Name-Server,45 i WDD,46 node Netbios-Node,47 a Netbios-Scope,48 i XFS,49 i XDM,50 i Requested-IP,51 l Lease-Time,
  52 overload OO,53 - DHCP-Message,54 i Server-ID,55 b Parameter-Request,56 a MSG,57 s MSZ,58 l RN,59 l RB,60 a Vendor-Class,
  61 client Client-ID,64 s N+D,65 i N+S,66 a TFTP,67 a BF,68 i MH,69 i SMTP,70 i POP3,71 i NNTP,72 i WWW,73 i FG,74 i IRC,
  75 i STS,76 i STDA,77 class User-Class,78 b SLP-DA,79 b SLP-SCOPE,80 a SLP-NA,81 name FQDN,82 relay Agent-Information,
  83 b ARMT,88 a TZSTR,89 b FQDNS,90 b AUTH,91 L Last-Transaction-Time,92 i Associated-IP,93 s ARCH,94 b NDI,95 a LDAP,
  97 b GUID,98 a UAP,100 a POSIX-TZ,101 a TZ-Name,112 i NI,113 a NITAG,114 a URL,116 B NOAUTO,117 s NSSEARCH,118 i SUBNET,
  121 routes Classless-Static-Route,143 redirect SZTP-Redirect,150 i TFTP-Server-Address,161 a MUD-URL,249 routes Classless-Static-Route-Microsoft,255 - END`
    .split(",").map((line): [number, [string, string]] => {
      const [number, form, name] = line.trim().split(" ") as [string, string, string];
      return [Number(number), [name, form]];
    }),
);

/** A BOOTP or DHCP message of `length` octets at `at`. */
export function printDhcp(l: Line, at: number, length: number): void {
  l.protocol = "bootp";
  l.need(at, 1);
  const op = l.u8(at);
  l.text(
    `BOOTP/DHCP, ${op === 1 ? "Request" : op === 2 ? "Reply" : `unknown (0x${op.toString(16).padStart(2, "0")})`}`,
  );
  const hardware = l.u8(at + 1), size = l.u8(at + 2);
  if (hardware === 1 && size === 6 && op === 1) {
    l.u8(at + 33);
    l.text(" from ");
    l.mac(at + 28);
  }
  l.text(`, length ${length}`);
  if (l.verbose === 0) return;
  l.need(at + 8, 2);
  if (hardware !== 1) l.text(`, htype ${hardware}`);
  if (hardware !== 1 || size !== 6) l.text(`, hlen ${size}`);
  if (l.u8(at + 3) !== 0) l.text(`, hops ${l.u8(at + 3)}`);
  if (l.u32(at + 4) !== 0) l.text(`, xid 0x${l.u32(at + 4).toString(16)}`);
  if (l.u16(at + 8) !== 0) l.text(`, secs ${l.u16(at + 8)}`);
  const flags = l.u16(at + 10);
  l.text(`, Flags [${flags === 0 ? "none" : (flags & 0x8000) !== 0 ? "Broadcast" : "none"}]`);
  if (l.verbose > 1) l.text(` (0x${flags.toString(16).padStart(4, "0")})`);
  for (const [offset, name] of [[12, "Client-IP"], [16, "Your-IP"], [20, "Server-IP"], [24, "Gateway-IP"]] as const) {
    if (l.u32(at + offset) === 0) continue;
    l.text(`\n\t  ${name} `);
    l.ip4(at + offset);
  }
  if (hardware === 1 && size === 6) {
    l.text(`\n\t  Client-Ethernet-Address ${l.macText(at + 28)}`);
  }
  for (const [offset, room, name] of [[44, 64, "sname"], [108, 128, "file"]] as const) {
    if (l.u8(at + offset) === 0) continue;
    l.text(`\n\t  ${name} "`);
    let i = 0;
    while (i < room && l.has(at + offset + i, 1) && l.bytes[at + offset + i] !== 0) l.safe(l.bytes[at + offset + i++]!);
    l.text('"');
    if (i === room) return l.cut();
    l.need(at + offset + i, 1);
  }
  l.need(at + 236, 4);
  const cookie = l.u32(at + 236);
  if (cookie === 0x63825363) options(l, at + 236);
  else if (cookie === 0x434d5500) vendorCmu(l, at + 236);
  else if (cookie !== 0) l.text(`\n\t  Vendor-#0x${hex(cookie)}`);
}

/** Addresses as Carnegie Mellon had them. RFC 1048 made this old. */
function vendorCmu(l: Line, at: number): void {
  l.text(" vend-cmu");
  l.need(at + 4, 4);
  const flags = l.u8(at + 4);
  if ((flags & ~1) !== 0) l.text(` F:0x${hex(flags)}`);
  const places = [[12, "DG"], [8, (flags & 1) !== 0 ? "SM" : "SM*"], [24, "NS1"], [28, "NS2"], [32, "IEN1"]] as const;
  for (const [offset, name] of [...places, [36, "IEN2"], [16, "TS1"], [20, "TS2"]] as const) {
    l.need(at + offset, 4);
    if (l.u32(at + offset) !== 0) l.text(` ${name}:${l.ip4Text(at + offset)}`);
  }
}

function options(l: Line, at: number): void {
  l.text(`\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x${hex(l.u32(at), 8)}`);
  at += 4;
  while (at < l.end) {
    const code = l.u8(at++);
    if (code === 0 && l.verbose < 3) continue;
    if (code === 255 && l.verbose < 3) return;
    const [name, form] = OPTIONS.get(code) ?? ["Unknown", "?"];
    const length = code === 0 || code === 255 ? 0 : l.u8(at++);
    l.text(`\n\t    ${name} (${code}), length ${length}${length > 0 ? ": " : ""}`);
    if (code === 0) {
      let count = 1;
      for (; at < l.end && l.bytes[at] === 0; at++) count++;
      if (count > 1) l.text(`, occurs ${count}`);
    }
    l.need(at, length);
    value(l, code, form, at, length);
    at += length;
  }
}

function value(l: Line, code: number, form: string, at: number, length: number): void {
  if (code === 53 && length === 1) return l.text(MESSAGES[l.u8(at)] ?? `Unknown (${l.u8(at)})`);
  if (code === 55) {
    for (let i = 0; i < length; i++) {
      const asked = l.u8(at + i);
      l.text(`${i % 4 === 0 ? "\n\t      " : ", "}${OPTIONS.get(asked)?.[0] ?? "Unknown"} (${asked})`);
    }
    return;
  }
  if (form === "?") form = (length & 1) !== 0 ? "b" : (length & 2) !== 0 ? "s" : "l";
  let used = 0;
  const list = (size: number, print: (from: number) => void, joint = ",") => {
    for (; used + size <= length; used += size) {
      if (used > 0) l.text(joint);
      print(at + used);
    }
  };
  switch (form) {
    case "a":
      return quoted(l, at, length);
    case "i":
      list(4, (from) => l.ip4(from));
      break;
    case "l":
      list(4, (from) => l.dec(l.u32(from)));
      break;
    case "L":
      list(4, (from) => l.out.int(l.u32(from) | 0));
      break;
    case "s":
      list(2, (from) => l.dec(l.u16(from)));
      break;
    case "B":
      list(1, (from) => l.text(l.u8(from) === 0 ? "N" : l.u8(from) === 1 ? "Y" : `${l.u8(from)}?`));
      break;
    case "p":
      list(8, (from) => l.text(`(${l.ip4Text(from)}:${l.ip4Text(from + 4)})`));
      break;
    case "node":
    case "overload":
    case "client":
    case "class":
    case "name":
    case "routes":
    case "relay":
    case "redirect":
    case "static":
      used = special(l, form, at, length);
      break;
    default:
      list(1, (from) => l.dec(l.u8(from)), ".");
  }
  if (used < length) l.text(`\n\t  trailing data length ${length - used}`);
}

function quoted(l: Line, at: number, length: number): void {
  l.text('"');
  const whole = l.safeText(at, length);
  l.text('"');
  if (!whole) l.cut();
}

/** Octets that each of these forms has at least. */
const LEAST = {
  node: 1,
  overload: 1,
  client: 1,
  class: 2,
  name: 3,
  routes: 5,
  relay: 0,
  redirect: 0,
  static: 0,
} as const;

/** The value of an option like no other; gives the octets it used. */
function special(l: Line, form: keyof typeof LEAST, at: number, length: number): number {
  if (length < LEAST[form]) {
    l.text(`[ERROR: length < ${LEAST[form]} bytes]`);
    return LEAST[form] === 1 ? 0 : length;
  }
  const end = at + length;
  const first = length === 0 ? 0 : l.u8(at);
  switch (form) {
    case "node":
      l.text(names("1 b-node|p-node|4 m-node|8 h-node")[first] ?? `#${first}`);
      return 1;
    case "overload":
      l.text(names("1 file|sname|file+sname")[first] ?? `#${first}`);
      return 1;
    case "client":
      if (first === 0) quoted(l, at + 1, length - 1);
      else {
        l.text(`${HARDWARE[first] ?? `hardware-type ${first},`} `);
        l.text(l.macText(at + 1, length - 1));
      }
      return length;
    case "name": {
      if ((first & 0xf0) !== 0) l.text(`[ERROR: MBZ nibble 0x${hex(first >> 4)} != 0] `);
      const letters = ["S", "O", "E", "N"].filter((_, bit) => (first & 1 << bit) !== 0).join("");
      if (letters !== "") l.text(`[${letters}] `);
      if (l.u8(at + 1) !== 0 || l.u8(at + 2) !== 0) l.text(`${l.u8(at + 1)}/${l.u8(at + 2)} `);
      quoted(l, at + 3, length - 3);
      return length;
    }
    case "class":
      for (let number = 1; at < end; number++) {
        const size = l.u8(at++);
        l.text(`\n\t      instance#${number}: `);
        if (size === 0 || size > end - at) {
          l.text(size === 0 ? "[ERROR: suboption length must be non-zero]" : "[ERROR: invalid option]");
          break;
        }
        quoted(l, at, size);
        l.text(`, length ${size}`);
        at += size;
      }
      return length;
    case "relay":
      while (end - at >= 2) {
        const code = l.u8(at), size = l.u8(at + 1);
        at += 2;
        l.text(`\n\t      ${RELAY[code] ?? "Unknown"} SubOption ${code}, length ${size}: `);
        if (size > end - at) {
          l.text("length goes past end of option");
          return length;
        }
        if (RELAY[code] === undefined) unknownData(l, at, "\n\t\t", size);
        else l.octets(at, size);
        at += size;
      }
      return length - (end - at);
    case "routes":
      routes(l, at, end);
      return length;
    case "static":
      if (length < 8 || length % 8 !== 0) l.text(`${length === 0 ? " " : ""}[length != N x 8 bytes]`);
      else for (; at < end; at += 8) l.text(`${at > end - length ? "," : ""}(${l.ip4Text(at)}:${l.ip4Text(at + 4)})`);
      return length;
    case "redirect":
      redirects(l, at, end);
      return length;
  }
}

/** Where to begin, each with its length. RFC 8572 8.3. */
function redirects(l: Line, at: number, end: number): void {
  while (end - at >= 2) {
    const size = l.u16(at);
    at += 2;
    l.text(`\n\t\t    length ${size}: `);
    if (size > end - at) return l.text("length goes past end of option");
    l.text('"');
    l.string(at, size);
    l.text('"');
    at += size;
  }
  if (at < end) {
    l.text("[length < 2 bytes]");
    l.invalid();
  }
}

/** RFC 3442. */
function routes(l: Line, at: number, end: number): void {
  for (let first = true; at < end; first = false) {
    if (!first) l.text(",");
    const bits = l.u8(at++);
    if (bits > 32) return l.text(`[ERROR: Mask width (${bits}) > 32]`);
    const octets = (bits + 7) >> 3;
    if (end - at < octets + 4) return l.text(`[ERROR: Remaining length (${end - at}) < ${octets + 4} bytes]`);
    l.text("(");
    if (bits === 0) l.text("default");
    else {
      for (let i = 0; i < 4; i++) l.text(`${i > 0 ? "." : ""}${i < octets ? l.u8(at + i) : 0}`);
      l.text(`/${bits}`);
    }
    l.text(`:${l.ip4Text(at + octets)})`);
    at += octets + 4;
  }
}
