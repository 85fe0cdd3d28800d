// Frames by hand: IEEE 802.11, bare and behind radiotap.
import { number, octets, text } from "./frames.ts";

/** 802.11 frames of every type, direction and length, from a fixed row of numbers. */
export function wifiFrames(): Uint8Array[] {
  let state = 5;
  const below = (n: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const addresses = [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2], [255, 255, 255, 255, 255, 255], [1, 0, 94, 0, 0, 1]];
  return Array.from({ length: 400 }, () => {
    const address = () => addresses[below(4)]!;
    const octets = [below(16) << 4 | below(4) << 2, below(4) | (below(8) === 0 ? 0x40 : 0), 0, 0];
    octets.push(...address(), ...address(), ...address(), 0, 0, ...address());
    for (let i = 0; i < 40; i++) octets.push(below(256));
    return Uint8Array.from(octets.slice(0, 10 + below(octets.length - 9)));
  });
}

const MACS = "020000000001 020000000002 020000000003 1000";
const NAME = `0004${text("home")}`, RATES = "0108 8284 8b96 0c12 1824", CHANNEL = "030106";
const FIXED = "0011223344556677 6400 1104";
const LLC = "aaaa03000000 0800 4500001c000100004011f6ce c0000201c0000202 0035003500080000";

/** Frames of each kind without a radiotap header. */
export const WIFI_FRAMES: readonly Uint8Array[] = [
  `8000 0000 ${MACS} ${FIXED} ${NAME} ${RATES} ${CHANNEL} 0504 00010000 0606 000102030405`,
  `8000 0000 ${MACS} 0011223344556677 6400 0200 ${NAME}`,
  `5000 0000 ${MACS} ${FIXED} ${NAME} ${RATES} ${CHANNEL}`,
  `4000 0000 ${MACS} ${NAME} ${RATES}`,
  `4000 0000 ${MACS} 0000 ff`,
  `0000 0000 ${MACS} 1104 0a00 ${NAME} ${RATES}`,
  `1000 0000 ${MACS} 1104 0000 01c0 ${RATES}`,
  `2000 0000 ${MACS} 1104 0a00 020000000009 ${NAME}`,
  `3000 0000 ${MACS} 0100 0100 02c0`,
  `9000 0000 ${MACS}`,
  `a000 0000 ${MACS} 0400`,
  `a000 0000 ${MACS} ffff`,
  `b000 0000 ${MACS} 0000 0100 0000`,
  `b000 0000 ${MACS} 0100 0200 0000 1004 01020304`,
  `b000 0000 ${MACS} 0100 0300 0000 1004 01020304`,
  `b000 0000 ${MACS} 0900 0200 0000`,
  `c000 0000 ${MACS} 0700`,
  `d000 0000 ${MACS} 0300`,
  `d000 0000 ${MACS} 0d01`,
  `d000 0000 ${MACS} 0f02`,
  `d000 0000 ${MACS} 7f01`,
  `d000 0000 ${MACS} 5001`,
  `7000 0000 ${MACS}`,
  `b040 0000 ${MACS} 11223344 5566`,
  `8400 0a00 020000000001 020000000002 0400 1000`,
  `9400 0a00 020000000001 020000000002 0400 1000`,
  `a400 01c0 020000000001 020000000002`,
  `b400 0a00 020000000001 020000000002`,
  `c400 0a00 020000000001`,
  `d400 0000 020000000001`,
  `e400 0000 020000000001 020000000002`,
  `f400 0000 020000000001 020000000002`,
  `7400 0000 020000000001 0000 00000000`,
  `0802 2c00 ${MACS} ${LLC}`,
  `0801 2c00 ${MACS} ${LLC}`,
  `0800 2c00 ${MACS} ${LLC}`,
  `0803 2c00 ${MACS} 020000000004 ${LLC}`,
  `8802 2c00 ${MACS} 0000 ${LLC}`,
  `88fa 2c00 ${MACS} 0000 11223344 5566`,
  `4801 0000 ${MACS}`,
  `c801 0000 ${MACS} 0000`,
  `3801 0000 ${MACS} ${LLC}`,
  `0c00 0000 ${MACS}`,
  `1400 0000 ${MACS}`,
].map(octets);

const radio = (present: string, fields: string, frame = WIFI_FRAMES[0]!) => {
  const head = octets(present + fields);
  const length = 4 + head.length;
  return new Uint8Array([0, 0, length, 0, ...head, ...frame]);
};

/** Frames behind radiotap headers. */
export const RADIO_FRAMES: readonly Uint8Array[] = [
  radio("2f480000", `0102030405060708 10 02 6c09 c000 e2 01 0000`),
  radio("fe3f0000", "4f 0c 6c09 a000 0102 d0 a1 0500 0600 07 08 01 02 03"),
  radio("02000000", "30"),
  radio("04000000", "87"),
  radio("08000c00", "6c09 8004 00 00 01000a00 6c09 06 14 3f15 07".replace("00 00 01000a00", "8000 0100")),
  radio("04000400", "6c00 3f15 0708"),
  radio("04001000", "6c00 3f15 0708"),
  radio("00000800", "3f 85 0f"),
  radio("00000800", "03 01 20"),
  radio("00003000", "01000000 0000 00 00 4400 04 04 31 12 00 00 01 00 0000"),
  radio("000080a0 01000000", "05"),
  radio("000000c0 00000000", "0011 22 01 0400 01020304"),
  radio("08000000", "3c14 4001"),
  radio("08000000", "3c14 8008"),
  radio("0000 0200", "00"),
  octets(`0000 0800 ${number(0x80, 4)}`),
  octets("0000 0400 00000000"),
];
