// A domain name as named ranges: length octets, labels, compression pointers (RFC 1035 3.1, 4.1.4). Pure.
import type { FieldBuilder } from "../base/field.ts";
import { ByteReader } from "../base/reader.ts";
import { DnsName, readName, skipName } from "./name.ts";

const LABEL = "RFC 1035 3.1";
const POINTER = "RFC 1035 4.1.4";

/** Records a name as a group of its octets and returns it. Ends where `readName` would, with the same errors. */
export function explainName(builder: FieldBuilder, label: string, ref?: string): DnsName {
  const { reader } = builder;
  return builder.group(label, (group) => {
    // Read it whole on the side: the meaning is wanted before, and the errors must be the same.
    const probe = new ByteReader(reader.bytes, reader.start, reader.end);
    probe.offset = reader.offset;
    let whole: DnsName | undefined, failure: unknown;
    try {
      whole = readName(probe);
      group.value = whole.toString();
    } catch (error) {
      failure = error;
    }
    for (;;) {
      const first = reader.peek();
      if (first === undefined) break;
      if (first >= 0xc0) {
        if (reader.remaining < 2) break;
        builder.field("Compression pointer", (r) => r.u16() & 0x3fff, (target) => ({
          meaning: `points to octet ${target}: ${suffixAt(reader.bytes, target)}`,
          ref: POINTER,
        }));
        break;
      }
      if (first >= 0x40) break;
      if (first === 0) {
        builder.field("Root label", (r) => r.u8(), { meaning: "end of the name", ref: LABEL });
        break;
      }
      builder.field("Label length", (r) => r.u8(), { ref: LABEL });
      if (reader.remaining < first) break;
      builder.field("Label", (r) => DnsName.fromLabels([r.take(first)]).withoutDot(), { ref: LABEL });
    }
    if (failure !== undefined) throw failure;
    return whole!;
  }, { ref });
}

/** The name at `offset`, or why there is none. */
function suffixAt(bytes: Uint8Array, offset: number): string {
  const reader = new ByteReader(bytes, 0, bytes.length);
  if (offset >= bytes.length) return "behind the end";
  reader.offset = offset;
  try {
    skipName(reader);
    reader.offset = offset;
    return readName(reader).toString();
  } catch {
    return "not a name";
  }
}
