// PPP (RFC 1661) in HDLC-like framing (RFC 1662), PPPoE (RFC 2516), with LCP, IPCP, PAP and CHAP. Pure.
import type { Layer, Next, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../coding/words.ts";

const PROTOCOLS: Record<number, string> = {
  0x0021: "IPv4",
  0x0057: "IPv6",
  0x0281: "MPLS",
  0x8021: "IP control",
  0x8057: "IPv6 control",
  0x80fd: "compression control",
  0xc021: "link control",
  0xc023: "password authentication",
  0xc025: "link quality report",
  0xc223: "challenge handshake authentication",
};
const CODES: Record<number, string> = {
  1: "configure request",
  2: "configure ack",
  3: "configure nak",
  4: "configure reject",
  5: "terminate request",
  6: "terminate ack",
  7: "code reject",
  8: "protocol reject",
  9: "echo request",
  10: "echo reply",
  11: "discard request",
};
const LCP_OPTIONS: Record<number, string> = {
  1: "maximum receive unit",
  2: "async control character map",
  3: "authentication protocol",
  4: "quality protocol",
  5: "magic number",
  7: "protocol field compression",
  8: "address and control field compression",
};
const IPCP_OPTIONS: Record<number, string> = {
  2: "IP compression protocol",
  3: "IP address",
  129: "primary DNS server",
  130: "primary NBNS server",
  131: "secondary DNS server",
};

/** LCP, IPCP and their like share one packet format (RFC 1661 5). */
function control(tree: Tree, packet: PacketState, protocol: number): void {
  const auth = protocol === 0xc023 || protocol === 0xc223;
  const pap: Record<number, string> = { 1: "authenticate request", 2: "authenticate ack", 3: "authenticate nak" };
  const chap: Record<number, string> = { 1: "challenge", 2: "response", 3: "success", 4: "failure" };
  const codes = protocol === 0xc023 ? pap : protocol === 0xc223 ? chap : CODES;
  const ref = protocol === 0xc023 ? "RFC 1334 2.2" : protocol === 0xc223 ? "RFC 1994 4" : "RFC 1661 5";
  const code = tree.u8("Code", ref, codes);
  tree.u8("Identifier", ref);
  const length = tree.u16("Length", ref);
  packet.summary = `${PROTOCOLS[protocol] ?? "control"}: ${codes[code] ?? `code ${code}`}`;
  tree.within("Data", Math.max(0, length - 4), (part) => {
    if (protocol === 0xc023 && code === 1) {
      part.text("User", part.u8("User length", ref), ref);
      part.text("Password", part.u8("Password length", ref), ref, () => "password in clear");
      part.last.secret = true;
    } else if (!auth && code <= 4) {
      const names = protocol === 0xc021 ? LCP_OPTIONS : protocol === 0x8021 ? IPCP_OPTIONS : {};
      while (part.remaining > 0) {
        part.group(names[part.reader.peek()!] ?? "Option", () => {
          part.u8("Type", ref);
          const octets = part.u8("Length", ref);
          const value = Math.max(0, octets - 2);
          if (protocol === 0x8021 && value === 4 && part.remaining >= 4) part.ip("Address", 4, "RFC 1332 3");
          else if (value > 0) part.bytes("Value", value, ref);
        });
      }
    } else part.rest("Octets", ref);
  });
}

/** The protocol number (one or two octets) and what follows. */
function protocolField(tree: Tree, packet: PacketState): Next | undefined {
  const short = ((tree.reader.peek() ?? 0) & 1) === 1;
  const protocol = short ? tree.u8("Protocol", "RFC 1661 2", PROTOCOLS) : tree.u16("Protocol", "RFC 1661 2", PROTOCOLS);
  packet.summary = PROTOCOLS[protocol] ?? `protocol ${protocol}`;
  if (protocol === 0x0021) return { layer: "ipv4", length: tree.remaining };
  if (protocol === 0x0057) return { layer: "ipv6", length: tree.remaining };
  if (protocol === 0x0281) return { layer: "mpls", length: tree.remaining };
  if (protocol >= 0x8000 && protocol !== 0xc025) {
    control(tree, packet, protocol);
    return undefined;
  }
  return { layer: "data", length: tree.remaining };
}

export const PPP: Layer = {
  name: "ppp",
  title: "PPP",
  ref: "RFC 1661",
  dissect(tree, packet) {
    const first = tree.reader.peek();
    if (first === 0xff || first === 0x0f || first === 0x8f) {
      tree.u8("Address", "RFC 1662 3.1", { 0xff: "all stations", 0x0f: "unicast (Cisco)", 0x8f: "multicast (Cisco)" });
      tree.u8("Control", "RFC 1662 3.1", { 3: "unnumbered information", 0: "Cisco HDLC" });
    }
    return protocolField(tree, packet);
  },
};

/** PPP without address and control, as in GRE and PPPoE. */
export const PPP_BARE: Layer = { name: "ppp-bare", title: "PPP", ref: "RFC 1661", dissect: protocolField };

export const PPPOE: Layer = {
  name: "pppoe",
  title: "PPPoE",
  ref: "RFC 2516",
  dissect(tree, packet) {
    const codes = {
      0: "session data",
      7: "offer",
      9: "initiation",
      0x19: "request",
      0x65: "confirmation",
      0xa7: "terminate",
    };
    tree.flags("Version and type", 1, [["Version", 0, 4], ["Type", 4, 4]], "RFC 2516 4");
    const code = tree.u8("Code", "RFC 2516 4", codes);
    const session = tree.u16("Session", "RFC 2516 4");
    const length = tree.u16("Length", "RFC 2516 4");
    packet.summary = code === 0 ? `session ${session}` : `discovery ${codes[code as 7] ?? code}`;
    if (code === 0) return { layer: "ppp-bare", length };
    const names: Record<number, string> = {
      0x101: "service name",
      0x102: "concentrator name",
      0x103: "host token",
      0x104: "cookie",
      0: "end of list",
    };
    tree.part("Tags", length, (tags) => {
      while (tags.remaining > 0) {
        tags.group("Tag", (group) => {
          const type = tags.u16("Type", "RFC 2516 A", names);
          const octets = tags.u16("Length", "RFC 2516 A");
          if (octets > 0) group.meaning = `${names[type] ?? type}: ${clip(tags.text("Value", octets, "RFC 2516 A"))}`;
        });
      }
    });
    return undefined;
  },
};
