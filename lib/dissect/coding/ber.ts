// Elements of ASN.1's basic and distinguished encoding (ITU-T X.690): tag, length, contents. Pure.
// Used by certificates, LDAP, SNMP, Kerberos.
import { names } from "./names.ts";
import { FormatError } from "../../base/errors.ts";
import type { ByteReader } from "../../base/reader.ts";
import { OIDS } from "./oids.ts";
import type { Meaning, Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "./words.ts";

const CLASSES = ["universal", "application", "context", "private"];
const TAGS = names(`
  0x01 BOOLEAN; 0x02 INTEGER; 0x03 BIT STRING; 0x04 OCTET STRING; 0x05 NULL; 0x06 OBJECT IDENTIFIER; 0x0a ENUMERATED;
  0x0c UTF8String; 0x13 PrintableString; 0x14 TeletexString; 0x16 IA5String; 0x17 UTCTime; 0x18 GeneralizedTime;
  0x1c UniversalString; 0x1e BMPString; 0x30 SEQUENCE; 0x31 SET
`);

/** Dotted text of an object identifier's octets (X.690 8.19). */
export function oidText(bytes: Uint8Array): string {
  const arcs: number[] = [];
  let value = 0;
  for (const octet of bytes) {
    value = value * 128 + (octet & 127);
    if (octet >= 128) continue;
    if (arcs.length === 0) {
      arcs.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    } else arcs.push(value);
    value = 0;
  }
  return arcs.join(".");
}

/** The tag and length that stand next, without reading them. */
export function peekElement({ reader }: Tree): { tag: number; header: number; length: number } {
  const tag = reader.peek() ?? reader.u8();
  if ((tag & 31) === 31) throw new FormatError("A tag of several octets is not taken", reader.offset);
  const first = reader.peek(1);
  if (first === undefined) throw new FormatError("An element without a length", reader.offset);
  if (first < 128) return { tag, header: 2, length: first };
  const count = first & 127;
  if (count === 0 || count > 4) {
    throw new FormatError(`A length in ${counted(count, "octet")} is not taken`, reader.offset + 1);
  }
  let length = 0;
  for (let i = 0; i < count; i++) {
    const octet = reader.peek(2 + i);
    if (octet === undefined) throw new FormatError("A length is cut short", reader.offset + 1);
    length = length * 256 + octet;
  }
  return { tag, header: 2 + count, length };
}

/** What an element is called by its tag. */
export function tagName(tag: number): string {
  return TAGS[tag] ?? `${CLASSES[tag >> 6]} ${tag & 31}`;
}

/**
 * One element: tag, length and what `inside` reads of its contents. Contents that `inside` leaves are read as what
 * they say they are. `called`: what the tag means here, where the protocol gives it a meaning.
 */
export function element<T>(
  tree: Tree,
  name: string,
  inside?: (tree: Tree, tag: number) => T,
  ref = "X.690 8",
  called?: string,
): T | undefined {
  const { tag, header, length } = peekElement(tree);
  return tree.part(name, header + length, (part) => {
    part.u8("Tag", "X.690 8.1.2", () => called ?? tagName(tag));
    part.field("Length", (r) => {
      r.skip(header - 1);
      return length;
    }, () => ({ ref: "X.690 8.1.3" }));
    const value = inside?.(part, tag);
    if (part.remaining > 0) contents(part, tag);
    return value;
  }, ref);
}

/** Contents of an element by its tag. */
export function contents(tree: Tree, tag: number): void {
  if ((tag & 0x20) !== 0) {
    while (tree.remaining > 0) element(tree, tagName(peekElement(tree).tag), undefined, "X.690 8");
    return;
  }
  const count = tree.remaining;
  switch (tag) {
    case 0x06:
      tree.field("Identifier", (r) => oidText(r.take(count)), (text) => ({ meaning: OIDS[text] }));
      return;
    case 0x02:
    case 0x0a:
      if (count <= 8) tree.field("Value", signed);
      else tree.bytes("Value", count);
      return;
    case 0x01:
      tree.field("Value", (r) => r.take(count).some((octet) => octet !== 0));
      return;
    case 0x0c:
    case 0x13:
    case 0x14:
    case 0x16:
      tree.text("Text", count);
      return;
    case 0x17:
    case 0x18:
      tree.text("Time", count, "X.690 11.7", timeText);
      return;
    default:
      tree.bytes("Value", count);
  }
}

/** `240131235959Z` as "2024-01-31 23:59:59 UTC". */
export function timeText(text: string): string | undefined {
  const match = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const full = year!.length === 4 ? year : (Number(year) < 50 ? "20" : "19") + year;
  return `${full}-${month}-${day} ${hour}:${minute}:${second ?? "00"} UTC`;
}

/** All that is left as a signed number (X.690 8.3); exact beyond 2^53 as a bigint. */
export function signed(reader: ByteReader): number | bigint {
  const bytes = reader.rest();
  let value = 0n;
  for (const octet of bytes) value = value << 8n | BigInt(octet);
  if (bytes.length > 0 && bytes[0]! >= 128) value -= 1n << BigInt(bytes.length * 8);
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** An INTEGER or ENUMERATED of at most eight octets; gives its value, 0 when it is none. */
export function integer(
  tree: Tree,
  name: string,
  ref: string,
  meaning?: Meaning<number>,
): number | bigint {
  return element(
    tree,
    name,
    (part) => {
      if (part.remaining === 0 || part.remaining > 9) throw new FormatError(`${name} is no number`, part.offset);
      const value = part.field("Value", signed, (found) => ({
        ref,
        meaning: typeof meaning === "function" ? meaning(Number(found)) : meaning?.[Number(found)],
      }));
      const said = part.last.meaning;
      part.current.meaning = `${value}${said === undefined ? "" : ` (${said})`}`;
      return value;
    },
    ref,
  ) ?? 0;
}

/** An OCTET STRING as text where it reads as such, else as octets; gives what was read. */
export function octetString(tree: Tree, name: string, ref: string): string | Uint8Array {
  return element(tree, name, (part) => octetValue(part, ref), ref) ?? "";
}

/** The rest of an element as text where it reads as such, else as octets. */
export function octetValue(
  part: Tree,
  ref: string,
  meaning?: (text: string) => string | undefined,
): string | Uint8Array {
  const count = part.remaining;
  if (count === 0) {
    part.current.meaning = "empty";
    return "";
  }
  const bytes = part.reader.bytes.subarray(part.offset, part.offset + count);
  if (!looksLikeText(bytes)) {
    part.bytes("Value", count, ref);
    part.current.meaning = counted(count, "octet");
    return bytes;
  }
  const said = meaning?.(decodeText(bytes));
  const text = part.text("Value", count, ref, () => said);
  part.current.meaning = said ?? clip(text, 100);
  return text;
}

/** An OBJECT IDENTIFIER; gives its dotted text. */
export function objectIdentifier(
  tree: Tree,
  name: string,
  ref: string,
  meaning: (text: string) => string | undefined = (text) => OIDS[text],
): string {
  return element(tree, name, (part) => {
    const text = part.field("Value", (r) => oidText(r.rest()), (found) => ({ ref, meaning: meaning(found) }));
    part.current.meaning = meaning(text) ?? text;
    return text;
  }, ref) ?? "";
}

/**
 * Octets of the element that `bytes` begin with; 0 when more must come to tell. A length that is none is a
 * `FormatError`.
 */
export function measureElement(bytes: Uint8Array): number {
  const first = bytes[1];
  if (first === undefined) return 0;
  if (first < 128) return 2 + first;
  const count = first & 127;
  if (count === 0 || count > 4) throw new FormatError(`A length in ${counted(count, "octet")} is not taken`, 1);
  if (bytes.length < 2 + count) return 0;
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + bytes[2 + i]!;
  return 2 + count + length;
}
