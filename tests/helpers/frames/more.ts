// Frames by hand: SNMP, EDNS, Babel, RPKI, LDP, LSP ping, L2TP, PPTP, AHCP, SOME/IP, sFlow and DCCP.
import { counted, ip, ip6, number, tcp, text, udp } from "./frames.ts";

const ber = (tag: string, ...parts: string[]) => tag + counted(parts.join(""), 1);
const int = (hex: string) => ber("02", hex);
const oid = "06082b06010201010300";
const binding = (value: string) => ber("30", oid, value);
const snmp = (version: string, tag: string, ...parts: string[]) =>
  udp(161, ber("30", int(version), ber("04", text("secret")), ber(tag, ...parts)));
const numbers = int("12345678") + int("00") + int("00");
const usm = ber(
  "30",
  ber("04", "80001f88"),
  int("05"),
  int("0100"),
  ber("04", text("user")),
  ber("04", "0102"),
  ber("04", ""),
);
const scoped = ber("30", ber("04", "80001f88"), ber("04", ""), ber("a0", numbers, ber("30", binding("0500"))));
const edns = (...options: string[]) =>
  udp(
    53,
    `0001 8503 0001 0000 0000 0001 0474657374 00 0001 0001 00 0029 04d0 01 00 8000 ${counted(options.join(""), 2)}`,
  );
const option = (code: number, value: string) => number(code, 2) + counted(value, 2);
const babel = (...messages: string[]) => udp(6696, `2a02${counted(messages.join(""), 2)}`);
const tlv = (type: number, value: string) => number(type, 1) + counted(value, 1);
const rpki = (type: string, session: string, body: string) => `00${type}${session}${counted(body, 4, 8)}`;
const dccp = (words: number, type: number, more: string, extended = true) =>
  `0400 0050 ${number(words, 1)} 30 0000 ${number(type << 1 | (extended ? 1 : 0), 1)} ${
    extended ? "00 000000000102" : "000102"
  } ${more}`;
const part = (type: string, value: string) => type + counted(value, 2);
const ldpMessage = (type: string, ...parts: string[]) => type + counted(`00000001${parts.join("")}`, 2);
const ldp = (...messages: string[]) => udp(646, `0001${counted(`c00002010000${messages.join("")}`, 2)}`);
const ahcp = (type: string, ...options: string[]) =>
  udp(5359, `2b0101020000000b 0200000000000001 0200000000000002 ${type}00${counted(options.join(""), 2)}`);
const ping = (type: string, code: string, ...parts: string[]) =>
  udp(3503, `00010000${type}02${code}01 00000007 00000001 e800000080000000 0000000000000000${parts.join("")}`);
const pair = (type: number, value: string, flags = 0x8000, vendor = "0000") =>
  number(flags | 6 + value.replace(/ /g, "").length / 2, 2) + vendor + number(type, 2) + value;
const l2tp = (...pairs: string[]) => udp(1701, `c802${counted(`0001000000020003${pairs.join("")}`, 2, 4)}`);
const PPTP_SIZES = [0, 144, 144, 4, 4, 4, 8, 156, 20, 212, 12, 16, 4, 140, 28, 12];
/** A PPTP message of each kind: numbers counting up, then what stands where text does. */
const pptp = (type: number, body: string) => tcp(1723, counted(`0001 1a2b3c4d ${number(type, 2)} 0000 ${body}`, 2, 2));
const pptpKinds = Object.fromEntries(PPTP_SIZES.flatMap((size, type) => {
  const words = (value: (i: number) => number) =>
    Array.from({ length: size / 4 }, (_, i) => number(value(i), 4)).join("");
  return [
    [`PPTP ${type}`, pptp(type, words((i) => i < 6 ? 0x00010000 + i : 0x61620000))],
    [`PPTP ${type} filled`, pptp(type, words((i) => i < 2 ? 0x02030202 : 0x00030000 + i))],
  ];
}));
const record = (type: number, body: string) => number(type, 4) + counted(body, 4);
const sample = (type: number, records: string[], head: string) =>
  number(type, 4) + counted(head + number(records.length, 4) + records.join(""), 4);
const sflow = (...samples: string[]) =>
  udp(6343, `00000005 00000001 c0000201 00000007 00000064 00001000 ${number(samples.length, 4)}${samples.join("")}`);
const count = (words: number) => Array.from({ length: words }, (_, i) => number(i + 1, 4)).join("");
const ADDRESS = "20010db8000000000000000000000001";

export const MORE_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "SNMP get": snmp("00", "a0", numbers, ber("30", binding("0500"), binding("0500"))),
  "SNMP response": snmp(
    "01",
    "a2",
    numbers,
    ber(
      "30",
      binding("020411223344"),
      binding("0201ff"),
      binding(ber("04", text("router"))),
      binding(ber("04", "0001ff")),
      binding("4004c0000201"),
      binding("4104ffffffff"),
      binding("4304000000ff"),
      binding("46080102030405060708"),
      binding("8000"),
      binding(oid),
      binding("0500"),
    ),
  ),
  "SNMP error": snmp("01", "a2", int("01") + int("02") + int("01"), ber("30", binding("0500"))),
  "SNMP bulk": snmp("01", "a5", int("01") + int("00") + int("0a"), ber("30", binding("0500"))),
  "SNMP trap": snmp("00", "a4", oid, "4004c0000202", int("06"), int("07"), "430164", ber("30", binding("020105"))),
  "SNMP trap, generic": snmp(
    "00",
    "a4",
    oid,
    "4004c0000202",
    int("03"),
    int("00"),
    "430164",
    ber("30", binding("020105")),
  ),
  "SNMP of wrong kinds": snmp("00", "a7", numbers, ber("30")),
  "SNMP version 3": udp(
    161,
    ber("30", int("03"), ber("30", int("01"), int("05dc"), ber("04", "05"), int("03")), ber("04", usm), scoped),
  ),
  "SNMP broken": udp(161, "3005 020100 0403"),
  "SNMP of no version": udp(161, ber("30", int("09"))),
  "EDNS": edns(
    option(8, "00011800c00002"),
    option(10, "0102030405060708"),
    option(10, "01020304"),
    option(11, "0064"),
    option(9, "00000e10"),
    option(12, "0000"),
    option(3, text("ns1")),
    option(5, "080d63"),
    option(6, "0102"),
    option(7, "0105"),
    option(14, "00010002"),
    option(99, "01"),
  ),
  "URI": udp(
    53,
    `0001 8180 0001 0001 0000 0000 00 0100 0001 00 0100 0001 00000001 ${
      counted(`000a0005${text("http://a.test")}`, 2)
    }`,
  ),
  "Babel": babel(
    "00",
    tlv(1, "0000"),
    tlv(2, "0000 1234 0064"),
    tlv(3, "1234"),
    tlv(4, "8000 0001 0190 0304 00000064"),
    tlv(5, "0100 0060 0190 c0000201 0308 00000001 00000002"),
    tlv(6, "0000 0200000000000001"),
    tlv(7, "0300 0000000000000001"),
    tlv(8, "01c0 18 00 0190 0001 0060 c00002 0203 00 01 ff"),
    tlv(8, `0280 40 00 ffff 0001 ffff 20010db800000000`),
    tlv(9, "0000"),
    tlv(9, "0118 c00002"),
    tlv(10, "0118 0001 05 00 0200000000000001 c00002"),
    tlv(11, "0001 0000 0005"),
    tlv(12, "0001 00112233445566778899aabbccddeeff"),
    tlv(13, "01 18 18 00 0190 0001 0060 c00002 c63364"),
    tlv(14, "01 18 18 c00002 c63364"),
    tlv(15, "01 18 0001 05 18 0200000000000001 c00002 c63364"),
    tlv(16, "0102"),
    tlv(17, "00000001 0102"),
    tlv(18, "0102"),
    tlv(19, "0102"),
    tlv(99, ""),
  ),
  "Babel broken": babel(tlv(4, "0000")),
  "Babel of another version": udp(6696, "2a030000"),
  "RPKI": tcp(
    323,
    rpki("00", "0001", "00000005") + rpki("02", "0000", "") + rpki("03", "0001", "") +
      rpki("04", "0000", "01 18 20 00 c0000200 0000fde8") + rpki("06", "0000", `01 20 40 00 ${ADDRESS} 0000fde8`) +
      rpki("0a", "0003", `00000008 ${rpki("02", "0000", "")} 00000003 ${text("bad")}`) + rpki("63", "0000", "01"),
  ),
  "RPKI broken": tcp(323, rpki("00", "0001", "") + "01"),
  "LDP hello": ldp(
    ldpMessage(
      "0100",
      part("0400", "000f c000"),
      part("8401", "c0000201"),
      part("4402", "00000005"),
      part("0403", ADDRESS),
      part("0402", "0000"),
    ),
  ),
  "LDP session": ldp(
    ldpMessage(
      "0200",
      part("0500", "0001 001e c0 00 1000 c000020a 0000"),
      part("0503", "800f 0000 00000064 00000065"),
      part("0501", "01"),
    ),
    ldpMessage("0201"),
    ldpMessage("0001", part("0300", "c000000a 00000007 0000")),
    ldpMessage("8300", part("0101", "0001 c0000201 c0000202"), part("0101", `0002 ${ADDRESS}`), part("0101", "0009")),
  ),
  "LDP labels": ldp(
    ldpMessage("0400", part("0100", "02 0001 18 c00002"), part("0200", "00000010"), part("0601", "05dc")),
    ldpMessage("0400", part("0100", "02 0002 40 20010db800000000"), part("0100", "01"), part("0100", "02 0009")),
    ldpMessage("0400", part("0100", "80 8005 12 00000001 00000002 01 04 05dc 03 04 6162 0c 04 01 02 09 02")),
    ldpMessage("0402", part("0100", "80 0004 00 00000001"), part("0100", "02 0001 40 00"), part("0100", "80 00")),
    ldpMessage("0401", part("0100", "01")),
  ),
  "LDP of another version": udp(646, `0002${counted("c00002010000", 2)} 0100000400000001 0000000000`),
  "LSP ping": ping(
    "01",
    "00",
    part("0001", `${part("0001", "c0000201 20")}000000`),
    part("0001", `${part("0003", "c0000201 0000 0005 c0000202 c0000203 0000 0006")}`),
    part("0001", `${part("0006", "0000000100000002 c0000200 18")}000000`),
    part("0001", `${part("0008", "0001c00002010002 0001 0002 0005")}0000`),
    part("0001", `${part("0009", "c0000201 00000005 0005")}0000`),
    part("0001", `${part("000a", "c0000201 c0000202 00000005 0004")}0000`),
    part("0001", `${part("0002", `${ADDRESS}40`)}000000`),
    part("0001", part("0001", "c0000201")),
    part("0001", part("0063", "c0000201")),
  ),
  "LSP ping answer": ping(
    "02",
    "03",
    part("0002", "05dc 01 00 c0000201 c0000202 00000000"),
    part("0002", `05dc 03 00 ${ADDRESS}${ADDRESS} 00000000`),
    part("0002", "05dc 02 00 c0000201 00000005 00000000"),
    part("0005", "00000009"),
    part("000f", "00000005"),
    part("0003", "01020304"),
    part("000f", "0000") + "0000",
    part("0009", ""),
    part("0002", "05dc"),
  ),
  "LSP ping short": udp(3503, "0001"),
  ...pptpKinds,
  "PPTP of another cookie": tcp(1723, "0010 0002 00000000 0063 0001 00000000"),
  "PPTP of another type": tcp(1723, "0010 0009 1a2b3c4d 0005 0000 00000000"),
  "L2TP control": l2tp(
    pair(0, "0001"),
    pair(2, "0100"),
    pair(3, "00000003"),
    pair(4, "00000002"),
    pair(5, "0011223344556677"),
    pair(6, "0005", 0),
    pair(7, text("lac")),
    pair(9, "0001"),
    pair(10, "0008"),
    pair(11, "0102", 0xc000),
    pair(11, "0102"),
    pair(13, "00112233445566778899aabbccddeeff"),
    pair(99, "01"),
    pair(1, "0102", 0, "0009"),
    pair(2, "01"),
  ),
  "L2TP call": l2tp(
    pair(0, "000e"),
    pair(0, "0063"),
    pair(1, "0002 0006 6279"),
    pair(1, "0002"),
    pair(1, "0002 00"),
    pair(12, "0010 01 6279"),
    pair(15, "00000005"),
    pair(18, "00000003"),
    pair(19, "00000001"),
    pair(20, "0001"),
    pair(21, text("123")),
    pair(29, "0002"),
    pair(29, "0063"),
    pair(32, "0105"),
    pair(34, `0000 ${"00000001".repeat(6)}`),
    pair(34, "0000 00000001"),
    pair(35, "0000 00000001 00000002"),
    pair(39, ""),
    pair(46, "0001 c021 02 6279"),
  ),
  "L2TP without values": udp(1701, "c802 000c 0001 0000 0002 0003"),
  "L2TP session": udp(1701, "4202 0014 0001 0002 0002 0000 ff03 c021 0101 0004"),
  "L2TP broken": udp(1701, "c802 0010 0001 0000 0002 0003 8004 0000"),
  "L2F": udp(1701, "4001 0000 0000"),
  "L2TP, longer than it is": udp(1701, "c802 0050 0001 0000 0002 0003"),
  "AHCP": ahcp(
    "00",
    "0001",
    "02 04 5f000000",
    "03 04 00000e10",
    `04 20 ${ADDRESS}${ADDRESS}`,
    "05 04 c0000201",
    `06 11 ${ADDRESS}40`,
    "07 02 0102",
    "0b 05 c000020018",
    "09 03 c00002",
    "63 01 00",
    "02 01 00",
    "03",
  ),
  "AHCP broken": udp(5359, "2b02 00"),
  "sFlow samples": sflow(
    sample(1, [record(1, count(4)), record(2, count(6)), record(1001, count(4)), record(77, "0102")], count(7)),
    sample(2, [1, 2, 3, 4, 5, 1001].map((type) => record(type, count(22))), count(2)),
    sample(3, [record(1002, count(3)), record(0x5001, count(1))], count(10)),
    sample(4, [record(99, count(1)), record(0x500001, count(1))], count(3)),
  ),
  "sFlow of other kinds": sflow(sample(9, [], "0102030405060708"), sample(2, [], "01020304"), sample(0, [], "")),
  "sFlow broken": sflow(sample(2, [record(1, count(2))], count(2))),
  "sFlow short": udp(6343, "00000005 00000001 c0000201"),
  "sFlow version 4": udp(6343, `00000004 00000001 ${count(6)}`),
  "sFlow over IPv6": udp(6343, `00000005 00000002 20010db8000000000000000000000001 ${count(3)} 00000000`),
  "sFlow over IPv6 short": udp(6343, `00000005 00000003 20010db8000000000000000000000001 ${count(2)}`),
  "SOME/IP": udp(30490, "00018002 0000000c 00010002 01 01 02 00 00000000"),
  "SOME/IP short": udp(30490, "0001"),
  "DCCP request": ip(33, dccp(5, 0, "00000005")),
  "DCCP response": ip(33, dccp(9, 1, "0000 000000000001 00000005 2004 01 02 2906 00000001")),
  "DCCP data": ip(33, dccp(3, 2, text("data"), false)),
  "DCCP acknowledgement": ip6(33, dccp(8, 3, "0000 000000000001 2c04 0102 2506 01020304 8004")),
  "DCCP reset": ip(33, dccp(7, 7, "0000 000000000001 02000000")),
  "DCCP options": ip(33, dccp(11, 8, "0000 000000000001 00 2602 2b04 0005 2a08 00000001 0002 2404 0102 9904 0005 63")),
  "DCCP short": ip(33, "0400 0050 05 00 0000 01 00"),
};
