// The log of `netlab socks`, and what watches its connections (-v, -x, --explain, --pcap).
import { columnsOf } from "../../lib/stream/columns.ts";
import { once } from "../../lib/base/late.ts";
import { formatHostPort } from "../../lib/base/host_port.ts";
import { Log, logLevel } from "../../lib/base/log.ts";
import { printable } from "../../lib/base/text.ts";
import { Dump, dumpMode } from "../../lib/observe/dump.ts";
import { refuseLonely } from "../../lib/observe/watch_flags.ts";
import type { ProxyConfig } from "../../lib/socks/session.ts";
import { Sink, stderrSink } from "../../lib/stream/sink.ts";
import type { FlowObserver } from "../../lib/stream/tap.ts";
import type { Flags } from "./flags.ts";

/** Loaded by a name that the runtime does not follow at every start: most runs explain and record nothing. */
const watching = once<typeof import("../../lib/observe/watch.ts")>(() =>
  import(import.meta.resolve("../../lib/observe/watch.ts"))
);

/** Lines of the log, gathered for a moment: thousands of connections a second must not cost a write each. */
export class LogOutput {
  readonly #sink: Sink;
  #lines = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Write each line at once: before anybody is served, and where it stands among what is shown of the data. */
  prompt = true;

  line(line: string): void {
    this.#lines += line;
    if (this.prompt || this.#lines.length > 32_768) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), 20);
  }

  /** The file of the log is opened anew: what moved it away (logrotate) has its lines so far. */
  reopen(): void {
    this.flush();
    this.#sink.reopen();
  }

  flush(): void {
    // The runtime takes 10 ms to make its timers ready, for ending none as well: most of a start.
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines !== "") this.#sink.line(this.#lines);
    this.#lines = "";
  }
}

/** The log as the flags want it, written by `output`. */
export function openLog(flags: Flags, output: LogOutput): Log {
  return new Log({
    level: logLevel(flags.d),
    format: flags.log,
    program: flags.lp,
    pid: Deno.pid,
    write: (line) => output.line(line),
  });
}

/** What watches each connection, and what ends that; `undefined` when no flag asks for it. */
export async function openWatchers(
  flags: Flags,
): Promise<{ observe: ProxyConfig["observe"]; close(): void } | undefined> {
  const mode = dumpMode(flags);
  refuseLonely(flags);
  const more = flags.explain !== undefined || flags.pcap !== undefined;
  if (mode === undefined && !more) return undefined;
  const colour = Deno.stderr.isTerminal() && !Deno.noColor;
  const watch = !more ? undefined : await (await watching()).openWatch(flags, {
    terminal: stderrSink(),
    colour,
    width: columnsOf(Deno.stderr),
    open: Sink.appending,
  });
  return {
    observe: ({ record, client, target, transport }) => {
      // What a BIND and an association ask for says little.
      const asked = { udp: target.remote, bind: record.reached }[record.command as string] ?? record.target!;
      const name = printable(formatHostPort(asked));
      const mark = `#${record.number} ${name}`;
      const observers: FlowObserver[] = mode === undefined
        ? []
        : [new Dump({ mode, sink: stderrSink(), mark, colour })];
      observers.push(
        ...watch?.observers({ number: record.number, mark, left: client, right: target, transport, target: name }) ??
          [],
      );
      return observers;
    },
    close: () => watch?.close(),
  };
}
