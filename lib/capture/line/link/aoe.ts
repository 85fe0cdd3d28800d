// ATA over Ethernet in a line. Pure. AoE revision 11; the form is tcpdump's.
import { bitNames, hex, type Line, type Names } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

const COMMANDS = names("0 Issue ATA Command|Query Config Information|MAC Mask List|Reserve/Release");
const FLAGS = bits("0x8 Response|0x4 Error|0x2 MBZ-1|0x1 MBZ-0");
const ERRORS = names(
  "1 Unrecognized command code|Bad argument parameter|Device unavailable|Config string present|Unsupported version|" +
    "Target is reserved",
);
const ATA_FLAGS = bits("0x80 MBZ-7|0x40 Ext48|0x20 MBZ-5|0x10 Device|0x8 MBZ-3|0x4 MBZ-2|0x2 Async|0x1 Write");
const CONFIG = names(
  "0 read config string|test config string|test config string prefix|set config string|force set config string",
);
const MASK_COMMANDS = names("0 Read Mac Mask List|Edit Mac Mask List");
const MASK_ERRORS = names("1 Unspecified Error|Bad DCmd directive|Mask list full");
const DIRECTIVES = names("0 No Directive|Add mac address to mask list|Delete mac address from mask list");
const RESERVE = names("0 Read reserve list|Set reserve list|Force set reserve list");
const known = (table: Names, value: number) => table[value] ?? `Unknown (0x${hex(value, 2)})`;

/** A frame of `length` octets at `at`. */
export function printAoe(l: Line, at: number, length: number): void {
  l.protocol = "aoe";
  const end = at + length;
  const invalid = () => {
    l.invalid();
    l.must(at, end - at);
  };
  l.text(`AoE length ${length}`);
  if (length < 1) return invalid();
  l.text(`, Ver ${l.u8(at) >> 4}`);
  if (l.u8(at) >> 4 !== 1) return;
  if (length < 10) return invalid();
  const flags = l.u8(at) & 15;
  l.text(`, Flags: [${bitNames(FLAGS, flags, "none")}]`);
  if (l.verbose === 0) return;
  if ((flags & 4) !== 0) l.text(`\n\tError: ${ERRORS[l.u8(at + 1)] ?? `Invalid (${l.u8(at + 1)})`}`);
  l.text(`\n\tMajor: 0x${hex(l.u16(at + 2), 4)}`);
  l.text(`, Minor: 0x${hex(l.u8(at + 4), 2)}`);
  const command = l.u8(at + 5);
  l.text(`, Command: ${known(COMMANDS, command)}`);
  l.text(`, Tag: 0x${hex(l.u32(at + 6), 8)}`);
  at += 10;
  if (!argument(l, command, at, end - at)) invalid();
}

/** What a command carries; `false` when it breaks the rules. */
function argument(l: Line, command: number, at: number, left: number): boolean {
  switch (command) {
    case 0: {
      if (left < 12) return false;
      l.text(`\n\tAFlags: [${bitNames(ATA_FLAGS, l.u8(at), "none")}]`);
      l.text(`, Err/Feature: ${l.u8(at + 1)}`);
      l.text(`, Sector Count: ${l.u8(at + 2)}`);
      l.text(`, Cmd/Status: ${l.u8(at + 3)}`);
      for (let i = 0; i < 6; i++) l.text(`${i === 0 ? "\n\t" : ", "}lba${i}: ${l.u8(at + 4 + i)}`);
      l.must(at + 10, 2);
      if (left > 12) l.text(`\n\tData: ${left - 12} bytes`);
      return true;
    }
    case 1: {
      if (left < 8) return false;
      l.text(`\n\tBuffer Count: ${l.u16(at)}`);
      l.text(`, Firmware Version: ${l.u16(at + 2)}`);
      l.text(`, Sector Count: ${l.u8(at + 4)}`);
      l.text(`, AoE: ${l.u8(at + 5) >> 4}, CCmd: ${CONFIG[l.u8(at + 5) & 15] ?? "Unknown (0x02x)"}`);
      const size = l.u16(at + 6);
      if (size > 1024 || size > left - 8) return false;
      if (size === 0) return true;
      l.text(`\n\tConfig String (length ${size}): `);
      l.octets(at + 8, size);
      return true;
    }
    case 2: {
      if (left < 4) return false;
      l.text(`\n\tMCmd: ${known(MASK_COMMANDS, l.u8(at + 1))}`);
      l.text(`, MError: ${known(MASK_ERRORS, l.u8(at + 2))}`);
      const count = l.u8(at + 3);
      l.text(`, Dir Count: ${count}`);
      if (count * 8 > left - 4) return false;
      for (let i = 0; i < count; i++) {
        const one = at + 4 + i * 8;
        l.text(`\n\t DCmd: ${known(DIRECTIVES, l.u8(one + 1))}`);
        l.text(`, Ethernet Address: ${l.macText(one + 2)}`);
      }
      return true;
    }
    case 3: {
      if (left < 2 || (left - 2) % 6 !== 0) return false;
      l.text(`\n\tRCmd: ${known(RESERVE, l.u8(at))}`);
      const count = l.u8(at + 1);
      l.text(`, NMacs: ${count}`);
      if (count * 6 !== left - 2) return false;
      for (let i = 0; i < count; i++) l.text(`\n\tEthernet Address ${i}: ${l.macText(at + 2 + i * 6)}`);
    }
  }
  return true;
}
