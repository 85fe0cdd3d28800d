// Frames by hand of reliable multicast, with ZeroMQ in some, and of NetFlow, which no port tells.
import { counted, ip, ip6, number, sizeOf, tcp, text, udp } from "./frames.ts";

const A4 = "c0000207", A6 = "20010db8000000000000000000000007", NLA4 = `0001 0000 ${A4}`, NLA6 = `0002 0000 ${A6}`;
const pgm = (type: number, body: string, options = "") => {
  const flags = options === "" ? "00" : "01",
    listed = options === "" ? "" : `00 04 ${number(4 + sizeOf(options), 2)} ${options}`;
  return `1388 1389 ${number(type, 1)} ${flags} 0000 010203040506 ${number(8, 2)} ${body} ${listed}`;
};
const option = (type: number, body: string) => `${number(type, 1)}${number(4 + sizeOf(body), 1)}0000${body}`;
const WORD = "00000007";
const ODATA = `${WORD} 00000001`;
const FRAMES = `ffff 0005 01 ${text("abcd")} 01 00 ff 0000000000000003 00 ${text("xy")}`;
const record = (middle: string) => `${A4} ${A4} ${A4} 0001 0002 ${WORD} 00000100 000003e8 000007d0 1f90 0050 ${middle}`;

export const PGM_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "PGM path": ip(113, pgm(0, `${WORD} 00000001 00000002 ${NLA4}`)),
  "PGM path, IPv6": ip6(113, pgm(0, `${WORD} 00000001 00000002 ${NLA6}`, option(0x93, `${WORD} ${NLA6}`))),
  "PGM path, other": ip(113, pgm(0, `${WORD} 00000001 00000002 0009 0000`)),
  "PGM poll": ip(113, pgm(1, `${WORD} 0001 0000 ${NLA4} 00000001 00000002 0000000f`)),
  "PGM poll answer": ip(113, pgm(2, `${WORD} 0001 0000`)),
  "PGM data": ip(
    113,
    pgm(
      4,
      ODATA,
      `${option(1, WORD.repeat(3))}${option(3, WORD)}${option(4, WORD.repeat(2))}${option(5, WORD.repeat(2))}${
        option(0x8d, "")
      }`,
    ),
  ),
  "PGM repair": ip(
    113,
    pgm(
      5,
      ODATA,
      `${option(7, NLA4)}${option(8, WORD)}${option(9, WORD)}${option(10, WORD)}${option(11, "")}${option(14, "")}${
        option(15, "")
      }${option(0x91, "")}`,
    ),
  ),
  "PGM missing": ip(113, pgm(8, `${WORD} ${NLA4} 0000 0000 0001 0000`, option(0x82, WORD.repeat(3)))),
  "PGM missing, none": ip(113, pgm(9, `${WORD} ${NLA4} 0000 0000 0001 0000`)),
  "PGM missing, confirmed": ip(113, pgm(10, `${WORD} ${NLA4} 0000 0000 0001 0000`)),
  "PGM acknowledgment": ip(113, pgm(11, `${WORD} 0000000f`, `${option(0x12, `${WORD} ${NLA4}`)}${option(0x90, WORD)}`)),
  "PGM request": ip(113, pgm(12, "")),
  "PGM request with options": ip(113, pgm(12, "", option(0x8d, ""))),
  "PGM other": ip(113, pgm(99, "")),
  "PGM options, wrong": ip(113, pgm(4, ODATA, `${option(3, "")}`)),
  "PGM options, short": ip(113, pgm(4, ODATA, "0d02 0000")),
  "PGM options, other": ip(113, pgm(4, ODATA, `${option(0x55, WORD)}${option(12, WORD)}`)),
  "PGM options, address": ip(113, pgm(4, ODATA, option(7, `0001 0000 ${A4} 00`))),
  "PGM cut": ip(113, "13881389 04"),
};

/** Datagrams and segments that are what they are said to be, by the word for it. */
export const FORCED_FRAMES: Readonly<Record<string, readonly Uint8Array[]>> = {
  pgm: [udp(5000, pgm(4, ODATA, option(0x8d, ""))), udp(5000, "1388")],
  pgm_zmtp1: [
    udp(5000, pgm(4, `${ODATA} ${FRAMES}`)),
    udp(5000, pgm(5, `${ODATA} 0003 ${text("abc")}`)),
    udp(5000, pgm(4, `${ODATA} 00ff`)),
  ],
  zmtp1: [
    tcp(5000, `05 01 ${text("abcd")} ff 0000000000000100 00 ${text("x".repeat(255))} 00`),
    tcp(5000, "ff 00"),
  ],
  cnfp: [
    udp(2055, `0001 0001 00000400 5f000000 00000005 ${record("0000 06 10 1b 000000 00000000")}`),
    udp(2055, `0005 0001 00000400 5f000000 00000005 00000009 01 02 0000 ${record("00 02 06 00 fde8 fde9 18 10 0000")}`),
    udp(
      2055,
      `0006 0001 00000400 5f000000 00000005 00000009 00000000 ${record("00 00 06 00 fde8 fde9 18 10 0304")} 00000000`,
    ),
    udp(2055, `0009 ${counted("00", 2)}`),
    udp(2055, "0005 0001"),
  ],
  aodv: [udp(5000, "04 00")],
  lmp: [udp(5000, "1000 00 04 0014 0000 01 07 000c 00000001 00000002"), udp(5000, "2000")],
  vat: [udp(5000, "00852301 00000007 00"), udp(5000, "00")],
  wb: [udp(5000, "c0000201 0000 00 0002 0000 00000001"), udp(5000, "00")],
  someip: [udp(5000, "0001 0002 00000008 0003 0004 01 01 00 00")],
};
