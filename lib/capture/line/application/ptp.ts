// Precision time in a line. Pure. IEEE 1588; the form is tcpdump's.
import { bitNames, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

const MESSAGES = names(
  "0 sync msg|delay req msg|peer delay req msg|peer delay resp msg|8 follow up msg|delay resp msg|" +
    "pdelay resp fup msg|announce msg|signalling msg|management msg",
);
const CONTROL = ["Sync", "Delay_Req", "Follow_Up", "Delay_Resp", "Management", "Other"];
const FLAGS = bits(
  "0x1 l1 61|0x2 l1 59|0x4 utc reasonable|0x8 timescale|0x10 time tracable|0x20 frequency tracable|" +
    "0x100 alternate master|0x200 two step|0x400 unicast|0x1000 profile specific 1|0x2000 profile specific 2|" +
    "0x4000 security mask",
);
/** What the time in a message is. */
const ORIGIN = "originTimeStamp", PRECISE = "preciseOriginTimeStamp", RECEIVED = "receiveTimeStamp";

const u48 = (l: Line, at: number) => l.u16(at) * 0x1_0000_0000 + l.u32(at + 2);
const hex64 = (l: Line, at: number) => `0x${l.u64(at).toString(16)}`;

/** A message of `length` octets at `at`. */
export function printPtp(l: Line, at: number, length: number): void {
  l.protocol = "ptp";
  if (length < 34) {
    l.text(` [length ${length} < 34]`);
    return l.invalid();
  }
  // The other half of the octet is the minor version.
  const version = l.u8(at + 1) & 15;
  l.text(`PTPv${version}`);
  if (version === 1) return l.text(" (not implemented)");
  if (version !== 2) return;
  const first = l.u8(at), kind = first & 15;
  l.text(`, v1 compat : ${(first & 0x10) !== 0 ? "yes" : "no"}, msg type : ${MESSAGES[kind] ?? "Reserved"}`);
  l.text(`, length : ${l.u16(at + 2)}`);
  l.text(`, domain : ${l.u8(at + 4)}`);
  l.text(`, reserved1 : ${l.u8(at + 5)}`);
  const flags = l.u16(at + 6), unknown = (flags & 0x18c0) === 0x18c0 ? ", unknown" : "";
  l.text(`, Flags [${bitNames(FLAGS, flags, "none")}${unknown}]`);
  l.text(`, NS correction : ${u48(l, at + 8)}`);
  l.text(`, sub NS correction : ${l.u16(at + 14)}`);
  l.text(`, reserved2 : ${l.u32(at + 16)}`);
  l.text(`, clock identity : ${hex64(l, at + 20)}`);
  l.text(`, port id : ${l.u16(at + 28)}`);
  l.text(`, seq id : ${l.u16(at + 30)}`);
  const control = l.u8(at + 32);
  l.text(`, control : ${control} (${CONTROL[control] ?? "Reserved"})`);
  l.text(`, log message interval : ${l.u16(at + 32) & 0xff}`);
  body(l, kind, at + 34);
}

function body(l: Line, kind: number, at: number): void {
  const stamp = (name: string) => {
    l.text(`, ${name} :`);
    l.text(` ${u48(l, at)} seconds,`);
    l.text(` ${l.u32(at + 6)} nanoseconds`);
  };
  const port = (from: number) => {
    l.text(`, port identity : ${hex64(l, from)}`);
    l.text(`, port id : ${l.u16(from + 8)}`);
  };
  switch (kind) {
    case 0:
    case 1:
      return stamp(ORIGIN);
    case 8:
      return stamp(PRECISE);
    case 2:
    case 3:
    case 9:
    case 10:
      stamp(kind === 2 || kind === 10 ? PRECISE : RECEIVED);
      return port(at + 10);
    case 11:
      l.text(`, ${ORIGIN} :`);
      l.text(` ${u48(l, at)} seconds`);
      l.text(` ${l.u32(at + 6)} nanoseconds`);
      l.text(`, origin cur utc :${l.u16(at + 10)}`);
      l.text(`, rsvd : ${l.u8(at + 12)}`);
      l.text(`, gm priority_1 : ${l.u8(at + 13)}`);
      l.text(`, gm clock class : ${l.u8(at + 14)}`);
      l.text(`, gm clock accuracy : ${l.u8(at + 15)}`);
      l.text(`, gm clock variance : ${l.u16(at + 16)}`);
      l.text(`, gm priority_2 : ${l.u8(at + 18)}`);
      l.text(`, gm clock id : ${hex64(l, at + 19)}`);
      l.text(`, steps removed : ${l.u16(at + 27)}`);
      return l.text(`, time source : 0x${l.u8(at + 29).toString(16)}`);
    case 12:
      return port(at);
    case 13:
      port(at);
      // tcpdump before 4.99.6 shows the first octet of the port identity in all four places.
      l.text(`, , start boundary hops  ${l.u8(at + 10)}, , boundary hops  ${l.u8(at + 11)}`);
      l.text(`, , flags  0x${l.u8(at + 12).toString(16)}, , reserved  0x${l.u8(at + 13).toString(16)}`);
  }
}
