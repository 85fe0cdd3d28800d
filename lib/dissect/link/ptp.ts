// PTP version 2 (IEEE 1588-2008 and 2019, 13): clocks that are set over the network, in frames and over UDP. Pure.
import { names } from "../coding/names.ts";
import { readTlvs, type TlvForm } from "../coding/shape.ts";
import type { Layer } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { hex } from "../../base/hex.ts";
import { counted } from "../coding/words.ts";

const REF = "IEEE 1588 13.3";
const TYPES: Readonly<Record<number, string>> = {
  0: "sync",
  1: "delay request",
  2: "peer delay request",
  3: "peer delay response",
  8: "follow-up",
  9: "delay response",
  10: "peer delay response follow-up",
  11: "announce",
  12: "signaling",
  13: "management",
};
const SOURCES: Readonly<Record<number, string>> = {
  0x10: "atomic clock",
  0x20: "GPS",
  0x30: "terrestrial radio",
  0x40: "PTP",
  0x50: "NTP",
  0x60: "set by hand",
  0x90: "other",
  0xa0: "internal oscillator",
};
const CLASSES: Readonly<Record<number, string>> = {
  6: "primary reference",
  7: "primary reference, holding over",
  13: "application's time",
  14: "application's time, holding over",
  52: "degraded, alternative A",
  187: "degraded, alternative B",
  248: "default",
  255: "slave only",
};
const MANAGEMENT: Readonly<Record<number, string>> = {
  0: "get",
  1: "set",
  2: "response",
  3: "command",
  4: "acknowledge",
};
const MANAGEMENT_IDS = names(`
  0x0001 clock description; 0x0002 user description; 0x2000 default data set; 0x2001 current data set;
  0x2002 parent data set; 0x2003 time properties data set; 0x2004 port data set; 0x2005 priority 1; 0x2006 priority 2;
  0x2007 domain; 0x200f time; 0x6000 delay mechanism
`);

/** 48 bits of seconds, 32 of nanoseconds. */
function timestamp(tree: Tree, name: string): void {
  const ref = "IEEE 1588 5.3.3";
  tree.group(name, (group) => {
    const seconds = tree.field("Seconds", (r) => r.u48(), () => ({ ref }));
    const nanos = tree.u32("Nanoseconds", ref);
    const date = new Date(seconds * 1000);
    group.meaning = Number.isNaN(date.getTime())
      ? `${seconds} s`
      : `${date.toISOString().slice(0, 19).replace("T", " ")}.${String(nanos).padStart(9, "0")}, by its own scale`;
  }, { ref });
}

function portIdentity(tree: Tree, name: string): string {
  const ref = "IEEE 1588 5.3.5";
  return tree.group(name, (group) => {
    const clock = hex(tree.bytes("Clock identity", 8, ref), ":");
    const port = tree.u16("Port number", ref, (v) => v === 0xffff ? "all" : undefined);
    return group.meaning = `${clock}, port ${port}`;
  }, { ref });
}

const FORM: TlvForm = { type: 2, length: 2, called: "TLV" };
const interval = (value: number) => counted(2 ** (value << 24 >> 24), "second");

function announce(tree: Tree): string {
  const ref = "IEEE 1588 13.5";
  timestamp(tree, "Origin timestamp");
  tree.u16("Current UTC offset", ref, (s) => `${counted(s, "second")} behind TAI`);
  tree.u8("Reserved", ref);
  const first = tree.u8("Grandmaster priority 1", ref);
  const quality = tree.group("Grandmaster clock quality", () => {
    const kind = tree.u8("Clock class", "IEEE 1588 7.6.2.5", (v) => CLASSES[v]);
    tree.u8("Clock accuracy", "IEEE 1588 7.6.2.6", (v) => ACCURACY[v]);
    tree.u16("Offset scaled log variance", "IEEE 1588 7.6.3.5");
    return kind;
  }, { ref: "IEEE 1588 5.3.7" });
  tree.u8("Grandmaster priority 2", ref);
  const master = hex(tree.bytes("Grandmaster identity", 8, ref), ":");
  const steps = tree.u16("Steps removed", ref);
  tree.u8("Time source", ref, SOURCES);
  return `, grandmaster ${master}, priority ${first}, class ${quality}, ${counted(steps, "step")}`;
}
const ACCURACY = names(`
  0x20 25 ns; 0x21 100 ns; 0x22 250 ns; 0x23 1 µs; 0x24 2.5 µs; 0x25 10 µs; 0x26 25 µs; 0x27 100 µs; 0x28 250 µs;
  0x29 1 ms; 0x2a 2.5 ms; 0x2b 10 ms; 0x2c 25 ms; 0x2d 100 ms; 0x2e 250 ms; 0x2f 1 s; 0x30 10 s; 0x31 more than 10 s;
  0xfe unknown
`);

function management(tree: Tree): string {
  const ref = "IEEE 1588 15.4.1";
  portIdentity(tree, "Target port identity");
  tree.u8("Starting boundary hops", ref);
  tree.u8("Boundary hops", ref);
  const action = tree.flags("Action", 1, [["Reserved", 0, 3], ["Action", 3, 5, MANAGEMENT]], ref, "") & 31;
  tree.u8("Reserved", ref);
  return ` ${MANAGEMENT[action] ?? action}`;
}

export const PTP: Layer = {
  name: "ptp",
  title: "PTP",
  ref: "IEEE 1588",
  dissect(tree, packet) {
    const first = tree.flags(
      "Standard and message type",
      1,
      [
        ["Standard", 0, 4, { 0: "IEEE 1588", 1: "IEEE 802.1AS" }],
        ["Message type", 4, 4, TYPES],
      ],
      REF,
      "",
    );
    const type = first & 15;
    const version = tree.flags("Version", 1, [["Minor version", 0, 4], ["Version", 4, 4]], REF, "") & 15;
    packet.summary = `PTP ${TYPES[type] ?? `type ${type}`}`;
    if (version !== 2) {
      packet.summary = `PTP version ${version}`;
      tree.rest("Data", REF);
      return undefined;
    }
    const length = tree.u16("Message length", REF);
    const end = tree.offset - 4 + length;
    const domain = tree.u8("Domain number", REF);
    tree.u8("Minor standard identifier", REF);
    tree.flags("Flags", 2, [
      ["Security", 0, 1],
      ["Profile specific 2", 1, 1],
      ["Profile specific 1", 2, 1],
      ["Reserved", 3, 2],
      ["Unicast", 5, 1],
      ["Two steps", 6, 1, (v) => v === 1 ? "a follow-up has the time" : "the time is in it"],
      ["Alternate master", 7, 1],
      ["Reserved", 8, 1],
      ["Synchronization uncertain", 9, 1],
      ["Frequency traceable", 10, 1],
      ["Time traceable", 11, 1],
      ["PTP timescale", 12, 1],
      ["UTC offset valid", 13, 1],
      ["Leap second removed", 14, 1],
      ["Leap second added", 15, 1],
    ], "IEEE 1588 13.3.2.8");
    tree.u64("Correction", REF, (value) => `${Number(BigInt.asIntN(64, value)) / 65536} ns`);
    tree.u32("Message type specific", REF);
    const source = portIdentity(tree, "Source port identity");
    const sequence = tree.u16("Sequence ID", REF);
    tree.u8("Control", REF, {
      0: "sync",
      1: "delay request",
      2: "follow-up",
      3: "delay response",
      4: "management",
      5: "other",
    });
    tree.u8("Log message interval", REF, (v) => v === 0x7f ? "not said" : interval(v));
    packet.summary += ` ${sequence}, domain ${domain}, by ${source}`;
    tree.within("PTP body", Math.max(0, Math.min(tree.reader.end, end) - tree.offset), (part) => {
      if (type === 0 || type === 1) timestamp(part, "Origin timestamp");
      else if (type === 2) {
        timestamp(part, "Origin timestamp");
        part.bytes("Reserved", 10, "IEEE 1588 13.9");
      } else if (type === 3) {
        timestamp(part, "Request receipt timestamp");
        portIdentity(part, "Requesting port identity");
      } else if (type === 8) timestamp(part, "Precise origin timestamp");
      else if (type === 9) {
        timestamp(part, "Receive timestamp");
        portIdentity(part, "Requesting port identity");
      } else if (type === 10) {
        timestamp(part, "Response origin timestamp");
        portIdentity(part, "Requesting port identity");
      } else if (type === 11) packet.summary += announce(part);
      else if (type === 12) portIdentity(part, "Target port identity");
      else if (type === 13) packet.summary += management(part);
      if (part.remaining >= 4) {
        readTlvs(part, FORM, {
          1: ["Management", [["Management ID", "u16", MANAGEMENT_IDS], ["Data", "rest"]], "IEEE 1588 15.5.2"],
          2: ["Management error", [["Error", "u16"], ["Management ID", "u16", MANAGEMENT_IDS], ["Reserved", "u32"], [
            "Text",
            "rest",
          ]], "IEEE 1588 15.5.4"],
          3: [
            "Organization extension",
            [["Organization", "u24"], ["Subtype", "u24"], ["Data", "rest"]],
            "IEEE 1588 14.3",
          ],
          4: ["Request unicast transmission", [["Message type", "u8"], ["Log interval", "u8", interval], [
            "Duration",
            "u32",
          ]], "IEEE 1588 16.1.4.1"],
          5: ["Grant unicast transmission", [["Message type", "u8"], ["Log interval", "u8", interval], [
            "Duration",
            "u32",
          ], [
            "Reserved",
            "u8",
          ], ["Renewal", "u8"]], "IEEE 1588 16.1.4.2"],
          8: ["Path trace", (one) => {
            while (one.remaining >= 8) one.bytes("Clock identity", 8, "IEEE 1588 16.2.5");
          }, "IEEE 1588 16.2.5"],
        }, "IEEE 1588 14.1");
      }
    });
    return undefined;
  },
};
