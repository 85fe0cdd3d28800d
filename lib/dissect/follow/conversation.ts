// A conversation explained while it passes: octets of both directions in, decoded messages out. Pure.
// Messages cross the borders of chunks; what is kept waiting for its end is bounded; nothing throws.
import { FormatError } from "../../base/errors.ts";
import { chooseDatagram, chooseStream, protocolNamed, resumeStream } from "./choose.ts";
import { dissectContext } from "./context.ts";
import { Flow } from "./flow.ts";
import type {
  Become,
  Decode,
  DissectContext,
  Message,
  Ports,
  Protocol,
  Side,
  StreamDissector,
  Words,
} from "../protocol.ts";
import { explain } from "../explain.ts";
import { continuedMessage, dataMessage, explainedMessage, type Sent } from "./message.ts";
import { counted, looksLikeText } from "../coding/words.ts";
import { OpenRequests } from "./open_requests.ts";
import type { KeyLog } from "../security/key_log.ts";
import type { Tree } from "../tree.ts";

/** Octets that are kept at most while a message is not complete. A longer one is explained up to here. */
export const MESSAGE_LIMIT = 256 * 1024;
/** Layers of a conversation inside another that are followed (a proxy inside a proxy). */
const NESTING_LIMIT = 8;

/** What a conversation is known by. */
export interface ConversationOptions {
  /** Default "tcp". On "udp" each call of `data` is one datagram. */
  readonly transport?: "tcp" | "udp";
  readonly ports?: Ports;
  /** The protocol, by name or itself, when it is known: no guessing. */
  readonly protocol?: string | Protocol | undefined;
  /** The protocol that was announced for it, by name: taken when nothing else is sure. */
  readonly likely?: string | undefined;
  /** What `protocol` must know of what came before. */
  readonly note?: string | undefined;
  /** Overrides by port (`--decode`). */
  readonly decode?: readonly Decode[];
  /** Gives the numbers of the messages: those of the packets, where there are packets. Default 1, 2, 3 … */
  readonly numbers?: () => number;
  /** Secrets of TLS: what they open is explained. */
  readonly keys?: KeyLog | undefined;
  /** Conversations around this one. */
  readonly depth?: number;
}

/** See `openConversation`. */
export class Conversation {
  readonly #transport: "tcp" | "udp";
  readonly #decode: readonly Decode[];
  readonly #flows: Record<Side, Flow> = { client: new Flow(), server: new Flow() };
  #ports: Ports;
  #protocol: Protocol | undefined;
  #dissector: StreamDissector | undefined;
  /** The protocol of the last datagram that was surely one: others of it may not tell by themselves. */
  #before: Protocol | undefined;
  /** What remembers earlier datagrams, and whose it is. */
  #session: { protocol: Protocol; datagram: NonNullable<Protocol["datagram"]> } | undefined;
  /** Sides whose first octets nobody knew: they are shown as they come, unless the other side or a later datagram makes it clear. */
  #unknown: Record<Side, boolean> = { client: false, server: false };
  #nesting = 0;
  /** What a protocol that is found must know of what is around it. */
  #note: string | undefined;
  #count = 0;
  readonly #number: () => number;
  readonly #options: ConversationOptions;
  readonly #open = new OpenRequests();

  constructor(options: ConversationOptions = {}) {
    this.#options = options;
    this.#transport = options.transport ?? "tcp";
    this.#decode = options.decode ?? [];
    this.#ports = options.ports ?? {};
    this.#note = options.note;
    this.#number = options.numbers ?? (() => ++this.#count);
    const { protocol } = options;
    if (protocol !== undefined) {
      this.#use(typeof protocol === "string" ? protocolNamed(protocol) : protocol, options.note);
    }
  }

  /** The protocol in use by name, or `undefined` while it is not known. */
  get protocol(): string | undefined {
    return this.#protocol?.name;
  }

  /** Octets of memory that wait for the ends of messages. */
  get buffered(): number {
    return this.#flows.client.buffer.length + this.#flows.server.buffer.length;
  }

  /**
   * Octets that `side` sent, at `timeMs`; gives the messages that they complete. The octets are copied: the caller
   * may use its buffer again. On "udp" they are one datagram and give one message.
   */
  data(side: Side, bytes: Uint8Array, timeMs: number): Message[] {
    if (this.#transport === "udp") return [this.#datagram(side, bytes, timeMs)];
    const out: Message[] = [];
    const flow = this.#flows[side];
    // Large chunks go in by pieces, so that what is kept stays within its bound.
    for (let at = 0; at < bytes.length; at += 65536) {
      flow.append(bytes.subarray(at, Math.min(bytes.length, at + 65536)));
      this.#drain(side, timeMs, out);
    }
    return out;
  }

  /** `side` sends no more: gives what was waiting for its end. */
  end(side: Side, timeMs: number): Message[] {
    const out: Message[] = [];
    this.#flows[side].ended = true;
    this.#drain(side, timeMs, out);
    return out;
  }

  /** `octets` of `side` are missing here (a capture without them): gives what was waiting, and starts anew after it. */
  gap(side: Side, octets: number, timeMs: number): Message[] {
    const out: Message[] = [];
    const flow = this.#flows[side];
    const wanting = flow.skipping > 0 ? flow.skipping : this.#wanting(side);
    flow.skipping = 0;
    flow.ended = true;
    this.#drain(side, timeMs, out);
    flow.ended = false;
    flow.offset += octets;
    if (wanting > octets) {
      flow.skipping = wanting - octets;
      if (flow.carried !== undefined) flow.carried.lost += octets;
    } else flow.lost = wanting !== octets && this.#protocol?.resumes !== undefined;
    return out;
  }

  /** Octets that the message which waits still needs; 0 when that is not known. */
  #wanting(side: Side): number {
    const flow = this.#flows[side];
    if (this.#dissector === undefined || flow.length === 0) return 0;
    try {
      return Math.max(0, this.#dissector.measure(flow.view(), side, false, 0) - flow.length);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return 0;
    }
  }

  #use(protocol: Protocol | undefined, note = ""): void {
    this.#protocol = protocol;
    this.#dissector = protocol?.stream?.(this.#ports, note);
    this.#unknown = { client: protocol === undefined, server: protocol === undefined };
  }

  #become(become: Become): void {
    for (const flow of Object.values(this.#flows)) [flow.scanned, flow.wanted] = [0, 1];
    if (++this.#nesting > NESTING_LIMIT) return this.#use(undefined);
    this.#ports = become.ports ?? {};
    this.#protocol = this.#dissector = this.#note = undefined;
    this.#unknown = { client: false, server: false };
    if (become.protocol !== "") this.#use(protocolNamed(become.protocol), become.note);
  }

  #drain(side: Side, timeMs: number, out: Message[]): void {
    const flow = this.#flows[side];
    while (flow.length > 0) {
      if (flow.skipping > 0) {
        const count = Math.min(flow.skipping, flow.length);
        flow.skipping -= count;
        out.push(this.#continued(side, flow, count, timeMs));
        continue;
      }
      if (flow.length < flow.wanted && !flow.ended) return;
      if (this.#dissector === undefined && !this.#unknown[side]) {
        const last = flow.ended || flow.length >= 64;
        const choice = chooseStream(flow.view(), side, this.#ports, this.#decode, last);
        if (choice === "wait") {
          flow.wanted = flow.length + 1;
          return;
        }
        if (choice === undefined) this.#unknown[side] = true;
        else this.#use(choice, this.#note);
      }
      if (this.#dissector === undefined && this.#unknown[side]) {
        const usual = resumeStream(flow.view(), side, this.#ports, this.#decode);
        if (usual !== undefined) this.#use(usual);
      }
      if (this.#dissector === undefined) {
        out.push(this.#data(side, flow, timeMs));
        continue;
      }
      if (flow.lost) {
        if (this.#protocol?.resumes?.(flow.view(), side) !== true) {
          out.push(this.#data(side, flow, timeMs));
          continue;
        }
        flow.lost = false;
      }
      let length: number;
      try {
        length = this.#dissector.measure(flow.view(), side, flow.ended, flow.scanned);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        const broken = this.#broken(side, flow, error, timeMs);
        if (broken !== undefined) out.push(broken);
        continue;
      }
      if (length <= 0) {
        if (!flow.ended && flow.length < MESSAGE_LIMIT) {
          flow.scanned = flow.length;
          flow.wanted = flow.length + 1;
          return;
        }
        length = flow.length;
      }
      if (length > flow.length && !flow.ended) {
        if (flow.length < MESSAGE_LIMIT) {
          flow.wanted = Math.min(length, MESSAGE_LIMIT);
          return;
        }
        const count = flow.length;
        const message = this.#explain(side, flow, count, timeMs, length);
        flow.skipping = length - count;
        out.push(message);
        continue;
      }
      out.push(this.#explain(side, flow, Math.min(length, flow.length), timeMs, length));
    }
  }

  /** Explains the next `count` octets as a message that says it has `whole`. */
  #explain(side: Side, flow: Flow, count: number, timeMs: number, whole: number): Message {
    const message = this.#run(this.#protocol!, this.#sent(side, count, timeMs), this.#dissect);
    flow.carried = undefined;
    if (count >= whole) return message;
    const part = message.parts?.at(-1);
    if (part !== undefined) flow.carried = { ...part, lost: 0 };
    const error = flow.ended || flow.length > 0 || whole <= MESSAGE_LIMIT
      ? `Cut short: ${count} of ${counted(whole, "octet")}`
      : `${counted(whole, "octet")} long: the first ${count} are explained`;
    const parts = message.parts?.map((part) => ({ ...part, last: false }));
    return withError({ ...message, parts }, error);
  }

  readonly #dissect = (tree: Tree, context: DissectContext): Words => this.#dissector!.dissect(tree, context);

  #run(protocol: Protocol, sent: Sent, body: (tree: Tree, context: DissectContext) => Words): Message {
    const { side, bytes, timeMs } = sent;
    const context: DissectContext = {
      ...dissectContext(side, this.#ports, timeMs, this.#decode),
      keys: this.#options.keys,
      conversation: (...what) => this.#inside(...what),
    };
    const { root, value: words, error } = explain(protocol.title, bytes, (tree) => {
      const words = body(tree, context);
      if (tree.remaining > 0) tree.rest("Unexplained octets");
      return words;
    });
    root.ref ??= protocol.ref;
    const number = this.#number();
    const answers = words?.answers === undefined
      ? undefined
      : this.#open.answer(`${side === "client" ? "server" : "client"} ${words.answers}`, timeMs);
    if (words?.asks !== undefined) this.#open.ask(`${side} ${words.asks}`, number, timeMs);
    if (words?.become !== undefined) this.#become(words.become);
    return explainedMessage(sent, number, protocol.name, { root, words, error, answers });
  }

  #inside(
    ports: Ports,
    protocol?: string | Protocol,
    note?: string,
    transport = this.#transport,
  ): Conversation | undefined {
    const depth = (this.#options.depth ?? 0) + 1;
    if (depth > NESTING_LIMIT) return undefined;
    return new Conversation({
      transport,
      ports,
      protocol,
      note,
      decode: this.#decode,
      numbers: this.#number,
      keys: this.#options.keys,
      depth,
    });
  }

  #datagram(side: Side, bytes: Uint8Array, timeMs: number): Message {
    const sent: Sent = { side, offset: this.#flows[side].offset, bytes: bytes.slice(), timeMs };
    this.#flows[side].offset += bytes.length;
    const known = this.#protocol?.datagram === undefined ? undefined : this.#protocol;
    const { likely } = this.#options;
    const chosen = known ?? chooseDatagram(bytes, this.#ports, this.#decode, this.#unknown[side]);
    const goesOn = this.#before?.goesOn ?? this.#before?.fits;
    const protocol = chosen ?? (goesOn?.(bytes) === true ? this.#before : undefined) ??
      (likely === undefined ? undefined : protocolNamed(likely));
    if (chosen !== undefined) this.#before = chosen;
    if (protocol?.datagram === undefined) {
      if (bytes.length > 0 && this.#before === undefined) this.#unknown = { client: true, server: true };
      return dataMessage(sent, this.#number());
    }
    if (protocol.session !== undefined && this.#session?.protocol !== protocol) {
      this.#session = { protocol, datagram: protocol.session() };
    }
    const datagram = this.#session?.protocol === protocol ? this.#session.datagram : protocol.datagram;
    return this.#run(protocol, sent, datagram);
  }

  /**
   * Octets that are not what they were taken for: explained up to where they break; after them all is just data. When another
   * protocol surely begins there, or text, as after TLS that is taken down again, they are left to that.
   */
  #broken(side: Side, flow: Flow, cause: FormatError, timeMs: number): Message | undefined {
    const protocol = this.#protocol!, octets = flow.view();
    const other = chooseStream(octets, side, {}, [], true);
    const text = protocol.name === "tls" && octets.includes(10) && looksLikeText(octets);
    if (text || (typeof other === "object" && other !== protocol)) {
      this.#use(typeof other === "object" ? other : undefined);
      return undefined;
    }
    const message = this.#run(protocol, this.#sent(side, flow.length, timeMs), this.#dissect);
    this.#use(undefined);
    return withError(message, cause.message);
  }

  #data(side: Side, flow: Flow, timeMs: number): Message {
    return dataMessage(this.#sent(side, flow.length, timeMs), this.#number());
  }

  #continued(side: Side, flow: Flow, count: number, timeMs: number): Message {
    const sent = this.#sent(side, count, timeMs);
    const message = continuedMessage(sent, this.#number(), this.#protocol?.name ?? "data", flow.skipping);
    if (flow.carried === undefined) return message;
    const { file, last, lost } = flow.carried;
    flow.carried.lost = 0;
    return { ...message, parts: [{ file, bytes: sent.bytes, last: last && flow.skipping === 0, lost }] };
  }

  /** The next `count` octets of a side. */
  #sent(side: Side, count: number, timeMs: number): Sent {
    const flow = this.#flows[side];
    return { side, offset: flow.offset, bytes: flow.take(count), timeMs };
  }
}

function withError(message: Message, error: string): Message {
  message.root.error = error;
  return { ...message, error };
}

/** Begins to follow a conversation. Both directions go in by `data`, in the order in which they passed. */
export function openConversation(options: ConversationOptions = {}): Conversation {
  return new Conversation(options);
}

/** One datagram on its own. */
export function dissectDatagram(
  bytes: Uint8Array,
  options: Omit<ConversationOptions, "transport"> & { side?: Side; timeMs?: number } = {},
): Message {
  const conversation = new Conversation({ ...options, transport: "udp" });
  return conversation.data(options.side ?? "client", bytes, options.timeMs ?? 0)[0]!;
}
