// Room for datagrams. Whoever waits for one, or has one that is under way, needs place for the largest; most fill a page of it.
// So rooms are cut from blocks that are large enough for the system to give memory only to the pages that are written. Pure.
import type { Bytes } from "../base/bytes.ts";

/** Octets of a room: any datagram of the Internet fits. */
export const LARGEST_DATAGRAM = 64 * 1024;
/** Rooms of a block, and rooms at most that are kept for the next ones who ask: the others go as soon as nobody has them. */
const ROOMS = 64;

const free: Bytes[] = [];

/** Room for a datagram of `size` octets, to be given back by `giveRoom` when nobody reads or writes it any more. */
export function takeRoom(size = LARGEST_DATAGRAM): Bytes {
  if (size > LARGEST_DATAGRAM) return new Uint8Array(size);
  if (free.length === 0) {
    const block = new Uint8Array(ROOMS * LARGEST_DATAGRAM);
    for (let at = 0; at < block.length; at += LARGEST_DATAGRAM) free.push(block.subarray(at, at + LARGEST_DATAGRAM));
  }
  return free.pop()!;
}

/** Gives back what `takeRoom` gave. One that is not given back costs no more than its memory. */
export function giveRoom(room: Bytes): void {
  if (room.length === LARGEST_DATAGRAM && free.length < ROOMS) free.push(room);
}
