import { assertEquals } from "@std/assert";
import { parseIp } from "../../../../lib/base/ip.ts";
import { dns64Prefixes } from "../../../../lib/dns/print/dns64.ts";

const found = (...addresses: string[]) => dns64Prefixes(addresses.map((address) => parseIp(address)!.bytes));

Deno.test("dns64Prefixes() finds a prefix of every length of RFC 6052 2.2", () => {
  for (
    const [prefix, one, other] of [
      ["2001:db8::/32", "2001:db8:c000:aa::", "2001:db8:c000:ab::"],
      ["2001:db8:100::/40", "2001:db8:1c0:0:aa::", "2001:db8:1c0:0:ab::"],
      ["2001:db8:122::/48", "2001:db8:122:c000:0:aa00::", "2001:db8:122:c000:0:ab00::"],
      ["2001:db8:122:300::/56", "2001:db8:122:3c0:0:aa::", "2001:db8:122:3c0:0:ab::"],
      ["2001:db8:122:344::/64", "2001:db8:122:344:c0:0:aa00::", "2001:db8:122:344:c0:0:ab00::"],
      ["64:ff9b::/96", "64:ff9b::192.0.0.170", "64:ff9b::192.0.0.171"],
    ] as const
  ) {
    assertEquals(found(one, other), `${prefix}\n`);
    assertEquals(found(other, one), `${prefix}\n`);
    // One alone may be anybody's address.
    assertEquals(found(one), "");
    assertEquals(found(one, one), "");
  }
  assertEquals(found("64:ff9b::192.0.0.170", "64:ff9b:1::192.0.0.171"), "");
});
