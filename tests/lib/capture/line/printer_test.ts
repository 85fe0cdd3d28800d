import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { TextBuffer } from "../../../../lib/capture/line/core/buffer.ts";
import type { LineOptions } from "../../../../lib/capture/line/core/line.ts";
import { LinePrinter } from "../../../../lib/capture/line/printer.ts";
import { Sequences } from "../../../../lib/capture/line/transport/sequences.ts";
import { parseHex } from "../../../../lib/base/hex.ts";
import { emptyPacket, LINK } from "../../../../lib/capture/packet.ts";
import { FRAMES } from "../../../helpers/frames/all.ts";
import { pcapFile, protocolsCapture, readAll } from "../../../helpers/capture.ts";

const capture = readAll(protocolsCapture()).packets;
const byHand = readAll(pcapFile(Object.values(FRAMES))).packets;

function lines(options: LineOptions, from = 0, to = capture.length): string[] {
  const printer = new LinePrinter(options);
  return capture.slice(from, to).map((packet) => {
    printer.print(packet);
    return new TextDecoder().decode(printer.out.take());
  });
}

Deno.test("LinePrinter writes what tcpdump -n writes", () => {
  const out = lines({ time: 1 });
  assertEquals(out[0], "IP 192.0.2.1.40000 > 198.51.100.2.8080: Flags [S], seq 1000, win 512, length 0\n");
  assertEquals(
    out[42],
    "IP 192.0.2.1.40001 > 198.51.100.2.8080: Flags [.], ack 1, win 8192, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0\n",
  );
  assertEquals(
    out.find((line) => line.startsWith("ARP")),
    "ARP, Unknown (0) \n\t0x0000:  0001 0800 0604 0000 0200 0000 0001 0a00  ................\n\t0x0010:  0001 0000 0000 0000 0a00 0002            ............\n",
  );
  assert(out.includes("ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28\n"));
  assert(out.includes("IP6 2001:db8::1 > 2001:db8::2: ICMP6, neighbor solicitation, who has 2001:db8::2, length 32\n"));
  assert(out.includes("IP 192.0.2.1 > 198.51.100.2: ICMP echo request, id 5, seq 3, length 64\n"));
});

Deno.test("LinePrinter writes times in each form", () => {
  assertEquals(lines({ time: 2 }, 0, 1)[0]!.slice(0, 18), "1700000000.000000 ");
  assertEquals(lines({ time: 3 }, 0, 2).map((line) => line.slice(0, 17)), [" 00:00:00.000000 ", " 00:00:00.009999 "]);
  assertEquals(lines({ time: 5 }, 0, 3)[2]!.slice(0, 17), " 00:00:00.019998 ");
  assertEquals(lines({ time: 2, nano: true }, 1, 2)[0]!.slice(0, 21), "1700000000.009999000 ");
});

Deno.test("LinePrinter writes the time since the packet before as a time of day", () => {
  const printer = new LinePrinter({ time: 3 });
  const times = [0, 90_061, 90_062].map((seconds) => {
    printer.print({ ...capture[0]!, seconds: 1_700_000_000 + seconds, nanos: 0 });
    return new TextDecoder().decode(printer.out.take()).slice(0, 17);
  });
  assertEquals(times, [" 00:00:00.000000 ", " 01:01:01.000000 ", " 00:00:01.000000 "]);
});

Deno.test("LinePrinter writes octets as text, without the carriage returns of line ends", () => {
  const text = new TextEncoder().encode("a\r\nb\rcd\r");
  const printer = new LinePrinter({ time: 1, ascii: 2 });
  printer.print({ ...emptyPacket(), link: LINK.RAW, bytes: text, caplen: text.length, length: text.length });
  assertEquals(new TextDecoder().decode(printer.out.take()), " [|ip6]\na\nb.cd\n");
});

Deno.test("LinePrinter writes of a bit label the bits that it has", () => {
  const asked = (bits: number) => {
    const label = `41${bits.toString(16).padStart(2, "0")}${"ff".repeat((bits + 7) >> 3)}`;
    const question = parseHex(`000100000001000000000000${label}0000010001`), length = 28 + question.length;
    const head = new DataView(new ArrayBuffer(28));
    for (const [at, word] of [[0, 0x4500], [2, length], [8, 0x4011], [20, 53], [22, 53], [24, length - 20]] as const) {
      head.setUint16(at, word);
    }
    const bytes = new Uint8Array([...new Uint8Array(head.buffer), ...question]);
    const printer = new LinePrinter({ time: 1 });
    printer.print({ ...emptyPacket(), link: LINK.RAW, bytes, caplen: length, length });
    return new TextDecoder().decode(printer.out.take()).match(/\\\[x.*\]/)?.[0];
  };
  assertEquals([1, 3, 5, 8, 10, 14, 38].map(asked), [
    "\\[x8/1]",
    "\\[xe/3]",
    "\\[xf8/5]",
    "\\[xff/8]",
    "\\[xffc/10]",
    "\\[xfffc/14]",
    "\\[xfffffffffc/38]",
  ]);
});

Deno.test("LinePrinter writes octets under the line", () => {
  assertEquals(
    lines({ time: 1, hexAscii: 1 }, 0, 1)[0],
    "IP 192.0.2.1.40000 > 198.51.100.2.8080: Flags [S], seq 1000, win 512, length 0\n" +
      "\t0x0000:  4500 0028 0001 0000 4006 8e98 c000 0201  E..(....@.......\n" +
      "\t0x0010:  c633 6402 9c40 1f90 0000 03e8 0000 0000  .3d..@..........\n" +
      "\t0x0020:  5002 0200 01f3 0000                      P.......\n",
  );
  assertEquals(
    lines({ time: 1, hex: 2 }, 0, 1)[0]!.split("\n")[1],
    "\t0x0000:  0200 0000 0002 0200 0000 0001 0800 4500",
  );
});

Deno.test("LinePrinter counts sequence numbers anew for addresses that differ in one bit, whichever it is", () => {
  const printer = new LinePrinter({ time: 1 });
  const line = (word: number) => {
    const bytes = parseHex(
      "60000000 0014 06 40 00000000000000000000000000000001 00000000000000000000000000000001 1f90 1f91 00000064 000000c8 5010 0400 0000 0000",
    );
    if (word >= 0) bytes[8 + word * 4] = 0x80;
    printer.print({ ...emptyPacket(), link: LINK.IPV6, bytes, caplen: bytes.length, length: bytes.length });
    return /ack \d+/.exec(new TextDecoder().decode(printer.out.take()))![0];
  };
  assertEquals([-1, 0, 1, 2, 3, -1].map(line), ["ack 200", "ack 200", "ack 200", "ack 200", "ack 200", "ack 1"]);
});

Deno.test("LinePrinter tells each part of PTP's management, which tcpdump 4.99.3 takes from the wrong place", () => {
  const bytes = parseHex(
    "020000000001 020000000002 88f7 0d02 0036 00 00 0000 0000000000000000 00000000 0102030405060708 0001 0002 04 7f " +
      "a1a2a3a4a5a6a7a8 0003 04 05 06 00",
  );
  const printer = new LinePrinter({ time: 1 });
  printer.print({ ...emptyPacket(), link: LINK.ETHERNET, bytes, caplen: bytes.length, length: bytes.length });
  assertMatch(
    new TextDecoder().decode(printer.out.take()),
    /port id : 3, , start boundary hops {2}4, , boundary hops {2}5, , flags {2}0x6, , reserved {2}0x0\n$/,
  );
});

Deno.test("LinePrinter lets no control character through, whatever the packet holds", () => {
  const links = [0, 1, 9, 12, 101, 104, 105, 108, 113, 127, 228, 229, 276, 204, 147];
  fc.assert(
    fc.property(
      fc.nat(capture.length + byHand.length - 1),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 12 }),
      fc.record({
        verbose: fc.nat(3),
        link: fc.boolean(),
        ascii: fc.nat(2),
        caplen: fc.nat(600),
        type: fc.constantFrom(...links),
      }),
      (index, changes, { caplen, type, ...options }) => {
        const original = capture[index] ?? byHand[index - capture.length]!;
        const bytes = original.bytes.slice();
        for (const [at, octet] of changes) if (at < bytes.length) bytes[at] = octet;
        const printer = new LinePrinter(options);
        printer.print({
          ...original,
          bytes,
          caplen: Math.min(caplen, bytes.length),
          link: changes.length % 3 === 0 ? type : 1,
        });
        for (const octet of printer.out.take()) assert(octet === 10 || octet === 9 || (octet >= 32 && octet < 127));
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("LinePrinter ends with tunnels in tunnels and pointers to themselves", () => {
  const tunnel = new Uint8Array(60_000);
  for (let at = 0; at + 20 <= tunnel.length; at += 20) {
    tunnel.set([
      0x45,
      0,
      (tunnel.length - at) >> 8,
      (tunnel.length - at) & 255,
      0,
      0,
      0,
      0,
      64,
      4,
      0,
      0,
      1,
      1,
      1,
      1,
      2,
      2,
      2,
      2,
    ], at);
  }
  const printer = new LinePrinter({ verbose: 1 });
  printer.print({ ...emptyPacket(), bytes: tunnel, caplen: tunnel.length, length: tunnel.length, link: 101 });
  assert(printer.out.take().length < 10_000);
});

Deno.test("TextBuffer writes numbers and addresses as everybody does", () => {
  const text = (write: (out: TextBuffer) => void) => {
    const out = new TextBuffer();
    write(out);
    return new TextDecoder().decode(out.take());
  };
  fc.assert(fc.property(fc.maxSafeNat(), (value) => assertEquals(text((out) => out.dec(value)), String(value))));
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), (value) => assertEquals(text((out) => out.hex(value)), value.toString(16))),
  );
  const six = (octets: number[]) => text((out) => out.ip6(new Uint8Array(octets), 0));
  assertEquals(six(Array(16).fill(0)), "::");
  assertEquals(six([...Array(15).fill(0), 1]), "::1");
  assertEquals(six([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]), "2001:db8::1:0:0:1");
  assertEquals(six([...Array(10).fill(0), 255, 255, 1, 2, 3, 4]), "::ffff:1.2.3.4");
  assertEquals(six([1, 0, 0, 0, ...Array(12).fill(0)]), "100::");
});

Deno.test("Sequences finds what was set, and begins anew when it is full", () => {
  const table = new Sequences();
  for (let i = 0; i < 5000; i++) table.set(i, i * 7, i * 13, i + 1, i + 2);
  for (let i = 0; i < 5000; i++) {
    const entry = table.find(i, i * 7, i * 13);
    assertEquals([table.seq(entry), table.ack(entry)], [i + 1, i + 2]);
  }
  assertEquals(table.find(1, 2, 3), -1);
});

Deno.test("LinePrinter ends a cut multicast report or ICMPv6 error where tcpdump does", () => {
  const igmp = parseHex(
    "4500002c00010000 0102 0000 0a000001 e0000016" + "22000000 00000001" + "01000002 ef010203 0a000005 0a000006",
  );
  const report = parseHex(
    "60000000001c3a01 fe80000000000000 0000000000000001 ff02000000000000 0000000000000016 8f000000",
  );
  const printed = (bytes: Uint8Array, kept: number) => {
    const printer = new LinePrinter({ time: 1, verbose: 2 });
    printer.print({
      ...emptyPacket(),
      link: LINK.RAW,
      bytes: bytes.subarray(0, kept),
      caplen: kept,
      length: bytes.length,
    });
    return new TextDecoder().decode(printer.out.take()).trimEnd().replace(
      /^[\s\S]* > (?:224\.0\.0\.22|ff02::16): /,
      "",
    );
  };
  assertEquals(
    printed(igmp, 44),
    "igmp v3 report, 1 group record(s) [gaddr 239.1.2.3 is_in { 10.0.0.5 10.0.0.6 }] bad igmp cksum 0!",
  );
  assertEquals(printed(igmp, 38), "igmp v3 report, 1 group record(s) [gaddr 239.1.2.3 is_in { [|igmp]");
  assertEquals(printed(igmp, 34), "igmp v3 report, 1 group record(s) [|igmp]");
  assertEquals(printed(report, 41), "ICMP6, multicast listener report v2 [|icmp6]");
});

Deno.test("LinePrinter tells what goes on behind an end as tcpdump does", () => {
  const head = (protocol: string, length: number) =>
    `4500 ${(20 + length).toString(16).padStart(4, "0")} 0001 0000 40 ${protocol} 0000 0a000001 0a000002`;
  const print = (protocol: string, text: string, verbose: number, cut = 0) => {
    const carried = parseHex(text), bytes = parseHex(head(protocol, carried.length) + text);
    const printer = new LinePrinter({ time: 1, verbose });
    printer.print({ ...emptyPacket(), link: LINK.RAW, bytes, caplen: bytes.length - cut, length: bytes.length });
    return new TextDecoder().decode(printer.out.take()).split("\n    ").slice(verbose > 0 ? 2 : 0).join("; ");
  };
  // Version 1 has no encrypted payload: it is named, and what stands behind it is told.
  assertEquals(
    print(
      "11",
      "01f4 01f4 0038 0000" + "11".repeat(16) +
        "2e 10 05 00 00000001 00000030 0d00 000c 0203036033010200 0000 0008 01020304",
      3,
    ),
    "(v2e); (vid: len=4 01020304)\n",
  );
  assertEquals(
    print(
      "06",
      "04d2 162e 00000001 00000001 a018 0064 0000 0000 01 1d10 5f69 36e44854 00000000 00000000 010101",
      0,
      11,
    ),
    "IP 10.0.0.1.1234 > 10.0.0.2.5678: Flags [P.], ack 1, win 100, options [nop,tcp-ao keyid 95 rnextkeyid 105 mac 0x36e44854 [|tcp]>\n",
  );
  assertEquals(
    print("06", "04d2 0017 00000001 00000001 5018 0064 0000 0000 fffa f0ff", 0),
    "IP 10.0.0.1.1234 > 10.0.0.2.23: Flags [P.], seq 1:5, ack 1, win 100, length 4 [telnet SB 0xf0 SE [|telnet]\n",
  );
});
