// Networks over UDP in a line, with what they carry: VXLAN, VXLAN-GPE, Geneve, OTV. Pure. RFC 7348, RFC 8926.
// The form is tcpdump's.
import { bitNames, hex, type Line } from "../core/line.ts";
import { ETHERTYPES } from "../core/names.ts";
import { printNsh } from "./nsh.ts";
import { bits, names } from "../core/table.ts";

/** RFC 7348. */
export function printVxlan(l: Line, at: number, length: number): void {
  l.protocol = "vxlan";
  l.text("VXLAN");
  if (length < 8) return l.invalid();
  const flags = l.u8(at);
  l.text(`, flags [${(flags & 8) !== 0 ? "I" : "invalid"}] (0x${hex(flags, 2)}), `);
  l.text(`vni ${l.u24(at + 4)}\n`);
  l.layers.ether(l, at + 8, length - 8);
}

const GPE_FLAGS = bits("0x8 I|0x4 P|0x2 B|0x1 O");

/** VXLAN that says what it carries (draft-ietf-nvo3-vxlan-gpe). */
export function printVxlanGpe(l: Line, at: number, length: number): void {
  l.protocol = "vxlan_gpe";
  l.text("VXLAN-GPE, ");
  if (length < 8) {
    l.text(` (len ${length} < 8)`);
    return l.invalid();
  }
  l.text(`flags [${bitNames(GPE_FLAGS, l.u8(at), "none", "")}], `);
  const next = l.u8(at + 3);
  l.text(`vni ${l.u24(at + 4)}`);
  l.text(l.verbose > 0 ? "\n    " : ": ");
  at += 8;
  length -= 8;
  if (next === 1) l.layers.ip(l, at, length);
  else if (next === 2) l.layers.ip6(l, at, length);
  else if (next === 3) l.layers.ether(l, at, length);
  else if (next === 4) printNsh(l, at, length);
  else {
    l.text("ERROR: unknown-next-protocol");
    l.invalid();
  }
}

const GENEVE_FLAGS = bits("0x80 O|0x40 C|0x20 R1|0x10 R2|0x8 R3|0x4 R4|0x2 R5|0x1 R6");
const GENEVE_CLASSES = names(
  "0x100 Linux|Open vSwitch|Open Virtual Networking (OVN)|In-band Network Telemetry (INT)|VMware",
);

/** RFC 8926. */
export function printGeneve(l: Line, at: number, length: number): void {
  l.protocol = "geneve";
  l.text("Geneve");
  if (length < 8) {
    l.text(` [length ${length} < 8]`);
    return l.invalid();
  }
  l.need(at, 8);
  const first = l.u8(at);
  if (first >> 6 !== 0) return l.text(` ERROR: unknown-version ${first >> 6}`);
  const type = l.u16(at + 2), reserved = l.u8(at + 7);
  l.text(`, Flags [${bitNames(GENEVE_FLAGS, l.u8(at + 1), "none", "")}], vni 0x${hex(l.u24(at + 4))}`);
  if (reserved !== 0) l.text(`, rsvd 0x${hex(reserved)}`);
  if (l.link) l.text(`, proto ${ETHERTYPES[type] ?? "unknown"} (0x${hex(type, 4)})`);
  const options = (first & 63) * 4;
  at += 8;
  length -= 8;
  if (length < options) return l.text(` truncated-geneve - ${options - length} bytes missing`);
  l.need(at, options);
  if (options > 0) {
    l.text(", options [");
    if (l.verbose > 0) geneveOptions(l, at, options);
    else l.text(`${options} bytes`);
    l.text("]");
  }
  at += options;
  length -= options;
  l.text(l.verbose < 1 ? ": " : "\n\t");
  if (l.layers.etherType(l, type, at, length)) return;
  if (type === 0x6558) l.layers.ether(l, at, length);
  else l.text(`geneve-proto-0x${hex(type)}`);
}

function geneveOptions(l: Line, at: number, left: number): void {
  for (let separator = ""; left > 0; separator = ", ") {
    const kind = l.u16(at), type = l.u8(at + 2), size = 4 + (l.u8(at + 3) & 31) * 4;
    const name = GENEVE_CLASSES[kind] ?? (kind <= 0xff ? "Standard" : kind >= 0xfff0 ? "Experimental" : "Unknown");
    l.text(`${separator}class ${name} (0x${hex(kind)}) type 0x${hex(type)}${type >> 7 !== 0 ? "(C)" : ""} len ${size}`);
    if (size > left) return l.text(" [bad length]");
    if (l.verbose > 1 && size > 4) {
      l.text(" data");
      for (let i = 4; i < size; i += 4) l.text(` ${hex(l.u32(at + i), 8)}`);
    }
    at += size;
    left -= size;
  }
}

/** Cisco's overlay transport virtualization. */
export function printOtv(l: Line, at: number, length: number): void {
  l.protocol = "otv";
  l.text("OTV, ");
  if (length < 8) {
    l.text(`[length ${length} < 8]`);
    return l.invalid();
  }
  const flags = l.u8(at);
  l.text(`flags [${(flags & 8) !== 0 ? "I" : "."}] (0x${hex(flags, 2)}), `);
  l.text(`overlay ${l.u24(at + 1)}, `);
  l.text(`instance ${l.u24(at + 4)}\n`);
  l.need(at + 7, 1);
  l.layers.ether(l, at + 8, length - 8);
}
