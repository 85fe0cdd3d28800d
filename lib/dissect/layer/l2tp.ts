// L2TP: version 2 (RFC 2661) and 3 (RFC 3931) over UDP, version 3 directly on IP: frames of PPP and of links in a tunnel. Pure.
import { names } from "../coding/names.ts";
import { readShape, type Shape } from "../coding/shape.ts";
import { clip } from "../coding/words.ts";
import type { Layer, Next, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 2661 3.1";
const MESSAGES = names(`
  1 start control connection request (SCCRQ); 2 start control connection reply (SCCRP);
  3 start control connection connected (SCCCN); 4 stop control connection (StopCCN); 6 hello (HELLO);
  7 outgoing call request (OCRQ); 8 outgoing call reply (OCRP); 9 outgoing call connected (OCCN);
  10 incoming call request (ICRQ); 11 incoming call reply (ICRP); 12 incoming call connected (ICCN);
  14 call disconnect (CDN); 15 WAN error (WEN); 16 set link info (SLI); 20 explicit acknowledgement (ACK)
`);
const u16 = (name: string): Shape => [[name, "u16"]];
const u32 = (name: string): Shape => [[name, "u32"]];
const text = (name: string): Shape => [[name, "text"]];
const octets = (name: string): Shape => [[name, "rest"]];
const capabilities = (name: string, first: string, second: string): Shape => [[name, 4, [
  ["Reserved", 0, 30],
  [first, 30, 1],
  [second, 31, 1],
]]];
const RESULTS: Readonly<Record<number, string>> = {
  0: "no general error",
  1: "no control connection",
  2: "length is wrong",
  3: "a value is out of range",
  4: "insufficient resources",
  5: "invalid session ID",
  6: "vendor specific error",
  7: "try another",
  8: "unknown mandatory attribute",
};

/** Attribute: name and what its value is. */
const ATTRIBUTES: Readonly<Record<number, readonly [name: string, shape: Shape]>> = {
  0: ["Message type", [["Message type", "u16", MESSAGES]]],
  1: ["Result code", (tree) => {
    const ref = "RFC 2661 4.4.2";
    const result = tree.u16("Result code", ref);
    const error = tree.remaining >= 2 ? tree.u16("Error code", ref, RESULTS) : 0;
    const message = tree.remaining > 0 ? `, "${tree.text("Error message", tree.remaining, ref)}"` : "";
    return `result ${result}, ${RESULTS[error] ?? `error ${error}`}${message}`;
  }],
  2: ["Protocol version", [["Version", "u8"], ["Revision", "u8"]]],
  3: ["Framing capabilities", capabilities("Framing capabilities", "Asynchronous", "Synchronous")],
  4: ["Bearer capabilities", capabilities("Bearer capabilities", "Analog", "Digital")],
  5: ["Tie breaker", octets("Tie breaker")],
  6: ["Firmware revision", u16("Firmware revision")],
  7: ["Host name", text("Host name")],
  8: ["Vendor name", text("Vendor name")],
  9: ["Assigned tunnel ID", u16("Assigned tunnel ID")],
  10: ["Receive window size", u16("Receive window size")],
  11: ["Challenge", octets("Challenge")],
  12: ["Q.931 cause code", [["Cause code", "u16"], ["Cause message", "u8"], ["Advisory message", "text"]]],
  13: ["Challenge response", octets("Challenge response")],
  14: ["Assigned session ID", u16("Assigned session ID")],
  15: ["Call serial number", u32("Call serial number")],
  16: ["Minimum bits per second", u32("Bits per second")],
  17: ["Maximum bits per second", u32("Bits per second")],
  18: ["Bearer type", capabilities("Bearer type", "Analog", "Digital")],
  19: ["Framing type", capabilities("Framing type", "Asynchronous", "Synchronous")],
  21: ["Called number", text("Called number")],
  22: ["Calling number", text("Calling number")],
  23: ["Sub-address", text("Sub-address")],
  24: ["Transmit connect speed", u32("Bits per second")],
  25: ["Physical channel ID", u32("Physical channel ID")],
  26: ["Initial received LCP configure request", octets("LCP options")],
  27: ["Last sent LCP configure request", octets("LCP options")],
  28: ["Last received LCP configure request", octets("LCP options")],
  29: ["Proxy authentication type", [["Type", "u16", {
    1: "text exchange",
    2: "CHAP",
    3: "PAP",
    4: "none",
    5: "MS-CHAP",
  }]]],
  30: ["Proxy authentication name", text("Name")],
  31: ["Proxy authentication challenge", octets("Challenge")],
  32: ["Proxy authentication ID", [["Reserved", "u8"], ["ID", "u8"]]],
  33: ["Proxy authentication response", octets("Response")],
  34: ["Call errors", [
    ["Reserved", "u16"],
    ["CRC errors", "u32"],
    ["Framing errors", "u32"],
    ["Hardware overruns", "u32"],
    ["Buffer overruns", "u32"],
    ["Time-out errors", "u32"],
    ["Alignment errors", "u32"],
  ]],
  35: ["ACCM", [["Reserved", "u16"], ["Send ACCM", "u32"], ["Receive ACCM", "u32"]]],
  36: ["Random vector", octets("Random vector")],
  37: ["Private group ID", text("Private group ID")],
  38: ["Receive connect speed", u32("Bits per second")],
  39: ["Sequencing required", []],
  46: ["PPP disconnect cause", [["Disconnect code", "u16"], ["Control protocol", "u16"], ["Direction", "u8", {
    0: "global",
    1: "by the peer",
    2: "by this side",
  }], ["Message", "text"]]],
  58: ["Extended vendor ID", octets("Extended vendor ID")],
  59: ["Message digest", octets("Digest")],
  60: ["Router ID", [["Router ID", "ip4"]]],
  61: ["Assigned control connection ID", u32("Control connection ID")],
  62: ["Pseudowire capabilities", octets("Pseudowire types")],
  63: ["Local session ID", u32("Session ID")],
  64: ["Remote session ID", u32("Session ID")],
  65: ["Assigned cookie", octets("Cookie")],
  66: ["Remote end ID", text("Remote end ID")],
  68: ["Pseudowire type", [["Pseudowire type", "u16", { 4: "Ethernet tagged", 5: "Ethernet", 7: "PPP", 11: "IP" }]]],
  69: ["L2-specific sublayer", u16("Sublayer")],
  70: ["Data sequencing", u16("Sequencing")],
  71: ["Circuit status", [["Status", 2, [["Reserved", 0, 14], ["New", 14, 1], ["Active", 15, 1]]]]],
  72: ["Preferred language", text("Language")],
  73: ["Control message nonce", octets("Nonce")],
  74: ["Transmit connect speed", [["Bits per second", "u64"]]],
  75: ["Receive connect speed", [["Bits per second", "u64"]]],
};

/** Where the value of an attribute is defined. */
function definition(vendor: number, type: number): string {
  if (vendor !== 0) return "RFC 2661 4.1";
  return type >= 58 ? "RFC 3931 5.4" : type === 46 ? "RFC 3145 2" : "RFC 2661 4.4";
}

/** Attribute value pairs up to the end; gives the type of the message. */
function attributes(tree: Tree): number | undefined {
  const ref = "RFC 2661 4.1";
  let message: number | undefined;
  while (tree.remaining >= 6) {
    const type = (tree.reader.peek(4) ?? 0) * 256 + (tree.reader.peek(5) ?? 0);
    const vendor = (tree.reader.peek(2) ?? 0) * 256 + (tree.reader.peek(3) ?? 0);
    const [name, shape] = (vendor === 0 ? ATTRIBUTES[type] : undefined) ?? [`Attribute ${type}`, octets("Value")];
    tree.group(name, (group) => {
      const word = tree.flags("Flags and length", 2, [
        ["Mandatory", 0, 1],
        ["Hidden", 1, 1],
        ["Reserved", 2, 4],
        ["Length", 6, 10],
      ], ref);
      tree.u16("Vendor", ref, { 0: "IETF", 9: "Cisco" });
      tree.u16("Attribute type", ref, () => name);
      tree.within(name, Math.max(0, (word & 0x3ff) - 6), (part) => {
        if ((word & 0x4000) !== 0) return void part.rest("Value", ref, "hidden");
        if (type === 0 && vendor === 0) message = (part.reader.peek() ?? 0) * 256 + (part.reader.peek(1) ?? 0);
        const words = readShape(part, group, shape, definition(vendor, type));
        if (words !== undefined && words !== "") group.meaning = clip(words);
      });
    }, { ref });
  }
  return message;
}

function control(tree: Tree, packet: PacketState, name: string): undefined {
  const type = attributes(tree);
  packet.summary = `${name} ${type === undefined ? "acknowledgement" : MESSAGES[type] ?? `message ${type}`}`;
  return undefined;
}

/** Version 3 in UDP and on IP looks the same behind its first word. */
function version3(tree: Tree, packet: PacketState, ref: string): Next {
  const session = tree.u32("Session ID", ref);
  packet.summary = `L2TPv3 session ${session}`;
  // Cookie and sublayer are agreed on beforehand: Ethernet shows itself by its EtherType.
  const { bytes, offset, end } = tree.reader;
  for (const skip of [0, 4, 8, 12]) {
    const at = offset + skip + 12;
    const type = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (at + 2 > end || ![0x0800, 0x0806, 0x86dd, 0x8100].includes(type)) continue;
    if (skip > 0) tree.bytes("Cookie and sublayer", skip, "RFC 3931 4.1");
    return { layer: "ethernet", length: tree.remaining };
  }
  return { layer: "data", length: tree.remaining };
}

export const L2TP: Layer = {
  name: "l2tp",
  title: "L2TP",
  ref: "RFC 2661",
  dissect(tree, packet): Next | undefined {
    const flags = tree.flags("Flags and version", 2, [
      ["Control message", 0, 1],
      ["Length present", 1, 1],
      ["Reserved", 2, 2],
      ["Sequence present", 4, 1],
      ["Reserved", 5, 1],
      ["Offset present", 6, 1],
      ["Priority", 7, 1],
      ["Reserved", 8, 4],
      ["Version", 12, 4],
    ], REF);
    const version = flags & 15;
    if (version === 3) {
      if ((flags & 0x8000) === 0) {
        tree.u16("Reserved", "RFC 3931 4.1.2.1");
        return version3(tree, packet, "RFC 3931 4.1.2.1");
      }
      tree.u16("Length", "RFC 3931 3.2.1");
      tree.u32("Control connection ID", "RFC 3931 3.2.1");
      tree.u16("Sequence number sent", "RFC 3931 3.2.1");
      tree.u16("Sequence number expected", "RFC 3931 3.2.1");
      return control(tree, packet, "L2TPv3");
    }
    if ((flags & 0x4000) !== 0) tree.u16("Length", REF);
    const tunnel = tree.u16("Tunnel ID", REF), session = tree.u16("Session ID", REF);
    if ((flags & 0x0800) !== 0) {
      tree.u16("Sequence number sent", REF);
      tree.u16("Sequence number expected", REF);
    }
    if ((flags & 0x0200) !== 0) {
      const size = tree.u16("Offset size", REF);
      if (size > 0) tree.bytes("Offset padding", size, REF);
    }
    if ((flags & 0x8000) !== 0) return control(tree, packet, `L2TP tunnel ${tunnel},`);
    packet.summary = `L2TP tunnel ${tunnel}, session ${session}`;
    return { layer: "ppp", length: tree.remaining };
  },
};

/** On IP a session of 0 means a control message. */
export const L2TP_IP: Layer = {
  name: "l2tp-ip",
  title: "L2TPv3 over IP",
  ref: "RFC 3931 4.1.1",
  dissect(tree, packet): Next | undefined {
    const ref = "RFC 3931 4.1.1.1";
    const { reader } = tree;
    const zero = [0, 1, 2, 3].every((at) => reader.peek(at) === 0);
    if (!zero) return version3(tree, packet, ref);
    tree.u32("Session ID", ref, () => "0: a control message");
    tree.flags("Flags and version", 2, [
      ["Control message", 0, 1],
      ["Length present", 1, 1],
      ["Reserved", 2, 2],
      ["Sequence present", 4, 1],
      ["Reserved", 5, 7],
      ["Version", 12, 4],
    ], "RFC 3931 3.2.1");
    tree.u16("Length", "RFC 3931 3.2.1");
    tree.u32("Control connection ID", "RFC 3931 3.2.1");
    tree.u16("Sequence number sent", "RFC 3931 3.2.1");
    tree.u16("Sequence number expected", "RFC 3931 3.2.1");
    return control(tree, packet, "L2TPv3");
  },
};
