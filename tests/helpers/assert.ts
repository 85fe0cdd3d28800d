// The assertions in use, under the one name `@std/assert` that `deno.json` maps here.
export { assert } from "@std/assert/assert";
export { assertEquals } from "@std/assert/equals";
export { assertMatch } from "@std/assert/match";
export { assertNotEquals } from "@std/assert/not-equals";
export { assertNotMatch } from "@std/assert/not-match";
export { assertRejects } from "@std/assert/rejects";
export { assertStrictEquals } from "@std/assert/strict-equals";
export { assertStringIncludes } from "@std/assert/string-includes";
export { assertThrows } from "@std/assert/throws";
export { fail } from "@std/assert/fail";
