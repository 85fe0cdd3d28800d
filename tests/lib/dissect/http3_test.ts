// HTTP/3 of aioquic 1.7, recorded with its secrets; QPACK's instructions and sections by hand.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseHex } from "../../../lib/base/hex.ts";
import { explain } from "../../../lib/dissect/explain.ts";
import {
  decoderLength,
  encoderInstruction,
  fieldSection,
  instructionLength,
  QpackTable,
} from "../../../lib/dissect/web/qpack.ts";
import { netlab } from "../../helpers/netlab.ts";

const FILE = `${import.meta.dirname}/../../data/capture/http3.pcapng.gz`;

Deno.test("HTTP/3 in an opened QUIC connection: requests, answers, bodies, entries of tables", async () => {
  const { stdout, status } = await netlab(["dump", "--follow", "-r", FILE, "--decode", "udp:4433=quic"]);
  assertEquals(status, 0);
  const said = stdout.split("\n").filter((line) => /^ {2}[<>] \d+ http3: (HEADERS|DATA)/.test(line))
    .map((line) => line.replace(/^ {2}(.) \d+ http3: /, "$1 ").replace(/ after .*\)/, ")"));
  assertEquals(said.map((line) => line.replace(/ \(answers \d+\)| <- .*/g, "")), [
    "> HEADERS POST https://h3.example.test/first",
    "> DATA 7 octets",
    "< HEADERS 200",
    "< DATA 17 octets",
    "> HEADERS GET https://h3.example.test/second",
    "< HEADERS 200",
    "< DATA 18 octets",
    "> HEADERS GET https://h3.example.test/second",
    "< HEADERS 200",
    "< DATA 18 octets",
    "> HEADERS GET https://h3.example.test/packed",
    "< HEADERS 200",
    "< DATA 35 octets",
  ]);
  assertMatch(stdout, /server: a-test-server\/1\.0\n {6}x-custom: value-\/second\n/);
  assertMatch(stdout, /\n {6}packed text packed text/);
  assertMatch(stdout, /QPACK entry 2: x-custom: value-\/second\n/);
  for (const flags of [["--follow"], ["--explain"], ["--explain", "--json"], ["-X"]]) {
    const masked = (await netlab(["dump", ...flags, "--mask", "-r", FILE])).stdout;
    assert(masked.length > 1000 && !/dXNlcjpz|64 58 4e 6c/.test(masked), flags.join(" "));
  }
});

function instruct(table: QpackTable, text: string): string | undefined {
  return explain("Instruction", parseHex(text), (tree) => encoderInstruction(tree, table)).value;
}

Deno.test("QPACK: the instructions and sections of RFC 9204 appendix B", () => {
  const table = new QpackTable();
  table.allowed = 220;
  const section = (text: string) => explain("Section", parseHex(text), (tree) => fieldSection(tree, table));
  assertEquals(section("0000510b2f696e6465782e68746d6c").value, [[":path", "/index.html"]]);
  assertEquals(instruct(table, "3fbd01"), "table of 220 octets");
  assertEquals(instruct(table, "c00f7777772e6578616d706c652e636f6d"), "entry 0: :authority: www.example.com");
  assertEquals(instruct(table, "c10c2f73616d706c652f70617468"), "entry 1: :path: /sample/path");
  assertEquals(section("03811011").value, [[":authority", "www.example.com"], [":path", "/sample/path"]]);
  assertEquals(
    instruct(table, "4a637573746f6d2d6b65790c637573746f6d2d76616c7565"),
    "entry 2: custom-key: custom-value",
  );
  assertEquals(instruct(table, "02"), "entry 3: :authority: www.example.com");
  assertEquals(section("050080c181").value, [
    [":authority", "www.example.com"],
    [":path", "/"],
    ["custom-key", "custom-value"],
  ]);
  assertEquals(instruct(table, "810d637573746f6d2d76616c756532"), "entry 4: custom-key: custom-value2");
  // Room for four: the first one went.
  assertEquals([table.get(0), table.get(4)], [undefined, ["custom-key", "custom-value2"]]);
  // Of an entry that did not come yet, or went.
  const early = section("070080");
  assertEquals(early.value, []);
  assertEquals(section("020080").error, "No such entry in the table");
});

Deno.test("QPACK: where instructions end, octet by octet", () => {
  const bytes = parseHex("4a637573746f6d2d6b65790c637573746f6d2d76616c7565");
  for (let length = 1; length < bytes.length; length++) {
    const found = instructionLength(bytes.subarray(0, length));
    assert(found === 0 || found > length, `${length}: ${found}`);
  }
  assertEquals(instructionLength(bytes), bytes.length);
  assertEquals([instructionLength(parseHex("3f")), instructionLength(parseHex("3fbd01"))], [0, 3]);
  assertEquals([decoderLength(parseHex("84")), decoderLength(parseHex("ff")), decoderLength(parseHex("7f01"))], [
    1,
    0,
    2,
  ]);
});
