// Frames by hand of link types that are seldom met, by LINKTYPE_ value. Octets are written as in frames.ts.
import { octets } from "./frames.ts";
import { WPAN_FRAMES } from "./wpan.ts";

const IP = "4500 001c 0001 0000 40 01 0000 c0000201 c0000202 0800 0000 0001 0001";
const TCP = "4500 0028 0001 0000 40 06 0000 c0000201 c0000202 0050 0400 00000001 00000002 50 10 0400 0000 0000";
const SNAP = `aaaa03 000000 0800 ${IP}`;
const ring = (control: string, source: string, rest: string) => octets(`10 ${control} 020000000001 ${source} ${rest}`);
const fddi = (control: string, rest: string) => octets(`${control} 020000000001 020000000002 ${rest}`);
const slip = (head: string, rest: string) => octets(head + "00".repeat(16 - octets(head).length) + rest);
const usb = (event: string, transfer: string, rest: string) =>
  octets(`0000000000000000 ${event} ${transfer} 81 03 0100 ${rest}`);
const ACKNOWLEDGMENT = "d400 0000 020000000001";

const IP6 = "6000 0000 0000 3b 40 20010db8000000000000000000000001 20010db8000000000000000000000002";
const PPP = "0021";
const pflog = (family: string, rest: string, sub = "ffffffff") =>
  octets(
    `3d ${family} 01 00 656d30${"00".repeat(13)} ${"72756c6573"}${"00".repeat(11)} 00000003 ${sub} ${
      "00".repeat(16)
    } 01 000000 ${rest}`,
  );
const pktap = (kind: string, link: string, rest: string, size = "6c000000") =>
  octets(`${size} ${kind} ${link} ${"00".repeat(96)} ${rest}`);
const juniper = (flags: string, rest: string) => octets(`4d4743 ${flags} ${rest}`);
const EXTENDED = "0017 01 01 05 03 01 04 06 01 0e 04 04 45000000 02 03 666530 85 02 0001";
const cell = (kind: string, rest: string) => `00500018 00 ${kind} ${rest}${"6a".repeat(45 - octets(rest).length)} 0123`;

export const OTHER_LINKS: Readonly<Record<number, readonly Uint8Array[]>> = {
  0: [
    octets(`02000000 ${IP}`),
    octets(`0000001e ${IP6}`),
    octets("07000000 8102"),
    octets("10000000 0030 0000 0001 0002 03 04 05 06 04 01020304"),
    octets("17000000 ffff 0020 00 11 00000001 ffffffffffff 0453 00000002 020000000001 4000 0000"),
    octets("63000000 0102"),
    octets("0200"),
  ],
  7: [
    octets(`01 02 f0 ${IP}`),
    octets(`01 02 d4 00 0007 ${IP}`),
    octets(`01 02 d4 03 0007 ${IP}`),
    octets(`01 02 d4 02 0007 ${IP}`),
    octets(`01 02 d4 ff 0007 d4 01 0007 ${IP}`),
    octets(`01 02 c4 00 0007 ${IP6}`),
    octets(`01 02 f7 00 0007 01020304`),
    octets("01 02 80 01020304"),
    octets("01 02 d4 00"),
  ],
  99: [
    octets(`${"00".repeat(6)} 0800 ${"00".repeat(36)} ${IP}`),
    octets(`${"00".repeat(6)} 0100 ${"00".repeat(36)} 0102`),
  ],
  106: [octets(SNAP), octets(IP), octets("aaaa")],
  109: [
    octets(`02000000 00000007 000c0000 ${IP}`),
    octets(`00000018 00000007 00000400 ${IP6}`),
    octets(`00000002 00000007 00000000 ${IP}`),
  ],
  114: [
    octets("01 02 01 000d 03 04 04 01020304"),
    octets("ff 02 02 0030 0000 0001 0002 03 04 05 06 04 01020304"),
    octets("01 02 4b 0102"),
    octets("01 02 81"),
    octets("01 02 01 00"),
    octets("01"),
  ],
  117: [pflog("02", IP), pflog("18", IP6, "00000002"), pflog("07", "0102"), octets("2c02"), octets("3d02")],
  122: [octets(`1000 020000000001 1000 020000000002 ${SNAP}`), octets("1000")],
  123: [
    octets(`82 00 0064 ${SNAP}`),
    octets(`01 00 0064 ff00 01 01 0102`),
    octets(`01 00 0064 0003 020000000001 020000000002 0800 ${IP}`),
    octets("02 00 0005 09 03 800001 05 0000"),
    octets("02 00 0005 11"),
    octets("02 00 0002"),
    octets("02 00 0001"),
    octets(`02 00 0003 ${cell("18", "01 00000007")}`),
    octets(`02 00 0004 ${cell("10", "01")}`),
    octets(
      "02 00 0010 30 26 02 01 00 04 06 7075626c6963 a0 19 02 01 01 02 01 00 02 01 00 30 0e 30 0c 06 08 2b06010201010300 05 00",
    ),
  ],
  129: [octets(`01 02 0000 f0 ${IP}`), octets(`01 02 0000 d4 00 0007 ${IP}`)],
  130: [
    juniper("01", `0021 ${IP}`),
    juniper("00", `54 07 0102 ff03 ${PPP} ${IP}`),
    juniper("00", `47 00 00 00 00 00 0038 ${IP}`),
    juniper("00", `47 00 00 00 00 10 0038 ${IP6}`),
    juniper("01", `0023 81 03`),
  ],
  131: [juniper("00", `54 07 0102 0308 cc ${IP}`), juniper("01", `0001 03cc ${IP}`), juniper("01", "0001 0300 8102")],
  132: [
    juniper("00", `0001 40 01 00000005 c0000201 c0000202 ${IP}`),
    juniper("01", `0001 40 05 00000005 c0000201 c0000202 ${IP}`),
    juniper("01", `0001 40 09 00000005 c0000201 c0000202 ${IP}`),
  ],
  133: [juniper("01", `47 00 02 00 0005 0000 ${IP}`), juniper("01", `01 00 06 00 0005 0000 ${IP6}`)],
  134: [
    juniper("01", `00000001 03cc ${IP}`),
    juniper("01", `e0 00 04 00 00 00`),
    juniper("01", `54 07 00000001 fefe 0381 02`),
    juniper("01", `47 00 00 00 00 20 0038 00064140 ${IP}`),
  ],
  135: [
    juniper("00", `0000000000000000 ${SNAP}`),
    juniper("00", `0000000000000010 00000000 ${cell("18", "01")}`),
    juniper("00", `0000000100000000 020000000001 020000000002 0800 ${IP}`),
    juniper("01", `0000000100000000 ${PPP} ${IP}`),
    juniper("01", `0000000100000000 ${IP}`),
  ],
  136: [juniper("01", `4701000000000000 4701000200000003 ${IP}`)],
  137: [
    juniper("00", `80000000 ${cell("28", "01")}`),
    juniper("00", `00000000 ${SNAP}`),
    juniper("00", `00000000 03 cc ${IP}`),
  ],
  138: [octets(`0001020304050607 1011121314151617 0800 ${IP}`), octets(`0001020304050607 1011121314151617 1234 0102`)],
  164: [juniper("01", `4700000000000000 01 00 0002 00000003 ${IP}`)],
  167: [juniper("01", `020000000001 020000000002 0800 ${IP}`)],
  168: [juniper("01", `0800 ${IP}`), juniper("01", "1234 01020304")],
  178: [
    juniper("01", `020000000001 020000000002 0800 ${IP}`),
    juniper("82", `${EXTENDED} 00000002 ${IP}`),
    juniper("81", `${EXTENDED} 020000000001 020000000002 0800 ${IP}`),
    juniper("00", `020000000001 020000000002 1234 ${IP}`),
    octets("00000000"),
  ],
  179: [juniper("01", `ff03 ${PPP} ${IP}`)],
  180: [juniper("01", `1841 03 cc ${IP}`)],
  181: [juniper("01", `0f00 0800 ${IP}`)],
  230: WPAN_FRAMES.slice(0, 4),
  283: [
    octets("0000 0c00 0000 0100 02000000 4188 07 3412 0100 0200 0102"),
    octets("0000 0300"),
    octets("0100 0400"),
    octets("0000 ff00"),
    octets("0000"),
  ],
  258: [
    pktap("01000000", "01000000", `020000000001 020000000002 0800 ${IP}`),
    pktap("01000000", "0c000000", IP),
    pktap("01000000", "99090000", "01020304"),
    pktap("00000000", "01000000", ""),
    pktap("01000000", "01000000", "", "6b000000"),
    pktap("01000000", "01000000", "", "ff000000"),
    octets("6c"),
  ],
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
  100: [octets(SNAP), octets(`03 81`), octets(`${"01020304".repeat(5)}${SNAP}`), octets("0102030405")],
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
  195: WPAN_FRAMES,
  201: [octets("00000001 04 0e 01 00"), octets("00000000 01"), octets("0000")],
  220: [usb("53", "01", "00".repeat(50)), usb("43", "00", "00".repeat(50)), usb("43", "00", "00".repeat(34))],
  // Of these there is no printer: their octets are shown.
  160: [octets("01020304"), octets("00".repeat(40))],
};
