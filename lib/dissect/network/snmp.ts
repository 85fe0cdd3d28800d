// SNMP (versions 1, 2c and 3): messages, PDUs, variable bindings, user-based security. Pure.
// RFC 1157 (version 1), RFC 1901 (2c), RFC 3412 and 3414 (3), RFC 3416 (PDUs), RFC 2578 (types).
import { floatOf } from "../../base/bytes.ts";
import { formatDuration } from "../../base/text.ts";
import {
  contents,
  element,
  integer,
  measureElement,
  objectIdentifier,
  octetString,
  octetValue,
  peekElement,
  signed,
  tagName,
} from "../coding/ber.ts";
import type { ByteReader } from "../../base/reader.ts";
import type { DissectContext, Protocol, Side, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import { ENGINE_FORMATS, ERRORS, GENERIC_TRAPS, OBJECTS, PDUS, VALUES, VERSIONS } from "./snmp_names.ts";

/** Bindings that the line names. */
const SHOWN = 4;

/** "sysUpTime.0": the longest beginning that has a name, and the rest. */
function objectName(oid: string): string | undefined {
  for (let end = oid.length; end > 0; end = oid.lastIndexOf(".", end - 1)) {
    const name = OBJECTS[oid.slice(0, end)];
    if (name !== undefined) return name + oid.slice(end);
  }
  return undefined;
}

/** The value of a binding; gives it in words. */
function value(tree: Tree, label = "Value", object = ""): string {
  const { tag } = peekElement(tree);
  const ref = "RFC 3416 3";
  const [name, kind] = VALUES[tag] ?? [undefined, ""];
  if (tag === 0x02) return String(integer(tree, label, ref));
  if (tag === 0x06) {
    const oid = objectIdentifier(tree, label, ref, objectName);
    return objectName(oid) ?? oid;
  }
  return element(
    tree,
    "Value",
    (part) => {
      const said = (text: string) => part.current.meaning = text;
      const count = part.remaining;
      if (tag === 0x04) {
        const found = octetValue(part, "RFC 3416 3");
        if (typeof found !== "string" && object.startsWith("hrSystemDate.") && /^(8|11)$/.test(String(count))) {
          return said(dateAndTime(found));
        }
        return typeof found === "string" ? `"${clip(found, 80)}"` : counted(found.length, "octet");
      }
      if (kind === "none") return said(name);
      if (tag === 0x05) return said("no value");
      if (kind === "ip" && count === 4) return said(part.ip("Value", 4, "RFC 2578 7.1.5"));
      if ((kind === "number" || kind === "ticks") && count > 0 && count <= 9) {
        // Some agents leave out the zero octet before a number whose highest bit is set.
        const unsigned = (reader: ByteReader) => {
          const word = signed(reader);
          return word < 0 ? BigInt.asUintN(8 * count, BigInt(word)) : word;
        };
        const number = part.field("Value", unsigned, (hundredths) => ({
          ref: kind === "ticks" ? "RFC 2578 7.1.8" : ref,
          meaning: kind === "ticks" ? formatDuration(Number(hundredths) * 10) : undefined,
        }));
        return said(kind === "ticks" ? `${number} (${part.last.meaning})` : String(number));
      }
      if (tag === 0x44) {
        const float = opaqueNumber(part);
        if (float !== undefined) return said(float);
      }
      if (part.remaining > 0) contents(part, tag);
      return `${name ?? tagName(tag)} of ${counted(count, "octet")}`;
    },
    ref,
    name,
  ) ?? "";
}

/** A number with a fraction, as Net-SNMP wraps it: 9f 78 and four octets, 9f 79 and eight (draft-perkins-opaque-01 2.1). */
function opaqueNumber(tree: Tree): string | undefined {
  const { reader } = tree;
  const octets = reader.peek(1) === 0x78 ? 4 : 8;
  if (reader.peek() !== 0x9f || reader.peek(2) !== octets || tree.remaining !== 3 + octets) return undefined;
  const ref = "Opaque float 2.1";
  tree.u16("Type", ref, { 0x9f78: "float", 0x9f79: "double" });
  tree.u8("Length", ref);
  const bytes = reader.bytes.subarray(reader.offset, reader.offset + octets);
  const text = String(octets === 4 ? Number(floatOf(bytes).toPrecision(7)) : floatOf(bytes));
  tree.bytes("Value", octets, ref);
  tree.last.value = text;
  return text;
}

/** RFC 2579 2, DateAndTime: year, month, day, hour, minute, second, tenth, and where the zone is. */
function dateAndTime(bytes: Uint8Array): string {
  const two = (at: number) => String(bytes[at]).padStart(2, "0");
  const zone = bytes.length === 11 ? ` ${String.fromCharCode(bytes[8]!)}${two(9)}:${two(10)}` : "";
  return `${bytes[0]! * 256 + bytes[1]!}-${two(2)}-${two(3)} ${two(4)}:${two(5)}:${two(6)}.${bytes[7]}${zone}`;
}

function bindings(tree: Tree): string[] {
  const words: string[] = [];
  element(tree, "Variable bindings", (list) => {
    let count = 0;
    while (list.remaining > 0) {
      count++;
      element(list, "Variable binding", (part) => {
        const oid = objectIdentifier(part, "Name", "RFC 3416 3", objectName);
        const plain = peekElement(part).tag === 0x05;
        const text = `${objectName(oid) ?? oid}${plain ? "" : ` = ${value(part, "Value", objectName(oid))}`}`;
        if (plain) value(part);
        part.current.meaning = text;
        if (words.length < SHOWN) words.push(text);
      }, "RFC 3416 3");
    }
    list.current.meaning = `${count}`;
    if (count > SHOWN) words.push(`and ${count - SHOWN} more`);
  }, "RFC 3416 3");
  return words;
}

/** A PDU; gives its line. `key` tells the request of an answer. */
function pdu(tree: Tree, key?: string): Words {
  const { tag } = peekElement(tree);
  const [name, ref] = PDUS[tag] ?? [`PDU ${tag}`, "RFC 3416 3"];
  return element(
    tree,
    name,
    (part) => {
      if (tag === 0xa4) return trap(part, ref);
      const id = integer(part, "Request ID", "RFC 3416 3");
      let note = "";
      if (tag === 0xa5) {
        const single = integer(part, "Non-repeaters", ref, (n) => `the first ${counted(n, "name")} once`);
        const many = integer(part, "Max-repetitions", ref, (n) => `the others up to ${n} times`);
        note = ` (${single} once, others ${many} times)`;
      } else {
        const status = integer(part, "Error status", "RFC 3416 3", ERRORS);
        const index = integer(part, "Error index", "RFC 3416 3", (n) => n === 0 ? "no binding" : `binding ${n}`);
        if (status !== 0) note = `: ${ERRORS[Number(status)] ?? `error ${status}`} (binding ${index})`;
      }
      const words = bindings(part);
      const summary = clip(`${name} ${id}${note} ${words.join(", ")}`.trim(), 200);
      part.current.meaning = summary;
      const asks = `snmp ${key ?? id}`;
      if (tag === 0xa2 || tag === 0xa8) return { summary, answers: asks };
      return tag === 0xa7 ? { summary } : { summary, asks };
    },
    ref,
    name,
  ) ?? { summary: name };
}

function trap(part: Tree, ref: string): Words {
  const oid = objectIdentifier(part, "Enterprise", ref, objectName);
  const agent = value(part, "Agent address");
  const kind = integer(part, "Generic trap", ref, GENERIC_TRAPS);
  const specific = integer(part, "Specific trap", ref);
  value(part, "Time stamp");
  const what = kind === 6 ? `${objectName(oid) ?? oid} ${specific}` : GENERIC_TRAPS[Number(kind)] ?? String(kind);
  return { summary: clip(`trap ${what} of ${agent} ${bindings(part).join(", ")}`.trim(), 200) };
}

function engineId(tree: Tree, name: string, ref: string): void {
  element(tree, name, (part) => {
    const count = part.remaining;
    if (count < 6 || part.reader.peek()! < 128) {
      if (count > 0) part.bytes("Value", count, ref);
      part.current.meaning = count === 0 ? "not known yet" : counted(count, "octet");
      return;
    }
    const number = part.u32("Enterprise", "RFC 3411 5", (word) => `number ${word & 0x7fffffff}`) & 0x7fffffff;
    const format = part.u8("Format", "RFC 3411 5", ENGINE_FORMATS);
    const fits = format === 1 ? count === 9 : format === 2 && count === 21;
    if (fits) part.ip("Address", format === 1 ? 4 : 16, "RFC 3411 5");
    else if (format === 4) part.text("Text", count - 5, "RFC 3411 5");
    else if (format === 128 && number === 8072 && count === 17) {
      part.bytes("Random octets", 4, "Net-SNMP engine ID");
      part.u32Le("Created", "Net-SNMP engine ID", (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19));
      part.bytes("Rest of the time", 4, "Net-SNMP engine ID");
    } else part.bytes("Octets", count - 5, "RFC 3411 5");
    part.current.meaning = `enterprise ${number}`;
  }, ref);
}

function version3(tree: Tree, side: Side): Words {
  let flags = 0, id: number | bigint = 0, model: number | bigint = 0, user = "";
  element(tree, "Global data", (part) => {
    const ref = "RFC 3412 6";
    id = integer(part, "Message ID", "RFC 3412 6.2");
    integer(part, "Maximum size", "RFC 3412 6.3", () => "octets that an answer may have");
    element(part, "Flags", (octet) => {
      flags = octet.flags("Flags", 1, [
        ["Reserved", 0, 5],
        ["Reportable", 5, 1, (v) => v === 1 ? "an error is to be told" : "no report"],
        ["Privacy", 6, 1, (v) => v === 1 ? "encrypted" : "in clear"],
        ["Authentication", 7, 1, (v) => v === 1 ? "proved by a code" : "not proved"],
      ], "RFC 3412 6.4");
    }, "RFC 3412 6.4");
    model = integer(part, "Security model", "RFC 3412 6.5", {
      1: "SNMPv1",
      2: "SNMPv2c",
      3: "users (USM)",
      4: "that of the transport (TSM)",
    });
    part.current.ref = ref;
  }, "RFC 3412 6");
  element(tree, "Security parameters", (wrapped) => {
    if (model !== 3) return;
    const ref = "RFC 3414 2.4";
    element(wrapped, "User-based security", (part) => {
      engineId(part, "Authoritative engine ID", ref);
      integer(part, "Engine boots", ref);
      integer(part, "Engine time", ref, () => "seconds since it started");
      const name = octetString(part, "User name", ref);
      user = typeof name === "string" ? name : "";
      for (const label of ["Authentication parameters", "Privacy parameters"]) {
        element(part, label, (octets) => {
          const count = octets.remaining;
          if (count > 0) octets.bytes("Value", count, ref);
          octets.current.meaning = count === 0 ? "none" : counted(count, "octet");
        }, ref);
      }
    }, ref);
  }, "RFC 3412 6.6");
  const who = user === "" ? "" : `, user ${clip(user, 40)}`;
  if ((flags & 2) !== 0) {
    element(tree, "Encrypted PDU", (part) => {
      part.rest("Octets", "RFC 3412 6.7");
      part.current.meaning = "the privacy key opens it";
    }, "RFC 3412 6.7");
    const summary = `encrypted message ${id}${who}`, key = `snmp 3 ${id}`;
    return side === "client" ? { summary, asks: key } : { summary, answers: key };
  }
  const words = element(tree, "Scoped PDU", (part) => {
    engineId(part, "Context engine ID", "RFC 3412 6.8");
    octetString(part, "Context name", "RFC 3412 6.8");
    return pdu(part, `3 ${id}`);
  }, "RFC 3412 6.8");
  return { ...words, summary: `${words?.summary ?? `message ${id}`}${who}` };
}

function datagram(tree: Tree, { side }: DissectContext): Words {
  return element(tree, "Message", (part) => {
    const version = integer(part, "Version", "RFC 3412 6.1", VERSIONS);
    const name = VERSIONS[Number(version)];
    if (name === undefined) return { summary: `version ${version}` };
    if (version === 3) {
      const words = version3(part, side);
      return { ...words, summary: `${name} ${words.summary}` };
    }
    const ref = version === 0 ? "RFC 1157 4" : "RFC 1901 3";
    element(part, "Community", (text) => {
      if (text.remaining === 0) return;
      text.text("Value", text.remaining, ref, () => "who knows it may ask");
      text.last.secret = true;
    }, ref);
    const words = pdu(part);
    return { ...words, summary: `${name} ${words.summary}` };
  }, "RFC 3416 3") ?? { summary: "SNMP message" };
}

/** A sequence that fills the datagram and begins with a version, then a community and a PDU, or a header. */
function detectDatagram(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30 || bytes.length < 20) return false;
  const long = bytes[1]! & 0x80 ? bytes[1]! & 0x7f : 0;
  const at = 2 + long;
  let length = long === 0 ? bytes[1]! : 0;
  for (let i = 0; i < long && i < 4; i++) length = length * 256 + bytes[2 + i]!;
  if (at + length !== bytes.length || bytes[at] !== 2 || bytes[at + 1] !== 1) return false;
  const version = bytes[at + 2]!;
  if (version === 3) return bytes[at + 3] === 0x30;
  const community = bytes[at + 4]!;
  return version <= 1 && bytes[at + 3] === 4 && community < 128 && PDUS[bytes[at + 5 + community]!] !== undefined;
}

export const SNMP: Protocol = {
  name: "snmp",
  title: "SNMP",
  ref: "RFC 3416",
  udp: [161, 162],
  tcp: [161, 162],
  detect: (bytes) => bytes[0] === 0x30 ? "possible" : "no",
  fits: (bytes) => bytes[0] === 0x30,
  detectDatagram,
  stream: () => ({ measure: measureElement, dissect: datagram }),
  datagram,
};
