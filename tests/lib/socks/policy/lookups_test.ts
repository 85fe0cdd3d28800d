import { assertEquals, assertRejects } from "@std/assert";
import { ConnectError } from "../../../../lib/base/errors.ts";
import { Lookups } from "../../../../lib/socks/policy/lookups.ts";

/** A resolver whose answers come when the test gives them. */
function slow(now?: () => number) {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const lookups = new Lookups((name) => {
    asked.push(name);
    return new Promise((resolve, reject) =>
      answers.push(() => name.startsWith("bad") ? reject(new ConnectError(name, "no")) : resolve(["192.0.2.1"]))
    );
  }, now);
  return { lookups, asked, answers };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("Lookups: a client has so many at once and the next in their order; another does not wait for it", async () => {
  const { lookups, asked, answers } = slow();
  const all = Array.from(
    { length: 20 },
    (_, i) => lookups.of("a", `${i % 2 ? "bad" : "good"}${i}`).catch(() => "none"),
  );
  assertEquals(asked.length, 16);
  const other = lookups.of("b", "other");
  assertEquals(asked.at(-1), "other");
  answers[16]!();
  assertEquals(await other, ["192.0.2.1"]);
  answers[0]!();
  answers[1]!();
  await settle();
  assertEquals(asked.slice(17), ["good16", "bad17"]);
  for (let i = 0; i < answers.length; i++) {
    answers[i]!();
    await settle();
  }
  assertEquals((await Promise.all(all)).filter((one) => one === "none").length, 10);
  assertEquals(asked.length, 21);
});

Deno.test("Lookups: what has waited for too long, or is too much, is not looked up", async () => {
  let now = 0;
  const { lookups, asked, answers } = slow(() => now);
  const running = Array.from({ length: 16 }, (_, i) => lookups.of("a", `${i}`));
  const stale = Array.from({ length: 1023 }, () => lookups.of("a", "stale"));
  now += 31_000;
  const late = lookups.of("a", "late");
  await assertRejects(() => lookups.of("a", "too much"), ConnectError, "Too many names");
  const ends = Promise.allSettled(stale);
  answers[0]!();
  assertEquals((await ends).every((end) => end.status === "rejected" && end.reason.reason === "timed-out"), true);
  assertEquals(asked.slice(16), ["late"]);
  answers.forEach((answer) => answer());
  assertEquals(await late, ["192.0.2.1"]);
  await Promise.all(running);
});
