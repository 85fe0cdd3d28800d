// OpenFlow 1.0 and 1.3 to 1.5 (Open Networking Foundation): what switches and their controller tell each other. Pure.
// Matches, actions and ports are in openflow_parts.ts; of 1.4 and 1.5 what is as in 1.3.
import { FormatError } from "../../base/errors.ts";
import { packetInside } from "../follow/inside.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";
import {
  COMMANDS,
  ERRORS_1,
  ERRORS_4,
  MESSAGES_1,
  MESSAGES_4,
  portName,
  REASONS_IN,
  REASONS_PORT,
  REASONS_REMOVED,
  ROLES,
  STATISTICS_1,
  STATISTICS_4,
  VERSIONS,
} from "./openflow_names.ts";
import { actions, instructions, match1, match4, switchPort } from "./openflow_parts.ts";

const buffer = (id: number) =>
  id === 0xffffffff ? "none: the packet follows whole" : "where the switch keeps the packet";
const portText = (port: number) => portName(port) ?? String(port);

/** What the body of a message says; `v1`: version 1.0. */
type Body = (tree: Tree, version: number, ref: string, context: DissectContext) => string;

const config: Body = (tree, _version, ref) => {
  tree.u16("Flags", ref, { 0: "fragments as they are", 1: "drop fragments", 2: "put fragments together" });
  return `${tree.u16("Octets sent to the controller", ref)} octets`;
};

/** Of version 1.0: type, flags; later four octets of padding follow. */
const statistics: Body = (tree, version, ref) => {
  const names = version === 1 ? STATISTICS_1 : STATISTICS_4;
  const type = tree.u16("Kind", ref, names);
  tree.u16("Flags", ref, { 0: "the last", 1: "more follow" });
  if (version > 1) tree.u32("Padding", ref);
  const said = names[type] ?? `kind ${type}`;
  if (type === 13 && version > 1) {
    const ports: string[] = [];
    while (tree.remaining >= 64) ports.push(switchPort(tree, version));
    if (ports.length > 0) return `${said}: ${ports.join(", ")}`;
  } else if (type === 0 && tree.remaining === 1056) {
    const texts = ([["Manufacturer", 256], ["Hardware", 256], ["Software", 256], ["Serial number", 32], [
      "Datapath",
      256,
    ]] as const).map(([name, size]) => clip(tree.text(name, size, ref).replace(/\0.*$/s, ""), 40));
    return `${said}: ${texts.join(", ")}`;
  } else if (type === 1 && tree.remaining >= 40 && version === 1) return `${said} ${match1(tree)}`;
  return said;
};

const packetIn: Body = (tree, version, ref, context) => {
  tree.u32("Buffer", ref, buffer);
  const whole = tree.u16("Packet length", ref);
  let from = "";
  if (version === 1) from = ` from port ${portText(tree.u16("In port", ref, portName))}`;
  const reason = tree.u8("Reason", ref, REASONS_IN);
  if (version === 1) tree.u8("Padding", ref);
  else {
    tree.u8("Table", ref);
    tree.u64("Cookie", ref);
    const match = match4(tree);
    from = ` ${match}`;
    tree.u16("Padding", ref);
  }
  const inside = tree.remaining === 0 ? "" : `: ${packetInside(tree, context, "ethernet", tree.remaining, whole)}`;
  return `${REASONS_IN[reason] ?? `reason ${reason}`}${from}${inside}`;
};

const packetOut: Body = (tree, version, ref, context) => {
  tree.u32("Buffer", ref, buffer);
  const port = version === 1 ? tree.u16("In port", ref, portName) : tree.u32("In port", ref, portName);
  const length = tree.u16("Actions length", ref);
  if (version > 1) tree.bytes("Padding", 6, ref);
  const said = length === 0 ? "no action" : tree.part("Actions", length, (part) => actions(part, version), ref) ?? "";
  const inside = tree.remaining === 0 ? "" : `: ${packetInside(tree, context, "ethernet", tree.remaining)}`;
  return `in port ${portText(port)}, ${said}${inside}`;
};

const flowMod: Body = (tree, version, ref) => {
  let match = version === 1 ? match1(tree) : "";
  tree.u64("Cookie", ref);
  if (version > 1) {
    tree.u64("Cookie mask", ref);
    tree.u8("Table", ref);
  }
  const command = version === 1 ? tree.u16("Command", ref, COMMANDS) : tree.u8("Command", ref, COMMANDS);
  for (const name of ["Idle timeout", "Hard timeout"]) {
    tree.u16(name, ref, (count) => count === 0 ? "never" : counted(count, "second"));
  }
  const priority = tree.u16("Priority", ref);
  tree.u32("Buffer", ref, (id) => id === 0xffffffff ? "none" : undefined);
  if (version === 1) tree.u16("Out port", ref, portName);
  else {
    tree.u32("Out port", ref, portName);
    tree.u32("Out group", ref, (id) => id === 0xffffffff ? "any" : undefined);
  }
  tree.u16("Flags", ref);
  if (version > 1) {
    tree.u16("Padding", ref);
    match = match4(tree);
  }
  const said = tree.remaining === 0 ? "drop" : version === 1 ? actions(tree, version) : instructions(tree, version);
  const name = COMMANDS[command] ?? `command ${command}`;
  return `${name} priority ${priority} ${match}${command >= 3 ? "" : ` -> ${said}`}`;
};

const flowRemoved: Body = (tree, version, ref) => {
  let match = version === 1 ? match1(tree) : "";
  tree.u64("Cookie", ref);
  const priority = tree.u16("Priority", ref), reason = tree.u8("Reason", ref, REASONS_REMOVED);
  tree.u8(version === 1 ? "Padding" : "Table", ref);
  tree.u32("Seconds", ref);
  tree.u32("Nanoseconds", ref);
  tree.u16("Idle timeout", ref);
  tree.u16(version === 1 ? "Padding" : "Hard timeout", ref);
  const packets = tree.u64("Packets", ref);
  tree.u64("Octets", ref);
  if (version > 1) match = match4(tree);
  return `${REASONS_REMOVED[reason] ?? `reason ${reason}`}, priority ${priority} ${match}, ${
    counted(packets, "packet")
  }`;
};

const features: Body = (tree, version, ref) => {
  const path = tree.u64("Datapath", ref, (id) => `0x${id.toString(16).padStart(16, "0")}`);
  tree.u32("Buffers", ref);
  const tables = tree.u8("Tables", ref);
  if (version === 1) tree.bytes("Padding", 3, ref);
  else {
    tree.u8("Connection", ref, (id) => id === 0 ? "main" : "auxiliary");
    tree.u16("Padding", ref);
  }
  const capabilities = [
    "flow statistics",
    "table statistics",
    "port statistics",
    version === 1 ? "spanning tree" : "groups",
  ];
  tree.flags("Capabilities", 4, [
    ...(version === 1 ? [] : [["Port blocked", 23, 1] as const]),
    ["Addresses of ARP", 24, 1],
    ["Queue statistics", 25, 1],
    ["Reassembles", 26, 1],
    ...capabilities.map((name, bit) => [name, 31 - bit, 1] as const).reverse(),
  ], ref);
  tree.u32(version === 1 ? "Actions" : "Reserved", ref);
  const ports: string[] = [];
  while (version === 1 && tree.remaining >= 48) ports.push(switchPort(tree, version));
  return `datapath ${path.toString(16).padStart(16, "0")}, ${counted(tables, "table")}${
    ports.length === 0 ? "" : `, ports ${ports.join(", ")}`
  }`;
};

const failure: Body = (tree, version, ref) => {
  const names = version === 1 ? ERRORS_1 : ERRORS_4;
  const type = tree.u16("Type", ref, names), code = tree.u16("Code", ref);
  const { bytes, offset, end } = tree.reader, data = bytes.subarray(offset, end);
  const text = data.length > 0 && looksLikeText(data) ? `: ${clip(decodeText(data))}` : "";
  if (data.length > 0) tree.rest("Message that it is about", ref);
  return `${names[type] ?? `type ${type}`}, code ${code}${text}`;
};

const hello: Body = (tree, version, ref) => {
  while (tree.remaining >= 4) {
    tree.group("Element", () => {
      const type = tree.u16("Type", ref, { 1: "versions" }), length = tree.u16("Length", ref);
      tree.within("Element", Math.max(0, length - 4), (part) => {
        if (type === 1) {
          while (part.remaining >= 4) {
            part.u32(
              "Bitmap",
              ref,
              (word) =>
                Object.entries(VERSIONS).filter(([bit]) => (word >>> Number(bit) & 1) === 1).map(([, name]) => name)
                  .join(", "),
            );
          }
        }
        part.rest("Octets", ref);
      });
    }, { ref });
  }
  return `version ${VERSIONS[version] ?? version}`;
};

const role: Body = (tree, _version, ref) => {
  const wanted = tree.u32("Role", ref, ROLES);
  tree.u32("Padding", ref);
  tree.u64("Generation", ref);
  return ROLES[wanted] ?? String(wanted);
};

/** Bodies by the names of messages; those of others are octets. */
const BODIES: Readonly<Record<string, Body>> = {
  HELLO: hello,
  ERROR: failure,
  FEATURES_REPLY: features,
  GET_CONFIG_REPLY: config,
  SET_CONFIG: config,
  PACKET_IN: packetIn,
  PACKET_OUT: packetOut,
  FLOW_MOD: flowMod,
  FLOW_REMOVED: flowRemoved,
  STATS_REQUEST: statistics,
  STATS_REPLY: statistics,
  MULTIPART_REQUEST: statistics,
  MULTIPART_REPLY: statistics,
  ROLE_REQUEST: role,
  ROLE_REPLY: role,
  PORT_STATUS: (tree, version, ref) => {
    const reason = tree.u8("Reason", ref, REASONS_PORT);
    tree.bytes("Padding", 7, ref);
    return `${REASONS_PORT[reason] ?? reason} ${switchPort(tree, version)}`;
  },
  EXPERIMENTER: (tree, _version, ref) => {
    const who = tree.u32("Experimenter", ref, { 0x2320: "Nicira", 0x4f4e4600: "ONF", 0x5c16c7: "Big Switch" });
    return `experimenter ${who.toString(16)}, type ${tree.remaining >= 4 ? tree.u32("Type", ref) : "none"}`;
  },
};

class OpenFlow implements StreamDissector {
  measure(bytes: Uint8Array): number {
    if (VERSIONS[bytes[0]!] === undefined) throw new FormatError(`${bytes[0]} is no version of OpenFlow`, 0);
    if (bytes.length < 4) return 0;
    const length = bytes[2]! * 256 + bytes[3]!;
    if (length < 8) throw new FormatError(`A message of ${counted(length, "octet")} is too short: 8 at least`, 2);
    return length;
  }

  dissect(tree: Tree, context: DissectContext): Words {
    const first = tree.reader.peek() ?? 1, names = first === 1 ? MESSAGES_1 : MESSAGES_4;
    const ref = first === 1 ? "OpenFlow 1.0 5" : "OpenFlow 1.3 7";
    const version = tree.u8("Version", ref, VERSIONS);
    const type = tree.u8("Type", ref, names);
    tree.u16("Length", ref);
    const id = tree.u32("Transaction", ref, () => "the answer repeats it");
    const name = names[type] ?? `message ${type}`;
    const key = `openflow ${id}`;
    const pair = /REQUEST$/.test(name) ? { asks: key } : /REPLY$|^ERROR/.test(name) ? { answers: key } : {};
    tree.said = { summary: name, ...pair };
    const said = BODIES[name]?.(tree, version, ref, context) ?? "";
    if (tree.remaining > 0) tree.rest("Data", ref);
    return { summary: `${name}${said === "" ? "" : ` ${clip(said, 200)}`}`, ...pair };
  }
}

/** A hello, which both sides begin with: its length is 8, or it has a list of versions. */
function detect(bytes: Uint8Array): Guess {
  const version = bytes[0]!;
  if (VERSIONS[version] === undefined) return "no";
  if (bytes.length > 1 && (version === 1 ? MESSAGES_1 : MESSAGES_4)[bytes[1]!] === undefined) return "no";
  if (bytes.length < 8) return "possible";
  const length = bytes[2]! * 256 + bytes[3]!;
  if (bytes[1] === 0 && length === 16 && bytes.length >= 12) {
    return bytes[8] === 0 && bytes[9] === 1 && bytes[10] === 0 && bytes[11] === 8 ? "yes" : "possible";
  }
  return length >= 8 ? "possible" : "no";
}

export const OPENFLOW: Protocol = {
  name: "openflow",
  title: "OpenFlow",
  ref: "OpenFlow",
  tcp: [6633, 6653],
  detect,
  stream: () => new OpenFlow(),
};
