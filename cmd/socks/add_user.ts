// `netlab socks --add-user`: a line of a users file is made, or made anew, while others may do the same.
import { errorText, UsageError } from "../../lib/base/errors.ts";
import { hashPassword, parseUsersFile, userLine } from "../../lib/socks/policy/users.ts";
import { askSecret, INTERRUPTED } from "./secret.ts";
import { usage } from "./usage.ts";

/** Asks for a password and writes the line; one that is there already is replaced. The exit status. */
export async function addUser(name: string, path: string): Promise<number> {
  usage("--add-user", () => userLine(name, ""));
  const password = askPassword(`Password for ${name}: `);
  if (password === undefined) return INTERRUPTED;
  if (password === "") throw new UsageError("The password is empty", "type one, or pipe it in");
  if (new TextEncoder().encode(password).length > 255) {
    throw new UsageError("The password is longer than the 255 octets that SOCKS5 has room for");
  }
  const hash = await hashPassword(password);
  let changed = false;
  try {
    rewrite(path, (text) => {
      usage("users", () => parseUsersFile(text, path));
      const lines = text.split("\n").filter((line, index, all) => line !== "" || index < all.length - 1);
      const old = lines.findIndex((line) => line.startsWith(`${name}:`));
      changed = old !== -1;
      const options = changed ? lines[old]!.split(":").slice(2).join(":") : "";
      lines[changed ? old : lines.length] = userLine(name, hash, options);
      return lines.join("\n") + "\n";
    });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new Error(`Cannot write "${path}" of --users: ${errorText(error)}`, { cause: error });
  }
  console.error(`${changed ? "Changed" : "Added"} user "${name}" in "${path}"`);
  return 0;
}

/** Asks twice where there is a terminal; else the first line of standard input. `undefined`: interrupted. */
function askPassword(question: string): string | undefined {
  if (Deno.stdin.isTerminal()) {
    const password = askSecret(question);
    const again = password ? askSecret("The same again: ") : password;
    if (again !== undefined && again !== password) throw new UsageError("The two passwords differ");
    return again;
  }
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  while (bytes.length < 1024 && Deno.stdin.readSync(one) !== null && one[0] !== 0x0a) bytes.push(one[0]!);
  return new TextDecoder().decode(new Uint8Array(bytes)).replace(/\r$/, "");
}

/**
 * Puts what `change` makes of a file's text in its place, whole or not at all. Who does the same meanwhile waits. Owner and
 * permissions stay; a new file is for its owner alone.
 */
function rewrite(path: string, change: (text: string) => string): void {
  const { file, real } = lockFile(path);
  using _ = file;
  const { mode, uid, gid } = Deno.statSync(real);
  // Without a mark of byte order, which would be part of the first name.
  const text = change(Deno.readTextFileSync(real).replace(/^\ufeff/, ""));
  const beside = `${real}.${Deno.pid}.new`;
  try {
    Deno.writeTextFileSync(beside, text, { mode: 0o600 });
    if (Deno.build.os !== "windows" && giveTo(beside, uid!, gid!)) Deno.chmodSync(beside, mode! & 0o777);
    Deno.renameSync(beside, real);
  } catch (error) {
    try {
      Deno.removeSync(beside);
    } catch {
      // It was not made.
    }
    throw error;
  }
}

/** Gives a file to an owner and group; whether that may be done. */
function giveTo(path: string, uid: number, gid: number): boolean {
  try {
    const made = Deno.statSync(path);
    // Which may be the folder's group, not ours.
    if (uid !== made.uid || gid !== made.gid) Deno.chownSync(path, uid, gid);
    return true;
  } catch {
    return false;
  }
}

/** Opens and locks a file, which is made where there is none. `real`: where it is, links followed. */
function lockFile(path: string): { file: Disposable; real: string } {
  for (;;) {
    const file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
    try {
      const real = Deno.realPathSync(path);
      // There an open file can be neither read by its name nor replaced.
      if (Deno.build.os === "windows") {
        file.close();
        return { file: { [Symbol.dispose]() {} }, real };
      }
      file.lockSync(true);
      // Whoever held it has put another in its place.
      if (Deno.statSync(real).ino === file.statSync().ino) return { file, real };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    file.close();
  }
}
