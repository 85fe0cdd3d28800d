// Spanning trees in a line: STP, RSTP, MSTP, SPB. Pure. IEEE 802.1D, 802.1Q clause 14; the form is tcpdump's.
import { fixed } from "../core/general.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

const VERSIONS = names("0 802.1d|2 802.1w|802.1s|802.1aq");
const TYPES = names("0 Config|2 Rapid STP|128 Topology Change");
const FLAGS = bits(
  "0x1 Topology change|0x2 Proposal|0x10 Learn|0x20 Forward|0x40 Agreement|0x80 Topology change ACK",
);
const ROLES = ["Unknown", "Alternate", "Root", "Designated"];
const role = (flags: number) => ROLES[(flags >> 2) & 3];
const flagText = (flags: number) => bitNames(FLAGS, flags, "none");

/** A bridge protocol data unit of `length` octets at `at`. */
export function printStp(l: Line, at: number, length: number): void {
  l.protocol = "stp";
  if (length < 4) return l.invalid();
  if (l.u16(at) !== 0) return l.text(`unknown STP version, length ${length}`);
  const version = l.u8(at + 2);
  l.text(`STP ${VERSIONS[version] ?? `Unknown STP protocol (0x${hex(version, 2)})`}`);
  if (VERSIONS[version] === undefined) return;
  const type = l.u8(at + 3);
  l.text(`, ${TYPES[type] ?? `Unknown BPDU Type (0x${hex(type, 2)})`}`);
  if (type === 0) {
    if (length < 35) return l.invalid();
    configuration(l, at, length, version === 2);
  } else if (type === 2 && version === 2) {
    if (length < 36) return l.invalid();
    configuration(l, at, length, true);
  } else if (type === 2 && version > 2) {
    if (length < 102 || l.u8(at + 35) !== 0) return l.invalid();
    const trees = l.u16(at + 36) + 2;
    if (length < 36 + trees) return l.invalid();
    multiple(l, at, length);
    if (version !== 4) return;
    const bridging = l.u16(at + 36 + trees) + 2;
    if (length < 36 + trees + bridging || bridging < 87) return l.invalid();
    if (l.verbose > 0) shortestPath(l, at + 36 + trees);
  }
}

function bridge(l: Line, at: number): string {
  return `${hex(l.u16(at), 4)}.${l.macText(at + 2)}`;
}

function times(l: Line, at: number): void {
  const time = (from: number) => fixed(l.u16(at + from) / 256, 2);
  l.text(`\n\tmessage-age ${time(27)}s, max-age ${time(29)}s`);
  l.text(`, hello-time ${time(31)}s, forwarding-delay ${time(33)}s`);
}

function configuration(l: Line, at: number, length: number, rapid: boolean): void {
  const flags = l.u8(at + 4);
  l.text(`, Flags [${flagText(flags)}]`);
  l.text(`, bridge-id ${bridge(l, at + 17)}.${hex(l.u16(at + 25), 4)}, length ${length}`);
  if (l.verbose === 0) return;
  times(l, at);
  l.text(`\n\troot-id ${bridge(l, at + 5)}, root-pathcost ${l.u32(at + 13)}`);
  if (rapid) l.text(`, port-role ${role(flags)}`);
}

/** Many trees: the common one, then each instance. */
function multiple(l: Line, at: number, length: number): void {
  const flags = l.u8(at + 4);
  l.text(`, CIST Flags [${flagText(flags)}], length ${length}`);
  if (l.verbose === 0) return;
  l.text(`\n\tport-role ${role(flags)}, CIST root-id ${bridge(l, at + 5)}, CIST ext-pathcost ${l.u32(at + 13)}`);
  l.text(`\n\tCIST regional-root-id ${bridge(l, at + 17)}, CIST port-id ${hex(l.u16(at + 25), 4)},`);
  times(l, at);
  const octets = l.u16(at + 36);
  l.text(`\n\tv3len ${octets}, MCID Name `);
  l.string(at + 39, 32);
  l.text(`, rev ${l.u16(at + 71)},\n\t\tdigest ${l.hexText(at + 73, 16)}, `);
  l.text(`CIST int-root-pathcost ${l.u32(at + 89)},`);
  l.text(`\n\tCIST bridge-id ${bridge(l, at + 93)}, `);
  l.text(`CIST remaining-hops ${l.u8(at + 101)}`);
  for (let left = octets - 64, tree = at + 102; left >= 16; left -= 16, tree += 16) {
    const own = l.u8(tree);
    l.text(`\n\tMSTI ${l.u16(tree + 1) & 0xfff}, Flags [${flagText(own)}], port-role ${role(own)}`);
    l.text(`\n\t\tMSTI regional-root-id ${bridge(l, tree + 1)}, pathcost ${l.u32(tree + 9)}`);
    l.text(
      `\n\t\tMSTI bridge-prio ${l.u8(tree + 13) >> 4}, port-prio ${l.u8(tree + 14) >> 4}, hops ${l.u8(tree + 15)}`,
    );
  }
}

/** What shortest path bridging adds. IEEE 802.1aq. */
function shortestPath(l: Line, at: number): void {
  l.text(`\n\tv4len ${l.u16(at)}, AUXMCID Name `);
  l.string(at + 3, 32);
  l.text(`, Rev ${l.u16(at + 35)},\n\t\tdigest ${l.hexText(at + 37, 16)}`);
  const agreement = l.u8(at + 53), format = l.u8(at + 55), convention = l.u8(at + 56);
  l.text(`\n\tAgreement num ${agreement >> 6}, Discarded Agreement num ${(agreement >> 4) & 3}, `);
  l.text(`Agreement valid-flag ${(agreement >> 3) & 1},\n\tRestricted role-flag: ${(agreement >> 2) & 1}, `);
  l.text(`Format id ${format >> 4} cap ${format}, Convention id ${convention >> 4} cap ${convention},`);
  l.text(`\n\tEdge count ${l.u16(at + 57)}, Agreement digest ${l.hexText(at + 67, 20)}`);
}
