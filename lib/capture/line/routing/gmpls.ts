// Words of generalized MPLS that several routing protocols share. Pure. RFC 3471, RFC 4203, RFC 4124.
import type { Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

export const PROTECTION = bits(
  "0x1 Extra Traffic|0x2 Unprotected|0x4 Shared|0x8 Dedicated 1:1|0x10 Dedicated 1+1|0x20 Enhanced|0x40 Reserved|" +
    "0x80 Reserved",
);
export const SWITCHING = names(
  "1 Packet-Switch Capable-1|Packet-Switch Capable-2|Packet-Switch Capable-3|Packet-Switch Capable-4|" +
    "51 Layer-2 Switch Capable|100 Time-Division-Multiplex|150 Lambda-Switch Capable|200 Fiber-Switch Capable",
);
export const ENCODINGS = names(
  "1 Packet|Ethernet V2/DIX|ANSI/ETSI PDH|Reserved|SDH ITU-T G.707/SONET ANSI T1.105|Reserved|Digital Wrapper|" +
    "Lambda (photonic)|Fiber|Reserved|FiberChannel",
);
export const BANDWIDTH_MODELS = names("0 Russian dolls|Maximum allocation|254 Maximum allocation with E-LSP support");

const view = new DataView(new ArrayBuffer(4));

/** The IEEE single-precision number of four octets at `at`. */
export function float(l: Line, at: number): number {
  view.setUint32(0, l.u32(at));
  return view.getFloat32(0);
}

/** Octets a second, as `100.000 Mbps`. */
export function megabits(l: Line, at: number): string {
  return `${(float(l, at) * 8 / 1_000_000).toFixed(3)} Mbps`;
}
