// Multicast groups on sockets of the C library: joining them, hops and loops of what is sent to them. ip(7), ipv6(7).
import { FormatError, UsageError } from "../../base/errors.ts";
import { ipFrom, parseIp } from "../../base/ip.ts";
import { integer, list, one, triState, type Values, type ValueType } from "../../options/schema.ts";
import { needLibc } from "../../stream/libc/libc.ts";
import type { SocketSetting } from "../../stream/libc/socket_settings.ts";

const group = "Raw IP";

/** `GROUP:INTERFACE`, `[GROUP]:INTERFACE`, `GROUP:ADDRESS:INTERFACE`. */
interface Membership {
  readonly group: string;
  readonly interfaces: readonly string[];
}

const MEMBERSHIP: ValueType<Membership> = {
  placeholder: "GROUP:INTERFACE",
  parse(text) {
    const [, six, four, rest] = /^(?:\[(.*)\]|([^:]*)):(.+)$/.exec(text) ?? [];
    const group = six ?? four;
    if (group === undefined || parseIp(group) === undefined) {
      throw new FormatError(`"${text}" is not GROUP:INTERFACE, such as 224.1.2.3:eth0`);
    }
    return { group, interfaces: rest!.split(":") };
  },
};

/** To add one: a key here, and its number in `multicastSettings`. */
export const MULTICAST_OPTIONS = {
  "ip-add-membership": list(MEMBERSHIP, {
    group,
    help: "Join a multicast group on an interface, by its address, name or number",
    aliases: ["membership", "add-membership", "ip-membership", "join-group", "ipv6-join-group", "ipv6-add-membership"],
  }),
  "ip-multicast-ttl": one(integer(0, 255), {
    group,
    help: "So many hops for what is sent to groups",
    aliases: ["multicast-ttl", "multicastttl"],
  }),
  "ip-multicast-loop": triState({
    group,
    help: "What is sent to groups comes to this machine, too",
    aliases: ["multicast-loop", "multicastloop"],
  }),
};

/** Joining a group: `ip_mreqn` (ip(7)) or `ipv6_mreq` (ipv6(7)). */
function joining({ group, interfaces }: Membership): SocketSetting {
  const libc = needLibc("Joining a multicast group");
  const option = "ip-add-membership", when = "early" as const;
  const index = (word: string) =>
    /^\d+$/.test(word) ? Number(word) : libc.call.if_nametoindex(new TextEncoder().encode(`${word}\0`));
  const ip = ipFrom(group);
  const bytes = new Uint8Array(ip.family === 4 ? 12 : 20);
  bytes.set(ip.bytes);
  for (const word of interfaces) {
    const address = parseIp(word);
    if (address?.family === 4 && ip.family === 4) bytes.set(address.bytes, 4);
    else {
      const number = index(word);
      if (number === 0) throw new UsageError(`There is no network interface "${word}"`);
      new Uint32Array(bytes.buffer)[bytes.length / 4 - 1] = number;
    }
  }
  return ip.family === 4
    ? { option, level: 0, name: 35, value: bytes, when }
    : { option, level: 41, name: 20, value: bytes, when };
}

/** Joining the group that `text` names. */
export function membershipSetting(text: string): SocketSetting {
  return joining(MEMBERSHIP.parse(text));
}

/** What the options ask to be set (Linux). A `UsageError` for an interface that is not there. */
export function multicastSettings(options: Values<typeof MULTICAST_OPTIONS>): SocketSetting[] {
  const number = (option: "ip-multicast-ttl" | "ip-multicast-loop", name: number): SocketSetting[] =>
    options[option] === undefined ? [] : [{ option, level: 0, name, value: Number(options[option]), when: "early" }];
  return [
    ...options["ip-add-membership"].map(joining),
    ...number("ip-multicast-ttl", 33),
    ...number("ip-multicast-loop", 34),
  ];
}
