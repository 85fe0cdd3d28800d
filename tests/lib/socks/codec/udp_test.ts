import { assertEquals } from "@std/assert";
import { concat, latin1, latin1Text } from "../../../../lib/base/bytes.ts";
import { socksAddress } from "../../../../lib/socks/codec/address.ts";
import { encodeUdpHeader } from "../../../../lib/socks/codec/socks5.ts";
import { Association, AssociationStream } from "../../../../lib/socks/codec/udp.ts";
import { streamPair } from "../../../helpers/streams.ts";

const datagram = (host: string, port: number, text: string, fragment = 0) =>
  concat([encodeUdpHeader({ fragment, address: socksAddress({ host, port }) }), latin1(text)]);

const FROM_PROXY = [
  datagram("192.0.2.1", 53, "a piece", 1),
  latin1("no header"),
  datagram("192.0.2.1", 53, "first"),
  datagram("192.0.2.1", 54, "another port"),
  datagram("192.0.2.2", 53, "another host"),
  datagram("192.0.2.1", 53, ""),
];

Deno.test("AssociationStream gives what its target says, whichever way it is read, until the association ends", async () => {
  for (const way of ["read", "each"] as const) {
    for (
      const [host, heard] of [
        ["192.0.2.1", ["first", ""]],
        // Only the proxy knows the address of a name.
        ["a.test", ["first", "another host", ""]],
      ] as const
    ) {
      const [relay, proxy] = streamPair("datagrams"), [control, server] = streamPair();
      await using stream = new AssociationStream(new Association(relay, control), { host, port: 53 });
      const saying = (async () => {
        for (const one of FROM_PROXY) await proxy.write(one);
        await server.close();
      })();
      const got: string[] = [];
      if (way === "each") await stream.each((chunk) => void got.push(latin1Text(chunk)), 100);
      else {
        const view = new Uint8Array(100);
        for (let count; (count = await stream.read(view)) !== null;) got.push(latin1Text(view.subarray(0, count)));
      }
      await saying;
      assertEquals<readonly string[]>(got, heard, `${way} ${host}`);
    }
  }
});
