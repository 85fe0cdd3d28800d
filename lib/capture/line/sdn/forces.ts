// ForCES in a line: control and forwarding elements of a router, with -vvv what they say. Pure. RFC 5810; the form is tcpdump's.
// A printer gives `false` where something is wrong: then the message's octets are shown.
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line, TRUNCATED } from "../core/line.ts";
import { names } from "../core/table.ts";

const TLVS = names(
  "0 Invalid TLV|REDIRECT TLV|0x10 ASResult TLV|ASTreason TLV|0x110 PATH-DATA TLV|KEYINFO TLV|FULLDATA TLV|" +
    "SPARSEDATA TLV|RESULT TLV|METADATA TLV|REDIRECTDATA TLV|0x1000 LFBselect TLV",
);
const PATH = 0x110, KEY = 0x111, FULL = 0x112, SPARSE = 0x113, RESULT = 0x114, METADATA = 0x115, REDIRECTED = 0x116;
const WRONG = names("0 #0|Invalid total length|xLV too short|xLV too long|data padding missing");
const BLOCKS = names("0 Invalid TLV|FEObj LFB|FEProtoObj LFB");
const RESULTS = names(
  "0 SUCCESS|INVALID HEADER|LENGTH MISMATCH|VERSION MISMATCH|INVALID DESTINATION PID|LFB UNKNOWN|LFB NOT FOUND|" +
    "LFB INSTANCE ID NOT FOUND|INVALID PATH|COMPONENT DOES NOT EXIST|EXISTS ALREADY|NOT FOUND|READ ONLY|" +
    "INVALID ARRAY CREATION|VALUE OUT OF RANGE|CONTENTS TOO LONG|INVALID PARAMETERS|INVALID MESSAGE TYPE|" +
    "INVALID FLAGS|INVALID TLV|EVENT ERROR|NOT SUPPORTED|MEMORY ERROR|INTERNAL ERROR|255 UNSPECIFIED ERROR",
);
const TEARDOWNS = names(
  "0 Normal Teardown|Loss of Heartbeats|Out of bandwidth|Out of Memory|Application Crash",
);
const ASSOCIATIONS = names("0 Success |FE ID invalid |permission denied ");
const ACKNOWLEDGE = ["NoACK", "SuccessACK", "FailureACK", "AlwaysACK"];
const EXECUTE = ["EMReserved", "execute-all-or-none", "execute-until-failure", "continue-execute-on-failure"];
const PHASES = ["StartofTransaction", "MiddleofTransaction", "EndofTransaction", "abort"];

/** Kinds of data that an operation may hold, and what its path says of it. */
const FULL_BIT = 1, SPARSE_BIT = 2, RESULT_BIT = 4, KEY_BIT = 8, APPEND_BIT = 16, RANGE_BIT = 32;
/** What follows, whatever it is indented by; honest messages are three deep. */
const DEEPEST = 500;
/** Operations that a message must not hold, whose octets are shown up to the message's end. */
const MOST_SHOWN = 64;

type Printer = (l: Line, at: number, size: number, data: number, indent: number) => boolean;

const OPERATIONS: readonly (readonly [name: string, data: number, print?: Printer])[] = [
  ["Invalid OPTLV", 0, invalidOperation],
  [" Set", FULL_BIT | SPARSE_BIT, paths],
  [" SetProp", FULL_BIT | SPARSE_BIT, paths],
  [" SetResp", RESULT_BIT, paths],
  [" SetPropResp", RESULT_BIT, paths],
  [" Del", 0, paths],
  [" DelResp", RESULT_BIT, paths],
  [" Get", 0, paths],
  [" GetProp", 0, paths],
  [" GetResp", FULL_BIT | SPARSE_BIT | RESULT_BIT, paths],
  [" GetPropResp", FULL_BIT | RESULT_BIT, paths],
  [" Report", FULL_BIT | SPARSE_BIT, paths],
  [" Commit", 0],
  [" RCommit", RESULT_BIT, committed],
  [" RTRCOMP", 0],
];

/** A message: TLVs at its top (`none`, or so many at most; `may`: there need not be any), operations, printer of a TLV. */
interface Message {
  readonly name: string;
  readonly most: number;
  readonly may?: boolean;
  readonly operations?: readonly number[];
  readonly print?: (l: Line, at: number, size: number, operations: readonly number[], indent: number) => boolean;
}
const MESSAGES: Readonly<Record<number, Message>> = {
  1: { name: "Association Setup", most: 2, may: true, operations: [11], print: blocks },
  2: { name: "Association TearDown", most: 1, print: (l, at, size, _, indent) => teardown(l, at, size, indent) },
  3: { name: "Config", most: 15, operations: [1, 2, 5, 12, 14], print: blocks },
  4: { name: "Query", most: 15, operations: [7, 8], print: blocks },
  5: { name: "Event Notification", most: 1, operations: [11], print: blocks },
  6: { name: "Packet Redirect", most: 15, print: (l, at, size, _, indent) => redirect(l, at, size, indent + 1) },
  15: { name: "HeartBeat", most: 0 },
  17: { name: "Association Response", most: 1, print: (l, at, size, _, indent) => association(l, at, size, indent) },
  19: { name: "Config Response", most: 15, operations: [3, 4, 6, 13], print: blocks },
  20: { name: "Query Response", most: 15, operations: [9, 10], print: blocks },
};

const space = (count: number) => " ".repeat(Math.min(count, 255));
const padded = (size: number) => size + 3 & ~3;
const typeName = (type: number) => TLVS[type] ?? `#${type}`;
const all = (l: Line) => l.verbose >= 3;

/** Says why, and that something is wrong. */
function wrong(l: Line, why: string): false {
  l.text(why);
  return false;
}

const cut = (l: Line) => wrong(l, " [|forces]");

/** Rows of octets behind `indent`; ends the line where they were not captured. */
function rows(l: Line, indent: string, at: number, count: number): void {
  unknownData(l, at, indent, count);
  if (at + count > l.end) throw TRUNCATED;
}

/** What is wrong with a part of `size` octets with a head of `head` where `left` are; 0 when nothing is. */
function fault(size: number, left: number, head = 4): number {
  return left < head ? 1 : size < head ? 2 : size > left ? 3 : left < padded(size) ? 4 : 0;
}

/** An element's kind by its number. RFC 5810 6.1. */
function element(id: number): string {
  if (id < 0x40000000) return "FE";
  if (id < 0x80000000) return "CE";
  if (id >= 0xc0000000 && id <= 0xffffffef) return "AllMulticast";
  return ["AllCEsBroadcast", "AllFEsBroadcast", "AllBroadcast"][id - 0xfffffffd] ?? "ForCESreserved";
}

/** A message of `length` octets at `at`. */
export function printForces(l: Line, at: number, length: number): void {
  l.protocol = "forces";
  if (!l.has(at, 24)) return void cut(l);
  if (!message(l, at, length)) {
    rows(l, "\n\t[", at, length);
    return l.text("\n\t]");
  }
  if (l.verbose < 4) return;
  l.text("\n\t  Raw ForCES message\n\t [");
  rows(l, "\n\t ", at, length);
  l.text("\n\t ]");
}

function message(l: Line, at: number, length: number): boolean {
  const type = l.u8(at + 1), size = l.u16(at + 2) * 4, known = MESSAGES[type];
  if (known === undefined) {
    return wrong(
      l,
      type === 18 ? `\n\tUnknown ForCES message type=0x${hex(type)}` : `Invalid ForCES message type ${type}\n`,
    );
  }
  l.text(`\n\tForCES ${known.name} `);
  if (size < 24 || size !== length) {
    return wrong(l, `Illegal ForCES pkt len - min 24, total recvd ${length}, advertised ${size} `);
  }
  const flags = l.u32(at + 20), source = l.u32(at + 4), target = l.u32(at + 8);
  if (l.verbose > 0) {
    l.text(`\n\tForCES Version ${l.u8(at) >> 4} len ${size}B flags 0x${hex(flags, 8)} `);
    l.text(`\n\tSrcID 0x${hex(source)}(${element(source)}) DstID 0x${hex(target)}(${element(target)}) `);
    l.text(`Correlator 0x${l.u64(at + 12).toString(16)}`);
  }
  if (l.verbose > 1) {
    const [ack, execute, atomic, phase] = [flags >>> 30, flags >>> 22 & 3, flags >>> 21 & 1, flags >>> 19 & 3];
    l.text(`\n\tForCES flags:\n\t  ${ACKNOWLEDGE[ack]}(0x${ack}), prio=${flags >>> 27 & 7}, ${EXECUTE[execute]}`);
    l.text(`(0x${execute}),\n\t  ${atomic === 1 ? "2PCtransaction" : "Standalone"}(0x${atomic}), `);
    l.text(`${PHASES[phase]}(0x${phase})\n\t  Extra flags: rsv(b5-7) 0x${flags >>> 24 & 7} `);
    l.text(`rsv(b13-31) 0x${hex(flags & 0x7ffff)}\n`);
  }
  return top(l, known, at + 24, size - 24);
}

/** The TLVs of a message. */
function top(l: Line, { most, may, operations = [], print }: Message, at: number, left: number): boolean {
  if (print === undefined) return left <= 4 || wrong(l, "<0x1>Illegal Top level TLV!\n");
  if (left <= 4) return may === true || wrong(l, "\tTop level TLV Data missing!\n");
  for (let count = 0; left > 0 && count < most; count++) {
    const type = l.u16(at), size = l.u16(at + 2);
    if (fault(size, left) !== 0) break;
    if (TLVS[type] === undefined || type === 0) return wrong(l, `\n\tInvalid ForCES Top TLV type=0x${hex(type)}`);
    if (all(l)) l.text(`\t${typeName(type)}, length ${size} (data length ${size - 4} Bytes)`);
    if (!print(l, at + 4, size, operations, 9)) return false;
    at += padded(size);
    left -= padded(size);
  }
  if (left === 0) return true;
  return wrong(l, `\tMess TopTLV header: min 4, total ${left} advertised ${l.u16(at + 2)} `);
}

/** What is left behind the last part that was whole. */
const messy = (l: Line, what: string, at: number, left: number) =>
  wrong(
    l,
    `\n\t\tMessy ${what} TLV header, type (0x${hex(l.u16(at))})\n\t\texcess of ${left - l.u16(at + 2) >>> 0} Bytes `,
  );

/** A logical functional block and the operations on it. RFC 5810 7.1. */
function blocks(l: Line, at: number, size: number, operations: readonly number[], indent: number): boolean {
  let left = size - 4;
  if (left <= 12) return wrong(l, `\n\t\ttruncated lfb selector: ${12 - left} bytes missing! `);
  if (!l.has(at, 8)) return cut(l);
  if (all(l)) {
    const block = l.u32(at);
    l.text(
      `\n${space(indent)}${BLOCKS[block] ?? `#${block | 0}`}(Classid ${hex(block)}) instance ${hex(l.u32(at + 4))}\n`,
    );
  }
  at += 8;
  left -= 8;
  for (let shown = 0; left > 0;) {
    const type = l.u16(at), count = l.u16(at + 2);
    if (fault(count, left) !== 0) return messy(l, "oper", at, left);
    if (operations.includes(type) || type >= 0x8000) operation(l, at, type, count, indent + 1);
    else {
      if (++shown > MOST_SHOWN) l.cut();
      if (!all(l)) l.text("\n");
      l.text(`\t\tINValid oper-TLV type 0x${hex(type)} length ${count} for this ForCES message\n`);
      invalidOperation(l, at, left, 0, indent + 1);
    }
    at += padded(count);
    left -= padded(count);
  }
  return true;
}

function operation(l: Line, at: number, type: number, size: number, indent: number): void {
  const [name, data, print] = OPERATIONS[type] ?? OPERATIONS[0]!;
  if (all(l)) l.text(`${space(indent)}Oper TLV ${name}(0x${hex(type)}) length ${size}\n`);
  if (size - 4 >= 8) return void print?.(l, at + 4, size - 4, data, indent + 1);
  l.text(`\t\tOper TLV ${name}(0x${hex(type)}) length ${size}\n`);
  l.text(`\t\tTruncated data size ${size - 4} minimum required 8\n`);
  invalidOperation(l, at + 4, size - 4, data, indent);
}

function invalidOperation(l: Line, at: number, size: number, _data: number, indent: number): boolean {
  if (!all(l)) return false;
  const before = space(indent - 1);
  l.text(`${before}Data[`);
  rows(l, `\n${before}`, at, size);
  return wrong(l, `\n${before}]\n`);
}

/** Paths to components, in `left` octets. */
function paths(l: Line, at: number, left: number, data: number, indent: number): boolean {
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
function committed(l: Line, at: number, left: number, data: number, indent: number): boolean {
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

function teardown(l: Line, at: number, size: number, indent: number): boolean {
  if (size !== 8) return wrong(l, `illegal ASTresult-TLV: ${size - 4} bytes!\n`);
  const reason = l.u32(at), before = space(indent);
  if (reason > 255) return wrong(l, `illegal ASTresult result code: ${reason}!\n`);
  if (!all(l)) return true;
  l.text(`Teardown reason:\n${before}${TEARDOWNS[reason] ?? "Unknown Teardown reason"}(${hex(reason)})\n${before}`);
  return true;
}

function association(l: Line, at: number, size: number, indent: number): boolean {
  if (size !== 8) return wrong(l, `illegal ASRresult-TLV: ${size - 4} bytes!\n`);
  const code = l.u32(at), before = space(indent);
  if (code > 3) return wrong(l, `illegal ASRresult result code: ${code}!\n`);
  if (all(l)) l.text(`\n${before}${ASSOCIATIONS[code] ?? "Unknown "}(${hex(code)})\n${before}`);
  return true;
}

/** A packet on its way between the elements. RFC 5810 7.9. */
function redirect(l: Line, at: number, size: number, indent: number): boolean {
  let left = size - 4;
  if (left <= 8) return wrong(l, `\n\t\ttruncated Redirect TLV: ${8 - left} bytes missing! `);
  while (left > 0) {
    const type = l.u16(at), count = l.u16(at + 2);
    if (fault(count, left) !== 0) {
      l.text("Bad Redirect data\n");
      return messy(l, "Redirect", at, left);
    }
    if (type === METADATA) metadata(l, at + 4, count - 4, indent);
    else if (type === REDIRECTED) {
      l.text(`\n${space(indent)} Redirect Data length ${count - 4}\n`);
      if (all(l)) {
        l.text("\t\t[");
        rows(l, "\n\t\t", at + 4, count - 4);
        l.text("\n\t\t]");
      }
    } else l.text(`Unknown REDIRECT TLV 0x${hex(type)} len ${count}\n`);
    at += padded(count);
    left -= padded(count);
  }
  return true;
}

function metadata(l: Line, at: number, left: number, indent: number): void {
  l.text(`\n${space(indent)} METADATA length ${left}\n`);
  while (left >= 8) {
    const size = l.u32(at + 4);
    if (fault(size, left, 8) !== 0) return;
    l.text(`${space(indent + 1)}MetaID 0x${hex(l.u32(at))} length ${size}\n`);
    if (all(l)) {
      rows(l, "\t\t[", at + 8, size - 8);
      l.text(" ]\n");
    }
    at += padded(size);
    left -= padded(size);
  }
}
