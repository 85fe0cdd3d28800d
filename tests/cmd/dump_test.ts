import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { asRelay } from "../../cmd/dump.ts";
import { pcapFile, protocolsCapture, readAll } from "../helpers/capture.ts";
import { netlab, netlabCommand, startNetlab } from "../helpers/netlab.ts";
import { zstdCompressSync } from "node:zlib";
import { concat, latin1Text, utf8 } from "../../lib/base/bytes.ts";
import { ByteWriter } from "../../lib/base/writer.ts";
import { interfaceBlock, packetBlock, sectionHeader, statisticsBlock } from "../../lib/capture/file/pcapng_write.ts";
import { captureHead, capturingObserver } from "../../lib/observe/pcapng.ts";
import { modernStream, SUITES } from "../helpers/tls_records.ts";
import { inFolder as inNewFolder } from "../helpers/files.ts";

const file = protocolsCapture();

const inFolder = (body: (folder: string, path: string) => Promise<void>) =>
  inNewFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.pcap`, file);
    await body(folder, `${folder}/a.pcap`);
  });

Deno.test("dump -r writes a line for each packet that passes the filter", async () => {
  await inFolder(async (_, path) => {
    const { status, stdout, stderr } = await netlab(["dump", "-t", "-r", path, "-c", "2", "tcp", "port", "80"]);
    assertEquals(status, 0);
    assertEquals(stderr, "");
    assertEquals(
      stdout,
      "IP 192.0.2.1.40002 > 198.51.100.2.80: Flags [P.], seq 1:28, ack 1, win 8192, length 27: HTTP: GET / HTTP/1.1\n" +
        "IP 192.0.2.1.80 > 198.51.100.2.40002: Flags [P.], seq 1:28, ack 1, win 8192, length 27: HTTP: GET / HTTP/1.1\n",
    );
  });
});

Deno.test("dump --color=always paints lines and explained octets, but not where NO_COLOR is set", async () => {
  await inFolder(async (_, path) => {
    for (const view of [[], ["--explain"]]) {
      const shown = async (NO_COLOR: string) =>
        (await netlab(["dump", ...view, "--color=always", "-c", "1", "-r", path], { env: { NO_COLOR } })).stdout;
      const painted = await shown(""), plain = await shown("1");
      assertMatch(painted, /\x1b\[(?:36|1)m/);
      assertEquals(painted.replace(/\x1b\[\d+m/g, ""), plain);
    }
  });
});

Deno.test("dump -r - reads a pipe, also gzip", async () => {
  const packed = new Uint8Array(
    await new Response(new Blob([file]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
  );
  for (const stdin of [file, packed]) {
    assertEquals((await netlab(["dump", "--count", "-r", "-"], { stdin })).stdout, "1004 packets\n");
  }
});

Deno.test("dump shows every packet before the damage, one line about it, status 1", async () => {
  const { status, stdout, stderr } = await netlab(["dump", "-r", "-"], { stdin: file.subarray(0, 500) });
  assertEquals(status, 1);
  assertEquals(stdout.trim().split("\n").length, readAll(file.subarray(0, 500)).packets.length);
  assertMatch(stderr, /^netlab: "-" is damaged after packet \d+: it ends inside a packet \(octet \d+\)\n$/);
  const empty = await netlab(["dump", "-r", "-"], { stdin: "" });
  assertEquals([empty.status, empty.stdout, empty.stderr], [1, "", 'netlab: Cannot read "-": it is empty\n']);
  const other = await netlab(["dump", "-r", "-"], { stdin: "no capture" });
  assertEquals([other.status, other.stdout], [1, ""]);
  assertMatch(
    other.stderr,
    /^netlab: Cannot read "-": it is no capture file: pcap, pcapng, snoop, ERF and Network Monitor's are read, .*\n$/,
  );
});

Deno.test("dump refuses wrong filters and flags with status 2", async () => {
  await inFolder(async (_, path) => {
    const { status, stderr } = await netlab(["dump", "-r", path, "tcp prot 80"]);
    assertEquals(status, 2);
    assertMatch(stderr, /Cannot parse filter "tcp prot 80": syntax error/);
    const near = await netlab(["dump", "--folow", "-r", path]);
    assertEquals(near.status, 2);
    assertStringIncludes(near.stderr, "--follow");
    assertEquals((await netlab(["dump", "-r", `${path}.missing`])).status, 1);
  });
});

Deno.test("dump judges a filter by the link type of the file, also where no packet stands in it", async () => {
  const run = (filter: string, link: number) => netlab(["dump", "-r", "-", filter], { stdin: pcapFile([], { link }) });
  for (
    const [filter, problem] of [
      ["vlan 5000", "VLAN tag 5000 greater than maximum 4095"],
      ["wlan type mgt", "802.11 link-layer types supported only on 802.11"],
      ["tcp and udp", "expression rejects all packets"],
    ] as const
  ) {
    const { status, stderr } = await run(filter, 1);
    assertEquals([status, stderr], [2, `netlab: Cannot parse filter "${filter}": ${problem}\n`]);
  }
  assertEquals((await run("wlan type mgt", 105)).status, 0);
  const stdin = pcapFile([new Uint8Array(14)]);
  assertEquals((await netlab(["dump", "-Q", "in", "-r", "-", "wlan type mgt"], { stdin })).status, 2);
});

Deno.test("dump says what is wrong with a filter while a pipe has brought no packet yet", async () => {
  await using dump = startNetlab(["dump", "-r", "-", "port 99999"], { stdin: "piped" });
  const writer = dump.child.stdin.getWriter();
  await writer.write(pcapFile([]));
  await dump.line(/illegal port number 99999/);
  writer.releaseLock();
});

Deno.test("dump --json gives an object for each packet, with all digits of its time", async () => {
  const stdin = pcapFile([new Uint8Array([1])], { magic: 0xa1b23c4d });
  assertEquals(
    (await netlab(["dump", "--json", "-r", "-"], { stdin })).stdout,
    '{"n":1,"ts":"1700000000.000123456","len":1,"caplen":1,"link":1}\n',
  );
  const { stdout } = await netlab(["dump", "--json", "-r", "-", "tcp", "port", "8080"], { stdin: file });
  const first = JSON.parse(stdout.split("\n")[0]!);
  assertEquals(first, {
    n: 1,
    ts: "1700000000.000000000",
    len: 54,
    caplen: 54,
    link: 1,
    src: "192.0.2.1",
    dst: "198.51.100.2",
    proto: "tcp",
    sport: 40000,
    dport: 8080,
    flags: "S",
    seq: 1000,
    ack: 0,
    win: 512,
    payload: 0,
    ttl: 64,
  });
});

Deno.test("dump --explain, --explain --json and --fields show the tree", async () => {
  const filter = ["udp", "port", "53", "and", "ip"];
  const explained = await netlab(["dump", "--explain", "-c", "4", "-r", "-", ...filter], { stdin: file });
  assertEquals(explained.status, 0);
  assertStringIncludes(explained.stdout, "Destination port");
  const json = JSON.parse(
    (await netlab(["dump", "--explain", "--json", "-c", "1", "-r", "-", ...filter], { stdin: file })).stdout,
  );
  assert(Array.isArray(json.fields) && json.fields[0].children.length > 2);
  assertEquals(json.layers.slice(0, 3), ["ethernet", "ipv4", "udp"]);
  const columns = await netlab(["dump", "--fields", "n,src,Time to live", "-c", "1", "-r", "-", ...filter], {
    stdin: file,
  });
  assertMatch(columns.stdout, /^\d+\t192\.0\.2\.1\t64\n$/);
  assertEquals(columns.stderr, "");
  const misspelt = await netlab(["dump", "--fields", "n,Time to life,scr,nosuchthing", "-c", "1", "-r", "-"], {
    stdin: file,
  });
  assertMatch(
    misspelt.stderr,
    /^netlab: No packet has a field "Time to life" \(did you mean "Time to live"\?\) or "scr" \(did you mean "src"\?\) or "nosuchthing"\n$/,
  );
  assertEquals([misspelt.stdout, misspelt.status], ["1\t\t\t\n", 0]);
});

Deno.test("dump --stat and --follow sum up", async () => {
  const stat = await netlab(["dump", "--stat", "-r", "-"], { stdin: file });
  assertMatch(stat.stdout, /^1004 packets, \d+ octets/);
  assertMatch(stat.stdout, /\n {2}udp +\d+ /);
  const follow = await netlab(["dump", "--follow", "-r", "-", "port", "6379"], { stdin: file });
  assertMatch(follow.stdout, /^#1 tcp /);
});

Deno.test("dump -w rotates by size and keeps as many files as asked", async () => {
  await inFolder(async (folder, path) => {
    assertEquals((await netlab(["dump", "-r", path, "-w", `${folder}/out`, "-C", "20k"])).status, 0);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.startsWith("out")).sort();
    assert(names.length > 3 && names[0] === "out" && names.includes("out1"));
    const counts = names.map((name) => readAll(Deno.readFileSync(`${folder}/${name}`)).packets.length);
    assertEquals(counts.reduce((a, b) => a + b), 1004);
    assertEquals((await netlab(["dump", "-r", path, "-w", `${folder}/ring`, "-C", "20k", "-W", "2"])).status, 0);
    assertEquals([...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith("ring")).length, 2);
    assertEquals((await netlab(["dump", "-r", path, "-w", `${folder}/%S.time`, "-G", "4"])).status, 0);
    const timed = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".time"));
    assertEquals(timed.length, 3);
  });
});

Deno.test("dump -w keeps comments, names and decryption secrets, and -s shortens packets", async () => {
  const words = (...values: number[]) => [...new Uint8Array(new Uint32Array(values).buffer)];
  const block = (type: number, body: number[]) => {
    const padded = [...body, ...Array((4 - body.length % 4) % 4).fill(0)];
    return [...words(type, padded.length + 12), ...padded, ...words(padded.length + 12)];
  };
  const source = new Uint8Array([
    ...block(0x0a0d0d0a, [...words(0x1a2b3c4d), 1, 0, 0, 0, ...words(88, 0)]),
    ...block(1, [101, 0, 0, 0, ...words(0)]),
    ...block(10, [...words(0x544c534b, 4), 1, 2, 3, 4]),
    ...block(6, [...words(0, 0, 5, 20, 20), 0x45, ...Array(19).fill(0), 1, 0, 2, 0, 104, 105, 0, 0, 0, 0, 0, 0]),
    ...block(4, [0, 0, 0, 0]),
    ...block(0xbad, words(32473)),
    ...block(0x40000bad, words(32473)), // not to be copied
    ...block(6, [...words(0, 0, 6, 20, 20), 0x60, ...Array(19).fill(0)]),
  ]);
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/out.pcapng`;
    const types: number[] = [];
    assertEquals((await netlab(["dump", "-r", "-", "-w", path, "ip"], { stdin: source })).status, 0);
    const copied = readAll(await Deno.readFile(path), { onBlock: ({ type }) => void types.push(type) });
    assertEquals(types, [0x0a0d0d0a, 1, 10, 4, 0xbad]);
    assertEquals(copied.packets.map(({ comment, caplen, nanos }) => [comment, caplen, nanos]), [["hi", 20, 5000]]);
    assertEquals((await netlab(["dump", "-r", "-", "-s", "8", "-w", path], { stdin: source })).status, 0);
    const kept: number[] = [];
    const cut = readAll(await Deno.readFile(path), { onBlock: ({ type }) => void kept.push(type) });
    assertEquals(kept, types);
    assertEquals(cut.packets.map(({ comment, caplen, length, nanos }) => [comment, caplen, length, nanos]), [
      ["hi", 8, 20, 5000],
      [undefined, 8, 20, 6000],
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A TCP segment of a client's stream to a port, as bare IPv4. */
function clientSegment(port: number, seq: number, text: string): Uint8Array {
  const packet = new Uint8Array(40 + text.length);
  packet.set([0x45, 0, 0, packet.length, 0, 1, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2]);
  packet.set([0x9c, 0x40, 0, port, 0, 0, 0, seq, 0, 0, 0, 1, 0x50, 0x18, 2, 0, 0, 0, 0, 0], 20);
  packet.set(new TextEncoder().encode(text), 40);
  return packet;
}

const VIEWS = [["-X"], ["-A"], ["--explain"], ["--explain", "--json"], ["--follow"]];

Deno.test("dump --mask hides passwords in lines, in octets and in the tree", async () => {
  const stdin = pcapFile([clientSegment(21, 1, "PASS open-sesame\r\n")], { link: 101 });
  assertStringIncludes((await netlab(["dump", "-r", "-"], { stdin })).stdout, "FTP: PASS open-sesame");
  for (const view of VIEWS) {
    const { stdout } = await netlab(["dump", "--mask", ...view, "-r", "-"], { stdin });
    assert(stdout.length > 0 && !/sesame/.test(stdout), `${view}: ${stdout}`);
  }
});

Deno.test("dump --mask hides a password that is split over packets, sent twice or out of order", async () => {
  const [whole, begin, end] = ["PASS open-sesame\r\n", "PASS open-ses", "ame\r\n"];
  const rows: Uint8Array[][] = [
    [clientSegment(21, 1, begin), clientSegment(21, 14, end)],
    [clientSegment(21, 1, "USER a\r\n"), clientSegment(21, 22, end), clientSegment(21, 9, begin)],
    [clientSegment(21, 1, whole), clientSegment(21, 1, whole)],
    [clientSegment(80, 1, "GET / HTTP/1.1\r\nAuthorization: Basic open-ses"), clientSegment(80, 46, "ame\r\n\r\n")],
  ];
  for (const [i, packets] of rows.entries()) {
    const stdin = pcapFile(packets, { link: 101 });
    for (const view of VIEWS) {
      const { stdout } = await netlab(["dump", "--mask", ...view, "-r", "-"], { stdin });
      assert(
        stdout.length > 0 && !/open|\bame\b|6f70 ?656e|6f 70 65 6e/.test(stdout),
        `${i} ${view}: ${stdout}`,
      );
    }
  }
});

Deno.test("dump opens TLS with the secrets that a pcapng file holds", async () => {
  const { log, stream } = modernStream(...SUITES[0]!);
  const side = (port: number) => ({
    transport: "tcp",
    local: { host: "192.0.2.1", port },
    remote: { host: "192.0.2.2", port: 40_000 },
    opener: "remote",
  } as const);
  const text = utf8(`${log}\nno secret\n`.padEnd(700));
  const secrets = new ByteWriter().u32Le(10).u32Le(720).u32Le(0x544c_534b).u32Le(700).bytes(text).u32Le(720).take();
  const blocks: Uint8Array[] = [captureHead(), secrets];
  const watch = capturingObserver({ write: (block) => void blocks.push(block) }, {
    number: 1,
    left: side(443),
    right: side(8443),
    route: "",
  });
  for (const [from, bytes] of stream) watch.data?.(from === "client" ? ">" : "<", bytes);
  watch.close?.();
  const stdin = concat(blocks);
  const closed = concat(blocks.filter((_, i) => i !== 1));
  for (const view of ["--follow", "--explain", "--json --explain"]) {
    const args = ["dump", ...view.split(" "), "-r", "-", "port", "443"];
    assertStringIncludes((await netlab(args, { stdin })).stdout, "GET /secret HTTP/1.1");
    assert(!(await netlab(args, { stdin: closed })).stdout.includes("GET /secret"));
  }
});

Deno.test("dump -w writes pcap by its name, octet for octet", async () => {
  await inFolder(async (folder, path) => {
    const packets = [new Uint8Array([1, 2, 3]), new Uint8Array(300)];
    for (
      const options of [{}, { little: false }, { magic: 0xa1b23c4d }, { link: 0x1400_0001 }, { snaplen: 0 }, {
        version: 3,
      }]
    ) {
      const written = `${folder}/b.pcap`;
      const run = await netlab(["dump", "-r", "-", "-w", written], { stdin: pcapFile(packets, options) });
      assertEquals(run, { ...run, status: 0, stdout: "", stderr: "" });
      const snaplen = "snaplen" in options ? 262_144 : 65_535;
      assertEquals(await Deno.readFile(written), pcapFile(packets, { ...options, little: true, snaplen, version: 4 }));
    }
    await netlab(["dump", "--micro", "-r", "-", "-w", `${folder}/m.pcap`], {
      stdin: pcapFile(packets, { magic: 0xa1b23c4d }),
    });
    assertEquals(readAll(await Deno.readFile(`${folder}/m.pcap`)).packets[0]!.nanos, 123_000);
    const mixed = concat([
      captureHead(),
      interfaceBlock({ link: 1 }),
      ...[0, 2].map((interfaceId) => packetBlock({ interfaceId, seconds: 1, nanos: 0 }, packets[0]!)),
    ]);
    const refused = await netlab(["dump", "-r", "-", "-w", `${folder}/c.pcap`], { stdin: mixed });
    assertEquals(refused.status, 2);
    assertStringIncludes(refused.stderr, "a pcap file holds one link type (give the file a name that ends in .pcapng)");
    // Which Windows does not have.
    if (Deno.build.os === "windows") return;
    const rotated = await netlab(["dump", "-r", path, "-w", `${folder}/r.pcap`, "-C", "60k", "-z", "gzip"]);
    assertEquals([rotated.status, rotated.stderr], [0, ""]);
    assertEquals(
      (await netlab(["dump", "-r", `${folder}/r.pcap.gz`, "-r", `${folder}/r.pcap.gz`, "--count"])).status,
      0,
    );
    assert((await Deno.stat(`${folder}/r.pcap1`)).size > 1000);
    for (const program of ["gzip -9", "/no/such"]) {
      const { stderr } = await netlab(["dump", "-r", path, "-w", `${folder}/n.pcap`, "-C", "60k", "-z", program]);
      assertEquals(stderr, `netlab: Cannot run "${program}" on "${folder}/n.pcap": No such file or directory\n`);
    }
  });
});

Deno.test("dump -w copies long files as they are, in pieces that a filter leaves of them", async () => {
  await inFolder(async (folder) => {
    // More than the reader holds at once, in runs of every length.
    const packets = Array.from({ length: 9000 }, (_, i) => new Uint8Array(60 + (i * 7919) % 190).fill(i));
    const long = packets.filter(({ length }) => length > 99);
    const ng = (some: Uint8Array[]) =>
      concat([
        sectionHeader({}),
        interfaceBlock({ link: 1 }),
        ...some.map((data, i) => packetBlock({ interfaceId: 0, seconds: data[0]! + data.length, nanos: i % 2 }, data)),
      ]);
    for (const [name, make] of [["a.pcap", (some: Uint8Array[]) => pcapFile(some)], ["a.pcapng", ng]] as const) {
      await Deno.writeFile(`${folder}/${name}`, make(packets));
      for (const filter of ["", "greater 100"]) {
        const run = await netlab(["dump", "-r", name, "-w", `b.${name}`, filter], { cwd: folder });
        assertEquals([run.status, run.stderr], [0, ""]);
        const written = readAll(await Deno.readFile(`${folder}/b.${name}`));
        const expected = filter === "" ? packets : long;
        assertEquals(
          written.packets.map(({ bytes }) => [bytes.length, bytes[0]]),
          expected.map((one) => [one.length, one[0]]),
        );
      }
      assertEquals(await Deno.readFile(`${folder}/b.${name}`).then(({ length }) => length), make(long).length);
    }
  });
});

Deno.test("dump -w touches no file for what is no capture, and makes one for a capture without packets", async () => {
  await inFolder(async (folder, path) => {
    const before = await Deno.readFile(path);
    const refused = await netlab(["dump", "-r", "-", "-w", path], { stdin: "no capture at all" });
    assertEquals([refused.status, await Deno.readFile(path)], [1, before]);
    // Link type 12 is what some systems call 101.
    for (
      const [head, link] of [[pcapFile([], { link: 12 }), 101], [
        concat([sectionHeader({}), interfaceBlock({ link: 113 })]),
        113,
      ]] as const
    ) {
      const out = `${folder}/empty.pcap`;
      assertEquals((await netlab(["dump", "-r", "-", "-w", out], { stdin: head })).status, 0);
      const written = await Deno.readFile(out);
      assertEquals([written.length, written[20]], [24, link]);
    }
  });
});

Deno.test("dump writes below /dev/shm, and reads the further files of -V there", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm" });
  try {
    for (const name of ["a.pcap", "b.pcap"]) await Deno.writeFile(`${folder}/${name}`, pcapFile([new Uint8Array(60)]));
    await Deno.writeTextFile(`${folder}/list`, "a.pcap\nb.pcap\n");
    const both = await netlab(["dump", "-V", "list", "--count"], { cwd: folder });
    assertEquals(both, { ...both, status: 0, stdout: "2 packets\n", stderr: "" });
    const none = await netlab(["dump", "-V", "-"], { cwd: folder, stdin: "\n" });
    assertEquals([none.status, none.stderr], [1, 'netlab: "-" names no file\n']);
    const copied = await netlab(["dump", "-r", "a.pcap", "-w", "c.pcap"], { cwd: folder });
    assertEquals(copied, { ...copied, status: 0, stderr: "" });
    assertEquals(await Deno.readFile(`${folder}/c.pcap`), await Deno.readFile(`${folder}/a.pcap`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dump -d shows the filter as code of the kernel, for the link type that is meant", async () => {
  await inFolder(async (_, path) => {
    const code = async (...args: string[]) => (await netlab(["dump", ...args])).stdout;
    assertEquals(await code("-d", "-r", path, "icmp"), await code("-d", "icmp"));
    assertEquals(
      await code("-d", "icmp"),
      "(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 5\n(002) ldb      [23]\n" +
        "(003) jeq      #0x1             jt 4\tjf 5\n(004) ret      #262144\n(005) ret      #0\n",
    );
    assertEquals(
      await code("-ddd", "-y", "raw", "icmp"),
      "7\n48 0 0 0\n84 0 0 240\n21 0 3 64\n48 0 0 9\n21 0 1 1\n6 0 0 262144\n6 0 0 0\n",
    );
    assertMatch(await code("-dd", "len > 7"), /^\{ 0x80, 0, 0, 0x00000000 \},\n\{ 0x25, 0, 1, 0x00000007 \},/);
    assertMatch(
      await code("-d", "-i", "any", "ip[0] - ip[1] > len"),
      /ld +#pktlen\n.* add +#20\n.* tax\n.* ld +M\[0\]\n.* jgt +x +jt/,
    );
    assertEquals(await code("-d"), "(000) ret      #262144\n");
  });
});

Deno.test("dump says what it cannot write, and which of tcpdump's flags it has not", async () => {
  await inFolder(async (_, path) => {
    const full = await netlab(["dump", "-r", path, "-w", "/dev/full"]);
    assertEquals([full.status, full.stderr], [1, 'netlab: Cannot write "/dev/full": No space left on device\n']);
    const flags: [args: string[], status: number, words: RegExp][] = [
      [["-w", "/nowhere/x"], 1, /^netlab: Cannot write "\/nowhere\/x": No such file/],
      [["-w", path], 2, /it is the file that is read/],
      [["-F", "/nowhere/x"], 1, /^netlab: Cannot open "\/nowhere\/x": No such file/],
      [["-d", "ip", "protochain", "6"], 1, /the kernel cannot run it, netlab does/],
      [["-I"], 2, /do it before, with iw/],
      [["-tttttt"], 2, /five times at most/],
      [["-C", "0"], 2, /"0" is not a size/],
    ];
    for (const [args, status, words] of flags) {
      const run = await netlab(["dump", "-r", path, ...args]);
      assertEquals(run.status, status, args.join(" "));
      assertMatch(run.stderr, words);
    }
    assertMatch((await netlab(["dump", "--version"])).stdout, /^netlab \d/);
  });
});

Deno.test("dump -r reads zstd, names packings that it does not undo, and reads hex dumps", async () => {
  const stdin = new Uint8Array(zstdCompressSync(file));
  assertEquals((await netlab(["dump", "--count", "-r", "-"], { stdin })).stdout, "1004 packets\n");
  const xz = await netlab(["dump", "-r", "-"], { stdin: new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) });
  assertEquals([xz.status, xz.stdout], [1, ""]);
  assertStringIncludes(xz.stderr, "packed with xz: xz -dc FILE | netlab dump -r -");
  const whole = await netlab(["dump", "-t", "-xx", "-n", "-r", "-", "udp", "and", "not", "vlan"], { stdin: file });
  const again = await netlab(["dump", "-t", "-xx", "-n", "-r", "-"], { stdin: whole.stdout });
  assertEquals(again.stdout, whole.stdout);
  const relay = "> 2026/11/20 13:54:34.096971  length=4 from=0 to=3\n 50 49 4e 47\n";
  assertStringIncludes((await netlab(["dump", "-r", "-"], { stdin: relay })).stderr, "--bytes PROTOCOL");
});

Deno.test("dump --bytes explains octets and hex text", async () => {
  const query = "04d2 0100 0001 0000 0000 0000 07 6578616d706c65 04 74657374 00 0001 0001";
  const { status, stdout } = await netlab(["dump", "--bytes", "dns"], { stdin: query });
  assertEquals(status, 0);
  assertStringIncludes(stdout, "example.test");
  assertEquals((await netlab(["dump", "--bytes", "dsn"], { stdin: query })).status, 2);
});

Deno.test("asRelay() tells two addresses from a filter", () => {
  assertEquals(asRelay(["tcp-listen:1234,fork", "tls:host:443"]), [
    "--explain",
    "tcp-listen:1234,fork",
    "tls:host:443",
  ]);
  assertEquals(asRelay(["-r", "file", "tcp", "port"]), undefined);
  assertEquals(asRelay(["-i", "lo", "host", "::1"]), undefined);
});

Deno.test("dump --tls-key opens what was sent under a server's RSA key, and says what is no key", async () => {
  const data = `${import.meta.dirname}/../data/capture/`;
  const line = ["dump", "--follow", "-r", `${data}tls.pcapng.gz`, "tcp port 4441"];
  const opened = await netlab([...line, "--tls-key", `${data}tls_rsa_key.pem`]);
  assertEquals([opened.status, opened.stderr], [0, ""]);
  assertStringIncludes(opened.stdout, "  > 580 data: 18 octets: by number, second\n");
  const wrong = await netlab([...line, "--tls-key", `${data}filters.txt`]);
  assertEquals(wrong.status, 2);
  assertMatch(wrong.stderr, /^netlab: Cannot read private key ".*filters\.txt": .*\(it is a server's RSA key as PEM/);
});

Deno.test("dump FILE says how to read a file", async () => {
  await inFolder(async (_, path) => {
    const { status, stderr } = await netlab(["dump", path]);
    assertEquals(status, 2);
    assertEquals(
      stderr,
      `netlab: "${path}" is a file, and no filter (to read it: netlab dump -r ${path}; see: netlab dump --help)\n`,
    );
  });
});

Deno.test("dump shows what pcapng holds besides packets: names, comments, counts", async () => {
  const u16 = (value: number) => [value & 255, value >> 8];
  const record = (address: number[], name: string) => {
    const value = [...address, ...utf8(`${name}\0`)];
    return [...u16(1), ...u16(value.length), ...value, ...new Array(-value.length & 3).fill(0)];
  };
  const body = [...record([192, 0, 2, 1], "client.example"), ...record([198, 51, 100, 2], "web.example"), 0, 0, 0, 0];
  const names = Uint8Array.from([4, 0, 0, 0, ...u16(body.length + 12), 0, 0, ...body, ...u16(body.length + 12), 0, 0]);
  const packet = readAll(file).packets.find(({ bytes }) => latin1Text(bytes).includes("GET / HTTP"))!;
  const stdin = concat([
    sectionHeader({ application: "test", os: "test" }),
    interfaceBlock({ link: packet.link, snaplen: 0 }),
    names,
    packetBlock(
      { interfaceId: 0, seconds: 1, nanos: 0, length: packet.length, comment: "the first request\nof all" },
      packet.bytes,
    ),
    statisticsBlock(0, 2, 0, { received: 7, dropped: 3 }),
  ]);
  const shown = async (...flags: string[]) => (await netlab(["dump", "-r", "-", ...flags], { stdin })).stdout;
  assertStringIncludes(
    await shown("--follow"),
    "#1 tcp 192.0.2.1:40002 (client.example) > 198.51.100.2:80 (web.example)\n",
  );
  const explained = await shown("--explain");
  assertStringIncludes(explained, "\nComment: the first request\nComment: of all\n");
  assertMatch(explained, /Source.*: 192\.0\.2\.1 \(client\.example\)/);
  assertStringIncludes(await shown("--stat"), "\ninterface 0, as the capture says: 7 packets received, 3 dropped\n");
});

Deno.test({
  name: "dump -r of a long file hears a signal before its end",
  ignore: Deno.build.os === "windows",
  async fn() {
    await inNewFolder(async (folder) => {
      const count = 300_000;
      await Deno.writeFile(`${folder}/long.pcap`, pcapFile(new Array(count).fill(new Uint8Array(60))));
      const { program, args } = netlabCommand(["dump", "-r", `${folder}/long.pcap`]);
      await using child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "null" }).spawn();
      let lines = 0, told = false;
      // What comes first fills the pipe: nothing goes on before it is read.
      for await (const chunk of child.stdout) {
        if (!told) child.kill("SIGTERM");
        told = true;
        for (const octet of chunk) if (octet === 10) lines++;
      }
      assertEquals((await child.status).code, 143);
      assert(lines < count, `all ${lines} packets were shown`);
    });
  },
});

Deno.test("dump --export-objects writes HTTP bodies into a directory, and no file twice", async () => {
  const path = new URL("../data/captures/http1.pcap", import.meta.url).pathname;
  await inNewFolder(async (folder) => {
    const line = ["dump", "-r", path, "--export-objects", `http,${folder}/new`];
    const { status, stdout } = await netlab(line);
    assertEquals([status, stdout.split("\n").length], [0, 6]);
    assertEquals(await Deno.readTextFile(`${folder}/new/hello`), "hello\n");
    assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/new/gzip`)).zipped, true);
    const [first] = (await netlab([...line, "--json"])).stdout.split("\n");
    const { octets, path: written, complete } = JSON.parse(first!);
    assertEquals([octets, written, complete], [6, `${folder}/new/hello-2`, true]);
    assertEquals((await netlab([...line, "--mask"])).status, 2);
    const wrong = await netlab(["dump", "-r", path, "--export-objects", `dicom,${folder}`]);
    assertEquals([wrong.status, /knows: http/.test(wrong.stderr)], [2, true]);
    const file = await netlab(["dump", "-r", path, "--export-objects", path]);
    assertEquals(file.status, 2);
    assertStringIncludes(file.stderr, `Cannot make the directory "${path}"`);
    assertEquals((await netlab(["dump", "-r", path, "--export-objects", "http,"])).status, 2);
    const both = await netlab(["dump", "-r", path, "-w", `${folder}/copy.pcap`, "--export-objects", `${folder}/both`]);
    assertEquals([both.status, both.stdout.split("\n").length], [0, 6]);
    assertEquals((await Deno.stat(`${folder}/copy.pcap`)).size > 1000, true);
  });
});
