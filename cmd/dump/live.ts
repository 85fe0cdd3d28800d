// Packets from an interface for `netlab dump`: loaded for whoever captures, with sockets and the C library.
import { errorText, UsageError } from "../../lib/base/errors.ts";
import { counted, printable } from "../../lib/base/text.ts";
import { interfaceNamed } from "../../lib/capture/live/interfaces.ts";
import { kernelFilter } from "../../lib/capture/live/kernel_filter.ts";
import { type LiveCapture, NotPermitted, openLive } from "../../lib/capture/live/live.ts";
import { LINK, LINK_TYPES, linkTypeText } from "../../lib/capture/packet.ts";
import { RingError } from "../../lib/capture/live/ring.ts";
import { keepPermissions, onStatisticsSignal, onStopSignals } from "../../lib/stream/process.ts";
import type { DumpFlags, InterfaceNames } from "./output.ts";
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
  let capture: LiveCapture;
  try {
    capture = await open(name, work.flags);
  } catch (error) {
    if (!(error instanceof NotPermitted)) throw error;
    console.error(`netlab: ${printable(error.message)}\n${error.advice}`);
    return 1;
  }
  names.nameOf = capture.nameOf;
  const lost = await untilStopped(capture, work, name);
  work.flush();
  if (lost !== undefined) console.error(`netlab: Cannot capture on "${printable(name)}" any more: ${errorText(lost)}`);
  const totals = capture.statistics();
  if (totals !== undefined) work.copy?.statistics(totals);
  await work.end();
  console.error(countsOf(capture, work).join("\n"));
  return lost === undefined ? 0 : 1;
}

async function open(name: string, { B, p, s, y }: DumpFlags): Promise<LiveCapture> {
  const capture = await openLive({
    name,
    bufferKib: B,
    promiscuous: !p,
    snaplen: s === 0 ? undefined : s,
  });
  const { link } = capture;
  if (y === undefined || link === undefined || y.toUpperCase() === LINK_TYPES.get(link)?.[0]) return capture;
  capture.close();
  throw new UsageError(`Cannot capture ${y} on "${name}": its packets are ${linkTypeText(link)}`);
}

/** Captures with the signals handled, and closes it. What it could not go on for. */
async function untilStopped(capture: LiveCapture, work: Work, name: string): Promise<RingError | undefined> {
  const undo = [
    // A signal is how one ends a capture: it is no failure.
    onStopSignals(() => capture.stop()),
    onStatisticsSignal(() => {
      work.flush();
      console.error(`netlab: ${countsOf(capture, work).join(", ")}`);
    }),
  ];
  try {
    await begin(capture, work, name);
    return await takeAll(capture, work);
  } finally {
    undo.forEach((end) => end());
    capture.close();
  }
}

/** Sets the filter, gives up what is not needed any more, and says what is captured. */
async function begin(capture: LiveCapture, work: Work, name: string): Promise<void> {
  const { flags } = work, { link } = capture;
  await work.lookUp();
  if (link !== undefined) {
    work.prepare(link);
    capture.start(work.ringFilter(link, kernelFilter));
  }
  capture.drop(userOf(flags.Z));
  keepPermissions([...permissionsOf(flags), "ffi", ...(capture.by === "ring" ? [] : ["run"])]);
  work.copy?.open(link);
  const type = link === undefined ? "" : `, link-type ${linkTypeText(link)}`;
  console.error(`listening on ${name}${type}, snapshot length ${flags.s || 262_144} octets`);
}

/** Takes packets until it is stopped. What it could not go on for. */
async function takeAll(capture: LiveCapture, work: Work): Promise<RingError | undefined> {
  try {
    await capture.run(
      (packet) => work.take(packet, capture.filters),
      () => work.flush(),
    );
    return undefined;
  } catch (error) {
    if (error instanceof RingError) return error;
    throw error;
  }
}

/** tcpdump's lines at the end of a capture. */
function countsOf(capture: LiveCapture, { count }: Work): string[] {
  const totals = capture.statistics();
  return [
    `${counted(count, "packet")} captured`,
    ...(totals === undefined
      ? []
      : [`${totals.received} packets received by filter`, `${totals.dropped} packets dropped by kernel`]),
  ];
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
