// International names: as people write them and as they travel (IDNA: RFC 5890 to 5892 by way of UTS 46, RFC 3492). Pure.
// The mapping is the runtime's own, by way of `URL`; the way back is here.
import { latin1, latin1Text, utf8, utf8Text } from "../../base/bytes.ts";
import type { OctetText } from "./settings.ts";

/** A name that IDNA forbids; `message` says why in the words of the reference's library. */
export class IdnError extends Error {
  override readonly name = "IdnError";
  /** The octets are no punycode at all. */
  readonly broken: boolean;

  constructor(message: string, broken = false) {
    super(message);
    this.broken = broken;
  }
}

/** Characters of a name without a dot at the end: 255 octets on the wire. */
const MOST = 253;
const DISALLOWED = "string contains a disallowed character";

const MOST_CODE = 0xffffffff;

/** The code points that punycode spells (RFC 3492 6.2). An `IdnError` for anything else. */
export function parsePunycode(text: string): string {
  const bad = () => new IdnError("string contains invalid punycode data", true);
  const tooLarge = () => new IdnError("punycode conversion resulted in overflow", true);
  if (text === "" || /[^\0-\x7f]/.test(text)) throw bad();
  const delimiter = text.lastIndexOf("-");
  const out = Array.from(delimiter > 0 ? text.slice(0, delimiter) : "", (c) => c.codePointAt(0)!);
  let code = 128, position = 0, bias = 72;
  for (let at = delimiter > 0 ? delimiter + 1 : 0; at < text.length;) {
    const before = position;
    for (let weight = 1, k = 36;; k += 36) {
      if (at >= text.length) throw bad();
      const digit = "abcdefghijklmnopqrstuvwxyz0123456789".indexOf(text[at++]!.toLowerCase());
      if (digit === -1) throw bad();
      position += digit * weight;
      if (position > MOST_CODE) throw tooLarge();
      const threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (weight > MOST_CODE) throw tooLarge();
    }
    const length = out.length + 1;
    let delta = Math.floor((position - before) / (before === 0 ? 700 : 2));
    delta += Math.floor(delta / length);
    let k = 0;
    for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
    bias = k + Math.floor((36 * delta) / (delta + 38));
    code += Math.floor(position / length);
    position %= length;
    if (code > MOST_CODE) throw tooLarge();
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw bad();
    out.splice(position++, 0, code);
  }
  return String.fromCodePoint(...out);
}

function checkHyphens(label: string): void {
  if (/^-|-$/.test(label)) throw new IdnError("string start/ends with forbidden hyphen");
  if (label.slice(2, 4) === "--") throw new IdnError("string contains forbidden two hyphens pattern");
}

/** What stands in a label beside characters beyond ASCII: to a URL other signs would mean something, or nothing. */
function checkSigns(label: string): void {
  if (/(?![A-Za-z0-9_-])[\0-\x7f]/.test(label)) throw new IdnError("A-label roundtrip failed");
}

/** One label with characters beyond ASCII, as it travels. */
function toAsciiLabel(label: string): string {
  if (/^xn--/i.test(label)) parsePunycode(label.slice(4));
  checkHyphens(label);
  checkSigns(label);
  let host: string;
  try {
    host = new URL(`http://${label}.x/`).hostname;
  } catch {
    throw new IdnError(DISALLOWED);
  }
  if (!host.endsWith(".x")) throw new IdnError(DISALLOWED);
  if (host.length > 65) throw new IdnError("punycode encoded data will be too large");
  const ascii = host.slice(0, -2);
  // Wide hyphens, and signs in brackets, are ASCII only when they are mapped.
  const mapped = ascii.startsWith("xn--") ? parsePunycode(ascii.slice(4)) : ascii;
  checkHyphens(mapped);
  checkSigns(mapped);
  return ascii;
}

function checkAsciiLabel(label: string): void {
  if (label.length > 63) throw new IdnError("domain label longer than 63 characters");
  if (/^xn--/i.test(label)) {
    const text = parsePunycode(label.slice(4));
    try {
      if (toAsciiLabel(text).toLowerCase() === label.toLowerCase()) return;
    } catch {
      // Said below.
    }
    throw new IdnError("domain label has character forbidden in non-transitional mode (TR46)");
  }
  checkHyphens(label);
}

/** What IDNA2008 has no place for, and the reference takes all the same: by the older mapping. */
const SYMBOL = /\p{S}/u;

/** The older mapping of the four characters that IDNA2008 lets stand (UTS 46 4, "transitional processing"). */
function transitional(name: string): string {
  return name.replace(/[\u200c\u200d]/g, "").replace(/\u00df|\u1e9e/g, "ss").replace(/\u03c2/g, "\u03c3");
}

/** A name in UTF-8 octets as it travels. An `IdnError` when it cannot. Names that need no change keep their case. */
export function asciiName(name: OctetText): OctetText {
  if (!/[\u0080-\uffff]/.test(name)) {
    for (const label of name.split(".")) checkAsciiLabel(label);
    return fitting(name);
  }
  const given = utf8Text(latin1(name));
  if (given.includes("\ufffd")) throw new IdnError("could not convert string to UTF-8");
  const text = SYMBOL.test(given.normalize("NFKC")) ? transitional(given) : given;
  return fitting(
    text.split(/[.\u3002\uff0e\uff61]/).map((label) => {
      if (/[\u0080-\uffff]/.test(label)) return toAsciiLabel(label);
      checkAsciiLabel(label);
      return label.toLowerCase();
    }).join("."),
  );
}

/** A name that is not longer than the reference's library takes. */
function fitting(name: string): string {
  if (name.replace(/\.$/, "").length > MOST) throw new IdnError("domain name longer than 255 characters");
  return name;
}

/** A name as it travels in UTF-8 octets as people write it. An `IdnError` when a label spells what IDNA forbids. */
export function unicodeName(name: OctetText): OctetText {
  if (!/xn--/i.test(name)) return name;
  return name.split(".").map((label) => {
    if (!/^xn--/i.test(label)) return label;
    const text = parsePunycode(label.slice(4));
    let back: string;
    try {
      back = toAsciiLabel(text);
    } catch {
      throw new IdnError(DISALLOWED);
    }
    if (back.toLowerCase() !== label.toLowerCase()) throw new IdnError(DISALLOWED);
    return latin1Text(utf8(text));
  }).join(".");
}

/** What IDNA2008 allows in labels without mapping (RFC 5892): letters without capitals, marks, digits, a few signs. */
const LABEL = /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}\u00b7\u0375\u05f3\u05f4\u30fb_*\\-]*$/u;

/** A name in UTF-8 octets as it travels, without any mapping; undefined when IDNA2008 has no place for it. */
export function strictAsciiName(name: OctetText): OctetText | undefined {
  const labels = utf8Text(latin1(name)).split(".").map((given) => {
    const label = given.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    if (!/[\u0080-\uffff]/.test(label)) return label;
    return LABEL.test(label) ? toAsciiLabel(label) : undefined;
  });
  return labels.includes(undefined) ? undefined : labels.join(".");
}
