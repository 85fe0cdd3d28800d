// What dissectors may ask of whoever runs them: datagrams of one protocol inside another. Pure.
import { chooseDatagram, protocolNamed } from "./choose.ts";
import { explain, shift } from "../explain.ts";
import type { Decode, DissectContext, Ports, Protocol, Side } from "../protocol.ts";

/** Protocols inside protocols that are followed. */
const NESTING_LIMIT = 8;

/** The context for a dissector; `inner` finds datagrams inside datagrams. */
export function dissectContext(
  side: Side,
  ports: Ports,
  timeMs: number,
  decode: readonly Decode[],
  depth = 0,
): DissectContext {
  const run = (bytes: Uint8Array, protocol: Protocol | undefined, innerPorts: Ports) => {
    const dissect = protocol?.datagram;
    if (protocol === undefined || dissect === undefined || depth >= NESTING_LIMIT) return undefined;
    const context = dissectContext(side, innerPorts, timeMs, decode, depth + 1);
    const inner = explain(protocol.title, bytes, (part) => dissect(part, context));
    inner.root.ref ??= protocol.ref;
    if (inner.value !== undefined) inner.root.meaning ??= inner.value.summary;
    return inner;
  };
  return {
    side,
    ports,
    timeMs,
    inner(tree, length, name, innerPorts = {}) {
      const bytes = tree.reader.bytes.subarray(tree.offset, tree.offset + Math.min(length, tree.remaining));
      const protocol = name === "" ? chooseDatagram(bytes, innerPorts, decode) : protocolNamed(name);
      const inner = run(bytes, protocol, innerPorts);
      if (inner === undefined) {
        tree.bytes("Data", bytes.length);
        return undefined;
      }
      tree.add(shift(inner.root, tree.offset));
      tree.reader.skip(bytes.length);
      return inner.value;
    },
    explain(bytes, name) {
      return run(bytes, protocolNamed(name), {})?.root;
    },
  };
}
