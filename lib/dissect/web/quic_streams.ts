// Streams of a QUIC connection put in order, each a conversation of its own. Pure. Bounded. RFC 9000 2.
import { byWord } from "../../base/text.ts";
import { Http3 } from "./http3.ts";
import type { DissectContext, InnerConversation, Message, Side } from "../protocol.ts";

/** Streams that are followed at once; the one that began first is forgotten. */
const STREAM_LIMIT = 256;
/** Octets of a stream that wait for what is missing before them. */
const WAITING_LIMIT = 256 * 1024;

/** Names that ALPN agrees on, and the protocols that streams are then. */
const AGREED: Readonly<Record<string, string>> = byWord({ doq: "dns", "hq-interop": "http", smb: "smb" });

/** One direction of a stream, or of a handshake: pieces come in any order. */
export class Ordered {
  #next = 0;
  #waiting: { offset: number; bytes: Uint8Array }[] = [];
  #octets = 0;

  /** Takes a piece; gives what is in order now. */
  add(offset: number, bytes: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = [];
    if (offset > this.#next) {
      if (this.#octets + bytes.length > WAITING_LIMIT) return out;
      this.#waiting.push({ offset, bytes: bytes.slice() });
      this.#octets += bytes.length;
      return out;
    }
    this.#take(offset, bytes, out);
    this.#waiting.sort((a, b) => a.offset - b.offset);
    while (this.#waiting.length > 0 && this.#waiting[0]!.offset <= this.#next) {
      const { offset, bytes } = this.#waiting.shift()!;
      this.#octets -= bytes.length;
      this.#take(offset, bytes, out);
    }
    return out;
  }

  #take(offset: number, bytes: Uint8Array, out: Uint8Array[]): void {
    const fresh = bytes.subarray(Math.min(bytes.length, this.#next - offset));
    if (fresh.length === 0) return;
    this.#next += fresh.length;
    out.push(fresh);
  }
}

interface Stream {
  readonly sides: Record<Side, Ordered>;
  readonly conversation: InnerConversation | undefined;
}

/** The streams of one connection. */
export class Streams {
  readonly #streams = new Map<number, Stream>();
  readonly #http3 = new Http3();

  /** A piece of a stream; gives the messages that are whole now. `protocol`: the name that ALPN agreed on. */
  data(
    id: number,
    offset: number,
    bytes: Uint8Array,
    context: DissectContext,
    protocol: string | undefined,
  ): Message[] {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      if (this.#streams.size >= STREAM_LIMIT) this.#streams.delete(this.#streams.keys().next().value!);
      const inside = protocol === "h3" ? this.#http3.stream(id) : AGREED[protocol ?? ""];
      const conversation = context.conversation?.({}, inside, "", "tcp");
      this.#streams.set(id, stream = { sides: { client: new Ordered(), server: new Ordered() }, conversation });
    }
    return stream.sides[context.side].add(offset, bytes)
      .flatMap((piece) => stream.conversation?.data(context.side, piece, context.timeMs) ?? []);
  }
}
