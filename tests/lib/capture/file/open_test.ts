// Opening capture files of any length.
import { assertEquals } from "@std/assert";
import { openCapture } from "../../../../lib/capture/file/open.ts";
import { interfaceBlock, packetBlock, sectionHeader } from "../../../../lib/capture/file/pcapng_write.ts";
import { pump } from "../../../../lib/capture/file/pump.ts";
import { CaptureReader } from "../../../../lib/capture/file/reader.ts";

Deno.test("openCapture() reads a pcapng file to its end that is longer than any text that is looked at", async () => {
  const path = await Deno.makeTempFile({ suffix: ".pcapng" });
  try {
    const packet = packetBlock({ interfaceId: 0, seconds: 1, nanos: 0, length: 250_000 }, new Uint8Array(250_000));
    const count = Math.ceil((64 << 20) / packet.length) + 2;
    using file = await Deno.open(path, { write: true });
    for (const block of [sectionHeader({}), interfaceBlock({ link: 1 })]) file.writeSync(block);
    for (let i = 0; i < count; i++) file.writeSync(packet);
    const source = await openCapture(path), reader = new CaptureReader();
    assertEquals(await pump(source, reader, { packet: () => {} }), undefined);
    source.close();
    assertEquals(reader.count, count);
  } finally {
    await Deno.remove(path);
  }
});
