import { assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "../../../../lib/base/errors.ts";
import { ipFrom } from "../../../../lib/base/ip.ts";
import { judge, parseRule, parseRulesFile, type Question, routeOf } from "../../../../lib/socks/policy/rules.ts";

const rule = (text: string) => parseRule(text.split(" ", 1)[0] as "allow", text.replace(/^\S+ /, ""), "test");
const ask = (more: Partial<Question> & { host?: string }): Question => ({
  command: "connect",
  port: 443,
  ...(more.host === undefined ? {} : { ip: ipFrom(more.host) }),
  ...more,
});

Deno.test("judge() lets the first rule that matches decide", () => {
  const rules = ["allow 10.0.0.1:443", "deny 10.0.0.0/8", "allow *.example:80,443", "deny bad.example"].map(rule);
  const allowed = (question: Question) => judge(rules, question).allowed;
  assertEquals(allowed(ask({ host: "10.0.0.1" })), true);
  assertEquals(allowed(ask({ host: "10.0.0.1", port: 80 })), false);
  assertEquals(allowed(ask({ host: "10.9.9.9" })), false);
  assertEquals(allowed(ask({ host: "::ffff:10.9.9.9" })), false);
  assertEquals(allowed(ask({ host: "64:ff9b::10.9.9.9" })), false);
  assertEquals(allowed(ask({ name: "www.example", host: "192.0.2.1" })), true);
  assertEquals(allowed(ask({ name: "WWW.Example.", host: "192.0.2.1" })), true);
  assertEquals(allowed(ask({ name: "www.example", host: "10.9.9.9" })), false);
  assertEquals(allowed(ask({ name: "www.example", host: "192.0.2.1", port: 22 })), false);
  assertEquals(allowed(ask({ name: "example", host: "192.0.2.1" })), false);
  // With any "allow", what no rule names is refused; else it is allowed.
  assertEquals(allowed(ask({ host: "192.0.2.9" })), false);
  assertEquals(judge([rule("deny 10.0.0.0/8")], ask({ host: "192.0.2.9" })).allowed, true);
  assertEquals(judge([], ask({ host: "192.0.2.9" })).allowed, true);
});

Deno.test("judge() decides before DNS exactly what no address can change", () => {
  const before = (rules: string[], question: Partial<Question>) => judge(rules.map(rule), ask(question), true).allowed;
  assertEquals(before(["deny 10.0.0.0/8", "deny *.bad"], { name: "x.bad" }), false);
  assertEquals(before(["deny 10.0.0.0/8", "deny *.bad"], { name: "x.good" }), undefined);
  assertEquals(before(["allow 10.0.0.0/8", "deny *.bad"], { name: "x.bad" }), undefined);
  assertEquals(before(["allow *.good", "deny 10.0.0.0/8"], { name: "x.good" }), true);
  assertEquals(before(["allow *.good", "deny 10.0.0.0/8"], { name: "x.bad" }), false);
  assertEquals(before(["allow 10.0.0.0/8"], { name: "x.bad" }), undefined);
  assertEquals(before(["deny *:25"], { name: "x", port: 25 }), false);
});

Deno.test("rules speak of ports, commands, users and clients", () => {
  const matches = (text: string, question: Question) => judge([rule(`deny ${text}`)], question).allowed === false;
  assertEquals(matches("*:8000-9000", ask({ host: "::1", port: 8080 })), true);
  assertEquals(matches(":8000-9000", ask({ host: "::1", port: 7999 })), false);
  assertEquals(matches("[2001:db8::]/32:443", ask({ host: "2001:db8::5" })), true);
  assertEquals(matches("[2001:db8::/32]:80", ask({ host: "2001:db8::5" })), false);
  assertEquals(matches("2001:db8::/32", ask({ host: "2001:db8::5" })), true);
  assertEquals(matches("::1", ask({ host: "::1" })), true);
  assertEquals(matches("* command=bind,udp", ask({ host: "::1" })), false);
  assertEquals(matches("command=bind", ask({ host: "::1", command: "bind" })), true);
  assertEquals(matches("* user=al*", ask({ host: "::1", user: "alice" })), true);
  assertEquals(matches("* user=al*", ask({ host: "::1" })), false);
  assertEquals(matches("* from=192.0.2.0/24", ask({ host: "::1", client: ipFrom("192.0.2.7") })), true);
  assertEquals(matches("* from=192.0.2.0/24", ask({ host: "::1", client: ipFrom("::ffff:192.0.2.7") })), true);
});

Deno.test("an IPv6 prefix of a rule speaks of IPv4 where it is a mapped one, and of nothing else beside itself", () => {
  const hosts = ["10.9.9.9", "192.0.2.1", "64:ff9b::192.0.2.1", "::192.0.2.1", "2001:db8::1"];
  for (
    const [prefix, denied, allowed] of [
      ["::ffff:10.0.0.0/104", ["10.9.9.9"], ["10.9.9.9"]],
      ["::ffff:0:0/96", hosts.slice(0, 4), hosts.slice(0, 4)],
      ["::ffff:0:0/95", [], []],
      // What holds an IPv4 address is denied as what it looks like, too, but only what it really reaches is allowed.
      ["64:ff9b::/96", ["64:ff9b::192.0.2.1"], []],
      ["::192.0.2.0/120", ["::192.0.2.1"], []],
    ] as const
  ) {
    const judged = (action: string, allowed: boolean) =>
      hosts.filter((host) => judge([rule(`${action} ${prefix}`)], ask({ host })).allowed === allowed);
    assertEquals([judged("deny", false), judged("allow", true)], [denied, allowed], prefix);
    const from = (client: string) =>
      judge([rule(`deny * from=${prefix}`)], ask({ host: "::1", client: ipFrom(client) }));
    assertEquals(hosts.slice(0, 2).filter((host) => !from(host).allowed), allowed.slice(0, 2), prefix);
  }
});

Deno.test("parseRule() says what is wrong", () => {
  for (
    const [text, words] of [
      ["allow a:99999", "not a port"],
      ["allow a:9-8", "not a port"],
      ["allow a comand=udp", 'did you mean "command"'],
      ["allow a command=ping", "not a command"],
      ["allow a from=x", "not an address"],
      ["allow a b", "not a condition"],
      ["allow a socks5h://b", "belongs to a route"],
      ["route a", "ends with a proxy"],
      ["allow [x]:80", "not an IPv6"],
      ["allow 10.0.0.0/33", "neither"],
    ] as const
  ) assertThrows(() => rule(text), FormatError, words);
  assertThrows(() => parseRule("allow", "", "test"), FormatError, "needs a pattern");
});

Deno.test("parseRule() takes no pattern that could never match what it seems to mean", () => {
  for (
    const [text, why] of [
      ...["127.1", "0x7f000001", "2130706433", "010.0.0.1", "10.0.0.08/32", "* from=010.0.0.1"].map((text) =>
        [text, "spelling that programs read differently"] as const
      ),
      ["10.0.0.1-10.0.0.9", "a range of addresses"],
      ["http://a.test/", "is a URL"],
      ...["a,b", '"a', "a@b", "*\0", "[::1", "m*ü.test", "ü?.test"].map((text) =>
        [text, "neither an address"] as const
      ),
    ] as const
  ) assertThrows(() => parseRule("deny", text, "test"), FormatError, why, text);
});

Deno.test("routeOf() gives the first route that matches, and says when the address is needed", () => {
  const rules = ["route *.onion socks5h://tor:9050", "route 10.0.0.0/8 direct", "route * http://a socks5://b"].map(
    rule,
  );
  assertEquals(routeOf(rules, ask({ name: "x.onion" })), rules[0]!);
  assertEquals(routeOf(rules, ask({ name: "x.test" })), "address");
  assertEquals(routeOf(rules, ask({ name: "x.test", host: "10.1.1.1" })), rules[1]!);
  assertEquals((routeOf(rules, ask({ host: "192.0.2.1" })) as { upstream: readonly string[] }).upstream, [
    "http://a",
    "socks5://b",
  ]);
});

Deno.test("parseRulesFile() reads lines with comments, and names the line that is wrong", () => {
  const { rules, clients } = parseRulesFile(
    "# all\nallow *.example:443 # web\n\n  deny *   \nroute *.onion socks5h://tor:9050\nclients 10.0.0.0/8, ::1\n",
    "r.txt",
  );
  assertEquals(rules.map(({ where }) => where), ["r.txt:2", "r.txt:4", "r.txt:5"]);
  assertEquals(clients.length, 2);
  assertThrows(() => parseRulesFile("allow *\nalow x\n", "r.txt"), FormatError, 'r.txt:2: "alow" is not a word');
  assertThrows(() => parseRulesFile("clients # nobody\n", "r.txt"), FormatError, "names nobody");
});
