// `netlab socks` at work: listens, serves, reads its files again on SIGHUP, and stops with grace.
import { counted } from "../../lib/base/text.ts";
import { errorText } from "../../lib/base/errors.ts";
import type { ProxyServer } from "../../lib/socks/server.ts";
import { memoryAfterPeaks } from "../../lib/stream/memory.ts";
import { isSpecial, keepPermissions, onStatisticsSignal, onStopSignals } from "../../lib/stream/process.ts";
import type { Flags } from "./flags.ts";
import { type Listening, openListeners, refuseOpenProxy } from "./listen.ts";
import type { LogOutput } from "./log.ts";
import { serveMetrics } from "./metrics.ts";
import { reload, type Reloaded, type Settings } from "./settings.ts";

/** What serves, and what it says so with. */
interface Work extends Reloaded {
  readonly settings: Settings;
  readonly output: LogOutput;
  /** The log stands among what is shown of the data. */
  readonly watched: boolean;
}

/** Listens and serves until a signal stops it; the exit status. Throws what keeps it from listening. */
export async function serve(work: Work): Promise<number> {
  const { flags, server, output } = work;
  const listeners: Listening[] = [];
  const stopping = new Stopping(work, listeners);
  // Before anybody can see that it listens: whoever does may send one, which would end the program.
  const undo = [
    onStopSignals((code) => stopping.stop(code), () => onHangup(work)),
    onStatisticsSignal(() => tellStatistics(work)),
  ];
  let metrics: ReturnType<typeof serveMetrics> | undefined;
  try {
    listeners.push(...await openListeners(flags));
    refuseOpenProxy(flags, listeners, work.settings);
    metrics = flags.metrics === undefined ? undefined : serveMetrics(flags.metrics, server);
    await untilStopped(work, listeners, metrics?.where, stopping.over);
  } finally {
    stopping.close();
    undo.forEach((end) => end());
    for (const listener of listeners) listener.close();
    server.close();
    await server.idle();
    await metrics?.close();
    output.flush();
  }
  return stopping.status;
}

/** Besides what serving takes: what is read again, opened again or begun anew while it runs may lie below /dev. */
function permissionsOf(flags: Flags): string[] {
  const later = [flags.lf, flags.rules, flags.users, flags.cert, flags.key, flags.pcap];
  const all = later.some((path) => path !== undefined && isSpecial(path));
  return ["net", "read", "write", "sys", "libc", ...(all ? ["all"] : [])];
}

/** Serves until `over`. `metrics`: where they are served. */
async function untilStopped(
  { flags, server, log, output, watched }: Work,
  listeners: readonly Listening[],
  metrics: string | undefined,
  over: Promise<void>,
): Promise<void> {
  // Made ready before what it takes is given up.
  const returnMemory = memoryAfterPeaks(() => server.active);
  keepPermissions(permissionsOf(flags));
  for (const { where } of listeners) log.notice(`listening on ${where}`, { event: "listening", where });
  if (metrics !== undefined) log.notice(`metrics on http://${metrics}/metrics`, { event: "metrics", where: metrics });
  output.prompt = watched;
  let stopReturning = () => {};
  try {
    const serving = Promise.all(listeners.map((listener) => listener.serve(server, log)));
    // Not before: the runtime's first timer takes longer than all of this.
    stopReturning = returnMemory();
    await Promise.race([serving, over]);
    await over;
  } finally {
    stopReturning();
  }
}

function onHangup(work: Work): void {
  try {
    work.output.reopen();
  } catch (error) {
    work.log.error(errorText(error));
  }
  void reload(work);
}

function tellStatistics({ server, log }: Work): void {
  const { sent, received } = server.moving;
  log.tell(
    `STATISTICS: ${server.total} connections, ${server.active} open, ${server.metrics.sent + sent} octets sent, ` +
      `${server.metrics.received + received} received`,
  );
}

/** The end of serving: the first signal lets connections finish within the grace period, the second one does not. */
class Stopping {
  readonly #flags: Flags;
  readonly #server: ProxyServer;
  readonly #log: Work["log"];
  readonly #listeners: readonly Listening[];
  readonly #over = Promise.withResolvers<void>();
  #begun = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the last signal asks the program to end with. */
  status = 0;

  constructor({ flags, server, log }: Work, listeners: readonly Listening[]) {
    this.#flags = flags;
    this.#server = server;
    this.#log = log;
    this.#listeners = listeners;
  }

  /** Fulfilled when it is time to close what is still open. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  stop(status: number): void {
    this.status = status;
    const over = () => this.#over.resolve();
    if (this.#begun) return over();
    this.#begun = true;
    for (const listener of this.#listeners) listener.close();
    const server = this.#server, { grace } = this.#flags;
    const resting = server.drain();
    if (server.active === 0 || grace === 0) return over();
    const busy = server.active - resting;
    if (busy > 0) {
      this.#log.notice(
        `Stopping: ${counted(busy, "connection")} may finish within ${grace / 1000} s; ` +
          "a second signal ends at once",
      );
    }
    this.#timer = setTimeout(over, grace);
    server.onIdle = over;
  }

  /** Forgets the grace period. */
  close(): void {
    clearTimeout(this.#timer);
  }
}
