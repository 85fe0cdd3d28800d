import { assertEquals } from "@std/assert";
import { readConfig } from "../../../lib/relay/config.ts";
import { list, one, SIZE, TEXT, toggle } from "../../../lib/options/schema.ts";

const words = { help: "" };
const FLAGS = {
  u: toggle({ ...words, aliases: ["left-to-right"] }),
  U: toggle(words),
  b: one(SIZE, words),
  r: list(TEXT, words),
};
const read = (parsed: unknown) => readConfig(parsed, { flags: FLAGS, parsing: {} });

Deno.test("readConfig() takes a record of relays, lists under two names, addresses as a pair, flags by any spelling", () => {
  const web = { addresses: ["tcp-listen:1", "pipe"], "left-to-right": true, b: "4k", r: ["a", "b"] };
  for (
    const parsed of [
      { web },
      { relay: [{ name: "web", ...web }] },
      { $schema: "x", relays: { web } },
      [{ name: "web", left: "tcp-listen:1", right: "pipe", left_to_right: "yes", "--b": 4096, r: ["a", "b"] }],
    ]
  ) {
    const { relays, problems } = read(parsed);
    assertEquals(problems, []);
    assertEquals(relays.map(({ name, left, right, flags }) => [name, left.text, right.text, flags]), [
      ["web", "tcp-listen:1", "pipe", { u: true, U: false, b: 4096, r: ["a", "b"] }],
    ]);
  }
});

Deno.test("readConfig() tells every mistake, of one relay too", () => {
  const good = { left: "pipe", right: "pipe" };
  for (
    const [parsed, ...expected] of [
      [7, 'it is no list of relays: write [[relay]] with name, left and right, or { "relays": [...] }'],
      [{}, "it holds no relays"],
      [{ relay: [], others: 1 }, 'unknown key "others" beside "relay"'],
      [{ a: ["pipe", "pipe"] }, 'relay "a": it is no record of name, left, right'],
      [[7], "relay number 1: it is no record of name, left, right"],
      [{ left: "pipe" }, '"left" stands in no relay: begin one with [NAME], in JSON with "NAME": {'],
      [{ "a b": good }, 'relay "a b": a name has no blanks and no control characters'],
      [{ a: { ...good, u: true, U: true } }, 'relay "a": flags "u" and "U" exclude each other'],
      [{ a: { addresses: ["pipe"] } }, 'relay "a": "addresses" needs a list of two'],
      [{ a: { addresses: ["pipe", 7] } }, 'relay "a": "right" needs a text'],
      [{ a: { ...good, b: null } }, 'relay "a": "b" needs a simple value'],
      [
        { a: { ...good, b: "x", u: "perhaps" } },
        'relay "a": cannot parse "b": "x" is not a size such as 4096, 64k or 10M',
        'relay "a": cannot parse "u": "perhaps" is neither 1 nor 0',
      ],
      [
        { a: { left: "nope:1", right: "pipe,frok", constructor: 1 } },
        'relay "a": Unknown address type "nope": did you mean "tcp:nope:1"?',
        'relay "a": Unknown option "frok" in address "pipe,frok"',
        'relay "a": unknown key "constructor"',
      ],
    ] as const
  ) {
    const { relays, problems } = read(parsed);
    assertEquals(problems, expected.slice(), JSON.stringify(parsed));
    assertEquals(relays, []);
  }
});
