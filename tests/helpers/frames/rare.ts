// Frames by hand of networks that few have: clusters, vehicles, AppleTalk, optical access, ad hoc routing.
import { ether, number, text, udp, udp6 } from "./frames.ts";

const A4 = "c0000207", A6 = "20010db8000000000000000000000007";
const tipc = (user: number, words: number, type: number, rest: string) =>
  ether(
    "88ca",
    `${number((2 << 29 | user << 25 | words << 21 | 100) >>> 0, 4)} ${number((type << 29 | 7) >>> 0, 4)} ${rest}`,
  );
const position = "0102030405060708 00000001 00000002 00000003 00000004 0000";
const geo = (next: number, kind: number, rest: string) =>
  ether("8947", `1${next.toString(16)} ${number(kind, 1)} 00 00 0008 00 01 ${position} ${rest}`);
const pascal = (word: string) => number(word.length, 1) + text(word);
const ddp = (type: number, rest: string) => ether("809b", `0030 0000 0001 0002 03 04 05 06 ${number(type, 1)} ${rest}`);
const entry = `0002 04 06 01 ${pascal("name")} ${pascal("type")} ${pascal("*")}`;
const aarp = (code: number) =>
  ether("80f3", `0001 809b 06 04 ${number(code, 2)} 020000000001 00000102 020000000002 00000103`);

export const RARE_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "TIPC data": tipc(0, 6, 0, `00010002 01001001 00000005 00000006`),
  "TIPC data, long": tipc(2, 10, 3, `00010002 01001001 00000005 00000006 01001002 01001003 00000000 00000000 00000000`),
  "TIPC link": tipc(7, 10, 1, `00010002 01001001 00030004 00050006 01001002 01001003 00000007 00080009`),
  "TIPC neighbours": tipc(13, 6, 0, `01001001 01001002 00000011 00000001 ${"00".repeat(16)}`),
  "TIPC unknown": tipc(4, 6, 0, ""),
  "GeoNetworking beacon": geo(0, 0x10, "0102030405"),
  "GeoNetworking to all": geo(1, 0x51, `${"00".repeat(32)} 07d1 0000 01 02 0304`),
  "GeoNetworking near": geo(2, 0x50, "07d1 0000 01 00"),
  "GeoNetworking circle": geo(3, 0x40, "01020304"),
  "GeoNetworking short": ether("8947", "10 10 0000"),
  "CALM FAST": ether("1111", "01 02 0304"),
  "AppleTalk echo": ddp(4, "01020304"),
  "AppleTalk other": ddp(99, "01020304"),
  "AppleTalk lookup": ddp(2, `21 07 ${entry}`),
  "AppleTalk broadcast": ddp(2, `12 07 0009 04 06 00 ${pascal("name")} ${pascal("type")} ${pascal("*")}`),
  "AppleTalk names": ddp(2, `32 07 ${entry} 0009 08 07 02 ${pascal("b")} ${pascal("t")} ${pascal("z")}`),
  "AppleTalk names, odd": ddp(2, `47 07 ${entry}`),
  "AppleTalk names, long": ddp(2, `31 07 0002 04 06 01 ff ${"61".repeat(30)}`),
  "AppleTalk request": ddp(3, "78 05 0001 00000002 0102"),
  "AppleTalk answer": ddp(3, "b8 07 0001 00000000"),
  "AppleTalk release": ddp(3, "f8 ff 0001 00000000"),
  "AppleTalk transaction": ddp(3, "00 01 0001 00000000"),
  "AppleTalk ARP": aarp(1),
  "AppleTalk ARP reply": aarp(2),
  "AppleTalk ARP probe": aarp(3),
  "AppleTalk ARP other": aarp(9),
  "pause": ether("8808", `0001 ffff ${"00".repeat(42)}`),
  "optical gate": ether("8808", "0002 00000001 1a 00000002 0003 00000004 0005 0006"),
  "optical report": ether("8808", "0003 00000001 02 05 0001 0002"),
  "optical request": ether("8808", "0004 00000001 01 07"),
  "optical register": ether("8808", "0005 00000001 0007 03 0009 02"),
  "optical acknowledgment": ether("8808", "0006 00000001 01 0007 0009"),
  "optical other": ether("8808", "0009 00000001 01"),
  "AODV request": udp(654, `01 00 00 02 00000003 ${A4} 00000004 ${A4} 00000005 01 04 000003e8`),
  "AODV reply": udp(654, `02 00 05 02 ${A4} 00000004 ${A4} 00000005 07 02 0000`),
  "AODV error": udp(654, `03 80 00 02 ${A4} 00000004 ${A4} 00000005`),
  "AODV acknowledgment": udp(654, "04 00"),
  "AODV other": udp(654, "09 00"),
  "AODV request, IPv6": udp6(654, `01 00 00 02 00000003 ${A6} 00000004 ${A6} 00000005`),
  "AODV reply, IPv6": udp6(654, `02 00 05 02 ${A6} 00000004 ${A6} 00000005 01 02 00000000`),
  "AODV error, IPv6": udp6(654, `03 00 00 01 ${A6} 00000004`),
  "AODV draft request": udp6(654, `10 00 00 02 00000003 00000004 00000005 ${A6} ${A6}`),
  "AODV draft reply": udp6(654, `11 00 05 02 00000004 ${A6} ${A6} 00000005`),
  "AODV draft error": udp6(654, `12 00 00 02 ${A6} 00000004`),
  "AODV draft acknowledgment": udp6(654, "13 00"),
};
