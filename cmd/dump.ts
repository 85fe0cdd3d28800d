// `netlab dump`: packets from a file, a pipe or an interface, through a filter, to a view or a file.
import { errorText, FormatError, UsageError } from "../lib/base/errors.ts";
import { printable } from "../lib/base/text.ts";
import { CaptureCopy } from "../lib/capture/copy.ts";
import { CaptureFilter } from "../lib/capture/filter/filter.ts";
import { type FilterNames, namesFrom, UnknownHost } from "../lib/capture/filter/names.ts";
import { interfaceLines, interfaceNamed } from "../lib/capture/interfaces.ts";
import { type LiveCapture, NotPermitted, openLive } from "../lib/capture/live.ts";
import { openCapture } from "../lib/capture/open.ts";
import { LINK, linkTypeText, type Packet } from "../lib/capture/packet.ts";
import { pump } from "../lib/capture/pump.ts";
import { CaptureReader } from "../lib/capture/reader.ts";
import { type IpAddress, parseIp } from "../lib/base/ip.ts";
import { parseCommand } from "../lib/options/command.ts";
import { keepPermissions, onStopSignals } from "../lib/stream/process.ts";
import { DUMP } from "./dump_flags.ts";
import { type DumpFlags, explainBytes, openView, Output, OutputClosed, type View } from "./dump_parts.ts";

/** Runs the command; the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values: flags, args } = parseCommand(DUMP, argv);
  const output = new Output();
  try {
    return await dump(flags, args, output);
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
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
  if (flags.D) {
    output.lines(interfaceLines());
    return 0;
  }
  if (flags.bytes !== undefined) {
    if (args.length > 0) throw new UsageError(`With --bytes there is no filter: "${args.join(" ")}" is too much`);
    await explainBytes(flags.bytes, flags, output);
    return 0;
  }
  if (flags.r !== undefined && flags.i !== undefined) {
    throw new UsageError('Flags "-r" and "-i" exclude each other', "see: netlab dump --help");
  }
  if (flags.r === undefined && flags.i === undefined) {
    throw new UsageError(
      "Say where packets come from: -r FILE or -i IFACE",
      "for example: netlab dump -r capture.pcapng; see: netlab dump --help",
    );
  }
  const text = flags.F === undefined ? args.join(" ") : filterFile(flags.F);
  const work = new Work(flags, text, output);
  return flags.r !== undefined ? await fromFile(flags.r, work) : await fromInterface(flags.i!, work);
}

function filterFile(path: string): string {
  return Deno.readTextFileSync(path).replace(/#.*$/gm, "").replace(/\s+/g, " ").trim();
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** What is done with packets, whereever they come from. */
class Work {
  readonly flags: DumpFlags;
  readonly text: string;
  readonly view: View | undefined;
  readonly copy: CaptureCopy | undefined;
  #filter: CaptureFilter | undefined;
  readonly #hosts = new Map<string, IpAddress[]>();
  readonly #limit: number;
  readonly #snaplen: number;
  /** Packets that passed the filter. */
  count = 0;

  constructor(flags: DumpFlags, text: string, output: Output) {
    this.flags = flags;
    this.text = text;
    this.#limit = flags.c ?? Infinity;
    this.#snaplen = flags.s === undefined || flags.s === 0 ? Infinity : flags.s;
    this.view = flags.w === undefined || flags.print ? openView(flags, output) : undefined;
    this.copy = flags.w === undefined ? undefined : new CaptureCopy({
      path: flags.w,
      size: flags.C === undefined ? undefined : millions(flags.C),
      seconds: flags.G,
      count: flags.W,
      unbuffered: flags.U,
      name: flags.i === undefined ? undefined : interfaceNamed(flags.i),
      filter: text,
      shortened: this.#snaplen !== Infinity,
      ...(flags.s === undefined ? {} : { snaplen: flags.s }),
    });
  }

  /** Compiles the filter for packets of `link`, looking up host names on the way. */
  async prepare(link: number, live: boolean): Promise<void> {
    if (this.text === "") return;
    const system = namesFrom(readText("/etc/services"), readText("/etc/protocols"), readText("/etc/hosts"));
    const names: FilterNames = { ...system, host: (name) => this.#hosts.get(name) ?? system.host(name) };
    const filter = new CaptureFilter(this.text, { names, live });
    for (let tries = 0; tries < 32; tries++) {
      try {
        filter.prepare(link);
        this.#filter = filter;
        return;
      } catch (error) {
        if (error instanceof UnknownHost) this.#hosts.set(error.host, await lookUp(error.host));
        else if (error instanceof FormatError) throw new UsageError(filterMessage(this.text, error));
        else throw error;
      }
    }
  }

  /** As `prepare`, once every name was looked up. */
  prepareNow(link: number, live = false): void {
    if (this.text === "") return;
    if (this.#filter === undefined) {
      const system = namesFrom(readText("/etc/services"), readText("/etc/protocols"), readText("/etc/hosts"));
      this.#filter = new CaptureFilter(this.text, {
        names: { ...system, host: (name) => this.#hosts.get(name) ?? system.host(name) },
        live,
      });
    }
    try {
      this.#filter.prepare(link);
    } catch (error) {
      if (error instanceof FormatError) throw new UsageError(filterMessage(this.text, error));
      throw error;
    }
  }

  /** Takes a packet; `false` when that was the last one. */
  take(packet: Packet): boolean {
    if (this.#filter !== undefined && !this.#filter.matches(packet)) return true;
    this.count++;
    if (packet.caplen > this.#snaplen) {
      packet.caplen = this.#snaplen;
    }
    this.copy?.packet(packet);
    this.view?.packet(packet);
    return this.count < this.#limit && this.copy?.done !== true;
  }

  flush(): void {
    this.copy?.flush();
    this.view?.flush();
  }

  end(): void {
    this.copy?.close();
    this.view?.end();
  }
}

function filterMessage(text: string, error: FormatError): string {
  const where = error.offset > 0 ? ` at "${text.slice(error.offset, error.offset + 20)}"` : "";
  return `Cannot parse filter "${text}": ${error.message}${where}`;
}

async function lookUp(host: string): Promise<IpAddress[]> {
  const found: IpAddress[] = [];
  for (const type of ["A", "AAAA"] as const) {
    try {
      for (const text of await Deno.resolveDns(host, type, { signal: AbortSignal.timeout(5000) })) {
        const ip = parseIp(text);
        if (ip !== undefined) found.push(ip);
      }
    } catch {
      // No address of this family.
    }
  }
  if (found.length === 0) throw new UsageError(`Cannot parse filter: unknown host "${host}"`);
  return found;
}

/** Octets of `-C`: millions, or with a letter powers of 1024. */
function millions(text: string): number {
  const match = /^(\d+)([kmg]?)(?:i?b)?$/i.exec(text);
  if (match === null || Number(match[1]) === 0) {
    throw new UsageError(`Cannot parse flag "-C": "${text}" is not a size`, "for example: -C 10, -C 64k, -C 2G");
  }
  const exponent = " kmg".indexOf(match[2]!.toLowerCase() || " ");
  return exponent === 0 ? Number(match[1]) * 1_000_000 : Number(match[1]) * 1024 ** exponent;
}

async function fromFile(path: string, work: Work): Promise<number> {
  let source;
  try {
    source = await openCapture(path);
  } catch (error) {
    throw new Error(`Cannot open "${path}": ${errorText(error)}`, { cause: error });
  }
  let status = 0, stopped = 0;
  const abort = new AbortController();
  // A read that waits for a pipe does not hear of the signal: it is left waiting.
  const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<undefined>();
  const undo = onStopSignals((code) => {
    stopped = code;
    abort.abort();
    interrupt(undefined);
  });
  const reader = new CaptureReader({
    onBlock: (block) => work.copy?.block(block),
  });
  // The filter is compiled when the link type is known: with the first packet.
  await work.prepare(LINK.ETHERNET, false).catch((error) => {
    // It may still fit the link type of the file; what is wrong for every one is said now.
    if (error instanceof UsageError && /syntax error|unknown|illegal port|invalid IPv4/.test(error.message)) {
      throw error;
    }
  });
  let prepared = -1;
  const pending: { error: unknown }[] = [];
  try {
    keepPermissions(work.flags.w === undefined ? ["env", "read", "sys"] : ["env", "read", "write", "sys"]);
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
      idle: path === "-" ? () => work.flush() : () => {},
      signal: abort.signal,
    });
    pumped.catch(() => {});
    const damage = await Promise.race([pumped, interrupted]);
    if (pending.length > 0) throw pending[0]!.error;
    // Without a packet the file still says what its packets would have been.
    if (reader.format === "pcap") work.copy?.open(reader.interfaces[0]?.link);
    work.flush();
    work.end();
    if (damage !== undefined) {
      const after = reader.count === 0 ? "" : ` after packet ${reader.count}`;
      console.error(
        `netlab: "${printable(path)}" is damaged${after}: ${printable(damage.message)} (octet ${damage.offset})`,
      );
      status = 1;
    }
  } finally {
    undo();
    source.close();
  }
  return stopped !== 0 ? stopped : status;
}

async function fromInterface(text: string, work: Work): Promise<number> {
  const name = interfaceNamed(text);
  const { flags } = work;
  let live: LiveCapture;
  try {
    live = await openLive({
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
  let status = 0;
  const undo = onStopSignals((code) => {
    // Interrupting is how one ends a capture: it is no failure.
    status = code === 130 ? 0 : code;
    live.stop();
  });
  try {
    if (live.link !== undefined) await work.prepare(live.link, true);
    live.drop(userOf(flags.Z));
    keepPermissions(
      [...(flags.w === undefined ? [] : ["write"]), "env", "read", "ffi", ...(live.by === "ring" ? [] : ["run"])],
    );
    work.copy?.open(live.link);
    const link = live.link === undefined ? "" : `, link-type ${linkTypeText(live.link)}`;
    console.error(`listening on ${name}${link}, snapshot length ${flags.s || 262_144} octets`);
    let prepared = live.link ?? -1;
    await live.run(
      (packet) => {
        if (packet.link !== prepared) {
          work.prepareNow(packet.link, true);
          prepared = packet.link;
        }
        return work.take(packet);
      },
      () => work.flush(),
    );
  } finally {
    undo();
  }
  work.flush();
  const totals = live.statistics();
  if (totals !== undefined) work.copy?.statistics(totals);
  work.end();
  console.error(`${work.count} packet${work.count === 1 ? "" : "s"} captured`);
  if (totals !== undefined) {
    console.error(`${totals.received} packets received by filter\n${totals.dropped} packets dropped by kernel`);
  }
  return status;
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
