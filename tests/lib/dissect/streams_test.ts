// Conversations made by hand, of protocols that no recorded capture has: what is said of each message, no octet without a
// field, whole, octet by octet, and with errors in them.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { concat } from "../../../lib/base/bytes.ts";
import { chooseStream } from "../../../lib/dissect/follow/choose.ts";
import { openConversation } from "../../../lib/dissect/follow/conversation.ts";
import { NTS_KE } from "../../../lib/dissect/network/nts_ke.ts";
import type { Message, Side } from "../../../lib/dissect/protocol.ts";
import { everyField, leaves } from "../../helpers/fields.ts";
import { octets } from "../../helpers/frames/frames.ts";
import { netlab } from "../../helpers/netlab.ts";
import { mutate, numbers } from "../../helpers/mutate.ts";
import { STREAMS } from "../../helpers/frames/streams.ts";

function covered(messages: readonly Message[]): void {
  for (const { root, bytes, protocol } of messages) {
    const seen = new Uint8Array(bytes.length);
    leaves(root, seen);
    assertEquals(seen.indexOf(0), -1, `${protocol}: octet ${seen.indexOf(0)} is in no field`);
    everyField([root], (field) => assert(!(field.error ?? "").startsWith("Internal error"), field.error));
  }
}

for (const { name, protocol, port, says } of STREAMS) {
  Deno.test(`conversation by hand: ${name}`, () => {
    const whole = openConversation({ ports: { server: port } });
    const found = says.flatMap(([side, text], time) => whole.data(side, octets(text), time));
    assertEquals(found.map((message) => message.summary), says.map(([, , summary]) => summary));
    for (const message of found) {
      assertEquals(message.protocol, protocol);
      everyField([message.root], (field) => assertEquals(field.error, undefined, field.name));
    }
    covered(found);
    // In pieces of one octet it is the same.
    const cut = openConversation({ protocol });
    const again = says.flatMap(([side, text], time) =>
      [...octets(text)].flatMap((octet) => cut.data(side, Uint8Array.of(octet), time))
    );
    assertEquals(again.map((message) => message.summary), says.map(([, , summary]) => summary));
  });
}

Deno.test("conversations by hand are recognised without their port where that is said", () => {
  for (const { protocol, says, unmistakable } of STREAMS) {
    const [side, text] = says[0]!;
    const chosen = chooseStream(octets(text), side, {}, [], true);
    assertEquals(typeof chosen === "object" ? chosen.name : undefined, unmistakable ? protocol : undefined, protocol);
  }
});

Deno.test("conversations by hand with errors in them are explained to the last octet", () => {
  for (const { protocol, says } of STREAMS) {
    for (let seed = 1; seed <= 30; seed++) {
      const conversation = openConversation({ protocol });
      const found: Message[] = [];
      const sent: Record<Side, Uint8Array[]> = { client: [], server: [] };
      says.forEach(([side, text], time) => {
        const bytes = mutate(octets(text), numbers(seed * 7919 + time));
        sent[side].push(bytes);
        found.push(...conversation.data(side, bytes, time));
      });
      found.push(...conversation.end("client", says.length), ...conversation.end("server", says.length));
      covered(found);
      const total = found.reduce((sum, { bytes }) => sum + bytes.length, 0);
      assertEquals(total, concat([...sent.client, ...sent.server]).length, protocol);
    }
  }
});

Deno.test("NTS-KE of chrony is found inside its TLS by the name that ALPN agreed on", async () => {
  const file = `${import.meta.dirname}/../../data/capture/nts.pcapng.gz`;
  const { stdout, status } = await netlab(["dump", "--follow", "-r", file]);
  assertEquals(status, 0);
  assertMatch(stdout, /> \d+ nts-ke: request: NTPv4, AEAD_AES_SIV_CMAC_256\n/);
  assertMatch(stdout, /< \d+ nts-ke: response: NTPv4, AEAD_AES_SIV_CMAC_256, 8 cookies/);
});

Deno.test("NTS-KE looks at each record once, however small the pieces are that it comes in", () => {
  const records = new Uint8Array(8192);
  for (let at = 0; at < records.length; at += 4) records.set([0x80, 5], at);
  records.set([0x80, 0], records.length - 4);
  const dissector = NTS_KE.stream!({ client: 1, server: 4460 }, "");
  let looks = 0;
  const watch: ProxyHandler<Uint8Array> = {
    get(bytes, key) {
      looks++;
      return bytes[key as keyof Uint8Array];
    },
  };
  const measured = new Set<number>();
  for (let there = 1; there <= records.length; there++) {
    const bytes = new Proxy(records.subarray(0, there), watch);
    measured.add(dissector.measure(bytes, "client", false, there - 1));
  }
  // All but the octets that the last record ends with are too few.
  assertEquals([...measured], [0, records.length]);
  assert(looks < 10 * records.length, `${looks} looks`);
  assertEquals(dissector.measure(records, "client", false, 0), records.length);
});
