// OSPF version 2 (RFC 2328) and 3 (RFC 5340): header, hello, database description, request, update, acknowledgement. The
// link state advertisements of both are in ospf_lsa.ts and ospf6_lsa.ts. Pure.
//   version (8), type (8), length (16), router (32), area (32), checksum (16), then what the version adds
import { judgeChecksum, onesSum } from "../coding/checksum.ts";
import { type LsaHead, lsaHeader, lsaType3, lsaTypeName, OPTIONS2, OPTIONS3 } from "./ospf_header.ts";
import { lsaBody } from "./ospf_lsa.ts";
import { lsaBody6 } from "./ospf6_lsa.ts";
import { readItems, readTlvs, type TlvForm } from "../coding/shape.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted, seconds } from "../coding/words.ts";

const TYPES: Readonly<Record<number, string>> = {
  1: "hello",
  2: "database description",
  3: "link state request",
  4: "link state update",
  5: "link state acknowledgement",
};

const options = (tree: Tree, version: number) =>
  version === 2
    ? tree.flags("Options", 1, OPTIONS2, "RFC 5250 A.1")
    : tree.flags("Options", 3, OPTIONS3, "RFC 5340 A.2");

function hello(tree: Tree, packet: PacketState, version: number): void {
  const ref = version === 2 ? "RFC 2328 A.3.2" : "RFC 5340 A.3.2";
  if (version === 2) {
    tree.ip("Network mask", 4, ref);
    tree.u16("Hello interval", ref, seconds);
    options(tree, version);
    tree.u8("Router priority", ref);
    tree.u32("Router dead interval", ref, seconds);
  } else {
    tree.u32("Interface ID", ref);
    tree.u8("Router priority", ref);
    options(tree, version);
    tree.u16("Hello interval", ref, seconds);
    tree.u16("Router dead interval", ref, seconds);
  }
  const none = (text: string) => text === "0.0.0.0" ? "none" : undefined;
  const designated = tree.ip("Designated router", 4, ref, none);
  tree.ip("Backup designated router", 4, ref, none);
  const neighbors: string[] = [];
  while (tree.remaining >= 4) neighbors.push(tree.ip("Neighbor", 4, ref));
  packet.summary += `, designated router ${designated === "0.0.0.0" ? "none" : designated}, neighbors ${
    neighbors.length === 0 ? "none" : neighbors.slice(0, 4).join(", ")
  }`;
}

function description(tree: Tree, packet: PacketState, version: number): void {
  const ref = version === 2 ? "RFC 2328 A.3.3" : "RFC 5340 A.3.3";
  if (version === 3) {
    tree.u8("Reserved", ref);
    options(tree, version);
  }
  tree.u16("Interface MTU", ref);
  if (version === 2) options(tree, version);
  else tree.u8("Reserved", ref);
  const flags = tree.flags("Flags", 1, [
    ["Reserved", 0, 4],
    ["R (resynchronize)", 4, 1],
    ["I (the first)", 5, 1],
    ["M (more follow)", 6, 1],
    ["MS (master)", 7, 1],
  ], ref);
  const sequence = tree.u32("DD sequence number", ref);
  let count = 0;
  while (tree.remaining >= 20) {
    lsaHeader(tree, version);
    count++;
  }
  packet.summary += `, ${(flags & 1) === 1 ? "master" : "slave"}, sequence ${sequence}, ${count} LSA headers`;
}

function request(tree: Tree, packet: PacketState, version: number): void {
  const ref = version === 2 ? "RFC 2328 A.3.4" : "RFC 5340 A.3.4";
  const words: string[] = [];
  while (tree.remaining >= 12) {
    tree.group("Request", (group) => {
      if (version === 3) tree.u16("Reserved", ref);
      const type = version === 2
        ? tree.u32("Link state type", ref, (v) => lsaTypeName(2, v))
        : lsaType3(tree, "Link state type");
      const id = tree.ip("Link state ID", 4, ref);
      const router = tree.ip("Advertising router", 4, ref);
      group.meaning = `${lsaTypeName(version, type) ?? `type ${type}`} ${id} of ${router}`;
      words.push(group.meaning);
    }, { ref });
  }
  packet.summary += `: ${words.length <= 2 ? words.join("; ") : counted(words.length, "LSA")}`;
}

/** One whole link state advertisement: its header and its body, as far as its length says. */
function advertisement(tree: Tree, version: number): string {
  const length = Math.max(20, (tree.reader.peek(18) ?? 0) * 256 + (tree.reader.peek(19) ?? 0));
  let words = "";
  tree.part("Link state advertisement", length, (part, group) => {
    const head: LsaHead = lsaHeader(part, version);
    group.meaning = words = head.words;
    const said = version === 2 ? lsaBody(part, head) : lsaBody6(part, head);
    if (said !== undefined && said !== "") group.meaning += `: ${said}`;
    part.rest("Octets", "RFC 2328 A.4");
  }, version === 2 ? "RFC 2328 A.4" : "RFC 5340 A.4");
  return words;
}

function update(tree: Tree, packet: PacketState, version: number): void {
  const count = tree.u32("LSAs", version === 2 ? "RFC 2328 A.3.5" : "RFC 5340 A.3.5");
  const words: string[] = [];
  for (let i = 0; i < count && tree.remaining > 0; i++) words.push(advertisement(tree, version));
  packet.summary += `: ${words.length <= 2 ? words.join("; ") : counted(words.length, "LSA")}`;
}

function acknowledgement(tree: Tree, packet: PacketState, version: number): void {
  const words: string[] = [];
  while (tree.remaining >= 20) words.push(lsaHeader(tree, version).words);
  packet.summary += `: ${words.length <= 2 ? words.join("; ") : counted(words.length, "LSA")}`;
}

const FORM: TlvForm = { type: 2, length: 2, align: 4, called: "TLV" };

/** Link-local signaling behind the packet (RFC 5613 2). */
function signaling(tree: Tree): void {
  const ref = "RFC 5613 2.2";
  tree.u16("Checksum", ref);
  const words = tree.u16("Length", ref, (n) => counted(n * 4, "octet"));
  tree.within("Link-local signaling", Math.max(0, words * 4 - 4), (part) =>
    void readTlvs(part, FORM, {
      1: ["Extended options", [["Options", 4, [
        ["Reserved", 0, 30],
        ["Restart signal", 30, 1],
        ["LSDB resynchronization", 31, 1],
      ]]], "RFC 5613 2.4"],
      2: ["Cryptographic authentication", [["Sequence number", "u32"], ["Digest", "rest"]], "RFC 5613 2.5"],
    }, ref));
}

/** The authentication of version 3, which comes last (RFC 7166 4.1). */
function trailer(tree: Tree): void {
  readItems(tree, [
    ["Authentication type", "u16", { 1: "HMAC" }],
    ["Authentication data length", "u16"],
    ["Reserved", "u16"],
    ["Security association ID", "u16"],
    ["Sequence number", "u64"],
    ["Authentication data", "rest"],
  ], "RFC 7166 4.1");
}

/** What stands behind the packet as its length has it: a digest, link-local signaling, the trailer of version 3. */
function behind(tree: Tree, digest: number, version: number): void {
  const { reader } = tree;
  const second = () => (reader.peek(2) ?? 0) * 256 + (reader.peek(3) ?? 0);
  const last = () => version === 3 && tree.remaining >= 16 && reader.peek(1) === 1 && second() === tree.remaining;
  if (digest > 0 && tree.remaining > 0) {
    tree.bytes("Digest", Math.min(digest, tree.remaining), "RFC 2328 D.4.3");
  }
  if (!last() && tree.remaining >= 4 && second() >= 1 && second() * 4 <= tree.remaining) {
    tree.part("Link-local signaling", second() * 4, signaling, "RFC 5613 2");
  }
  if (last()) tree.part("Authentication trailer", tree.remaining, trailer, "RFC 7166 4.1");
  tree.rest("Octets after the packet", "RFC 2328 D.4");
}

function authentication(tree: Tree): number {
  const type = tree.u16("Authentication type", "RFC 2328 D", { 0: "none", 1: "password in clear", 2: "cryptographic" });
  if (type === 2) {
    const values = readItems(tree, [["Reserved", "u16"], ["Key ID", "u8"], ["Digest length", "u8"], [
      "Sequence number",
      "u32",
    ]], "RFC 2328 D.3");
    return Number(values[2]);
  }
  if (type === 1) {
    tree.text("Password", 8, "RFC 2328 D.2");
    tree.last.secret = true;
  } else tree.bytes("Authentication", 8, "RFC 2328 D.1");
  return 0;
}

export const OSPF: Layer = {
  name: "ospf",
  title: "OSPF",
  ref: "RFC 2328",
  dissect(tree, packet) {
    const start = tree.offset;
    const version = tree.u8("Version", "RFC 2328 A.3.1");
    const ref = version === 3 ? "RFC 5340 A.3.1" : "RFC 2328 A.3.1";
    const type = tree.u8("Type", ref, TYPES);
    const length = tree.u16("Packet length", ref);
    const router = tree.ip("Router ID", 4, ref);
    const area = tree.ip("Area ID", 4, ref, (text) => text === "0.0.0.0" ? "the backbone" : undefined);
    tree.u16("Checksum", ref);
    const checksum = tree.last;
    const whole = tree.reader.bytes.length >= packet.originalLength && packet.partial !== true &&
      packet.quoted !== true;
    packet.summary = `OSPFv${version} ${TYPES[type] ?? `type ${type}`} by ${router}, area ${area}`;
    if (version !== 2 && version !== 3) {
      tree.rest("Data", ref);
      return undefined;
    }
    const end = Math.min(tree.reader.end, start + length);
    if (version === 3 && whole) {
      const pseudo = (packet.pseudo?.sum ?? 0) + 89 + length;
      judgeChecksum(tree, start, end, pseudo);
    } else if (version === 2 && whole) {
      // With a digest there is no sum.
      const kind = (tree.reader.peek() ?? 0) * 256 + (tree.reader.peek(1) ?? 0);
      if (kind === 2) checksum.meaning = "not used with a digest";
      // The sum counts the packet but not the eight octets of authentication (RFC 2328 D.4.1).
      else if (end >= start + 24) judgeChecksum(tree, start + 24, end, onesSum(tree.reader.bytes, start, start + 16));
    }
    let digest = 0;
    if (version === 2) digest = authentication(tree);
    else {
      tree.u8("Instance ID", ref);
      tree.u8("Reserved", ref);
    }
    tree.within("OSPF packet", Math.max(0, end - tree.offset), (part) => {
      if (type === 1) hello(part, packet, version);
      else if (type === 2) description(part, packet, version);
      else if (type === 3) request(part, packet, version);
      else if (type === 4) update(part, packet, version);
      else if (type === 5) acknowledgement(part, packet, version);
      part.rest("Octets", ref);
    });
    if (tree.remaining > 0) behind(tree, digest, version);
    return undefined;
  },
};
