import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Log } from "../../../lib/base/log.ts";
import { type AtWork, Fleet, type Member } from "../../../lib/relay/fleet.ts";
import { Service } from "../../../lib/relay/service.ts";

/** Relays that serve one connection each, which lasts as long as it is let; `taken`: how often a port is found taken first. */
function stage(taken = 0) {
  const lines: string[] = [];
  const log = new Log({ level: "notice", format: "text", program: "t", pid: 1, write: (line) => lines.push(line) });
  const begun: string[] = [], ended: string[] = [], services = new Map<string, Service>();
  const fleet = new Fleet<Member>({
    log,
    start({ name, key }): AtWork {
      begun.push(`${name}:${key}`);
      const service = new Service(log, 60_000);
      services.set(`${name}:${key}`, service);
      const problem = key === "bad"
        ? `${name} cannot be opened`
        : key === "taken" && taken-- > 0
        ? "Address already in use"
        : undefined;
      const source = async function* () {
        if (problem !== undefined) throw new Error(problem);
        yield 1;
        await new Promise<void>((resolve) => {
          if (service.accepting.aborted) resolve();
          else service.accepting.addEventListener("abort", () => resolve());
        });
      };
      const done = service.serve(source(), async (_, seat) => {
        await new Promise<void>((resolve) => seat.stop.stopped ? resolve() : seat.stop.onStop(resolve));
        ended.push(`${name}:${key}`);
        if (key === "failing") throw new Error("no more");
      });
      return { service, opened: problem !== undefined ? done : Promise.resolve(), done };
    },
  });
  return { fleet, lines, begun, ended, services };
}

/** Waits for the microtasks and timers that bring it about. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("Fleet.reload() touches only what changed, and lets old connections finish", async () => {
  const { fleet, lines, begun, ended, services } = stage();
  await fleet.start([{ name: "a", key: "1" }, { name: "b", key: "1" }, { name: "c", key: "1" }]);
  await fleet.reload([{ name: "a", key: "1" }, { name: "b", key: "2" }, { name: "d", key: "1" }]);
  assertEquals(begun, ["a:1", "b:1", "c:1", "b:2", "d:1"]);
  assertEquals([ended, fleet.active], [[], 5]);
  assertMatch(lines.join(""), /Reloaded: 1 added, 1 changed, 1 removed, 1 unchanged/);
  // The end of one that was replaced is not the end of the one in its place.
  services.get("b:1")!.kill();
  await until(() => fleet.totals.connections === 5 && fleet.active === 4);
  await fleet.reload([{ name: "a", key: "1" }, { name: "b", key: "2" }, { name: "d", key: "1" }]);
  assertEquals([begun.length, ended], [5, ["b:1"]]);
  fleet.stop();
  assertEquals([[...services.values()].every(({ accepting }) => accepting.aborted), ended], [true, ["b:1"]]);
  fleet.stop();
  await fleet.over;
  assertEquals(ended.sort(), ["a:1", "b:1", "b:2", "c:1", "d:1"]);
  assertEquals([fleet.totals.connections, fleet.failures], [5, 0]);
});

Deno.test("Fleet.reload() tries again while a port is taken", async () => {
  const { fleet, lines, begun } = stage(2);
  await fleet.start([]);
  await fleet.reload([{ name: "a", key: "taken" }]);
  assertEquals([begun.length, fleet.active, lines.length], [3, 1, 1]);
  fleet.kill();
  await fleet.over;
});

Deno.test("Fleet counts and tells of relays that fail after their start, not of those that are stopped", async () => {
  const { fleet, lines, services } = stage();
  await fleet.start([{ name: "a", key: "failing" }, { name: "b", key: "failing" }]);
  services.get("a:failing")!.kill();
  await until(() => fleet.failures === 1);
  fleet.kill();
  await fleet.over;
  assertEquals([fleet.failures, lines.length], [1, 1]);
  assertMatch(lines[0]!, / E a: no more/);
});

Deno.test("Fleet.reload(): of several that wait the last counts", async () => {
  const { fleet, lines, begun } = stage();
  await fleet.start([{ name: "a", key: "1" }]);
  await Promise.all(["2", "3", "4"].map((key) => fleet.reload([{ name: "a", key }])));
  assertEquals(begun, ["a:1", "a:4"]);
  assertEquals(lines.filter((line) => line.includes("Reloaded")).length, 1);
  fleet.kill();
  await fleet.over;
});

Deno.test("Fleet.start() names every relay that cannot be opened and ends the others", async () => {
  const { fleet, ended } = stage();
  const error = await assertRejects(
    () => fleet.start([{ name: "a", key: "1" }, { name: "b", key: "bad" }, { name: "c", key: "bad" }]),
    Error,
  );
  assertEquals(
    error.message,
    '2 of 3 relays cannot be opened: relay "b": b cannot be opened; relay "c": c cannot be opened',
  );
  assertEquals(ended, ["a:1"]);
});

Deno.test("Fleet.reload() reports what cannot be opened and goes on with the rest", async () => {
  const { fleet, lines } = stage();
  await fleet.start([{ name: "a", key: "1" }]);
  await fleet.reload([{ name: "a", key: "1" }, { name: "b", key: "bad" }]);
  assertMatch(lines.join(""), / E b: b cannot be opened/);
  assertEquals(fleet.active, 1);
  fleet.kill();
  await fleet.over;
});
