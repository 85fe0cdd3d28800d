// Conditions on 802.11 headers: who sends and receives, which frame it is, which way it goes. Pure. IEEE 802.11.
import { byWord } from "../../base/text.ts";
import { and, type Cond, constant, is, masked, not, op, or } from "./ir.ts";
import type { Loads } from "./loads.ts";
import { fail } from "./values.ts";

const TYPES: Readonly<Record<string, number>> = byWord({ data: 8, mgt: 0, management: 0, ctl: 4, control: 4 });
/** Frames by type; the value is the upper four bits of the first octet. */
const SUBTYPES: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  0: {
    "assocreq": 0x00,
    "assoc-req": 0x00,
    "assocresp": 0x10,
    "assoc-resp": 0x10,
    "reassocreq": 0x20,
    "reassoc-req": 0x20,
    "reassocresp": 0x30,
    "reassoc-resp": 0x30,
    "probereq": 0x40,
    "probe-req": 0x40,
    "proberesp": 0x50,
    "probe-resp": 0x50,
    "beacon": 0x80,
    "atim": 0x90,
    "disassoc": 0xa0,
    "disassociation": 0xa0,
    "auth": 0xb0,
    "authentication": 0xb0,
    "deauth": 0xc0,
    "deauthentication": 0xc0,
  },
  4: { "ps-poll": 0xa0, "rts": 0xb0, "cts": 0xc0, "ack": 0xd0, "cf-end": 0xe0, "cf-end-ack": 0xf0 },
  8: {
    "data": 0x00,
    "data-cf-ack": 0x10,
    "data-cf-poll": 0x20,
    "data-cf-ack-poll": 0x30,
    "null": 0x40,
    "cf-ack": 0x50,
    "cf-poll": 0x60,
    "cf-ack-poll": 0x70,
    "qos-data": 0x80,
    "qos-data-cf-ack": 0x90,
    "qos-data-cf-poll": 0xa0,
    "qos-data-cf-ack-poll": 0xb0,
    "qos": 0xc0,
    "qos-cf-poll": 0xe0,
    "qos-cf-ack-poll": 0xf0,
  },
};
const DIRECTIONS: Readonly<Record<string, number>> = byWord({ nods: 0, tods: 1, fromds: 2, dstods: 3 });

/** A name as it was typed, or a number. */
export type NameOrNumber = string | number;

/** Numbers of a frame's type and subtype, for whichever were given. */
export function frameOf(
  type: NameOrNumber | undefined,
  subtype: NameOrNumber | undefined,
): [value: number, mask: number] {
  let kind: number | undefined;
  if (typeof type === "number") {
    if ((type & ~0x0c) !== 0) return fail(`invalid 802.11 type value 0x${type.toString(16).padStart(2, "0")}`);
    kind = type;
  } else if (type !== undefined) {
    kind = TYPES[type.toLowerCase()] ?? fail(`unknown 802.11 type name "${type}"`);
  }
  if (subtype === undefined) return [kind ?? 0, 0x0c];
  if (typeof subtype === "number") {
    if (kind === undefined) return [subtype, 0xfc];
    if ((subtype & ~0xf0) !== 0) return fail(`invalid 802.11 subtype value 0x${subtype.toString(16).padStart(2, "0")}`);
    return [kind | subtype, 0xfc];
  }
  const name = subtype.toLowerCase();
  const tables = kind === undefined ? [0, 4, 8] : [kind];
  for (const one of tables) {
    const found = SUBTYPES[one]?.[name];
    if (found !== undefined) return [one | found, 0xfc];
  }
  return fail(kind === undefined ? `unknown 802.11 type name` : `unknown 802.11 subtype name "${subtype}"`);
}

/** The two bits that say between whom a frame goes. */
export function directionOf(direction: NameOrNumber): number {
  if (typeof direction === "number") return direction;
  return DIRECTIONS[direction.toLowerCase()] ?? fail(`unknown 802.11 direction`);
}

/** A place for a MAC address, as octets from the header's begin. */
type Match = (offset: number) => Cond;

/** Questions about frames of one layout. */
export class Frames {
  readonly #loads: Loads;

  constructor(loads: Loads) {
    this.#loads = loads;
  }

  frame(value: number, mask: number): Cond {
    if (this.#loads.layout.kind !== "wifi") return fail("802.11 link-layer types supported only on 802.11");
    return masked(this.#loads.link(1, 0), mask, value);
  }

  direction(value: number): Cond {
    if (this.#loads.layout.kind !== "wifi") return fail("frame direction supported only with 802.11 headers");
    return masked(this.#loads.link(1, 1), 3, value);
  }

  /** A data frame. */
  data(): Cond {
    return masked(this.#loads.link(1, 0), 0x0c, 8);
  }

  /** A bit of the first (0) or second (1) octet. */
  #bit(octet: number, bit: number): Cond {
    return not(is(op("&", this.#loads.link(1, octet), constant(bit)), 0));
  }

  /** `match` where the receiver of a data frame stands, by its direction. */
  destination(match: Match): Cond {
    const toDistribution = this.#bit(1, 1);
    const data = or(and(toDistribution, match(16)), and(not(toDistribution), match(4)));
    const isData = this.#bit(0, 8);
    return and(not(this.#bit(0, 4)), or(and(isData, data), and(not(isData), match(4))));
  }

  #source(match: Match): Cond {
    const to = this.#bit(1, 1), from = this.#bit(1, 2), isData = this.#bit(0, 8);
    const relayed = or(and(to, match(24)), and(not(to), match(16)));
    const data = or(and(from, relayed), and(not(from), match(10)));
    return and(not(this.#bit(0, 4)), or(and(isData, data), and(not(isData), match(10))));
  }

  /** Not a control frame, or one with a sender. */
  #hasSender(): Cond {
    const first = this.#loads.link(1, 0);
    const control = masked(first, 0x0c, 4);
    return or(not(control), and(not(masked(first, 0xf0, 0xc0)), not(masked(first, 0xf0, 0xd0))));
  }

  /** A MAC address, by who bears it. */
  host(mac: readonly number[], dir: string | undefined): Cond {
    const match: Match = (offset) =>
      and(
        is(this.#loads.link(4, offset + 2), (mac[2]! << 24 | mac[3]! << 16 | mac[4]! << 8 | mac[5]!) >>> 0),
        is(this.#loads.link(2, offset), mac[0]! << 8 | mac[1]!),
      );
    switch (dir) {
      case "src":
        return this.#source(match);
      case "dst":
        return this.destination(match);
      case "and":
        return and(this.#source(match), this.destination(match));
      case "addr1":
        return match(4);
      case "addr2":
        return and(this.#hasSender(), match(10));
      case "addr3":
        return and(not(masked(this.#loads.link(1, 0), 0x0c, 4)), match(16));
      case "addr4":
        return and(masked(this.#loads.link(1, 1), 3, 3), match(24));
      case "ra":
        return and(this.#bit(0, 8), match(4));
      case "ta":
        return and(this.#bit(0, 8), this.#hasSender(), match(10));
    }
    return or(this.#source(match), this.destination(match));
  }

  multicast(): Cond {
    return this.destination((offset) => this.#groupBit(offset));
  }

  #groupBit(offset: number): Cond {
    return not(is(op("&", this.#loads.link(1, offset), constant(1)), 0));
  }
}
