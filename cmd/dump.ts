// `netlab dump`: packets from a file, a pipe or an interface, through a filter, to a view or a file.
import { errorText, UsageError } from "../lib/base/errors.ts";
import { printable } from "../lib/base/text.ts";
import { interfaceLines, interfaceNamed } from "../lib/capture/interfaces.ts";
import type { LiveCapture } from "../lib/capture/live.ts";
import { openCapture } from "../lib/capture/open.ts";
import { LINK, LINK_TYPES, linkTypeText } from "../lib/capture/packet.ts";
import { pump } from "../lib/capture/pump.ts";
import { CaptureReader } from "../lib/capture/reader.ts";
import { KeyLog } from "../lib/dissect/security/key_log.ts";
import { parseCommand } from "../lib/options/command.ts";
import { keepPermissions, onStatisticsSignal, onStopSignals } from "../lib/stream/process.ts";
import { DUMP, REFUSED } from "./dump/flags.ts";
import { type DumpFlags, type InterfaceNames, Output, OutputClosed } from "./dump/output.ts";
import { explainBytes, openView } from "./dump/view.ts";
import { readText, Work } from "./dump/work.ts";

/** Sockets and the C library: only for those who capture. */
const live = () =>
  import(import.meta.resolve("../lib/capture/live.ts")) as Promise<typeof import("../lib/capture/live.ts")>;

/** Runs the command; the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values: flags, args } = parseCommand(DUMP, argv);
  const output = new Output();
  try {
    return await dump(flags, args, output);
  } catch (error) {
    // Nobody reads any more, what is shown or what -w - writes.
    if (error instanceof OutputClosed || error instanceof Deno.errors.BrokenPipe) return 0;
    throw error;
  }
}

/**
 * The arguments of `relay` when a line of `dump` names two addresses to stand between, else `undefined`: the first
 * holds a colon or a comma after a word, as no filter begins.
 */
export function asRelay(argv: readonly string[]): string[] | undefined {
  const { values: flags, args } = parseCommand(DUMP, argv);
  if (args.length !== 2 || flags.r !== undefined || flags.i !== undefined || flags.bytes !== undefined) {
    return undefined;
  }
  if (!/^(-|[a-z][a-z0-9-]*[:,].*)$/i.test(args[0]!)) return undefined;
  return [
    typeof flags.explain === "string" ? `--explain=${flags.explain}` : "--explain",
    ...argv.filter((arg) => !/^--explain(=|$)/.test(arg)),
  ];
}

async function dump(flags: DumpFlags, args: readonly string[], output: Output): Promise<number> {
  for (const flag of REFUSED) {
    if (flags[flag]) throw new UsageError(`Flag "-${flag}" is tcpdump's alone: ${DUMP.flags[flag].help}`);
  }
  if (flags.t !== undefined && flags.t > 5) throw new UsageError('Flag "-t" stands five times at most');
  if (flags.m.length > 0) console.error('netlab: flag "-m" is passed over: MIBs are not read');
  if (flags.D) {
    output.lines(interfaceLines());
    return 0;
  }
  if (flags.L || flags.J) {
    const name = interfaceNamed(flags.i ?? "1");
    output.lines(
      flags.L
        ? [`Data link types for ${name} (use option -y to set):`, ...(await linkTypesOf(name))]
        : [`Time stamp types for ${name} (use option -j to set):`, "  host (Host)"],
    );
    return 0;
  }
  if (flags.bytes !== undefined) {
    if (args.length > 0) throw new UsageError(`With --bytes there is no filter: "${args.join(" ")}" is too much`);
    await explainBytes(flags.bytes, flags, output);
    return 0;
  }
  const text = flags.F === undefined ? args.join(" ") : filterFile(flags.F);
  if (flags.d !== undefined) {
    output.lines(await filterCode(flags, text));
    return 0;
  }
  const sources = (["r", "V", "i"] as const).filter((flag) => flags[flag] !== undefined);
  if (sources.length > 1) {
    throw new UsageError(`Flags "-${sources[0]}" and "-${sources[1]}" exclude each other`, "see: netlab dump --help");
  }
  if (sources.length === 0) {
    const [first] = args;
    const line = first === undefined
      ? "-r capture.pcapng"
      : args.length === 1 && isFile(first)
      ? `-r ${first}`
      : `-i any ${args.join(" ")}`;
    throw new UsageError(
      "Say where packets come from: -r FILE or -i IFACE",
      `for example: netlab dump ${line}; see: netlab dump --help`,
    );
  }
  // Secrets of TLS: those of --keylog, and those that the capture itself holds.
  const keys = flags.keylog === undefined ? new KeyLog() : (await import("./dump/keys.ts")).readKeyLog(flags.keylog);
  const names: InterfaceNames = {};
  const view = flags.w === undefined || flags.print ? await openView(flags, output, keys, names) : undefined;
  const work = new Work(flags, text, view, keys);
  if (flags.i !== undefined) return await fromInterface(flags.i, work, names);
  return await fromFiles(flags.r !== undefined ? [flags.r] : await listed(flags.V!), work);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The files that a file names. */
async function listed(path: string): Promise<string[]> {
  const text = path === "-" ? await new Response(Deno.stdin.readable).text() : fileText(path);
  return text.split("\n").filter((line) => line !== "");
}

/** `-d`: the filter as the kernel runs it, for the link type of `-y`, of a file, of `-i any`, else Ethernet. */
async function filterCode(flags: DumpFlags, text: string): Promise<string[]> {
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
  await work.prepare(link, flags.r === undefined);
  const { kernelFilter, programLines } = await live();
  const { program } = work.ringFilter(link, kernelFilter) ?? { program: kernelFilter({ k: "yes" }, link, false) };
  if (program === undefined) throw new Error("Cannot show the filter as code: the kernel cannot run it, netlab does");
  return programLines(program, flags.d === 1 ? "words" : flags.d === 2 ? "c" : "numbers");
}

/** Opens a capture. */
async function opened(path: string): ReturnType<typeof openCapture> {
  try {
    return await openCapture(path);
  } catch (error) {
    throw new Error(`Cannot open "${path}": ${errorText(error)}`, { cause: error });
  }
}

/** `  EN10MB (Ethernet)` for what packets of an interface begin with. */
async function linkTypesOf(name: string): Promise<string[]> {
  const capture = await (await live()).openLive({ name, promiscuous: false });
  capture.close();
  return [`  ${linkTypeText(capture.link ?? LINK.ETHERNET)}`];
}

/** The filter in a file: `#` begins a comment. */
function filterFile(path: string): string {
  return fileText(path).replace(/#.*$/gm, "").replace(/\s+/g, " ").trim();
}

function fileText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new Error(`Cannot open "${path}": ${errorText(error)}`, { cause: error });
  }
}

async function fromFiles(paths: readonly string[], work: Work): Promise<number> {
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
    // The filter is compiled when the link type is known: with the first packet.
    await work.prepare(LINK.ETHERNET, false).catch((error) => {
      // It may still fit the link type of the file; what is wrong for every one is said now.
      if (error instanceof UsageError && /syntax error|unknown|illegal port|invalid IPv4/.test(error.message)) {
        throw error;
      }
    });
    for (const path of paths) {
      if (stopped !== 0 || work.done) break;
      const damage = await fromFile(path, work, abort.signal, interrupted);
      if (damage === undefined) continue;
      console.error(`netlab: "${printable(path)}" is damaged${damage}`);
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

/** Reads one file to its end; gives words for what is wrong with it, if anything. */
async function fromFile(
  path: string,
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
  let prepared = -1;
  const pending: { error: unknown }[] = [];
  try {
    keepPermissions(["env", "read", "sys", ...writing(work.flags)]);
    const pumped = pump(source, reader, {
      packet(packet) {
        if (packet.link !== prepared) {
          try {
            work.prepareNow(packet.link);
          } catch (error) {
            pending.push({ error });
            return false;
          }
          prepared = packet.link;
        }
        return work.take(packet);
      },
      // What a pipe has brought so far is shown.
      idle: source.patient ? () => work.flush() : undefined,
      signal,
    });
    pumped.catch(() => {});
    const damage = await Promise.race([pumped, interrupted]);
    if (pending.length > 0) throw pending[0]!.error;
    // Without a packet the file still says what its packets would have been.
    if (reader.format === "pcap") work.copy?.open(reader.interfaces[0]?.link);
    if (damage === undefined) return undefined;
    work.flush();
    const after = reader.count === 0 ? "" : ` after packet ${reader.count}`;
    return `${after}: ${printable(damage.message)} (octet ${damage.offset})`;
  } finally {
    source.close();
  }
}

async function fromInterface(text: string, work: Work, names: InterfaceNames): Promise<number> {
  const name = interfaceNamed(text);
  const { flags } = work;
  const { kernelFilter, NotPermitted, openLive, RingError } = await live();
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
    keepPermissions(
      [...writing(flags), "env", "read", "ffi", ...(capture.by === "ring" ? [] : ["run"])],
    );
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

/** Permissions that writing needs: the runtime has one of its own for devices, `/dev/fd/63` among them. */
function writing({ w, z }: DumpFlags): string[] {
  if (w !== undefined && /^\/(?:dev|proc)\//.test(w)) return ["all"];
  return w === undefined ? [] : z === undefined ? ["write"] : ["write", "run"];
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
