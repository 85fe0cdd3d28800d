// Hiding passwords that passed in clear: in the octets, in the tree and in every text made of them (`--mask`). Pure.
import type { Field } from "../../base/field.ts";
import type { Message } from "../protocol.ts";
import { decodeText } from "../coding/words.ts";

/** What stands in place of a secret text, whatever its length. */
const MASK = "********";
const STAR = 0x2a;

interface Found {
  readonly ranges: { offset: number; length: number }[];
  readonly texts: string[];
}

function find(field: Field, bytes: Uint8Array, found: Found): void {
  if (field.secret === true) {
    found.ranges.push({ offset: field.offset, length: field.length });
    found.texts.push(decodeText(bytes.subarray(field.offset, field.offset + field.length)));
    if (typeof field.value === "string") found.texts.push(field.value);
  }
  if (field.piece === true) found.ranges.push({ offset: field.offset, length: field.length });
  if (field.buffer !== undefined) return;
  for (const child of field.children ?? []) find(child, bytes, found);
}

/** The texts of all secrets, longest first, those inside buffers too. */
function textsOf(fields: readonly Field[], bytes: Uint8Array, out: string[] = []): string[] {
  for (const field of fields) {
    const found: Found = { ranges: [], texts: [] };
    find({ ...field, children: [], ...(field.secret === true ? { secret: true } : {}) }, bytes, found);
    out.push(...found.texts);
    textsOf(field.children ?? [], field.buffer ?? bytes, out);
  }
  return out;
}

/** A text without the secrets. Very short ones are left: they would hide half of the text. */
function hideTexts(text: string, texts: readonly string[]): string {
  for (const secret of texts) if (secret.length >= 3) text = text.replaceAll(secret, MASK);
  return text;
}

function hideBytes(bytes: Uint8Array, fields: readonly Field[]): Uint8Array {
  const found: Found = { ranges: [], texts: [] };
  for (const field of fields) find(field, bytes, found);
  if (found.ranges.length === 0) return bytes;
  const out = bytes.slice();
  for (const { offset, length } of found.ranges) out.fill(STAR, offset, offset + length);
  return out;
}

/** Whether a secret stands below or in a field. */
function holds(field: Field): boolean {
  return field.secret === true || field.piece === true || (field.children ?? []).some(holds);
}

function hideField(field: Field, texts: readonly string[]): Field {
  const out: Field = { ...field };
  if (field.secret === true) {
    out.value = MASK;
    delete out.meaning;
  } else if (holds(field)) {
    if (out.value instanceof Uint8Array) delete out.value;
    else if (typeof out.value === "string") delete out.value;
  } else if (typeof out.value === "string") out.value = hideTexts(out.value, texts);
  if (out.meaning !== undefined) out.meaning = hideTexts(out.meaning, texts);
  if (out.error !== undefined) out.error = hideTexts(out.error, texts);
  // What was read of a piece may hold a part of a secret.
  if (field.piece === true && field.buffer === undefined) [out.children, out.meaning] = [[], "hidden: a piece"];
  else if (field.children !== undefined) out.children = field.children.map((child) => hideField(child, texts));
  if (field.buffer !== undefined) out.buffer = hideBytes(field.buffer, field.children ?? []);
  return out;
}

/** Copies of `bytes` and `fields` in which secrets are stars; what was given when there are none. */
export function mask(bytes: Uint8Array, fields: readonly Field[]): { bytes: Uint8Array; fields: readonly Field[] } {
  if (!fields.some(holds)) return { bytes, fields };
  const texts = textsOf(fields, bytes).sort((a, b) => b.length - a.length);
  return { bytes: hideBytes(bytes, fields), fields: fields.map((field) => hideField(field, texts)) };
}

/** A copy of a message in which secrets are stars, in text and octets. */
export function maskMessage(message: Message): Message {
  if (!holds(message.root)) return message;
  const { bytes, fields } = mask(message.bytes, [message.root]);
  const texts = textsOf([message.root], message.bytes).sort((a, b) => b.length - a.length);
  const out = { ...message, bytes, root: fields[0]!, summary: hideTexts(message.summary, texts), secrets: [MASK] };
  if (message.text !== undefined) {
    const verbatim = message.text === decodeText(message.bytes);
    out.text = verbatim ? decodeText(bytes) : hideTexts(message.text, texts);
  }
  return out;
}
