import { assertEquals, assertRejects } from "@std/assert";
import { Lines, TurnedAway, Turns } from "../../../../lib/socks/policy/lines.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Work that ends when the test says so: `begun` holds the names of what has begun. */
function work() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const doing = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
  };
  const end = async (name: string) => {
    ends.get(name)!();
    await settle();
  };
  return { begun, doing, end };
}

Deno.test("Lines: the line of one client is its own, and what has waited for too long is not begun", async () => {
  const { begun, doing, end } = work();
  let now = 0;
  const lines = new Lines({ atOnce: 1, waiting: 2, waitMs: 100 }, () => now);
  const first = lines.run("a", doing("a1"));
  const late = assertRejects(() => lines.run("a", doing("late")), TurnedAway, "waited for too long");
  now = 50;
  const second = lines.run("a", doing("a2"));
  await assertRejects(() => lines.run("a", doing("too much")), TurnedAway, "Too much");
  const other = lines.run("b", doing("b1"));
  assertEquals(begun, ["a1", "b1"]);
  now = 120;
  await end("a1");
  await late;
  assertEquals(begun, ["a1", "b1", "a2"]);
  await end("a2");
  await end("b1");
  assertEquals(await Promise.all([first, second, other]), ["a1", "a2", "b1"]);
});

Deno.test("Lines: work that fails gives its place to the next", async () => {
  const lines = new Lines({ atOnce: 1, waiting: 9, waitMs: 100 });
  const failing = assertRejects(() => lines.run("a", () => Promise.reject(new RangeError("no"))), RangeError);
  assertEquals(await lines.run("a", () => Promise.resolve(1)), 1);
  await failing;
});

Deno.test("Turns: a client that has had one goes behind all others; a failure gives its place to the next", async () => {
  const { begun, doing, end } = work();
  const turns = new Turns(2);
  const all = ["a1", "a2", "a3", "a4", "b1", "b2", "c1"].map((name) => turns.run(name[0]!, doing(name)));
  assertEquals(begun, ["a1", "a2"]);
  for (const name of ["a2", "a1", "a3", "b1", "c1", "a4", "b2"]) await end(name);
  assertEquals(begun, ["a1", "a2", "a3", "b1", "c1", "a4", "b2"]);
  await Promise.all(all);
  await assertRejects(() => turns.run("a", () => Promise.reject(new RangeError("no"))), RangeError);
  assertEquals(await Promise.all([1, 2, 3].map((n) => turns.run("a", () => Promise.resolve(n)))), [1, 2, 3]);
});
