import { assertEquals } from "@std/assert";
import { defaultLookup } from "../../../../lib/dns/dig/defaults.ts";
import type { Lookup, SystemDefaults } from "../../../../lib/dns/dig/settings.ts";
import { judge } from "../../../../lib/dns/exchange/again.ts";
import type { Exchange, Surroundings } from "../../../../lib/dns/exchange/surroundings.ts";
import type { DnsMessage } from "../../../../lib/dns/model.ts";
import { DnsName } from "../../../../lib/dns/name.ts";

const SYSTEM: SystemDefaults = { servers: [], search: [], ndots: 1, timeout: 5, tries: 3, idn: false };
const OURS = new Uint8Array(8).fill(1);

/** What is said and changed after an answer, and what its cookie is. */
function judged(
  settings: Partial<Lookup>,
  message: { rcode?: number; tc?: boolean; version?: number; cookie?: Uint8Array },
) {
  const { rcode = 0, tc = false, version, cookie } = message;
  const options = cookie === undefined ? [] : [{ code: 3, data: cookie }, { code: 10, data: cookie }];
  const edns = version === undefined ? undefined : { version, options };
  const { again, cookie: found } = judge(
    { lookup: { ...defaultLookup(SYSTEM, DnsName.root), ...settings }, query: { cookie: OURS } } as Exchange,
    { rcode, tc, edns } as unknown as DnsMessage,
    { presenter: { warning: () => {} } } as unknown as Surroundings,
  );
  return [again?.words, again?.changes, again?.shown, found?.state];
}

const NOTHING = [undefined, undefined, undefined, undefined];

Deno.test("judge() asks with the version of EDNS that the server has, where it is an older one", () => {
  const again = ["BADVERS, retrying with EDNS version 1.", { edns: 1 }, false, undefined];
  assertEquals(judged({ edns: 2 }, { rcode: 16, version: 1 }), again);
  assertEquals(judged({ edns: 2, showBadVersion: true }, { rcode: 16, version: 1 })[2], true);
  assertEquals(judged({ edns: 1 }, { rcode: 16, version: 1 }), NOTHING);
  assertEquals(judged({ edns: 2, ednsNegotiation: false }, { rcode: 16, version: 1 }), NOTHING);
  assertEquals(judged({ edns: 2 }, { rcode: 16 }), NOTHING);
  assertEquals(judged({ edns: 2 }, { rcode: 15, version: 1 }), NOTHING);
});

Deno.test("judge() asks by TCP for what was cut, and keeps the cookie that came with it", () => {
  const again = ["Truncated, retrying in TCP mode.", { tcp: true }, false];
  assertEquals(judged({}, { tc: true }), [...again, undefined]);
  assertEquals(judged({}, { tc: true, version: 0, cookie: OURS }), [...again, "ok"]);
  assertEquals(judged({ cookie: "0101" }, { tc: true, version: 0, cookie: OURS }), [...again, undefined]);
  assertEquals(judged({ sendCookie: false }, { tc: true, version: 0, cookie: OURS }), [...again, undefined]);
  assertEquals(judged({ showTruncated: true }, { tc: true })[2], true);
  for (const settings of [{ ignoreTruncation: true }, { tcp: true }]) {
    assertEquals(judged(settings, { tc: true }), NOTHING);
  }
});

Deno.test("judge() asks with the server's cookie, the second time by TCP", () => {
  const answer = { rcode: 23, version: 0, cookie: OURS };
  assertEquals(judged({}, answer), ["BADCOOKIE, retrying.", { seenBadCookie: true }, false, "ok"]);
  assertEquals(judged({ seenBadCookie: true, showBadCookie: true }, answer), [
    "BADCOOKIE, retrying in TCP mode.",
    { seenBadCookie: true, tcp: true },
    true,
    "ok",
  ]);
  assertEquals(judged({}, { ...answer, cookie: new Uint8Array(8) }), [undefined, undefined, undefined, "bad"]);
  for (const settings of [{ tcp: true }, { sendCookie: false }, { badCookie: false }]) {
    assertEquals(judged(settings, answer), NOTHING);
  }
});
