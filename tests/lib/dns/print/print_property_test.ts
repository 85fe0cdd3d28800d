import { assert } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../../../lib/base/errors.ts";
import { defaultLookup, defaultSettings } from "../../../../lib/dns/dig/defaults.ts";
import { type DnsMessage, encodeMessage, parseMessage } from "../../../../lib/dns/message.ts";
import { DnsName, parseName } from "../../../../lib/dns/name.ts";
import { longText } from "../../../../lib/dns/print/long.ts";
import { shortText } from "../../../../lib/dns/print/short.ts";
import { yamlText } from "../../../../lib/dns/print/yaml.ts";

const SYSTEM = { servers: [], search: [], ndots: 1, timeout: 5, tries: 3, idn: false };

/** A header, a question and what comes out of the generator: messages that are broken behind the question. */
function behindQuestion(octets: Uint8Array, type: number): Uint8Array {
  const question = encodeMessage({ qr: true, questions: [{ name: parseName("a.test"), type, rdclass: 1 }] });
  const message = new Uint8Array(question.length + 12 + octets.length);
  message.set(question);
  message.set(
    [0xc0, 12, type >> 8, type & 255, 0, 1, 0, 0, 0, 9, octets.length >> 8, octets.length & 255],
    question.length,
  );
  message.set(octets, question.length + 12);
  message[7] = 1;
  return message;
}

Deno.test("any octets that can be read are printed without control characters, in every form", () => {
  const check = (octets: Uint8Array, flags: { multiline: boolean; noCrypto: boolean; rrComments: number }) => {
    let message: DnsMessage;
    try {
      message = parseMessage(octets, { bestEffort: true, ignoreTruncation: true });
    } catch (error) {
      assert(error instanceof FormatError);
      return;
    }
    const lookup = { ...defaultLookup(SYSTEM, DnsName.root), ...flags };
    const settings = defaultSettings(SYSTEM);
    const printed = {
      message,
      isQuery: false,
      size: octets.length,
      headers: true,
      extra: message.trailing,
      cookie: undefined,
      sentAt: 0,
      receivedAt: 1,
      peer: { address: "192.0.2.1", port: 53 },
    };
    for (
      const text of [
        ...longText(printed, lookup, settings),
        shortText(printed, lookup, settings),
        ...yamlText(printed, lookup, { ...settings, yaml: true }),
      ]
    ) {
      assert(!/[\x00-\x08\x0b-\x1f\x7f]/.test(text));
    }
  };
  const flags = fc.record({
    multiline: fc.boolean(),
    noCrypto: fc.boolean(),
    rrComments: fc.constantFrom(-1, 0, 1),
  });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), flags, check), { numRuns: 500 });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.oneof(fc.integer({ min: 1, max: 66 }), fc.integer({ min: 99, max: 109 }), fc.integer({ min: 249, max: 262 })),
      flags,
      (octets, type, more) => check(behindQuestion(octets, type), more),
    ),
    { numRuns: 3000 },
  );
});
