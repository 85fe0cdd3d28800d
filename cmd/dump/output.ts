// What the views of `netlab dump` share: where text goes, and whether in colours.
import { utf8 } from "../../lib/base/bytes.ts";
import type { CaptureBlock } from "../../lib/capture/file/pcapng.ts";
import type { Packet } from "../../lib/capture/packet.ts";
import type { Values } from "../../lib/options/schema.ts";
import type { DUMP } from "./flags.ts";

/** What the flags of `dump` hold once they are parsed. */
export type DumpFlags = Values<typeof DUMP.flags>;

/** Shows packets. */
export interface View {
  packet(packet: Packet): void;
  /** What a pcapng file holds besides packets. */
  block?(block: CaptureBlock): void;
  /** Everything so far goes out now. */
  flush(): void;
  /** The end: totals. */
  end(): void;
}

/** How interfaces are named that packets know by number: a live capture can ask, for those that came later too. */
export interface InterfaceNames {
  nameOf?: ((index: number) => string | undefined) | undefined;
}

/** Thrown when nobody reads the output any more. */
export class OutputClosed extends Error {}

/** Octets gathered before they are written. */
export const BATCH = 65536;

/** Standard output, written in large pieces. */
export class Output {
  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
      if (error instanceof Deno.errors.WouldBlock) return this.#patiently(bytes);
      throw error;
    }
  }

  #patiently(bytes: Uint8Array): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let at = 0; at < bytes.length;) {
      try {
        at += Deno.stdout.writeSync(bytes.subarray(at));
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        Atomics.wait(pause, 0, 0, 1);
      }
    }
  }

  lines(lines: readonly string[]): void {
    if (lines.length > 0) this.write(utf8(lines.join("\n") + "\n"));
  }
}

/** Whether the output takes colours. */
export function colours(flags: Pick<DumpFlags, "color">): boolean {
  if (Deno.noColor || flags.color === "never") return false;
  return flags.color === "always" || (Deno.stdout.isTerminal() && Deno.env.get("TERM") !== "dumb");
}
