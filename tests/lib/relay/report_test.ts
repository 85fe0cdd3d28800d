import { assertEquals } from "@std/assert";
import { Log } from "../../../lib/base/log.ts";
import { peerText, reporter } from "../../../lib/relay/report.ts";

Deno.test("peerText() names the peer, an IPv4 one of an IPv6 listener by its own address", () => {
  const text = (host: string) => peerText({ label: "tcp", remote: { host, port: 4000 } });
  assertEquals([text("192.0.2.1"), text("::ffff:192.0.2.1")], ["192.0.2.1:4000", "192.0.2.1:4000"]);
  assertEquals([text("2001:db8::1"), text("::ffff:0:1")], ["[2001:db8::1]:4000", "[::ffff:0:1]:4000"]);
  assertEquals(peerText({ label: "-" }), "-");
});

Deno.test("reporter() says the end of a connection in one line, and as facts", () => {
  const lines: string[] = [];
  const log = (format: "text" | "json") =>
    reporter(new Log({ level: "notice", format, program: "netlab", pid: 1, write: (line) => lines.push(line) }));
  const left = { text: "tcp-listen:4000", about: { label: "tcp", remote: { host: "192.0.2.1", port: 4000 } } };
  const right = { text: "tcp:a.test:80", about: { label: "tcp", remote: { host: "192.0.2.2", port: 80 } } };
  for (const format of ["text", "json"] as const) {
    const { ended } = log(format);
    const carried = { sentBlocks: 1, receivedBlocks: 1 };
    const some = { ...carried, sent: 3, received: 4, ended: "right" } as const;
    ended({ number: 7, left, right, result: some, durationMs: 1234.56, level: "notice" });
    const none = { ...carried, sent: 0, received: 0, ended: "idle" } as const;
    ended({ number: 8, left, right, result: none, durationMs: 1, level: "info" });
  }
  assertEquals(lines.length, 2);
  assertEquals(
    lines[0]!.slice(lines[0]!.indexOf("#7")),
    "#7 192.0.2.1:4000 -> tcp:a.test:80: 3 octets sent, 4 received, 1.235s, closed by the right side\n",
  );
  const { event, number, peer, target, reached, sent, received, duration_ms, ended } = JSON.parse(lines[1]!);
  assertEquals([event, number, peer, target, reached], [
    "connection",
    7,
    "192.0.2.1:4000",
    "tcp:a.test:80",
    "192.0.2.2:80",
  ]);
  assertEquals([sent, received, duration_ms, ended], [3, 4, 1234.6, "right"]);
});
