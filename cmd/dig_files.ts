// The files that dig reads: `~/.digrc`, keys, the batch file, the table of the local time zone. Not pure.
import { latin1Text } from "../lib/base/bytes.ts";
import { errorText } from "../lib/base/errors.ts";
import { type DigOutput, fatal, type OctetText } from "../lib/dns/dig/settings.ts";

/** The contents of a file as octets in text; `undefined` when there is none to be read. */
export function readOctets(path: string): OctetText | undefined {
  try {
    return latin1Text(Deno.readFileSync(path));
  } catch {
    return undefined;
  }
}

/** Opens the batch file, "-" for standard input. Ends the run with status 8 when it cannot be read. */
export function openBatch(path: OctetText, output: DigOutput): ReadableStream<Uint8Array> {
  if (path === "-") return Deno.stdin.readable;
  try {
    return Deno.openSync(path).readable;
  } catch (error) {
    const words = error instanceof Deno.errors.NotFound
      ? "No such file or directory"
      : error instanceof Deno.errors.PermissionDenied
      ? "Permission denied"
      : errorText(error);
    output.err(`${path}: ${words}\n`);
    return fatal(output, "couldn't open specified batch file", 8);
  }
}

/** The table of the local time zone, named by `TZ` or the system's own; undefined for UTC. */
export function zoneTable(tz: string | undefined): Uint8Array | undefined {
  const name = tz?.replace(/^:/, "");
  if (name !== undefined && /^(?:|UTC0?|Etc\/UTC|UCT|GMT0)$/.test(name)) return undefined;
  const path = name === undefined ? "/etc/localtime" : name.startsWith("/") ? name : `/usr/share/zoneinfo/${name}`;
  try {
    const table = Deno.readFileSync(path);
    // The table of UTC has no changes: its rule, in the last line, says it all.
    return /\nUTC0\n$/.test(latin1Text(table.subarray(-8))) ? undefined : table;
  } catch {
    return undefined;
  }
}
