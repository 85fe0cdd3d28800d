// Conditions on what a capture itself says of its packets: which way they went, and what OpenBSD's packet filter logged.
// Pure. pcap-filter(7).
import { FormatError } from "../../base/errors.ts";
import { and, type Cond, constant, is, load, not, op, YES } from "./ir.ts";
import type { LinkLayout } from "./link.ts";
import { LINK } from "../packet.ts";

const fail = (text: string): never => {
  throw new FormatError(text);
};

/** `inbound` or `outbound` of packets of the link type `link`. */
export function directionIs(name: "inbound" | "outbound", layout: LinkLayout, link: number, live: boolean): Cond {
  const one = (outgoing: Cond) => name === "outbound" ? outgoing : not(outgoing);
  switch (layout.kind) {
    case "sll":
      return one(is(load(2, 0), 4));
    case "sll2":
      return one(is(load(1, 10), 4));
    case "ipnet":
      return is(load(2, 2), name === "outbound" ? 1 : 2);
    case "pflog":
      return is(load(1, 60), name === "outbound" ? 2 : 1);
    case "juniper":
      return one(is(op("&", load(1, 3), constant(1)), 0));
  }
  if (link === LINK.SLIP) return one(not(is(load(1, 0), 0)));
  if (!live) return fail(`inbound/outbound not supported on ${layout.name} when reading savefiles`);
  return one(is({ k: "direction" }, 2));
}

const REASONS = `match bad-offset fragment short normalize memory bad-timestamp congestion ip-option proto-cksum
  state-mismatch state-insert state-limit src-limit synproxy`.split(/\s+/);
const ACTIONS: ReadonlyMap<string, number> = new Map([
  ...`pass block scrub noscrub nat nonat binat nobinat rdr nordr synproxy-drop`.split(" ")
    .map((word, i): [string, number] => [word, i]),
  ["accept", 0],
  ["drop", 1],
]);
/** Places of the log's fields: octets of a name, or the size of a number. */
const FIELDS: Readonly<Record<string, readonly [at: number, size: number, words: string]>> = {
  ifname: [4, 16, "ifname interface names"],
  rset: [20, 16, "ruleset names"],
  rnr: [36, 4, "rnr"],
  srnr: [40, 4, "srnr"],
  reason: [3, 1, "reason"],
  action: [2, 1, "action"],
};

/** The words for what the packet filter logs. */
export const LOGGED: ReadonlySet<string> = new Set(Object.keys(FIELDS));

/** A condition on one of the packet filter's fields. */
export function loggedIs(word: string, value: string, kind: string): Cond {
  const [at, size, names] = FIELDS[word]!;
  let number = Number(value);
  if (word === "reason" && !/^\d/.test(value)) {
    number = REASONS.indexOf(value.toLowerCase());
    if (number < 0) fail(`unknown PF reason "${value}"`);
  } else if (word === "action") {
    number = ACTIONS.get(value.toLowerCase()) ?? fail(`unknown PF action "${value}"`);
  }
  if (kind !== "pflog") fail(`${word === "rset" ? "ruleset" : word} supported only on PF linktype`);
  if (size !== 16) return is(load(size as 1 | 4, at), number);
  const octets = new TextEncoder().encode(value);
  if (octets.length >= size) fail(`${names} can only be ${size - 1} characters`);
  return [...octets].reduce((all: Cond, octet, i) => and(all, is(load(1, at + i), octet)), YES);
}
