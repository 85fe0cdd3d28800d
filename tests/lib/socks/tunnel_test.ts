import { assertEquals } from "@std/assert";
import { Tunnel } from "../../../lib/socks/tunnel.ts";
import { goneAndWaiting } from "../../helpers/stuck.ts";

Deno.test("Tunnel reads on from a target that takes nothing because nobody reads, and loses nothing", async () => {
  const { gone, waiting, taken } = goneAndWaiting();
  const tunnel = new Tunnel(gone, waiting);
  tunnel.stuckMs = 10;
  await tunnel.run();
  assertEquals([tunnel.ended, taken], ["client", ["last", "words"]]);
});
