import { assertEquals, assertMatch } from "@std/assert";
import { latin1Text, utf8 } from "../../../lib/base/bytes.ts";
import { Dump, dumpTime } from "../../../lib/observe/dump.ts";

/** A sink that remembers. */
class Memory {
  text = "";
  get atLineStart(): boolean {
    return this.text === "" || this.text.endsWith("\n");
  }
  write(block: Uint8Array): void {
    this.text += latin1Text(block);
  }
}

const ALL = new Uint8Array(256).map((_, i) => i);
const withoutTime = (text: string) => text.replace(/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{6}/g, "TIME");

Deno.test("Dump of text shows all 256 octets as socat does", () => {
  const sink = new Memory();
  new Dump({ mode: "text", sink }).data(">", ALL);
  const dots = (n: number) => ".".repeat(n);
  assertEquals(
    withoutTime(sink.text),
    "> TIME  length=256 from=0 to=255\n" + dots(7) + "\\a\\b\t\n\\v\\f\\r" + dots(18) +
      " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~" + dots(129),
  );
});

Deno.test("Dump of hex is one line, of both rows of 16 that end after a line feed", () => {
  const hex = new Memory(), both = new Memory();
  new Dump({ mode: "hex", sink: hex }).data("<", utf8("GE\n"));
  assertEquals(withoutTime(hex.text), "< TIME  length=3 from=0 to=2\n 47 45 0a\n");
  new Dump({ mode: "both", sink: both }).data(">", utf8("0123456789abcdef\nx\ty"));
  assertEquals(
    withoutTime(both.text),
    "> TIME  length=20 from=0 to=19\n" +
      " 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n" +
      " 0a                                               .\n" +
      " 78 09 79                                         x.y\n--\n",
  );
});

Deno.test("Dump counts each direction by itself", () => {
  const sink = new Memory();
  const dump = new Dump({ mode: "hex", sink });
  for (const direction of [">", "<", ">"] as const) dump.data(direction, utf8("ab"));
  assertEquals(withoutTime(sink.text).match(/. TIME.*/g), [
    "> TIME  length=2 from=0 to=1",
    "< TIME  length=2 from=0 to=1",
    "> TIME  length=2 from=2 to=3",
  ]);
});

Deno.test("Dump with a mark never sticks to an unfinished line, without one it does as socat does", () => {
  const marked = new Memory(), plain = new Memory();
  const dump = new Dump({ mode: "text", sink: marked, mark: "#12 127.0.0.1:40112" });
  dump.data(">", utf8("ab"));
  dump.data("<", utf8("c\n"));
  assertEquals(
    withoutTime(marked.text),
    "> TIME  length=2 from=0 to=1  #12 127.0.0.1:40112\nab\n< TIME  length=2 from=0 to=1  #12 127.0.0.1:40112\nc\n",
  );
  const other = new Dump({ mode: "text", sink: plain });
  other.data(">", utf8("ab"));
  other.data("<", utf8("c"));
  assertEquals(withoutTime(plain.text), "> TIME  length=2 from=0 to=1\nab< TIME  length=1 from=0 to=0\nc");
});

Deno.test("Dump colours a block by direction and leaves a line feed last", () => {
  const sink = new Memory();
  new Dump({ mode: "text", sink, colour: true }).data("<", utf8("a\n"));
  assertEquals(withoutTime(sink.text), "\x1b[36m< TIME  length=2 from=0 to=1\na\x1b[0m\n");
});

Deno.test("dumpTime() has six digits", () => {
  assertMatch(dumpTime(1_700_000_000_123.4567), /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.123456$/);
  assertMatch(dumpTime(1_700_000_000_000), /\.000000$/);
});
