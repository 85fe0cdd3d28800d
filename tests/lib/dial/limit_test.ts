import { assertEquals, assertRejects } from "@std/assert";
import { withinLimit } from "../../../lib/dial/limit.ts";

const ended = (signal?: AbortSignal) =>
  new Promise<never>((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason), { once: true }));

Deno.test("withinLimit() ends work after its time, and with the signal", async () => {
  const late = await assertRejects(() => withinLimit({ timeoutMs: 5 }, ended), DOMException);
  assertEquals(late.name, "TimeoutError");
  const abort = new AbortController();
  const working = withinLimit({ signal: abort.signal, timeoutMs: 60_000 }, ended);
  abort.abort(new Error("stopped"));
  await assertRejects(() => working, Error, "stopped");
  await assertRejects(() => withinLimit({ signal: abort.signal, timeoutMs: 60_000 }, async (s) => s!.throwIfAborted()));
});

Deno.test("withinLimit() leaves nothing with the signal when work is over", async () => {
  const abort = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = abort.signal;
  abort.signal.addEventListener = (...args: unknown[]) => {
    listeners++;
    Reflect.apply(addEventListener, abort.signal, args);
  };
  abort.signal.removeEventListener = (...args: unknown[]) => {
    listeners--;
    Reflect.apply(removeEventListener, abort.signal, args);
  };
  let own: AbortSignal | undefined;
  const limit = { signal: abort.signal, timeoutMs: 60_000 };
  assertEquals(await withinLimit(limit, async (signal) => (own = signal, 7)), 7);
  await assertRejects(() => withinLimit(limit, () => Promise.reject(new Error("failed"))), Error, "failed");
  assertEquals(listeners, 0);
  abort.abort();
  assertEquals(own!.aborted, false);
});

Deno.test("withinLimit() without a time is the signal itself", async () => {
  const { signal } = new AbortController();
  assertEquals(await withinLimit({ signal }, async (given) => given === signal), true);
});

Deno.test("withinLimit() leaves no timer behind when the work fails before it has begun", async () => {
  const work = () => {
    throw new TypeError("no");
  };
  // The timer's leak fails the test.
  await assertRejects(() => withinLimit({ timeoutMs: 60_000 }, work), TypeError, "no");
});
