// ARP and RARP in a line. Pure. RFC 826, RFC 903; the form is tcpdump's.
import { linkAddress } from "./frame_relay.ts";
import { hexDump } from "../core/hexdump.ts";
import type { Line } from "../core/line.ts";
import { ETHERTYPES } from "../core/names.ts";

const OPERATIONS: Record<number, string> = {
  1: "Request",
  2: "Reply",
  3: "Reverse Request",
  4: "Reverse Reply",
  8: "Inverse Request",
  9: "Inverse Reply",
  10: "NACK Reply",
};
const HARDWARE: Record<number, string> = {
  1: "Ethernet",
  6: "TokenRing",
  7: "ArcNet",
  15: "FrameRelay",
  23: "Strip",
  24: "IEEE 1394",
  19: "ATM",
  32: "InfiniBand",
};

const FRAME_RELAY = 15;

/** A message at `at`; `length` octets of the packet are left. */
export function printArp(l: Line, at: number, length: number): void {
  l.protocol = "arp";
  l.u8(at + 7);
  const hardware = l.u16(at), protocol = l.u16(at + 2);
  const hardwareSize = l.u8(at + 4), size = l.u8(at + 5), operation = l.u16(at + 6);
  const sha = at + 8, spa = sha + hardwareSize, tha = spa + size, tpa = tha + hardwareSize;
  l.must(tpa, size);
  if (!l.link) l.text("ARP, ");
  const strange = protocol !== 0x800 && protocol !== 0x1000;
  if (strange || size !== 4 || hardwareSize === 0 || l.verbose > 0) {
    l.text(
      `${HARDWARE[hardware] ?? `Unknown Hardware (${hardware})`} (len ${hardwareSize}), ${
        ETHERTYPES.get(protocol) ?? `Unknown Protocol (0x${protocol.toString(16).padStart(4, "0")})`
      } (len ${size})`,
    );
    if (l.verbose === 0) {
      l.text(`, length ${length}`);
      return;
    }
  }
  l.text(`${l.verbose > 0 ? ", " : ""}${OPERATIONS[operation] ?? `Unknown (${operation})`} `);
  const address = (from: number) => {
    if (strange) l.text("<wrong proto type>");
    else if (size !== 4) l.text("<wrong len>");
    else l.ip4(from);
  };
  const link = (from: number) => {
    if (hardwareSize === 0) l.text("<empty>");
    else if (hardware === FRAME_RELAY) l.text(linkAddress(l, from, hardwareSize));
    else l.mac(from, hardwareSize);
  };
  switch (operation) {
    case 1: {
      l.text("who-has ");
      address(tpa);
      let any = false;
      for (let i = 0; i < hardwareSize; i++) if (l.u8(tha + i) !== 0) any = true;
      if (any) {
        l.text(" (");
        link(tha);
        l.text(")");
      }
      l.text(" tell ");
      address(spa);
      break;
    }
    case 2:
      address(spa);
      l.text(" is-at ");
      link(sha);
      break;
    case 3:
    case 8:
      l.text("who-is ");
      link(tha);
      l.text(" tell ");
      link(sha);
      break;
    case 4:
      link(tha);
      l.text(" at ");
      address(tpa);
      break;
    case 9:
      link(sha);
      l.text(" at ");
      address(spa);
      break;
    default:
      hexDump(l.out, l.bytes, at, l.end - at);
      return;
  }
  l.text(", length ");
  l.dec(length);
}
