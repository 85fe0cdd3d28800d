// Frames of DECnet by hand: headers of both kinds, every control message, every message of NSP, and broken ones.
import { ether, number, sizeOf } from "./frames.ts";

const swapped = (value: number) => number(value, 2).replace(/(..)(..)/, "$2$1");
const packet = (body: string, size = sizeOf(body)) => ether("6003", `${swapped(size)} ${body} ${"00".repeat(20)}`);
const ADDRESS = (area: number, node: number) => swapped(area << 10 | node);
const MAC = (area: number, node: number) => `aa000400 ${ADDRESS(area, node)}`;
const short = (nsp: string, flags = "02") => `${flags} ${ADDRESS(1, 2)} ${ADDRESS(3, 4)} 05 ${nsp}`;
const long = (nsp: string, flags = "2e") => `${flags} 0000 ${MAC(1, 2)} 0000 ${MAC(3, 4)} 00 06 00 00 ${nsp}`;
const LINKS = "0120 0240";
const nsp = (flags: string, rest = "") => short(`${flags} ${LINKS} ${rest}`);

const MESSAGES: readonly string[] = [
  ...["00", "20", "40", "60", "30"].flatMap((flags) => [
    nsp(flags, "0500"),
    nsp(flags, "0580 0600"),
    nsp(flags, "0590 07a0 0600"),
    nsp(flags, "0580 07b0 0600"),
    nsp(flags, "0580"),
    nsp(flags, "0580 07a0"),
    nsp(flags),
  ]),
  ...["00", "01", "02", "03", "04", "08", "0c"].map((service) => nsp("10", `0580 07a0 0600 ${service} 09`)),
  nsp("10", "0580 07a0"),
  ...["50", "70", "0c", "64", "08", "78"].map((flags) => nsp(flags, "01000200")),
  ...["04", "14"].flatMap((flags) => [
    nsp(flags, "0580 0000"),
    nsp(flags, "0590 07a0"),
    nsp(flags, "0580 07b0"),
    nsp(flags, "0500 07a0"),
    nsp(flags, "0580"),
  ]),
  nsp("24"),
  ...["18", "68"].flatMap((flags) => ["00 00", "04 01", "08 02", "0c 03"].map((how) => nsp(flags, `${how} 4002`))),
  nsp("28", "04 02 4002 00"),
  nsp("28", "08 02 4002 05"),
  nsp("38", "0300 00"),
  nsp("38", "6300 02"),
  nsp("48", "2900"),
  nsp("18", "04"),
  nsp("28", "04 02 4002"),
  nsp("38", "0300"),
  short("00 01"),
  long("00 0120 0240 0500"),
  long("24 0120 0240", "16"),
  "2e 0000",
  `82 00 ${nsp("24")}`,
  `8a ${"00".repeat(9)} ${nsp("24")}`,
  "ff 02",
  `84 000000 ${short("24 0120 0240")}`,
  nsp("24").replace(/^02/, "42"),
  nsp("24").replace(/^02/, "04"),
  ...["01", "05", "09", "0d"].map((info) => `01 ${ADDRESS(1, 2)} ${info} 4002 02 00 00 1e00 00`),
  `03 ${ADDRESS(1, 2)} 0f`,
  `05 ${ADDRESS(1, 2)} aa`,
  `07 ${ADDRESS(1, 2)} 00 0200 0100 0304 0100 0500 ff7f 1234`,
  `09 ${ADDRESS(1, 2)} 00 0200 0100 0304 0108 0500 ff7f 1234`,
  `0b 020000 ${MAC(1, 2)} 02 d905 40 00 0f00 00`,
  `0b 020000 ${MAC(1, 2)} 65 d905 40 00 0f00 00 0102`,
  `0d 020000 ${MAC(1, 2)} 03 d905 00 0000000000000000 ${MAC(3, 4)} 0f00 00 02 aaaa`,
  `0d 020000 ${MAC(1, 2)} 00 d905 00`,
  ...["01", "03", "05", "07", "09", "0b"].map((flags) => `${flags} 0102`).map((body) => `${body}0000 00`.slice(0, 12)),
  "0f 0102 0304 0506",
];

export const DECNET_FRAMES: Readonly<Record<string, Uint8Array>> = Object.fromEntries([
  ...MESSAGES.map((body, i) => [`DECnet ${i}`, packet(body)]),
  ["DECnet size too large", packet("02", 100)],
  ["DECnet size too small", packet("02", 5)],
  ["DECnet frame too short", ether("6003", "0200 02")],
]);
