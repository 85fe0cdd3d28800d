import { assertEquals } from "@std/assert";
import { defaultLookup, defaultSettings } from "../../../../lib/dns/dig/defaults.ts";
import type { SystemDefaults } from "../../../../lib/dns/dig/settings.ts";
import { askAll } from "../../../../lib/dns/exchange/ask_all.ts";
import { type Channel, NetworkError } from "../../../../lib/dns/exchange/channel.ts";
import type { Exchange, Query, Surroundings } from "../../../../lib/dns/exchange/surroundings.ts";
import { DnsName } from "../../../../lib/dns/name.ts";

const SYSTEM: SystemDefaults = { servers: [], search: [], ndots: 1, timeout: 5, tries: 3, idn: false };

/** What is said when a zone has one server. */
async function alone(tcp: boolean, open: () => Promise<Channel>): Promise<string[]> {
  const said: string[] = [];
  const lookup = defaultLookup(SYSTEM, DnsName.root);
  lookup.name = "zone.test";
  lookup.tcp = tcp;
  lookup.servers = [{ address: "192.0.2.1", given: "ns.zone.test" }];
  const presenter = {
    error: (text: string) => void said.push(text),
    warning: (text: string) => void said.push(text),
  };
  const surroundings = { settings: defaultSettings(SYSTEM), presenter } as unknown as Surroundings;
  await askAll(lookup, {} as Query, surroundings, {
    fail: () => void said.push("failed"),
    open,
    exchange: (_lookup, _query, _target, channel) => ({ channel }) as Exchange,
    send: ({ channel }) => channel.send(new Uint8Array()),
    answer: () => Promise.reject(new Error("A lone server is not waited for")),
  });
  return said;
}

Deno.test("askAll() gives a lone server up, and says before that it cannot be reached", async () => {
  const given = ["NS servers could not be reached", "failed"];
  let closed = 0;
  const channel = {
    setupFailure: undefined as "network unreachable" | undefined,
    send: () => Promise.resolve(),
    receive: () => Promise.reject(new Error("A lone server is not waited for")),
    close: () => void closed++,
  };
  assertEquals(await alone(true, () => Promise.resolve(channel)), given);
  assertEquals(closed, 1);
  assertEquals(await alone(true, () => Promise.reject(new NetworkError("connection refused"))), [
    "Connection to 192.0.2.1#53(192.0.2.1) for zone.test failed: connection refused.",
    ...given,
  ]);
  // Of datagrams it is seen only when one is sent.
  channel.setupFailure = "network unreachable";
  assertEquals(await alone(false, () => Promise.resolve(channel)), [
    "UDP setup with 192.0.2.1#53(192.0.2.1) for zone.test failed: network unreachable.",
    ...given,
  ]);
  assertEquals(closed, 2);
});
