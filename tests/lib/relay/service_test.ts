import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Log, SILENT } from "../../../lib/base/log.ts";
import { noTotals, Service } from "../../../lib/relay/service.ts";
import type { Stop } from "../../../lib/stream/carry.ts";

const stopped = (stop: Stop) => new Promise<void>((resolve) => stop.onStop(resolve));

const until = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

Deno.test("Service.serve() never runs more than the limit and serves all", async () => {
  const service = new Service(SILENT, 0);
  const numbers: number[] = [];
  let running = 0, most = 0;
  async function* source() {
    for (let i = 0; i < 20; i++) yield i;
  }
  await service.serve(source(), async (_, { number }) => {
    numbers.push(number);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
  }, 3);
  assertEquals([most, service.active, numbers], [3, 0, Array.from({ length: 20 }, (_, i) => i + 1)]);
  assertEquals(service.totals, { ...noTotals(), connections: 20 });
});

/** A log that keeps its lines. */
function heard(): { said: string[]; log: Log } {
  const said: string[] = [];
  const write = (line: string) => void said.push(line);
  return { said, log: new Log({ level: "notice", format: "text", program: "netlab", pid: 1, write }) };
}

Deno.test("Service.stop() gives running connections their grace and says so, the second call none", async () => {
  for (const [count, what] of [[1, "1 connection may"], [2, "2 connections may"]] as const) {
    const { said, log } = heard();
    const service = new Service(log, 60_000);
    const source = async function* () {
      for (let i = 0; i < count; i++) yield i;
      await until(service.accepting);
    };
    const served = service.serve(source(), (_, { stop }) => stopped(stop));
    await new Promise((resolve) => setTimeout(resolve, 5));
    service.stop();
    assertEquals([service.accepting.aborted, service.active], [true, count]);
    service.stop();
    await served;
    assertEquals([service.active, said.length], [0, 1]);
    assertStringIncludes(said[0]!, `Stopping: ${what} finish within 60 s; a second signal ends at once`);
  }
});

Deno.test("Service.stop() and retire() without a grace period end connections at once and say nothing", async () => {
  for (const way of ["stop", "retire"] as const) {
    const { said, log } = heard();
    const service = new Service(log, 0);
    const source = async function* () {
      yield 1;
      await until(service.accepting);
    };
    const served = service.serve(source(), (_, { stop }) => stopped(stop));
    await new Promise((resolve) => setTimeout(resolve, 5));
    service[way]();
    await served;
    assertEquals(said, []);
  }
});

Deno.test("Service.stop() ends connections when the grace period is over", async () => {
  const service = new Service(SILENT, 10);
  async function* source() {
    yield 1;
    await until(service.accepting);
  }
  const served = service.serve(source(), (_, { stop }) => stopped(stop));
  await new Promise((resolve) => setTimeout(resolve, 5));
  service.stop();
  await served;
});

Deno.test("Service.serve() passes on what ends the service", async () => {
  const service = new Service(SILENT, 0);
  async function* source() {
    yield 1;
    await until(service.accepting);
  }
  await assertRejects(() => service.serve(source(), () => Promise.reject(new Error("boom"))), Error, "boom");
});
