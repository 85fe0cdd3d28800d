// From the flags that explain and record to the observers of each connection: one place for relay, socks and dump.
// What files there are is opened before the first socket; the dissectors are loaded only when asked for. Pure but for
// what it is given.
import { utf8 } from "../base/bytes.ts";
import { errorText } from "../base/errors.ts";
import { printable } from "../base/text.ts";
import type { Decode } from "../dissect/protocol.ts";
import type { Values } from "../options/schema.ts";
import type { About } from "../stream/stream.ts";
import type { FlowObserver } from "../stream/tap.ts";
import type { BlockSink } from "./dump.ts";
import type { WATCH_FLAGS } from "./watch_flags.ts";

/** The flags that explain and record, of whatever command. */
export type WatchFlags = Values<typeof WATCH_FLAGS>;

/** A connection as its observers see it. */
export interface WatchedConnection {
  readonly number: number;
  /** What headings end with when several connections share the output: `#12 127.0.0.1:40112`. */
  readonly mark: string | undefined;
  readonly left: About;
  readonly right: About;
  readonly transport: "tcp" | "udp";
  /** Who opened each side: where it listens the peer. Default: the left one came to us, the right one we opened. */
  readonly openers?: { readonly left: "local" | "remote"; readonly right: "local" | "remote" } | undefined;
  /** The left address as written, for the comment in a recording. */
  readonly source?: string | undefined;
  /** The target as written, for the port when the right side has none and for the comment in a recording. */
  readonly target: string;
}

/** Where what is seen goes. */
export interface WatchOutputs {
  /** Where explanations go unless `--explain-to` names a file. */
  readonly terminal: BlockSink;
  readonly colour: boolean;
  /** Columns of the terminal, when it is one. */
  readonly width?: number | undefined;
  /** Opens a file for appending. */
  open(path: string): BlockSink;
}

/** What watches: makes the observers of one connection, and is closed at the end. */
export interface Watch {
  observers(connection: WatchedConnection): FlowObserver[];
  close(): void;
}

/** The port that a target was written with: `tcp:host:443`, `host:443`. */
function portOf(target: string): number | undefined {
  const match = /:(\d{1,5})(?:,|$)/.exec(target);
  return match === null ? undefined : Number(match[1]);
}

/** What --explain and --decode name. A `UsageError` for what there is not. Nothing is opened. */
export async function judgeWatch(flags: WatchFlags): Promise<{ protocol: string | undefined; decode: Decode[] }> {
  const { checkedProtocol, parseDecode } = await import("../dissect/follow/choose.ts");
  const protocol = typeof flags.explain === "string" ? checkedProtocol(flags.explain.toLowerCase()) : undefined;
  return { protocol, decode: flags.decode.map(parseDecode) };
}

/** Makes the observer of one connection. */
type Maker = (connection: WatchedConnection) => FlowObserver;

/** Opens the outputs and loads what the flags ask for; `undefined` when they ask for nothing. */
export async function openWatch(flags: WatchFlags, outputs: WatchOutputs): Promise<Watch | undefined> {
  const makers: Maker[] = [];
  if (flags.explain !== undefined) makers.push(await explaining(flags, outputs));
  const recording = flags.pcap === undefined ? undefined : await openRecording(flags.pcap, flags, outputs.terminal);
  if (recording !== undefined) makers.push(recording.make);
  if (makers.length === 0) return undefined;
  return {
    observers: (connection) => makers.map((make) => make(connection)),
    close: () => recording?.close(),
  };
}

async function explaining(flags: WatchFlags, outputs: WatchOutputs): Promise<Maker> {
  const { explainObserver } = await import("./explain.ts");
  const { protocol, decode } = await judgeWatch(flags);
  const toFile = flags["explain-to"];
  const sink = toFile === undefined ? outputs.terminal : outputs.open(toFile);
  return ({ mark, left, right, transport, target }) =>
    explainObserver({
      sink,
      mark: mark === undefined ? undefined : `  ${mark}`,
      colour: outputs.colour && toFile === undefined,
      width: toFile === undefined ? outputs.width : undefined,
      mask: flags.mask,
      transport,
      ports: { client: left.remote?.port, server: portOf(target) ?? right.remote?.port },
      protocol,
      decode,
      depth: flags.depth,
      only: flags.only,
    });
}

async function openRecording(
  path: string,
  flags: WatchFlags,
  terminal: BlockSink,
): Promise<{ make: Maker; close(): void }> {
  const { captureHead, capturingObserver } = await import("./pcapng.ts");
  const { RotatingFile } = await import("../capture/file/rotate.ts");
  const file = new RotatingFile({
    path,
    size: flags["pcap-size"],
    seconds: flags["pcap-seconds"] === undefined ? undefined : flags["pcap-seconds"] / 1000,
    count: flags["pcap-files"],
    unbuffered: true,
  }, captureHead);
  file.open(Date.now() / 1000);
  let failed = false;
  // A disk that is full ends the recording, not what is recorded.
  const attempt = (what: () => void) => {
    if (failed) return;
    try {
      what();
    } catch (error) {
      failed = true;
      const start = terminal.atLineStart ? "" : "\n";
      terminal.write(utf8(`${start}netlab: ${printable(errorText(error))}: nothing more is recorded\n`));
    }
  };
  const writer = { write: (block: Uint8Array, seconds: number) => attempt(() => file.write(block, seconds)) };
  return {
    make: ({ number, left, right, transport, openers, source, target }) =>
      capturingObserver(writer, {
        number,
        left: { transport, local: left.local, remote: left.remote, opener: openers?.left ?? "remote" },
        right: { transport, local: right.local, remote: right.remote, opener: openers?.right ?? "local" },
        route: `${source ?? left.label} -> ${target}`,
      }),
    close: () => attempt(() => file.close()),
  };
}
