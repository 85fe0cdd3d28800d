// ICMPv6 (RFC 4443), neighbor discovery and its options (RFC 4861), multicast listeners (RFC 2710, 3810). Pure.
import { judgeChecksum, onesSum } from "../coding/checksum.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 4443 2.1";
const ND = "RFC 4861 4";
const TYPES: Record<number, string> = {
  1: "destination unreachable",
  2: "packet too big",
  3: "time exceeded",
  4: "parameter problem",
  128: "echo request",
  129: "echo reply",
  130: "multicast listener query",
  131: "multicast listener report",
  132: "multicast listener done",
  133: "router solicitation",
  134: "router advertisement",
  135: "neighbor solicitation",
  136: "neighbor advertisement",
  137: "redirect",
  143: "multicast listener report (version 2)",
};
const CODES: Record<number, Record<number, string>> = {
  1: {
    0: "no route",
    1: "prohibited",
    2: "beyond the scope of the source",
    3: "address unreachable",
    4: "port unreachable",
    5: "source address failed policy",
    6: "route rejected",
  },
  3: { 0: "hop limit exceeded in transit", 1: "fragment reassembly time exceeded" },
  4: { 0: "erroneous header field", 1: "unknown next header", 2: "unknown option" },
};
const OPTIONS: Record<number, readonly [string, string]> = {
  1: ["Source link-layer address", "RFC 4861 4.6.1"],
  2: ["Target link-layer address", "RFC 4861 4.6.1"],
  3: ["Prefix information", "RFC 4861 4.6.2"],
  4: ["Redirected header", "RFC 4861 4.6.3"],
  5: ["MTU", "RFC 4861 4.6.4"],
  14: ["Nonce", "RFC 3971 5.3.2"],
  24: ["Route information", "RFC 4191 2.3"],
  25: ["Recursive DNS server", "RFC 8106 5.1"],
  31: ["DNS search list", "RFC 8106 5.2"],
  38: ["PREF64", "RFC 8781 4"],
};
const seconds = (value: number) => value === 0xffffffff ? "for ever" : `${value} seconds`;

function ndOption(tree: Tree): void {
  const type = tree.reader.peek()!;
  const [name, ref] = OPTIONS[type] ?? ["Option", "RFC 4861 4.6"];
  tree.group(name, () => {
    tree.u8("Type", ref);
    const units = tree.u8("Length", ref, (value) => `${value * 8} octets`);
    if (units === 0) {
      tree.flaw("An option of length 0 ends the list");
      tree.rest("Octets", ref);
      return;
    }
    tree.within(name, units * 8 - 2, (part) => {
      if (type === 1 || type === 2) part.mac("Address", ref);
      else if (type === 3) {
        part.u8("Prefix length", ref);
        part.flags(
          "Flags",
          1,
          [["On-link", 0, 1], ["Autonomous", 1, 1], ["Router address", 2, 1], ["Reserved", 3, 5]],
          ref,
        );
        part.u32("Valid lifetime", ref, seconds);
        part.u32("Preferred lifetime", ref, seconds);
        part.u32("Reserved", ref);
        part.ip("Prefix", 16, ref);
      } else if (type === 5) {
        part.u16("Reserved", ref);
        part.u32("MTU", ref);
      } else if (type === 25) {
        part.u16("Reserved", ref);
        part.u32("Lifetime", ref, seconds);
        while (part.remaining >= 16) part.ip("Server", 16, ref);
      } else if (type === 31) {
        part.u16("Reserved", ref);
        part.u32("Lifetime", ref, seconds);
        while (part.remaining > 0) {
          const length = part.reader.peek()!;
          if (length === 0) part.bytes("End of name", 1, ref);
          else part.group("Label", () => void part.text("Label", part.u8("Length", ref), ref));
        }
      }
      part.rest("Octets", ref);
    });
  }, { ref });
}

/** The body of a message; true when it quotes a packet. */
function body(tree: Tree, packet: PacketState, type: number): boolean {
  if (type >= 1 && type <= 4) {
    if (type === 2) packet.summary += `, MTU ${tree.u32("MTU", "RFC 4443 3.2")}`;
    else if (type === 4) tree.u32("Pointer", "RFC 4443 3.4");
    else tree.u32("Unused", "RFC 4443 3");
    return true;
  }
  if (type === 128 || type === 129) {
    const id = tree.u16("Identifier", "RFC 4443 4");
    const sequence = tree.u16("Sequence number", "RFC 4443 4");
    packet.summary += `, id ${id}, seq ${sequence}`;
    const { src, dst } = packet.facts;
    const answer = type === 129;
    packet.pair = { key: `icmp6 ${answer ? `${dst} ${src}` : `${src} ${dst}`} ${id} ${sequence}`, answer };
    tree.rest("Data", "RFC 4443 4");
    return false;
  }
  if (type >= 133 && type <= 137) {
    if (type === 134) {
      tree.u8("Current hop limit", ND);
      tree.flags("Flags", 1, [
        ["Managed addresses", 0, 1],
        ["Other configuration", 1, 1],
        ["Home agent", 2, 1],
        ["Preference", 3, 2, ["medium", "high", "reserved", "low"]],
        ["Reserved", 5, 3],
      ], ND);
      tree.u16("Router lifetime", ND, seconds);
      tree.u32("Reachable time", ND, (ms) => `${ms} ms`);
      tree.u32("Retransmission timer", ND, (ms) => `${ms} ms`);
    } else if (type === 136) {
      tree.flags("Flags", 4, [["Router", 0, 1], ["Solicited", 1, 1], ["Override", 2, 1], ["Reserved", 3, 29]], ND);
    } else tree.u32("Reserved", ND);
    if (type >= 135) {
      const target = tree.ip("Target", 16, ND);
      packet.summary += ` ${type === 136 ? "of" : "for"} ${target}`;
      if (type !== 137) packet.pair = { key: `neighbor ${target}`, answer: type === 136 };
    }
    if (type === 137) tree.ip("Destination", 16, ND);
    while (tree.remaining > 0) ndOption(tree);
    return false;
  }
  if (type >= 130 && type <= 132) {
    tree.u16("Maximum response delay", "RFC 2710 3", (ms) => `${ms} ms`);
    tree.u16("Reserved", "RFC 2710 3");
    const group = tree.ip("Multicast address", 16, "RFC 2710 3", (text) => text === "::" ? "all groups" : undefined);
    packet.summary += ` ${group}`;
    if (type === 130 && tree.remaining >= 4) {
      tree.flags("Flags", 1, [["Reserved", 0, 4], ["Suppress", 4, 1], ["Robustness", 5, 3]], "RFC 3810 5.1");
      tree.u8("Query interval code", "RFC 3810 5.1");
      const count = tree.u16("Sources", "RFC 3810 5.1");
      for (let i = 0; i < count; i++) tree.ip("Source", 16, "RFC 3810 5.1");
    }
    return false;
  }
  if (type === 143) {
    tree.u16("Reserved", "RFC 3810 5.2");
    const count = tree.u16("Address records", "RFC 3810 5.2");
    for (let i = 0; i < count; i++) {
      tree.group("Address record", () => {
        tree.u8("Record type", "RFC 3810 5.2", {
          1: "mode is include",
          2: "mode is exclude",
          3: "change to include",
          4: "change to exclude",
          5: "allow new sources",
          6: "block old sources",
        });
        const aux = tree.u8("Auxiliary words", "RFC 3810 5.2");
        const sources = tree.u16("Sources", "RFC 3810 5.2");
        tree.ip("Multicast address", 16, "RFC 3810 5.2");
        for (let j = 0; j < sources; j++) tree.ip("Source", 16, "RFC 3810 5.2");
        if (aux > 0) tree.bytes("Auxiliary data", aux * 4, "RFC 3810 5.2");
      }, { ref: "RFC 3810 5.2" });
    }
    packet.summary += `, ${count} groups`;
    return false;
  }
  tree.rest("Data", REF);
  return false;
}

export const ICMP6: Layer = {
  name: "icmp6",
  title: "ICMPv6",
  ref: "RFC 4443",
  dissect(tree, packet) {
    const start = tree.offset;
    const length = tree.remaining;
    const type = tree.u8("Type", REF, TYPES);
    const codes = CODES[type];
    const code = tree.u8("Code", REF, codes);
    tree.u16("Checksum", REF);
    const { pseudo } = packet;
    if (
      pseudo?.protocol === 58 && packet.quoted !== true && packet.partial !== true &&
      tree.reader.bytes.length >= packet.originalLength
    ) judgeChecksum(tree, start, tree.reader.end, onesSum(new Uint8Array(0), 0, 0, pseudo.sum + 58 + length));
    packet.summary = codes?.[code] ?? TYPES[type] ?? `type ${type}, code ${code}`;
    if (!body(tree, packet, type)) return undefined;
    packet.quoted = true;
    return { layer: "ipv6", length: tree.remaining };
  },
};
