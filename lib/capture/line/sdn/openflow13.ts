// Messages of OpenFlow 1.3 under a line (-v), those that tcpdump takes apart. Pure. ONF TS-006; the form is tcpdump's.
// To add one: its line in `KINDS_13`.
import { hex, type Names } from "../core/line.ts";
import { bitsText, type Cursor, flagsText, type Kind, nameOr, oneOf, printData, vendorText } from "./messages.ts";
import { FRAGMENTS, PORT_REASONS } from "./openflow10_words.ts";
import { bits, names } from "../core/table.ts";

const CAPABILITIES = bits(
  "1 FLOW_STATS|2 TABLE_STATS|4 PORT_STATS|8 GROUP_STATS|0x20 IP_REASM|0x40 QUEUE_STATS|0x100 PORT_BLOCKED",
);
const TABLES = names("254 MAX|ALL");
const LENGTHS = names("0xffe5 MAX|0xffff NO_BUFFER");
const CONFIG = bits("1 PORT_DOWN|4 NO_RECV|0x20 NO_FWD|0x40 NO_PACKET_IN");
const STATES = bits("1 LINK_DOWN|2 BLOCKED|4 LIVE");
const FEATURES = bits(
  "1 10MB_HD|2 10MB_FD|4 100MB_HD|8 100MB_FD|0x10 1GB_HD|0x20 1GB_FD|0x40 10GB_FD|0x80 40GB_FD|" +
    "0x100 100GB_FD|0x200 1TB_FD|0x400 OTHER|0x800 COPPER|0x1000 FIBER|0x2000 AUTONEG|0x4000 PAUSE|" +
    "0x8000 PAUSE_ASYM",
);
const PORTS = names("0xffffff00 MAX|0xfffffff8 IN_PORT|TABLE|NORMAL|FLOOD|ALL|CONTROLLER|LOCAL|ANY");
const ROLES = names("0 NOCHANGE|EQUAL|MASTER|SLAVE");
const VERSIONS = bits("1 1.0|2 1.1|4 1.2|8 1.3|0x10 1.4|0x20 1.5");
const PACKET_REASONS = bits("1 NO_MATCH|2 ACTION|4 INVALID_TTL");
const CHANGES = bits("1 ADD|2 DELETE|4 MODIFY");
const ERRORS = names(
  "0 HELLO_FAILED|BAD_REQUEST|BAD_ACTION|BAD_INSTRUCTION|BAD_MATCH|FLOW_MOD_FAILED|GROUP_MOD_FAILED|" +
    "PORT_MOD_FAILED|TABLE_MOD_FAILED|QUEUE_OP_FAILED|SWITCH_CONFIG_FAILED|ROLE_REQUEST_FAILED|" +
    "METER_MOD_FAILED|TABLE_FEATURES_FAILED|0xffff EXPERIMENTER",
);
const ERROR_CODES: Readonly<Record<number, Names>> = {
  0: names("0 INCOMPATIBLE|EPERM"),
  1: names(
    "0 BAD_VERSION|BAD_TYPE|BAD_MULTIPART|BAD_EXPERIMENTER|BAD_EXP_TYPE|EPERM|BAD_LEN|BUFFER_EMPTY|" +
      "BUFFER_UNKNOWN|BAD_TABLE_ID|IS_SLAVE|BAD_PORT|BAD_PACKET|MULTIPART_BUFFER_OVERFLOW",
  ),
  2: names(
    "0 BAD_TYPE|BAD_LEN|BAD_EXPERIMENTER|BAD_EXP_TYPE|BAD_OUT_PORT|BAD_ARGUMENT|EPERM|TOO_MANY|BAD_QUEUE|" +
      "BAD_OUT_GROUP|MATCH_INCONSISTENT|UNSUPPORTED_ORDER|BAD_TAG|BAD_SET_TYPE|BAD_SET_LEN|BAD_SET_ARGUMENT",
  ),
  3: names(
    "0 UNKNOWN_INST|UNSUP_INST|BAD_TABLE_ID|UNSUP_METADATA|UNSUP_METADATA_MASK|BAD_EXPERIMENTER|BAD_EXP_TYPE|" +
      "BAD_LEN|EPERM",
  ),
  4: names(
    "0 BAD_TYPE|BAD_LEN|BAD_TAG|BAD_DL_ADDR_MASK|BAD_NW_ADDR_MASK|BAD_WILDCARDS|BAD_FIELD|BAD_VALUE|BAD_MASK|" +
      "BAD_PREREQ|DUP_FIELD|EPERM",
  ),
  5: names("0 UNKNOWN|TABLE_FULL|BAD_TABLE_ID|OVERLAP|EPERM|BAD_TIMEOUT|BAD_COMMAND|BAD_FLAGS"),
  6: names(
    "0 GROUP_EXISTS|INVALID_GROUP|WEIGHT_UNSUPPORTED|OUT_OF_GROUPS|OUT_OF_BUCKETS|CHAINING_UNSUPPORTED|" +
      "WATCH_UNSUPPORTED|LOOP|UNKNOWN_GROUP|CHAINED_GROUP|BAD_TYPE|BAD_COMMAND|BAD_BUCKET|BAD_MATCH|EPERM",
  ),
  7: names("0 BAD_PORT|BAD_HW_ADDR|BAD_CONFIG|BAD_ADVERTISE|EPERM"),
  8: names("0 BAD_TABLE|BAD_CONFIG|EPERM"),
  9: names("0 BAD_PORT|BAD_QUEUE|EPERM"),
  10: names("0 BAD_FLAGS|BAD_LEN|EPERM"),
  11: names("0 STALE|UNSUP|BAD_ROLE"),
  12: names(
    "0 UNKNOWN|METER_EXISTS|INVALID_METER|UNKNOWN_METER|BAD_COMMAND|BAD_FLAGS|BAD_RATE|BAD_BURST|BAD_BAND|" +
      "BAD_BAND_VALUE|OUT_OF_METERS|OUT_OF_BANDS",
  ),
  13: names("0 BAD_TABLE|BAD_METADATA|BAD_TYPE|BAD_LEN|BAD_ARGUMENT|EPERM"),
};

function port(c: Cursor): void {
  c.text(`\n\t  port_no ${nameOr(PORTS, c.u32())}`);
  c.skip(4);
  c.text(`, hw_addr ${c.mac()}, name '`);
  c.skip(2);
  c.name(16);
  c.text("'");
  if (c.l.verbose < 2) return c.l.must(c.at, 32);
  const line = (text: string) => c.text(`\n\t   ${text}`);
  line(flagsText("config", c.u32(), CONFIG));
  line(flagsText("state", c.u32(), STATES));
  for (const name of ["curr", "advertised", "supported", "peer"]) line(flagsText(name, c.u32(), FEATURES));
  line(`curr_speed ${c.u32()}kbps`);
  line(`max_speed ${c.u32()}kbps`);
}

function features(c: Cursor): void {
  c.text(`\n\t dpid 0x${c.u64().toString(16).padStart(16, "0")}`);
  c.text(`, n_buffers ${c.u32()}`);
  c.text(`, n_tables ${c.u8()}`);
  c.text(`, auxiliary_id ${c.u8()}`);
  c.skip(2);
  c.text(`\n\t ${flagsText("capabilities", c.u32(), CAPABILITIES)}`);
  c.pass(4);
}

function config(c: Cursor): void {
  c.text(`\n\t flags ${oneOf(FRAGMENTS, c.u16(), 4)}`);
  c.text(`, miss_send_len ${nameOr(LENGTHS, c.u16())}`);
}

function role(c: Cursor): void {
  c.text(`\n\t role ${oneOf(ROLES, c.u32(), 8)}`);
  c.skip(4);
  c.text(`, generation_id 0x${c.u64().toString(16).padStart(16, "0")}`);
}

function masks(c: Cursor): void {
  for (
    const [name, table] of [["packet_in", PACKET_REASONS], ["port_status", CHANGES], ["flow_removed", CHANGES]] as const
  ) {
    for (const who of ["EM", "S"]) c.text(`\n\t ${flagsText(`${name}_mask[${who}]`, c.u32(), table)}`);
  }
}

function portChange(c: Cursor): void {
  c.text(`\n\t port_no ${nameOr(PORTS, c.u32())}`);
  c.skip(4);
  c.text(`, hw_addr ${c.mac()}`);
  c.skip(2);
  c.text(`\n\t  ${flagsText("config", c.u32(), CONFIG)}`);
  c.text(`\n\t  ${flagsText("mask", c.u32(), CONFIG)}`);
  c.text(`\n\t  ${flagsText("advertise", c.u32(), FEATURES)}`);
  c.pass(4);
}

function hello(c: Cursor): void {
  while (c.left > 0) {
    c.expect(c.left >= 4);
    const type = c.u16();
    c.text(`\n\t type ${type === 1 ? "VERSIONBITMAP" : `unknown (0x${hex(type, 4)})`}`);
    const size = c.u16();
    c.text(`, length ${size}`);
    c.expect(size >= 4 && size <= c.left + 4);
    if (type === 1 && size === 8) {
      const map = c.l.u32(c.at);
      c.text(`, bitmap 0x${hex(map, 8)}${bitsText(VERSIONS, map)}`);
    } else if (type === 1) c.text(" (bogus)");
    c.pass(size - 4);
  }
}

/** Kinds of messages by number. */
export const KINDS_13: Readonly<Record<number, Kind>> = {
  0: { name: "HELLO", print: hello },
  1: {
    name: "ERROR",
    least: 4,
    print(c) {
      const type = c.u16();
      c.text(`\n\t type ${oneOf(ERRORS, type, 4)}`);
      c.text(`, code ${oneOf(ERROR_CODES[type] ?? {}, c.u16(), 4)}`);
      printData(c);
    },
  },
  2: { name: "ECHO_REQUEST", print: printData },
  3: { name: "ECHO_REPLY", print: printData },
  4: {
    name: "EXPERIMENTER",
    least: 8,
    print(c) {
      c.text(`\n\t experimenter ${vendorText(c.u32())}`);
      c.text(`, exp_type 0x${hex(c.u32(), 8)}`);
      printData(c);
    },
  },
  5: { name: "FEATURES_REQUEST", exactly: 0 },
  6: { name: "FEATURES_REPLY", exactly: 24, print: features },
  7: { name: "GET_CONFIG_REQUEST", exactly: 0 },
  8: { name: "GET_CONFIG_REPLY", exactly: 4, print: config },
  9: { name: "SET_CONFIG", exactly: 4, print: config },
  10: { name: "PACKET_IN" },
  11: { name: "FLOW_REMOVED" },
  12: {
    name: "PORT_STATUS",
    exactly: 72,
    print(c) {
      const reason = c.u8();
      // The number of an unknown reason is not told, as tcpdump has it.
      c.text(`\n\t reason ${PORT_REASONS[reason] ?? "invalid (0x02x)"}`);
      c.skip(7);
      port(c);
    },
  },
  13: { name: "PACKET_OUT" },
  14: { name: "FLOW_MOD" },
  15: { name: "GROUP_MOD" },
  16: { name: "PORT_MOD", exactly: 32, print: portChange },
  17: {
    name: "TABLE_MOD",
    exactly: 8,
    print(c) {
      c.text(`\n\t table_id ${nameOr(TABLES, c.u8())}`);
      c.skip(3);
      c.text(`, config 0x${hex(c.u32(), 8)}`);
    },
  },
  18: { name: "MULTIPART_REQUEST" },
  19: { name: "MULTIPART_REPLY" },
  20: { name: "BARRIER_REQUEST", exactly: 0 },
  21: { name: "BARRIER_REPLY", exactly: 0 },
  22: {
    name: "QUEUE_GET_CONFIG_REQUEST",
    exactly: 8,
    print(c) {
      c.text(`\n\t port ${nameOr(PORTS, c.u32())}`);
      c.pass(4);
    },
  },
  23: { name: "QUEUE_GET_CONFIG_REPLY" },
  24: { name: "ROLE_REQUEST", exactly: 16, print: role },
  25: { name: "ROLE_REPLY", exactly: 16, print: role },
  26: { name: "GET_ASYNC_REQUEST", exactly: 0 },
  27: { name: "GET_ASYNC_REPLY", exactly: 24, print: masks },
  28: { name: "SET_ASYNC", exactly: 24, print: masks },
  29: { name: "METER_MOD" },
};
