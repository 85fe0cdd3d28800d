// One direction of a TCP connection (RFC 9293 3.4): where its numbers stand, and its segments in order for the conversation's
// dissector. What comes early waits, within bounds, for what is missing before it. Pure.
import type { Conversation } from "./conversation.ts";
import type { Message, Side } from "../protocol.ts";

/** Octets out of order that wait for what the other end has not acknowledged: it comes again. */
const PENDING_LIMIT = 8 * 1024 * 1024;
/** Octets that wait for what was acknowledged, so that only the capture lacks it: it may still have been put out of order. */
const PENDING_ACKNOWLEDGED = 128 * 1024;
/** What a segment that waits takes besides its octets. */
const PENDING_OVERHEAD = 256;

/** A segment that came early. */
export interface Waiting {
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** Octets that passed: `bytes`, and what the capture cut off. */
  readonly length: number;
  readonly fin: boolean;
}

/** `a - b` of 32-bit numbers that wrap: negative when `a` is before `b`. */
export const distance = (a: number, b: number) => (a - b) | 0;

/** One direction of a TCP connection. Sequence numbers are 32 bits and wrap. */
export class Direction {
  /** Sequence number that counts as 0. */
  base: number | undefined;
  /** The next number expected. */
  next = 0;
  /** `next` is only what the other end acknowledged: nothing of this direction was seen yet. */
  unseen = false;
  /** The highest number that the other end acknowledged, where packets of it were seen. */
  acknowledged: number | undefined;
  /** Of the window, as the SYN gave it. */
  shift: number | undefined;
  /** Memory that segments take that wait, in octets. */
  pendingOctets = 0;
  readonly #conversation: Conversation;
  readonly #side: Side;
  /** Octets given to the conversation. */
  #fed = 0;
  /** Segments that wait, in order. */
  #pending: Waiting[] = [];

  constructor(conversation: Conversation, side: Side) {
    this.#conversation = conversation;
    this.#side = side;
  }

  /** Octets given to the conversation, those that the capture lacks among them. */
  get fed(): number {
    return this.#fed;
  }

  /** Gives octets that are next; the messages that end in them. */
  give(bytes: Uint8Array, timeMs: number): Message[] {
    const messages = this.#conversation.data(this.#side, bytes, timeMs);
    this.#fed += bytes.length;
    this.next = (this.next + bytes.length) >>> 0;
    return messages;
  }

  /** Passes over octets that the capture lacks. */
  skip(missing: number, timeMs: number, messages: Message[]): void {
    messages.push(...this.#conversation.gap(this.#side, missing, timeMs));
    this.#fed += missing;
    this.next = (this.next + missing) >>> 0;
  }

  /** Keeps a copy of a segment in its place, unless one that waits holds all of it. */
  wait(segment: Waiting): void {
    const { seq, bytes, length, fin } = segment;
    let at = 0;
    for (let end = this.#pending.length; at < end;) {
      const middle = (at + end) >>> 1;
      if (distance(this.#pending[middle]!.seq, seq) <= 0) at = middle + 1;
      else end = middle;
    }
    const before = this.#pending[at - 1];
    if (before !== undefined) {
      const into = distance(seq, before.seq);
      const held = into + bytes.length <= before.bytes.length && into + length <= before.length;
      if (held && fin <= before.fin) return;
    }
    this.#pending.splice(at, 0, { ...segment, bytes: bytes.slice() });
    this.pendingOctets += bytes.length + PENDING_OVERHEAD;
  }

  /** Gives up what is missing, when too much waits for it; `false`: it may still come. */
  giveUp(timeMs: number, messages: Message[]): boolean {
    const lost = this.acknowledged === undefined || distance(this.acknowledged, this.next) > 0;
    if (this.pendingOctets <= (lost ? PENDING_ACKNOWLEDGED : PENDING_LIMIT)) return false;
    this.skip(distance(this.#pending[0]!.seq, this.next), timeMs, messages);
    return true;
  }

  /** Gives segments that waited and are next now. */
  drain(timeMs: number, messages: Message[]): void {
    let count = 0;
    for (const segment of this.#pending) {
      if (distance(segment.seq, this.next) > 0) break;
      count++;
      this.pendingOctets -= segment.bytes.length + PENDING_OVERHEAD;
      this.#feed(segment, timeMs, messages);
      if (segment.fin) messages.push(...this.#conversation.end(this.#side, timeMs));
    }
    if (count > 0) this.#pending.splice(0, count);
  }

  /** Gives all that waits: what is missing will not come. */
  flush(timeMs: number, messages: Message[]): void {
    for (const segment of this.#pending) {
      const missing = distance(segment.seq, this.next);
      if (missing > 0) this.skip(missing, timeMs, messages);
      this.#feed(segment, timeMs, messages);
    }
    this.#pending = [];
    this.pendingOctets = 0;
  }

  /** Gives what is new of a segment that waited for what came before it. */
  #feed({ seq, bytes, length }: Waiting, timeMs: number, messages: Message[]): void {
    const old = distance(this.next, seq);
    messages.push(...this.give(bytes.subarray(Math.min(old, bytes.length)), timeMs));
    const missing = length - Math.max(bytes.length, old);
    if (missing > 0) this.skip(missing, timeMs, messages);
  }
}
