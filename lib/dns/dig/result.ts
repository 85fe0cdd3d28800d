// What came of lookups, as an exit status. Pure.
import type { Outcome } from "../exchange/surroundings.ts";

/** Exit statuses of `+status`, documented in the README: response codes from 20 on, then what is worse. */
const STATUS = { malformed: 40, signature: 41, tls: 42, "transfer-failed": 43, "no-reply": 9 } as const;

/** The exit status that `+status` gives an outcome. */
export function outcomeStatus(outcome: Outcome): number {
  if (outcome.kind !== "answer") return STATUS[outcome.kind];
  return outcome.rcode === 0 ? 0 : Math.min(20 + outcome.rcode, 39);
}

/** What came of some lookups. */
export interface RunResult {
  /** A channel was opened, so failures of earlier lookups are forgotten, as dig does. */
  readonly opened: boolean;
  readonly status: number;
  /** The highest status of `+status`, and whether that was asked for. */
  readonly worst: number;
  readonly asked: boolean;
}
