// pcapng blocks to octets. Pure. draft-ietf-opsawg-pcapng sections 3 and 4. Little-endian.
import { ByteWriter } from "../../base/writer.ts";
import { type Bytes, utf8 } from "../../base/bytes.ts";
import { type Packet, packetBytes, standardLink } from "../packet.ts";
import { BLOCK } from "./pcapng.ts";

/** An option of a block: its code and value. */
type BlockOption = readonly [code: number, value: Uint8Array];

const SECTION_NAMES = { hardware: 2, os: 3, application: 4 } as const;

function block(type: number, body: (out: ByteWriter) => void, options: readonly BlockOption[] = []): Bytes {
  const inner = new ByteWriter(128);
  body(inner);
  while (inner.length % 4 !== 0) inner.u8(0);
  for (const [code, value] of options) {
    inner.u16Le(code).u16Le(value.length).bytes(value);
    while (inner.length % 4 !== 0) inner.u8(0);
  }
  if (options.length > 0) inner.u32Le(0);
  const content = inner.take();
  const length = content.length + 12;
  return new ByteWriter(length).u32Le(type).u32Le(length).bytes(content).u32Le(length).take();
}

/** The header that every file begins with. */
export function sectionHeader(
  words: { hardware?: string; os?: string; application?: string; comment?: string },
): Bytes {
  const options: BlockOption[] = [];
  if (words.comment !== undefined) options.push([1, utf8(words.comment)]);
  for (const [name, code] of Object.entries(SECTION_NAMES) as [keyof typeof SECTION_NAMES, number][]) {
    const text = words[name];
    if (text !== undefined) options.push([code, utf8(text)]);
  }
  // Byte order, version 1.0, length of the section not known.
  return block(
    BLOCK.SECTION,
    (out) => out.u32Le(0x1a2b3c4d).u16Le(1).u16Le(0).u32Le(0xffffffff).u32Le(0xffffffff),
    options,
  );
}

export interface InterfaceWords {
  readonly link: number;
  readonly snaplen?: number;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly filter?: string | undefined;
  readonly os?: string | undefined;
}

/** An interface whose packets count nanoseconds. */
export function interfaceBlock(words: InterfaceWords): Bytes {
  const options: BlockOption[] = [];
  if (words.name !== undefined) options.push([2, utf8(words.name)]);
  if (words.description !== undefined) options.push([3, utf8(words.description)]);
  options.push([9, new Uint8Array([9])]);
  if (words.filter !== undefined) options.push([11, utf8(`\0${words.filter}`)]);
  if (words.os !== undefined) options.push([12, utf8(words.os)]);
  return block(
    BLOCK.INTERFACE,
    (out) => out.u16Le(standardLink(words.link)).u16Le(0).u32Le(words.snaplen ?? 0),
    options,
  );
}

/** High and low 32 bits of a time in nanoseconds, exactly. */
export function stampOf(seconds: number, nanos: number): readonly [high: number, low: number] {
  // seconds * 10^9 + nanos by 16-bit digits: 64 bits do not fit a double.
  const low = (seconds & 0xffff) * 1_000_000_000 + nanos;
  const middle = Math.floor(seconds / 65536) * 1_000_000_000 + Math.floor(low / 65536);
  return [Math.floor(middle / 65536) >>> 0, ((middle % 65536) * 65536 + (low % 65536)) >>> 0];
}

export interface PacketWords {
  readonly interfaceId: number;
  readonly seconds: number;
  readonly nanos: number;
  /** Octets on the wire, when fewer are kept. */
  readonly length?: number;
  readonly direction?: "in" | "out" | undefined;
  readonly comment?: string | undefined;
}

/** A packet of an interface that counts nanoseconds. */
export function packetBlock(words: PacketWords, data: Uint8Array): Bytes {
  const options: BlockOption[] = [];
  if (words.comment !== undefined) options.push([1, utf8(words.comment)]);
  if (words.direction !== undefined) options.push([2, new Uint8Array([words.direction === "in" ? 1 : 2, 0, 0, 0])]);
  const [high, low] = stampOf(words.seconds, words.nanos);
  return block(
    BLOCK.ENHANCED_PACKET,
    (out) =>
      out.u32Le(words.interfaceId).u32Le(high).u32Le(low).u32Le(data.length).u32Le(words.length ?? data.length).bytes(
        data,
      ),
    options,
  );
}

/** Octets of the block for a packet without comment. */
export function packetBlockLength({ caplen, direction }: Packet): number {
  return 32 + (caplen + 3 & ~3) + (direction === undefined ? 0 : 12);
}

/** Writes the block for a packet without comment. */
export function putPacketBlock(out: Bytes, view: DataView, at: number, interfaceId: number, packet: Packet): void {
  const { seconds, nanos, caplen, length, direction } = packet;
  const total = packetBlockLength(packet), padded = caplen + 3 & ~3, after = at + 28 + padded;
  const low = (seconds & 0xffff) * 1_000_000_000 + nanos;
  const middle = Math.floor(seconds / 65536) * 1_000_000_000 + Math.floor(low / 65536);
  view.setUint32(at, BLOCK.ENHANCED_PACKET, true);
  view.setUint32(at + 4, total, true);
  view.setUint32(at + 8, interfaceId, true);
  view.setUint32(at + 12, Math.floor(middle / 65536), true);
  view.setUint32(at + 16, (middle % 65536) * 65536 + low % 65536, true);
  view.setUint32(at + 20, caplen, true);
  view.setUint32(at + 24, length, true);
  out.set(packetBytes(packet), at + 28);
  for (let i = at + 28 + caplen; i < after; i++) out[i] = 0;
  if (direction !== undefined) {
    view.setUint32(after, 4 << 16 | 2, true);
    view.setUint32(after + 4, direction === "in" ? 1 : 2, true);
    view.setUint32(after + 8, 0, true);
  }
  view.setUint32(at + total - 4, total, true);
}

/**
 * The block that a packet of a pcapng file came in, with no more of the packet than its `caplen`: number of the interface,
 * time and options stay as they are, in the byte order of the section. A simple packet becomes one without a time.
 */
export function shortBlock({ bytes, start, caplen, length, blockStart, blockLength }: Packet, little: boolean): Bytes {
  const block = bytes.subarray(blockStart, blockStart + blockLength), data = start - blockStart;
  const from = new DataView(block.buffer, block.byteOffset);
  const simple = from.getUint32(0, little) === BLOCK.SIMPLE_PACKET, padded = (caplen + 3) & ~3;
  const options = simple ? block.subarray(0, 0) : block.subarray(data + ((from.getUint32(20, little) + 3) & ~3), -4);
  const total = 28 + padded + options.length + 4;
  const out = new Uint8Array(total), view = new DataView(out.buffer);
  if (simple) view.setUint32(0, BLOCK.ENHANCED_PACKET, little);
  else out.set(block.subarray(0, 28));
  view.setUint32(4, total, little);
  view.setUint32(20, caplen, little);
  view.setUint32(24, length, little);
  out.set(block.subarray(data, data + caplen), 28);
  out.set(options, 28 + padded);
  view.setUint32(total - 4, total, little);
  return out;
}

/** What an interface received and dropped, for the end of a file. Section 4.6. */
export function statisticsBlock(
  interfaceId: number,
  seconds: number,
  nanos: number,
  counts: { received: number; dropped: number },
): Bytes {
  const u64 = (value: number) => new ByteWriter(8).u64Le(BigInt(value)).take();
  const [high, low] = stampOf(seconds, nanos);
  return block(BLOCK.STATISTICS, (out) => out.u32Le(interfaceId).u32Le(high).u32Le(low), [
    [4, u64(counts.received)],
    [5, u64(counts.dropped)],
  ]);
}
