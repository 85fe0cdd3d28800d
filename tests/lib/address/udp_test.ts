import { assertEquals, assertRejects } from "@std/assert";
import { utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { openOne, testContext } from "../../helpers/endpoint.ts";

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "a multicast group is joined on an interface by its name, IPv4 and IPv6",
  ignore,
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
