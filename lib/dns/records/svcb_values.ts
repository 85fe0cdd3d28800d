// The values of service parameters: what each form may be, its text, its parts (RFC 9460 7, 8, appendix A). Pure.
// To add a form: an object of type `ValueForm`; the parameters that have it stand in `svcb.ts`.
import type { FieldBuilder } from "../../base/field.ts";
import { formatIp, parseIp } from "../../base/ip.ts";
import { concat } from "../../base/bytes.ts";
import { base64Text } from "./layout.ts";
import { ipv6Text, quoted } from "./kinds.ts";
import { parseBase64, type Tokens, unescape } from "./tokens.ts";

/** A form of value. `text` and `explain` are for values without fault. */
export interface ValueForm {
  /** What is wrong with a value, behind the name of its key: "is empty"; undefined when nothing is. */
  fault?(value: Uint8Array): string | undefined;
  /** As it stands behind the `=`. */
  text(value: Uint8Array): string;
  /** The value of what stands behind the `=`, without quotes around it. Throws for other text. */
  parse(raw: string, tokens: Tokens): Uint8Array;
  /** Records the parts of the value that comes next; `ref` is the key's. */
  explain(builder: FieldBuilder, value: Uint8Array, ref: string | undefined): void;
}

const octetsOf = (raw: string, tokens: Tokens) => unescape(raw, tokens.offset);

/** A form whose value is one part. */
function whole(text: ValueForm["text"], parse: ValueForm["parse"] = octetsOf): ValueForm {
  return {
    text,
    parse,
    explain: (builder, value, ref) => {
      if (value.length > 0) builder.field("Value", (r) => r.take(value.length), { meaning: text(value), ref });
    },
  };
}

/** Any octets. */
export const TEXT: ValueForm = whole(quoted);

export const BASE64: ValueForm = whole(base64Text, (raw, tokens) => parseBase64(raw, tokens.offset));

export const EMPTY: ValueForm = {
  ...whole(() => ""),
  fault: (value) => value.length === 0 ? undefined : "is not empty",
};

/** UTF-8 and a URI template (RFC 6570) with the variable "dns" (RFC 9461 5). */
export const DOH_PATH: ValueForm = {
  ...TEXT,
  fault: (value) => isDohPath(value) ? undefined : "is not a path template with the variable dns",
};

function isDohPath(value: Uint8Array): boolean {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return false;
  }
  if (!text.startsWith("/")) return false;
  const expression = /\{[^{}]*\}/g;
  if (/[{}]/.test(text.replace(expression, ""))) return false;
  const expressions = text.match(expression) ?? [];
  return expressions.some((found) =>
    found.slice(1, -1).replace(/^[+#./;?&]/, "").split(",").some((variable) => /^dns(?:\*|:\d+)?$/.test(variable))
  );
}

const word = (value: Uint8Array) => (value[0]! << 8) | value[1]!;

export const PORT: ValueForm = {
  fault: (value) => value.length === 2 ? undefined : "is not two octets",
  text: (value) => String(word(value)),
  parse: (raw, tokens) => {
    if (!/^\d{1,5}$/.test(raw) || Number(raw) > 0xffff) throw tokens.error(`"${raw}" is not a port`);
    return Uint8Array.of(Number(raw) >> 8, Number(raw) & 0xff);
  },
  explain: (builder, _value, ref) => void builder.field("Port", (r) => r.u16(), { ref }),
};

/** The octets in pieces of `size`. */
function pieces(value: Uint8Array, size: number): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let at = 0; at < value.length; at += size) list.push(value.subarray(at, at + size));
  return list;
}

/** A list of items of one size. */
function listOf(
  size: number,
  of: { readonly item: string; readonly items: string },
  text: (item: Uint8Array) => string,
  parse: (word: string, tokens: Tokens) => Uint8Array,
): ValueForm {
  return {
    fault: (value) => value.length > 0 && value.length % size === 0 ? undefined : `is not a list of ${of.items}`,
    text: (value) => pieces(value, size).map(text).join(","),
    parse: (raw, tokens) => concat(raw.split(",").map((word) => parse(word, tokens))),
    explain: (builder, value, ref) => {
      for (const piece of pieces(value, size)) {
        const said = text(piece);
        // A number has a meaning besides, if its text is more than it.
        builder.field(of.item, (r) => size === 2 ? r.u16() : (r.skip(size), said), (value) => ({
          meaning: String(value) === said ? undefined : said,
          ref,
        }));
      }
    },
  };
}

function addresses(family: 4 | 6): ValueForm {
  const parse = (word: string, tokens: Tokens) => {
    const ip = parseIp(word);
    if (ip?.family !== family) throw tokens.error(`"${word}" is not an IPv${family} address`);
    return ip.bytes;
  };
  const size = family === 4 ? 4 : 16;
  return listOf(
    size,
    { item: `IPv${family} address`, items: `IPv${family} addresses` },
    family === 4 ? formatIp : ipv6Text,
    parse,
  );
}

export const IPV4: ValueForm = addresses(4);
export const IPV6: ValueForm = addresses(6);

/** Numbers of TLS groups, the most wanted first. */
export const GROUPS: ValueForm = listOf(
  2,
  { item: "Group", items: "TLS groups" },
  (value) => String(word(value)),
  PORT.parse,
);

/** Keys that whoever uses the record must know (RFC 9460 8). `nameOf` and `keyOf` are the key's name and its number. */
export function keyList(nameOf: (key: number) => string, keyOf: (name: string, tokens: Tokens) => number): ValueForm {
  const list = listOf(
    2,
    { item: "Mandatory key", items: "keys" },
    (value) => nameOf(word(value)),
    (name, tokens) => {
      const key = keyOf(name, tokens);
      return Uint8Array.of(key >> 8, key & 0xff);
    },
  );
  return {
    ...list,
    fault: (value) => {
      const keys = keysOf(value);
      return list.fault!(value) ??
        (keys.every((key, i) => i === 0 || key > keys[i - 1]!) ? undefined : "is not in order");
    },
    parse: (raw, tokens) => concat(pieces(list.parse(raw, tokens), 2).sort((one, other) => word(one) - word(other))),
  };
}

/** The numbers of a list of keys. */
export function keysOf(value: Uint8Array): number[] {
  return pieces(value, 2).filter(({ length }) => length === 2).map(word);
}

/** The items of a list in which each stands behind its length. */
function sized(value: Uint8Array): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let at = 0; at < value.length; at += value[at]! + 1) list.push(value.subarray(at + 1, at + 1 + value[at]!));
  return list;
}

/** An item inside the quotes: commas and backslashes escaped once for the list and once for the string. */
function itemText(item: Uint8Array): string {
  let out = "";
  for (const octet of item) {
    if (octet === 0x2c || octet === 0x5c) out += octet === 0x2c ? "\\\\," : "\\\\\\\\";
    else if (octet === 0x22) out += '\\"';
    else out += octet > 0x20 && octet < 0x7f ? String.fromCharCode(octet) : "\\" + String(octet).padStart(3, "0");
  }
  return out;
}

/** The items of a comma-separated list, with `\,` and `\\` in them resolved. */
function splitList(octets: Uint8Array): Uint8Array[] {
  const list: number[][] = [[]];
  for (let i = 0; i < octets.length; i++) {
    if (octets[i] === 0x5c && i + 1 < octets.length) list.at(-1)!.push(octets[++i]!);
    else if (octets[i] === 0x2c) list.push([]);
    else list.at(-1)!.push(octets[i]!);
  }
  return list.map((item) => Uint8Array.from(item));
}

/** A list in which each item stands behind its length: identifiers of protocols, segments of a path. */
function sizedList(item: string, what: string): ValueForm {
  return {
    fault: (value) => {
      if (value.length === 0) return "is empty";
      let at = 0;
      while (at < value.length) {
        if (value[at] === 0) return `has an empty ${what}`;
        at += value[at]! + 1;
      }
      return at === value.length ? undefined : "is cut off";
    },
    text: (value) => `"${sized(value).map(itemText).join(",")}"`,
    parse: (raw, tokens) =>
      concat(
        splitList(unescape(raw, tokens.offset)).map((octets) => {
          if (octets.length === 0 || octets.length > 255) throw tokens.error(`${what} of no or too many octets`);
          return Uint8Array.of(octets.length, ...octets);
        }),
      ),
    explain: (builder, value, ref) => {
      for (const { length } of sized(value)) {
        builder.field(`${item} length`, (r) => r.u8(), { ref });
        builder.field(item, (r) => r.take(length), (octets) => ({ meaning: quoted(octets), ref }));
      }
    },
  };
}

export const ALPN: ValueForm = sizedList("Protocol", "identifier");
export const PATH_SEGMENTS: ValueForm = sizedList("Segment", "segment");
