// What switches put into frames for the processor behind them, in a line: Marvell DSA and EDSA, Broadcom. Pure.
// The form is tcpdump's.
import type { SwitchTag } from "./ether.ts";
import { hex, type Line } from "../core/line.ts";
import { ETHERTYPES } from "../core/names.ts";
import { names } from "../core/table.ts";

const MODES = ["To CPU", "From CPU", "To Sniffer", "Forward"];
const CODES = names("0 BPDU (MGMT) Trap|Frame2Reg|IGMP/MLD Trap|Policy Trap|ARP Mirror|Policy Mirror");

/** The four octets that both of Marvell's tags have. */
function marvell(l: Line, at: number): void {
  const first = l.u8(at), second = l.u8(at + 1), third = l.u8(at + 2);
  const mode = first >> 6, tagged = (first & 0x20) !== 0, device = first & 31, port = second >> 3;
  const bit = (second & 4) !== 0, vlan = l.u16(at + 2) & 0xfff;
  if (l.link) {
    l.text(`mode ${MODES[mode]}, `);
    if (mode === 3) l.text(`dev ${device}, ${bit ? "trunk" : "port"} ${port}, `);
    else l.text(`${mode === 1 ? "target" : "source"} dev ${device}, port ${port}, `);
    if (mode === 0) l.text(`code ${CODES[(second & 6) | ((third >> 4) & 1)] ?? "reserved"}, `);
    else if (mode === 2) l.text(`${bit ? "ingress" : "egress"} sniff, `);
    return l.text(
      `${tagged ? "tagged" : "untagged"}, ${(second & 1) !== 0 ? "CFI, " : ""}VID ${vlan}, FPri ${third >> 5}, `,
    );
  }
  if (mode === 3) l.text(`Forward ${bit ? "trunk" : "port"} ${device}.${port}, `);
  else if (mode === 1) l.text(`CPU > port ${device}.${port}, `);
  else if (mode === 0) l.text(`port ${device}.${port} > CPU, `);
  else l.text(`port ${device}.${port} > ${bit ? "Rx" : "Tx"} Sniffer, `);
  l.text(`VLAN ${vlan}${tagged ? "t" : "u"}, `);
}

export const DSA: SwitchTag = {
  size: 4,
  print(l, at) {
    l.text(l.link ? "Marvell DSA " : "DSA ");
    marvell(l, at);
  },
};

export const EDSA: SwitchTag = {
  size: 8,
  print(l, at) {
    const type = l.u16(at);
    if (l.link) {
      l.text(`Marvell EDSA ethertype 0x${hex(type, 4)} (${ETHERTYPES[type] ?? "Unknown"}), `);
      l.text(`rsvd ${l.u8(at + 2)} ${l.u8(at + 3)}, `);
    } else l.text(`EDSA 0x${hex(type, 4)}, `);
    marvell(l, at + 4);
  },
};

const TAGGING = ["None", "Untag", "Header", "Reserved"];
const REASONS = names("1 mirror|MAC learning|4 switching|8 prot term|16 prot snoop|32 exception");

export const BROADCOM: SwitchTag = {
  size: 4,
  print(l, at) {
    const [first, second, third, fourth] = [l.u8(at), l.u8(at + 1), l.u8(at + 2), l.u8(at + 3)];
    l.text(`BRCM tag OP: ${first !== 0 ? "IG" : "EG"}`);
    if ((first & 0x20) !== 0) {
      l.text(`, TC: ${(second >> 2) & 7}, TE: ${TAGGING[second & 3]}, TS: ${second >> 7}`);
      l.text(`, DST map: 0x${hex((third << 8 | fourth) & 0x1ff, 4)}, `);
    } else l.text(`, CID: ${second}, RC: ${REASONS[third] ?? "reserved"}, TC: ${fourth >> 5}, port: ${fourth & 31}, `);
  },
};
