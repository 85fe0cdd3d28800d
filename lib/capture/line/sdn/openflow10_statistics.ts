// Statistics of OpenFlow 1.0 under a line (-v). Pure. ONF TS-001 5.3.5; the form is tcpdump's.
import { hex } from "../core/line.ts";
import { bitsText, type Cursor, guarded, nameOr, oneOf, printData, vendorText } from "./messages.ts";
import { MATCH, printActions, printMatch } from "./openflow10_actions.ts";
import { PORTS, REPLY_FLAGS, STATISTICS, TABLES, WILDCARDS } from "./openflow10_words.ts";

const queueText = (queue: number) => queue === 0xffff_ffff ? "ALL" : String(queue);
const FLOW = 88, PORT = 104, QUEUE = 32, TABLE = 64;

/** What is asked for. */
export function printStatisticsRequest(c: Cursor): void {
  const type = c.u16();
  c.text(`\n\t type ${oneOf(STATISTICS, type, 4)}`);
  const flags = c.u16();
  c.text(`, flags 0x${hex(flags, 4)}${flags === 0 ? "" : " (bogus)"}`);
  switch (type) {
    case 0:
    case 3:
      return c.expect(c.left === 0);
    case 1:
    case 2:
      c.expect(c.left === MATCH + 4);
      printMatch(c, "\n\t ");
      c.text(`\n\t table_id ${nameOr(TABLES, c.u8())}`);
      c.skip(1);
      return c.text(`, out_port ${nameOr(PORTS, c.u16())}`);
    case 4:
      c.expect(c.left === 8);
      c.text(`\n\t port_no ${nameOr(PORTS, c.u16())}`);
      return c.pass(6);
    case 5:
      c.expect(c.left === 8);
      c.text(`\n\t port_no ${nameOr(PORTS, c.u16())}`);
      c.skip(2);
      return c.text(`, queue_id ${queueText(c.u32())}`);
    case 0xffff:
      return vendorData(c);
  }
}

/** What is answered. */
export function printStatisticsReply(c: Cursor): void {
  const type = c.u16();
  c.text(`\n\t type ${oneOf(STATISTICS, type, 4)}`);
  const flags = c.u16();
  c.text(`, flags 0x${hex(flags, 4)}${bitsText(REPLY_FLAGS, flags)}`);
  const print = REPLIES[type];
  if (print === undefined) return c.l.must(c.at, c.left);
  guarded(c, print);
}

function vendorData(c: Cursor): void {
  c.expect(c.left >= 4);
  c.text(`, vendor ${vendorText(c.u32())}`);
  printData(c);
}

const REPLIES: Readonly<Record<number, (c: Cursor) => void>> = {
  0: description,
  1: flows,
  2: (c) => {
    c.expect(c.left === 24);
    c.text(`\n\t packet_count ${c.u64()}`);
    c.text(`, byte_count ${c.u64()}`);
    c.text(`, flow_count ${c.u32()}`);
    c.pass(4);
  },
  3: tables,
  4: ports,
  5: queues,
  0xffff: vendorData,
};

function description(c: Cursor): void {
  c.expect(c.left === 1056);
  for (
    const [name, size] of [["mfr_desc", 256], ["hw_desc", 256], ["sw_desc", 256], ["serial_num", 32], [
      "dp_desc",
      256,
    ]] as const
  ) {
    c.text(`\n\t  ${name} '`);
    c.name(size);
    c.text("'");
  }
}

function flows(c: Cursor): void {
  while (c.left > 0) {
    c.expect(c.left >= FLOW);
    const size = c.l.u16(c.at);
    c.text(`\n\t length ${size}`);
    c.expect(size >= FLOW && size <= c.left);
    c.skip(2);
    c.text(`, table_id ${nameOr(TABLES, c.u8())}`);
    c.skip(1);
    printMatch(c, "\n\t  ");
    c.text(`\n\t  duration_sec ${c.u32()}`);
    c.text(`, duration_nsec ${c.u32()}`);
    for (const name of ["priority", "idle_timeout", "hard_timeout"]) c.text(`, ${name} ${c.u16()}`);
    c.skip(6);
    c.text(`, cookie 0x${c.u64().toString(16).padStart(16, "0")}`);
    c.text(`, packet_count ${c.u64()}`);
    c.text(`, byte_count ${c.u64()}`);
    c.inner(size - FLOW, (inner) => printActions(inner, "\n\t  "));
  }
}

function tables(c: Cursor): void {
  while (c.left > 0) {
    c.expect(c.left >= TABLE);
    c.text(`\n\t table_id ${nameOr(TABLES, c.u8())}`);
    c.skip(3);
    c.text(", name '");
    c.name(32);
    c.text("'");
    const wild = c.u32();
    // How many bits of addresses may be anything is no flag.
    c.text(`\n\t  wildcards 0x${hex(wild, 8)}${bitsText(WILDCARDS, wild & ~0xfff00)}`);
    c.text(`\n\t  max_entries ${c.u32()}`);
    c.text(`, active_count ${c.u32()}`);
    c.text(`, lookup_count ${c.u64()}`);
    c.text(`, matched_count ${c.u64()}`);
  }
}

const COUNTERS =
  "rx_packets tx_packets rx_bytes tx_bytes rx_dropped tx_dropped rx_errors tx_errors rx_frame_err rx_over_err rx_crc_err collisions"
    .split(" ");

function ports(c: Cursor): void {
  while (c.left > 0) {
    c.expect(c.left >= PORT);
    c.text(`\n\t  port_no ${nameOr(PORTS, c.u16())}`);
    if (c.l.verbose < 2) {
      c.pass(PORT - 2);
      continue;
    }
    c.skip(6);
    for (const name of COUNTERS) c.text(`, ${name} ${c.u64()}`);
  }
}

function queues(c: Cursor): void {
  while (c.left > 0) {
    c.expect(c.left >= QUEUE);
    c.text(`\n\t  port_no ${nameOr(PORTS, c.u16())}`);
    c.skip(2);
    c.text(`, queue_id ${c.u32()}`);
    for (const name of ["tx_bytes", "tx_packets", "tx_errors"]) c.text(`, ${name} ${c.u64()}`);
  }
}
