// What HTTP/1.1 and HTTP/2 have in common where they carry DNS messages (RFC 8484). Pure.
import type { ChannelFacts, NetworkReason } from "./channel.ts";

/** Whom and how to ask. */
export interface HttpOptions {
  readonly scheme: "https" | "http";
  /** Host, with a port where it is not the scheme's. */
  readonly authority: string;
  /** Absolute path; may have a query. */
  readonly path: string;
  /** GET instead of POST. */
  readonly get: boolean;
  readonly version: 1 | 2;
  /** Nothing says that the server speaks HTTP: if it does not, the channel counts as not opened. */
  readonly unsure?: boolean;
  readonly reasonOf: (error: unknown) => NetworkReason;
  readonly facts?: ChannelFacts;
}

/** The peer answered HTTP/2 with HTTP/1: to be asked again that way. */
export class OlderHttpError extends Error {
  override readonly name = "OlderHttpError";
}

/** One way to ask and to be answered. */
export interface HttpClient {
  ask(message: Uint8Array): Promise<void>;
  answer(): Promise<Uint8Array>;
  /** Whether what comes back is HTTP. */
  speaks?(): Promise<boolean>;
}

export const MESSAGE_TYPE = "application/dns-message";

/** The body of an answer of this type, as a message; without octets where it is no DNS message, which dig calls too short. */
export function messageIn(body: Uint8Array, contentType: string | undefined): Uint8Array {
  const foreign = contentType !== undefined && !contentType.toLowerCase().startsWith(MESSAGE_TYPE);
  return foreign ? body.subarray(0, 0) : body;
}

/** No DNS message is longer. */
export const MAX_BODY = 65535;

/** Octets as base64url without padding. */
export function base64Url(octets: Uint8Array): string {
  return btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Path with the question in it, for GET (RFC 8484 6). */
export function pathWith(path: string, message: Uint8Array): string {
  return `${path}${path.includes("?") ? "&" : "?"}dns=${base64Url(message)}`;
}
