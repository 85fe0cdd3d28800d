// What a relay says about itself while it runs, and the line that a connection leaves in the log. Pure.
// The words are netlab's here; `compat.ts` has socat's.
import { errorChain } from "../base/errors.ts";
import { formatHostPort } from "../base/host_port.ts";
import type { Log, LogFacts } from "../base/log.ts";
import { formatDuration } from "../base/text.ts";
import type { About } from "../stream/stream.ts";
import type { CarryResult } from "../stream/carry.ts";

/** One end of a connection: what it is connected to, and its address as it may be shown. */
export interface ReportedEnd {
  readonly about: About;
  readonly text: string;
}

/** A connection that is over. */
export interface EndedConnection {
  readonly number: number;
  readonly left: ReportedEnd;
  readonly right: ReportedEnd;
  readonly result: CarryResult;
  readonly durationMs: number;
  /** What its end is worth in the log: of a connection that was accepted more than of one that was made. */
  readonly level: "notice" | "info";
}

/** Told what happens; writes what is worth a line. Members that are missing say nothing. */
export interface Reporter {
  /** A listener is bound; `type` is the address type's main name. */
  listening(where: string, type: string): void;
  /** `type` here and below: the address type's main name. */
  accepted?(type: string, about: About): void;
  /** An address is about to be opened. */
  opening?(type: string, text: string): void;
  opened?(type: string, about: About): void;
  /** Both ends are open. */
  joined?(left: About, right: About): void;
  /** One end of a connection said its last; `about`: what it is. */
  sideEnded?(side: "left" | "right", about: About): void;
  /** The second address of one of many connections could not be opened. */
  failed(number: number, first: About, error: unknown): void;
  ended(connection: EndedConnection): void;
}

/** `127.0.0.1:40112` (an IPv4 peer of an IPv6 listener too), or the label of what has no address. */
export function peerText({ remote, label }: About): string {
  if (remote === undefined) return label;
  return formatHostPort({ ...remote, host: remote.host.replace(/^::ffff:(?=\d+\.)/i, "") });
}

/** Who ended it, in words. */
function endText(result: CarryResult): string {
  switch (result.ended) {
    case "left":
      return "closed by the left side";
    case "right":
      return "closed by the right side";
    case "idle":
      return "ended: idle for too long (-T)";
    case "linger":
      return "ended: one side closed and the other was silent (-t)";
    case "aborted":
      return "ended: netlab was stopped";
    case "error":
      return `ended: ${result.side === undefined ? "" : `${result.side} side: `}${
        errorChain(result.error)[0] ?? "error"
      }`;
  }
}

/** The line at the end of a connection, and the same as facts. */
function endOfConnection(
  { number, left, right, result, durationMs }: EndedConnection,
): { line: string; facts: LogFacts } {
  const peer = peerText(left.about), end = endText(result);
  return {
    line: `#${number} ${peer} -> ${right.text}: ${result.sent} octets sent, ` +
      `${result.received} received, ${formatDuration(durationMs)}, ${end}`,
    facts: {
      event: "connection",
      number,
      peer,
      target: right.text,
      reached: right.about.remote === undefined ? null : formatHostPort(right.about.remote),
      sent: result.sent,
      received: result.received,
      duration_ms: Math.round(durationMs * 10) / 10,
      ended: result.ended,
      ...(result.error === undefined ? {} : { error: errorChain(result.error)[0] ?? "error" }),
    },
  };
}

/** netlab's words. `single`: the log for what happens to a single connection. */
export function reporter(log: Log, single = log): Reporter {
  return {
    listening(where) {
      log.notice(`listening on ${where}`, { event: "listening", where });
    },
    failed(number, first, error) {
      const peer = peerText(first);
      single.error(`#${number} ${peer}: ${errorChain(error)[0]}`, { event: "failed", number, peer });
    },
    ended(connection) {
      if (!single.shows(connection.level)) return;
      const { line, facts } = endOfConnection(connection);
      single[connection.level](line, facts);
    },
  };
}
