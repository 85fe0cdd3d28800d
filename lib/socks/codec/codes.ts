// The numbers of SOCKS and what they mean, for replies, logs and dissectors. Pure.
// A new number is a new line in its table.
import type { ConnectReason } from "../../base/errors.ts";

/** Commands (RFC 1928, 4: CMD; 1 and 2 also in SOCKS 4). */
export const COMMAND = { connect: 1, bind: 2, associate: 3 } as const;

/** Words for a command. */
export const COMMAND_NAMES: Readonly<Record<number, string>> = {
  1: "CONNECT",
  2: "BIND",
  3: "UDP ASSOCIATE",
};

/** Login methods (RFC 1928, 3: METHOD). */
export const METHOD = { none: 0, gssapi: 1, password: 2, unacceptable: 0xff } as const;

/** Words for a login method; the rest is assigned by IANA or private. */
export const METHOD_NAMES: Readonly<Record<number, string>> = {
  0: "no authentication required",
  1: "GSSAPI",
  2: "username/password",
  0xff: "no acceptable methods",
};

/** Reply codes of version 5 (RFC 1928, 6: REP). */
export const REPLY5 = {
  succeeded: 0,
  general: 1,
  denied: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  refused: 5,
  timedOut: 6,
  command: 7,
  addressType: 8,
} as const;

/** Words for a reply code of version 5; those from 0xF0 are Tor's (its proposal 304), of SocksPorts with ExtendedErrors. */
export const REPLY5_NAMES: Readonly<Record<number, string>> = {
  0: "succeeded",
  1: "general SOCKS server failure",
  2: "connection not allowed by ruleset",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "TTL expired",
  7: "command not supported",
  8: "address type not supported",
  0xf0: "onion service descriptor not found",
  0xf1: "onion service descriptor invalid",
  0xf2: "onion service introduction failed",
  0xf3: "onion service rendezvous failed",
  0xf4: "onion service wants client authorization",
  0xf5: "onion service refused client authorization",
  0xf6: "onion service address invalid",
  0xf7: "onion service introduction timed out",
};

/** Reply codes of version 4 (the SOCKS4 memo). */
export const REPLY4 = { granted: 0x5a, rejected: 0x5b, noIdent: 0x5c, otherUser: 0x5d } as const;

/** Words for a reply code of version 4. */
export const REPLY4_NAMES: Readonly<Record<number, string>> = {
  0x5a: "request granted",
  0x5b: "request rejected or failed",
  0x5c: "request rejected: no identd at the client",
  0x5d: "request rejected: identd reports another user",
};

/** `"host unreachable" (4)`: a reply code of version 5 for people. */
export function reply5Text(code: number): string {
  return `"${REPLY5_NAMES[code] ?? "unassigned reply"}" (${code})`;
}

/** `"request rejected or failed" (91)`: a reply code of version 4 for people. */
export function reply4Text(code: number): string {
  return `"${REPLY4_NAMES[code] ?? "unassigned reply"}" (${code})`;
}

/** Why a connection failed, from the reply of the proxy that tried. */
export function reasonOfReply5(code: number): ConnectReason {
  switch (code) {
    case REPLY5.denied:
      return "denied";
    case REPLY5.networkUnreachable:
      return "network-unreachable";
    case REPLY5.hostUnreachable:
      return "host-unreachable";
    case REPLY5.refused:
      return "refused";
    case REPLY5.timedOut:
      return "timed-out";
    default:
      return "proxy";
  }
}
