// AMQP 1.0 (OASIS "Advanced Message Queuing Protocol 1.0"): values of its type system (1.6) and what frames carry: what
// open, attach, transfer and the others say (2.7), message sections (3.2), logins (5.3.3). Pure.
// To add a described list: a line in `LISTS`.
import { floatOf } from "../../base/bytes.ts";
import { hex } from "../../base/hex.ts";
import { clip, counted, decodeText } from "../coding/words.ts";
import { FormatError } from "../../base/errors.ts";
import type { Tree } from "../tree.ts";

const REF = "AMQP1 1.6";
const DEPTH_LIMIT = 16;

/** By descriptor: name, where it is defined, names of the members of its list. */
const LISTS: Readonly<Record<number, readonly [name: string, ref: string, members: string]>> = {
  0x10: [
    "open",
    "AMQP1 2.7.1",
    "container,hostname,max frame size,channel max,idle timeout,outgoing locales,incoming locales," +
    "offered capabilities,desired capabilities,properties",
  ],
  0x11: [
    "begin",
    "AMQP1 2.7.2",
    "remote channel,next outgoing id,incoming window,outgoing window,handle max,offered capabilities," +
    "desired capabilities,properties",
  ],
  0x12: [
    "attach",
    "AMQP1 2.7.3",
    "name,handle,role,sender settles,receiver settles,source,target,unsettled,incomplete unsettled," +
    "initial delivery count,max message size,offered capabilities,desired capabilities,properties",
  ],
  0x13: [
    "flow",
    "AMQP1 2.7.4",
    "next incoming id,incoming window,next outgoing id,outgoing window,handle,delivery count,link credit,available," +
    "drain,echo,properties",
  ],
  0x14: [
    "transfer",
    "AMQP1 2.7.5",
    "handle,delivery id,delivery tag,message format,settled,more,receiver settles,state,resume,aborted,batchable",
  ],
  0x15: ["disposition", "AMQP1 2.7.6", "role,first,last,settled,state,batchable"],
  0x16: ["detach", "AMQP1 2.7.7", "handle,closed,error"],
  0x17: ["end", "AMQP1 2.7.8", "error"],
  0x18: ["close", "AMQP1 2.7.9", "error"],
  0x1d: ["error", "AMQP1 2.8.14", "condition,description,info"],
  0x23: ["received", "AMQP1 3.4.1", "section number,section offset"],
  0x24: ["accepted", "AMQP1 3.4.2", ""],
  0x25: ["rejected", "AMQP1 3.4.3", "error"],
  0x26: ["released", "AMQP1 3.4.4", ""],
  0x27: ["modified", "AMQP1 3.4.5", "delivery failed,undeliverable here,message annotations"],
  0x28: [
    "source",
    "AMQP1 3.5.3",
    "address,durable,expiry policy,timeout,dynamic,node properties,distribution mode,filter,default outcome,outcomes," +
    "capabilities",
  ],
  0x29: ["target", "AMQP1 3.5.4", "address,durable,expiry policy,timeout,dynamic,node properties,capabilities"],
  0x30: ["coordinator", "AMQP1 4.5.1", "capabilities"],
  0x31: ["declare", "AMQP1 4.5.2", "global id"],
  0x32: ["discharge", "AMQP1 4.5.3", "transaction,fail"],
  0x40: ["SASL mechanisms", "AMQP1 5.3.3.1", "mechanisms"],
  0x41: ["SASL init", "AMQP1 5.3.3.2", "mechanism,initial response,hostname"],
  0x42: ["SASL challenge", "AMQP1 5.3.3.3", "challenge"],
  0x43: ["SASL response", "AMQP1 5.3.3.4", "response"],
  0x44: ["SASL outcome", "AMQP1 5.3.3.6", "code,additional data"],
  0x70: ["header", "AMQP1 3.2.1", "durable,priority,time to live,first acquirer,delivery count"],
  0x71: ["delivery annotations", "AMQP1 3.2.2", ""],
  0x72: ["message annotations", "AMQP1 3.2.3", ""],
  0x73: [
    "properties",
    "AMQP1 3.2.4",
    "message id,user id,to,subject,reply to,correlation id,content type,content encoding,absolute expiry time," +
    "creation time,group id,group sequence,reply to group id",
  ],
  0x74: ["application properties", "AMQP1 3.2.5", ""],
  0x75: ["data", "AMQP1 3.2.6", ""],
  0x76: ["sequence", "AMQP1 3.2.7", ""],
  0x77: ["value", "AMQP1 3.2.8", ""],
  0x78: ["footer", "AMQP1 3.2.9", ""],
};

/** Constructors whose value is a number of octets or nothing at all: name, and how it is read. */
const FIXED: Readonly<Record<number, readonly [kind: string, read: (tree: Tree, name: string) => string]>> = {
  0x50: ["octet", (tree, name) => String(tree.u8(name, REF))],
  0x51: ["signed octet", (tree, name) => String(tree.field(name, (r) => r.u8() << 24 >> 24, () => ({ ref: REF })))],
  0x52: ["32 bits in one octet", (tree, name) => String(tree.u8(name, REF))],
  0x53: ["64 bits in one octet", (tree, name) => String(tree.u8(name, REF))],
  0x54: [
    "signed 32 bits in one octet",
    (tree, name) => String(tree.field(name, (r) => r.u8() << 24 >> 24, () => ({ ref: REF }))),
  ],
  0x55: [
    "signed 64 bits in one octet",
    (tree, name) => String(tree.field(name, (r) => r.u8() << 24 >> 24, () => ({ ref: REF }))),
  ],
  0x56: ["boolean", (tree, name) => tree.u8(name, REF, { 0: "false", 1: "true" }) === 0 ? "false" : "true"],
  0x60: ["16 bits", (tree, name) => String(tree.u16(name, REF))],
  0x61: ["signed 16 bits", (tree, name) => String(tree.field(name, (r) => r.u16() << 16 >> 16, () => ({ ref: REF })))],
  0x70: ["32 bits", (tree, name) => String(tree.u32(name, REF))],
  0x71: ["signed 32 bits", (tree, name) => String(tree.field(name, (r) => r.u32() | 0, () => ({ ref: REF })))],
  0x72: ["float", (tree, name) => String(tree.field(name, (r) => floatOf(r.take(4)), () => ({ ref: REF })))],
  0x73: ["character", (tree, name) => `U+${tree.u32(name, REF).toString(16).padStart(4, "0")}`],
  0x74: ["decimal of 32 bits", (tree, name) => hex(tree.bytes(name, 4, REF))],
  0x80: ["64 bits", (tree, name) => String(tree.u64(name, REF))],
  0x81: [
    "signed 64 bits",
    (tree, name) => String(tree.field(name, (r) => BigInt.asIntN(64, r.u64()), () => ({ ref: REF }))),
  ],
  0x82: ["double", (tree, name) => String(tree.field(name, (r) => floatOf(r.take(8)), () => ({ ref: REF })))],
  0x83: ["time", (tree, name) => {
    const stamp = (ms: bigint) => ms < 8640000000000000n ? new Date(Number(ms)).toISOString() : undefined;
    const ms = tree.u64(name, REF, stamp);
    return stamp(ms) ?? String(ms);
  }],
  0x84: ["decimal of 64 bits", (tree, name) => hex(tree.bytes(name, 8, REF))],
  0x94: ["decimal of 128 bits", (tree, name) => hex(tree.bytes(name, 16, REF))],
  0x98: ["UUID", (tree, name) => hex(tree.bytes(name, 16, REF))],
};
const EMPTY: Readonly<Record<number, string>> = {
  0x40: "null",
  0x41: "true",
  0x42: "false",
  0x43: "0",
  0x44: "0",
  0x45: "empty list",
};
/** Those with a length before them: octets, text, symbol, list, map, array; the upper half octet says how long that is. */
const SIZED: Readonly<Record<number, string>> = { 0: "list", 1: "map" };

function kindName(code: number): string | undefined {
  if (code === 0) return "described: a descriptor and a value follow";
  const high = code >> 4;
  if (high === 0xa || high === 0xb) return ["octets", "text", undefined, "symbol"][code & 15];
  if (high === 0xc || high === 0xd) return SIZED[code & 15];
  if (high === 0xe || high === 0xf) return "array";
  return FIXED[code]?.[0] ?? EMPTY[code];
}

/** What a value said: in words, and the members of a described list by name. */
interface Said {
  readonly words: string;
  /** The descriptor of a described value. */
  readonly code?: number | undefined;
  readonly members?: ReadonlyMap<string, string> | undefined;
}

/** One value: its constructor, then what that says. `about` is the described list that a list is of. */
function value(tree: Tree, name: string, depth: number, about?: number, secret = false): Said {
  if (depth > DEPTH_LIMIT) throw new FormatError(`Values inside each other more than ${DEPTH_LIMIT} deep`, tree.offset);
  const code = tree.reader.peek() ?? 0;
  if (code === 0) return described(tree, name, depth);
  if (EMPTY[code] !== undefined) {
    tree.u8(name, REF, () => "stands in the kind itself");
    tree.last.value = EMPTY[code];
    return { words: EMPTY[code] };
  }
  return tree.group(name, (group) => {
    tree.u8("Kind", REF, kindName);
    const said = afterKind(tree, name, code, depth, about, secret);
    if (said.words !== "" && !secret) group.meaning = clip(said.words, 100);
    return said;
  }, { ref: REF });
}

function afterKind(
  tree: Tree,
  name: string,
  code: number,
  depth: number,
  about: number | undefined,
  secret: boolean,
): Said {
  const fixed = FIXED[code];
  if (fixed !== undefined) return { words: fixed[1](tree, "Value") };
  const high = code >> 4;
  if (high < 0xa) throw new FormatError(`0x${code.toString(16)} is no kind of value`, tree.offset - 1);
  const long = (high & 1) === 1;
  const length = long ? tree.u32("Length", REF) : tree.u8("Length", REF);
  if (high <= 0xb) {
    if (length === 0) return { words: "" };
    if ((code & 15) === 0) {
      const bytes = tree.bytes("Value", length, REF);
      if (secret) tree.last.secret = true;
      return { words: counted(bytes.length, "octet") };
    }
    return { words: tree.text("Value", length, REF) };
  }
  return tree.part(high >= 0xe ? "Array" : SIZED[code & 15] === "map" ? "Map" : "List", length, (part) => {
    const count = long ? part.u32("Count", REF) : part.u8("Count", REF);
    const words: string[] = [], members = new Map<string, string>();
    if (high >= 0xe) return { words: array(part, count, depth) };
    const names = about === undefined ? [] : (LISTS[about]?.[2] ?? "").split(",");
    for (let i = 0; i < count && part.remaining > 0; i++) {
      const map = (code & 15) === 1;
      const of = map ? (i % 2 === 0 ? "Key" : "Value") : names[i] || "Item";
      const member = of[0]!.toUpperCase() + of.slice(1);
      const hides = about === 0x43 ||
        about === 0x41 && i === 1 && !/^(ANONYMOUS|EXTERNAL)$/.test(members.get("mechanism") ?? "");
      const said = value(part, member, depth + 1, undefined, hides);
      members.set(of, said.words);
      if (said.words !== "null" && said.words !== "") words.push(map && i % 2 === 1 ? `= ${said.words},` : said.words);
    }
    part.rest("Octets", REF);
    return { words: clip(words.join(" ").replace(/,$/, ""), 120), members };
  }, REF) ?? { words: name };
}

/** Items that share one constructor. */
function array(tree: Tree, count: number, depth: number): string {
  const code = tree.u8("Kind", REF, kindName), words: string[] = [];
  if (code !== 0 && EMPTY[code] === undefined) {
    for (let i = 0; i < count && tree.remaining > 0; i++) {
      words.push(afterKind(tree, "Item", code, depth + 1, undefined, false).words);
    }
  }
  tree.rest("Items", REF);
  return words.join(" ");
}

/** A descriptor, which is a number here nearly always, and what it describes. */
function described(tree: Tree, name: string, depth: number): Said {
  return tree.group(name, (group) => {
    tree.u8("Kind", "AMQP1 1.2", kindName);
    const code = value(tree, "Descriptor", depth + 1).words;
    const known = LISTS[Number(code)];
    tree.last.meaning = known?.[0] ?? code;
    if (known !== undefined) group.ref = known[1];
    const said = value(
      tree,
      known === undefined ? "Value" : known[0][0]!.toUpperCase() + known[0].slice(1),
      depth + 1,
      known === undefined ? undefined : Number(code),
    );
    group.meaning = known?.[0] ?? code;
    const words = said.members?.get("address") ?? said.members?.get("condition") ?? said.words;
    return {
      words: `${known?.[0] ?? code}${words === "" || words === "null" || words === "empty list" ? "" : ` ${words}`}`,
      code: Number(code),
      members: said.members,
    };
  }, { ref: "AMQP1 1.2" });
}

/** Members that the line tells, by descriptor. */
const TOLD: Readonly<Record<number, readonly string[]>> = {
  0x10: ["container", "hostname"],
  0x12: ["name", "role", "source", "target"],
  0x13: ["handle", "link credit"],
  0x14: ["handle", "delivery id"],
  0x15: ["first", "last", "state"],
  0x16: ["handle", "error"],
  0x17: ["error"],
  0x18: ["error"],
  0x40: ["mechanisms"],
  0x41: ["mechanism"],
  0x44: ["code"],
};
const OUTCOMES = ["ok", "authentication failed", "system error", "system error, for good", "system error, for now"];

/** The body of a frame: what it does, and with a transfer the message's sections; in words. */
export function frameBody(tree: Tree): string {
  const { words, code, members } = value(tree, "Performative", 0);
  const told = (TOLD[code ?? -1] ?? []).map((name) => {
    const said = members?.get(name) ?? "";
    if (name === "role") return said === "true" ? "receiver" : "sender";
    if (name === "code") return OUTCOMES[Number(said)] ?? said;
    return said === "null" || said === ""
      ? ""
      : /^(handle|first|last|delivery id|link credit)$/.test(name)
      ? `${name} ${said}`
      : said;
  }).filter((said) => said !== "");
  const sections: string[] = [];
  while (tree.remaining > 0) {
    if (tree.reader.peek() !== 0) {
      tree.rest("Part of a message", "AMQP1 2.7.5");
      break;
    }
    const start = tree.offset;
    const said = value(tree, "Section", 0);
    if (said.code === 0x75) sections.push(dataText(tree, start));
    else if (said.code === 0x77) sections.push(clip(said.words.replace(/^value /, ""), 60));
  }
  const name = LISTS[code ?? -1]?.[0] ?? words;
  return [name, told.join(", "), sections.length === 0 ? "" : `: ${sections.join(" ")}`].filter((word) => word !== "")
    .join(" ")
    .replace(" : ", ": ");
}

/** The octets of a data section, as text where they are. */
function dataText({ reader }: Tree, start: number): string {
  const octets = reader.bytes.subarray(start + 5, reader.offset);
  return octets.every((octet) => octet >= 32 && octet < 127)
    ? `"${clip(decodeText(octets), 60)}"`
    : counted(octets.length, "octet");
}
