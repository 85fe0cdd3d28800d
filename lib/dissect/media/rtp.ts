// RTP and RTCP (RFC 3550): sound and pictures over UDP, and what receivers say of them. Pure.
// On one port they are told apart by the packet type (RFC 5761 4).
import { FormatError } from "../../base/errors.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../coding/words.ts";

const RTP_REF = "RFC 3550 5.1";
/** Static payload types (RFC 3551 6). */
const PAYLOADS: Readonly<Record<number, string>> = {
  0: "PCMU (G.711 µ-law)",
  3: "GSM",
  4: "G.723",
  5: "DVI4 8 kHz",
  6: "DVI4 16 kHz",
  7: "LPC",
  8: "PCMA (G.711 A-law)",
  9: "G.722",
  10: "L16 stereo",
  11: "L16",
  12: "QCELP",
  13: "comfort noise",
  14: "MPEG audio",
  15: "G.728",
  18: "G.729",
  25: "CelB",
  26: "JPEG",
  28: "nv",
  31: "H.261",
  32: "MPEG video",
  33: "MPEG-2 TS",
  34: "H.263",
};
const payloadName = (type: number) => PAYLOADS[type] ?? (type >= 96 ? "dynamic: the session says what" : "unassigned");
/** RTCP packet by type: name, where it is defined. */
const PACKETS: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  200: ["sender report", "RFC 3550 6.4.1"],
  201: ["receiver report", "RFC 3550 6.4.2"],
  202: ["source description", "RFC 3550 6.5"],
  203: ["goodbye", "RFC 3550 6.6"],
  204: ["application-defined", "RFC 3550 6.7"],
  205: ["transport feedback", "RFC 4585 6.2"],
  206: ["payload-specific feedback", "RFC 4585 6.3"],
  207: ["extended report", "RFC 3611 2"],
};
/** Feedback by packet type and format. */
const FEEDBACK: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  205: {
    1: "lost packets (NACK)",
    3: "bit rate request (TMMBR)",
    4: "bit rate notification",
    15: "transport-wide congestion",
  },
  206: {
    1: "picture lost (PLI)",
    2: "slice lost",
    3: "reference picture",
    4: "full picture wanted (FIR)",
    15: "application layer (REMB)",
  },
};
const DESCRIPTIONS: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  1: ["CNAME", "RFC 3550 6.5.1"],
  2: ["Name", "RFC 3550 6.5.2"],
  3: ["Mail address", "RFC 3550 6.5.3"],
  4: ["Telephone number", "RFC 3550 6.5.4"],
  5: ["Location", "RFC 3550 6.5.5"],
  6: ["Tool", "RFC 3550 6.5.6"],
  7: ["Note", "RFC 3550 6.5.7"],
  8: ["Private", "RFC 3550 6.5.8"],
};

const ssrc = (tree: Tree, name: string, ref: string) =>
  tree.field(name, (r) => `0x${r.u32().toString(16).padStart(8, "0")}`, () => ({ ref }));

function rtp(tree: Tree): Words {
  const first = tree.flags("Version and flags", 1, [
    ["Version", 0, 2],
    ["Padding", 2, 1],
    ["Extension", 3, 1],
    ["CSRC count", 4, 4],
  ], RTP_REF);
  const second = tree.flags("Marker and payload type", 1, [
    ["Marker", 0, 1],
    ["Payload type", 1, 7, payloadName],
  ], RTP_REF);
  const type = second & 127;
  tree.last.meaning = payloadName(type);
  const sequence = tree.u16("Sequence number", RTP_REF);
  const stamp = tree.u32("Timestamp", RTP_REF, () => "in the clock of the payload");
  const source = ssrc(tree, "SSRC", RTP_REF);
  for (let i = first & 15; i > 0; i--) ssrc(tree, "CSRC", RTP_REF);
  if ((first & 0x10) !== 0) {
    const ref = "RFC 3550 5.3.1";
    tree.u16("Extension profile", ref, (value) => value === 0xbede ? "one-octet headers (RFC 8285 4.2)" : undefined);
    const words = tree.u16("Extension length", ref, (count) => `${count * 4} octets`);
    if (words > 0) tree.bytes("Extension", words * 4, ref);
  }
  const padding = (first & 0x20) !== 0 ? tree.reader.bytes[tree.reader.end - 1] ?? 0 : 0;
  const count = Math.max(0, tree.remaining - padding);
  if (count > 0) tree.bytes("Payload", count, RTP_REF);
  if (padding > 0) tree.rest("Padding", RTP_REF, "its last octet says how many");
  const mark = (second & 0x80) !== 0 ? ", marked" : "";
  return {
    summary: `${
      clip(payloadName(type), 30)
    } (${type}) sequence ${sequence} time ${stamp} source ${source}, ${count} octets${mark}`,
  };
}

/** An NTP time in 64 bits (RFC 3550 4). */
function ntpTime(tree: Tree, ref: string): void {
  tree.field("NTP timestamp", (r) => r.u64(), (value) => {
    const ms = Number(value >> 32n) * 1000 - 2208988800000 + Number(value & 0xffffffffn) / 4294967.296;
    const time = new Date(ms);
    return {
      ref,
      meaning: Number.isNaN(time.getTime()) ? undefined : `${time.toISOString().replace("T", " ").slice(0, 23)} UTC`,
    };
  });
}

function reportBlock(tree: Tree): void {
  const ref = "RFC 3550 6.4.1";
  tree.group("Report block", (group) => {
    const source = ssrc(tree, "SSRC", ref);
    const lost = tree.u8("Fraction lost", ref, (share) => `${Math.round(share / 2.56)} %`);
    const total = tree.field("Cumulative lost", (r) => r.u24() << 8 >> 8, () => ({ ref }));
    tree.u32("Highest sequence number", ref, (word) => `${word & 0xffff}, wrapped ${word >>> 16} times`);
    tree.u32("Jitter", ref, () => "in timestamp units");
    tree.u32("Last SR", ref, () => "middle of the NTP time of the last sender report");
    tree.u32("Delay since last SR", ref, (units) => `${(units / 65536).toFixed(3)} seconds`);
    group.meaning = `${source}: ${Math.round(lost / 2.56)} % lost, ${total} in all`;
  }, { ref });
}

function rtcpPacket(tree: Tree): string {
  const ref = "RFC 3550 6.4.1";
  const start = tree.offset;
  const type = tree.reader.peek(1) ?? 0;
  const [name, where] = PACKETS[type] ?? [`packet type ${type}`, "RFC 3550 6"];
  const size = ((tree.reader.peek(2) ?? 0) * 256 + (tree.reader.peek(3) ?? 0) + 1) * 4;
  let text = name;
  tree.part(name[0]!.toUpperCase() + name.slice(1), size, (part, group) => {
    const feedback = type === 205 || type === 206;
    const first = part.flags("Version and count", 1, [
      ["Version", 0, 2],
      ["Padding", 2, 1],
      [feedback ? "Format" : type === 204 ? "Subtype" : "Count", 3, 5, feedback ? FEEDBACK[type] : undefined],
    ], where);
    part.u8("Packet type", "RFC 3550 12.1", (number) => PACKETS[number]?.[0] ?? "unknown");
    part.u16("Length", where, (words) => `${(words + 1) * 4} octets`);
    const count = first & 31;
    if (type === 200 || type === 201) {
      text += ` of ${ssrc(part, "SSRC of sender", where)}`;
      if (type === 200) {
        ntpTime(part, ref);
        part.u32("RTP timestamp", ref);
        text += `: ${part.u32("Packets sent", ref)} packets, `;
        text += `${part.u32("Octets sent", ref)} octets`;
      }
      for (let i = 0; i < count; i++) reportBlock(part);
    } else if (type === 202) {
      for (let i = 0; i < count; i++) text += chunk(part);
    } else if (type === 203) {
      for (let i = 0; i < count; i++) text += ` ${ssrc(part, "SSRC", where)}`;
      if (part.remaining > 0) {
        const length = part.u8("Reason length", where);
        if (length > 0) text += ` "${clip(part.text("Reason", length, where))}"`;
      }
    } else if (type === 204) {
      ssrc(part, "SSRC", where);
      text += ` ${clip(part.text("Name", 4, where))}`;
    } else if (feedback) {
      text += `: ${FEEDBACK[type]?.[count] ?? count}`;
      ssrc(part, "SSRC of sender", "RFC 4585 6.1");
      ssrc(part, "SSRC of media", "RFC 4585 6.1");
      while (type === 205 && count === 1 && part.remaining >= 4) {
        part.u16("Lost packet", "RFC 4585 6.2.1");
        part.u16("Following lost packets", "RFC 4585 6.2.1", () => "one bit for each of the next 16");
      }
    }
    part.rest((first & 0x20) !== 0 ? "Padding" : "More data", where);
    group.meaning = text;
  }, where);
  if (tree.offset <= start) throw new FormatError("An empty RTCP packet", start);
  return text;
}

function chunk(tree: Tree): string {
  let text = "";
  tree.group("Chunk", (group) => {
    const ref = "RFC 3550 6.5";
    const start = tree.offset;
    const source = ssrc(tree, "SSRC", ref);
    while (tree.remaining > 0 && tree.reader.peek() !== 0) {
      tree.group("Item", (item) => {
        const type = tree.u8("Type", ref, (number) => DESCRIPTIONS[number]?.[0] ?? "unknown");
        const [name, where] = DESCRIPTIONS[type] ?? ["Text", ref];
        const length = tree.u8("Length", ref);
        const value = length === 0 ? "" : tree.text("Text", length, where);
        item.meaning = clip(`${name}: ${value}`);
        if (type === 1) text = ` ${clip(value, 60)}`;
      }, { ref });
    }
    const left = Math.min(tree.remaining, 4 - (tree.offset - start) % 4);
    if (left > 0) tree.bytes("End of the items", left, ref);
    group.meaning = source + text;
  });
  return text;
}

function datagram(tree: Tree): Words {
  const type = tree.reader.peek(1) ?? 0;
  if (type < 192 || type > 223) return rtp(tree);
  const words: string[] = [];
  tree.said = { summary: "RTCP" };
  while (tree.remaining > 0) {
    words.push(rtcpPacket(tree));
    tree.said = { summary: clip(words.join(", "), 160) };
  }
  return { summary: `RTCP ${clip(words.join(", "), 160)}` };
}

/** RTCP only: version 2, known packets whose lengths fill the datagram. Of RTP nothing is sure but two bits. */
function detectDatagram(bytes: Uint8Array): boolean {
  if (bytes.length < 8 || bytes.length % 4 !== 0 || (bytes[1] !== 200 && bytes[1] !== 201)) return false;
  let at = 0;
  while (at + 4 <= bytes.length) {
    if (bytes[at]! >> 6 !== 2 || PACKETS[bytes[at + 1]!] === undefined) return false;
    at += (bytes[at + 2]! * 256 + bytes[at + 3]! + 1) * 4;
  }
  return at === bytes.length;
}

export const RTP: Protocol = {
  name: "rtp",
  title: "RTP",
  ref: "RFC 3550",
  detectDatagram,
  datagram,
};
