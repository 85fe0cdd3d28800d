// IS-IS in a line, with -v its header; what follows stands in isis_parts.ts. Pure. ISO 10589; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { parts } from "./isis_parts.ts";
import { checksumText, systemText } from "../network/osi_text.ts";
import { names, numbers } from "../core/table.ts";

const PDUS = names("15 L1 Lan IIH|L2 Lan IIH|p2p IIH|L1 LSP|20 L2 LSP|24 L1 CSNP|L2 CSNP|L1 PSNP|L2 PSNP");
const CIRCUITS = names("1 Level 1 only|Level 2 only|Level 1, Level 2");
const LEVELS = ["Unused 0x0 (invalid)", "L1 IS", "Unused 0x2 (invalid)", "L2 IS"];
/** Octets of the fixed header by kind of packet. */
const FIXED = numbers("15 27|27|20|27|20 27|24 33|33|17|17");

/** A packet of `length` octets at `at`; `false` when its octets want to be seen. */
export function printIsis(l: Line, at: number, length: number): boolean {
  l.protocol = "isis";
  l.need(at, 8);
  if (length < 8) l.cut();
  if (!l.link) l.text("IS-IS");
  const fixed = l.u8(at + 1), version = l.u8(at + 2), idSize = l.u8(at + 3), type = l.u8(at + 4);
  const pduVersion = l.u8(at + 5), areas = l.u8(at + 7);
  const refuse = (text: string) => {
    l.text(text);
    return false;
  };
  if (version !== 1) return refuse(`version ${version} packet not supported`);
  if (idSize !== 6 && idSize !== 0) return refuse(`system ID length of ${idSize} is not supported`);
  if (pduVersion !== 1) return refuse(`version ${pduVersion} packet not supported`);
  if (length < fixed) return refuse(`fixed header length ${fixed} > packet length ${length}`);
  if (fixed < 8) return refuse(`fixed header length ${fixed} < minimum header size 8`);
  if (areas === 255) return refuse("bad packet -- 255 areas");
  const comma = l.link ? "" : ", ";
  if (l.verbose === 0) l.text(`${comma}${PDUS[type] ?? `unknown PDU-Type ${type}`}`);
  else {
    l.text(`${comma}length ${length}\n\t${PDUS[type] ?? `unknown, type ${type}`}, hlen: ${fixed}, v: ${version}, `);
    l.text(`pdu-v: ${pduVersion}, sys-id-len: 6 (${idSize}), max-area: ${areas === 0 ? 3 : areas} (${areas})`);
    if (l.verbose > 1) unknownData(l, at, "\n\t", 8);
  }
  const wanted = FIXED[type];
  if (wanted === undefined) {
    if (l.verbose === 0) {
      l.text(`, length ${length}`);
      return true;
    }
    unknownData(l, at + 8, "\n\t  ", length);
    return false;
  }
  if (fixed !== wanted) {
    const told = type === 18 || type === 20 ? 19 : wanted;
    return refuse(`${type >= 26 ? "-" : ","} bogus fixed header length ${fixed} should be ${told}`);
  }
  l.need(at, fixed);
  if (l.verbose === 0) {
    brief(l, type, at + 8);
    l.text(`, length ${length}`);
    return true;
  }
  const stated = l.u16(at + (type < 18 ? 17 : 8));
  const packet = Math.min(length, stated);
  header(l, type, at + 8, stated, packet);
  if (l.verbose > 1) unknownData(l, at + 8, "\n\t  ", fixed - 8);
  if (packet < fixed) {
    l.text(` [packet length ${packet} < ${fixed}]`);
    l.invalid();
    return true;
  }
  return parts(l, { at, length: packet }, at + fixed, at + packet);
}

function brief(l: Line, type: number, at: number): void {
  if (type === 18 || type === 20) {
    l.text(`, lsp-id ${systemText(l, at + 4, 8)}, seq 0x${hex(l.u32(at + 12), 8)}, `);
    return l.text(`lifetime ${String(l.u16(at + 2)).padStart(5)}s`);
  }
  l.text(`, src-id ${systemText(l, type < 18 ? at + 1 : at + 2, type < 18 ? 6 : 7)}`);
  if (type < 17) l.text(`, lan-id ${systemText(l, at + 12, 7)}, prio ${l.u8(at + 11)}`);
}

/** What stands between the common header and the parts. */
function header(l: Line, type: number, at: number, stated: number, length: number): void {
  if (type < 18) {
    const circuit = l.u8(at);
    l.text(`\n\t  source-id: ${systemText(l, at + 1, 6)},${type < 17 ? "  " : " "}holding time: ${l.u16(at + 7)}s, `);
    l.text(`Flags: [${CIRCUITS[circuit] ?? `unknown circuit type 0x${hex(circuit, 2)}`}]`);
    if (type < 17) l.text(`\n\t  lan-id:    ${systemText(l, at + 12, 7)}, Priority: ${l.u8(at + 11) & 0x7f}`);
    else l.text(`\n\t  circuit-id: 0x${hex(l.u8(at + 11), 2)}`);
    l.text(`, PDU length: ${stated}`);
  } else if (type <= 20) {
    const checksum = l.u16(at + 16), flags = l.u8(at + 18);
    l.text(`\n\t  lsp-id: ${systemText(l, at + 4, 8)}, seq: 0x${hex(l.u32(at + 12), 8)}, `);
    l.text(`lifetime: ${String(l.u16(at + 2)).padStart(5)}s\n\t  chksum: 0x${hex(checksum, 4)}`);
    l.text(`${checksumText(l, at + 4, checksum, 12, length - 12)}, PDU length: ${stated}, Flags: [ `);
    if ((flags & 4) !== 0) l.text("Overload bit set, ");
    if ((flags & 0x78) !== 0) {
      for (const [bit, name] of [[8, "default"], [16, "delay"], [32, "expense"], [64, "error"]] as const) {
        if ((flags & bit) !== 0) l.text(`${name} `);
      }
      l.text("ATT bit set, ");
    }
    if ((flags & 0x80) !== 0) l.text("P bit set, ");
    l.text(`${LEVELS[flags & 3]} ]`);
  } else {
    l.text(`\n\t  source-id:    ${systemText(l, at + 2, 7)}, PDU length: ${stated}`);
    if (type > 25) return;
    l.text(`\n\t  start lsp-id: ${systemText(l, at + 9, 8)}\n\t  end lsp-id:   ${systemText(l, at + 17, 8)}`);
  }
}
