import { assertEquals, assertMatch } from "@std/assert";
import { facilityCode, syslogMessage } from "../../../lib/stream/syslog.ts";

Deno.test("facilityCode() knows the facilities by name", () => {
  assertEquals(["kern", "user", "DAEMON", "security", "ftp", "local0", "local7"].map(facilityCode), [
    0,
    1,
    3,
    4,
    11,
    16,
    23,
  ]);
  assertEquals(["", "nothing"].map(facilityCode), [undefined, undefined]);
});

Deno.test("syslogMessage() gives priority, time, program and the text from its level on", () => {
  const now = new Date(2026, 10, 5, 9, 8, 7);
  const line = (level: string) => `2026/11/05 09:08:07 netlab[7] ${level} some text\n`;
  assertEquals(syslogMessage(line("N"), "netlab", 7, 3, now), "<29>Nov  5 09:08:07 netlab[7]: N some text");
  assertEquals(syslogMessage(line("E"), "x", 7, 16, now), "<131>Nov  5 09:08:07 x[7]: E some text");
  assertMatch(syslogMessage('{"json":1}\n', "x", 7, 3, now), /^<29>.* x\[7\]: \{"json":1\}$/);
});
