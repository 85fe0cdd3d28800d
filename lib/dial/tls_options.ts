// What can be said about TLS, and the files behind it: certificates, keys, authorities, protocol versions. Not pure (files).
import { FormatError, UsageError } from "../base/errors.ts";
import { type Bytes, latin1, latin1Text, utf8Text } from "../base/bytes.ts";
import { hex, parseHex } from "../base/hex.ts";
import { errorText } from "../base/errors.ts";

/** The words for protocol versions, as socat has them. Below 1.2 nothing is spoken any more. */
export const TLS_VERSIONS = ["SSL2", "SSL3", "TLS1", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"] as const;
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
  key?: string | undefined;
  /** Name that the peer's certificate must have; empty: any. Default: the host that was asked for; a server asks for none. */
  commonname?: string | undefined;
  /** Protocols to offer or take, best first. */
  alpn?: readonly string[] | undefined;
  minVersion?: TlsVersion | undefined;
  maxVersion?: TlsVersion | undefined;
  /** `sha256:` and hex or base64 of the certificate or of its public key (SPKI). One of them must match. */
  pins?: readonly string[] | undefined;
  /** Session keys are wanted, which only the runtime's own TLS writes (to SSLKEYLOGFILE). */
  keylog?: boolean | undefined;
  /** Told once about what is weaker than it looks. */
  warn?: ((message: string) => void) | undefined;
}

/** Options of a client. */
export interface TlsClientOptions extends TlsOptions {
  /** Name to ask for (SNI). Default: the host, unless it is an address. */
  snihost?: string | undefined;
  /** Ask for no name. */
  noSni?: boolean | undefined;
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

async function readText(option: string, path: string): Promise<string> {
  try {
    // Certificates may carry a text form in any encoding around their PEM.
    return latin1Text(await Deno.readFile(path));
  } catch (error) {
    throw new UsageError(`Cannot read ${option} "${path}": ${errorText(error)}`, undefined, { cause: error });
  }
}

const PEM_CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const PEM_KEY = /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----[^]*?-----END \1PRIVATE KEY-----/g;

/** The certificates of PEM text, each as PEM. */
export function pemCertificates(text: string): string[] {
  return (text.match(PEM_CERTIFICATE) ?? []).map((pem) => pem.replace(/(X509|TRUSTED) CERTIFICATE/g, "CERTIFICATE"));
}

/** DER octets of one PEM block. A `FormatError` when its base64 is broken. */
export function pemOctets(pem: string): Bytes {
  try {
    return latin1(atob(pem.replace(/-----[^-]*-----/g, "").replace(/\s+/g, "")));
  } catch {
    throw new FormatError("The base64 of a PEM block is broken");
  }
}

/** Own certificate chain and private key as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Reads `cert` and `key`; `undefined` when there is no `cert`. A `UsageError` says what is missing where. */
export async function loadIdentity(options: TlsOptions): Promise<Identity | undefined> {
  const { cert, key } = options;
  if (cert === undefined) {
    if (key !== undefined) throw new UsageError(`The key "${key}" needs its certificate`, "add cert=FILE");
    return undefined;
  }
  const certText = await readText("cert", cert);
  const chain = pemCertificates(certText);
  if (chain.length === 0) {
    throw new UsageError(
      `The file "${cert}" holds no certificate in PEM form`,
      "it must have a line -----BEGIN CERTIFICATE-----",
    );
  }
  const keyFile = key ?? cert;
  const keyText = key === undefined ? certText : await readText("key", key);
  const keys = keyText.match(PEM_KEY) ?? [];
  if (keys.length === 0) {
    const hint = key === undefined ? `add key=FILE, or append the key to "${cert}"` : undefined;
    throw new UsageError(`The file "${keyFile}" holds no private key in PEM form`, hint);
  }
  if (/ENCRYPTED/.test(keys[0]!)) {
    throw new UsageError(
      `The key in "${keyFile}" is protected by a passphrase`,
      `remove it: openssl pkey -in ${keyFile} -out FILE`,
    );
  }
  return { cert: chain.join("\n") + "\n", key: keys[0]! + "\n" };
}

/** The authorities of `cafile` and `capath` as PEM; `undefined` when neither is given, which means the system's. */
export async function loadAuthorities(options: TlsOptions): Promise<string[] | undefined> {
  const { cafile, capath } = options;
  if (cafile === undefined && capath === undefined) return undefined;
  const found: string[] = [];
  if (cafile !== undefined) {
    found.push(...pemCertificates(await readText("cafile", cafile)));
    if (found.length === 0) throw new UsageError(`The file "${cafile}" holds no certificate in PEM form`);
  }
  if (capath !== undefined) {
    try {
      for await (const entry of Deno.readDir(capath)) {
        if (entry.isDirectory) continue;
        const text = await Deno.readFile(`${capath}/${entry.name}`).then(latin1Text, () => "");
        found.push(...pemCertificates(text));
      }
    } catch (error) {
      throw new UsageError(`Cannot read capath "${capath}": ${errorText(error)}`, undefined, { cause: error });
    }
    if (found.length === 0) throw new UsageError(`The directory "${capath}" holds no certificate in PEM form`);
  }
  return [...new Set(found)];
}

const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
let systemExtra: Promise<string[]> | undefined;

/**
 * Authorities that the system trusts (`SSL_CERT_FILE`, `SSL_CERT_DIR`, the distribution's bundle) and the runtime's own
 * store has not: those of a company, usually. Read once.
 */
export function systemAuthorities(): Promise<string[]> {
  return systemExtra ??= (async () => {
    const file = Deno.env.get("SSL_CERT_FILE"), directory = Deno.env.get("SSL_CERT_DIR");
    const texts: string[] = [];
    for (const path of file === undefined ? SYSTEM_BUNDLES : [file]) {
      const text = await Deno.readTextFile(path).catch(() => undefined);
      if (text === undefined) continue;
      texts.push(text);
      break;
    }
    for (const path of directory?.split(":") ?? []) {
      try {
        for await (const { name } of Deno.readDir(path)) {
          texts.push(await Deno.readFile(`${path}/${name}`).then(latin1Text, () => ""));
        }
      } catch {
        // Not there: nothing to trust.
      }
    }
    const { rootCertificates } = await import("node:tls");
    const bare = (pem: string) => pem.replace(/-----[^-]*-----|\s+/g, "");
    const known = new Set(rootCertificates.map(bare));
    return texts.flatMap(pemCertificates).filter((pem) => !known.has(bare(pem)));
  })();
}

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
