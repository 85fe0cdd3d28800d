// What vehicles tell each other in a line: GeoNetworking with its transport, and CALM FAST. Pure. ETSI EN 302 636;
// the forms are tcpdump's.
import { dumped } from "../core/hexdump.ts";
import type { Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const NEXT = names("0 Any|BTP-A|BTP-B|IPv6");
const KINDS = names("0 Any|Beacon|GeoUnicast");
/** By kind and what kind of it. */
const SHAPES: Readonly<Record<number, readonly string[]>> = {
  3: ["GeoAnycastCircle", "GeoAnycastRect", "GeoAnycastElipse"],
  4: ["GeoBroadcastCircle", "GeoBroadcastRect", "GeoBroadcastElipse"],
  5: ["TopoScopeBcast-SH", "TopoScopeBcast-MH"],
  6: ["LocService-Request", "LocService-Reply"],
};
const MESSAGES = names("0 CAM|DENM|101 TPEGM|TSPDM|VPM|SRM|SLAM|ecoCAM|ITM|150 SA");
const HEADER = 36;

/** A packet of `length` octets at `at`; `source` is where the sender's MAC address stands. */
export function printGeoNetworking(l: Line, at: number, length: number, source: number): void {
  l.protocol = "geonet";
  l.text(`GeoNet ${source < 0 ? "" : `src:${l.macText(source)}`}; `);
  const wrong = (text: string) => {
    l.text(` (${text})`);
    l.invalid();
  };
  if (length < HEADER) return wrong(`common header length ${length} < ${HEADER}`);
  const first = l.u8(at), second = l.u8(at + 1), next = first & 15, kind = second >> 4, shape = second & 15;
  const octets = l.u16(at + 4), hops = l.u8(at + 7);
  l.text(`v:${first >> 4} NH:${next}-${NEXT[next] ?? "Unknown"} `);
  l.text(`HT:${kind}-${shape}-${KINDS[kind] ?? SHAPES[kind]?.[shape] ?? "Unknown"} HopLim:${hops} Payload:${octets} `);
  l.text(`GN_ADDR:${l.macText(at + 8, 8)} `);
  l.text(`lat:${l.u32(at + 20)} `);
  l.text(`lon:${l.u32(at + 24)}`);
  l.must(at, HEADER);
  at += HEADER;
  length -= HEADER;
  const extra = kind < 2 || kind === 5 && shape === 0 ? 0 : kind === 5 && shape === 1 ? 32 : -1;
  if (extra >= 0) {
    if (length < extra) return wrong(`header size ${extra} > ${length}`);
    l.must(at, extra);
    at += extra;
    length -= extra;
    if (next === 1 || next === 2) {
      if (length < 4) return wrong(`BTP length ${length} < 4`);
      l.text(`; BTP Dst:${l.u16(at)}`);
      l.text(` Src:${l.u16(at + 2)}`);
      at += 4;
      length -= 4;
      if (length >= 2) {
        l.text(`; ItsPduHeader v:${l.u8(at)}`);
        const type = l.u8(at + 1);
        l.text(` t:${type}-${MESSAGES[type] ?? `unknown (${type})`}`);
      }
    }
  }
  rest(l, at, length);
}

/** CALM FAST: two references of networks. ISO 29281-1. */
export function printCalm(l: Line, at: number, length: number, source: number): void {
  l.protocol = "calm_fast";
  l.text(`CALM FAST${source < 0 ? "" : ` src:${l.macText(source)}`}; `);
  if (length < 2) {
    l.text(` (length ${length} < 2)`);
    l.invalid();
    return l.must(at, length);
  }
  l.text(`SrcNwref:${l.u8(at)}; `);
  l.text(`DstNwref:${l.u8(at + 1)}; `);
  rest(l, at + 2, length - 2);
}

function rest(l: Line, at: number, length: number): void {
  if (l.verbose > 0) dumped(l, at, length);
}
