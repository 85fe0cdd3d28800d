// What the header of IP says of a packet that its payload is printed by. Pure.

/** The version of IP, whether the payload is part of a larger packet, and the hops that were left. */
export interface Carrier {
  readonly ver: 4 | 6;
  readonly fragmented: boolean;
  readonly hops: number;
}
