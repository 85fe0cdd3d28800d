// Fragments of IP datagrams put together again (RFC 791 3.2, RFC 8200 4.5), within a bound. Pure.

/** Datagrams that wait for fragments; the oldest is given up. */
const DATAGRAM_LIMIT = 64;
/** Octets of an IP datagram. */
const LENGTH_LIMIT = 65535;
/** Pieces of one datagram: more than a path makes of it. */
const PIECE_LIMIT = 1024;

/** A piece of a datagram: `offset` octets into it. */
export interface Fragment {
  readonly offset: number;
  readonly more: boolean;
  readonly id: number;
  /** Number of the protocol inside. */
  readonly protocol: number;
  /** Where the piece stands in its packet. */
  readonly at: number;
  readonly length: number;
}

interface Waiting {
  bytes: Uint8Array;
  /** Octets of the whole, once the last piece came. */
  total: number | undefined;
  /** Ranges that came, in order, not touching each other. */
  ranges: [from: number, to: number][];
  pieces: number;
}

/** Datagrams of which some fragments came. */
export class Fragments {
  readonly #waiting = new Map<string, Waiting>();

  /** Adds a piece; gives the datagram's payload when it is whole, and of how many pieces. */
  add(
    src: string,
    dst: string,
    fragment: Fragment,
    piece: Uint8Array,
  ): { bytes: Uint8Array; pieces: number } | undefined {
    const key = `${src} ${dst} ${fragment.protocol} ${fragment.id}`;
    const end = fragment.offset + piece.length;
    if (end > LENGTH_LIMIT) return undefined;
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      if (this.#waiting.size >= DATAGRAM_LIMIT) this.#waiting.delete(this.#waiting.keys().next().value!);
      waiting = { bytes: new Uint8Array(0), total: undefined, ranges: [], pieces: 0 };
      this.#waiting.set(key, waiting);
    }
    if (++waiting.pieces > PIECE_LIMIT) {
      this.#waiting.delete(key);
      return undefined;
    }
    if (waiting.bytes.length < end) {
      const grown = new Uint8Array(Math.min(LENGTH_LIMIT, Math.max(end, waiting.bytes.length * 2)));
      grown.set(waiting.bytes);
      waiting.bytes = grown;
    }
    waiting.bytes.set(piece, fragment.offset);
    if (!fragment.more) waiting.total = end;
    waiting.ranges = merge([...waiting.ranges, [fragment.offset, end]]);
    const { total, ranges } = waiting;
    if (total === undefined || ranges.length !== 1 || ranges[0]![0] !== 0 || ranges[0]![1] < total) return undefined;
    this.#waiting.delete(key);
    return { bytes: waiting.bytes.subarray(0, total), pieces: waiting.pieces };
  }
}

/** The ranges in order, those that touch joined. */
function merge(ranges: [number, number][]): [number, number][] {
  ranges.sort((a, b) => a[0] - b[0]);
  const out: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = out.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}
