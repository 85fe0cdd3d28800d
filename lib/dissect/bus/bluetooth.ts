// Bluetooth between host and controller (Bluetooth Core 5.4, Vol 4): the packets of UART (H4) and of Linux's monitor. Pure.
// What data packets carry is in bluetooth_data.ts.
import { readRows, type Row } from "../coding/rows.ts";
import { clip, counted } from "../coding/words.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { Meaning, Tree } from "../tree.ts";
import { advertised, channelData, readAddress } from "./bluetooth_data.ts";
import { COMMAND_GROUPS, COMMANDS, EVENTS, LOW_ENERGY_EVENTS, STATUS } from "./bluetooth_names.ts";

const REF = "Bluetooth Vol 4 Part E 5.4";
const PARAMETERS = "Bluetooth Vol 4 Part E 7";

const KINDS: Readonly<Record<number, string>> = {
  1: "command",
  2: "ACL data",
  3: "SCO data",
  4: "event",
  5: "ISO data",
};

const commandName = (code: number): string =>
  COMMANDS[code] ?? `${COMMAND_GROUPS[code >> 10] ?? `group ${code >> 10}`}, command ${code & 0x3ff}`;

const ROLE: Meaning<number> = { 0: "central", 1: "peripheral" };
const SWITCH: Meaning<number> = { 0: "off", 1: "on" };
const ADDRESS_TYPES: Meaning<number> = { 0: "public", 1: "random", 2: "public identity", 3: "random identity" };
const quarters: Meaning<number> = (value) => `${value * 1.25} ms`;
const slots: Meaning<number> = (value) => `${value * 0.625} ms`;
const tens: Meaning<number> = (value) => `${value * 10} ms`;

/** What stands there: rows, and "address" for one of those. */
type Parameters = readonly (Row | readonly [name: string, kind: "address"])[];

const CONNECTED: Parameters = [
  ["Status", "u8", STATUS],
  ["Connection", "u16"],
  ["Role", "u8", ROLE],
  ["Address type", "u8", ADDRESS_TYPES],
  ["Address", "address"],
];
const CONNECTION_TIMES: Parameters = [["Interval", "u16", quarters], ["Latency", "u16"], ["Timeout", "u16", tens]];

/** Parameters of commands, by operation code. Of others they are octets. */
const COMMAND_PARAMETERS: Readonly<Record<number, Parameters>> = {
  0x0401: [["Access code", 3], ["Length", "u8", (value) => `${value * 1.28} s`], ["Responses", "u8"]],
  0x0405: [["Address", "address"], ["Packet types", "u16"], ["Page scan mode", "u8"], ["Reserved", "u8"], [
    "Clock offset",
    "u16",
  ], ["Role switch", "u8", SWITCH]],
  0x0406: [["Connection", "u16"], ["Reason", "u8", STATUS]],
  0x0409: [["Address", "address"], ["Role", "u8", ROLE]],
  0x0419: [["Address", "address"], ["Page scan mode", "u8"], ["Reserved", "u8"], ["Clock offset", "u16"]],
  0x0c1a: [["Scan", "u8", { 0: "none", 1: "inquiry", 2: "page", 3: "inquiry and page" }]],
  0x2005: [["Address", "address"]],
  0x200a: [["Advertising", "u8", SWITCH]],
  0x200b: [["Kind", "u8", { 0: "passive", 1: "active" }], ["Interval", "u16", slots], ["Window", "u16", slots], [
    "Own address type",
    "u8",
    ADDRESS_TYPES,
  ], ["Filter", "u8"]],
  0x200c: [["Scanning", "u8", SWITCH], ["Filter duplicates", "u8", SWITCH]],
  0x2016: [["Connection", "u16"]],
  0x2022: [["Connection", "u16"], ["Octets", "u16"], ["Time", "u16"]],
};

/** Parameters of events, by code. */
const EVENT_PARAMETERS: Readonly<Record<number, Parameters>> = {
  0x01: [["Status", "u8", STATUS]],
  0x03: [["Status", "u8", STATUS], ["Connection", "u16"], ["Address", "address"], ["Kind", "u8", {
    0: "SCO",
    1: "ACL",
  }], ["Encryption", "u8", SWITCH]],
  0x04: [["Address", "address"], ["Class of device", 3], ["Kind", "u8", { 0: "SCO", 1: "ACL", 2: "eSCO" }]],
  0x05: [["Status", "u8", STATUS], ["Connection", "u16"], ["Reason", "u8", STATUS]],
  0x06: [["Status", "u8", STATUS], ["Connection", "u16"]],
  0x07: [["Status", "u8", STATUS], ["Address", "address"]],
  0x08: [["Status", "u8", STATUS], ["Connection", "u16"], ["Encryption", "u8", SWITCH]],
  0x12: [["Status", "u8", STATUS], ["Address", "address"], ["Role", "u8", ROLE]],
  0x13: [["Connections", "u8"], ["Connection", "u16"], ["Packets", "u16"]],
  0x17: [["Address", "address"]],
};

const LOW_ENERGY_PARAMETERS: Readonly<Record<number, Parameters>> = {
  0x01: [...CONNECTED, ...CONNECTION_TIMES, ["Clock accuracy", "u8"]],
  0x03: [["Status", "u8", STATUS], ["Connection", "u16"], ...CONNECTION_TIMES],
  0x04: [["Status", "u8", STATUS], ["Connection", "u16"], ["Features", 8]],
  0x05: [["Connection", "u16"], ["Random number", 8], ["Diversifier", "u16"]],
  0x07: [["Connection", "u16"], ["Octets sent", "u16"], ["Time", "u16"], ["Octets received", "u16"], ["Time", "u16"]],
  0x0a: [...CONNECTED, ["Local private address", "address"], ["Peer private address", "address"], ...CONNECTION_TIMES, [
    "Clock accuracy",
    "u8",
  ]],
};

/** Reads parameters; what is said of them: the status, where it is no success, else the address. */
function parameters(tree: Tree, rows: Parameters | undefined): string {
  let said = "";
  for (const row of rows ?? []) {
    if (tree.remaining === 0) break;
    if (row[1] === "address") {
      said = said === "" ? ` ${readAddress(tree, row[0], PARAMETERS)}` : (readAddress(tree, row[0], PARAMETERS), said);
    } else {
      const value = Number(readRows(tree, [row], PARAMETERS).get(row[0]));
      if (row[0] === "Status" && value !== 0) said = `: ${STATUS[value] ?? `status ${value}`}`;
      else if (row[0] === "Reason") said = `: ${STATUS[value] ?? `reason ${value}`}`;
    }
  }
  if (tree.remaining > 0) tree.rest("Parameters", PARAMETERS);
  return said;
}

function command(tree: Tree, packet: PacketState): string {
  const code = tree.u16Le("Operation code", "Bluetooth Vol 4 Part E 5.4.1", commandName);
  const length = tree.u8("Parameter length", "Bluetooth Vol 4 Part E 5.4.1");
  packet.pair = { key: `hci ${code}`, answer: false };
  const said = tree.within("Parameters", length, (part) => {
    if (code === 0x2008 || code === 0x2009) {
      part.u8("Data length", PARAMETERS);
      return ` ${advertised(part)}`.trimEnd();
    }
    if (code === 0x0c13) return ` "${clip(part.text("Name", part.remaining, PARAMETERS).replace(/\0.*$/s, ""))}"`;
    return parameters(part, COMMAND_PARAMETERS[code]);
  });
  return `command ${commandName(code)}${said ?? ""}`;
}

function event(tree: Tree, packet: PacketState): string {
  const code = tree.u8("Event", "Bluetooth Vol 4 Part E 5.4.4", (value) => EVENTS[value] ?? "unknown");
  const length = tree.u8("Parameter length", "Bluetooth Vol 4 Part E 5.4.4");
  return tree.within("Parameters", length, (part) => {
    const name = EVENTS[code] ?? `event ${code}`;
    if (code === 0x0e || code === 0x0f) {
      let status = code === 0x0f ? part.u8("Status", PARAMETERS, STATUS) : 0;
      part.u8("Commands that may be sent", PARAMETERS);
      const of = part.u16Le("Operation code", PARAMETERS, commandName);
      if (of !== 0) packet.pair = { key: `hci ${of}`, answer: true };
      if (code === 0x0e && part.remaining > 0) {
        status = part.u8("Status", PARAMETERS, STATUS);
        if (of === 0x1009 && part.remaining >= 6) {
          return `${name} ${commandName(of)} ${readAddress(part, "Address", PARAMETERS)}`;
        }
        if (part.remaining > 0) part.rest("Return parameters", PARAMETERS);
      }
      return `${name} ${of === 0 ? "" : commandName(of)}${status === 0 ? "" : `: ${STATUS[status] ?? status}`}`.trim();
    }
    if (code === 0x3e) {
      const sub = part.u8("Subevent", PARAMETERS, (value) => LOW_ENERGY_EVENTS[value] ?? "unknown");
      const subName = LOW_ENERGY_EVENTS[sub] ?? `LE event ${sub}`;
      if (sub === 2) return `${subName} ${reports(part)}`.trim();
      return subName + parameters(part, LOW_ENERGY_PARAMETERS[sub]);
    }
    return name + parameters(part, EVENT_PARAMETERS[code]);
  }) ?? EVENTS[code] ?? `event ${code}`;
}

const REPORTS: Meaning<number> = {
  0: "connectable, to anybody",
  1: "connectable, to one device",
  2: "may be scanned",
  3: "not connectable",
  4: "scan response",
};

/** Advertisements that were heard (Vol 4 Part E 7.7.65.2). */
function reports(tree: Tree): string {
  const count = tree.u8("Reports", PARAMETERS), said: string[] = [];
  for (let i = 0; i < count && tree.remaining >= 9; i++) {
    tree.group("Report", (group) => {
      tree.u8("Type", PARAMETERS, REPORTS);
      tree.u8("Address type", PARAMETERS, ADDRESS_TYPES);
      const from = readAddress(tree, "Address", PARAMETERS), length = tree.u8("Data length", PARAMETERS);
      const words = tree.within("Data", length, advertised) ?? "";
      tree.u8("Signal", PARAMETERS, (value) => `${value > 127 ? value - 256 : value} dBm`);
      group.meaning = `${from} ${words}`.trim();
      said.push(group.meaning);
    }, { ref: PARAMETERS });
  }
  if (tree.remaining > 0) tree.rest("Parameters", PARAMETERS);
  return said.join("; ");
}

const BOUNDARY = ["first, not to be flushed", "continued", "first", "whole"];

function data(tree: Tree, kind: number): string {
  const word = tree.u16Le(
    "Connection and flags",
    "Bluetooth Vol 4 Part E 5.4.2",
    (value) => `connection ${value & 0xfff}, ${BOUNDARY[value >> 12 & 3]}`,
  );
  const connection = word & 0xfff;
  const length = tree.u16Le("Data length", "Bluetooth Vol 4 Part E 5.4.2");
  return tree.within("Data", Math.min(length, tree.remaining), (part) => {
    if (kind === 2 && (word >> 12 & 3) !== 1) return `connection ${connection} ${channelData(part)}`;
    const count = part.remaining;
    part.rest("Data", REF);
    return `${KINDS[kind]} of connection ${connection}, ${counted(count, "octet")}${kind === 2 ? ", continued" : ""}`;
  }) ?? `${KINDS[kind]} of connection ${connection}`;
}

function synchronous(tree: Tree): string {
  const word = tree.u16Le("Connection and flags", "Bluetooth Vol 4 Part E 5.4.3");
  const length = tree.u8("Data length", "Bluetooth Vol 4 Part E 5.4.3");
  const count = Math.min(length, tree.remaining);
  if (count > 0) tree.bytes("Data", count, "Bluetooth Vol 4 Part E 5.4.3");
  return `SCO data of connection ${word & 0xfff}, ${counted(length, "octet")}`;
}

function body(tree: Tree, kind: number, packet: PacketState): void {
  packet.summary += kind === 1
    ? command(tree, packet)
    : kind === 4
    ? event(tree, packet)
    : kind === 3
    ? synchronous(tree)
    : kind === 2 || kind === 5
    ? data(tree, kind)
    : `packet type ${kind}`;
  if (tree.remaining > 0) tree.rest("Octets", REF);
}

/** UART's packets, with a direction in front or without. */
const uart = (directed: boolean): Layer["dissect"] => (tree, packet) => {
  if (directed) {
    const way = tree.u32("Direction", "LINKTYPE_BLUETOOTH_HCI_H4_WITH_PHDR", { 0: "sent", 1: "received" });
    packet.summary = way === 0 ? "sent " : "received ";
  }
  body(tree, tree.u8("Packet type", "Bluetooth Vol 4 Part A 2", KINDS), packet);
  return undefined;
};

const MONITOR = "LINKTYPE_BLUETOOTH_LINUX_MONITOR";
const MONITORED: Readonly<Record<number, readonly [name: string, kind?: number]>> = {
  0: ["new adapter"],
  1: ["adapter gone"],
  2: ["command", 1],
  3: ["event", 4],
  4: ["ACL data sent", 2],
  5: ["ACL data received", 2],
  6: ["SCO data sent", 3],
  7: ["SCO data received", 3],
  8: ["adapter opened"],
  9: ["adapter closed"],
  10: ["adapter's information"],
  11: ["vendor's diagnostics"],
  12: ["system note"],
  13: ["user logging"],
  14: ["control opened"],
  15: ["control closed"],
  16: ["control command"],
  17: ["control event"],
  18: ["ISO data sent", 5],
  19: ["ISO data received", 5],
};

const monitor: Layer["dissect"] = (tree, packet) => {
  const adapter = tree.u16("Adapter", MONITOR, (value) => value === 0xffff ? "none" : `hci${value}`);
  const code = tree.u16("Kind", MONITOR, (value) => MONITORED[value]?.[0]);
  const [name, kind] = MONITORED[code] ?? [`kind ${code}`];
  if (adapter !== 0xffff) packet.summary = `hci${adapter} `;
  if (kind !== undefined) body(tree, kind, packet);
  else {
    packet.summary += name;
    if (code === 12 && tree.remaining > 0) {
      packet.summary += `: ${clip(tree.text("Text", tree.remaining, MONITOR).replace(/\0+$/, ""))}`;
    } else if (tree.remaining > 0) tree.rest("Octets", MONITOR);
  }
  return undefined;
};

export const BLUETOOTH: Layer = { name: "bluetooth", title: "Bluetooth HCI", ref: REF, dissect: uart(false) };
export const BLUETOOTH_DIRECTED: Layer = {
  name: "bluetooth-directed",
  title: "Bluetooth HCI",
  ref: REF,
  dissect: uart(true),
};
export const BLUETOOTH_MONITOR: Layer = {
  name: "bluetooth-monitor",
  title: "Bluetooth HCI",
  ref: MONITOR,
  dissect: monitor,
};
