// Frames by hand: SNMP, EDNS, Babel, RPKI and DCCP.
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
  "DCCP request": ip(33, dccp(5, 0, "00000005")),
  "DCCP response": ip(33, dccp(9, 1, "0000 000000000001 00000005 2004 01 02 2906 00000001")),
  "DCCP data": ip(33, dccp(3, 2, text("data"), false)),
  "DCCP acknowledgement": ip6(33, dccp(8, 3, "0000 000000000001 2c04 0102 2506 01020304 8004")),
  "DCCP reset": ip(33, dccp(7, 7, "0000 000000000001 02000000")),
  "DCCP options": ip(33, dccp(11, 8, "0000 000000000001 00 2602 2b04 0005 2a08 00000001 0002 2404 0102 9904 0005 63")),
  "DCCP short": ip(33, "0400 0050 05 00 0000 01 00"),
};
