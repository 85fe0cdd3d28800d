// NHRP (RFC 2332): which address of the network below leads to an address, as DMVPN asks its hub over GRE. Pure.
import { etherTypeName } from "../coding/numbers.ts";
import { readTlvs, type TlvForm, type TlvTable } from "../coding/shape.ts";
import { seconds } from "../coding/words.ts";
import type { Layer } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";

const FIXED = "RFC 2332 5.1", MANDATORY = "RFC 2332 5.2.0.1";
const TYPES: Readonly<Record<number, string>> = {
  1: "resolution request",
  2: "resolution reply",
  3: "registration request",
  4: "registration reply",
  5: "purge request",
  6: "purge reply",
  7: "error indication",
  8: "traffic indication",
};
const CODES: Readonly<Record<number, string>> = {
  0: "success",
  4: "prohibited",
  5: "no resources",
  12: "no binding exists",
  13: "binding exists, not unique",
  14: "not unique",
};
const ERRORS: Readonly<Record<number, string>> = {
  1: "unrecognized extension",
  3: "loop detected",
  6: "protocol address unreachable",
  7: "protocol error",
  8: "packet too large",
  9: "invalid extension",
  10: "invalid resolution reply",
  11: "authentication failed",
  15: "hop count exceeded",
};
const FAMILIES: Readonly<Record<number, string>> = { 1: "IPv4", 2: "IPv6", 6: "802" };

/** Cisco's own bit. */
const TRANSLATION: BitRow = ["Behind translation", 15, 1];
/** By request and reply together: resolution, registration, purge (RFC 2332 5.2.1 to 5.2.5). */
const FLAGS: Readonly<Record<number, readonly BitRow[]>> = {
  1: [
    ["Router", 0, 1],
    ["Authoritative", 1, 1],
    ["Destination stable", 2, 1],
    ["Unique", 3, 1],
    ["Source stable", 4, 1],
    ["Reserved", 5, 10],
    TRANSLATION,
  ],
  2: [["Unique", 0, 1], ["Reserved", 1, 14], TRANSLATION],
  3: [["No reply wanted", 0, 1], ["Reserved", 1, 14], TRANSLATION],
};

/** An address as long as the header said. */
function address(tree: Tree, name: string, octets: number, ref: string): string {
  if (octets === 0) return "";
  return octets === 4 || octets === 16 ? tree.ip(name, octets, ref) : tree.mac(name, ref, undefined, octets);
}

const FORM: TlvForm = {
  type: 2,
  length: 2,
  called: "Extension",
  mask: 0x3fff,
  bits: [["Compulsory", 0, 1], ["Reserved", 1, 1], ["Type", 2, 14]],
};
const password = (tree: Tree): undefined => {
  tree.u16("Reserved", "RFC 2332 5.3.4.1");
  const kind = tree.u16("Security parameter index", "RFC 2332 5.3.4.1", { 1: "password in clear (Cisco)" });
  if (tree.remaining > 0) tree.text("Authentication", tree.remaining, "RFC 2332 5.3.4.1");
  if (kind === 1) tree.last.secret = true;
  return undefined;
};
const EXTENSIONS: TlvTable = {
  0: ["End of the extensions"],
  3: ["Responder address", (tree) => clientEntry(tree), "RFC 2332 5.3.1"],
  4: ["Forward transit servers", (tree) => entries(tree).join(", "), "RFC 2332 5.3.2"],
  5: ["Reverse transit servers", (tree) => entries(tree).join(", "), "RFC 2332 5.3.3"],
  7: ["Authentication", password, "RFC 2332 5.3.4.1"],
  8: ["Vendor's own", undefined, "RFC 2332 5.3.5"],
  9: ["Address behind translation", (tree) => entries(tree).join(", "), "Cisco NHRP"],
};

const entries = (tree: Tree): string[] => {
  const found: string[] = [];
  while (tree.remaining >= 12) found.push(clientEntry(tree));
  return found;
};

/** Who leads to whom: `198.51.100.1 by 10.0.0.1`. */
function clientEntry(tree: Tree): string {
  return tree.group("Client", (group) => {
    const code = tree.u8("Code", MANDATORY, CODES);
    tree.u8("Prefix length", MANDATORY, (bits) => bits === 255 ? "this address alone" : undefined);
    tree.u16("Unused", MANDATORY);
    tree.u16("MTU", MANDATORY, (octets) => octets === 0 ? "not said" : undefined);
    tree.u16("Holding time", MANDATORY, seconds);
    const own = tree.u8("Client NBMA address type and length", MANDATORY) & 63,
      sub = tree.u8("Client NBMA subaddress type and length", MANDATORY) & 63;
    const protocol = tree.u8("Client protocol address length", MANDATORY);
    tree.u8("Preference", MANDATORY);
    const below = address(tree, "Client NBMA address", own, MANDATORY);
    if (sub > 0) tree.bytes("Client NBMA subaddress", sub, MANDATORY);
    const above = address(tree, "Client protocol address", protocol, MANDATORY);
    const said = [above, below === "" ? "" : `by ${below}`, code === 0 ? "" : `(${CODES[code] ?? `code ${code}`})`];
    return group.meaning = said.filter((word) => word !== "").join(" ");
  }, { ref: MANDATORY });
}

export const NHRP: Layer = {
  name: "nhrp",
  title: "NHRP",
  ref: "RFC 2332",
  dissect(tree, packet) {
    const start = tree.offset;
    tree.u16("Address family", FIXED, FAMILIES);
    tree.u16("Protocol type", FIXED, etherTypeName);
    tree.bytes("Protocol SNAP", 5, FIXED);
    tree.u8("Hop count", FIXED);
    const size = tree.u16("Packet size", FIXED);
    tree.u16("Checksum", FIXED);
    const extensions = tree.u16("Extensions offset", FIXED, (at) => at === 0 ? "no extensions" : undefined);
    tree.u8("Version", FIXED, { 1: "NHRP" });
    const type = tree.u8("Type", FIXED, TYPES);
    const own = tree.u8("Source NBMA address type and length", FIXED) & 63,
      sub = tree.u8("Source NBMA subaddress type and length", FIXED) & 63;
    packet.summary = `NHRP ${TYPES[type] ?? `type ${type}`}`;
    const from = tree.u8("Source protocol address length", MANDATORY),
      to = tree.u8("Destination protocol address length", MANDATORY);
    if (type === 7) {
      tree.u16("Unused", "RFC 2332 5.2.7");
      packet.summary += `: ${ERRORS[tree.u16("Error code", "RFC 2332 5.2.7", ERRORS)] ?? "unknown"}`;
      tree.u16("Error offset", "RFC 2332 5.2.7");
    } else {
      tree.flags("Flags", 2, FLAGS[(type + 1) >> 1] ?? [["Flags", 0, 16]], MANDATORY);
      const id = tree.u32("Request ID", MANDATORY, () => "the reply repeats it");
      if (type < 7) packet.pair = { key: `nhrp ${id} ${(type + 1) >> 1}`, answer: type % 2 === 0 };
    }
    address(tree, "Source NBMA address", own, MANDATORY);
    if (sub > 0) tree.bytes("Source NBMA subaddress", sub, MANDATORY);
    const source = address(tree, "Source protocol address", from, MANDATORY);
    const target = address(tree, "Destination protocol address", to, MANDATORY);
    packet.summary += ` ${source} > ${target}`;
    const end = extensions === 0 ? size : extensions;
    const left = Math.max(0, Math.min(end - (tree.offset - start), tree.remaining));
    if (left > 0) {
      const said = tree.within("Clients", left, (part) => {
        const found = type === 7 || type === 8 ? [] : entries(part);
        part.rest(type === 7 || type === 8 ? "Packet that it is about" : "Octets", MANDATORY);
        return found;
      }) ?? [];
      if (said.some((words) => words !== "")) packet.summary += `: ${said.join(", ")}`;
    }
    if (extensions > 0 && tree.remaining > 0) {
      const rest = Math.max(0, Math.min(size - (tree.offset - start), tree.remaining));
      if (rest > 0) {
        tree.part("Extensions", rest, (part) => void readTlvs(part, FORM, EXTENSIONS, "RFC 2332 5.3"), "RFC 2332 5.3");
      }
    }
    if (tree.remaining > 0) tree.rest("Octets after the packet", FIXED);
    return undefined;
  },
};
