// Frames of ForCES over SCTP by hand: every message, every kind of data that a path may lead to, and broken ones.
import { ip, number, sizeOf } from "./frames.ts";

const tlv = (type: string, value: string) => {
  const size = sizeOf(value);
  return `${type} ${number(4 + size, 2)} ${value}${"00".repeat(-size & 3)}`;
};
const ilv = (type: string, value: string) => `${type} ${number(8 + sizeOf(value), 4)} ${value}`;
const HEAD = "00000002 40000001 0000000000000007";
const message = (type: string, body: string, flags = "f8400000", words = (24 + sizeOf(body)) >> 2) =>
  `10 ${type} ${number(words, 2)} ${HEAD} ${flags} ${body}`;
const chunk = (payload: string, ppid = "00000015") =>
  `00 03 ${number(16 + sizeOf(payload), 2)} 00000001 0002 0003 ${ppid} ${payload}${"00".repeat(-sizeOf(payload) & 3)}`;
const sctp = (...chunks: string[]) => ip(132, `1f90 1a30 00000001 00000000 ${chunks.join("")}`);
const plain = (...chunks: string[]) => ip(132, `1f90 1f91 00000001 00000000 ${chunks.join("")}`);

const block = (operations: string) => tlv("1000", `00000002 00000001 ${operations}`);
const path = (flags: string, ids: string, value: string) =>
  tlv("0110", `${flags} ${number(sizeOf(ids) / 4, 2)} ${ids} ${value}`);
const FULL = tlv("0112", "0102030405"), SPARSE = tlv("0113", ilv("00000001", "01020304") + ilv("00000002", "05060708"));
const RESULT = tlv("0114", "00000000"), KEY = `00000009 ${tlv("0112", "01020304")}`;
const BODIES: readonly (readonly [type: string, body: string])[] = [
  ["01", ""],
  ["01", block(tlv("000b", path("0000", "00000001", FULL)))],
  ["01", block(tlv("000b", path("0000", "00000001", FULL))).repeat(3)],
  ...["00000000", "00000004", "00000009", "00000100"].map((reason) => ["02", tlv("0011", reason)] as const),
  ["02", tlv("0011", "0000000000")],
  ["02", ""],
  ["03", block(tlv("0001", path("0000", "00000001 00000002", FULL)) + tlv("0005", path("0004", "00000003", "")))],
  ["03", block(tlv("0002", path("0000", "00000001", SPARSE)) + tlv("000c", path("0000", "", "")) + tlv("000e", ""))],
  ["03", block(tlv("0001", path("0001", "00000001", KEY + FULL)))],
  ["03", block(tlv("0001", path("0001", "00000001", KEY + tlv("0111", `00000009 ${tlv("0112", FULL)}`))))],
  ["03", block(tlv("0001", path("0001", "00000001", `00000009 0112 0002 ${FULL}`)))],
  ["03", block(tlv("0001", path("0001", "00000001", `00000009 0112 0050 ${FULL}`)))],
  ["03", block(tlv("0001", path("0001", "00000001", "00000009")))],
  ["03", block(tlv("0001", path("0003", "00000001", KEY + FULL)))],
  ["03", block(tlv("0001", path("0000", "00000001", RESULT)))],
  ["03", block(tlv("0001", path("0000", "00000001", path("0000", "00000002", FULL))))],
  ["03", block(tlv("0001", path("0000", "00000001", FULL + FULL)))],
  ["03", block(tlv("0001", path("0000", "00000001", "0112 0050 01020304")))],
  ["03", block(tlv("0001", path("0000", "00000001", "0112 0000 01020304")))],
  ["03", block(tlv("0001", path("0000", "00000001", tlv("0120", "01020304"))))],
  ["03", block(tlv("0001", path("0000", "00000001", tlv("0113", "01020304"))))],
  ["03", block(tlv("0001", path("0000", "00000001", tlv("0113", "00000001 00000050 01020304"))))],
  ["03", block(tlv("0001", tlv("0110", "0000 0009 00000001")))],
  ["03", block(tlv("0001", path("0000", "00000001", FULL) + "0110 0050"))],
  ["03", block(tlv("0001", "0110"))],
  ["03", block(tlv("0007", path("0000", "00000001", "")) + tlv("8001", path("0000", "00000001", "")))],
  ["04", block(tlv("0007", path("0002", "00000001", `${tlv("0117", "00000001 00000004")}`)))],
  ["04", block(tlv("0008", path("0002", "00000001", "00000001")))],
  ["05", block(tlv("000b", path("0000", "00000001", FULL)))],
  ["06", tlv("0001", tlv("0115", ilv("00000001", "01020304")) + tlv("0116", "4500001400000000"))],
  ["06", tlv("0001", tlv("0115", "00000001 00000050 01") + tlv("0119", "01020304"))],
  ["06", tlv("0001", tlv("0116", "4500001400000000") + "0116 0050")],
  ["06", tlv("0001", "0102030405060708")],
  ["0f", ""],
  ["0f", tlv("1000", "01020304")],
  ...["00000000", "00000002", "00000003", "00000004"].map((code) => ["11", tlv("0010", code)] as const),
  ["11", tlv("0010", "0000000001")],
  ["13", block(tlv("0003", path("0000", "00000001", RESULT)) + tlv("000d", path("0000", "00000001", RESULT)))],
  ["13", block(tlv("000d", tlv("0220", "0000 0001 00000001")) + tlv("000d", "0110 0050 00000000"))],
  ["13", block(tlv("0006", path("0000", "00000001", tlv("0114", "18000000"))))],
  ["13", block(tlv("0004", path("0000", "00000001", tlv("0114", "ff00000000"))))],
  ["14", block(tlv("0009", path("0000", "00000001", FULL)) + tlv("000a", path("0000", "00000001", RESULT)))],
  ["14", tlv("1000", "00000009 00000001")],
  ["14", `${block(tlv("0009", path("0000", "00000001", FULL)))} 1000 0050`],
  ["14", `${block(`${tlv("0009", path("0000", "00000001", FULL))} 0009 0050`)}`],
  ["14", tlv("0200", "0102030405060708")],
  ["12", ""],
  ["07", ""],
];

export const FORCES_FRAMES: Readonly<Record<string, Uint8Array>> = Object.fromEntries([
  ...BODIES.map(([type, body], i) => [`ForCES ${i}`, sctp(chunk(message(type, body)))]),
  ...["003fffff", "40200000", "87d80000"].map((flags) => [`ForCES ${flags}`, sctp(chunk(message("0f", "", flags)))]),
  ["ForCES length", sctp(chunk(message("0f", "", "00000000", 9)))],
  ["ForCES short", sctp(chunk("10 0f 0006 00000001"))],
  ["ForCES by its identifier", plain(chunk(message("0f", "")), chunk(message("0f", ""), "00000000"))],
  ["ForCES to all", sctp(chunk(message("0f", "").replace(HEAD, "fffffffd ffffffff 0000000000000000")))],
  ["ForCES to many", sctp(chunk(message("0f", "").replace(HEAD, "c0000001 80000001 ffffffffffffffff")))],
]);
