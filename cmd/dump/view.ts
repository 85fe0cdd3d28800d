// Which view of `netlab dump` shows packets. Its modules are loaded when it is asked for: lines need no explanations.
// To add a view: a function in views.ts, its case here, its flag in flags.ts.
import { counted } from "../../lib/base/text.ts";
import { UsageError } from "../../lib/base/errors.ts";
import type { KeyLog } from "../../lib/dissect/security/key_log.ts";
import type { DumpFlags, InterfaceNames, Output, View } from "./output.ts";

const lines = () => import(import.meta.resolve("./lines.ts")) as Promise<typeof import("./lines.ts")>;
const views = () => import(import.meta.resolve("./views.ts")) as Promise<typeof import("./views.ts")>;

/** The view that the flags ask for. */
export async function openView(flags: DumpFlags, output: Output, keys: KeyLog, names: InterfaceNames): Promise<View> {
  const asked = [
    flags.follow && "--follow",
    flags.fields !== undefined && "--fields",
    flags["export-objects"] !== undefined && "--export-objects",
    flags.stat && "--stat",
    flags.count && "--count",
  ]
    .filter(Boolean);
  if (asked.length > 1) {
    throw new UsageError(`Flags ${asked.join(" and ")} exclude each other`, "see: netlab dump --help");
  }
  if (flags.count) return countView(output);
  if (flags.stat) return (await views()).statView(flags, output);
  const objects = flags["export-objects"];
  if (objects !== undefined) {
    const { objectsView } =
      await (import(import.meta.resolve("./objects.ts")) as Promise<typeof import("./objects.ts")>);
    return objectsView(objects, flags, output, keys);
  }
  if (flags.follow) return (await views()).followView(flags, output, keys);
  if (flags.fields !== undefined) return (await views()).columnView(flags, output, keys);
  if (flags.json) return (await views()).jsonView(flags, output, keys);
  if (flags.explain !== undefined) return (await views()).explainView(flags, output, await lines(), names, keys);
  // Passwords are found by explaining: only whoever hides them pays for it.
  const masked = flags.mask ? (await views()).masker(flags, keys) : undefined;
  return (await lines()).lineView(flags, output, names, masked);
}

/** `--bytes`: standard input, explained as a protocol. */
export async function explainBytes(name: string, flags: DumpFlags, output: Output): Promise<void> {
  await (await views()).explainBytes(name, flags, output);
}

function countView(output: Output): View {
  let count = 0;
  return {
    packet: () => void count++,
    flush: () => {},
    end: () => output.lines([counted(count, "packet")]),
  };
}
