import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import { UsageError } from "../../../../lib/base/errors.ts";
import { utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { ask, assertLeavesNothing, echo, openOne, serving, testContext } from "../../../helpers/endpoint.ts";
import { freePort, interop, LOOPBACKS, netlab, runProgram, tcpServer, which } from "../../../helpers/netlab.ts";

const linux = Deno.build.os === "linux";
const root = linux && Deno.uid() === 0;
const hex = (port: number) => port.toString(16).padStart(4, "0");
/** 127.0.0.1 and a port as data. */
const at = (port: number) => `x${hex(port)}7f0000010000000000000000`;

async function oneDatagram(stream: Stream): Promise<string> {
  const view = new Uint8Array(1000);
  return utf8Text(view.subarray(0, (await stream.read(view))!));
}

Deno.test({
  name: "SOCKET-… says what is wrong with its words",
  ignore: Deno.build.os === "windows",
  fn() {
    assertThrows(() => parseEndpoint("socket-connect:2:6"), UsageError, "SOCKET-CONNECT:<domain>:<protocol>:<address>");
    assertThrows(() => parseEndpoint("socket-connect:2:six:x00"), UsageError, '"six" is not a whole number');
    assertThrows(() => parseEndpoint("socket-connect:2:6:zero"), UsageError, '"zero" is not data such as x01ff');
    assertThrows(() => parseEndpoint("socket-recv:2:2:17:x00,range=x00"), UsageError, "is not an address and a mask");
  },
});

Deno.test({
  name: "SOCKET-CONNECT and SOCKET-LISTEN carry a stream, half-close included",
  ignore: !linux,
  async fn() {
    const port = freePort();
    await serving(`socket-listen:2:6:${at(port)},fork`, echo, async (bound) => {
      assertEquals(bound, port);
      assertEquals(await ask(await openOne(`socket-connect:2:6:${at(port)}`), "there and back"), "there and back");
    });
    await assertRejects(() => openOne(`socket-connect:2:6:${at(port)}`), Error, "Connection refused");
  },
});

Deno.test({
  name: "SOCKET-LISTEN turns away who is outside of its range",
  ignore: !linux,
  async fn() {
    const port = freePort();
    const context = testContext();
    const range = "x00007f000002:x0000ffffffff";
    const first = openOne(`socket-listen:2:6:${at(port)},range=${range}`, context);
    await context.listening;
    assertEquals(await ask(await openOne(`tcp:127.0.0.1:${port}`), "out").catch(() => ""), "");
    await using client = await openOne(`tcp:127.0.0.1:${port},bind=127.0.0.2`);
    await using served = await first;
    await client.write(utf8("in"));
    assertEquals(await oneDatagram(served), "in");
    assertStringIncludes(context.lines.join("\n"), "Refusing connection from 127.0.0.1:");
  },
});

Deno.test({
  name: "SOCKET-SENDTO, -RECVFROM, -RECV and -DATAGRAM are UDP by its numbers",
  ignore: !linux,
  async fn() {
    const port = freePort();
    const answer = async (stream: Stream) => {
      const text = await oneDatagram(stream);
      assertEquals(await stream.read(new Uint8Array(1)), null);
      await stream.write(utf8(`${text}!`));
    };
    await serving(`socket-recvfrom:2:2:17:${at(port)},fork`, answer, async () => {
      for (const type of ["socket-sendto", "socket-datagram", "SENDTO", "dgram"]) {
        await using stream = await openOne(`${type}:2:2:17:${at(port)},bind=x0000000000000000000000000000`);
        await stream.write(utf8(type));
        assertEquals(await oneDatagram(stream), `${type}!`);
      }
    });
    const another = freePort();
    await using receiver = await openOne(`socket-recv:2:2:17:${at(another)}`);
    await using sender = await openOne(`udp-sendto:127.0.0.1:${another}`);
    await sender.write(utf8("only taken"));
    assertEquals(await oneDatagram(receiver), "only taken");
  },
});

Deno.test({
  name: "SOCKET-CONNECT reaches a Unix socket by its octets",
  ignore: !linux,
  async fn() {
    const folder = Deno.makeTempDirSync();
    const context = testContext();
    const first = openOne(`unix-listen:${folder}/s`, context);
    await context.listening;
    await using client = await openOne(`socket-connect:1:0:\\"${folder}/s\\\\0\\"`);
    await using served = await first;
    await client.write(utf8("by octets"));
    assertEquals(await oneDatagram(served), "by octets");
    await client.close();
    await served.close();
    Deno.removeSync(folder, { recursive: true });
  },
});

Deno.test({
  name: "IP-… carries packets of a protocol of one's own, without their header",
  ignore: !root,
  async fn() {
    // 253 is for experiments: RFC 3692.
    for (const address of LOOPBACKS) {
      const [version, host] = address === "::1" ? ["6", "[::1]"] : ["4", address];
      const context = testContext();
      const first = openOne(`ip${version}-recvfrom:253`, context);
      await context.listening;
      await using stream = await openOne(`ip${version}-sendto:${host}:253`);
      await stream.write(utf8("a packet"));
      await using served = await first;
      assertEquals(await oneDatagram(served), "a packet");
    }
    await assertLeavesNothing(100, async () => {
      await (await openOne("ip4-sendto:127.0.0.1:253")).close();
      await (await openOne("ip4-recv:253,range=127.0.0.0/8,ip-add-membership=224.255.0.1:lo")).close();
    });
    assertThrows(() => parseEndpoint("ip-sendto:127.0.0.1:icmp"), UsageError, "is not the number of an IP protocol");
    await assertRejects(() => openOne("ip4-recv:253,ip-add-membership=224.255.0.1:nope"), UsageError, '"nope"');
  },
});

interop("SOCKET-… is socat's: the same words reach the same server", ["socat"], async () => {
  await using echo = tcpServer(async (conn) => {
    const buffer = new Uint8Array(100);
    await conn.write(buffer.subarray(0, (await conn.read(buffer))!));
  });
  const words = ["-", `SOCKET-CONNECT:2:6:${at(echo.port)}`];
  const ours = await netlab(["relay", ...words], { stdin: "numbers" });
  const theirs = await runProgram(which("socat")!, ["-t5", ...words], { stdin: "numbers" });
  assertEquals([ours.status, ours.stdout], [theirs.status, theirs.stdout]);
});
