// Frames by hand of OpenFlow 1.0 and 1.3: every message that lines know, some of them wrong.
import { number, sizeOf, tcp, text } from "./frames.ts";

const of = (version: number, type: number, body = "") =>
  `${number(version, 1)}${number(type, 1)}${number(8 + sizeOf(body), 2)}00000007${body}`;
const segment = (...messages: string[]) => tcp(6653, messages.join(""));
const padded = (word: string, size: number) => text(word) + "00".repeat(size - word.length);
const MAC = "020000000001", A4 = "c0000207", EIGHT = "0000000000000009";

const match = (wild: string, rest = `0003 ${MAC} ${MAC} 0005 07 00 0800 10 06 0000 ${A4} ${A4} 0050 1f90`) =>
  wild + rest;
const FULL = match("00000000"),
  SOME = match("00242842"),
  NONE = match("003fffff"),
  ARP = match("00301000", `0003 ${MAC} ${MAC} ffff 09 00 0806 10 01 0000 ${A4} ${A4} 0001 0002`);
const PING = match("00000000", `0003 ${MAC} ${MAC} 1fff 09 00 0800 10 01 0000 ${A4} ${A4} 0008 0000`);
const ACTIONS = `0000 0008 fffd 0040 0000 0008 0003 0000 0001 0008 0005 0000 0002 0008 07 000000 0003 0008 00000000
  0004 0010 ${MAC} 000000000000 0005 0010 ${MAC} 000000000000 0006 0008 ${A4} 0007 0008 ${A4} 0008 0008 10 000000
  0009 0008 0050 0000 000a 0008 0051 0000 000b 0010 0003 000000000000 ffffffff ffff 0010 00002320 0102030405060708
  ffff 0018 005c16c7 00000001 00000003 81006005 01 000000 ffff 0010 005c16c7 00000009 00000000`.replace(/\s+/g, "");
const port10 = (state: string) =>
  `0003 ${MAC} ${padded("eth1", 16)} 00000081 ${state} 000000ff 00000fff 00001000 00000000`;
const port13 = `00000003 00000000 ${MAC} 0000 ${
  padded("eth1", 16)
} 00000065 00000007 0000ffff 00010000 00000001 00000000 000f4240 00000001`;
const FRAME = `${MAC} ${MAC} 0806 0001 0800 06 04 0001 ${MAC} ${A4} 000000000000 ${A4}`;
const bsn = (type: number, body = "") => of(1, 4, `005c16c7 ${number(type, 4)} ${body}`);
const stats = (type: string, body = "") => of(1, 16, `${type} 0000 ${body}`);
const reply = (type: string, body = "", flags = "0001") => of(1, 17, `${type} ${flags} ${body}`);
const flow = (actions: string) =>
  `${
    number(88 + sizeOf(actions), 2)
  } ff 00 ${SOME} 00000001 00000002 8000 003c 0000 000000000000 ${EIGHT} ${EIGHT} ${EIGHT} ${actions}`;

export const SDN_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "OpenFlow 1.0 hello": segment(of(1, 0), of(1, 0, "01020304"), of(1, 2, "0102"), of(1, 3)),
  "OpenFlow 1.0 errors": segment(
    of(1, 1, "0001 0006 0102"),
    of(1, 1, "0003 0063"),
    of(1, 1, "0063 0001"),
    of(1, 1, "00"),
  ),
  "OpenFlow 1.0 features": segment(
    of(1, 5),
    of(1, 6, `${EIGHT} 00000100 02 000000 000000ff 00000fff ${port10("00000201")} ${port10("80000302")}`),
  ),
  "OpenFlow 1.0 features, wrong": segment(
    of(1, 6, `${EIGHT} 00000100 02 000000 00000187 00001fff 0102`),
    of(1, 5, "01"),
  ),
  "OpenFlow 1.0 configuration": segment(of(1, 7), of(1, 8, "0001 0080"), of(1, 9, "0009 ffff")),
  "OpenFlow 1.0 packet in": segment(
    of(1, 10, `ffffffff 002a 0003 00 00 ${FRAME}`),
    of(1, 10, "00000001 002a fffe 07 00"),
  ),
  "OpenFlow 1.0 removed": segment(
    of(1, 11, `${FULL} ${EIGHT} 8000 01 00 00000001 00000002 003c 0000 ${EIGHT} ${EIGHT}`),
  ),
  "OpenFlow 1.0 port": segment(
    of(1, 12, `02 00000000000000 ${port10("00000000")}`),
    of(1, 15, `0003 ${MAC} 00000001 00000002 00000800 00000000`),
  ),
  "OpenFlow 1.0 packet out": segment(
    of(1, 13, `ffffffff fff8 ${number(sizeOf(ACTIONS), 2)} ${ACTIONS} ${FRAME}`),
    of(1, 13, "00000001 0003 00ff"),
  ),
  "OpenFlow 1.0 flows": segment(
    of(1, 14, `${FULL} ${EIGHT} 0000 003c 0000 8000 ffffffff ffff 0003 ${ACTIONS}`),
    of(1, 14, `${ARP} ${EIGHT} 0003 0000 0001 0000 00000001 fffb 0008`),
    of(1, 14, `${PING} ${EIGHT} 0009 0000 0000 0000 00000001 fffb 0000 0000 0009 01`),
    of(
      1,
      14,
      `${
        match("ffffffff")
      } ${EIGHT} 0001 0000 0000 0000 00000001 fffb 0000 0000 0010 0000000000000000 00000000 0063 0008 00000000`,
    ),
    of(1, 14, `${NONE} ${EIGHT} 0000 0000 0000 0000 00000001 fffb 0000 ffff 0008 00002320`),
  ),
  "OpenFlow 1.0 statistics": segment(
    stats("0000"),
    stats("0001", `${SOME} ff 00 ffff`),
    stats("0002", `${NONE} fe 00 0003`),
    stats("0003"),
    stats("0004", "ffff 000000000000"),
    stats("0005", "0003 0000 ffffffff"),
    stats("ffff", "00002320 0102"),
    stats("0009", "01"),
    stats("0000", "01"),
    stats("ffff", "01"),
  ),
  "OpenFlow 1.0 answers": segment(
    reply(
      "0000",
      padded("maker", 256) + padded("hardware", 256) + padded("software", 256) + padded("serial", 32) +
        padded("switch", 256),
    ),
    reply("0001", flow("") + flow("0000 0008 0003 0000")),
  ),
  "OpenFlow 1.0 more answers": segment(
    reply("0002", `${EIGHT} ${EIGHT} 00000003 00000000`),
    reply("0003", `01 000000 ${padded("table", 32)} 003fffff 00010000 00000007 ${EIGHT} ${EIGHT}`),
    reply("0004", `0003 000000000000 ${EIGHT.repeat(12)}`, "0000"),
    reply("0005", `0003 0000 00000007 ${EIGHT.repeat(3)}`, "0003"),
    reply("ffff", "00002320 0102"),
    reply("0009", "0102"),
    reply("0001", "0005 0102"),
    reply("0004", "0102"),
  ),
  "OpenFlow 1.0 barrier": segment(of(1, 18), of(1, 19)),
  "OpenFlow 1.0 queues": segment(
    of(1, 20, "0003 0000"),
    of(
      1,
      21,
      "0003 000000000000 00000001 0028 0000 0001 0010 00000000 01f4 000000000000 0000 0008 00000000 0009 0008 00000000 00000002 0018 0000 0001 0010 00000000 03e9 000000000000",
    ),
    of(1, 21, "0003 000000000000 00000001 0010 0000 0001 0008 00000000 00000001 0004 0000"),
  ),
  "OpenFlow 1.0 vendors": segment(
    of(1, 4, "00002320 01020304"),
    of(1, 4, "4f4e4600"),
    bsn(0, `01 000000 ${A4}`),
    bsn(1, "01 00000000000000"),
    bsn(3, "01 000000"),
    bsn(5, "07 000000"),
    bsn(6, `00000001 ${text("show")}`),
    bsn(7, text("done")),
    bsn(8, "00000001"),
    bsn(9),
    bsn(17, "00000003"),
    bsn(10, "0102"),
    bsn(99),
    bsn(9, "01"),
    of(1, 4, "005c16c7 01"),
  ),
  "OpenFlow 1.3 hello": segment(
    of(4, 0),
    of(4, 0, "0001 0008 00000012 0001 0008 ffffffff 0001 0006 0102 0009 0004"),
    of(4, 0, "0001 0003"),
    of(4, 0, "00"),
  ),
  "OpenFlow 1.3 errors": segment(
    of(4, 1, "0001 0006 0102"),
    of(4, 1, "000d 0063"),
    of(4, 1, "ffff 0001"),
    of(4, 1, "0063 0001"),
  ),
  "OpenFlow 1.3 others": segment(
    of(4, 2, "0102"),
    of(4, 4, "4f4e4600 00000001 0102"),
    of(4, 5),
    of(4, 6, `${EIGHT} 00000100 02 01 0000 0000016f 00000000`),
    of(4, 7),
    of(4, 8, "0001 ffff"),
    of(4, 9, "0009 ffe5"),
    of(4, 10, "0102"),
    of(4, 12, `02 00000000000000 ${port13}`),
    of(4, 12, `09 00000000000000 ${port13}`),
    of(4, 16, `fffffffe 00000000 ${MAC} 0000 00000001 00000004 00002000 00000000`),
    of(4, 17, "ff 000000 00000003"),
    of(4, 20),
    of(4, 22, "ffffffff 00000000"),
    of(4, 24, `00000002 00000000 ${EIGHT}`),
    of(4, 25, `00000009 00000000 ${EIGHT}`),
    of(4, 26),
    of(4, 28, "00000007 00000001 0000000f 00000002 00000004 00000000"),
    of(4, 29, "0102"),
    of(4, 99),
  ),
  "OpenFlow other versions": segment(of(2, 0), of(9, 0), "01"),
  "OpenFlow cut": segment("0100"),
  "OpenFlow cut later": segment("01000008 0000"),
  "OpenFlow too short": segment("01000004 00000001 01"),
  "OpenFlow longer than its segment": segment("01020010 00000001 0102"),
};
