// Linux cooked captures in a line. Pure. LINKTYPE_LINUX_SLL and SLL2; the form is tcpdump's.
import { printEtherType } from "./ether.ts";
import { unexplained } from "../core/hexdump.ts";
import { printIpx } from "../network/ipx.ts";
import { hex, type Line } from "../core/line.ts";
import { printLlc } from "./llc.ts";
import { ETHERTYPES, vlanText } from "../core/names.ts";
import { printRadio } from "../wifi/wifi.ts";

const DIRECTIONS = ["In", "B", "M", "P", "Out"];
/** The hardware of 802.11 with radiotap, as Linux numbers it. */
const RADIOTAP = 803;

/** A packet of `length` octets at `at`; gives the octets of its header. */
export function printCooked(l: Line, at: number, length: number): number {
  l.protocol = "sll";
  l.need(at, 16);
  const type = l.u16(at + 14);
  const header = () => {
    l.text(`${(DIRECTIONS[l.u16(at)] ?? "?").padStart(3)} `);
    tell(l, l.u16(at + 4), at + 6, type, length);
  };
  if (l.link) header();
  return 16 + payload(l, l.u16(at + 2), type, at + 16, length - 16, header);
}

/** The second version: the interface stands in each packet. */
export function printCooked2(l: Line, at: number, length: number): number {
  l.protocol = "sll2";
  l.need(at, 20);
  const index = l.u32(at + 4), type = l.u16(at);
  const name = l.options.interfaceName?.(index) ?? "?";
  l.text(`${name.padEnd(5)} ${(DIRECTIONS[l.u8(at + 10)] ?? "?").padEnd(3)} `);
  const header = () => {
    l.text(`ifindex ${index} `);
    tell(l, l.u8(at + 11), at + 12, type, length);
  };
  if (l.link) header();
  return 20 + payload(l, l.u16(at + 8), type, at + 20, length - 20, header);
}

/** Address, protocol and length, as -e shows them. */
function tell(l: Line, size: number, address: number, type: number, length: number): void {
  if (size === 6) l.text(`${l.macText(address)} `);
  if (l.quiet) return;
  if (type === 1 || type === 4) l.text(type === 1 ? "802.3" : "802.2");
  else l.text(`ethertype ${(type > 1500 ? ETHERTYPES[type] : undefined) ?? "Unknown"} (0x${hex(type, 4)})`);
  l.text(`, length ${length}: `);
}

/** Gives the octets of headers. `header` writes the link header, where nothing else can be said. */
function payload(l: Line, hardware: number, type: number, at: number, length: number, header: () => void): number {
  if (hardware === RADIOTAP) return printRadio(l, at, length);
  let tags = 0;
  while (type === 0x8100) {
    if (!l.has(at, 4)) {
      l.protocol = "vlan";
      l.text(" [|vlan]");
      return tags + l.end - at;
    }
    if (l.link) l.text(`${vlanText(l.u16(at))}, `);
    type = l.u16(at + 2);
    if (type <= 1500) type = 4;
    if (!l.quiet) l.text(`ethertype ${ETHERTYPES[type] ?? "Unknown"}, `);
    at += 4;
    length -= 4;
    tags += 4;
  }
  if (type === 1) {
    printIpx(l, at, length);
    return tags;
  }
  if (type === 4) {
    const used = printLlc(l, at, length);
    if (used >= 0) return tags + used;
  } else if (type > 1500) {
    if (printEtherType(l, type, at, length)) return tags;
    if (!l.link) header();
  }
  unexplained(l, at);
  return tags;
}
