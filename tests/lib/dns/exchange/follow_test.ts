import { assertEquals } from "@std/assert";
import { defaultLookup, defaultSettings, DigExit } from "../../../../lib/dns/dig/defaults.ts";
import { followUp } from "../../../../lib/dns/exchange/follow.ts";
import type { SystemDefaults } from "../../../../lib/dns/dig/settings.ts";
import type { Surroundings } from "../../../../lib/dns/exchange/surroundings.ts";
import { encodeMessage, parseMessage, recordOf } from "../../../../lib/dns/message.ts";
import { DnsName, parseName } from "../../../../lib/dns/name.ts";
import { parseRdata } from "../../../../lib/dns/rdata_text.ts";
import { TYPE } from "../../../../lib/dns/types.ts";

const SYSTEM: SystemDefaults = { servers: [], search: [], ndots: 1, timeout: 5, tries: 3, idn: false };

/** What is looked up, and which servers are asked next, after an answer that names `host`; what is said when none are. */
async function followed(host: string): Promise<[lookedUp: string[], next: string[] | string]> {
  const lookedUp: string[] = [];
  let said = "";
  const lookup = { ...defaultLookup(SYSTEM, DnsName.root), trace: true, traceRoot: true };
  const next = { ...defaultLookup(SYSTEM, DnsName.root), servers: [] as typeof lookup.servers };
  const surroundings = {
    settings: defaultSettings(SYSTEM),
    output: { out: () => {}, err: (text: string) => void (said += text) },
    presenter: { plain: () => {}, warning: () => {} },
    findAddresses: (name: string) => {
      lookedUp.push(name);
      return Promise.resolve(name === "ns.test" ? ["192.0.2.9"] : "not found");
    },
  } as unknown as Surroundings;
  const answers = [recordOf(parseName("test"), 60, parseRdata(TYPE.NS, 1, host, DnsName.root))];
  try {
    const message = parseMessage(encodeMessage({ answers }));
    await followUp(lookup, message, "answers", surroundings, { status: 0, requeue: () => next });
  } catch (error) {
    if (!(error instanceof DigExit)) throw error;
    return [lookedUp, said.trim()];
  }
  return [lookedUp, next.servers.map(({ address }) => address)];
}

Deno.test("followUp() looks names of servers up, but not those that are addresses", async () => {
  assertEquals(await followed("ns.test."), [["ns.test"], ["192.0.2.9"]]);
  assertEquals(await followed("192.0.2.7."), [[], ["192.0.2.7"]]);
  assertEquals(await followed("."), [["."], "dig: couldn't get address for '.': no more"]);
});
