import { assertEquals } from "@std/assert";
import { defaultLookup, defaultSettings } from "../../../../lib/dns/dig/defaults.ts";
import type { SystemDefaults } from "../../../../lib/dns/dig/settings.ts";
import { askAll } from "../../../../lib/dns/exchange/ask_all.ts";
import { type Channel, NetworkError } from "../../../../lib/dns/exchange/channel.ts";
import type { Query, Surroundings } from "../../../../lib/dns/exchange/surroundings.ts";
import { DnsName } from "../../../../lib/dns/name.ts";

const SYSTEM: SystemDefaults = { servers: [], search: [], ndots: 1, timeout: 5, tries: 3, idn: false };

/** What is said when a zone has one server, and how often its channel is closed. */
async function alone(open: () => Promise<Channel>): Promise<string[]> {
  const said: string[] = [];
  const lookup = defaultLookup(SYSTEM, DnsName.root);
  lookup.name = "zone.test";
  lookup.tcp = true;
  lookup.servers = [{ address: "192.0.2.1", given: "ns.zone.test" }];
  const presenter = {
    error: (text: string) => void said.push(text),
    warning: (text: string) => void said.push(text),
  };
  const surroundings = { settings: defaultSettings(SYSTEM), presenter } as unknown as Surroundings;
  await askAll(lookup, {} as Query, surroundings, {
    fail: () => void said.push("failed"),
    open,
    exchange: () => {
      throw new Error("A lone server is not asked");
    },
    send: () => Promise.reject(new Error("A lone server is not asked")),
    answer: () => Promise.reject(new Error("A lone server is not asked")),
  });
  return said;
}

Deno.test("askAll() gives a lone server up, and says before that it cannot be reached", async () => {
  const given = ["NS servers could not be reached", "failed"];
  let closed = 0;
  assertEquals(await alone(() => Promise.resolve({ close: () => void closed++ } as Channel)), given);
  assertEquals(closed, 1);
  assertEquals(await alone(() => Promise.reject(new NetworkError("connection refused"))), [
    "Connection to 192.0.2.1#53(192.0.2.1) for zone.test failed: connection refused.",
    ...given,
  ]);
});
