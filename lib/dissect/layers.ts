// Which layer follows: by link type, EtherType, IP protocol. To add one: write its file, add it to the table. Pure.
import type { Layer } from "./protocol.ts";

/** The layer that packets of a link type (LINKTYPE_… of the capture file) begin with. */
export function layerOfLink(_linkType: number): Layer | undefined {
  return undefined;
}
