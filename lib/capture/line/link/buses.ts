// USB and Bluetooth as Linux captures them: a line says where a transfer goes. Pure. LINKTYPE_USB_LINUX (mmapped),
// LINKTYPE_BLUETOOTH_HCI_H4_WITH_PHDR; the form is tcpdump's.
import { unexplained } from "../core/hexdump.ts";
import type { Line } from "../core/line.ts";

const TRANSFERS = ["ISOCHRONOUS", "INTERRUPT", "CONTROL", "BULK"];
const EVENTS: Readonly<Record<number, string>> = { 0x53: "SUBMIT", 0x43: "COMPLETE", 0x45: "ERROR" };

/** A transfer at `at` behind a header of `header` octets (48, 64). */
export function printUsb(l: Line, at: number, header: 48 | 64): number {
  l.protocol = `usb_linux_${header}_byte`;
  l.must(at, header);
  l.text("USB");
  if (l.quiet) return header;
  const transfer = l.u8(at + 9), event = EVENTS[l.u8(at + 8)];
  l.text(` ${TRANSFERS[transfer] ?? " ?"} ${event ?? "?"}`);
  // An interrupt that is submitted comes from the device: it is asked for.
  if (event !== undefined && transfer < 4) l.text((event === "SUBMIT") === (transfer !== 1) ? " to" : " from");
  l.text(` ${l.u16le(at + 12)}:${l.u8(at + 11)}:${l.u8(at + 10) & 0x7f}`);
  return header;
}

/** A packet between host and Bluetooth controller, `length` octets at `at`. */
export function printBluetooth(l: Line, at: number, length: number): number {
  l.protocol = "bluetooth";
  l.text("bluetooth");
  l.must(at, 4);
  if (l.link) l.text(`, hci length ${length - 4}, direction ${(l.u32(at) & 1) !== 0 ? "in" : "out"}`);
  unexplained(l, at + 4);
  return 4;
}
