// UDP: connect, listen, and socat's one-way and one-shot forms.
import { UsageError } from "../../base/errors.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import { connectError } from "../../dial/errors.ts";
import { resolveHost } from "../../dial/tcp.ts";
import { checkUdpHops } from "../../dial/via_url.ts";
import type { Values } from "../../options/schema.ts";
import type { Stream } from "../../stream/stream.ts";
import { giveRoom, takeRoom } from "../../stream/rooms.ts";
import { udpSessions, UdpStream } from "../../stream/udp/streams.ts";
import { UdpAddress } from "../../stream/udp/address.ts";
import { CLOSED, type UdpSocket } from "../../stream/udp/socket.ts";
import { CONNECT_OPTIONS, familiesOf, familyOf, LISTEN_OPTIONS } from "../common.ts";
import { applyCommon } from "../opening/layers.ts";
import { datagramAdmission } from "./admission.ts";
import { bindFrom, listenPlace, placeFrom, portFrom } from "./listen.ts";
import { defineAddress, once, type OpenArguments, type OpenContext, type Permission } from "../model.ts";
import { ROUTE_NEEDS, VIA_OPTION, viaOptions } from "./route.ts";
import { TOLD_SOCKET_OPTIONS, wantsTold } from "./socket_options.ts";
import { boundSocket, lowSocket, namesInterface, UDP_SOCKET_OPTIONS, type UdpSocketOptions } from "./udp_bound.ts";
import { receiveEachTold, receiveTold } from "./udp_told.ts";

/** The target as an IP address and port, and a socket of the same family. */
async function towards(
  { name, params: [host, port], options, context }: OpenArguments<
    Values<typeof CONNECT_OPTIONS> & Partial<UdpSocketOptions>
  >,
): Promise<{ socket: UdpSocket; peer: UdpAddress }> {
  const target = placeFrom(host!, port!);
  try {
    const bound = bindFrom(options.bind, options.sourceport ?? 0);
    const family = familyOf(name, options.pf, undefined) ??
      (bound === undefined ? undefined : parseIp(bound.host)?.family);
    const hosts = parseIp(target.host) !== undefined ? [target.host] : await resolveHost(target.host, family);
    // With several addresses and no preference: IPv4 first, as there is no reply that could tell which one answers.
    const wanted = family ?? context.family ?? 4;
    const chosen = hosts.find((host) => parseIp(host)!.family === wanted) ?? hosts[0]!;
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

/** socat takes an empty datagram of a peer for its end, and since 1.8.1 sends one as end-of-file. */
function compatEnds(stream: Stream, { options, context }: OpenArguments<unknown>): Stream {
  return context.compat ? applyCommon(stream, { ...options, "null-eof": true, "shut-null": true }) : stream;
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

const needs = (_: readonly string[], options: Partial<UdpSocketOptions>): Permission[] => [
  "net",
  options.netns === undefined ? "libc" : "ffi",
  ...(namesInterface(options) ? ["sys" as const] : []),
];

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
  options: { ...CONNECT_OPTIONS, ...UDP_SOCKET_OPTIONS, ...VIA_OPTION },
  needs: (params, options) => options.via.length > 0 ? [...ROUTE_NEEDS, "libc"] : needs(params, options),
  check([host, port], options) {
    placeFrom(host!, port!);
    if (options.via.length > 0) checkUdpHops(options.via);
    if (options.via.length > 0 && options.netns !== undefined) {
      throw new UsageError('Option "netns" cannot be had with "via" for datagrams: run netlab by ip netns exec');
    }
  },
  open: (args) =>
    once(async () => {
      const { via } = args.options;
      if (via.length > 0) {
        const { name, params: [host, port], options, context } = args;
        const target = placeFrom(host!, port!);
        const dial = {
          ...familiesOf(name, options.pf, context.family),
          timeoutMs: options["connect-timeout"],
          signal: context.signal,
        };
        const { dialUdpVia } = await import("../../dial/via.ts");
        return await dialUdpVia(target, via, viaOptions(dial, context));
      }
      const { socket, peer } = await towards(args);
      // As in socat, UDP-SENDTO is not: it lives on when nobody is there yet.
      if (/SEND/.test(args.name)) return new UdpStream(socket, peer);
      connectTo(socket, peer);
      return compatEnds(new UdpStream(socket, peer), args);
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
    ...UDP_SOCKET_OPTIONS,
    range: LISTEN_OPTIONS.range,
    deny: LISTEN_OPTIONS.deny,
    lowport: LISTEN_OPTIONS.lowport,
  },
  needs,
  check: ([host, port]) => placeFrom(host!, port!),
  open: (args) =>
    once(async () => {
      // Its sourceport is the port that it sends from.
      const admits = await datagramAdmission({ ...args.options, sourceport: undefined }, args.context.log);
      const { socket, peer } = await towards(args);
      return new UdpStream(socket, peer, admits);
    }),
});

const LISTENER_OPTIONS = { ...LISTEN_OPTIONS, ...UDP_SOCKET_OPTIONS };
const RECEIVER_OPTIONS = { ...LISTENER_OPTIONS, ...TOLD_SOCKET_OPTIONS };

/** Where it listens. */
function placeOf(
  { name, params: [port], options, context }: OpenArguments<Values<typeof LISTENER_OPTIONS>>,
): HostPort {
  const family = familyOf(name, options.pf, context.family);
  const joins = options["ip-add-membership"].length + options["ip-add-source-membership"].length > 0;
  const multicast = joins && options.bind === undefined;
  return multicast
    ? { host: family === 6 ? "::" : "0.0.0.0", port: portFrom(port!) }
    : listenPlace(portFrom(port!), options.bind, family, context.compat);
}

async function listenSocket(args: OpenArguments<Values<typeof LISTENER_OPTIONS>>): Promise<UdpSocket> {
  const { options, context } = args;
  const place = placeOf(args);
  const socket = await boundSocket(place, { ...options, reuseaddr: options.reuseaddr ?? false, answers: true });
  context.onListening?.(formatHostPort(socket.local));
  return socket;
}

/** The first peer that is admitted, on the socket itself: one peer needs no queue between. */
async function* firstPeer(args: OpenArguments<Values<typeof LISTENER_OPTIONS>>): AsyncGenerator<Stream> {
  const { options, context } = args;
  const admits = await datagramAdmission(options, context.log);
  const socket = await listenSocket(args);
  let given = false, late = false;
  const giveUp = () => socket.close();
  context.signal.addEventListener("abort", giveUp, { once: true });
  const timer = options["accept-timeout"] === undefined ? undefined : setTimeout(() => {
    late = true;
    giveUp();
  }, options["accept-timeout"]);
  const room = takeRoom();
  try {
    for (;;) {
      const count = await socket.receive(room);
      if (count === CLOSED) break;
      const peer = socket.sender;
      if (!admits(peer)) continue;
      connectTo(socket, peer);
      const stream = new UdpStream(socket, peer);
      stream.unread(room.subarray(0, count));
      given = true;
      clearTimeout(timer);
      context.signal.removeEventListener("abort", giveUp);
      yield compatEnds(stream, args);
      return;
    }
    if (late) throw new Error("Nobody sent a datagram within the accept-timeout");
  } finally {
    giveRoom(room);
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
  const admits = await datagramAdmission(options, context.log);
  const socket = await listenSocket(args);
  const limit = new AbortController();
  const signal = AbortSignal.any([context.signal, limit.signal]);
  const told = warnOnce(context);
  let heard = 0;
  const found = udpSessions(socket, signal, {
    maxSessions: options.fork ? options["max-children"] : 1,
    oneShot,
    admits: (peer) => {
      if (!options.fork && heard > 0) return false;
      const admitted = admits(peer);
      if (admitted) heard++;
      return admitted;
    },
    onRefused: (_, why) =>
      why === "limit" && told(`More than ${options["max-children"] ?? 1} peers: datagrams of further ones are dropped`),
  });
  const timer = options["accept-timeout"] === undefined ? undefined : setTimeout(() => {
    if (heard === 0) limit.abort();
  }, options["accept-timeout"]);
  try {
    for await (const session of found) {
      yield oneShot ? session : compatEnds(session, args);
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
      const admits = await datagramAdmission(args.options, args.context.log);
      return new UdpStream(await listenSocket(args), undefined, admits);
    }),
});
