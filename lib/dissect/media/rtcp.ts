// RTCP (RFC 3550 6, RFC 3611, RFC 4585, RFC 5104): what senders and receivers of RTP say of it. Pure.
import { FormatError } from "../../base/errors.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

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

/** A source of a stream: 32 bits that are shown as hexadecimal. */
export const ssrc = (tree: Tree, name: string, ref: string) =>
  tree.field(name, (r) => `0x${r.u32().toString(16).padStart(8, "0")}`, () => ({ ref }));

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
    tree.u32("Delay since last SR", ref, (units) => counted((units / 65536).toFixed(3), "second"));
    group.meaning = `${source}: ${Math.round(lost / 2.56)} % lost, ${total} in all`;
  }, { ref });
}

/** Losses as a run of packets: the first one, and a bit for each of the 16 after it. */
function losses(tree: Tree): string {
  const ref = "RFC 4585 6.2.1";
  const lost: number[] = [];
  while (tree.remaining >= 4) {
    const first = tree.u16("Lost packet", ref);
    lost.push(first);
    tree.u16("Following lost packets", ref, (bits) => {
      const more = Array.from({ length: 16 }, (_, bit) => bit).filter((bit) => (bits >> bit & 1) === 1)
        .map((bit) => (first + bit + 1) & 0xffff);
      lost.push(...more);
      return more.length === 0 ? "none" : more.join(" ");
    });
  }
  return lost.slice(0, 8).join(" ") + (lost.length > 8 ? ` and ${lost.length - 8} more` : "");
}

/** A number as a mantissa and a power of two. */
const scaled = (exponent: number, mantissa: number) => `${(mantissa * 2 ** exponent / 1000).toFixed(1)} kbit/s`;

/** When each packet came, as the receiver saw it (draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1). */
function congestion(tree: Tree): string {
  const ref = "Transport-wide CC 3.1";
  const base = tree.u16("First sequence number", ref);
  const count = tree.u16("Packets", ref);
  tree.u24("Reference time", ref, (units) => `${(units << 8 >> 8) * 64} milliseconds`);
  tree.u8("Feedback number", ref);
  const states: number[] = [];
  while (states.length < count && tree.remaining >= 2) {
    tree.u16("States of packets", ref, (word) => {
      const before = states.length;
      if (word < 0x8000) { for (let left = word & 0x1fff; left > 0; left--) states.push(word >> 13 & 3); }
      else if ((word & 0x4000) === 0) { for (let bit = 13; bit >= 0; bit--) states.push(word >> bit & 1); }
      else for (let bit = 12; bit >= 0; bit -= 2) states.push(word >> bit & 3);
      states.length = Math.min(states.length, count);
      const part = states.slice(before);
      return `${counted(part.length, "packet")}, ${part.filter((state) => state === 0).length} lost`;
    });
  }
  for (const state of states) {
    if (state === 1 && tree.remaining >= 1) {
      tree.u8("Delay", ref, (units) => `${units / 4} milliseconds after the one before`);
    }
    if (state === 2 && tree.remaining >= 2) {
      tree.u16("Delay", ref, (units) => `${(units << 16 >> 16) / 4} milliseconds after the one before`);
    }
  }
  return `from ${base} ${counted(count, "packet")}, ${states.filter((state) => state === 0).length} lost`;
}

/** What a feedback packet says after its sources. */
function feedbackWords(tree: Tree, type: number, format: number): string {
  if (type === 205 && format === 1) return ` ${losses(tree)}`;
  if (type === 205 && format === 15) return `: ${congestion(tree)}`;
  const said: string[] = [];
  if (type === 205 && (format === 3 || format === 4)) {
    while (tree.remaining >= 8) {
      ssrc(tree, "SSRC", "RFC 5104 4.2.1.1");
      tree.u32("Bit rate and overhead", "RFC 5104 4.2.1.1", (word) => {
        said.push(scaled(word >>> 26, word >>> 9 & 0x1ffff));
        return `${said.at(-1)}, overhead ${counted(word & 0x1ff, "octet")}`;
      });
    }
  } else if (type === 206 && format === 4) {
    while (tree.remaining >= 8) {
      said.push(ssrc(tree, "SSRC", "RFC 5104 4.3.1.1"));
      tree.u8("Number", "RFC 5104 4.3.1.1");
      tree.u24("Reserved", "RFC 5104 4.3.1.1");
    }
  } else if (type === 206 && format === 2) {
    while (tree.remaining >= 4) {
      tree.u32(
        "Slices",
        "RFC 4585 6.3.2.2",
        (word) => `${word >>> 6 & 0x1fff} macroblocks from ${word >>> 19} on, picture ${word & 63}`,
      );
    }
  } else if (type === 206 && format === 15 && tree.reader.peek() === 0x52 && tree.remaining >= 8) {
    const ref = "REMB 2.2";
    tree.text("Identifier", 4, ref);
    tree.u32("Sources and bit rate", ref, (word) => {
      said.push(scaled(word >>> 18 & 63, word & 0x3ffff));
      return `${counted(word >>> 24, "source")}, ${said[0]} at most`;
    });
    while (tree.remaining >= 4) ssrc(tree, "SSRC", ref);
  }
  return said.length === 0 ? "" : ` ${said.join(" ")}`;
}

/** Blocks of an extended report: name, where it is defined. */
const BLOCKS: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  1: ["losses", "RFC 3611 4.1"],
  2: ["duplicates", "RFC 3611 4.2"],
  3: ["packet receipt times", "RFC 3611 4.3"],
  4: ["receiver reference time", "RFC 3611 4.4"],
  5: ["delays since the last receiver reports", "RFC 3611 4.5"],
  6: ["statistics", "RFC 3611 4.6"],
  7: ["VoIP metrics", "RFC 3611 4.7"],
};

function extendedBlock(tree: Tree): string {
  const type = tree.reader.peek()!, size = 4 + 4 * (tree.reader.peek(2)! * 256 + tree.reader.peek(3)!);
  const [name, ref] = BLOCKS[type] ?? [`block type ${type}`, "RFC 3611 3"];
  let text = name;
  tree.part("Block", size, (part, group) => {
    part.u8("Block type", ref, (number) => BLOCKS[number]?.[0] ?? "unknown");
    part.u8("Type-specific", ref);
    part.u16("Length", ref, (words) => `${words * 4} octets follow`);
    if (type <= 3) {
      ssrc(part, "SSRC", ref);
      const first = part.u16("First sequence number", ref), last = part.u16("Sequence number after the last", ref);
      text += ` of ${first} to ${last}`;
      while (type < 3 && part.remaining >= 2) {
        part.u16(
          "Chunk",
          ref,
          (word) =>
            word === 0
              ? "end"
              : word < 0x8000
              ? `${counted(word & 0x3fff, "packet")}, ${(word & 0x4000) !== 0 ? "all received" : "none"}`
              : "a bit for each of 15 packets",
        );
      }
      while (type === 3 && part.remaining >= 4) part.u32("Receipt time", ref);
    } else if (type === 4) ntpTime(part, ref);
    else if (type === 5) {
      while (part.remaining >= 12) {
        ssrc(part, "SSRC", ref);
        part.u32("Last receiver report", ref);
        part.u32("Delay since it", ref, (units) => counted((units / 65536).toFixed(3), "second"));
      }
    } else if (type === 6) {
      ssrc(part, "SSRC", ref);
      part.u16("First sequence number", ref);
      part.u16("Sequence number after the last", ref);
      const lost = part.u32("Lost packets", ref), twice = part.u32("Duplicate packets", ref);
      for (const label of ["Least jitter", "Largest jitter", "Mean jitter", "Deviation of the jitter"]) {
        part.u32(label, ref);
      }
      for (const label of ["Least TTL", "Largest TTL", "Mean TTL", "Deviation of the TTL"]) part.u8(label, ref);
      text += `: ${lost} lost, ${twice} twice`;
    } else if (type === 7) {
      ssrc(part, "SSRC", ref);
      const share = (value: number) => `${(value / 2.56).toFixed(1)} %`;
      const loss = part.u8("Loss rate", ref, share);
      part.u8("Discard rate", ref, share);
      part.u8("Burst density", ref, share);
      part.u8("Gap density", ref, share);
      for (const label of ["Burst duration", "Gap duration", "Round trip delay", "End system delay"]) {
        part.u16(label, ref, (ms) => `${ms} milliseconds`);
      }
      const level = (value: number) => value === 127 ? "not known" : `${value << 24 >> 24} dBm`;
      part.u8("Signal level", ref, level);
      part.u8("Noise level", ref, level);
      part.u8("Residual echo return loss", ref);
      part.u8("Gmin", ref);
      const known = (value: number) => value === 127 ? "not known" : undefined;
      part.u8("R factor", ref, known);
      part.u8("External R factor", ref, known);
      const score = (value: number) => value === 127 ? "not known" : (value / 10).toFixed(1);
      const listening = part.u8("MOS, listening", ref, score);
      part.u8("MOS, conversation", ref, score);
      part.flags("Receiver", 1, [
        ["Loss concealment", 0, 2, { 1: "disabled", 2: "enhanced", 3: "standard" }],
        ["Jitter buffer", 2, 2, { 2: "not adaptive", 3: "adaptive" }],
        ["Adaptation rate", 4, 4],
      ], ref);
      part.u8("Reserved", ref);
      for (const label of ["Nominal buffer", "Largest buffer now", "Largest buffer ever"]) {
        part.u16(label, ref, (ms) => `${ms} milliseconds`);
      }
      text += `: ${(loss / 2.56).toFixed(1)} % lost${listening === 127 ? "" : `, MOS ${(listening / 10).toFixed(1)}`}`;
    }
    part.rest("Data", ref);
    group.meaning = text;
  }, ref);
  return text;
}

/** The next RTCP packet of a compound; gives its line. One without octets is a `FormatError`. */
export function rtcpPacket(tree: Tree): string {
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
    part.u16("Length", where, (words) => counted((words + 1) * 4, "octet"));
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
    } else if (type === 207) {
      text += ` of ${ssrc(part, "SSRC of sender", where)}`;
      const said: string[] = [];
      while (part.remaining >= 4) said.push(extendedBlock(part));
      text += `: ${said.join("; ")}`;
    } else if (feedback) {
      text += `: ${FEEDBACK[type]?.[count] ?? count}`;
      ssrc(part, "SSRC of sender", "RFC 4585 6.1");
      ssrc(part, "SSRC of media", "RFC 4585 6.1");
      text += feedbackWords(part, type, count);
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

/** RTCP only: version 2, known packets whose lengths fill the datagram. Of RTP nothing is sure but two bits. */
export function isRtcp(bytes: Uint8Array): boolean {
  if (bytes.length < 8 || bytes.length % 4 !== 0 || (bytes[1] !== 200 && bytes[1] !== 201)) return false;
  let at = 0;
  while (at + 4 <= bytes.length) {
    if (bytes[at]! >> 6 !== 2 || PACKETS[bytes[at + 1]!] === undefined) return false;
    at += (bytes[at + 2]! * 256 + bytes[at + 3]! + 1) * 4;
  }
  return at === bytes.length;
}
