import { assertEquals } from "@std/assert";
import { hex } from "../../../../lib/base/hex.ts";
import { emptyPacket, LINK, packetBytes } from "../../../../lib/capture/packet.ts";
import { leavesLoopback, putTagBack, readFrame } from "../../../../lib/capture/live/ring_frame.ts";

const PACKET = Uint8Array.from({ length: 20 }, (_, i) => i);
const AT = 64;

/** A frame of the ring at `AT`, its octets behind 32 free ones. */
function frame(words: { status?: number; tci?: number; tpid?: number; kind?: number; hardware?: number }) {
  const bytes = new Uint8Array(256), view = new DataView(bytes.buffer);
  view.setUint32(AT + 4, 0xffff_fff0, true);
  view.setUint32(AT + 8, 123, true);
  view.setUint32(AT + 12, PACKET.length, true);
  view.setUint32(AT + 16, 1500, true);
  view.setUint32(AT + 20, words.status ?? 0, true);
  view.setUint16(AT + 24, 112, true);
  view.setUint32(AT + 32, words.tci ?? 0, true);
  view.setUint16(AT + 36, words.tpid ?? 0, true);
  view.setUint16(AT + 50, 0x0800);
  view.setUint32(AT + 52, 7, true);
  view.setUint16(AT + 56, words.hardware ?? 1, true);
  bytes.set([words.kind ?? 0, 6, 2, 0, 0, 0, 0, 9, 0, 0], AT + 58);
  bytes.set(PACKET, AT + 112);
  return { bytes, words: new Int32Array(bytes.buffer) };
}

Deno.test("readFrame() gives time, lengths, direction and octets, under a cooked header where there is no other", () => {
  const packet = emptyPacket();
  const { bytes, words } = frame({ kind: 4 });
  readFrame(bytes, words, AT, LINK.ETHERNET, packet);
  const { seconds, nanos, caplen, length, direction } = packet;
  assertEquals([seconds, nanos, caplen, length, direction], [0xffff_fff0, 123, 20, 1500, "out"]);
  assertEquals(packetBytes(packet), PACKET);
  readFrame(bytes, words, AT, LINK.LINUX_SLL2, packet);
  assertEquals([packet.caplen, packet.length], [40, 1520]);
  assertEquals(
    hex(packetBytes(packet).subarray(0, 20)),
    "0800" + "0000" + "00000007" + "0001" + "04" + "06" + "0200000000090000",
  );
});

Deno.test("putTagBack() puts a tag between addresses and type, with its own type where that is told", () => {
  for (const [status, tpid, type] of [[0x10, 0x88a8, "8100"], [0x50, 0x88a8, "88a8"]] as const) {
    const packet = emptyPacket();
    const { bytes, words } = frame({ status, tci: 0x6005, tpid });
    readFrame(bytes, words, AT, LINK.ETHERNET, packet);
    putTagBack(bytes, words, AT, packet);
    assertEquals(hex(packetBytes(packet)), `${hex(PACKET.subarray(0, 12))}${type}6005${hex(PACKET.subarray(12))}`);
    assertEquals(packet.length, 1504);
  }
});

Deno.test("leavesLoopback() tells the first of the two ways over loopback", () => {
  const cases = [[4, 772, true], [0, 772, false], [4, 1, false]] as const;
  for (const [kind, hardware, leaves] of cases) {
    assertEquals(leavesLoopback(frame({ kind, hardware }).bytes, AT), leaves);
  }
});
