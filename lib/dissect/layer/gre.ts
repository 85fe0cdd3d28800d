// GRE: RFC 2784, keys and numbers (RFC 2890), routes (RFC 1701), of PPTP (RFC 2637 4.1), virtual networks (RFC 7637), and
// mirrored frames in it (ERSPAN, draft-foschiano-erspan). Pure.
import { judgeChecksum } from "../coding/checksum.ts";
import { etherTypeLayer, etherTypeName, osiLayer } from "../coding/numbers.ts";
import type { Layer, Next } from "../protocol.ts";
import type { Tree } from "../tree.ts";

/** Protocols that only GRE has. */
const PROTOCOLS: Readonly<Record<number, readonly [name: string, layer?: string]>> = {
  0x0000: ["keepalive"],
  0x22eb: ["ERSPAN type III", "erspan3"],
  0x883e: ["WCCP", "ipv4"],
  0x88be: ["ERSPAN", "erspan"],
  0xfefe: ["OSI"],
};
const protocolName = (type: number) => PROTOCOLS[type]?.[0] ?? etherTypeName(type);

/** Source route entries up to the one without length (RFC 1701). */
function routes(tree: Tree): void {
  const ref = "RFC 1701";
  for (let more = true; more && tree.remaining >= 4;) {
    tree.group("Source route entry", () => {
      const family = tree.u16("Address family", ref, { 0: "end", 0x0800: "IPv4", 0xfffe: "autonomous systems" });
      tree.u8("Offset", ref);
      const length = tree.u8("Length", ref);
      if (length === 0) more = family !== 0;
      tree.within("Route", length, (part) => {
        while (family === 0x0800 && part.remaining >= 4) part.ip("Address", 4, ref);
        part.rest("Route", ref);
      });
    }, { ref });
  }
}

export const GRE: Layer = {
  name: "gre",
  title: "GRE",
  ref: "RFC 2784",
  dissect(tree, packet): Next | undefined {
    const start = tree.offset;
    const flags = tree.flags("Flags and version", 2, [
      ["Checksum present", 0, 1],
      ["Routing present", 1, 1],
      ["Key present", 2, 1],
      ["Sequence number present", 3, 1],
      ["Strict source route", 4, 1],
      ["Recursion control", 5, 3],
      ["Acknowledgement present", 8, 1],
      ["Reserved", 9, 4],
      ["Version", 13, 3, { 0: "GRE", 1: "PPTP" }],
    ], "RFC 2784 2.1");
    const type = tree.u16("Protocol type", "RFC 2784 2.4", protocolName);
    packet.summary = protocolName(type);
    if ((flags & 0xc000) !== 0) {
      tree.u16("Checksum", "RFC 2784 2.5");
      const whole = tree.reader.bytes.length >= packet.originalLength && packet.partial !== true;
      if ((flags & 0x8000) !== 0 && whole && packet.quoted !== true) judgeChecksum(tree, start, tree.reader.end);
      if ((flags & 0x4000) !== 0) tree.u16("Offset", "RFC 1701");
      else tree.u16("Reserved", "RFC 2784 2.6");
    }
    let length = tree.remaining;
    let kept: number | undefined;
    if ((flags & 7) === 1) {
      kept = tree.u16("Payload length", "RFC 2637 4.1");
      packet.summary = `PPTP call ${tree.u16("Call ID", "RFC 2637 4.1")}`;
    } else if ((flags & 0x2000) !== 0) {
      const key = tree.u32(
        "Key",
        "RFC 2890 2.1",
        (word) => type === 0x6558 ? `virtual subnet ${word >>> 8}, flow ${word & 255} (RFC 7637)` : undefined,
      );
      packet.summary += `, key ${key}`;
    }
    if ((flags & 0x1000) !== 0) tree.u32("Sequence number", "RFC 2890 2.2");
    if ((flags & 0x0080) !== 0) tree.u32("Acknowledgement number", "RFC 2637 4.1");
    if ((flags & 0x4000) !== 0) routes(tree);
    length = Math.min(tree.remaining, kept ?? tree.remaining);
    if (type === 0 && length === 0) return undefined;
    // Without a sequence number the header of ERSPAN is missing (type I).
    const layer = type === 0x88be && (flags & 0x1000) === 0
      ? "ethernet"
      : type === 0x880b
      ? "ppp"
      : type === 0xfefe
      ? osiLayer(tree.reader.peek())
      : PROTOCOLS[type] === undefined
      ? etherTypeLayer(type)
      : PROTOCOLS[type][1] ?? "data";
    return { layer, length };
  },
};

/** What both kinds of ERSPAN begin with; gives the session. */
function erspanHead(tree: Tree): number {
  const ref = "draft-foschiano-erspan 4.2";
  tree.flags("Version and VLAN", 2, [["Version", 0, 4, { 1: "type II", 2: "type III" }], ["VLAN", 4, 12]], ref, "");
  return tree.flags(
    "Session",
    2,
    [
      ["Class of service", 0, 3],
      ["Encapsulation", 3, 2],
      ["Truncated", 5, 1],
      ["Session", 6, 10],
    ],
    ref,
    "",
  ) & 0x3ff;
}

export const ERSPAN: Layer = {
  name: "erspan",
  title: "ERSPAN",
  ref: "draft-foschiano-erspan",
  dissect(tree, packet) {
    packet.summary = `mirrored, session ${erspanHead(tree)}`;
    tree.flags("Index", 4, [["Reserved", 0, 12], ["Index", 12, 20]], "draft-foschiano-erspan 4.2", "");
    return { layer: "ethernet", length: tree.remaining };
  },
};

export const ERSPAN3: Layer = {
  name: "erspan3",
  title: "ERSPAN",
  ref: "draft-foschiano-erspan",
  dissect(tree, packet) {
    const ref = "draft-foschiano-erspan 4.3";
    packet.summary = `mirrored, session ${erspanHead(tree)}`;
    tree.u32("Timestamp", ref);
    tree.u16("Security group tag", ref);
    const word = tree.flags("Frame type and platform", 2, [
      ["Payload is a frame", 0, 1],
      ["Frame type", 1, 5, { 0: "Ethernet", 2: "IP" }],
      ["Hardware", 6, 6],
      ["Direction", 12, 1, (v) => v === 1 ? "egress" : "ingress"],
      ["Timestamp granularity", 13, 2, ["100 µs", "100 ns", "IEEE 1588", "user defined"]],
      ["Platform header present", 15, 1],
    ], ref);
    if ((word & 1) === 1) tree.bytes("Platform header", 8, ref);
    return { layer: (word >> 10 & 31) === 2 ? "raw" : "ethernet", length: tree.remaining };
  },
};
