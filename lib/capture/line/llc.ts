// IEEE 802.2 in a line: LLC, SNAP, spanning tree, CDP. Pure. The form is tcpdump's.
import { bitNames, type Line } from "./line.ts";
import { ETHERTYPES } from "./names.ts";

const SAPS: Record<number, string> = {
  0x00: "Null",
  0x02: "802.1B I",
  0x03: "802.1B G",
  0x06: "IP",
  0x08: "SNA",
  0x0c: "SNA",
  0x0e: "ProWay NM",
  0x42: "STP",
  0x8e: "ProWay ASM",
  0xaa: "SNAP",
  0xe0: "IPX",
  0xf0: "NetBeui",
  0xfe: "OSI",
  0xff: "Global",
};
const OUIS: Record<number, string> = {
  0x000000: "Ethernet",
  0x00000c: "Cisco",
  0x00000f: "Nortel SONMP",
  0x0000f8: "Cisco bridged",
  0x0080c2: "RFC2684",
  0x00603d: "ATM Forum",
  0x000ac3: "IANA",
  0x080007: "Appletalk",
};
const SUPERVISORY = ["Receiver Ready", "Receiver not Ready", "Reject", "#3"];
const UNNUMBERED: Record<number, string> = {
  0x03: "ui",
  0x63: "ua",
  0x43: "disc",
  0x0f: "dm",
  0x6f: "sabme",
  0xe3: "test",
  0xaf: "xid",
  0x87: "frmr",
};

/** What `printLlc` gives when it wrote nothing, and when it wrote what it could and the octets are still to be shown. */
export const NOT_KNOWN = -1, NOT_EXPLAINED = -2;

/** A frame of `length` octets at `at`. Gives the octets of its header, `NOT_KNOWN` or `NOT_EXPLAINED`. */
export function printLlc(l: Line, at: number, length: number, frame: number): number {
  l.protocol = "llc";
  if (length < 3 || !l.has(at, 3)) {
    l.text(" [|llc]");
    return NOT_EXPLAINED;
  }
  const dsap = l.u8(at), ssap = l.u8(at + 1);
  let control = l.u8(at + 2), header = 3, unnumbered = true;
  if ((control & 3) !== 3) {
    // Two octets of control.
    if (length < 4 || !l.has(at + 2, 2)) {
      l.text(" [|llc]");
      return 0;
    }
    control = control | l.u8(at + 3) << 8;
    header = 4;
    unnumbered = false;
  }
  if (dsap === 0xff && ssap === 0xff) {
    if (l.link) l.text("IPX 802.3: ");
    ipx(l, at);
    return 0;
  }
  if (l.link) {
    const sap = (value: number) => SAPS[value & 0xfe] ?? "Unknown";
    l.text(
      `LLC, dsap ${sap(dsap)} (0x${(dsap & 0xfe).toString(16).padStart(2, "0")}) ${
        (dsap & 1) === 0 ? "Individual" : "Group"
      }, ssap ${sap(ssap)} (0x${(ssap & 0xfe).toString(16).padStart(2, "0")}) ${
        (ssap & 1) === 0 ? "Command" : "Response"
      }`,
    );
    l.text(`, ctrl 0x${control.toString(16).padStart(unnumbered ? 2 : 4, "0")}: `);
  }
  if (dsap === 0xaa && ssap === 0xaa && control === 3) {
    if (snap(l, at + 3, length - 3)) return 8;
    return NOT_KNOWN;
  }
  if (unnumbered && control === 3) {
    if (dsap === 0x42 && ssap === 0x42) {
      printStp(l, at + 3, length - 3);
      return 3;
    }
    if (dsap === 0x06 && ssap === 0x06) {
      l.layers.ip(l, at + 3, length - 3);
      return 3;
    }
    if (dsap === 0xe0 && ssap === 0xe0) {
      if (l.link) l.text("IPX 802.2: ");
      ipx(l, at + 3);
      return 3;
    }
    if (dsap === 0xfe && ssap === 0xfe) {
      const nlpid: Record<number, string> = { 0x81: "CLNP", 0x82: "ES-IS", 0x83: "IS-IS" };
      if (l.link) {
        l.text(`OSI NLPID ${nlpid[l.u8(at + 3)] ?? "Unknown"} (0x${l.u8(at + 3).toString(16).padStart(2, "0")}): `);
      }
      l.text(`${nlpid[l.u8(at + 3)] ?? "OSI"}, length ${length - 3}`);
      return 3;
    }
  }
  if (!l.link) {
    const from = SAPS[ssap & 0xfe], to = SAPS[dsap & 0xfe];
    const mac = (at: number, after: string) => {
      if (frame >= 0) {
        l.out.mac(l.bytes, frame + at);
        l.text(after);
      }
    };
    const unknown = (side: string, sap: number) => `Unknown ${side} 0x${(sap & 0xfe).toString(16).padStart(2, "0")}`;
    mac(6, " ");
    if ((ssap & 0xfe) === (dsap & 0xfe)) {
      if (frame >= 0) l.text("> ");
      mac(0, " ");
      l.text(`${to ?? unknown("DSAP", dsap)} `);
    } else {
      l.text(`${from ?? unknown("SSAP", ssap)} > `);
      mac(0, " ");
      l.text(`${to ?? unknown("DSAP", dsap)} `);
    }
  }
  const poll = unnumbered ? (control & 0x10) !== 0 : (control & 0x100) !== 0;
  const response = (ssap & 1) !== 0;
  const flags = poll ? (response ? "Final" : "Poll") : response ? "Response" : "Command";
  const at3 = at + header;
  if (unnumbered) {
    const command = UNNUMBERED[control & 0xef];
    l.text(
      `Unnumbered, ${
        command ?? `${(control & 0xef).toString(16).padStart(2, "0")}`
      }, Flags [${flags}], length ${length}`,
    );
    if ((control & 0xef) === 0xaf && length > 3 + 2 && l.has(at3, 3) && l.u8(at3) === 0x81) {
      l.text(`: ${l.u8(at3 + 1).toString(16).padStart(2, "0")} ${l.u8(at3 + 2).toString(16).padStart(2, "0")}`);
      return 3;
    }
    return NOT_EXPLAINED;
  }
  if ((control & 1) === 0) {
    l.text(
      `Information, send seq ${(control >> 1) & 127}, rcv seq ${control >> 9}, Flags [${flags}], length ${length}`,
    );
  } else {
    l.text(
      `Supervisory, ${SUPERVISORY[(control >> 2) & 3]}, rcv seq ${control >> 9}, Flags [${flags}], length ${length}`,
    );
    return 4;
  }
  return NOT_EXPLAINED;
}

function snap(l: Line, at: number, length: number): boolean {
  l.protocol = "snap";
  if (length < 5 || !l.has(at, 5)) {
    l.text(" [|snap]");
    return true;
  }
  const oui = l.u24(at), type = l.u16(at + 3);
  if (l.link) {
    const name = OUIS[oui] ?? "Unknown";
    const kind = oui === 0 ? "ethertype" : "pid";
    const typeName = oui === 0 || oui === 0x0000f8 || oui === 0x080007
      ? ETHERTYPES.get(type) ?? "Unknown"
      : oui === 0x00000c && type === 0x2000
      ? "CDP"
      : "Unknown";
    l.text(
      `oui ${name} (0x${oui.toString(16).padStart(6, "0")}), ${kind} ${typeName} (0x${
        type.toString(16).padStart(4, "0")
      }), length ${length - 5}: `,
    );
  }
  if (oui === 0 || oui === 0x0000f8) return l.layers.etherType(l, type, at + 5, length - 5);
  if (oui === 0x00000c && type === 0x2000) {
    cdp(l, at + 5, length - 5);
    return true;
  }
  return false;
}

function ipx(l: Line, at: number): void {
  l.protocol = "ipx";
  if (!l.link) l.text("IPX ");
  l.need(at, 30);
  const side = (from: number) => {
    l.out.hex(l.u32(from), 8);
    l.text(".");
    l.mac(from + 4);
    l.text(".");
    l.out.hex(l.u16(from + 10), 4);
  };
  side(at + 18);
  l.text(" > ");
  side(at + 6);
  l.text(": ");
  l.text(`ipx-#${l.u16(at + 16).toString(16)} ${l.u16(at + 2) - 30}`);
}

const STP_FLAGS = [[0x01, "Topology change"], [0x80, "Topology change ACK"]] as const;
const RSTP_FLAGS = [
  [0x01, "Topology change"],
  [0x02, "Proposal"],
  [0x10, "Learn"],
  [0x20, "Forward"],
  [0x40, "Agreement"],
  [0x80, "Topology change ACK"],
] as const;
const ROLES = ["Unknown", "Alternate", "Root", "Designated"];

function bridge(l: Line, at: number): void {
  l.out.hex(l.u16(at), 4);
  l.text(".");
  l.mac(at + 2);
}

/** A bridge protocol data unit. IEEE 802.1D. */
function printStp(l: Line, at: number, length: number): void {
  l.protocol = "stp";
  if (length < 4) {
    l.text(" [|stp]");
    return;
  }
  if (l.u16(at) !== 0) {
    l.text(`unknown STP version, length ${length}`);
    return;
  }
  const version = l.u8(at + 2), type = l.u8(at + 3);
  const versions: Record<number, string> = { 0: "STP 802.1d", 2: "STP 802.1w", 3: "STP 802.1s", 4: "STP 802.1aq" };
  l.text(versions[version] ?? `Unknown STP protocol (0x${version.toString(16).padStart(2, "0")})`);
  if (versions[version] === undefined) return;
  const types: Record<number, string> = { 0: "Config", 2: "Rapid STP", 0x80: "Topology Change" };
  l.text(`, ${types[type] ?? `Unknown BPDU Type (0x${type.toString(16).padStart(2, "0")})`}`);
  if (type === 0x80) return;
  if (type !== 0 && type !== 2) return;
  if (length < 35) {
    l.text(" (invalid)");
    return;
  }
  const flags = l.u8(at + 4);
  l.text(`, Flags [${bitNames(type === 2 ? RSTP_FLAGS : STP_FLAGS, flags, "none")}]`);
  l.text(", bridge-id ");
  bridge(l, at + 17);
  l.text(`.${l.u16(at + 25).toString(16).padStart(4, "0")}, length ${length}`);
  if (l.verbose === 0) return;
  const time = (from: number) => (l.u16(from) / 256).toFixed(2);
  l.text(
    `\n\tmessage-age ${time(at + 27)}s, max-age ${time(at + 29)}s, hello-time ${time(at + 31)}s, forwarding-delay ${
      time(at + 33)
    }s\n\troot-id `,
  );
  bridge(l, at + 5);
  l.text(`, root-pathcost ${l.u32(at + 13)}`);
  if (type === 2) l.text(`, port-role ${ROLES[(flags >> 2) & 3]}`);
}

function cdp(l: Line, at: number, length: number): void {
  l.protocol = "cdp";
  l.need(at, 4);
  l.text(`CDPv${l.u8(at)}, ttl: ${l.u8(at + 1)}s`);
  if (l.verbose > 0) {
    l.text(`, checksum: 0x${l.u16(at + 2).toString(16).padStart(4, "0")} (unverified), length ${length}`);
  }
  let cursor = at + 4;
  const end = at + length;
  while (cursor + 4 <= end) {
    const type = l.u16(cursor), size = l.u16(cursor + 2);
    if (size < 4) break;
    if (type === 1 && l.verbose === 0) {
      l.text(", Device-ID '");
      l.safeText(cursor + 4, size - 4);
      l.text("'");
    }
    cursor += size;
  }
  if (l.verbose < 1) l.text(`, length ${length}`);
}
