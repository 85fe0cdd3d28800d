import { assertEquals } from "@std/assert";
import { defaultLookup, defaultSettings } from "../../../../lib/dns/dig/defaults.ts";
import type { SystemDefaults } from "../../../../lib/dns/dig/settings.ts";
import { buildQuery, nextOrigin, questionName } from "../../../../lib/dns/exchange/query.ts";
import type { Surroundings } from "../../../../lib/dns/exchange/surroundings.ts";
import { parseMessage } from "../../../../lib/dns/message.ts";
import { DnsName, parseName } from "../../../../lib/dns/name.ts";

const SYSTEM: SystemDefaults = {
  servers: [],
  search: ["one.test", "two.test.", "three.test"],
  ndots: 1,
  timeout: 5,
  tries: 3,
  idn: false,
};

/** The names that are asked for one after another where none exists; "too long" for one that is passed over. */
function walk(name: string, ndots = 1, useSearch = true): string[] {
  const lookup = { ...defaultLookup(SYSTEM, DnsName.root), name, newSearch: true };
  const surroundings = {
    settings: { ...defaultSettings(SYSTEM), ndots, useSearch },
    system: SYSTEM,
  } as unknown as Surroundings;
  const asked: string[] = [];
  for (;;) {
    asked.push(questionName(lookup, surroundings)?.toString() ?? "too long");
    const next = nextOrigin(lookup, surroundings);
    if (next === undefined) return asked;
    Object.assign(lookup, next, { newSearch: false });
  }
}

Deno.test("questionName() and nextOrigin() go through the search list and end with the name itself", () => {
  const list = ["host.one.test.", "host.two.test.", "host.three.test."];
  assertEquals(walk("host"), [...list, "host."]);
  assertEquals(walk("host", 0), ["host."]);
  assertEquals(walk("host", 1, false), ["host."]);
  // Dots enough, or one at the end, which is one only where nothing escapes it.
  assertEquals(walk("a.host"), ["a.host."]);
  assertEquals(walk("a.host", 2), ["a.host.one.test.", "a.host.two.test.", "a.host.three.test.", "a.host."]);
  assertEquals(walk("host.", 2), ["host."]);
  assertEquals(walk("host\\\\.", 2), ["host\\\\."]);
  assertEquals(walk("host\\.", 2)[0], "host\\..one.test.");
  // Too long with a domain behind it, not by itself.
  const long = Array.from({ length: 4 }, () => "x".repeat(62)).join(".");
  assertEquals(walk(long, 15), ["too long", "too long", "too long", `${long}.`]);
});

Deno.test("buildQuery() fills padding up to a multiple of any block", async () => {
  const lookup = { ...defaultLookup(SYSTEM, DnsName.root), udpSize: 1232, sendCookie: false };
  const context = { clientCookie: new Uint8Array(8), key: undefined, now: 0 };
  for (const block of [1, 2, 16, 44, 45, 46, 128, 468, 512]) {
    const { bytes } = await buildQuery({ ...lookup, padding: block }, parseName("name.test."), 1, context);
    assertEquals(bytes.length % block, 0, String(block));
    assertEquals(parseMessage(bytes).edns?.options.map(({ code }) => code), [12]);
  }
});
