// A tree of fields as a JSON value, with ranges. Pure.
import type { Field } from "../../base/field.ts";
import { hex } from "../../base/hex.ts";
import type { Message } from "../protocol.ts";

/** A field as JSON: octets are hex text, integers beyond 2^53 are decimal text. */
export interface FieldJson {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  readonly value?: string | number | boolean;
  readonly meaning?: string;
  readonly ref?: string;
  /** First bit (0 is the most significant of the range) and how many. */
  readonly bits?: readonly [number, number];
  readonly error?: string;
  readonly secret?: true;
  /** Hex of the octets that the children count in, when they are not those of the packet. */
  readonly buffer?: string;
  readonly children?: readonly FieldJson[];
}

/** The tree below `field` for `JSON.stringify`. */
export function fieldJson(field: Field): FieldJson {
  const { value } = field;
  const shown = value instanceof Uint8Array
    ? hex(value)
    : typeof value === "bigint"
    ? value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value)
    : value;
  return {
    name: field.name,
    offset: field.offset,
    length: field.length,
    ...(shown === undefined ? {} : { value: shown }),
    ...(field.meaning === undefined ? {} : { meaning: field.meaning }),
    ...(field.ref === undefined ? {} : { ref: field.ref }),
    ...(field.bits === undefined ? {} : { bits: field.bits }),
    ...(field.error === undefined ? {} : { error: field.error }),
    ...(field.secret === true ? { secret: true } : {}),
    ...(field.buffer === undefined ? {} : { buffer: hex(field.buffer) }),
    ...(field.children === undefined || field.children.length === 0 ? {} : { children: field.children.map(fieldJson) }),
  };
}

/** A message of a conversation for `JSON.stringify`. */
export function messageJson(message: Message): Record<string, unknown> {
  return {
    number: message.number,
    protocol: message.protocol,
    side: message.side,
    offset: message.offset,
    length: message.bytes.length,
    summary: message.summary,
    ...(message.answers === undefined ? {} : { answers: message.answers }),
    ...(message.error === undefined ? {} : { error: message.error }),
    fields: fieldJson(message.root),
  };
}
