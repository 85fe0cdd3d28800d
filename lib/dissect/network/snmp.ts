// SNMP (versions 1, 2c and 3): messages, PDUs, variable bindings, user-based security. Pure.
// RFC 1157 (version 1), RFC 1901 (2c), RFC 3412 and 3414 (3), RFC 3416 (PDUs), RFC 2578 (types).
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
import type { DissectContext, Protocol, Side, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../coding/words.ts";

const VERSIONS: Readonly<Record<number, string>> = { 0: "SNMPv1", 1: "SNMPv2c", 3: "SNMPv3" };
/** PDU by tag: name, where it is defined. */
const PDUS: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0xa0: ["get-request", "RFC 3416 4.2.1"],
  0xa1: ["get-next-request", "RFC 3416 4.2.2"],
  0xa2: ["response", "RFC 3416 4.2.4"],
  0xa3: ["set-request", "RFC 3416 4.2.5"],
  0xa4: ["trap (version 1)", "RFC 1157 4.1.6"],
  0xa5: ["get-bulk-request", "RFC 3416 4.2.3"],
  0xa6: ["inform-request", "RFC 3416 4.2.7"],
  0xa7: ["trap", "RFC 3416 4.2.6"],
  0xa8: ["report", "RFC 3416 4.2.8"],
};
const ERRORS: Readonly<Record<number, string>> = {
  0: "no error",
  1: "too big: the answer does not fit",
  2: "no such name",
  3: "bad value",
  4: "read only",
  5: "general error",
  6: "no access",
  7: "wrong type",
  8: "wrong length",
  9: "wrong encoding",
  10: "wrong value",
  11: "no creation",
  12: "inconsistent value",
  13: "resource unavailable",
  14: "commit failed",
  15: "undo failed",
  16: "authorization error",
  17: "not writable",
  18: "inconsistent name",
};
const GENERIC_TRAPS: Readonly<Record<number, string>> = {
  0: "cold start",
  1: "warm start",
  2: "link down",
  3: "link up",
  4: "authentication failure",
  5: "neighbour lost (EGP)",
  6: "of the enterprise",
};
/** Value by tag: name (RFC 2578 7.1, RFC 3416 3), and how it is read. */
const VALUES: Readonly<Record<number, readonly [name: string, kind: "number" | "ip" | "ticks" | "octets" | "none"]>> = {
  0x40: ["IpAddress", "ip"],
  0x41: ["Counter32", "number"],
  0x42: ["Gauge32", "number"],
  0x43: ["TimeTicks", "ticks"],
  0x44: ["Opaque", "octets"],
  0x46: ["Counter64", "number"],
  0x80: ["noSuchObject", "none"],
  0x81: ["noSuchInstance", "none"],
  0x82: ["endOfMibView", "none"],
};
/** Objects that everybody asks for, by the beginning of their identifier (SNMPv2-MIB, IF-MIB, IP-MIB, HOST-RESOURCES-MIB …). */
const OBJECTS: Readonly<Record<string, string>> = {
  "1.3.6.1.2.1": "mib-2",
  "1.3.6.1.2.1.1": "system",
  "1.3.6.1.2.1.1.1": "sysDescr",
  "1.3.6.1.2.1.1.2": "sysObjectID",
  "1.3.6.1.2.1.1.3": "sysUpTime",
  "1.3.6.1.2.1.1.4": "sysContact",
  "1.3.6.1.2.1.1.5": "sysName",
  "1.3.6.1.2.1.1.6": "sysLocation",
  "1.3.6.1.2.1.1.7": "sysServices",
  "1.3.6.1.2.1.1.8": "sysORLastChange",
  "1.3.6.1.2.1.1.9.1": "sysOREntry",
  "1.3.6.1.2.1.2": "interfaces",
  "1.3.6.1.2.1.2.1": "ifNumber",
  "1.3.6.1.2.1.2.2.1": "ifEntry",
  "1.3.6.1.2.1.2.2.1.1": "ifIndex",
  "1.3.6.1.2.1.2.2.1.2": "ifDescr",
  "1.3.6.1.2.1.2.2.1.3": "ifType",
  "1.3.6.1.2.1.2.2.1.4": "ifMtu",
  "1.3.6.1.2.1.2.2.1.5": "ifSpeed",
  "1.3.6.1.2.1.2.2.1.6": "ifPhysAddress",
  "1.3.6.1.2.1.2.2.1.7": "ifAdminStatus",
  "1.3.6.1.2.1.2.2.1.8": "ifOperStatus",
  "1.3.6.1.2.1.2.2.1.10": "ifInOctets",
  "1.3.6.1.2.1.2.2.1.11": "ifInUcastPkts",
  "1.3.6.1.2.1.2.2.1.13": "ifInDiscards",
  "1.3.6.1.2.1.2.2.1.14": "ifInErrors",
  "1.3.6.1.2.1.2.2.1.16": "ifOutOctets",
  "1.3.6.1.2.1.2.2.1.17": "ifOutUcastPkts",
  "1.3.6.1.2.1.2.2.1.20": "ifOutErrors",
  "1.3.6.1.2.1.4": "ip",
  "1.3.6.1.2.1.5": "icmp",
  "1.3.6.1.2.1.6": "tcp",
  "1.3.6.1.2.1.7": "udp",
  "1.3.6.1.2.1.11": "snmp",
  "1.3.6.1.2.1.25": "host",
  "1.3.6.1.2.1.25.1.1": "hrSystemUptime",
  "1.3.6.1.2.1.25.2.2": "hrMemorySize",
  "1.3.6.1.2.1.31.1.1.1": "ifXEntry",
  "1.3.6.1.2.1.31.1.1.1.1": "ifName",
  "1.3.6.1.2.1.31.1.1.1.6": "ifHCInOctets",
  "1.3.6.1.2.1.31.1.1.1.10": "ifHCOutOctets",
  "1.3.6.1.4.1": "enterprises",
  "1.3.6.1.4.1.9": "enterprises.cisco",
  "1.3.6.1.4.1.2021": "enterprises.ucdavis",
  "1.3.6.1.4.1.8072": "enterprises.netSnmp",
  "1.3.6.1.6.3.1.1.4.1": "snmpTrapOID",
  "1.3.6.1.6.3.1.1.4.3": "snmpTrapEnterprise",
  "1.3.6.1.6.3.1.1.5.1": "coldStart",
  "1.3.6.1.6.3.1.1.5.2": "warmStart",
  "1.3.6.1.6.3.1.1.5.3": "linkDown",
  "1.3.6.1.6.3.1.1.5.4": "linkUp",
  "1.3.6.1.6.3.1.1.5.5": "authenticationFailure",
  "1.3.6.1.6.3.15.1.1.1": "usmStatsUnsupportedSecLevels",
  "1.3.6.1.6.3.15.1.1.2": "usmStatsNotInTimeWindows",
  "1.3.6.1.6.3.15.1.1.3": "usmStatsUnknownUserNames",
  "1.3.6.1.6.3.15.1.1.4": "usmStatsUnknownEngineIDs",
  "1.3.6.1.6.3.15.1.1.5": "usmStatsWrongDigests",
  "1.3.6.1.6.3.15.1.1.6": "usmStatsDecryptionErrors",
};
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
function value(tree: Tree, label = "Value"): string {
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
        return typeof found === "string" ? `"${clip(found, 80)}"` : `${found.length} octets`;
      }
      if (kind === "none") return said(name!);
      if (tag === 0x05) return said("no value");
      if (kind === "ip" && count === 4) return said(part.ip("Value", 4, "RFC 2578 7.1.5"));
      if ((kind === "number" || kind === "ticks") && count > 0 && count <= 9) {
        const number = part.field("Value", signed, (hundredths) => ({
          ref: kind === "ticks" ? "RFC 2578 7.1.8" : ref,
          meaning: kind === "ticks" ? formatDuration(Number(hundredths) * 10) : undefined,
        }));
        return said(kind === "ticks" ? `${number} (${part.last.meaning})` : String(number));
      }
      if (part.remaining > 0) contents(part, tag);
      return `${name ?? tagName(tag)} of ${count} octets`;
    },
    ref,
    name,
  ) ?? "";
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
        const text = `${objectName(oid) ?? oid}${plain ? "" : ` = ${value(part)}`}`;
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
        const single = integer(part, "Non-repeaters", ref, (n) => `the first ${n} names once`);
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

/** How the rest of an engine's name was made (RFC 3411 5, SnmpEngineID). */
const ENGINE_FORMATS: Readonly<Record<number, string>> = {
  1: "IPv4 address",
  2: "IPv6 address",
  3: "MAC address",
  4: "text",
  5: "octets",
  128: "of the enterprise",
};

function engineId(tree: Tree, name: string, ref: string): void {
  element(tree, name, (part) => {
    const count = part.remaining;
    if (count < 6 || part.reader.peek()! < 128) {
      if (count > 0) part.bytes("Value", count, ref);
      part.current.meaning = count === 0 ? "not known yet" : `${count} octets`;
      return;
    }
    const number = part.u32("Enterprise", "RFC 3411 5", (word) => `number ${word & 0x7fffffff}`) & 0x7fffffff;
    const format = part.u8("Format", "RFC 3411 5", ENGINE_FORMATS);
    const fits = format === 1 ? count === 9 : format === 2 && count === 21;
    if (fits) part.ip("Address", format === 1 ? 4 : 16, "RFC 3411 5");
    else if (format === 4) part.text("Text", count - 5, "RFC 3411 5");
    else part.bytes("Octets", count - 5, "RFC 3411 5");
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
    model = integer(part, "Security model", "RFC 3412 6.5", { 1: "SNMPv1", 2: "SNMPv2c", 3: "users (USM)", 4: "TLS" });
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
          octets.current.meaning = count === 0 ? "none" : `${count} octets`;
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
  detectDatagram,
  stream: () => ({ measure: measureElement, dissect: datagram }),
  datagram,
};
