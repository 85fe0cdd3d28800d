// `--export-objects`: files that conversations carried, written into a directory.
import { errorText, UsageError } from "../../lib/base/errors.ts";
import { exportedLine, fileName, Objects, type Shelf } from "../../lib/capture/view/objects.ts";
import { parseDecode } from "../../lib/dissect/follow/choose.ts";
import type { KeyLog } from "../../lib/dissect/security/key_log.ts";
import type { DumpFlags, Output, View } from "./output.ts";

/** What can be asked for by name, as with tshark: "http,DIR". */
const KINDS = ["http"];

/** The view that writes files and tells of each. */
export function objectsView(asked: string, flags: DumpFlags, output: Output, keys: KeyLog): View {
  if (flags.mask) {
    throw new UsageError("Flag --mask has no meaning with --export-objects: files are written as they passed");
  }
  const [, kind, directory] = /^(?:([a-z0-9-]+),)?(.*)$/s.exec(asked) ?? [];
  if (directory === undefined || directory === "") throw new UsageError("Flag --export-objects names no directory");
  if (kind !== undefined && !KINDS.includes(kind)) {
    throw new UsageError(`Flag --export-objects does not know "${kind}"`, `it knows: ${KINDS.join(", ")}`);
  }
  const objects = new Objects(shelf(directory), { kind, decode: flags.decode.map(parseDecode), keys });
  const show = (found: ReturnType<Objects["end"]>) =>
    output.lines(found.map((file) => flags.json ? JSON.stringify(file) : exportedLine(file)));
  return {
    packet: (packet) => show(objects.add(packet)),
    flush: () => {},
    end: () => show(objects.end()),
  };
}

/** A directory. Files that are there stay as they are: another one of the same name gets a number. */
function shelf(directory: string): Shelf {
  try {
    Deno.mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new UsageError(
      `Cannot make the directory "${directory}": ${errorText(error)}`,
      "name one that can be written to: --export-objects DIR",
    );
  }
  const counts = new Map<string, number>();
  return {
    create(name) {
      const wanted = fileName(name);
      const dot = wanted.lastIndexOf(".");
      const [stem, end] = dot > 0 ? [wanted.slice(0, dot), wanted.slice(dot)] : [wanted, ""];
      for (let count = counts.get(wanted) ?? 1;; count++) {
        const path = `${directory}/${count === 1 ? wanted : `${stem}-${count}${end}`}`;
        try {
          Deno.openSync(path, { write: true, createNew: true }).close();
        } catch (error) {
          if (error instanceof Deno.errors.AlreadyExists) continue;
          throw cannotWrite(path, error);
        }
        counts.set(wanted, count + 1);
        return path;
      }
    },
    append(path, bytes, lost) {
      try {
        using file = Deno.openSync(path, { write: true });
        file.seekSync(lost, Deno.SeekMode.End);
        for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      } catch (error) {
        throw cannotWrite(path, error);
      }
    },
  };
}

function cannotWrite(path: string, error: unknown): Error {
  return new Error(`Cannot write "${path}": ${errorText(error)}`, { cause: error });
}
