// Messages of OpenFlow 1.0 under a line (-v). Pure. ONF TS-001; the form is tcpdump's.
// To add one: its line in `KINDS_10`.
import { hex } from "../core/line.ts";
import {
  bitsText,
  type Cursor,
  flagsText,
  guarded,
  type Kind,
  nameOr,
  oneOf,
  printData,
  vendorText,
} from "./messages.ts";
import { MATCH, printActions, printMatch } from "./openflow10_actions.ts";
import { printStatisticsReply, printStatisticsRequest } from "./openflow10_statistics.ts";
import * as words from "./openflow10_words.ts";

const PORT = 48;
const bufferText = (buffer: number) => buffer === 0xffff_ffff ? "NONE" : `0x${hex(buffer, 8)}`;

function port(c: Cursor): void {
  c.text(`\n\t  port_no ${nameOr(words.PORTS, c.u16())}`);
  c.text(`, hw_addr ${c.mac()}, name '`);
  c.name(16);
  c.text("'");
  if (c.l.verbose < 2) return c.pass(24);
  const line = (text: string) => c.text(`\n\t   ${text}`);
  line(flagsText("config", c.u32(), words.PORT_CONFIG));
  const state = c.u32();
  line(`state 0x${hex(state, 8)} (${words.SPANNING_TREE[state & 0x300]}${(state & 1) !== 0 ? ", LINK_DOWN" : ""})`);
  if ((state & ~0x301) !== 0) c.text(" (bogus)");
  for (const name of ["curr", "advertised", "supported", "peer"]) {
    line(flagsText(name, c.u32(), words.PORT_FEATURES));
  }
}

function features(c: Cursor): void {
  c.text(`\n\t dpid 0x${c.u64().toString(16).padStart(16, "0")}`);
  c.text(`, n_buffers ${c.u32()}`);
  c.text(`, n_tables ${c.u8()}`);
  c.skip(3);
  // One bit is reserved: it is named and counted among the wrong ones.
  const able = c.u32(), reserved = (able & 0x10) !== 0 && (able & 0xffffff00) === 0 ? " (bogus)" : "";
  c.text(`\n\t ${flagsText("capabilities", able, words.CAPABILITIES)}${reserved}`);
  c.text(`\n\t ${flagsText("actions", c.u32(), words.ACTION_BITS)}`);
  while (c.left > 0) {
    c.expect(c.left >= PORT);
    port(c);
  }
}

function config(c: Cursor): void {
  c.text(`\n\t flags ${oneOf(words.FRAGMENTS, c.u16(), 4)}`);
  c.text(`, miss_send_len ${c.u16()}`);
}

/** A frame that a switch and its controller hand to each other. */
function frame(c: Cursor): void {
  const { l, at, left } = c;
  if (left === 0) return;
  l.text(`\n\t data (${left} octets)`);
  if (l.verbose < 3) return l.must(at, left);
  l.text(", frame decoding below\n");
  l.verbose -= 3;
  try {
    l.within(at + left, () => l.layers.ether(l, at, left));
  } finally {
    l.verbose += 3;
  }
}

function flowChange(c: Cursor): void {
  printMatch(c, "\n\t ");
  c.text(`\n\t cookie 0x${c.u64().toString(16).padStart(16, "0")}`);
  const command = c.u16();
  c.text(`, command ${oneOf(words.COMMANDS, command, 4)}`);
  for (const name of ["idle_timeout", "hard_timeout", "priority"]) {
    const value = c.u16();
    if (value !== 0) c.text(`, ${name} ${value}`);
  }
  if (command < 3) c.text(`, buffer_id ${bufferText(c.u32())}`);
  else c.skip(4);
  if (command === 3 || command === 4) c.text(`, out_port ${nameOr(words.PORTS, c.u16())}`);
  else c.skip(2);
  const flags = c.u16();
  c.text(`, flags 0x${hex(flags, 4)}${bitsText(words.FLOW_FLAGS, flags)}`);
  printActions(c, "\n\t ");
}

function removal(c: Cursor): void {
  printMatch(c, "\n\t ");
  c.text(`\n\t cookie 0x${c.u64().toString(16).padStart(16, "0")}`);
  const priority = c.u16();
  if (priority !== 0) c.text(`, priority ${priority}`);
  c.text(`, reason ${oneOf(words.REMOVAL_REASONS, c.u8(), 2, "unknown")}`);
  c.skip(1);
  c.text(`, duration_sec ${c.u32()}`);
  c.text(`, duration_nsec ${c.u32()}`);
  const idle = c.u16();
  if (idle !== 0) c.text(`, idle_timeout ${idle}`);
  c.skip(2);
  c.text(`, packet_count ${c.u64()}`);
  c.text(`, byte_count ${c.u64()}`);
}

function portChange(c: Cursor): void {
  c.text(`\n\t port_no ${nameOr(words.PORTS, c.u16())}`);
  c.text(`, hw_addr ${c.mac()}`);
  c.text(`\n\t ${flagsText("config", c.u32(), words.PORT_CONFIG)}`);
  c.text(`\n\t ${flagsText("mask", c.u32(), words.PORT_CONFIG)}`);
  c.text(`\n\t ${flagsText("advertise", c.u32(), words.PORT_FEATURES)}`);
  c.pass(4);
}

function queues(c: Cursor): void {
  while (c.left > 0) {
    c.expect(c.left >= 8);
    c.text(`\n\t  queue_id ${c.u32()}`);
    const size = c.u16();
    c.text(`, len ${size}`);
    c.expect(size >= 8 && size <= c.left + 6);
    c.pass(2);
    if (c.l.verbose >= 2) c.inner(size - 8, properties);
    else c.pass(size - 8);
  }
}

function properties(c: Cursor): void {
  while (c.left > 0) {
    c.expect(c.left >= 8);
    const type = c.u16();
    c.text(`\n\t   property ${oneOf(words.QUEUE_PROPERTIES, type, 4)}`);
    const size = c.u16();
    c.text(`, len ${size}`);
    c.expect(size >= 8 && size <= c.left + 4);
    c.pass(4);
    const wrong = type === 0 && size !== 8 || type === 1 && size !== 16;
    if (wrong) c.text(" (bogus)");
    if (type !== 1 || wrong) {
      c.pass(size - 8);
      continue;
    }
    const rate = c.u16();
    c.text(rate > 1000 ? ", rate disabled" : `, rate ${Math.floor(rate / 10)}.${rate % 10}%`);
    c.pass(6);
  }
}

function vendor(c: Cursor): void {
  const who = c.u32();
  c.text(`, vendor ${vendorText(who)}`);
  if (who === words.BSN) guarded(c, bigSwitch);
  else printData(c);
}

/** Messages of Big Switch Networks' extensions that say nothing besides their kind. */
const BARE = new Set([9, 13, 19, 21, 27]);

function bigSwitch(c: Cursor): void {
  c.expect(c.left >= 4);
  const type = c.u32();
  c.text(`\n\t subtype ${oneOf(words.BSN_MESSAGES, type, 8, "unknown")}`);
  const words8 = (size: number) => c.expect(c.left === size);
  const data = () => {
    c.text(", data '");
    c.l.octets(c.at, c.left);
    c.text("'");
  };
  switch (type) {
    case 1:
      words8(8);
      c.text(`, index ${c.u8()}`);
      return c.pass(7);
    case 0:
    case 2:
      words8(8);
      c.text(`, index ${c.u8()}`);
      c.skip(3);
      return c.text(`, mask ${c.ip4()}`);
    case 3:
    case 4:
    case 5: {
      words8(4);
      const on = c.u8();
      c.text(`, report_mirror_ports ${["OFF", "ON"][on] ?? `bogus (${on})`}`);
      return c.pass(3);
    }
    case 17:
      words8(4);
      return c.text(`, vport_no ${c.u32()}`);
    case 6:
      c.expect(c.left >= 4);
      c.text(`, service ${c.u32()}`);
      return data();
    case 7:
      return data();
    case 8:
      words8(4);
      return c.text(`, status 0x${hex(c.u32(), 8)}`);
  }
  if (BARE.has(type)) c.expect(c.left === 0);
  else c.l.must(c.at, c.left);
}

/** Kinds of messages by number. */
export const KINDS_10: Readonly<Record<number, Kind>> = {
  0: { name: "HELLO", print: printData },
  1: {
    name: "ERROR",
    least: 4,
    print(c) {
      const type = c.u16();
      c.text(`\n\t type ${oneOf(words.ERRORS, type, 4)}`);
      c.text(`, code ${oneOf(words.ERROR_CODES[type] ?? {}, c.u16(), 4)}`);
      printData(c);
    },
  },
  2: { name: "ECHO_REQUEST", print: printData },
  3: { name: "ECHO_REPLY", print: printData },
  4: { name: "VENDOR", least: 4, print: vendor },
  5: { name: "FEATURES_REQUEST", exactly: 0 },
  6: { name: "FEATURES_REPLY", least: 24, print: features },
  7: { name: "GET_CONFIG_REQUEST", exactly: 0 },
  8: { name: "GET_CONFIG_REPLY", exactly: 4, print: config },
  9: { name: "SET_CONFIG", exactly: 4, print: config },
  10: {
    name: "PACKET_IN",
    least: 10,
    print(c) {
      c.text(`\n\t buffer_id ${bufferText(c.u32())}`);
      c.text(`, total_len ${c.u16()}`);
      c.text(`, in_port ${nameOr(words.PORTS, c.u16())}`);
      c.text(`, reason ${oneOf(words.PACKET_REASONS, c.u8(), 2)}`);
      c.pass(1);
      frame(c);
    },
  },
  11: { name: "FLOW_REMOVED", exactly: MATCH + 40, print: removal },
  12: {
    name: "PORT_STATUS",
    exactly: 56,
    print(c) {
      c.text(`\n\t reason ${oneOf(words.PORT_REASONS, c.u8(), 2)}`);
      c.skip(7);
      port(c);
    },
  },
  13: {
    name: "PACKET_OUT",
    least: 8,
    print(c) {
      c.text(`\n\t buffer_id 0x${hex(c.u32(), 8)}`);
      c.text(`, in_port ${nameOr(words.PORTS, c.u16())}`);
      const size = c.u16();
      c.expect(size <= c.left);
      c.inner(size, (inner) => printActions(inner, "\n\t "));
      frame(c);
    },
  },
  14: { name: "FLOW_MOD", least: MATCH + 24, print: flowChange },
  15: { name: "PORT_MOD", exactly: 24, print: portChange },
  16: { name: "STATS_REQUEST", least: 4, print: printStatisticsRequest },
  17: { name: "STATS_REPLY", least: 4, print: printStatisticsReply },
  18: { name: "BARRIER_REQUEST", exactly: 0 },
  19: { name: "BARRIER_REPLY", exactly: 0 },
  20: {
    name: "QUEUE_GET_CONFIG_REQUEST",
    exactly: 4,
    print(c) {
      c.text(`\n\t port ${nameOr(words.PORTS, c.u16())}`);
      c.pass(2);
    },
  },
  21: {
    name: "QUEUE_GET_CONFIG_REPLY",
    least: 8,
    print(c) {
      c.text(`\n\t port ${nameOr(words.PORTS, c.u16())}`);
      c.pass(6);
      queues(c);
    },
  },
};
