// Frames by hand: protocols that are seldom met, and odd messages of those that are met every day.
import { ether, ip, number, tcp, text, udp } from "./frames.ts";

const chunk = (type: number, flags: string, value: string) => {
  const size = value.replace(/\s+/g, "").length / 2;
  return `${number(type, 1)} ${flags} ${number(size + 4, 2)} ${value}${"00".repeat(-size & 3)}`;
};
const sctp = (...chunks: string[]) => ip(132, `1f90 1f91 00000001 00000000 ${chunks.join("")}`);
const NUL = "00";

export const SELDOM_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "HTTP without a version": tcp(80, text("482 odd\r\n")),
  "HTTP with a tab": tcp(80, text("GET / HTTP/1.1\r\nX-Tab: a\tb\r\n\r\n\tbody\n")),
  "HTTP, an answer without a line's end": tcp(80, text("HTTP/1.1 200 OK"), 80),
  "HTTP with a carriage return alone": tcp(80, text("GET / HTTP/1.1\r\na\rb\r\n")),
  "FTP, help": tcp(40000, text("214-Commands\r\n   ABOR ACCT\r\n214 End\r\n"), 21),
  "FTP, binary": tcp(21, "00ff80"),
  "SSH version": tcp(22, text("SSH-2.0-OpenSSH_9.2\r\n")),
  "SSH, no version": tcp(22, text("SSH-2.0-\x01\r\n")),
  "SSH, no line": tcp(22, text("SSH-2.0")),
  "RTSP": tcp(554, text("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")),
  "syslog": udp(514, text("<189>30: *Sep 22: %LINK-3-UPDOWN: up")),
  "syslog, large": udp(514, text("<999>x")),
  "syslog, four digits": udp(514, text("<1234>x")),
  "syslog, no number": udp(514, text("<>x")),
  "LISP registers": udp(
    4342,
    `3e000102 0000000000000001 0001 0014 ${"ab".repeat(20)}` +
      "000005a0 02 20 10 00 0007 0001 c0000200 01 64 ff 00 0005 0001 c0000201 02 64 ff 00 0000 0002 " +
      "20010db8000000000000000000000001 000005a0 00 40 60 00 0007 0002 20010db8000000000000000000000000" +
      "00112233445566778899aabbccddeeff 0000000000000007",
  ),
  "LISP notifies": udp(
    4342,
    "44000001 0000000000000001 0002 0002 abcd 000005a0 01 20 00 00 0000 0001 c0000200 01 64 ff 00 0000 0009 0102",
  ),
  "LISP, no records": udp(4342, "30000000 0000000000000001 0009 0000"),
  "LISP, another family": udp(4342, "30000001 0000000000000001 0000 0000 000005a0 01 20 00 00 0000 0009"),
  "LISP requests": udp(4342, "10000001 0000000000000001 0000 0000"),
  "LISP, odd type": udp(4342, "f0000001 0000000000000001 0000 0000"),
  "LISP, locator cut": udp(4342, "30000001 0000000000000001 0000 0000 000005a0 02 20 e0 00 0000 0001 c0000200 0164"),
  "LISP, identity cut": udp(4342, "32000001 0000000000000001 0000 0000 000005a0 00 20 e0 00 0000 0001 c0000200 0164"),
  "IGRP": ip(
    9,
    "11 05 0001 0001 0001 0001 beef 010203 000064 0003e8 05dc ff 01 00 c00002 000001 000000 05dc ff 01 02 " +
      "c63364 ffffff 000001 05dc ff 01 03",
  ),
  "IGRP request": ip(9, "12 00 0001 0000 0000 0000 0000"),
  "IGRP, more than it says": ip(9, "13 00 0001 0000 0000 0000 0000 010203 000064 0003e8 05dc ff 01 00 00"),
  "IGRP, less than it says": ip(9, "11 00 0001 0001 0000 0000 0000"),
  "IGRP, short": ip(9, "1100 0001 0001"),
  "MSDP": tcp(
    639,
    `04 0003 01 0014 01 c0000201 000000 20 e1000001 c0000202 02 0008 00 e1000001 05 0005 0100 07 0004 00`,
  ),
  "MSDP with data": tcp(
    639,
    "01 0030 01 c0000201 000000 20 e1000001 c0000202 4500 001c 0001 0000 40 01 0000 c0000201 c0000202 0800 0000 0001 0001",
  ),
  "MSDP, long keepalive": tcp(639, "04 0004 00"),
  "MSDP, odd": tcp(639, "09 0004 00"),
  "MSDP cut": tcp(639, "03 0100 01"),
  "mobile IP": ip(55, "0600 39fd c0000201 c0000202"),
  "mobile IP, sender kept": ip(55, "0680 0000 c0000201 c0000202 0102"),
  "mobile IP, short": ip(55, "0680 0000"),
  "VLAN query": udp(
    1589,
    `01010003 00000001 00000c01 0004 c0000201 00000c02 0004 ${
      text("Fa01")
    } 00000c08 0006 020000000001 00000c99 0002 0102`,
  ),
  "VLAN query with an odd object": udp(1589, "01020002 00000001 00000c99 0002 0102 00000c01 0003 010203"),
  "VLAN query, nothing in it": udp(1589, "01050001 00000001 00000000 0000"),
  "VLAN query, other version": udp(1589, "02050001 00000001"),
  "timed sets": udp(525, `05 01 0007 0000000a 00000014 ${text("host")}00`),
  "timed sets back": udp(525, `01 01 0007 ffffffff 0007a120 ${text("host")}00`),
  "timed, loop": udp(525, `18 01 0007 0a000000 00000000 ${text("host")}00`),
  "timed, unknown": udp(525, `30 01 0007 00000000 00000000 ${text("host")}`),
  "TFTP, mode without an end": udp(69, `0001 ${text("file")}00 ${text("octet")}`),
  "TFTP, no mode": udp(69, `0001 ${text("file")}00`),
  "TFTP with options": udp(69, `0002 ${text("file")}00 ${text("octet")}00 ${text("blksize")}00 ${text("1432")}00`),
  "TFTP options answered": udp(69, `0006 ${text("blksize")}00 ${text("1432")}00 ${text("x")}`),
  "TFTP error": udp(69, `0005 0001 ${text("gone")}00`),
  "DHCP request cut": udp(67, "01010600 12345678 0004 8000 00000000 c0000205", 68),
  "TCP authentication without a key": ip(6, "9c40 0050 00000001 00000001 6018 0400 0000 0000 1d02 0100"),
  "IPv4, header longer than the packet": ether("0800", "4f00 003c 0001 0000 40 01 0000 c0000201 c0000202 0000"),
  "ARP for Frame Relay": ether("0806", "000f 0800 02 04 0008 1841 c0000201 18a1 c0000202"),
  "ARP for Frame Relay, no address": ether("0806", "000f 0800 02 04 0008 0064 c0000201 0101 c0000202"),
  "mDNS, another class": udp(5353, "0000 0000 0002 0000 0000 0000 0161 00 0001 8003 0162 00 0001 0003"),
  "DNS, records for years": udp(
    53,
    "1234 8180 0001 0001 0000 0000 0161 00 0001 0001 c00c 0001 0001 7fffffff 0004 c0000201",
  ),
  "DNS over TCP, cut": tcp(53, "0020 1234"),
  "DNS over TCP, one octet": tcp(53, "00"),
  "DNS over TCP, short": tcp(53, "0002 0102"),
  "DNS, names that end in the root by a pointer": udp(
    53,
    "1234 8180 0001 0001 0000 0000 c01a 0001 0001 c00c 0001 0001 0000000000 00",
  ),
  "DNS, more records said than there are": udp(53, "1234 0100 0001 0000 0000 00cf 0161 00 0001 0001"),
  "SCTP begins": sctp(chunk(1, "00", "00000001 0001a000 000a ffff 00000007 0005 0008 c0000201")),
  "SCTP data": sctp(
    chunk(0, "03", `00000007 0001 0002 00000003 ${text("hello")}`),
    chunk(0, "04", `00000008 0001 0003 00000024 ${text("x")}`),
    chunk(0, "00", `00000009 0001 0003 00000000 ${text("rest")}`),
  ),
  "SCTP, signalling": sctp(
    chunk(0, "03", "00000007 0001 0002 00000003 01 00 01 01 0000001c 0200 0008 00000001 0210 000a 010203040506"),
    chunk(0, "03", "00000008 0001 0002 00000003 01 00 04 07 00000010 0006 0006 0001"),
    chunk(0, "03", "00000009 0001 0002 00000003 01 00 07 07 00000010 0300 0008 00000001"),
    chunk(0, "03", "0000000a 0001 0002 00000003 01 00 00 01 00000004"),
    chunk(0, "03", "0000000b 0001 0002 00000003 02 00 00 01 00000008"),
  ),
  "SCTP acknowledges": sctp(chunk(3, "00", "00000007 00010000 0002 0001 0002 0003 0005 0006 00000004")),
  "SCTP others": sctp(
    chunk(2, "00", "00000001 0001a000 000a ffff 00000007"),
    chunk(4, "00", "0001 0008 01020304"),
    chunk(10, "00", "0102"),
    chunk(13, "00", "00000001"),
    chunk(192, "00", "00000001"),
    chunk(99, "00", ""),
  ),
  "SCTP, data of none": sctp(chunk(0, "03", "00000007 0001 0002 00000000")),
  "SCTP, short data": sctp(chunk(0, "03", "00000007")),
  "SCTP, short acknowledgement": sctp(chunk(3, "00", "00000007")),
  "SCTP, gaps cut": sctp(chunk(3, "00", "00000007 00010000 0002 0001 0002 0003 0005")),
  "SCTP, no chunk": sctp("0000 0003"),
  "SCTP, cut chunk": sctp("0000"),
  "SCTP, long chunk": sctp("0000 0100 01020304"),
  "SCTP ForCES": ip(132, `1a30 1a31 00000001 00000000 ${chunk(11, "00", "")}`),
  "Realtek hello": ether("8899", "0100 2379 00000000"),
  "Realtek hello answered": ether("8899", "0180 2379 01 02 020000000003 8305 00000ec5"),
  "Realtek get": ether("8899", "0101 2379 0200 78563412 01020304 05060708"),
  "Realtek others": ether("8899", "2300"),
  "Realtek tag": ether("8899", "9500"),
  "Realtek unknown": ether("8899", "2500"),
  "Kerberos 5": udp(88, "6a8201"),
  "Kerberos 4 asks": udp(
    750,
    `0402 ${text("user")}00 00 ${text("REALM")}00 5f000000 60 ${text("krbtgt")}00 ${text("R")}00`,
  ),
  "Kerberos 4 answers": udp(750, `0405 ${text("user")}00 00 ${text("REALM")}00 00000000 00000000 0000 3400 00`, 750),
  "Kerberos 4 refuses": udp(750, `040a ${text("user")}00${NUL}${text("REALM")}00 5f000000 00000008 ${text("no")}00`),
  "Kerberos 4 is used": udp(750, `0406 01 ${text("REALM")}00 2030`),
  "Kerberos 4, unknown": udp(750, "040e"),
  "Broadcom, listened to": udp(40000, `4a400005 4500 0014 0001 4000 40 06 0000 c0000201 c0000202`, 49152),
  "Broadcom, undecided": udp(40000, `68c00005 00`, 49152),
  "Broadcom, unknown": udp(40000, `00000005 00`, 49152),
};
