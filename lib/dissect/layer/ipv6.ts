// IPv6 (RFC 8200): the header; those behind it are in ipv6_headers.ts. Pure.
import { onesSum } from "../coding/checksum.ts";
import { DSCP_NAMES, ECN_NAMES, noteAddresses } from "./ipv4.ts";
import { ipProtocolLayer, ipProtocolName } from "../coding/numbers.ts";
import { extensionHeader, isExtension } from "./ipv6_headers.ts";
import type { Layer, Next } from "../protocol.ts";
import { counted } from "../coding/words.ts";

const REF = "RFC 8200 3";
export const IPV6: Layer = {
  name: "ipv6",
  title: "IPv6",
  ref: "RFC 8200",
  dissect(tree, packet): Next | undefined {
    const { reader } = tree;
    const word = tree.flags("Version, traffic class, flow label", 4, [
      ["Version", 0, 4, (v) => v === 6 ? "IPv6" : "not IPv6"],
      ["DSCP", 4, 6, DSCP_NAMES],
      ["ECN", 10, 2, ECN_NAMES],
      ["Flow label", 12, 20],
    ], REF);
    if (word >>> 28 !== 6) tree.flaw(`Version ${word >>> 28} is not IPv6`);
    let length = tree.u16("Payload length", REF);
    const lengthField = tree.last;
    let next = tree.u8("Next header", REF, ipProtocolName);
    const hops = tree.u8("Hop limit", REF, (value) => counted(value, "hop"));
    const pseudoStart = reader.offset;
    const src = tree.ip("Source", 16, REF);
    const dst = tree.ip("Destination", 16, REF);
    const available = reader.remaining;
    packet.lacking = 0;
    if (length === 0 && next !== 59) {
      lengthField.meaning = "0: jumbo, or left to the network card";
      length = available;
    } else if (length > available) {
      const cut = reader.bytes.length < packet.originalLength || packet.quoted === true;
      lengthField.meaning = cut ? `${available} octets were kept` : `only ${available} octets are here`;
      if (!cut) lengthField.error = `Payload length of ${counted(length, "octet")} does not fit: ${available} left`;
      else packet.lacking = length - available;
      length = available;
    }
    const end = reader.offset + length;
    const sum = onesSum(reader.bytes, pseudoStart, pseudoStart + 32);
    noteAddresses(packet, src, dst, next);
    for (let count = 0; isExtension(next) && count < 16; count++) {
      next = extensionHeader(tree, packet, next);
      if (packet.facts.fragment !== undefined && packet.facts.fragment.offset > 0) break;
    }
    packet.pseudo = { sum, protocol: next };
    if (packet.quoted !== true && packet.inner !== true) packet.facts.proto = ipProtocolName(next);
    packet.summary = `${src} > ${dst}, ${ipProtocolName(next)}, hop limit ${hops}`;
    const left = Math.max(0, end - reader.offset);
    const { fragment } = packet.facts;
    if (fragment !== undefined && packet.quoted !== true && packet.inner !== true) {
      packet.facts.fragment = { ...fragment, protocol: next, at: reader.offset, length: left };
    }
    if (packet.partial === true && packet.facts.fragment !== undefined && packet.facts.fragment.offset > 0) {
      return { layer: "data", length: left };
    }
    return next === 59 ? undefined : { layer: ipProtocolLayer(next), length: left };
  },
};
