// Realtek's protocols of switches in a line: remote control, loop detection, tags. Pure. The form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const OPERATIONS = names("0 hello|get|set");

/** A frame at `at`, after its EtherType; the MAC addresses stand at `frame`, if anywhere. */
export function printRealtek(l: Line, at: number, frame: number): void {
  l.protocol = "rtl";
  if (frame >= 0) {
    l.mac(frame + 6);
    l.text(" > ");
    l.mac(frame);
    l.text(", ");
  }
  const kind = l.u8(at);
  if (kind === 1) remoteControl(l, at);
  else if (kind === 2) l.text("REP");
  else if (kind === 3 || kind === 0x23) l.text("RLDP");
  else if (kind === 4) l.text("Realtek 8-byte DSA tag");
  else if (kind >> 4 === 9) l.text("Realtek RTL8306 4-byte DSA tag");
  else if (kind >> 4 === 10) l.text("Realtek RTL8366RB 4-byte DSA tag");
  else l.text(`Realtek unknown type 0x${hex(kind, 2)}`);
}

function remoteControl(l: Line, at: number): void {
  l.protocol = "rrcp";
  const reply = l.u8(at + 1) >= 0x80, operation = l.u8(at + 1) & 0x7f;
  l.text(`RRCP ${reply ? "reply" : "query"}: ${OPERATIONS[operation] ?? `unknown opcode (0x${hex(operation, 2)})`}`);
  const register = operation === 1 || operation === 2;
  if (register) {
    const data = l.u32le(at + 6);
    l.text(` addr=0x${hex(l.u16le(at + 4), 4)}, data=0x${hex(data, 8)}`);
  }
  l.text(`, auth=0x${hex(l.u16(at + 2), 4)}`);
  if (register) {
    const last = l.u32(at + 14);
    l.text(`, cookie=0x${hex(last, 8)}${hex(l.u32(at + 10), 8)} `);
  } else if (operation === 0 && reply) {
    const ports = `downlink_port=${l.u8(at + 4)}, uplink_port=${l.u8(at + 5)}, uplink_mac=${l.macText(at + 6)}`;
    l.text(` ${ports}, vendor_id=${hex(l.u32(at + 14), 8)} ,chip_id=${hex(l.u16(at + 12), 4)} `);
  }
}
