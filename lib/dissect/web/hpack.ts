// HPACK, the header compression of HTTP/2 (RFC 7541): tables, and a block as fields. Pure.
import { utf8 } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { decodeHuffman } from "../../base/huffman.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";

/** RFC 7541 appendix A, from index 1 on: name, or name=value. */
const STATIC: readonly (readonly [string, string])[] = `
  :authority; :method=GET; :method=POST; :path=/; :path=/index.html;
  :scheme=http; :scheme=https; :status=200; :status=204; :status=206;
  :status=304; :status=400; :status=404; :status=500; accept-charset;
  accept-encoding=gzip, deflate; accept-language; accept-ranges; accept; access-control-allow-origin;
  age; allow; authorization; cache-control; content-disposition;
  content-encoding; content-language; content-length; content-location; content-range;
  content-type; cookie; date; etag; expect;
  expires; from; host; if-match; if-modified-since;
  if-none-match; if-range; if-unmodified-since; last-modified; link;
  location; max-forwards; proxy-authenticate; proxy-authorization; range;
  referer; refresh; retry-after; server; set-cookie;
  strict-transport-security; transfer-encoding; user-agent; vary; via;
  www-authenticate
`.trim().split(/;\s+/).map((entry) => {
  const [name, ...value] = entry.split("=");
  return [name!, value.join("=")] as const;
});

/** Octets that a table may take, whatever the peer's settings say. */
const TABLE_LIMIT = 64 * 1024;

/** Octets that a text had: characters beyond ISO 8859-1 came as UTF-8, others may have. */
function octets(text: string): number {
  return /^[\x00-\x7f]*$/.test(text) ? text.length : utf8(text).length;
}

/** The table of one direction (RFC 7541 2.3.2). */
export class DynamicTable {
  #entries: (readonly [name: string, value: string])[] = [];
  #size = 0;
  #limit = 4096;

  set limit(count: number) {
    this.#limit = Math.min(count, TABLE_LIMIT);
    this.#evict();
  }

  get(index: number): readonly [name: string, value: string] | undefined {
    return index <= STATIC.length ? STATIC[index - 1] : this.#entries[index - STATIC.length - 1];
  }

  add(name: string, value: string): void {
    this.#entries.unshift([name, value]);
    this.#size += octets(name) + octets(value) + 32;
    this.#evict();
  }

  #evict(): void {
    while (this.#size > this.#limit && this.#entries.length > 0) {
      const [name, value] = this.#entries.pop()!;
      this.#size -= octets(name) + octets(value) + 32;
    }
  }
}

/** An integer with a prefix of `bits` bits (RFC 7541 5.1). */
export function integer(
  tree: Tree,
  name: string,
  bits: number,
  ref: string,
  meaning: (value: number) => string | undefined,
): number {
  return tree.field(name, (reader) => {
    const start = reader.offset;
    const full = 2 ** bits - 1;
    let value = reader.u8() & full;
    if (value < full) return value;
    for (let shift = 1;; shift *= 128) {
      const octet = reader.u8();
      value += (octet & 127) * shift;
      if (value > 2 ** 31) throw new FormatError("An integer is too large", start);
      if (octet < 128) return value;
    }
  }, (value) => ({ ref, meaning: meaning(value) }));
}

/** A string whose length has a prefix of `bits` bits, and before them a bit for the Huffman code. */
export function string(tree: Tree, name: string, secret = false, bits = 7, ref = "RFC 7541 5.2"): string {
  const huffman = ((tree.reader.peek() ?? 0) >> bits & 1) === 1;
  const length = integer(
    tree,
    `${name} length`,
    bits,
    ref,
    (octets) => `${counted(octets, "octet")}${huffman ? ", Huffman code" : ""}`,
  );
  if (length === 0) return "";
  const text = tree.field(name, (reader) => {
    const { offset } = reader;
    const bytes = reader.take(length, name);
    return decodeText(huffman ? decodeHuffman(bytes, offset) : bytes);
  }, () => ({ ref, meaning: huffman ? "Huffman code undone" : undefined }));
  if (secret) tree.last.secret = true;
  return text;
}

/** Names of headers that hold passwords. */
export const SECRET = /^(authorization|proxy-authorization)$/;

/** The header block in the rest of `tree`; gives the fields in order. Changes `table` as the sender's did. */
export function headerBlock(tree: Tree, table: DynamicTable): [name: string, value: string][] {
  const out: [string, string][] = [];
  while (tree.remaining > 0) {
    const first = tree.reader.peek()!;
    const said = (index: number) => table.get(index)?.[0] ?? "no such entry";
    if (first >= 128) {
      tree.group("Header", (group) => {
        const index = integer(tree, "Index", 7, "RFC 7541 6.1", (value) => {
          const entry = table.get(value);
          return entry === undefined ? undefined : `name and value stand in the table: ${entry[0]}`;
        });
        const entry = table.get(index);
        if (entry === undefined) throw new FormatError(`No entry ${index} in the table`, tree.offset);
        const hidden = SECRET.test(entry[0]);
        group.meaning = hidden ? entry[0] : clip(`${entry[0]}: ${entry[1]}`, 120);
        if (hidden) [group.value, group.secret] = [entry[1], true];
        out.push([...entry]);
      }, { ref: "RFC 7541 6.1" });
      continue;
    }
    if (first >= 32 && first < 64) {
      table.limit = integer(
        tree,
        "Table size",
        5,
        "RFC 7541 6.3",
        (octets) => `${counted(octets, "octet")} from here on`,
      );
      continue;
    }
    const kept = first >= 64;
    const ref = kept ? "RFC 7541 6.2.1" : first >= 16 ? "RFC 7541 6.2.3" : "RFC 7541 6.2.2";
    tree.group("Header", (group) => {
      const how = kept ? "kept in the table" : first >= 16 ? "never kept" : "not kept";
      const index = integer(
        tree,
        "Name index",
        kept ? 6 : 4,
        ref,
        (value) => `${how}, name ${value === 0 ? "follows" : said(value)}`,
      );
      if (index !== 0 && table.get(index) === undefined) {
        throw new FormatError(`No entry ${index} in the table`, tree.offset);
      }
      const name = index === 0 ? string(tree, "Name") : table.get(index)![0];
      const hidden = SECRET.test(name.toLowerCase());
      const value = string(tree, "Value", hidden);
      if (kept) table.add(name, value);
      group.meaning = hidden ? name : clip(`${name}: ${value}`, 120);
      out.push([name, value]);
    }, { ref });
  }
  return out;
}
