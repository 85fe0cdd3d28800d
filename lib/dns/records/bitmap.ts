// Sets of record types as windows of bits (RFC 4034 4.1.2): NSEC, NSEC3, CSYNC. Pure.
import type { FieldBuilder } from "../../base/field.ts";
import type { ByteReader } from "../../base/reader.ts";
import { registeredTypeName, typeName } from "../types.ts";
import { must } from "./kinds.ts";
import { rrType } from "./octet_kinds.ts";
import { lineBreak } from "./layout.ts";
import type { Kind, TextStyle } from "./shape.ts";

/** The types of one window's octets. */
function windowTypes(window: number, bits: Uint8Array): number[] {
  const types: number[] = [];
  for (let i = 0; i < bits.length; i++) {
    for (let bit = 0; bit < 8; bit++) if ((bits[i]! & (0x80 >> bit)) !== 0) types.push(window * 256 + i * 8 + bit);
  }
  return types;
}

/** Checks one window's head and octets against those before. */
function checkWindow(window: number, length: number, before: number, reader: ByteReader): void {
  must(window > before, "Windows of a type bitmap are not in order", reader.offset - 2);
  must(length >= 1 && length <= 32, `A window of ${length} octets: 1 to 32`, reader.offset - 1);
  must(length <= reader.remaining, "A window of a type bitmap does not fit", reader.offset - 1);
}

function readWindows(reader: ByteReader): number[] {
  const types: number[] = [];
  let before = -1;
  while (reader.remaining > 0) {
    must(reader.remaining >= 2, "The head of a window is cut off", reader.offset);
    const window = reader.u8(), length = reader.u8();
    checkWindow(window, length, before, reader);
    before = window;
    const bits = reader.take(length);
    must(bits[length - 1] !== 0, "A window of a type bitmap ends in a zero octet", reader.offset - 1);
    types.push(...windowTypes(window, bits));
  }
  return types;
}

function explainWindows(builder: FieldBuilder, label: string, ref: string | undefined): number[] {
  const types: number[] = [];
  let before = -1;
  while (builder.reader.remaining > 0) {
    builder.group(label, (group) => {
      must(builder.reader.remaining >= 2, "The head of a window is cut off", builder.reader.offset);
      const window = builder.field("Window block", (r) => r.u8(), (w) => `types ${w * 256} to ${w * 256 + 255}`);
      const length = builder.field("Bitmap length", (r) => r.u8());
      checkWindow(window, length, before, builder.reader);
      before = window;
      const bits = builder.field(
        "Bitmap",
        (r) => r.take(length),
        (b) => windowTypes(window, b).map(registeredTypeName).join(" "),
      );
      must(bits[length - 1] !== 0, "A window of a type bitmap ends in a zero octet", builder.reader.offset - 1);
      const found = windowTypes(window, bits);
      group.meaning = found.map(registeredTypeName).join(" ");
      types.push(...found);
    }, { ref });
  }
  return types;
}

/**
 * The types' names with spaces between. In NSEC3 each window begins a line of its own (`lines`), with the break before
 * the first one too.
 */
export function bitmapText(types: readonly number[], style: TextStyle, lines = false): string {
  let out = "", window = -1;
  for (const type of types) {
    const broken = lines && style.multiline === true && type >> 8 !== window;
    out += broken ? lineBreak(style) : out === "" ? "" : " ";
    out += typeName(type);
    window = type >> 8;
  }
  return out;
}

/** A type bitmap up to the end. `least` types at the least. */
export function typeBitmap(least = 0): Kind<readonly number[]> {
  return {
    read: (reader) => {
      const start = reader.offset;
      const types = readWindows(reader);
      must(types.length >= least, "A type bitmap is empty", start);
      return types;
    },
    write: (writer, value) => {
      const windows = new Map<number, Uint8Array>();
      for (const type of [...value].sort((a, b) => a - b)) {
        const bits = windows.get(type >> 8) ?? new Uint8Array(32);
        windows.set(type >> 8, bits);
        bits[(type & 0xff) >> 3]! |= 0x80 >> (type & 7);
      }
      for (const [window, bits] of windows) {
        let length = 32;
        while (bits[length - 1] === 0) length--;
        writer.u8(window).u8(length).bytes(bits.subarray(0, length));
      }
    },
    print: (value, style) => bitmapText(value, style),
    parse: (tokens, context, values) => {
      const types = new Set<number>();
      while (!tokens.atEnd) types.add(rrType.parse(tokens, context, values));
      if (types.size < least) throw tokens.error("A type bitmap is empty");
      return [...types].sort((a, b) => a - b);
    },
    explain: (builder, field) => {
      const start = builder.reader.offset;
      const types = explainWindows(builder, field.label, field.ref);
      must(types.length >= least, "A type bitmap is empty", start);
      return types;
    },
  };
}
