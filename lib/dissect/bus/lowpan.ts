// 6LoWPAN: IPv6 over IEEE 802.15.4 in few octets: dispatch, meshes and fragments (RFC 4944), compressed headers (RFC 6282). Pure.
import { formatIp } from "../../base/ip.ts";
import { ipProtocolLayer, ipProtocolName } from "../coding/numbers.ts";
import { serviceName } from "../coding/ports.ts";
import type { Layer, Next, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 6282 3.1";

/** The interface identifier that a link address makes (RFC 4944 6). */
function identifier(link: Uint8Array | undefined): Uint8Array {
  const out = new Uint8Array(8);
  if (link?.length === 8) {
    out.set(link);
    out[0]! ^= 2;
  } else if (link?.length === 2) out.set([0, 0, 0, 0xff, 0xfe, 0, link[0]!, link[1]!]);
  return out;
}

const LINK_LOCAL = Uint8Array.of(0xfe, 0x80);

/** An address of which `octets` stand there; the rest is link-local or of a context, and comes from the link address. */
function address(tree: Tree, name: string, octets: number, context: boolean, link: Uint8Array | undefined): string {
  const whole = new Uint8Array(16);
  if (!context) whole.set(LINK_LOCAL);
  const rest = tree.reader.bytes.subarray(tree.offset, tree.offset + octets);
  if (octets === 16) whole.set(rest.subarray(0, 16));
  else if (octets === 8) whole.set(rest, 8);
  else if (octets === 2) {
    whole.set([0, 0, 0, 0xff, 0xfe, 0], 8);
    whole.set(rest, 14);
  } else whole.set(identifier(link), 8);
  return given(
    tree,
    name,
    octets,
    whole,
    octets === 0 ? "from the link address" : context ? "of a context" : undefined,
  );
}

/** A group's address of which 16, 6, 4 or 1 octets stand there (RFC 6282 3.2.4). */
function group(tree: Tree, name: string, octets: number): string {
  const whole = new Uint8Array(16), rest = tree.reader.bytes.subarray(tree.offset, tree.offset + octets);
  if (octets === 16) whole.set(rest.subarray(0, 16));
  else {
    whole[0] = 0xff;
    whole[1] = octets === 1 ? 2 : rest[0] ?? 0;
    whole.set(octets === 1 ? rest : rest.subarray(1), 16 - (octets === 1 ? 1 : octets - 1));
  }
  return given(tree, name, octets, whole);
}

function given(tree: Tree, name: string, octets: number, whole: Uint8Array, meaning?: string): string {
  tree.reader.need(octets, name);
  const text = formatIp({ family: 6, bytes: whole });
  tree.field(name, (r) => {
    r.skip(octets);
    return text;
  }, { ref: "RFC 6282 3.2.1", meaning });
  return text;
}

/** UDP's header in few octets (RFC 6282 4.3). */
function compressedUdp(tree: Tree, packet: PacketState): Next {
  const ref = "RFC 6282 4.3";
  const head = tree.flags("UDP header", 1, [["Kind", 0, 5, () => "UDP"], ["Checksum left out", 5, 1], [
    "Ports",
    6,
    2,
    ["whole", "destination in 8 bits", "source in 8 bits", "4 bits each"],
  ]], ref);
  const ports = head & 3;
  let sport: number, dport: number;
  if (ports === 3) {
    const both = tree.u8("Ports", ref, (octet) => `${0xf0b0 + (octet >> 4)} and ${0xf0b0 + (octet & 15)}`);
    [sport, dport] = [0xf0b0 + (both >> 4), 0xf0b0 + (both & 15)];
  } else {
    sport = ports === 2
      ? 0xf000 + tree.u8("Source port", ref, (octet) => String(0xf000 + octet))
      : tree.u16("Source port", ref, serviceName);
    dport = ports === 1
      ? 0xf000 + tree.u8("Destination port", ref, (octet) => String(0xf000 + octet))
      : tree.u16("Destination port", ref, serviceName);
  }
  if ((head & 4) === 0) tree.u16("Checksum", ref);
  packet.facts.proto = "udp";
  Object.assign(packet.facts, { sport, dport });
  packet.facts.layers.push("udp");
  packet.summary += `, UDP ${sport} > ${dport}`;
  return { layer: "payload", length: tree.remaining };
}

/** Extension headers in few octets (RFC 6282 4.2), then UDP or another layer. */
function compressedNext(tree: Tree, packet: PacketState): Next {
  for (;;) {
    const first = tree.reader.peek() ?? 0;
    if (first >> 3 === 0x1e) return compressedUdp(tree, packet);
    if (first >> 4 !== 0x0e) return { layer: "data", length: tree.remaining };
    const ref = "RFC 6282 4.2";
    const kinds = ["hop-by-hop options", "routing", "fragment", "destination options", "mobility", "", "", "IPv6"];
    const head = tree.flags("Extension header", 1, [["Form", 0, 4], ["Kind", 4, 3, (kind) => kinds[kind]], [
      "Next compressed",
      7,
      1,
    ]], ref);
    if ((head >> 1 & 7) === 7) return iphc(tree, packet);
    const next = (head & 1) === 0 ? tree.u8("Next header", ref, ipProtocolName) : undefined;
    const length = tree.u8("Length", ref);
    if (length > 0) tree.bytes("Options", length, ref);
    if (next !== undefined) return { layer: ipProtocolLayer(next), length: tree.remaining };
  }
}

/** IPv6's header in few octets. */
function iphc(tree: Tree, packet: PacketState): Next {
  const word = tree.flags("Compressed IPv6 header", 2, [
    ["Dispatch", 0, 3],
    ["Traffic class and flow label", 3, 2, ["both", "flow label and congestion", "traffic class", "left out"]],
    ["Next header compressed", 5, 1],
    ["Hop limit", 6, 2, ["stands there", "1", "64", "255"]],
    ["Contexts", 8, 1],
    ["Source by context", 9, 1],
    ["Source form", 10, 2],
    ["Multicast", 12, 1],
    ["Destination by context", 13, 1],
    ["Destination form", 14, 2],
  ], "RFC 6282 3.1.1");
  if ((word & 0x80) !== 0) tree.u8("Context identifiers", REF);
  const traffic = [4, 3, 1, 0][word >> 11 & 3]!;
  if (traffic > 0) tree.bytes("Traffic class and flow label", traffic, "RFC 6282 3.2.1");
  const next = (word & 0x400) === 0 ? tree.u8("Next header", REF, ipProtocolName) : undefined;
  if ((word >> 8 & 3) === 0) tree.u8("Hop limit", REF);
  const byContext = (word & 0x40) !== 0, form = word >> 4 & 3;
  const { link } = packet;
  const unspecified = byContext && form === 0;
  const src = unspecified
    ? given(tree, "Source", 0, new Uint8Array(16), "unspecified")
    : address(tree, "Source", [16, 8, 2, 0][form]!, byContext, link?.from);
  const contextual = (word & 4) !== 0, shape = word & 3;
  const dst = (word & 8) === 0
    ? address(tree, "Destination", contextual && shape === 0 ? 0 : [16, 8, 2, 0][shape]!, contextual, link?.to)
    : group(tree, "Destination", contextual ? 6 : [16, 6, 4, 1][shape]!);
  Object.assign(packet.facts, { src, dst });
  packet.summary = `${src} > ${dst}`;
  if (next === undefined) return compressedNext(tree, packet);
  packet.facts.proto = ipProtocolName(next);
  return { layer: ipProtocolLayer(next), length: tree.remaining };
}

export const LOWPAN: Layer = {
  name: "6lowpan",
  title: "6LoWPAN",
  ref: "RFC 4944",
  dissect(tree, packet) {
    let first = tree.reader.peek() ?? 0;
    if (first >> 6 === 2) {
      const ref = "RFC 4944 5.2";
      tree.flags("Mesh header", 1, [["Dispatch", 0, 2], ["Short originator", 2, 1], ["Short final", 3, 1], [
        "Hops left",
        4,
        4,
      ]], ref);
      tree.mac("Originator", ref, undefined, (first & 0x20) !== 0 ? 2 : 8);
      tree.mac("Final destination", ref, undefined, (first & 0x10) !== 0 ? 2 : 8);
      first = tree.reader.peek() ?? 0;
    }
    if (first >> 3 === 0x18 || first >> 3 === 0x1c) {
      const ref = "RFC 4944 5.3", more = first >> 3 === 0x1c;
      const word = tree.flags("Fragment header", 2, [["Dispatch", 0, 5], ["Datagram size", 5, 11]], ref);
      const tag = tree.u16("Tag", ref, () => "same for all fragments of a datagram");
      const offset = more ? tree.u8("Offset", ref, (units) => `octet ${units * 8}`) * 8 : 0;
      packet.summary = `fragment of ${word & 0x7ff} octets, tag ${tag}, from octet ${offset}`;
      if (more || tree.remaining === 0) return { layer: "data", length: tree.remaining };
      const fragment = packet.summary;
      packet.inner = true;
      const next = begin(tree, packet);
      packet.summary = `${fragment}: ${packet.summary}`;
      return next;
    }
    return begin(tree, packet);
  },
};

function begin(tree: Tree, packet: PacketState): Next {
  const first = tree.reader.peek() ?? 0;
  if (first === 0x41) {
    tree.u8("Dispatch", "RFC 4944 5.1", () => "IPv6, not compressed");
    return { layer: "ipv6", length: tree.remaining };
  }
  if (first >> 5 === 3) return iphc(tree, packet);
  tree.u8("Dispatch", "RFC 4944 5.1", { 0x42: "IPv6, compressed by HC1 (obsolete)", 0x50: "broadcast" });
  return { layer: "data", length: tree.remaining };
}
