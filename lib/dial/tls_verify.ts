// Judging the peer's certificate: names, dates, pins, and the words for a refusal. Pure: a certificate is plain data.
// Names: RFC 9525 with the common name as last resort, which the certificates of tutorials need.
import { hex } from "../base/hex.ts";
import { equalBytes } from "../base/bytes.ts";
import { formatIp, parseIp } from "../base/ip.ts";
import { printable } from "../base/text.ts";

/** What is known of a certificate. */
export interface PeerCertificate {
  /** `CN=localhost, O=Org`. */
  readonly subject: string;
  readonly issuer: string;
  /** The common name, when it has one. */
  readonly commonName: string | undefined;
  /** DNS names and IP addresses of the subject alternative name. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
  /** SHA-256 of the certificate, and of its public key. */
  readonly fingerprint: Uint8Array;
  readonly keyFingerprint: Uint8Array;
}

/** Whether `pattern` (a name, or `*.` and a name) covers `host`. The star stands for exactly one label. */
export function nameMatches(pattern: string, host: string): boolean {
  const a = pattern.toLowerCase().replace(/\.$/, ""), b = host.toLowerCase().replace(/\.$/, "");
  if (a === b) return a !== "";
  if (!a.startsWith("*.")) return false;
  const dot = b.indexOf(".");
  // "*.com" would cover half of the world.
  return dot > 0 && b.slice(dot) === a.slice(1) && a.slice(2).includes(".");
}

/** The names that a certificate is for: its alternative names, or without any its common name. */
export function certificateNames(certificate: PeerCertificate): string[] {
  const names = [...certificate.dnsNames, ...certificate.ipAddresses];
  if (names.length === 0 && certificate.commonName !== undefined) names.push(certificate.commonName);
  return names;
}

/** Whether a certificate is for `host`, a name or an address. */
export function certificateFits(certificate: PeerCertificate, host: string): boolean {
  const ip = parseIp(host);
  if (ip === undefined) return certificateNames(certificate).some((name) => nameMatches(name, host));
  const text = formatIp(ip);
  return certificateNames(certificate).some((name) => {
    const other = parseIp(name);
    return other !== undefined && formatIp(other) === text;
  });
}

/** What `judge` is told. */
export interface Judgement {
  /** The name that must fit; `undefined`: any. */
  name: string | undefined;
  /** The error code of the chain's verification, when it failed; `undefined` when nobody asks for a valid chain. */
  chainError: string | undefined;
  now: Date;
}

const day = (date: Date) => date.toISOString().slice(0, 10);

/** Why a certificate is refused and how to accept it, or `undefined` when it is good. */
export function judge(certificate: PeerCertificate, { name, chainError, now }: Judgement): string | undefined {
  const pin = `pin=sha256:${hex(certificate.fingerprint)}`;
  const subject = printable(certificate.subject), issuer = printable(certificate.issuer);
  const refuse = (why: string, how: string) => `${why}; to accept it: ${how}`;
  if (chainError !== undefined) {
    if (now > certificate.validTo) {
      return refuse(`its certificate (${subject}) has expired on ${day(certificate.validTo)}`, `${pin} or verify=0`);
    }
    if (now < certificate.validFrom) {
      return refuse(
        `its certificate (${subject}) is not valid before ${day(certificate.validFrom)}`,
        `check the clock, ${pin} or verify=0`,
      );
    }
    if (certificate.subject === certificate.issuer) {
      return refuse(
        `its certificate (${subject}) is signed by itself and not trusted`,
        `cafile=FILE with this certificate, ${pin} or verify=0`,
      );
    }
    const what = chainError === "INVALID_PURPOSE"
      ? `its certificate (${subject}) is not meant for this side of TLS`
      : chainError === "CERT_REVOKED"
      ? `its certificate (${subject}) is revoked`
      : `the authority "${issuer}" that signed its certificate (${subject}) is not known`;
    return refuse(what, `cafile=FILE with the authority's certificate, ${pin} or verify=0`);
  }
  if (name !== undefined && !certificateFits(certificate, name)) {
    const names = certificateNames(certificate).map((name) => `"${printable(name)}"`);
    const has = names.length === 0 ? "no name at all" : names.slice(0, 8).join(", ") + (names.length > 8 ? " …" : "");
    const how = names.length === 0
      ? "commonname= (any name)"
      : `commonname=${names[0]!.slice(1, -1)}, commonname= (any name)`;
    return refuse(`its certificate is for ${has}, not for "${printable(name)}"`, `${how}, ${pin} or verify=0`);
  }
  return undefined;
}

/** Whether one of the pins is the certificate or its key. */
export function pinned(certificate: PeerCertificate, pins: readonly Uint8Array[]): boolean {
  return pins.some((pin) => equalBytes(pin, certificate.fingerprint) || equalBytes(pin, certificate.keyFingerprint));
}
