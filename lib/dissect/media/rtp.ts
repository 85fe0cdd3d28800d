// RTP and RTCP (RFC 3550): sound and pictures over UDP, and what receivers say of them. Pure.
// On one port they are told apart by the packet type (RFC 5761 4).
import { names } from "../coding/names.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, octetCount } from "../coding/words.ts";
import { isRtcp, rtcpPacket, ssrc } from "./rtcp.ts";

const RTP_REF = "RFC 3550 5.1";
/** Static payload types (RFC 3551 6). */
const PAYLOADS = names(`
  0 PCMU (G.711 µ-law); 3 GSM; 4 G.723; 5 DVI4 8 kHz; 6 DVI4 16 kHz; 7 LPC; 8 PCMA (G.711 A-law); 9 G.722;
  10 L16 stereo; 11 L16; 12 QCELP; 13 comfort noise; 14 MPEG audio; 15 G.728; 16 DVI4 11.025 kHz; 17 DVI4 22.05 kHz; 18 G.729; 25 CelB; 26 JPEG; 28 nv;
  31 H.261; 32 MPEG video; 33 MPEG-2 TS; 34 H.263
`);
const payloadName = (type: number) => PAYLOADS[type] ?? (type >= 96 ? "dynamic: the session says what" : "unassigned");
/** Elements of an extension, each with a number that the session gave a meaning to (RFC 8285 4.2, 4.3). */
function elements(tree: Tree, profile: number): void {
  const short = profile === 0xbede, long = (profile & 0xfff0) === 0x1000;
  while ((short || long) && tree.remaining > 0) {
    if (tree.reader.peek() === 0) {
      let count = 1;
      while (tree.reader.peek(count) === 0) count++;
      tree.bytes("Padding", count, "RFC 8285 4.1.2");
      continue;
    }
    const ref = short ? "RFC 8285 4.2" : "RFC 8285 4.3";
    // 15 ends what can be read.
    if (short && tree.reader.peek()! >> 4 === 15) break;
    tree.group("Element", (group) => {
      let id: number, length: number;
      if (short) {
        const head = tree.flags("Element header", 1, [
          ["Identifier", 0, 4],
          ["Length", 4, 4, (value) => counted(value + 1, "octet")],
        ], ref);
        [id, length] = [head >> 4, (head & 15) + 1];
      } else {[id, length] = [
          tree.u8("Identifier", ref),
          tree.u8("Length", ref, octetCount),
        ];}
      group.meaning = `number ${id}`;
      if (length > 0) tree.bytes("Data", length, ref);
    }, { ref });
  }
  tree.rest("Extension data", RTP_REF);
}

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
    tree.u16(
      "Extension profile",
      ref,
      (value) => value === 0xbede ? "one-octet headers" : (value & 0xfff0) === 0x1000 ? "two-octet headers" : undefined,
    );
    const profile = Number(tree.last.value);
    const words = tree.u16("Extension length", ref, (count) => counted(count * 4, "octet"));
    if (words > 0) tree.part("Extension", words * 4, (part) => elements(part, profile), ref);
  }
  const padding = (first & 0x20) !== 0 ? tree.reader.bytes[tree.reader.end - 1] ?? 0 : 0;
  const count = Math.max(0, tree.remaining - padding);
  if (count > 0) tree.bytes("Payload", count, RTP_REF);
  if (padding > 0) tree.rest("Padding", RTP_REF, "its last octet says how many");
  const mark = (second & 0x80) !== 0 ? ", marked" : "";
  return {
    summary: `${clip(payloadName(type), 30)} (${type}) sequence ${sequence} time ${stamp} source ${source}, ${
      counted(count, "octet")
    }${mark}`,
  };
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

export const RTP: Protocol = {
  name: "rtp",
  title: "RTP",
  ref: "RFC 3550",
  detectDatagram: isRtcp,
  datagram,
};
