// From an answer to the servers that it names: `+trace`, `+nssearch`. Pure.
import { fatal } from "../dig/defaults.ts";
import type { Lookup } from "../dig/settings.ts";
import { strictIp } from "../dig/values.ts";
import type { DnsMessage } from "../model.ts";
import type { DnsName } from "../name.ts";
import { TYPE } from "../types.ts";
import type { Surroundings } from "./surroundings.ts";

const MAX_TRACE_SERVERS = 20;

/** The run that goes on. */
export interface FollowRun {
  /** Exit status so far. */
  readonly status: number;
  /** Queues a copy of a lookup, without its servers, as the next one to run. */
  requeue(lookup: Lookup): Lookup;
}

/** Queues a lookup at the servers that `section` names; false when it names none. */
export async function followUp(
  lookup: Lookup,
  message: DnsMessage,
  section: "answers" | "authorities",
  s: Surroundings,
  run: FollowRun,
): Promise<boolean> {
  const { presenter, output, settings, findAddresses } = s;
  let next: Lookup | undefined;
  let found = 0, badName: string | undefined;
  let horizontal = false, bad = false;
  for (const record of message[section]) {
    if (section === "authorities" && record.type === TYPE.SOA) return false;
    if (record.type !== TYPE.NS) continue;
    if (lookup.trace && !lookup.traceRoot) {
      if (record.name.equals(lookup.zone)) {
        if (!horizontal) presenter.warning("BAD (HORIZONTAL) REFERRAL");
        horizontal = true;
      } else if (!record.name.isUnder(lookup.zone)) {
        if (!bad) presenter.warning("BAD REFERRAL");
        bad = true;
        continue;
      }
    }
    if (lookup.traceRoot && lookup.serversFound >= MAX_TRACE_SERVERS) continue;
    lookup.serversFound++;
    const host = (Object.values(record.rdata.values)[0] as DnsName).withoutDot();
    if (next === undefined) {
      next = run.requeue(lookup);
      next.transfer = false;
      if (!lookup.traceRoot && section === "answers") next.trace = false;
      next.traceRoot = false;
      if (next.nsSearch) next.recurse = false;
      next.zone = record.name;
    }
    const addresses = strictIp(host) !== undefined
      ? [host]
      : await findAddresses(host, { ipv4: settings.netIpv4, ipv6: settings.netIpv6 });
    if (typeof addresses === "string") {
      presenter.plain(`couldn't get address for '${host}': ${addresses}\n`);
      badName ??= host;
    } else {
      found += addresses.length;
      next.servers.push(...addresses.map((address) => ({ address, given: host })));
    }
  }
  if (found === 0 && badName !== undefined) {
    fatal(output, `couldn't get address for '${badName}': no more`, run.status || 1);
  }
  if (next === undefined) {
    return section === "answers" && await followUp(lookup, message, "authorities", s, run);
  }
  // Servers are asked in random order.
  const { servers } = next;
  for (let i = servers.length - 1; i > 0; i--) {
    const j = s.random(i + 1);
    [servers[i], servers[j]] = [servers[j]!, servers[i]!];
  }
  return true;
}
