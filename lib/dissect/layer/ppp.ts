// PPP (RFC 1661) in HDLC-like framing (RFC 1662) and PPPoE (RFC 2516); the control protocols are in ppp_control.ts. Pure.
import type { Layer, Next, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { CISCO_HDLC } from "./serial.ts";
import { CONTROL_PROTOCOLS, pppControl } from "./ppp_control.ts";
import { clip, decodeText, looksLikeText } from "../coding/words.ts";

/** Protocol: name, and the layer. IANA "PPP DLL Protocol Numbers". */
const PROTOCOLS: Readonly<Record<number, readonly [name: string, layer?: string]>> = {
  0x0021: ["IPv4", "ipv4"],
  0x0023: ["OSI"],
  0x002b: ["IPX"],
  0x002d: ["Van Jacobson compressed TCP"],
  0x002f: ["Van Jacobson uncompressed TCP"],
  0x0031: ["bridging"],
  0x003d: ["multilink"],
  0x0057: ["IPv6", "ipv6"],
  0x0059: ["multiplexing"],
  0x00fb: ["compressed link"],
  0x00fd: ["compressed"],
  0x0281: ["MPLS", "mpls"],
  0x0283: ["MPLS multicast", "mpls"],
};
const protocolName = (protocol: number) => PROTOCOLS[protocol]?.[0] ?? CONTROL_PROTOCOLS[protocol]?.[0] ?? "unknown";

/** The protocol number (one or two octets) and what follows. */
function protocolField(tree: Tree, packet: PacketState): Next | undefined {
  const short = ((tree.reader.peek() ?? 0) & 1) === 1;
  const protocol = short
    ? tree.u8("PPP protocol", "RFC 1661 2", protocolName)
    : tree.u16("PPP protocol", "RFC 1661 2", protocolName);
  packet.summary = PROTOCOLS[protocol]?.[0] ?? CONTROL_PROTOCOLS[protocol]?.[0] ?? `protocol ${protocol}`;
  if (CONTROL_PROTOCOLS[protocol] !== undefined) {
    packet.summary = pppControl(tree, protocol);
    return undefined;
  }
  if (protocol === 0x003d) {
    const flags = tree.flags(
      "Fragment",
      4,
      [["Begins", 0, 1], ["Ends", 1, 1], ["Reserved", 2, 6], ["Sequence", 8, 24]],
      "RFC 1990 3",
    );
    packet.summary += ` fragment ${flags & 0xffffff}`;
    if (flags >>> 30 === 3) return { layer: "ppp-bare", length: tree.remaining };
  }
  return { layer: PROTOCOLS[protocol]?.[1] ?? "data", length: tree.remaining };
}

export const PPP: Layer = {
  name: "ppp",
  title: "PPP",
  ref: "RFC 1661",
  dissect(tree, packet) {
    const first = tree.reader.peek();
    // A line of PPP may speak Cisco's HDLC.
    if ((first === 0x0f || first === 0x8f) && tree.reader.peek(1) === 0) return CISCO_HDLC.dissect(tree, packet);
    if (first === 0xff || first === 0x0f || first === 0x8f) {
      tree.u8("Address", "RFC 1662 3.1", { 0xff: "all stations", 0x0f: "unicast (Cisco)", 0x8f: "multicast (Cisco)" });
      tree.u8("Control", "RFC 1662 3.1", { 3: "unnumbered information", 0: "Cisco HDLC" });
    }
    return protocolField(tree, packet);
  },
};

/** PPP without address and control, as in PPPoE. */
export const PPP_BARE: Layer = { name: "ppp-bare", title: "PPP", ref: "RFC 1661", dissect: protocolField };

const CODES: Readonly<Record<number, string>> = {
  0: "session data",
  0x07: "offer (PADO)",
  0x09: "initiation (PADI)",
  0x0a: "session grant (PADG)",
  0x0b: "session credit (PADC)",
  0x0c: "quality (PADQ)",
  0x19: "request (PADR)",
  0x65: "confirmation (PADS)",
  0xa7: "terminate (PADT)",
  0xd3: "message (PADM)",
  0xd4: "network (PADN)",
};
/** Tag: name, and where it is defined. Values are text where they look like it. */
const TAGS: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0x0000: ["End of list", "RFC 2516 A"],
  0x0101: ["Service name", "RFC 2516 A"],
  0x0102: ["Concentrator name", "RFC 2516 A"],
  0x0103: ["Host's own mark", "RFC 2516 A"],
  0x0104: ["Cookie", "RFC 2516 A"],
  0x0105: ["Vendor specific", "RFC 2516 A"],
  0x0106: ["Credits", "RFC 5578 3.1.1"],
  0x0107: ["Metrics", "RFC 5578 3.1.2"],
  0x0108: ["Sequence number", "RFC 5578 3.1.3"],
  0x0109: ["Credit scale factor", "RFC 5578 3.1.4"],
  0x0110: ["Relay session", "RFC 2516 A"],
  0x0120: ["PPP maximum payload", "RFC 4638 4"],
  0x0201: ["Error in service name", "RFC 2516 A"],
  0x0202: ["Error in concentrator", "RFC 2516 A"],
  0x0203: ["Generic error", "RFC 2516 A"],
};

function tag(tree: Tree): string | undefined {
  const type = (tree.reader.peek() ?? 0) * 256 + (tree.reader.peek(1) ?? 0);
  const [name, ref] = TAGS[type] ?? [`Tag ${type}`, "RFC 2516 4"];
  return tree.group(name, (group) => {
    tree.u16("Type", "RFC 2516 4", () => TAGS[type] === undefined ? "unknown" : name);
    const length = tree.u16("Length", "RFC 2516 4");
    return tree.within(name, length, (part) => {
      if (length === 0) return undefined;
      if (type === 0x0120 && length === 2) group.meaning = String(part.u16("Maximum payload", ref));
      else {
        if (type === 0x0105 && length >= 4) part.u32("Vendor", ref);
        const { bytes, offset, end } = part.reader;
        const octets = bytes.subarray(offset, end);
        const text = (type < 0x0103 || type > 0x0200) && looksLikeText(octets);
        if (text) group.meaning = clip(part.text("Value", octets.length, ref));
        else part.rest("Value", ref);
        if (type === 0x0102 || type > 0x0200) return clip(decodeText(octets), 60);
      }
      return undefined;
    });
  }, { ref });
}

export const PPPOE: Layer = {
  name: "pppoe",
  title: "PPPoE",
  ref: "RFC 2516",
  dissect(tree, packet) {
    tree.flags("Version and type", 1, [["Version", 0, 4], ["Type", 4, 4]], "RFC 2516 4");
    const code = tree.u8("Code", "RFC 2516 4", CODES);
    const session = tree.u16("Session", "RFC 2516 4");
    const length = tree.u16("Length", "RFC 2516 4");
    packet.summary = code === 0 ? `session ${session}` : `discovery ${CODES[code] ?? `code ${code}`}`;
    if (code === 0) return { layer: "ppp-bare", length };
    if (session !== 0) packet.summary += `, session ${session}`;
    tree.part("Tags", length, (tags) => {
      while (tags.remaining > 0) {
        const words = tag(tags);
        if (words !== undefined) packet.summary += `, ${words}`;
      }
    }, "RFC 2516 4");
    return undefined;
  },
};
