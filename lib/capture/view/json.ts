// What is known of a packet by name: keys of `--json`, columns of `--fields`, written straight into a buffer. Pure.
// To add a fact: a line in `FACTS`.
import { printable } from "../../base/text.ts";
import type { TextBuffer } from "../line/core/buffer.ts";
import { type Facts, protocolName } from "./facts.ts";
import { type Packet, timestampText } from "../packet.ts";
import { u32 } from "../file/window.ts";

const FLAG_LETTERS = "FSRP.UEW";

/** Letters of TCP flags as lines show them, `S.`, by the octet of the flags. */
const FLAG_TEXTS = Array.from(
  { length: 256 },
  (_, flags) => [...FLAG_LETTERS].filter((_, i) => (flags >> i) & 1).join(""),
);

/** One thing that is known of a packet. */
interface Fact {
  readonly name: string;
  /** Text in JSON, in which nothing needs a backslash. */
  readonly quoted?: true;
  /** Writes its value, or nothing where the packet has none. */
  readonly write: (out: TextBuffer, packet: Packet, facts: Facts) => void;
}

function address(out: TextBuffer, { bytes }: Packet, { family }: Facts, at: number): void {
  if (family === -1) return;
  if (family === 6) out.ip6(bytes, at);
  else out.ip4(bytes, at);
}

/** Where the TCP header stands, when it is there whole; else -1. */
function tcpAt({ protocol, transport, end }: Facts): number {
  return protocol === 6 && transport !== -1 && transport + 20 <= end ? transport : -1;
}

/** Where a message of ICMP stands; else -1. */
function icmpAt({ protocol, transport, end }: Facts): number {
  return (protocol === 1 || protocol === 58) && transport !== -1 && transport + 2 <= end ? transport : -1;
}

function payload(out: TextBuffer, { bytes }: Packet, facts: Facts): void {
  const tcp = tcpAt(facts), { transport: at } = facts;
  if (tcp !== -1) out.dec(Math.max(0, facts.payload - (bytes[tcp + 12]! >> 4) * 4));
  else if (facts.protocol === 17 && at !== -1 && at + 8 <= facts.end) {
    out.dec(Math.max(0, (bytes[at + 4]! << 8 | bytes[at + 5]!) - 8));
  }
}

const FACTS: readonly Fact[] = [
  { name: "n", write: (out, packet) => out.dec(packet.number) },
  {
    name: "ts",
    quoted: true,
    write(out, packet) {
      if (packet.finer !== "" || packet.seconds < 0) return out.text(timestampText(packet));
      out.dec(packet.seconds);
      out.char(46);
      out.padded(packet.nanos, 9);
    },
  },
  { name: "len", write: (out, packet) => out.dec(packet.length) },
  { name: "caplen", write: (out, packet) => out.dec(packet.caplen) },
  { name: "link", write: (out, packet) => out.dec(packet.link) },
  {
    name: "interface",
    write(out, packet) {
      if (packet.interfaceId > 0) out.dec(packet.interfaceId);
    },
  },
  {
    name: "direction",
    quoted: true,
    write(out, packet) {
      if (packet.direction !== undefined) out.text(packet.direction);
    },
  },
  {
    name: "vlan",
    write(out, _, facts) {
      if (facts.vlan !== undefined) out.dec(facts.vlan);
    },
  },
  { name: "src", quoted: true, write: (out, packet, facts) => address(out, packet, facts, facts.src) },
  { name: "dst", quoted: true, write: (out, packet, facts) => address(out, packet, facts, facts.dst) },
  {
    name: "proto",
    quoted: true,
    write(out, _, facts) {
      const proto = protocolName(facts);
      if (proto !== undefined) out.text(proto);
    },
  },
  {
    name: "sport",
    write(out, _, facts) {
      if (facts.sport !== -1) out.dec(facts.sport);
    },
  },
  {
    name: "dport",
    write(out, _, facts) {
      if (facts.sport !== -1) out.dec(facts.dport);
    },
  },
  {
    name: "flags",
    quoted: true,
    write(out, { bytes }, facts) {
      const at = tcpAt(facts);
      if (at !== -1) out.text(FLAG_TEXTS[bytes[at + 13]!]!);
    },
  },
  {
    name: "seq",
    write(out, { bytes }, facts) {
      const at = tcpAt(facts);
      if (at !== -1) out.dec(u32(bytes, at + 4, false));
    },
  },
  {
    name: "ack",
    write(out, { bytes }, facts) {
      const at = tcpAt(facts);
      if (at !== -1) out.dec(u32(bytes, at + 8, false));
    },
  },
  {
    name: "win",
    write(out, { bytes }, facts) {
      const at = tcpAt(facts);
      if (at !== -1) out.dec(bytes[at + 14]! << 8 | bytes[at + 15]!);
    },
  },
  { name: "payload", write: payload },
  {
    name: "type",
    write(out, { bytes }, facts) {
      const at = icmpAt(facts);
      if (at !== -1) out.dec(bytes[at]!);
    },
  },
  {
    name: "code",
    write(out, { bytes }, facts) {
      const at = icmpAt(facts);
      if (at !== -1) out.dec(bytes[at + 1]!);
    },
  },
  {
    name: "ttl",
    write(out, _, facts) {
      if (facts.hops !== -1) out.dec(facts.hops);
    },
  },
  {
    name: "fragment",
    write(out, _, facts) {
      if (facts.fragment) out.text("true");
    },
  },
  {
    name: "comment",
    write(out, { comment }) {
      if (comment !== undefined) out.text(printable(comment));
    },
  },
];
const encoder = new TextEncoder();
/** What stands before the values in JSON. */
const KEYS = FACTS.map(({ name, quoted }) =>
  encoder.encode(`${name === "n" ? "{" : ","}"${name}":${quoted ? '"' : ""}`)
);

/** Appends `{"n":1,"ts":"…",…` without the closing brace. */
export function writeFacts(out: TextBuffer, packet: Packet, facts: Facts): void {
  for (let i = 0; i < FACTS.length - 1; i++) {
    const before = out.at, { write, quoted } = FACTS[i]!, key = KEYS[i]!;
    // The value first: where there is none, nothing is to be taken back.
    out.need(key.length);
    out.at += key.length;
    write(out, packet, facts);
    if (out.at === before + key.length) out.at = before;
    else {
      for (let j = 0; j < key.length; j++) out.bytes[before + j] = key[j]!;
      if (quoted) out.char(34);
    }
  }
  // A comment may hold anything.
  if (packet.comment !== undefined) out.text(`,"comment":${JSON.stringify(packet.comment)}`);
}

/** Names of the facts, for columns. */
export const FACT_NAMES: readonly string[] = FACTS.map(({ name }) => name);

/** What writes the fact of a name, as a column; `undefined` when there is none. */
export function factNamed(name: string): Fact["write"] | undefined {
  return FACTS.find((fact) => fact.name === name)?.write;
}
