// The addresses that there are, and how a word on the command line becomes one of them.
// To add an address: write its file after the model of network/tcp.ts, and add a line to ADDRESS_TYPES.
import { UsageError } from "../base/errors.ts";
import { nearest } from "../base/text.ts";
import { spellings } from "../options/schema.ts";
import { dualEndpoint, type Endpoint, endpointOf } from "./endpoint.ts";
import { ACCEPT_FD, FD } from "./file/descriptor.ts";
import { CREATE, GOPEN, OPEN, PIPE } from "./file/file.ts";
import { BROKER, mergeAddress } from "./inside/gather.ts";
import { type AddressText, isPath, parseAddressText } from "./words/grammar.ts";
import { type FoundType, judge, MORE, type ParseOptions } from "./words/judge.ts";
import { SOCKETPAIR, STALL, TEXT_ADDRESS } from "./inside/memory.ts";
import type { AddressType } from "./model.ts";
import { EXEC, SHELL, SYSTEM } from "./program/program.ts";
import { PROXY_CONNECT, SOCKS4, SOCKS4A, SOCKS5, SOCKS5_LISTEN } from "./network/proxy.ts";
import { PTY } from "./program/pty.ts";
import { QUIC_CONNECT, QUIC_LISTEN } from "./network/quic.ts";
import { STDERR, STDIN, STDIO, STDOUT } from "./file/stdio.ts";
import { TCP_CONNECT, TCP_LISTEN } from "./network/tcp.ts";
import { TLS_CONNECT, TLS_LISTEN } from "./network/tls.ts";
import { UDP_CONNECT, UDP_DATAGRAM, UDP_LISTEN, UDP_RECV, UDP_RECVFROM } from "./network/udp.ts";
import { UNIX_CLIENT, UNIX_CONNECT, UNIX_LISTEN } from "./unix/stream.ts";
import { UNIX_RECV, UNIX_RECVFROM, UNIX_SENDTO } from "./unix/datagram.ts";
import { VSOCK_CONNECT, VSOCK_LISTEN } from "./network/vsock.ts";
import { WS, WS_LISTEN, WSS, WSS_LISTEN } from "./network/websocket.ts";

/** Every address type, in the order of the help. */
export const ADDRESS_TYPES: readonly AddressType[] = [
  STDIO,
  STDIN,
  STDOUT,
  STDERR,
  TCP_CONNECT,
  TCP_LISTEN,
  TLS_CONNECT,
  TLS_LISTEN,
  PROXY_CONNECT,
  SOCKS4,
  SOCKS4A,
  SOCKS5,
  SOCKS5_LISTEN,
  WS,
  WSS,
  WS_LISTEN,
  WSS_LISTEN,
  QUIC_CONNECT,
  QUIC_LISTEN,
  UDP_CONNECT,
  UDP_LISTEN,
  UDP_RECVFROM,
  UDP_RECV,
  UDP_DATAGRAM,
  OPEN,
  CREATE,
  GOPEN,
  PIPE,
  UNIX_CONNECT,
  UNIX_LISTEN,
  UNIX_CLIENT,
  UNIX_SENDTO,
  UNIX_RECVFROM,
  UNIX_RECV,
  EXEC,
  SYSTEM,
  SHELL,
  TEXT_ADDRESS,
  STALL,
  SOCKETPAIR,
  PTY,
  FD,
  ACCEPT_FD,
  BROKER,
  mergeAddress(parseEndpoint),
  VSOCK_CONNECT,
  VSOCK_LISTEN,
];

/** What people type who know socat, and why it is not here. */
const NOT_HERE: readonly (readonly [names: RegExp, what: string])[] = [
  [/^IP[46]?(-(SEND(TO)?|DATAGRAM|DGRAM|RECV(FROM)?))?$/, "raw IP sockets"],
  [/^SOCKET-|^(SENDTO|DATAGRAM|DGRAM)$/, "generic sockets"],
  [/^TUN$/, "TUN devices"],
  [/^INTERFACE$|^IF$/, "network interfaces"],
  [/^SCTP/, "SCTP"],
  [/^DCCP/, "DCCP"],
  [/^UDPLITE/, "UDP-Lite"],
  [/^POSIXMQ/, "POSIX message queues"],
  [/^(OPENSSL-)?DTLS|^OPENSSL-DTLS/, "DTLS"],
  [/^READLINE$/, "line editing (run it under rlwrap)"],
];

let byName: Map<string, AddressType> | undefined;

/** The type that a word names (any case), or `undefined`. */
export function addressType(name: string): AddressType | undefined {
  byName ??= new Map(ADDRESS_TYPES.flatMap((type) => type.names.map((name) => [name, type] as const)));
  return byName.get(name.toUpperCase());
}

function typeOf(address: AddressText, os: string): FoundType {
  const { params } = address;
  // TCP by socat's oldest names: INET, INET4-LISTEN.
  const word = address.type.replace(/^INET(?=[46-]|$)/i, "TCP");
  const type = addressType(word);
  if (type !== undefined) return { type, name: word.toUpperCase(), params };
  // A bare path and a bare number have types of their own.
  const implied = isPath(word, os === "windows") ? ["GOPEN", word] : /^\d+$/.test(word) ? ["FD", word] : undefined;
  const impliedType = implied === undefined ? undefined : addressType(implied[0]!);
  if (impliedType !== undefined) return { type: impliedType, name: implied![0]!, params: [implied![1]!, ...params] };
  const missing = NOT_HERE.find(([names]) => names.test(word.toUpperCase()));
  if (missing !== undefined) {
    throw new UsageError(`Unknown address type "${word}": netlab has no ${missing[1]}; socat has them`, MORE);
  }
  if (/^https?$/i.test(word)) {
    const [type, port] = word.length === 5 ? ["tls", 443] : ["tcp", 80];
    throw new UsageError(
      `Unknown address type "${word}": write ${type}:HOST:${port} for a server, via=${word}://… for a proxy`,
      MORE,
    );
  }
  if (params.length === 0 && isThere(word)) {
    throw new UsageError(`Unknown address type "${word}": write ./${word} for the file of this name`, MORE);
  }
  const isHost = /[.\]]|^localhost$/i.test(word);
  const near = isHost ? undefined : nearest(word.toUpperCase(), ADDRESS_TYPES.flatMap(({ names }) => names));
  if (near === undefined && params.length === 1 && /^\d+$/.test(params[0]!)) {
    throw new UsageError(`Unknown address type "${word}": did you mean "tcp:${word}:${params[0]}"?`, MORE);
  }
  throw new UsageError(
    `Unknown address type "${word}"${near === undefined ? "" : `: did you mean "${near}"?`}`,
    MORE,
  );
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The address types that have an option, by their main names. */
function typesWith(spelled: string): string[] {
  const lower = spelled.toLowerCase();
  return ADDRESS_TYPES
    .filter(({ options }) => [...spellings(options).keys()].some((name) => name.toLowerCase() === lower))
    .map(({ names }) => names[0]!);
}

/** Of words that are too many for two addresses: what two of them were probably meant to be, which a blank had parted. */
export function joinedAddress(words: readonly string[]): string | undefined {
  for (let i = 1; i < words.length; i++) {
    const before = words[i - 1]!.replace(/,$/, ""), word = words[i]!.replace(/^,/, "");
    const parted = before !== words[i - 1] || word !== words[i];
    if (parted || typesWith(word.replace(/=.*$/, "")).length > 0) return `${before},${word}`;
    if (addressType(before) !== undefined && addressType(word.replace(/[:,].*$/, "")) === undefined) {
      return `${before}:${word}`;
    }
  }
  return undefined;
}

/** The endpoint of an address of one type. */
function single(address: AddressText, parsing: ParseOptions & { readonly os: string }): Endpoint {
  return endpointOf(judge(address, typeOf(address, parsing.os), { ...parsing, typesWith }));
}

/**
 * The endpoint that `text` describes. Opens nothing. A `UsageError` names the word that is wrong, and the nearest right
 * one.
 */
export function parseEndpoint(text: string, parsing: ParseOptions = {}): Endpoint {
  const { os = Deno.build.os } = parsing, judged = { ...parsing, os };
  const [input, output] = parseAddressText(text, os === "windows");
  return output === undefined
    ? single(input, judged)
    : dualEndpoint(text, single(input, judged), single(output, judged));
}
