// What blocks of pcapng hold besides packets, for views: names of hosts, counts of a capture. Pure. Nobody is asked.
// draft-ietf-opsawg-pcapng sections 4.5 and 4.6.
import { utf8Text } from "../../base/bytes.ts";
import { formatIp } from "../../base/ip.ts";
import { BLOCK, type CaptureBlock } from "./pcapng.ts";
import { eachOption } from "./pcapng_options.ts";
import { u32 } from "./window.ts";

/** Names that are remembered. */
const NAME_LIMIT = 65_536;

/** Names of hosts that a capture brought with it. */
export class HostNames {
  readonly #names = new Map<string, string>();

  get size(): number {
    return this.#names.size;
  }

  /** Takes a block of names; others are passed over. Section 4.5. */
  add({ type, bytes, littleEndian: little }: CaptureBlock): void {
    if (type !== BLOCK.NAME_RESOLUTION) return;
    const u16 = (at: number) => little ? bytes[at]! | bytes[at + 1]! << 8 : bytes[at]! << 8 | bytes[at + 1]!;
    for (let at = 8, end = bytes.length - 4; at + 4 <= end;) {
      const kind = u16(at), length = u16(at + 2);
      at += 4;
      if (kind === 0 || at + length > end) return;
      const size = kind === 1 ? 4 : kind === 2 ? 16 : length;
      const [name = ""] = utf8Text(bytes.subarray(at + Math.min(size, length), at + length)).split("\0");
      if (name !== "" && this.#names.size < NAME_LIMIT) this.#names.set(formatIp(bytes.subarray(at, at + size)), name);
      at += (length + 3) & ~3;
    }
  }

  of(address: string | undefined): string | undefined {
    return address === undefined ? undefined : this.#names.get(address);
  }
}

/** What a capture counted on one of its interfaces, where it told. */
export interface InterfaceCounts {
  /** As packets of this section name it. */
  readonly id: number;
  readonly received?: number;
  /** Dropped for want of room: by the interface (as most programs count), by the system. */
  readonly dropped?: number;
  readonly systemDropped?: number;
}

const COUNTS: Readonly<Record<number, "received" | "dropped" | "systemDropped">> = {
  4: "received",
  5: "dropped",
  7: "systemDropped",
};

/** The counts of a block of statistics; `undefined` for other blocks, and where there are none. Section 4.6. */
export function interfaceCounts({ type, bytes, littleEndian }: CaptureBlock): InterfaceCounts | undefined {
  if (type !== BLOCK.STATISTICS) return undefined;
  const counts: Partial<Record<"received" | "dropped" | "systemDropped", number>> = {};
  eachOption(bytes, 20, bytes.length - 4, littleEndian, (code, value) => {
    const name = COUNTS[code];
    if (name === undefined || value.length !== 8) return;
    const view = new DataView(value.buffer, value.byteOffset, 8);
    counts[name] = Number(view.getBigUint64(0, littleEndian));
  });
  return Object.keys(counts).length === 0 ? undefined : { id: u32(bytes, 8, littleEndian), ...counts };
}
