// SOCKS 4 and 4a messages as values (the memos "SOCKS: A protocol for TCP proxy across firewalls" and "SOCKS 4A"). Pure.
import { latin1, latin1Text } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { formatIp, parseIp } from "../../base/ip.ts";
import { ByteWriter } from "../../base/writer.ts";
import type { Parsed, SocksAddress } from "./address.ts";

/** The longest user id that is taken, in octets: the memo has no limit, memory has. */
export const USER_ID_LIMIT = 512;
/** The longest name of 4a that is taken, in octets. */
export const NAME_LIMIT = 255;

/**
 *     +----+----+----+----+----+----+----+----+----+----+....+----+----+....+----+
 *     | VN | CD | DSTPORT |      DSTIP        | USERID       |NULL| NAME    |NULL|
 *     +----+----+----+----+----+----+----+----+----+----+....+----+----+....+----+
 *        1    1      2              4           variable       1    4a only: DSTIP is 0.0.0.x, x not 0
 */
export interface Request4 {
  /** 1 CONNECT, 2 BIND; any other number is kept. */
  readonly command: number;
  /** `name` means 4a. */
  readonly address: SocksAddress;
  /** One character for each octet. */
  readonly userId: string;
}

/**
 *     +----+----+----+----+----+----+----+----+
 *     | VN | CD | DSTPORT |      DSTIP        |      VN is 0
 *     +----+----+----+----+----+----+----+----+
 */
export interface Reply4 {
  /** 90 granted, 91 to 93 not (`REPLY4`). */
  readonly code: number;
  readonly address: SocksAddress;
}

/** The octets up to a NUL at or after `at`, `undefined` while there is none; over `limit` is a `FormatError`. */
function parseString(bytes: Uint8Array, at: number, limit: number, what: string): string | undefined {
  const end = bytes.indexOf(0, at);
  if ((end === -1 ? bytes.length : end) - at > limit) {
    throw new FormatError(`${what} is longer than ${limit} octets`, at + limit);
  }
  return end === -1 ? undefined : latin1Text(bytes.subarray(at, end));
}

/** A request of version 4 or 4a. `FormatError`: another version, an endless user id or name, an empty name. */
export function parseRequest4(bytes: Uint8Array): Parsed<Request4> | undefined {
  if (bytes.length > 0 && bytes[0] !== 4) throw new FormatError(`Version ${bytes[0]} is not 4`, 0);
  if (bytes.length < 9) return undefined;
  const port = (bytes[2]! << 8) | bytes[3]!;
  const userId = parseString(bytes, 8, USER_ID_LIMIT, "The user id");
  if (userId === undefined) return undefined;
  let size = 8 + userId.length + 1;
  let address: SocksAddress;
  if (bytes[4] === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] !== 0) {
    const host = parseString(bytes, size, NAME_LIMIT, "The name");
    if (host === undefined) return undefined;
    if (host === "") throw new FormatError("The name is empty", size);
    size += host.length + 1;
    address = { type: "name", host, port };
  } else address = { type: "ipv4", host: formatIp(bytes.subarray(4, 8)), port };
  return { value: { command: bytes[1]!, address, userId }, size };
}

/** A request's octets. A user id or name that holds a NUL or is too long, or an IPv6 address, is a `RangeError`. */
export function encodeRequest4({ command, address, userId }: Request4): Uint8Array<ArrayBuffer> {
  if (userId.length > USER_ID_LIMIT || userId.includes("\0")) {
    throw new RangeError(`A SOCKS4 user id has no NUL and at most ${USER_ID_LIMIT} octets`);
  }
  const out = new ByteWriter(32).u8(4).u8(command).u16(address.port);
  if (address.type === "ipv4") {
    return out.bytes(parseIp(address.host)!.bytes).text(userId).u8(0).take();
  }
  if (address.type === "ipv6") throw new RangeError(`SOCKS4 cannot carry the IPv6 address "${address.host}"`);
  if (address.host === "" || address.host.length > NAME_LIMIT || address.host.includes("\0")) {
    throw new RangeError(`A SOCKS4a name has no NUL and 1 to ${NAME_LIMIT} octets`);
  }
  return out.u32(1).text(userId).u8(0).bytes(latin1(address.host)).u8(0).take();
}

/** A reply. VN other than 0 is a `FormatError`, except 4: some servers send their version instead. */
export function parseReply4(bytes: Uint8Array): Parsed<Reply4> | undefined {
  if (bytes.length > 0 && bytes[0] !== 0 && bytes[0] !== 4) {
    throw new FormatError(`A SOCKS4 reply begins with 0, not ${bytes[0]}`, 0);
  }
  if (bytes.length < 8) return undefined;
  const address: SocksAddress = {
    type: "ipv4",
    host: formatIp(bytes.subarray(4, 8)),
    port: (bytes[2]! << 8) | bytes[3]!,
  };
  return { value: { code: bytes[1]!, address }, size: 8 };
}

/** A reply's octets. An address that is not IPv4 is written as 0.0.0.0: the field has no room for it. */
export function encodeReply4({ code, address }: Reply4): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(8).u8(0).u8(code).u16(address.port);
  const ip = address.type === "ipv4" ? parseIp(address.host) : undefined;
  return (ip === undefined ? out.u32(0) : out.bytes(ip.bytes)).take();
}
