// DNS messages as octets, names compressed (RFC 1035 4.1.4). Pure.
import type { Bytes } from "../base/bytes.ts";
import { ByteWriter } from "../base/writer.ts";
import type { MessageParts } from "./model.ts";
import { NameCompressor, writeName } from "./name.ts";
import { writeRdata } from "./rdata.ts";

/** How a message becomes octets. */
export interface EncodeOptions {
  /** Names point to earlier ones. Default true. */
  compress?: boolean;
}

/** The second word of the header. */
function flagWord(parts: MessageParts): number {
  return (parts.qr === true ? 0x8000 : 0) | ((parts.opcode ?? 0) & 15) << 11 | (parts.aa === true ? 0x400 : 0) |
    (parts.tc === true ? 0x200 : 0) | (parts.rd === true ? 0x100 : 0) | (parts.ra === true ? 0x80 : 0) |
    (parts.z === true ? 0x40 : 0) | (parts.ad === true ? 0x20 : 0) | (parts.cd === true ? 0x10 : 0) |
    ((parts.headerRcode ?? 0) & 15);
}

/** The octets of a message; the counts come from the lists. `RangeError` when it is longer than 65535 octets. */
export function encodeMessage(message: MessageParts, options: EncodeOptions = {}): Bytes {
  const writer = new ByteWriter(512);
  const compressor = options.compress === false ? undefined : new NameCompressor();
  const sections = [message.answers ?? [], message.authorities ?? [], message.additionals ?? []];
  const questions = message.questions ?? [];
  writer.u16(message.id ?? 0).u16(flagWord(message)).u16(questions.length);
  for (const section of sections) writer.u16(section.length);
  for (const { name, type, rdclass } of questions) {
    writeName(writer, name, compressor);
    writer.u16(type).u16(rdclass);
  }
  for (const section of sections) {
    for (const record of section) {
      writeName(writer, record.name, compressor);
      writer.u16(record.type).u16(record.rdclass).u32(record.ttl);
      const lengthAt = writer.length;
      writer.u16(0);
      writeRdata(writer, record.rdata, compressor);
      const length = writer.length - lengthAt - 2;
      if (length > 0xffff) throw new RangeError(`Data of ${length} octets: 65535 at most`);
      writer.patchU16(lengthAt, length);
    }
  }
  if (writer.length > 0xffff) throw new RangeError(`A message of ${writer.length} octets: 65535 at most`);
  return writer.take();
}
