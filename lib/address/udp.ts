// UDP: connect, listen, and socat's one-way and one-shot forms.
import { formatHostPort, type HostPort } from "../base/host_port.ts";
import { ipFrom, parseIp } from "../base/ip.ts";
import { connectError } from "../dial/errors.ts";
import { resolveHost } from "../dial/tcp.ts";
import { checkUdpHops } from "../dial/via_url.ts";
import { integer, list, one, TEXT, toggle, type Values } from "../options/schema.ts";
import { cString, findLibc, needLibc } from "../stream/libc.ts";
import { setSocketOption, SOL_SOCKET } from "../stream/socket_fd.ts";
import { applySettings, type SocketSetting } from "../stream/socket_settings.ts";
import type { Stream } from "../stream/stream.ts";
import { udpSessions, UdpStream } from "../stream/udp.ts";
import { UdpAddress } from "../stream/udp_address.ts";
import { LARGEST_DATAGRAM } from "../stream/udp_keeper.ts";
import { CLOSED, UdpSocket } from "../stream/udp_socket.ts";
import { CONNECT_OPTIONS, familyOf, LISTEN_OPTIONS } from "./common.ts";
import { admission, bindFrom, hostFrom, listenError, listenPlace, portFrom } from "./listen.ts";
import { defineAddress, once, type OpenArguments, type OpenContext, type Permission } from "./model.ts";
import { ROUTE_NEEDS, VIA_OPTION, viaOptions } from "./route.ts";
import {
  DATAGRAM_SOCKET_OPTIONS,
  isBeforeBinding,
  socketSettings,
  TOLD_SOCKET_OPTIONS,
  wantsTold,
} from "./socket_options.ts";
import { receiveEachTold, receiveTold } from "./udp_told.ts";

const group = "UDP";

const SOCKET_OPTIONS = {
  ...DATAGRAM_SOCKET_OPTIONS,
  broadcast: toggle({ group, help: "Allow sending to broadcast addresses", aliases: ["so-broadcast"] }),
  "ip-add-membership": list(TEXT, {
    group,
    help: "Join a multicast group on an interface (its address or name)",
    placeholder: "GROUP[:INTERFACE]",
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

type SocketOptions = Values<typeof SOCKET_OPTIONS>;

/** Linux's numbers, and where they differ those of macOS. */
const SOL_IP = 0, SOL_IPV6 = 41, SO_REUSEPORT = 15, SO_BROADCAST = Deno.build.os === "linux" ? 6 : 0x20;
const IP_MULTICAST_TTL = 33, IP_MULTICAST_LOOP = 34, IP_ADD_MEMBERSHIP = 35, IPV6_ADD_MEMBERSHIP = 20;

type BoundOptions = Partial<SocketOptions> & { reuseaddr?: boolean | undefined; reuseport?: boolean };

/** A bound socket with its options set. */
async function boundSocket(place: HostPort, options: BoundOptions): Promise<UdpSocket> {
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

/** A multicast group and the interface on which to join it. */
interface Membership {
  readonly group: string;
  /** Name, number or address; `undefined`: the system chooses. */
  readonly on: string | undefined;
  readonly family: 4 | 6;
}

/** `GROUP[:INTERFACE]`, `[GROUP][:INTERFACE]`. */
function membershipOf(text: string): Membership {
  const bracket = /^\[(.*)\](?::(.*))?$/.exec(text);
  if (bracket !== null) return { group: bracket[1]!, on: bracket[2], family: 6 };
  const [group, on] = text.split(":");
  return { group: group!, on, family: 4 };
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
function namesInterface(options: Partial<SocketOptions>): boolean {
  return (options["ip-add-membership"] ?? []).some((membership) =>
    /[a-z][^\]]*$/i.test(membership.replace(/^\[.*\]/, ""))
  );
}

/** A socket on a free port below 1024, which only root may have. */
async function lowSocket(local: HostPort, options: BoundOptions): Promise<UdpSocket> {
  const first = Math.floor(Math.random() * 384);
  for (let i = 0;; i++) {
    try {
      return await boundSocket({ host: local.host, port: 640 + (first + i) % 384 }, options);
    } catch (error) {
      if (i >= 383 || !/in use/i.test(error instanceof Error ? error.message : "")) throw error;
    }
  }
}

/** The target as an IP address and port, and a socket of the same family. */
async function towards(
  { name, params: [host, port], options, context, text }: OpenArguments<
    Values<typeof CONNECT_OPTIONS> & Partial<SocketOptions>
  >,
): Promise<{ socket: UdpSocket; peer: UdpAddress }> {
  const target = { host: hostFrom(host!), port: portFrom(port!, text) };
  try {
    const bound = bindFrom(options.bind, options.sourceport ?? 0);
    const family = familyOf(name, options.pf, context.family) ??
      (bound === undefined ? undefined : parseIp(bound.host)?.family);
    const hosts = parseIp(target.host) !== undefined ? [target.host] : await resolveHost(target.host, family);
    // With several addresses and no preference: IPv4 first, as there is no reply that could tell which one answers.
    const chosen = hosts.find((host) => parseIp(host)!.family === (family ?? 4)) ?? hosts[0]!;
    const six = parseIp(chosen)!.family === 6;
    const local = { host: bound?.host || (six ? "::" : "0.0.0.0"), port: bound?.port ?? options.sourceport ?? 0 };
    return {
      socket: await (options.lowport ? lowSocket : boundSocket)(local, options),
      peer: UdpAddress.from({ host: chosen, port: target.port }),
    };
  } catch (error) {
    throw connectError(formatHostPort(target), error);
  }
}

/** Lets in nobody but `peer`, and learns that nobody is there. */
function connectTo(socket: UdpSocket, peer: UdpAddress): void {
  try {
    socket.connect(peer);
  } catch (error) {
    socket.close();
    throw connectError(formatHostPort(peer), error);
  }
}

const needs = (_: readonly string[], options: Partial<SocketOptions>): Permission[] =>
  namesInterface(options) ? ["net", "libc", "sys"] : ["net", "libc"];

/** UDP-CONNECT and UDP-SENDTO: one peer, whose datagrams only are taken. */
export const UDP_CONNECT = defineAddress({
  names: [
    "UDP",
    "UDP-CONNECT",
    "UDP4",
    "UDP6",
    "UDP4-CONNECT",
    "UDP6-CONNECT",
    "UDP-SENDTO",
    "UDP4-SENDTO",
    "UDP6-SENDTO",
    "UDP-SEND",
    "UDP4-SEND",
    "UDP6-SEND",
  ],
  syntax: "UDP:<host>:<port>",
  summary: "Sends datagrams to a UDP port and takes the answers of this peer only",
  params: { min: 2, max: 2 },
  options: { ...CONNECT_OPTIONS, ...SOCKET_OPTIONS, ...VIA_OPTION },
  needs: (params, options) => options.via.length > 0 ? [...ROUTE_NEEDS, "libc"] : needs(params, options),
  check([, port], options) {
    portFrom(port!);
    if (options.via.length > 0) checkUdpHops(options.via);
  },
  open: (args) =>
    once(async () => {
      const { via } = args.options;
      if (via.length > 0) {
        const { name, params: [host, port], options, context, text } = args;
        const target = { host: hostFrom(host!), port: portFrom(port!, text) };
        const dial = {
          family: familyOf(name, options.pf, context.family),
          timeoutMs: options["connect-timeout"],
          signal: context.signal,
        };
        const { dialUdpVia } = await import("../dial/via.ts");
        return await dialUdpVia(target, via, viaOptions(dial, context));
      }
      const { socket, peer } = await towards(args);
      // As in socat, UDP-SENDTO is not: it lives on when nobody is there yet.
      if (!/SEND/.test(args.name)) connectTo(socket, peer);
      return new UdpStream(socket, peer);
    }),
});

/** UDP-DATAGRAM: sends to one address, takes from anybody in `range`. */
export const UDP_DATAGRAM = defineAddress({
  names: ["UDP-DATAGRAM", "UDP4-DATAGRAM", "UDP6-DATAGRAM", "UDP-DGRAM", "UDP4-DGRAM", "UDP6-DGRAM"],
  syntax: "UDP-DATAGRAM:<host>:<port>",
  summary: "Sends datagrams to an address (broadcast, multicast too) and takes those of everybody in range",
  params: { min: 2, max: 2 },
  options: {
    ...CONNECT_OPTIONS,
    ...SOCKET_OPTIONS,
    range: LISTEN_OPTIONS.range,
    deny: LISTEN_OPTIONS.deny,
    lowport: LISTEN_OPTIONS.lowport,
  },
  needs,
  open: (args) =>
    once(async () => {
      const { socket, peer } = await towards(args);
      // Its sourceport is the port that it sends from.
      const admits = await admission({ ...args.options, sourceport: undefined });
      return new UdpStream(socket, peer, (sender) => admits(sender) === undefined);
    }),
});

const LISTENER_OPTIONS = { ...LISTEN_OPTIONS, ...SOCKET_OPTIONS };
const RECEIVER_OPTIONS = { ...LISTENER_OPTIONS, ...TOLD_SOCKET_OPTIONS };

/** Where it listens. */
function placeOf(
  { name, params: [port], options, context, text }: OpenArguments<Values<typeof LISTENER_OPTIONS>>,
): HostPort {
  const family = familyOf(name, options.pf, context.family);
  const multicast = options["ip-add-membership"].length > 0 && options.bind === undefined;
  return multicast
    ? { host: family === 6 ? "::" : "0.0.0.0", port: portFrom(port!, text) }
    : listenPlace(portFrom(port!, text), options.bind, family, context.compat);
}

async function listenSocket(args: OpenArguments<Values<typeof LISTENER_OPTIONS>>): Promise<UdpSocket> {
  const { options, context } = args;
  const place = placeOf(args);
  const socket = await boundSocket(place, { ...options, reuseaddr: options.reuseaddr ?? false });
  context.onListening?.(formatHostPort(socket.local));
  return socket;
}

/** The first peer that is admitted, on the socket itself: one peer needs no queue between. */
async function* firstPeer(args: OpenArguments<Values<typeof LISTENER_OPTIONS>>): AsyncGenerator<Stream> {
  const { options, context } = args;
  const socket = await listenSocket(args);
  const admits = await admission(options);
  let given = false, late = false;
  const giveUp = () => socket.close();
  context.signal.addEventListener("abort", giveUp, { once: true });
  const timer = options["accept-timeout"] === undefined ? undefined : setTimeout(() => {
    late = true;
    giveUp();
  }, options["accept-timeout"]);
  try {
    const buffer = new Uint8Array(LARGEST_DATAGRAM);
    for (;;) {
      const count = await socket.receive(buffer);
      if (count === CLOSED) break;
      const peer = socket.sender;
      const refusal = admits(peer);
      if (refusal !== undefined) {
        context.log.warning(`Refusing datagram from ${formatHostPort(peer)} ${refusal}`);
        continue;
      }
      connectTo(socket, peer);
      const stream = new UdpStream(socket, peer);
      stream.unread(buffer.subarray(0, count));
      given = true;
      clearTimeout(timer);
      context.signal.removeEventListener("abort", giveUp);
      yield stream;
      return;
    }
    if (late) throw new Error("Nobody sent a datagram within the accept-timeout");
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener("abort", giveUp);
    if (!given) socket.close();
  }
}

/** Sessions of a listening socket: all peers with `fork`; each datagram by itself, or the first, when `oneShot`. */
async function* sessions(
  args: OpenArguments<Values<typeof LISTENER_OPTIONS>>,
  oneShot: boolean,
): AsyncGenerator<Stream> {
  const { options, context } = args;
  const socket = await listenSocket(args);
  const admits = await admission(options);
  const limit = new AbortController();
  const signal = AbortSignal.any([context.signal, limit.signal]);
  const told = warnOnce(context);
  let heard = 0;
  const found = udpSessions(socket, signal, {
    maxSessions: options.fork ? options["max-children"] : 1,
    oneShot,
    admits: (peer) => {
      if (!options.fork && heard > 0) return false;
      const refusal = admits(peer);
      if (refusal !== undefined) context.log.warning(`Refusing datagram from ${formatHostPort(peer)} ${refusal}`);
      else heard++;
      return refusal === undefined;
    },
    onRefused: (_, why) =>
      why === "limit" && told(`More than ${options["max-children"] ?? 1} peers: datagrams of further ones are dropped`),
  });
  const timer = options["accept-timeout"] === undefined ? undefined : setTimeout(() => {
    if (heard === 0) limit.abort();
  }, options["accept-timeout"]);
  try {
    for await (const session of found) {
      yield session;
      if (!options.fork) return;
    }
    if (limit.signal.aborted) throw new Error("Nobody sent a datagram within the accept-timeout");
  } finally {
    clearTimeout(timer);
  }
}

function warnOnce(context: OpenContext): (message: string) => void {
  let told = false;
  return (message) => {
    if (!told) context.log.warning(message);
    told = true;
  };
}

/** UDP-LISTEN. */
export const UDP_LISTEN = defineAddress({
  names: ["UDP-LISTEN", "UDP-L", "UDP4-LISTEN", "UDP6-LISTEN", "UDP4-L", "UDP6-L"],
  syntax: "UDP-LISTEN:<port>",
  summary: "Waits for a peer's first datagram and talks with this peer; with fork, with all peers",
  params: { min: 1, max: 1 },
  options: LISTENER_OPTIONS,
  listens: true,
  needs,
  check: ([port]) => void portFrom(port!),
  open: (args) => args.options.fork ? sessions(args, false) : firstPeer(args),
});

/** UDP-RECVFROM. */
export const UDP_RECVFROM = defineAddress({
  names: ["UDP-RECVFROM", "UDP4-RECVFROM", "UDP6-RECVFROM"],
  syntax: "UDP-RECVFROM:<port>",
  summary: "Takes one datagram and may answer it; with fork, each datagram by itself",
  params: { min: 1, max: 1 },
  options: RECEIVER_OPTIONS,
  listens: true,
  needs: (params, options) => wantsTold(options) ? ["net", "ffi"] : needs(params, options),
  check: ([port]) => void portFrom(port!),
  open: (args) =>
    wantsTold(args.options) ? receiveEachTold(placeOf(args), args.options, args.context) : sessions(args, true),
});

/** UDP-RECV. */
export const UDP_RECV = defineAddress({
  names: ["UDP-RECV", "UDP-RECEIVE", "UDP4-RECV", "UDP6-RECV"],
  syntax: "UDP-RECV:<port>",
  summary: "Takes datagrams of everybody and answers nobody",
  params: { min: 1, max: 1 },
  options: RECEIVER_OPTIONS,
  listens: true,
  needs: (params, options) => wantsTold(options) ? ["net", "ffi"] : needs(params, options),
  check: ([port]) => void portFrom(port!),
  open: (args) =>
    once(async () => {
      if (wantsTold(args.options)) return await receiveTold(placeOf(args), args.options, args.context);
      const socket = await listenSocket(args);
      const admits = await admission(args.options);
      return new UdpStream(socket, undefined, (sender) => admits(sender) === undefined);
    }),
});
