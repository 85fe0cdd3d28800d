// Frames by hand: Rx and the services of AFS, each call before its answer, as answers are understood by their calls.
import { number, text, udp } from "./frames.ts";

const CALL = 1, ANSWER = 0, DATA = 1, ACK = 2, ABORT = 4;
const NONE = "";

/** A packet of Rx of a call. */
const rx = (call: number, type: number, flags: number, rest: string, sequence = 1) =>
  `5f000001 80000004 ${number(call, 4)} ${number(sequence, 4)} 00000007 ${number(type, 1)} ${number(flags, 1)} 00 02 ` +
  `0000 0034 ${rest}`;

/** The same from the server: the addresses change places. */
function answered(port: number, message: string): Uint8Array {
  const frame = udp(7009, message, port), source = frame.slice(26, 30);
  frame.copyWithin(26, 30, 34);
  frame.set(source, 30);
  return frame;
}

/** Words in a row, long enough for what most messages hold. */
const WORDS = Array.from({ length: 24 }, (_, i) => number(i === 0 ? 7 : i * 5, 4)).join("");
/** A string with the length before it. */
const string = (word: string) => `${number(word.length, 4)}${text(word)}${"00".repeat(-word.length & 3)}`;
/** A string of which each octet stands in a word of its own. */
const wide = (word: string, room: number) =>
  Array.from({ length: room }, (_, i) => number(word.charCodeAt(i) || 0, 4)).join("");
const FID = "20000001 00000002 00000003";
const STATUS = "0000041f 5f000000 000003e8 00000064 000001ed 00001000";
const SERVERS = (room: number) =>
  `00000002 ${"c0000209c000020a".padEnd(room * 8, "0")} ${"0000000100000063".padEnd(room * 8, "0")} ${
    "00".repeat(room * 4)
  } 20000001 20000002 20000003`;
const UUID = `0011223300004455 00006677 ${"000000ab".repeat(8)}`;

/** Operations by port: what is asked, and what is answered. */
const CALLS: readonly (readonly [port: number, operation: number, question: string, answer?: string])[] = [
  [7000, 130, FID + "00000100 00000200", NONE],
  [7000, 131, FID, `00000018 ${text("2 1\nadmin 127\nu 9\nv 1\n\0\0")}`],
  [7000, 133, FID + STATUS + WORDS],
  [7000, 134, `${FID} 0000000c ${text("1 0\nadmin 3\n")}`],
  [7000, 135, FID + "00000000" + STATUS.slice(8)],
  [7000, 136, FID + string("name")],
  [7000, 137, FID + string("new file") + STATUS, FID],
  [7000, 138, FID + string("a") + FID + string("bcd")],
  [7000, 139, FID + string("a") + string("target")],
  [7000, 140, FID + string("a") + FID],
  [7000, 148, string("root.cell")],
  [7000, 149, WORDS],
  [7000, 151, NONE, string("root.afs")],
  [7000, 153, NONE, WORDS],
  [7000, 154, string("root.afs")],
  [7000, 155, `00000002 ${FID} ${FID}`],
  [7000, 136, `${FID} 00000400 ${text("longer than it may be")}`],
  [7000, 136, `${FID} 00000010 ${text("cut")}`],
  [7000, 65536, "00000000"],
  [7000, 65537, `${FID} 0000000100000000 0000000000001000`],
  [7000, 65538, FID + STATUS + WORDS],
  [7000, 65541, WORDS],
  [7000, 999, WORDS],
  [7001, 204, `00000001 ${FID} 00000002 00000001 5f000000 00000002 00000001 5f000000 00000002`],
  [7001, 204, "00000000 00000000"],
  [7001, 213, NONE, UUID],
  [7001, 214, UUID],
  [7002, 500, string("anna") + WORDS],
  [7002, 501, WORDS],
  [7002, 502, WORDS],
  [7002, 503, WORDS],
  [7002, 504, `00000002 ${wide("anna", 64)} ${wide("bob", 64)}`, "00000002 0000000c fffffff0"],
  [7002, 505, "00000001 0000000c", `00000001 ${wide("anna", 64)}`],
  [7002, 505, "00000000", "00000000"],
  [7002, 509, string("group") + WORDS],
  [7002, 510, NONE, WORDS],
  [7002, 511, WORDS],
  [7002, 513, `0000000c ${string("anna")} ${WORDS}`],
  [7002, 514, WORDS, "00000002 00000001 00000002"],
  [7002, 520, `0000000c ${string("anna")}`],
  [7003, 501, wide("volume", 65)],
  [7003, 503, "20000001 00000001", `${wide("volume", 65)} 00000000 ${SERVERS(8)}`],
  [7003, 504, string("volume")],
  [7003, 505, WORDS, WORDS],
  [7003, 506, `20000001 00000002 ${wide("volume", 65)}`],
  [7003, 510, WORDS, `00000001 00000002 ${wide("volume", 65)} 00000000 ${SERVERS(8)}`],
  [7003, 519, string("volume"), `${wide("volume", 65)} ${SERVERS(13)}`],
  [7003, 521, WORDS, `00000001 00000002 ${wide("volume", 65)} ${SERVERS(13)}`],
  [
    7003,
    527,
    string("volume"),
    `${wide("volume", 65)} 00000001 ${UUID} ${"00".repeat(44 * 12 + 52)} ${"00000002".repeat(13)} ${
      "00".repeat(52)
    } ${WORDS}`,
  ],
  [7004, 1, string("anna") + string("") + WORDS, WORDS],
  [7004, 3, `00000001 ${string("CELL")} 00000004 aabbccdd ${string("anna")} ${string("i")}`],
  [7004, 4, string("anna") + string("i") + WORDS],
  [7004, 12, string("anna")],
  [7005, 100, `00000001 ${string("vol")} ${WORDS}`, WORDS],
  [7005, 101, WORDS],
  [7005, 102, WORDS],
  [7005, 103, WORDS],
  [7005, 104, WORDS, WORDS],
  [7005, 105, `00000001 00000002 00000003 ${string("clone")}`, WORDS],
  [7005, 106, WORDS],
  [7005, 107, WORDS, WORDS],
  [7005, 108, WORDS, WORDS],
  [7005, 109, WORDS],
  [7005, 110, WORDS, WORDS],
  [7005, 111, WORDS],
  [7005, 112, WORDS, string("vol")],
  [7005, 113, WORDS, WORDS],
  [7005, 114, string("vol") + WORDS],
  [7005, 116, WORDS, `00000002 ${(wide("vol", 32) + "20000001" + "00".repeat(84)).repeat(2)}`],
  [7005, 117, `00000001 ${string("vol")} ${WORDS}`],
  [7005, 121, WORDS, "00000000"],
  [7005, 123, WORDS],
  [7005, 128, `00000001 5f000000 00000002 ${FID} ${FID}`],
  [7005, 65538, WORDS],
  [7007, 80, string("simple") + string("fs")],
  [7007, 81, string("fs")],
  [7007, 82, string("fs") + WORDS],
  [7007, 84, WORDS],
  [7007, 86, string("fs") + WORDS],
  [7007, 105, string("fs") + WORDS, WORDS],
  [7002, 10000, WORDS, WORDS],
  [7003, 10003, WORDS],
  [7004, 20000, WORDS, WORDS],
  [7002, 20002, WORDS],
  [7002, 20003, WORDS],
  [7002, 20004, WORDS, WORDS],
  [7003, 20005, WORDS],
  [7003, 20006, WORDS],
  [7003, 20009, WORDS],
  [7003, 20012, WORDS],
  [7003, 20012, WORDS.slice(0, 24)],
];

function pairs(): [string, Uint8Array][] {
  return CALLS.flatMap(([port, operation, question, answer], i): [string, Uint8Array][] => {
    const title = `AFS ${i}, ${port} ${operation}`, call = i + 1;
    const asked = udp(port, rx(call, DATA, CALL | 4, number(operation, 4) + question), 7009);
    if (answer === undefined) return [[title, asked]];
    return [
      [title, asked],
      [`${title} answered`, answered(port, rx(call, DATA, ANSWER | 32, answer))],
      [`${title} failed`, answered(port, rx(call, ABORT, ANSWER, number(operation === 130 ? 102 : 0xffff_ff9c, 4)))],
    ];
  });
}

const ack = (list: string, rest = "") =>
  rx(9, ACK, 2 | 32, `0010 0000 00000005 00000004 00000007 01 ${number(list.length / 2, 1)} ${list} ${rest}`, 0);

export const AFS_FRAMES: Readonly<Record<string, Uint8Array>> = {
  ...Object.fromEntries(pairs()),
  "Rx, an answer nobody asked for": answered(7000, rx(999, DATA, ANSWER, "00000001")),
  "Rx acknowledges": udp(7001, ack("0101000101", `000000 ${WORDS}`), 7000),
  "Rx acknowledges nothing": udp(7001, ack("", "000000 000005a0"), 7000),
  "Rx acknowledges none of them": udp(7001, ack("000000"), 7000),
  "Rx acknowledges cut": udp(7001, rx(9, ACK, 0, "0010 0000 00000005"), 7000),
  "Rx challenges": udp(7001, rx(9, 6, 8 | 16, WORDS), 7000),
  "Rx, odd type": udp(7001, rx(9, 77, 0, ""), 7000),
  "Rx, no operation": udp(7000, rx(9, DATA, CALL, "")),
  "Rx, half an operation": udp(7000, rx(9, DATA, CALL, "0001")),
  "Rx, short": udp(7000, "5f000001 80000004"),
};
