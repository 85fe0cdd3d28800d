// The files behind TLS options: certificates, keys, authorities, as PEM. Not pure.
import { nodeCrypto } from "../../base/builtin.ts";
import { type Bytes, equalBytes, latin1, latin1Text } from "../../base/bytes.ts";
import { errorText, FormatError, UsageError } from "../../base/errors.ts";
import { isVersion1, parseCertificate, signatureAlgorithm } from "./certificate.ts";
import type { TlsOptions } from "./options.ts";
import { certificateFits } from "./verify.ts";

async function readText(option: string, path: string): Promise<string> {
  try {
    // Certificates may carry a text form in any encoding around their PEM.
    return latin1Text(await Deno.readFile(path));
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "No such file or directory" : errorText(error);
    throw new UsageError(`Cannot read ${option} "${path}": ${why}`, undefined, { cause: error });
  }
}

/** What to do with a file that has no PEM block where one is needed. */
function pemHint<T>(text: string, path: string, reader: "x509" | "pkey", otherwise: T): T | string {
  // The start of every ASN.1 SEQUENCE of more than 255 octets: DER, or PKCS #12.
  if (!text.startsWith("\x30\x82")) return otherwise;
  return `make PEM of it: openssl ${reader} -in ${path} -out FILE, or openssl pkcs12 -in ${path} -nodes -out FILE`;
}

const PEM_CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const PEM_KEY = /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----[^]*?-----END \1PRIVATE KEY-----/g;

/** The certificates of PEM text, each as PEM. */
function pemCertificates(text: string): string[] {
  return (text.match(PEM_CERTIFICATE) ?? []).map((pem) => pem.replace(/(X509|TRUSTED) CERTIFICATE/g, "CERTIFICATE"));
}

/** DER octets of one PEM block. A `FormatError` when its base64 is broken. */
function pemOctets(pem: string): Bytes {
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

/** Reads `cert` and `key`, unless `identity` has both; `undefined` when there is no `cert`. A `UsageError` says what is missing where. */
export async function loadIdentity(options: TlsOptions): Promise<Identity | undefined> {
  const { cert, key } = options;
  if (options.identity !== undefined) return options.identity;
  if (cert === undefined) {
    if (key !== undefined) throw new UsageError(`The key "${key}" needs its certificate`, "add cert=FILE");
    return undefined;
  }
  const certText = await readText("cert", cert);
  const chain = pemCertificates(certText);
  if (chain.length === 0) {
    throw new UsageError(
      `The file "${cert}" holds no certificate in PEM form`,
      pemHint(certText, cert, "x509", "it must have a line -----BEGIN CERTIFICATE-----"),
    );
  }
  const keyFile = key ?? cert;
  const keyText = key === undefined ? certText : await readText("key", key);
  const keys = keyText.match(PEM_KEY) ?? [];
  if (keys.length === 0) {
    const hint = key === undefined ? `add key=FILE, or append the key to "${cert}"` : undefined;
    throw new UsageError(
      `The file "${keyFile}" holds no private key in PEM form`,
      pemHint(keyText, keyFile, "pkey", hint),
    );
  }
  if (/ENCRYPTED/.test(keys[0]!)) {
    throw new UsageError(
      `The key in "${keyFile}" is protected by a passphrase`,
      `remove it: openssl pkey -in ${keyFile} -out FILE`,
    );
  }
  checkPair(chain[0]!, keys[0]!, cert, keyFile);
  const dates = datesOf(chain[0]!);
  if (dates !== undefined) options.warn?.(`The certificate in "${cert}" ${dates}: peers will refuse it`);
  return { cert: chain.join("\n") + "\n", key: keys[0]! + "\n" };
}

/** What is wrong with a certificate today; `undefined`: nothing. */
function datesOf(pem: string): string | undefined {
  try {
    const { validFrom, validTo } = parseCertificate(pemOctets(pem)), now = new Date();
    const day = (date: Date) => date.toISOString().slice(0, 10);
    return validTo < now
      ? `has expired on ${day(validTo)}`
      : validFrom > now
      ? `is valid from ${day(validFrom)} on`
      : undefined;
  } catch {
    // The runtime took it, and its peers will judge.
    return undefined;
  }
}

/** Key types that the runtime can sign with. */
const KEY_TYPES: readonly string[] = ["rsa", "ec", "ed25519"];

/** Refuses a key that is not the certificate's, or of a kind that every handshake would fail with. */
function checkPair(certificate: string, key: string, certFile: string, keyFile: string): void {
  const { createPrivateKey, X509Certificate } = nodeCrypto();
  let type: string | undefined, fits = false;
  try {
    const parsed = createPrivateKey(key);
    type = parsed.asymmetricKeyType;
    fits = new X509Certificate(certificate).checkPrivateKey(parsed);
  } catch (error) {
    throw new UsageError(`Cannot use "${certFile}" with the key in "${keyFile}": ${errorText(error)}`, undefined, {
      cause: error,
    });
  }
  if (type === undefined || !KEY_TYPES.includes(type)) {
    throw new UsageError(
      `The key in "${keyFile}" is of type "${type}", which the runtime's TLS does not speak`,
      "make one of type RSA, ECDSA or Ed25519",
    );
  }
  if (!fits) {
    throw new UsageError(
      `The key in "${keyFile}" does not belong to the certificate in "${certFile}"`,
      "the first certificate of the file must be its own; what signed it comes after",
    );
  }
}

/** The authorities of `cafile` and `capath` as PEM; `undefined` when neither is given, which means the system's. */
export async function loadAuthorities(options: TlsOptions): Promise<string[] | undefined> {
  const { cafile, capath } = options;
  if (cafile === undefined && capath === undefined) return undefined;
  const found: string[] = [];
  if (cafile !== undefined) {
    const text = await readText("cafile", cafile);
    found.push(...pemCertificates(text));
    if (found.length === 0) {
      const hint = pemHint(text, cafile, "x509", "it must have a line -----BEGIN CERTIFICATE-----");
      throw new UsageError(`The file "${cafile}" holds no certificate in PEM form`, hint);
    }
  }
  if (capath !== undefined) {
    try {
      for await (const entry of Deno.readDir(capath)) {
        if (entry.isDirectory) continue;
        const text = await Deno.readFile(`${capath}/${entry.name}`).then(latin1Text, () => "");
        found.push(...pemCertificates(text));
      }
    } catch (error) {
      const why = error instanceof Deno.errors.NotFound ? "No such file or directory" : errorText(error);
      throw new UsageError(`Cannot read capath "${capath}": ${why}`, undefined, { cause: error });
    }
    if (found.length === 0) throw new UsageError(`The directory "${capath}" holds no certificate in PEM form`);
  }
  return [...new Set(found)];
}

/** SHA-256 of those of `certificates` (PEM) that are for `host`, a name or an address. */
export async function trustedThemselves(certificates: readonly string[], host: string): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const pem of certificates) {
    try {
      const der = pemOctets(pem);
      if (!certificateFits(parseCertificate(der), host)) continue;
      found.push(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
    } catch {
      // What cannot be read is trusted for nothing.
    }
  }
  return found;
}

/** Whether one of `authorities` (PEM) is of version 1. */
export function hasVersion1(authorities: readonly string[] | undefined): boolean {
  return (authorities ?? []).some((pem) => {
    try {
      return isVersion1(pemOctets(pem));
    } catch {
      return false; // Told elsewhere, where it matters.
    }
  });
}

/** Tells whether a certificate (DER) is itself one of `authorities` (PEM). */
export function trusting(authorities: readonly string[] | undefined): (raw: Uint8Array) => boolean {
  let known: Uint8Array[] | undefined;
  return (raw) => (known ??= (authorities ?? []).map(pemOctets)).some((one) => equalBytes(one, raw));
}

/** RSA and ECDSA with SHA-256, SHA-384, SHA-512; Ed25519. Certificates can be forged where SHA-1 or MD5 is signed. */
const SOUND_SIGNATURES = /^(1\.2\.840\.113549\.1\.1\.1[123]|1\.2\.840\.10045\.4\.3\.[234]|1\.3\.101\.112)$/;

/**
 * Tells whether one of `authorities` (PEM) has signed a certificate (DER) itself: by its name, its key, and its right to
 * sign, which a certificate of version 1 has when it is named as what to trust.
 */
export function signing(authorities: readonly string[] | undefined): (raw: Uint8Array) => boolean {
  return (raw) => {
    const { X509Certificate } = nodeCrypto();
    const certificate = new X509Certificate(raw);
    if (!SOUND_SIGNATURES.test(signatureAlgorithm(raw))) return false;
    return (authorities ?? []).some((pem) => {
      try {
        const authority = new X509Certificate(pem);
        return authority.subject === certificate.issuer &&
          (authority.ca || isVersion1(new Uint8Array(authority.raw))) &&
          new Date(authority.validTo) > new Date() && certificate.verify(authority.publicKey);
      } catch {
        // It cannot be read, or its key is of a kind that cannot be used: it proves nothing.
        return false;
      }
    });
  };
}

/** OpenSSL takes a chain of at most 100 KiB from a server. */
const MOST_CHAIN_OCTETS = 64 * 1024;

/**
 * As many of the authorities, in their order, as a server can have: the runtime's second stack (2.9.6) sends them to its
 * clients behind its own chain. And how many are left out.
 */
export function bearable(authorities: readonly string[]): { borne: string[]; left: number } {
  let room = MOST_CHAIN_OCTETS;
  const borne = authorities.filter((pem) => {
    const size = pemOctets(pem).length + 3;
    if (size > room) return false;
    room -= size;
    return true;
  });
  return { borne, left: authorities.length - borne.length };
}

const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
let systemAll: Promise<string[]> | undefined, systemExtra: Promise<string[]> | undefined;

/** Authorities that the system trusts: `SSL_CERT_FILE`, `SSL_CERT_DIR`, its store or the distribution's bundle. Read once. */
export function systemAuthorities(): Promise<string[]> {
  return systemAll ??= findAuthorities(Deno.build.os, (name) => Deno.env.get(name));
}

/** As `systemAuthorities`, on a system as the runtime names it, with variables of its environment. */
export async function findAuthorities(os: string, env: (name: string) => string | undefined): Promise<string[]> {
  const file = env("SSL_CERT_FILE"), directory = env("SSL_CERT_DIR");
  // Windows and macOS keep them in no file; there, too, the variables say that others are wanted.
  const stored = os !== "linux" && file === undefined && directory === undefined ? await storedAuthorities() : [];
  if (stored.length > 0) return stored;
  const texts: string[] = [];
  for (const path of file === undefined ? SYSTEM_BUNDLES : [file]) {
    const text = await Deno.readTextFile(path).catch(() => undefined);
    if (text === undefined) continue;
    texts.push(text);
    break;
  }
  for (const path of directory?.split(os === "windows" ? ";" : ":") ?? []) {
    try {
      for await (const { name } of Deno.readDir(path)) {
        texts.push(await Deno.readFile(`${path}/${name}`).then(latin1Text, () => ""));
      }
    } catch {
      // Not there: nothing to trust.
    }
  }
  return texts.flatMap(pemCertificates);
}

/** What the system's own store trusts, a company's authorities among it. Needs the `sys` permission. */
async function storedAuthorities(): Promise<string[]> {
  const { getCACertificates } = await import("node:tls");
  try {
    return getCACertificates("system");
  } catch {
    return [];
  }
}

/**
 * Those of them that the runtime's own store has not: a company's, usually. To be found out once, for the 20 ms that the
 * runtime's second stack takes to load.
 */
export function addedAuthorities(): Promise<string[]> {
  return systemExtra ??= (async () => {
    const { rootCertificates } = await import("node:tls");
    const bare = (pem: string) => pem.replace(/-----[^-]*-----|\s+/g, "");
    const known = new Set(rootCertificates.map(bare));
    return (await systemAuthorities()).filter((pem) => !known.has(bare(pem)));
  })();
}
