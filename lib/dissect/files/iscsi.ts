// iSCSI (RFC 7143): SCSI commands to disks over TCP: headers of 48 octets, logins as text, commands and data. Pure.
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import { hex } from "../../base/hex.ts";
import { SCSI_STATUS, scsiCommand } from "../bus/scsi.ts";
import { type Item, readItems } from "../coding/shape.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { BitRow, Meaning, Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

const REF = "RFC 7143 11.2";

/** What stands in octets 8 to 47 of a header: `tag` is the initiator's task tag, which stands behind the unit. */
interface Kind {
  readonly name: string;
  readonly ref: string;
  readonly flags?: readonly BitRow[];
  /** Octets 2 and 3. */
  readonly second?: readonly Item[];
  /** Octets 8 to 15 when they are no unit. */
  readonly unit?: readonly Item[];
  readonly rest: readonly Item[];
}

const FINAL: BitRow = ["Final", 0, 1];
const u32 = (...names: string[]): readonly Item[] => names.map((name): Item => [name, "u32"]);
const TAG: Item = ["Target transfer tag", "u32", (tag) => tag === 0xffffffff ? "none" : undefined];
const STATUS: readonly Item[] = [["Response", "u8", { 0: "completed", 1: "target failure" }], [
  "Status",
  "u8",
  SCSI_STATUS,
]];
const STAGES = ["security", "operational", "reserved", "full feature"];
const LOGIN_FLAGS: readonly BitRow[] = [
  ["Transit", 0, 1],
  ["Continue", 1, 1],
  ["Reserved", 2, 2],
  ["Current stage (CSG)", 4, 2, STAGES],
  ["Next stage (NSG)", 6, 2, STAGES],
];
const TEXT_FLAGS: readonly BitRow[] = [FINAL, ["Continue", 1, 1], ["Reserved", 2, 6]];
const VERSIONS: readonly Item[] = [["Version-max", "u8"], ["Version-min", "u8"]];
const SESSION: readonly Item[] = [["ISID", 6], [
  "TSIH",
  "u16",
  (id) => id === 0 ? "a new one" : undefined,
]];
const LOGIN_STATUS: Meaning<number> = names(`
  0x0000 success; 0x0101 the target moved, for now; 0x0102 the target moved, for good; 0x0200 initiator error;
  0x0201 authentication failed; 0x0202 not authorized; 0x0203 no such target; 0x0204 target removed;
  0x0205 unsupported version; 0x0206 too many connections; 0x0207 missing parameter; 0x0208 cannot include in session;
  0x0209 unsupported session type; 0x020a no such session; 0x020b invalid while logging in; 0x0300 target error;
  0x0301 service unavailable; 0x0302 out of resources
`);
const SEQUENCES = u32("StatSN", "ExpCmdSN", "MaxCmdSN");

const KINDS: Readonly<Record<number, Kind>> = {
  0x00: { name: "NOP-Out", ref: "RFC 7143 11.18", rest: [TAG, ...u32("CmdSN", "ExpStatSN")] },
  0x01: {
    name: "SCSI command",
    ref: "RFC 7143 11.3",
    flags: [FINAL, ["Read", 1, 1], ["Write", 2, 1], ["Reserved", 3, 2], ["Task attributes", 5, 3, [
      "none",
      "simple",
      "ordered",
      "head of queue",
      "ACA",
    ]]],
    rest: u32("Expected data transfer length", "CmdSN", "ExpStatSN"),
  },
  0x02: {
    name: "task management request",
    ref: "RFC 7143 11.5",
    flags: [FINAL, ["Function", 1, 7, {
      1: "abort task",
      2: "abort task set",
      3: "clear ACA",
      4: "clear task set",
      5: "reset unit",
      6: "reset target, warm",
      7: "reset target, cold",
      8: "reassign task",
    }]],
    rest: u32("Referenced task tag", "CmdSN", "ExpStatSN", "RefCmdSN"),
  },
  0x03: {
    name: "login request",
    ref: "RFC 7143 11.12",
    flags: LOGIN_FLAGS,
    second: VERSIONS,
    unit: SESSION,
    rest: [["CID", "u16"], ["Reserved", "u16"], ...u32("CmdSN", "ExpStatSN")],
  },
  0x04: {
    name: "text request",
    ref: "RFC 7143 11.10",
    flags: TEXT_FLAGS,
    rest: [TAG, ...u32("CmdSN", "ExpStatSN")],
  },
  0x05: {
    name: "data out",
    ref: "RFC 7143 11.7",
    flags: [FINAL, ["Reserved", 1, 7]],
    rest: [
      TAG,
      ["Reserved", "u32"],
      ...u32("ExpStatSN"),
      ["Reserved", "u32"],
      ...u32("DataSN", "Buffer offset"),
    ],
  },
  0x06: {
    name: "logout request",
    ref: "RFC 7143 11.14",
    flags: [FINAL, ["Reason", 1, 7, { 0: "close the session", 1: "close the connection", 2: "remove the connection" }]],
    rest: [["CID", "u16"], ["Reserved", "u16"], ...u32("CmdSN", "ExpStatSN")],
  },
  0x10: { name: "SNACK request", ref: "RFC 7143 11.16", flags: [FINAL, ["Kind", 1, 7]], rest: [TAG] },
  0x20: { name: "NOP-In", ref: "RFC 7143 11.19", rest: [TAG, ...SEQUENCES] },
  0x21: {
    name: "SCSI response",
    ref: "RFC 7143 11.4",
    flags: [FINAL, ["Reserved", 1, 2], ["Read overflow", 3, 1], ["Read underflow", 4, 1], ["Overflow", 5, 1], [
      "Underflow",
      6,
      1,
    ], ["Reserved", 7, 1]],
    second: STATUS,
    rest: [
      ["SNACK tag", "u32"],
      ...SEQUENCES,
      ...u32("ExpDataSN", "Bidirectional read residual count", "Residual count"),
    ],
  },
  0x22: {
    name: "task management response",
    ref: "RFC 7143 11.6",
    second: [["Response", "u8", {
      0: "complete",
      1: "no such task",
      2: "no such unit",
      5: "unsupported",
      255: "rejected",
    }], [
      "Reserved",
      "u8",
    ]],
    rest: [["Reserved", "u32"], ...SEQUENCES],
  },
  0x23: {
    name: "login response",
    ref: "RFC 7143 11.13",
    flags: LOGIN_FLAGS,
    second: [["Version-max", "u8"], ["Version-active", "u8"]],
    unit: SESSION,
    rest: [["Reserved", "u32"], ...SEQUENCES, ["Status", "u16", LOGIN_STATUS]],
  },
  0x24: { name: "text response", ref: "RFC 7143 11.11", flags: TEXT_FLAGS, rest: [TAG, ...SEQUENCES] },
  0x25: {
    name: "data in",
    ref: "RFC 7143 11.7",
    flags: [FINAL, ["Acknowledge", 1, 1], ["Reserved", 2, 3], ["Overflow", 5, 1], ["Underflow", 6, 1], [
      "With status",
      7,
      1,
    ]],
    second: [["Reserved", "u8"], ["Status", "u8", SCSI_STATUS]],
    rest: [TAG, ...SEQUENCES, ...u32("DataSN", "Buffer offset", "Residual count")],
  },
  0x26: {
    name: "logout response",
    ref: "RFC 7143 11.15",
    second: [["Response", "u8", { 0: "closed", 1: "no such connection", 2: "no recovery", 3: "cleanup failed" }], [
      "Reserved",
      "u8",
    ]],
    rest: [["Reserved", "u32"], ...SEQUENCES],
  },
  0x31: {
    name: "ready to transfer",
    ref: "RFC 7143 11.8",
    rest: [TAG, ...SEQUENCES, ...u32("R2TSN", "Buffer offset", "Desired data transfer length")],
  },
  0x32: {
    name: "asynchronous message",
    ref: "RFC 7143 11.9",
    rest: [["Reserved", "u32"], ...SEQUENCES, ["AsyncEvent", "u8"], ["AsyncVCode", "u8"]],
  },
  0x3f: {
    name: "reject",
    ref: "RFC 7143 11.17",
    second: [["Reason", "u8", {
      1: "login must come first",
      2: "data digest error",
      3: "SNACK refused",
      4: "protocol error",
      5: "command not supported",
      6: "immediate command refused",
      7: "task in progress",
      9: "invalid header field",
      10: "out of resources",
    }], ["Reserved", "u8"]],
    rest: [["Reserved", "u32"], ...SEQUENCES],
  },
};

const padded = (length: number) => (length + 3) & ~3;

class Iscsi implements StreamDissector {
  /** Digests of header and data, once both sides agreed on them. */
  #header = false;
  #data = false;

  measure(bytes: Uint8Array): number {
    if (KINDS[bytes[0]! & 0x3f] === undefined || bytes[0]! >= 0x80) {
      throw new FormatError(`${bytes[0]} is no operation of iSCSI`, 0);
    }
    if (bytes.length < 8) return 0;
    const data = bytes[5]! << 16 | bytes[6]! << 8 | bytes[7]!;
    return 48 + bytes[4]! * 4 + (this.#header ? 4 : 0) + padded(data) + (this.#data && data > 0 ? 4 : 0);
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const code = (tree.reader.peek() ?? 0) & 0x3f;
    const kind = KINDS[code] ?? { name: `operation ${code}`, ref: REF, rest: [] };
    const { ref } = kind;
    tree.flags(
      "Opcode",
      1,
      [["Reserved", 0, 1], ["Immediate", 1, 1], ["Opcode", 2, 6, () => kind.name]],
      REF,
      kind.name,
    );
    const flags = tree.flags("Flags", 1, kind.flags ?? [FINAL, ["Reserved", 1, 7]], ref);
    const second = readItems(tree, kind.second ?? [["Reserved", "u16"]], ref).map(Number);
    const extra = tree.u8("TotalAHSLength", REF, (words) => counted(words * 4, "octet"));
    const length = tree.u24("DataSegmentLength", REF);
    if (kind.unit !== undefined) readItems(tree, kind.unit, ref);
    else tree.bytes("LUN", 8, REF, (bytes) => `unit ${(bytes[0]! & 0x3f) << 8 | bytes[1]!}`);
    const tag = tree.u32(
      "Initiator task tag",
      REF,
      (value) => value === 0xffffffff ? "none" : "the response repeats it",
    );
    const start = tree.offset;
    const values = readItems(tree, kind.rest, ref);
    const pair = tag === 0xffffffff
      ? {}
      : side === "client"
      ? { asks: `iscsi ${tag}` }
      : code === 0x31 || (code === 0x25 && (flags & 1) === 0)
      ? {}
      : { answers: `iscsi ${tag}` };
    tree.said = { summary: kind.name, ...pair };
    let said = "";
    if (code === 1) said = tree.part("CDB", 16, scsiCommand, "RFC 7143 11.3.5") ?? "";
    const left = 28 - (tree.offset - start);
    if (left > 0) tree.bytes("Reserved", left, ref);
    if (extra > 0) tree.bytes("Additional header segments", extra * 4, "RFC 7143 11.2.2");
    if (this.#header) tree.bytes("Header digest", 4, "RFC 7143 11.2.3", () => "CRC-32C");
    if (length > 0) said = this.#segment(tree, code, length, said);
    const name = (names: Meaning<number>, value: number) =>
      (names as Readonly<Record<number, string>>)[value] ?? `${value}`;
    if (code === 0x21) said = name(SCSI_STATUS, second[1] ?? 0);
    if (code === 0x25 && (flags & 1) === 1) said += `, ${name(SCSI_STATUS, second[1] ?? 0)}`;
    if (code === 0x23) said = `${name(LOGIN_STATUS, Number(values.at(-1)))}${said === "" ? "" : `, ${said}`}`;
    if (code === 0x31) said = `${counted(Number(values.at(-1)), "octet")} from ${values.at(-2)}`;
    return { summary: `${kind.name}${said === "" ? "" : `: ${said}`}`, ...pair };
  }

  /** The data behind the header, in fours, and their digest. */
  #segment(tree: Tree, code: number, length: number, said: string): string {
    let words = said;
    if ([3, 4, 0x23, 0x24].includes(code)) {
      words = tree.part("Text", length, (part) => this.#text(part, code), "RFC 7143 6.1") ?? "";
    } else if (code === 0x21) {
      tree.part("Sense", length, (part) => {
        part.u16("Sense length", "RFC 7143 11.4.7.2");
        part.rest("Sense data", "SPC-4 4.5");
      }, "RFC 7143 11.4.7");
    } else {
      tree.bytes("Data", length, "RFC 7143 11.7");
      if (words === "") words = counted(length, "octet");
    }
    const pad = padded(length) - length;
    if (pad > 0 && tree.remaining >= pad) tree.bytes("Padding", pad, "RFC 7143 11.2.4");
    if (this.#data && tree.remaining >= 4) tree.bytes("Data digest", 4, "RFC 7143 11.2.3", () => "CRC-32C");
    return words;
  }

  /** Keys and values, each with a zero octet at its end; what the line tells of them. */
  #text(tree: Tree, code: number): string {
    const told: string[] = [];
    while (tree.remaining > 0) {
      const zero = tree.reader.bytes.subarray(0, tree.reader.end).indexOf(0, tree.offset);
      const pair = zero === -1
        ? tree.text("Key and value", tree.remaining, "RFC 7143 6.1")
        : tree.zeroText("Key and value", "RFC 7143 6.1");
      const [key = "", value = ""] = pair.split("=", 2);
      if (/^CHAP_R$/.test(key)) tree.last.secret = true;
      if (/^(TargetName|InitiatorName|SendTargets|TargetAddress|AuthMethod)$/.test(key)) told.push(clip(pair, 80));
      // The target's answer is what counts.
      if (code === 0x23 && value === "CRC32C") {
        if (key === "HeaderDigest") this.#header = true;
        if (key === "DataDigest") this.#data = true;
      }
    }
    return told.join(", ");
  }
}

/** A login request as a connection begins with, or its answer: reserved octets, a text that begins with a key. */
function detect(bytes: Uint8Array): Guess {
  if (bytes[0] !== 0x43 && bytes[0] !== 0x23) {
    return KINDS[bytes[0]! & 0x3f] === undefined || bytes[0]! >= 0x80 ? "no" : "possible";
  }
  if (bytes.length < 48) return "maybe";
  if ((bytes[1]! & 0x30) !== 0 || bytes[2]! > 1 || bytes[3]! > 1 || bytes[4] !== 0) return "no";
  return hex(bytes.subarray(40, 44)) === "00000000" || bytes[0] === 0x23 ? "yes" : "possible";
}

export const ISCSI: Protocol = {
  name: "iscsi",
  title: "iSCSI",
  ref: "RFC 7143",
  tcp: [3260],
  detect,
  resumes: (bytes) => bytes.length >= 48 && detect(bytes) !== "no" && bytes[4] === 0,
  sideOf: (bytes) => (bytes[0]! & 0x20) !== 0 ? "server" : "client",
  stream: () => new Iscsi(),
};
