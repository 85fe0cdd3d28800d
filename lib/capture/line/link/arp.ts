// ARP and RARP in a line. Pure. RFC 826, RFC 903; the form is tcpdump's.
import { linkAddress } from "./frame_relay.ts";
import { hexDump } from "../core/hexdump.ts";
import type { Line } from "../core/line.ts";
import { ETHERTYPES } from "../core/names.ts";
import { names } from "../core/table.ts";

const OPERATIONS = names("1 Request|Reply|Reverse Request|Reverse Reply|8 Inverse Request|Inverse Reply|NACK Reply");
const HARDWARE = names("1 Ethernet|6 TokenRing|ArcNet|15 FrameRelay|23 Strip|IEEE 1394|19 ATM|32 InfiniBand");

const FRAME_RELAY = 15, ATM = 19;

/** Printers of a message's addresses: of the link and of the network, of who sends and of who is meant. */
interface Addresses {
  senderLink(): void;
  sender(): void;
  targetLink(): void;
  target(): void;
  /** Whether the link's address of who is meant is known. */
  targetKnown(): boolean;
}

/** A message at `at`; `length` octets of the packet are left. */
export function printArp(l: Line, at: number, length: number): void {
  l.protocol = "arp";
  l.must(at, 8);
  const hardware = l.u16(at), protocol = l.u16(at + 2), operation = l.u16(at + 6);
  if (hardware === ATM) return atm(l, at, length, protocol, operation);
  const hardwareSize = l.u8(at + 4), size = l.u8(at + 5);
  const sha = at + 8, spa = sha + hardwareSize, tha = spa + size, tpa = tha + hardwareSize;
  l.must(tpa, size);
  const odd = !isIp(protocol) || size !== 4 || hardwareSize === 0;
  const names = () =>
    `${HARDWARE[hardware] ?? `Unknown Hardware (${hardware})`} (len ${hardwareSize}), ${
      protocolName(protocol)
    } (len ${size})`;
  if (!begin(l, odd, names, operation, length)) return;
  const link = (from: number) => () => {
    if (hardwareSize === 0) l.text("<empty>");
    else if (hardware === FRAME_RELAY) l.text(linkAddress(l, from, hardwareSize));
    else l.mac(from, hardwareSize);
  };
  const told = tell(l, operation, {
    senderLink: link(sha),
    sender: () => network(l, protocol, size, spa),
    targetLink: link(tha),
    target: () => network(l, protocol, size, tpa),
    targetKnown: () => l.bytes.subarray(tha, tpa).some((octet) => octet !== 0),
  });
  end(l, told, at, length);
}

/** Addresses of ATM come in two parts, each with its length. RFC 2225. */
function atm(l: Line, at: number, length: number, protocol: number, operation: number): void {
  l.must(at, 12);
  const sizeAt = (offset: number) => l.u8(at + offset) & 0x3f;
  const senderSize = l.u8(at + 8), targetSize = l.u8(at + 11);
  const sha = at + 12, spa = sha + sizeAt(4) + sizeAt(5), tha = spa + senderSize, tpa = tha + sizeAt(9) + sizeAt(10);
  l.must(tpa, targetSize);
  const odd = !isIp(protocol) || senderSize !== 4 || targetSize !== 4;
  const names = () => `ATM, ${protocolName(protocol)} (len ${senderSize}/${targetSize})`;
  if (!begin(l, odd, names, operation, length)) return;
  const link = (from: number, sizes: number) => () => {
    const size = sizeAt(sizes), more = sizeAt(sizes + 1);
    if (size === 0) return l.text("<No address>");
    l.mac(from, size);
    if (more === 0) return;
    l.text(",");
    l.mac(from + size, more);
  };
  const senderLink = link(sha, 4), sender = () => network(l, protocol, senderSize, spa, "sp");
  let told = operation !== 3 && operation !== 4;
  if (operation === 9) {
    senderLink();
    l.text("at ");
    sender();
  } else if (operation === 10) {
    l.text("for ");
    sender();
  } else if (told) {
    const target = () => network(l, protocol, targetSize, tpa, "tp");
    told = tell(l, operation, {
      senderLink,
      sender,
      targetLink: link(tha, 9),
      target,
      targetKnown: () => sizeAt(9) !== 0,
    });
  }
  end(l, told, at, length);
}

const isIp = (protocol: number) => protocol === 0x800 || protocol === 0x1000;
const protocolName = (protocol: number) =>
  ETHERTYPES[protocol] ?? `Unknown Protocol (0x${protocol.toString(16).padStart(4, "0")})`;

/** What stands before the addresses; `false` where these are not told. */
function begin(l: Line, odd: boolean, names: () => string, operation: number, length: number): boolean {
  if (!l.link) l.text("ARP, ");
  if (odd || l.verbose > 0) {
    l.text(names());
    l.text(l.verbose === 0 ? `, length ${length}` : ", ");
    if (l.verbose === 0) return false;
  }
  l.text(`${OPERATIONS[operation] ?? `Unknown (${operation})`} `);
  return true;
}

/** An address of the network; `which` names the length that is wrong. */
function network(l: Line, protocol: number, size: number, at: number, which = ""): void {
  if (!isIp(protocol)) l.text("<wrong proto type>");
  else if (size !== 4) l.text(`<wrong ${which}len>`);
  else l.ip4(at);
}

/** The addresses in the words of the operation; `false` where it is none that is known. */
function tell(l: Line, operation: number, of: Addresses): boolean {
  switch (operation) {
    case 1:
      l.text("who-has ");
      of.target();
      if (of.targetKnown()) {
        l.text(" (");
        of.targetLink();
        l.text(")");
      }
      l.text(" tell ");
      of.sender();
      return true;
    case 2:
      of.sender();
      l.text(" is-at ");
      of.senderLink();
      return true;
    case 3:
    case 8:
      l.text("who-is ");
      of.targetLink();
      l.text(" tell ");
      of.senderLink();
      return true;
    case 4:
      of.targetLink();
      l.text(" at ");
      of.target();
      return true;
    case 9:
      of.senderLink();
      l.text(" at ");
      of.sender();
      return true;
  }
  return false;
}

/** The length, or the octets of what nobody knows. */
function end(l: Line, told: boolean, at: number, length: number): void {
  if (!told) return hexDump(l.out, l.bytes, at, l.end - at);
  l.text(", length ");
  l.dec(length);
}
