// What USB's transfers carry: setup packets and descriptors (USB 2.0 9.3 to 9.6), commands for disks (Bulk-Only 1.0, SCSI). Pure.
import { names } from "../coding/names.ts";
import { hex } from "../../base/hex.ts";
import { readRows, type Row, utf16Text } from "../coding/rows.ts";
import { counted } from "../coding/words.ts";
import type { Meaning, Tree } from "../tree.ts";
import { scsiCommand } from "./scsi.ts";

const SETUP = "USB 2.0 9.3";
const DESCRIPTOR = "USB 2.0 9.6";

const REQUESTS = names(`
  0 GET STATUS; 1 CLEAR FEATURE; 3 SET FEATURE; 5 SET ADDRESS; 6 GET DESCRIPTOR; 7 SET DESCRIPTOR; 8 GET CONFIGURATION;
  9 SET CONFIGURATION; 10 GET INTERFACE; 11 SET INTERFACE; 12 SYNCH FRAME; 48 SET SEL; 49 SET ISOCH DELAY
`);
/** Requests of classes that most devices have: keyboards and mice (HID 1.11 7.2), disks, serial lines (CDC). */
const CLASS_REQUESTS: Readonly<Record<number, string>> = {
  0x01: "GET REPORT",
  0x02: "GET IDLE",
  0x03: "GET PROTOCOL",
  0x09: "SET REPORT",
  0x0a: "SET IDLE",
  0x0b: "SET PROTOCOL",
  0x20: "SET LINE CODING",
  0x21: "GET LINE CODING",
  0x22: "SET CONTROL LINE STATE",
  0xfe: "GET MAX LUN",
  0xff: "MASS STORAGE RESET",
};
const TYPES = names(`
  1 device; 2 configuration; 3 string; 4 interface; 5 endpoint; 6 device qualifier; 7 other speed configuration;
  8 interface power; 9 OTG; 11 interface association; 15 device capabilities; 16 device capability; 0x21 HID;
  0x22 HID report; 0x24 class-specific interface; 0x25 class-specific endpoint; 0x29 hub; 0x2a hub of USB 3;
  0x30 endpoint companion
`);
const CLASSES = names(`
  0 said by each interface; 1 audio; 2 communication; 3 human interface; 5 physical; 6 still image; 7 printer;
  8 mass storage; 9 hub; 10 communication data; 11 smart card; 13 content security; 14 video; 15 health;
  0xdc diagnostics; 0xe0 wireless; 0xef miscellaneous; 0xfe application specific; 0xff of the vendor
`);

/** The eight octets that a control transfer begins with; what they ask in words. */
export function setup(tree: Tree): string {
  let said = "";
  tree.group("Setup packet", (group) => {
    const kind = tree.flags("Request type", 1, [
      ["Direction", 0, 1, ["to the device", "to the host"]],
      ["Type", 1, 2, ["standard", "class", "vendor", "reserved"]],
      ["Recipient", 3, 5, ["device", "interface", "endpoint", "other"]],
    ], SETUP);
    const type = kind >> 5 & 3;
    const names = type === 0 ? REQUESTS : type === 1 ? CLASS_REQUESTS : {};
    const request = tree.u8("Request", SETUP, (value) => names[value]);
    const describes = type === 0 && (request === 6 || request === 7);
    const value = tree.u16Le(
      "Value",
      SETUP,
      (word) => describes ? `descriptor ${TYPES[word >> 8] ?? word >> 8}, number ${word & 255}` : undefined,
    );
    const index = tree.u16Le("Index", SETUP);
    const length = tree.u16Le("Length", SETUP, () => kind >= 128 ? "at most so many octets, please" : undefined);
    const name = names[request] ?? `${["", "class", "vendor", "reserved"][type]} request ${request}`;
    said = `${name}${describes ? ` ${TYPES[value >> 8] ?? value >> 8}` : value === 0 ? "" : ` ${value}`}`;
    if (type === 1 && index !== 0) said += ` of interface ${index}`;
    group.meaning = `${said}, ${counted(length, "octet")}`;
  }, { ref: SETUP });
  return said;
}

const version: Meaning<number> = (value) => `${value >> 8}.${hex(Uint8Array.of(value & 255))}`;
const milliamperes = (value: number) => `${value * 2} mA`;
const endpointMeaning = (value: number) => `${value & 15} ${value >= 128 ? "in" : "out"}`;
const CLASS_ROWS: readonly Row[] = [["Class", "u8", CLASSES], ["Subclass", "u8"], ["Protocol", "u8"]];

/** Descriptors by type: what stands after length and type. */
const DESCRIPTORS: Readonly<Record<number, readonly Row[]>> = {
  1: [
    ["USB version", "u16", version],
    ...CLASS_ROWS,
    ["Largest packet", "u8"],
    ["Vendor", "u16", (value) => `0x${value.toString(16).padStart(4, "0")}`],
    ["Product", "u16", (value) => `0x${value.toString(16).padStart(4, "0")}`],
    ["Device version", "u16", version],
    ["Manufacturer string", "u8"],
    ["Product string", "u8"],
    ["Serial number string", "u8"],
    ["Configurations", "u8"],
  ],
  2: [
    ["Total length", "u16", () => "with all descriptors of this configuration"],
    ["Interfaces", "u8"],
    ["Configuration", "u8"],
    ["String", "u8"],
    [
      "Attributes",
      "u8",
      (value) =>
        [(value & 0x40) !== 0 ? "own power" : "", (value & 0x20) !== 0 ? "wakes the host" : ""]
          .filter((word) => word !== "").join(", "),
    ],
    ["Power", "u8", milliamperes],
  ],
  4: [["Interface", "u8"], ["Alternate setting", "u8"], ["Endpoints", "u8"], ...CLASS_ROWS, ["String", "u8"]],
  5: [
    ["Address", "u8", endpointMeaning],
    ["Attributes", "u8", (value) => ["control", "isochronous", "bulk", "interrupt"][value & 3]],
    ["Largest packet", "u16"],
    ["Interval", "u8"],
  ],
  6: [["USB version", "u16", version], ...CLASS_ROWS, ["Largest packet", "u8"], ["Configurations", "u8"], [
    "Reserved",
    "u8",
  ]],
  11: [["First interface", "u8"], ["Interfaces", "u8"], ...CLASS_ROWS, ["String", "u8"]],
  15: [["Total length", "u16"], ["Capabilities", "u8"]],
  0x21: [["HID version", "u16", version], ["Country", "u8"], ["Descriptors", "u8"], ["Type", "u8", TYPES], [
    "Report length",
    "u16",
  ]],
  0x30: [["Largest burst", "u8"], ["Attributes", "u8"], ["Octets per interval", "u16"]],
};

/** Whether octets are descriptors one after the other: each has its length, and types are known. */
function areDescriptors(bytes: Uint8Array): boolean {
  let count = 0;
  for (let at = 0; at + 2 <= bytes.length; count++) {
    const length = bytes[at]!;
    if (length < 2 || TYPES[bytes[at + 1]!] === undefined) return false;
    at += length;
  }
  return count > 0;
}

function descriptor(tree: Tree): string {
  const length = tree.reader.peek(0) ?? 0, type = tree.reader.peek(1) ?? 0;
  const name = TYPES[type] ?? `type ${type}`;
  let said = name;
  tree.group(`Descriptor: ${name}`, (group) => {
    tree.u8("Length", DESCRIPTOR);
    tree.u8("Type", DESCRIPTOR, TYPES);
    tree.within(name, Math.min(length - 2, tree.remaining), (part) => {
      const rows = DESCRIPTORS[type];
      if (type === 3 && part.remaining > 2) {
        said = `"${utf16Text(part, "Text", part.remaining & ~1, DESCRIPTOR)}"`;
      } else if (rows !== undefined) {
        const found = readRows(part, rows, DESCRIPTOR);
        const number = (key: string) => Number(found.get(key) ?? 0).toString(16).padStart(4, "0");
        if (type === 1) said = `device ${number("Vendor")}:${number("Product")}`;
        if (type === 4) said = `interface ${CLASSES[Number(found.get("Class"))] ?? found.get("Class")}`;
      }
      part.rest("Octets", DESCRIPTOR);
    });
    group.meaning = said;
  }, { ref: DESCRIPTOR });
  return said;
}

const STATUS: Meaning<number> = { 0: "passed", 1: "failed", 2: "phase error" };

/** The data of a transfer; what they are in words. */
export function carried(tree: Tree, kind: number): string {
  const { bytes, offset, end } = tree.reader;
  const octets = bytes.subarray(offset, end);
  if (kind === 2 && areDescriptors(octets)) {
    const said: string[] = [];
    while (tree.remaining >= 2) said.push(descriptor(tree));
    if (tree.remaining > 0) tree.rest("Octets", DESCRIPTOR);
    return said.length > 4 ? `${said.slice(0, 4).join(", ")} and ${said.length - 4} more` : said.join(", ");
  }
  const mark = String.fromCharCode(...octets.subarray(0, 4));
  if (kind === 3 && mark === "USBC" && octets.length === 31) return diskCommand(tree);
  if (kind === 3 && mark === "USBS" && octets.length === 13) {
    const ref = "USB Bulk-Only 5.2";
    tree.text("Signature", 4, ref);
    const tag = tree.u32Le("Tag", ref);
    const left = tree.u32Le("Octets left over", ref), status = tree.u8("Status", ref, STATUS);
    return `disk command ${tag} ${(STATUS as Readonly<Record<number, string>>)[status] ?? status}${
      left > 0 ? `, ${counted(left, "octet")} left over` : ""
    }`;
  }
  const count = tree.remaining;
  tree.rest("Data", "USB 2.0 5.3");
  return `${counted(count, "octet")}${count <= 16 ? ` ${hex(octets, " ")}` : ""}`;
}

/** What a host asks of a disk. */
function diskCommand(tree: Tree): string {
  const ref = "USB Bulk-Only 5.1";
  tree.text("Signature", 4, ref);
  tree.u32Le("Tag", ref, () => "the status repeats it");
  tree.u32Le("Data length", ref);
  tree.flagsLe("Flags", 1, ["", "", "", "", "", "", "", "data to the host"], ref);
  tree.u8("Unit", ref);
  const length = tree.u8("Command length", ref);
  return tree.within("Command", tree.remaining, (part) => {
    const said = part.within("Command", Math.min(length, part.remaining), scsiCommand) ?? "command";
    part.rest("Unused octets", ref);
    return said;
  }) ?? "command";
}
