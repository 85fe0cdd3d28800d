// Oracle's TNS (as "Oracle Net Services" and open clients write it): the packets that carry its sessions. Pure.
// What data packets carry is Oracle's own and not explained but for its first octet.
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import { type Item, readItems } from "../coding/shape.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

const REF = "Oracle TNS";
const TYPES = names(`
  1 connect; 2 accept; 3 acknowledge; 4 refuse; 5 redirect; 6 data; 7 null; 9 abort; 11 resend; 12 marker; 13 attention;
  14 control; 15 data descriptor
`);
/** What data packets begin with. */
const FUNCTIONS = names(`
  1 set protocol; 2 set data types; 3 call; 4 return status; 5 access user address space; 6 row transfer header;
  7 row transfer data; 8 return values; 9 return status and sequence; 11 I/O vector; 12 long answer; 13 flush bind data;
  14 vendor's call; 15 warning; 16 describe; 17 piggyback call; 0xde secure network services
`);
/** Calls by number. */
const CALLS = names(`
  2 open; 3 query; 4 execute; 5 fetch; 8 close; 9 log off; 12 commit on; 13 commit off; 14 commit; 15 rollback;
  20 cancel; 43 describe; 59 version; 71 all 7; 78 fast parse and execute; 94 all 8; 96 large object;
  115 log on, with the password; 118 log on, asks for the session key; 119 describe any; 147 ping
`);

const CONNECT: readonly Item[] = [
  ["Version", "u16"],
  ["Compatible version", "u16"],
  ["Service options", "u16"],
  ["Session data unit", "u16"],
  ["Transport data unit", "u16"],
  ["Protocol characteristics", "u16"],
  ["Packets before an acknowledgement", "u16"],
  ["Value of 1", "u16", (value) => value === 1 ? "most significant octet first" : "least significant octet first"],
  ["Connect data length", "u16"],
  ["Connect data offset", "u16"],
  ["Most connect data taken", "u32"],
  ["Connect flags 0", "u8"],
  ["Connect flags 1", "u8"],
];
const ACCEPT: readonly Item[] = [
  ["Version", "u16"],
  ["Service options", "u16"],
  ["Session data unit", "u16"],
  ["Transport data unit", "u16"],
  ["Value of 1", "u16", (value) => value === 1 ? "most significant octet first" : "least significant octet first"],
  ["Accept data length", "u16"],
  ["Accept data offset", "u16"],
  ["Connect flags 0", "u8"],
  ["Connect flags 1", "u8"],
];

/** The interesting part of a description: (SERVICE_NAME=…), (SID=…), (ERR=…), (HOST=…). */
function told(text: string): string {
  const found = /\((SERVICE_NAME|SID|ERR|COMMAND)=([^)]*)\)/i.exec(text);
  return found === null ? clip(text, 60) : `${found[1]!.toLowerCase()} ${clip(found[2]!, 60)}`;
}

class Tns implements StreamDissector {
  /** Since version 315 lengths of data packets have four octets. */
  #wide = false;

  measure(bytes: Uint8Array): number {
    if (bytes.length < 8) return 0;
    if (TYPES[bytes[4]!] === undefined) throw new FormatError(`${bytes[4]} is no type of TNS packet`, 4);
    const length = this.#wide
      ? ((bytes[0]! << 24 | bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!) >>> 0)
      : bytes[0]! * 256 + bytes[1]!;
    if (length < 8 || length > 1 << 24) throw new FormatError(`A packet of ${counted(length, "octet")}`, 0);
    return length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const start = tree.offset;
    if (this.#wide) tree.u32("Length", REF);
    else {
      tree.u16("Length", REF);
      tree.u16("Checksum", REF, { 0: "not used" });
    }
    const type = tree.u8("Type", REF, TYPES);
    tree.u8("Flags", REF);
    tree.u16("Header checksum", REF, { 0: "not used" });
    const name = TYPES[type] ?? `type ${type}`;
    tree.said = { summary: `TNS ${name}` };
    const said = this.#body(tree, type, start);
    if (tree.remaining > 0) tree.rest("Data", REF);
    const pair = type === 1 && side === "client"
      ? { asks: "connect" }
      : [2, 4, 5, 11].includes(type)
      ? { answers: "connect" }
      : {};
    return { summary: `TNS ${name}${said === "" ? "" : `: ${said}`}`, ...pair };
  }

  #body(tree: Tree, type: number, start: number): string {
    switch (type) {
      case 1: {
        const values = readItems(tree, CONNECT, REF);
        const length = Number(values[8]), gap = Number(values[9]) - (tree.offset - start);
        if (gap > 0) tree.bytes("More options", Math.min(gap, tree.remaining), REF);
        const count = Math.min(length, tree.remaining);
        return `version ${values[0]}, ${count > 0 ? told(tree.text("Connect data", count, REF)) : "data follow"}`;
      }
      case 2: {
        const values = readItems(tree, ACCEPT, REF);
        this.#wide = Number(values[0]) >= 315;
        return `version ${values[0]}`;
      }
      case 4: {
        const [user, system, length] = readItems(tree, [["User's reason", "u8"], ["System's reason", "u8"], [
          "Data length",
          "u16",
        ]], REF);
        const count = Math.min(Number(length), tree.remaining);
        return `reason ${user}.${system}${count > 0 ? `, ${told(tree.text("Refuse data", count, REF))}` : ""}`;
      }
      case 5: {
        const count = Math.min(tree.u16("Data length", REF), tree.remaining);
        return count > 0 ? told(tree.text("Redirect data", count, REF)) : "data follow";
      }
      case 6:
        return this.#data(tree);
      case 12: {
        const kind = tree.u8("Kind", REF, { 0: "no data", 1: "one data octet" });
        tree.bytes("Unused", Math.min(1, tree.remaining), REF);
        const what = kind === 1 && tree.remaining > 0 ? tree.u8("Data", REF, { 1: "break", 2: "reset" }) : 0;
        return what === 1 ? "break" : what === 2 ? "reset" : "";
      }
    }
    return "";
  }

  #data(tree: Tree): string {
    const flags = tree.u16("Data flags", REF, (word) => (word & 0x40) !== 0 ? "end of the session" : undefined);
    if (tree.remaining === 0) return (flags & 0x40) !== 0 ? "end of the session" : "empty";
    const first = tree.u8("Function", REF, (octet) => FUNCTIONS[octet]);
    const name = FUNCTIONS[first] ?? `function ${first}`;
    if ((first === 3 || first === 17) && tree.remaining > 0) {
      const call = tree.u8("Call", REF, (octet) => CALLS[octet]);
      if (tree.remaining > 0) tree.u8("Sequence number", REF);
      return `${name} ${CALLS[call] ?? call}`;
    }
    if (first === 0xde) return name;
    return `${name}, ${counted(tree.remaining, "octet")} more`;
  }
}

/** A connect packet: its length and the places in it fit, and what it says begins with a bracket. */
function detect(bytes: Uint8Array, side: "client" | "server"): Guess {
  if (bytes.length < 8) return bytes.length > 4 && TYPES[bytes[4]!] === undefined ? "no" : "possible";
  if (TYPES[bytes[4]!] === undefined || bytes[5]! > 0x3f) return "no";
  if (side === "server" || bytes[4] !== 1 || bytes[2] !== 0 || bytes[3] !== 0) return "possible";
  if (bytes.length < 34) return "possible";
  const at = bytes[26]! * 256 + bytes[27]!;
  return at >= 34 && at <= 74 && bytes[at] === 0x28 ? "yes" : "possible";
}

export const TNS: Protocol = {
  name: "tns",
  title: "TNS (Oracle)",
  ref: REF,
  tcp: [1521, 1522, 1526],
  detect,
  stream: () => new Tns(),
};
