// DCE/RPC: a play of a client and the endpoint mapper, octets made by hand in both byte orders.
import { assert, assertEquals } from "@std/assert";
import { openConversation } from "../../../lib/dissect/follow/conversation.ts";
import type { Side } from "../../../lib/dissect/protocol.ts";
import { everyField, leaves } from "../../helpers/fields.ts";
import { octets } from "../../helpers/frames/frames.ts";
import { mutate, numbers } from "../../helpers/mutate.ts";

const MAPPER = "0883afe1 1f5d c911 91a4 08002b14a0fa", NDR = "045d888a eb1c c911 9fe8 08002b104860";
const BIND =
  `0500 0b 03 10000000 4800 0000 01000000 d016 d016 00000000 01 000000 0000 01 00 ${MAPPER} 03000000 ${NDR} 02000000`;
const ACK =
  `0500 0c 03 10000000 3c00 0000 01000000 d016 d016 01000000 0400 31333500 0000 01 000000 0000 0000 ${NDR} 02000000`;
const PLAY: readonly (readonly [side: Side, text: string, summary: string])[] = [
  ["client", BIND, "bind endpoint mapper"],
  ["server", ACK, "bind acknowledged"],
  [
    "client",
    "0500 00 03 10000000 1c00 0000 02000000 04000000 0000 0300 01020304",
    "request endpoint mapper ept_map, 4 octets",
  ],
  [
    "server",
    "0500 02 03 10000000 1900 0000 02000000 01000000 0000 00 00 01",
    "response endpoint mapper ept_map, 1 octet",
  ],
  [
    "client",
    "0500 00 03 10000000 2800 0400 03000000 04000000 0000 0400 01020304 0a 05 00 00 00000000 aabbccdd",
    "request endpoint mapper ept_lookup_handle_free, 4 octets",
  ],
  [
    "server",
    "0500 03 03 10000000 2000 0000 03000000 00000000 0000 00 00 05000000 00000000",
    "fault of endpoint mapper ept_lookup_handle_free: access denied",
  ],
  ["server", "0500 11 03 00000000 0010 0000 00000004", "shutdown"],
];

Deno.test("DCE/RPC is known by its bind on any port, and calls by the interface that it named", () => {
  const conversation = openConversation({ ports: { client: 50000, server: 49155 } });
  for (const [side, text, summary] of PLAY) {
    const [message, ...more] = conversation.data(side, octets(text), 0);
    assertEquals([message?.protocol, message?.summary, message?.error, more.length], ["dcerpc", summary, undefined, 0]);
    const seen = new Uint8Array(message!.bytes.length);
    leaves(message!.root, seen);
    assertEquals(seen.indexOf(0), -1, summary);
    everyField([message!.root], (field) => assertEquals(field.error, undefined, field.name));
  }
});

Deno.test("DCE/RPC with errors in it is explained to the last octet, a hundred times", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const next = numbers(seed * 7919);
    const conversation = openConversation({ protocol: "dcerpc" });
    const messages = PLAY.flatMap(([side, text]) => conversation.data(side, mutate(octets(text), next), 0));
    for (const { root, bytes } of [...messages, ...conversation.end("client", 0), ...conversation.end("server", 0)]) {
      const seen = new Uint8Array(bytes.length);
      leaves(root, seen);
      assertEquals(seen.indexOf(0), -1, `seed ${seed}`);
      everyField([root], (field) => assert(!(field.error ?? "").startsWith("Internal error"), field.error));
    }
  }
});
