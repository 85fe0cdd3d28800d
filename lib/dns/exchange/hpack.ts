// What a header block of HTTP/2 (HPACK, RFC 7541) says of an answer: status and type; all other headers are passed over. Pure.
// There is no dynamic table: the client's settings forbid the server one.
import { latin1Text } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { decodeHuffman } from "../../base/huffman.ts";
import { ByteReader } from "../../base/reader.ts";

/** Statuses in the static table, at indices 8 to 14. */
const STATIC_STATUS: readonly number[] = [200, 204, 206, 304, 400, 404, 500];
const CONTENT_TYPE = 31;

/** What is looked at of an answer's headers; absent where the block does not say it. */
export interface AnswerHead {
  status?: number;
  contentType?: string;
}

/** An integer whose first octet has `bits` bits for it (RFC 7541 5.1). */
function integer(reader: ByteReader, first: number, bits: number): number {
  const full = (1 << bits) - 1;
  let value = first & full;
  if (value < full) return value;
  for (let shift = 0;; shift += 7) {
    const octet = reader.u8();
    if (shift > 21) throw new FormatError("An integer of HPACK is too large", reader.offset);
    value += (octet & 0x7f) << shift;
    if ((octet & 0x80) === 0) return value;
  }
}

/** A string (RFC 7541 5.2). */
function string(reader: ByteReader): string {
  const first = reader.u8();
  const octets = reader.take(integer(reader, first, 7));
  return latin1Text((first & 0x80) === 0 ? octets : decodeHuffman(octets, reader.offset));
}

/** The name at an index of the static table, of those that matter. */
function nameAt(index: number): string | undefined {
  return index >= 8 && index <= 14 ? ":status" : index === CONTENT_TYPE ? "content-type" : undefined;
}

/** Reads a header block. A `FormatError` for a malformed one. */
export function answerHead(block: Uint8Array): AnswerHead {
  const reader = new ByteReader(block);
  const head: AnswerHead = {};
  while (reader.remaining > 0) {
    const first = reader.u8();
    if ((first & 0x80) !== 0) {
      const status = STATIC_STATUS[integer(reader, first, 7) - 8];
      if (status !== undefined) head.status = status;
    } else if ((first & 0xe0) === 0x20) integer(reader, first, 5);
    else {
      const index = integer(reader, first, (first & 0x40) !== 0 ? 6 : 4);
      const name = index === 0 ? string(reader) : nameAt(index);
      const value = string(reader);
      if (name === ":status" && /^\d{3}$/.test(value)) head.status = Number(value);
      if (name === "content-type") head.contentType = value;
    }
  }
  return head;
}
