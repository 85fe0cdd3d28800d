// What is answered to a client: one function from errors to reply codes, and each protocol's way to say it. Pure.
import { type Bytes, latin1 } from "../../base/bytes.ts";
import { ConnectError, type ConnectReason, ProtocolError } from "../../base/errors.ts";
import { SocksRefusal } from "../client.ts";
import { NO_ADDRESS, type SocksAddress } from "../codec/address.ts";
import { encodeReply4 } from "../codec/socks4.ts";
import { encodeReply5 } from "../codec/socks5.ts";
import { REPLY4, REPLY5, REPLY5_NAMES } from "../codec/codes.ts";
import { HttpRefusal } from "../http/request.ts";

/** The protocols that a client may speak to the proxy. */
export type Version = "4" | "4a" | "5" | "http";

/** A request that is not carried out. `code` is the reply of version 5 that says why. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: number;
  /** What version 4 says instead of "rejected": the identd codes. */
  readonly code4: number;

  constructor(code: number, message: string, code4: number = REPLY4.rejected, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.code4 = code4;
  }
}

const CODE_OF_REASON: Record<ConnectReason, number> = {
  "refused": REPLY5.refused,
  "timed-out": REPLY5.timedOut,
  "host-unreachable": REPLY5.hostUnreachable,
  "name-not-found": REPLY5.hostUnreachable,
  "network-unreachable": REPLY5.networkUnreachable,
  "address-not-available": REPLY5.networkUnreachable,
  "denied": REPLY5.denied,
  "tls": REPLY5.general,
  "proxy": REPLY5.general,
  "no-descriptors": REPLY5.general,
  "aborted": REPLY5.general,
  "other": REPLY5.general,
};

/** The reply code of version 5 for an error: the one place where that is decided. */
export function replyCode(error: unknown): number {
  if (error instanceof Refusal) return error.code;
  // A proxy in front knows best, where its reply is one that clients know.
  if (error instanceof SocksRefusal && error.code in REPLY5_NAMES) return error.code;
  if (error instanceof ConnectError) {
    // A proxy in front that cannot be reached says nothing about the target.
    const { cause } = error;
    if (error.via !== undefined && cause instanceof ConnectError && cause.target !== error.target) {
      return REPLY5.general;
    }
    return CODE_OF_REASON[error.reason];
  }
  return REPLY5.general;
}

/** Of the failures of several addresses of one name, the one that tells most. */
export function mostTelling(errors: readonly unknown[]): unknown {
  const order: readonly number[] = [
    REPLY5.refused,
    REPLY5.denied,
    REPLY5.timedOut,
    REPLY5.hostUnreachable,
    REPLY5.networkUnreachable,
    REPLY5.general,
  ];
  const rank = (error: unknown) => (order.indexOf(replyCode(error)) + order.length + 1) % (order.length + 1);
  return errors.reduce((best, error) => rank(error) < rank(best) ? error : best);
}

const HTTP_STATUS: Record<number, string> = {
  [REPLY5.general]: "502 Bad Gateway",
  [REPLY5.denied]: "403 Forbidden",
  [REPLY5.networkUnreachable]: "502 Bad Gateway",
  [REPLY5.hostUnreachable]: "502 Bad Gateway",
  [REPLY5.refused]: "502 Bad Gateway",
  [REPLY5.timedOut]: "504 Gateway Timeout",
  [REPLY5.command]: "501 Not Implemented",
  [REPLY5.addressType]: "400 Bad Request",
};

/** What HTTP says in other words than SOCKS does. */
const HTTP_WORDS: Record<number, string> = {
  [REPLY5.general]: "the request failed",
  [REPLY5.timedOut]: "timed out",
};

/** A whole HTTP response that ends the connection: status, and one line of text that says why. */
export function httpError(status: string, text: string, headers = ""): Bytes {
  const body = `${text}\n`;
  return latin1(
    `HTTP/1.1 ${status}\r\n${headers}Date: ${
      new Date().toUTCString()
    }\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

/** The answer to a request that did not succeed. */
export function encodeFailure(version: Version, error: unknown): Bytes {
  const code = replyCode(error);
  switch (version) {
    case "5":
      return encodeReply5({ code, address: NO_ADDRESS });
    case "http":
      if (error instanceof HttpRefusal) return httpError(error.status, `netlab: ${error.message}`);
      // What an origin does wrong is told; whatever else has no words of its own here is in the log.
      return httpError(
        HTTP_STATUS[code] ?? "502 Bad Gateway",
        `netlab: ${error instanceof ProtocolError ? error.message : HTTP_WORDS[code] ?? REPLY5_NAMES[code]}`,
      );
    default:
      return encodeReply4({
        code: error instanceof Refusal ? error.code4 : REPLY4.rejected,
        address: NO_ADDRESS,
      });
  }
}

const HTTP_CONNECTED = latin1("HTTP/1.1 200 Connection established\r\n\r\n");

/** The answer to a request that succeeded; `bound` is the proxy's own end towards the target. */
export function encodeSuccess(version: Version, bound: SocksAddress): Bytes {
  switch (version) {
    case "5":
      return encodeReply5({ code: REPLY5.succeeded, address: bound });
    case "http":
      return HTTP_CONNECTED;
    default:
      return encodeReply4({ code: REPLY4.granted, address: bound });
  }
}
