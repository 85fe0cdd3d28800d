// The addresses that there are, and how a word on the command line becomes one of them.
// To add an address: write its file after the model of network/tcp.ts, and add a line to ADDRESS_TYPES.
import { UsageError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { nearest } from "../base/text.ts";
import { spellings } from "../options/schema.ts";
import type { Stream } from "../stream/stream.ts";
import { attempted } from "./attempts.ts";
import { applyCommon, type LineEnding, lineEnding } from "./common.ts";
import { ACCEPT_FD, FD } from "./file/descriptor.ts";
import { DualStream } from "./dual.ts";
import { CREATE, GOPEN, OPEN, PIPE } from "./file/file.ts";
import { BROKER, mergeAddress } from "./gather.ts";
import {
  SOCKET_CONNECT,
  SOCKET_DATAGRAM,
  SOCKET_LISTEN,
  SOCKET_RECV,
  SOCKET_RECVFROM,
  SOCKET_SENDTO,
} from "./network/generic_socket.ts";
import { type AddressText, isPath, parseAddressText } from "./grammar.ts";
import { type FoundType, judge, MORE, type ParseOptions } from "./judge.ts";
import { holdLockFiles } from "./lockfile.ts";
import { SOCKETPAIR, STALL, TEXT_ADDRESS } from "./memory.ts";
import { type AddressType, Once, type OpenContext, type Permission } from "./model.ts";
import { planOf } from "./plan/plan.ts";
import { placeOf } from "./plan/listen.ts";
import { uselessOf, warningsOf } from "./plan/warnings.ts";
import type { PlanContext } from "./plan/words.ts";
import { IP_DATAGRAM, IP_RECV, IP_RECVFROM, IP_SENDTO } from "./network/raw_ip.ts";
import { readLists, readsLists } from "./network/admission.ts";
import { changeProcess, checkProcess, wantsProcess } from "./program/process.ts";
import { withoutSecrets } from "./secrets.ts";
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
  SOCKET_CONNECT,
  SOCKET_LISTEN,
  SOCKET_SENDTO,
  SOCKET_RECVFROM,
  SOCKET_RECV,
  SOCKET_DATAGRAM,
  IP_SENDTO,
  IP_RECVFROM,
  IP_RECV,
  IP_DATAGRAM,
];

/** What people type who know socat, and why it is not here. */
const NOT_HERE: readonly (readonly [names: RegExp, what: string])[] = [
  [/^TUN$/, "TUN devices"],
  [/^INTERFACE$|^IF$/, "network interfaces"],
  [/^SCTP/, "SCTP"],
  [/^DCCP/, "DCCP"],
  [/^UDPLITE/, "UDP-Lite"],
  [/^POSIXMQ/, "POSIX message queues"],
  [/^(OPENSSL-)?DTLS|^OPENSSL-DTLS/, "DTLS"],
  [/^READLINE$/, "line editing (run it under rlwrap)"],
];

/** An address that is ready to be opened. */
export interface Endpoint {
  /** As written. */
  readonly text: string;
  /** As it may be shown: without passwords. */
  readonly shown: string;
  readonly type: AddressType;
  readonly listens: boolean;
  readonly forks: boolean;
  readonly maxChildren: number | undefined;
  /** By how many levels less is said of single connections. */
  readonly quieter: number;
  /** Opened once where many connections only write to it: a file, and what `end-close` keeps open. */
  readonly shared: boolean;
  /** Not even `--compat` minds that nobody takes what is written to it. */
  readonly coolWrite: boolean;
  /** Datagrams without end-of-file. */
  readonly datagrams: boolean;
  readonly lines: LineEnding;
  readonly needs: readonly Permission[];
  /** What is worth a thought before it is opened. */
  warnings(context: PlanContext): readonly string[];
  /** What it will do, layer by layer. */
  plan(context: PlanContext): readonly string[];
  /** Where it listens, if it does: `TCP 127.0.0.1:80`. */
  place(context: PlanContext): string | undefined;
  /** Makes ready what opening needs (see `AddressType.prepare`). */
  prepare(log: Log): Promise<void>;
  /** Opens it; common options are applied, `retry` and `forever` obeyed. */
  open(context: OpenContext): AsyncIterable<Stream>;
  /** Opens it and gives its first stream. */
  openOne(context: OpenContext): Promise<Stream>;
}

/** The first stream of a source; what the source opens for its own sake is closed again. */
async function firstOf(source: AsyncIterable<Stream>, text: string): Promise<Stream> {
  for await (const stream of source) return stream;
  throw new Error(`Cannot open "${withoutSecrets(text)}": netlab is stopping`);
}

const WINDOWS = Deno.build.os === "windows";

let byName: Map<string, AddressType> | undefined;

/** The type that a word names (any case), or `undefined`. */
export function addressType(name: string): AddressType | undefined {
  byName ??= new Map(ADDRESS_TYPES.flatMap((type) => type.names.map((name) => [name, type] as const)));
  return byName.get(name.toUpperCase());
}

function typeOf(address: AddressText): FoundType {
  const { params } = address;
  // TCP by socat's oldest names: INET, INET4-LISTEN.
  const word = address.type.replace(/^INET(?=[46-]|$)/i, "TCP");
  const type = addressType(word);
  if (type !== undefined) return { type, name: word.toUpperCase(), params };
  // A bare path and a bare number have types of their own.
  const implied = isPath(word, WINDOWS) ? ["GOPEN", word] : /^\d+$/.test(word) ? ["FD", word] : undefined;
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
  if (params.length === 1 && /^\d+$/.test(params[0]!) && /[.\]]|^localhost$/i.test(word)) {
    throw new UsageError(`Unknown address type "${word}": did you mean "tcp:${word}:${params[0]}"?`, MORE);
  }
  if (isThere(word)) {
    throw new UsageError(`Unknown address type "${word}": write ./${word} for the file of this name`, MORE);
  }
  const near = nearest(word.toUpperCase(), ADDRESS_TYPES.flatMap(({ names }) => names));
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

/** Whether an option is known, of whatever address type. */
function knownElsewhere(spelled: string): boolean {
  const lower = spelled.toLowerCase();
  return ADDRESS_TYPES.some(({ options }) =>
    [...spellings(options).keys()].some((name) => name.toLowerCase() === lower)
  );
}

/** Opened anew for each connection they would be emptied, or written to from the beginning, each time. */
const SHARED_TYPES: ReadonlySet<unknown> = new Set([OPEN, CREATE, GOPEN]);

/** What an address can do. Opens nothing. */
function endpoint(address: AddressText, parsing: ParseOptions): Endpoint {
  const { type, name, params, options, notSet } = judge(address, typeOf(address), {
    ...parsing,
    os: Deno.build.os,
    knownElsewhere,
  });
  const { text } = address;
  let opened = false, changes = !("su" in type.options) && wantsProcess(options);
  if (changes) checkProcess(options, text);
  return {
    text,
    shown: withoutSecrets(text),
    type,
    listens: type.listens ?? false,
    forks: options.fork === true,
    maxChildren: options["max-children"] as number | undefined,
    coolWrite: options["cool-write"],
    quieter: Number(options["children-shutup"] ?? 0),
    shared: options["end-close"] || SHARED_TYPES.has(type),
    datagrams: type.needs.length > 0 && /^UDP|^IP|DATAGRAM|DGRAM|RECV|SENDTO/.test(name),
    lines: lineEnding(options),
    needs: [
      ...(typeof type.needs === "function" ? type.needs(params, options) : type.needs),
      ...(options.lockfile !== undefined || options.waitlock !== undefined ? ["read", "write"] as const : []),
      ...(changes ? ["ffi", "read"] as const : []),
      ...(readsLists(options) ? ["read"] as const : []),
    ],
    place: (context) => placeOf({ text, type, name, params, options }, context),
    warnings: (context) => warningsOf({ text, type, name, params, options }, context),
    plan: (context) => planOf({ text, type, name, params, options }, context),
    async prepare(log) {
      readLists(options);
      await type.prepare?.(options, log, params);
    },
    async openOne(context) {
      // The short way of what is opened for each connection anew.
      if (opened && !options.forever && options.retry === undefined) {
        const source = type.open({ text, name, params, options, context });
        return source instanceof Once
          ? applyCommon(await source.connect(), options)
          : applyCommon(await firstOf(source, text), options);
      }
      return await firstOf(this.open(context), text);
    },
    async *open(context) {
      opened = true;
      for (const message of notSet.splice(0)) context.log.info(`${message}: ignored`);
      const useless = uselessOf({ text, type, name, params, options }, context);
      if (useless !== undefined) context.log.warning(useless);
      await holdLockFiles(options, context.signal);
      const again = options.fork === true && !type.listens;
      const open = () => type.open({ text, name, params, options, context });
      // Not for nothing: each connection of a listener passes here.
      const tries = again || options.forever || options.retry !== undefined;
      for await (const stream of tries ? attempted(open, { ...options, again }, context) : open()) {
        if (changes) {
          changes = false;
          try {
            await changeProcess(options);
          } catch (error) {
            await stream.close(error);
            throw error;
          }
        }
        yield applyCommon(stream, options);
      }
    },
  };
}

function dual(text: string, input: Endpoint, output: Endpoint): Endpoint {
  return {
    ...input,
    text,
    shown: withoutSecrets(text),
    listens: input.listens || output.listens,
    forks: false,
    openOne(context) {
      return firstOf(this.open(context), text);
    },
    needs: [...input.needs, ...output.needs],
    warnings: (context) => [...input.warnings(context), ...output.warnings(context)],
    plan: (context) => [
      ...input.plan(context).map((line) => `read: ${line}`),
      ...output.plan(context).map((line) => `write: ${line}`),
    ],
    async prepare(log) {
      await Promise.all([input.prepare(log), output.prepare(log)]);
    },
    async *open(context) {
      // The half that is not used could take what is meant for the other: a program reads the same standard input.
      if (context.use !== undefined) return yield* (context.use === "read" ? input : output).open(context);
      for await (const left of input.open({ ...context, use: "read" })) {
        for await (const right of output.open({ ...context, use: "write", other: left.about })) {
          yield new DualStream(left, right);
          return;
        }
      }
    },
  };
}

/**
 * The endpoint that `text` describes. Opens nothing. A `UsageError` names the word that is wrong, and the nearest right
 * one.
 */
export function parseEndpoint(text: string, parsing: ParseOptions = {}): Endpoint {
  const parts = parseAddressText(text, WINDOWS);
  return parts.length === 1
    ? endpoint(parts[0], parsing)
    : dual(text, endpoint(parts[0], parsing), endpoint(parts[1], parsing));
}
