// What goes wrong on TCP connections, counted packet by packet: segments sent again, resets, refusals. Pure.
import type { Facts } from "./facts.ts";
import type { Packet } from "../packet.ts";

const FIN = 1, SYN = 2, RST = 4, ACK = 16;

/** `to` is the direction of the packet that was seen first. */
export type Way = "to" | "from";

/** Whether a reset says that nobody listens there (RFC 9293 3.10.7.1): it answers a SYN, its own number is zero. */
export const refuses = (flags: number, seq: number) => (flags & (RST | ACK)) === (RST | ACK) && seq === 0;

/** One connection, or several one after the other between the same ports. */
export class Trouble {
  /** Segments that repeat what was sent before, each way. */
  readonly retransmitted: Record<Way, number> = { to: 0, from: 0 };
  /** Who sent the last reset. */
  reset: Way | undefined;
  /** The reset was a refusal. */
  refused = false;
  readonly #next: Record<Way, number> = { to: -1, from: -1 };

  /** Takes a packet whose facts are those of a TCP header. */
  add({ bytes }: Packet, { transport, end, payload }: Facts, way: Way): void {
    if (transport === -1 || end - transport < 14) return;
    const flags = bytes[transport + 13]!;
    const seq = (bytes[transport + 4]! << 24 | bytes[transport + 5]! << 16 | bytes[transport + 6]! << 8 |
      bytes[transport + 7]!) >>> 0;
    if ((flags & RST) !== 0) {
      this.reset = way;
      this.refused = refuses(flags, seq);
      return;
    }
    const data = Math.max(0, payload - (bytes[transport + 12]! >> 4) * 4);
    const size = data + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
    if (size === 0) return;
    const next = this.#next[way], after = (seq + size) >>> 0;
    // How far its end lies beyond what was sent before.
    const ahead = next === -1 ? 1 : (after - next) | 0;
    // Another connection between the same ports begins with another number.
    const anew = (flags & SYN) !== 0 && after !== next;
    if (anew) this.reset = undefined;
    if (ahead > 0 || anew) this.#next[way] = after;
    // A keep-alive repeats the last octet on purpose.
    else if (ahead < 0 || size > 1 || data === 0) this.retransmitted[way]++;
  }

  /** "3 > and 1 < sent again, reset by <", or nothing. */
  text(): string {
    const { to, from } = this.retransmitted;
    const again = [to > 0 ? `${to} >` : "", from > 0 ? `${from} <` : ""].filter((text) => text !== "").join(" and ");
    const end = this.reset === undefined
      ? ""
      : this.refused
      ? "refused"
      : `reset by ${this.reset === "to" ? ">" : "<"}`;
    return [again === "" ? "" : `${again} sent again`, end].filter((text) => text !== "").join(", ");
  }

  toJSON(): Record<string, unknown> {
    return {
      retransmitted: this.retransmitted,
      ...(this.reset === undefined ? {} : { reset: this.reset, refused: this.refused }),
    };
  }
}
