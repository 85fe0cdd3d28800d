// Options of neighbor discovery (RFC 4861 4.6) and of its relatives. To add one: a line in `OPTIONS`. Pure.
import { secondsText } from "../../base/text.ts";
import { readItems, readTlv, type TlvForm, type TlvTable } from "../coding/shape.ts";
import { readPrefix } from "../coding/prefix.ts";
import { clip, counted, milliseconds, octetCount } from "../coding/words.ts";
import type { Tree } from "../tree.ts";

export const seconds = (value: number) => value === 0xffffffff ? "for ever" : secondsText(value);
const REF = "RFC 4861 4.6";
const FORM: TlvForm = { type: 1, length: 1, unit: 8, whole: true, called: "Option" };

const link = (ref: string) => (tree: Tree) => {
  if (tree.remaining === 6) return tree.mac("Address", ref);
  // 64-bit addresses of IEEE 802.15.4 are padded to a multiple of eight octets.
  const size = tree.remaining === 14 ? 8 : tree.remaining;
  return size === 0 ? undefined : tree.mac("Address", ref, undefined, size);
};

const preference = ["medium", "high", "reserved", "low"];

/** A prefix that may be cut after the octets that count; gives it with its length. */
const prefix = (tree: Tree, bits: number, ref: string) =>
  readPrefix(tree, "Prefix", bits, Math.min(16, tree.remaining), 16, ref);

function names(tree: Tree): string {
  const ref = "RFC 8106 5.2";
  tree.u16("Reserved", ref);
  tree.u32("Lifetime", ref, seconds);
  const found: string[] = [];
  while (tree.remaining > 0 && tree.reader.peek() !== 0) {
    tree.group("Domain name", (group) => {
      const labels: string[] = [];
      while (tree.remaining > 0) {
        const length = tree.u8("Label length", ref);
        if (length === 0) break;
        labels.push(tree.text("Label", length, ref));
      }
      group.meaning = clip(labels.join("."));
      found.push(group.meaning);
    }, { ref });
  }
  tree.rest("Padding", ref);
  return found.join(", ");
}

const PREFIX64: Readonly<Record<number, number>> = { 0: 96, 1: 64, 2: 56, 3: 48, 4: 40, 5: 32 };

const OPTIONS: TlvTable = {
  1: ["Source link-layer address", link("RFC 4861 4.6.1"), "RFC 4861 4.6.1"],
  2: ["Target link-layer address", link("RFC 4861 4.6.1"), "RFC 4861 4.6.1"],
  3: ["Prefix information", (tree) => {
    const ref = "RFC 4861 4.6.2";
    const length = tree.u8("Prefix length", ref);
    tree.flags("Flags", 1, [
      ["On-link", 0, 1],
      ["Autonomous", 1, 1, (v) => v === 1 ? "hosts make addresses of it" : "not set"],
      ["Router address", 2, 1],
      ["Reserved", 3, 5],
    ], ref);
    tree.u32("Valid lifetime", ref, seconds);
    tree.u32("Preferred lifetime", ref, seconds);
    tree.u32("Reserved", ref);
    return `${tree.ip("Prefix", 16, ref)}/${length}`;
  }, "RFC 4861 4.6.2"],
  4: ["Redirected header", [["Reserved", 6], ["IP header and data", "rest"]], "RFC 4861 4.6.3"],
  5: ["MTU", (tree) => {
    tree.u16("Reserved", "RFC 4861 4.6.4");
    return String(tree.u32("MTU", "RFC 4861 4.6.4"));
  }, "RFC 4861 4.6.4"],
  7: ["Advertisement interval", [["Reserved", "u16"], ["Interval", "u32", milliseconds]], "RFC 6275 7.3"],
  8: [
    "Home agent information",
    [["Reserved", "u16"], ["Preference", "u16"], ["Lifetime", "u16", seconds]],
    "RFC 6275 7.4",
  ],
  9: ["Source address list", [["Reserved", 6], ["Address", "ip6s"]], "RFC 3122 3.1"],
  10: ["Target address list", [["Reserved", 6], ["Address", "ip6s"]], "RFC 3122 3.1"],
  11: ["CGA", [["Pad length", "u8"], ["Reserved", "u8"], ["Parameters", "rest"]], "RFC 3971 5.1"],
  12: ["RSA signature", [["Reserved", "u16"], ["Key hash", 16], ["Signature", "rest"]], "RFC 3971 5.2"],
  13: ["Timestamp", (tree) => {
    const ref = "RFC 3971 5.3.1";
    tree.bytes("Reserved", 6, ref);
    tree.u64("Timestamp", ref, (value) => {
      const date = new Date(Number(value >> 16n) * 1000 + Number(value & 0xffffn) / 65.536);
      return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace("T", " ");
    });
  }, "RFC 3971 5.3.1"],
  14: ["Nonce", [["Nonce", "rest"]], "RFC 3971 5.3.2"],
  15: [
    "Trust anchor",
    [["Name type", "u8", { 1: "X.501 name", 2: "FQDN" }], ["Pad length", "u8"], ["Name", "rest"]],
    "RFC 3971 6.4.3",
  ],
  16: [
    "Certificate",
    [["Certificate type", "u8", { 1: "X.509" }], ["Reserved", "u8"], ["Certificate", "rest"]],
    "RFC 3971 6.4.4",
  ],
  17: ["IP address or prefix", [
    ["Option code", "u8", { 1: "old care-of address", 2: "new care-of address", 3: "new access router", 4: "prefix" }],
    ["Prefix length", "u8"],
    ["Reserved", "u32"],
    ["Address", "ip6"],
  ], "RFC 5568 6.4.1"],
  19: ["Link-layer address", [["Option code", "u8"], ["Address", "rest"]], "RFC 5568 6.4.3"],
  20: [
    "Neighbor advertisement acknowledgement",
    [["Option code", "u8"], ["Status", "u8"], ["Reserved", "u32"]],
    "RFC 5568 6.4.6",
  ],
  24: ["Route information", (tree) => {
    const ref = "RFC 4191 2.3";
    const length = tree.u8("Prefix length", ref);
    const flags = tree.flags(
      "Flags",
      1,
      [["Reserved", 0, 3], ["Preference", 3, 2, preference], ["Reserved", 5, 3]],
      ref,
      "",
    );
    tree.u32("Route lifetime", ref, seconds);
    return `${prefix(tree, length, ref)}, preference ${preference[flags >> 3 & 3]}`;
  }, "RFC 4191 2.3"],
  25: ["Recursive DNS server", (tree) => {
    const values = readItems(
      tree,
      [["Reserved", "u16"], ["Lifetime", "u32", seconds], ["Server", "ip6s"]],
      "RFC 8106 5.1",
    );
    return String(values[2]);
  }, "RFC 8106 5.1"],
  26: ["Flags extension", [["Flags", 6]], "RFC 5175 4"],
  27: ["Handover key request", [["Pad length", "u8"], ["Algorithm and reserved bits", 1, [
    ["Algorithm", 0, 4],
    ["Reserved", 4, 4],
  ]], ["Key", "rest"]], "RFC 5269 4.1"],
  31: ["DNS search list", names, "RFC 8106 5.2"],
  32: ["Proxy signature", [["Reserved", "u16"], ["Key hash", 16], ["Signature", "rest"]], "RFC 6496 5.1"],
  33: ["Address registration", (tree) => {
    const ref = "RFC 8505 4.1";
    const status = tree.u8("Status", ref, {
      0: "success",
      1: "duplicate address",
      2: "neighbor cache full",
      3: "moved",
      4: "removed",
      5: "validation requested",
      6: "duplicate source address",
      7: "invalid source address",
      8: "address not on the link",
      9: "6LBR registry saturated",
      10: "validation failed",
    });
    tree.u8("Opaque", ref);
    tree.flags("Flags", 1, [["Reserved", 0, 4], ["Instance", 4, 2], ["Routed", 6, 1], ["Transaction", 7, 1]], ref);
    tree.u8("Transaction identifier", ref);
    tree.u16("Registration lifetime", ref, (minutes) => counted(minutes, "minute"));
    tree.mac("Registration owner", ref, undefined, Math.min(8, Math.max(1, tree.remaining)));
    return `status ${status}`;
  }, "RFC 8505 4.1"],
  34: ["6LoWPAN context", (tree) => {
    const ref = "RFC 6775 4.2";
    const length = tree.u8("Context length", ref);
    tree.flags("Flags", 1, [["Reserved", 0, 3], ["Valid for compression", 3, 1], ["Context identifier", 4, 4]], ref);
    tree.u16("Reserved", ref);
    tree.u16("Valid lifetime", ref, (minutes) => counted(minutes, "minute"));
    return prefix(tree, length, ref);
  }, "RFC 6775 4.2"],
  35: ["Authoritative border router", [
    ["Version, low", "u16"],
    ["Version, high", "u16"],
    ["Valid lifetime", "u16", (minutes) => counted(minutes, "minute")],
    ["Address", "ip6"],
  ], "RFC 6775 4.3"],
  36: ["6LoWPAN capability", [["Flags", "u16"], ["Reserved", "u32"]], "RFC 7400 3.3"],
  37: [
    "Captive portal",
    (tree) => tree.text("Address", tree.remaining, "RFC 8910 2.3").replace(/\0+$/, ""),
    "RFC 8910 2.3",
  ],
  38: ["PREF64", (tree) => {
    const ref = "RFC 8781 4";
    const word = tree.flags(
      "Scaled lifetime and prefix length",
      2,
      [
        ["Scaled lifetime", 0, 13, (units) => seconds(units * 8)],
        [
          "Prefix length code",
          13,
          3,
          (code) => PREFIX64[code] === undefined ? "unknown" : counted(PREFIX64[code], "bit"),
        ],
      ],
      ref,
      "",
    );
    return prefix(tree, PREFIX64[word & 7] ?? 0, ref);
  }, "RFC 8781 4"],
  138: ["Candidate access router discovery", [["Value", "rest"]], "RFC 4066 5.1.2.1"],
  253: ["Experiment", undefined, "RFC 4727"],
  254: ["Experiment", undefined, "RFC 4727"],
};

/**
 * Options up to the end, or up to the packet that the last one quotes: then true. One of length 0 ends the list; what it
 * says is noted.
 */
export function ndOptions(tree: Tree): boolean {
  while (tree.remaining > 0) {
    if (tree.reader.peek() === 4 && (tree.reader.peek(1) ?? 0) * 8 === tree.remaining) {
      const ref = "RFC 4861 4.6.3";
      tree.group("Redirected header", () => {
        tree.u8("Type", REF);
        tree.u8("Length", REF, (units) => octetCount(units * 8));
        tree.bytes("Reserved", 6, ref);
      }, { ref, meaning: "the packet follows" });
      return true;
    }
    if (tree.reader.peek(1) === 0) {
      tree.rest("Octets", REF);
      tree.flaw("An option of length 0 ends the list");
      return false;
    }
    readTlv(tree, FORM, OPTIONS, REF);
  }
  return false;
}
