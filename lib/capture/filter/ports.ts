// Ports in capture filters, and the directions that ports and addresses share. Pure.
import { and, cmp, type Cond, constant, is, not, type Num, or } from "./ir.ts";
import { ETHERTYPE } from "./link.ts";
import { type Loads, TRANSPORTS } from "./loads.ts";
import type { Qualifiers } from "./tree.ts";
import { fail } from "./values.ts";

/** `at` for the source, the destination or both, as `dir` says. */
export function byDirection(dir: string | undefined, at: (which: "src" | "dst") => Cond): Cond {
  switch (dir) {
    case "src":
    case "dst":
      return at(dir);
    case "and":
      return and(at("src"), at("dst"));
    case undefined:
    case "or":
      return or(at("src"), at("dst"));
  }
  return fail(`'${dir}' is not a valid qualifier for addresses other than 802.11 MAC addresses`);
}

/** Conditions on ports. */
export class Ports {
  readonly #loads: Loads;

  constructor(loads: Loads) {
    this.#loads = loads;
  }

  /** IP protocols to look for a port in. `found`: those that the services list gives for a name. */
  protocols(q: Qualifiers, found: "tcp" | "udp" | "both" = "both", name = ""): number[] {
    switch (q.proto) {
      case "tcp":
      case "udp":
        if (found !== "both" && found !== q.proto) return fail(`port '${name}' is ${found}`);
        return [TRANSPORTS.get(q.proto)![0]];
      case "sctp":
        if (found !== "both") return fail(`port '${name}' is ${found}`);
        return [132];
      case undefined:
        return found === "tcp" ? [6] : found === "udp" ? [17] : [6, 17, 132];
    }
    return fail(`illegal qualifier of '${q.kind}'`);
  }

  /** `udp port` and where it goes: without fragments. */
  datagramsTo(port: number): { four: Cond; six: Cond } {
    const six = and(
      this.#loads.type(ETHERTYPE.IPV6),
      is(this.#loads.net(1, 6), 17),
      is(this.#loads.net(2, 42), port),
    );
    const four = and(
      this.#loads.type(ETHERTYPE.IP),
      is(this.#loads.net(1, 9), 17),
      this.#loads.notFragment(),
      is(this.#loads.transport(2, 2), port),
    );
    return { four, six };
  }

  /** Ports from `low` to `high`. */
  match(low: number, high: number, protocols: readonly number[], dir: string | undefined): Cond {
    const fits = (num: Num) =>
      low === high ? is(num, low) : and(cmp(">=", num, constant(low)), not(cmp(">", num, constant(high))));
    if (dir !== undefined && !["src", "dst", "and", "or"].includes(dir)) {
      return fail(`'${dir}' is not a valid qualifier for ports`);
    }
    const six = and(
      this.#loads.type(ETHERTYPE.IPV6),
      or(...protocols.map((protocol) => is(this.#loads.net(1, 6), protocol))),
      byDirection(dir, (which) => fits(this.#loads.net(2, which === "src" ? 40 : 42))),
    );
    const four = and(
      this.#loads.type(ETHERTYPE.IP),
      or(...protocols.map((protocol) => is(this.#loads.net(1, 9), protocol))),
      this.#loads.notFragment(),
      byDirection(dir, (which) => fits(this.#loads.transport(2, which === "src" ? 0 : 2))),
    );
    return or(six, four);
  }
}
