import { assertEquals } from "@std/assert";
import { peerText } from "../../../lib/relay/report.ts";

Deno.test("peerText() names the peer, an IPv4 one of an IPv6 listener by its own address", () => {
  const text = (host: string) => peerText({ label: "tcp", remote: { host, port: 4000 } });
  assertEquals([text("192.0.2.1"), text("::ffff:192.0.2.1")], ["192.0.2.1:4000", "192.0.2.1:4000"]);
  assertEquals([text("2001:db8::1"), text("::ffff:0:1")], ["[2001:db8::1]:4000", "[::ffff:0:1]:4000"]);
  assertEquals(peerText({ label: "-" }), "-");
});
