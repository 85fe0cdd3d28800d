// Two endpoints joined: opening both, watching, carrying, and the line at the end. Pure.
import { concat } from "../base/bytes.ts";
import { ConnectError, errorChain, UsageError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint } from "../address/list.ts";
import { withLineEndings } from "../address/common.ts";
import type { OpenContext } from "../address/model.ts";
import { carry, type CarryResult } from "../stream/carry.ts";
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
  const { service, reporter, name } = options;
  // The side that yields many comes first; the other is opened anew for each.
  const [first, second] = right.forks && !left.forks ? [right, left] : [left, right];
  const firstSide = first === left ? "left" : "right", secondSide = firstSide === "left" ? "right" : "left";
  const many = first.forks;
  const context = (endpoint: Endpoint, side: "left" | "right", other?: About): OpenContext => ({
    log: options.log,
    signal: service.accepting,
    compat: options.compat,
    proxyFromEnv: options.proxyFromEnv,
    family: endpoint.listens ? options.listenFamily ?? options.family : options.family,
    side,
    use: options.only === undefined ? undefined : (options.only === ">") === (side === "left") ? "read" : "write",
    other,
    onListening: (where) => {
      reporter.listening(where, endpoint.type.names[0]!);
      options.onListening?.(where);
    },
  });
  const level = left.listens || right.listens ? "notice" : "info";
  if (many) {
    await second.prepare(options.log).catch((error) => {
      // socat goes on, and so do we where it may work later: it is told for each connection.
      if (error instanceof UsageError && !options.compat) throw error;
    });
  }

  // The left address is opened before the right one forks, as in socat; what only takes is then one for all.
  const shared = many && first === right && second.shared && options.only === "<"
    ? new SharedStream(await second.openOne(context(second, secondSide)))
    : undefined;
  const handle = async (opened: Stream, seat: Seat) => {
    const began = performance.now();
    if (first.listens) reporter.accepted?.(opened.about);
    else reporter.opened?.(first.type.names[0]!, opened.about);
    let joined: Stream;
    try {
      reporter.opening?.(second.type.names[0]!, second.text);
      joined = shared?.view() ?? await second.openOne(context(second, secondSide, opened.about));
      if (second.listens) reporter.accepted?.(joined.about);
      else reporter.opened?.(second.type.names[0]!, joined.about);
    } catch (error) {
      service.totals.failed++;
      await opened.close();
      if (!many) throw error;
      if (!service.accepting.aborted) reporter.failed(seat.number, opened.about, error);
      return;
    }
    const [l, r] = firstSide === "left" ? [opened, joined] : [joined, opened];
    // Not awaited here: so what opening needed is free while the connection lives.
    return join(l, r, seat, began);
  };

  const join = async (l: Stream, r: Stream, seat: Seat, began: number) => {
    reporter.joined?.(l.about, r.about);
    const observers = options.observe({
      number: seat.number,
      name,
      left: l.about,
      right: r.about,
      source: left.shown,
      target: right.shown,
      datagrams: l.kind === "datagrams" || r.kind === "datagrams",
      openers: { left: left.listens ? "remote" : "local", right: right.listens ? "remote" : "local" },
    });
    retell(l.about, "left", observers);
    retell(r.about, "right", observers);
    const converted = withLineEndings(l, left.lines, right.lines);
    const back = withLineEndings(r, right.lines, left.lines);
    const [watchedLeft, watchedRight] = watched(converted, back, observers);
    const result = await carry(watchedLeft, watchedRight, {
      stop: seat.stop,
      lingerMs: options.lingerMs ?? ((ended) => lingerFor(ended === "left" ? r : l)),
      idleMs: options.idleMs ??
        (many && (l.kind === "datagrams" || r.kind === "datagrams") ? DATAGRAM_IDLE_MS : undefined),
      blockSize: options.blockSize,
      datagramSize: options.datagramSize,
      only: options.only,
    });
    if (result.gone !== undefined && (result.gone.side === "left" ? left : right).coolWrite) delete result.gone;
    for (const observer of observers) observer.close?.(result.error);
    const { totals } = service;
    totals.sent += result.sent;
    totals.received += result.received;
    totals.sentBlocks += result.sentBlocks;
    totals.receivedBlocks += result.receivedBlocks;
    reporter.ended(
      seat.number,
      { about: l.about, text: left.shown },
      { about: r.about, text: right.shown },
      result,
      performance.now() - began,
      level,
    );
    if (many) return;
    const fatal = options.compat ? compatEnd(result) : undefined;
    if (fatal !== undefined) throw fatal.error;
    if (result.ended === "error" && !options.compat) {
      throw failureOf(result, result.side === "left" ? left.shown : right.shown);
    }
  };

  if (!first.listens) reporter.opening?.(first.type.names[0]!, first.text);
  try {
    await service.serve(first.open(context(first, firstSide)), handle, first.maxChildren);
  } finally {
    await shared?.close();
  }
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
  const [label] = remaining.about.label.split("!!", 1);
  if (label === "stdio" || label === "stdin") return STDIO_LINGER_MS;
  return remaining.tellsEnd ? undefined : UNTOLD_LINGER_MS;
}

/** Both streams with the observers looking at what is read from each: after all line endings are what they will be. */
function watched(left: Stream, right: Stream, observers: readonly FlowObserver[]): [Stream, Stream] {
  const reading = observers.map((observer) => ({
    data: observer.data.bind(observer),
    ...(observer.end === undefined ? {} : { end: observer.end.bind(observer) }),
  }));
  return [tap(left, reading, "left", "read"), tap(right, reading, "right", "read")];
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
