// The small parts of the server: deadlines, counts, reply codes, late watchers, the log line, metrics.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ConnectError } from "../../../lib/base/errors.ts";
import { ipFrom } from "../../../lib/base/ip.ts";
import { Deadlines } from "../../../lib/socks/deadlines.ts";
import { LateObserver } from "../../../lib/socks/watching/late.ts";
import { Counts } from "../../../lib/socks/policy/limits.ts";
import { Metrics } from "../../../lib/socks/watching/metrics.ts";
import { ConnectionRecord, recordFacts, recordText, withoutPassword } from "../../../lib/socks/watching/record.ts";
import { Pace } from "../../../lib/socks/policy/pace.ts";
import { TestProxy } from "../../helpers/socks.ts";
import { SocksRefusal } from "../../../lib/socks/client.ts";
import { mostTelling, Refusal, replyCode } from "../../../lib/socks/handshake/reply.ts";
import { RunningSet } from "../../../lib/socks/carrying/running.ts";
import type { Ended } from "../../../lib/socks/carrying/tunnel.ts";

Deno.test("Deadlines expire in their order, and not when cleared", async () => {
  const deadlines = new Deadlines();
  const expired: string[] = [];
  const last = Promise.withResolvers<void>();
  deadlines.add(50, () => expired.push("a"));
  const cleared = deadlines.add(50, () => expired.push("never"));
  deadlines.add(350, () => last.resolve());
  deadlines.add(60, () => expired.push("b"));
  assertEquals(deadlines.add(0, () => expired.push("none")), undefined);
  deadlines.clear(50, cleared);
  deadlines.clear(50, cleared);
  await last.promise;
  assertEquals(expired.sort(), ["a", "b"]);
  deadlines.stop();
});

Deno.test("Counts forget what is zero", () => {
  const counts = new Counts();
  assertEquals([counts.add("a"), counts.add("a"), counts.get("b")], [1, 2, 0]);
  counts.remove("a");
  counts.remove("a");
  counts.remove("a");
  assertEquals(counts.get("a"), 0);
});

Deno.test("mostTelling() prefers what says most of several failures", () => {
  const of = (reason: "refused" | "timed-out" | "host-unreachable" | "network-unreachable" | "other") =>
    new ConnectError("x", "y", { reason });
  const order = [of("refused"), of("timed-out"), of("host-unreachable"), of("network-unreachable"), of("other")];
  for (const [i, better] of order.entries()) {
    // What is about the proxy itself comes last.
    for (const worse of [...order.slice(i + 1), new SocksRefusal("x:1", 7, {})]) {
      assertEquals([mostTelling([better, worse]), mostTelling([worse, better])], [better, better]);
    }
  }
  assertEquals(replyCode(new Refusal(2, "no")), 2);
  // What a proxy in front replies is passed on, unless nobody knows it or it is about the next proxy.
  const replied = (code: number) => new SocksRefusal("x:1", code, { via: "socks5://proxy:1" });
  assertEquals([5, 7, 8, 0xf6, 0x7f].map((code) => replyCode(replied(code))), [5, 7, 8, 0xf6, 1]);
  const before = new ConnectError("y:2", "no way", { via: "socks5://proxy:1", reason: "refused", cause: replied(5) });
  assertEquals(replyCode(before), 1);
  assertEquals(replyCode(new TypeError("?")), 1);
});

Deno.test("LateObserver tells those who join what they missed, in order", () => {
  const late = new LateObserver(), seen: string[] = [];
  const chunk = new TextEncoder().encode("one");
  late.data(">", chunk);
  chunk.fill(0);
  late.end(">");
  late.join([{
    data: (direction, bytes) => seen.push(direction + new TextDecoder().decode(bytes)),
    end: (direction) => seen.push(`end ${direction}`),
    close: () => seen.push("close"),
  }]);
  late.data("<", new TextEncoder().encode("two"));
  late.close();
  assertEquals(seen, [">one", "end >", "<two", "close"]);
});

Deno.test("a record is one line without passwords, and as facts", () => {
  const record = new ConnectionRecord(7, { host: "127.0.0.1", port: 4000 }, ipFrom("127.0.0.1"));
  Object.assign(record, {
    version: "5",
    user: "me",
    command: "connect",
    target: { host: "a.test", port: 443 },
    reached: { host: "192.0.2.1", port: 443 },
    via: ["socks5h://me:secret@proxy:1080"],
    reply: 0,
    sent: 3,
    received: 4,
    connectMs: 2,
  });
  const now = record.startedAt + 1234.56;
  assertEquals(
    recordText(record, now),
    "#7 127.0.0.1:4000 user me socks5 CONNECT a.test:443 (192.0.2.1:443) via socks5h://me:***@proxy:1080: " +
      "succeeded (0), 3 up 4 down, 1.235s, ended by client",
  );
  assertEquals(recordFacts(record, now), {
    number: 7,
    client: "127.0.0.1:4000",
    user: "me",
    protocol: "socks5",
    command: "connect",
    target: "a.test:443",
    reached: "192.0.2.1:443",
    via: "socks5h://me:***@proxy:1080",
    reply: 0,
    reason: undefined,
    sent: 3,
    received: 4,
    duration_ms: 1234.6,
    ended: "client",
  });
  const udp = new ConnectionRecord(8, undefined, undefined);
  Object.assign(udp, { version: "5", command: "udp", datagramsSent: 2, datagramsReceived: 1 });
  const line = (dropped: number) => recordText(Object.assign(udp, { datagramsDropped: dropped }), udp.startedAt);
  for (const [dropped, words] of [[0, ""], [3, " 3 dropped"]] as const) {
    assertStringIncludes(line(dropped), `#8 unix socks5 UDP: no reply, 0 up 0 down, 2 datagrams up 1 down${words}, 0`);
  }
  const refused = Object.assign(new ConnectionRecord(9, undefined, undefined), { ended: "refused", why: "no login" });
  assertEquals(
    recordText(refused, refused.startedAt),
    "#9 unix: refused: no login, 0 up 0 down, 0us, ended by refusal",
  );
  // The next request on the same connection has a time of its own.
  assertEquals(record.next().startedAt >= record.startedAt, true);
  for (
    const [url, shown] of [
      ["http://a:b:c@d", "http://a:***@d"],
      ["socks5h://a:b/c@d:1", "socks5h://a:***@d:1"],
      ["socks5h://a:b@c@d:1", "socks5h://a:***@d:1"],
      ["tls://socks5://a:b@d", "tls://socks5://a:***@d"],
      ["tls+http://a:b@d?cafile=/x@y", "tls+http://a:***@d?cafile=/x@y"],
      ["a:b@d:8080", "a:***@d:8080"],
      ["http://[::1]:8080?cafile=/x@y", "http://[::1]:8080?cafile=/x@y"],
      ["socks5://a@d:1", "socks5://a@d:1"],
      ["d:8080", "d:8080"],
    ] as const
  ) assertEquals(withoutPassword(url), shown);
  const metrics = new Metrics();
  metrics.ended(record);
  metrics.ended(udp);
  const text = metrics.prometheus(4, { sent: 10, received: 20 });
  assertEquals(text.match(/^netlab_socks_(?!connect_seconds).*$/gm), [
    "netlab_socks_connections 4",
    "netlab_socks_connections_total 0",
    'netlab_socks_bytes_total{direction="sent"} 13',
    'netlab_socks_bytes_total{direction="received"} 24',
    'netlab_socks_datagrams_total{direction="sent"} 2',
    'netlab_socks_datagrams_total{direction="received"} 1',
    'netlab_socks_datagrams_total{direction="dropped"} 3',
    'netlab_socks_handshakes_total{version="socks5",result="incomplete"} 1',
    'netlab_socks_handshakes_total{version="socks5",result="succeeded"} 1',
    "netlab_socks_logins_failed_total 0",
  ]);
  assert(text.includes('netlab_socks_connect_seconds_bucket{le="0.005"} 1\n'));
  assert(text.includes('netlab_socks_connect_seconds_bucket{le="0.001"} 0\n'));
});

Deno.test("Pace keeps to its rate over many pieces, saves nothing up, and waits no longer when it is stopped", async () => {
  const pace = new Pace(100_000);
  const began = performance.now();
  for (let i = 0; i < 100; i++) await pace.take(300);
  const took = performance.now() - began;
  assert(took >= 270, `30,000 octets at 100,000 a second took ${took} ms`);
  // After any silence: a quarter of a second's worth ahead, and the one that crosses it.
  const datagrams = new Pace(1000);
  const admitted = (now: number) => Array.from({ length: 20 }, () => datagrams.admits(100, now)).filter(Boolean).length;
  assertEquals([admitted(10_000), admitted(10_100), admitted(60_000)], [3, 1, 3]);
  const endless = new Pace(1);
  const waiting = endless.take(1_000_000);
  endless.stop();
  await waiting;
});

Deno.test("RunningSet ends what does not move, keeps what does, and ends all when it is closed", async () => {
  const stopped: string[] = [];
  const one = (name: string) => ({
    sent: 0,
    received: 0,
    seen: -1,
    seenAt: 0,
    stop: (why: Ended) => void stopped.push(`${name} ${why}`),
  });
  const deadlines = new Deadlines();
  const set = new RunningSet(deadlines, 200);
  const [still, moving] = [Object.assign(one("still"), { sent: 5 }), one("moving")];
  const began = performance.now();
  const place = set.enter(still);
  set.enter(moving);
  while (stopped.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    moving.received++;
  }
  assertEquals([stopped[0], performance.now() - began >= 200], ["still idle", true]);
  set.leave(place);
  assertEquals(set.moving, { sent: 0, received: moving.received });
  set.close();
  assertEquals(stopped.filter((text) => text.startsWith("moving")), ["moving shutdown"]);
  set.enter(one("late"));
  assertEquals(stopped.at(-1), "late shutdown");
  deadlines.stop();
});

Deno.test("a client's small segments wait for nothing once TLS hides its socket", async () => {
  let hurried = 0;
  await using proxy = await TestProxy.start({
    policy: { tls: true },
    network: { serveTls: (stream) => Promise.resolve(stream), hurry: () => void hurried++ },
  });
  using peer = await proxy.client();
  await peer.send("16");
  // Nothing was taken off, so the same octet comes again.
  assertEquals((await proxy.ended()).why, "TLS inside TLS");
  assertEquals(hurried, 1);
});
