// Messages as they are given to whoever watches: made of a dissector's words and its tree, or of octets alone. Pure.
import type { Field } from "../../base/field.ts";
import { formatDuration } from "../../base/text.ts";
import type { Message, Words } from "../protocol.ts";
import { clip, counted, decodeText, looksLikeText, shown } from "../coding/words.ts";

/** The octets of a message, and who sent them when. */
export type Sent = Pick<Message, "side" | "offset" | "bytes" | "timeMs">;

/** Octets that nobody knows, as a message: text as text. */
export function dataMessage(sent: Sent, number: number): Message {
  const { bytes } = sent;
  const text = textOf(bytes);
  const root: Field = { name: "Data", offset: 0, length: bytes.length, value: text ?? bytes };
  const octets = bytes.length === 1 ? "1 octet" : counted(bytes.length, "octet");
  const summary = text === undefined ? octets : `${octets}: ${clip(text.trimEnd(), 60)}`;
  return { ...sent, number, protocol: "data", root, summary, secrets: [], text };
}

/** More octets of a message that was too long to keep whole. */
export function continuedMessage(sent: Sent, number: number, protocol: string, toCome: number): Message {
  const { bytes } = sent;
  const meaning = "of the message before";
  const root: Field = { name: "Continued", offset: 0, length: bytes.length, value: bytes, meaning };
  const summary = `${counted(bytes.length, "octet")} more, ${toCome} to come`;
  return { ...sent, number, protocol, root, summary, secrets: [], text: textOf(bytes) };
}

/** A message of a dissector's words and tree; `error` says why it is not explained to its end. */
export function explainedMessage(
  sent: Sent,
  number: number,
  protocol: string,
  { root, words, error, answers }: {
    root: Field;
    words: Words | undefined;
    error: string | undefined;
    answers: Message["answers"] | undefined;
  },
): Message {
  const summary = shown(words?.summary ?? `${counted(sent.bytes.length, "octet")}: ${error ?? "not explained"}`).trim();
  root.meaning ??= summary;
  return {
    ...sent,
    number,
    protocol,
    root,
    summary,
    secrets: secretsOf(root),
    answers,
    error,
    text: words?.text,
    expects: words?.expects,
    inner: words?.inner?.length === 0 ? undefined : words?.inner,
    parts: words?.parts,
  };
}

const textOf = (bytes: Uint8Array) => bytes.length > 0 && looksLikeText(bytes) ? decodeText(bytes) : undefined;

/** The texts of the secrets in a tree. */
function secretsOf(root: Field, out: string[] = []): string[] {
  if (root.secret === true) {
    if (typeof root.value === "string" && root.value !== "") out.push(root.value);
    else if (root.value instanceof Uint8Array && root.value.length > 0) out.push(decodeText(root.value));
  }
  for (const child of root.children ?? []) secretsOf(child, out);
  return out;
}

/** "answers 3 after 12ms", or an empty text. */
export function answerText(message: Message): string {
  if (message.answers === undefined) return "";
  return `answers ${message.answers.number} after ${formatDuration(Math.max(0, message.answers.elapsedMs))}`;
}
