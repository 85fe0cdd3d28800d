import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../../../lib/base/errors.ts";
import { shellQuote, splitCommand } from "../../../../lib/address/program/command_words.ts";

Deno.test("splitCommand() splits at blanks, and only there", () => {
  assertEquals(splitCommand("printf [%s] a  b   c"), ["printf", "[%s]", "a", "b", "c"]);
  assertEquals(splitCommand(" <%s>\ttab "), ["<%s>\ttab"]);
  assertEquals(splitCommand("   "), []);
});

Deno.test("splitCommand() takes quotes away and keeps brackets, as socat does", () => {
  assertEquals(splitCommand(`echo "a  b" c`), ["echo", "a  b", "c"]);
  assertEquals(splitCommand(`echo 'a  b' c''d`), ["echo", "a  b", "cd"]);
  assertEquals(splitCommand("printf (a  b) [c  d] {e  f}"), ["printf", "(a  b)", "[c  d]", "{e  f}"]);
  assertEquals(splitCommand(`curl -d {"a  b":'c'} "{d 'e'}"`), ["curl", "-d", `{"a  b":'c'}`, "{d 'e'}"]);
  assertEquals(splitCommand(String.raw`a\ b a\\ x\"y\"`), ["a b", "a\\", 'x"y"']);
});

Deno.test("splitCommand() refuses what is not closed", () => {
  assertThrows(() => splitCommand(`echo "a`), UsageError, 'lacks a closing "');
  assertThrows(() => splitCommand("echo (a"), UsageError, 'lacks a closing ")"');
  assertThrows(() => splitCommand("echo \\"), UsageError, "ends in a backslash");
});

Deno.test("splitCommand() gives back words that were quoted with backslashes", () => {
  fc.assert(fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (words) => {
    const quoted = words.map((word) => [...word].map((c) => `\\${c}`).join("")).join(" ");
    assertEquals(splitCommand(quoted), words);
  }));
});

Deno.test("shellQuote() quotes what a shell would read otherwise", () => {
  assertEquals(shellQuote("a-b/c"), "a-b/c");
  assertEquals(shellQuote("it's $x"), `'it'\\''s $x'`);
});
