// Packets as JSON, one object a line, written straight into a buffer. Pure.
// To add a key: a line in `writeFacts`, and in `FACT_NAMES` (facts.ts) for columns.
import type { TextBuffer } from "../line/core/buffer.ts";
import { type Facts, protocolName } from "./facts.ts";
import { type Packet, timestampText } from "../packet.ts";

const FLAG_LETTERS = "FSRP.UEW";

/** Letters of TCP flags as lines show them: `S.`. */
function flagText(flags: number): string {
  let out = "";
  for (let i = 0; i < 8; i++) if ((flags >> i) & 1) out += FLAG_LETTERS[i];
  return out;
}

/** Appends `{"n":1,"ts":"…",…` without the closing brace. */
export function writeFacts(out: TextBuffer, packet: Packet, facts: Facts): void {
  const { bytes } = packet;
  out.text('{"n":');
  out.dec(packet.number);
  out.text(',"ts":"');
  if (packet.finer === "" && packet.seconds >= 0) {
    out.dec(packet.seconds);
    out.char(46);
    out.padded(packet.nanos, 9);
  } else out.text(timestampText(packet));
  out.text('","len":');
  out.dec(packet.length);
  out.text(',"caplen":');
  out.dec(packet.caplen);
  out.text(',"link":');
  out.dec(packet.link);
  if (packet.interfaceId > 0) {
    out.text(',"interface":');
    out.dec(packet.interfaceId);
  }
  if (packet.direction !== undefined) out.text(`,"direction":"${packet.direction}"`);
  if (facts.vlan !== undefined) {
    out.text(',"vlan":');
    out.dec(facts.vlan);
  }
  if (facts.family !== -1) {
    out.text(',"src":"');
    if (facts.family === 6) out.ip6(bytes, facts.src);
    else out.ip4(bytes, facts.src);
    out.text('","dst":"');
    if (facts.family === 6) out.ip6(bytes, facts.dst);
    else out.ip4(bytes, facts.dst);
    out.char(34);
  }
  const proto = protocolName(facts);
  if (proto !== undefined) {
    out.text(',"proto":"');
    out.text(proto);
    out.char(34);
  }
  if (facts.sport !== -1) {
    out.text(',"sport":');
    out.dec(facts.sport);
    out.text(',"dport":');
    out.dec(facts.dport);
  }
  const at = facts.transport;
  if (facts.protocol === 6 && at !== -1 && at + 20 <= facts.end) {
    const u32 = (from: number) =>
      (bytes[from]! << 24 | bytes[from + 1]! << 16 | bytes[from + 2]! << 8 | bytes[from + 3]!) >>> 0;
    out.text(',"flags":"');
    out.text(flagText(bytes[at + 13]!));
    out.text('","seq":');
    out.dec(u32(at + 4));
    out.text(',"ack":');
    out.dec(u32(at + 8));
    out.text(',"win":');
    out.dec(bytes[at + 14]! << 8 | bytes[at + 15]!);
    out.text(',"payload":');
    out.dec(Math.max(0, facts.payload - (bytes[at + 12]! >> 4) * 4));
  } else if (facts.protocol === 17 && at !== -1 && at + 8 <= facts.end) {
    out.text(',"payload":');
    out.dec(Math.max(0, (bytes[at + 4]! << 8 | bytes[at + 5]!) - 8));
  } else if ((facts.protocol === 1 || facts.protocol === 58) && at !== -1 && at + 2 <= facts.end) {
    out.text(',"type":');
    out.dec(bytes[at]!);
    out.text(',"code":');
    out.dec(bytes[at + 1]!);
  }
  if (facts.hops !== -1) {
    out.text(',"ttl":');
    out.dec(facts.hops);
  }
  if (facts.fragment) out.text(',"fragment":true');
  if (packet.comment !== undefined) {
    out.text(',"comment":');
    out.text(JSON.stringify(packet.comment));
  }
}

/** Names of the keys, in their order: what `--fields` takes besides names of explained fields. */
export const FACT_NAMES: readonly string[] = [
  "n",
  "ts",
  "len",
  "caplen",
  "link",
  "interface",
  "direction",
  "vlan",
  "src",
  "dst",
  "proto",
  "sport",
  "dport",
  "flags",
  "seq",
  "ack",
  "win",
  "payload",
  "type",
  "code",
  "ttl",
  "fragment",
  "comment",
];
