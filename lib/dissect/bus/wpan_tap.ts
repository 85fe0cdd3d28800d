// The header of LINKTYPE_IEEE802_15_4_TAP: what a receiver measured, as types, lengths and values in octets of 4. Pure.
import { readRows, type Row } from "../coding/rows.ts";
import type { Tree } from "../tree.ts";

const REF = "LINKTYPE_IEEE802_15_4_TAP";

const VALUES: Readonly<Record<number, readonly [name: string, rows: readonly Row[]]>> = {
  0: ["Checksum", [["Kind", "u8", { 0: "none", 1: "16 bits", 2: "32 bits" }]]],
  1: ["Signal strength", []],
  2: ["Bit rate", []],
  3: ["Channel", [["Channel", "u16"], ["Page", "u8"]]],
  7: ["Absolute slot number", [["Number", "u64"]]],
  10: ["Link quality", [["Quality", "u8"]]],
};

/** Reads the header; gives the kind of the frame's checksum: 0 none, 1 of 16 bits, 2 of 32 bits. */
export function readTlvsLe(tree: Tree): number {
  let checksum = 0;
  tree.u8("Version", REF);
  tree.u8("Reserved", REF);
  const length = tree.u16Le("Header length", REF);
  tree.within("Header", Math.max(0, length - 4), (part) => {
    while (part.remaining >= 4) {
      const type = (part.reader.peek(0) ?? 0) | (part.reader.peek(1) ?? 0) << 8;
      const [name, rows] = VALUES[type] ?? [`Type ${type}`, []];
      part.group(name, () => {
        part.u16Le("Type", REF, () => name);
        const octets = part.u16Le("Length", REF);
        part.within(name, octets, (body) => {
          const found = readRows(body, rows, REF);
          if (type === 0) checksum = Number(found.get("Kind"));
          body.rest("Value", REF);
        });
        const pad = Math.min((4 - octets % 4) % 4, part.remaining);
        if (pad > 0) part.bytes("Padding", pad, REF);
      }, { ref: REF });
    }
    part.rest("Octets", REF);
  });
  return checksum;
}
