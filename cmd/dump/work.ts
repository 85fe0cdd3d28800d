// What `dump` does with packets wherever they come from: filter, count, copy to a file, show.
import { errorText, FormatError, UsageError } from "../../lib/base/errors.ts";
import { type IpAddress, parseIp } from "../../lib/base/ip.ts";
import { type CaptureCopy, type CopySource, openCopy } from "../../lib/capture/file/copy.ts";
import { CaptureFilter, hostsIn } from "../../lib/capture/filter/filter.ts";
import { namesFrom } from "../../lib/capture/filter/names.ts";
import type { RingFilter } from "../../lib/capture/live/ring.ts";
import type { kernelFilter } from "../../lib/capture/live/kernel_filter.ts";
import { interfaceNamed } from "../../lib/capture/live/interfaces.ts";
import { printable } from "../../lib/base/text.ts";
import { LINK, type Packet } from "../../lib/capture/packet.ts";
import { type CaptureBlock, tlsSecrets } from "../../lib/capture/file/pcapng.ts";
import { isSpecial } from "../../lib/stream/process.ts";
import { systemTable } from "../../lib/stream/system_table.ts";
import type { KeyLog } from "../../lib/dissect/security/key_log.ts";
import type { DumpFlags, View } from "./output.ts";

/** The text of a file, empty where it cannot be read. */
export function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** The system's names of ports, protocols and hosts. */
const systemNames = () => namesFrom(systemTable("services"), systemTable("protocols"), systemTable("hosts"));

/** What is done with packets. */
export class Work {
  readonly flags: DumpFlags;
  readonly text: string;
  readonly view: View | undefined;
  readonly copy: CaptureCopy | undefined = undefined;
  /** Where packets come from now. */
  source: CopySource = { linkBits: 0, snaplen: 0, nanosecond: false };
  readonly #keys: KeyLog;
  readonly #children: Promise<unknown>[] = [];
  #filter: CaptureFilter | undefined;
  /** The link type of the packets that it is prepared for. */
  #link = -1;
  readonly #limit: number;
  readonly #snaplen: number;
  readonly #direction: "in" | "out" | undefined;
  /** Packets that passed the filter. */
  count = 0;
  /** Some packet said which way it went. */
  #directed = false;

  /** `view` shows what passes; without `-w` there is one. `keys` take the secrets that a capture holds. */
  constructor(flags: DumpFlags, text: string, view: View | undefined, keys: KeyLog) {
    this.#keys = keys;
    this.flags = flags;
    this.text = text;
    this.#limit = flags.c ?? Infinity;
    this.#snaplen = flags.s === undefined || flags.s === 0 ? Infinity : flags.s;
    this.#direction = flags.Q === "inout" ? undefined : flags.Q;
    this.view = view;
    const size = flags.C === undefined ? undefined : millions(flags.C);
    if (flags.w === undefined) return;
    const nanosecond = wantsNanoseconds(flags);
    this.copy = openCopy({
      path: flags.w,
      size,
      seconds: flags.G,
      since: flags.i === undefined ? undefined : Date.now() / 1000,
      count: flags.W,
      unbuffered: flags.U,
      name: flags.i === undefined ? undefined : interfaceNamed(flags.i),
      filter: text,
      snaplen: flags.s,
      nanosecond,
      finished: flags.z === undefined ? undefined : (name) => this.#run(flags.z!, name),
    }, () => this.source);
  }

  /** Runs the program of `-z` on a file. */
  #run(program: string, name: string): void {
    const failed = (error: unknown) =>
      console.error(`netlab: Cannot run "${printable(program)}" on "${printable(name)}": ${errorText(error)}`);
    try {
      const child = new Deno.Command(program, { args: [name], stdin: "null" }).spawn();
      this.#children.push(child.status);
    } catch (error) {
      failed(error);
    }
  }

  /** Looks up the hosts that the filter names, once, before it is prepared. A `UsageError` for a filter that is none. */
  async lookUp(): Promise<void> {
    if (this.text === "") return;
    const system = systemNames(), hosts = new Map<string, readonly IpAddress[]>();
    for (const name of this.#judged(() => hostsIn(this.text))) {
      hosts.set(name, system.host(name) ?? await addressesOf(name));
    }
    this.#filter = new CaptureFilter(this.text, {
      names: { ...system, host: (name) => hosts.get(name) },
      live: this.flags.r === undefined && this.flags.V === undefined,
    });
  }

  /** Compiles the filter for packets of `link`. A `UsageError` for what is wrong with it. */
  prepare(link: number): void {
    this.#judged(() => this.#filter?.prepare(link));
    this.#link = link;
  }

  #judged<T>(judge: () => T): T {
    try {
      return judge();
    } catch (error) {
      if (error instanceof FormatError) throw new UsageError(filterMessage(this.text, error));
      throw error;
    }
  }

  /** Takes what a pcapng file holds besides packets. */
  block(block: CaptureBlock): void {
    this.copy?.block(block);
    this.view?.block?.(block);
    const secrets = this.view === undefined ? undefined : tlsSecrets(block);
    if (secrets !== undefined) this.#keys.add(secrets);
  }

  /** The filter for a ring of packets of `link`, which judges them before they come here. */
  ringFilter(link: number, program: typeof kernelFilter): RingFilter | undefined {
    const filter = this.#filter;
    if (filter === undefined) return undefined;
    // As the kernel shows packets: a filter that does not ask for tags does not see them.
    const untagged = !/\bvlan\b/.test(this.text);
    return {
      program: program(filter.condition(link), link, !untagged),
      matches: (packet) => filter.matches(packet),
      untagged,
    };
  }

  /** Takes a packet, filtered already or not; `false` when that was the last one. */
  take(packet: Packet, filtered = false): boolean {
    if (packet.link !== this.#link) this.prepare(packet.link);
    if (this.#direction !== undefined) {
      const direction = directionOf(packet);
      if (direction !== undefined) this.#directed = true;
      if (direction !== this.#direction) return true;
    }
    if (!filtered && this.#filter?.matches(packet) === false) return true;
    this.count++;
    // What is read is shown whole; as tcpdump does it.
    const { caplen } = packet, shortened = caplen > this.#snaplen;
    if (shortened) packet.caplen = this.#snaplen;
    this.copy?.packet(packet, shortened);
    packet.caplen = caplen;
    this.view?.packet(packet);
    return !this.done;
  }

  /** As many packets as were asked for. */
  get done(): boolean {
    return this.count >= this.#limit || this.copy?.file.done === true;
  }

  flush(): void {
    this.copy?.file.flush();
    this.view?.flush();
  }

  /** The end: files are whole, totals shown, programs of `-z` done. */
  async end(): Promise<void> {
    if (this.#direction !== undefined && !this.#directed && this.flags.i === undefined) {
      console.error(`netlab: No packet says which way it went: -Q ${this.#direction} shows none`);
    }
    this.copy?.file.close();
    this.view?.end();
    await Promise.all(this.#children);
  }
}

/** Permissions that writing needs, and reading `paths` that are not open yet. */
export function permissionsOf(
  { w, z, "export-objects": objects }: DumpFlags,
  paths: readonly string[] = [],
): string[] {
  if ([...paths, ...(w === undefined ? [] : [w])].some(isSpecial)) return ["all"];
  return [
    "env",
    "read",
    "sys",
    ...(w === undefined && objects === undefined ? [] : ["write"]),
    ...(z === undefined ? [] : ["run"]),
  ];
}

/** What the flags say of nanoseconds, if anything. */
export function wantsNanoseconds(flags: DumpFlags): boolean | undefined {
  if (flags.nano || flags["time-stamp-precision"] === "nano") return true;
  return flags.micro || flags["time-stamp-precision"] === "micro" ? false : undefined;
}

/** Which way a packet went, where the capture or a cooked header says so. */
function directionOf(packet: Packet): "in" | "out" | undefined {
  const { bytes, start } = packet;
  if (packet.link === LINK.LINUX_SLL && packet.caplen >= 2) return bytes[start + 1] === 4 ? "out" : "in";
  if (packet.link === LINK.LINUX_SLL2 && packet.caplen >= 11) return bytes[start + 10] === 4 ? "out" : "in";
  if (packet.link === LINK.PPP_WITH_DIR && packet.caplen >= 1) return bytes[start] === 0 ? "in" : "out";
  return packet.direction;
}

function filterMessage(text: string, error: FormatError): string {
  const where = error.offset > 0 ? ` at "${text.slice(error.offset, error.offset + 20)}"` : "";
  return `Cannot parse filter "${text}": ${error.message}${where}`;
}

/** The addresses of a host; none: there is no such host. */
async function addressesOf(host: string): Promise<IpAddress[]> {
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
