import { assertEquals } from "@std/assert";
import { utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { Sink } from "../../../lib/stream/sink.ts";
import { netlab } from "../../helpers/netlab.ts";

Deno.test("Sink.write() writes all, once, to a pipe that is full for a while", () => {
  let text = "", turn = 0;
  const sink = new Sink({
    writeSync(bytes) {
      if (turn++ % 3 === 1) throw new Deno.errors.WouldBlock();
      const part = bytes.subarray(0, 2);
      text += utf8Text(part);
      return part.length;
    },
  });
  sink.write(utf8("seven octets\n"));
  sink.line("a line\n");
  assertEquals(text, "seven octets\na line\n");
});

Deno.test("Sink.write() tells the first failure only, and goes on", () => {
  const told: unknown[] = [];
  const broken = new Error("No space left on device");
  const sink = new Sink({
    writeSync() {
      throw broken;
    },
  }, (error) => void told.push(error));
  sink.write(utf8("one"));
  sink.write(utf8("two\n"));
  assertEquals(told, [broken]);
});

Deno.test({
  name: "relay -r, --explain-to and -lf say that a full disk keeps nothing, and carry on",
  ignore: Deno.build.os !== "linux",
  async fn() {
    for (
      const flags of [["-r", "/dev/full"], ["--explain", "--explain-to", "/dev/full"], ["-lf", "/dev/full", "-dd"]]
    ) {
      const { status, stdout, stderr } = await netlab(["relay", ...flags, "-", "PIPE"], { stdin: "carried" });
      assertEquals([status, stdout], [0, "carried"]);
      const line =
        'netlab: Cannot write "/dev/full": No space left on device: what could not be written is missing there\n';
      assertEquals(stderr, line, flags.join(" "));
    }
  },
});
