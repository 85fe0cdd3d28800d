// The paths of ForCES operations, and the data that they lead to. Pure. RFC 5810 7.1.
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";
import {
  all,
  APPEND_BIT,
  cut,
  fault,
  FULL,
  FULL_BIT,
  KEY,
  KEY_BIT,
  messy,
  padded,
  PATH,
  type Printer,
  RANGE_BIT,
  RESULT,
  RESULT_BIT,
  rows,
  space,
  SPARSE,
  SPARSE_BIT,
  TLVS,
  typeName,
  wrong,
} from "./forces_words.ts";

const WRONG = names("0 #0|Invalid total length|xLV too short|xLV too long|data padding missing");
/** What follows, whatever it is indented by; honest messages are three deep. */
const DEEPEST = 500;

const RESULTS = names(
  "0 SUCCESS|INVALID HEADER|LENGTH MISMATCH|VERSION MISMATCH|INVALID DESTINATION PID|LFB UNKNOWN|LFB NOT FOUND|" +
    "LFB INSTANCE ID NOT FOUND|INVALID PATH|COMPONENT DOES NOT EXIST|EXISTS ALREADY|NOT FOUND|READ ONLY|" +
    "INVALID ARRAY CREATION|VALUE OUT OF RANGE|CONTENTS TOO LONG|INVALID PARAMETERS|INVALID MESSAGE TYPE|" +
    "INVALID FLAGS|INVALID TLV|EVENT ERROR|NOT SUPPORTED|MEMORY ERROR|INTERNAL ERROR|255 UNSPECIFIED ERROR",
);

/** Paths to components, in `left` octets. */
export function paths(l: Line, at: number, left: number, data: number, indent: number): boolean {
  if (indent > DEEPEST) l.cut();
  while (left > 0) {
    const size = l.u16(at + 2);
    if (fault(size, left) !== 0) return messy(l, "PATHDATA", at, left);
    if (all(l)) {
      l.text(`${space(indent)}${typeName(l.u16(at))}, length ${size} (data encapsulated ${size - 4} Bytes)`);
    }
    if (!path(l, at + 4, size - 4, data, indent + 1)) return false;
    at += padded(size);
    left -= padded(size);
  }
  return true;
}

/** What a commit was answered with. */
export function committed(l: Line, at: number, left: number, data: number, indent: number): boolean {
  const type = l.u16(at), size = l.u16(at + 2);
  l.text(`genoptlvprint - ${typeName(type)} TLV type 0x${hex(type)} len ${size}\n`);
  if (fault(size, left) !== 0) return wrong(l, `\t\t\tInvalid ForCES TLV type=${hex(type)}`);
  if (TLVS[type] === undefined || type === 0) return wrong(l, `${WRONG[0]} TLV type 0x${hex(type)} len ${size}\n`);
  if (all(l)) l.text(`${space(indent)}${typeName(type)}, length ${size} (data length ${size - 4} Bytes)`);
  return path(l, at + 4, size - 4, data, indent + 1);
}

/** One path: its flags, the numbers that lead to the component, what stands there. RFC 5810 7.1.1.1. */
function path(l: Line, at: number, left: number, data: number, indent: number): boolean {
  if (!l.has(at, 4) || left < 4) return cut(l);
  const flags = l.u16(at), count = l.u16(at + 2);
  if (all(l)) l.text(`\n${space(indent)}Pathdata: Flags 0x${hex(flags)} ID count ${count}\n`);
  if ((flags & 1) !== 0) data |= KEY_BIT;
  if ((flags & 2) !== 0) data |= RANGE_BIT;
  if ((flags & 4) !== 0) data |= APPEND_BIT;
  at += 4;
  left -= 4;
  if (left < count * 4) {
    l.text(`\t\t\ttruncated IDs expected ${count * 4}B got ${left}B\n`);
    rows(l, "\t\t\tID Data[", at, left);
    return wrong(l, "]\n");
  }
  if ((data & RANGE_BIT) !== 0 && (data & KEY_BIT) !== 0) {
    return wrong(l, "\t\t\tIllegal to have both Table ranges and keys\n");
  }
  const rest = component(l, at, left, count, data, indent);
  if (rest < 0) return false;
  return rest === 0 || paths(l, at + left - rest, rest, data, indent + 1);
}

/** The numbers of a path and what it leads to; gives the octets that are left, below 0 when something is wrong. */
function component(l: Line, at: number, left: number, count: number, data: number, indent: number): number {
  const before = space(indent);
  const refuse = (why: string) => {
    l.text(why);
    return -1;
  };
  if ((data & APPEND_BIT) !== 0 && all(l)) l.text(`${before}TABLE APPEND\n`);
  for (let i = 1; i <= count; i++) {
    if (!l.has(at, 4)) return refuse(" [|forces]");
    if (all(l)) l.text(`${before}ID#${String(i).padStart(2, "0")}: ${l.u32(at)}\n`);
    at += 4;
    left -= 4;
  }
  if ((data & (RANGE_BIT | KEY_BIT)) !== 0 && left < 12) {
    return refuse(`pathlength ${left} with key/range too short 12\n`);
  }
  if ((data & RANGE_BIT) !== 0) {
    const from = l.u32(at + 4), to = l.u32(at + 8);
    if (all(l)) l.text(`${before}Table range: [${from},${to}]\n`);
    at += 12;
    left -= 12;
  }
  if ((data & KEY_BIT) !== 0) {
    const size = l.u16(at + 6);
    if (size < 4) return refuse(`key content length ${size} < 4\n`);
    if (left - 8 < size - 4) return refuse("key content too short\n");
    at += 4 + size;
    left -= 4 + size;
  }
  if (left === 0) return 0;
  const type = l.u16(at), size = l.u16(at + 2), why = fault(size, left), value = VALUES[type];
  if (why !== 0) {
    l.text(`${WRONG[why]} Outstanding bytes ${left} for TLV type 0x${hex(type)} TLV len ${size}\n`);
    if (size === 0) return left;
  } else if (value === undefined) l.text(`Invalid path data content type 0x${hex(type)} len ${size}\n`);
  else {
    const padding = padded(size) - size;
    if (all(l) && type !== PATH) {
      l.text(
        `${before}  ${TLVS[type]} (Length ${size} DataLen ${size - 4}${padding > 0 ? ` pad ${padding}` : ""} Bytes)\n`,
      );
    }
    if (type !== PATH) {
      if ((data & KEY_BIT) !== 0) {
        if (type !== KEY) l.text("Based on flags expected KEYINFO TLV!\n");
      } else if ((data & value[0]) === 0) {
        l.text(`Illegal DATA encoding for type 0x${hex(type)} programmed ${hex(value[0])} got ${hex(data)}\n`);
      }
    }
    return value[1](l, at, padded(size), data, indent + 2) ? left - padded(size) : -1;
  }
  rows(l, "Bad Data val\n\t  [", at, left);
  return refuse("]\n");
}

/** What stands at the end of a path: the bit that allows it, and its printer. */
const VALUES: Readonly<Record<number, readonly [bit: number, print: Printer]>> = {
  [PATH]: [0, paths],
  [KEY]: [0, key],
  [FULL]: [FULL_BIT, full],
  [SPARSE]: [SPARSE_BIT, (l, at, size, _, indent) => sparse(l, at + 4, size - 4, indent + 1)],
  [RESULT]: [RESULT_BIT, result],
};

function key(l: Line, at: number, size: number, data: number, indent: number): boolean {
  l.text(`${space(indent)}Keyinfo: Key 0x${hex(l.u32(at + 4))}\n`);
  const type = l.u16(at + 8), count = l.u16(at + 10), why = fault(count, size);
  if (why !== 0) return wrong(l, `${WRONG[why]} TLV type 0x${hex(type)} len ${count}\n`);
  // tcpdump looks for the type once more behind it.
  return full(l, at + 12, count, data, indent);
}

function full(l: Line, at: number, size: number, _data: number, indent: number): boolean {
  if (!l.has(at, 4)) return cut(l);
  if (l.u16(at) !== FULL) return wrong(l, "Error: expecting FULLDATA!\n");
  if (!all(l)) return true;
  const before = space(indent + 1);
  l.text(`${before}[`);
  rows(l, `\n${before}`, at + 4, size - 4);
  l.text(`\n${before}]`);
  return true;
}

function sparse(l: Line, at: number, left: number, indent: number): boolean {
  if (left < 8) return wrong(l, "Error: BAD SPARSEDATA-TLV!\n");
  while (left > 0) {
    const size = left < 8 ? 0 : l.u32(at + 4), why = fault(size, left, 8);
    if (why !== 0) return wrong(l, `Error: ${WRONG[why]}, rlen ${left}\n`);
    if (all(l)) {
      l.text(`\n${space(indent - 1)} ILV: type ${hex(l.u32(at))} length ${size}\n`);
      rows(l, "\t\t[", at + 8, size - 8);
    }
    at += padded(size);
    left -= padded(size);
  }
  return true;
}

function result(l: Line, at: number, size: number, _data: number, indent: number): boolean {
  if (size !== 8) return wrong(l, `illegal RESULT-TLV: ${size - 4} bytes!\n`);
  if (!l.has(at + 4, 4)) return cut(l);
  const code = l.u8(at + 4);
  if (RESULTS[code] === undefined) return wrong(l, `illegal reserved result code: 0x${hex(code)}!\n`);
  if (all(l)) l.text(`${space(indent)}  Result: ${RESULTS[code]} (code 0x${hex(code)})\n`);
  return true;
}
