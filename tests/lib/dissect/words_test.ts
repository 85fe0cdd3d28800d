// Words of a peer that are names of what every object has are words like others.
import { assertEquals } from "@std/assert";
import type { Field } from "../../../lib/base/field.ts";
import { latin1, latin1Text } from "../../../lib/base/bytes.ts";
import { dissectBlocks } from "../../../lib/dissect/follow/bare.ts";
import type { Message } from "../../../lib/dissect/protocol.ts";
import { PacketDissector } from "../../../lib/dissect/follow/packet.ts";
import { captureNames, readCapture } from "../../helpers/explain_captures.ts";
import { everyField } from "../../helpers/fields.ts";
import { readPcap } from "../../helpers/pcap.ts";

/** Messages of a protocol and words in each that are looked at, from the first on. */
const MESSAGES = 8, WORDS = 12;
const NAME = "constructor";

/** The messages of a capture by their protocol. */
function messagesOf(capture: string): Map<string, Message[]> {
  const { linkType, packets } = readPcap(readCapture(capture));
  const dissector = new PacketDissector();
  return Map.groupBy(
    packets.flatMap(({ bytes }) => dissector.dissect(linkType, bytes).messages),
    ({ protocol }) => protocol,
  );
}

/** What is wrong with a field, or with what is said of it. */
function faultOf({ name, error, meaning, ref }: Field): string[] {
  const internal = error?.startsWith("Internal error") === true ? [`${name}: ${error}`] : [];
  const foreign = [meaning, ref].filter((text) => text !== undefined && /native code/.test(text));
  return [...internal, ...foreign.map((text) => `${name}: ${text}`)];
}

Deno.test(`a word that is "${NAME}" has no meaning in any protocol`, () => {
  const wrong = new Set<string>();
  for (const capture of captureNames()) {
    for (const [protocol, messages] of messagesOf(capture)) {
      for (const [i, { bytes, side }] of messages.slice(0, MESSAGES).entries()) {
        const text = latin1Text(bytes);
        for (const word of [...text.matchAll(/[A-Za-z][A-Za-z-]+/g)].slice(0, WORDS)) {
          const odd = latin1(text.slice(0, word.index) + NAME + text.slice(word.index + word[0].length));
          for (const { root } of dissectBlocks(protocol, [...messages.slice(0, i), { bytes: odd, side }])) {
            everyField([root], (field) => faultOf(field).forEach((fault) => wrong.add(`${protocol}: ${fault}`)));
          }
        }
      }
    }
  }
  assertEquals([...wrong], []);
});
