// Lock files of `-L` and `-W`: a name in the file system that at most one program holds.
import { errorText } from "../../base/errors.ts";
import { atExit } from "./at_exit.ts";

const LOOK_AGAIN_MS = 100;

/**
 * Creates `path` with our process number in it; gives what removes it again, which the end of the program does too.
 * When it exists: an error, or with `wait` another look until it is gone or `signal` is aborted.
 */
export async function takeLockFile(path: string, wait: boolean, signal?: AbortSignal): Promise<() => void> {
  for (;;) {
    try {
      using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o644 });
      file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
      return atExit(() => Deno.removeSync(path));
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) {
        throw new Error(`Cannot lock "${path}": ${errorText(error)}`, { cause: error });
      }
      if (!wait) throw new Error(`Cannot lock "${path}": the lock file exists: another program holds it`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    signal?.throwIfAborted();
  }
}

const held = new Set<string>();

/** The lock files of an address: taken when it is first opened, held to the end of the program. */
export async function holdLockFiles(
  options: { readonly lockfile: string | undefined; readonly waitlock: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  for (const [path, wait] of [[options.lockfile, false], [options.waitlock, true]] as const) {
    if (path === undefined || held.has(path)) continue;
    held.add(path);
    await takeLockFile(path, wait, signal);
  }
}
