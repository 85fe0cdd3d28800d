// Whether what arrived answers what was asked, and what is said when it does not. Pure.
import { hex } from "../../base/hex.ts";
import type { DnsMessage } from "../model.ts";
import type { CookieState } from "../print/printed.ts";
import { className, typeName } from "../types.ts";
import type { Exchange, Presenter, Surroundings } from "./surroundings.ts";

/** Whether the header is that of an answer to what was asked; says what is wrong with it. */
export function checkHeader(exchange: Exchange, bytes: Uint8Array, presenter: Presenter): "ok" | "more" | "done" {
  const { lookup, query, transfer } = exchange;
  const whole = bytes.length >= 12;
  const id = whole ? (bytes[0]! << 8) | bytes[1]! : -1;
  let verdict: "ok" | "more" | "done" = "ok";
  if (id !== query.id) {
    verdict = "more";
    if (lookup.tcp) {
      if (!whole) {
        presenter.warning("ERROR: short (< header size) message");
        return "done";
      }
      const started = transfer?.started ?? false;
      if (!started || exchange.warnId) {
        presenter.warning(`${started ? "WARNING" : "ERROR"}: ID mismatch: expected ID ${query.id}, got ${id}`);
      }
      exchange.warnId = false;
      if (!started) return "done";
      verdict = "ok";
    } else if (whole) presenter.warning(`Warning: ID mismatch: expected ID ${query.id}, got ${id}`);
    else presenter.warning("Warning: short (< header size) message received");
  }
  if (whole && (bytes[2]! & 0x80) === 0) presenter.warning("Warning: query response not set");
  return verdict;
}

/** Whether the questions are the one that was asked; says which are not. */
export function checkQuestions({ lookup, query }: Exchange, message: DnsMessage, presenter: Presenter): boolean {
  let match = true;
  for (const { name, type, rdclass } of message.questions) {
    if (!match) break;
    if (type === lookup.type && rdclass === lookup.rdclass && name.equals(query.name)) continue;
    presenter.warning(
      `;; Question section mismatch: got ${name.withoutDot()}/${typeName(type)}/${className(rdclass)}`,
    );
    match = false;
  }
  return match;
}

/** The cookie of an answer: remembered for follow-ups when it is ours. */
export function takeCookie({ lookup, query }: Exchange, message: DnsMessage, s: Surroundings): CookieState {
  const option = message.edns?.options.find(({ code }) => code === 10);
  if (option === undefined) return undefined;
  const sent = query.cookie ?? s.clientCookie;
  const { presenter } = s;
  if (sent.length < 8 || option.data.length < 8) {
    presenter.warning("Warning: COOKIE bad token (too short)");
    return "bad";
  }
  for (let i = 0; i < 8; i++) {
    if (option.data[i] !== sent[i]) {
      presenter.warning("Warning: Client COOKIE mismatch");
      return "bad";
    }
  }
  lookup.cookie = hex(option.data);
  return "ok";
}
