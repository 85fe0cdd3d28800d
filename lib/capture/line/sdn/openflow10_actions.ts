// What flows match and what is done with them in OpenFlow 1.0, under a line (-v). Pure. ONF TS-001 5.2;
// the form is tcpdump's.
import { hex } from "../core/line.ts";
import { vlanText } from "../core/names.ts";
import { type Cursor, guarded, nameOr, oneOf, printData, vendorText } from "./messages.ts";
import { ACTIONS, BSN, BSN_ACTIONS, BSN_STAGES, PORTS, WILDCARDS } from "./openflow10_words.ts";

export const MATCH = 40;
const ALL = 0xffff_ffff;
/** Bits of fields that may be anything. */
const [IN_PORT, VLAN, SOURCE, TARGET, TYPE, PROTOCOL, FROM, TO, PRIORITY, TOS] = WILDCARDS.map(([bit]) => bit);
const CONTROLLER = 0xfffd;

const vlanId = (id: number) => id === 0xffff ? "NONE" : `${id}${id > 0 && id < 0xfff ? "" : " (bogus)"}`;
const priority = (value: number) => `${value}${value <= 7 ? "" : " (bogus)"}`;

/** The forty octets of a match, a field a line after `indent`. */
export function printMatch(c: Cursor, indent: string): void {
  const wild = c.u32(), told = (bit: number | undefined) => (wild & bit!) === 0;
  const field = (bit: number | undefined, text: () => string, size: number) => {
    if (told(bit)) c.text(`${indent}match ${text()}`);
    else c.skip(size);
  };
  if ((wild & 0xffc00000) !== 0) c.text(`${indent}wildcards 0x${hex(wild, 8)} (bogus)`);
  field(IN_PORT, () => `in_port ${nameOr(PORTS, c.u16())}`, 2);
  field(SOURCE, () => `dl_src ${c.mac()}`, 6);
  field(TARGET, () => `dl_dst ${c.mac()}`, 6);
  field(VLAN, () => `dl_vlan ${vlanId(c.u16())}`, 2);
  field(PRIORITY, () => `dl_vlan_pcp ${priority(c.u8())}`, 1);
  c.skip(1);
  const type = c.u16();
  if (told(TYPE)) c.text(`${indent}match dl_type 0x${hex(type, 4)}`);
  field(TOS, () => `nw_tos 0x${hex(c.u8(), 2)}`, 1);
  const protocol = c.u8();
  if (told(PROTOCOL)) {
    c.text(`${indent}match ${told(TYPE) && type === 0x0806 ? "arp_opcode" : "nw_proto"} ${protocol}`);
  }
  c.skip(2);
  for (const [name, shift] of [["nw_src", 8], ["nw_dst", 14]] as const) {
    const any = wild >> shift & 63;
    if (any < 32) c.text(`${indent}match ${name} ${c.ip4()}/${32 - any}`);
    else c.skip(4);
  }
  const icmp = told(TYPE) && type === 0x0800 && told(PROTOCOL) && protocol === 1;
  field(FROM, () => `${icmp ? "icmp_type" : "tp_src"} ${c.u16()}`, 2);
  if (told(TO)) c.text(`${indent}match ${icmp ? "icmp_code" : "tp_dst"} ${c.u16()}`);
  else c.pass(2);
}

/** Octets of an action by its kind; those of a vendor are a multiple of eight. */
const SIZES: Readonly<Record<number, number>> = { 4: 16, 5: 16, 11: 16 };
const VENDOR = 0xffff;

/** Actions, each on a line after `indent`. */
export function printActions(c: Cursor, indent: string): void {
  while (c.left > 0) {
    c.expect(c.left >= 8);
    const type = c.u16();
    c.text(`${indent}action type ${oneOf(ACTIONS, type, 4)}`);
    const size = c.u16();
    c.text(`, len ${size}`);
    c.expect(size >= 8 && size <= c.left + 4);
    const known = ACTIONS[type] !== undefined;
    const wrong = known && (type === VENDOR ? size % 8 !== 0 : size !== (SIZES[type] ?? 8));
    if (wrong) c.text(" (bogus)");
    if (!known || wrong) c.pass(size - 4);
    else if (type === VENDOR) c.inner(size - 4, vendorAction);
    else action(c, type);
  }
}

function action(c: Cursor, type: number): void {
  switch (type) {
    case 0: {
      const port = c.u16();
      c.text(`, port ${nameOr(PORTS, port)}`);
      if (port === CONTROLLER) c.text(`, max_len ${c.u16()}`);
      else c.pass(2);
      return;
    }
    case 1:
      c.text(`, vlan_vid ${vlanId(c.u16())}`);
      return c.pass(2);
    case 2:
      c.text(`, vlan_pcp ${priority(c.u8())}`);
      return c.pass(3);
    case 3:
      return c.pass(4);
    case 4:
    case 5:
      c.text(`, dl_addr ${c.mac()}`);
      return c.pass(6);
    case 6:
    case 7:
      return c.text(`, nw_addr ${c.ip4()}`);
    case 8:
      c.text(`, nw_tos 0x${hex(c.u8(), 2)}`);
      return c.pass(3);
    case 9:
    case 10:
      c.text(`, tp_port ${c.u16()}`);
      return c.pass(2);
    case 11: {
      c.text(`, port ${nameOr(PORTS, c.u16())}`);
      c.skip(6);
      const queue = c.u32();
      return c.text(`, queue_id ${queue === ALL ? "ALL" : queue}`);
    }
  }
}

function vendorAction(c: Cursor): void {
  c.expect(c.left >= 4);
  const vendor = c.u32();
  c.text(`, vendor ${vendorText(vendor)}`);
  if (vendor !== BSN) return printData(c);
  guarded(c, () => {
    c.expect(c.left >= 4);
    const type = c.u32();
    c.text(`\n\t  subtype ${oneOf(BSN_ACTIONS, type, 8, "unknown")}`);
    if (type !== 1) return c.l.must(c.at, c.left);
    c.expect(c.left === 12);
    c.text(`, dest_port ${c.u32()}`);
    const tag = c.u32(), kind = tag >>> 16;
    if (kind === 0) c.text(", vlan_tag none");
    else if (kind === 0x8100) c.text(`, vlan_tag 802.1Q (${vlanText(tag & 0xffff)})`);
    else c.text(`, vlan_tag unknown (0x${hex(kind, 4)})`);
    const stage = c.u8();
    c.text(`, copy_stage ${BSN_STAGES[stage] ?? `unknown (${stage})`}`);
    c.pass(3);
  });
}
