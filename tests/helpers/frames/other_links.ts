// Frames by hand of link types that are seldom met, by LINKTYPE_ value. Octets are written as in frames.ts.
import { octets } from "./frames.ts";

const IP = "4500 001c 0001 0000 40 01 0000 c0000201 c0000202 0800 0000 0001 0001";
const TCP = "4500 0028 0001 0000 40 06 0000 c0000201 c0000202 0050 0400 00000001 00000002 50 10 0400 0000 0000";
const SNAP = `aaaa03 000000 0800 ${IP}`;
const ring = (control: string, source: string, rest: string) => octets(`10 ${control} 020000000001 ${source} ${rest}`);
const fddi = (control: string, rest: string) => octets(`${control} 020000000001 020000000002 ${rest}`);
const slip = (head: string, rest: string) => octets(head + "00".repeat(16 - octets(head).length) + rest);
const usb = (event: string, transfer: string, rest: string) =>
  octets(`0000000000000000 ${event} ${transfer} 81 03 0100 ${rest}`);
const ACKNOWLEDGMENT = "d400 0000 020000000001";

export const OTHER_LINKS: Readonly<Record<number, readonly Uint8Array[]>> = {
  6: [
    ring("40", "020000000002", SNAP),
    ring("40", "820000000002", `86d0 0011 0022 ${SNAP}`),
    ring("40", "820000000002", `0610 0011 ${SNAP}`),
    ring("00", "020000000002", "01020304"),
    ring("40", "820000000002", "c270 7f 7f 73"),
    octets("1040"),
  ],
  8: [
    slip("00 45", IP),
    slip("01 70 4500 0028 0001 0000 40 06", TCP),
    // tcpdump does not pass over changes of one octet: no other stands behind one.
    slip("00 c9 07 1234 00 0005 00 ffff", TCP),
    slip("01 a3 1234 00 0005 00 fff0 00 0009", TCP),
    slip("01 8b 1234", TCP),
    slip("00 8f 1234", TCP),
    slip("00 05", "60"),
    slip("07 05", "05"),
    octets("0045"),
  ],
  10: [
    fddi("50", SNAP),
    fddi("41", "0102"),
    fddi("c2", "0102"),
    fddi("d3", "0102"),
    fddi("00", "0102"),
    octets("5002"),
  ],
  100: [octets(SNAP), octets(`03 81`), octets(`${"01020304".repeat(5)}${SNAP}`)],
  119: [
    octets("00".repeat(144) + ACKNOWLEDGMENT),
    octets(`80211001 00000010 0000000000000000${ACKNOWLEDGMENT}`),
    octets("0044"),
  ],
  163: [octets(`80211001 00000010 0000000000000000${ACKNOWLEDGMENT}`), octets("80211001 00000004"), octets("80")],
  189: [
    usb("53", "02", "00".repeat(34)),
    usb("43", "01", "00".repeat(34)),
    usb("45", "03", "00".repeat(34)),
    usb("41", "07", "00".repeat(34)),
    octets("00"),
  ],
  201: [octets("00000001 04 0e 01 00"), octets("00000000 01"), octets("0000")],
  220: [usb("53", "01", "00".repeat(50)), usb("43", "00", "00".repeat(50)), usb("43", "00", "00".repeat(34))],
  // Of these there is no printer: their octets are shown.
  160: [octets("01020304"), octets("00".repeat(40))],
};
