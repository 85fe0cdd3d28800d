// XMPP (RFC 6120): a stream of XML, stanza by stanza; STARTTLS and SASL. Pure.
// Only the outermost tags are cut out: what stands inside is shown as text.
import { byWord } from "../../base/text.ts";
import { base64Bytes, saslChallenge, saslResponse } from "../coding/sasl.ts";
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";

/** Element by name: meaning, where it is defined. */
const ELEMENTS: Readonly<Record<string, readonly [meaning: string, ref: string]>> = byWord({
  "stream:stream": ["opens the stream", "RFC 6120 4.2"],
  "stream:features": ["what the server offers", "RFC 6120 4.3.2"],
  "stream:error": ["the stream breaks", "RFC 6120 4.9"],
  starttls: ["asks to go on over TLS", "RFC 6120 5.4.2.1"],
  proceed: ["TLS from here on", "RFC 6120 5.4.2.3"],
  failure: ["refused", "RFC 6120 6.5"],
  auth: ["logs in by SASL", "RFC 6120 6.4.2"],
  challenge: ["the login goes on", "RFC 6120 6.4.3"],
  response: ["the login goes on", "RFC 6120 6.4.3"],
  success: ["logged in", "RFC 6120 6.4.6"],
  abort: ["gives up the login", "RFC 6120 6.4.4"],
  message: ["a message", "RFC 6120 8.2.1"],
  presence: ["who is there", "RFC 6120 8.2.2"],
  iq: ["a question or its answer", "RFC 6120 8.2.3"],
  a: ["acknowledgement", "XEP-0198 4"],
  r: ["asks for an acknowledgement", "XEP-0198 4"],
});
/** A stanza of more octets than this is none. */
const LENGTH_LIMIT = 1024 * 1024;
const LT = 0x3c, GT = 0x3e;

/** Where the tag at `at` ends (after `>`), and what it is; `undefined` while it is incomplete. */
function tagAt(bytes: Uint8Array, at: number): { end: number; kind: "open" | "close" | "empty" | "other" } | undefined {
  const head = decodeText(bytes.subarray(at, at + 9));
  for (const [open, close] of [["<!--", "-->"], ["<![CDATA[", "]]>"], ["<?", "?>"]] as const) {
    if (!head.startsWith(open)) continue;
    const marks = [...close].map((letter) => letter.charCodeAt(0));
    for (let i = at + open.length; i + marks.length <= bytes.length; i++) {
      if (marks.every((mark, k) => bytes[i + k] === mark)) return { end: i + marks.length, kind: "other" };
    }
    return undefined;
  }
  let quote = 0;
  for (let i = at + 1; i < bytes.length; i++) {
    const octet = bytes[i]!;
    if (quote !== 0) {
      if (octet === quote) quote = 0;
    } else if (octet === 0x22 || octet === 0x27) quote = octet;
    else if (octet === GT) {
      const kind = bytes[at + 1] === 0x2f ? "close" : bytes[i - 1] === 0x2f ? "empty" : "open";
      return { end: i + 1, kind };
    }
  }
  return undefined;
}

class Xmpp implements StreamDissector {
  /** How far the stanza at hand was walked, and how deep it is there. */
  readonly #walks: Record<Side, { at: number; depth: number }> = {
    client: { at: 0, depth: 0 },
    server: { at: 0, depth: 0 },
  };
  #mechanism = "";
  /** Responses of the login so far. */
  #steps = 0;

  measure(bytes: Uint8Array, side: Side): number {
    if (bytes[0] !== LT) {
      // White space keeps the connection alive (4.6.1).
      const next = bytes.indexOf(LT);
      const text = decodeText(bytes.subarray(0, next === -1 ? Math.min(bytes.length, 256) : next));
      if (text.trim() !== "") throw new FormatError("XMPP is XML: a tag is awaited", 0);
      return next === -1 ? bytes.length : next;
    }
    const walk = this.#walks[side];
    for (;;) {
      const at = bytes.indexOf(LT, walk.at);
      if (bytes.length > LENGTH_LIMIT) {
        throw new FormatError(`A stanza of more than ${LENGTH_LIMIT} octets`, LENGTH_LIMIT);
      }
      if (at === -1) return 0;
      const tag = tagAt(bytes, at);
      if (tag === undefined) return 0;
      walk.at = tag.end;
      if (tag.kind === "open") {
        // The stream's own tag stays open as long as the connection.
        if (walk.depth === 0 && /^<stream:stream[\s>]/.test(decodeText(bytes.subarray(at, at + 15)))) return tag.end;
        walk.depth++;
      } else if (tag.kind === "close") walk.depth--;
      if (walk.depth <= 0) return tag.end;
    }
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    this.#walks[side] = { at: 0, depth: 0 };
    if (tree.reader.peek() !== LT) {
      tree.rest("White space", "RFC 6120 4.6.1", "keeps the connection alive");
      return { summary: "keep-alive" };
    }
    const bytes = tree.reader.bytes.subarray(tree.offset, tree.reader.end);
    const text = decodeText(bytes);
    if (text.startsWith("<?xml")) {
      tree.rest("XML declaration", "RFC 6120 11.5");
      return { summary: "XML declaration" };
    }
    const name = /^<\/?([^\s\/>]+)/.exec(text)?.[1] ?? "";
    const [meaning, ref] = ELEMENTS[name] ?? ["an element", "RFC 6120 8"];
    const tag = tagAt(bytes, 0);
    const attribute = (key: string) =>
      new RegExp(`\\s${key}=["']([^"']*)["']`).exec(text.slice(0, tag?.end ?? text.length))?.[1];
    if (text.startsWith("</")) {
      tree.rest("End tag", "RFC 6120 4.4", `ends ${name}`);
      return { summary: name === "stream:stream" ? "closes the stream" : `</${clip(name, 40)}>` };
    }
    tree.text("Start tag", Math.min(tag?.end ?? bytes.length, tree.remaining), ref, () => meaning);
    const inside = this.#inside(tree, name, text, ref);
    const words = ["type", "id", "from", "to"].map((key) => [key, attribute(key)] as const)
      .filter(([, value]) => value !== undefined).map(([key, value]) => key === "type" ? value : `${key} ${value}`);
    if (name === "auth") words.push(this.#mechanism);
    const summary = clip(`${name} ${words.join(", ")}${inside}`.trim(), 200);
    const key = `${name} ${attribute("id") ?? ""}`, type = attribute("type") ?? "";
    const pairs: Pick<Words, "asks" | "answers"> = name === "iq"
      ? (type === "get" || type === "set" ? { asks: key } : { answers: key })
      : {};
    const tls = name === "proceed" && side === "server";
    const secret = tree.current.children?.some((field) => field.secret) === true;
    return {
      summary,
      ...pairs,
      ...(secret ? {} : { text }),
      ...(tls ? { become: { protocol: "tls", note: "xmpp" } } : {}),
    };
  }

  /** What stands between the first tag and its end; gives what the line says of it. */
  #inside(tree: Tree, name: string, text: string, ref: string): string {
    if (name === "auth") [this.#mechanism, this.#steps] = [/mechanism=["']([^"']*)["']/.exec(text)?.[1] ?? "", 0];
    const end = text.endsWith(`</${name}>`) ? name.length + 3 : 0;
    const count = tree.remaining - end;
    let said = "";
    if (count > 0) {
      const response = name === "auth" || name === "response";
      const login = response || name === "challenge" || name === "success";
      const content = tree.text(login ? "Credentials" : "Content", count, ref);
      const bytes = login ? base64Bytes(content) : undefined;
      const heard = bytes === undefined || !response ? undefined : saslResponse(this.#mechanism, this.#steps++, bytes);
      const meaning = bytes === undefined ? undefined : heard?.meaning ?? saslChallenge(this.#mechanism, bytes);
      if (meaning !== undefined) tree.last.meaning = `Base64: ${meaning}`;
      if (heard?.secret === true && content.length > 1) {
        tree.last.secret = true;
        said = ", password in clear";
      } else if (login) said = meaning === undefined ? "" : `: ${clip(meaning, 100)}`;
      else {
        const body = /<body[^>]*>([^<]*)<\/body>/.exec(content)?.[1];
        const first = /<([^\s\/>]+)/.exec(content)?.[1];
        said = body !== undefined ? `: ${clip(body, 100)}` : first !== undefined ? `: ${clip(first, 40)}` : "";
      }
    }
    if (end > 0 && tree.remaining > 0) tree.rest("End tag", ref);
    return said;
  }
}

function detect(bytes: Uint8Array): Guess {
  const head = decodeText(bytes.subarray(0, 400));
  if (/<stream:stream\s/.test(head)) return "yes";
  if (/^(<\?xml[^>]*(\?>\s*)?)?(<[a-z:]*)?$/.test(head) || "<?xml".startsWith(head)) {
    return head.length < 300 ? "maybe" : "no";
  }
  return bytes[0] === LT ? "possible" : "no";
}

export const XMPP: Protocol = {
  name: "xmpp",
  title: "XMPP",
  ref: "RFC 6120",
  tcp: [5222, 5269],
  detect,
  stream: () => new Xmpp(),
};
