// What both versions of IPsec's key exchange share: names, attributes, octets in hexadecimal. Pure.
// RFC 2407, RFC 2409, RFC 7296 (IANA: IKE parameters); the form is tcpdump's.
import type { Line, Names } from "../core/line.ts";
import { names } from "../core/table.ts";

/** Payloads by number, with the names that lines give them. */
export const PAYLOADS = names(
  "0 none|sa|p|t|ke|id|cert|cr|hash|sig|nonce|n|d|vid|pay14|pay15|pay16|pay17|pay18|pay19|pay20|pay21|pay22|pay23|pay24|" +
    "pay25|pay26|pay27|pay28|pay29|pay30|pay31|pay32|v2sa|v2ke|v2IDi|v2IDr|v2cert|v2cr|v2auth|v2nonce|v2n|v2d|v2vid|" +
    "v2TSi|v2TSr|v2e|v2cp|v2eap",
);
export const PROTOCOLS = names("1 isakmp|ipsec-ah|ipsec-esp|ipcomp");
export const CIPHERS = names("1 1des-iv64|1des|3des|rc5|idea|cast|blowfish|3idea|1des-iv32|rc4|null|aes");
export const GROUPS = names(
  "1 modp768|modp1024|EC2N 2^155|EC2N 2^185|modp1536|iana-grp06|iana-grp07|iana-grp08|iana-grp09|iana-grp10|" +
    "iana-grp11|iana-grp12|iana-grp13|modp2048|modp3072|modp4096|modp6144|modp8192",
);

/** A name, or the number behind `#`. */
export const named = (table: Names, value: number) => table[value] ?? `#${value}`;

/** An attribute's name, and names of its values. */
export type Attributes = Readonly<Record<number, readonly [name: string, values?: Names]>>;

const { 18: _last, ...GROUPS_AS_VALUES } = GROUPS;
const LIFETIMES = names("1 sec|kb");
export const IPSEC_ATTRIBUTES: Attributes = {
  1: ["lifetype", LIFETIMES],
  2: ["life"],
  3: ["group desc", GROUPS_AS_VALUES],
  4: ["enc mode", names("1 tunnel|transport")],
  5: ["auth", names("1 hmac-md5|hmac-sha1|1des-mac|keyed")],
  6: ["keylen"],
  7: ["rounds"],
  8: ["dictsize"],
  9: ["privalg"],
};
export const IKE_ATTRIBUTES: Attributes = {
  1: ["enc", names("1 1des|idea|blowfish|rc5|3des|cast|aes")],
  2: ["hash", names("1 md5|sha1|tiger|sha2-256|sha2-384|sha2-512")],
  3: ["auth", names("1 preshared|dss|rsa sig|rsa enc|rsa enc revised")],
  4: ["group desc", GROUPS_AS_VALUES],
  5: ["group type", names("1 MODP|ECP|EC2N")],
  6: ["group prime"],
  7: ["group gen1"],
  8: ["group gen2"],
  9: ["group curve A"],
  10: ["group curve B"],
  11: ["lifetype", LIFETIMES],
  12: ["lifeduration"],
  13: ["prf"],
  14: ["keylen"],
  15: ["field"],
  16: ["order"],
};

/** `count` octets in hexadecimal; `false` when they were not captured. */
export function octets(l: Line, at: number, count: number): boolean {
  if (!l.has(at, count)) return false;
  for (let i = 0; i < count; i++) l.out.hex(l.bytes[at + i]!, 2);
  return true;
}

/** The first ten octets and the last twenty of what was captured from `at` on. */
export function someOctets(l: Line, at: number): void {
  const first = Math.min(10, l.end - at), last = Math.max(l.end - 20, at + first);
  l.text(" data=(");
  octets(l, at, first);
  l.text("...");
  octets(l, last, l.end - last);
  l.text(")");
}

/** The attributes from `at` to `end`; gives the offset behind them, -1 when one was not captured whole. */
export function attributes(l: Line, at: number, end: number, table: Attributes | undefined): number {
  while (at < l.end && at < end) {
    const short = (l.u8(at) & 0x80) !== 0, size = short ? 4 : 4 + l.u16(at + 2);
    if (at + size > end) {
      l.text("[|attr]");
      return end + 1;
    }
    const type = l.u16(at) & 0x7fff, known = table?.[type];
    l.text(`(type=${known?.[0] ?? `#${type}`} `);
    let whole = true;
    if (short) {
      const value = known?.[1]?.[l.u16(at + 2)];
      l.text(`value=${value ?? ""}`);
      if (value === undefined) whole = octets(l, at + 2, 2);
    } else {
      l.text(`len=${size - 4} value=`);
      whole = octets(l, at + 4, size - 4);
    }
    l.text(")");
    if (!whole) return -1;
    at += size;
  }
  return at;
}

/** A payload in brackets on a line of its own, indented by how deep it is inside others. */
export function bracketed<T>(l: Line, depth: number, print: () => T): T {
  l.text(`\n${"    ".repeat(depth)}(`);
  const result = print();
  l.text(")");
  return result;
}
