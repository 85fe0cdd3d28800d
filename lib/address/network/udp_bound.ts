// UDP sockets as addresses want them: bound, with their options, members of multicast groups. ip(7), ipv6(7).
import { FormatError } from "../../base/errors.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { ipFrom, parseIp } from "../../base/ip.ts";
import { integer, list, one, toggle, type Values, type ValueType } from "../../options/schema.ts";
import { cString, findLibc, needLibc } from "../../stream/libc/libc.ts";
import { setSocketOption, SOL_SOCKET } from "../../stream/libc/socket_fd.ts";
import { applySettings, type SocketSetting } from "../../stream/libc/socket_settings.ts";
import { UdpSocket } from "../../stream/udp/socket.ts";
import { listenError } from "./listen.ts";
import { DATAGRAM_SOCKET_OPTIONS, isBeforeBinding, socketSettings } from "./socket_options.ts";

const group = "UDP";

/** A multicast group and the interface on which to join it. */
interface Membership {
  readonly group: string;
  /** Name, number or address; `undefined`: the system chooses. */
  readonly on: string | undefined;
  readonly family: 4 | 6;
}

/** `GROUP[:INTERFACE]`, `[GROUP][:INTERFACE]`. */
function membershipOf(text: string): Membership {
  const [, six, four, on] = /^(?:\[(.*)\]|([^:]*))(?::(.*))?$/.exec(text) ?? [];
  const group = six ?? four ?? text;
  const family = six === undefined ? 4 : 6;
  if (parseIp(group)?.family !== family) {
    throw new FormatError(`"${text}" is not GROUP[:INTERFACE], such as 224.1.2.3:eth0 or [ff02::5]:eth0`);
  }
  return { group, on, family };
}

const MEMBERSHIP: ValueType<string> = {
  placeholder: "GROUP[:INTERFACE]",
  parse(text) {
    membershipOf(text);
    return text;
  },
};

/** Options of UDP sockets. */
export const UDP_SOCKET_OPTIONS = {
  ...DATAGRAM_SOCKET_OPTIONS,
  broadcast: toggle({ group, help: "Allow sending to broadcast addresses", aliases: ["so-broadcast"] }),
  "ip-add-membership": list(MEMBERSHIP, {
    group,
    help: "Join a multicast group on an interface (its address or name)",
    aliases: ["membership", "add-membership", "ip-membership", "join-group", "ipv6-join-group", "ipv6-add-membership"],
  }),
  "ip-multicast-ttl": one(integer(0, 255), {
    group,
    help: "Hops that multicast datagrams may go",
    aliases: ["multicast-ttl", "multicastttl", "ipmulticastttl"],
  }),
  "ip-multicast-loop": one(integer(0, 1), {
    group,
    help: "Whether own multicast datagrams come back",
    aliases: ["multicast-loop", "multicastloop", "ipmulticastloop"],
  }),
};

export type UdpSocketOptions = Values<typeof UDP_SOCKET_OPTIONS>;

/** Linux's numbers, and where they differ those of macOS. */
const SOL_IP = 0, SOL_IPV6 = 41, SO_REUSEPORT = 15, SO_BROADCAST = Deno.build.os === "linux" ? 6 : 0x20;
const IP_MULTICAST_TTL = 33, IP_MULTICAST_LOOP = 34, IP_ADD_MEMBERSHIP = 35, IPV6_ADD_MEMBERSHIP = 20;

type BoundOptions = Partial<UdpSocketOptions> & { reuseaddr?: boolean | undefined; reuseport?: boolean };

/** A bound socket with its options set. */
export async function boundSocket(place: HostPort, options: BoundOptions): Promise<UdpSocket> {
  let socket: UdpSocket;
  try {
    const loopback = options["ip-multicast-loop"];
    socket = UdpSocket.bind(place, {
      reuseAddress: options.reuseaddr || (options.reuseport && Deno.build.os !== "linux"),
      loopback: loopback === undefined ? undefined : loopback === 1,
      settings: settingsBeforeBinding(options),
    });
  } catch (error) {
    throw listenError(formatHostPort(place), error);
  }
  try {
    setOptions(socket, options);
    for (const text of options["ip-add-membership"] ?? []) await join(socket, membershipOf(text), options);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** What comes too late once a socket is bound. With any of it the C library makes the socket, else the runtime. */
function settingsBeforeBinding(options: BoundOptions): SocketSetting[] {
  const settings = socketSettings(options).filter(isBeforeBinding);
  return options.reuseport && Deno.build.os === "linux"
    ? [{ option: "reuseport", level: SOL_SOCKET, name: SO_REUSEPORT, value: 1, when: "early" }, ...settings]
    : settings;
}

/** Sets what only the C library can. */
function setOptions({ fd }: UdpSocket, options: BoundOptions): void {
  const settings = socketSettings(options).filter((setting) => !isBeforeBinding(setting));
  const others = [["ip-multicast-ttl", SOL_IP, IP_MULTICAST_TTL], [
    "ip-multicast-loop",
    SOL_IP,
    IP_MULTICAST_LOOP,
  ]] as const;
  for (const [option, level, name] of Deno.build.os === "linux" && fd !== undefined ? others : []) {
    const value = options[option];
    if (value !== undefined) settings.push({ option, level, name, value, when: "early" });
  }
  if (fd === undefined) {
    if (settings.length > 0) throw new Error(`Option "${settings[0]!.option}" of UDP cannot be set here`);
    return;
  }
  const libc = needLibc("A UDP socket");
  // The runtime allows it always.
  setSocketOption(libc, fd, SOL_SOCKET, SO_BROADCAST, options.broadcast ? 1 : 0, "broadcast");
  for (const when of ["early", "connected"] as const) applySettings(libc, fd, settings, when);
}

/** Joins a group: by the runtime, where the socket is its own. */
async function join({ conn, fd }: UdpSocket, { group, on, family }: Membership, options: BoundOptions): Promise<void> {
  if (family === 6) {
    const index = interfaceIndex(on ?? "0");
    if (conn !== undefined) return void await conn.joinMulticastV6(group, index);
    const request = new Uint8Array([...ipFrom(group).bytes, ...new Uint8Array(new Uint32Array([index]).buffer)]);
    return setSocketOption(needLibc(group), fd!, SOL_IPV6, IPV6_ADD_MEMBERSHIP, request, "ip-add-membership");
  }
  const address = interfaceAddress(on ?? "0.0.0.0");
  if (conn === undefined) {
    const request = new Uint8Array([...ipFrom(group).bytes, ...ipFrom(address).bytes]);
    return setSocketOption(needLibc(group), fd!, SOL_IP, IP_ADD_MEMBERSHIP, request, "ip-add-membership");
  }
  const joined = await conn.joinMulticastV4(group, address);
  if (options["ip-multicast-ttl"] !== undefined) await joined.setTTL(options["ip-multicast-ttl"]);
  if (options["ip-multicast-loop"] !== undefined) await joined.setLoopback(options["ip-multicast-loop"] === 1);
}

/** The number of a network interface, which may be given by name where the system tells (if_nametoindex(3)). */
function interfaceIndex(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const index = findLibc()?.call.if_nametoindex(cString(text)) ?? 0;
  if (index === 0) throw new Error(`No network interface has the name "${text}"`);
  return index;
}

/** The IPv4 address of a network interface, which may be given by name. */
function interfaceAddress(text: string): string {
  if (parseIp(text) !== undefined) return text;
  const found = Deno.networkInterfaces().find(({ name, family }) => name === text && family === "IPv4");
  if (found === undefined) throw new Error(`No network interface with an IPv4 address has the name "${text}"`);
  return found.address;
}

/** Names of interfaces are looked up in the system. */
export function namesInterface(options: Partial<UdpSocketOptions>): boolean {
  return (options["ip-add-membership"] ?? []).some((text) => /[a-z]/i.test(membershipOf(text).on ?? ""));
}

/** A socket on a free port below 1024, which only root may have. */
export async function lowSocket(local: HostPort, options: BoundOptions): Promise<UdpSocket> {
  const first = Math.floor(Math.random() * 384);
  for (let i = 0;; i++) {
    try {
      return await boundSocket({ host: local.host, port: 640 + (first + i) % 384 }, options);
    } catch (error) {
      if (i >= 383 || !/in use/i.test(error instanceof Error ? error.message : "")) throw error;
    }
  }
}
