// Filters and lines beside tcpdump's on the same packets.
import { assert, assertEquals } from "@std/assert";
import { CaptureFilter } from "../../../lib/capture/filter/filter.ts";
import { namesFrom } from "../../../lib/capture/filter/names.ts";
import type { Forced } from "../../../lib/capture/line/core/forced.ts";
import { DNS_TYPES } from "../../../lib/capture/line/core/names.ts";
import { LinePrinter } from "../../../lib/capture/line/printer.ts";
import { packetBytes } from "../../../lib/capture/packet.ts";
import { FRAMES } from "../../helpers/frames/all.ts";
import { FORCED_FRAMES } from "../../helpers/frames/pgm.ts";
import { OTHER_LINKS } from "../../helpers/frames/other_links.ts";
import { RADIO_FRAMES, WIFI_FRAMES, wifiFrames } from "../../helpers/frames/wifi.ts";
import { interop, needing } from "../../helpers/netlab.ts";
import { filterTexts, outputOf, pcapFile, protocolsCapture, readAll } from "../../helpers/capture.ts";

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
const names = namesFrom(textOf("/etc/services"), textOf("/etc/protocols"), textOf("/etc/hosts"));

/** The packets of the protocols under other link headers. */
function captures(): [name: string, file: Uint8Array][] {
  const ethernet = protocolsCapture();
  const frames = readAll(ethernet).packets.map((packet) => packetBytes(packet));
  const ip = frames.filter((frame) => frame[12] === 8 && frame[13] === 0 || frame[12] === 0x86 && frame[13] === 0xdd);
  const bare = ip.map((frame) => frame.subarray(14));
  const join = (head: number[], rest: Uint8Array) => new Uint8Array([...head, ...rest]);
  return [
    ["ethernet", ethernet],
    ["cut", pcapFile(frames.map((frame, i) => frame.subarray(0, 1 + (i * 37) % (frame.length + 1))))],
    ["raw", pcapFile(bare, { link: 101 })],
    ["loop", pcapFile(bare.map((packet) => join([0, 0, 0, packet[0]! >> 4 === 4 ? 2 : 24], packet)), { link: 108 })],
    [
      "cooked",
      pcapFile(ip.map((frame) => join([0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], frame.subarray(12))), { link: 113 }),
    ],
    [
      "fddi",
      pcapFile(
        ip.map((frame) => join([0x50, ...frame.subarray(0, 12), 0xaa, 0xaa, 3, 0, 0, 0], frame.subarray(12))),
        { link: 10 },
      ),
    ],
    [
      "token ring",
      pcapFile(
        ip.map((frame) => join([0x10, 0x40, ...frame.subarray(0, 12), 0xaa, 0xaa, 3, 0, 0, 0], frame.subarray(12))),
        { link: 6 },
      ),
    ],
    ["atm", pcapFile(ip.map((frame) => join([0xaa, 0xaa, 3, 0, 0, 0], frame.subarray(12))), { link: 100 })],
    [
      "frame relay",
      pcapFile(bare.map((packet) => join([0x18, 0x41, 3, packet[0]! >> 4 === 4 ? 0xcc : 0x8e], packet)), { link: 107 }),
    ],
    [
      "pflog",
      pcapFile(
        bare.map((packet, i) =>
          join(
            [
              61,
              packet[0]! >> 4 === 4 ? 2 : 10,
              i % 3,
              i % 5,
              101,
              109,
              48,
              ...Array(13).fill(0),
              114,
              ...Array(18).fill(0),
            ]
              .concat([i % 4, ...Array(20).fill(0), 1 + i % 2, 0, 0, 0]),
            packet,
          )
        ),
        { link: 117 },
      ),
    ],
    ["juniper", pcapFile(frames.map((frame, i) => join([0x4d, 0x47, 0x43, i & 1], frame)), { link: 178 })],
    [
      "ppp",
      pcapFile(bare.map((packet) => join([0xff, 3, 0, packet[0]! >> 4 === 4 ? 0x21 : 0x57], packet)), { link: 9 }),
    ],
  ];
}

/** Two at a time, as the machine has two processors. */
async function inPairs<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  await Promise.all([0, 1].map(async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await each(item);
  }));
}

/** The first lines of two texts that differ. */
function firstDifference(theirs: string, ours: string): string {
  const a = theirs.split("\n"), b = ours.split("\n");
  const i = a.findIndex((line, i) => line !== b[i]);
  return `, line ${i + 1}\n- ${a[i]}\n+ ${b[i]}`;
}

/** Where libpcap's optimizer drops a load that would have ended the filter. */
const OPTIMIZED = new Set(["tcp[100] = 5 or ip"]);

Deno.test({
  ...needing("filters count what tcpdump --count counts", "tcpdump"),
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      for (const [name, file] of captures()) {
        const path = `${folder}/${name}.pcap`;
        await Deno.writeFile(path, file);
        const { packets } = readAll(file);
        // All of them over Ethernet, a part over each other link type.
        const texts = filterTexts().filter((text, i) =>
          !OPTIMIZED.has(text) && (name === "ethernet" || name === "pflog" || i % 6 === packets[0]!.link % 6)
        );
        await inPairs(texts, async (text) => {
          const { stdout, stderr } = await outputOf("tcpdump", ["-nr", path, "--count", text]);
          const theirs = /^(\d+) packets?$/m.exec(stdout)?.[1] ?? "refused";
          let ours: string;
          try {
            const filter = new CaptureFilter(text, { names });
            filter.prepare(packets[0]!.link);
            ours = String(packets.filter((packet) => filter.matches(packet)).length);
          } catch {
            ours = "refused";
          }
          // What can never match is refused by libpcap only where its optimizer sees it.
          if (ours === "refused" && theirs === "0" || ours === "0" && /rejects all packets/.test(stderr)) return;
          // It follows no chains behind headers of any size, and loses their size where a part is always true.
          if (name === "pflog" && /protochain|5 > 3/.test(text)) return;
          // It also moves loads, so that a packet cut between two ports may still be found by the first.
          if (name === "cut" && Math.abs(Number(ours) - Number(theirs)) <= 2) return;
          assertEquals(ours, theirs, `${name}: ${text}: ${stderr}`);
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/**
 * A text without what tcpdump tells otherwise since 4.99.5, as `since_test.ts` has it: newer record types, what resets
 * carry, LDP's session parameters, what ends acknowledgements of OSPF and options of IPv6 mobility.
 */
function ageless(text: string): string {
  return text.replace(
    / Type(\d+)(?=[ ,?])/g,
    (whole, type) => DNS_TYPES[Number(type)] === undefined ? whole : ` ${DNS_TYPES[Number(type)]}`,
  )
    .replace(/(Flags \[[^\]]*R[^\]]*\].*, length \d+): .*/g, "$1")
    .replace(/^(\t {4}Options: \[.*\]) \[\|ospf2\]$/gm, "$1")
    .replace(/, Flags: \[Downstream .*(?:\n\t +Path Vector Limit .*)?/g, "")
    .replace(/( mobility: B[AU] .*?)(?:\(padn?1?\))*(?: \[\|mobility\])?$/gm, "$1");
}

/** Recordings from the first port of clients, which 4.99.3 takes for Broadcom's. */
const FIRST_PORT = new Set(["bfd.pcap"]);
/** Frames that 4.99.3 takes for cut, and so shows the octets of from the link's header on. */
const NOT_CUT = new Set(["OSPF acknowledgement"]);

/** Protocols of which a line says less than tcpdump does, in tcpdump's words. */
const LESS = /0x22f3|\|ddp/;

/** Output by packet: lines that begin with white space belong to the packet before. */
function byPacket(text: string): string[] {
  const out: string[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    const inner = /VXLAN[^\n]*\n$/.test(out.at(-1) ?? "");
    if (/^(\t| {4}\S)/.test(line) || inner) out[out.length - 1] += `${line}\n`;
    else out.push(`${line}\n`);
  }
  return out;
}

Deno.test({
  ...needing("lines are tcpdump's, on every link type and with every flag", "tcpdump"),
  async fn() {
    const folder = await Deno.makeTempDir();
    const flags: [string, ConstructorParameters<typeof LinePrinter>[0]][] = [
      ["-t", { time: 1 }],
      ["-te", { time: 1, link: true }],
      ["-tt", { time: 2 }],
      ["-ttt", { time: 3 }],
      ["-tttt", { time: 4 }],
      ["-tq", { time: 1, quiet: true }],
      ["-tS", { time: 1, absolute: true }],
    ];
    try {
      for (const [name, file] of captures()) {
        const path = `${folder}/${name}.pcap`;
        await Deno.writeFile(path, file);
        const { packets } = readAll(file);
        await inPairs(flags, async ([flag, options]) => {
          const theirs = byPacket((await outputOf("tcpdump", ["-nr", path, flag])).stdout);
          const printer = new LinePrinter(options);
          const wrong: string[] = [];
          const ours = byPacket(
            packets.map((packet) => {
              printer.print(packet);
              return new TextDecoder().decode(printer.out.take());
            }).join(""),
          );
          assertEquals(ours.length, theirs.length, `${name} ${flag}`);
          for (let i = 0; i < ours.length; i++) {
            if (ageless(ours[i]!) !== ageless(theirs[i]!) && !LESS.test(theirs[i]!)) {
              wrong.push(`- ${theirs[i]}+ ${ours[i]}`);
            }
          }
          // Frames that are cut in the middle of an address print as much as each program had in hand.
          assert(
            wrong.length <= (name === "cut" ? 24 : 5),
            `${name} ${flag}: ${wrong.length}\n${wrong.slice(0, 8).join("")}`,
          );
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** What tcpdump 4.99 gets wrong in the recordings: it looks for OSPFv3's E bit where OSPFv2 has it (RFC 5340, A.4.7). */
const wrongThere = (text: string) => text.replaceAll("Flags [External Type 2] metric", "Flags [none] metric");

Deno.test({
  ...needing("lines of the recorded captures are tcpdump's", "tcpdump"),
  async fn() {
    const folder = `${import.meta.dirname}/../../data/captures/`;
    const sets: [string, ConstructorParameters<typeof LinePrinter>[0]][] = [
      ["-t", { time: 1 }],
      ["-tv", { time: 1, verbose: 1 }],
      ["-tvve", { time: 1, verbose: 2, link: true }],
      ["-tX", { time: 1, hexAscii: 1 }],
    ];
    const wrong: string[] = [];
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
      name.endsWith(".pcap") && !FIRST_PORT.has(name)
    );
    await inPairs(files, async (name) => {
      const { packets } = readAll(await Deno.readFile(folder + name));
      for (const [flags, options] of sets) {
        const theirs = (await outputOf("tcpdump", ["-nr", folder + name, flags])).stdout;
        const printer = new LinePrinter({ ...options, interfaceName: (index) => index === 1 ? "lo" : undefined });
        let ours = "";
        for (const packet of packets) {
          printer.print(packet);
          ours += wrongThere(new TextDecoder().decode(printer.out.take()));
        }
        const [a, b] = [ageless(theirs), ageless(ours)];
        if (a !== b) wrong.push(`${name} ${flags}${firstDifference(a, b)}`);
      }
    });
    assert(files.length > 100 && wrong.length === 0, `${wrong.length} of ${files.length} differ\n${wrong.join("\n")}`);
  },
});

/** Sets of flags that frames are printed with: whole ones, and those of which only a part was captured. */
const FLAG_SETS = {
  whole: [
    ["-t#", { time: 1, numbers: true }],
    ["-t#v", { time: 1, numbers: true, verbose: 1 }],
    ["-t#vve", { time: 1, numbers: true, verbose: 2, link: true }],
    ["-t#vvvq", { time: 1, numbers: true, verbose: 3, quiet: true }],
    ["-t#A", { time: 1, numbers: true, ascii: 1 }],
    ["-t#vvvX", { time: 1, numbers: true, verbose: 3, hexAscii: 1 }],
  ],
  cut: [
    ["-t#e", { time: 1, numbers: true, link: true }],
    ["-t#vvx", { time: 1, numbers: true, verbose: 2, hex: 1 }],
    ["-t#vX", { time: 1, numbers: true, verbose: 1, hexAscii: 1 }],
  ],
} as const;

for (const [title, parts, sets] of [["whole", [1], FLAG_SETS.whole], ["cut", [0.5, 0.75], FLAG_SETS.cut]] as const) {
  Deno.test({
    ...needing(`lines of every protocol with -v, -vv and -e are tcpdump's, ${title}`, "tcpdump"),
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const entries = Object.entries(FRAMES), path = `${folder}/frames.pcap`;
        const wrong: string[] = [];
        for (const part of parts) {
          // Less than an Ethernet header and an octet would be no frame.
          const size = (frame: Uint8Array) => part === 1 ? frame.length : Math.max(15, Math.floor(frame.length * part));
          const file = pcapFile(entries.map(([, frame]) => frame.subarray(0, size(frame))));
          await Deno.writeFile(path, file);
          const { packets } = readAll(file);
          for (const [flags, options] of sets) {
            const { stdout } = await outputOf("tcpdump", ["-nr", path, flags]);
            const theirs = stdout.split(/^(?= {0,4}\d+ {2})/m);
            const printer = new LinePrinter(options);
            for (const [i, packet] of packets.entries()) {
              printer.print(packet);
              const ours = ageless(new TextDecoder().decode(printer.out.take()));
              if (ours === ageless(theirs[i]!) || NOT_CUT.has(entries[i]![0])) continue;
              wrong.push(`${entries[i]![0]} ${part} ${flags}${firstDifference(ageless(theirs[i]!), ours)}`);
            }
          }
        }
        assert(wrong.length === 0, `${wrong.length} differ\n${wrong.join("\n")}`);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test({
  ...needing("what datagrams and segments are said to be (-T) is printed as tcpdump does", "tcpdump"),
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      for (const [word, frames] of Object.entries(FORCED_FRAMES)) {
        const path = `${folder}/${word}.pcap`, file = pcapFile([...frames]);
        await Deno.writeFile(path, file);
        const { packets } = readAll(file);
        for (const [flags, verbose] of [["-t", 0], ["-tv", 1], ["-tvv", 2]] as const) {
          const { stdout } = await outputOf("tcpdump", ["-nr", path, flags, "-T", word]);
          const printer = new LinePrinter({ time: 1, verbose, forced: word as Forced });
          let ours = "";
          for (const packet of packets) {
            printer.print(packet);
            ours += new TextDecoder().decode(printer.out.take());
          }
          assertEquals(ours.split("\n"), stdout.split("\n"), `${word} ${flags}`);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  ...needing("lines of 802.11 frames with -v and -e are tcpdump's, bare and behind radiotap", "tcpdump"),
  async fn() {
    const folder = await Deno.makeTempDir();
    const cut = [...WIFI_FRAMES, ...RADIO_FRAMES].map((frame, i) => frame.subarray(0, frame.length - 1 - i % 20));
    const files: [name: string, frames: readonly Uint8Array[], link: number][] = [
      ["bare", [...WIFI_FRAMES, ...wifiFrames(), ...cut], 105],
      ["radiotap", [...RADIO_FRAMES, ...cut], 127],
    ];
    const flags = [
      ["-t#", {}],
      ["-t#e", { link: true }],
      ["-t#veH", { link: true, verbose: 1, mesh: true }],
    ] as const;
    try {
      for (const [name, frames, link] of files) {
        const path = `${folder}/${name}.pcap`, file = pcapFile(frames, { link });
        await Deno.writeFile(path, file);
        const wrong: string[] = [];
        for (const [flag, options] of flags) {
          const theirs = (await outputOf("tcpdump", ["-nr", path, flag])).stdout.split(/^(?= {0,4}\d+ {2})/m);
          const printer = new LinePrinter({ time: 1, numbers: true, ...options });
          for (const [i, packet] of readAll(file).packets.entries()) {
            printer.print(packet);
            const ours = new TextDecoder().decode(printer.out.take());
            // Codes whose name is a sentence are written as numbers.
            if (/ (status|reason) \d+/.test(ours)) continue;
            if (ours !== theirs[i]) wrong.push(`${name} ${i + 1} ${flag}${firstDifference(theirs[i]!, ours)}`);
          }
        }
        assert(wrong.length === 0, `${wrong.length} differ\n${wrong.slice(0, 20).join("\n")}`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

interop("lines of seldom link types are tcpdump's", ["tcpdump"], async () => {
  const folder = await Deno.makeTempDir(), wrong: string[] = [];
  try {
    await inPairs(Object.entries(OTHER_LINKS), async ([link, frames]) => {
      const path = `${folder}/${link}.pcap`, file = pcapFile([...frames], { link: Number(link) });
      await Deno.writeFile(path, file);
      const { packets } = readAll(file);
      for (
        const [flags, options] of [["-t#", {}], ["-t#ve", { link: true, verbose: 1 }], ["-t#eqX", {
          link: true,
          quiet: true,
          hexAscii: 1,
        }]] as const
      ) {
        const { stdout } = await outputOf("tcpdump", ["-nr", path, flags]);
        const theirs = stdout.split(/^(?= {0,4}\d+ {2})/m);
        const printer = new LinePrinter({ time: 1, numbers: true, ...options });
        for (const [i, packet] of packets.entries()) {
          printer.print(packet);
          const ours = new TextDecoder().decode(printer.out.take());
          if (ours !== theirs[i]) wrong.push(`link type ${link} ${i + 1} ${flags}${firstDifference(theirs[i]!, ours)}`);
        }
      }
    });
    assert(wrong.length === 0, `${wrong.length} differ\n${wrong.join("\n")}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
