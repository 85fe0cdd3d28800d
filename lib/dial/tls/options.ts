// What can be said about TLS: the options of both sides, protocol versions, pins, ALPN. Pure.
import { type Bytes, latin1, utf8Text } from "../../base/bytes.ts";
import { FormatError, UsageError } from "../../base/errors.ts";
import { hex, parseHex } from "../../base/hex.ts";

/** The words for protocol versions, as socat has them. Below 1.2 nothing is spoken any more. */
export const TLS_VERSIONS = ["SSL2", "SSL3", "TLS1", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"] as const;
/** A version of TLS that both stacks speak. */
export type TlsVersion = typeof TLS_VERSIONS[number];

/** A handshake that takes longer has failed. */
export const HANDSHAKE_LIMIT_MS = 30_000;

/** Options of both sides. Files are paths of PEM files. */
export interface TlsOptions {
  /** Whether the peer's certificate is checked. Default: yes, unless `pins` say which one it is. */
  verify?: boolean | undefined;
  /** Authorities to trust in place of the system's: a file, a directory of files. */
  cafile?: string | undefined;
  capath?: string | undefined;
  /** Own certificate, with its chain; the key may stand in the same file. */
  cert?: string | undefined;
  /** Instead of `cert`: both as PEM text. */
  identity?: { readonly cert: string; readonly key: string } | undefined;
  key?: string | undefined;
  /** Name that the peer's certificate must have; empty: any. Default: the host that was asked for; a server asks for none. */
  commonname?: string | undefined;
  /** Protocols to offer or take, best first. */
  alpn?: readonly string[] | undefined;
  minVersion?: TlsVersion | undefined;
  maxVersion?: TlsVersion | undefined;
  /** `sha256:` and hex or base64 of the certificate or of its public key (SPKI). One of them must match. */
  pins?: readonly string[] | undefined;
  /** Session keys are wanted, which only the runtime's own TLS writes (to SSLKEYLOGFILE): see `checkKeylog`. */
  keylog?: boolean | undefined;
  /** Told once about what is weaker than it looks. */
  warn?: ((message: string) => void) | undefined;
}

/**
 * What a certificate's common names count for when it has no alternative ones: nothing (RFC 9525 6.1; DNS over TLS, RFC 8310
 * 8.1), names but not addresses (as for OpenSSL), or whatever they say.
 */
export type CommonNames = "none" | "names" | "any";

/** Options of a client. */
export interface TlsClientOptions extends TlsOptions {
  /** Default: "any". */
  commonNames?: CommonNames | undefined;
  /** Name to ask for (SNI). Default: the host, unless it is an address. */
  snihost?: string | undefined;
  /** Ask for no name. */
  noSni?: boolean | undefined;
}

/**
 * Refuses `keylog` beside what only the second TLS stack can do, as that one tells nobody its keys: better no connection
 * than an empty file. `others`: more such options that are given, by name.
 */
export function checkKeylog(
  options: TlsClientOptions,
  side: "client" | "server",
  others: readonly string[] = [],
): void {
  if (!options.keylog) return;
  const { verify, pins = [], minVersion, maxVersion, noSni, cert } = options;
  const client = side === "client";
  const obstacles = [
    client && verify === false && "verify=0",
    !client && verify !== false && "a request for client certificates (verify=0 would serve without one)",
    client && cert !== undefined && "cert=",
    pins.length > 0 && "pin=",
    (minVersion ?? maxVersion) !== undefined && "a choice of versions",
    noSni && "no-sni",
    ...others,
  ].filter((obstacle) => typeof obstacle === "string");
  if (obstacles.length === 0) return;
  throw new UsageError(
    `Cannot log session keys (keylog=) with ${
      obstacles.join(", ")
    }: the runtime writes them where its own TLS serves only`,
    client ? "leave one of them out; a peer's own certificate or authority can be trusted by cafile=FILE" : undefined,
  );
}

const NODE_VERSION: Partial<Record<TlsVersion, "TLSv1.2" | "TLSv1.3">> = { "TLS1.2": "TLSv1.2", "TLS1.3": "TLSv1.3" };

/** The range of versions in the runtime's words. A `UsageError` when nothing of it is spoken. */
export function versionRange(
  options: TlsOptions,
): { minVersion?: "TLSv1.2" | "TLSv1.3"; maxVersion?: "TLSv1.2" | "TLSv1.3" } {
  const { minVersion, maxVersion } = options;
  const min = minVersion === undefined ? undefined : NODE_VERSION[minVersion];
  const max = maxVersion === undefined ? undefined : NODE_VERSION[maxVersion];
  if (maxVersion !== undefined && max === undefined) {
    throw new UsageError(
      `Cannot speak ${maxVersion}: the oldest version is TLS1.2`,
      "write max-proto-version=TLS1.2 or leave it out",
    );
  }
  if (min === "TLSv1.3" && max === "TLSv1.2") throw new UsageError("No TLS version is left between TLS1.3 and TLS1.2");
  return { ...(min === undefined ? {} : { minVersion: min }), ...(max === undefined ? {} : { maxVersion: max }) };
}

/** Versions to speak, and how much is looked at when a peer shows a certificate of X.509 version 1. */
export interface ProofPlan {
  readonly versions: ReturnType<typeof versionRange>;
  /** Whether handshakes are watched for the proof that the runtime does not look at. */
  readonly watched: boolean;
  /** Whether TLS 1.3, which hides the proof, is left out for its sake. */
  readonly capped: boolean;
}

/** `judged`: whether peers are judged at all; `version1`: whether one that is trusted by name has such a certificate. */
export function proofPlan(options: TlsOptions, judged: boolean, version1: boolean): ProofPlan {
  const versions = versionRange(options);
  if (!judged || options.keylog || versions.minVersion === "TLSv1.3") {
    return { versions, watched: false, capped: false };
  }
  const capped = version1 && versions.maxVersion !== "TLSv1.2";
  return {
    versions: capped ? { ...versions, maxVersion: "TLSv1.2" } : versions,
    watched: version1 || versions.maxVersion === "TLSv1.2",
    capped,
  };
}

/** What `keylog` does to a client that names authorities. */
export const KEYLOG_BESIDE =
  "keylog: the system's authorities are trusted beside cafile, for the sake of the session keys";

/** What to do when no version is left because of `ProofPlan.capped`. */
export const CAPPED_HINT =
  "only TLS 1.2 was spoken, as a certificate of X.509 version 1 is trusted and TLS 1.3 hides the proof of having its " +
  "key: make one of version 3, or where the peer has one: min-proto-version=TLS1.3";

/** A pin's 32 octets. A `FormatError` when it is not `sha256:` and 64 hex digits (colons allowed) or base64. */
export function parsePin(text: string): Bytes {
  const match = /^(?:sha-?256(?::|\/\/|\/))?([0-9A-Za-z+/=:_-]+)$/i.exec(text);
  if (match === null) {
    throw new FormatError(`"${text}" is not sha256: and hex or base64 of a certificate's fingerprint`);
  }
  const digits = match[1]!;
  let bytes: Bytes | undefined;
  try {
    bytes = /^[0-9a-f:]+$/i.test(digits) && digits.replace(/:/g, "").length === 64
      ? parseHex(digits)
      : latin1(atob(digits.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    // Judged below.
  }
  if (bytes?.length !== 32) {
    throw new FormatError(`"${text}" is not a SHA-256 fingerprint: 64 hexadecimal digits or 44 of base64`);
  }
  return bytes;
}

/** `sha256:` and lower-case hex: how fingerprints are shown, and what `pin=` takes. */
export function formatPin(digest: Uint8Array): string {
  return `sha256:${hex(digest)}`;
}

/** UTF-8 text of an ALPN list as written: `h2,http/1.1` or `h2:http/1.1`. */
export function parseAlpn(text: string): string[] {
  return text.split(/[,:\s]+/).filter((word) => word !== "").map((word) => utf8Text(latin1(word)));
}
