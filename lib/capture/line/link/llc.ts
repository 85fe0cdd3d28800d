// IEEE 802.2 in a line: LLC and SNAP. Pure. The form is tcpdump's.
import { printCdp } from "../bridge/cdp.ts";
import { printDtp, printUdld, printVtp } from "../bridge/cisco.ts";
import { dumped } from "../core/hexdump.ts";
import { printIpx } from "../network/ipx.ts";
import { hex, type Line } from "../core/line.ts";
import { ETHERTYPES, OUIS } from "../core/names.ts";
import { printOsi } from "../network/osi.ts";
import { printStp } from "../bridge/stp.ts";
import { names } from "../core/table.ts";

const SAPS = names(
  "0 Null|2 802.1B I|802.1B G|SNA|6 IP|14 ProWay NM|66 STP|78 RS511|126 ISO8208|142 ProWay|170 SNAP|224 IPX|" +
    "240 NetBeui|254 OSI|255 Global",
);
const CISCO = names("267 PVST|VLAN Bridge|273 UDLD|0x2000 CDP|0x2003 VTP|DTP");
const BRIDGED = names(
  "1 Ethernet + FCS|802.4 + FCS|Token Ring + FCS|FDDI + FCS|802.6 + FCS|7 Ethernet w/o FCS|802.4 w/o FCS|" +
    "Token Ring w/o FCS|FDDI w/o FCS|802.6 w/o FCS|14 BPDU",
);
const SUPERVISORY = ["Receiver Ready", "Receiver not Ready", "Reject", "?"];
const UNNUMBERED = names("3 ui|15 dm|67 disc|99 ua|111 sabme|135 frmr|175 xid|227 test");

const SNAP = 0xaa;
/** What services of both sides carry. */
const NETWORKS: Readonly<Record<number, (l: Line, at: number, length: number) => void>> = {
  0x06: (l, at, length) => l.layers.ip(l, at, length),
  0x42: printStp,
  0xe0: (l, at, length) => {
    if (l.link) l.text("IPX 802.2: ");
    printIpx(l, at, length);
  },
  0xfe: (l, at, length) => printOsi(l, at, length),
};

/** Where the MAC addresses stand. */
export interface Ends {
  readonly source: number;
  readonly target: number;
}

/**
 * A frame of `length` octets at `at` between `ends`. Gives the octets of its header,
 * negative when the octets behind it are still to be shown.
 */
export function printLlc(l: Line, at: number, length: number, ends?: Ends): number {
  l.protocol = "llc";
  const short = (count: number) => {
    l.text(" [|llc]");
    dumped(l, at, l.end - at);
    return l.has(at, count) ? length : Math.min(count, l.end - at);
  };
  if (length < 3 || !l.has(at, 3)) return short(3);
  const dsap = l.u8(at), ssap = l.u8(at + 1);
  let control = l.u8(at + 2), header = 3, unnumbered = true;
  if ((control & 3) !== 3) {
    if (length < 4 || !l.has(at, 4)) return short(4);
    control |= l.u8(at + 3) << 8;
    header = 4;
    unnumbered = false;
  }
  if (dsap === 0xff && ssap === 0xff) {
    if (l.link) l.text("IPX 802.3: ");
    printIpx(l, at, length);
    return 0;
  }
  const to = dsap & 0xfe, from = ssap & 0xfe;
  if (l.link) {
    l.text(`LLC, dsap ${SAPS[to] ?? "Unknown"} (0x${hex(to, 2)}) ${(dsap & 1) === 0 ? "Individual" : "Group"}, `);
    l.text(`ssap ${SAPS[from] ?? "Unknown"} (0x${hex(from, 2)}) ${(ssap & 1) === 0 ? "Command" : "Response"}, `);
    l.text(`ctrl 0x${hex(control, unnumbered ? 2 : 4)}: `);
  }
  const body = at + header, left = length - header;
  // Where the link has told nothing else, a dump begins behind LLC and SNAP.
  if (l.depth === 0 && l.header === 0) l.header = body - l.start + (to === SNAP && control === 3 ? 5 : 0);
  if (to === from && control === 3 && unnumbered) {
    if (to === SNAP) return snap(l, body, left, ends) ? header + 5 : -(header + 5);
    const print = NETWORKS[to];
    if (print !== undefined) {
      print(l, body, left);
      return header;
    }
  }
  if (!l.link) sides(l, from, to, ends);
  const poll = (control & (unnumbered ? 0x10 : 0x100)) !== 0, response = (ssap & 1) !== 0;
  const flags = `Flags [${poll ? (response ? "Final" : "Poll") : response ? "Response" : "Command"}], length ${length}`;
  if (unnumbered) return explainsUnnumbered(l, control & 0xef, flags, body, left) ? header : -header;
  const supervisory = (control & 1) !== 0;
  l.text(
    supervisory ? `Supervisory, ${SUPERVISORY[(control >> 2) & 3]}` : `Information, send seq ${(control >> 1) & 127}`,
  );
  l.text(`, rcv seq ${control >> 9}, ${flags}`);
  return supervisory ? header : -header;
}

const XID = 0xaf;

/** A command without numbers, with what stands behind it; `false` when that is still to be shown. */
function explainsUnnumbered(l: Line, command: number, flags: string, at: number, left: number): boolean {
  l.text(`Unnumbered, ${UNNUMBERED[command] ?? hex(command, 2)}, ${flags}`);
  if (command !== XID) return false;
  if (left === 0) return true;
  if (!l.has(at, 1)) {
    l.text(" [|llc]");
    return true;
  }
  if (l.u8(at) !== 0x81) return false;
  if (left >= 3 && l.has(at, 3)) l.text(`: ${hex(l.u8(at + 1), 2)} ${hex(l.u8(at + 2), 2)}`);
  else {
    l.text(" [|llc]");
    dumped(l, at, l.end - at);
  }
  return true;
}

/** Who speaks to whom, where nothing else says so. */
function sides(l: Line, from: number, to: number, ends: Ends | undefined): void {
  const name = (sap: number, side: string) => SAPS[sap] ?? `Unknown ${side} 0x${hex(sap, 2)}`;
  const source = ends === undefined ? "" : `${l.macText(ends.source)} `;
  const target = ends === undefined ? "" : `${l.macText(ends.target)} `;
  if (from !== to) l.text(`${source}${name(from, "SSAP")} > ${target}${name(to, "DSAP")} `);
  else if (ends === undefined) l.text(`${name(to, "DSAP")} `);
  else l.text(`${source}> ${target}${name(to, "DSAP")} `);
}

/** Names of protocols by who defined them. */
function protocolText(oui: number, type: number): string {
  if (oui === 0x00000c) return CISCO[type] ?? "Unknown";
  if (oui === 0x0080c2) return BRIDGED[type] ?? "Unknown";
  const ethernet = oui === 0 || oui === 0x0000f8 || oui === 0x080007;
  return ethernet ? ETHERTYPES[type] ?? "Unknown" : "Unknown";
}

/** RFC 1042; `false` when nothing is known of what it carries. `pad` octets stand before bridged frames. */
export function snap(l: Line, at: number, length: number, ends?: Ends, pad = 2): boolean {
  l.protocol = "snap";
  if (length < 5 || !l.has(at, 5)) {
    l.text(" [|snap]");
    return true;
  }
  const oui = l.u24(at), type = l.u16(at + 3);
  at += 5;
  length -= 5;
  const kind = oui === 0 ? "ethertype" : "pid";
  const typeText = `${protocolText(oui, type)} (0x${hex(type, 4)}), length ${length}: `;
  if (l.link) l.text(`oui ${OUIS[oui] ?? "Unknown"} (0x${hex(oui, 6)}), ${kind} ${typeText}`);
  if (oui === 0 || oui === 0x0000f8 || (oui === 0x080007 && type === 0x809b)) {
    if (l.layers.etherType(l, type, at, length)) return true;
  } else if (oui === 0x00000c) {
    if (type === 0x2000) printCdp(l, at, length);
    else if (type === 0x2004) printDtp(l, at, length);
    else if (type === 0x0111) printUdld(l, at, length);
    else if (type === 0x2003) printVtp(l, at, length);
    else if (type === 0x010b || type === 0x010c) printStp(l, at, length);
    if (CISCO[type] !== undefined) return true;
  } else if (oui === 0x0080c2) {
    if (type === 1 || type === 7) {
      l.need(at, pad);
      l.layers.ether(l, at + pad, length - pad);
      return true;
    }
    if (type === 14) {
      printStp(l, at, length);
      return true;
    }
  }
  if (l.link) return false;
  if (ends !== undefined) l.text(`${l.macText(ends.source)} > ${l.macText(ends.target)} `);
  l.text("SNAP, ");
  if (oui !== 0) l.text(`oui ${OUIS[oui] ?? "Unknown"} (0x${hex(oui, 6)}), `);
  l.text(`${kind} ${typeText}`);
  return false;
}
