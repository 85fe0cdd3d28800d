// `netlab dump -d`: the filter as code of the kernel, loaded for whoever asks for it.
import { UsageError } from "../../lib/base/errors.ts";
import { kernelFilter } from "../../lib/capture/live/kernel_filter.ts";
import { programLines } from "../../lib/capture/live/kernel_text.ts";
import { LINK, LINK_TYPES } from "../../lib/capture/packet.ts";
import { pump } from "../../lib/capture/file/pump.ts";
import { CaptureReader } from "../../lib/capture/file/reader.ts";
import { KeyLog } from "../../lib/dissect/security/key_log.ts";
import { opened } from "./files.ts";
import type { DumpFlags } from "./output.ts";
import { Work } from "./work.ts";

/** Lines of the filter as the kernel runs it, for the link type of `-y`, of a file, of `-i any`, else Ethernet. */
export async function filterCode(flags: DumpFlags, text: string): Promise<string[]> {
  let link: number | undefined = flags.i === "any" ? LINK.LINUX_SLL2 : LINK.ETHERNET;
  if (flags.y !== undefined) {
    link = [...LINK_TYPES].find(([, [name]]) => name === flags.y!.toUpperCase())?.[0];
    if (link === undefined) throw new UsageError(`Cannot parse flag "-y": "${flags.y}" is no link type`);
  } else if (flags.r !== undefined) {
    const reader = new CaptureReader();
    const source = await opened(flags.r);
    await pump(source, reader, { packet: () => false });
    source.close();
    link = reader.interfaces[0]?.link ?? link;
  }
  const work = new Work({ ...flags, w: undefined }, text, undefined, new KeyLog());
  await work.lookUp();
  work.prepare(link);
  const { program } = work.ringFilter(link, kernelFilter) ?? { program: kernelFilter({ k: "yes" }, link, false) };
  if (program === undefined) throw new Error("Cannot show the filter as code: the kernel cannot run it, netlab does");
  return programLines(program, flags.d === 1 ? "words" : flags.d === 2 ? "c" : "numbers");
}
