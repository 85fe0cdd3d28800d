// Frames by hand: services on UDP that are met by their ports more often than by their use.
import { counted, number, text, udp } from "./frames.ts";

const part = (type: number, value: string) => {
  const size = value.replace(/\s+/g, "").length / 2;
  return number(type, 2) + counted(value, 2) + "00".repeat(-size & 3);
};
const MAPPED = "00000000000000000000ffff c0000201", V6 = "20010db8000000000000000000000001";
const ALL_PARTS = [
  part(1, ""),
  part(1, "00"),
  part(2, "0a0b0c0d"),
  part(2, "0a"),
  part(3, "0a0b0c0d 00000001"),
  part(3, "0a0b0c0d 00000001"),
  part(4, "0011223344556677"),
  part(5, `0a0b0c0d 00000009 000004d2 0011223344556677 ${part(8, "0a0b0c0d 00000001 00000002")}${part(1, "")}`),
  part(9, "00000000 00004e20"),
  part(10, `01000000 ${"ab".repeat(32)} ${text("name")}`),
  part(32, `0000 1234 ${text("hnetd")}`),
  part(33, part(34, `00000e10 00000708 30 20010db80001`) + part(37, "06 04 c0000201 2a 04 c0000202 09 01 00")),
  part(34, `00000e10 00000708 78 ${MAPPED.slice(0, 31)} ${part(43, "00")}`),
  part(34, `00000e10 00000708 ff 20010db80001`),
  part(35, `00000001 05 40 20010db800010000 ${"00".repeat(2)} ${part(32, `0000 1234 61`)}`),
  part(36, `00000001 ${MAPPED} ${part(36, `00000002 ${V6}`)}`),
  part(37, `77 0c 03${text("lab")}07${text("example")} 00`),
  part(37, "06 03 c00002"),
  part(38, `0017 0010 ${V6} 0018 0005 03${text("lab")}00 001f 0010 ${V6} 0001 0001 00`),
  part(38, "0017 0003 000000"),
  part(39, `${V6} 05 03${text("lab")}00 000000`),
  part(39, `${V6} 02 03${text("lab")}`),
  part(40, `04${text("home")}00`),
  part(41, `${V6} 04 ${text("node")} 000000`),
  part(41, `${MAPPED} 41 ${"61".repeat(65)}`),
  part(42, "cd".repeat(32)),
  part(43, "00"),
  part(43, "30 20010db80001"),
  part(43, "ff"),
  part(43, "81 03 6c6162 00"),
  part(43, `82 ${text("word")}`),
  part(43, "83"),
  part(0, "00"),
  part(6, ""),
  part(99, "01020304"),
  part(800, ""),
  part(60000, ""),
];

const zephyr = (version: string, kind: string, ...words: string[]) =>
  udp(
    2103,
    [version, "11", kind, "uid", "0x8FF", "0x0", "0", "", ...words, "0x5f000000", "0", "multi", "CLASS", "inst", "who"]
      .map((word) => `${text(word)}00`).join(""),
    2104,
  );
const notice = (kindOf: string, instance: string, opcode: string, recipient = "", kind = "0x2") =>
  zephyr("ZEPH0.2", kind, kindOf, instance, opcode, "anna@LAB", recipient, "fmt");

const board = (type: number, rest: string, flags = "00") =>
  udp(4567, `c0000201 00000001 0001 ${number(type, 1)} ${flags} ${rest}`);
const PAGE = "c0000201 00000003", DRAWN = `${PAGE} 00000001 00000003`;
const OPERATIONS = "00000001 0003 00 02 00000000 00000002 0000 00 0e 00000009 0000 00 63";

const lwres = (operation: string, flags: string, rest: string) => {
  const size = 28 + rest.replace(/\s+/g, "").length / 2;
  return udp(921, `${number(size, 4)} 0000 ${flags} 00000001 ${operation} 00000000 00004000 0000 0000 ${rest}`);
};
const NAME = `0003 ${text("lab")}00`, ADDRESSES = `00000001 0004 c0000201 00000002 0010 ${V6} 00000009 0002 abcd`;

const LWAPP = "02 03 0014 00000000000c 01 05 0004 00000007 aabbccdd 63 06 0000 00000008";

export const OLD_SERVICE_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "HNCP": udp(8231, ALL_PARTS.join("")),
  ...Object.fromEntries(ALL_PARTS.map((octets, i) => [`HNCP ${i}`, udp(8231, octets)])),
  "HNCP, more than there is": udp(8231, "0003 0040 00"),
  "HNCP, short": udp(8231, "0003"),
  "vat": udp(3456, "00852301 00000007 00"),
  "vat with all": udp(3456, "0f1f0301 00000007 00"),
  "vt": udp(3456, "f085 0102"),
  "vat, short": udp(3456, "0085"),
  "vat, empty": udp(3456, "00"),
  "whiteboard, draws": board(0, `${DRAWN} ${OPERATIONS}`),
  "whiteboard, skips": board(0, `${PAGE} 00000001 00000009 00000005 0000 00 0e 00000006 0000 00 09 ${OPERATIONS}`),
  "whiteboard, is": board(1, `00000005 ${PAGE} 00000002 ${PAGE} 0002 0000 ${PAGE} ${PAGE} ${text("site")}`, "01"),
  "whiteboard, asks": board(2, `c0000209 ${DRAWN}`),
  "whiteboard, repairs": board(3, `c0000209 ${DRAWN} ${OPERATIONS}`),
  "whiteboard, ends": board(4, ""),
  "whiteboard, asks for pages": board(5, `${PAGE} 00000001 00000002`),
  "whiteboard, pages": board(7, `00000001 00000004 ${PAGE} 0100 0000 ${PAGE}`),
  "whiteboard, odd": board(9, ""),
  "whiteboard, short": board(2, `c0000209`),
  "whiteboard, no header": udp(4567, "00"),
  "lwres noop": lwres("00000000", "0000", ""),
  "lwres asks for addresses": lwres("00010001", "0002", `00000001 00000007 ${NAME}`),
  "lwres addresses": lwres("00010001", "0001", `00000001 0001 0003 ${NAME} ${NAME} ${ADDRESSES}`),
  "lwres asks for a name": lwres("00010002", "0000", `00000001 00000001 0004 c0000201`),
  "lwres, short address": lwres("00010002", "0000", `00000001 00000001 0002 c000`),
  "lwres names": lwres("00010002", "0001", `00000001 0001 ${NAME} ${NAME} 0102`),
  "lwres asks for a record": lwres("00010003", "0000", `00000001 0003 0010 ${NAME}`),
  "lwres records": lwres("00010003", "0001", `00000001 0009 03e7 00000e10 0001 0001 ${NAME} 0002 abcd 0001 ef`),
  "lwres, odd": lwres("00010009", "0001", "00"),
  "lwres, a name without end": lwres("00010003", "0000", `00000001 0001 0010 0003 ${text("labx")}`),
  "lwres, odd version": udp(921, `0000001c 0007 ${"00".repeat(24)}`),
  "LWAPP control": udp(12223, `020000000007 04${LWAPP.slice(2)}`, 12222),
  "LWAPP control, back": udp(40000, `04${LWAPP.slice(2)}`, 12223),
  "LWAPP control, too long": udp(12223, `020000000007 3f ${LWAPP.slice(3)}`.replace("0014", "0016"), 12222),
  "LWAPP control, version": udp(12223, `020000000007 4f ${LWAPP.slice(3)}`, 12222),
  "LWAPP data": udp(12222, LWAPP),
  "LWAPP data, short": udp(12222, LWAPP.replace("0014", "0004")),
  "LWAPP data, version": udp(12222, `ff ${LWAPP.slice(3)}`),
  "Zephyr": notice("MESSAGE", "PERSONAL", "", "bob"),
  "Zephyr to all": notice("MESSAGE", "PERSONAL", "PING"),
  "Zephyr locates": notice("USER_LOCATE", "bob", "LOCATE"),
  "Zephyr hides": notice("USER_LOCATE", "bob", "USER_HIDE"),
  "Zephyr unhides": notice("USER_LOCATE", "bob", "USER_UNHIDE"),
  "Zephyr administers": notice("ZEPHYR_ADMIN", "x", "STATUS"),
  "Zephyr subscribes": notice("ZEPHYR_CTL", "CLIENT", "SUBSCRIBE"),
  "Zephyr subscribes without defaults": notice("ZEPHYR_CTL", "CLIENT", "SUBSCRIBE_NODEFS"),
  "Zephyr unsubscribes, answered": notice("ZEPHYR_CTL", "CLIENT", "UNSUBSCRIBE", "", "0x5"),
  "Zephyr retrieves": notice("ZEPHYR_CTL", "CLIENT", "GIMME"),
  "Zephyr, odd control": notice("ZEPHYR_CTL", "CLIENT", "ODD"),
  "Zephyr, host manager": notice("ZEPHYR_CTL", "HM", "BOOT"),
  "Zephyr, realm": notice("ZEPHYR_CTL", "REALM", "ADD_SUBSCRIBE"),
  "Zephyr, odd realm": notice("ZEPHYR_CTL", "REALM", "ODD"),
  "Zephyr, other control": notice("ZEPHYR_CTL", "OTHER", "ODD"),
  "Zephyr, manager's control": notice("HM_CTL", "SERVER", "SHUTDOWN"),
  "Zephyr, statistics": notice("HM_STAT", "HMST_CLIENT", "GIMMESTATS"),
  "Zephyr, windowgram": notice("WG_CTL", "USER", "REREAD"),
  "Zephyr flushes": notice("LOGIN", "u", "USER_FLUSH"),
  "Zephyr, exposure": notice("LOGIN", "u", "NET-VISIBLE", "", "-0x3"),
  "Zephyr, other version": zephyr("ZEPH0.3", "0x1", "a", "b", "c", "d", "e", "f"),
  "Zephyr, none": zephyr("OTHER", "0x1", "a", "b", "c", "d", "e", "f"),
  "Zephyr, short": udp(2104, text("ZEPH0.2")),
};
