// Frames by hand of IEEE 802.15.4, without and with their check, and as datagrams.
import { number, octets, udp } from "./frames.ts";
import { hex } from "../../../lib/base/hex.ts";

const swap = (value: number, size: number) => number(value, size).match(/../g)!.reverse().join("");

function crc(bytes: Uint8Array, polynomial: number): number {
  let sum = 0;
  for (const octet of bytes) {
    sum ^= octet;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) !== 0 ? sum >>> 1 ^ polynomial : sum >>> 1;
  }
  return sum >>> 0;
}
const short = (frame: string) => octets(frame.replace(/ /g, "") + swap(crc(octets(frame), 0x8408), 2));
const long = (frame: string) => octets(frame.replace(/ /g, "") + swap(crc(octets(frame), 0xedb88320), 4));

const A8 = "0102030405060708", B8 = "1112131415161718";
/** The control octets of a frame. */
const control = (type: number, version: number, to: number, from: number, flags = 0) =>
  swap(type | flags | to << 10 | version << 12 | from << 14, 2);
const element = (id: number, body: string) => swap(id << 7 | body.replace(/ /g, "").length / 2, 2) + body;
const group = (id: number, body: string) => swap(0x8000 | id << 11 | body.replace(/ /g, "").length / 2, 2) + body;
const nested = (id: number, body: string) => swap(id << 8 | body.replace(/ /g, "").length / 2, 2) + body;
const SECURED = 8, PENDING = 16, AR = 32, COMPRESSED = 64, UNNUMBERED = 0x100, ELEMENTS = 0x200;
const command = (id: number, body: string) =>
  short(`${control(3, 1, 2, 3, COMPRESSED)} 07 3412 0100 ${A8} ${number(id, 1)} ${body}`);
const enhanced = (body: string) => short(`${control(1, 2, 2, 2, COMPRESSED | ELEMENTS)} 07 3412 0100 0200 ${body}`);
const END = "003f";
const mlme = group(
  1,
  nested(26, "0102030405 06") + nested(27, "01 00 6500 02 0000 0000 0f 0100 0200 10") + nested(28, "01") +
    nested(28, `01${"0102".repeat(12)}`) + nested(28, `01${"0102".repeat(10)}010203 040506`) + nested(28, "0102") +
    nested(30, "01") +
    swap(0x8000 | 9 << 11 | 1, 2) + "07" + swap(0x8000 | 9 << 11 | 19, 2) +
    "07 09 1000 00000003 ffff 0200 0100 0200 0300 00" + nested(5, "01"),
);
const dsme = (extended: boolean) =>
  `ff9f 11 0100 ${A8} ${extended ? "071d" : "d7"} 010203040506 0700 0100 0100 ff 07 08 0900 01 aa ${
    extended ? "02 0100 0200" : ""
  }`;

export const WPAN_FRAMES: readonly Uint8Array[] = [
  short(`${control(1, 0, 2, 2, COMPRESSED)} 07 3412 0100 0200 0102030405`),
  long(`${control(1, 1, 3, 3, AR | PENDING)} 07 3412 ${A8} 7856 ${B8} 0102`),
  octets(`${control(1, 0, 2, 2, COMPRESSED)} 07 3412 0100 0200 0102030405`),
  short(`${control(2, 0, 0, 0)} 07`),
  short(`${control(0, 0, 0, 2)} 07 3412 0100 ffcf 00 00`),
  short(`${control(0, 0, 0, 2)} 07 3412 0100 ffcf 81 01 0200 13 11 0100 ${A8} 0102`),
  short(`${control(0, 0, 0, 2)} 07 3412 0100 ffcf 02 01 0200`),
  short(`${control(0, 0, 0, 2)} 07 3412 0100 ff`),
  command(1, "8e"),
  command(2, "0100 00"),
  command(2, "0100 09"),
  command(3, "01"),
  command(4, ""),
  command(7, "01"),
  command(8, "3412 0100 0b 0200"),
  command(8, "3412 0100 0b 0200 02"),
  command(9, "35"),
  command(0x13, "0102"),
  command(0x3f, "01"),
  command(1, "0102"),
  short(`${control(1, 2, 3, 3, SECURED)} 07 3412 ${A8} ${B8} 0d 01020304 07 aabbccdd 01020304`),
  short(`${control(1, 2, 3, 0, SECURED | UNNUMBERED)} ${A8} 12 01020304 01020304 07 ${"aa".repeat(8)} 0102`),
  short(`${control(1, 2, 0, 2, SECURED)} 07 3412 0100 3b ${A8} 07 ${"aa".repeat(16)} 01`),
  short(`${control(1, 2, 2, 3, COMPRESSED)} 07 3412 0100 ${A8} 01`),
  short(`${control(1, 2, 0, 0, COMPRESSED)} 07 3412 01`),
  short(`${control(1, 2, 1, 2)} 07`),
  short(`${control(1, 1, 2, 0, COMPRESSED | UNNUMBERED)} 3412 0100`),
  enhanced(
    `${element(0, "010203 04")}${element(26, "0100 0200 0300")}${element(27, "01 02 0300")}${element(29, "0100 0200")}${
      element(30, "ff8f")
    }${element(40, "0102")}${element(127, "")}0102`,
  ),
  enhanced(`${element(28, dsme(false))}${element(33, dsme(true))}${element(127, "")}`),
  enhanced(`${END}${mlme}${group(2, "010203 04")}${group(5, "01 02")}${group(0, "01")}${group(15, "")}0102`),
  enhanced(
    `${END}${group(3, "08 0100 02")}${group(3, "09 02")}${group(3, "0a 00 0100 0200 03")}${group(3, "0c 01 02")}${
      group(3, "0e")
    }${group(3, "0e 0100")}${group(3, "0e 01")}${group(3, "0b 01")}`,
  ),
  enhanced(`${element(5, "01")}`),
  enhanced("ff"),
  short("8503 07 0102"),
  short(`0dc5 07 3412 0102`),
  short(`adcf 07 0100 0200 ${END} 01`),
  octets("4500"),
  octets("06 00 01"),
  octets("04 00 01"),
  octets("01"),
  octets("0188"),
];

const inner = hex(WPAN_FRAMES[0]!);
const size = number(inner.length / 2, 1);
export const ZEP_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "ZEP 1": udp(17754, `4558 01 0b 0001 01 ff ${"00".repeat(7)} ${size} ${inner}`),
  "ZEP 2": udp(17754, `4558 02 01 0b 0001 00 ff e6000000 80000000 00000007 ${"00".repeat(10)} ${size} ${inner}`),
  "ZEP acknowledgment": udp(17754, "4558 02 02 00000007"),
  "ZEP other": udp(17754, "4142 01"),
  "ZEP short": udp(17754, "4558 01 0b 0001"),
  "ZEP empty": udp(17754, `4558 02 01 0b 0001 01 ff 00000000 00000000 00000007 ${"00".repeat(10)} 00 0102`),
};
