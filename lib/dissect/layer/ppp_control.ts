// The control protocols of PPP: of the link (LCP, RFC 1661), of networks (IPCP RFC 1332, IPv6CP RFC 5072 …), of compression
// (CCP, RFC 1962), and who speaks (PAP RFC 1334, CHAP RFC 1994, EAP RFC 3748). To add one: a line, and its options. Pure.
import { names } from "../coding/names.ts";
import { eapPacket } from "../security/eap.ts";
import { hex } from "../../base/hex.ts";
import { readTlvs, type TlvForm, type TlvTable } from "../coding/shape.ts";
import { clip, counted, milliseconds } from "../coding/words.ts";
import type { Tree } from "../tree.ts";

const CODES = names(`
  0 vendor specific; 1 configure request; 2 configure ack; 3 configure nak; 4 configure reject; 5 terminate request;
  6 terminate ack; 7 code reject; 8 protocol reject; 9 echo request; 10 echo reply; 11 discard request;
  12 identification; 13 time remaining; 14 reset request; 15 reset ack
`);
const FORM: TlvForm = { type: 1, length: 1, whole: true, called: "Option" };

const authentication = (value: number) => CONTROL_PROTOCOLS[value]?.[0] ?? "unknown";
const LCP: TlvTable = {
  1: ["Maximum receive unit", [["Maximum receive unit", "u16"]], "RFC 1661 6.1"],
  2: [
    "Async control character map",
    [["Map", "u32", (map) => `0x${map.toString(16).padStart(8, "0")}`]],
    "RFC 1662 7.1",
  ],
  3: ["Authentication protocol", (tree) => {
    const protocol = tree.u16("Protocol", "RFC 1661 6.2", authentication);
    let words = authentication(protocol);
    if (protocol === 0xc223 && tree.remaining > 0) {
      tree.u8("Algorithm", "RFC 1994 3", { 5: "MD5", 128: "MS-CHAP", 129: "MS-CHAP version 2" });
      words += ` with ${tree.last.meaning}`;
    }
    return words;
  }, "RFC 1661 6.2"],
  4: ["Quality protocol", [["Protocol", "u16", authentication], [
    "Reporting period",
    "u32",
    (v) => counted(v / 100, "second"),
  ]], "RFC 1989 2.5"],
  5: ["Magic number", [["Magic number", "u32", (word) => `0x${word.toString(16).padStart(8, "0")}`]], "RFC 1661 6.4"],
  7: ["Protocol field compression", [], "RFC 1661 6.5"],
  8: ["Address and control field compression", [], "RFC 1661 6.6"],
  9: ["Frame check sequence alternatives", [["Kinds", "u8"]], "RFC 1570 2.1"],
  10: ["Self-describing padding", [["Maximum", "u8"]], "RFC 1570 2.2"],
  11: ["Numbered mode", undefined, "RFC 1663 4"],
  13: ["Callback", [["Operation", "u8"], ["Message", "rest"]], "RFC 1570 2.3"],
  17: ["Multilink maximum received reconstructed unit", [["Size", "u16"]], "RFC 1990 5.1.1"],
  18: ["Multilink short sequence numbers", [], "RFC 1990 5.1.2"],
  19: ["Multilink endpoint discriminator", [["Class", "u8", {
    0: "null",
    1: "locally assigned",
    2: "IP address",
    3: "MAC address",
    4: "magic numbers",
    5: "directory number",
  }], ["Address", "rest"]], "RFC 1990 5.1.3"],
  23: ["Link discriminator", [["Discriminator", "u16"]], "RFC 2125 2.1"],
};
const IPCP: TlvTable = {
  1: ["IP addresses (deprecated)", [["Source", "ip4"], ["Destination", "ip4"]], "RFC 1332 3.1"],
  2: ["IP compression protocol", [["Protocol", "u16", { 0x002d: "Van Jacobson", 0x0061: "IP header compression" }], [
    "Parameters",
    "rest",
  ]], "RFC 1332 3.2"],
  3: ["IP address", [["Address", "ip4"]], "RFC 1332 3.3"],
  4: ["Mobile IPv4", [["Home address", "ip4"]], "RFC 2290 2.1"],
  129: ["Primary DNS server", [["Address", "ip4"]], "RFC 1877 1.1"],
  130: ["Primary NBNS server", [["Address", "ip4"]], "RFC 1877 1.2"],
  131: ["Secondary DNS server", [["Address", "ip4"]], "RFC 1877 1.3"],
  132: ["Secondary NBNS server", [["Address", "ip4"]], "RFC 1877 1.4"],
};
const IPV6CP: TlvTable = {
  1: [
    "Interface identifier",
    (tree) => hex(tree.bytes("Interface identifier", Math.min(8, Math.max(1, tree.remaining)), "RFC 5072 4.1"), ":"),
    "RFC 5072 4.1",
  ],
  2: ["IPv6 compression protocol", [["Protocol", "u16"], ["Parameters", "rest"]], "RFC 5172 2.1"],
};
const CCP: TlvTable = {
  0: ["Organization's own", undefined, "RFC 1962 4.1"],
  1: ["Predictor type 1", [], "RFC 1978 4"],
  2: ["Predictor type 2", [], "RFC 1978 4"],
  17: ["Stac LZS", [["Histories", "u16"], ["Check mode", "u8"]], "RFC 1974 4"],
  18: ["MPPC and MPPE", [["Supported bits", 4, [
    ["Reserved", 0, 7],
    ["Stateless mode", 7, 1],
    ["Reserved", 8, 16],
    ["56-bit encryption", 24, 1],
    ["128-bit encryption", 25, 1],
    ["40-bit encryption", 26, 1],
    ["Obsolete", 27, 1],
    ["Reserved", 28, 3],
    ["Compression", 31, 1],
  ]]], "RFC 3078 2"],
  21: ["BSD compress", [["Version and size", 1, [["Version", 0, 3], ["Dictionary bits", 3, 5]]]], "RFC 1977 3"],
  24: ["Deflate (draft)", [["Window and method", "u8"], ["Check", "u8"]], "RFC 1979 3"],
  26: ["Deflate", [["Window and method", 1, [["Window", 0, 4], ["Method", 4, 4]]], ["Check", 1, [["Reserved", 0, 6], [
    "Check",
    6,
    2,
  ]]]], "RFC 1979 3"],
};
const NONE: TlvTable = {};

/** Number: name, where its format is defined, its options (none: the codes are its own). */
export const CONTROL_PROTOCOLS: Readonly<Record<number, readonly [name: string, ref: string, options?: TlvTable]>> = {
  0x8021: ["IP control", "RFC 1332 2", IPCP],
  0x8023: ["OSI control", "RFC 1377", NONE],
  0x8029: ["AppleTalk control", "RFC 1378", NONE],
  0x802b: ["IPX control", "RFC 1552", NONE],
  0x8031: ["bridging control", "RFC 3518", NONE],
  0x803f: ["NetBIOS control", "RFC 2097", NONE],
  0x8053: ["encryption control", "RFC 1968", NONE],
  0x8057: ["IPv6 control", "RFC 5072 3", IPV6CP],
  0x80fb: ["link compression control", "RFC 1962 2", CCP],
  0x80fd: ["compression control", "RFC 1962 2", CCP],
  0x8281: ["MPLS control", "RFC 3032 4.2", NONE],
  0xc021: ["link control", "RFC 1661 5", LCP],
  0xc023: ["password authentication", "RFC 1334 2.2"],
  0xc025: ["link quality report", "RFC 1989 2.6"],
  0xc02b: ["bandwidth allocation control", "RFC 2125 3", NONE],
  0xc02d: ["bandwidth allocation", "RFC 2125 5.5"],
  0xc223: ["challenge handshake authentication", "RFC 1994 4"],
  0xc227: ["EAP", "RFC 3748 3"],
};
const PAP: Readonly<Record<number, string>> = {
  1: "authenticate request",
  2: "authenticate ack",
  3: "authenticate nak",
};
const CHAP: Readonly<Record<number, string>> = { 1: "challenge", 2: "response", 3: "success", 4: "failure" };

function pap(tree: Tree, code: number, ref: string): string {
  if (code === 1) {
    const length = tree.u8("User length", ref);
    const user = length === 0 ? "" : tree.text("User", length, ref);
    const octets = tree.u8("Password length", ref);
    if (octets > 0) {
      tree.text("Password", octets, ref, () => "password in clear");
      tree.last.secret = true;
    }
    return ` "${clip(user)}", password in clear`;
  }
  if (tree.remaining === 0) return "";
  const size = tree.u8("Message length", ref);
  return size === 0 ? "" : ` "${clip(tree.text("Message", Math.min(size, tree.remaining), ref))}"`;
}

function chap(tree: Tree, code: number, ref: string): string {
  if (code >= 3) return tree.remaining === 0 ? "" : ` "${clip(tree.text("Message", tree.remaining, ref))}"`;
  const size = tree.u8("Value size", ref);
  if (size > 0) tree.bytes(code === 1 ? "Challenge" : "Response", size, ref);
  return tree.remaining === 0 ? "" : ` by "${clip(tree.text("Name", tree.remaining, ref))}"`;
}

function quality(tree: Tree): string {
  const ref = "RFC 1989 2.6";
  const names = [
    "Last out LQRs",
    "Last out packets",
    "Last out octets",
    "Peer in LQRs",
    "Peer in packets",
    "Peer in discards",
    "Peer in errors",
    "Peer in octets",
    "Peer out LQRs",
    "Peer out packets",
    "Peer out octets",
  ];
  tree.u32("Magic number", ref);
  for (const name of names) tree.u32(name, ref);
  tree.rest("Octets", ref);
  return "link quality report";
}

/** What stands behind code, identifier and length in the protocols that negotiate options. */
function negotiate(tree: Tree, code: number, ref: string, table: TlvTable): string {
  if (code >= 1 && code <= 4) {
    const found = readTlvs(tree, FORM, table, ref);
    const words = found.map((one) =>
      one.words === undefined || one.words === "" ? one.name : `${one.name} ${one.words}`
    );
    return words.length === 0 ? "" : `: ${clip(words.join(", "), 120)}`;
  }
  if (code === 8 && tree.remaining >= 2) {
    const protocol = tree.u16("Rejected protocol", ref, (v) => CONTROL_PROTOCOLS[v]?.[0]);
    tree.rest("Rejected information", ref);
    return ` 0x${protocol.toString(16)}`;
  }
  if (code === 7) tree.rest("Rejected packet", ref);
  else if (code >= 9 && code <= 13 && tree.remaining >= 4) {
    tree.u32("Magic number", ref);
    if (code === 12 && tree.remaining > 0) return ` "${clip(tree.text("Message", tree.remaining, "RFC 1570 1.1"))}"`;
    if (code === 13 && tree.remaining >= 4) {
      tree.u32("Seconds remaining", "RFC 1570 1.2", (s) => milliseconds(s * 1000));
    }
  }
  tree.rest("Data", ref);
  return "";
}

/** A packet of a control protocol in the rest of `tree`; gives it in words. */
export function pppControl(tree: Tree, protocol: number): string {
  const [name, ref, options] = CONTROL_PROTOCOLS[protocol]!;
  if (protocol === 0xc227) return eapPacket(tree);
  if (protocol === 0xc025) return quality(tree);
  const codes = protocol === 0xc023 ? PAP : protocol === 0xc223 ? CHAP : protocol === 0xc02d ? {} : CODES;
  const code = tree.u8("Code", ref, codes);
  tree.u8("Identifier", ref);
  const length = tree.u16("Length", ref);
  const words = tree.within("Data", Math.max(0, length - 4), (part) => {
    if (protocol === 0xc023) return pap(part, code, ref);
    if (protocol === 0xc223) return chap(part, code, ref);
    if (options !== undefined) return negotiate(part, code, ref, options);
    part.rest("Data", ref);
    return "";
  }) ?? "";
  return `${name}: ${codes[code] ?? `code ${code}`}${words}`;
}
