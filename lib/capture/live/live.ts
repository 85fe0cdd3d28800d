// Live capture by the best means at hand: the packet ring, else dumpcap or tcpdump as a child, else words what to do.
import { HAS_ANY, networkInterfaces } from "./interfaces.ts";
import type { Packet } from "../packet.ts";
import { pump } from "../file/pump.ts";
import { CaptureReader } from "../file/reader.ts";
import { errorText } from "../../base/errors.ts";
import { PacketRing, type RingFilter } from "./ring.ts";

export interface LiveOptions {
  /** Name of the interface; `any` is all of them. */
  readonly name: string;
  readonly bufferKib?: number | undefined;
  readonly promiscuous?: boolean;
  readonly snaplen?: number | undefined;
}

/** A running capture. */
export interface LiveCapture {
  /** Link type of its packets. For a child it is known with the first packet: `undefined` until then. */
  readonly link: number | undefined;
  /** What does the work: "ring", "dumpcap", "tcpdump". */
  readonly by: string;
  /**
   * Lets packets come that pass `filter`, which a child does not know: then `packet` is given others too. Fails where the
   * interface is down.
   */
  start(filter?: RingFilter): void;
  /** Whether packets that come passed the filter. */
  readonly filters: boolean;
  /** The name of an interface by its number, also of one that came later. */
  nameOf?(index: number): string | undefined;
  /** Hands over packets until `stop`, or until `packet` gives `false`. Fails when the interface is gone. */
  run(packet: (packet: Packet) => boolean | void, idle: () => void): Promise<void>;
  stop(): void;
  /** Gives it up without running it. */
  close(): void;
  /** Packets that arrived and that were lost, where known. */
  statistics(): { received: number; dropped: number } | undefined;
  /** Gives up privileges of the process. */
  drop(user: { uid: number; gid: number } | undefined): void;
}

/** Milliseconds between two looks at whether to stop. */
const LOOK_MS = 200;

/** Begins to capture. Fails for a wrong name, with `NotPermitted` where nothing helps. */
export async function openLive(options: LiveOptions): Promise<LiveCapture> {
  const { name } = options;
  const interfaces = networkInterfaces();
  const on = interfaces.find((one) => one.name === name);
  if (on === undefined && !(name === "any" && HAS_ANY)) {
    const names = [...interfaces.map((one) => one.name), ...(HAS_ANY ? ["any"] : [])].join(", ");
    throw new Error(`Cannot capture on "${name}": there is no such interface; there are ${names}`);
  }
  let cause: unknown;
  if (Deno.build.os === "linux") {
    try {
      return ringCapture(
        name,
        new PacketRing({
          on,
          ...(options.bufferKib === undefined ? {} : { bufferKib: options.bufferKib }),
          promiscuous: options.promiscuous ?? true,
          ...(options.snaplen === undefined ? {} : { snaplen: options.snaplen }),
        }),
      );
    } catch (error) {
      cause = error;
    }
  }
  for (const [program, args] of childCommands(options)) {
    const child = await childCapture(program, args);
    if (child !== undefined) return child;
  }
  throw new NotPermitted(name, cause);
}

/** Nothing on this machine may capture for us. Two lines: what is wrong, and what to do. */
export class NotPermitted extends Error {
  override readonly name = "NotPermitted";
  readonly advice: string;

  constructor(name: string, cause: unknown) {
    const [what, advice] = hindrance(Deno.build.os);
    super(`Cannot capture on "${name}": ${what}`, { cause });
    this.advice = advice;
  }
}

/** What is in the way on a system, and what to do. */
function hindrance(os: string): readonly [what: string, advice: string] {
  if (os === "darwin") return ["neither dumpcap nor tcpdump may", "Run it with sudo"];
  if (os === "windows") {
    return [
      "dumpcap, which does it on Windows, is not there or may not",
      "Install Wireshark together with Npcap, or capture elsewhere and read the file: netlab dump -r FILE",
    ];
  }
  // Asked for now alone: without /proc the runtime (2.9.6) panics over its own path.
  const allow = `sudo setcap cap_net_raw,cap_net_admin+ep ${Deno.execPath()}`;
  return ["it is not permitted, nor to dumpcap or tcpdump", `Run it with sudo, or allow it once for all: ${allow}`];
}

function ringCapture(name: string, ring: PacketRing): LiveCapture {
  let stopped = false;
  return {
    link: ring.link,
    by: "ring",
    filters: true,
    start(filter) {
      try {
        ring.start(filter);
      } catch (error) {
        ring.close();
        throw new Error(`Cannot capture on "${name}": ${errorText(error)}`, { cause: error });
      }
    },
    nameOf: (index) => ring.nameOf(index),
    async run(packet, idle) {
      try {
        while (!stopped) {
          if (!await ring.next(packet, LOOK_MS)) break;
          idle();
        }
      } finally {
        ring.close();
      }
    },
    stop() {
      stopped = true;
    },
    close: () => ring.close(),
    statistics: () => ring.statistics(),
    drop: (user) => ring.drop(user),
  };
}

/** Where Wireshark is installed on Windows, which puts it into no PATH. */
function wiresharkFolder(): string {
  return `${Deno.env.get("ProgramFiles") ?? "C:\\Program Files"}\\Wireshark`;
}

function childCommands({ name, bufferKib, promiscuous, snaplen }: LiveOptions): [string, string[]][] {
  const common = [...(promiscuous === false ? ["-p"] : []), ...(snaplen === undefined ? [] : ["-s", String(snaplen)])];
  const mib = Math.max(1, Math.ceil((bufferKib ?? 65_536) / 1024));
  const dumpcap = ["-q", "-B", String(mib), "-i", name, ...common, "-w", "-"];
  if (Deno.build.os === "windows") return [["dumpcap", dumpcap], [`${wiresharkFolder()}\\dumpcap.exe`, dumpcap]];
  return [
    ["dumpcap", dumpcap],
    ["tcpdump", ["-U", "--immediate-mode", "-i", name, ...common, "-w", "-"]],
  ];
}

/** Starts a capture program; `undefined` when it is not there or may not capture. */
async function childCapture(program: string, args: string[]): Promise<LiveCapture | undefined> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "null" }).spawn();
  } catch {
    return undefined;
  }
  const stream = child.stdout.getReader();
  // The file header comes at once when capturing begins; a program that may not ends instead.
  const first = await stream.read();
  if (first.done) {
    await child.status;
    return undefined;
  }
  let chunk: Uint8Array | undefined = first.value;
  let at = 0;
  const source = {
    async read(into: Uint8Array): Promise<number | null> {
      while (chunk === undefined || at >= chunk.length) {
        const next = await stream.read();
        if (next.done) return null;
        chunk = next.value;
        at = 0;
      }
      const count = Math.min(into.length, chunk.length - at);
      into.set(chunk.subarray(at, at + count));
      at += count;
      return count;
    },
  };
  const reader = new CaptureReader();
  let ended = false;
  const stop = () => {
    if (ended) return;
    ended = true;
    try {
      child.kill("SIGINT");
    } catch {
      // It ended by itself.
    }
  };
  return {
    link: undefined,
    by: program,
    filters: false,
    start: () => {},
    async run(packet, idle) {
      try {
        await pump(source, reader, {
          packet: (one) => {
            // What a block of the child's file says is of no use in ours.
            one.blockLength = 0;
            return packet(one);
          },
          idle,
        });
      } finally {
        stop();
        await stream.cancel().catch(() => {});
        await child.status;
      }
    },
    stop,
    close: stop,
    statistics: () => undefined,
    drop: () => {},
  };
}
