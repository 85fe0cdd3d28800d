// Watching a connection with its messages explained (`--explain`). Pure: where blocks go is given.
// A message is written at once when its last octet has passed, so blocks of different connections never mix.
import { utf8 } from "../base/bytes.ts";
import { type Conversation, openConversation } from "../dissect/follow/conversation.ts";
import { messageJson } from "../dissect/view/json.ts";
import { maskMessage } from "../dissect/view/mask.ts";
import type { Decode, Message, Ports, Side } from "../dissect/protocol.ts";
import { messageLines } from "../dissect/view/message.ts";
import type { Direction, FlowObserver } from "../stream/tap.ts";
import type { BlockSink } from "./dump.ts";

/** What an explainer is told of its connection, and where its text goes. */
export interface ExplainOptions {
  readonly sink: BlockSink;
  /** What each heading ends with when several connections share the sink: `  #12 127.0.0.1:40112`. */
  readonly mark?: string | undefined;
  readonly colour?: boolean;
  /** Passwords as stars (`--mask`). */
  readonly mask?: boolean;
  /** "udp" when each chunk is a datagram. Default "tcp". */
  readonly transport?: "tcp" | "udp";
  /** Ports of the left side (client) and of what is connected to (server), where known. */
  readonly ports?: Ports;
  /** The protocol, when it is told (`--explain=dns`). */
  readonly protocol?: string | undefined;
  readonly decode?: readonly Decode[];
  readonly depth?: number | undefined;
  readonly only?: readonly string[] | undefined;
  /** Columns of the terminal, when the sink is one. */
  readonly width?: number | undefined;
  /** Rows of octets for one field at most. Default 32. */
  readonly rows?: number | undefined;
  /** One JSON object a line in place of text. */
  readonly json?: boolean;
  /** The clock in milliseconds. Default: that of the system. */
  readonly now?: () => number;
}

const SIDES: Readonly<Record<Direction, Side>> = { ">": "client", "<": "server" };

class ExplainObserver implements FlowObserver {
  readonly #options: ExplainOptions;
  readonly #conversation: Conversation;
  readonly #now: () => number;
  #count = 0;

  constructor(options: ExplainOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.timeOrigin + performance.now());
    this.#conversation = this.#converse();
  }

  #converse(): Conversation {
    const { transport, ports, protocol, decode } = this.#options;
    return openConversation({
      protocol,
      numbers: () => ++this.#count,
      ...(transport === undefined ? {} : { transport }),
      ...(ports === undefined ? {} : { ports }),
      ...(decode === undefined ? {} : { decode }),
    });
  }

  /** A conversation of its own, which ends where TLS begins: what is carried is what stands in TLS. */
  before(side: "left" | "right", said: Parameters<NonNullable<FlowObserver["before"]>>[1]): void {
    const conversation = this.#converse(), mark = `${this.#options.mark ?? ""}  (${side} side, before TLS)`;
    for (const { direction, bytes } of said) {
      this.#write(conversation.data(SIDES[direction], bytes, this.#now()), mark);
    }
    for (const direction of ["client", "server"] as const) {
      this.#write(conversation.end(direction, this.#now()), mark);
    }
  }

  data(direction: Direction, chunk: Uint8Array): void {
    this.#write(this.#conversation.data(SIDES[direction], chunk, this.#now()));
  }

  end(direction: Direction): void {
    this.#write(this.#conversation.end(SIDES[direction], this.#now()));
  }

  close(): void {
    this.end(">");
    this.end("<");
  }

  #write(messages: readonly Message[], mark = this.#options.mark): void {
    const { sink, mask, json } = this.#options;
    for (const found of messages) {
      const message = mask === true ? maskMessage(found) : found;
      const text = json === true
        ? JSON.stringify({ ...(mark === undefined ? {} : { connection: mark.trim() }), ...messageJson(message) })
        : messageLines(message, { ...this.#options, mark: mark ?? "" }).join("\n");
      if (text === "") continue;
      sink.write(utf8(`${json === true || sink.atLineStart ? "" : "\n"}${text}\n`));
    }
  }
}

/** An observer that writes every message with its octets explained to `sink`. */
export function explainObserver(options: ExplainOptions): FlowObserver {
  return new ExplainObserver(options);
}
