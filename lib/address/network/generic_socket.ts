// SOCKET-…: sockets by their numbers, addresses as octets (socat's data words), for families that have no words of their own.
import { FormatError } from "../../base/errors.ts";
import type { Bytes } from "../../base/bytes.ts";
import { formatHostPort } from "../../base/host_port.ts";
import { connectError, listenError } from "../../dial/errors.ts";
import { withinLimit } from "../../dial/limit.ts";
import { DURATION, integer, list, one, triState, type ValueType } from "../../options/schema.ts";
import { BACKLOG } from "../../stream/conn.ts";
import { needLibc } from "../../stream/libc/libc.ts";
import { decodeSockaddr, sockaddrFamily, sockaddrOf } from "../../stream/libc/sockaddr.ts";
import {
  AF_UNIX,
  bindSocket,
  connectSocket,
  openSocket,
  SOCK_STREAM,
  type SocketKind,
  SocketListener,
  socketName,
  SocketStream,
} from "../../stream/libc/socket.ts";
import { applySettings, type SocketSetting } from "../../stream/libc/socket_settings.ts";
import type { About, Stream } from "../../stream/stream.ts";
import { unixSocketPath } from "../../stream/libc/unix_datagram.ts";
import { FORK_CONNECT_OPTIONS, LISTEN_OPTIONS } from "../common.ts";
import { parseData } from "../words/data_words.ts";
import { type DatagramPlan, receiving, receivingEach, type Refusal, sendingTo } from "./datagram_socket.ts";
import { type Acceptable, accepted } from "./listen.ts";
import { defineAddress, once } from "../model.ts";
import { setFlags, socketSettings, TCP_SOCKET_OPTIONS } from "./socket_options.ts";

const group = "Generic sockets";
const DATA: ValueType<Bytes> = { placeholder: "DATA", parse: parseData };

/** An address and which of its bits count: `x…:x…`. */
interface DataRange {
  readonly address: Bytes;
  readonly mask: Bytes;
}

const RANGE: ValueType<DataRange> = {
  placeholder: "DATA:DATA",
  parse(text) {
    const [address, mask, ...more] = text.split(":").map(parseData);
    if (mask === undefined || more.length > 0 || address!.length !== mask.length) {
      throw new FormatError(
        `"${text}" is not an address and a mask of the same length, such as x00007f000000:x0000ff000000`,
      );
    }
    return { address: address!, mask };
  },
};

const SOCKET_OPTIONS = {
  ...TCP_SOCKET_OPTIONS,
  bind: one(DATA, { group, help: "Own address, as data" }),
  reuseaddr: triState({ group, help: "Bind an address that was in use a moment ago", aliases: ["so-reuseaddr"] }),
  broadcast: triState({ group, help: "Broadcasts may be sent", aliases: ["so-broadcast"] }),
};
const RANGE_OPTION = { range: list(RANGE, { group, help: "Only peers whose address is this one under the mask" }) };

const NUMBER = integer(0, 0xffff);

/** Socket and address of `DOMAIN:PROTOCOL:ADDRESS` (a stream) or `DOMAIN:TYPE:PROTOCOL:ADDRESS`. */
function wordsOf(params: readonly string[]): { kind: SocketKind; address: Bytes } {
  const [domain, ...rest] = params.slice(0, -1).map((word) => NUMBER.parse(word));
  const [type, protocol] = rest.length === 1 ? [SOCK_STREAM, rest[0]!] : [rest[0]!, rest[1]!];
  return { kind: { domain: domain!, type, protocol }, address: sockaddrOf(domain!, parseData(params.at(-1)!)) };
}

/** `127.0.0.1:80`, a path, or the octets. */
function textOf(address: Bytes): string {
  if (address.length < 2) return "a socket without an address";
  const place = address.length >= 16 ? decodeSockaddr(padded(address)) : undefined;
  if (place !== undefined) return formatHostPort(place);
  const path = sockaddrFamily(address) === AF_UNIX ? unixSocketPath(address) : undefined;
  if (path !== undefined) return path.replace(/^\0/, "@");
  return `${sockaddrFamily(address)}:x${
    [...address.subarray(2)].map((octet) => octet.toString(16).padStart(2, "0")).join("")
  }`;
}

/** An IPv6 address may be given without its last field. */
function padded(address: Bytes): Bytes {
  const bytes = new Uint8Array(Math.max(address.length, 28));
  bytes.set(address);
  return bytes;
}

function aboutOf(remote: Bytes | undefined, local?: Bytes): About {
  const place = (address: Bytes | undefined) =>
    address === undefined || address.length < 16 ? undefined : decodeSockaddr(padded(address));
  const peer = remote === undefined || remote.length < 2 ? undefined : textOf(remote);
  return {
    label: "socket",
    local: place(local),
    remote: place(remote),
    ...(peer === undefined || place(remote) !== undefined ? {} : { facts: { peeraddr: peer } }),
  };
}

function refusalOf(ranges: readonly DataRange[]): Refusal {
  if (ranges.length === 0) return () => undefined;
  return (sender) => {
    const data = sender.subarray(2);
    const inside = ranges.some(({ address, mask }) =>
      mask.every((bits, i) => ((data[i] ?? 0) & bits) === (address[i]! & bits))
    );
    return inside ? undefined : "due to range option";
  };
}

interface Options extends Readonly<Record<string, unknown>> {
  readonly bind?: Bytes | undefined;
  readonly reuseaddr?: boolean | undefined;
  readonly broadcast?: boolean | undefined;
}

const settingsOf = (options: Options): SocketSetting[] => [...setFlags(options), ...socketSettings(options)];

function planOf(kind: SocketKind, bind: Bytes | undefined, options: Options): DatagramPlan {
  return {
    label: "socket",
    kind,
    settings: settingsOf(options),
    bind,
    text: textOf,
    aboutOf: (address) => aboutOf(address),
  };
}

const boundTo = (kind: SocketKind, options: Options) =>
  options.bind === undefined ? undefined : sockaddrOf(kind.domain, options.bind);

/** SOCKET-CONNECT. */
export const SOCKET_CONNECT = defineAddress({
  names: ["SOCKET-CONNECT"],
  syntax: "SOCKET-CONNECT:<domain>:<protocol>:<address>",
  summary: "Connects a stream socket of any family; numbers and data as socket(2) has them",
  params: { min: 3, max: 3 },
  options: {
    ...SOCKET_OPTIONS,
    ...FORK_CONNECT_OPTIONS,
    "connect-timeout": one(DURATION, { group, help: "Give up connecting after so long" }),
  },
  needs: ["ffi", "net"],
  check: (params) => void wordsOf(params),
  open: ({ params, options, context }) =>
    once(async () => {
      const { kind, address } = wordsOf(params);
      const libc = needLibc("SOCKET-CONNECT");
      const settings = settingsOf(options);
      const own = boundTo(kind, options);
      try {
        const fd = openSocket(kind, settings);
        try {
          if (own !== undefined) bindSocket(fd, own);
          const limit = { signal: context.signal, timeoutMs: options["connect-timeout"] };
          await withinLimit(limit, (signal) => connectSocket(fd, address, signal));
          applySettings(libc, fd, settings, "connected");
        } catch (error) {
          libc.call.close(fd);
          throw error;
        }
        return new SocketStream(fd, false, aboutOf(address, socketName(fd)));
      } catch (error) {
        throw connectError(textOf(address), error);
      }
    }),
});

/** An accepted connection. */
class Accepted implements Acceptable {
  readonly remoteAddr: Deno.Addr = { transport: "unix", path: "" };
  constructor(readonly fd: number, readonly remote: Bytes) {}
  close(): void {
    needLibc("SOCKET-LISTEN").call.close(this.fd);
  }
}

/** SOCKET-LISTEN. */
export const SOCKET_LISTEN = defineAddress({
  names: ["SOCKET-LISTEN"],
  syntax: "SOCKET-LISTEN:<domain>:<protocol>:<address>",
  summary: "Waits for connections on a stream socket of any family",
  params: { min: 3, max: 3 },
  options: {
    ...SOCKET_OPTIONS,
    ...RANGE_OPTION,
    fork: LISTEN_OPTIONS.fork,
    "max-children": LISTEN_OPTIONS["max-children"],
    backlog: LISTEN_OPTIONS.backlog,
    "accept-timeout": LISTEN_OPTIONS["accept-timeout"],
  },
  listens: true,
  needs: ["ffi", "net"],
  check: (params) => void wordsOf(params),
  async *open({ params, options, context }): AsyncGenerator<Stream> {
    const { kind, address } = wordsOf(params);
    const libc = needLibc("SOCKET-LISTEN");
    const settings = settingsOf({ ...options, reuseaddr: options.reuseaddr ?? true });
    const fd = openSocket(kind, settings);
    let listener: SocketListener;
    try {
      bindSocket(fd, address);
      listener = new SocketListener(fd, options.backlog ?? BACKLOG);
    } catch (error) {
      libc.call.close(fd);
      throw listenError(textOf(address), error);
    }
    const refused = refusalOf(options.range);
    const admitted = {
      async accept(): Promise<Accepted> {
        for (;;) {
          const { fd, remote } = await listener.accept();
          const why = refused(remote);
          if (why === undefined) return new Accepted(fd, remote);
          context.log.warning(`Refusing connection from ${textOf(remote)} ${why}`);
          libc.call.close(fd);
        }
      },
      close: () => listener.close(),
    };
    const anybody = { range: [], deny: [], lowport: false, fork: options.fork };
    const accepting = { ...anybody, "accept-timeout": options["accept-timeout"] };
    for await (const conn of accepted(admitted, textOf(socketName(fd)), accepting, context)) {
      const stream = new SocketStream(conn.fd, false, aboutOf(conn.remote, socketName(conn.fd)));
      applySettings(libc, conn.fd, settings, "connected");
      yield stream;
    }
  },
});

const datagramShape = {
  params: { min: 4, max: 4 },
  needs: ["ffi", "net"],
  check: (params: readonly string[]) => void wordsOf(params),
} as const;

/** SOCKET-SENDTO. */
export const SOCKET_SENDTO = defineAddress({
  names: ["SOCKET-SENDTO", "SENDTO"],
  syntax: "SOCKET-SENDTO:<domain>:<type>:<protocol>:<address>",
  summary: "Sends datagrams to an address of any family and takes the answers of this peer only",
  ...datagramShape,
  options: SOCKET_OPTIONS,
  open: ({ params, options, context }) =>
    once(async () => {
      const { kind, address } = wordsOf(params);
      const plan = planOf(kind, boundTo(kind, options), options);
      return sendingTo(plan, address, (sender) => textOf(sender) === textOf(address) ? undefined : "", context);
    }),
});

/** SOCKET-DATAGRAM. */
export const SOCKET_DATAGRAM = defineAddress({
  names: ["SOCKET-DATAGRAM", "DATAGRAM", "DGRAM"],
  syntax: "SOCKET-DATAGRAM:<domain>:<type>:<protocol>:<address>",
  summary: "Sends datagrams to an address of any family and takes those of everybody in range",
  ...datagramShape,
  options: { ...SOCKET_OPTIONS, ...RANGE_OPTION },
  open: ({ params, options, context }) =>
    once(async () => {
      const { kind, address } = wordsOf(params);
      return sendingTo(planOf(kind, boundTo(kind, options), options), address, refusalOf(options.range), context);
    }),
});

/** SOCKET-RECV. */
export const SOCKET_RECV = defineAddress({
  names: ["SOCKET-RECV"],
  syntax: "SOCKET-RECV:<domain>:<type>:<protocol>:<address>",
  summary: "Takes datagrams of everybody on a socket of any family and answers nobody",
  ...datagramShape,
  options: { ...SOCKET_OPTIONS, ...RANGE_OPTION },
  listens: true,
  open: ({ params, options, context }) =>
    once(async () => {
      const { kind, address } = wordsOf(params);
      return receiving(planOf(kind, address, options), refusalOf(options.range), context);
    }),
});

/** SOCKET-RECVFROM. */
export const SOCKET_RECVFROM = defineAddress({
  names: ["SOCKET-RECVFROM"],
  syntax: "SOCKET-RECVFROM:<domain>:<type>:<protocol>:<address>",
  summary: "Takes one datagram on a socket of any family and may answer it; with fork, each by itself",
  ...datagramShape,
  options: {
    ...SOCKET_OPTIONS,
    ...RANGE_OPTION,
    fork: LISTEN_OPTIONS.fork,
    "max-children": LISTEN_OPTIONS["max-children"],
  },
  listens: true,
  async *open({ params, options, context }) {
    const { kind, address } = wordsOf(params);
    yield* receivingEach(planOf(kind, address, options), refusalOf(options.range), options.fork, context);
  },
});
