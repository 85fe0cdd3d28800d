import { assertEquals } from "@std/assert";
import { latin1, utf8 } from "../../../../lib/base/bytes.ts";
import { dns64Prefixes } from "../../../../lib/dns/print/dns64.ts";
import { hexDump } from "../../../../lib/dns/dig/presenter.ts";
import { optLines, optYaml } from "../../../../lib/dns/print/opt.ts";
import { ttlUnits } from "../../../../lib/dns/records/layout.ts";
import { indentTo } from "../../../../lib/dns/print/record.ts";

const edns = (...options: [number, Uint8Array][]) => ({
  udpSize: 1232,
  extendedRcode: 0,
  version: 0,
  flags: 0x8000,
  dnssecOk: true,
  options: options.map(([code, data]) => ({ code, data })),
});

Deno.test("indentTo() goes by tabs of eight, at least one blank", () => {
  assertEquals(indentTo(0, 24), "\t\t\t");
  assertEquals(indentTo(23, 24), "\t");
  assertEquals(indentTo(24, 24), " ");
  assertEquals(indentTo(30, 24), " ");
  assertEquals(indentTo(31, 24), "\t");
  assertEquals(indentTo(20, 32), "\t\t");
});

Deno.test("ttlUnits() leaves out units of none", () => {
  assertEquals([0, 1, 60, 3661, 90_000, 604_800].map(ttlUnits), ["0s", "1s", "1m", "1h1m1s", "1d1h", "1w"]);
});

Deno.test("optLines() names flags and options", () => {
  assertEquals(
    optLines(edns([3, latin1("x\x1b")], [4711, Uint8Array.of(1)], [12, new Uint8Array(3)]), undefined),
    '; EDNS: version: 0, flags: do; udp: 1232\n; NSID: 78 1b ("x.")\n; OPT=4711: 01 (".")\n; PAD: (3 bytes)\n',
  );
});

Deno.test("optLines() keeps control characters of error texts from the terminal", () => {
  const text = optLines(edns([15, Uint8Array.from([0, 22, ...utf8("a\u009b31mb\u202eü")])]), undefined);
  assertEquals(
    text.split("\n")[1],
    `; EDE: 22 (No Reachable Authority): (a.31mb.${String.fromCharCode(...utf8("ü"))})`,
  );
});

Deno.test("optLines() judges cookies", () => {
  const cookie = (length: number, state: "ok" | "bad") =>
    optLines(edns([10, new Uint8Array(length)]), state).split(" ").at(-1)!.trim();
  assertEquals([cookie(16, "ok"), cookie(8, "ok"), cookie(8, "bad")], ["(good)", "(echoed)", "(bad)"]);
});

Deno.test("optYaml() indents", () => {
  assertEquals(
    optYaml(edns([9, Uint8Array.of(0, 0, 0, 61)]), undefined, "  "),
    "  OPT_PSEUDOSECTION:\n    EDNS:\n      version: 0\n      flags: do\n      udp: 1232\n      EXPIRE: 61 (1 minute 1 second)\n",
  );
});

Deno.test("dns64Prefixes() finds a prefix only when both addresses stand under it", () => {
  const address = (last: number) => Uint8Array.of(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 0, last);
  assertEquals(dns64Prefixes([address(170), address(171)]), "64:ff9b::/96\n");
  assertEquals(dns64Prefixes([address(170)]), "");
});

Deno.test("hexDump() shows rows of sixteen", () => {
  assertEquals(
    hexDump(latin1("0123456789abcdef~}")),
    "18 bytes\n30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66          0123456789abcdef\n" +
      "7e 7d                                                    .}\n",
  );
});
