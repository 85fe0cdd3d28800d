// Multicast groups: the options of UDP sockets, and what they set on sockets of the C library. ip(7), ipv6(7).
import { concat } from "../../base/bytes.ts";
import { FormatError, UsageError } from "../../base/errors.ts";
import { ipFrom, parseIp } from "../../base/ip.ts";
import { integer, list, one, triState, type Values, type ValueType } from "../../options/schema.ts";
import { cString, needLibc } from "../../stream/libc/libc.ts";
import type { SocketSetting } from "../../stream/libc/socket_settings.ts";

/** A group and where to join it: an interface by name, number or address, or socat's address and interface; nowhere: the system chooses. */
export interface Membership {
  readonly group: string;
  readonly family: 4 | 6;
  readonly interfaces: readonly string[];
}

const MEMBERSHIP: ValueType<Membership> = {
  placeholder: "GROUP[:INTERFACE]",
  parse(text) {
    const [, six, four, rest] = /^(?:\[(.*)\]|([^:]*))(?::(.+))?$/.exec(text) ?? [];
    const group = six ?? four ?? "", ip = parseIp(group);
    if (ip?.family !== (six === undefined ? 4 : 6)) {
      throw new FormatError(`"${text}" is not GROUP[:INTERFACE], such as 224.1.2.3:eth0 or [ff02::5]:eth0`);
    }
    const first = ip.bytes[0]!;
    if (ip.family === 4 ? first < 224 || first > 239 : first !== 255) {
      throw new FormatError(`"${group}" is no multicast group: they are 224.0.0.0 to 239.255.255.255, and ff00::/8`);
    }
    return { group, family: ip.family, interfaces: rest?.split(":") ?? [] };
  },
};

/** A group of which only what one source sends is taken (source-specific multicast, RFC 4607). */
export interface SourceMembership extends Membership {
  readonly source: string;
}

const SOURCE_MEMBERSHIP: ValueType<SourceMembership> = {
  placeholder: "GROUP:INTERFACE:SOURCE",
  parse(text) {
    const [, where, bracketed, plain] = /^(.+:.+):(?:\[(.*)\]|([^:\]]+))$/.exec(text) ?? [];
    const source = bracketed ?? plain ?? "";
    const membership = where === undefined ? undefined : MEMBERSHIP.parse(where);
    if (membership?.interfaces.length !== 1 || parseIp(source)?.family !== membership.family) {
      throw new FormatError(`"${text}" is not GROUP:INTERFACE:SOURCE, such as 232.1.2.3:eth0:192.0.2.1`);
    }
    return { ...membership, source };
  },
};

const group = "UDP";

/** The options. To add one: a key here, and its line in `multicastSettings()`. */
export const MULTICAST_OPTIONS = {
  "ip-add-membership": list(MEMBERSHIP, {
    group,
    help: "Join a multicast group, on an interface by its name, number or address",
    aliases: ["membership", "add-membership", "ip-membership", "join-group", "ipv6-join-group", "ipv6-add-membership"],
  }),
  "ip-add-source-membership": list(SOURCE_MEMBERSHIP, {
    group,
    help: "Join a multicast group, to hear this one source only",
    aliases: [
      "add-source-membership",
      "source-membership",
      "ipv6-join-source-group",
      "join-source-group",
      "ipv6-add-source-membership",
    ],
  }),
  "ip-multicast-ttl": one(integer(0, 255), {
    group,
    help: "So many hops for what is sent to groups",
    aliases: ["multicast-ttl", "multicastttl", "ipmulticastttl"],
  }),
  "ip-multicast-loop": triState({
    group,
    help: "What is sent to groups comes to this machine, too",
    aliases: ["multicast-loop", "multicastloop", "ipmulticastloop", "mcloop"],
  }),
};
type Options = Partial<Values<typeof MULTICAST_OPTIONS>>;

/** Joining a group: `ip_mreqn` (ip(7)) or `ipv6_mreq` (ipv6(7)). A `UsageError` for an interface that is not there. */
function joining({ group, family, interfaces }: Membership): SocketSetting {
  const bytes = new Uint8Array(family === 4 ? 12 : 20);
  bytes.set(ipFrom(group).bytes);
  for (const word of interfaces) {
    const address = parseIp(word);
    if (address?.family === 4 && family === 4) bytes.set(address.bytes, 4);
    else new Uint32Array(bytes.buffer)[bytes.length / 4 - 1] = interfaceIndex(word);
  }
  const option = "ip-add-membership", when = "early" as const;
  return family === 4
    ? { option, level: 0, name: 35, value: bytes, when }
    : { option, level: 41, name: 20, value: bytes, when };
}

/** `sockaddr_in` or `sockaddr_in6` without a port, in the room of a `sockaddr_storage`. */
function storage(address: string): Uint8Array {
  const bytes = new Uint8Array(128), ip = ipFrom(address);
  new Uint16Array(bytes.buffer)[0] = ip.family === 4 ? 2 : 10;
  bytes.set(ip.bytes, ip.family === 4 ? 4 : 8);
  return bytes;
}

/** Joining a group for one source: `ip_mreq_source` (ip(7)) where an address names the interface, else `group_source_req`. */
function joiningSource({ group, family, interfaces: [place], source }: SourceMembership): SocketSetting {
  const option = "ip-add-source-membership", when = "early" as const;
  const address = parseIp(place!);
  if (address?.family === 4 && family === 4) {
    const value = concat([ipFrom(group).bytes, address.bytes, ipFrom(source).bytes]);
    return { option, level: 0, name: 39, value, when };
  }
  const value = new Uint8Array(264);
  new Uint32Array(value.buffer)[0] = interfaceIndex(place!);
  value.set(storage(group), 8);
  value.set(storage(source), 136);
  return { option, level: family === 4 ? 0 : 41, name: 46, value, when };
}

/** The number of an interface, which may be given by name (if_nametoindex(3)). A `UsageError` when it is not there. */
export function interfaceIndex(word: string): number {
  if (/^\d+$/.test(word)) return Number(word);
  const number = needLibc("The name of a network interface").call.if_nametoindex(cString(word));
  if (number === 0) throw new UsageError(`There is no network interface "${word}"`);
  return number;
}

/** What the options ask to be set (Linux). A `UsageError` for an interface that is not there. */
export function multicastSettings(options: Options): SocketSetting[] {
  const { "ip-multicast-ttl": hops, "ip-multicast-loop": loop } = options;
  const number = (option: string, name: number, value: number | boolean | undefined): SocketSetting[] =>
    value === undefined ? [] : [{ option, level: 0, name, value: Number(value), when: "early" }];
  return [
    ...(options["ip-add-membership"] ?? []).map(joining),
    ...(options["ip-add-source-membership"] ?? []).map(joiningSource),
    ...number("ip-multicast-ttl", 33, hops),
    ...number("ip-multicast-loop", 34, loop),
  ];
}
