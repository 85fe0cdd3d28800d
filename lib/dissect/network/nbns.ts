// NetBIOS names over UDP (RFC 1002 4.2): questions for names of Windows' kind, registrations, the state of a node. Pure.
import { formatIp } from "../../base/ip.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText, seconds } from "../coding/words.ts";

const HEADER = "RFC 1002 4.2.1.1";
const OPERATIONS: Readonly<Record<number, string>> = {
  0: "query",
  5: "registration",
  6: "release",
  7: "wait for the answer",
  8: "refresh",
  9: "refresh",
  15: "registration of several addresses",
};
const RESULTS: Readonly<Record<number, string>> = {
  0: "success",
  1: "format error",
  2: "server failure",
  3: "no such name",
  4: "not supported",
  5: "refused",
  6: "the name belongs to somebody else",
  7: "name in conflict",
};
const TYPES: Readonly<Record<number, string>> = {
  0x0a: "NULL",
  0x20: "NB: the addresses of a name",
  0x21: "NBSTAT: the state of a node",
};
/** The last octet of a name: whose name it is. */
const SUFFIXES: Readonly<Record<number, string>> = {
  0x00: "workstation or domain",
  0x01: "master browser",
  0x03: "messenger",
  0x06: "remote access",
  0x1b: "domain master browser",
  0x1c: "domain controllers",
  0x1d: "local master browser",
  0x1e: "browser elections",
  0x20: "file server",
};

/** Fifteen characters and a suffix. */
function plainName(bytes: Uint8Array): string {
  const text = decodeText(bytes.subarray(0, 15)).replace(/[ \0]+$/, "").replaceAll(
    "\x01\x02__MSBROWSE__\x02",
    "MSBROWSE",
  );
  return `${text}<${(bytes[15] ?? 0).toString(16).padStart(2, "0")}>`;
}

/** A name of 32 letters that stand for half octets (RFC 1001 14.1), with its scope, or a pointer to one. */
export function name(tree: Tree, message: number): string {
  const ref = "RFC 1002 4.1";
  const first = tree.reader.peek() ?? 0;
  if (first >= 0xc0) {
    const at = message + ((first & 63) << 8 | (tree.reader.peek(1) ?? 0));
    const said = decoded(tree.reader.bytes.subarray(at + 1, at + 33));
    tree.u16("Name", ref, () => `points to octet ${at - message}: ${said}`);
    return said;
  }
  tree.u8("Length", ref);
  let said = "";
  tree.text("Name", Math.min(first, 63), ref, (text) => {
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    said = decoded(bytes);
    return `${said}, ${SUFFIXES[Number.parseInt(said.slice(-3, -1), 16)] ?? "another use"}`;
  });
  for (
    let length = tree.u8("Length", ref, (octets) => octets === 0 ? "the end of the name" : "of the scope");
    length > 0;
  ) {
    said += `.${tree.text("Scope", length, ref)}`;
    length = tree.u8("Length", ref);
  }
  return said;
}

/** The name that pairs of the letters A to P stand for. */
function decoded(letters: Uint8Array): string {
  if (letters.length !== 32 || letters.some((letter) => letter < 0x41 || letter > 0x50)) return "not a NetBIOS name";
  return plainName(
    Uint8Array.from({ length: 16 }, (_, i) => (letters[2 * i]! - 0x41) << 4 | letters[2 * i + 1]! - 0x41),
  );
}

function datagram(tree: Tree): Words {
  const message = tree.offset;
  const id = tree.u16("Transaction", HEADER, () => "the answer repeats it");
  const word = tree.flags("Flags", 2, [
    ["Response", 0, 1],
    ["Operation", 1, 4, OPERATIONS],
    ["Authoritative", 5, 1],
    ["Truncated", 6, 1],
    ["Recursion desired", 7, 1],
    ["Recursion available", 8, 1],
    ["Reserved", 9, 2],
    ["Broadcast", 11, 1],
    ["Result", 12, 4, RESULTS],
  ], HEADER);
  const counts = ["Questions", "Answers", "Authorities", "Additionals"].map((label) => tree.u16(label, HEADER));
  const response = word >= 0x8000;
  const operation = OPERATIONS[word >> 11 & 15] ?? `operation ${word >> 11 & 15}`;
  const words: string[] = [];
  tree.said = { summary: `${operation} ${id}` };
  for (let i = 0; i < counts[0]!; i++) {
    tree.group("Question", (group) => {
      group.meaning = name(tree, message);
      words.push(group.meaning);
      const type = tree.u16("Type", "RFC 1002 4.2.1.2", TYPES);
      if (type === 0x21) words.push("state");
      tree.u16("Class", "RFC 1002 4.2.1.2", { 1: "IN" });
    }, { ref: "RFC 1002 4.2.1.2" });
  }
  const records = counts[1]! + counts[2]! + counts[3]!;
  for (let i = 0; i < records; i++) {
    tree.group("Record", (group) => {
      const ref = "RFC 1002 4.2.1.3";
      const whose = name(tree, message);
      const type = tree.u16("Type", ref, TYPES);
      tree.u16("Class", ref, { 1: "IN" });
      tree.u32("Time to live", ref, seconds);
      const length = tree.u16("Data length", ref);
      let said = "";
      tree.part("Data", length, (part) => said = type === 0x21 ? state(part) : addresses(part), ref);
      group.meaning = clip(`${whose} ${said}`.trim(), 160);
      if (!words.includes(whose)) words.push(whose);
      if (said !== "") words.push(`= ${said}`);
    }, { ref: "RFC 1002 4.2.1.3" });
  }
  const result = word & 15;
  const summary = clip(
    `${operation}${response ? " answer" : ""} ${words.join(" ")}${
      result === 0 ? "" : `: ${RESULTS[result] ?? result}`
    }`,
    200,
  );
  return { summary, ...(response ? { answers: `nbns ${id}` } : { asks: `nbns ${id}` }) };
}

/** Addresses, each with what kind of name it is (4.2.1.3). */
function addresses(tree: Tree): string {
  const words: string[] = [];
  while (tree.remaining >= 6) {
    tree.flags("Kind", 2, [
      ["Group", 0, 1, ["one node's own", "a group's"]],
      ["Node", 1, 2, ["broadcasts", "asks a name server", "both", "hybrid"]],
      ["Reserved", 3, 13],
    ], "RFC 1002 4.2.1.3");
    words.push(tree.ip("Address", 4, "RFC 1002 4.2.1.3"));
  }
  tree.rest("Data", "RFC 1002 4.2.1.3");
  return words.filter((text) => text !== formatIp({ family: 4, bytes: new Uint8Array(4) })).join(", ");
}

/** All names of a node (4.2.18). */
function state(tree: Tree): string {
  const ref = "RFC 1002 4.2.18";
  const words: string[] = [];
  for (let left = tree.u8("Names", ref); left > 0; left--) {
    tree.group("Name", (group) => {
      const bytes = tree.bytes("Name", 15, ref, (octets) => decodeText(octets).trimEnd());
      const suffix = tree.u8("Use", ref, SUFFIXES);
      group.meaning = plainName(Uint8Array.from([...bytes, suffix]));
      words.push(group.meaning);
      tree.flags("Flags", 2, [
        ["Group", 0, 1],
        ["Node", 1, 2],
        ["Deregister", 3, 1],
        ["Conflict", 4, 1],
        ["Active", 5, 1],
        ["Permanent", 6, 1],
        ["Reserved", 7, 9],
      ], ref);
    }, { ref });
  }
  if (tree.remaining >= 6) tree.mac("Unit", ref);
  tree.rest("Statistics", ref);
  return words.join(" ");
}

/** A question or record of one NetBIOS name: 32 letters from A to P. */
export function isNetbiosName(bytes: Uint8Array): boolean {
  return bytes[0] === 32 && bytes.length > 33 &&
    bytes.subarray(1, 33).every((letter) => letter >= 0x41 && letter <= 0x50);
}

export const NBNS: Protocol = {
  name: "nbns",
  title: "NetBIOS names",
  ref: "RFC 1002 4.2",
  udp: [137],
  detectDatagram: (bytes) => bytes.length >= 50 && bytes[46] === 0 && isNetbiosName(bytes.subarray(12)),
  datagram,
};
