// Judging the peer's certificate: names, dates, pins, and the words for a refusal. Pure: a certificate is plain data.
// Names: RFC 9525 with the common name as last resort, which the certificates of tutorials need.
import { equalBytes } from "../../base/bytes.ts";
import type { CertificateFlaw } from "../../base/errors.ts";
import { hex } from "../../base/hex.ts";
import { formatIp, parseIp } from "../../base/ip.ts";
import { printable } from "../../base/text.ts";
import type { CertificateFacts } from "./certificate.ts";
import { type CommonNames, formatPin } from "./options.ts";

/** What is known of a peer's certificate. */
export interface PeerCertificate extends CertificateFacts {
  /** The certificate itself: DER. */
  readonly raw: Uint8Array;
  /** SHA-256 of the certificate, and of its public key. */
  readonly fingerprint: Uint8Array;
  readonly keyFingerprint: Uint8Array;
  /**
   * Whether the handshake has proven that the peer has the certificate's key. Not with one that the runtime cannot take
   * apart, as those of version 1: there its second stack (2.9.6) looks at no signature, and anybody could show the
   * certificate of another, unless `Finding.proven` says better.
   */
  readonly provable: boolean;
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

/** The names that a certificate is for: its alternative names, or without any its common names, where they count. */
function certificateNames(certificate: CertificateFacts, common: CommonNames): string[] {
  const names = [...certificate.dnsNames, ...certificate.ipAddresses];
  if (names.length > 0 || common === "none") return names;
  return certificate.commonNames.filter((name) => common === "any" || parseIp(name) === undefined);
}

/** Whether a certificate is for `host`, a name or an address. */
export function certificateFits(
  certificate: CertificateFacts,
  host: string,
  common: CommonNames = "any",
): boolean {
  const ip = parseIp(host);
  const names = certificateNames(certificate, common);
  if (ip === undefined) return names.some((name) => nameMatches(name, host));
  const text = formatIp(ip);
  return names.some((name) => {
    const other = parseIp(name);
    return other !== undefined && formatIp(other) === text;
  });
}

/** What a peer must be. */
export interface Demands {
  /** Whether its certificate must be valid and lead to a known authority. */
  readonly verify: boolean;
  /** Whether a certificate (DER) is itself one of those that were named as what to trust. */
  readonly trusts: (raw: Uint8Array) => boolean;
  /** Whether one of those that were named as what to trust has signed a certificate (DER) itself. Default: none has. */
  readonly signs?: (raw: Uint8Array) => boolean;
  /** SHA-256 of certificates or keys of which it must have one, unless there are none. */
  readonly pins: readonly Uint8Array[];
  /** What common names count for. Default: "any". */
  readonly commonNames?: CommonNames | undefined;
}

/** What is known of a peer after its handshake. */
export interface Finding {
  /** The name that must fit; `undefined`: any. */
  readonly name: string | undefined;
  /** The error code of the chain's verification, when it failed. */
  readonly chainError: string | undefined;
  readonly now: Date;
  /** Whether we have seen the proof of possession ourselves; `undefined`: nobody has looked. */
  readonly proven?: ((certificate: PeerCertificate) => boolean) | undefined;
}

/** Why a peer is refused, for programs and for people, who are told how to accept it too. */
export interface Refusal {
  readonly flaw: CertificateFlaw;
  readonly why: string;
}

/** The code for a chain that leads to nothing known. */
const NO_ISSUER = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";

/** The code for a chain whose signatures nobody has looked at. */
export const VERSION_1 = "VERSION_1";

/** The code for the chain of a session that was resumed, and that nobody had found good before. */
const RESUMED = "RESUMED";
const MOST_ACCEPTED = 4096;

/**
 * The certificates that were found good after a whole handshake. The runtime (2.9.6) resumes sessions of any connection of the
 * program, also of those that were refused, and says nothing against their chains: such a peer must be one of these.
 */
export class Accepted {
  readonly #certificates = new Set<string>();

  /** `judge` for a peer of which `resumed` tells whether its session was resumed. */
  judge(certificate: PeerCertificate, demands: Demands, finding: Finding, resumed: boolean): Refusal | undefined {
    const one = hex(certificate.fingerprint);
    if (resumed) {
      return judge(certificate, demands, this.#certificates.has(one) ? finding : { ...finding, chainError: RESUMED });
    }
    const refusal = judge(certificate, demands, finding);
    if (refusal === undefined) {
      const oldest = this.#certificates.size < MOST_ACCEPTED ? undefined : this.#certificates.values().next().value;
      if (oldest !== undefined) this.#certificates.delete(oldest);
      this.#certificates.add(one);
    }
    return refusal;
  }
}

const day = (date: Date) => date.toISOString().slice(0, 10);

/** Why a peer is refused, or `undefined` when it is what it must be. */
export function judge(certificate: PeerCertificate, demands: Demands, finding: Finding): Refusal | undefined {
  const refusal = demands.verify ? judgeChain(certificate, demands, finding) : undefined;
  if (refusal !== undefined || demands.pins.length === 0) return refusal;
  if (pinned(certificate, demands.pins)) return unproven(certificate, finding);
  const subject = printable(certificate.subject);
  const own = `it is ${formatPin(certificate.fingerprint)}, its key ${formatPin(certificate.keyFingerprint)}`;
  return { flaw: "not-pinned", why: `its certificate (${subject}) is not the pinned one: ${own}` };
}

/** Why a certificate is refused with which the peer has not proven to have its key; `undefined`: it has. */
function unproven(certificate: PeerCertificate, { proven }: Finding): Refusal | undefined {
  if (certificate.provable || proven?.(certificate)) return undefined;
  const subject = printable(certificate.subject);
  const why = `its certificate (${subject}) is of an old or odd form (X.509 version 1, usually), with which ` +
    (proven
      ? "this handshake does not prove that it has the key"
      : "the runtime lets anybody pass for its owner, as TLS 1.3 hides the proof") +
    "; make one of version 3, as openssl req -x509 does by default and openssl x509 -req with -extfile" +
    (proven ? "" : ", show the proof by max-proto-version=TLS1.2") + ", or take anybody: verify=0";
  return { flaw: "other", why };
}

function judgeChain(
  certificate: PeerCertificate,
  { trusts, signs, commonNames = "any" }: Demands,
  finding: Finding,
): Refusal | undefined {
  const { name, now } = finding;
  const pin = `pin=${formatPin(certificate.fingerprint)}`;
  const subject = printable(certificate.subject), issuer = printable(certificate.issuer);
  const refuse = (flaw: CertificateFlaw, why: string, how: string): Refusal => ({
    flaw,
    why: `${why}; to accept it: ${how}`,
  });
  // The runtime does not look at the dates of a certificate that is trusted by itself.
  if (now > certificate.validTo) {
    const why = `its certificate (${subject}) has expired on ${day(certificate.validTo)}`;
    return refuse("expired", why, `${pin} or verify=0`);
  }
  if (now < certificate.validFrom) {
    return refuse(
      "not-yet-valid",
      `its certificate (${subject}) is not valid before ${day(certificate.validFrom)}`,
      `check the clock, ${pin} or verify=0`,
    );
  }
  if (finding.chainError === RESUMED) {
    const why =
      `it resumes a session in which its certificate (${subject}) was not accepted; it must connect without that session`;
    return { flaw: "other", why };
  }
  // Who names a peer's own certificate as what to trust means that peer, though nothing in the file has signed it.
  const own = (finding.chainError === NO_ISSUER || finding.chainError === VERSION_1) && trusts(certificate.raw);
  const signed = finding.chainError === VERSION_1 && signs?.(certificate.raw) === true;
  const chainError = own || signed ? undefined : finding.chainError;
  if (chainError !== undefined) {
    if (certificate.subject === certificate.issuer) {
      return refuse(
        "self-signed",
        `its certificate (${subject}) is signed by itself and not trusted`,
        `cafile=FILE with this certificate, ${pin} or verify=0`,
      );
    }
    const [flaw, what]: readonly [CertificateFlaw, string] = chainError === "INVALID_PURPOSE"
      ? ["other", `its certificate (${subject}) is not meant for this side of TLS`]
      : chainError === "CERT_REVOKED"
      ? ["other", `its certificate (${subject}) is revoked`]
      : ["unknown-authority", `the authority "${issuer}" that signed its certificate (${subject}) is not known`];
    return refuse(flaw, what, `cafile=FILE with the authority's certificate, ${pin} or verify=0`);
  }
  if (name !== undefined && !certificateFits(certificate, name, commonNames)) {
    const names = certificateNames(certificate, commonNames).map((name) => `"${printable(name)}"`);
    const has = names.length === 0 ? "no name at all" : names.slice(0, 8).join(", ") + (names.length > 8 ? " …" : "");
    const how = names.length === 0
      ? "commonname= (any name)"
      : `commonname=${names[0]!.slice(1, -1)}, commonname= (any name)`;
    const flaw = parseIp(name) === undefined ? "wrong-name" : "wrong-address";
    return refuse(flaw, `its certificate is for ${has}, not for "${printable(name)}"`, `${how}, ${pin} or verify=0`);
  }
  return own || signed ? unproven(certificate, finding) : undefined;
}

/** Whether one of the pins is the certificate or its key. */
function pinned(certificate: PeerCertificate, pins: readonly Uint8Array[]): boolean {
  return pins.some((pin) => equalBytes(pin, certificate.fingerprint) || equalBytes(pin, certificate.keyFingerprint));
}
