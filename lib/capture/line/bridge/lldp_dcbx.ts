// Data centre bridging exchange, before IEEE took it up, in LLDP. Pure. DCBX revision 1.01; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";

const REVISIONS = ["unknown", "DCB Capability Exchange Protocol Rev 1", "DCB Capability Exchange Protocol Rev 1.01"];
/** Octets that a feature has at least. */
const LEAST: Record<number, number> = { 1: 10, 2: 17, 3: 6, 4: 4 };

/** A part of `size` octets, from its OUI on; `false` when its octets want to be seen. */
export function printDcbx(l: Line, at: number, size: number): boolean {
  const revision = l.u8(at + 3);
  l.text(`\n\t  ${REVISIONS[revision] ?? "unknown"} Subtype (${revision})`);
  if (revision === 1) return false;
  const end = at + size;
  at += 4;
  while (end - at >= 2) {
    const word = l.u16(at);
    const type = word >> 9, length = word & 0x1ff;
    at += 2;
    if (type === 0 || length === 0) break;
    l.need(at, length);
    if (end - at < length || length < (LEAST[type] ?? 0)) l.cut();
    if (LEAST[type] === undefined || l.verbose > 1) {
      feature(l, type, length, at);
      unknownData(l, at, "\n\t    ", length);
    } else feature(l, type, length, at);
    at += length;
  }
  return true;
}

function feature(l: Line, type: number, length: number, at: number): void {
  const head = (name: string) => {
    l.text(`\n\t    ${name} (type 0x${hex(type)}, length ${length})`);
    l.text(`\n\t      Oper_Version: ${l.u8(at)}\n\t      Max_Version: ${l.u8(at + 1)}`);
    if (type === 1) return;
    const flags = l.u8(at + 2);
    l.text(`\n\t      Info block(0x${hex(flags, 2).toUpperCase()}): Enable bit: ${flags >> 7}, `);
    l.text(`Willing bit: ${(flags >> 6) & 1}, Error Bit: ${(flags >> 5) & 1}\n\t      SubType: ${l.u8(at + 3)}`);
  };
  switch (type) {
    case 1:
      head("Control - Protocol Control");
      return l.text(`\n\t      Sequence Number: ${l.u32(at + 2)}\n\t      Acknowledgement Number: ${l.u32(at + 6)}`);
    case 2: {
      head("Feature - Priority Group");
      l.text("\n\t      Priority Allocation");
      const groups = l.u32(at + 4);
      for (let i = 0; i < 8; i++) l.text(`\n\t          PgId_${i}: ${(groups >>> (28 - 4 * i)) & 15}`);
      l.text("\n\t      Priority Group Allocation");
      for (let i = 0; i < 8; i++) l.text(`\n\t          Pg percentage[${i}]: ${l.u8(at + 8 + i)}`);
      return l.text(`\n\t      NumTCsSupported: ${l.u8(at + 16)}`);
    }
    case 3: {
      head("Feature - Priority Flow Control");
      const enabled = l.u8(at + 4);
      l.text(`\n\t      PFC Config (0x${hex(enabled, 2).toUpperCase()})`);
      for (let i = 0; i < 8; i++) {
        l.text(`\n\t          Priority Bit ${i}: ${(enabled >> i) & 1 ? "Enabled" : "Disabled"}`);
      }
      return l.text(`\n\t      NumTCPFCSupported: ${l.u8(at + 5)}`);
    }
    case 4:
      head("Feature - Application");
      for (let i = 4; i + 6 <= length; i += 6) {
        const word = l.u24(at + i + 2), selector = word >> 22;
        l.text(`\n\t      Application Value\n\t          Application Protocol ID: 0x${hex(l.u16(at + i), 4)}`);
        l.text(`\n\t          SF (0x${hex(selector)}) Application Protocol ID is `);
        l.text(selector !== 0 ? "Socket Number" : "L2 EtherType");
        l.text(`\n\t          OUI: 0x${hex(word & 0x3fffff, 6)}`);
        l.text(`\n\t          User Priority Map: 0x${hex(l.u8(at + i + 5), 2)}`);
      }
  }
}
