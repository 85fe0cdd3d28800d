// ForCES in a line: control and forwarding elements of a router, with -vvv what they say. Pure. RFC 5810; the form is tcpdump's.
// A printer gives `false` where something is wrong: then the message's octets are shown.
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";
import { committed, paths } from "./forces_paths.ts";
import {
  all,
  cut,
  fault,
  FULL_BIT,
  messy,
  METADATA,
  padded,
  type Printer,
  REDIRECTED,
  RESULT_BIT,
  rows,
  space,
  SPARSE_BIT,
  TLVS,
  typeName,
  wrong,
} from "./forces_words.ts";

const BLOCKS = names("0 Invalid TLV|FEObj LFB|FEProtoObj LFB");
const TEARDOWNS = names(
  "0 Normal Teardown|Loss of Heartbeats|Out of bandwidth|Out of Memory|Application Crash",
);
const ASSOCIATIONS = names("0 Success |FE ID invalid |permission denied ");
const ACKNOWLEDGE = ["NoACK", "SuccessACK", "FailureACK", "AlwaysACK"];
const EXECUTE = ["EMReserved", "execute-all-or-none", "execute-until-failure", "continue-execute-on-failure"];
const PHASES = ["StartofTransaction", "MiddleofTransaction", "EndofTransaction", "abort"];

/** Operations that a message must not hold, whose octets are shown up to the message's end. */
const MOST_SHOWN = 64;

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
