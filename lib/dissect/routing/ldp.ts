// LDP (RFC 5036): routers tell each other which labels of MPLS to use; hellos over UDP, sessions over TCP. Pure.
//   version (16), length (16), LDP identifier (48), then messages: type (16), length (16), ID (32), parameters
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import { readPrefix } from "../coding/prefix.ts";
import { readItems, readTlvs, type TlvForm, type TlvTable } from "../coding/shape.ts";
import { clip, milliseconds, seconds } from "../coding/words.ts";
import type { Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const HEAD = "RFC 5036 3.1";
const MESSAGES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0x0001: ["notification", "RFC 5036 3.5.1"],
  0x0100: ["hello", "RFC 5036 3.5.2"],
  0x0200: ["initialization", "RFC 5036 3.5.3"],
  0x0201: ["keepalive", "RFC 5036 3.5.4"],
  0x0202: ["capability", "RFC 5561 4"],
  0x0300: ["address", "RFC 5036 3.5.5"],
  0x0301: ["address withdraw", "RFC 5036 3.5.6"],
  0x0400: ["label mapping", "RFC 5036 3.5.7"],
  0x0401: ["label request", "RFC 5036 3.5.8"],
  0x0402: ["label withdraw", "RFC 5036 3.5.10"],
  0x0403: ["label release", "RFC 5036 3.5.11"],
  0x0404: ["label abort request", "RFC 5036 3.5.9"],
};
const STATUS = names(`
  0 success; 1 bad LDP identifier; 2 bad protocol version; 3 bad PDU length; 4 unknown message type;
  5 bad message length; 6 unknown TLV; 7 bad TLV length; 8 malformed TLV value; 9 hold timer expired; 10 shutdown;
  11 loop detected; 12 unknown FEC; 13 no route; 14 no label resources; 15 label resources available;
  16 session rejected: no hello; 17 session rejected: parameters advertisement mode;
  18 session rejected: parameters maximum PDU length; 19 session rejected: parameters label range;
  20 keepalive timer expired; 21 label request aborted; 22 missing message parameters; 23 unsupported address family;
  24 session rejected: bad keepalive time; 25 internal error; 0x2f end of LIB
`);
const labelName = (label: number) =>
  ({ 0: "label 0, IPv4 explicit null", 2: "label 2, IPv6 explicit null", 3: "label 3, implicit null" })[label] ??
    `label ${label}`;
/** What a message is about, as its summary says it: FEC, addresses, label, status, hello, transport address, session. */
const TELLING = [0x0100, 0x0101, 0x0200, 0x0300, 0x0400, 0x0401, 0x0403, 0x0500];
const FORM: TlvForm = {
  type: 2,
  length: 2,
  called: "TLV",
  mask: 0x3fff,
  bits: [
    ["U (ignore if unknown)", 0, 1],
    ["F (forward if unknown)", 1, 1],
    ["Type", 2, 14],
  ],
};

/** Forwarding equivalence classes: what gets the label. */
function fec(tree: Tree): string {
  const ref = "RFC 5036 3.4.1";
  const words: string[] = [];
  while (tree.remaining > 0) {
    const before = words.length;
    tree.group("FEC element", (group) => {
      const type = tree.u8("Element type", ref, {
        1: "wildcard",
        2: "prefix",
        5: "typed wildcard",
        0x80: "pseudowire ID",
        0x81: "generalized pseudowire ID",
      });
      if (type === 1) words.push("every FEC");
      else if (type === 2) {
        const family = tree.u16("Address family", ref, { 1: "IPv4", 2: "IPv6" });
        const bits = tree.u8("Prefix length", ref);
        const size = family === 2 ? 16 : 4;
        words.push(readPrefix(tree, "Prefix", bits, Math.min(size, Math.ceil(bits / 8)), size, ref));
      } else if (type === 5) {
        const where = "RFC 5918 3";
        const inner = tree.u8("FEC type", where, { 2: "prefix", 0x80: "pseudowire ID" });
        const length = tree.u8("Additional length", where);
        if (inner === 2 && length === 2) {
          const family = tree.u16("Address family", where, { 1: "IPv4", 2: "IPv6" });
          words.push(`every ${family === 2 ? "IPv6" : "IPv4"} prefix`);
        } else if (length > 0) {
          tree.bytes("Additional information", length, where);
          words.push("every FEC of a type");
        }
      } else if (type === 0x80) {
        const where = "RFC 8077 6.1";
        tree.flags("Pseudowire type", 2, [["Control word", 0, 1], ["Pseudowire type", 1, 15, {
          4: "Ethernet tagged",
          5: "Ethernet",
        }]], where);
        const length = tree.u8("Information length", where);
        tree.u32("Group ID", where);
        tree.within("Pseudowire information", length, (part) => {
          if (part.remaining >= 4) words.push(`pseudowire ${part.u32("Pseudowire ID", where)}`);
          while (part.remaining >= 2) {
            part.group("Interface parameter", () => {
              const kind = part.u8("Parameter", where, { 1: "interface MTU", 3: "description", 0x0c: "VCCV" });
              const octets = part.u8("Length", where) - 2;
              if (kind === 1 && octets === 2) part.u16("Interface MTU", where);
              else if (octets > 0) part.bytes("Value", octets, where);
            });
          }
        });
      } else {
        words.push(`FEC type ${type}`);
        tree.rest("Value", ref);
      }
      group.meaning = words.slice(before).join(", ");
    }, { ref });
  }
  return words.join(", ");
}

/** One of the session's parameters that are a few fields. */
const TLVS: TlvTable = {
  0x0100: ["FEC", fec, "RFC 5036 3.4.1"],
  0x0101: ["Address list", (tree) => {
    const ref = "RFC 5036 3.4.3";
    const size = tree.u16("Address family", ref, { 1: "IPv4", 2: "IPv6" }) === 2 ? 16 : 4;
    const words: string[] = [];
    while (tree.remaining >= size) words.push(tree.ip("Address", size, ref));
    return words.join(", ");
  }, "RFC 5036 3.4.3"],
  0x0103: ["Hop count", [["Hop count", "u8"]], "RFC 5036 3.4.4"],
  0x0104: ["Path vector", [["LSR", "ip4s"]], "RFC 5036 3.4.5"],
  0x0200: ["Generic label", [["Label", "u32", labelName]], "RFC 5036 3.4.2.1"],
  0x0201: ["ATM label", [["Label", "u32"]], "RFC 5036 3.4.2.2"],
  0x0202: ["Frame relay label", [["Label", "u32"]], "RFC 5036 3.4.2.3"],
  0x0300: ["Status", (tree) => {
    const ref = "RFC 5036 3.4.6";
    const word = tree.flags(
      "Status code",
      4,
      [["E (fatal)", 0, 1], ["F (forward)", 1, 1], ["Status", 2, 30, STATUS]],
      ref,
      "",
    );
    tree.u32("Message ID", ref);
    tree.u16("Message type", ref, (type) => type === 0 ? "none" : MESSAGES[type]?.[0]);
    const code = word & 0x3fffffff;
    return `${STATUS[code] ?? `status ${code}`}${word >>> 31 === 1 ? " (fatal)" : ""}`;
  }, "RFC 5036 3.4.6"],
  0x0301: ["Extended status", [["Status", "u32"]], "RFC 5036 3.5.1"],
  0x0302: ["Returned PDU", [["PDU", "rest"]], "RFC 5036 3.5.1"],
  0x0303: ["Returned message", [["Message", "rest"]], "RFC 5036 3.5.1"],
  0x0400: ["Common hello parameters", (tree) => {
    const ref = "RFC 5036 3.5.2";
    const hold = tree.u16("Hold time", ref, (s) => s === 0 ? "0: the usual" : s === 0xffff ? "for ever" : seconds(s));
    const flags = tree.flags("Flags", 2, [
      ["T (targeted)", 0, 1],
      ["R (asks for targeted hellos)", 1, 1],
      ["G (GTSM)", 2, 1],
      ["Reserved", 3, 13],
    ], ref);
    return `hold time ${hold} s${(flags & 0x8000) !== 0 ? ", targeted" : ""}`;
  }, "RFC 5036 3.5.2"],
  0x0401: ["IPv4 transport address", [["Address", "ip4"]], "RFC 5036 3.5.2"],
  0x0402: ["Configuration sequence number", [["Sequence number", "u32"]], "RFC 5036 3.5.2"],
  0x0403: ["IPv6 transport address", [["Address", "ip6"]], "RFC 5036 3.5.2"],
  0x0500: ["Common session parameters", (tree) => {
    const ref = "RFC 5036 3.5.3";
    const values = readItems(tree, [
      ["Protocol version", "u16"],
      ["Keepalive time", "u16", seconds],
      ["Flags", 1, [["A (labels on demand)", 0, 1], ["D (loop detection)", 1, 1], ["Reserved", 2, 6]]],
      ["Path vector limit", "u8"],
      ["Maximum PDU length", "u16"],
      ["Receiver", "ip4"],
      ["Receiver's label space", "u16"],
    ], ref);
    return `to ${values[5]}:${values[6]}, keepalive ${values[1]} s`;
  }, "RFC 5036 3.5.3"],
  0x0503: ["Fault tolerant session", [
    ["Flags", 2, [
      ["R (forwarding state kept)", 0, 1],
      ["Reserved", 1, 11],
      ["S (stored)", 12, 1],
      ["A (all labels protected)", 13, 1],
      ["C (checkpoints)", 14, 1],
      ["L (learn from the network)", 15, 1],
    ]],
    ["Reserved", "u16"],
    ["Reconnect timeout", "u32", milliseconds],
    ["Recovery time", "u32", milliseconds],
  ], "RFC 3479 8.2"],
  0x0506: ["Dynamic capability announcement", [["Flags", "u8"]], "RFC 5561 9"],
  0x0508: ["P2MP capability", [["Flags", "u8"]], "RFC 6388 2.1"],
  0x050b: ["Typed wildcard capability", [["Flags", "u8"]], "RFC 5918 5"],
  0x0600: ["Label request message ID", [["Message ID", "u32"]], "RFC 5036 3.5.7"],
  0x0603: ["Unrecognized notification capability", [["Flags", "u8"]], "RFC 5919 3"],
  0x0701: ["Dual-stack capability", [["Preference", 4, [["Transport", 0, 4, { 4: "IPv4", 6: "IPv6" }], [
    "Reserved",
    4,
    28,
  ]]]], "RFC 7552 6.1.1"],
  0x0901: ["Cisco adjacency type"],
  0x096a: ["Pseudowire status", [["Status", "u32"]], "RFC 8077 6.3.2"],
};

/** One PDU: its header, then the messages in it. */
function pdu(tree: Tree): Words {
  tree.u16("Version", HEAD);
  const length = tree.u16("PDU length", HEAD);
  const words: string[] = [];
  tree.within("PDU", length, (part) => {
    const router = part.ip("LSR ID", 4, HEAD);
    const space = part.u16("Label space", HEAD, (v) => v === 0 ? "of the platform" : "of an interface");
    words.push(`LDP ${router}:${space}`);
    tree.said = { summary: words[0]! };
    while (part.remaining >= 4) {
      const type = ((part.reader.peek() ?? 0) & 0x7f) * 256 + (part.reader.peek(1) ?? 0);
      const [name, ref] = MESSAGES[type] ?? [`message ${type}`, "RFC 5036 3.5"];
      part.group(name.replace(/^./, (letter) => letter.toUpperCase()), (group) => {
        part.flags("Message type", 2, [["U (ignore if unknown)", 0, 1], ["Type", 1, 15]], ref, name);
        const size = part.u16("Message length", ref);
        part.within(name, size, (message) => {
          message.u32("Message ID", ref);
          const found = readTlvs(message, FORM, TLVS, "RFC 5036 3.3");
          group.meaning = clip(
            found.filter((one) => TELLING.includes(one.type)).map((one) => one.words).filter(Boolean).join(", "),
            120,
          );
          words.push(`${name}${group.meaning === "" ? "" : ` ${group.meaning}`}`);
        });
      }, { ref });
    }
    part.rest("Octets", HEAD);
  });
  const [who, ...messages] = words;
  const shown = messages.length <= 3
    ? messages.join("; ")
    : `${messages.slice(0, 2).join("; ")} and ${messages.length - 2} more`;
  return { summary: clip(`${who ?? "LDP"} ${shown}`.trim(), 200) };
}

class Ldp implements StreamDissector {
  measure(bytes: Uint8Array): number {
    if (bytes.length < 4) return 0;
    if (bytes[0] !== 0 || bytes[1] !== 1) throw new FormatError("LDP PDUs begin with version 1", 0);
    return 4 + bytes[2]! * 256 + bytes[3]!;
  }

  dissect(tree: Tree): Words {
    return pdu(tree);
  }
}

/** Version 1, a length, and a message type that is known. */
function detect(bytes: Uint8Array): Guess {
  if (bytes[0] !== 0 || (bytes[1] ?? 1) !== 1) return "no";
  if (bytes.length < 14) return "possible";
  const type = (bytes[10]! & 0x7f) * 256 + bytes[11]!;
  return MESSAGES[type] === undefined ? "no" : "possible";
}

const fits = (bytes: Uint8Array) => bytes.length >= 14 && bytes[0] === 0 && bytes[1] === 1;

export const LDP: Protocol = {
  name: "ldp",
  title: "LDP",
  ref: "RFC 5036",
  tcp: [646],
  udp: [646],
  detect,
  resumes: (bytes) => bytes.length >= 14 && detect(bytes) !== "no",
  fits,
  stream: () => new Ldp(),
  datagram: pdu,
};
