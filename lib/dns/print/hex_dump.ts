// A packet that cannot be read, as dig shows it. Pure.
import { HEX } from "../../base/hex.ts";
import type { OctetText } from "../dig/settings.ts";

/** Rows of sixteen octets with their characters, behind a line with their number. */
export function hexDump(bytes: Uint8Array): OctetText {
  let out = `${bytes.length} bytes\n`;
  for (let row = 0; row < bytes.length; row += 16) {
    const part = bytes.subarray(row, row + 16);
    const digits = Array.from(part, (octet) => `${HEX[octet]} `).join("");
    const text = Array.from(part, (octet) => octet >= 0x21 && octet <= 0x7d ? String.fromCharCode(octet) : ".").join(
      "",
    );
    out += `${digits.padEnd(48)}         ${text}\n`;
  }
  return out;
}
