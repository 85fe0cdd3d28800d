// What tcpdump 4.99.5 and 4.99.6 tell and 4.99.3 does not: packets by hand, words of 4.99.6.
import { assertEquals } from "@std/assert";
import { LinePrinter } from "../../../../lib/capture/line/printer.ts";
import { parseHex } from "../../../../lib/base/hex.ts";
import { emptyPacket, LINK } from "../../../../lib/capture/packet.ts";

const two = (value: number) => value.toString(16).padStart(4, "0");
const text = (words: string) =>
  [...new TextEncoder().encode(words)].map((o) => o.toString(16).padStart(2, "0")).join("");

/** The line of an IPv4 packet between 10.0.0.1 and 10.0.0.2. */
function ip4(protocol: string, carried: string, verbose = 0, total?: number): string {
  const length = 20 + parseHex(carried).length;
  return line(`4500 ${two(total ?? length)} 0001 0000 40 ${protocol} 0000 0a000001 0a000002` + carried, verbose);
}

function ip6(next: string, carried: string, verbose = 0): string {
  const ends = "20010db8000000000000000000000001 20010db8000000000000000000000002";
  return line(`60000000 ${two(parseHex(carried).length)} ${next} 40 ${ends}` + carried, verbose);
}

function line(hex: string, verbose: number): string {
  const bytes = parseHex(hex);
  const printer = new LinePrinter({ time: 1, verbose, noChecksums: true });
  printer.print({ ...emptyPacket(), link: LINK.RAW, bytes, caplen: bytes.length, length: bytes.length });
  return new TextDecoder().decode(printer.out.take());
}

const udp = (sport: number, dport: number, carried: string) =>
  `${two(sport)} ${two(dport)} ${two(8 + parseHex(carried).length)} 0000` + carried;

Deno.test("LinePrinter names the record types that came after DNSKEY", () => {
  const asked = (type: number) =>
    ip4("11", udp(40000, 53, `0001 0100 0001 0000 0000 0000 01 61 00 ${two(type)} 0001`)).split(": ")[1];
  assertEquals(
    [65, 64, 52, 50, 104, 257, 32769, 65000].map(asked),
    ["HTTPS", "SVCB", "TLSA", "NSEC3", "NID", "CAA", "DLV", "Type65000"].map((name) => `1+ ${name}? a. (19)\n`),
  );
});

Deno.test("LinePrinter takes a datagram without a length for one that the card was to cut", () => {
  assertEquals(
    ip4("06", "9c40 0050 00000001 00000001 5010 0064 0000 0000 61626364", 0, 0),
    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [.], seq 1:5, ack 1, win 100, length 4: HTTP\n",
  );
  assertEquals(ip4("01", "0800 0000 0001 0002", 1, 0).split("\n")[0]!.slice(-32), "length 28 [was 0, presumed TSO])");
});

Deno.test("LinePrinter takes what a reset carries for a reason, not for the protocol's data", () => {
  const reset = "0050 9c40 00000001 00000001 5014 0064 0000 0000" + text("no such service");
  assertEquals(
    ip4("06", reset),
    "IP 10.0.0.1.80 > 10.0.0.2.40000: Flags [R.], seq 1:16, ack 1, win 100, length 15\n",
  );
  assertEquals(ip4("06", reset, 1).split("length 15")[1], " [RST no such service]\n");
});

Deno.test("LinePrinter asks the receiver's port before the first port of clients", () => {
  assertEquals(
    ip4("11", udp(49152, 3784, "20c0 0318" + "00000001".repeat(5))),
    "IP 10.0.0.1.49152 > 10.0.0.2.3784: BFDv1, Control, State Up, Flags: [none], length: 24\n",
  );
});

Deno.test("LinePrinter tells identifiers, classes and where to begin in DHCP", () => {
  const six = (options: string) =>
    ip6("11", udp(546, 547, "01000001" + options), 1).split("xid=1 ")[1]!.replace(/\)\n$/, "");
  assertEquals(six("0001 0012 0004" + "0a".repeat(16)), `(client-ID uuid ${"0a".repeat(16)})`);
  assertEquals(six("0001 0008 0002 00007571 4142"), "(client-ID enterprise 30065 4142)");
  assertEquals(six(`000f 0007 0002${text("ab")} 0001${text("c")}`), "(user-class ab,c)");
  assertEquals(six(`000f 0004 0009${text("ab")}`), "(user-class  ?)");
  assertEquals(six(`003b 0003${text("a:b")} 0006 0002 0088`), "(Bootfile-URL a:b) (option-request SZTP-redirect)");
  const four = (options: string) =>
    ip4("11", udp(68, 67, "01010600" + "00".repeat(24) + "00".repeat(208) + "63825363" + options + "ff"), 1)
      .split("0x63825363")[1];
  assertEquals(four(`8f05 0003${text("a:b")}`), '\n\t    SZTP-Redirect (143), length 5: \n\t\t    length 3: "a:b"\n');
  assertEquals(four("2108 0a000000 0a000001"), "\n\t    Static-Route (33), length 8: (10.0.0.0:10.0.0.1)\n");
  assertEquals(four("2103 000000"), "\n\t    Static-Route (33), length 3: [length != N x 8 bytes]\n");
});

Deno.test("LinePrinter tells all of LDP's session parameters", () => {
  const session = "0500 000e 0001 001e 40 20 0000 c0a80001 0000";
  const message = "0200 0016 00000001" + session;
  assertEquals(
    ip4("11", udp(646, 646, `0001 0020 c0a80002 0000 ${message}`), 1).split("if unknown]\n").at(-1),
    "\t      Version: 1, Keepalive: 30s, Flags: [Downstream Unsolicited, Loop Detection Enabled]\n" +
      "\t      Path Vector Limit 32, Max-PDU length: 0, Receiver Label-Space-ID 192.168.0.1:0\n",
  );
});

Deno.test("LinePrinter tells the last option of IPv6 mobility, and addresses of IPv4 in node information", () => {
  assertEquals(
    ip6("87", "3b01 0500 0000 03e8 8000 0e10 0102 0000", 1).split("mobility: ")[1],
    "BU seq#=1000 A lifetime=14400(padn)\n",
  );
  assertEquals(
    ip6("3a", "8c00 0000 0004 0000 0000000000000000 00000005 7f000001", 1).split(" node ")[1],
    "information reply (success, ipv4 addresses 127.0.0.1(5))\n",
  );
});

Deno.test("LinePrinter sees PTP's minor version", () => {
  assertEquals(
    ip4("11", udp(319, 319, "0012 0022" + "00".repeat(40))).split(", msg")[0]!.slice(-21),
    "PTPv2, v1 compat : no",
  );
});
