// CAN with the header of Linux's SocketCAN (LINKTYPE_CAN_SOCKETCAN; linux/can.h, linux/can/error.h; ISO 11898-1). Pure.
import { hex } from "../../base/hex.ts";
import type { Layer } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const REF = "LINKTYPE_CAN_SOCKETCAN";
const HEADER: readonly BitRow[] = [
  ["Extended identifier", 0, 1, ["11 bits", "29 bits"]],
  ["Remote request", 1, 1],
  ["Error", 2, 1],
  ["Identifier", 3, 29],
];
const FD_FLAGS = ["bit rate switched", "error passive sender", "FD frame"];

/** What an error frame says, from the lowest bit of its identifier on. */
const ERRORS = [
  "transmission timed out",
  "arbitration lost",
  "controller",
  "protocol violated",
  "transceiver",
  "no acknowledgement",
  "bus off",
  "bus error",
  "controller restarted",
  "error counters",
];

/** Identifiers that on-board diagnostics ask and answer with (ISO 15765-4 10.5). */
function diagnostics(id: number, extended: boolean): string | undefined {
  if (extended) {
    if (id === 0x18db33f1) return "diagnostics: asks all";
    if (id >>> 8 === 0x18da00 >>> 0 || id >>> 16 === 0x18da) return "diagnostics: one unit to another";
    return undefined;
  }
  if (id === 0x7df) return "diagnostics: asks all";
  if (id >= 0x7e0 && id <= 0x7e7) return `diagnostics: asks unit ${id - 0x7df}`;
  if (id >= 0x7e8 && id <= 0x7ef) return `diagnostics: answer of unit ${id - 0x7e7}`;
  return undefined;
}

/** The frame's address in a word whose most significant octet comes first, as captures have it, or last. */
function identifier(tree: Tree, little: boolean): number {
  if (!little) return tree.flags("Identifier and kind", 4, HEADER, REF) >>> 0;
  return tree.u32Le("Identifier and kind", REF, (word) => `identifier ${(word & 0x1fffffff).toString(16)}`) >>> 0;
}

function frame(little: boolean): Layer["dissect"] {
  return (tree, packet) => {
    const word = identifier(tree, little);
    const extended = word >= 0x80000000, id = (word & (extended ? 0x1fffffff : 0x7ff)) >>> 0;
    const error = (word >>> 29 & 1) === 1, remote = (word >>> 30 & 1) === 1;
    const known = error ? undefined : diagnostics(id, extended);
    if (known !== undefined) tree.last.meaning = known;
    const length = tree.u8("Data length", REF);
    const fd = (tree.flagsLe("FD flags", 1, FD_FLAGS, REF) & 4) === 4;
    tree.u8("Reserved", REF);
    const code = tree.u8(
      "Length code over 8",
      REF,
      (value) => value === 0 ? undefined : "classic CAN: the code as sent",
    );
    const name = error
      ? `error: ${ERRORS.filter((_, bit) => (word >>> bit & 1) === 1).join(", ") || "unspecified"}`
      : `${fd || (code === 0 && length > 8) ? "CAN FD" : "CAN"} ${id.toString(16).padStart(extended ? 8 : 3, "0")}`;
    packet.summary = name;
    if (remote) {
      packet.summary += " remote request";
      if (tree.remaining > 0) tree.rest("Unused octets", REF);
      return undefined;
    }
    const count = Math.min(length, tree.remaining);
    const data = count > 0 ? tree.bytes("Data", count, REF) : new Uint8Array(0);
    packet.summary = error
      ? name
      : `${name} [${length}] ${hex(data.subarray(0, 16), " ")}${count > 16 ? " …" : ""}${
        known === undefined ? "" : `, ${known}`
      }`.trim();
    if (count < length) tree.flaw(`${counted(length, "octet")} are said, ${count} are there`);
    if (tree.remaining > 0) tree.rest("Unused octets", REF);
    return undefined;
  };
}

/** As the link type has it. */
export const CAN: Layer = { name: "can", title: "CAN", ref: REF, dissect: frame(false) };
/** As cooked captures have it: the identifier in the byte order of the machine. */
export const CAN_COOKED: Layer = { name: "can-cooked", title: "CAN", ref: REF, dissect: frame(true) };
