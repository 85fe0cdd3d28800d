// Two endpoints joined: opening both, watching, carrying, and the line at the end. Pure.
import { concat } from "../base/bytes.ts";
import { ConnectError, errorChain, UsageError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint } from "../address/endpoint.ts";
import { withLineEndings } from "../address/opening/layers.ts";
import type { OpenContext } from "../address/model.ts";
import { carry, type CarryOptions, type CarryResult } from "../stream/carry.ts";
import type { About, Stream } from "../stream/stream.ts";
import { type FlowObserver, tap } from "../stream/tap.ts";
import { compatEnd } from "./compat.ts";
import type { Reporter } from "./report.ts";
import { SharedStream } from "../stream/shared.ts";
import type { Seat, Service } from "./service.ts";

/** What an observer is made for. */
export interface Observed {
  readonly number: number;
  /** The relay's name, where several run. */
  readonly name: string | undefined;
  readonly left: About;
  readonly right: About;
  /** The left address as written, and the right one, without passwords. */
  readonly source: string;
  readonly target: string;
  /** Whether a side has datagrams. */
  readonly datagrams: boolean;
  /** Who opened each side: where it listens the peer. */
  readonly openers: { readonly left: "local" | "remote"; readonly right: "local" | "remote" };
}

/** How two addresses are joined. */
export interface RelayOptions {
  readonly log: Log;
  /** Is told what happens, and finds the words. */
  readonly reporter: Reporter;
  readonly service: Service;
  readonly compat: boolean;
  readonly proxyFromEnv?: boolean | undefined;
  readonly family: 4 | 6 | undefined;
  /** The same for listening addresses, where it differs. */
  readonly listenFamily?: 4 | 6 | undefined;
  /** Name in dumps, where several relays run; the log of such a relay has it already. */
  readonly name?: string | undefined;
  readonly lingerMs?: number | undefined;
  readonly idleMs?: number | undefined;
  readonly blockSize?: number | undefined;
  readonly datagramSize?: number | undefined;
  readonly only?: ">" | "<" | undefined;
  /** Makes what watches a connection. Called once for each; an empty array costs nothing. */
  observe(connection: Observed): readonly FlowObserver[];
  /** Called when a listener is bound: from then on it serves. */
  onListening?(where: string): void;
}

/** How long a side may be silent that may never end: standard input, and one that hears of no end-of-file. */
const STDIO_LINGER_MS = 500;
const UNTOLD_LINGER_MS = 1000;
/** A peer under `fork` that says nothing for so long is forgotten, as UDP has no end. */
const DATAGRAM_IDLE_MS = 60_000;

/** Joins `left` and `right` until the sources end or the service is stopped. Throws what kept a single pair from opening. */
export async function relay(left: Endpoint, right: Endpoint, options: RelayOptions): Promise<void> {
  await new Relay(left, right, options).run();
}

/** Whether the left address is opened before the right one forks, as all are in socat, and is then one for all. */
export function sharesLeft(left: Endpoint, right: Endpoint, only: RelayOptions["only"]): boolean {
  return right.forks && !left.forks && (left.shared === "always" || (left.shared === "written" && only === "<"));
}

/** Two addresses, and what is done with what they open to. */
class Relay {
  readonly #left: Endpoint;
  readonly #right: Endpoint;
  readonly #options: RelayOptions;
  /** The address that yields many comes first; the other is opened anew for each. */
  readonly #first: Endpoint;
  readonly #second: Endpoint;
  readonly #many: boolean;
  /** Instead of a second stream for each connection: one for all. */
  #shared: SharedStream | undefined;

  constructor(left: Endpoint, right: Endpoint, options: RelayOptions) {
    this.#left = left;
    this.#right = right;
    this.#options = options;
    [this.#first, this.#second] = right.forks && !left.forks ? [right, left] : [left, right];
    this.#many = this.#first.forks;
  }

  async run(): Promise<void> {
    const { service, reporter } = this.#options, first = this.#first;
    if (this.#many) await this.#prepareSecond();
    if (this.#sharesSecond) this.#shared = new SharedStream(await this.#second.openOne(this.#context(this.#second)));
    if (!first.listens) reporter.opening?.(first.type.names[0]!, first.text);
    try {
      const opened = first.open(this.#context(first));
      await service.serve(opened, (stream, seat) => this.#handle(stream, seat), first.maxChildren);
    } finally {
      await this.#shared?.close();
    }
  }

  async #prepareSecond(): Promise<void> {
    try {
      await this.#second.prepare(this.#options.log);
    } catch (error) {
      // socat goes on, and so do we where it may work later: it is told for each connection.
      if (error instanceof UsageError && !this.#options.compat) throw error;
    }
  }

  get #sharesSecond(): boolean {
    return sharesLeft(this.#left, this.#right, this.#options.only);
  }

  /** What an address is told; `other`: the stream that it is opened for. */
  #context(endpoint: Endpoint, other?: About): OpenContext {
    const { log, service, compat, proxyFromEnv, family, listenFamily, only, reporter } = this.#options;
    const side = endpoint === this.#left ? "left" : "right";
    return {
      log,
      signal: service.accepting,
      compat,
      proxyFromEnv,
      family: endpoint.listens ? listenFamily ?? family : family,
      side,
      use: only === undefined ? undefined : (only === ">") === (side === "left") ? "read" : "write",
      other,
      onListening: (where) => {
        reporter.listening(where, endpoint.type.names[0]!);
        this.#options.onListening?.(where);
      },
    };
  }

  /** Opens the other address for a stream of the first one, and carries between them. Owns `opened`. */
  async #handle(opened: Stream, seat: Seat): Promise<void> {
    const { service, reporter } = this.#options, second = this.#second;
    const began = performance.now();
    this.#tellOpened(this.#first, opened.about);
    let joined: Stream;
    try {
      reporter.opening?.(second.type.names[0]!, second.text);
      joined = this.#shared?.view() ?? await second.openOne(this.#context(second, opened.about));
      this.#tellOpened(second, joined.about);
    } catch (error) {
      service.totals.failed++;
      await opened.close();
      if (!this.#many) throw error;
      if (!service.accepting.aborted) reporter.failed(seat.number, opened.about, error);
      return;
    }
    const [left, right] = this.#first === this.#left ? [opened, joined] : [joined, opened];
    // Not awaited here: so what opening needed is free while the connection lives.
    return this.#join(left, right, seat, began);
  }

  #tellOpened({ listens, type }: Endpoint, about: About): void {
    const { reporter } = this.#options, name = type.names[0]!;
    if (listens) reporter.accepted?.(name, about);
    else reporter.opened?.(name, about);
  }

  /** Carries between two open streams until both are closed. `began`: when the first was open. */
  async #join(left: Stream, right: Stream, seat: Seat, began: number): Promise<void> {
    const { reporter } = this.#options;
    reporter.joined?.(left.about, right.about);
    let observers: readonly FlowObserver[];
    try {
      observers = this.#observe(left, right, seat.number);
    } catch (error) {
      await Promise.all([left.close(error), right.close(error)]);
      throw error;
    }
    const result = await carry(...this.#watched(left, right, observers), this.#carrying(left, right, seat));
    if (result.gone !== undefined && (result.gone.side === "left" ? this.#left : this.#right).coolWrite) {
      delete result.gone;
    }
    for (const observer of observers) observer.close?.(result.error);
    reporter.ended({
      number: seat.number,
      left: { about: left.about, text: this.#left.shown },
      right: { about: right.about, text: this.#right.shown },
      result,
      durationMs: performance.now() - began,
      level: this.#left.listens || this.#right.listens ? "notice" : "info",
    });
    if (!this.#many) this.#throwFailure(result);
  }

  /** What watches a connection, told of what was said on it already. */
  #observe(left: Stream, right: Stream, number: number): readonly FlowObserver[] {
    const opener = ({ listens }: Endpoint) => listens ? "remote" : "local";
    const observers = this.#options.observe({
      number,
      name: this.#options.name,
      left: left.about,
      right: right.about,
      source: this.#left.shown,
      target: this.#right.shown,
      datagrams: areDatagrams(left, right),
      openers: { left: opener(this.#left), right: opener(this.#right) },
    });
    retell(left.about, "left", observers);
    retell(right.about, "right", observers);
    return observers;
  }

  /** Both streams with the observers looking at what is read from each: after all line endings are what they will be. */
  #watched(left: Stream, right: Stream, observers: readonly FlowObserver[]): [Stream, Stream] {
    const forth = withLineEndings(left, this.#left.lines, this.#right.lines);
    const back = withLineEndings(right, this.#right.lines, this.#left.lines);
    const reading = observers.map((observer) => ({
      data: observer.data.bind(observer),
      ...(observer.end === undefined ? {} : { end: observer.end.bind(observer) }),
    }));
    return [tap(forth, reading, "left", "read"), tap(back, reading, "right", "read")];
  }

  #carrying(left: Stream, right: Stream, { stop }: Seat): CarryOptions {
    const { service, lingerMs, idleMs, blockSize, datagramSize, only, reporter } = this.#options;
    return {
      stop,
      totals: service.totals,
      lingerMs: lingerMs ?? ((ended) => lingerFor(ended === "left" ? right : left)),
      idleMs: idleMs ?? (this.#many && areDatagrams(left, right) ? DATAGRAM_IDLE_MS : undefined),
      blockSize,
      datagramSize,
      only,
      onEnd: reporter.sideEnded && ((side) => reporter.sideEnded!(side, (side === "left" ? left : right).about)),
    };
  }

  /** What the only connection ended with is what the relay ends with. */
  #throwFailure(result: CarryResult): void {
    if (this.#options.compat) {
      const fatal = compatEnd(result);
      if (fatal !== undefined) throw fatal.error;
    } else if (result.ended === "error") {
      throw failureOf(result, (result.side === "left" ? this.#left : this.#right).shown);
    }
  }
}

function areDatagrams(left: Stream, right: Stream): boolean {
  return left.kind === "datagrams" || right.kind === "datagrams";
}

/** What ended the only connection, with the address that it came from; what says more itself is left as it is. */
function failureOf({ error, side }: CarryResult, shown: string): unknown {
  if (side === undefined || error instanceof UsageError || error instanceof ConnectError) return error;
  return new Error(`The connection of "${shown}" failed: ${errorChain(error)[0] ?? "no reason given"}`, {
    cause: error,
  });
}

function lingerFor(remaining: Stream): number | undefined {
  // Of "READ!!WRITE" what is read counts.
  if (/^std(?:io|in)(?:!!|$)/.test(remaining.about.label)) return STDIO_LINGER_MS;
  return remaining.tellsEnd ? undefined : UNTOLD_LINGER_MS;
}

/** Shows observers what was said on a connection before it was a stream to carry: the dialogue before STARTTLS. */
function retell(about: About, side: "left" | "right", observers: readonly FlowObserver[]): void {
  const said: { direction: ">" | "<"; bytes: Uint8Array }[] = [];
  for (const { sent, bytes } of about.dialogue ?? []) {
    const direction = (side === "left") === sent ? "<" : ">", last = said.at(-1);
    // Read line by line, or to the octet: what came together is shown together.
    if (last?.direction === direction) last.bytes = concat([last.bytes, bytes]);
    else said.push({ direction, bytes });
  }
  if (said.length === 0) return;
  for (const observer of observers) {
    if (observer.before !== undefined) observer.before(side, said);
    else for (const { direction, bytes } of said) observer.data(direction, bytes);
  }
}
