// Captures for tests: the packets of every protocol in tests/data/capture, files made in memory, programs that compare.
import { gunzipSync } from "node:zlib";
import type { FormatError } from "../../lib/base/errors.ts";
import { copyPacket, type Packet, packetBytes } from "../../lib/capture/packet.ts";
import { CaptureReader, type CaptureReaderOptions } from "../../lib/capture/file/reader.ts";

const folder = new URL("../data/capture/", import.meta.url);

/** A pcap file with about a thousand packets: TCP options, DNS of all sorts, ICMP, IPv6, VLAN, LLC, tunnels, nonsense. */
export function protocolsCapture(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gunzipSync(Deno.readFileSync(new URL("protocols.pcap.gz", folder))));
}

/** Filters that are compared with tcpdump, right ones and wrong ones. */
export function filterTexts(): string[] {
  return Deno.readTextFileSync(new URL("filters.txt", folder)).trim().split("\n");
}

/** All packets of a capture in memory, each with octets of its own, and what is wrong with it. `step` octets come at once. */
export function readAll(
  bytes: Uint8Array,
  options: CaptureReaderOptions & { step?: number } = {},
): { packets: Packet[]; damage: FormatError | undefined; reader: CaptureReader } {
  const reader = new CaptureReader(options);
  const packets: Packet[] = [];
  const step = options.step ?? bytes.length;
  for (let at = 0; at < bytes.length || !reader.window.ended;) {
    const piece = bytes.subarray(at, at + step);
    reader.window.room(piece.length).set(piece);
    reader.window.filled(piece.length);
    at += piece.length;
    if (at >= bytes.length) reader.window.ended = true;
    for (let packet = reader.next(); packet !== undefined; packet = reader.next()) packets.push(copyPacket(packet));
    if (reader.damage !== undefined) break;
  }
  return { packets, damage: reader.damage, reader };
}

/** A pcap file. */
export function pcapFile(
  packets: readonly Uint8Array[],
  options: { link?: number; magic?: number; little?: boolean; snaplen?: number; record?: number; version?: number } =
    {},
): Uint8Array<ArrayBuffer> {
  const { link = 1, magic = 0xa1b2c3d4, little = true, snaplen = 65535, record = 16, version = 4 } = options;
  const size = 24 + packets.reduce((sum, packet) => sum + record + packet.length, 0);
  const out = new Uint8Array(size), view = new DataView(out.buffer);
  view.setUint32(0, magic, little);
  view.setUint16(4, 2, little);
  view.setUint16(6, version, little);
  view.setUint32(16, snaplen, little);
  view.setUint32(20, link, little);
  let at = 24;
  packets.forEach((packet, i) => {
    view.setUint32(at, 1_700_000_000 + i, little);
    view.setUint32(at + 4, 123_456, little);
    view.setUint32(at + 8, packet.length, little);
    view.setUint32(at + 12, packet.length, little);
    out.set(packet, at + record);
    at += record + packet.length;
  });
  return out;
}

/** Octets of packets as arrays, to compare. */
export function octetsOf(packets: readonly Packet[]): number[][] {
  return packets.map((packet) => [...packetBytes(packet)]);
}

/** Standard output of a program. */
export async function outputOf(
  program: string,
  args: readonly string[],
): Promise<{ stdout: string; stderr: string; code: number }> {
  const { stdout, stderr, code } = await new Deno.Command(program, { args: [...args] }).output();
  const decoder = new TextDecoder("latin1");
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), code };
}
