// Octets that a text spells: what hex dumps look like when they are pasted from somewhere. Pure.
// Rows with offsets (tcpdump -x, tshark -x, xxd, hexdump, od), blocks of `relay -x` and socat -x, arrays and escapes of
// C, and bare digits. What follows the digits of a row, as text, is left out.
import { concat, utf8Text } from "../../base/bytes.ts";
import { parseHex } from "../../base/hex.ts";
import { LINK } from "../packet.ts";
import { interfaceBlock, packetBlock, sectionHeader } from "./pcapng_write.ts";

/** Octets that belong together, and who sent them where the text says so. */
export interface HexBlock {
  readonly bytes: Uint8Array;
  readonly side?: "client" | "server";
}

/** A row: where it says that it begins, in digits; octets. `again`: rows like the one before were left out. */
interface Row {
  readonly digits: string;
  readonly bytes: number[];
  again: boolean;
}

const RADIXES = [16, 8, 10];

/** The blocks that `text` spells, in order; `undefined` when it spells none. */
export function parseHexDump(text: string): HexBlock[] | undefined {
  return relayBlocks(text) ?? rowBlocks(text) ?? escaped(text) ?? bare(text);
}

/** As `parseHexDump`, of octets that may be anything. */
export function hexDumpOf(bytes: Uint8Array): HexBlock[] | undefined {
  for (const octet of bytes) if (octet > 126 || (octet < 32 && (octet < 9 || octet > 13))) return undefined;
  return parseHexDump(utf8Text(bytes));
}

/** Digits in pairs and nothing else. Offsets are no digits: rows that do not follow one another are nothing. */
function bare(text: string): HexBlock[] | undefined {
  if (/^\s*[0-9a-f]{4,}:\s/im.test(text)) return undefined;
  const digits = text.replace(/0x|[\s:,-]+/gi, "");
  if (digits.length < 2 || digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) return undefined;
  return [{ bytes: parseHex(digits) }];
}

/** `"\x16\x03"`, `0x16, 0x03`. */
function escaped(text: string): HexBlock[] | undefined {
  const strings = text.match(/\\x[0-9a-f]{2}/gi);
  const digits = (strings ?? text.match(/\b0x[0-9a-f]{2}(?=\s*[,}])/gi) ?? []).join("");
  // A text in which such things are mentioned is no array of them.
  if (digits.length < 8 || digits.length * 2 < text.replace(/\s+/g, "").length) return undefined;
  return [{ bytes: parseHex(digits.replace(/\\x|0x/gi, "")) }];
}

/** Blocks with a header: `> 2026/11/20 13:54:34.096971  length=34 from=0 to=33`. */
function relayBlocks(text: string): HexBlock[] | undefined {
  const blocks: { parts: Uint8Array[]; side: "client" | "server"; missing: number }[] = [];
  for (const line of text.split("\n")) {
    const head = /^([<>]) .*\blength=(\d+) from=\d+ to=\d+/.exec(line);
    if (head !== null) {
      blocks.push({ parts: [], side: head[1] === ">" ? "client" : "server", missing: Number(head[2]) });
      continue;
    }
    const block = blocks.at(-1);
    const digits = /^ ?((?:[0-9a-f]{2}(?: |$))+)/i.exec(line.trimEnd());
    if (block === undefined || digits === null) continue;
    const part = parseHex(digits[1]!).subarray(0, block.missing);
    block.parts.push(part);
    block.missing -= part.length;
  }
  const found = blocks.map(({ parts, side }) => ({ bytes: concat(parts), side })).filter(({ bytes }) =>
    bytes.length > 0
  );
  return found.length === 0 ? undefined : found;
}

/**
 * Rows with offsets; a row of offset 0 begins another block. The first rows may be missing where a colon tells rows.
 * Where only some are indented these are what the server says, as Wireshark's conversations have it.
 */
function rowBlocks(text: string): HexBlock[] | undefined {
  const blocks: { readonly rows: Row[]; readonly indented: boolean }[] = [];
  let again = false;
  for (const line of text.split("\n")) {
    const rows = blocks.at(-1)?.rows;
    if (line.trim() === "*") again = true;
    const last = /^([0-9a-f]{6,16})\s*$/i.exec(line);
    if (last !== null && rows !== undefined) rows.push({ digits: last[1]!, bytes: [], again });
    const match = /^\s*(?:0x)?([0-9a-f]{3,16})([:|]?)(\s+)(\S.*)$/i.exec(line);
    if (match === null) continue;
    const [digits, colon, gap, rest] = match.slice(1) as [string, string, string, string];
    const first = /^[0-9a-f]+/i.exec(rest)?.[0].length;
    // Bare digits in groups begin with a group like the others.
    if (colon === "" && gap.length < 2 && !(digits.length >= 6 && digits.length !== first)) continue;
    const bytes = rowOctets(rest, colon === "" && digits.length === 7);
    if (bytes.length === 0) continue;
    const indented = /^\s/.test(line), before = blocks.at(-1);
    if (/^0+$/.test(digits) || (before === undefined ? colon !== "" : before.indented !== indented)) {
      blocks.push({ rows: [], indented });
    }
    blocks.at(-1)?.rows.push({ digits, bytes, again });
    again = false;
  }
  const found: HexBlock[] = [];
  const sides = new Set(blocks.map(({ indented }) => indented)).size > 1;
  for (const { rows, indented } of blocks) {
    const bytes = RADIXES.map((radix) => joined(rows, radix)).find((one) => one !== undefined);
    if (bytes === undefined) return undefined;
    found.push(sides ? { bytes, side: indented ? "server" : "client" } : { bytes });
  }
  return found.length === 0 ? undefined : found;
}

/** Octets of a row. `words`: groups are numbers of the machine that wrote them, as od and hexdump do unasked. */
function rowOctets(text: string, words: boolean): number[] {
  const out: number[] = [];
  const group = /([0-9a-f]+)(\s+|-|$)/iy;
  const octal = words && /^(?:[01][0-7]{5}(?:\s|$))+$/.test(text)
    ? 6
    : words && /^(?:[0-3][0-7]{2}(?:\s|$))+$/.test(text)
    ? 3
    : 0;
  for (let match = group.exec(text); match !== null; match = group.exec(text)) {
    const [digits, gap] = match.slice(1) as [string, string];
    if (octal === 3) out.push(parseInt(digits, 8));
    else if (octal === 6 || (words && digits.length === 4)) {
      const value = parseInt(digits, octal === 6 ? 8 : 16);
      out.push(value & 255, value >> 8);
    } else if (digits.length % 2 === 0) out.push(...parseHex(digits));
    else break;
    // A wider gap ends the digits, but for the one in the middle of a row of sixteen.
    if (
      gap.length > 1 &&
      !(gap.length === 2 && out.length === 8 && /^[0-9a-f]{2}(?:\s|$)/i.test(text.slice(group.lastIndex)))
    ) break;
  }
  return out;
}

/** The octets of rows whose offsets count in `radix`; `undefined` when they do not follow one another so. */
function joined(rows: readonly Row[], radix: number): Uint8Array | undefined {
  const out: Uint8Array[] = [];
  let at = parseInt(rows[0]!.digits, radix), before = new Uint8Array(0);
  for (const [i, { digits, bytes, again }] of rows.entries()) {
    const offset = parseInt(digits, radix);
    if (again) {
      for (; at < offset && before.length > 0 && offset < 1 << 26; at += before.length) out.push(before);
    }
    // The last word of od is filled up: where the text ends tells.
    const more = at - offset;
    if (more === 1 && i === rows.length - 1 && bytes.length === 0) {
      out.push(out.pop()!.subarray(0, -1));
      at = offset;
    }
    if (offset !== at) return undefined;
    before = new Uint8Array(bytes);
    out.push(before);
    at += bytes.length;
  }
  return concat(out);
}

/** A pcapng file of the blocks as packets, without times; which kind of packets, their first octets say. */
export function captureOfBlocks(blocks: readonly HexBlock[]): Uint8Array {
  const links: number[] = [];
  const packets = blocks.map(({ bytes }) => {
    const link = linkOf(bytes);
    if (!links.includes(link)) links.push(link);
    return packetBlock({ interfaceId: links.indexOf(link), seconds: 0, nanos: 0 }, bytes);
  });
  return concat([sectionHeader({}), ...links.map((link) => interfaceBlock({ link })), ...packets]);
}

/** Where EtherType and network header stand behind the headers that dumps begin with. */
const HEADS = [[LINK.ETHERNET, 12, 14], [LINK.LINUX_SLL, 14, 16], [LINK.LINUX_SLL2, 0, 20]] as const;

function linkOf(bytes: Uint8Array): number {
  for (const [link, type, next] of HEADS) {
    const etherType = bytes[type]! << 8 | bytes[type + 1]!;
    const version = bytes[next]! >> 4;
    if ((etherType === 0x0800 && version === 4) || (etherType === 0x86dd && version === 6)) return link;
  }
  const length = bytes[2]! << 8 | bytes[3]!;
  if (bytes[0]! >> 4 === 4 && (bytes[0]! & 15) >= 5 && length >= 20 && bytes[8]! > 0) return LINK.RAW;
  if (bytes[0]! >> 4 === 6 && bytes.length >= 40 && (bytes[4]! << 8 | bytes[5]!) <= bytes.length) return LINK.RAW;
  return LINK.ETHERNET;
}
