import { assertEquals, assertThrows } from "@std/assert";
import { usage } from "../../../cmd/socks/usage.ts";
import { UsageError } from "../../../lib/base/errors.ts";
import { parseUsersFile } from "../../../lib/socks/policy/users.ts";

Deno.test("usage() shows the beginning of a word that is as long as a file, and all that is said of it", () => {
  const error = assertThrows(() => usage("users", () => parseUsersFile("x".repeat(1e6), "users")), UsageError);
  assertEquals(
    error.message,
    `Cannot parse users: users:1: "${"x".repeat(100)}…" cannot be a user's name: 1 to 255 octets without ":", "#", ` +
      "control characters and spaces around it",
  );
});
