// What ICMP and ICMPv6 append to the packet that they quote (RFC 4884): labels of MPLS (RFC 4950), the interface (RFC 5837),
// which interface is asked for (RFC 8335). Pure.
import { judgeChecksum } from "../coding/checksum.ts";
import type { Tree } from "../tree.ts";
import { hex } from "../../base/hex.ts";

const REF = "RFC 4884 7";
const OBJECT = "RFC 4884 8";
const CLASSES: Readonly<Record<number, string>> = {
  1: "MPLS label stack",
  2: "interface information",
  3: "interface identification",
};

function interfaceAddress(tree: Tree, ref: string): string {
  const family = tree.u16("Address family", ref, { 1: "IPv4", 2: "IPv6", 6: "802 address" });
  if (ref.startsWith("RFC 8335")) tree.u8("Address length", ref);
  else tree.u8("Reserved", ref);
  tree.u8("Reserved", ref);
  const size = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (size === 4 || size === 16) return tree.ip("Address", size, ref);
  return hex(tree.rest("Address", ref), ":");
}

function interfaceInformation(tree: Tree, type: number): string {
  const ref = "RFC 5837 4";
  const words: string[] = [];
  if ((type & 8) !== 0) words.push(`index ${tree.u32("Interface index", ref)}`);
  if ((type & 4) !== 0) words.push(interfaceAddress(tree, ref));
  if ((type & 2) !== 0) {
    const length = tree.u8("Name length", ref);
    if (length > 1) words.push(tree.text("Name", length - 1, ref).replace(/\0+$/, ""));
  }
  if ((type & 1) !== 0) words.push(`MTU ${tree.u32("MTU", ref)}`);
  return words.join(", ");
}

function objectBody(tree: Tree, kind: number, type: number): string | undefined {
  if (kind === 1) {
    const labels: number[] = [];
    while (tree.remaining >= 4) {
      const entry = tree.flags(
        "Label stack entry",
        4,
        [
          ["Label", 0, 20],
          ["Traffic class", 20, 3],
          ["Bottom of stack", 23, 1],
          ["Time to live", 24, 8],
        ],
        "RFC 4950 5",
        "",
      );
      labels.push(entry >>> 12);
    }
    return `labels ${labels.join(", ")}`;
  }
  if (kind === 2) return interfaceInformation(tree, type);
  if (kind === 3) {
    const ref = "RFC 8335 2.1";
    if (type === 1) return tree.text("Interface name", tree.remaining, ref);
    if (type === 2) return `index ${tree.u32("Interface index", ref)}`;
    if (type === 3) return interfaceAddress(tree, ref);
  }
  tree.rest("Data", OBJECT);
  return undefined;
}

/** The extension structure in the rest of `tree`. */
export function icmpExtensions(tree: Tree): void {
  const start = tree.offset;
  tree.flags("Version", 2, [["Version", 0, 4], ["Reserved", 4, 12]], REF, "");
  const sum = tree.u16("Checksum", REF);
  if (sum === 0) tree.last.meaning = "none";
  else judgeChecksum(tree, start, tree.reader.end);
  while (tree.remaining >= 4) {
    tree.group("Object", (group) => {
      const length = tree.u16("Length", OBJECT);
      const kind = tree.u8("Class", OBJECT, CLASSES);
      const role = (type: number) =>
        kind === 1
          ? { 1: "incoming label stack" }[type]
          : kind === 2
          ? ["incoming interface", "sub-IP component", "outgoing interface", "next hop"][type >> 6]
          : kind === 3
          ? { 1: "by name", 2: "by index", 3: "by address" }[type]
          : undefined;
      const type = tree.u8("Type", OBJECT, role);
      const words = tree.within("Object", Math.max(0, length - 4), (part) => {
        const said = objectBody(part, kind, type);
        part.rest("Padding", OBJECT);
        return said;
      });
      group.meaning = [CLASSES[kind] ?? `class ${kind}`, words].filter(Boolean).join(": ");
    }, { ref: OBJECT });
  }
  tree.rest("Octets", REF);
}

/**
 * Octets of the quoted packet: `words` says so, `unit` octets each; without it an extension behind 128 octets shows
 * itself by its header and the length of its first object (RFC 4884 5.5).
 */
export function quotedLength(tree: Tree, words: number, unit: 4 | 8): number {
  const { bytes, offset, end } = tree.reader;
  const left = end - offset;
  if (words > 0) return Math.min(left, words * unit);
  const at = offset + 128;
  if (left < 136 || bytes[at] !== 0x20 || bytes[at + 1] !== 0) return left;
  const first = bytes[at + 4]! * 256 + bytes[at + 5]!;
  if (first >= 4 && first % 4 === 0 && first <= left - 132) return 128;
  return left;
}

/** What an extended echo asks for or says of an interface, behind its number (RFC 8335). */
export function interfaceProbe(tree: Tree, answer: boolean): void {
  if (answer) {
    tree.flags("State", 1, [
      ["State", 0, 3, ["reserved", "incomplete", "reachable", "stale", "delay", "probe", "failed"]],
      ["Reserved", 3, 2],
      ["Active", 5, 1],
      ["IPv4", 6, 1],
      ["IPv6", 7, 1],
    ], "RFC 8335 3");
    return;
  }
  const whose = (local: number) => local === 1 ? "an interface of the node itself" : "of a node beside it";
  tree.flags("Flags", 1, [["Reserved", 0, 7], ["Local", 7, 1, whose]], "RFC 8335 2");
  if (tree.remaining > 0) tree.part("Extensions", tree.remaining, icmpExtensions, REF);
}
