// A message of a conversation as lines: who says what in answer to what, then its octets beside its tree. Pure.
import { blue, bold, green } from "@std/fmt/colors";
import type { Field } from "../../base/field.ts";
import type { Message, Side } from "../protocol.ts";
import { answerText } from "../follow/message.ts";
import { shown } from "../coding/words.ts";
import { explainLines, type ViewOptions } from "./octets.ts";

/** `>` for what the opening side sends, `<` for what comes back. */
const ARROWS: Readonly<Record<Side, string>> = { client: ">", server: "<" };

/** The first thing that is wrong in a tree. */
function firstError(field: Field): string | undefined {
  if (field.error !== undefined) return field.error;
  for (const child of field.children ?? []) {
    const error = firstError(child);
    if (error !== undefined) return error;
  }
  return undefined;
}

/**
 * `> 1 DNS: query 4660 example.test A` and, of an answer, `(answers 1 after 12ms)`, and what is wrong in it. `mark` stands at the end: which
 * connection it is.
 */
export function messageHeading(message: Message, mark = "", colour = false): string {
  const answer = answerText(message);
  const error = message.error ?? firstError(message.root);
  const parts = [
    `${ARROWS[message.side]} ${message.number} ${message.protocol}: ${message.summary}`,
    answer === "" ? "" : ` (${answer})`,
    error === undefined ? "" : ` <- ${shown(error)}`,
    message.secrets.length === 0 ? "" : " <- password in clear",
    mark,
  ];
  const text = parts.join("");
  return colour ? bold((message.side === "client" ? green : blue)(text)) : text;
}

/** The heading and the explained octets of a message; nothing when `only` leaves nothing of it. */
export function messageLines(message: Message, options: ViewOptions & { readonly mark?: string } = {}): string[] {
  const lines = explainLines([message.root], message.bytes, options);
  if (lines.length === 0 && message.bytes.length > 0) return [];
  return [messageHeading(message, options.mark, options.colour), ...lines];
}
