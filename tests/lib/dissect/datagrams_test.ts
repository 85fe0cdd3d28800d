// Datagrams made by hand, of protocols that no recorded capture has: what is said of them, and no octet without a field.
import { assert, assertEquals } from "@std/assert";
import { latin1 } from "../../../lib/base/bytes.ts";
import { chooseDatagram } from "../../../lib/dissect/follow/choose.ts";
import { dissectDatagram, openConversation } from "../../../lib/dissect/follow/conversation.ts";
import type { Ports } from "../../../lib/dissect/protocol.ts";
import { everyField, leaves } from "../../helpers/fields.ts";
import { octets } from "../../helpers/frames/frames.ts";
import { mutate, numbers } from "../../helpers/mutate.ts";

const ID = "N".repeat(20), HASH = "H".repeat(20);
const NODE = `${ID}\xc0\x00\x02\x01\x1a\xe1`, PEER = "\xc0\x00\x02\x02\x1a\xe2";
/** A name of NetBIOS: pairs of letters for its half octets. */
const netbios = (name: string, suffix: number) =>
  `20 ${
    [...name.padEnd(15)].map((letter) => letter.charCodeAt(0)).concat(suffix).map((octet) =>
      ((0x41 + (octet >> 4)) * 256 + 0x41 + (octet & 15)).toString(16)
    ).join("")
  } 00`;
const MAPPED = "0000 0000 0000 0000 0000 ffff c0000201";
const NONCE = "010203040506070809 0a0b0c";

const DATAGRAMS: readonly (readonly [bytes: Uint8Array, ports: Ports, protocol: string, summary: string])[] = [
  [latin1(`d1:ad2:id20:${ID}e1:q4:ping1:t2:xy1:y1:qe`), {}, "dht", "DHT ping"],
  [
    latin1(`d1:ad2:id20:${ID}9:info_hash20:${HASH}e1:q9:get_peers1:t2:xy1:v4:NL011:y1:qe`),
    {},
    "dht",
    `DHT get_peers ${HASH}`,
  ],
  [
    latin1(`d1:rd2:id20:${ID}5:nodes52:${NODE}${NODE}5:token2:ab6:valuesl6:${PEER}ee1:t2:xy1:y1:re`),
    {},
    "dht",
    "DHT response, peers 1, nodes 2",
  ],
  [latin1("d1:eli203e12:bad argumente1:t2:xy1:y1:ee"), {}, "dht", "DHT error 203 bad argument"],
  [
    octets("1234 0001 0000000a 0001 0002 01 01 00 00 abcd  1234 8005 00000008 0001 0003 01 01 02 00"),
    {},
    "someip",
    "0x1234/0x0001 request, 2 octets; 0x1234/0x8005 notification",
  ],
  [
    octets(
      "ffff 8100 0000004f 0000 0001 01 01 02 00  c0 000000 00000020 " +
        "01 00 00 20 1234 0001 01 000003 00000000  06 02 00 10 1234 0001 01 ffffff 0003 4465 " +
        "0000001b 0009 04 00 c0000201 00 11 771a  000c 01 00 03 613d62 05 6b6579 3d76 00",
    ),
    { server: 30490 },
    "someip",
    "0xffff/0x8100 notification: offer service 0x1234 instance 0x0001; " +
    "subscribe eventgroup 0x1234 instance 0x0001 eventgroup 0x4465; IPv4 endpoint 192.0.2.1:30490 UDP; configuration a=b key=v",
  ],
  [
    octets("1234 0001 00000010 0001 0002 01 01 22 00 00000571 01020304"),
    {},
    "someip",
    "0x1234/0x0001 notification, a segment, from 1392 on",
  ],
  [octets("0000"), { server: 5351 }, "nat-pmp", "NAT-PMP external address"],
  [octets("0080 0000 0000003c c0000201"), { server: 5351 }, "nat-pmp", "NAT-PMP external address 192.0.2.1"],
  [octets("0002 0000 0050 1f90 00000e10"), { server: 5351 }, "nat-pmp", "NAT-PMP map TCP 80 to 8080, 3600 seconds"],
  [octets("0082 0002 0000003c 0050 0000 00000000"), { server: 5351 }, "nat-pmp", "NAT-PMP map TCP: refused"],
  [
    octets(`02 01 0000 00000001 ${MAPPED} ${NONCE} 11 000000 1388 1389 ${MAPPED} 02 00 0000`),
    { server: 5351 },
    "nat-pmp",
    "PCP MAP udp 5000 to ::ffff:192.0.2.1 port 5001, 1 second",
  ],
  [
    octets(
      `02 82 00 0c 00000000 00000005 ${"00".repeat(12)} ${NONCE} 06 000000 1388 1389 ${MAPPED} 0050 0000 ${MAPPED}`,
    ),
    { server: 5351 },
    "nat-pmp",
    "PCP answer PEER tcp 5000 to ::ffff:192.0.2.1 port 5001 for ::ffff:192.0.2.1 port 80, ends it: the address is not the sender's",
  ],
  [
    octets(
      `11 0a 0001 c0000201 008a 0060 0000 ${netbios("HOST", 0)} ${netbios("GROUP", 0x1e)} ff534d42 25 ${
        "00".repeat(20)
      } 5c4d41494c534c4f545c42524f57534500 08`,
    ),
    { server: 138 },
    "nbdgm",
    "NetBIOS datagram from HOST<00> to GROUP<1e>: election",
  ],
  [octets("13 02 0001 c0000201 008a 82"), { server: 138 }, "nbdgm", "NetBIOS datagram 1, error"],
  [
    octets(`14 02 0001 c0000201 008a ${netbios("HOST", 0x20)}`),
    { server: 138 },
    "nbdgm",
    "NetBIOS query request for HOST<20>",
  ],
];

for (const [bytes, ports, protocol, summary] of DATAGRAMS) {
  Deno.test(`dissectDatagram() says of ${protocol}: ${summary}`, () => {
    const message = dissectDatagram(bytes, { ports });
    assertEquals([message.protocol, message.summary, message.error], [protocol, summary, undefined]);
    const seen = new Uint8Array(bytes.length);
    leaves(message.root, seen);
    assertEquals(seen.indexOf(0), -1);
  });
}

Deno.test("datagrams with errors in them are explained to the last octet, a hundred times each", () => {
  for (const [bytes, , protocol] of DATAGRAMS) {
    for (let seed = 1; seed <= 100; seed++) {
      const wrong = mutate(bytes, numbers(seed * 7919));
      const { root } = dissectDatagram(wrong, { protocol });
      const seen = new Uint8Array(wrong.length);
      leaves(root, seen);
      assertEquals(seen.indexOf(0), -1, `${protocol}, seed ${seed}`);
      everyField([root], (field) => assert(!(field.error ?? "").startsWith("Internal error"), field.error));
    }
  }
});

Deno.test("chooseDatagram() takes no text of its kind for the hash table, nor other datagrams for mappings", () => {
  assertEquals(chooseDatagram(latin1("d3:key5:value4:more9:and so one"), {}, []), undefined);
  assertEquals(chooseDatagram(octets("0001 0000 0050"), { server: 5351 }, []), undefined);
  assertEquals(chooseDatagram(octets("ff01 0000 0050"), { server: 138 }, []), undefined);
});

Deno.test("chooseDatagram() does not take what a port's protocol cannot send for it", () => {
  const taken = (server: number, text: string) => chooseDatagram(octets(text), { server }, [])?.name;
  const many = "5a".repeat(60);
  assertEquals(
    [51820, 123, 161, 5060, 1194].map((port) => taken(port, `ff 00 00 01 ${many}`)),
    new Array(5).fill(undefined),
  );
  assertEquals(taken(51820, `04000000 ${"5a".repeat(28)}`), "wireguard");
  assertEquals(taken(51820, `04000000 ${"5a".repeat(20)}`), undefined);
  assertEquals(taken(123, `23 ${"00".repeat(47)}`), "ntp");
  assertEquals(taken(5060, "0d0a0d0a"), "sip");
  assertEquals(taken(1194, `48 ${many}`), "openvpn");
  const words = "68656c6c6f2c20776f726c642c2068656c6c6f2c20776f726c642e";
  assertEquals([53, 5353, 5355, 500, 4500].map((port) => taken(port, words)), new Array(5).fill(undefined));
  assertEquals([53, 500, 4500].map((port) => taken(port, "0000 0000 00")), new Array(3).fill(undefined));
  assertEquals(taken(53, "1234 8181 0000 0000 0000 0000"), "dns");
  const ike = `${"11".repeat(8)} ${"00".repeat(8)} 21 20 22 08 00000000 0000`;
  assertEquals([taken(500, `${ike} 0040 ${many}`), taken(4500, `00000000 ${ike} 0040 ${many}`)], ["ike", "ike"]);
  assertEquals([taken(500, `12345678 00000001 ${many}`), taken(4500, `12345678 00000001 ${many}`)], [undefined, "ike"]);
  assertEquals(taken(4500, "ff"), "ike");
});

/** A record of DTLS in clear with a whole handshake message. */
const dtlsHello = (type: string, body: string) => {
  const message = `${type} ${size(body, 3)} 0000 000000 ${size(body, 3)} ${body}`;
  return octets(`16 fefd 0000 000000000000 ${size(message, 2)} ${message}`);
};
const size = (text: string, count: number) => octets(text).length.toString(16).padStart(count * 2, "0");
const HELLO = (extensions: string) =>
  `fefd ${"11".repeat(32)} 00 00 0002 c02b 01 00 ${size(extensions, 2)} ${extensions}`;
const ANSWER = (extensions: string) => `fefd ${"22".repeat(32)} 00 c02b 00 ${size(extensions, 2)} ${extensions}`;

Deno.test("DTLS: connection IDs are as long as the hellos say, in each direction (RFC 9146, RFC 9147)", () => {
  const conversation = openConversation({ transport: "udp", ports: { server: 4433 } });
  const say = (side: "client" | "server", bytes: Uint8Array) => {
    const [message] = conversation.data(side, bytes, 0);
    const seen = new Uint8Array(bytes.length);
    leaves(message!.root, seen);
    assertEquals(seen.indexOf(0), -1);
    everyField([message!.root], (field) => assertEquals(field.error, undefined, field.name));
    let id: unknown;
    everyField([message!.root], (field) => {
      if (field.name === "Connection ID" && field.value instanceof Uint8Array) id = field.length;
    });
    return [message!.summary, id];
  };
  assertEquals(say("client", dtlsHello("01", HELLO("0036 0003 02 aaaa"))), ["ClientHello DTLS 1.2", 2]);
  assertEquals(say("server", dtlsHello("02", ANSWER("0036 0002 01 bb")))[1], 1);
  const record = (id: string) => octets(`19 fefd 0001 000000000001 ${id} 0004 01020304`);
  assertEquals(say("client", record("bb")), ["4 octets encrypted, with a connection ID", 1]);
  assertEquals(say("server", record("aaaa")), ["4 octets encrypted, with a connection ID", 2]);
  assertEquals(say("client", octets("3f bb 1234 0004 01020304")), ["encrypted record of DTLS 1.3, 4 octets", 1]);
  assertEquals(say("server", octets("2e 1234 0004 01020304 20 12 0506")), [
    "encrypted record of DTLS 1.3, 4 octets; encrypted record of DTLS 1.3, 2 octets",
    undefined,
  ]);
  assertEquals(
    say("client", octets(`1a fefd 0000 000000000002 0012 0010 ${"00".repeat(7)}02 ${"00".repeat(7)}05`))[0],
    "acknowledgement of 2.5",
  );
});
