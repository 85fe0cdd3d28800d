// Frames of the link management protocol by hand: each object right, too long, and of a type that nobody knows.
import { number, sizeOf, udp } from "./frames.ts";

const message = (type: number, objects: string, flags = 0) =>
  udp(701, `1000 ${number(flags, 1)} ${number(type, 1)} ${number(8 + sizeOf(objects), 2)} 0000 ${objects}`);
const object = (kind: number, type: number, value: string) =>
  `${number(type, 1)} ${number(kind, 1)} ${number(4 + sizeOf(value), 2)} ${value}`;

const A4 = "c0000201", B4 = "c0000202", N = "00000007";
const A6 = "20010db8000000000000000000000001", B6 = "20010db8000000000000000000000002";
const PARTS = "01 0c 01 02 4e900000 4c189680 02 08 0000 0000060e";
const VALUES: readonly [kind: number, type: number, value: string][] = [
  ...[1, 2].map((type): [number, number, string] => [1, type, N]),
  ...[1, 2].map((type): [number, number, string] => [2, type, A4]),
  ...[3, 4].flatMap((kind) => [A4, A4, A6, A6, N, N].map((value, i): [number, number, string] => [kind, i + 1, value])),
  [5, 1, N],
  [5, 2, N],
  [6, 1, "00960190"],
  [7, 1, "00000001 00000002"],
  [8, 1, `0003 000a 00000004 02 00 1f40 4b189680 0000060e`],
  [9, 1, "000a 0001"],
  [10, 1, N],
  [11, 1, `03 000000 ${A4} ${B4}`],
  [11, 2, `01 000000 ${A6} ${B6}`],
  [11, 3, `00 000000 ${N} ${N}`],
  [12, 1, `07 000000 ${A4} ${B4} ${PARTS}`],
  [12, 2, `01 000000 ${A6} ${B6} 09 04 0000`],
  [12, 3, `01 000000 ${N} ${N} 01 02 0000`],
  [13, 1, `${A4} c0000001 ${B4} 00000003`],
  [13, 2, `${A6} 40000002`],
  [13, 3, `${N} 80000009`],
  [14, 1, `${A4} ${B4}`],
  [14, 2, A6],
  [14, 3, N],
  [20, 1, "0000001f"],
  [20, 2, "0000003f"],
  [51, 1, "03 01 0000"],
  [51, 2, `05 06 07 01 0001 0002 0003 0004 ${A4}`],
  [51, 2, `06 07 00 00 0001 0002 0003 0004 ${A4}`],
  [51, 2, `07 07 00 00 0001 0002 0003 0004 ${A4}`],
  [51, 3, "00000003 00000001"],
  [51, 4, "00000007"],
];

export const LMP_FRAMES: Readonly<Record<string, Uint8Array>> = Object.fromEntries([
  ...VALUES.map((
    [kind, type, value],
    i,
  ) => [`LMP ${i}`, message(1 + i % 20, object(kind, type | (i & 1) << 7, value))]),
  ...VALUES.map(([kind, type, value], i) => [`LMP long ${i}`, message(50, object(kind, type, `${value} 01020304`), 3)]),
  ...[...new Set(VALUES.map(([kind]) => kind)), 99].map((kind) => [
    `LMP type ${kind}`,
    message(52, object(kind, 9, "0102030405060708")),
  ]),
  ["LMP empty", message(60, "")],
  ["LMP short object", message(4, "01 07 0003 00")],
  ["LMP odd object", message(4, "01 07 0006 0001")],
  ["LMP past its end", udp(701, "1000 00 04 0010 0000 01 07 000c 0000000100000002")],
  ["LMP shorter than its header", udp(701, "1000 00 04 0007 0000")],
  ["LMP longer than its datagram", udp(701, `1000 00 04 0040 0000 ${object(1, 1, N)}`)],
  ["LMP version 2", udp(701, "2000 00 04 0008 0000")],
  ["LMP data link, odd part", message(14, object(12, 1, `00 000000 ${A4} ${B4} 01 05 0102 03`))],
  ["LMP data link, part past its end", message(14, object(12, 1, `00 000000 ${A4} ${B4} 01 0c 0102`))],
]);
