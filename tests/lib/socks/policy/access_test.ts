import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConnectError } from "../../../../lib/base/errors.ts";
import { ipFrom } from "../../../../lib/base/ip.ts";
import {
  Access,
  type AccessRequest,
  type AccessRules,
  orRefusal,
  protectedBecause,
} from "../../../../lib/socks/policy/access.ts";
import { Refusal } from "../../../../lib/socks/handshake/reply.ts";
import { parseRule } from "../../../../lib/socks/policy/rules.ts";

const NAMES: Record<string, string[]> = {
  "inside.test": ["10.0.0.5"],
  "outside.test": ["192.0.2.5", "2001:db8::5"],
  "mixed.test": ["127.0.0.1", "192.0.2.5"],
};

function access(rules: Partial<AccessRules> = {}) {
  const asked: string[] = [];
  const network = {
    resolve(name: string) {
      asked.push(name);
      const hosts = NAMES[name];
      return hosts === undefined
        ? Promise.reject(new ConnectError(name, "no", { reason: "name-not-found" }))
        : Promise.resolve(hosts);
    },
    takesNames: (chain: readonly string[]) => chain.at(-1)!.startsWith("socks5h"),
    isOwn: (ip: { bytes: Uint8Array }) => ip.bytes.join(".") === "203.0.113.1",
  };
  return { asked, access: new Access(network, { rules: [], via: [], allowPrivate: false, ...rules }) };
}

const from = (
  client: string | undefined,
  host: string,
  command: AccessRequest["command"] = "connect",
): AccessRequest => ({
  command,
  target: { host, port: 80 },
  user: undefined,
  client: client === undefined ? undefined : ipFrom(client),
});
const rule = (text: string) => parseRule(text.split(" ", 1)[0] as "allow", text.replace(/^\S+ /, ""), "test");

Deno.test("protectedBecause() knows every range that is not for strangers", () => {
  const none = () => false;
  for (
    const host of [
      ...["127.0.0.1", "127.255.0.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.31.0.1", "192.168.0.1", "169.254.169.254"],
      ...["100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fdff::1", "ff02::1"],
      ...["::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1"],
    ]
  ) assertEquals(typeof protectedBecause(ipFrom(host), none), "string", host);
  for (const host of ["192.0.2.1", "8.8.8.8", "2001:db8::1", "172.32.0.1", "2002:808:808::", "64:ff9b::8.8.8.8"]) {
    assertEquals(protectedBecause(ipFrom(host), none), undefined, host);
  }
  assertEquals(protectedBecause(ipFrom("203.0.113.1"), () => true), "this host");
  // 6to4 is what the IPv4 address in it is.
  for (const [host, because] of [["2002:7f00:1::", "loopback"], ["2002:a00:1::1", "a private range"]] as const) {
    assertEquals(protectedBecause(ipFrom(host), none), because);
  }
});

Deno.test("clients from elsewhere are kept out of private ranges, with every command; those of this host are not", async () => {
  for (const command of ["connect", "bind", "udp", "forward"] as const) {
    for (const host of ["127.1", "inside.test", "203.0.113.1", "169.254.169.254"]) {
      const { access: strict } = access();
      assertEquals((await strict.decide(from("198.51.100.7", host, command))).allowed, false, `${command} ${host}`);
      assertEquals((await strict.decide(from("127.0.0.1", host, command))).allowed, true);
      assertEquals((await strict.decide(from("::ffff:127.0.0.1", host, command))).allowed, true);
      assertEquals((await strict.decide(from(undefined, host, command))).allowed, true);
      const { access: open } = access({ allowPrivate: true });
      assertEquals((await open.decide(from("198.51.100.7", host, command))).allowed, true);
    }
  }
  // No rule opens what is protected; of a name's addresses the harmless ones remain.
  const { access: allowing } = access({ rules: [rule("allow *")] });
  assertEquals((await allowing.decide(from("198.51.100.7", "127.0.0.1"))).allowed, false);
  assertEquals((await allowing.decide(from("198.51.100.7", "mixed.test"))).hosts, ["192.0.2.5"]);
});

Deno.test("names are asked for here only when nobody in front does, and when it matters", async () => {
  const rules = [rule("route *.onion socks5h://tor:9050"), rule("deny *.bad")];
  const { access: direct, asked } = access({ rules });
  assertEquals((await direct.decide(from("127.0.0.1", "x.onion"))).chain, ["socks5h://tor:9050"]);
  assertEquals((await direct.decide(from("127.0.0.1", "x.bad"))).allowed, false);
  assertEquals(asked, []);
  assertEquals((await direct.decide(from("127.0.0.1", "outside.test"))).hosts, ["192.0.2.5", "2001:db8::5"]);
  assertEquals(asked, ["outside.test"]);
  const { access: here, asked: askedHere } = access({ via: ["socks5://proxy"] });
  assertEquals((await here.decide(from("127.0.0.1", "outside.test"))).hosts, ["192.0.2.5", "2001:db8::5"]);
  assertEquals(askedHere, ["outside.test"]);
  const { access: there, asked: askedThere } = access({ via: ["socks5h://proxy"] });
  assertEquals((await there.decide(from("127.0.0.1", "no-such.test"))).hosts, ["no-such.test"]);
  // A disguised address is an address, whoever resolves names.
  assertEquals((await there.decide(from("198.51.100.7", "0x7f.1"))).allowed, false);
  assertEquals(askedThere, []);
  const { access: byAddress } = access({ rules: [rule("route 10.0.0.0/8 http://inner")], via: ["socks5h://proxy"] });
  assertEquals((await byAddress.decide(from("127.0.0.1", "inside.test"))).chain, ["http://inner"]);
  // Addresses of one name that go different ways: none goes the way of another.
  for (const [prefix, chain, hosts] of [["192.0.2.0/24", "http://inner", "192.0.2.5"], ["::/0", "", "192.0.2.5"]]) {
    const { access: split } = access({ rules: [rule(`route ${prefix} http://inner`)] });
    const decision = await split.decide(from("127.0.0.1", "outside.test"));
    assertEquals([decision.chain.join(), decision.hosts.join()], [chain, hosts]);
  }
});

Deno.test("a refusal names the rule and where it stands; names that do not resolve are errors", async () => {
  const { access: some } = access({ rules: [rule("deny 192.0.2.0/24"), rule("deny 2001:db8::/32")] });
  const question = from("127.0.0.1", "outside.test");
  const decision = await some.decide(question);
  assertEquals(decision.judged.length, 2);
  const error = await assertRejects(
    () => Promise.resolve().then(() => orRefusal(question, decision)),
    Refusal,
  ) as Refusal;
  assertEquals(error.code, 2);
  assertMatch(error.message, /"deny 192\.0\.2\.0\/24" \(test\)/);
  await assertRejects(() => some.decide(from("127.0.0.1", "nothing.test")), ConnectError);
});

Deno.test("a name is judged and looked up in the letters of DNS, whatever it is sent in", async () => {
  const { asked, access: it } = access({ rules: [rule("deny *.inside.test"), rule("deny bücher.test")] });
  for (const host of ["ａ.ｉnside.test", "a。inside.test", "BÜCHER.test", "xn--bcher-kva.test"]) {
    assertEquals((await it.decide(from("127.0.0.1", host))).allowed, false, host);
  }
  assertEquals(asked, []);
  assertEquals((await it.decide(from("127.0.0.1", "ｏutside.test"))).hosts, ["192.0.2.5", "2001:db8::5"]);
  assertEquals(asked, ["outside.test"]);
  assertEquals((await it.decide(from("198.51.100.7", "１２７.0.0.1"))).allowed, false);
  const { access: via } = access({ via: ["socks5h://a:1"] });
  assertEquals((await via.decide(from("127.0.0.1", "bücher.test"))).hosts, ["xn--bcher-kva.test"]);
});

Deno.test("a zone stays with link-local addresses, where it means something, and goes from all others", async () => {
  const { access: open, asked } = access();
  for (
    const [host, reached] of [
      ["fe80::1%eth0", "fe80::1%eth0"],
      ["2001:db8::1%eth0", "2001:db8::1"],
      ["::1%a.test", "::1"],
      ["::%a.test", "::1"],
      ["::ffff:192.0.2.1%a.test", "192.0.2.1"],
    ] as const
  ) {
    assertEquals((await open.decide(from("127.0.0.1", host))).hosts, [reached]);
    const { allowed } = await open.decide(from("198.51.100.1", host));
    assertEquals(allowed, /^(2001|192)/.test(reached), host);
  }
  assertEquals(asked, []);
});

Deno.test("what no name holds is refused unasked", async () => {
  const { asked, access: it } = access();
  for (
    const host of ["a b.test", "a\0.test", "user@a.test", "a/b", "a\\b", "a:80", "ü@a.test", "ü b.test", "[a]", "a%41"]
  ) {
    const { allowed, why } = await it.decide(from("127.0.0.1", host));
    assertEquals([allowed, why], [false, "the name holds characters that no name has"], host);
  }
  assertEquals(asked, []);
});
