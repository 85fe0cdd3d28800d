// The addresses that there are, and how a word on the command line becomes one of them.
// To add an address: write its file after the model of network/tcp.ts, and add a line to ADDRESS_TYPES.
import { UsageError } from "../base/errors.ts";
import { nearest } from "../base/text.ts";
import { collect, type Schema, spellings, type Values } from "../options/schema.ts";
import type { Stream } from "../stream/stream.ts";
import { attempted } from "./attempts.ts";
import { applyCommon, COMMON_OPTIONS, type LineEnding, lineEnding } from "./common.ts";
import { ACCEPT_FD, FD } from "./file/descriptor.ts";
import { DualStream } from "./dual.ts";
import { socatOnly } from "./elsewhere.ts";
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
import { type AddressText, parseAddressText } from "./grammar.ts";
import { holdLockFiles } from "./lockfile.ts";
import { SOCKETPAIR, STALL, TEXT_ADDRESS } from "./memory.ts";
import { type AddressType, Once, type OpenContext, type Permission } from "./model.ts";
import { planOf } from "./plan/plan.ts";
import { placeOf } from "./plan/listen.ts";
import { warningsOf } from "./plan/warnings.ts";
import type { PlanContext } from "./plan/words.ts";
import { IP_DATAGRAM, IP_RECV, IP_RECVFROM, IP_SENDTO } from "./network/raw_ip.ts";
import { readsLists } from "./network/admission.ts";
import { changeProcess, checkProcess, wantsProcess } from "./program/process.ts";
import { dereference } from "./reference.ts";
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
  /** Opened once where many connections only write to it: a file, and what `end-close` keeps open. */
  readonly shared: boolean;
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

const MORE = "see: netlab relay --help ADDRESS";

let byName: Map<string, AddressType> | undefined;

/** The type that a word names (any case), or `undefined`. */
export function addressType(name: string): AddressType | undefined {
  byName ??= new Map(ADDRESS_TYPES.flatMap((type) => type.names.map((name) => [name, type] as const)));
  return byName.get(name.toUpperCase());
}

function typeOf(address: AddressText): { type: AddressType; name: string; params: readonly string[] } {
  const { type: word, params } = address;
  const type = addressType(word);
  if (type !== undefined) return { type, name: word.toUpperCase(), params };
  // A bare path and a bare number have types of their own.
  const implied = word.includes("/") ? ["GOPEN", word] : /^\d+$/.test(word) ? ["FD", word] : undefined;
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

/** `tcp://host:80/` is `tcp:host:80`; where a path follows the host the type itself knows how to read it. */
function withoutSlashes(type: AddressType, params: readonly string[]): readonly string[] {
  if (!params[0]?.startsWith("//") || !/:(?:<host>:)?<port>$/.test(type.syntax)) return params;
  return params.map((one, i) => i === 0 ? one.slice(2) : i === params.length - 1 ? one.replace(/\/$/, "") : one);
}

/** What the parameters that are too many were meant for. */
function lessonOf(type: AddressType, params: readonly string[]): string {
  const groups = params.slice(0, -1).every((one) => /^[0-9a-f]{0,4}$/i.test(one));
  if (params.length > 3 && params.includes("") && groups) return ", with an IPv6 address in brackets: [::1]";
  if (params.length === 2 && /^[A-Z0-9-]+:<port>$/.test(type.syntax)) return `,bind=${params[0]} to listen there`;
  return "";
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** How strict `parseEndpoint` is. */
export interface ParseOptions {
  /** Options that cannot be used are left out (`-s`); `skipped` is told. */
  readonly sloppy?: boolean;
  /** Options of other address types are taken and do nothing (`-g`). */
  readonly anyGroup?: boolean;
  skipped?(message: string): void;
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

/** Judges the words of an address: type, number of parameters, options and their values. */
function endpoint(address: AddressText, parsing: ParseOptions): Endpoint {
  const { type, name, params: typed } = typeOf(address);
  const written = withoutSlashes(type, typed);
  const { min, max, rest } = type.params;
  const params = rest && written.length > max
    ? [...written.slice(0, max - 1), written.slice(max - 1).join(":")]
    : written;
  if (params.length < min || params.length > max) {
    throw new UsageError(
      `Wrong number of parameters in address "${address.text}" (${params.length} instead of ${
        min === max ? min : `${min} to ${max}`
      }): write ${type.syntax}${lessonOf(type, params)}`,
      MORE,
    );
  }
  const schema: Schema = { ...COMMON_OPTIONS, ...type.options };
  // Most options are written by their main names, and then this table is made for nothing.
  let table: Map<string, string> | undefined;
  const names = () => table ??= new Map([...spellings(schema)].map(([spelled, main]) => [spelled.toLowerCase(), main]));
  const shown = withoutSecrets(address.text);
  const notSet: string[] = [];
  const given = address.options.flatMap(({ name: spelled, value }) => {
    const main = Object.hasOwn(schema, spelled) ? spelled : names().get(spelled.toLowerCase());
    if (main !== undefined) {
      return [{ name: main, text: value === undefined ? undefined : dereference(main, value), spelled }];
    }
    const elsewhere = knownElsewhere(spelled);
    if (elsewhere && parsing.anyGroup) return [];
    const theirs = socatOnly(spelled);
    const advice = theirs?.advice === undefined ? "" : ` (${theirs.advice})`;
    if (theirs?.fate === "ignored") {
      notSet.push(`Option "${spelled}" in address "${shown}": socat has it, the runtime cannot set it${advice}`);
      return [];
    }
    const near = nearest(spelled, names().keys());
    const problem = theirs !== undefined && !elsewhere
      ? `Option "${spelled}" in address "${shown}": socat has it, the runtime cannot set it${advice}`
      : elsewhere
      ? `Option "${spelled}" does not fit address "${shown}": it belongs to other address types`
      : `Unknown option "${spelled}" in address "${shown}"${near === undefined ? "" : `: did you mean "${near}"?`}`;
    if (!parsing.sloppy || theirs?.fate === "guard") throw new UsageError(problem, MORE);
    parsing.skipped?.(`${problem}; left out (-s)`);
    return [];
  });
  const options = collect(
    schema,
    given,
    (spelled, problem) => new UsageError(`Cannot parse option "${spelled}" in address "${shown}": ${problem}`, MORE),
  ) as Values<typeof COMMON_OPTIONS> & Record<string, unknown>;
  try {
    type.check?.(params, options);
  } catch (error) {
    // What names an option, or says by itself what cannot be done, needs no more words.
    if (!(error instanceof Error) || /^(?:Cannot|Unknown|Options?) /.test(error.message)) throw error;
    const problem = error.message.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
    const hint = error instanceof UsageError ? error.hint : undefined;
    throw new UsageError(`Cannot parse address "${shown}": ${problem}`, hint ?? MORE, { cause: error });
  }
  let opened = false, changes = !("su" in type.options) && wantsProcess(options);
  if (changes) checkProcess(options, address.text);
  return {
    text: address.text,
    shown: withoutSecrets(address.text),
    type,
    listens: type.listens ?? false,
    forks: options.fork === true,
    maxChildren: options["max-children"] as number | undefined,
    shared: options["end-close"] || SHARED_TYPES.has(type),
    datagrams: type.needs.length > 0 && /^UDP|^IP|DATAGRAM|DGRAM|RECV|SENDTO/.test(name),
    lines: lineEnding(options),
    needs: [
      ...(typeof type.needs === "function" ? type.needs(params, options) : type.needs),
      ...(options.lockfile !== undefined || options.waitlock !== undefined ? ["read", "write"] as const : []),
      ...(changes ? ["ffi", "read"] as const : []),
      ...(readsLists(options) ? ["read"] as const : []),
    ],
    place: (context) => placeOf({ text: address.text, type, name, params, options }, context),
    warnings: (context) => warningsOf({ text: address.text, type, name, params, options }, context),
    plan: (context) => planOf({ text: address.text, type, name, params, options }, context),
    async openOne(context) {
      // The short way of what is opened for each connection anew.
      if (opened && !options.forever && options.retry === undefined) {
        const source = type.open({ text: address.text, name, params, options, context });
        return source instanceof Once
          ? applyCommon(await source.connect(), options)
          : applyCommon(await firstOf(source, address.text), options);
      }
      return await firstOf(this.open(context), address.text);
    },
    async *open(context) {
      opened = true;
      for (const message of notSet.splice(0)) context.log.info(`${message}: ignored`);
      await holdLockFiles(options, context.signal);
      const again = options.fork === true && !type.listens;
      const open = () => type.open({ text: address.text, name, params, options, context });
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
    async *open(context) {
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
  const parts = parseAddressText(text);
  return parts.length === 1
    ? endpoint(parts[0], parsing)
    : dual(text, endpoint(parts[0], parsing), endpoint(parts[1], parsing));
}
