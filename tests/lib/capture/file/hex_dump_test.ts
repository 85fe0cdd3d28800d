import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { hex } from "../../../../lib/base/hex.ts";
import { hexDumpOf, parseHexDump } from "../../../../lib/capture/file/hex_dump.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";

const BYTES = Uint8Array.from({ length: 19 }, (_, i) => [0x61, 0x62, 0x20, 0x64, 0xff][i % 5]!);
const spelled = (text: string) => parseHexDump(text)?.map(({ bytes }) => hex(bytes));

/** The same nineteen octets as programs write them. */
const DUMPS: Readonly<Record<string, string>> = {
  "tcpdump -X": `12:00:00.000000 IP 192.0.2.1 > 192.0.2.2: ICMP echo request, id 1, seq 1, length 19
\t0x0000:  6162 2064 ff61 6220 64ff 6162 2064 ff61  ab.d.ab.d.ab.d.a
\t0x0010:  6220 64                                  b.d
`,
  "tshark -x": `0000  61 62 20 64 ff 61 62 20 64 ff 61 62 20 64 ff 61   ab d.ab d.ab d.a
0010  62 20 64                                          b d
`,
  "xxd": `00000000: 6162 2064 ff61 6220 64ff 6162 2064 ff61  ab d.ab d.ab d.a
00000010: 6220 64                                  b d
`,
  "xxd -g1": `00000000: 61 62 20 64 ff 61 62 20 64 ff 61 62 20 64 ff 61  ab d.ab d.ab d.a
00000010: 62 20 64                                         b d
`,
  "xxd -i": `unsigned char b[] = {
  0x61, 0x62, 0x20, 0x64, 0xff, 0x61, 0x62, 0x20, 0x64, 0xff, 0x61, 0x62,
  0x20, 0x64, 0xff, 0x61, 0x62, 0x20, 0x64
};
unsigned int b_len = 19;
`,
  "xxd -p": "61622064ff61622064ff61622064ff61\n622064\n",
  "hexdump -C": `00000000  61 62 20 64 ff 61 62 20  64 ff 61 62 20 64 ff 61  |ab d.ab d.ab d.a|
00000010  62 20 64                                          |b d|
00000013
`,
  "hexdump": "0000000 6261 6420 61ff 2062 ff64 6261 6420 61ff\n0000010 2062 0064\n0000013\n",
  "od -tx1": `0000000 61 62 20 64 ff 61 62 20 64 ff 61 62 20 64 ff 61
0000020 62 20 64
0000023
`,
  "od -Ad -tx1z": `0000000 61 62 20 64 ff 61 62 20 64 ff 61 62 20 64 ff 61  >ab d.ab d.ab d.a<
0000016 62 20 64                                         >b d<
0000019
`,
  "od": "0000000 061141 062040 060777 020142 177544 061141 062040 060777\n0000020 020142 000144\n0000023\n",
  "a string of C":
    '"\\x61\\x62\\x20\\x64\\xff\\x61\\x62\\x20\\x64\\xff"\n"\\x61\\x62\\x20\\x64\\xff\\x61\\x62\\x20\\x64"',
  "digits": "6162 2064 ff61 6220 64ff 6162 2064 ff61 6220 64",
};

for (const [name, text] of Object.entries(DUMPS)) {
  Deno.test(`parseHexDump() reads ${name}`, () => assertEquals(spelled(text), [hex(BYTES)]));
}

Deno.test("parseHexDump() reads rows that were left out, and several dumps", () => {
  const rows =
    "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n00000040  01\n00000041\n";
  assertEquals(spelled(rows + rows), Array(2).fill(`${"00".repeat(64)}01`));
});

Deno.test("parseHexDump() reads a piece of a dump", () => {
  assertEquals(spelled("00000010: 6162 63  abc\n00000013: 64  d\n"), ["61626364"]);
});

Deno.test("parseHexDump() reads dumps of a relay with their directions", () => {
  const text = `> 2026/11/20 13:54:34.096971  length=18 from=0 to=17  #1 127.0.0.1:32898
 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..
 0d 0a                                            ..
--
< 2026/11/20 13:54:34.106268  length=2 from=0 to=1
 61 62
`;
  assertEquals(parseHexDump(text)?.map(({ bytes, side }) => [side, hex(bytes)]), [
    ["client", hex(utf8("GET / HTTP/1.1\r\n\r\n"))],
    ["server", "6162"],
  ]);
});

Deno.test("parseHexDump() reads conversations of Wireshark, the server's rows indented", () => {
  const text = "Follow: tcp,hex\n00000000  61 62  ab\n\t00000000  31  1\n00000002  63  c\n    00000001  32 33  23\n";
  assertEquals(parseHexDump(text)?.map(({ bytes, side }) => [side, hex(bytes)]), [
    ["client", "6162"],
    ["server", "31"],
    ["client", "63"],
    ["server", "3233"],
  ]);
});

Deno.test("parseHexDump() leaves other texts alone", () => {
  const texts = [
    "",
    "a",
    "PING",
    "GET / HTTP/1.1\r\n\r\n",
    "0000  zz",
    "it sent 0x16, 0x03, which begins TLS",
    "0010: 61 62\n0030: 63\n",
  ];
  for (const text of texts) assertEquals(parseHexDump(text), undefined, text);
  assertEquals(hexDumpOf(Uint8Array.of(0x61, 0x62, 0x80)), undefined);
  fc.assert(fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 200 }), (text) => void parseHexDump(text)));
});
