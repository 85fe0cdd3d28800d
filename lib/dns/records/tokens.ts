// Presentation text cut into words: white space, quotes, escapes, parentheses, comments (RFC 1035 5.1). Pure.
import { DnsFormatError } from "../errors.ts";

/** One word: its raw characters (escapes still in it) and whether it stood in quotes. */
export interface Token {
  readonly text: string;
  readonly quoted: boolean;
  readonly offset: number;
}

/** The words of one record's data, read in order. */
export class Tokens {
  readonly #tokens: Token[];
  #next = 0;
  readonly #end: number;

  /** A `DnsFormatError` when a quote or a parenthesis is not closed. */
  constructor(text: string) {
    this.#tokens = tokenize(text);
    this.#end = text.length;
  }

  get atEnd(): boolean {
    return this.#next >= this.#tokens.length;
  }

  /** Characters before the next word. */
  get offset(): number {
    return this.#tokens[this.#next]?.offset ?? this.#end;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#next + ahead];
  }

  next(what = "word"): Token {
    const token = this.#tokens[this.#next];
    if (token === undefined) throw new DnsFormatError("unexpected end of input", `The ${what} is missing`, this.#end);
    this.#next++;
    return token;
  }

  /** The octets of the next word: a character string of at most 255 (RFC 1035 3.3). */
  string(): Uint8Array {
    const { text, offset } = this.next("string");
    const octets = unescape(text, offset);
    if (octets.length > 255) {
      throw new DnsFormatError("syntax error", `A string of ${octets.length} octets: 255 at most`, offset);
    }
    return octets;
  }

  /** `length` octets in base64, which may stand in several words. */
  base64(length: number): Uint8Array {
    let text = "";
    while (text.length < Math.ceil(length / 3) * 4) text += this.next("data").text;
    const data = parseBase64(text, this.offset);
    if (data.length !== length) throw this.error(`${data.length} octets, not the ${length} that were said`);
    return data;
  }

  /** The texts of all words left. */
  rest(): string[] {
    const words = this.#tokens.slice(this.#next).map((token) => token.text);
    this.#next = this.#tokens.length;
    return words;
  }

  /** An error at the word before the next one. */
  error(message: string): DnsFormatError {
    return new DnsFormatError("syntax error", message, this.#tokens[this.#next - 1]?.offset ?? 0);
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0, at = 0;
  while (at < text.length) {
    const c = text[at]!;
    if (c === " " || c === "\t" || c === "\r" || c === "\n") at++;
    else if (c === ";") {
      while (at < text.length && text[at] !== "\n") at++;
    } else if (c === "(") {
      depth++;
      at++;
    } else if (c === ")") {
      if (--depth < 0) throw new DnsFormatError("syntax error", "A closing parenthesis without an opening one", at);
      at++;
    } else if (c === '"') {
      const start = at++;
      while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
      if (at >= text.length) throw new DnsFormatError("syntax error", "A quote is not closed", start);
      tokens.push({ text: text.slice(start + 1, at++), quoted: true, offset: start });
    } else {
      const start = at;
      // A quote inside a word (key="value", RFC 9460) belongs to the word, with all that it quotes.
      let quoted = false;
      while (at < text.length) {
        const inner = text[at]!;
        if (inner === "\\") at++;
        else if (inner === '"') quoted = !quoted;
        else if (!quoted && " \t\r\n;()".includes(inner)) break;
        at++;
      }
      if (quoted) throw new DnsFormatError("syntax error", "A quote is not closed", start);
      tokens.push({ text: text.slice(start, Math.min(at, text.length)), quoted: false, offset: start });
    }
  }
  if (depth !== 0) throw new DnsFormatError("syntax error", "A parenthesis is not closed", text.length);
  return tokens;
}

/** The octets of a word's text: `\DDD` and `\c` resolved, characters above U+00FF refused. */
export function unescape(text: string, offset = 0): Uint8Array {
  const out = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code === 0x5c) {
      const digits = text.slice(i + 1, i + 4);
      if (/^\d/.test(digits)) {
        if (!/^\d{3}$/.test(digits) || Number(digits) > 255) {
          throw new DnsFormatError("bad escape", `"\\${digits}" is not an escape from \\000 to \\255`, offset + i);
        }
        code = Number(digits);
        i += 3;
      } else if (digits === "") throw new DnsFormatError("bad escape", "A backslash at the end", offset + i);
      else code = text.charCodeAt(++i);
    }
    if (code > 255) throw new DnsFormatError("bad escape", "A character that is no octet", offset + i);
    out[length++] = code;
  }
  return out.slice(0, length);
}

/** Octets of base64 text; anything else is a `DnsFormatError`. */
export function parseBase64(text: string, offset = 0): Uint8Array {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new DnsFormatError("bad base64 encoding", "Text that is not base64", offset);
  }
  const binary = atob(text);
  const out = new Uint8Array(binary.length);
  for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i);
  return out;
}

/** Octets of hex text; anything else is a `DnsFormatError`. */
export function parseHexText(text: string, offset = 0): Uint8Array {
  if (!/^(?:[0-9A-Fa-f]{2})*$/.test(text)) throw new DnsFormatError("bad hex encoding", "Text that is not hex", offset);
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(text.slice(i * 2, i * 2 + 2), 16);
  return out;
}
