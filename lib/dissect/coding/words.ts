// Octets as text, and text that is safe to show. Pure.
import { counted, printable } from "../../base/text.ts";

export { counted };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text of octets: UTF-8, or ISO 8859-1 where that is malformed. */
export function decodeText(bytes: Uint8Array): string {
  // Most texts of protocols are short and ASCII: the decoder costs more than they do.
  if (bytes.length <= 64) {
    let text = "", at = 0;
    while (at < bytes.length && bytes[at]! < 128) text += String.fromCharCode(bytes[at++]!);
    if (at === bytes.length) return text;
  }
  try {
    return utf8.decode(bytes);
  } catch {
    let out = "";
    for (let i = 0; i < bytes.length; i += 4096) out += String.fromCharCode(...bytes.subarray(i, i + 4096));
    return out;
  }
}

/** Whether octets read as text: UTF-8 without control characters other than TAB, CR, LF and ESC. */
export function looksLikeText(bytes: Uint8Array): boolean {
  const sample = bytes.length > 4096 ? bytes.subarray(0, 4096) : bytes;
  let ascii = true;
  for (const octet of sample) {
    if (octet >= 128) ascii = false;
    if (octet < 32 ? octet !== 9 && octet !== 10 && octet !== 13 && octet !== 27 : octet === 127) return false;
  }
  if (ascii) return true;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(sample, { stream: true });
    return true;
  } catch {
    return false;
  }
}

const PLAIN = /^[ -~]*$/;

/** Text safe on a terminal: `printable`, quick for plain text. */
export function shown(text: string): string {
  return PLAIN.test(text) ? text : printable(text);
}

/** At most `limit` characters of `text`, safe on a terminal. */
export function clip(text: string, limit = 80): string {
  const safe = shown(text.length > limit ? text.slice(0, limit) : text);
  return text.length > limit ? safe + "…" : safe;
}

/** What a time is that counts milliseconds from midnight (RFC 791 3.1, RFC 792). */
export const midnight = (ms: number) =>
  ms < 86_400_000 ? `${new Date(ms).toISOString().slice(11, 23)} UTC` : "not milliseconds since midnight";

/** Values of fields in words. */
export const octetCount = (value: number | bigint) => counted(value, "octet");
export const seconds = (value: number) => counted(value, "second");
export const milliseconds = (value: number) => `${value} ms`;
