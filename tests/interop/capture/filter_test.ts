// Filters on 802.11 frames, Geneve, IS-IS and link types of which little is known, beside tcpdump's.
import { parseHex } from "../../../lib/base/hex.ts";
import { assertEquals } from "@std/assert";
import { CaptureFilter } from "../../../lib/capture/filter/filter.ts";
import { outputOf, pcapFile, readAll } from "../../helpers/capture.ts";
import { FRAMES } from "../../helpers/frames/all.ts";
import { wifiFrames } from "../../helpers/frames/wifi.ts";
import { needing } from "../../helpers/netlab.ts";

const WIFI = [
  ...["", "src ", "dst ", "addr1 ", "addr2 ", "addr3 ", "addr4 ", "ra ", "ta ", "src or dst ", "src and dst "].flatMap(
    (which) => [`wlan ${which}host 02:00:00:00:00:01`, `not ether ${which}ff:ff:ff:ff:ff:ff`],
  ),
  ...["mgt", "ctl", "data", "management", "bogus", "4", "0x40"].map((type) => `type ${type}`),
  ...["mgt subtype beacon", "mgt subtype rts", "ctl subtype ack", "data subtype qos-data", "8 subtype 0x80"].map(
    (type) => `wlan type ${type}`,
  ),
  ...["beacon", "ack", "deauth", "bogus", "0x80", "cf-ack-poll"].map((subtype) => `subtype ${subtype}`),
  ...["nods", "tods", "fromds", "dstods", "1", "bogus"].map((direction) => `dir ${direction}`),
  ...["broadcast", "wlan multicast", "wlan[0] & 0xfc = 0x80 and type mgt", "ip", "llc", "radio[2] = 8", "wlan host 1"],
];
const HAND = [
  ...["", "100", "99", "16777216", "and ip", "and udp port 53", "and tcp", "and arp", "and vlan", "and geneve"].map(
    (more) => `geneve ${more}`,
  ),
  ...["geneve and ether host 02:00:00:00:00:01", "geneve and ether[0] = 2", "geneve and broadcast", "not geneve"],
  ...["isis", "l1", "l2", "iih", "lsp", "snp", "csnp", "psnp", "isis proto 15", "esis", "clnp"],
  ...["type mgt", "dir tods", "ether addr1 02:00:00:00:00:01", "radio[0] = 0", "llc", "llc xid", "stp"],
];
/** DECnet between 10.15 and 1.2: in short headers and in long ones, with an octet that fills up and without. */
const DECNET = [
  "0f00 02 0f28 0204 00",
  "1000 81 02 0f28 0204 00",
  "1600 06 0000 aa000400 0f28 0000 aa000400 0204 000000",
]
  .concat("1700 81 06 0000 aa000400 0f28 0000 aa000400 0204 000000")
  .map((body) => parseHex(`ab0000040000 aa0004000204 6003 ${body} ${"00".repeat(20)}`));
const NODES = ["src", "dst", "host", "src or dst", "src and dst", "net"].flatMap((word) =>
  ["10.15", "1.2", "0x280f", "74.15", "1"].map((node) => `decnet ${word} ${node}`)
).concat("decnet 1.2", "decnet port 5", "decnet src ::1", "decnet", "not decnet src 1.2");
/** What stands before 802.11's header: radiotap, a Prism header, an AVS header in its place, AVS, PPI, PPI with other frames. */
const AVS = [0x80, 0x21, 0x10, 2, 0, 0, 0, 12, 1, 2, 3, 4];
const RADIOS: readonly [name: string, link: number, before: readonly number[]][] = [
  ["radiotap", 127, [0, 0, 8, 0, 0, 0, 0, 0]],
  ["prism", 119, [0x44, 0, 0, 0, ...new Array(140).fill(8)]],
  ["prism that is AVS", 119, AVS],
  ["AVS", 163, AVS],
  ["PPI", 192, [0, 0, 8, 0, 105, 0, 0, 0]],
  ["PPI around Ethernet", 192, [0, 0, 8, 0, 1, 0, 0, 0]],
];
/** Kinds of ARCNET packets, IPv4 in them or not. */
const ARCNET = [212, 240, 196, 213, 241, 214, 221, 1].map((kind) =>
  Uint8Array.from([1, 2, 0, 0, kind, 0, 0, 1, 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2])
);
const BARE = ["len > 80", "link[0] = 2", "ip", "1 = 1", "host 192.0.2.1", "inbound", "byte 4 = 0", "vlan", "iso"];

Deno.test({
  ...needing("filters on 802.11, Geneve, IS-IS and strange link types are libpcap's", "tcpdump"),
  async fn() {
    const folder = await Deno.makeTempDir();
    const wifi = wifiFrames(), hand = Object.values(FRAMES);
    const files: [name: string, file: Uint8Array, texts: readonly string[]][] = [
      ["wifi", pcapFile(wifi, { link: 105 }), WIFI],
      ...RADIOS.map(([name, link, before]): [string, Uint8Array, readonly string[]] => [
        name,
        pcapFile(wifi.map((frame) => Uint8Array.from([...before, ...frame])), { link }),
        // libpcap knows no types of frames behind PPI.
        link === 192 ? WIFI.filter((text) => !/type|dir|radio/.test(text)) : WIFI,
      ]),
      ["hand", pcapFile(hand), HAND],
      ["decnet", pcapFile(DECNET), NODES],
      ["arcnet", pcapFile(ARCNET, { link: 129 }), [...BARE, "ip6", "arp", "rarp", "atalk", "not ip"]],
      ["frame relay", pcapFile(hand, { link: 107 }), BARE],
      ["ipnet", pcapFile(hand, { link: 226 }), BARE],
      ["vsock", pcapFile(hand, { link: 271 }), BARE],
    ];
    try {
      for (const [name, file, texts] of files) {
        const path = `${folder}/file.pcap`;
        await Deno.writeFile(path, file);
        const { packets } = readAll(file);
        for (const text of texts) {
          const { stdout, stderr } = await outputOf("tcpdump", ["-nr", path, "--count", text]);
          const theirs = /^(\d+) packets?$/m.exec(stdout)?.[1] ?? "refused";
          let ours = "refused";
          try {
            const filter = new CaptureFilter(text);
            filter.prepare(packets[0]!.link);
            ours = String(packets.filter((packet) => filter.matches(packet)).length);
          } catch {
            // Refused.
          }
          assertEquals(ours, theirs, `${name}: ${text}: ${stderr}`);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
