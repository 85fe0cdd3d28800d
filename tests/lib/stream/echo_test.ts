import { assertEquals, assertRejects } from "@std/assert";
import { utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { EchoStream, StallStream } from "../../../lib/stream/echo.ts";
import { readAll } from "../../helpers/streams.ts";

Deno.test("EchoStream gives back octets and the end", async () => {
  const echo = new EchoStream({ label: "echo" });
  await echo.write(utf8("ab"));
  await echo.write(utf8("cd"));
  await echo.closeWrite();
  assertEquals(utf8Text(await readAll(echo)), "abcd");
  await assertRejects(() => echo.write(utf8("x")), Error, "Broken pipe");
  await echo.close();
});

Deno.test("EchoStream of datagrams keeps boundaries, empty ones too", async () => {
  const echo = new EchoStream({ label: "echo" }, "datagrams");
  for (const text of ["one", "", "three"]) await echo.write(utf8(text));
  const view = new Uint8Array(100);
  assertEquals([await echo.read(view), await echo.read(view), await echo.read(view)], [3, 0, 5]);
  await echo.close();
});

Deno.test("EchoStream makes a writer wait when its buffer is full", async () => {
  const echo = new EchoStream({ label: "echo" });
  await echo.write(new Uint8Array(64 * 1024));
  let done = false;
  const second = echo.write(utf8("x")).then(() => done = true);
  await Promise.resolve();
  assertEquals(done, false);
  await echo.read(new Uint8Array(64 * 1024));
  await second;
  await echo.close();
});

Deno.test("EchoStream tells its end to who waits: of reading, of room, of either when it is closed", async () => {
  for (const end of ["closeWrite", "close"] as const) {
    const [empty, full] = [new EchoStream({ label: "echo" }), new EchoStream({ label: "echo" })];
    const reading = empty.read(new Uint8Array(1));
    await full.write(new Uint8Array(64 * 1024));
    const writing = assertRejects(() => full.write(utf8("x")), Error, "Broken pipe");
    await Promise.all([empty[end](), full[end]()]);
    assertEquals(await reading, null);
    await writing;
    assertEquals((await readAll(full)).length, end === "close" ? 0 : 64 * 1024);
  }
});

Deno.test("StallStream stands still until it is closed", async () => {
  const stall = new StallStream({ label: "stall" });
  const reading = stall.read(new Uint8Array(1)), writing = stall.write(utf8("x"));
  await stall.close();
  assertEquals(await reading, null);
  await writing;
});
