// Whether what arrived answers what was asked, and what is said when it does not; which record types it needs. Pure.
import { hex } from "../../base/hex.ts";
import type { Exchange, Presenter, Surroundings } from "./surroundings.ts";
import type { DnsMessage } from "../model.ts";
import type { CookieState } from "../print/printed.ts";
import { isReadable } from "../rdata.ts";
import { className, typeName } from "../types.ts";

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
        presenter.outcome(lookup, { kind: "malformed", detail: "short (< header size) message" });
        return "done";
      }
      const started = transfer?.started ?? false;
      if (!started || exchange.warnId) {
        presenter.warning(`${started ? "WARNING" : "ERROR"}: ID mismatch: expected ID ${query.id}, got ${id}`);
      }
      exchange.warnId = false;
      if (!started) {
        presenter.outcome(lookup, { kind: "malformed", detail: "ID mismatch" });
        return "done";
      }
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
  let asked = false;
  // All questions of one name are looked at, names one by one until one does not match.
  for (const { name: first } of message.questions) {
    if (first.equals(query.name)) {
      if (asked) continue;
      asked = true;
    }
    for (const { name, type, rdclass } of message.questions) {
      if (!name.equals(first)) continue;
      if (type === lookup.type && rdclass === lookup.rdclass && name.equals(query.name)) continue;
      presenter.warning(
        `;; Question section mismatch: got ${name.withoutDot()}/${typeName(type)}/${className(rdclass)}`,
      );
      match = false;
    }
    if (!match) break;
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

/** The octet behind the name at `at`, NaN when there is none. */
function afterName(bytes: Uint8Array, at: number): number {
  for (;;) {
    const octet = bytes[at];
    if (octet === undefined) return NaN;
    if (octet === 0) return at + 1;
    if (octet >= 0xc0) return at + 2;
    if (octet >= 0x40) return NaN;
    at += octet + 1;
  }
}

/** Whether all records can be read. What cannot be walked is no reason against it: the decode will say what is wrong. */
function allReadable(bytes: Uint8Array): boolean {
  const word = (at: number) => (bytes[at]! << 8) | bytes[at + 1]!;
  // The data of an update is of the zone's class, whatever its own says.
  if (bytes.length < 12 || (bytes[2]! & 0x78) !== 0) return bytes.length < 12;
  let at = 12;
  for (let left = word(4); left > 0 && at < bytes.length; left--) at = afterName(bytes, at) + 4;
  for (let left = word(6) + word(8) + word(10); left > 0 && at < bytes.length; left--) {
    at = afterName(bytes, at);
    if (!(at + 10 <= bytes.length)) break;
    if (!isReadable(word(at), word(at + 2))) return false;
    at += 10 + word(at + 8);
  }
  return true;
}

/** Makes sure that the types of all records in a message are known before it is parsed. */
export async function knowTypesOf(bytes: Uint8Array): Promise<void> {
  if (!allReadable(bytes)) await import(import.meta.resolve("../records/all.ts"));
}
