// What a connection leaves in the log when it is over. Pure.
import { errorChain } from "../base/errors.ts";
import { formatHostPort } from "../base/host_port.ts";
import type { LogFacts } from "../base/log.ts";
import { formatDuration } from "../base/text.ts";
import type { About } from "../stream/stream.ts";
import type { CarryResult } from "../stream/carry.ts";

/** `127.0.0.1:40112`, or the label of what has no address. */
export function peerText(about: About): string {
  return about.remote === undefined ? about.label : formatHostPort(about.remote);
}

/** Who ended it, in words. */
export function endText(result: CarryResult): string {
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
export function endOfConnection(
  number: number,
  name: string | undefined,
  left: About,
  right: { readonly about: About; readonly text: string },
  result: CarryResult,
  durationMs: number,
): { line: string; facts: LogFacts } {
  const peer = peerText(left), end = endText(result);
  return {
    line: `${name === undefined ? "" : `${name}: `}#${number} ${peer} -> ${right.text}: ${result.sent} octets sent, ` +
      `${result.received} received, ${formatDuration(durationMs)}, ${end}`,
    facts: {
      event: "connection",
      ...(name === undefined ? {} : { relay: name }),
      number,
      peer,
      target: right.text,
      reached: right.about.remote === undefined ? null : formatHostPort(right.about.remote),
      sent: result.sent,
      received: result.received,
      duration: Math.round(durationMs) / 1000,
      ended: result.ended,
      ...(result.error === undefined ? {} : { error: errorChain(result.error)[0] ?? "error" }),
    },
  };
}
