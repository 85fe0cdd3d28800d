// DHCP for IPv4 and IPv6 in a line, with -v the options. Pure. RFC 2131, RFC 2132, RFC 8415; the form is tcpdump's.
// To add an option: a line in `OPTIONS`, its letter says how the value is written.
import type { Line } from "./line.ts";

const MESSAGES = ["", "Discover", "Offer", "Request", "Decline", "ACK", "NACK", "Release", "Inform"];

/** Number, name, and form: a text, i addresses, l 32-bit number, L signed, s 16 bits, b octets, B flag, e address of hardware, p pairs. */
const OPTIONS: ReadonlyMap<number, readonly [name: string, form: string]> = new Map(
  `1 i Subnet-Mask,2 L Time-Zone,3 i Default-Gateway,4 i Time-Server,5 i IEN-Name-Server,6 i Domain-Name-Server,7 i LOG,
  8 i CS,9 i LPR-Server,10 i IM,11 i RL,12 a Hostname,13 s BS,14 a DP,15 a Domain-Name,16 i SS,17 a RP,18 a EP,19 B IPF,
  20 B SRT,21 p PF,22 s RSZ,23 b TTL,24 l MTU-Timeout,25 s MTU-Table,26 s MTU,27 B LSN,28 i BR,29 B MD,30 B MS,31 B Router-Discovery,
  32 i RS,33 p Static-Route,34 B TE,35 l AT,36 B IE,37 b TT,38 l KI,39 B KG,40 a YD,41 i YS,42 i NTP,43 b Vendor-Option,
  44 i Netbios-Name-Server,45 i WDD,46 t Netbios-Node,47 a Netbios-Scope,48 i XFS,49 i XDM,50 i Requested-IP,51 l Lease-Time,
  52 o OO,53 d DHCP-Message,54 i Server-ID,55 b Parameter-Request,56 a MSG,57 s MSZ,58 l RN,59 l RB,60 a Vendor-Class,
  61 c Client-ID,64 a NIS+D,65 i NIS+S,66 a TFTP,67 a BF,68 i MH,69 i SM,70 i PO,71 i NN,72 i WWW,73 i FG,74 i IRC,
  80 b Rapid-Commit,81 f FQDN,82 b Agent-Information,93 b ARCH,94 b NDI,97 b GUID,119 b Domain-Search,121 r Classless-Static-Route,
  249 r Classless-Static-Route-Microsoft,252 a Private-252,255 - End`
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
    l.text(" from ");
    l.mac(at + 28);
  }
  l.text(`, length ${length}`);
  if (l.verbose === 0) return;
  l.need(at + 8, 2);
  if (hardware !== 1) l.text(`, htype ${hardware}`);
  if (hardware === 1 && size !== 6) l.text(`, hlen ${size}`);
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
    l.text("\n\t  Client-Ethernet-Address ");
    l.mac(at + 28);
  }
  for (const [offset, room, name] of [[44, 64, "sname"], [108, 128, "file"]] as const) {
    if (l.u8(at + offset) === 0) continue;
    l.text(`\n\t  ${name} "`);
    let i = 0;
    while (i < room && l.has(at + offset + i, 1) && l.bytes[at + offset + i] !== 0) l.safe(l.bytes[at + offset + i++]!);
    l.text('"');
    l.need(at + offset + i, 1);
  }
  if (length <= 236) return;
  if (!l.has(at + 236, 4)) return;
  if (l.u32(at + 236) === 0x63825363) options(l, at + 236, at + length);
}

function options(l: Line, at: number, end: number): void {
  l.text("\n\t  Vendor-rfc1048 Extensions");
  l.text(`\n\t    Magic Cookie 0x${l.u32(at).toString(16).padStart(8, "0")}`);
  at += 4;
  while (at < end && at < l.end) {
    const code = l.u8(at++);
    if (code === 0) {
      while (at < end && at < l.end && l.bytes[at] === 0) at++;
      continue;
    }
    if (code === 255) return;
    const [name, form] = OPTIONS.get(code) ?? ["Unknown", "b"];
    const length = l.u8(at++);
    l.text(`\n\t    ${name} (${code}), length ${length}${length > 0 ? ": " : ""}`);
    l.need(at, length);
    value(l, code, form, at, length);
    at += length;
  }
}

function value(l: Line, code: number, form: string, at: number, length: number): void {
  const list = (size: number, print: (from: number) => void) => {
    for (let i = 0; i + size <= length; i += size) {
      if (i > 0) l.text(",");
      print(at + i);
    }
  };
  switch (code === 53 && length === 1 ? "d" : form) {
    case "d":
      l.text(MESSAGES[l.u8(at)] ?? `unknown (${l.u8(at)})`);
      return;
    case "a":
      l.text('"');
      l.safeText(at, length);
      l.text('"');
      return;
    case "i":
      return list(4, (from) => l.ip4(from));
    case "l":
      return list(4, (from) => l.dec(l.u32(from)));
    case "L":
      return list(4, (from) => l.out.int(l.u32(from) | 0));
    case "s":
      return list(2, (from) => l.dec(l.u16(from)));
    case "B":
      return list(1, (from) => l.text(l.u8(from) === 0 ? "N" : l.u8(from) === 1 ? "Y" : `${l.u8(from)}?`));
    case "p":
      return list(8, (from) => {
        l.text("(");
        l.ip4(from);
        l.text(":");
        l.ip4(from + 4);
        l.text(")");
      });
    case "c": {
      const type = l.u8(at);
      if (type === 1) {
        l.text("ether ");
        for (let i = 1; i < length; i++) {
          if (i > 1) l.text(":");
          l.out.hex(l.u8(at + i), 2);
        }
        return;
      }
      l.text(type === 0 || type === 255 ? "" : `hardware-type ${type}, `);
      for (let i = type === 0 || type === 255 ? 0 : 1; i < length; i++) {
        if (i > 1) l.text(":");
        l.out.hex(l.u8(at + i), 2);
      }
      return;
    }
    case "r": {
      let i = 0, first = true;
      while (i < length) {
        if (!first) l.text(",");
        first = false;
        const bits = l.u8(at + i++);
        const octets = (bits + 7) >> 3;
        if (bits > 32 || i + octets + 4 > length) {
          l.text(" bad option");
          return;
        }
        l.text("(");
        if (bits === 0) l.text("default");
        else {
          for (let j = 0; j < octets; j++) l.text(`${j > 0 ? "." : ""}${l.u8(at + i + j)}`);
          for (let j = octets; j < 4; j++) l.text(".0");
          l.text(`/${bits}`);
        }
        l.text(":");
        l.ip4(at + i + octets);
        l.text(")");
        i += octets + 4;
      }
      return;
    }
    case "b":
      if (code === 55) {
        for (let i = 0; i < length; i++) {
          l.text(
            `${i % 4 === 0 ? "\n\t      " : ", "}${OPTIONS.get(l.u8(at + i))?.[0] ?? "Unknown"} (${l.u8(at + i)})`,
          );
        }
        return;
      }
  }
  for (let i = 0; i < length; i++) {
    if (i > 0) l.text(".");
    l.dec(l.u8(at + i));
  }
}

const DHCP6 = [
  "",
  "solicit",
  "advertise",
  "request",
  "confirm",
  "renew",
  "rebind",
  "reply",
  "release",
  "decline",
  "reconf",
  "inf-req",
  "relay-fwd",
  "relay-reply",
  "leasequery",
  "leasequery-reply",
  "leasequery-done",
  "leasequery-data",
  "reconfigure-request",
  "reconfigure-reply",
  "dhcpv4-query",
  "dhcpv4-response",
];

/** DHCP for IPv6. RFC 8415. */
export function printDhcp6(l: Line, at: number): void {
  l.protocol = "dhcp6";
  l.text("dhcp6");
  const type = l.u8(at);
  l.text(` ${DHCP6[type] ?? `msgtype-${type}`}`);
  if (l.verbose === 0) return;
  l.text(" (");
  if (type === 12 || type === 13) {
    l.text("linkaddr=");
    l.ip6(at + 2);
    l.text(" peeraddr=");
    l.ip6(at + 18);
  } else l.text(`xid=${l.u24(at + 1).toString(16)}`);
  l.text(")");
}
