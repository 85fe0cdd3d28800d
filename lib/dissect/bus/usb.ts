// USB as systems capture it: Linux's usbmon (LINKTYPE_USB_LINUX, _MMAPPED), Windows' USBPcap, and packets of the cable. Pure.
// What is carried is in usb_data.ts. The numbers of all of them have their least significant octet first.
import { names } from "../coding/names.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { Meaning, Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";
import { carried, setup } from "./usb_data.ts";

const MON = "usbmon";
const PCAP = "LINKTYPE_USBPCAP";
const WIRE = "USB 2.0 8.3";

const EVENTS: Readonly<Record<number, string>> = { 0x53: "submitted", 0x43: "completed", 0x45: "not submitted" };
const TRANSFERS = ["isochronous", "interrupt", "control", "bulk"];
/** Negative errors of Linux that a transfer ends with. */
const ERRORS: Readonly<Record<number, string>> = {
  2: "unlinked",
  32: "stalled",
  62: "no answer",
  71: "protocol error",
  75: "more came than was asked for",
  84: "damaged",
  104: "reset",
  108: "shut down",
  110: "timed out",
  115: "under way",
  121: "less came than was asked for",
};
const errorName: Meaning<number> = (value) =>
  value === 0 ? "success" : ERRORS[4294967296 - value] ?? `error ${4294967296 - value}`;

const endpoint: Meaning<number> = (value) => `${value & 15} ${value >= 128 ? "in, to the host" : "out, to the device"}`;

/** Where a transfer goes, as one says it: "1.2.1 in". */
const place = (bus: number, device: number, end: number) => `${bus}.${device}.${end & 15} ${end >= 128 ? "in" : "out"}`;

function monitor(mapped: boolean): Layer["dissect"] {
  return (tree, packet) => {
    const id = tree.u64Le("Transfer", MON, () => "completion has the same number");
    const event = tree.u8("Event", MON, EVENTS);
    const kind = tree.u8("Transfer type", MON, TRANSFERS);
    const end = tree.u8("Endpoint", MON, endpoint), device = tree.u8("Device", MON), bus = tree.u16Le("Bus", MON);
    const asks = tree.u8("Setup", MON, (flag) => flag === 0 ? "there" : "not there");
    const data = tree.u8("Data", MON, (flag) => flag === 0 ? "there" : "not there");
    tree.u64Le("Seconds", MON);
    tree.u32Le("Microseconds", MON);
    const status = tree.u32Le("Status", MON, errorName);
    const wanted = tree.u32Le("Length of the transfer", MON), length = tree.u32Le("Octets captured", MON);
    const submitted = event === 0x53;
    const name = TRANSFERS[kind] ?? `type ${kind}`;
    packet.pair = { key: `usb ${id}`, answer: !submitted };
    packet.summary = `${place(bus, device, end)} ${name} ${EVENTS[event] ?? "?"}`;
    if (status !== 0 && !submitted) packet.summary += `, ${meaning(errorName, status)}`;
    let said = "";
    if (asks === 0 && kind === 2) said = setup(tree);
    else if (kind === 0) {
      tree.u32Le("Errors", MON);
      tree.u32Le("Descriptors", MON);
    } else tree.bytes("Unused setup", 8, MON);
    let descriptors = 0;
    if (mapped) {
      tree.u32Le("Interval", MON);
      tree.u32Le("Start frame", MON);
      tree.u32Le("Flags", MON);
      descriptors = tree.u32Le("Isochronous descriptors", MON);
    }
    for (; kind === 0 && descriptors > 0 && tree.remaining >= 16; descriptors--) pieceOfTime(tree);
    finish(
      tree,
      packet,
      kind,
      said,
      data === 0 ? length : 0,
      `${counted(wanted, "octet")} ${submitted ? "asked" : "done"}`,
    );
    return undefined;
  };
}

const meaning = (names: Meaning<number>, value: number) => typeof names === "function" ? names(value) : names[value];

/** One piece of an isochronous transfer. */
function pieceOfTime(tree: Tree): void {
  tree.group("Descriptor", () => {
    tree.u32Le("Status", MON, errorName);
    tree.u32Le("Offset", MON);
    tree.u32Le("Length", MON);
    tree.bytes("Padding", 4, MON);
  }, { ref: MON });
}

/** The data behind the header, and the line. */
function finish(tree: Tree, packet: PacketState, kind: number, said: string, count: number, otherwise: string): void {
  const there = Math.min(count, tree.remaining);
  const words = there > 0 ? tree.within("Data", there, (part) => carried(part, kind)) ?? "" : "";
  const all = [said, words].filter((word) => word !== "").join(", ");
  packet.summary += `: ${all === "" ? otherwise : all}`;
  if (tree.remaining > 0) tree.rest("Octets after the data", MON);
}

const STAGES = ["setup", "data", "status", "complete"];
const PCAP_TRANSFERS: Readonly<Record<number, string>> = {
  ...TRANSFERS,
  0xfe: "request information",
  0xff: "unknown",
};
const FUNCTIONS = names(`
  0x0000 select configuration; 0x0001 select interface; 0x0002 abort pipe; 0x0008 control transfer;
  0x0009 bulk or interrupt transfer; 0x000a isochronous transfer; 0x000b get descriptor of the device;
  0x0013 get status of the device; 0x0017 vendor, device; 0x0018 vendor, interface; 0x001a class, device;
  0x001b class, interface; 0x001e reset pipe; 0x0028 get descriptor of the interface; 0x002a get interface
`);

const usbpcap: Layer["dissect"] = (tree, packet) => {
  const start = tree.offset;
  const head = tree.u16Le("Header length", PCAP);
  const id = tree.u64Le("Request", PCAP, () => "what it is answered with has the same number");
  const status = tree.u32Le("Status", PCAP, (value) => value === 0 ? "success" : `USBD status ${value.toString(16)}`);
  tree.u16Le("Function", PCAP, (value) => FUNCTIONS[value] ?? "unknown");
  const answers = (tree.flagsLe("Information", 1, ["from the device to the host"], PCAP) & 1) === 1;
  const bus = tree.u16Le("Bus", PCAP), device = tree.u16Le("Device", PCAP), end = tree.u8("Endpoint", PCAP, endpoint);
  const kind = tree.u8("Transfer type", PCAP, PCAP_TRANSFERS);
  let length = tree.u32Le("Data length", PCAP);
  packet.pair = { key: `usb ${id}`, answer: answers };
  packet.summary = `${place(bus, device, end)} ${PCAP_TRANSFERS[kind] ?? `type ${kind}`} ${
    answers ? "from the device" : "to the device"
  }`;
  if (status !== 0) packet.summary += `, status ${status.toString(16)}`;
  let stage = 3;
  if (kind === 2) stage = tree.u8("Stage", PCAP, STAGES);
  if (kind === 0) {
    tree.u32Le("Start frame", PCAP);
    const count = tree.u32Le("Packets", PCAP);
    tree.u32Le("Errors", PCAP);
    for (let i = 0; i < count && tree.offset - start + 12 <= head; i++) {
      tree.group("Packet", () => {
        tree.u32Le("Offset", PCAP);
        tree.u32Le("Length", PCAP);
        tree.u32Le("Status", PCAP);
      }, { ref: PCAP });
    }
  }
  const left = head - (tree.offset - start);
  if (left > 0) tree.bytes("Rest of the header", Math.min(left, tree.remaining), PCAP);
  let said = "";
  if (kind === 2 && stage === 0 && length >= 8) {
    said = setup(tree);
    length -= 8;
  }
  finish(tree, packet, kind, said, length, counted(length, "octet"));
  return undefined;
};

const PIDS = names(`
  0x1 OUT; 0x9 IN; 0x5 SOF; 0xd SETUP; 0x3 DATA0; 0xb DATA1; 0x7 DATA2; 0xf MDATA; 0x2 ACK; 0xa NAK; 0xe STALL;
  0x6 NYET; 0xc PRE or ERR; 0x8 SPLIT; 0x4 PING
`);

/** A packet as the cable has it, from the packet identifier on. */
const cable: Layer["dissect"] = (tree, packet) => {
  const pid = tree.u8(
    "Packet identifier",
    WIRE,
    (value) =>
      (value >> 4 ^ value & 15) === 15 ? PIDS[value & 15] ?? "reserved" : "damaged: its upper half is no complement",
  );
  const name = PIDS[pid & 15] ?? "reserved";
  packet.summary = name;
  if (/^DATA|^MDATA/.test(name)) {
    const count = Math.max(0, tree.remaining - 2);
    if (count > 0) tree.bytes("Data", count, "USB 2.0 8.4.4");
    tree.u16Le("Checksum", "USB 2.0 8.3.5.2");
    packet.summary += `, ${counted(count, "octet")}`;
  } else if (name === "SOF") {
    packet.summary += ` ${tree.u16Le("Frame number and checksum", "USB 2.0 8.4.3") & 0x7ff}`;
  } else if (/^(OUT|IN|SETUP|PING)$/.test(name)) {
    const word = tree.u16Le(
      "Address, endpoint and checksum",
      "USB 2.0 8.4.1",
      (value) => `device ${value & 127}, endpoint ${value >> 7 & 15}`,
    );
    packet.summary += ` device ${word & 127}, endpoint ${word >> 7 & 15}`;
  }
  if (tree.remaining > 0) tree.rest("Octets", WIRE);
  return undefined;
};

export const USB_LINUX: Layer = { name: "usb", title: "USB", ref: MON, dissect: monitor(false) };
export const USB_MAPPED: Layer = { name: "usb-mapped", title: "USB", ref: MON, dissect: monitor(true) };
export const USB_PCAP: Layer = { name: "usbpcap", title: "USB", ref: PCAP, dissect: usbpcap };
export const USB_CABLE: Layer = { name: "usb-cable", title: "USB on the cable", ref: WIRE, dissect: cable };
