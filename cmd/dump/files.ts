// Packets from files and pipes for `netlab dump`.
import { errorText, UsageError } from "../../lib/base/errors.ts";
import { printable } from "../../lib/base/text.ts";
import { openCapture } from "../../lib/capture/file/open.ts";
import { pump } from "../../lib/capture/file/pump.ts";
import { CaptureReader } from "../../lib/capture/file/reader.ts";
import { keepPermissions, onStopSignals } from "../../lib/stream/process.ts";
import { OutputClosed } from "./output.ts";
import { permissionsOf, type Work } from "./work.ts";

/** The files that a file names. */
export async function listed(path: string): Promise<string[]> {
  const text = path === "-" ? await new Response(Deno.stdin.readable).text() : fileText(path);
  const paths = text.split("\n").filter((line) => line !== "");
  if (paths.length === 0) throw new Error(`"${path}" names no file`);
  return paths;
}

/** The filter in a file: `#` begins a comment. */
export function filterFile(path: string): string {
  return fileText(path).replace(/#.*$/gm, "").replace(/\s+/g, " ").trim();
}

function fileText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new Error(`Cannot open "${path}": ${errorText(error)}`, { cause: error });
  }
}

/** Opens a capture. */
export async function opened(path: string): ReturnType<typeof openCapture> {
  try {
    return await openCapture(path);
  } catch (error) {
    throw new Error(`Cannot open "${path}": ${errorText(error)}`, { cause: error });
  }
}

function sameFile(a: string, b: string): boolean {
  try {
    const [one, other] = [Deno.statSync(a), Deno.statSync(b)];
    return one.isFile && one.ino !== null && one.ino === other.ino && one.dev === other.dev;
  } catch {
    return false;
  }
}

/** Takes the packets of files, one file after the other; the exit status. */
export async function fromFiles(paths: readonly string[], work: Work): Promise<number> {
  const into = work.flags.w;
  if (into !== undefined && paths.some((path) => sameFile(path, into))) {
    throw new UsageError(`Cannot write "${into}": it is the file that is read`);
  }
  let stopped = 0, status = 0;
  const abort = new AbortController();
  // A read that waits for a pipe does not hear of the signal: it is left waiting.
  const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<undefined>();
  const undo = onStopSignals((code) => {
    stopped = code;
    abort.abort();
    interrupt(undefined);
  });
  try {
    await work.lookUp();
    const kept = permissionsOf(work.flags, paths.slice(1));
    for (const path of paths) {
      if (stopped !== 0 || work.done) break;
      const trouble = await fromFile(path, kept, work, abort.signal, interrupted);
      if (trouble === undefined) continue;
      console.error(`netlab: ${trouble}`);
      status = 1;
    }
    work.flush();
    await work.end();
  } catch (error) {
    // What came before is shown.
    if (!(error instanceof OutputClosed)) work.flush();
    throw error;
  } finally {
    undo();
  }
  return stopped !== 0 ? stopped : status;
}

/** Reads one file to its end with the permissions `kept` from then on; gives words for what is wrong with it, if anything. */
async function fromFile(
  path: string,
  kept: readonly string[],
  work: Work,
  signal: AbortSignal,
  interrupted: Promise<undefined>,
): Promise<string | undefined> {
  const source = await opened(path);
  const reader = new CaptureReader({
    onBlock: (block) => work.block(block),
  });
  work.source = {
    get linkBits() {
      return reader.linkBits;
    },
    get nanosecond() {
      return reader.nanosecond;
    },
    get snaplen() {
      return reader.interfaces[0]?.snaplen ?? 0;
    },
  };
  try {
    keepPermissions(kept);
    const pumped = pump(source, reader, {
      packet: (packet) => work.take(packet),
      idle() {
        // Before the first packet, for which a pipe may wait long.
        if (reader.count === 0 && reader.interfaces.length === 1) work.prepare(reader.interfaces[0]!.link);
        // What a pipe has brought so far is shown.
        if (source.patient) work.flush();
        else work.copy?.file.settle();
      },
      signal,
    });
    pumped.catch(() => {});
    const damage = await Promise.race([pumped, interrupted]);
    // Without a packet the file still says what its packets would have been; of what is no capture nothing is made.
    const link = reader.interfaces[0]?.link;
    if (damage === undefined || link !== undefined) work.copy?.open(link);
    if (damage === undefined) return undefined;
    work.flush();
    const name = `"${printable(path)}"`, what = printable(damage.message);
    // Nothing could be made of it, so it is not for its damage that it is not read.
    if (reader.interfaces.length === 0) return `Cannot read ${name}: ${what}`;
    const after = reader.count === 0 ? "" : ` after packet ${reader.count}`;
    return `${name} is damaged${after}: ${what} (octet ${damage.offset})`;
  } finally {
    source.close();
  }
}
