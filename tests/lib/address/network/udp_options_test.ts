import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { programEnvironment } from "../../../../lib/address/program/environment.ts";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import { UsageError } from "../../../../lib/base/errors.ts";
import { utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { needLibc } from "../../../../lib/stream/libc/libc.ts";
import { getSocketNumber } from "../../../../lib/stream/libc/socket_fd.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { UdpStream } from "../../../../lib/stream/udp/streams.ts";
import { assertLeavesNothing, openOne, testContext } from "../../../helpers/endpoint.ts";
import { freePort } from "../../../helpers/netlab.ts";

const linux = Deno.build.os === "linux";

Deno.test({
  name: "UDP sockets have what their options say",
  ignore: !linux,
  async fn() {
    const words = "tos=0x10,ttl=9,sndbuf=20000,ip-multicast-ttl=7,setsockopt-int=1:12:3,so-bindtodevice=lo";
    const stream = await openOne(`udp:127.0.0.1:${freePort()},${words}`);
    assert(stream instanceof UdpStream);
    const { fd } = stream.socket;
    const of = (level: number, name: number) => getSocketNumber(needLibc("the test"), fd!, level, name);
    assertEquals([of(0, 1), of(0, 2), of(1, 7), of(0, 33), of(1, 12)], [0x10, 9, 40000, 7, 3]);
    await stream.close();
    await assertRejects(
      () => openOne(`udp:127.0.0.1:${freePort()},so-bindtodevice=no-such-one`),
      Error,
      'Cannot set "so-bindtodevice": No such device',
    );
    assertThrows(() => parseEndpoint("udp:h:1,ip-multicast-if=eth0"), UsageError, "is not the IPv4 address");
  },
});

Deno.test({
  name: "ip-multicast-if chooses where a datagram to a group leaves",
  ignore: !linux,
  async fn() {
    const port = freePort();
    const context = testContext();
    await using receiver = await openOne(
      `udp4-recv:${port},bind=224.255.0.1,reuseaddr,ip-add-membership=224.255.0.1:127.0.0.1`,
      context,
    );
    await using sender = await openOne(`udp4-datagram:224.255.0.1:${port},ip-multicast-if=127.0.0.1`);
    await sender.write(utf8("to the group"));
    const view = new Uint8Array(100);
    assertEquals(utf8Text(view.subarray(0, (await receiver.read(view))!)), "to the group");
  },
});

Deno.test({
  name: "UDP-RECVFROM and UDP-RECV tell what the system tells of a datagram: in the log, and to programs",
  ignore: !linux,
  async fn() {
    for (const type of ["udp4-recvfrom", "udp4-recv"]) {
      const context = testContext();
      const first = openOne(`${type}:0,ip-recvttl,ip-pktinfo,so-timestamp,range=127.0.0.0/8`, context);
      await using sender = await openOne(`udp:${await context.listening},ttl=53`);
      await sender.write(utf8("told"));
      await using stream = await first;
      const view = new Uint8Array(100);
      assertEquals(utf8Text(view.subarray(0, (await stream.read(view))!)), "told");
      const log = context.lines.join("\n");
      assertStringIncludes(log, "ancillary message: IP_TTL: ttl=53");
      assertStringIncludes(log, "ancillary message: IP_PKTINFO: dstaddr=127.0.0.1");
      if (type === "udp4-recv") continue;
      const variables = programEnvironment(stream.about, 1);
      assertEquals([variables.SOCAT_IP_TTL, variables.SOCAT_IP_IF], ["53", "lo"]);
      assertMatch(
        variables.SOCAT_TIMESTAMP!,
        /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}, \d{6} usecs$/,
      );
      // The sender is answered on the same socket.
      await stream.write(utf8("heard"));
      assertEquals(utf8Text(view.subarray(0, (await sender.read(view))!)), "heard");
    }
    await assertLeavesNothing(100, async () => {
      await (await openOne("udp-recv:0,ip-recvttl,reuseaddr")).close();
    });
    await assertRejects(() => openOne("udp4-recv:0,ip-recvttl,ip-add-membership=224.0.0.1:none0"), UsageError, "none0");
  },
});

Deno.test({
  name:
    "who is not admitted is passed over by each UDP address, with a word in the log; told addresses are what they are bound to",
  ignore: !linux,
  async fn() {
    const types = ["udp4-listen:0", "udp4-listen:0,fork", "udp4-recvfrom:0", "udp4-recv:0"];
    const cases = types.flatMap((type) => type.includes("recv") ? [type, `${type},ip-recvttl`] : [type]);
    for (const type of cases) {
      const context = testContext();
      const opening = openOne(`${type},bind=localhost,range=127.0.0.1/32`, context);
      const listening = await context.listening;
      await using stranger = await openOne(`udp4:${listening},bind=127.0.0.2`);
      await stranger.write(utf8("stranger"));
      await using sender = await openOne(`udp4:${listening},bind=127.0.0.1`);
      await sender.write(utf8("known"));
      await using stream = await opening;
      const view = new Uint8Array(100);
      assertEquals(utf8Text(view.subarray(0, (await stream.read(view))!)), "known", type);
      assertEquals(stream.about.local, { host: "127.0.0.1", port: Number(listening.split(":")[1]) }, type);
      const refused = context.lines.filter((line) => line.includes("Refusing"));
      assertEquals(refused.length, 1, type);
      assertMatch(refused[0]!, /Refusing datagram from 127\.0\.0\.2:\d+ due to range option/);
      if (type.startsWith("udp4-recvfrom")) assertEquals(await stream.read(view), null, type);
      context.stop();
    }
  },
});

Deno.test({
  name: "UDP-RECVFROM with fork takes each datagram by itself, and answers after it was stopped",
  ignore: !linux,
  async fn() {
    await assertLeavesNothing(3, async () => {
      for (const options of ["", ",ip-recvttl"]) {
        const context = testContext();
        const found: Stream[] = [];
        const serving = (async () => {
          const listener = parseEndpoint(`udp4-recvfrom:0,bind=127.0.0.1,fork${options}`);
          for await (const stream of listener.open(context)) if (found.push(stream) === 2) context.stop();
        })();
        const sender = await openOne(`udp4:${await context.listening}`);
        for (const word of ["one", "two"]) await sender.write(utf8(word));
        await serving;
        const view = new Uint8Array(100);
        for (const [i, word] of ["one", "two"].entries()) {
          assertEquals(utf8Text(view.subarray(0, (await found[i]!.read(view))!)), word);
          assertEquals(await found[i]!.read(view), null);
          await found[i]!.write(utf8(`heard ${word}`));
          assertEquals(utf8Text(view.subarray(0, (await sender.read(view))!)), `heard ${word}`);
          await found[i]!.close();
        }
        await sender.close();
      }
    });
  },
});

Deno.test({
  name: "ip-add-source-membership takes what one source sends to a group, and nothing of others",
  ignore: !linux,
  async fn() {
    for (const [place, group] of [["lo", "232.1.2.3"], ["127.0.0.1", "232.1.2.4"]]) {
      const port = freePort();
      const joined = `udp4-recv:${port},bind=${group},ip-add-source-membership=${group}:${place}:127.0.0.2`;
      await using receiver = await openOne(joined);
      for (const source of ["127.0.0.1", "127.0.0.2"]) {
        await using sender = await openOne(`udp4-datagram:${group}:${port},ip-multicast-if=127.0.0.1,bind=${source}`);
        await sender.write(utf8(source));
      }
      const view = new Uint8Array(100);
      assertEquals(utf8Text(view.subarray(0, (await receiver.read(view))!)), "127.0.0.2");
    }
    assertThrows(
      () => parseEndpoint("udp-recv:1,source-membership=232.1.2.3:lo"),
      UsageError,
      "GROUP:INTERFACE:SOURCE",
    );
    await (await openOne(`udp6-recv:${freePort()},bind=[::],ipv6-join-source-group=[ff3e::5]:lo:[::1]`)).close();
  },
});
