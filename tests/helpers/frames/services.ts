// Frames by hand: BGP, name and address services, what TCP carries.
import { counted, ip, number, octets, tcp, text, udp, udp6 } from "./frames.ts";

const part = (type: number, value: string) => number(type, 2) + counted(value, 2);
const DHCP6 = (type: string, ...options: string[]) => udp6(547, `${type}123456${options.join("")}`, 546);
const ADDRESS6 = "20010db8000000000000000000000001";
const attribute = (type: number, value: string) => number(type, 1) + counted(value, 1, 2);
const RADIUS = (code: string, ...attributes: string[]) =>
  udp(1812, `${code}07${counted("00112233445566778899aabbccddeeff" + attributes.join(""), 2, 4)}`);
const option = (type: number, value: string) => number(type, 1) + counted(value, 1);
const DHCP = (op: string, ...options: string[]) =>
  udp(
    67,
    `${op}010600 12345678 0004 8000 00000000 c0000205 c0000201 00000000 020000000005 ${"00".repeat(10)}` +
      `${text("boot")}${"00".repeat(60)}${text("a.img")}${"00".repeat(123)}63825363${options.join("")}ff`,
    68,
  );
const BGP = (type: string, body: string) => "ff".repeat(16) + counted(type + body, 2, 18);
const path = (flags: string, type: number, value: string) => flags + number(type, 1) + counted(value, 1);
const UPDATE = (withdrawn: string, attributes: string, routes: string) =>
  BGP("02", counted(withdrawn, 2) + counted(attributes, 2) + routes);
const capability = (type: number, value: string) => number(type, 1) + counted(value, 1);
/** A SYN, or with `flags` another segment, with options, filled up to four octets. */
const options = (hex: string, flags = "02") => {
  const size = octets(hex).length, filled = hex + "01".repeat(-size & 3);
  const words = 5 + Math.ceil(size / 4);
  return ip(6, `9c40 0050 00000001 00000001 ${number(words, 1)[1]}0${flags} 0400 0000 0000 ${filled}`);
};

export const SERVICE_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "DHCPv6 solicit": DHCP6(
    "01",
    part(1, "0001 0001 2b3c4d5e 020000000001"),
    part(6, "0017 0018 00ff"),
    part(8, "000a"),
    part(3, `00000001 00000e10 00001518 ${part(5, `${ADDRESS6} 00000e10 00001518`)}`),
    part(25, `00000002 00000000 00000000 ${part(26, "00000e10 00001518 38 20010db8000000000000000000000000")}`),
    part(14, ""),
    part(39, "00"),
  ),
  "DHCPv6 reply": DHCP6(
    "07",
    part(2, "0003 0001 020000000002"),
    part(13, `0000 ${text("ok")}`),
    part(7, "ff"),
    part(23, ADDRESS6 + ADDRESS6),
    part(24, "076578616d706c650474657374 00"),
    part(21, "0373697000"),
    part(56, `${part(1, ADDRESS6)}${part(3, "036e747000")}`),
    part(64, "0461667472076578616d706c6500"),
    part(32, "00000e10"),
    part(112, text("https://m.test")),
    part(11, "03 01 00 0000000000000001 01 00112233445566778899aabbccddeeff"),
    part(19, "05"),
    part(4, "00000005"),
    part(5, "00"),
  ),
  "DHCPv6 relayed": udp6(
    547,
    `0c00${ADDRESS6}${ADDRESS6}${part(18, "65746830")}${part(37, "00000009 0102")}${
      part(9, `01000001${part(8, "0000")}`)
    }`,
  ),
  "DHCPv6 lease query": DHCP6(
    "0e",
    part(44, `01 ${ADDRESS6} ${part(6, "0001")}`),
    part(47, ADDRESS6 + "0102"),
    part(46, "00000001"),
  ),
  "RADIUS request": RADIUS(
    "01",
    attribute(1, text("user")),
    attribute(2, "00112233445566778899aabbccddeeff"),
    attribute(4, "c0000201"),
    attribute(5, "00000001"),
    attribute(6, "00000002"),
    attribute(7, "00000063"),
    attribute(8, "fffffffe"),
    attribute(12, "000005dc"),
    attribute(27, "00000e11"),
    attribute(28, "0000003b"),
    attribute(29, "00000001"),
    attribute(61, "0000000f"),
    attribute(64, "0100000d"),
    attribute(65, "00000006"),
    attribute(69, "01 1234 aabb"),
    attribute(81, `01${text("10")}`),
    attribute(83, "02000005"),
    attribute(79, `01 05 0005 01`),
    attribute(80, "00112233445566778899aabbccddeeff"),
    attribute(26, `00000009 ${attribute(1, text("x=y"))}${attribute(2, "0001")}`),
    attribute(26, "0000ffff 0101"),
  ),
  "RADIUS answers": RADIUS(
    "2c",
    attribute(56, "31000005"),
    attribute(57, "00000001"),
    attribute(58, `32${text("lan")}`),
    attribute(95, ADDRESS6),
    attribute(97, "0038 20010db800000001"),
    attribute(97, "0081 20"),
    attribute(101, "00000193"),
    attribute(124, "0000000000000003"),
    attribute(125, `40${ADDRESS6}`),
    attribute(126, `31${text("example.test")}`),
    attribute(127, `0001 00 01 e8000000 80000000 e8000001 00000000 ${text("dhcp")}`),
    attribute(128, "0001 00024445"),
    attribute(129, `8000 e8000000 00000000 ${text("note")}`),
    attribute(70, "00112233445566778899aabbccddeeff"),
    attribute(71, "00 08 00000001 00000002 00000003"),
    attribute(84, "0011223344556677"),
    attribute(23, "fffffffe"),
    attribute(37, "00000000"),
    attribute(6, "0001"),
    attribute(200, "01"),
    "0501",
  ),
  "DHCP request": DHCP(
    "01",
    option(53, "03"),
    option(61, "01020000000005"),
    option(55, "01030679fbfcff"),
    option(12, text("pc")),
    option(60, text("PXEClient")),
    option(77, "036162630264"),
    option(81, "050000" + text("pc.test")),
    option(82, option(1, text("p1")) + option(2, "0001") + option(9, "0102")),
    option(93, "0007"),
    option(57, "05dc"),
  ),
  "DHCP answer": DHCP(
    "02",
    "00",
    option(53, "05"),
    option(1, "ffffff00"),
    option(3, "c0000201c0000202"),
    option(51, "00000e10"),
    option(2, "fffff1f0"),
    option(19, "01"),
    option(33, "c6336400c0000201"),
    option(46, "08"),
    option(52, "03"),
    option(121, "18c00002c0000201 00c0000201"),
    option(249, "21"),
    option(150, "c0000201"),
    option(161, text("https://m.test")),
    option(61, "00" + text("me")),
    option(200, "01020304"),
    option(201, "0102"),
    option(202, "010203"),
    option(1, "ffffff0001"),
  ),
  "NTP control": udp(123, "160200010006000000000004 74657374"),
  "NTP control cut after its first octets": udp(123, "d682"),
  "PTP to a port of AppleTalk": udp(
    258,
    "0002 002c 00 00 0200 000000000000 0000 00000000 0102030405060708 0001 0002 00 7f 000012345678 00000009",
    319,
  ),
  "DNS, upper bits of a code that are there alone": udp(
    53,
    "1234 8100 0001 0000 0000 0001 00 0010 0001 00 0029 0200 01",
  ),
  "DNS, half a pointer at the end": udp(53, "1234 8180 0000 0001 0000 0000 0161 00 0005 0001 0000003c 0003 0162 c0"),
  "DNS, a length at the end": udp(53, "1234 8180 0000 0001 0000 0000 0161 00 0005 0001 0000003c 0003 0162 05"),
  "RADIUS, bits of Mobile IPv6": udp(1812, `01 01 001e ${"00".repeat(16)} 7c0a 0003860000000001`),
  "RADIUS, bits of Mobile IPv6 cut": udp(1812, `01 01 001e ${"00".repeat(16)} 7c0a 000386`),
  "RADIUS, a VLAN cut": udp(1812, `01 01 001a ${"00".repeat(16)} 3806 33`),
  "L2TP around IPv6 cut": udp(1701, "0002 0001 0002 ff03 0057 6000"),
  "DHCPv6, a short relayed message before other options": udp6(547, "01 010203 0009 0003 010203 0008 0002 0001"),
  "DHCPv6, an address of MUD with a NUL": udp6(547, "01 010203 0070 0008 6161616100616161"),
  "NTP control cut": udp(123, "d68200010006000000000008 7465"),
  "NTP with a key": udp(
    123,
    "2401 06ec 00010000 00020000 47505300 e8000000 80000000 00000000 00000000 e8000001 40000000 e8000002 00000000 " +
      "00000001 00112233445566778899aabbccddeeff",
  ),
  "NTP short": udp(123, "2300"),
  "BGP open": tcp(
    179,
    BGP(
      "01",
      `04 5ba0 00b4 0a000001 ${
        counted(
          `02${
            counted(
              capability(1, "00010001") + capability(2, "") + capability(64, "8078 0001 01 80") +
                capability(65, "00010002") + capability(69, "00010103") + capability(70, "") +
                capability(8, "00010104"),
              1,
            )
          }`,
          1,
        )
      }`,
    ),
  ),
  "BGP update": tcp(
    179,
    UPDATE(
      "18c63364",
      path("40", 1, "00") + path("40", 2, "0202 00010002 0101 0003") + path("40", 3, "c0000201") +
        path("80", 4, "0000000a") + path("40", 5, "00000064") + path("40", 6, "") + path("c0", 7, "0001c0000201") +
        path("c0", 8, "ffffff01 00010002 00010003") + path("80", 9, "c0000201") + path("80", 10, "c0000201c0000202") +
        path(
          "c0",
          16,
          "0002000100000002 0102c00002010003 400400014b189680 030b000000000008 0306c00002010501 ffff010203040506",
        ) +
        path("c0", 17, "0201 00010002") + path("c0", 18, "00010002c0000201") +
        path("c0", 22, "00 06 000100 c0000201") + path("80", 26, "01000b0000000000000005") +
        path("c0", 32, "000100020000000300000004") +
        path("e0", 128, `00010002${path("40", 1, "01")}${path("40", 5, "00")}`) +
        path("c0", 40, "0102"),
      "18c00002 10c000 0a",
    ),
  ),
  "BGP routes of other families": tcp(
    179,
    UPDATE(
      "",
      path("80", 14, `0002 01 10 ${ADDRESS6} 00 20 20010db8 40 20010db800000001`) +
        path("80", 14, "0001 80 0c 0000000000000000c0000201 00 70 000101 0000000100000002 c00002") +
        path("80", 14, "0001 04 04 c0000201 00 30 000101 c00002") +
        path("80", 14, "0001 84 04 c0000201 00 60 00010002 0002000100000002 00") +
        path("80", 14, "0019 41 04 c0000201 00 0011 0000000100000002 0001 0002 000031 0000") +
        path("80", 14, "0019 41 04 c0000201 00 0015 0001c00002010002 0001 0002 000031 01 0008 ff 00 0000") +
        path("80", 14, "0001 05 04 c0000201 00 01 0c 0002 000100020003 c0000201") +
        path("80", 14, "0001 05 04 c0000201 00 05 12 0000000100000002 20 c0000201 20 e1000001") +
        path("80", 14, "0001 42 04 c0000201 00 80 0000000100000002 c0000201 e1000001") +
        path("80", 14, "0019 46 04 c0000201 00 0102") + path("80", 15, "0001 01") + path("80", 15, "0002 01 81"),
      "",
    ) + UPDATE("", "", ""),
  ),
  "BGP others": tcp(
    179,
    BGP("03", "0602 03 627965 0102") + BGP("03", "0601 0001 01 000003e8") + BGP("03", "0204") + BGP("04", "") +
      BGP("05", "00010001") + BGP("09", "0102") + "00" + BGP("04", "") + "ff".repeat(16) + "0001 04",
  ),
  "Telnet commands": tcp(23, "fffb01 fffd1f fffa18 01 fff0 fffa1f 0050 0018 fff0 fffa25 0002 fff0 fffc63 fff9 ffff 61"),
  "Redis values": tcp(
    6379,
    text(
      "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n+OK\r\n:12\r\n-ERR no\r\n$-1\r\n$0\r\n\r\n*0\r\n*-1\r\n$-5\r\n*x\r\nPING\r\n$9\r\nabc",
    ),
  ),
  "WHOIS": tcp(43, text("example.test\r\n")),
  "BEEP": tcp(10288, text("RPY 0 0 . 0 5\r\n")),
  "fast open": options("220a 0011223344556677 fe04f989"),
  "fast open asked": options("2202 2205 010203"),
  "multipath capable": options("1e0c 00 81 0011223344556677"),
  "multipath joins": options("1e0c 11 02 00000001 00000002"),
  "multipath data": options("1e14 20 05 00000001 00000002 00000003 0004 beef 1e0c 30 01 c0000201 0050 0000", "10"),
  "multipath addresses": options(
    "1e08 34 01 c0000201 1e10 30 02 c0000202 0011223344556677 1e05 40 0102 1e04 51 03",
    "10",
  ),
  "multipath ends": options("1e0c 60 00 0000000000000005 1e0c 70 00 0011223344556677 1e03 90", "10"),
  "broken option": options("0204 05b4 1e03 20", "10"),
};
