import { assertEquals, assertMatch } from "@std/assert";
import { concat, utf8 } from "../../../lib/base/bytes.ts";
import { LinePrinter } from "../../../lib/capture/line/printer.ts";
import { type CapturedConnection, captureHead, capturingObserver } from "../../../lib/observe/pcapng.ts";
import { readAll } from "../../helpers/capture.ts";
import { netlab } from "../../helpers/netlab.ts";

const TCP: CapturedConnection = {
  number: 3,
  route: "tcp-listen:5000 -> tcp:[::1]:8080",
  left: {
    transport: "tcp",
    local: { host: "127.0.0.1", port: 5000 },
    remote: { host: "127.0.0.2", port: 40000 },
    opener: "remote",
  },
  right: {
    transport: "tcp",
    local: { host: "::1", port: 40001 },
    remote: { host: "::1", port: 8080 },
    opener: "local",
  },
};

/** The packets that an observer writes, as lines of one interface without addresses and options. */
function record(connection: CapturedConnection, play: (observer: ReturnType<typeof capturingObserver>) => void) {
  const blocks: Uint8Array[] = [captureHead()];
  let now = 1_700_000_000_000;
  play(capturingObserver({ write: (block) => void blocks.push(block.slice()) }, connection, () => now += 0.25));
  const { packets, damage, reader } = readAll(concat(blocks));
  assertEquals(damage, undefined);
  assertEquals(reader.interfaces.map(({ name, link }) => [name, link]), [["left", 101], ["right", 101]]);
  const printer = new LinePrinter({ time: 1, verbose: 1 });
  return packets.map((packet) => {
    printer.print(packet);
    const text = new TextDecoder().decode(printer.out.take()).replace(/\n/g, " ");
    return { side: packet.interfaceId, text, comment: packet.comment };
  });
}

Deno.test("capturingObserver() writes handshake, data, half-closes and right checksums on both sides", () => {
  const packets = record(TCP, (observer) => {
    observer.data(">", utf8("ask"));
    observer.end?.(">");
    observer.data("<", utf8("answer"));
    observer.end?.("<");
    observer.close?.();
  });
  const left = packets.filter(({ side }) => side === 0).map(({ text }) =>
    /([\d.]+ > [\d.]+): Flags \[([^\]]*)\].*?(?:, (seq \S+))?, (?:ack (\d+), )?win.*length (\d+)/.exec(text)!.slice(1)
  );
  assertEquals(left.map(([ends, flags, , , length]) => [ends!.startsWith("127.0.0.2") ? ">" : "<", flags, length]), [
    [">", "S", "0"],
    ["<", "S.", "0"],
    [">", ".", "0"],
    [">", "P.", "3"],
    [">", "F.", "0"],
    ["<", ".", "0"],
    ["<", "P.", "6"],
    ["<", "F.", "0"],
    [">", ".", "0"],
  ]);
  assertEquals(packets.filter(({ side }) => side === 1).length, 9);
  for (const { text } of packets) assertMatch(text, /cksum 0x[0-9a-f]{4} \(correct\)/);
  assertEquals(packets.map(({ comment }) => comment).filter(Boolean), [
    "connection 3: tcp-listen:5000 -> tcp:[::1]:8080",
    "connection 3: tcp-listen:5000 -> tcp:[::1]:8080",
  ]);
});

Deno.test("capturingObserver() ends a failed connection by RST", () => {
  const packets = record(TCP, (observer) => observer.close?.(new Error("reset")));
  assertEquals(packets.filter(({ text }) => /Flags \[R\.\]/.test(text)).length, 2);
});

Deno.test("capturingObserver() writes datagrams as they are, empty ones too", () => {
  const packets = record({
    ...TCP,
    left: { ...TCP.left, transport: "udp" },
    right: { transport: "tcp", opener: "local" },
  }, (observer) => {
    observer.data(">", utf8("hi"));
    observer.data("<", new Uint8Array(0));
    observer.close?.();
  });
  const left = packets.filter(({ side }) => side === 0).map(({ text }) => text);
  assertEquals(left.length, 2);
  assertMatch(left[0]!, /127\.0\.0\.2\.40000 > 127\.0\.0\.1\.5000: UDP, length 2/);
  assertMatch(left[1]!, /127\.0\.0\.1\.5000 > 127\.0\.0\.2\.40000: UDP, length 0/);
  assertMatch(packets.find(({ side }) => side === 1)!.comment!, /not a socket/);
});

Deno.test("capturingObserver() writes the dialogue before TLS on its own side, as a conversation that ends", () => {
  const packets = record(TCP, (observer) => {
    observer.before?.("right", [
      { direction: "<", bytes: utf8("220 mail\r\n") },
      { direction: ">", bytes: utf8("STARTTLS\r\n") },
    ]);
    observer.data(">", utf8("EHLO me\r\n"));
    observer.close?.();
  });
  const flags = (side: number) =>
    packets.filter((packet) => packet.side === side).map(({ text }) => {
      const [, flags, length] = /Flags \[([^\]]*)\].*length (\d+)/.exec(text)!;
      return `${flags} ${length}`;
    });
  assertEquals(flags(0).slice(0, 4), ["S 0", "S. 0", ". 0", "P. 9"]);
  assertEquals(flags(1).slice(0, 13), [
    ...["S 0", "S. 0", ". 0", "P. 10", "P. 10", "F. 0", ". 0", "F. 0", ". 0"],
    ...["S 0", "S. 0", ". 0", "P. 9"],
  ]);
  assertEquals(
    packets.filter(({ side }) => side === 1).map(({ comment }) => comment)[9],
    "connection 3: what stands in TLS",
  );
});

Deno.test("capturingObserver() tells connections without addresses apart, and keeps long datagrams and both families", () => {
  const ends = [7, 8].map((number) => {
    const [first] = record({ ...TCP, number, left: { transport: "tcp", opener: "remote" } }, () => {});
    return / (\S+ > \S+): Flags \[S\]/.exec(first!.text)![1];
  });
  assertEquals(ends, ["192.0.2.2.1031 > 192.0.2.1.1", "192.0.2.2.1032 > 192.0.2.1.1"]);
  const udp = { ...TCP.left, transport: "udp" } as const;
  const [whole, mapped] = record({
    ...TCP,
    left: udp,
    right: { ...TCP.right, transport: "udp", remote: { host: "127.0.0.1", port: 53 } },
  }, (observer) => observer.data(">", new Uint8Array(65_507)));
  assertMatch(whole!.text, /127\.0\.0\.1\.5000: .*length 65507/);
  assertMatch(mapped!.text, /::1\.40001 > ::ffff:127\.0\.0\.1\.53/);
});

Deno.test({
  name: "a recording that cannot be written is told once, and what passes goes on",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const run = await netlab(["relay", "--pcap", "/dev/full", "-", "PIPE"], { stdin: "hello" });
    assertEquals([run.status, run.stdout], [0, "hello"]);
    assertEquals(
      run.stderr.match(/netlab: Cannot write "\/dev\/full": No space left on device: nothing more is recorded/g)
        ?.length,
      1,
    );
  },
});
