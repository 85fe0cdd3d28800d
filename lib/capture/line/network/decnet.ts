// DECnet phase IV in a line: routing headers, routing's control messages, and NSP. Pure. The form is tcpdump's.
// Source: DECnet Digital Network Architecture, Routing Layer and NSP Functional Specifications. Numbers come lowest octet first.
import { hexDump } from "../core/hexdump.ts";
import { hex, type Line, TRUNCATED } from "../core/line.ts";
import { names } from "../core/table.ts";

const ROLES = ["reserved-ntype?", "l2rout", "l1rout", "endnode"];
const VERSIONS = ["3.2", "3.1", "4.0", "4.1"];
const REASONS = names(
  "0 object rejected connect|insufficient resources|unrecognized node name|node is shutting down|unrecognized object|" +
    "invalid object name format|object too busy|protocol error discovered|third party abort|user abort|" +
    "invalid node name format|local node shutting down|32 insufficient local resources|" +
    "insufficient remote user resources|invalid access control information|36 bad ACCOUNT information|" +
    "38 no response from object|node unreachable|41 no link terminate|disconnect complete|bad image data in connect|" +
    "54 cryptographic service mismatch",
);

/** `1.2`: the area and the node in it. */
function node(l: Line, at: number): string {
  const address = l.u16le(at);
  return `${address >> 10}.${address & 1023}`;
}

function refuse(l: Line, why = ""): void {
  l.text(why);
  l.invalid();
}

/** A packet at `at`, of which `length` octets are left. */
export function printDecnet(l: Line, at: number, length: number): void {
  l.protocol = "decnet";
  if (length < 6) return refuse(l, ` (length ${length} < 6)`);
  const size = l.u16le(at);
  if (size < 6) return refuse(l, ` (pktlen ${size} < 6)`);
  if (size > length) return refuse(l, ` (pktlen ${size} > ${length})`);
  let left = size, head = at + 2, flags = l.u8(head);
  if ((flags & 0x80) !== 0) {
    const padding = flags & 0x7f;
    if (l.verbose > 0) l.text(`[pad:${padding}] `);
    if (left < padding + 2) return refuse(l, ` (length ${left} < ${padding + 2})`);
    l.must(head, padding);
    head += padding;
    left -= padding;
    flags = l.u8(head);
  }
  const unknown = (what: string, from: number) => {
    l.text(what);
    // As many octets as are left from the length on: behind it they may end.
    const count = Math.min(left, l.end - head + 2), there = Math.min(count, l.end - from);
    hexDump(l.out, l.bytes, from, there);
    if (there < count) throw TRUNCATED;
  };
  if ((flags & 0x40) !== 0) return unknown("future-version-decnet", head - 2);
  if ((flags & 1) !== 0) {
    const message = CONTROL[flags & 15];
    if (message === undefined) return unknown("unknown control message", head);
    l.text(`${message.name} `);
    if (left < message.size) return refuse(l);
    if (message.whole === true) l.must(head, message.size);
    return message.print(l, head, left - message.size);
  }
  const long = (flags & 7) === 6;
  if (!long && (flags & 7) !== 2) return unknown("unknown message flags under mask", head - 2);
  if (long) {
    if (left < 21) return refuse(l, ` (length ${left} < 21)`);
    l.must(head, 21);
  }
  const [target, source, visits, after] = long ? [7, 15, 18, 21] : [1, 3, 5, 6];
  const to = node(l, head + target), from = node(l, head + source);
  const hops = long ? l.u8(head + visits) : (l.u8(head + visits) & 63) + 1;
  l.text(`${from} > ${to} ${size} `);
  if (l.verbose > 0) {
    if ((flags & 0x08) !== 0) l.text("RQR ");
    if ((flags & 0x10) !== 0) l.text("RTS ");
    if ((flags & 0x20) !== 0) l.text("IE ");
    l.text(`${hops} hops `);
  }
  // What padding leaves of a short packet is counted without a sign.
  printNsp(l, head + after, (left - after) >>> 0);
}

/** A message of the routing layer: octets that it has at least, and the words behind its name. */
interface Control {
  readonly name: string;
  readonly size: number;
  /** All of it must have been captured. */
  readonly whole?: boolean;
  print(l: Line, at: number, more: number): void;
}

/** What a node is, and those of `flags` that are set. */
function role(info: number, flags: readonly (readonly [bit: number, name: string])[]): string {
  return [ROLES[info & 3], ...flags.filter(([bit]) => (info & bit) !== 0).map(([, name]) => name)].join(" ") + " ";
}
const HELLO_FLAGS = [[4, "verif"], [32, "nomcast"], [64, "blo"]] as const;

/** What hellos begin with. */
const hello = (l: Line, at: number) =>
  `${role(l.u8(at + 10), HELLO_FLAGS)}vers ${l.u8(at + 1)} eco ${l.u8(at + 2)} ueco ${l.u8(at + 3)} ` +
  `src ${node(l, at + 8)} blksize ${l.u16le(at + 11)} `;

/** Costs of nodes or areas; a checksum is last. */
const routes = (what: string) => (l: Line, at: number, left: number) => {
  l.text(`src ${node(l, at + 1)} `);
  at += 4;
  for (; left > 6; left -= 6, at += 6) {
    l.must(at, 6);
    const count = l.u16le(at), first = l.u16le(at + 2), info = l.u16le(at + 4);
    if (count > 1024) return;
    l.text(`{${what} ${first}-${first + count} cost ${info & 511} hops ${info >> 10 & 31}} `);
  }
};

/** By the message's number, with the bit that says that it is one. */
const CONTROL: Readonly<Record<number, Control>> = {
  1: {
    name: "init",
    size: 12,
    whole: true,
    print(l, at) {
      l.text(`${role(l.u8(at + 3), [[4, "verif"], [8, "blo"]])}src ${node(l, at + 1)}blksize ${l.u16le(at + 4)} `);
      l.text(`vers ${l.u8(at + 6)} eco ${l.u8(at + 7)} ueco ${l.u8(at + 8)} hello ${l.u16le(at + 9)}`);
    },
  },
  3: {
    name: "verification",
    size: 4,
    print: (l, at) => l.text(`src ${node(l, at + 1)} fcnval ${l.u8(at + 3).toString(8)}`),
  },
  5: { name: "test", size: 4, print: (l, at) => l.text(`src ${node(l, at + 1)} data ${l.u8(at + 3).toString(8)}`) },
  7: { name: "lev-1-routing", size: 4, whole: true, print: routes("ids") },
  9: { name: "lev-2-routing", size: 4, whole: true, print: routes("areas") },
  11: {
    name: "router-hello",
    size: 18,
    whole: true,
    print: (l, at) => l.text(`${hello(l, at)}pri ${l.u8(at + 13)} hello ${l.u16le(at + 15)}`),
  },
  13: {
    name: "endnode-hello",
    size: 32,
    print: (l, at) =>
      l.text(`${hello(l, at)}rtr ${node(l, at + 26)} hello ${l.u16le(at + 28)} data ${l.u8(at + 31).toString(8)}`),
  },
};

/** The network services protocol: messages of connections. */
function printNsp(l: Line, at: number, length: number): void {
  if (length < 5) return refuse(l, ` (nsplen ${length} < 5)`);
  const flags = l.u8(at), to = l.u16le(at + 1), from = l.u16le(at + 3), part = flags >> 4 & 7;
  const link = (name: string) => l.text(`${name} ${from}>${to} `);
  const reserved = (what: string) => l.text(`reserved-${what}? ${hex(flags)} ${from} > ${to}`);
  switch (flags & 12) {
    case 0:
      if (part === 1) {
        link("link-service");
        if (length < 13) return refuse(l);
        l.text(`seg ${acknowledged(l, at, 13, "dat", 3)} `);
        return linkService(l, at + 11);
      }
      if (part === 3) l.text("intr ");
      else if ((part & 1) === 0) link("data");
      else return reserved("subtype");
      {
        const sequence = length < 7 ? undefined : acknowledged(l, at, length, part === 3 ? "dat" : "oth", 3);
        return sequence === undefined ? refuse(l) : l.text(`seg ${sequence} `);
      }
    case 4:
      if (part === 2) return l.text(`conn-ack ${to}`);
      if (part > 1) return reserved("acktype");
      link(part === 0 ? "data-ack" : "ils-ack");
      if (length < 9) return refuse(l);
      l.must(at, 9);
      acknowledged(l, at, 9, part === 0 ? "oth" : "dat", 2);
      return;
    case 8:
      return control(l, at, length, part, link, reserved);
  }
  reserved("type");
}

/**
 * The numbers of what arrived, here and on the connection's other channel, before the message's own, which is given;
 * `undefined` where fewer than `length` octets hold them. At most `count` numbers are looked at.
 */
function acknowledged(l: Line, at: number, length: number, other: "dat" | "oth", count: number): number | undefined {
  let number = l.u16le(at + 5);
  if ((number & 0x8000) === 0) return number & 0xfff;
  l.text(`${(number & 0x1000) !== 0 ? "nak" : "ack"} ${number & 0xfff} `);
  if (length < 9) return undefined;
  number = l.u16le(at + 7);
  if ((number & 0xa000) === 0) return number & 0xfff;
  const negative = (number & 0xb000) === 0xb000, [before, after] = other === "dat" ? ["", "dat"] : ["o", ""];
  l.text(`${before}${negative ? "nak" : "ack"}${after} ${number & 0xfff} `);
  if (count === 2) return undefined;
  return length < 11 ? undefined : l.u16le(at + 9) & 0xfff;
}

/** What the receiver may be sent. */
function linkService(l: Line, at: number): void {
  const flags = l.u8(at), value = l.u8(at + 1);
  if ((flags & 12) === 4) l.text(`intr req count ${value} `);
  else if ((flags & 12) !== 0) l.text(`reserved-fcval-int? ${hex(flags)}`);
  else {
    const allowed = ["", "donotsend-data ", "send-data "][flags & 3];
    l.text(`dat seg count ${value} ${allowed ?? `reserved-fcmod? ${hex(flags)}`}`);
  }
}

/** Octets of the messages that open and close a connection, by number. */
const CONTROL_SIZES: Readonly<Record<number, readonly [name: string, size: number]>> = {
  1: ["conn-initiate", 9],
  2: ["conn-confirm", 10],
  3: ["disconn-initiate", 8],
  4: ["disconn-confirm", 0],
  6: ["retrans-conn-initiate", 9],
};

function control(
  l: Line,
  at: number,
  length: number,
  part: number,
  link: (name: string) => void,
  reserved: (what: string) => void,
): void {
  const [name, size] = CONTROL_SIZES[part] ?? [undefined, 0];
  if (name === undefined) return reserved("ctltype");
  link(name);
  if (length < size) return refuse(l);
  if (part === 3 || part === 4) {
    const reason = l.u16le(at + 5), more = part === 3 ? l.u8(at + 7) : 0;
    return l.text(`${REASONS[reason] ?? `reason-${reason}`} ${more > 0 ? `optlen ${more} ` : ""}`);
  }
  const services = l.u8(at + 5),
    version = l.u8(at + 6),
    segment = l.u16le(at + 7),
    more = part === 2 ? l.u8(at + 9) : 0;
  l.text(["", "seg ", "msg ", ""][services >> 2 & 3]!);
  l.text(`ver ${VERSIONS[version & 3]} segsize ${segment} ${more > 0 ? `optlen ${more} ` : ""}`);
}
