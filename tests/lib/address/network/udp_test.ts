import { assertEquals, assertRejects } from "@std/assert";
import { utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { openOne, testContext } from "../../../helpers/endpoint.ts";
import { needing } from "../../../helpers/netlab.ts";

const ignore = Deno.build.os !== "linux";

Deno.test({
  ...needing("a multicast group is joined on an interface by its name, IPv4 and IPv6", "Linux", "IPv6"),
  async fn() {
    for (const [type, group] of [["udp4", "224.0.0.251:lo"], ["udp6", "[ff02::2]:lo"]] as const) {
      const context = testContext();
      const opening = openOne(`${type}-recv:0,ip-add-membership=${group}`, context);
      const port = (await context.listening).split(":").pop();
      const receiver = await opening;
      const sender = await openOne(`${type}-sendto:${type === "udp4" ? "127.0.0.1" : "[::1]"}:${port}`);
      await sender.write(utf8("hello"));
      const view = new Uint8Array(10);
      assertEquals(utf8Text(view.subarray(0, (await receiver.read(view))!)), "hello");
      await sender.close();
      await receiver.close();
    }
  },
});

Deno.test({
  name: "an interface that is not there is named",
  ignore,
  async fn() {
    for (const [type, group] of [["udp4", "224.0.0.251:none0"], ["udp6", "[ff02::2]:none0"]] as const) {
      await assertRejects(() => openOne(`${type}-recv:0,ip-add-membership=${group}`), Error, "none0");
    }
  },
});

/** Opens `listener` as it comes, sends it a datagram from `sender`, and gives what it reads. */
async function heard(listener: string, sender: (port: string) => string): Promise<string> {
  const context = testContext();
  const opening = openOne(listener, context);
  opening.catch(() => {});
  const port = (await Promise.race([context.listening, opening.then(() => "")])).split(":").pop()!;
  await using from = await openOne(sender(port));
  await from.write(utf8("hello"));
  await using receiver = await opening;
  const view = new Uint8Array(10);
  const text = utf8Text(view.subarray(0, (await receiver.read(view))!));
  if (receiver.about.remote !== undefined) {
    // And back, twice: the second time both wait.
    for (const word of ["one", "two"]) {
      await receiver.write(utf8(word));
      assertEquals(utf8Text(view.subarray(0, (await from.read(view))!)), word);
    }
  }
  return text;
}

Deno.test({
  ...needing(
    "options that come before binding: both IP versions on one socket, a shared port, an address that is not there",
    "Linux",
    "IPv6",
  ),
  async fn() {
    const four = (port: string) => `udp4:127.0.0.1:${port}`;
    assertEquals(await heard("udp6-listen:0,bind=[::],ipv6-v6only=0", four), "hello");
    assertEquals(await heard("udp4-listen:0,bind=127.0.0.1,reuseport", four), "hello");
    assertEquals(await heard("udp4-recv:0,reuseport,ip-add-membership=224.0.0.251:lo", four), "hello");
    assertEquals(
      await heard("udp6-recv:0,reuseport,ip-add-membership=[ff02::2]:lo", (port) => `udp6:[::1]:${port}`),
      "hello",
    );
    const context = testContext();
    const opening = openOne("udp4-recv:0,bind=192.0.2.7,freebind", context);
    assertEquals(/^192\.0\.2\.7:/.test(await context.listening), true);
    await (await opening).close();
    await assertRejects(() => openOne("udp4-recv:0,bind=192.0.2.7"), Error, "192.0.2.7");
  },
});

Deno.test({
  name: "a port is shared with reuseport only",
  ignore,
  async fn() {
    const port = async (address: string) => {
      const context = testContext();
      const stream = await openOne(address, context);
      return { stream, port: (await context.listening).split(":").pop()! };
    };
    const first = await port("udp4-recv:0,reuseport");
    const second = await port(`udp4-recv:${first.port},reuseport`);
    await assertRejects(() => openOne(`udp4-recv:${first.port}`), Error, "in use");
    await first.stream.close();
    await second.stream.close();
  },
});

Deno.test({
  name: "broadcast addresses need the option, as socat's",
  ignore,
  async fn() {
    await assertRejects(() => openOne("udp4:127.255.255.255:9"), Error, "ermission denied");
    await (await openOne("udp4:127.255.255.255:9,broadcast")).close();
    await using stream = await openOne("udp4-sendto:127.255.255.255:9");
    await assertRejects(() => stream.write(utf8("x")), Error, "ermission denied");
  },
});
