// Bodies for reading: text, JSON, forms, DNS messages, what a content coding hides. Pure.
import { byWord } from "../../base/text.ts";
import type { Field } from "../../base/field.ts";
import { decodeContent } from "./coding.ts";
import type { DissectContext } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted, decodeText, looksLikeText } from "./words.ts";

/** Media types that are protocols of the list by themselves. */
const PROTOCOLS: Readonly<Record<string, string>> = byWord({
  "application/dns-message": "dns",
  "application/ipp": "ipp",
});

/** What is decoded of a compressed body. */
const DECODED_LIMIT = 256 * 1024;

/** What the header says of a body. */
export interface ContentType {
  /** Media type in lower case without parameters, "" when not said. */
  readonly type: string;
  /** Content codings in the order in which they were applied. */
  readonly codings: readonly string[];
}

/** Reads `Content-Type` and `Content-Encoding`. */
export function contentType(type: string | undefined, encoding: string | undefined): ContentType {
  return {
    type: (type ?? "").split(";")[0]!.trim().toLowerCase(),
    codings: (encoding ?? "").toLowerCase().split(",").map((word) => word.trim()).filter((word) =>
      word !== "" && word !== "identity"
    ),
  };
}

/** JSON laid out for reading, or `undefined` when it is none. */
function jsonText(text: string): string | undefined {
  if (text.length > 65536) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

/** The text to show for a body, or `undefined` for octets that are none. */
export function contentText(bytes: Uint8Array, type: string): string | undefined {
  if (bytes.length === 0 || !looksLikeText(bytes)) return undefined;
  const text = decodeText(bytes);
  if (type.endsWith("json")) return jsonText(text) ?? text;
  return text;
}

/** "JSON", "text", "application/pdf": what a body is in a word. */
function kindOf(type: string, text: string | undefined): string | undefined {
  if (text !== undefined && type.endsWith("json")) return "JSON";
  return type === "" ? undefined : type;
}

/** The body of a message that stands as it is in the next `length` octets. Gives its text, where it is text. */
export function body(tree: Tree, length: number, content: ContentType, context: DissectContext): string | undefined {
  if (length === 0) return undefined;
  const ref = "RFC 9110 6.4";
  const available = Math.min(length, tree.remaining);
  const bytes = tree.reader.bytes.subarray(tree.offset, tree.offset + available);
  if (content.codings.length > 0) {
    tree.bytes("Body", available, ref, () => content.codings.join(", "));
    return decodedBody(tree, bytes, content, context);
  }
  const protocol = PROTOCOLS[content.type];
  if (protocol !== undefined) {
    return context.inner(tree, available, protocol)?.summary;
  }
  const text = contentText(bytes, content.type);
  const kind = kindOf(content.type, text);
  if (text === undefined) tree.bytes("Body", available, ref, () => kind);
  else {
    tree.text("Body", available, ref, () => kind);
    tree.last.value = text;
  }
  return text;
}

/**
 * A field without octets of its own that shows what the body is once codings are undone: `joined` are the octets of
 * the body after the transfer coding.
 */
export function decodedBody(
  tree: Tree,
  joined: Uint8Array,
  content: ContentType,
  context: DissectContext,
  how: readonly string[] = [],
): string | undefined {
  let bytes = joined;
  const done = [...how];
  let unknown: string | undefined, complete = true;
  for (const coding of [...content.codings].reverse()) {
    const decoded = decodeContent(coding, bytes, DECODED_LIMIT);
    if (decoded === undefined) {
      unknown = coding;
      break;
    }
    bytes = decoded.bytes;
    complete &&= decoded.complete;
    done.push(`${coding} undone`);
  }
  if (unknown !== undefined && done.length === 0) return undefined;
  const text = unknown === undefined ? contentText(bytes, content.type) : undefined;
  const children: Field[] = [];
  const protocol = PROTOCOLS[content.type];
  if (unknown === undefined && protocol !== undefined) {
    const inner = context.explain(bytes, protocol);
    if (inner !== undefined) children.push(inner);
  }
  if (children.length === 0 && bytes.length > 0) {
    children.push({
      name: text === undefined ? "Octets" : "Text",
      offset: 0,
      length: bytes.length,
      value: text ?? bytes,
    });
  }
  const kind = kindOf(content.type, text);
  const field: Field = {
    name: "Body as read",
    offset: tree.offset,
    length: 0,
    meaning: [...done, ...(kind === undefined ? [] : [kind]), counted(bytes.length, "octet")].join(", "),
    buffer: bytes,
    children,
  };
  if (!complete) field.error = "The compressed data are cut short or damaged: decoded up to there";
  if (unknown !== undefined) field.error = `Content coding "${unknown}" is not undone here`;
  tree.add(field);
  return text;
}
