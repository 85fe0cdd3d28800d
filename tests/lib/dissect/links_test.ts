// Link types that few captures have, and what UDP ports say when octets say otherwise: frames and datagrams made by hand.
import { assert, assertEquals } from "@std/assert";
import { latin1 } from "../../../lib/base/bytes.ts";
import { chooseDatagram } from "../../../lib/dissect/follow/choose.ts";
import { openConversation } from "../../../lib/dissect/follow/conversation.ts";
import { dissectPacket } from "../../../lib/dissect/follow/packet.ts";
import { leaves } from "../../helpers/fields.ts";
import { octets } from "../../helpers/frames/frames.ts";
import { OTHER_LINKS } from "../../helpers/frames/other_links.ts";
import { mutate, numbers } from "../../helpers/mutate.ts";

const IP = "4500 001c 0001 0000 40 01 f6dd c0000201 c0000202 0800 f7fd 0001 0001";
const IP6 = "6000 0000 0000 3b 40 20010db8000000000000000000000001 20010db8000000000000000000000002";
const CLEAR = "c400 0000 020000000001";
const SAE = "b000 0000 020000000001 020000000002 020000000001 1000 0300 0100 0000 1300";

/** Link type, octets, layers, and what is said in the end. */
const FRAMES: readonly (readonly [link: number, bytes: string, layers: string, summary: RegExp])[] = [
  [104, `0f00 0800 ${IP}`, "hdlc:ipv4:icmp", /^echo request/],
  [104, "8f00 8035 00000002 00000006 00000003 ffff 00000000", "hdlc:slarp", /^keep-alive 6, saw 3$/],
  [104, "0f00 8035 00000001 c0000201 ffffff00 ffff", "hdlc:slarp", /^address 192\.0\.2\.1, mask 255\.255\.255\.0$/],
  [9, `0f00 0800 ${IP}`, "ppp:ipv4:icmp", /^echo request/],
  [107, `1841 03 cc ${IP}`, "frame-relay:ipv4:icmp", /^echo request/],
  [107, `1841 03 00 80 000000 0800 ${IP}`, "frame-relay:snap:ipv4:icmp", /^echo request/],
  [107, `1841 86dd ${IP6}`, "frame-relay:ipv6", /2001:db8::1/],
  [119, `44000000 90000000 ${"00".repeat(136)} ${CLEAR}`, "prism:802.11", /^clear to send/],
  [163, `80211001 00000040 ${"00".repeat(56)} ${CLEAR}`, "avs:802.11", /^clear to send/],
  [192, `00 00 0800 69000000 ${CLEAR}`, "ppi:802.11", /^clear to send/],
  [105, `${SAE} ${"11".repeat(96)}`, "802.11", /SAE 1 commit, P-256$/],
  [105, `${SAE} ${"22".repeat(8)} ${"11".repeat(96)}`, "802.11", /SAE 1 commit, P-256$/],
  [105, "c000 0000 020000000001 020000000002 020000000001 1000 0700", "802.11", /not associated yet$/],
  // A device descriptor, a disk's command, and what Windows and the cable have.
  [
    220,
    `0000000000000000 43 02 80 01 0100 2d 00 ${"00".repeat(16)} 12000000 12000000 ${"00".repeat(24)} ` +
    "12 01 0002 00 00 00 40 8f05 8763 0001 01 02 03 01",
    "usb-mapped",
    /^1\.1\.0 in control completed: device 058f:6387$/,
  ],
  [
    189,
    `0100000000000000 53 03 02 05 0100 2d 00 ${"00".repeat(12)} 00000000 1f000000 1f000000 ${"00".repeat(8)} ` +
    "55534243 01000000 00100000 80 00 0a 28 00 00000800 00 0008 00 000000000000",
    "usb",
    /^1\.5\.2 out bulk submitted: READ 8 blocks from 2048$/,
  ],
  [
    249,
    "1c00 0000000000000001 00000000 0800 00 0100 0200 80 02 08000000 00 80 06 0001 0000 1200",
    "usbpcap",
    /^1\.2\.0 in control to the device: GET DESCRIPTOR device$/,
  ],
  [288, "69 8203", "usb-cable", /^IN device 2, endpoint 7$/],
  [227, "000007df 08 00 00 00 02010c0000000000", "can", /^CAN 7df \[8\] 02 01 0c .* asks all$/],
  [
    113,
    "0000 0118 0000 0000000000000000 000c df070000 03 00 00 00 020100",
    "sll:can-cooked",
    /^CAN 7df \[3\] 02 01 00,/,
  ],
  [187, "04 0e 04 01 030c 00", "bluetooth", /^Command Complete Reset$/],
  [
    201,
    "00000001 04 3e 15 02 01 00 00 665544332211 09 020106 0509 74657374 c8",
    "bluetooth-directed",
    /^received LE Advertising Report 11:22:33:44:55:66 "test"$/,
  ],
  [254, "0000 0004 4020 0700 0300 0400 0a 0300", "bluetooth-monitor", /^hci0 connection 64 ATT read request 0x0003$/],
  [
    253,
    "0004 0338 0000 0000000000000000 0000 20000000 1200 0103 01000000 00000000 00000000 00000000 00000000 00000000",
    "netlink",
    /^get link$/,
  ],
  [
    230,
    "4188 01 cdab 0100 0200 7e33 f3 12 abcd 68656c6c6f",
    "802.15.4-bare:6lowpan:udp:data",
    /^5 octets: hello$/,
  ],
  [
    195,
    "6188 01 cdab 0100 0200 4802 0000 0100 1e 07 28 01000000 0807060504030201 00 aabb 1234",
    "802.15.4:zigbee:data",
    /^data 0001 > 0000, encrypted$/,
  ],
  [
    251,
    "d6be898e 00 0f 665544332211 0509 74657374 020106 a1a2a3",
    "bluetooth-air",
    /^ADV_IND 11:22:33:44:55:66 "test"$/,
  ],
  [
    256,
    "05 c4 80 00 d6be898e 0300 11223344 02 07 0300 0400 0a 0300 a1a2a3",
    "bluetooth-measured",
    /^channel 5 connection 44332211: ATT read request 0x0003$/,
  ],
  [239, `02 00 0005 0800 0a00 74657374 2000 0900 ${IP}`, "nflog:ipv4:icmp", /^echo request/],
  [
    228,
    "4500 0020 0001 0000 40 88 0000 c0000201 c0000202 0400 0050 0008 1234 01020304",
    "ipv4:udplite:data",
    /^1024 > 80, 4 octets$/,
  ],
  // NHRP over GRE: a registration with a password, its reply, and an error.
  [
    228,
    `4500 0068 0001 0000 40 2f 0000 c0000201 c0000202 0000 2001 0001 0800 0000000000 ff 0050 0000 0034 01 03 04 00 ` +
    "04 04 8000 00000007 c0000201 0a000001 0a0000fe 00 ff 0000 05dc 1c20 00 00 00 00 " +
    "8003 0000 8007 0009 0000 0001 636973636f 8000 0000",
    "ipv4:gre:nhrp",
    /^NHRP registration request 10\.0\.0\.1 > 10\.0\.0\.254$/,
  ],
  [
    228,
    `4500 005c 0001 0000 40 2f 0000 c0000201 c0000202 0000 2001 0001 0800 0000000000 ff 0044 0000 0000 01 02 04 00 ` +
    "04 04 c000 00000007 c0000201 0a000001 0a000002 00 20 0000 05dc 1c20 04 00 04 00 c0000203 0a000002",
    "ipv4:gre:nhrp",
    /^NHRP resolution reply 10\.0\.0\.1 > 10\.0\.0\.2: 10\.0\.0\.2 by 192\.0\.2\.3$/,
  ],
  [8, `00 45 ${"00".repeat(14)} ${IP}`, "slip:raw:ipv4:icmp", /^echo request/],
  [100, `aaaa03 000000 0800 ${IP}`, "atm:llc:snap:ipv4:icmp", /^echo request/],
];

for (const [link, text, layers, summary] of FRAMES) {
  Deno.test(`dissectPacket() explains ${layers} of link type ${link}: ${summary.source}`, () => {
    const bytes = octets(text);
    const found = dissectPacket(link, bytes);
    assertEquals(found.facts.layers.join(":"), layers);
    assert(summary.test(found.summary), found.summary);
    const seen = new Uint8Array(bytes.length);
    for (const field of found.fields) {
      leaves(field, seen);
      assertEquals(field.error, undefined);
    }
    assertEquals(seen.indexOf(0), -1);
  });
}

Deno.test("dissectPacket() gives a field to every octet of any link type, and of frames with errors", () => {
  const frames = [...Object.entries(OTHER_LINKS).map(([link, frames]) => [Number(link), frames] as const)];
  for (const [link, text] of FRAMES) frames.push([link, [octets(text)]]);
  for (const [link, all] of frames) {
    for (const frame of all) {
      for (let seed = 0; seed <= 10; seed++) {
        const bytes = seed === 0 ? frame : mutate(frame, numbers(seed * 104729));
        const seen = new Uint8Array(bytes.length);
        for (const field of dissectPacket(link, bytes).fields) leaves(field, seen);
        assertEquals(seen.indexOf(0), -1, `link type ${link}, seed ${seed}`);
      }
    }
  }
});

Deno.test("Teredo: the address that a server saw, and IPv6 inside", () => {
  const udp = (source: string, destination: string, rest: string) => {
    const length = octets(rest).length;
    const word = (value: number) => value.toString(16).padStart(4, "0");
    return octets(
      `4500 ${word(28 + length)} 0001 0000 40 11 0000 c0000201 c0000202 ${source} ${destination} ${
        word(8 + length)
      } 0000 ${rest}`,
    );
  };
  const answer = udp("0dd8", "cd21", `0001 00 00 0102030405060708 00 0000 32de 46f93f46 ${IP6}`);
  const { facts, fields } = dissectPacket(228, answer);
  assertEquals(facts.layers.join(":"), "ipv4:udp:teredo:ipv6");
  assertEquals(fields[2]!.meaning, "Teredo from 185.6.192.185:52513");
  assertEquals(dissectPacket(228, udp("cd21", "0dd8", IP6)).facts.layers.join(":"), "ipv4:udp:teredo:ipv6");
});

const QUERY = latin1("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04test\x00\x00\x01\x00\x01");

Deno.test("chooseDatagram() believes what is sure before the port, and either port", () => {
  const shifted = QUERY.slice();
  shifted[0] = 0x48;
  assertEquals(chooseDatagram(shifted, { server: 443 }, [])?.name, "dns");
  assertEquals(chooseDatagram(QUERY, { client: 53, server: 500 }, [])?.name, "dns");
  const classic = octets(`0001 0000 ${"5a".repeat(16)}`);
  assertEquals(chooseDatagram(classic, { server: 9999 }, [])?.name, "stun");
  assertEquals(chooseDatagram(octets(`0001 0001 ${"5a".repeat(16)}`), { server: 9999 }, []), undefined);
  assertEquals(chooseDatagram(octets(`dc4c 0029 ${"5a".repeat(36)}`), { server: 521 }, []), undefined);
});

Deno.test("a conversation that began with what its port cannot be is not taken for it later", () => {
  const names = (...first: number[]) => {
    const conversation = openConversation({ transport: "udp", ports: { server: 443 } });
    return first.flatMap((octet) => conversation.data("client", Uint8Array.of(octet, ...new Array(40).fill(0x5a)), 0))
      .map((message) => message.protocol);
  };
  assertEquals(names(0x45), ["quic"]);
  assertEquals(names(0x05, 0x45, 0x47), ["data", "data", "data"]);
});

Deno.test("TLS that is taken down again leaves the connection to what comes after it", () => {
  const conversation = openConversation({ ports: { server: 21 } });
  const hello = octets(`160301 0031 01 00002d 0303 ${"11".repeat(32)} 00 0004 1301 00ff 01 00 0000`);
  assertEquals(conversation.data("client", hello, 0)[0]!.protocol, "tls");
  const [plain] = conversation.data("client", latin1("PASV\r\n"), 0);
  assertEquals([plain!.protocol, plain!.error], ["data", undefined]);
});

Deno.test("a handshake of TLS that cannot be one is called encrypted", () => {
  const conversation = openConversation({ protocol: "tls" });
  const [message] = conversation.data("client", octets(`160303 0010 42 cdefe7 ${"40".repeat(12)}`), 0);
  assertEquals([message!.summary, message!.error], ["handshake, encrypted", undefined]);
});
