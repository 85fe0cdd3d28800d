// DCE/RPC (C706, MS-RPCE): calls among Windows hosts over TCP; what a call carries stays octets. Pure.
// To add an interface: its UUID in INTERFACES, with the names of calls that are worth one.
import { FormatError } from "../../base/errors.ts";
import { hex } from "../../base/hex.ts";
import { CALLS } from "./dcerpc_calls.ts";
import { counted, octetCount } from "../coding/words.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "C706 12.6";
const TYPES: Readonly<Record<number, readonly [name: string, section: string]>> = {
  0: ["request", "C706 12.6.4.9"],
  2: ["response", "C706 12.6.4.10"],
  3: ["fault", "C706 12.6.4.7"],
  11: ["bind", "C706 12.6.4.3"],
  12: ["bind acknowledged", "C706 12.6.4.4"],
  13: ["bind refused", "C706 12.6.4.5"],
  14: ["alter context", "C706 12.6.4.1"],
  15: ["context altered", "C706 12.6.4.2"],
  16: ["authentication", "MS-RPCE 2.2.2.10"],
  17: ["shutdown", "C706 12.6.4.11"],
  18: ["cancel", "C706 12.6.4.6"],
  19: ["orphaned", "C706 12.6.4.8"],
};
const FLAGS = ["First", "Last", "Cancel pending", "", "Multiplexing", "Did not execute", "Maybe", "Object UUID"];
const INTERFACES: Readonly<Record<string, string>> = {
  "e1af8308-5d1f-11c9-91a4-08002b14a0fa": "endpoint mapper",
  "12345778-1234-abcd-ef00-0123456789ab": "LSA",
  "12345778-1234-abcd-ef00-0123456789ac": "SAMR",
  "12345678-1234-abcd-ef00-01234567cffb": "Netlogon",
  "4b324fc8-1670-01d3-1278-5a47bf6ee188": "server service",
  "6bffd098-a112-3610-9833-46c3f87e345a": "workstation service",
  "367abb81-9844-35f1-ad32-98f038001003": "service control",
  "338cd001-2244-31f1-aaaa-900038001003": "registry",
  "1ff70682-0a51-30e8-076d-740be8cee98b": "AT scheduler",
  "86d35949-83c9-4044-b424-db363231fd0c": "task scheduler",
  "e3514235-4b06-11d1-ab04-00c04fc2dcd2": "directory replication",
  "12345678-1234-abcd-ef00-0123456789ab": "print spooler",
  "000001a0-0000-0000-c000-000000000046": "activation",
  "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57": "remote activation",
  "99fcfec4-5260-101b-bbcb-00aa0021347a": "object exporter",
  "f6beaff7-1e19-4fbb-9f8f-b89e2018337c": "event log",
  "50abc2a4-574d-40b3-9d66-ee4fd5fba076": "DNS server",
  "8a885d04-1ceb-11c9-9fe8-08002b104860": "NDR",
  "71710533-beba-4937-8319-b5dbef9ccc36": "NDR64",
};
const AUTHENTICATIONS: Readonly<Record<number, string>> = {
  0: "none",
  9: "SPNEGO",
  10: "NTLM",
  14: "TLS",
  16: "Kerberos",
  68: "Netlogon",
};
const LEVELS: Readonly<Record<number, string>> = {
  1: "none",
  2: "connect",
  3: "call",
  4: "packet",
  5: "integrity",
  6: "privacy",
};
const STATUS: Readonly<Record<number, string>> = {
  0x00000005: "access denied",
  0x000006d1: "procedure number out of range",
  0x000006f7: "bad stub data",
  0x1c010002: "operation number out of range",
  0x1c010003: "unknown interface",
  0x1c00001a: "context mismatch",
};
/** Octets of a fragment: more than Windows ever sends. */
const FRAGMENT_LIMIT = 65535;

/** Numbers in the byte order that the sender chose, and UUIDs. */
class Numbers {
  constructor(readonly tree: Tree, readonly little: boolean) {}

  u16(name: string, ref: string, meaning?: Parameters<Tree["u16"]>[2]): number {
    return this.little ? this.tree.u16Le(name, ref, meaning) : this.tree.u16(name, ref, meaning);
  }
  u32(name: string, ref: string, meaning?: Parameters<Tree["u32"]>[2]): number {
    return this.little ? this.tree.u32Le(name, ref, meaning) : this.tree.u32(name, ref, meaning);
  }
  /** A UUID and its version; gives the interface's name, or the UUID. */
  syntax(name: string, ref: string): string {
    let uuid = "";
    this.tree.bytes(name, 16, ref, (bytes) => {
      uuid = this.#text(bytes);
      return INTERFACES[uuid] === undefined ? uuid : `${uuid}, ${INTERFACES[uuid]}`;
    });
    this.u32("Version", ref, (version) => `${version & 0xffff}.${version >>> 16}`);
    return INTERFACES[uuid] ?? uuid;
  }
  #text(bytes: Uint8Array): string {
    const turn = (from: number, to: number) => {
      const part = bytes.slice(from, to);
      return hex(this.little ? part.reverse() : part);
    };
    return `${turn(0, 4)}-${turn(4, 6)}-${turn(6, 8)}-${hex(bytes.subarray(8, 10))}-${hex(bytes.subarray(10))}`;
  }
}

class DceRpc implements StreamDissector {
  /** Interfaces by the number of their context, as a bind named them. */
  readonly #contexts = new Map<number, string>();
  /** Calls that wait for their answer. */
  readonly #calls = new Map<number, string>();

  measure(bytes: Uint8Array): number {
    if (bytes[0] !== 5) throw new FormatError(`Version ${bytes[0]} is not that of DCE/RPC`, 0);
    if (bytes.length < 10) return 0;
    const little = (bytes[4]! & 0x10) !== 0;
    const length = little ? bytes[8]! + bytes[9]! * 256 : bytes[8]! * 256 + bytes[9]!;
    if (length < 16 || length > FRAGMENT_LIMIT) throw new FormatError(`A fragment of ${counted(length, "octet")}`, 8);
    return length;
  }

  dissect(tree: Tree, _context: DissectContext): Words {
    tree.u8("Version", REF);
    tree.u8("Minor version", REF);
    const type = tree.u8("Packet type", REF, (value) => TYPES[value]?.[0] ?? "unknown");
    const [name, ref] = TYPES[type] ?? [`type ${type}`, REF];
    // In what agrees on contexts a bit has another use (MS-RPCE 2.2.2.3).
    const agrees = type >= 11 && type <= 15;
    const names = FLAGS.map((flag, bit) => agrees && bit === 2 ? "Headers signed" : flag);
    const flags = tree.flagsLe("Flags", 1, names, REF);
    const little = ((tree.reader.peek() ?? 0) & 0x10) !== 0;
    tree.flags("Data representation", 1, [
      ["Byte order", 0, 4, ["most significant first", "least significant first"]],
      ["Characters", 4, 4, ["ASCII", "EBCDIC"]],
    ], "C706 14.1");
    tree.u8("Floating point", "C706 14.1", { 0: "IEEE", 1: "VAX", 2: "Cray", 3: "IBM" });
    tree.u16("Reserved", "C706 14.1");
    const numbers = new Numbers(tree, little);
    numbers.u16("Fragment length", REF, octetCount);
    const signed = numbers.u16("Authentication length", REF);
    const call = numbers.u32("Call ID", REF);
    tree.said = { summary: name };
    // The sender's proof stands behind the body, with eight octets before it.
    const body = Math.max(0, tree.remaining - (signed > 0 ? signed + 8 : 0));
    let words = name;
    tree.within("Body", body, (part) => {
      words = this.#body(new Numbers(part, little), type, name, ref, flags, call, signed > 0);
      part.rest("Octets", ref);
    });
    if (signed > 0) verifier(new Numbers(tree, little), signed);
    const key = `dcerpc ${call}`;
    const asks = type === 0 || type === 11 || type === 14, answers = [2, 3, 12, 13, 15].includes(type);
    return { summary: words, ...(asks && (flags & 1) !== 0 ? { asks: key } : answers ? { answers: key } : {}) };
  }

  #body(
    n: Numbers,
    type: number,
    name: string,
    ref: string,
    flags: number,
    call: number,
    signed: boolean,
  ): string {
    const { tree } = n;
    if (type === 11 || type === 14) return `${name} ${this.#contextsOf(n, ref)}`;
    if (type === 12 || type === 15) return `${name}${results(n, ref)}`;
    if (type === 13) return `${name}: ${n.u16("Reason", ref, { 0: "not said", 2: "local limit", 4: "version" })}`;
    if (type === 0) {
      n.u32("Allocation hint", ref, octetCount);
      const context = n.u16("Context", ref, (id) => this.#contexts.get(id));
      const used = this.#contexts.get(context) ?? `context ${context}`;
      const operation = n.u16("Operation", ref, (call) => CALLS[used]?.[call] ?? "which call of the interface");
      if ((flags & 0x80) !== 0) tree.bytes("Object", 16, ref);
      const what = `${used} ${CALLS[used]?.[operation] ?? `operation ${operation}`}`;
      if (this.#calls.size > 256) this.#calls.clear();
      this.#calls.set(call, what);
      const octets = tree.remaining;
      tree.rest("Stub data", ref, signed ? "perhaps encrypted" : undefined);
      return `request ${what}, ${counted(octets, "octet")}`;
    }
    if (type === 2 || type === 3) {
      n.u32("Allocation hint", ref, octetCount);
      n.u16("Context", ref, (id) => this.#contexts.get(id));
      tree.u8("Cancel count", ref);
      tree.u8("Reserved", ref);
      const what = this.#calls.get(call) ?? `call ${call}`;
      if (type === 3) {
        const status = n.u32("Status", ref, STATUS);
        return `fault of ${what}: ${STATUS[status] ?? `0x${status.toString(16).padStart(8, "0")}`}`;
      }
      const octets = tree.remaining;
      tree.rest("Stub data", ref, signed ? "perhaps encrypted" : undefined);
      return `response ${what}, ${counted(octets, "octet")}`;
    }
    return name;
  }

  #contextsOf(n: Numbers, ref: string): string {
    const { tree } = n;
    n.u16("Largest fragment sent", ref, octetCount);
    n.u16("Largest fragment taken", ref, octetCount);
    n.u32("Association group", ref);
    const count = tree.u8("Contexts", ref);
    tree.bytes("Reserved", 3, ref);
    const words: string[] = [];
    for (let i = 0; i < count; i++) {
      tree.group("Context", (group) => {
        const id = n.u16("Context ID", ref);
        const transfers = tree.u8("Transfer syntaxes", ref);
        tree.u8("Reserved", ref);
        group.meaning = n.syntax("Interface", ref);
        this.#contexts.set(id, group.meaning);
        if (!words.includes(group.meaning)) words.push(group.meaning);
        for (let j = 0; j < transfers; j++) n.syntax("Transfer syntax", ref);
      }, { ref });
    }
    return words.join(", ");
  }
}

function results(n: Numbers, ref: string): string {
  const { tree } = n;
  n.u16("Largest fragment sent", ref, octetCount);
  n.u16("Largest fragment taken", ref, octetCount);
  n.u32("Association group", ref);
  const length = n.u16("Address length", ref);
  if (length > 0) tree.text("Secondary address", length, ref, (text) => text.replace(/\0$/, ""));
  const padding = (4 - (length + 2) % 4) % 4;
  if (padding > 0) tree.bytes("Padding", padding, ref);
  const count = tree.u8("Results", ref);
  tree.bytes("Reserved", 3, ref);
  let refused = 0;
  for (let i = 0; i < count; i++) {
    tree.group("Result", () => {
      const result = n.u16("Result", ref, {
        0: "accepted",
        1: "refused by the user",
        2: "refused",
        3: "features agreed",
      });
      if (result === 1 || result === 2) refused++;
      const reasons = { 0: "not said", 1: "interface not supported", 2: "transfer syntax not supported" };
      n.u16("Reason", ref, result === 3 ? () => "bits of the features" : reasons);
      n.syntax("Transfer syntax", ref);
    }, { ref });
  }
  return refused === count ? ", all refused" : "";
}

/** The sender's proof (MS-RPCE 2.2.2.11). */
function verifier(n: Numbers, length: number): void {
  const ref = "MS-RPCE 2.2.2.11", { tree } = n;
  tree.group("Authentication", (group) => {
    const type = tree.u8("Type", ref, AUTHENTICATIONS);
    const level = tree.u8("Level", ref, LEVELS);
    tree.u8("Padding before", ref);
    tree.u8("Reserved", ref);
    n.u32("Authentication context", ref);
    tree.bytes("Value", length, ref);
    group.meaning = `${AUTHENTICATIONS[type] ?? `type ${type}`}, ${LEVELS[level] ?? `level ${level}`}`;
  }, { ref });
}

/** A bind or its answer begins a connection: version 5, a known representation, a length that such a message has. */
function detect(bytes: Uint8Array): Guess {
  const wanted = [[5], [0, 1], [11, 12], [], [0, 0x10], [0], [0], [0]];
  for (let i = 0; i < wanted.length && i < bytes.length; i++) {
    if (wanted[i]!.length > 0 && !wanted[i]!.includes(bytes[i]!)) return "no";
  }
  if (bytes.length < 10) return bytes.length < 3 ? "possible" : "maybe";
  const length = bytes[4] === 0 ? bytes[8]! * 256 + bytes[9]! : bytes[8]! + bytes[9]! * 256;
  return length >= 28 && length <= 8192 ? "yes" : "no";
}

/** The header of a call in the middle of a connection. */
function resumes(bytes: Uint8Array): boolean {
  if (bytes.length < 16 || bytes[0] !== 5 || bytes[1]! > 1 || TYPES[bytes[2]!] === undefined) return false;
  return (bytes[4] === 0x10 || bytes[4] === 0) && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0;
}

export const DCERPC: Protocol = {
  name: "dcerpc",
  title: "DCE/RPC",
  ref: "C706",
  tcp: [135, 593],
  detect,
  resumes,
  sideOf: (bytes) => [2, 3, 12, 13, 15].includes(bytes[2]!) ? "server" : "client",
  stream: () => new DceRpc(),
};
