// Frames by hand: NFS, each call before its answer, as answers are understood by their calls.
import { counted, ip, number, octets, text, udp } from "./frames.ts";

const CREDENTIALS = "00000001 00000008 0000000000000000", NOBODY = "00000000 00000000";
const call = (id: number, version: number, procedure: number, rest: string) =>
  `${number(id, 4)} 00000000 00000002 000186a3 ${number(version, 4)} ${
    number(procedure, 4)
  } ${CREDENTIALS} ${NOBODY} ${rest}`;
const reply = (id: number, rest: string, accepted = "00000000") =>
  `${number(id, 4)} 00000001 00000000 ${NOBODY} ${accepted} ${rest}`;
const asked = (message: string) => udp(2049, message, 1023);
/** An answer goes the other way. */
function answered(message: string): Uint8Array {
  const frame = udp(1023, message, 2049);
  const [a, b] = [frame.slice(26, 30), frame.slice(30, 34)];
  frame.set(b, 26);
  frame.set(a, 30);
  return frame;
}
const overTcp = (message: string, from: number, to: number) =>
  ip(6, `${number(from, 2)} ${number(to, 2)} 00000001 00000001 5018 0400 0000 0000 ${counted(message, 4)}`);

const HANDLE = counted("0102030405060708090a0b0c0d0e0f10", 4);
const HANDLE_2 = "00000000 00000005 00000000 00000007" + "00".repeat(16);
const name = (word: string) => {
  const size = word.length;
  return number(size, 4) + text(word) + "00".repeat(-size & 3);
};
const FILE = "00000001 000001a4 00000001 000003e8 000003e8 0000000000000400 0000000000000800 0000000800000001" +
  "0000000000001234 0000000000005678 5f000000 00000001 5f000001 00000002 5f000002 00000003";
const FILE_2 = "00000002 000041ed 00000002 00000000 00000000 00001000 00000200 00000801 00000008 00000005 00000007" +
  "5f000000 00000001 5f000001 00000002 5f000002 00000003";
const after = (there: boolean) => there ? `00000001${FILE}` : "00000000";
const changed = `00000001 0000000000000400 5f000000 00000001 5f000001 00000002 ${after(true)}`;
const SET =
  "00000001 000001ed 00000001 00000005 00000001 00000006 00000001 0000000000000000 00000002 5f000000 00000007 00000002 5f000001 00000008";
const DEFAULT = "00".repeat(24);

let count = 0;
/** A call with its answer. */
function pair(title: string, version: number, procedure: number, question: string, answer: string) {
  const id = ++count;
  return [
    [`NFS ${title}`, asked(call(id, version, procedure, question))],
    [`NFS ${title} answered`, answered(reply(id, answer))],
  ] as const;
}
const OK = "00000000", MISSING = "00000002";

export const NFS_FRAMES: Readonly<Record<string, Uint8Array>> = Object.fromEntries([
  ...pair("getattr", 3, 1, HANDLE, OK + FILE),
  ...pair("getattr fails", 3, 1, HANDLE, "00000046"),
  ...pair("getattr 2", 2, 1, HANDLE_2, OK + FILE_2),
  ...pair("setattr", 3, 2, HANDLE, OK + changed),
  ...pair("setattr 2", 2, 2, HANDLE_2, OK + FILE_2),
  ...pair("lookup", 3, 3, HANDLE + name("file"), OK + HANDLE + after(true) + after(true)),
  ...pair("lookup fails", 3, 3, HANDLE + name("a\x01"), MISSING + after(true)),
  ...pair("lookup 2", 2, 4, HANDLE_2 + name("x"), OK + HANDLE_2 + FILE_2),
  ...pair("access", 3, 4, HANDLE + "0000001f", OK + after(true) + "00000003"),
  ...pair("access full", 3, 4, HANDLE + "0000003f", "0000000d" + after(false)),
  ...pair("access odd", 3, 4, HANDLE + "00000100", OK + after(false) + "00000100"),
  ...pair("access none", 3, 4, HANDLE + "00000000", OK + after(false) + "00000000"),
  ...pair("readlink", 3, 5, HANDLE, OK + after(true) + name("../x")),
  ...pair("read", 3, 6, HANDLE + "0000000000001000 00000800", OK + after(true) + "00000800 00000001"),
  ...pair("read 2", 2, 6, HANDLE_2 + "00001000 00000800 00000000", OK + FILE_2),
  ...pair(
    "write",
    3,
    7,
    HANDLE + "0000000000001000 00000004 00000002 00000004 01020304",
    OK + changed + "00000004 00000002 0000000000000123",
  ),
  ...pair("write 2", 2, 8, HANDLE_2 + "00000001 00000002 00000003 00000004", OK + FILE_2),
  ...pair("create", 3, 8, HANDLE + name("new"), OK + "00000001" + HANDLE + after(true) + changed),
  ...pair("create fails", 3, 8, HANDLE + name("new"), "00000011" + changed),
  ...pair("create 2", 2, 9, HANDLE_2 + name("new"), OK + HANDLE_2 + FILE_2),
  ...pair("mkdir", 3, 9, HANDLE + name("dir"), OK + "00000000"),
  ...pair("symlink", 3, 10, HANDLE + name("l") + SET + name("to"), OK + "00000001" + HANDLE + after(false) + changed),
  ...pair("symlink 2", 2, 13, HANDLE_2 + name("l") + name("to"), MISSING),
  ...pair("mknod", 3, 11, HANDLE + name("n") + "00000004" + SET + "00000008 00000001", OK + "00000000"),
  ...pair("mknod fifo", 3, 11, HANDLE + name("n") + "00000007" + DEFAULT, MISSING + changed),
  ...pair("remove", 3, 12, HANDLE + name("x"), OK + changed),
  ...pair("remove 2", 2, 10, HANDLE_2 + name("x"), OK),
  ...pair("rmdir", 3, 13, HANDLE + name("x"), "00000042" + changed),
  ...pair("rename", 3, 14, HANDLE + name("a") + HANDLE + name("b"), OK + changed + changed),
  ...pair("link", 3, 15, HANDLE + HANDLE + name("b"), OK + after(true) + changed),
  ...pair(
    "readdir",
    3,
    16,
    HANDLE + "0000000000000001 0000000000000002 00001000",
    OK + after(true) + "0000000000000002",
  ),
  ...pair("readdir 2", 2, 16, HANDLE_2 + "00000000 00001000", OK + "00000001 00000002 00000001"),
  ...pair(
    "readdirplus",
    3,
    17,
    HANDLE + "ffffffffffffffff 0000000000000002 00001000 00002000",
    OK + after(true) + "0000000000000002",
  ),
  ...pair("fsstat", 3, 18, HANDLE, OK + after(true) + "0000000000000001".repeat(6) + "00000005"),
  ...pair("fsstat 2", 2, 17, HANDLE_2, OK + "00001000 00000200 00000003 00000002 00000001"),
  ...pair(
    "fsinfo",
    3,
    19,
    HANDLE,
    OK + after(true) + "00100000".repeat(7) + "7fffffffffffffff 00000000 00000001 0000001b",
  ),
  ...pair("pathconf", 3, 20, HANDLE, OK + after(false) + "00007d00 000000ff 00000000 00000001 00000000 00000001"),
  ...pair("commit", 3, 21, HANDLE + "0000000000001000 00000800", OK + changed + "0000000000000123"),
  ...pair("null", 3, 0, "", ""),
  ...pair("of another version", 4, 1, HANDLE_2, OK),
  ...pair("nop", 2, 3, "", ""),
  ["NFS answer cut", answered(reply(1, OK + FILE.slice(0, 61)))],
  ["NFS answer of nobody's call", answered(reply(9999, OK))],
  ["NFS program not there", answered(reply(1, "", "00000001"))],
  ["NFS refused", answered("00000001 00000001 00000001 00000001 00000005")],
  ["NFS refused for its version", answered("00000001 00000001 00000001 00000000 00000002 00000003")],
  ["NFS refused, nobody knows why", answered("00000001 00000001 00000001 00000009")],
  ["NFS answered oddly", answered("00000001 00000001 00000007")],
  ["NFS call cut", asked("00000001 00000000 00000002 000186a3 00000003")],
  ["NFS call without a handle", asked(call(900, 3, 1, ""))],
  // The answer to a call is known until 64 others were made, the same ones also.
  ["NFS call", asked(call(800, 3, 1, HANDLE))],
  ...Array.from({ length: 63 }, (_, i) => [`NFS call again ${i}`, asked(call(801, 3, 1, HANDLE))] as const),
  ["NFS call answered late", answered(reply(800, OK + FILE))],
  ["NFS call again", asked(call(801, 3, 1, HANDLE))],
  ["NFS call answered too late", answered(reply(800, OK + FILE))],
  ["NFS over TCP", overTcp(call(901, 3, 1, HANDLE), 1023, 2049)],
  ["NFS, long name", asked(call(902, 3, 3, HANDLE + "fffffffd"))],
  ...[
    "00000000 00000005 00000000 00000007",
    "00010203 04000000 0c000000 00000007",
    "00000801 00080000 00001234 00000007",
    "00000801 01080000 00001234 00000007",
    "08010000 01020000 00001234 07000000",
    "0801000001020304 00000000 00000007 00000000 01000100",
    "08010000 01020304 000a0000 00000007",
    "08010203 04050607 0c000000 07000000",
    "08010203 00000000 000a0000 00000007",
    "08010203 00000002 000a0000 00000007",
    "01" + text("DISK") + "00".repeat(17) + "0100 00000002 0003",
    "010203",
  ].map((value, i) => [`NFS handle ${i + 1}`, asked(call(910 + i, 3, 1, counted(octetsToHex(value), 4)))] as const),
]);

/** Without blanks, filled up to four octets. */
function octetsToHex(value: string): string {
  const hex = value.replace(/\s+/g, ""), size = octets(hex).length;
  return hex + "00".repeat(-size & 3);
}
