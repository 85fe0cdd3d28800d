// QPACK, the header compression of HTTP/3 (RFC 9204): tables, the encoder's and decoder's streams, field sections. Pure.
import { FormatError } from "../../base/errors.ts";
import { clip, counted, octetCount } from "../coding/words.ts";
import type { Tree } from "../tree.ts";
import { integer, SECRET, string } from "./hpack.ts";

type Entry = readonly [name: string, value: string];

/** RFC 9204 appendix A, from index 0 on: name, or name=value. */
const STATIC: readonly Entry[] = `
  :authority| :path=/| age=0| content-disposition| content-length=0| cookie| date| etag| if-modified-since| if-none-match|
  last-modified| link| location| referer| set-cookie| :method=CONNECT| :method=DELETE| :method=GET| :method=HEAD|
  :method=OPTIONS| :method=POST| :method=PUT| :scheme=http| :scheme=https| :status=103| :status=200| :status=304|
  :status=404| :status=503| accept=*/*| accept=application/dns-message| accept-encoding=gzip, deflate, br|
  accept-ranges=bytes| access-control-allow-headers=cache-control| access-control-allow-headers=content-type|
  access-control-allow-origin=*| cache-control=max-age=0| cache-control=max-age=2592000| cache-control=max-age=604800|
  cache-control=no-cache| cache-control=no-store| cache-control=public, max-age=31536000| content-encoding=br|
  content-encoding=gzip| content-type=application/dns-message| content-type=application/javascript|
  content-type=application/json| content-type=application/x-www-form-urlencoded| content-type=image/gif|
  content-type=image/jpeg| content-type=image/png| content-type=text/css| content-type=text/html; charset=utf-8|
  content-type=text/plain| content-type=text/plain;charset=utf-8| range=bytes=0-|
  strict-transport-security=max-age=31536000| strict-transport-security=max-age=31536000; includesubdomains|
  strict-transport-security=max-age=31536000; includesubdomains; preload| vary=accept-encoding| vary=origin|
  x-content-type-options=nosniff| x-xss-protection=1; mode=block| :status=100| :status=204| :status=206| :status=302|
  :status=400| :status=403| :status=421| :status=425| :status=500| accept-language|
  access-control-allow-credentials=FALSE| access-control-allow-credentials=TRUE| access-control-allow-headers=*|
  access-control-allow-methods=get| access-control-allow-methods=get, post, options|
  access-control-allow-methods=options| access-control-expose-headers=content-length|
  access-control-request-headers=content-type| access-control-request-method=get| access-control-request-method=post|
  alt-svc=clear| authorization| content-security-policy=script-src 'none'; object-src 'none'; base-uri 'none'|
  early-data=1| expect-ct| forwarded| if-range| origin| purpose=prefetch| server| timing-allow-origin=*|
  upgrade-insecure-requests=1| user-agent| x-forwarded-for| x-frame-options=deny| x-frame-options=sameorigin
`.trim().split(/\|\s+/).map((entry) => {
  const [name, ...value] = entry.split("=");
  return [name!, value.join("=")] as const;
});

/** Octets that a table may take, whatever the peer's settings say. */
const TABLE_LIMIT = 64 * 1024;

/** The table that one side fills and the other reads (RFC 9204 3.2); entries are numbered from 0 on for good. */
export class QpackTable {
  readonly #entries = new Map<number, Entry>();
  #first = 0;
  #size = 0;
  #capacity = 0;
  /** Entries that were put in, ever. */
  inserted = 0;
  /** Octets that the reader allows, by its settings. */
  allowed = 0;

  set capacity(octets: number) {
    this.#capacity = Math.min(octets, TABLE_LIMIT);
    this.#evict();
  }

  get(absolute: number): Entry | undefined {
    return this.#entries.get(absolute);
  }

  add(entry: Entry): void {
    this.#entries.set(this.inserted++, entry);
    this.#size += entry[0].length + entry[1].length + 32;
    this.#evict();
  }

  #evict(): void {
    while (this.#size > this.#capacity && this.#first < this.inserted) {
      const [name, value] = this.#entries.get(this.#first)!;
      this.#size -= name.length + value.length + 32;
      this.#entries.delete(this.#first++);
    }
  }
}

const named = (entry: Entry | undefined) => entry?.[0] ?? "no such entry";

function shown(group: Tree["current"], [name, value]: Entry, hidden: boolean): void {
  group.meaning = hidden ? name : clip(`${name}: ${value}`, 120);
}

function known(entry: Entry | undefined, tree: Tree): Entry {
  if (entry === undefined) throw new FormatError("No such entry in the table", tree.offset);
  return entry;
}

/** Whether `bytes` hold a whole integer with a prefix of `bits` bits: where it ends, or 0. */
function integerEnd(bytes: Uint8Array, at: number, bits: number): number {
  const full = 2 ** bits - 1;
  if (at >= bytes.length) return 0;
  if ((bytes[at]! & full) < full) return at + 1;
  for (let end = at + 1; end < bytes.length; end++) if (bytes[end]! < 128) return end + 1;
  return 0;
}

/** As `integerEnd`, of a string. */
function stringEnd(bytes: Uint8Array, at: number, bits: number): number {
  const end = integerEnd(bytes, at, bits);
  if (end === 0) return 0;
  const full = 2 ** bits - 1;
  let length = bytes[at]! & full;
  if (length === full) {
    for (let i = at + 1, scale = 1; i < end; i++, scale *= 128) {
      length += (bytes[i]! & 127) * scale;
    }
  }
  return end + length;
}

/** Octets of the first instruction of the encoder; may be more than there are, 0 when that is not known. RFC 9204 4.3. */
export function instructionLength(bytes: Uint8Array): number {
  const first = bytes[0]!;
  if (first < 64) return integerEnd(bytes, 0, 5);
  const name = first >= 128 ? integerEnd(bytes, 0, 6) : stringEnd(bytes, 0, 5);
  return name === 0 || name > bytes.length ? name : stringEnd(bytes, name, 7);
}

/** One instruction of the encoder's stream; gives its line. */
export function encoderInstruction(tree: Tree, table: QpackTable): string {
  const first = tree.reader.peek()!;
  const relative = (index: number) => table.get(table.inserted - 1 - index);
  if (first < 64 && first >= 32) {
    const octets = integer(tree, "Capacity", 5, "RFC 9204 4.3.1", octetCount);
    table.capacity = octets;
    return `table of ${counted(octets, "octet")}`;
  }
  let entry: Entry;
  if (first < 32) {
    entry = known(relative(integer(tree, "Index", 5, "RFC 9204 4.3.4", (value) => named(relative(value)))), tree);
  } else {
    const fixed = first >= 192;
    const name = first >= 128
      ? known(
        ((index) => fixed ? STATIC[index] : relative(index))(
          integer(tree, "Name index", 6, "RFC 9204 4.3.2", (i) => named(fixed ? STATIC[i] : relative(i))),
        ),
        tree,
      )[0]
      : string(tree, "Name", false, 5, "RFC 9204 4.3.3");
    entry = [name, string(tree, "Value", SECRET.test(name.toLowerCase()), 7, "RFC 9204 4.3.2")];
  }
  table.add(entry);
  return `entry ${table.inserted - 1}: ${SECRET.test(entry[0].toLowerCase()) ? entry[0] : clip(entry.join(": "), 80)}`;
}

/** One instruction of the decoder's stream; gives its line. RFC 9204 4.4. */
export function decoderInstruction(tree: Tree): string {
  const first = tree.reader.peek()!;
  const [name, bits, ref] = first >= 128
    ? ["Section acknowledgment", 7, "RFC 9204 4.4.1"] as const
    : first >= 64
    ? ["Stream cancellation", 6, "RFC 9204 4.4.2"] as const
    : ["Insert count increment", 6, "RFC 9204 4.4.3"] as const;
  return `${name.toLowerCase()}: ${integer(tree, name, bits, ref, () => undefined)}`;
}

/** Octets of the first instruction of the decoder, 0 when that is not known. */
export function decoderLength(bytes: Uint8Array): number {
  return integerEnd(bytes, 0, bytes[0]! >= 128 ? 7 : 6);
}

/** RFC 9204 4.5.1.1: how many entries a section needs, from a number that wraps. */
function requiredCount(encoded: number, table: QpackTable): number {
  if (encoded === 0) return 0;
  const most = Math.floor(table.allowed / 32), full = 2 * most;
  if (full === 0) return encoded - 1;
  const highest = table.inserted + most, wrapped = Math.floor(highest / full) * full;
  const count = wrapped + encoded - 1;
  return count > highest ? count - full : count;
}

/** The field section in the rest of `tree`; gives the fields in order. */
export function fieldSection(tree: Tree, table: QpackTable): [name: string, value: string][] {
  const ref = "RFC 9204 4.5.1", out: [string, string][] = [];
  const required = requiredCount(
    integer(tree, "Required insert count", 8, ref, (value) => value === 0 ? "nothing of the table" : undefined),
    table,
  );
  const negative = (tree.reader.peek() ?? 0) >= 128;
  const delta = integer(tree, "Delta base", 7, ref, () => negative ? "before" : "from there on");
  const base = negative ? required - delta - 1 : required + delta;
  if (required > table.inserted) {
    tree.rest("Field lines", "RFC 9204 4.5", `need ${counted(required, "entry")} of the table, ${table.inserted} came`);
    return out;
  }
  while (tree.remaining > 0) {
    const first = tree.reader.peek()!;
    tree.group("Header", (group) => {
      const pick = (fixed: boolean, after: boolean) => (index: number) =>
        fixed ? STATIC[index] : table.get(after ? base + index : base - 1 - index);
      const index = (bits: number, part: string, fixed: boolean, after: boolean, section: string) => {
        const find = pick(fixed, after);
        return known(find(integer(tree, part, bits, section, (value) => named(find(value)))), tree);
      };
      let entry: Entry;
      if (first >= 128) entry = index(6, "Index", (first & 64) !== 0, false, "RFC 9204 4.5.2");
      else if (first < 32 && first >= 16) entry = index(4, "Index after the base", false, true, "RFC 9204 4.5.3");
      else {
        const name = first >= 64
          ? index(4, "Name index", (first & 16) !== 0, false, "RFC 9204 4.5.4")[0]
          : first >= 32
          ? string(tree, "Name", false, 3, "RFC 9204 4.5.6")
          : index(3, "Name index after the base", false, true, "RFC 9204 4.5.5")[0];
        entry = [name, string(tree, "Value", SECRET.test(name.toLowerCase()), 7, "RFC 9204 4.1.2")];
      }
      const hidden = SECRET.test(entry[0].toLowerCase());
      shown(group, entry, hidden);
      if (hidden && group.children?.length === 1) [group.value, group.secret] = [entry[1], true];
      out.push([...entry]);
    }, { ref: "RFC 9204 4.5" });
  }
  return out;
}
