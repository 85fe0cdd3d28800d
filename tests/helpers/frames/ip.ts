// Frames by hand: extension headers of IPv6, ICMP and ICMPv6 that are seldom met.
import { ether, ip, ip6, number, octets } from "./frames.ts";

const ADDRESS = "20010db8000000000000000000000001", OTHER = "20010db8000000000000000000000002";
const icmp6 = (type: string, body: string) => ip6(58, `${type} 0000 ${body}`, 255);
const UDP = "0035 0035 0008 0000";
/** An extension header with an UDP datagram behind it. */
const extended = (next: number, header: string) => ip6(next, `11 ${header} ${UDP}`);
const mobility = (type: string, body: string) => {
  const units = Math.floor((6 + octets(body).length) / 8) - 1;
  return ip6(135, `3b ${number(units, 1)} ${type} 00 0000 ${body}`);
};
const INNER = "4500 0054 0001 4000 4011 0000 c0000202 c0000203 0035 0035 0040 0000";
const LABELS = (check: string) => `2000 ${check} 0008 01 01 000101 40 0008 02 01 0a0b0c0d`;
const quoted = (extension: string) => ip(1, `0b00 0000 0000 0000 ${INNER}${"00".repeat(100)} ${extension}`);

export const IP_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "options for each hop": extended(0, "01 0502 0000 0100 3e02 0102 0000"),
  "options for the destination": extended(60, `02 c910 ${ADDRESS} 0100`),
  "home address with options": extended(60, `03 c916 ${ADDRESS} 0102 0000 0700 0100 00`),
  "options that break": extended(60, "00 0505 0000 0000"),
  "routing, old": extended(43, `04 00 01 00000000 ${ADDRESS} ${OTHER}`),
  "routing, segments": extended(43, `04 04 01 01 00 0005 ${ADDRESS} ${OTHER}`),
  "routing, odd": extended(43, "01 00 01 00000000 0000000000000000"),
  "routing, unknown": extended(43, "00 09 01 00000000"),
  "a fragment": extended(44, "00 0001 00000007"),
  "a later fragment": extended(44, "00 0009 00000007"),
  "a fragment that is over before it begins": ether(
    "86dd",
    `60000000 0000 2c 40 ${ADDRESS} ${OTHER} 11 00 0500 00000007`,
  ),
  "routing header that is missing": ether("86dd", `60000000 0008 2b 40 ${ADDRESS} ${OTHER}`),
  "options for each hop, and no more": ether("86dd", `60000000 0020 00 01 ${ADDRESS} ${OTHER} 3a 00 0502 0000 0100`),
  "multicast query of more sources than there are": icmp6(
    "8200",
    `0bb8 0000 ff020000000000000000000000000001 02 7d 0005`,
  ),
  "multicast report, cut": ip(2, "1600 0000"),
  "multicast query, cut": ip(2, "11"),
  "multicast query 3, short of its sources": ip(2, "1132 0000 e0000001 02 7d 0002 c0000201"),
  "time exceeded, unknown code, cut": icmp6("0303", "00000000 60000000 0000 3b"),
  "time exceeded, cut": icmp6("0300", "00000000 60000000 0000 3b"),
  "multicast router": icmp6("9700", "00140000"),
  "jumbo, not one": ether("86dd", `60000000 0000 00 40 ${ADDRESS} ${OTHER} 11 00 c204 00000010 ${UDP}`),
  "no length": ether("86dd", `60000000 0000 3b 40 ${ADDRESS} ${OTHER}`),
  "mobility refresh": mobility("00", "0000"),
  "mobility test": mobility("01", "0000 0001020304050607"),
  "mobility test answer": mobility("03", "0005 0001020304050607 08090a0b0c0d0e0f"),
  "mobility update": mobility("05", "0007 c000 000a 0404 0001 0002"),
  "mobility acknowledgement": mobility("06", "0080 0007 000a 0100 0000"),
  "mobility error": mobility("07", `0100 ${ADDRESS}`),
  "mobility unknown": mobility("2a", "0000"),
  "mobility short": ip6(135, "3b 00 05 00 0000 0000"),
  "Ethernet in IPv6": ip6(
    143,
    `020000000001 020000000002 0806 0001 0800 06 04 0001 020000000002 c0000201 000000000000 c0000202`,
  ),
  "authentication": ip6(51, "3b 04 0001 00000001 00000002 000102030405060708090a0b"),
  "source route": ether(
    "0800",
    `4700 0024 0001 0000 4011 0000 c0000201 c0000202 830704 c0000203 00 ${UDP}`,
  ),
  "ICMP with labels": quoted(LABELS("0000")),
  "ICMP with labels, right": quoted(LABELS("b6a0")),
  "ICMPv6 chain": icmp6("0403", `00000030 6000000000003b40${ADDRESS}${OTHER}`),
  "renumbering": icmp6(
    "8a00",
    `00000001 00 f8 0005 00000000 01 0b 02 30 10 40 0000 ${ADDRESS} 30 10 c0 80 ffffffff 00000e10 c0000000 ${OTHER} ` +
      `30 10 00 00 00000001 00000002 00000000 ${OTHER}`,
  ),
  "renumbering result": icmp6("8a01", "00000001 01 00 0005 00000000"),
  "who are you": icmp6("8b00", "00000000"),
  "node query": icmp6("8b00", `0003 002a 0001020304050607 ${ADDRESS}`),
  "node query by name": icmp6("8b01", "0002 0000 0001020304050607 0461626364 0474657374 00"),
  "node query of types": icmp6("8b00", "0001 0001 0001020304050607"),
  "node query by address": icmp6("8b02", "0003 0000 0001020304050607 c0000201"),
  "node reply": icmp6("8c00", `0003 0021 0001020304050607 00000e10 ${ADDRESS}`),
  "node reply with a name": icmp6("8c00", "0002 0001 0001020304050607 00000e10 0461626364 00"),
  "node refused": icmp6("8c01", "0003 0000 0001020304050607"),
  "home agents": icmp6("9100", `0005 0000 ${ADDRESS}`),
  "mobile prefixes": icmp6("9300", "0005 c000"),
  "RPL solicitation": icmp6("9b00", "0000"),
  "RPL information": icmp6("9b01", `01 02 0003 8a 04 00 00 ${ADDRESS} 00 0402 0102`),
  "RPL advertisement": icmp6("9b02", `01 c0 00 05 ${ADDRESS} 0504 00800102 00`),
  "RPL advertisement without its identifier": icmp6("9b02", "01 00 00 05 0506 0102"),
  "RPL answer": icmp6("9b03", "01 00 05 06"),
  "RPL secure": icmp6("9b82", "01 00 05 06"),
};
