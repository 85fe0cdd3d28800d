import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { FormatError } from "../../../../lib/base/errors.ts";
import { hashPassword, parseUsersFile, type User, UserChecker, userLine } from "../../../../lib/socks/policy/users.ts";

const hash = await hashPassword("secret", 1000);
const always = (check: () => Promise<User | undefined>) => check();

Deno.test("hashPassword() salts: the same password twice is two hashes, and neither holds it", async () => {
  assertMatch(hash, /^pbkdf2-sha256\$1000\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assertEquals(await hashPassword("secret", 1000) === hash, false);
});

Deno.test("UserChecker takes the right password again and again, and no other", async () => {
  const checker = new UserChecker(parseUsersFile(`me:${hash}\n`, "users"));
  for (let round = 0; round < 2; round++) {
    assertEquals((await checker.check("me", "secret", always))?.name, "me");
    for (const [name, password] of [["me", "Secret"], ["me", ""], ["me", "secret\0"], ["you", "secret"], ["", ""]]) {
      assertEquals(await checker.check(name!, password!, always), undefined);
    }
  }
  assertEquals(await new UserChecker(new Map()).check("me", "secret", always), undefined);
});

Deno.test("UserChecker checks one login slowly once, however many come together, and a known one never", async () => {
  // So slow that all forty have come before one check is done.
  const checker = new UserChecker(parseUsersFile(`me:${await hashPassword("secret", 200_000)}\n`, "users"));
  let slow = 0;
  const counted = (check: () => Promise<User | undefined>) => {
    slow++;
    return check();
  };
  const together = (password: string) =>
    Promise.all(Array.from({ length: 40 }, () => checker.check("me", password, counted)));
  for (const user of await together("secret")) assertEquals(user?.name, "me");
  for (const user of await together("secret")) assertEquals(user?.name, "me");
  assertEquals(slow, 1);
  for (const user of await together("wrong")) assertEquals(user, undefined);
  assertEquals(slow, 2);
});

Deno.test("UserChecker: that a login's turn did not come for one client says nothing to another with the same login", async () => {
  const checker = new UserChecker(parseUsersFile(`me:${hash}\n`, "users"));
  const turnedAway = () => Promise.reject(new RangeError("no turn"));
  const [one, ...others] = await Promise.allSettled(
    [turnedAway, always, always].map((slowly) => checker.check("me", "secret", slowly)),
  );
  assertEquals(one?.status, "rejected");
  assertEquals(others.map((other) => other.status === "fulfilled" && other.value?.name), ["me", "me"]);
});

Deno.test("parseUsersFile() reads options and says what is wrong", () => {
  const users = parseUsersFile(
    `# users\nme:${hash}:connections=3,rate=1M,deny=10.0.0.0/8,allow=[::1]:80\n\nyou:${hash}\n`,
    "users",
  );
  const me = users.get("me")!;
  assertEquals([me.connections, me.rate, me.rules.length], [3, 1048576, 2]);
  assertEquals(users.get("you")!.connections, 0);
  for (
    const [text, words] of [
      ["me:plain", "users:1: The hash"],
      [`me:${hash}:conections=1`, "did you mean"],
      [`:${hash}`, "cannot be a user's name"],
      [`me:${hash}\nme:${hash}`, "users:2"],
      [hash.replace("$1000$", "$1$").replace(/^/, "me:"), "The hash"],
    ] as const
  ) assertThrows(() => parseUsersFile(text, "users"), FormatError, words);
  assertThrows(() => userLine("a:b", hash), FormatError);
});
