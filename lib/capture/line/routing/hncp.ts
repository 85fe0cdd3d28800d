// Home networking control (HNCP) in a line; -v tells more of what its parts hold the oftener it is given. Pure. RFC 7788,
// RFC 7787; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";
import { printName } from "../application/dns_name.ts";

const PARTS = names(
  "1 Request network state|Request node state|Node endpoint|Network state|Node state|8 Peer|Keep-alive interval|" +
    "Trust-Verdict|32 HNCP-Version|External-Connection|Delegated-Prefix|Assigned-Prefix|Node-Address|DHCPv4-Data|" +
    "DHCPv6-Data|DNS-Delegated-Zone|Domain-Name|Node-Name|Managed-PSK|Prefix-Policy",
);
const DHCP4 = names("6 DNS-server|42 NTP-server|119 DNS-search");
const DHCP6 = names("23 DNS-server|DNS-search-list|31 SNTP-servers");

/** What a part is called where nothing is known of it. */
function unknownPart(type: number): string {
  if (type === 0) return "Reserved";
  if (type >= 44 && type <= 511) return "Unassigned";
  return type >= 768 && type <= 1023 ? "Private use" : "Future use";
}

/** A message of `length` octets at `at`. */
export function printHncp(l: Line, at: number, length: number): void {
  l.protocol = "hncp";
  l.text(`hncp (${length})`);
  parts(l, at, length, 1);
}

/** Parts: in one line, or each in a line of its own, `indent` tabulators deep. */
function parts(l: Line, at: number, length: number, indent: number): void {
  const end = at + length;
  if (indent - 1 >= l.verbose && l.verbose < 3) return inLine(l, at, end, indent);
  while (at < end) {
    l.text(`\n${"\t".repeat(indent)}`);
    const size = whole(l, at, end);
    if (size < 0) return;
    const type = l.u16(at), name = PARTS[type];
    l.text(name === undefined ? `${unknownPart(type)}: type=${type} (${size + 4})` : `${name} (${size + 4})`);
    const read = name === undefined ? undefined : READERS[type];
    if (read !== undefined) {
      const told = size < read.least || (read.exact && size !== read.least)
        ? "invalid"
        : read.print(l, at + 4, size, indent);
      if (told === "invalid") l.invalid();
      if (told === "ended") return l.invalid();
    }
    at += 4 + (size + 3 & ~3);
  }
}

/** Octets in the part at `at`, negative when it is not whole. */
function whole(l: Line, at: number, end: number): number {
  const cut = () => {
    l.text(` [|hncp]`);
    return -1;
  };
  const invalid = () => {
    l.invalid();
    return -1;
  };
  if (!l.has(at, 4)) return cut();
  if (at + 4 > end) return invalid();
  const size = l.u16(at + 2);
  if (!l.has(at + 4, size)) return cut();
  return at + 4 + size > end ? invalid() : size;
}

/** Names of parts only, those that follow each other counted. */
function inLine(l: Line, at: number, end: number, indent: number): void {
  let last = "", count = 0, first = true;
  const flush = () => {
    if (count === 0) return;
    l.text(first ? (indent > 1 ? `\n${"\t".repeat(indent)}` : " ") : ", ");
    first = false;
    l.text(count > 1 ? `${last} (x${count})` : last);
  };
  while (at < end) {
    const size = whole(l, at, end);
    if (size < 0) return;
    const type = l.u16(at), name = PARTS[type] ?? unknownPart(type);
    if (name !== last) {
      flush();
      last = name;
      count = 0;
    }
    count++;
    at += 4 + (size + 3 & ~3);
  }
  flush();
}

/** What was told of a part: nothing is wrong, it is, nothing more can be read. */
type Told = "invalid" | "ended" | void;

interface Reader {
  /** Octets it has at least. */
  readonly least: number;
  /** It has no more than these. */
  readonly exact?: boolean;
  print(l: Line, at: number, size: number, indent: number): Told;
}

const node = (l: Line, at: number) => l.macText(at, 4);
const word = (l: Line, at: number) => hex(l.u32(at), 8);
const digits = (l: Line, at: number, count: number) => l.hexText(at, count);

function interval(l: Line, at: number): string {
  const value = l.u32(at);
  return `${Math.floor(value / 1000)}.${String(value % 1000).padStart(3, "0")}s`;
}

function isMapped(l: Line, at: number): boolean {
  return l.has(at, 12) && l.hexText(at, 12) === "00000000000000000000ffff";
}

function address(l: Line, at: number): string {
  return isMapped(l, at) ? l.ip4Text(at + 12) : l.ip6Text(at);
}

const READERS: Readonly<Record<number, Reader>> = {
  1: { least: 0, exact: true, print: () => {} },
  2: { least: 4, exact: true, print: (l, at) => l.text(` NID: ${node(l, at)}`) },
  3: { least: 8, exact: true, print: (l, at) => l.text(` NID: ${node(l, at)} EPID: ${word(l, at + 4)}`) },
  4: { least: 8, exact: true, print: (l, at) => l.text(` hash: ${digits(l, at, 8)}`) },
  5: {
    least: 20,
    print: (l, at, size, indent) => {
      l.text(` NID: ${node(l, at)} seqno: ${l.u32(at + 4)} ${interval(l, at + 8)} hash: ${digits(l, at + 12, 8)}`);
      parts(l, at + 20, size - 20, indent + 1);
    },
  },
  8: {
    least: 12,
    exact: true,
    print: (l, at) => {
      l.text(` Peer-NID: ${node(l, at)} Peer-EPID: ${word(l, at + 4)} Local-EPID: ${word(l, at + 8)}`);
    },
  },
  9: { least: 8, print: (l, at) => l.text(` EPID: ${word(l, at)} Interval: ${interval(l, at + 4)}`) },
  10: {
    least: 37,
    print: (l, at, size) => {
      l.text(` Verdict: ${l.u8(at)} Fingerprint: ${digits(l, at + 4, 32)} Common Name: `);
      l.string(at + 36, size - 36);
    },
  },
  32: {
    least: 5,
    print: (l, at, size) => {
      const [m, p] = [l.u8(at + 2) >> 4, l.u8(at + 2) & 15], [h, low] = [l.u8(at + 3) >> 4, l.u8(at + 3) & 15];
      l.text(` M: ${m} P: ${p} H: ${h} L: ${low} User-agent: `);
      l.string(at + 4, size - 4);
    },
  },
  33: { least: 0, print: (l, at, size, indent) => parts(l, at, size, indent + 1) },
  34: {
    least: 9,
    print: (l, at, size, indent) => {
      if (size < 9 + Math.floor((l.u8(at + 8) + 7) / 8)) return "invalid";
      l.text(` VLSO: ${interval(l, at)} PLSO: ${interval(l, at + 4)} Prefix: `);
      const used = prefix(l, at + 8, size - 8);
      if (used === -1) return l.text("(length is invalid)");
      return used < 0 ? "invalid" : behind(l, at, size, 8 + used, indent, 8);
    },
  },
  35: {
    least: 6,
    print: (l, at, size, indent) => {
      if (size < 6 + Math.floor((l.u8(at + 5) + 7) / 8)) return "invalid";
      l.text(` EPID: ${word(l, at)} Prty: ${l.u8(at + 4) & 15} Prefix: `);
      const used = prefix(l, at + 5, size - 5);
      return used < 0 ? "invalid" : behind(l, at, size, 5 + used, indent);
    },
  },
  36: {
    least: 20,
    print: (l, at, size, indent) => {
      l.text(` EPID: ${word(l, at)} IP Address: ${address(l, at + 4)}`);
      parts(l, at + 20, size - 20, indent + 1);
    },
  },
  37: { least: 1, print: (l, at, size, indent) => dhcp(l, at, size, indent + 1, 4) ? undefined : "ended" },
  38: { least: 1, print: (l, at, size, indent) => dhcp(l, at, size, indent + 1, 6) ? undefined : "invalid" },
  39: {
    least: 17,
    print: (l, at, size, indent) => {
      const flags = l.u8(at + 16);
      const letters = [[4, "l"], [2, "b"], [1, "s"]] as const;
      l.text(` IP-Address: ${address(l, at)} `);
      l.text(`${letters.map(([bit, letter]) => (flags & bit) !== 0 ? letter : "-").join("")} `);
      const used = domain(l, at + 17, size - 17);
      return used < 0 ? "invalid" : behind(l, at, size, 17 + used, indent);
    },
  },
  40: {
    least: 1,
    print: (l, at, size) => {
      l.text(" Domain: ");
      domain(l, at, size);
    },
  },
  41: {
    least: 17,
    print: (l, at, size, indent) => {
      const count = l.u8(at + 16);
      if (size < 17 + count) return "invalid";
      l.text(` IP-Address: ${address(l, at)} Name: `);
      if (count >= 64) l.invalid();
      else {
        l.text('"');
        l.string(at + 17, count);
        l.text('"');
      }
      return behind(l, at, size, 17 + count, indent);
    },
  },
  42: {
    least: 32,
    print: (l, at, size, indent) => {
      l.text(` PSK: ${digits(l, at, 32)}`);
      parts(l, at + 32, size - 32, indent + 1);
    },
  },
  43: { least: 1, print: policy },
};

/** Parts behind `used` octets of a part, where there is room for any. */
function behind(l: Line, at: number, size: number, used: number, indent: number, counted = 0): void {
  // Behind a delegated prefix tcpdump aligns what comes after the two times.
  const from = counted === 0 ? used + (-used & 3) : used + (-(used - counted) & 3);
  if (size >= from) parts(l, at + from, size - from, indent + 1);
}

function policy(l: Line, at: number, size: number): Told {
  const kind = l.u8(at);
  l.text(" type: ");
  if (kind === 0 || kind === 131) {
    if (size !== 1) return "invalid";
    l.text(kind === 0 ? "Internet connectivity" : "Restrictive assignment");
  } else if (kind <= 128) {
    l.text("Dest-Prefix: ");
    const used = prefix(l, at, size);
    if (used === -1) l.text("(length is invalid)");
    else if (used < 0) return "invalid";
  } else if (kind === 129) {
    l.text("DNS domain: ");
    domain(l, at + 1, size - 1);
  } else if (kind === 130) {
    l.text("Opaque UTF-8: ");
    l.string(at + 1, size - 1);
  } else l.text(`Unknown (${kind})`);
}

/** A prefix in `room` octets; gives the octets it takes, -1 when it is too long, less when it has no room. */
function prefix(l: Line, at: number, room: number): number {
  const length = l.u8(at), mapped = length >= 96 && room >= 13 && isMapped(l, at + 1);
  const own = mapped ? length - 96 : length, skipped = mapped ? 13 : 1;
  if (own > (mapped ? 32 : 128)) return -1;
  const count = Math.floor((own + 7) / 8);
  if (room < count + skipped) return -2;
  const octets = new Uint8Array(mapped ? 4 : 16);
  l.must(at + skipped, count);
  octets.set(l.bytes.subarray(at + skipped, at + skipped + count));
  if (own % 8 !== 0) octets[count - 1]! &= 0xff00 >> own % 8;
  if (mapped) l.out.ip4(octets, 0);
  else l.out.ip6(octets, 0);
  l.text(`/${own}`);
  return skipped + count;
}

/** A domain name in `room` octets; gives the octets it takes, negative when it does not end there. */
function domain(l: Line, at: number, room: number): number {
  let used = 0;
  while (used < room) {
    const size = l.u8(at + used++);
    if (size === 0) return used;
    if (used > 1) l.text(".");
    l.string(at + used, Math.min(size, room - used));
    if (used + size > room) break;
    used += size;
  }
  l.text("[|DNS]");
  return -1;
}

/** Options of DHCP; `false` when they are broken. */
function dhcp(l: Line, at: number, length: number, indent: number, version: 4 | 6): boolean {
  const head = version === 4 ? 2 : 4, end = at + length, width = version === 4 ? 4 : 16;
  while (at < end) {
    if (at + head > end) return false;
    const type = version === 4 ? l.u8(at) : l.u16(at), size = version === 4 ? l.u8(at + 1) : l.u16(at + 2);
    const name = (version === 4 ? DHCP4 : DHCP6)[type];
    l.text(`\n${"\t".repeat(indent)}${name ?? "Unknown"} (${size + head})`);
    at += head;
    if (at + size > end) return false;
    if (name?.startsWith("DNS-search")) {
      for (let cursor = at; cursor < at + size;) {
        l.text(" ");
        cursor = printName(l, cursor, cursor);
        if (cursor < 0) return false;
      }
    } else if (name !== undefined) {
      if (size % width !== 0 || (version === 4 && size < 4)) {
        if (version === 6) l.invalid();
        return false;
      }
      for (let i = 0; i < size; i += width) l.text(` ${version === 4 ? l.ip4Text(at + i) : l.ip6Text(at + i)}`);
    }
    at += size;
  }
  return true;
}
