// What is said and done when a server cannot be reached or does not answer. Pure.
import { latin1Text, utf8 } from "../../base/bytes.ts";
import { printable } from "../../base/text.ts";
import type { Lookup } from "../dig/settings.ts";
import { CertificateError, ContextError, NetworkError, socketText, type Target } from "./channel.ts";
import type { Exchange, Surroundings } from "./surroundings.ts";

/** The run that a lookup fails in. */
export interface FailureRun {
  /** Counts a lookup as failed; `opened`: what failed before is forgotten. */
  fail(opened?: boolean): void;
  /** Queues a copy of a lookup as the next one to run. */
  requeue(lookup: Lookup): void;
}

/** Why an exchange failed, with what happened where dig's word for it says little. */
function detailOf({ reason, message }: NetworkError): string {
  return message === reason || !/^(?:failure|unexpected error)$/.test(reason)
    ? reason
    : `${reason}: ${printable(message)}`;
}

/** Says that there is no way to a server. */
export function warnOfOpening(
  { lookup, server, transport, port }: Target,
  reason: string,
  presenter: Surroundings["presenter"],
): void {
  const words = transport === "udp" ? "UDP setup with" : "Connection to";
  const peer = socketText({ address: server.address, port });
  presenter.warning(`${words} ${peer}(${server.address}) for ${lookup.name} failed: ${reason}.`);
}

/** Says why no channel could be opened; whether the next server is to be asked. `at`: which of the lookup's servers it is. */
export function openFailed(
  target: Target,
  at: number,
  error: unknown,
  s: Surroundings,
  run: FailureRun,
): "next" | "done" {
  const { presenter } = s;
  const { lookup, server, port } = target;
  const peer = { address: server.address, port };
  if (error instanceof CertificateError) {
    presenter.warning(`TLS peer certificate verification for ${socketText(peer)} failed: ${error.message}`);
    presenter.outcome(lookup, { kind: "tls", detail: error.message });
    run.fail(true);
    return "done";
  }
  if (error instanceof ContextError) {
    presenter.warning("TLS context cannot be created");
    // Which file, and what is wrong with it: JSON has it in its object.
    if (!s.settings.json) s.output.err(latin1Text(utf8(`${printable(error.message)}\n`)));
    presenter.outcome(lookup, { kind: "tls", detail: error.message });
    run.fail(true);
    return at + 1 < lookup.servers.length ? "next" : "done";
  }
  if (!(error instanceof NetworkError)) throw error;
  // Through proxies the reason alone does not say where it failed.
  if (s.settings.via.length > 0) presenter.warning(printable(error.message));
  warnOfOpening(target, error.reason, presenter);
  run.fail();
  if (lookup.retries > 1) {
    lookup.retries--;
    run.requeue(lookup);
  } else if (at + 1 < lookup.servers.length) return "next";
  else {
    const kind = error.reason === "TLS error" || error.reason.startsWith("ALPN") ? "tls" : "no-reply";
    presenter.outcome(lookup, { kind, detail: detailOf(error) });
  }
  presenter.error("no servers could be reached");
  return "done";
}

/** Says why no answer came; `undefined`: the same server is to be asked again. */
export function receiveFailed(
  exchange: Exchange,
  at: number,
  error: unknown,
  s: Surroundings,
  run: FailureRun,
): "done" | "next-server" | undefined {
  const { lookup, peer } = exchange;
  const { presenter } = s;
  if (!(error instanceof NetworkError)) throw error;
  presenter.warning(`communications error to ${socketText(peer)}: ${error.reason}`);
  if (lookup.retries > 1) {
    lookup.retries--;
    s.debug?.(`making new ${lookup.tcp ? "TCP" : "UDP"} request, ${lookup.retries} tries left`);
    if (!lookup.tcp) return undefined;
    run.requeue(lookup);
    return "done";
  }
  if (at + 1 < lookup.servers.length) return "next-server";
  presenter.plain(lookup.banner);
  presenter.error("no servers could be reached");
  presenter.outcome(lookup, { kind: "no-reply", detail: detailOf(error) });
  run.fail();
  return "done";
}
