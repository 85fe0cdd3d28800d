// What numbers and bits mean, frame by frame, as the specification of each has it.
import { assertEquals } from "@std/assert";
import { latin1 } from "../../../lib/base/bytes.ts";
import { dissectBytes } from "../../../lib/dissect/follow/bare.ts";
import { dissectPacket } from "../../../lib/dissect/follow/packet.ts";
import type { Message } from "../../../lib/dissect/protocol.ts";
import { everyField } from "../../helpers/fields.ts";
import { ip, ip6, number, octets, sizeOf, text, udp } from "../../helpers/frames/frames.ts";

/** A segment with an option of Multipath TCP. */
const multipath = (option: string) =>
  ip(6, `9c40 0050 00000001 00000001 ${number(80 + sizeOf(option) * 4, 1)}14 0400 0000 0000 ${option}`);
const sctp = (chunk: string) => ip(132, `0007 0007 00000001 00000000 ${chunk}`);
const eigrp = (tlv: string) => ip(88, `0205 0000 00000000 00000000 00000000 0000 0064 ${tlv}`);
/** An IPv6 packet whose only header behind it has an option for the destination. */
const optional = (option: string) => ip6(60, `3b00 ${option}`);
const isis = (tlv: string) =>
  octets(
    `0180c2000015 020000000001 ${number(30 + sizeOf(tlv), 2)} fefe03 83 1b 01 00 0f 01 00 00 ` +
      `01 000000000001 001e ${number(27 + sizeOf(tlv), 2)} 40 00000000000101 ${tlv}`,
  );

/** An UPDATE of BGP with a multicast leave synch route of Ethernet VPN. */
const leaveSynch = `${"ff".repeat(16)} 004d 02 0000 0036 90 0e 0032 0019 46 04 c0000201 00 08 27 0001c00002010001 ${
  "00".repeat(10)
} 00000007 00 20 e0000005 20 c0000201 00000000 64 02`;

const eap = (data: string) =>
  octets(
    `0180c2000003 020000000001 888e 0100 ${number(4 + sizeOf(data), 2)} 0207 ${number(4 + sizeOf(data), 2)} ${data}`,
  );
const stun = (attribute: string) =>
  udp(3478, `0113 ${number(sizeOf(attribute), 2)} 2112a442 ${"07".repeat(12)} ${attribute}`, 5000);
const radius = (attribute: string) =>
  udp(1812, `0207 ${number(20 + sizeOf(attribute), 2)} ${"11".repeat(16)} ${attribute}`, 5000);
/** A message of DHCPv6 with an association of which the first octets are given. */
const association = (times: string) => udp(547, `01 abcdef 0003 000c 00000001 ${times}`, 546);

/** An UPDATE of BGP with an extended community. */
const community = (octets: string) => `${"ff".repeat(16)} 0022 02 0000 000b c0 10 08 ${octets}`;

/** Frame, or a message of BGP as hexadecimal text, field, what is said of it. */
const SAID: readonly (readonly [frame: Uint8Array | string, field: string, said: string])[] = [
  [multipath("1e04 8106"), "Reason", "6 (middlebox interference)"],
  [multipath("1e04 8106"), "Transient", "1 (set)"],
  [multipath("1e04 8106"), "Reserved", "0"],
  [sctp("8200 0010 0010 000c 00000007 00000004"), "Result", "4 (request already in progress)"],
  [sctp("8200 0018 0010 0014 00000007 00000001 00000064 000000c8"), "Receiver's next TSN", "200"],
  [sctp("8200 0010 0011 000c 00000007 0003 0000"), "New streams", "3"],
  [eigrp("0006 0006 0009"), "Connected", "1 (set)"],
  [eigrp("0006 0006 0009"), "Redistributed", "1 (set)"],
  [eigrp("0006 0006 0009"), "Static", "0 (not set)"],
  [eigrp("0008 000a 0000 0002 0007"), "Topology", "7"],
  [eigrp("0404 0006 0009"), "EIGRP", "EIGRP hello, AS 100: 1 route"],
  [
    eigrp("0102 0019 00000000 00000100 00000100 0005dc 00 ff 01 00 04 18 c00002"),
    "Active",
    "1 (set)",
  ],
  [optional("3004 05dc 05dd"), "Returned MTU", "750 (1500 octets)"],
  [optional("3004 05dc 05dd"), "Answer wanted", "1 (set)"],
  [optional("ee03 60 0007 00"), "Duplicate", "1 (set)"],
  [optional("ee03 60 0007 00"), "Sequence number", "7"],
  [
    udp(123, `e4 00 06 e8 00000000 00000000 ${text("RATE")} ${"00".repeat(32)}`),
    "Reference identifier",
    "RATE (asked too often)",
  ],
  [udp(123, `16 c2 0007 0600 0000 0000 0000`), "Opcode", "2 (read variables)"],
  [udp(123, `16 c2 0007 0600 0000 0000 0000`), "Error code", "6 (invalid variable value)"],
  [udp(123, "16 81 0007 0600 0000 0000 0008 bebd 961a bebc 8011 00"), "Association ID", "48828"],
  [udp(123, "16 81 0007 0600 0000 0000 0008 bebd 961a bebc 8011 00"), "Padding and authenticator", "0"],
  [udp(123, "16 81 0007 0600 bebd 0000 0004 613d 3121"), "Data", "a=1!"],
  [udp(67, `0201 0600 ${"00".repeat(232)} 63825363 35010c ff`), "Message type", "12 (LEASEUNKNOWN)"],
  [ip(1, "0d00 0000 0001 0001 000f4240 80000001 00000000"), "Originate timestamp", "1000000 (00:16:40.000 UTC)"],
  [isis("16 11 000000000002 00 00000a 06 24 04 80000064"), "Link loss", "100 (0.000300 %)"],
  [isis("16 11 000000000002 00 00000a 06 23 04 00000005"), "Delay variation", "5 (5 microseconds)"],
  [leaveSynch, "Ethernet tag", "7"],
  [leaveSynch, "Maximum response time", "100"],
  [isis("d3 03 08 001e"), "PR (planned restart)", "1 (set)"],
  [community("8006 fbf6 00000000"), "Extended community", "traffic rate in octets discard"],
  [community("8007 0000 00000003"), "Subtype", "7 (traffic action)"],
  [community("8009 0000 000000ee"), "Extended community", "traffic marking DSCP 46"],
  [community("8108 c0000201 0007"), "Extended community", "redirect 192.0.2.1:7"],
  [community("8208 00010001 0007"), "Extended community", "redirect 65537:7"],
  [community("8000 00000001 0301"), "Extended community", "OSPF route type area 0.0.0.1, type 3"],
  [community("8044 0000 00000003"), "Extended community", "type 128, subtype 68"],
  [community("4004 fbf6 47f42400"), "Extended community", "link bandwidth 125000 octets a second"],
  [eap("37 b0 00000064 00000004 160301 00040002"), "TLS data", "22,3,1"],
  [eap("37 b0 00000064 00000004 160301 00040002"), "Outer TLVs", "0,4,0,2"],
  [eap("37 b0 00000064 00000004 160301 00040002"), "Outer TLV length included", "1 (set)"],
  [eap("37 11 ffffffff 0004"), "Outer TLVs", "0,4"],
  [eap("0d 90 00000064 160301"), "TLS data", "22,3,1"],
  [eap("03 00"), "Wanted type", "0 (no other)"],
  [stun("8001 0004 0200 0428"), "Family", "2 (IPv6)"],
  [stun("8001 0004 0200 0428"), "Number", "40 (440: address family not supported)"],
  [stun("0009 0004 0000 fc28"), "Class", "4 (hundreds)"],
  [radius("38 06 00000007"), "Attribute", "Egress-VLANID: 7, kind 0"],
  [radius("3a 05 326c61"), "Attribute", "Egress-VLAN-Name: la, untagged"],
  [udp(547, "01 abcdef 0008 0002 ffff", 546), "Elapsed time", "65535 (655.35 seconds or more since the client began)"],
  [association("ffffffff 00000708"), "T1", "4294967295 (never renew)"],
  [association("00000000 00000708"), "T2", "1800 (rebind after 30 minutes)"],
];

for (const [frame, name, said] of SAID) {
  Deno.test(`"${name}" is said to be ${said}`, () => {
    const found: string[] = [];
    const fields = typeof frame === "string"
      ? dissectBytes("bgp", octets(frame)).map(({ root }) => root)
      : dissectPacket(1, frame).fields;
    everyField(fields, ({ name: called, value, meaning }) => {
      if (called === name) found.push(value === undefined ? `${meaning}` : `${value}${meaning ? ` (${meaning})` : ""}`);
    });
    assertEquals(found.at(-1), said);
  });
}

Deno.test("a status code of HTTP cites its own section, another its class, what is no code the chapter", () => {
  const cited = (code: string) => {
    const refs: (string | undefined)[] = [];
    const [{ root }] = dissectBytes("http", latin1(`HTTP/1.1 ${code} X\r\n\r\n`), "server") as [Message];
    everyField([root], ({ name, ref }) => name === "Status code" && refs.push(ref));
    return refs;
  };
  assertEquals(["206", "422", "429", "200.5", "700"].flatMap(cited), [
    "RFC 9110 15.3.7",
    "RFC 9110 15.5.21",
    "RFC 9110 15.5",
    "RFC 9110 15",
    "RFC 9110 15",
  ]);
});

Deno.test("four octets that are no length of git's are not said to be one", () => {
  const [{ root }] = dissectBytes("git", latin1("zero")) as [Message];
  assertEquals(root.children?.map(({ name, value, meaning }) => [name, value, meaning]), [[
    "Length",
    "zero",
    undefined,
  ]]);
});

Deno.test("a RESP array says how many elements it has, and nothing of a count that is no number", () => {
  const said = (text: string) => dissectBytes("redis", latin1(text), "server")[0]!.root.children![0]!.meaning;
  assertEquals(said("*1\r\n:5\r\n"), "1 element");
  assertEquals(said("*x\r\n"), undefined);
});
