// The loop between a source of octets and a reader of packets. Pure: the source is given.
import { FormatError } from "../../base/errors.ts";
import type { Packet } from "../packet.ts";
import type { CaptureReader } from "./reader.ts";

/** What `pump` is told to do. */
export interface PumpOptions {
  /** Takes a packet, good until it returns; `false` ends the reading. */
  readonly packet: (packet: Packet) => boolean | void;
  /** Called when everything that has come so far is dealt with: time to show it. */
  readonly idle?: (() => void) | undefined;
  /** Ends the reading where octets are waited for. */
  readonly signal?: AbortSignal;
}

/**
 * Reads `source` to its end, to damage, or until it is told to stop; gives what is wrong with the capture, if anything.
 * Every whole packet before damage was given.
 */
export async function pump(
  source: { read(into: Uint8Array): Promise<number | null> },
  reader: CaptureReader,
  options: PumpOptions,
): Promise<FormatError | undefined> {
  const { window } = reader;
  let damage: FormatError | undefined;
  while (!window.ended) {
    let count: number | null;
    try {
      count = await source.read(window.room());
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      damage = error;
      count = null;
    }
    if (options.signal?.aborted) return undefined;
    if (count === null) window.ended = true;
    else window.filled(count);
    for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
      if (options.packet(packet) === false) return undefined;
    }
    options.idle?.();
    if (reader.damage !== undefined) break;
  }
  return damage ?? reader.damage;
}
