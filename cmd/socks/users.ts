// Users of `netlab socks`: from files, flags and the environment.
import { UsageError } from "../../lib/base/errors.ts";
import type { Log } from "../../lib/base/log.ts";
import { hashPassword, parseUsersFile, type User, userLine } from "../../lib/socks/policy/users.ts";
import type { Flags } from "./flags.ts";
import { readText, usage } from "./usage.ts";

/** What one guess at a password on the command line costs: it is in plain sight anyway, so start-up comes first. */
const PLAIN_ITERATIONS = 1000;

/** Users of a file; a file that others can read draws a warning. */
export function readUsers(path: string, log: Log): Map<string, User> {
  const users = usage("users", () => parseUsersFile(readText(path, "--users"), path));
  const { mode } = Deno.statSync(path);
  // Windows has no such modes: the runtime makes up one.
  if (Deno.build.os !== "windows" && mode !== null && (mode & 0o077) !== 0) {
    log.warning(`Others can read "${path}", which holds hashes of passwords: chmod 600 ${path}`);
  }
  return users;
}

/** Users given as `NAME:PASSWORD`, or as a line of a users file. */
async function plainUsers(texts: readonly string[], flag: string): Promise<Map<string, User>> {
  const users = new Map<string, User>();
  for (const text of texts) {
    const colon = text.indexOf(":");
    if (colon < 1 || colon === text.length - 1) {
      throw new UsageError(`Cannot parse ${flag}: a user is NAME:PASSWORD`, "see: netlab socks --help");
    }
    const name = text.slice(0, colon);
    if (text.startsWith("pbkdf2-sha256$", colon + 1)) {
      for (const [known, user] of usage(flag, () => parseUsersFile(text, flag))) users.set(known, user);
      continue;
    }
    const line = usage(flag, () => userLine(name, "")).slice(0, -1);
    const hash = await hashPassword(text.slice(colon + 1), PLAIN_ITERATIONS);
    users.set(name, [...parseUsersFile(`${line}:${hash}`, flag).values()][0]!);
  }
  return users;
}

/** The users of `NETLAB_SOCKS_USERS`, as they are written there. */
function usersOfEnvironment(): string[] {
  return (Deno.env.get("NETLAB_SOCKS_USERS") ?? "").split(/\s+/).filter((text) => text !== "");
}

/** Users whose passwords stand in flags and in the environment; looked at once. */
export async function readPlainUsers(flags: Flags, log: Log): Promise<ReadonlyMap<string, User>> {
  const fromFlags = flags.why === undefined ? flags.user : flags.user.filter((text) => text.includes(":"));
  const users = new Map([
    ...await plainUsers(usersOfEnvironment(), "NETLAB_SOCKS_USERS"),
    ...await plainUsers(fromFlags, "--user"),
  ]);
  if (fromFlags.length > 0) log.warning("The passwords of --user are visible in the process list: use --users FILE");
  return users;
}
