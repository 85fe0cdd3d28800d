// The packets of a small classic pcap file, for golden tests that must not depend on the reader under test.

interface TestPacket {
  readonly timeMs: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** Reads a pcap file of this machine's byte order (little), microseconds. */
export function readPcap(file: Uint8Array): { linkType: number; packets: TestPacket[] } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0, true) !== 0xa1b2c3d4) throw new TypeError("Not a little-endian pcap file");
  const packets: TestPacket[] = [];
  for (let at = 24; at + 16 <= file.length;) {
    const kept = view.getUint32(at + 8, true);
    packets.push({
      timeMs: view.getUint32(at, true) * 1000 + view.getUint32(at + 4, true) / 1000,
      length: view.getUint32(at + 12, true),
      bytes: file.subarray(at + 16, at + 16 + kept),
    });
    at += 16 + kept;
  }
  return { linkType: view.getUint32(20, true), packets };
}
