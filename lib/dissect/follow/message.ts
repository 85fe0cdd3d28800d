// Messages as they are given to whoever watches: made of a dissector's words and its tree, or of octets alone. Pure.
import type { Field } from "../../base/field.ts";
import { formatDuration } from "../../base/text.ts";
import type { Message, Side, Words } from "../protocol.ts";
import { clip, decodeText, looksLikeText, shown } from "../coding/words.ts";

/** Octets that nobody knows, as a message: text as text. */
export function dataMessage(side: Side, offset: number, bytes: Uint8Array, timeMs: number, number: number): Message {
  const text = bytes.length > 0 && looksLikeText(bytes) ? decodeText(bytes) : undefined;
  const root: Field = { name: "Data", offset: 0, length: bytes.length, value: text ?? bytes };
  const octets = bytes.length === 1 ? "1 octet" : `${bytes.length} octets`;
  const summary = text === undefined ? octets : `${octets}: ${clip(text.trimEnd(), 60)}`;
  return {
    number,
    protocol: "data",
    side,
    timeMs,
    offset,
    bytes,
    root,
    summary,
    secrets: [],
    ...(text === undefined ? {} : { text }),
  };
}

/** A message of a dissector's words and tree. */
export function explainedMessage(
  protocol: string,
  side: Side,
  offset: number,
  bytes: Uint8Array,
  timeMs: number,
  number: number,
  root: Field,
  words: Words | undefined,
  error: string | undefined,
  answers: Message["answers"] | undefined,
): Message {
  const summary = shown(words?.summary ?? `${bytes.length} octets: ${error ?? "not explained"}`).trim();
  root.meaning ??= summary;
  return {
    number,
    protocol,
    side,
    timeMs,
    offset,
    bytes,
    root,
    summary,
    secrets: secretsOf(root),
    ...(answers === undefined ? {} : { answers }),
    ...(error === undefined ? {} : { error }),
    ...(words?.text === undefined ? {} : { text: words.text }),
    ...(words?.expects === undefined ? {} : { expects: words.expects }),
    ...(words?.inner === undefined || words.inner.length === 0 ? {} : { inner: words.inner }),
  };
}

/** The texts of the secrets in a tree. */
function secretsOf(root: Field, out: string[] = []): string[] {
  if (root.secret === true) {
    if (typeof root.value === "string" && root.value !== "") out.push(root.value);
    else if (root.value instanceof Uint8Array && root.value.length > 0) out.push(decodeText(root.value));
  }
  for (const child of root.children ?? []) secretsOf(child, out);
  return out;
}

/** More octets of a message that was too long to keep whole. */
export function continuedMessage(
  protocol: string,
  side: Side,
  offset: number,
  bytes: Uint8Array,
  timeMs: number,
  number: number,
  toCome: number,
): Message {
  const root: Field = {
    name: "Continued",
    offset: 0,
    length: bytes.length,
    value: bytes,
    meaning: "of the message before",
  };
  const text = looksLikeText(bytes) ? decodeText(bytes) : undefined;
  return {
    number,
    protocol,
    side,
    timeMs,
    offset,
    bytes,
    root,
    summary: `${bytes.length} octets more, ${toCome} to come`,
    secrets: [],
    ...(text === undefined ? {} : { text }),
  };
}

/** "answers 3 after 12ms", or an empty text. */
export function answerText(message: Message): string {
  if (message.answers === undefined) return "";
  return `answers ${message.answers.number} after ${formatDuration(Math.max(0, message.answers.elapsedMs))}`;
}
