import { assertEquals } from "@std/assert";
import { Stream } from "../../../../lib/stream/stream.ts";
import { Tunnel } from "../../../../lib/socks/carrying/tunnel.ts";
import { goneAndWaiting } from "../../../helpers/stuck.ts";
import { streamPair } from "../../../helpers/streams.ts";

Deno.test("Tunnel reads on from a target that takes nothing because nobody reads, and loses nothing", async () => {
  const { gone, waiting, taken } = goneAndWaiting();
  const tunnel = new Tunnel(gone, waiting);
  tunnel.stuckMs = 10;
  await tunnel.run();
  assertEquals([tunnel.ended, taken], ["client", ["last", "words"]]);
});

/** A side that takes nothing, and has ended by then. */
class Gone extends Stream {
  readonly #ended = Promise.withResolvers<null>();
  constructor() {
    super({ label: "gone" });
  }
  protected pull(): Promise<null> {
    return this.#ended.promise;
  }
  protected push(): Promise<void> {
    this.#ended.resolve(null);
    return Promise.reject(new Deno.errors.BrokenPipe("Broken pipe"));
  }
  protected finish(): Promise<void> {
    return Promise.resolve();
  }
  protected release(): void {
    this.#ended.resolve(null);
  }
}

Deno.test("Tunnel says who has gone when a write fails: of what was sent ahead, of what comes later, towards the client", async () => {
  const buffer = new Uint8Array(8), data = new Uint8Array(3);
  for (
    const [side, ahead] of [["target", true], ["target", false], ["client", false]] as const
  ) {
    const [left, right] = streamPair();
    const tunnel = side === "target" ? new Tunnel(left, new Gone()) : new Tunnel(new Gone(), left);
    const running = tunnel.run(ahead ? { data, buffer } : { buffer });
    if (!ahead) await right.write(data);
    await right.close();
    await running;
    assertEquals([tunnel.ended, tunnel.sent, tunnel.received], [side, 0, 0]);
  }
});
