// Options of sockets that only the C library can set, and the generic setsockopt forms: names, numbers, values. Pure.
// To add one: a row in a table below with the system's numbers (Linux), its kind, and a help line where people use it.
import { FormatError, UsageError } from "../../base/errors.ts";
import { parseIp } from "../../base/ip.ts";
import { type Bytes, utf8 } from "../../base/bytes.ts";
import { integer, list, named, one, type Option, SIZE, triState, type ValueType } from "../../options/schema.ts";
import type { SocketSetting } from "../../stream/libc/socket_settings.ts";
import { parseData } from "../words/data_words.ts";

const group = "Sockets";
const SOL_SOCKET = 1, SOL_TCP = 6, SOL_IP = 0, SOL_IPV6 = 41;

type Kind = "flag" | "number" | "size" | "linger" | "device" | "address" | "data";
type Row = readonly [
  names: string,
  level: number,
  name: number,
  kind: Kind,
  help?: string | undefined,
  when?: SocketSetting["when"],
];

/** Of any socket. */
const ANY: readonly Row[] = [
  ["sndbuf so-sndbuf", SOL_SOCKET, 7, "size", "Size of the system's buffer for sending"],
  ["rcvbuf so-rcvbuf", SOL_SOCKET, 8, "size", "Size of the system's buffer for receiving (of TCP: its window)"],
  ["sndbuf-late so-sndbuf-late", SOL_SOCKET, 7, "size", undefined, "connected"],
  ["rcvbuf-late so-rcvbuf-late", SOL_SOCKET, 8, "size", undefined, "connected"],
  ["rcvlowat so-rcvlowat", SOL_SOCKET, 18, "number"],
  [
    "linger so-linger",
    SOL_SOCKET,
    13,
    "linger",
    "Closing waits so many seconds for data under way; 0: cut with a reset",
  ],
  ["priority so-priority", SOL_SOCKET, 12, "number", "Priority of what is sent, in the queues of the system"],
  ["timestamp so-timestamp", SOL_SOCKET, 29, "flag"],
  ["passcred so-passcred", SOL_SOCKET, 16, "flag"],
  ["debug so-debug", SOL_SOCKET, 1, "flag"],
];

/** Of IP sockets. */
const IP: readonly Row[] = [
  [
    "so-bindtodevice bindtodevice interface if",
    SOL_SOCKET,
    25,
    "device",
    "Only by way of this network interface",
  ],
  ["dontroute so-dontroute", SOL_SOCKET, 5, "flag", "Only to peers of the own network, through no router"],
  ["oobinline so-oobinline", SOL_SOCKET, 10, "flag"],
  ["no-check nocheck so-no-check", SOL_SOCKET, 11, "flag"],
  ["tos ip-tos iptos", SOL_IP, 1, "number", "Type of service in the IPv4 header: 0x10 for little delay"],
  ["ttl ip-ttl ipttl", SOL_IP, 2, "number", "Time to live in the IPv4 header: after so many routers it is dropped"],
  ["mtudiscover ip-mtu-discover ipmtudiscover", SOL_IP, 10, "number"],
  ["ipv6-mtu-discover mtudiscover6", SOL_IPV6, 23, "number"],
  ["freebind ip-freebind ipfreebind", SOL_IP, 15, "flag", "Bind an address that this machine has not (yet)"],
  ["ip-transparent transparent", SOL_IP, 19, "flag", "Bind foreign addresses, as a transparent proxy does (root only)"],
  ["ip-options ipoptions options", SOL_IP, 4, "data"],
  [
    "ipv6-v6only ipv6only v6only",
    SOL_IPV6,
    26,
    "flag",
    "An IPv6 listener takes IPv6 only; ipv6-v6only=0: IPv4 peers, too",
  ],
  ["ipv6-tclass tclass", SOL_IPV6, 67, "number", "Traffic class in the IPv6 header"],
  ["ipv6-unicast-hops unicast-hops", SOL_IPV6, 16, "number", "Hop limit in the IPv6 header"],
];

/** Of datagrams. */
const DATAGRAMS: readonly Row[] = [
  [
    "ip-multicast-if multicast-if ipmulticastif",
    SOL_IP,
    32,
    "address",
    "What is sent to multicast groups leaves by the interface with this address",
  ],
  ["ipv6-multicast-loop ipv6-mcloop mcloop6", SOL_IPV6, 19, "flag"],
];

/** What the system shall tell of datagrams that come. */
const TOLD: readonly Row[] = [
  [
    "ip-pktinfo ippktinfo pktinfo",
    SOL_IP,
    8,
    "flag",
    "Log the interface and address that datagrams came to; for programs SOCAT_IP_IF, _LOCADDR, _DSTADDR",
  ],
  ["ip-recvopts iprecvopts recvopts", SOL_IP, 6, "flag"],
  ["ip-recvtos iprecvtos recvtos", SOL_IP, 13, "flag"],
  ["ip-recvttl iprecvttl recvttl", SOL_IP, 12, "flag"],
  ["ipv6-recvpktinfo recvpktinfo", SOL_IPV6, 49, "flag"],
  ["ipv6-recvhoplimit recvhoplimit", SOL_IPV6, 51, "flag"],
  ["ipv6-recvtclass", SOL_IPV6, 66, "flag"],
];

/** Of TCP. */
const TCP: readonly Row[] = [
  ["keepidle tcp-keepidle", SOL_TCP, 4, "number", "With keepalive: probe after so many seconds of silence"],
  ["keepintvl tcp-keepintvl", SOL_TCP, 5, "number", "With keepalive: seconds between two probes"],
  ["keepcnt tcp-keepcnt", SOL_TCP, 6, "number", "With keepalive: so many probes without answer end it"],
  ["mss maxseg tcp-maxseg", SOL_TCP, 2, "number", "Largest segment that is sent and asked for"],
  ["mss-late maxseg-late tcp-maxseg-late", SOL_TCP, 2, "number", undefined, "connected"],
  ["syncnt tcp-syncnt", SOL_TCP, 7, "number", "Ask so often for a connection before giving up"],
  ["linger2 tcp-linger2", SOL_TCP, 8, "number"],
  ["defer-accept tcp-defer-accept", SOL_TCP, 9, "number", "Take a connection only when its first data are there"],
  ["window-clamp tcp-window-clamp", SOL_TCP, 10, "number"],
  ["cork tcp-cork", SOL_TCP, 3, "flag"],
  ["quickack tcp-quickack", SOL_TCP, 12, "flag"],
];

const NUMBER = integer(-0x8000_0000, 0xffff_ffff);
const ADDRESS: ValueType<Bytes> = {
  placeholder: "ADDRESS",
  parse(text) {
    const ip = parseIp(text);
    if (ip?.family !== 4) throw new FormatError(`"${text}" is not the IPv4 address of an interface`);
    return ip.bytes as Bytes;
  },
};
const LINGER = integer(0, 0xffff, "SECONDS");

/** One use of `setsockopt` and its like. */
interface Generic {
  readonly level: number;
  readonly name: number;
  readonly value: number | Bytes;
}

function generic(placeholder: string, value: (text: string) => number | Bytes): ValueType<Generic> {
  return {
    placeholder: `LEVEL:NAME:${placeholder}`,
    parse(text) {
      const [, level, name, rest] = /^([^:]*):([^:]*):(.*)$/s.exec(text) ?? [];
      if (rest === undefined) throw new FormatError(`"${text}" is not LEVEL:NAME:${placeholder}`);
      return { level: NUMBER.parse(level!), name: NUMBER.parse(name!), value: value(rest) };
    },
  };
}

const DATA = generic("DATA", parseData);

/** The generic forms, for what has no name here. */
const SETSOCKOPT_OPTIONS = {
  setsockopt: list(DATA, {
    group,
    help: 'Any option by its numbers; data as x01ff, i1 or "text" (again: one more)',
    aliases: [
      "sockopt",
      "setsockopt-bin",
      "sockopt-bin",
      "setsockopt-connected",
      "sockopt-conn",
      "setsockopt-socket",
      "sockopt-sock",
    ],
  }),
  "setsockopt-int": list(generic("NUMBER", (text) => NUMBER.parse(text)), {
    group,
    help: "The same with a number",
    aliases: ["sockopt-int"],
  }),
  "setsockopt-string": list(generic("TEXT", (text) => utf8(`${text}\0`)), {
    group,
    help: "The same with a text, to which a NUL octet is added",
    aliases: ["sockopt-string"],
  }),
  "setsockopt-listen": list(DATA, {
    group,
    help: "The same, on the listening socket, before it is bound",
    aliases: ["sockopt-listen"],
  }),
};

function optionOf([names, , , kind, help]: Row): Option<unknown> {
  const [main, ...aliases] = names.split(" ");
  const words = { group, help: help ?? `socket(7), ip(7), tcp(7): ${main}`, aliases, hidden: help === undefined };
  switch (kind) {
    case "flag":
      return triState(words);
    case "device":
      return one(named("a network interface"), { ...words, placeholder: "INTERFACE" });
    case "address":
      return one(ADDRESS, words);
    case "linger":
      return one(LINGER, words);
    case "size":
      return one(SIZE, words);
    case "data":
      return one({ placeholder: "DATA", parse: parseData }, words);
    case "number":
      return one(NUMBER, words);
  }
}

const table = (rows: readonly Row[]): Record<string, Option<unknown>> =>
  Object.fromEntries(rows.map((row) => [row[0].split(" ")[0]!, optionOf(row)]));

const NAMESPACE_OPTION = {
  netns: one(named("a network namespace"), {
    group,
    help: "Make it in this network namespace: a name of ip-netns(8), or a path (root only)",
    placeholder: "NAME",
  }),
};

/** Options of any socket. */
export const ANY_SOCKET_OPTIONS = { ...table(ANY), ...SETSOCKOPT_OPTIONS, ...NAMESPACE_OPTION };
/** Options of IP sockets. */
export const IP_SOCKET_OPTIONS = { ...ANY_SOCKET_OPTIONS, ...table(IP) };
/** Options of UDP sockets. */
export const DATAGRAM_SOCKET_OPTIONS = { ...IP_SOCKET_OPTIONS, ...table(DATAGRAMS) };
/** Options of sockets that take datagrams, about what the system tells of them. */
export const TOLD_SOCKET_OPTIONS = table(TOLD);
/** What can be set only before a socket is bound. */
const BEFORE_BINDING = ["netns", "freebind", "ip-transparent", "ipv6-v6only", "setsockopt-listen"];

/** Whether a setting comes too late once the socket is bound, as the runtime's are. */
export function isBeforeBinding({ option }: SocketSetting): boolean {
  return BEFORE_BINDING.includes(option);
}
/** Options of TCP sockets. */
export const TCP_SOCKET_OPTIONS = { ...IP_SOCKET_OPTIONS, ...table(TCP) };

function octetsOf(kind: Kind, value: unknown): number | Bytes {
  if (kind === "device") return utf8(`${value}\0`);
  if (kind === "linger") return new Uint8Array(new Int32Array([1, Number(value)]).buffer);
  return kind === "data" || kind === "address" ? value as Bytes : Number(value);
}

const known = new WeakMap<Readonly<Record<string, unknown>>, readonly SocketSetting[]>();

/**
 * What the options ask to be set, in the order of the tables, the generic forms last. A `UsageError` where the system's
 * numbers are not known (Linux only).
 */
export function socketSettings(options: Readonly<Record<string, unknown>>): readonly SocketSetting[] {
  // Asked for each connection anew.
  let settings = known.get(options);
  if (settings === undefined) known.set(options, settings = settingsOf(options));
  return settings;
}

function settingsOf(options: Readonly<Record<string, unknown>>): SocketSetting[] {
  const settings: SocketSetting[] = [];
  const { netns } = options;
  if (netns !== undefined) {
    settings.push({ option: "netns", level: 0, name: 0, value: utf8(String(netns)), when: "made" });
  }
  for (const [names, level, name, kind, , when = "early"] of ROWS) {
    const option = names.split(" ")[0]!;
    const value = options[option];
    if (value !== undefined) settings.push({ option, level, name, value: octetsOf(kind, value), when });
  }
  for (const option of Object.keys(SETSOCKOPT_OPTIONS)) {
    const when = option === "setsockopt-listen" ? "early" : "connected";
    for (const given of (options[option] ?? []) as readonly Generic[]) settings.push({ option, ...given, when });
  }
  if (settings.length > 0 && Deno.build.os !== "linux") {
    throw new UsageError(`Option "${settings[0]!.option}" can be set on Linux only`);
  }
  return settings;
}

const ROWS = [...ANY, ...IP, ...DATAGRAMS, ...TOLD, ...TCP];

/** What other addresses have by the runtime's own options: `reuseaddr` and `broadcast`. */
export function setFlags(
  options: { readonly reuseaddr?: boolean | undefined; readonly broadcast?: boolean | undefined },
): SocketSetting[] {
  const rows = [["reuseaddr", 2, options.reuseaddr], ["broadcast", 6, options.broadcast]] as const;
  return rows.flatMap(([option, name, on]) =>
    on === undefined ? [] : [{ option, level: SOL_SOCKET, name, value: Number(on), when: "early" as const }]
  );
}

/** Whether the system shall tell anything of datagrams that come. */
export function wantsTold(options: Readonly<Record<string, unknown>>): boolean {
  return ["timestamp", ...TOLD.map(([names]) => names.split(" ")[0]!)].some((name) => options[name] === true);
}
