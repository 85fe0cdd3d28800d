// What the advertisements of OSPF have in common: their header (RFC 2328 A.4.1, RFC 5340 A.4.2), options, checksum. Pure.
//   age (16), type (8 + 8 of options, in version 3 16), ID (32), router (32), sequence number (32), checksum (16), length (16)
import { names } from "../coding/names.ts";
import { judgeFletcher } from "../coding/checksum.ts";
import type { BitRow, Tree } from "../tree.ts";
import { seconds } from "../coding/words.ts";

/** Options of version 2 in their octet (RFC 5250 A.1). */
export const OPTIONS2: readonly BitRow[] = [
  ["DN (not for the backbone again)", 0, 1],
  ["O (opaque LSAs)", 1, 1],
  ["DC (demand circuits)", 2, 1],
  ["L (link-local signaling)", 3, 1],
  ["NP (NSSA)", 4, 1],
  ["MC (multicast)", 5, 1],
  ["E (external routes)", 6, 1],
  ["MT (multi-topology)", 7, 1],
];
/** Options of version 3 in their three octets (RFC 5340 A.2). */
export const OPTIONS3: readonly BitRow[] = [
  ["Reserved", 0, 13],
  ["AT (authentication trailer)", 13, 1],
  ["L (link-local signaling)", 14, 1],
  ["AF (address families)", 15, 1],
  ["Reserved", 16, 2],
  ["DC (demand circuits)", 18, 1],
  ["R (router is active)", 19, 1],
  ["N (NSSA)", 20, 1],
  ["MC (multicast)", 21, 1],
  ["E (external routes)", 22, 1],
  ["V6 (takes part in IPv6 routing)", 23, 1],
];

const LSA2: Readonly<Record<number, string>> = {
  1: "router LSA",
  2: "network LSA",
  3: "summary LSA (network)",
  4: "summary LSA (AS boundary router)",
  5: "AS external LSA",
  6: "group membership LSA",
  7: "NSSA external LSA",
  8: "external attributes LSA",
  9: "opaque LSA (link)",
  10: "opaque LSA (area)",
  11: "opaque LSA (AS)",
};
/** By function code; the bits before it are shown with the type. */
const LSA3 = names(`
  1 router LSA; 2 network LSA; 3 inter-area prefix LSA; 4 inter-area router LSA; 5 AS external LSA;
  6 group membership LSA; 7 NSSA LSA; 8 link LSA; 9 intra-area prefix LSA; 10 intra-area TE LSA; 11 grace LSA;
  12 router information LSA; 33 extended router LSA; 34 extended network LSA; 35 extended inter-area prefix LSA;
  36 extended inter-area router LSA; 37 extended AS external LSA; 39 extended NSSA LSA; 40 extended link LSA;
  41 extended intra-area prefix LSA
`);
const SCOPES = ["link", "area", "AS", "reserved"];

/** The name of a type of link state advertisement. */
export function lsaTypeName(version: number, type: number): string | undefined {
  return version === 2 ? LSA2[type] : LSA3[type & 0x1fff];
}

/** A type of version 3: what to do with unknown ones, how far it is flooded, and which it is. */
export function lsaType3(tree: Tree, name: string): number {
  const type = tree.flags(
    name,
    2,
    [
      ["Unknown types are", 0, 1, (v) => v === 1 ? "stored and flooded" : "treated as of link scope"],
      ["Scope", 1, 2, SCOPES],
      ["Function code", 3, 13, (code) => LSA3[code] ?? "unknown"],
    ],
    "RFC 5340 A.4.2.1",
    "",
  );
  tree.last.meaning = `${lsaTypeName(3, type) ?? "unknown"}, scope ${SCOPES[type >> 13 & 3]}`;
  return type;
}

/** What the header says. */
export interface LsaHead {
  /** In version 3 with the bits of scope. */
  readonly type: number;
  /** "router LSA 10.0.0.1 of 10.0.0.1". */
  readonly words: string;
  /** The link state ID as four octets' text. */
  readonly id: string;
}

/** The header, 20 octets; the checksum is judged where the whole advertisement is there. */
export function lsaHeader(tree: Tree, version: number): LsaHead {
  const ref = version === 2 ? "RFC 2328 A.4.1" : "RFC 5340 A.4.2";
  return tree.group("LSA header", (group) => {
    const start = tree.offset;
    tree.flags(
      "Age",
      2,
      [["Do not age", 0, 1], ["Age", 1, 15, (s) => s === 3600 ? "3600: to be flushed" : seconds(s)]],
      ref,
    );
    let type: number;
    if (version === 2) {
      tree.flags("Options", 1, OPTIONS2, "RFC 5250 A.1");
      type = tree.u8("Link state type", ref, LSA2);
    } else type = lsaType3(tree, "Link state type");
    let id: string;
    if (version === 2 && type >= 9 && type <= 11) {
      const word = tree.flags(
        "Link state ID",
        4,
        [["Opaque type", 0, 8, {
          1: "traffic engineering",
          3: "graceful restart",
          4: "router information",
          6: "inter-AS traffic engineering",
          7: "extended prefix",
          8: "extended link",
        }], ["Opaque ID", 8, 24]],
        "RFC 5250 A.2",
        "",
      );
      id = [24, 16, 8, 0].map((shift) => word >>> shift & 255).join(".");
    } else id = tree.ip("Link state ID", 4, ref);
    const router = tree.ip("Advertising router", 4, ref);
    const sequence = tree.u32("Sequence number", ref, (value) => value === 0x80000001 ? "the first" : undefined);
    tree.u16("Checksum", ref);
    const sum = tree.last;
    const length = tree.u16("Length", ref);
    if (length > 20 && start + length <= tree.reader.end) {
      judgeFletcher(sum, tree.reader.bytes, start + 2, start + length);
    }
    const words = `${lsaTypeName(version, type) ?? `LSA type ${type}`} ${id} of ${router}`;
    group.meaning = `${words}, sequence 0x${sequence.toString(16)}`;
    return { type, words, id };
  }, { ref });
}
