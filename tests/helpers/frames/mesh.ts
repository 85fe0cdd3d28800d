// Frames by hand of mesh routing and of what bridges check of each other.
import { counted, ether, number, sizeOf, text, udp, udp6 } from "./frames.ts";

const A4 = "c0000207", A6 = "20010db8000000000000000000000007";
const olsr = (...messages: string[]) => counted(`0001${messages.join("")}`, 2);
const olsr4 = (type: number, body: string) =>
  `${number(type, 1)} 86 ${number(12 + sizeOf(body), 2)} ${A4} 01 02 0003 ${body}`;
const olsr6 = (type: number, body: string) =>
  `${number(type, 1)} 86 ${number(24 + sizeOf(body), 2)} ${A6} 01 02 0003 ${body}`;
const quality4 = `${A4} ff 80 0000`, quality6 = `${A6} ff 80 0000`;
const part = (type: number, body: string) => `${number(type, 1)}${number(sizeOf(body), 2)}${body}`;
const cfm = (code: number, flags: string, offset: number, body: string) =>
  ether("8902", `a0 ${number(code, 1)} ${flags} ${number(offset, 1)} ${body}`);
const check = (names: string) => `00000001 0002 ${names}${"00".repeat(48 - sizeOf(names))} ${"00".repeat(16)}`;

export const MESH_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "OLSR hello": udp(698, olsr(olsr4(1, `0000 05 03 0600 0008 ${A4} 0a00 0004`), olsr4(3, `${A4} ${A4}`))),
  "OLSR hello, quality": udp(698, olsr(olsr4(201, `0000 05 03 0600 000c ${quality4}`))),
  "OLSR topology": udp(698, olsr(olsr4(2, `0004 0000 ${A4} ${A4}`), olsr4(202, `0004 0000 ${quality4}`))),
  "OLSR networks": udp(
    698,
    olsr(olsr4(4, `${A4} ffffff00 00000000 00ff0000 00000000 001f4c12 ${A4} ff00ff00 ${A4} fffffff8`)),
  ),
  "OLSR names": udp(
    698,
    olsr(olsr4(130, `0001 0002 0000 0003 ${A4} ${text("abc")} 00 0001 0004 ${A4} ${text("wxyz")}`)),
  ),
  "OLSR others": udp(698, olsr(olsr4(128, "01020304"), olsr4(99, "0102"), "0000 0000 00000000 00000000")),
  "OLSR wrong length": udp(698, olsr(`01 86 0003 ${A4} 01 02 0003`)),
  "OLSR IPv6": udp6(
    698,
    olsr(
      olsr6(201, `0000 05 03 0700 0018 ${quality6}`),
      olsr6(202, `0004 0000 ${quality6}`),
      olsr6(3, A6),
      olsr6(4, `${A6} ${"ff".repeat(8)}${"00".repeat(8)}`),
      olsr6(130, `0001 0001 0000 0003 ${A6} ${text("abc")} 00`),
    ),
  ),
  "CFM check": cfm(
    1,
    "84",
    70,
    `${check(`04 03 ${text("abc")} 02 04 ${text("defg")}`)} ${part(2, "02")} ${part(3, "01")} 00`,
  ),
  "CFM check, MAC": cfm(1, "01", 70, `${check("03 06 020000000001 03 02 0007")} ${part(31, "0080c2 01 02")} 00`),
  "CFM check, no domain": cfm(1, "00", 70, `${check("01 01 02 0007")} 00`),
  "CFM check, long names": cfm(1, "07", 70, check("00 30")),
  "CFM loopback": cfm(3, "00", 4, `00000001 ${part(4, "010203")} 00`),
  "CFM linktrace": cfm(
    5,
    "80",
    17,
    `00000001 40 020000000001 020000000002 ${part(1, `06 04 020000000003 02 abcd 01 07`)} 00`,
  ),
  "CFM linktrace reply": cfm(
    4,
    "e0",
    6,
    `00000001 3f 02 ${part(5, "01")} ${part(1, `05 05 01 ${A4} 00`)} ${part(1, `11 05 02 ${A6}`)} 00`,
  ),
  "CFM senders": cfm(
    2,
    "00",
    4,
    `00000001 ${part(1, "")} ${part(1, "00")} ${part(1, "03 04 010203")} ${part(1, `03 06 ${text("eth")} 02 0102`)} ${
      part(1, "03 09 010203")
    } ${part(1, "03 05 07 0102")} 00`,
  ),
  "CFM version": ether("8902", "a1 01 00 46"),
  "CFM offset": cfm(1, "00", 200, "00"),
};
