// SOCKS 5 messages as values (RFC 1928; login by user and password: RFC 1929). Pure.
import { latin1, latin1Text } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { ByteWriter } from "../../base/writer.ts";
import { parseAddress5, type Parsed, type SocksAddress, writeAddress5 } from "./address.ts";

function version(bytes: Uint8Array, expected: number, what: string): void {
  if (bytes.length > 0 && bytes[0] !== expected) {
    throw new FormatError(`${what} begins with ${expected}, not ${bytes[0]}`, 0);
  }
}

/**
 * The client's first message (RFC 1928, 3).
 *
 *     +----+----------+----------+
 *     |VER | NMETHODS | METHODS  |
 *     +----+----------+----------+
 *     | 1  |    1     | 1 to 255 |
 *     +----+----------+----------+
 */
export interface Greeting {
  /** Login methods that the client offers (`METHOD`); may be none. */
  readonly methods: readonly number[];
}

/** `undefined`: incomplete. `FormatError`: another version. */
export function parseGreeting(bytes: Uint8Array): Parsed<Greeting> | undefined {
  version(bytes, 5, "A SOCKS5 greeting");
  if (bytes.length < 2) return undefined;
  const size = 2 + bytes[1]!;
  if (bytes.length < size) return undefined;
  const methods: number[] = [];
  for (let i = 2; i < size; i++) methods.push(bytes[i]!);
  return { value: { methods }, size };
}

/** More than 255 methods are a `RangeError`. */
export function encodeGreeting({ methods }: Greeting): Uint8Array<ArrayBuffer> {
  if (methods.length > 255) throw new RangeError(`A greeting has at most 255 methods, not ${methods.length}`);
  return Uint8Array.of(5, methods.length, ...methods);
}

/**
 * The server's choice (RFC 1928, 3).
 *
 *     +----+--------+
 *     |VER | METHOD |      0xFF: none of those offered
 *     +----+--------+
 */
export interface MethodChoice {
  readonly method: number;
}

/** `undefined`: incomplete. `FormatError`: another version. */
export function parseMethodChoice(bytes: Uint8Array): Parsed<MethodChoice> | undefined {
  version(bytes, 5, "A SOCKS5 method selection");
  return bytes.length < 2 ? undefined : { value: { method: bytes[1]! }, size: 2 };
}

/** Two octets. */
export function encodeMethodChoice({ method }: MethodChoice): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(5, method);
}

/**
 * User and password (RFC 1929, 2). One character for each octet; either may be empty here, which the RFC forbids.
 *
 *     +----+------+----------+------+----------+
 *     |VER | ULEN |  UNAME   | PLEN |  PASSWD  |      VER is 1
 *     +----+------+----------+------+----------+
 *     | 1  |  1   | 1 to 255 |  1   | 1 to 255 |
 *     +----+------+----------+------+----------+
 */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** `undefined`: incomplete. `FormatError`: another version of the negotiation. */
export function parseLogin(bytes: Uint8Array): Parsed<Login> | undefined {
  version(bytes, 1, "A user/password request");
  if (bytes.length < 2) return undefined;
  const userEnd = 2 + bytes[1]!;
  const passwordLength = bytes[userEnd];
  if (passwordLength === undefined) return undefined;
  const size = userEnd + 1 + passwordLength;
  if (bytes.length < size) return undefined;
  const user = latin1Text(bytes.subarray(2, userEnd));
  return { value: { user, password: latin1Text(bytes.subarray(userEnd + 1, size)) }, size };
}

/** User or password over 255 octets: a `RangeError`. */
export function encodeLogin({ user, password }: Login): Uint8Array<ArrayBuffer> {
  if (user.length > 255 || password.length > 255) {
    throw new RangeError("SOCKS5 has room for 255 octets of user and of password");
  }
  return new ByteWriter(64).u8(1).u8(user.length).bytes(latin1(user)).u8(password.length).bytes(latin1(password))
    .take();
}

/**
 * The answer to user and password (RFC 1929, 2).
 *
 *     +----+--------+
 *     |VER | STATUS |      VER is 1; STATUS 0 is success, anything else failure
 *     +----+--------+
 */
export interface LoginReply {
  readonly status: number;
}

/** VER 5 is taken too: some servers send it. */
export function parseLoginReply(bytes: Uint8Array): Parsed<LoginReply> | undefined {
  if (bytes[0] !== 5) version(bytes, 1, "The answer to user and password");
  return bytes.length < 2 ? undefined : { value: { status: bytes[1]! }, size: 2 };
}

/** Two octets. */
export function encodeLoginReply({ status }: LoginReply): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(1, status);
}

/**
 * A request (RFC 1928, 4).
 *
 *     +----+-----+-------+------+----------+----------+
 *     |VER | CMD |  RSV  | ATYP | DST.ADDR | DST.PORT |
 *     +----+-----+-------+------+----------+----------+
 *     | 1  |  1  | X'00' |  1   | Variable |    2     |
 *     +----+-----+-------+------+----------+----------+
 */
export interface Request5 {
  /** 1 CONNECT, 2 BIND, 3 UDP ASSOCIATE; any other number is kept. */
  readonly command: number;
  readonly address: SocksAddress;
}

/** `FormatError`: another version, RSV not 0, an unknown address type, an empty name. */
export function parseRequest5(bytes: Uint8Array): Parsed<Request5> | undefined {
  version(bytes, 5, "A SOCKS5 request");
  if (bytes.length > 2 && bytes[2] !== 0) throw new FormatError(`The reserved octet is ${bytes[2]}, not 0`, 2);
  const address = parseAddress5(bytes, 3);
  return address && { value: { command: bytes[1]!, address: address.value }, size: 3 + address.size };
}

/** A name over 255 octets, or none, is a `RangeError`. */
export function encodeRequest5({ command, address }: Request5): Uint8Array<ArrayBuffer> {
  return writeAddress5(new ByteWriter(32).u8(5).u8(command).u8(0), address).take();
}

/**
 * A reply (RFC 1928, 6).
 *
 *     +----+-----+-------+------+----------+----------+
 *     |VER | REP |  RSV  | ATYP | BND.ADDR | BND.PORT |
 *     +----+-----+-------+------+----------+----------+
 *     | 1  |  1  | X'00' |  1   | Variable |    2     |
 *     +----+-----+-------+------+----------+----------+
 */
export interface Reply5 {
  /** 0 succeeded, 1 to 8 not (`REPLY5`). */
  readonly code: number;
  readonly address: SocksAddress;
}

/** `FormatError`: another version, an unknown address type. RSV is not looked at, and a bound name may be empty. */
export function parseReply5(bytes: Uint8Array): Parsed<Reply5> | undefined {
  version(bytes, 5, "A SOCKS5 reply");
  const address = parseAddress5(bytes, 3, true);
  return address && { value: { code: bytes[1]!, address: address.value }, size: 3 + address.size };
}

/** A name over 255 octets is a `RangeError`. */
export function encodeReply5({ code, address }: Reply5): Uint8Array<ArrayBuffer> {
  return writeAddress5(new ByteWriter(32).u8(5).u8(code).u8(0), address).take();
}

/**
 * What stands before the payload of each datagram between client and relay (RFC 1928, 7).
 *
 *     +----+------+------+----------+----------+----------+
 *     |RSV | FRAG | ATYP | DST.ADDR | DST.PORT |   DATA   |
 *     +----+------+------+----------+----------+----------+
 *     | 2  |  1   |  1   | Variable |    2     | Variable |
 *     +----+------+------+----------+----------+----------+
 */
export interface UdpHeader {
  /** 0: a whole datagram. */
  readonly fragment: number;
  /** Where the payload goes to, or came from. */
  readonly address: SocksAddress;
}

/** The header of a datagram; its payload follows at `size`. Anything cut short or malformed is a `FormatError`. */
export function parseUdpHeader(bytes: Uint8Array): Parsed<UdpHeader> {
  if (bytes.length > 1 && (bytes[0] !== 0 || bytes[1] !== 0)) throw new FormatError("The reserved octets are not 0", 0);
  const address = parseAddress5(bytes, 3);
  if (address === undefined) throw new FormatError("The datagram ends within its SOCKS5 header", bytes.length);
  return { value: { fragment: bytes[2]!, address: address.value }, size: 3 + address.size };
}

/** The octets before the payload. A name over 255 octets is a `RangeError`. */
export function encodeUdpHeader({ fragment, address }: UdpHeader): Uint8Array<ArrayBuffer> {
  return writeAddress5(new ByteWriter(32).u16(0).u8(fragment), address).take();
}
