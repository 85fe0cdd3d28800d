// Every capture in tests/data/captures against its explained text. The helper explain_captures.ts rewrites the text.
import { assert, assertEquals } from "@std/assert";
import { PacketDissector } from "../../../lib/dissect/follow/packet.ts";
import { explainLines } from "../../../lib/dissect/view/octets.ts";
import { captureNames, explainCapture, goldenText, readCapture } from "../../helpers/explain_captures.ts";
import { everyField, leaves } from "../../helpers/fields.ts";
import { mutate, numbers } from "../../helpers/mutate.ts";
import { readPcap } from "../../helpers/pcap.ts";

for (const name of captureNames()) {
  Deno.test(`capture "${name}" with errors in it is explained, forty times`, () => {
    const { linkType, packets } = readPcap(readCapture(name));
    for (let seed = 1; seed <= 40; seed++) {
      const next = numbers(seed * 7919);
      const dissector = new PacketDissector();
      for (const packet of packets) {
        const bytes = mutate(packet.bytes, next);
        const { fields } = dissector.dissect(linkType, bytes);
        const seen = new Uint8Array(bytes.length);
        for (const field of fields) leaves(field, seen);
        assertEquals(seen.indexOf(0), -1, `octet ${seen.indexOf(0)}, seed ${seed}`);
        everyField(fields, (field) => assert(!(field.error ?? "").startsWith("Internal error"), field.error));
        explainLines(fields, bytes, { rows: 2 });
      }
      dissector.finish();
    }
  });

  Deno.test(`capture "${name}" is explained as its text says`, () => {
    assertEquals(explainCapture(name), goldenText(name));
  });

  Deno.test(`capture "${name}": every octet lies in a field, whole or cut anywhere`, () => {
    const { linkType, packets } = readPcap(readCapture(name));
    for (const step of [0, 7]) {
      const dissector = new PacketDissector();
      packets.forEach((packet, index) => {
        const cut = step === 0 ? packet.bytes.length : (index * step * 13) % (packet.bytes.length + 1);
        const bytes = packet.bytes.subarray(0, cut);
        const { fields } = dissector.dissect(linkType, bytes, { originalLength: packet.length });
        const seen = new Uint8Array(bytes.length);
        for (const field of fields) leaves(field, seen);
        assertEquals(seen.indexOf(0), -1, `octet ${seen.indexOf(0)} of packet ${index + 1}`);
        everyField(fields, (field) => assert(!(field.error ?? "").startsWith("Internal error"), field.error));
      });
    }
  });
}
