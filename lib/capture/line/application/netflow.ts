// Cisco's accounting of flows in lines (-T cnfp): versions 1, 5 and 6. Pure. The form is tcpdump's.
import { hex, type Line } from "../core/line.ts";

const TCP_FLAGS = "FSRPAU";

/** Octets of the header and of a record, and where in a record things stand that differ. */
interface Layout {
  readonly header: number;
  readonly record: number;
  readonly protocol: number;
  readonly tos: number;
  readonly flags: number;
}

const LAYOUTS: Readonly<Record<number, Layout>> = {
  1: { header: 16, record: 48, protocol: 38, tos: 39, flags: 40 },
  5: { header: 24, record: 52, protocol: 38, tos: 39, flags: 37 },
  6: { header: 24, record: 52, protocol: 38, tos: 39, flags: 37 },
};

/** Records at `at`. */
export function printNetFlow(l: Line, at: number): void {
  l.protocol = "cnfp";
  const version = l.u16(at), layout = LAYOUTS[version];
  if (layout === undefined) return l.text(`NetFlow v${hex(version)}`);
  const cut = () => l.text(" [|cnfp]");
  if (!l.has(at, layout.header)) return cut();
  // The count is read with the two octets behind it, as tcpdump does: records end where the datagram does.
  const count = l.u32(at + 2);
  const time = (from: number) => `${Math.floor(l.u32(from) / 1000)}.${String(l.u32(from) % 1000).padStart(3, "0")}`;
  l.text(
    `NetFlow v${hex(version)}, ${time(at + 4)} uptime, ${l.u32(at + 8)}.${String(l.u32(at + 12)).padStart(9, "0")}, `,
  );
  if (version !== 1) l.text(`#${l.u32(at + 16)}, `);
  l.text(`${String(count).padStart(2)} recs`);
  at += layout.header;
  for (let i = 0; i < count; i++, at += layout.record) {
    if (!l.has(at, layout.record)) return cut();
    l.text(`\n  started ${time(at + 24)}, last ${time(at + 28)}`);
    const mask = (from: number, as: number) => version === 1 ? "" : `/${l.u8(from)}:${l.u16(as)}`;
    l.text(`\n    ${l.ip4Text(at)}${mask(at + 44, at + 40)}:${l.u16(at + 32)} `);
    l.text(`> ${l.ip4Text(at + 4)}${mask(at + 45, at + 42)}:${l.u16(at + 34)} >> ${l.ip4Text(at + 8)}\n    `);
    const protocol = l.u8(at + layout.protocol), flags = l.u8(at + layout.flags);
    l.text(`${protocol} `);
    if (protocol === 6) {
      l.text([...TCP_FLAGS].filter((_, bit) => (flags >> bit & 1) !== 0).join("") + (flags === 0 ? "" : " "));
    }
    const encapsulated = version === 6 ? `(${l.u8(at + 46)}<>${l.u8(at + 47)} encaps)` : "";
    l.text(`tos ${l.u8(at + layout.tos)}, ${l.u32(at + 16)} (${l.u32(at + 20)} octets) ${encapsulated}`);
  }
}
