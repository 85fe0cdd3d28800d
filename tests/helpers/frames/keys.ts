// Frames by hand: key exchanges of IPsec.
import { counted, number, text, udp } from "./frames.ts";

const COOKIES = "0102030405060708 0000000000000000";
const exchange = (version: string, type: string, flags: string, next: number, payloads: string, id = "00000000") =>
  udp(500, `${COOKIES} ${number(next, 1)} ${version} ${type} ${flags} ${id} ${counted(payloads, 4, 28)}`);
/** A payload, with the number of the next; `flags` has the critical bit. */
const payload = (next: number, value: string, flags = "00") => `${number(next, 1)} ${flags} ${counted(value, 2, 4)}`;
const attribute = (type: number, value: string) => `${number(0x8000 | type, 2)} ${value}`;
const ike1 = (next: number, payloads: string, flags = "00") => exchange("10", "02", flags, next, payloads);
const ike2 = (next: number, payloads: string, flags = "08") => exchange("20", "22", flags, next, payloads);

const TRANSFORM = payload(
  3,
  `01 01 0000 ${attribute(1, "0007")}${attribute(2, "0002")}${attribute(3, "0001")}${attribute(4, "0012")}` +
    `${attribute(4, "000e")}${attribute(11, "0001")} 000c 0004 00007080 ${attribute(14, "0080")}${
      attribute(99, "0001")
    }`,
);
const AH = payload(0, `01 05 0000 ${attribute(4, "0001")}${attribute(5, "0002")} 0001 0000`);
const ESP = payload(0, `01 0c 0000 ${attribute(6, "0080")}`);
const OTHER = payload(0, `01 0c 0000 ${attribute(6, "0080")} 0002 0002 0102`);
const proposal = (next: number, protocol: string, spi: string, transforms: string) =>
  payload(next, `01 ${protocol} ${number(spi.length / 2, 1)} 01 ${spi}${transforms}`);
const identity = (type: string, value: string, next = 5) => payload(next, `${type} 11 01f4 ${value}`);
const SIX = "20010db8000000000000000000000001";
const notification = (next: number, type: number, value: string, spi = "", domain = 1, protocol = "03") =>
  payload(next, `${number(domain, 4)} ${protocol} ${number(spi.length / 2, 1)} ${number(type, 2)} ${spi}${value}`);
const notice = (next: number, type: number, value: string, spi = "") =>
  payload(next, `03 ${number(spi.length / 2, 1)} ${number(type, 2)} ${spi}${value}`);

export const KEY_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "IKE 1 proposes": ike1(
    1,
    payload(13, `00000001 00000001 ${proposal(0, "01", "", TRANSFORM + payload(0, "02 07 0000"))}`) +
      payload(0, "00112233445566778899aabbccddeeff"),
  ),
  "IKE 1 proposes protection": ike1(
    1,
    payload(
      0,
      `00000001 00000007 00000001 ${proposal(2, "02", "01020304", AH)}${proposal(2, "03", "01020304", ESP)}${
        proposal(0, "09", "", OTHER)
      }`,
    ),
  ),
  "IKE 1, another domain": ike1(1, payload(0, "00000002 00000001")),
  "IKE 1 keys": ike1(
    4,
    payload(10, "00112233") + payload(8, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20") +
      payload(9, "0102") + payload(6, "0304") + payload(7, "040506") + payload(0, "0b0506"),
  ),
  "IKE 1 identities": ike1(
    5,
    identity("01", "c0000201") + identity("02", text("vpn.test")) + identity("04", "c0000200 ffffff00") +
      identity("05", SIX) + identity("06", SIX + "f".repeat(32)) + identity("07", "c0000201 c0000209") +
      identity("08", SIX + SIX) + identity("09", "3000") + identity("01", "c000") + identity("63", "") +
      identity("0b", "0102", 0),
  ),
  "IKE 1 notifies": ike1(
    11,
    notification(11, 14, "", "01020304") + notification(11, 24576, attribute(11, "0001"), "0102030405060708") +
      notification(11, 24577, "00000001") + notification(11, 24578, "") + notification(11, 16384, "") +
      notification(11, 9000, "0102") + notification(11, 40000, "0102", "", 1, "07") + notification(11, 30, "", "", 0) +
      payload(12, "00000005 03 00 2001") + payload(12, "00000001 01 10 0001 00112233445566778899aabbccddeeff") +
      payload(0, "00000000 03 04 0002 0102030405060708"),
  ),
  "IKE 1 encrypted": exchange("10", "20", "03", 8, "00112233", "00000001"),
  "IKE 1, length not right": udp(500, `${COOKIES} 00 10 02 00 00000000 00000100`),
  "IKE 1, payload cut": ike1(4, "00 00 0100 0102"),
  "IKE 1, attribute cut": ike1(
    1,
    payload(0, `00000001 00000001 ${proposal(0, "01", "", payload(0, "01 01 0000 0001 0100"))}`),
  ),
  "IKE 1, unknown payload": ike1(20, payload(99, "01") + payload(0, "02")),
  "IKE 1, payloads of version 2": ike1(34, payload(36, "0002 0000 0102") + payload(0, "02000000 6162")),
  "IKE 1, payload of version 2, short": ike1(34, payload(0, "01")),
  "IKE 2 proposes": ike2(
    33,
    payload(
      34,
      proposal(
        2,
        "01",
        "",
        payload(3, `01 00 000c ${attribute(14, "0100")}`) + payload(3, "02 00 0002") + payload(3, "03 00 0005") +
          payload(3, "04 00 0012") + payload(3, "05 00 0000") + payload(0, `06 00 0001 ${attribute(1, "0001")}`),
      ) + proposal(0, "03", "01020304", payload(0, "04 00 0063")),
    ) + payload(40, "000e 0000 0011223344") + payload(41, "00112233445566778899aabbccddeeff00112233") +
      notice(41, 16388, "00112233") + notice(41, 16390, "00112233", "0102") + notice(41, 14, "", "01020304") +
      notice(41, 16384, "", "0102") + notice(41, 9000, "") + notice(43, 50000, "") +
      payload(0, text("strong\x01Swan"), "80"),
  ),
  "IKE 2 authenticates": ike2(
    35,
    payload(36, `02000000 ${text("client.test")}`) + payload(35, "01000000 c0000201") +
      payload(37, "09000000 3000") + payload(38, "04 3082") + payload(39, "04 0011") +
      payload(44, "02000000 00112233") +
      payload(45, "01000000 07 00 0010 0000 ffff c0000201 c0000201") + payload(47, "0100") + payload(48, "01000000") +
      payload(42, "01 00 00 04") + payload(0, "03 04 0001 01020304"),
    "20",
  ),
  "IKE 2 encrypted": exchange("20", "23", "28", 46, payload(35, "00112233"), "00000001"),
  "IKE 2, payload of version 1": ike2(4, payload(50, "0011") + payload(0, "00")),
  "IKE 2, short key": ike2(34, payload(0, "00 0e 00")),
  "IKE 2, proposals too long": ike2(33, payload(0, "00 00 0040 01010001")),
  "IKE, version 3": exchange("30", "22", "08", 0, ""),
  "IKE through NAT": udp(4500, `00000000 ${COOKIES} 00 20 25 08 00000001 0000001c`),
};
