// EtherNet/IP (ODVA "CIP Networks Library", Volume 2, chapter 2): the frames that carry CIP between controllers. Pure.
// To add an item of the common packet format: a line in `ITEMS`.
import { FormatError } from "../../base/errors.ts";
import { readRows, type Row } from "../coding/rows.ts";
import { clip, counted, octetCount } from "../coding/words.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { cipMessage } from "./cip.ts";

const REF = "EtherNet/IP 2-3.1";
const CPF = "EtherNet/IP 2-6";
const LENGTH_LIMIT = 65511;

const COMMANDS: Readonly<Record<number, string>> = {
  0x00: "NOP",
  0x04: "List Services",
  0x63: "List Identity",
  0x64: "List Interfaces",
  0x65: "Register Session",
  0x66: "Unregister Session",
  0x6f: "Send RR Data",
  0x70: "Send Unit Data",
};
const STATUS: Readonly<Record<number, string>> = {
  0x00: "success",
  0x01: "invalid command",
  0x02: "out of memory",
  0x03: "incorrect data",
  0x64: "invalid session handle",
  0x65: "invalid length",
  0x69: "unsupported protocol revision",
};

const hex32 = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;

/** A socket's address, whose numbers are most significant octet first. */
function socketAddress(tree: Tree): string {
  tree.u16("Family", CPF, { 2: "IPv4" });
  const port = tree.u16("Port", CPF), address = tree.ip("Address", 4, CPF);
  tree.bytes("Zeros", Math.min(8, tree.remaining), CPF);
  return `${address}:${port}`;
}

/** What a device says of itself. */
function identity(tree: Tree): string {
  tree.u16Le("Protocol version", CPF);
  socketAddress(tree);
  readRows(tree, [["Vendor ID", "u16"], ["Device type", "u16"], ["Product code", "u16"]], CPF);
  const major = tree.u8("Major revision", CPF), minor = tree.u8("Minor revision", CPF);
  readRows(tree, [["Status", "u16"], ["Serial number", "u32", hex32]], CPF);
  const name = tree.text("Product name", tree.u8("Product name length", CPF), CPF);
  tree.u8("State", CPF, { 255: "not told" });
  return `"${clip(name)}" ${major}.${minor}`;
}

function services(tree: Tree): string {
  tree.u16Le("Protocol version", CPF);
  tree.flagsLe("Capability flags", 2, ["", "", "", "", "", "CIP over TCP", "", "", "CIP class 0 or 1 over UDP"], CPF);
  return clip(tree.text("Name", tree.remaining, CPF).replace(/\0.*$/s, ""));
}

/** The items by type: name, and how the data is read. */
const ITEMS: Readonly<Record<number, readonly [name: string, read?: (tree: Tree) => string]>> = {
  0x0000: ["Null address"],
  0x000c: ["Identity", identity],
  0x00a1: ["Connected address", (tree) => `connection ${hex32(tree.u32Le("Connection ID", CPF, hex32))}`],
  0x00b1: ["Connected data", (tree) => {
    const sequence = tree.u16Le("Sequence count", CPF);
    return `#${sequence} ${cipMessage(tree)}`;
  }],
  0x00b2: ["Unconnected data", (tree) => cipMessage(tree)],
  0x0100: ["Services", services],
  0x8000: ["Socket address, originator to target", socketAddress],
  0x8001: ["Socket address, target to originator", socketAddress],
  0x8002: ["Sequenced address", (tree) => {
    const id = tree.u32Le("Connection ID", CPF, hex32);
    return `connection ${hex32(id)} #${tree.u32Le("Sequence number", CPF)}`;
  }],
};

/** The common packet format: counted items of type, length, data; in words. */
function items(tree: Tree): string {
  const count = tree.u16Le("Item count", CPF), said: string[] = [];
  for (let i = 0; i < count && tree.remaining >= 4; i++) {
    const type = (tree.reader.peek() ?? 0) | (tree.reader.peek(1) ?? 0) << 8;
    const [name, read] = ITEMS[type] ?? [`Item 0x${type.toString(16).padStart(4, "0")}`];
    tree.group(name, (group) => {
      tree.u16Le("Type", CPF, () => ITEMS[type] === undefined ? "unknown" : undefined);
      const length = tree.u16Le("Length", CPF);
      const words = tree.within(name, length, (part) => {
        const found = part.remaining === 0 ? "" : read?.(part) ?? "";
        part.rest("Data", CPF);
        return found;
      }) ?? "";
      if (words !== "") said.push(group.meaning = clip(words, 120));
    }, { ref: CPF });
  }
  tree.rest("Octets", CPF);
  return said.join(", ");
}

const HEAD: readonly Row[] = [
  ["Command", "u16", (value) => COMMANDS[value] ?? "unknown"],
  ["Length", "u16", octetCount],
  ["Session handle", "u32", hex32],
  ["Status", "u32", (value) => STATUS[value] ?? "unknown"],
  ["Sender context", 8],
  ["Options", "u32"],
];

function dissect(tree: Tree, { side }: DissectContext): Words {
  const head = readRows(tree, HEAD, REF);
  const command = Number(head.get("Command")), status = Number(head.get("Status"));
  const name = COMMANDS[command] ?? `command ${command}`;
  const key = `enip ${command} ${head.get("Sender context")}`;
  // Data of connections have no context of their own.
  const alone = command === 0x66 || command === 0x70 || command === 0;
  const pair = alone ? {} : side === "client" ? { asks: key } : { answers: key };
  const wrong = status === 0 ? "" : `: ${STATUS[status] ?? `status ${status}`}`;
  tree.said = { summary: `${name}${wrong}`, ...pair };
  const said = tree.within("Data", Math.min(Number(head.get("Length")), tree.remaining), (part) => {
    if (part.remaining === 0) return "";
    if (command === 0x65) {
      readRows(part, [["Protocol version", "u16"], ["Options flags", "u16"]], "EtherNet/IP 2-4.4");
      return "";
    }
    if (command === 0x6f || command === 0x70) {
      part.u32Le("Interface handle", "EtherNet/IP 2-4.7", { 0: "CIP" });
      part.u16Le("Timeout", "EtherNet/IP 2-4.7", (value) => value === 0 ? undefined : counted(value, "second"));
      return items(part);
    }
    if (command === 0x04 || command === 0x63 || command === 0x64) return items(part);
    part.rest("Data", REF);
    return "";
  }) ?? "";
  tree.rest("Octets", REF);
  return { summary: `${name}${wrong}${said === "" ? "" : `: ${said}`}`, ...pair };
}

const DISSECTOR: StreamDissector = {
  measure(bytes) {
    if (bytes.length < 4) return 0;
    if (COMMANDS[bytes[0]! | bytes[1]! << 8] === undefined) {
      throw new FormatError("This is no command of EtherNet/IP", 0);
    }
    const length = bytes[2]! | bytes[3]! << 8;
    if (length > LENGTH_LIMIT) throw new FormatError(`Data of ${counted(length, "octet")}`, 2);
    return 24 + length;
  },
  dissect,
};

/** A known command; a session is registered with version 1 and no options. */
function detect(bytes: Uint8Array): Guess {
  if (bytes.length > 1 && COMMANDS[bytes[0]! | bytes[1]! << 8] === undefined) return "no";
  if (bytes.length < 28) return bytes[0] === 0x65 && bytes.length < 4 ? "maybe" : "possible";
  const register = bytes[0] === 0x65 && bytes[2] === 4 && bytes[3] === 0 && bytes[24] === 1 && bytes[25] === 0;
  return register && bytes.subarray(20, 24).every((octet) => octet === 0) ? "yes" : "possible";
}

export const ENIP: Protocol = {
  name: "enip",
  title: "EtherNet/IP",
  ref: "EtherNet/IP 2",
  tcp: [44818],
  udp: [44818],
  detect,
  fits: (bytes) => bytes.length >= 24 && detect(bytes) !== "no",
  stream: () => DISSECTOR,
  datagram: dissect,
};
