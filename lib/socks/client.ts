// The client's side of SOCKS 4, 4a and 5 over any stream (RFC 1928, RFC 1929, the SOCKS4 memos). No I/O of its own.
// Never reads past the last octet of a reply, so the stream carries on with the tunnelled data.
import { concat, latin1Text, utf8 } from "../base/bytes.ts";
import { ConnectError, FormatError, ProtocolError } from "../base/errors.ts";
import { formatHostPort, type HostPort } from "../base/host_port.ts";
import { readExactly } from "../stream/exact.ts";
import { guarded } from "../stream/guarded.ts";
import type { Stream } from "../stream/stream.ts";
import { ATYP, NO_ADDRESS, type Parsed, type SocksAddress, socksAddress } from "./codec/address.ts";
import { encodeRequest4, parseReply4 } from "./codec/socks4.ts";
import {
  encodeGreeting,
  encodeLogin,
  encodeRequest5,
  parseLoginReply,
  parseMethodChoice,
  parseReply5,
} from "./codec/socks5.ts";
import {
  COMMAND,
  METHOD,
  METHOD_NAMES,
  reasonOfReply5,
  REPLY4,
  reply4Text,
  REPLY5,
  reply5Text,
} from "./codec/codes.ts";

/** Options of a client handshake. */
export interface SocksClientOptions {
  /** User id (version 4) or user (version 5). Default: empty, which in version 5 offers no login. */
  user?: string | undefined;
  /** Password (version 5). Default: empty. */
  password?: string | undefined;
  /** What the proxy is called in errors. */
  via?: string | undefined;
  /** Closes the stream and fails with the signal's reason when aborted during the handshake. */
  signal?: AbortSignal | undefined;
}

/** A bound port at the proxy that waits for one connection (BIND). */
export interface SocksBinding {
  /** Where the proxy listens. The host may be 0.0.0.0 or ::, which means the proxy's own address. */
  readonly bound: SocksAddress;
  /** Waits for the second reply: who connected. Afterwards the stream carries that connection. */
  accepted(): Promise<SocksAddress>;
}

/** A SOCKS5 proxy does not carry a request out. `code`: its reply. */
export class SocksRefusal extends ConnectError {
  readonly code: number;

  constructor(target: string, code: number, options: { via?: string }) {
    super(target, `the proxy replied ${reply5Text(code)}`, { ...options, reason: reasonOfReply5(code) });
    this.code = code;
  }
}

/** One octet a character: users and names travel as UTF-8. */
const wire = (text: string) => latin1Text(utf8(text));

/** The address as it goes over the wire. */
function wireAddress(target: HostPort): SocksAddress {
  const address = socksAddress(target);
  return address.type === "name" ? { ...address, host: wire(address.host) } : address;
}

/** Runs a handshake: `FormatError`s become `ProtocolError`s, an abort closes the stream. */
function handshake<T>(stream: Stream, { signal }: SocksClientOptions, talk: () => Promise<T>): Promise<T> {
  return guarded(stream, signal, async () => {
    try {
      return await talk();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new ProtocolError(`The proxy does not speak SOCKS: ${error.message}`, { cause: error });
    }
  });
}

/** Turns a request that does not fit the protocol into an error about the target. */
function fitting<T>(target: string, options: SocksClientOptions, encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConnectError(target, error.message, { ...via(options), reason: "proxy", cause: error });
  }
}

function via(options: SocksClientOptions): { via?: string } {
  return options.via === undefined ? {} : { via: options.via };
}

/** Who answers with this octet first, when it is not SOCKS. */
const OTHERS: Readonly<Record<number, string>> = {
  0x48: "an HTTP proxy",
  0x15: "a server of TLS",
  0x53: "an SSH server",
};

/** Reads the first octet of a message, which is judged before the rest is waited for. */
async function readFirst(stream: Stream, parse: (bytes: Uint8Array) => unknown, what: string): Promise<Uint8Array> {
  const first = await readExactly(stream, 1, what);
  try {
    parse(first);
  } catch (error) {
    const other = OTHERS[first[0]!];
    if (!(error instanceof FormatError) || other === undefined) throw error;
    throw new FormatError(`${error.message}, as the answer of ${other} does`, 0, { cause: error });
  }
  return first;
}

/** Reads one message of a fixed size. */
async function readMessage<T>(
  stream: Stream,
  size: number,
  parse: (bytes: Uint8Array) => Parsed<T> | undefined,
  what: string,
): Promise<T> {
  const first = await readFirst(stream, parse, what);
  return parse(concat([first, await readExactly(stream, size - 1, what)]))!.value;
}

// ---------------------------------------------------------------------------------------------------------------
// Version 4

async function reply4(stream: Stream, target: string, options: SocksClientOptions): Promise<SocksAddress> {
  const reply = await readMessage(stream, 8, parseReply4, "SOCKS4 reply");
  if (reply.code === REPLY4.granted) return reply.address;
  throw new ConnectError(target, `the proxy replied ${reply4Text(reply.code)}`, {
    ...via(options),
    reason: reply.code === REPLY4.rejected ? "proxy" : "denied",
  });
}

function request4(
  stream: Stream,
  command: number,
  address: SocksAddress,
  options: SocksClientOptions,
): Promise<SocksAddress> {
  const target = formatHostPort(address);
  return handshake(stream, options, async () => {
    const userId = wire(options.user ?? "");
    await stream.write(fitting(target, options, () => encodeRequest4({ command, address, userId })));
    return await reply4(stream, target, options);
  });
}

/** Only IPv4 addresses fit into a request of plain version 4. */
function address4(target: HostPort, options: SocksClientOptions): SocksAddress {
  const address = wireAddress(target);
  if (address.type === "ipv4") return address;
  const detail = address.type === "name"
    ? "SOCKS4 cannot carry a name: resolve it first, or use SOCKS4a"
    : "SOCKS4 cannot carry an IPv6 address";
  throw new ConnectError(formatHostPort(target), detail, { ...via(options), reason: "proxy" });
}

/**
 * CONNECT in version 4. `target.host` is an IPv4 address. Gives the address in the reply, which most servers leave
 * 0.0.0.0:0. `ConnectError` when the proxy refuses, `ProtocolError` when it breaks the protocol.
 */
export async function socks4Connect(
  stream: Stream,
  target: HostPort,
  options: SocksClientOptions = {},
): Promise<SocksAddress> {
  return await request4(stream, COMMAND.connect, address4(target, options), options);
}

/** CONNECT in version 4a: `target.host` is a name, which the proxy resolves, or an IPv4 address. Else as `socks4Connect`. */
export async function socks4aConnect(
  stream: Stream,
  target: HostPort,
  options: SocksClientOptions = {},
): Promise<SocksAddress> {
  return await request4(stream, COMMAND.connect, wireAddress(target), options);
}

/** BIND in version 4 or 4a. `peer` is the host that may connect. Errors as `socks4Connect`, from `accepted` too. */
export async function socks4Bind(
  stream: Stream,
  peer: HostPort,
  options: SocksClientOptions = {},
): Promise<SocksBinding> {
  const bound = await request4(stream, COMMAND.bind, wireAddress(peer), options);
  const target = formatHostPort(peer);
  return { bound, accepted: () => handshake(stream, options, () => reply4(stream, target, options)) };
}

// ---------------------------------------------------------------------------------------------------------------
// Version 5

/** Greeting and, where the proxy asks for it, login (RFC 1928, 3; RFC 1929). */
async function login(stream: Stream, target: string, options: SocksClientOptions): Promise<void> {
  const user = wire(options.user ?? ""), password = wire(options.password ?? "");
  const offered: number[] = user === "" && password === "" ? [METHOD.none] : [METHOD.none, METHOD.password];
  await stream.write(encodeGreeting({ methods: offered }));
  const { method } = await readMessage(stream, 2, parseMethodChoice, "SOCKS5 method selection");
  // Some insist on a login by choosing it, though nobody offered one.
  const wanted = method === METHOD.password && !offered.includes(method);
  if (method === METHOD.unacceptable || wanted) {
    const detail = offered.length === 1
      ? "the proxy wants a login (socks5://USER:PASSWORD@… in its URL)"
      : "the proxy takes no login by user and password";
    throw new ConnectError(target, detail, { ...via(options), reason: "denied" });
  }
  if (!offered.includes(method)) {
    throw new FormatError(`it chose the method ${METHOD_NAMES[method] ?? method}, which was not offered`, 1);
  }
  if (method === METHOD.none) return;
  await stream.write(fitting(target, options, () => encodeLogin({ user, password })));
  const { status } = await readMessage(stream, 2, parseLoginReply, "answer to user and password");
  if (status !== 0) {
    throw new ConnectError(target, "the proxy refused user and password", { ...via(options), reason: "denied" });
  }
}

async function reply5(stream: Stream, target: string, options: SocksClientOptions): Promise<SocksAddress> {
  // Judged after each step, so that garbage is an error at once and not a wait for more of it.
  let bytes = await readExactly(stream, 1, "SOCKS5 reply");
  parseReply5(bytes);
  bytes = concat([bytes, await readExactly(stream, 3, "SOCKS5 reply")]);
  parseReply5(bytes);
  const code = bytes[1]!;
  let length = bytes[3] === ATYP.ipv4 ? 4 : 16;
  let rest = new Uint8Array(0);
  try {
    if (bytes[3] === ATYP.name) {
      rest = await readExactly(stream, 1, "SOCKS5 reply");
      length = rest[0]!;
    }
    bytes = concat([bytes, rest, await readExactly(stream, length + 2, "SOCKS5 reply")]);
  } catch (error) {
    // Some servers end a refusal after its code: the code is the better story.
    if (code === REPLY5.succeeded) throw error;
  }
  if (code !== REPLY5.succeeded) throw new SocksRefusal(target, code, via(options));
  return parseReply5(bytes)!.value.address;
}

function request5(
  stream: Stream,
  command: number,
  address: SocksAddress,
  options: SocksClientOptions,
): Promise<SocksAddress> {
  const target = formatHostPort(address);
  return handshake(stream, options, async () => {
    const request = fitting(target, options, () => encodeRequest5({ command, address }));
    await login(stream, target, options);
    await stream.write(request);
    return await reply5(stream, target, options);
  });
}

/**
 * CONNECT in version 5. `target.host` is an IPv4 or IPv6 address, or a name that the proxy resolves. Gives the bound
 * address of the reply. `ConnectError` when the proxy refuses, `ProtocolError` when it breaks the protocol.
 */
export async function socks5Connect(
  stream: Stream,
  target: HostPort,
  options: SocksClientOptions = {},
): Promise<SocksAddress> {
  return await request5(stream, COMMAND.connect, wireAddress(target), options);
}

/** BIND in version 5. `peer` is the host that may connect. Errors as `socks5Connect`, from `accepted` too. */
export async function socks5Bind(
  stream: Stream,
  peer: HostPort,
  options: SocksClientOptions = {},
): Promise<SocksBinding> {
  const bound = await request5(stream, COMMAND.bind, wireAddress(peer), options);
  const target = formatHostPort(peer);
  return { bound, accepted: () => handshake(stream, options, () => reply5(stream, target, options)) };
}

/**
 * UDP ASSOCIATE in version 5. `from` is where datagrams will come from (default: not known yet). Gives where the proxy
 * takes datagrams; its host may be 0.0.0.0 or ::, which means the proxy's own address (`relayAddress`). The
 * association ends with `stream`.
 */
export async function socks5Associate(
  stream: Stream,
  options: SocksClientOptions & { from?: HostPort | undefined } = {},
): Promise<SocksAddress> {
  return await request5(stream, COMMAND.associate, options.from ? socksAddress(options.from) : NO_ADDRESS, options);
}

/** `bound` with the proxy's own address in place of "any address". */
export function relayAddress(bound: SocksAddress, proxyHost: string): HostPort {
  return bound.host === "0.0.0.0" || bound.host === "::" || bound.host === ""
    ? { host: proxyHost, port: bound.port }
    : { host: bound.host, port: bound.port };
}
