// ICMPv6 that is seldom met: node information (RFC 4620), router renumbering (RFC 2894). Pure. The form is tcpdump's.
import { hex, type Line } from "../core/line.ts";

/** The letters whose bits are set, from the highest bit `from` on. */
const letters = (value: number, from: number, words: string) =>
  [...words].filter((_, i) => (value & from >> i) !== 0).join("");
const QUESTIONS = ["noop", "", "DNS name", "node addresses", "ipv4 addresses"];

/** Flags of a question for addresses, or of its answer. */
function addressFlags(flags: number, answer: boolean): string {
  if (flags === 0) return "";
  return ` [${letters(flags, 0x40, answer ? "aGSLCAT" : "aGSLCA")}]`;
}

function question(type: number, flags: number): string {
  if (type === 1) return `supported qtypes${flags !== 0 ? ` [${(flags & 1) !== 0 ? "C" : ""}]` : ""}`;
  return QUESTIONS[type] ?? "unknown";
}

/** A question at `at`, to the end of the packet. */
export function printNodeQuery(l: Line, at: number): void {
  const size = l.end - at;
  if (size === 12) return l.text(" who-are-you request");
  l.text(" node information query");
  if (size < 16) return l.text(" [|icmp6]");
  const type = l.u16(at + 4), flags = l.u16(at + 6);
  const note = (text: string) => l.verbose > 0 ? text : "";
  l.text(` (${question(type, flags)}${type === 3 || type === 4 ? addressFlags(flags, false) : ""}`);
  if (type <= 1) return l.text(`${size !== 16 ? note(", invalid len") : ""})`);
  if (size === 16) return l.text(", 03 draft)");
  const subject = at + 16;
  switch (l.u8(at + 1)) {
    case 0:
      if (l.has(subject, 16)) l.text(size === 32 ? `, subject=${l.ip6Text(subject)}` : note(", invalid subject len"));
      break;
    case 1:
      l.text(", subject=DNS name");
      name(l, subject);
      break;
    case 2:
      if (l.has(subject, 4)) l.text(size === 20 ? `, subject=${l.ip4Text(subject)}` : note(", invalid subject len"));
      break;
    default:
      l.text(", unknown subject");
  }
  l.text(")");
}

/** An answer of `length` octets at `at`. */
export function printNodeReply(l: Line, at: number, length: number): void {
  const size = l.end - at;
  if (length > size || size < 16) return l.text(" [|icmp6]");
  const code = l.u8(at + 1), type = l.u16(at + 4), flags = l.u16(at + 6);
  l.text(" node information reply (");
  let comma = "";
  if (code === 0 && l.verbose > 0) {
    l.text("success");
    comma = ", ";
  } else if (code === 1 || code === 2) {
    l.text(code === 1 ? "refused" : "unknown");
    if (size !== 16 && l.verbose > 0) l.text(", invalid length");
  }
  if (code !== 0) return l.text(")");
  l.text(`${comma}${question(type, flags)}`);
  if (type === 0 && size !== 16 && l.verbose > 0) l.text(", invalid length");
  if (type === 2) {
    name(l, at + 20);
    if ((flags & 1) !== 0) l.text(` [TTL=${l.u32(at + 16)}]`);
  } else if (type === 3) {
    for (let i = 16; i + 20 <= size; i += 20) l.text(` ${l.ip6Text(at + i + 4)}(${l.u32(at + i)})`);
    l.text(addressFlags(flags, true));
  } else if (type === 4) {
    l.text(addressFlags(flags, true));
    for (let i = 16; i + 8 <= size; i += 8) l.text(` ${l.ip4Text(at + i + 4)}(${l.u32(at + i)})`);
  }
  l.text(")");
}

/** A name to the end of the packet, with a length before it or in labels. */
function name(l: Line, at: number): void {
  const draft = l.u8(at) === l.end - at - 1;
  if (draft) {
    if (l.verbose > 0) l.text(", 03 draft");
    l.text(', "');
    l.octets(at + 1, l.end - at - 1);
    return l.text('"');
  }
  l.text(', "');
  while (at < l.end) {
    const size = l.u8(at++);
    if (size === 0) {
      if (at === l.end) l.text(".");
      else if (at + 1 !== l.end || l.u8(at) !== 0) l.text("???");
      break;
    }
    if (size > l.end - at) {
      l.text("???");
      break;
    }
    l.octets(at, size);
    at += size;
    if (at + 1 < l.end && l.u8(at) !== 0) l.text(".");
  }
  l.text('"');
}

/** RFC 2894 3. */
export function printRenumbering(l: Line, at: number): void {
  const code = l.u8(at + 1);
  if (!l.has(at + 12, 4)) return l.text(" [|icmp6]");
  const words = code === 0
    ? "command"
    : code === 1
    ? "result"
    : code === 255
    ? "sequence number reset"
    : `code-#${code}`;
  l.text(`, ${words}, seq=${l.u32(at + 4)}`);
  const verbose = l.verbose > 0;
  if (verbose) {
    const flags = l.u8(at + 9);
    l.text(`[${flags !== 0 ? `${letters(flags, 0x80, "TRASP")},` : ""}seg=${l.u8(at + 8)},maxdelay=${l.u16(at + 10)}`);
    if (l.u32(at + 12) !== 0) l.text(`rsvd=0x${hex(l.u32(at + 12))}`);
    l.text("]");
  }
  if (code !== 0) return;
  const match = at + 16;
  if (!l.has(match + 8, 16)) return l.text(" [|icmp6]");
  const before = l.verbose > 1 ? "\n\t" : " ";
  const operation = l.u8(match);
  l.text(`${before}match(${["", "add", "change", "setglobal"][operation] || `#${operation}`}`);
  if (verbose) l.text(`,ord=${l.u8(match + 2)},min=${l.u8(match + 4)},max=${l.u8(match + 5)}`);
  l.text(`,${l.ip6Text(match + 8)}/${l.u8(match + 3)})`);
  const count = l.u8(match + 1) - 3;
  if (count % 4 !== 0) return l.text(" [|icmp6]");
  for (let i = 0, use = match + 24; i < count / 4; i++, use += 32) {
    if (!l.has(use + 16, 16)) return l.text(" [|icmp6]");
    l.text(`${before}use(`);
    const flags = l.u8(use + 12);
    if (flags !== 0) l.text(`${letters(flags, 0x80, "VP")},`);
    if (verbose) {
      const lifetime = (value: number) => value === 0xffff_ffff ? "infty" : String(value);
      l.text(`mask=0x${hex(l.u8(use + 2))},raflags=0x${hex(l.u8(use + 3))},`);
      l.text(`vltime=${lifetime(l.u32(use + 4))},pltime=${lifetime(l.u32(use + 8))},`);
    }
    l.text(`${l.ip6Text(use + 16)}/${l.u8(use)}/${l.u8(use + 1)})`);
  }
}
