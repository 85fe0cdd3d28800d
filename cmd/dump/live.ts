// Packets from an interface for `netlab dump`: loaded for whoever captures, with sockets and the C library.
import { errorText, UsageError } from "../../lib/base/errors.ts";
import { printable } from "../../lib/base/text.ts";
import { interfaceNamed } from "../../lib/capture/live/interfaces.ts";
import { kernelFilter } from "../../lib/capture/live/kernel_filter.ts";
import { type LiveCapture, NotPermitted, openLive } from "../../lib/capture/live/live.ts";
import { LINK, LINK_TYPES, linkTypeText } from "../../lib/capture/packet.ts";
import { RingError } from "../../lib/capture/live/ring.ts";
import { keepPermissions, onStatisticsSignal, onStopSignals } from "../../lib/stream/process.ts";
import type { InterfaceNames } from "./output.ts";
import { permissionsOf, readText, type Work } from "./work.ts";

/** `  EN10MB (Ethernet)` for what packets of an interface begin with. */
export async function linkTypesOf(name: string): Promise<string[]> {
  const capture = await openLive({ name, promiscuous: false });
  capture.close();
  return [`  ${linkTypeText(capture.link ?? LINK.ETHERNET)}`];
}

/** Takes the packets of an interface until a signal comes, or until it is enough; the exit status. */
export async function fromInterface(text: string, work: Work, names: InterfaceNames): Promise<number> {
  const name = interfaceNamed(text);
  const { flags } = work;
  let capture: LiveCapture;
  try {
    capture = await openLive({
      name,
      bufferKib: flags.B,
      promiscuous: !flags.p,
      snaplen: flags.s === 0 ? undefined : flags.s,
    });
  } catch (error) {
    if (!(error instanceof NotPermitted)) throw error;
    console.error(`netlab: ${printable(error.message)}\n${error.advice}`);
    return 1;
  }
  if (
    flags.y !== undefined && capture.link !== undefined && flags.y.toUpperCase() !== LINK_TYPES.get(capture.link)?.[0]
  ) {
    capture.close();
    throw new UsageError(`Cannot capture ${flags.y} on "${name}": its packets are ${linkTypeText(capture.link)}`);
  }
  // A signal is how one ends a capture: it is no failure.
  const undo = onStopSignals(() => capture.stop());
  const counts = () => {
    const totals = capture.statistics();
    return [
      `${work.count} packet${work.count === 1 ? "" : "s"} captured`,
      ...(totals === undefined
        ? []
        : [`${totals.received} packets received by filter`, `${totals.dropped} packets dropped by kernel`]),
    ];
  };
  const unwatch = onStatisticsSignal(() => {
    work.flush();
    console.error(`netlab: ${counts().join(", ")}`);
  });
  names.nameOf = capture.nameOf;
  let lost: unknown;
  try {
    if (capture.link !== undefined) {
      await work.prepare(capture.link, true);
      capture.start(work.ringFilter(capture.link, kernelFilter));
    }
    capture.drop(userOf(flags.Z));
    keepPermissions([...permissionsOf(flags), "ffi", ...(capture.by === "ring" ? [] : ["run"])]);
    work.copy?.open(capture.link);
    const link = capture.link === undefined ? "" : `, link-type ${linkTypeText(capture.link)}`;
    console.error(`listening on ${name}${link}, snapshot length ${flags.s || 262_144} octets`);
    let prepared = capture.link ?? -1;
    await capture.run(
      (packet) => {
        if (packet.link !== prepared) {
          work.prepareNow(packet.link, true);
          prepared = packet.link;
        }
        return work.take(packet, capture.filters);
      },
      () => work.flush(),
    ).catch((error) => {
      if (!(error instanceof RingError)) throw error;
      lost = error;
    });
  } finally {
    undo();
    unwatch();
  }
  work.flush();
  if (lost !== undefined) console.error(`netlab: Cannot capture on "${printable(name)}" any more: ${errorText(lost)}`);
  const totals = capture.statistics();
  if (totals !== undefined) work.copy?.statistics(totals);
  await work.end();
  console.error(counts().join("\n"));
  return lost === undefined ? 0 : 1;
}

/** Whom to become after the socket is open: `-Z`, else whoever called sudo. */
function userOf(text: string | undefined): { uid: number; gid: number } | undefined {
  if (text === "root") return undefined;
  const line = text === undefined || /^\d+$/.test(text)
    ? undefined
    : readText("/etc/passwd").split("\n").map((one) => one.split(":")).find((parts) => parts[0] === text);
  if (text !== undefined && line === undefined && !/^\d+$/.test(text)) {
    throw new UsageError(`Cannot parse flag "-Z": there is no user "${text}"`);
  }
  const uid = Number(line?.[2] ?? text ?? Deno.env.get("SUDO_UID"));
  const gid = Number(line?.[3] ?? Deno.env.get("SUDO_GID") ?? uid);
  return Number.isInteger(uid) && uid > 0 ? { uid, gid } : undefined;
}
