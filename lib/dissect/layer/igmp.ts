// IGMP: version 1 (RFC 1112), 2 (RFC 2236), 3 (RFC 3376), and what multicast listeners over IPv6 (MLD: RFC 2710, RFC 3810)
// share with it. DVMRP (draft-ietf-idmr-dvmrp-v3) and Cisco's trace go by its number too. Pure.
import { names } from "../coding/names.ts";
import { judgeChecksum } from "../coding/checksum.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted, seconds } from "../coding/words.ts";

/** Record types of version 3 and of MLD version 2 (RFC 3376 4.2.12, RFC 3810 5.2.12). */
const RECORDS: Readonly<Record<number, string>> = {
  1: "mode is include",
  2: "mode is exclude",
  3: "change to include",
  4: "change to exclude",
  5: "allow new sources",
  6: "block old sources",
};

/** What a record asks for: "joins" or "leaves" where it is that simple, and as the record says it. */
function wants(type: number, sources: number): [verb: string | undefined, said: string] {
  if (sources === 0 && (type === 2 || type === 4)) return ["joins", `${RECORDS[type]} nothing: joins`];
  if (sources === 0 && type === 3) return ["leaves", `${RECORDS[type]} nothing: leaves`];
  return [undefined, `${RECORDS[type] ?? `type ${type}`}${sources === 0 ? "" : ` ${counted(sources, "source")}`}`];
}

/** Codes from `limit` on are small floating point numbers (RFC 3376 4.1.1, RFC 3810 5.1.3). */
export function floatingCode(code: number, octets: 1 | 2): number {
  const mantissaBits = octets === 1 ? 4 : 12;
  if (code < 2 ** (octets * 8 - 1)) return code;
  const mantissa = code & (2 ** mantissaBits - 1);
  return (mantissa | 2 ** mantissaBits) * 2 ** ((code >> mantissaBits & 7) + 3);
}

/** What a query of version 3 (MLD: 2) adds behind the group: flags, interval, sources. */
export function queryTail(tree: Tree, size: 4 | 16, ref: string): void {
  tree.flags("Flags", 1, [
    ["Reserved", 0, 4],
    ["Suppress", 4, 1, (v) => v === 1 ? "routers keep their timers" : "routers update their timers"],
    ["Robustness", 5, 3],
  ], ref);
  tree.u8("Query interval code", ref, (code) => counted(floatingCode(code, 1), "second"));
  const count = tree.u16("Sources", ref);
  for (let i = 0; i < count; i++) tree.ip("Source", size, ref);
}

/** The group records of a report; gives what they say. */
export function groupRecords(tree: Tree, size: 4 | 16, ref: string): string {
  const count = tree.u16("Group records", ref);
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    tree.group("Group record", (group) => {
      const type = tree.u8("Record type", ref, RECORDS);
      const aux = tree.u8("Auxiliary words", ref);
      const sources = tree.u16("Sources", ref);
      const address = tree.ip("Multicast address", size, ref);
      const [verb, said] = wants(type, sources);
      group.meaning = `${address}: ${said}`;
      words.push(verb === undefined ? group.meaning : `${verb} ${address}`);
      for (let j = 0; j < sources; j++) tree.ip("Source", size, ref);
      if (aux > 0) tree.bytes("Auxiliary data", aux * 4, ref);
    }, { ref });
  }
  return words.length <= 3 ? words.join("; ") : `${words.slice(0, 3).join("; ")} and ${words.length - 3} more`;
}

const TYPES = names(`
  0x11 membership query; 0x12 membership report (version 1); 0x13 DVMRP; 0x14 PIM (version 1);
  0x16 membership report (version 2); 0x17 leave group; 0x1e multicast traceroute response; 0x1f multicast traceroute;
  0x22 membership report (version 3); 0x30 router advertisement; 0x31 router solicitation; 0x32 router termination
`);
const DVMRP: Readonly<Record<number, string>> = {
  1: "probe",
  2: "report",
  5: "ask neighbors 2",
  6: "neighbors 2",
  7: "prune",
  8: "graft",
  9: "graft acknowledgement",
};

/** RFC 4286: how routers find each other. */
function routerMessage(tree: Tree, type: number): void {
  const ref = "RFC 4286 3.2";
  if (type !== 0x30) return;
  tree.u16("Query interval", ref, seconds);
  tree.u16("Robustness variable", ref);
}

/** draft-ietf-idmr-traceroute-ipm: who asks for the path from a source to a receiver, and the hops so far. */
function trace(tree: Tree, packet: PacketState): void {
  const ref = "draft-ietf-idmr-traceroute-ipm 6";
  tree.ip("Group", 4, ref);
  const source = tree.ip("Source", 4, ref), receiver = tree.ip("Receiver", 4, ref);
  tree.ip("Response address", 4, ref);
  tree.u8("Response TTL", ref);
  tree.u24("Query ID", ref);
  packet.summary += ` from ${source} to ${receiver}`;
  while (tree.remaining >= 32) {
    tree.group("Response block", (group) => {
      tree.u32("Query arrival time", ref);
      tree.ip("Incoming interface", 4, ref);
      const outgoing = tree.ip("Outgoing interface", 4, ref);
      tree.ip("Previous hop router", 4, ref);
      tree.u32("Input packets", ref);
      tree.u32("Output packets", ref);
      tree.u32("Packets of this source and group", ref);
      tree.u8("Routing protocol", ref);
      tree.u8("Forwarding TTL", ref);
      tree.u8("Source mask", ref);
      tree.u8("Forwarding code", ref);
      group.meaning = outgoing;
    }, { ref });
  }
}

export const IGMP: Layer = {
  name: "igmp",
  title: "IGMP",
  ref: "RFC 3376",
  dissect(tree, packet) {
    const start = tree.offset, whole = tree.remaining;
    const type = tree.u8("Type", "RFC 3376 4", TYPES);
    packet.summary = TYPES[type] ?? `type ${type}`;
    const third = type === 0x22 || (type === 0x11 && whole >= 12);
    const ref = type === 0x22
      ? "RFC 3376 4.2"
      : third
      ? "RFC 3376 4.1"
      : type === 0x12
      ? "RFC 1112 I"
      : type === 0x13
      ? "draft-ietf-idmr-dvmrp-v3 3"
      : "RFC 2236 2";
    const second = tree.reader.peek() ?? 0;
    if (type === 0x13) packet.summary += ` ${DVMRP[tree.u8("Code", ref, DVMRP)] ?? second}`;
    else if (type === 0x30) tree.u8("Advertisement interval", "RFC 4286 3.2", seconds);
    else if (type === 0x1f || type === 0x1e) tree.u8("Hops", "draft-ietf-idmr-traceroute-ipm 6");
    else if (type === 0x11) {
      const tenths = third ? floatingCode(second, 1) : second;
      tree.u8(
        "Maximum response time",
        ref,
        () => whole < 12 && second === 0 ? "0: of version 1, 10 seconds" : counted(tenths / 10, "second"),
      );
    } else tree.u8("Reserved", ref);
    tree.u16("Checksum", ref);
    if (tree.reader.bytes.length >= packet.originalLength && packet.partial !== true && packet.quoted !== true) {
      judgeChecksum(tree, start, tree.reader.end);
    }
    if (type === 0x22) {
      tree.u16("Reserved", ref);
      packet.summary = `report (version 3), ${groupRecords(tree, 4, ref)}`;
    } else if (type === 0x1f || type === 0x1e) trace(tree, packet);
    else if (type >= 0x30 && type <= 0x32) routerMessage(tree, type);
    else if (TYPES[type] !== undefined && type !== 0x13 && type !== 0x14) {
      const group = tree.ip("Group", 4, ref, (text) => text === "0.0.0.0" ? "all groups" : undefined);
      packet.summary += ` ${group === "0.0.0.0" ? "for all groups" : group}`;
      if (third) {
        queryTail(tree, 4, ref);
        packet.summary += " (version 3)";
      }
    }
    tree.rest(type === 0x13 || type === 0x14 ? "Data" : "Additional data", ref);
    return undefined;
  },
};
