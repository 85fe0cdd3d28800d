// IMAP after COMPRESS DEFLATE (RFC 4978): both directions inflated, the lines in them explained. Pure.
import { InflateStream } from "../coding/inflate_stream.ts";
import type { DissectContext, InnerConversation, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const REF = "RFC 4978 3";

/** Pieces as they come: what each of them adds is given to a conversation of its own. */
export class DeflatedImap implements StreamDissector {
  readonly #streams: Record<Side, InflateStream> = { client: new InflateStream(), server: new InflateStream() };
  #inner: InnerConversation | undefined;

  measure(bytes: Uint8Array): number {
    return bytes.length;
  }

  dissect(tree: Tree, { side, timeMs, conversation }: DissectContext): Words {
    const at = tree.offset;
    const packed = tree.rest("Compressed octets", REF);
    const bytes = this.#streams[side].push(packed);
    if (bytes === undefined) return { summary: `compressed, ${counted(packed.length, "octet")}` };
    this.#inner ??= conversation?.({}, "imap", "inside");
    const inner = this.#inner?.data(side, bytes, timeMs) ?? [];
    // What a client sends may be a password whose end is still to come.
    if (side === "client" && (inner.length === 0 || inner.some((message) => message.secrets.length > 0))) {
      tree.last.piece = true;
    }
    for (const { root, bytes } of inner) tree.add({ ...root, offset: at, length: 0, buffer: bytes });
    const said = inner.map((message) => message.summary).join("; ");
    return {
      summary: `compressed: ${said === "" ? `${counted(bytes.length, "octet")} of a line that goes on` : said}`,
      inner,
    };
  }
}
