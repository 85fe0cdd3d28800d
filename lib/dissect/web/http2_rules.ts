// What RFC 9113 demands of frames, and the flow-control windows (RFC 9113 6.9) of both directions. Pure.
import type { Side } from "../protocol.ts";
import { counted } from "../coding/words.ts";

const WINDOW_LIMIT = 0x7fffffff;
const STREAM_LIMIT = 1024;
const PENDING_LIMIT = 64;

/** Frame type: whether it belongs to a stream ("some"), to the connection ("none") or to either, and its length. */
const SHAPES: Readonly<Record<number, readonly [stream: "some" | "none" | "any", length?: number]>> = {
  0: ["some"],
  1: ["some"],
  2: ["some", 5],
  3: ["some", 4],
  4: ["none"],
  5: ["some"],
  6: ["none", 8],
  7: ["none"],
  8: ["any", 4],
  9: ["some"],
};

/** What is wrong with a frame's header, or `undefined`. */
export function wrongShape(type: number, stream: number, length: number, acknowledges: boolean): string | undefined {
  const [where, exactly] = SHAPES[type] ?? ["any"];
  if (where === "some" && stream === 0) return "Belongs to a stream, not to the connection";
  if (where === "none" && stream !== 0) return "Belongs to the connection, not to a stream";
  if (exactly !== undefined && length !== exactly) return `Must have ${counted(exactly, "octet")}`;
  if (type === 4 && (acknowledges ? length !== 0 : length % 6 !== 0)) {
    return acknowledges ? "Must be empty where it acknowledges" : "Must have a multiple of 6 octets";
  }
  return undefined;
}

/** What is wrong with the value of a setting (RFC 9113 6.5.2), or `undefined`. */
export function wrongSetting(id: number, value: number): string | undefined {
  if ((id === 2 || id === 8 || id === 9) && value > 1) return "Must be 0 or 1";
  if (id === 4 && value > WINDOW_LIMIT) return "Must not be over 2147483647";
  if (id === 5 && (value < 16384 || value > 16777215)) return "Must be from 16384 to 16777215";
  return undefined;
}

/** Fields that speak of an HTTP/1 connection (RFC 9113 8.2.2). */
const CONNECTION = new Set(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"]);

/** What makes a header malformed (RFC 9113 8.2, 8.3), or `undefined`. */
export function wrongHeader(headers: readonly (readonly [name: string, value: string])[]): string | undefined {
  let plain = false;
  for (const [name, value] of headers) {
    if (/[A-Z]/.test(name)) return `"${name}" must be in lower case (RFC 9113 8.2.1)`;
    if (name.startsWith(":") && plain) return `"${name}" must stand before other fields (RFC 9113 8.3)`;
    plain ||= !name.startsWith(":");
    if (CONNECTION.has(name)) return `"${name}" has no meaning in HTTP/2 (RFC 9113 8.2.2)`;
    if (name === "te" && value !== "trailers") return '"te" must be "trailers" (RFC 9113 8.2.2)';
  }
  return undefined;
}

/** Octets that one side may still send: on the connection and on each stream. */
interface Allowance {
  connection: number;
  /** What a new stream begins with: the other side's setting. */
  initial: number;
  readonly streams: Map<number, number>;
  /** Settings of the other side that are not acknowledged, oldest first; `undefined` where they leave windows alone. */
  readonly pending: (number | undefined)[];
}

const newAllowance = (): Allowance => ({ connection: 65535, initial: 65535, streams: new Map(), pending: [] });
const other = (side: Side): Side => side === "client" ? "server" : "client";

/** The windows of a connection that was seen from its beginning. */
export class Windows {
  /** By the side that sends DATA. */
  readonly #of: Record<Side, Allowance> = { client: newAllowance(), server: newAllowance() };

  /** `side` sent `octets` that count; gives what is left after them (below 0: more than was allowed). */
  data(side: Side, stream: number, octets: number): { stream: number; connection: number } {
    const own = this.#of[side];
    own.connection -= octets;
    const left = this.#left(own, stream) - octets;
    own.streams.set(stream, left);
    return { stream: left, connection: own.connection };
  }

  /** `side` lets the other one send `octets` more; gives what it may send now. */
  update(side: Side, stream: number, octets: number): number {
    const theirs = this.#of[other(side)];
    if (stream === 0) return theirs.connection += octets;
    const left = this.#left(theirs, stream) + octets;
    theirs.streams.set(stream, left);
    return left;
  }

  /** `side` announced settings, with this initial window or none: more counts at once, less when it is acknowledged. */
  settings(side: Side, initial: number | undefined): void {
    const theirs = this.#of[other(side)];
    if (theirs.pending.length >= PENDING_LIMIT) theirs.pending.shift();
    const more = initial !== undefined && initial >= theirs.initial;
    if (more) this.#begin(theirs, initial);
    theirs.pending.push(more ? undefined : initial);
  }

  /** `side` acknowledged the oldest settings of the other one. */
  acknowledged(side: Side): void {
    const initial = this.#of[side].pending.shift();
    if (initial !== undefined) this.#begin(this.#of[side], initial);
  }

  /** A stream that is over has no windows. */
  forget(stream: number): void {
    for (const allowance of Object.values(this.#of)) allowance.streams.delete(stream);
  }

  #left(allowance: Allowance, stream: number): number {
    const { streams } = allowance;
    const left = streams.get(stream);
    if (left !== undefined) return left;
    if (streams.size >= STREAM_LIMIT) streams.delete(streams.keys().next().value!);
    return allowance.initial;
  }

  #begin(allowance: Allowance, initial: number): void {
    const more = initial - allowance.initial;
    allowance.initial = initial;
    for (const [stream, left] of allowance.streams) allowance.streams.set(stream, left + more);
  }
}

/** Whether a window is larger than any may be. */
export const tooLarge = (window: number): boolean => window > WINDOW_LIMIT;
