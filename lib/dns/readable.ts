// Which record types a message needs: the rare ones are loaded only for messages that have them. Not part of the codec.
import { isReadable } from "./rdata.ts";

/** The octet behind the name at `at`, NaN when there is none. */
function afterName(bytes: Uint8Array, at: number): number {
  for (;;) {
    const octet = bytes[at];
    if (octet === undefined) return NaN;
    if (octet === 0) return at + 1;
    if (octet >= 0xc0) return at + 2;
    if (octet >= 0x40) return NaN;
    at += octet + 1;
  }
}

/** Whether all records can be read. What cannot be walked is no reason against it: the decode will say what is wrong. */
function allReadable(bytes: Uint8Array): boolean {
  const word = (at: number) => (bytes[at]! << 8) | bytes[at + 1]!;
  // The data of an update is of the zone's class, whatever its own says.
  if (bytes.length < 12 || (bytes[2]! & 0x78) !== 0) return bytes.length < 12;
  let at = 12;
  for (let left = word(4); left > 0 && at < bytes.length; left--) at = afterName(bytes, at) + 4;
  for (let left = word(6) + word(8) + word(10); left > 0 && at < bytes.length; left--) {
    at = afterName(bytes, at);
    if (!(at + 10 <= bytes.length)) break;
    if (!isReadable(word(at), word(at + 2))) return false;
    at += 10 + word(at + 8);
  }
  return true;
}

/** Makes sure that the types of all records in a message are known before it is parsed. */
export async function knowTypesOf(bytes: Uint8Array): Promise<void> {
  if (!allReadable(bytes)) await import(import.meta.resolve("./records/all.ts"));
}
