// What Bluetooth's data packets carry: L2CAP channels (Bluetooth Core 5.4, Vol 3 Part A), the attribute protocol (Part F),
// pairing (Part H), and what devices advertise (Supplement Part A). Pure.
import { names } from "../coding/names.ts";
import { hex } from "../../base/hex.ts";
import { readRows, type Row } from "../coding/rows.ts";
import { clip, counted } from "../coding/words.ts";
import type { Meaning, Tree } from "../tree.ts";
import { CHANNELS, SIGNALS, UUIDS } from "./bluetooth_names.ts";

const L2CAP = "Bluetooth Vol 3 Part A 3.1";
const ATT = "Bluetooth Vol 3 Part F 3.4";
const SMP = "Bluetooth Vol 3 Part H 3.5";
const ADVERTISED = "Bluetooth Supplement Part A 1";

const handle = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;
const uuidName = (value: number) => UUIDS[value] ?? handle(value);

/** An identifier of a service or characteristic: 2 octets, or 16 that come last one first. */
function uuid(tree: Tree, name: string, size: number, ref: string): string {
  if (size === 2) return uuidName(tree.u16Le(name, ref, (value) => UUIDS[value] ?? handle(value)));
  return tree.field(name, (r) => hex(r.take(size, name).slice().reverse()), () => ({ ref }));
}

/** An address: its octets come last one first. */
export function readAddress(tree: Tree, name: string, ref: string): string {
  return tree.field(name, (r) =>
    Array.from(r.take(6, name), (octet) => octet.toString(16).padStart(2, "0")).reverse()
      .join(":"), () => ({ ref }));
}

const PROPERTIES = ["broadcast", "read", "write without response", "write", "notify", "indicate", "signed write"];
const ERRORS: Meaning<number> = names(`
  1 invalid handle; 2 reading is not permitted; 3 writing is not permitted; 4 malformed; 5 needs authentication;
  6 not supported; 7 offset past the end; 8 needs authorization; 10 attribute not found; 11 attribute is not long;
  12 encryption key too short; 13 invalid length; 15 needs encryption; 16 unsupported group; 17 no resources
`);

type Read = (tree: Tree) => string;
const RANGE: readonly Row[] = [["First handle", "u16", handle], ["Last handle", "u16", handle]];
const rows = (list: readonly Row[]): Read => (tree) => {
  const found = readRows(tree, list, ATT);
  return list.filter(([, kind]) => kind === "u16").map(([name]) => handle(Number(found.get(name)))).join(" to ");
};
const value: Read = (tree) => {
  const count = tree.remaining;
  if (count === 0) return "";
  const octets = tree.rest("Value", ATT);
  const text = octets.every((octet) => octet >= 32 && octet < 127) ? ` "${clip(String.fromCharCode(...octets))}"` : "";
  return `${counted(count, "octet")}${text || (count <= 20 ? ` ${hex(octets, " ")}` : "")}`;
};
const typed: Read = (tree) => {
  const range = rows(RANGE)(tree);
  return `${uuid(tree, "Type", tree.remaining >= 16 ? 16 : 2, ATT)} in ${range}`;
};
const handleValue: Read = (tree) => `${handle(tree.u16Le("Handle", ATT, handle))}: ${value(tree)}`;

/** Items of one length each, with handles in front. */
const list = (name: string, last: boolean): Read => (tree) => {
  const size = tree.u8("Length of each", ATT);
  const head = last ? 4 : 2, said: string[] = [];
  while (size > head && tree.remaining >= size) {
    tree.part(name, size, (part, group) => {
      const first = part.u16Le("Handle", ATT, handle);
      if (last) part.u16Le("Last handle", ATT, handle);
      const left = size - head;
      group.meaning = handle(first);
      if (last && (left === 2 || left === 16)) group.meaning += ` ${uuid(part, "Service", left, ATT)}`;
      else if (!last && (left === 5 || left === 19)) {
        part.flagsLe("Properties", 1, PROPERTIES, ATT);
        part.u16Le("Value's handle", ATT, handle);
        group.meaning += ` ${uuid(part, "Characteristic", left - 3, ATT)}`;
      } else part.rest("Value", ATT);
      said.push(group.meaning);
    }, ATT);
  }
  return said.join(", ");
};

const information: Read = (tree) => {
  const size = tree.u8("Format", ATT, { 1: "16 bits", 2: "128 bits" }) === 2 ? 16 : 2, said: string[] = [];
  while (tree.remaining >= size + 2) {
    const at = handle(tree.u16Le("Handle", ATT, handle));
    said.push(`${at} ${uuid(tree, "Type", size, ATT)}`);
  }
  return said.join(", ");
};

const failure: Read = (tree) => {
  tree.u8("Request", ATT, (code) => OPERATIONS[code]?.[0]);
  const at = tree.u16Le("Handle", ATT, handle);
  const code = tree.u8("Error", ATT, ERRORS);
  return `${handle(at)}: ${ERRORS[code] ?? `error ${code}`}`;
};

const OPERATIONS: Readonly<Record<number, readonly [name: string, read?: Read]>> = {
  0x01: ["error response", failure],
  0x02: ["exchange MTU request", rows([["MTU", "u16"]])],
  0x03: ["exchange MTU response", rows([["MTU", "u16"]])],
  0x04: ["find information request", rows(RANGE)],
  0x05: ["find information response", information],
  0x06: ["find by type value request", typed],
  0x07: ["find by type value response", rows(RANGE)],
  0x08: ["read by type request", typed],
  0x09: ["read by type response", list("Attribute", false)],
  0x0a: ["read request", rows([["Handle", "u16", handle]])],
  0x0b: ["read response", value],
  0x0c: ["read blob request", rows([["Handle", "u16", handle], ["Offset", "u16"]])],
  0x0d: ["read blob response", value],
  0x0e: ["read multiple request"],
  0x0f: ["read multiple response", value],
  0x10: ["read by group type request", typed],
  0x11: ["read by group type response", list("Group", true)],
  0x12: ["write request", handleValue],
  0x13: ["write response"],
  0x16: ["prepare write request", handleValue],
  0x17: ["prepare write response", handleValue],
  0x18: ["execute write request", rows([["Flags", "u8", { 0: "cancel", 1: "write" }]])],
  0x19: ["execute write response"],
  0x1b: ["notification", handleValue],
  0x1d: ["indication", handleValue],
  0x1e: ["confirmation"],
  0x52: ["write command", handleValue],
  0xd2: ["signed write command", handleValue],
};

function attribute(tree: Tree): string {
  const code = tree.u8("Operation", ATT, (octet) => OPERATIONS[octet]?.[0] ?? "unknown");
  const [name, read] = OPERATIONS[code] ?? [`operation ${code}`];
  const said = read?.(tree) ?? "";
  if (tree.remaining > 0) tree.rest("Octets", ATT);
  return `ATT ${name}${said === "" ? "" : ` ${said}`}`;
}

const PAIRING = names(`
  1 pairing request; 2 pairing response; 3 pairing confirm; 4 pairing random; 5 pairing failed;
  6 encryption information; 7 central identification; 8 identity information; 9 identity address information;
  10 signing information; 11 security request; 12 pairing public key; 13 pairing DHKey check; 14 keypress
`);
const KEYS = ["encryption key", "identity key", "signing key", "link key"];
const PAIRING_ROWS: readonly Row[] = [
  ["Input and output", "u8", {
    0: "display",
    1: "display, yes or no",
    2: "keyboard",
    3: "none",
    4: "keyboard and display",
  }],
  ["Key out of band", "u8", { 0: "no", 1: "yes" }],
  ["Authentication", "u8", ["bonding", "", "protected against a man in the middle", "secure connections", "keypress"]],
  ["Longest key", "u8"],
  ["Keys of the initiator", "u8", KEYS],
  ["Keys of the responder", "u8", KEYS],
];
const PAIRING_FAILURES: Meaning<number> = names(`
  1 passkey entry failed; 2 no data out of band; 3 authentication requirements; 4 confirm value failed;
  5 pairing not supported; 6 encryption key too short; 7 command not supported; 8 unspecified; 9 repeated attempts;
  10 invalid parameters; 11 DHKey check failed; 12 numeric comparison failed
`);

function pairing(tree: Tree): string {
  const code = tree.u8("Code", SMP, (octet) => PAIRING[octet] ?? "unknown");
  if (code <= 2) readRows(tree, PAIRING_ROWS, SMP);
  else if (code === 5) tree.u8("Reason", SMP, PAIRING_FAILURES);
  if (tree.remaining > 0) tree.rest("Octets", SMP);
  return PAIRING[code] ?? `pairing code ${code}`;
}

const CHANNEL: readonly Row[] = [["Source channel", "u16"]];
const SERVICE: readonly Row[] = [["Service", "u16", uuidName]];
const SIGNAL_ROWS: Readonly<Record<number, readonly Row[]>> = {
  1: [["Reason", "u16", { 0: "not understood", 1: "too long", 2: "invalid channel" }]],
  2: [...SERVICE, ...CHANNEL],
  3: [["Destination channel", "u16"], ...CHANNEL, ["Result", "u16", {
    0: "successful",
    1: "pending",
    2: "refused: service",
    3: "refused: security",
    4: "refused: no resources",
  }], ["Status", "u16"]],
  4: [["Destination channel", "u16"], ["Flags", "u16"]],
  5: [...CHANNEL, ["Flags", "u16"], ["Result", "u16", {
    0: "success",
    1: "unacceptable",
    2: "rejected",
    3: "unknown options",
    4: "pending",
  }]],
  6: [["Destination channel", "u16"], ...CHANNEL],
  7: [["Destination channel", "u16"], ...CHANNEL],
  10: [["Kind", "u16", { 1: "largest connectionless packet", 2: "extended features", 3: "fixed channels" }]],
  11: [["Kind", "u16", { 1: "largest connectionless packet", 2: "extended features", 3: "fixed channels" }], [
    "Result",
    "u16",
    { 0: "success", 1: "not supported" },
  ]],
  18: [["Shortest interval", "u16"], ["Longest interval", "u16"], ["Latency", "u16"], ["Timeout", "u16"]],
  19: [["Result", "u16", { 0: "accepted", 1: "rejected" }]],
  20: [...SERVICE, ...CHANNEL, ["MTU", "u16"], ["MPS", "u16"], ["Credits", "u16"]],
  21: [["Destination channel", "u16"], ["MTU", "u16"], ["MPS", "u16"], ["Credits", "u16"], ["Result", "u16"]],
  22: [["Channel", "u16"], ["Credits", "u16"]],
};

function signals(tree: Tree): string {
  const ref = "Bluetooth Vol 3 Part A 4", said: string[] = [];
  while (tree.remaining >= 4) {
    const code = tree.reader.peek() ?? 0, name = SIGNALS[code] ?? `signal ${code}`;
    tree.group(name, () => {
      tree.u8("Code", ref, SIGNALS);
      tree.u8("Identifier", ref);
      const length = tree.u16Le("Length", ref);
      tree.within(name, length, (part) => {
        readRows(part, SIGNAL_ROWS[code] ?? [], ref);
        part.rest("Octets", ref);
      });
    }, { ref });
    said.push(name);
  }
  return `L2CAP ${said.join(", ")}`;
}

/** A packet of L2CAP, or its beginning; what it is in words. */
export function channelData(tree: Tree): string {
  const length = tree.u16Le("Length", L2CAP);
  const channel = tree.u16Le("Channel", L2CAP, (id) => CHANNELS[id] ?? (id >= 0x40 ? "agreed on" : "reserved"));
  if (length > tree.remaining) {
    const count = tree.remaining;
    tree.rest("First octets", L2CAP);
    return `L2CAP channel ${channel}, ${count} of ${counted(length, "octet")}`;
  }
  return tree.within("Data", length, (part) => {
    if (channel === 4 && part.remaining > 0) return attribute(part);
    if ((channel === 1 || channel === 5) && part.remaining > 0) return signals(part);
    if ((channel === 6 || channel === 7) && part.remaining > 0) return pairing(part);
    part.rest("Data", L2CAP);
    return `L2CAP channel ${channel}, ${counted(length, "octet")}`;
  }) ?? `L2CAP channel ${channel}`;
}

const ADVERTISEMENTS = names(`
  0x01 Flags; 0x02 Services of 16 bits, incomplete; 0x03 Services of 16 bits; 0x06 Services of 128 bits, incomplete;
  0x07 Services of 128 bits; 0x08 Shortened name; 0x09 Name; 0x0a Sent with power; 0x12 Connection interval;
  0x14 Services wanted; 0x16 Service data; 0x19 Appearance; 0x1b Address; 0x20 Service data of 32 bits;
  0x21 Service data of 128 bits; 0x24 URI; 0xff Manufacturer's data
`);
const COMPANIES: Meaning<number> = {
  6: "Microsoft",
  15: "Broadcom",
  76: "Apple",
  89: "Nordic",
  117: "Samsung",
  224: "Google",
  343: "Huami",
};

/** What a device says of itself, in items of length, type and value; its name, or the types. */
export function advertised(tree: Tree): string {
  const names: string[] = [];
  let own = "";
  while (tree.remaining >= 2 && tree.reader.peek() !== 0) {
    const type = tree.reader.peek(1) ?? 0, name = ADVERTISEMENTS[type] ?? `Item ${type}`;
    tree.group(name, () => {
      const length = tree.u8("Length", ADVERTISED);
      tree.within(name, Math.min(length, tree.remaining), (part) => {
        part.u8("Type", ADVERTISED, () => name);
        if (type === 8 || type === 9) own = part.text("Name", part.remaining, ADVERTISED);
        else if (type === 1 && part.remaining > 0) {
          part.flagsLe("Flags", 1, ["limited discoverable", "general discoverable", "no BR/EDR"], ADVERTISED);
        } else if (type === 0x0a && part.remaining > 0) {
          part.u8("Power", ADVERTISED, (octet) => `${octet > 127 ? octet - 256 : octet} dBm`);
        } else if ((type === 0x16 || type <= 3) && part.remaining >= 2) uuid(part, "Service", 2, ADVERTISED);
        else if (type === 0xff && part.remaining >= 2) part.u16Le("Company", ADVERTISED, COMPANIES);
        part.rest("Value", ADVERTISED);
      });
    }, { ref: ADVERTISED });
    names.push(name.toLowerCase());
  }
  if (tree.remaining > 0) tree.rest("Unused octets", ADVERTISED);
  return own === "" ? names.join(", ") : `"${clip(own)}"`;
}
