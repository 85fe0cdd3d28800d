// Where messages stand in the packet that they end in: fields for what its octets hold of them. Pure.
import type { Field } from "../../base/field.ts";
import type { Message } from "../protocol.ts";
import { shift } from "../explain.ts";
import { counted } from "../coding/words.ts";

/** Fields for the messages found in `length` octets at `at` of the packet, which are `stream…` of the direction. */
export function place(
  fields: Field[],
  found: readonly Message[],
  at: number,
  stream: number,
  length: number,
  piece: Pick<Field, "piece">,
): void {
  let covered = 0;
  for (const message of found) {
    const from = message.offset - stream, to = from + message.bytes.length;
    if (from >= 0 && to <= length) fields.push(shift(message.root, at + from));
    else fields.push(whole(message, at + Math.max(0, from), Math.min(length, to) - Math.max(0, from)));
    covered = Math.max(covered, Math.min(length, to));
  }
  if (covered < length) {
    fields.push({
      name: "Segment",
      offset: at + covered,
      length: length - covered,
      meaning: "part of a message that ends in a later packet",
      ...piece,
    });
  }
}

/** A message that does not lie in one packet: its tree counts in its own octets. */
export function whole(message: Message, offset: number, length: number): Field {
  return {
    ...message.root,
    offset,
    length: Math.max(0, length),
    meaning: `${message.root.meaning ?? ""} (reassembled: ${counted(message.bytes.length, "octet")})`.trim(),
    buffer: message.bytes,
    ...(message.secrets.length > 0 ? { piece: true } : {}),
  };
}
