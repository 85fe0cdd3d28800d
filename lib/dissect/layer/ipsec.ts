// What protects packets of IP: ESP (RFC 4303), the authentication header (RFC 4302), compression (RFC 3173). Pure.
// What is encrypted stays closed, but ESP without encryption (RFC 2410) shows itself by its trailer.
import { ipProtocolLayer, ipProtocolName } from "../coding/numbers.ts";
import type { Layer, Next } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

/** Octets of an integrity check value that are usual: of HMAC-SHA-1-96 and MD5-96, SHA-256-128, none. */
const CHECK_SIZES = [12, 16, 0];

/** Where the padding 1, 2, 3 … and the next header stand that end an ESP packet without encryption. */
function openTrailer(
  bytes: Uint8Array,
  start: number,
  end: number,
): { check: number; pad: number; next: number } | undefined {
  for (const check of CHECK_SIZES) {
    const at = end - check - 2;
    if (at < start + 4) continue;
    const pad = bytes[at]!, next = bytes[at + 1]!;
    if (pad > at - start || ![4, 6, 17, 41, 58, 1].includes(next)) continue;
    if (check === 0 && pad === 0) continue;
    let count = 0;
    while (count < pad && bytes[at - pad + count] === count + 1) count++;
    if (count !== pad) continue;
    const version = bytes[start]! >> 4;
    if (next === 4 && version !== 4 || next === 41 && version !== 6) continue;
    // A padding of nothing proves little: the datagram's own length must fit.
    if (pad < 2 && next === 17 && bytes[start + 4]! * 256 + bytes[start + 5]! !== at - pad - start) continue;
    if (pad < 2 && next === 6 && bytes[start + 12]! >> 4 < 5) continue;
    return { check, pad, next };
  }
  return undefined;
}

export const ESP: Layer = {
  name: "esp",
  title: "ESP",
  ref: "RFC 4303",
  dissect(tree, packet): Next | undefined {
    const ref = "RFC 4303 2";
    const spi = tree.u32("Security parameters index", ref);
    const sequence = tree.u32("Sequence number", ref);
    packet.summary = `ESP SPI 0x${spi.toString(16).padStart(8, "0")}, sequence ${sequence}`;
    const { bytes, offset, end } = tree.reader;
    const open = packet.quoted === true ? undefined : openTrailer(bytes, offset, end);
    if (open === undefined) {
      tree.rest("Encrypted payload", ref, "with its padding, next header and integrity check value");
      return undefined;
    }
    packet.summary += ", not encrypted";
    return {
      layer: ipProtocolLayer(open.next),
      length: end - offset - open.check - open.pad - 2,
      trailer: "ESP trailer",
      tail: (trailer) => {
        if (open.pad > 0) trailer.bytes("Padding", open.pad, "RFC 4303 2.4");
        trailer.u8("Pad length", "RFC 4303 2.5");
        trailer.u8("Next header", "RFC 4303 2.6", ipProtocolName);
        trailer.rest("Integrity check value", "RFC 4303 2.8");
      },
    };
  },
};

/** The fields of the authentication header behind its first two octets. */
export function authenticationHeader(tree: Tree): number {
  const ref = "RFC 4302 2";
  tree.u16("Reserved", ref);
  const spi = tree.u32("Security parameters index", ref);
  tree.u32("Sequence number", ref);
  tree.rest("Integrity check value", ref);
  return spi;
}

export const AH: Layer = {
  name: "ah",
  title: "Authentication header",
  ref: "RFC 4302",
  dissect(tree, packet): Next {
    const ref = "RFC 4302 2";
    const next = tree.u8("Next header", ref, ipProtocolName);
    const words = tree.u8("Payload length", ref, (value) => counted((value + 2) * 4, "octet"));
    const spi = tree.part("Authentication", Math.max(0, (words + 2) * 4 - 2), authenticationHeader, ref) ?? 0;
    packet.summary = `AH SPI 0x${spi.toString(16).padStart(8, "0")}, ${ipProtocolName(next)}`;
    if (packet.pseudo !== undefined) packet.pseudo = { ...packet.pseudo, protocol: next };
    return { layer: ipProtocolLayer(next), length: tree.remaining };
  },
};

export const IPCOMP: Layer = {
  name: "ipcomp",
  title: "IPComp",
  ref: "RFC 3173",
  dissect(tree, packet) {
    const ref = "RFC 3173 3.3";
    const next = tree.u8("Next header", ref, ipProtocolName);
    tree.u8("Flags", ref);
    const index = tree.u16("Compression parameter index", ref, { 1: "OUI", 2: "DEFLATE", 3: "LZS", 4: "LZJH" });
    packet.summary = `compressed ${ipProtocolName(next)}, index ${index}`;
    tree.rest("Compressed payload", ref);
    return undefined;
  },
};
