// Elements of ASN.1's basic encoding in a line, as SNMP uses them. Pure. ITU-T X.690, RFC 2578; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";

/** Ends what holds the element; what was wrong is printed. */
export class Ended extends Error {}

export type Kind =
  | "octets"
  | "text"
  | "integer"
  | "unsigned"
  | "object"
  | "null"
  | "address"
  | "sequence"
  | "pdu"
  | "exception"
  | "any";

/** A tag, its length and where its value stands. */
export interface Element {
  readonly kind: Kind;
  readonly id: number;
  /** Where its value begins, and how many octets that has. */
  readonly at: number;
  readonly length: number;
  readonly value: number | bigint;
  /** One past its last octet. */
  readonly end: number;
}

const UNIVERSAL =
  "U-0|Boolean|Integer|Bitstring|String|Null|ObjID|ObjectDes|U-8|U-9|U-10|U-11|U-12|U-13|U-14|U-15|Sequence|Set".split(
    "|",
  );
const APPLICATION = "IpAddress|Counter|Gauge|TimeTicks|Opaque|C-5|Counter64".split("|");
const CONTEXT = "GetRequest|GetNextRequest|GetResponse|SetRequest|Trap|GetBulk|Inform|V2Trap|Report".split("|");
const CLASSES = [UNIVERSAL, APPLICATION, CONTEXT, ["P-0"]];
const EXCEPTIONS = ["noSuchObject", "noSuchInstance", "endOfMibView"];

function wrong(l: Line, text: string): never {
  l.text(text);
  throw new Ended();
}

/** The element at `at` of what ends at `end`. */
export function element(l: Line, at: number, end: number): Element {
  let left = end - at;
  if (left < 1) wrong(l, "[nothing to parse]");
  const first = l.u8(at++);
  left--;
  let id = first & 31;
  const constructed = (first & 0x20) !== 0, kindOf = first >> 6;
  if (id === 31) {
    id = 0;
    for (; (l.u8(at) & 0x80) !== 0; at++) {
      if (left < 1) wrong(l, "[Xtagfield?]");
      id = (id << 7 | l.u8(at) & 0x7f) & 255;
      left--;
    }
    if (left < 1) wrong(l, "[Xtagfield?]");
    id = (id << 7 | l.u8(at++)) & 255;
    left--;
  }
  if (left < 1) wrong(l, "[no asnlen]");
  let length = l.u8(at++);
  left--;
  if ((length & 0x80) !== 0) {
    const count = length & 0x7f;
    length = 0;
    if (left < count) wrong(l, `[asnlen? ${left}<${count}]`);
    if (!l.has(at, count)) wrong(l, " [|snmp]");
    for (let i = 0; i < count; i++) length = (length << 8 | l.u8(at++)) >>> 0;
    left -= count;
  }
  if (left < length) wrong(l, `[len${left}<asnlen${length}]`);
  const ids = CLASSES[kindOf]!;
  if (id >= ids.length) wrong(l, `[id?${constructed ? "C" : "P"}/x/${id}]`);
  if (!l.has(at, length)) wrong(l, " [|snmp]");
  const made = (kind: Kind, value: number | bigint = 0): Element => ({ kind, id, at, length, value, end: at + length });
  if (constructed) {
    if (kindOf === 0) {
      if (id === 16) return made("sequence");
      l.text(`C/U/${ids[id]}`);
      return made("octets");
    }
    if (kindOf === 2) return made("pdu");
    l.text(`C/x/${ids[id]}`);
    return made("octets");
  }
  switch (kindOf) {
    case 0:
      if (id === 4) return made("text");
      if (id === 6) return made("object");
      if (id === 5) return made("null");
      if (id !== 2) {
        l.text(`[P/U/${ids[id]}]`);
        return made("octets");
      }
      if (length === 0) wrong(l, "[asnlen=0]");
      return made("integer", signed(l, at, length));
    case 1:
      if (id === 0) return made("address");
      if (id <= 3) return made("unsigned", Number(unsigned(l, at, length) & 0xffff_ffffn));
      if (id === 6) return made("unsigned", unsigned(l, at, length));
      l.text(`[P/A/${ids[id]}]`);
      return made("octets");
    case 2:
      return made(id < 3 ? "exception" : "any");
  }
  l.text(`[P/x/${ids[id]}]`);
  return made("octets");
}

function signed(l: Line, at: number, length: number): number {
  let value = (l.u8(at) & 0x80) !== 0 ? -1 : 0;
  for (let i = 0; i < length; i++) value = value << 8 | l.u8(at + i);
  return value;
}

function unsigned(l: Line, at: number, length: number): bigint {
  let value = 0n;
  for (let i = Math.max(0, length - 8); i < length; i++) value = value << 8n | BigInt(l.u8(at + i));
  return value;
}

/** An element as a value. */
export function printElement(l: Line, { kind, id, at, length, value }: Element): void {
  switch (kind) {
    case "octets":
      return printOctets(l, at, length);
    case "null":
      return;
    case "object":
      return objectId(l, at, length);
    case "integer":
    case "unsigned":
      return l.text(String(value));
    case "text":
      return printString(l, at, length);
    case "sequence":
      return l.text(`Seq(${length})`);
    case "address":
      if (length !== 4) l.text("[inetaddr len!=4]");
      for (let i = 0; i < length; i++) l.text(`${i > 0 ? "." : ""}${l.u8(at + i)}`);
      return;
    case "exception":
      return l.text(`[${EXCEPTIONS[id]}]`);
    case "pdu":
      return l.text(`${CONTEXT[id]}(${length})`);
    case "any":
      return l.text("[BE_ANY!?]");
  }
}

/** `_0a_ff`: each octet in hexadecimal. */
export function printOctets(l: Line, at: number, length: number): void {
  for (let i = 0; i < length; i++) l.text(`_${hex(l.u8(at + i), 2)}`);
}

/** Text where all of it prints, else hexadecimal. */
export function printString(l: Line, at: number, length: number): void {
  let printable = true;
  for (let i = 0; i < length && printable; i++) printable = l.u8(at + i) >= 32 && l.u8(at + i) < 127;
  if (printable) {
    l.text('"');
    l.octets(at, length);
    l.text('"');
  } else for (let i = 0; i < length; i++) l.text(`${i > 0 ? "_" : ""}${hex(l.u8(at + i), 2)}`);
}

function objectId(l: Line, at: number, length: number): void {
  let part = 0, first = true;
  for (let i = 0; i < length; i++) {
    const octet = l.u8(at + i);
    part = (part << 7) + (octet & 127);
    if ((octet & 128) !== 0) continue;
    if (first) {
      const root = Math.min(2, Math.trunc(part / 40));
      l.text(`.${root >>> 0}`);
      part -= root * 40;
      first = false;
    }
    l.text(`.${part >>> 0}`);
    part = 0;
  }
}
