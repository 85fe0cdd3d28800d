// The NAT64 prefixes that answers for ipv4only.arpa reveal: `+dns64prefix` (RFC 7050, RFC 6052 2.2). Pure.
import { formatIp } from "../../base/ip.ts";
import { TYPE } from "../types.ts";
import type { Printed } from "./printed.ts";

/** Where 192.0.0.170 and 192.0.0.171 stand behind a prefix of so many bits; octet 8 is always zero. */
const LAYOUTS: readonly (readonly [bits: number, places: readonly [number, number, number, number]])[] = [
  [32, [4, 5, 6, 7]],
  [40, [5, 6, 7, 9]],
  [48, [6, 7, 9, 10]],
  [56, [7, 9, 10, 11]],
  [64, [9, 10, 11, 12]],
  [96, [12, 13, 14, 15]],
];

/** Whether `address` holds 192.0.0.`last` behind a prefix of `bits`. */
function embeds(address: Uint8Array, bits: number, places: readonly number[], last: number): boolean {
  const [a, b, c, d] = places.map((place) => address[place]);
  return a === 192 && b === 0 && c === 0 && d === last && (bits === 96 || address[8] === 0);
}

/** One line `prefix/bits` for each prefix under which both well-known addresses stand, ten at most. */
export function dns64Prefixes(addresses: readonly Uint8Array[]): string {
  const lines: string[] = [];
  for (const first of addresses) {
    const found = LAYOUTS.find(([bits, places]) =>
      embeds(first, bits, places, 170) &&
      addresses.some((second) =>
        embeds(second, bits, places, 171) && second.subarray(0, bits / 8).every((octet, i) => octet === first[i])
      )
    );
    if (found === undefined) continue;
    const prefix = new Uint8Array(16);
    prefix.set(first.subarray(0, found[0] / 8));
    lines.push(`${formatIp(prefix)}/${found[0]}\n`);
  }
  return lines.slice(0, 10).join("");
}

/** The prefixes that an answer reveals. */
export function dns64Text({ message }: Printed): string {
  return dns64Prefixes(message.answers.filter(({ type }) => type === TYPE.AAAA).map(({ rdata }) => rdata.wire));
}
