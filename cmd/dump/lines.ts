// The view of `netlab dump` that is a line for each packet: loaded for whoever wants lines.
import { errorText, UsageError } from "../../lib/base/errors.ts";
import { interfaceNames } from "../../lib/capture/live/interfaces.ts";
import { LinePrinter } from "../../lib/capture/line/printer.ts";
import { parseIpsecKeys } from "../../lib/capture/line/tunnel/ipsec_keys.ts";
import type { Packet } from "../../lib/capture/packet.ts";
import { wantsNanoseconds } from "./work.ts";
import { BATCH, colours, type DumpFlags, type InterfaceNames, type Output, type View } from "./output.ts";

/** The text of a file of secrets. */
function secretsOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read secrets of -E in "${path}": ${errorText(error)}`, "see: netlab dump --help");
  }
}

/** A printer of lines as the flags want them. */
export function linePrinter(flags: DumpFlags, names: InterfaceNames): LinePrinter {
  // Read now: permissions are given up before the first packet.
  const present = interfaceNames();
  return new LinePrinter({
    time: flags.t ?? 0,
    nano: wantsNanoseconds(flags) === true,
    link: flags.e,
    verbose: flags.v ?? 0,
    quiet: (flags.q ?? 0) > 0,
    absolute: flags.S,
    numbers: flags.number,
    ascii: flags.A ?? 0,
    hex: flags.x ?? 0,
    hexAscii: flags.X ?? 0,
    noChecksums: flags.K || flags.mask,
    colour: colours(flags),
    asdot: flags.b,
    forced: flags.T,
    mesh: flags.H,
    secret: flags.M ?? "",
    keys: flags.E === undefined ? undefined : parseIpsecKeys(flags.E, secretsOf),
    interfaceName: (index) => names.nameOf?.(index) ?? present.get(index),
  });
}

/** A line for each packet. `masked` gives packets in which nothing is that should not be seen. */
export function lineView(
  flags: DumpFlags,
  output: Output,
  names: InterfaceNames,
  masked?: (packet: Packet) => Packet,
): View {
  const printer = linePrinter(flags, names);
  const flush = () => {
    if (printer.out.at > 0) output.write(printer.out.take());
  };
  return {
    packet(packet) {
      printer.print(masked?.(packet) ?? packet);
      if (printer.out.at > BATCH) flush();
    },
    flush,
    end: flush,
  };
}
