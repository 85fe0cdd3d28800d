// What messages of AFS hold, part by part. Pure. The form is tcpdump's.
import { dateText } from "../core/time.ts";
import { hex, type Line } from "../core/line.ts";
import { printAcl } from "./acl.ts";

/** Thrown where a message ends too early; the line goes on. */
const BROKEN = Symbol("broken");

/** Where the reader of a message is. */
interface Reader {
  readonly l: Line;
  readonly longest: number;
  at: number;
}

const VOLUMES = ["read-write", "read-only", "backup"];

/** Parts by their letters. */
const PARTS: Readonly<Record<string, (r: Reader) => void>> = {
  A: attributes,
  B: callbacks,
  C: (r) => {
    const count = word(r);
    check(r, count);
    printAcl(r.l, r.at, count);
  },
  D: date,
  F: (r) => numbers(r, " fid ", "/"),
  G: (r) => numbers(r, " server ", ":"),
  I: (r) => r.l.text(` ${word(r) | 0}`),
  K: (r) => void word(r),
  L: (r) => {
    r.l.text(` ${r.l.u64(r.at)}`);
    r.at += 8;
  },
  M: (r) => {
    r.l.text(" name");
    vector(r, 32);
    r.l.text(" volid");
    unsigned(r);
    r.l.text(" type");
    r.at += 84;
  },
  N8: (r) => servers(r, 8, (i, known) => address(r, i < known)),
  N13: (r) => servers(r, 13, (i, known) => address(r, i < known)),
  NU: (r) => {
    servers(r, 13, (i, known) => {
      if (i >= known) skip(r, 44);
      else {
        r.l.text(" afsuuid");
        uuid(r);
      }
    }, 52);
  },
  O: (r) => skip(r, word(r)),
  Q: (r) => r.l.text(word(r) === 0 ? " no" : " yes"),
  R: (r) => {
    for (const name of "volid nextuniq type parentid clone backup restore maxquota minquota owner".split(" ")) {
      r.l.text(` ${name}`);
      unsigned(r);
    }
  },
  S: (r) => {
    const { l } = r, length = l.u32(r.at);
    if (length > r.longest) throw BROKEN;
    l.text(' "');
    if (!l.safeText(r.at + 4, length)) throw BROKEN;
    l.text('"');
    r.at += 4 + (length + 3 & ~3);
  },
  T: (r) => {
    const volume = VOLUMES[word(r)];
    if (volume !== undefined) r.l.text(` type ${volume}`);
  },
  U: unsigned,
  V: (r) => {
    check(r, 8);
    r.l.text(` ${word(r)}.${word(r)}`);
  },
  W: (r) => vector(r, r.longest),
  X: (r) => skip(r, 4),
  Y: uuid,
};

/**
 * Parts of a message at `at`: letters in capitals stand for content, with `*` for a list of it, with `+` for one without
 * commas; other words are printed, `_` as a blank. `false`: the message ended before its last part.
 */
export function printParts(l: Line, at: number, parts: string, longest: number): boolean {
  const r: Reader = { l, at, longest };
  try {
    for (const part of parts.split(" ")) {
      const print = PARTS[part.replace(/[*+]$/, "")];
      if (print === undefined) l.text(` ${part.replace("_", " ")}`);
      else if (part.endsWith("*") || part.endsWith("+")) list(r, print, part.endsWith("*"));
      else print(r);
    }
    return true;
  } catch (error) {
    if (error !== BROKEN) throw error;
    return false;
  }
}

function list(r: Reader, print: (r: Reader) => void, commas: boolean): void {
  const count = word(r);
  for (let i = 0; i < count; i++) {
    print(r);
    if (commas && i !== count - 1) r.l.text(",");
  }
  if (count === 0) r.l.text(" <none!>");
}

function check(r: Reader, count: number): void {
  if (!r.l.has(r.at, count)) throw BROKEN;
}

function skip(r: Reader, count: number): void {
  check(r, count);
  r.at += count;
}

function word(r: Reader): number {
  const value = r.l.u32(r.at);
  r.at += 4;
  return value;
}

function unsigned(r: Reader): void {
  r.l.text(` ${word(r)}`);
}

function numbers(r: Reader, before: string, between: string): void {
  check(r, 12);
  r.l.text(before + [word(r), word(r), word(r)].join(between));
}

function date(r: Reader): void {
  r.l.text(` ${dateText(new Date((word(r) | 0) * 1000), "/")}`);
}

function attributes(r: Reader): void {
  const { l } = r;
  check(r, 24);
  const mask = word(r);
  if (mask !== 0) l.text(" StoreStatus");
  if ((mask & 1) === 0) r.at += 4;
  else {
    l.text(" date");
    date(r);
  }
  const owner = word(r), group = word(r), mode = word(r) & 0o7777, size = word(r);
  if ((mask & 2) !== 0) l.text(` owner ${owner}`);
  if ((mask & 4) !== 0) l.text(` group ${group}`);
  if ((mask & 8) !== 0) l.text(` mode ${mode.toString(8)}`);
  if ((mask & 16) !== 0) l.text(` segsize ${size}`);
  if ((mask & 1024) !== 0) l.text(" fsync");
}

function callbacks(r: Reader): void {
  const count = word(r);
  if (count !== 0) r.l.text(";");
  for (let i = 0; i < count; i++) {
    r.l.text(" ver");
    r.l.text(` ${word(r) | 0} expires`);
    date(r);
    word(r);
  }
}

function uuid(r: Reader): void {
  check(r, 44);
  r.l.text(` ${hex(word(r), 8)}${hex(word(r), 4)}${hex(word(r), 4)}`);
  for (let i = 0; i < 8; i++) r.l.text(hex(word(r) & 255, 2));
}

/** `count` octets up to the first NUL, each in a word of its own. */
function vector(r: Reader, count: number): void {
  check(r, count * 4);
  r.l.text(' "');
  for (let i = 0; i < count; i++) {
    const octet = r.l.u8(r.at + i * 4 + 3);
    if (octet === 0) break;
    r.l.safe(octet);
  }
  r.l.text('"');
  r.at += count * 4;
}

function address(r: Reader, known: boolean): void {
  check(r, 4);
  if (known) r.l.text(` ${r.l.ip4Text(r.at)}`);
  r.at += 4;
}

/** Servers of a volume, of which there is room for `count`, and the partitions it has there. */
function servers(r: Reader, count: number, print: (i: number, known: number) => void, behind = 0): void {
  const { l } = r;
  l.text(" numservers");
  const known = word(r);
  l.text(` ${known} servers`);
  for (let i = 0; i < count; i++) print(i, known);
  skip(r, behind);
  l.text(" partitions");
  for (let i = 0; i < count; i++) {
    const partition = word(r);
    if (i < known) l.text(partition <= 26 ? ` ${String.fromCharCode(97 + partition)}` : ` ${partition}`);
  }
  skip(r, count * 4);
}
